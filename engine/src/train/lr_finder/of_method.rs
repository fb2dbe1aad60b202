//! Prepares a run of a method for the learning-rate finder.

use crate::error::{Error, Result};
use crate::session::method::{Method, Strategy};
use crate::session::recipe::Recipe;
use crate::session::training::Schedule;
use crate::train::ground::Ground;
use crate::train::learners::settings::Settings;
use crate::train::plan;
use crate::train::protocol::command::LrTarget;
use crate::transfer::experiment::Planned;
use crate::transfer::unfreezing;

use super::tested::{Descending, Tested};

impl Ground {
    /// The run of a method in the first repetition, before the first of `updates` updates.
    ///
    /// # Errors
    /// When `of` names no method, the method is not trained by gradient descent, or the budget does not fit the data.
    pub fn tested(&mut self, of: LrTarget, updates: usize) -> Result<Box<dyn Tested>> {
        let LrTarget::Method(method, budget) = of else {
            return Err(Error::request("no method is named", ""));
        };
        let (recipe, method) = swept(&self.recipe, method, updates);
        let source = recipe.source_names().into_iter().next().filter(|_| method.takes_source());
        let planned = Planned { run: 0, method, source, budget, seed: 0 };
        let run = plan::make(&recipe, &planned, &self.splits, self.source.pretrained())?;
        if run.start.batch == 0 {
            return Err(Error::request(
                format!("{} has no learning rate: {}", method.name(), run.start.optimizer),
                "scratch, fine-tuned, gradual and LP-FT have one, and frozen with layers to be learned",
            ));
        }
        let own = Settings::new(&self.recipe, run.start.method, run.start.labels);
        Ok(Box::new(Descending::new(run, own.optimizer, own.learning_rate)))
    }
}

/// The recipe and the method for the learning-rate finder. The learning rate of the recipe is a constant 1. All
/// parameters that the method trains in any stage are trained from the beginning, so gradual unfreezing and LP-FT are
/// measured as in their last stage.
fn swept(recipe: &Recipe, method: Method, updates: usize) -> (Recipe, Method) {
    let mut recipe = recipe.clone();
    if let Some(text) = recipe.text_mut() {
        text.forget_rates();
    }
    let method = match method.strategy() {
        Some(strategy @ (Strategy::GradualUnfreezing | Strategy::LinearProbeThenFineTune)) => {
            recipe.training.discriminative =
                Some(unfreezing::slower(strategy, recipe.training.discriminative));
            Method::Strategy(Strategy::FineTuned)
        }
        _ => method,
    };
    let training = &mut recipe.training;
    (training.learning_rate, training.schedule, training.warm_up) = (Some(1.0), Schedule::Constant, 0.0);
    // There are enough epochs, because an epoch has at least one update.
    training.epochs = Some(updates);
    (recipe, method)
}
