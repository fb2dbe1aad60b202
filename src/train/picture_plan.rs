//! From a planned run to a run, where the task is one of pictures.

use std::collections::HashMap;
use std::sync::Arc;

use crate::data::examples::ExampleId;
use crate::data::split::Pool;
use crate::error::{Error, Result};
use crate::session::pictures::Layers;
use crate::session::recipe::{Head, Recipe, Regime};
use crate::transfer::experiment::{self, Planned};
use crate::transfer::network::{self, Bodies, Body, SourceNetwork};
use crate::vision::Pictures;

use super::learners::descent::Descent;
use super::learners::picture_features::PictureFeatures;
use super::learners::pictures::{Origin, PictureSubject};
use super::learners::probed::Probed;
use super::learners::untouched::Untouched;
use super::plan::{self, Drawn};
use super::run::{Learner, Run};

/// What the runs of a session of pictures share.
#[derive(Clone)]
pub struct PictureTask {
    pub pictures: Arc<Pictures>,
    pub source: Arc<SourceNetwork>,
    layers: Layers,
    bodies: Arc<Bodies>,
    /// Those that runs begin with: later ones may need them again.
    kept: HashMap<usize, Arc<Body>>,
}

impl PictureTask {
    /// The task `pictures` for runs that begin with `source`.
    ///
    /// # Errors
    /// When the recipe speaks of layers that the network does not have.
    pub fn new(recipe: &Recipe, pictures: Arc<Pictures>, source: Arc<SourceNetwork>) -> Result<PictureTask> {
        let Head::Layers(layers) = recipe.head else {
            return Err(Error::request("the `head` is none for pictures", "`head: Layers(new: 1)` is one"));
        };
        source.check(layers)?;
        let bodies = Arc::new(Bodies::new(pictures.clone(), source.clone()));
        Ok(PictureTask { pictures, source, layers, bodies, kept: HashMap::new() })
    }

    fn body(&mut self, node: usize) -> Arc<Body> {
        self.kept.entry(node).or_insert_with(|| self.bodies.before(node)).clone()
    }

    /// Makes a run, ready to begin.
    ///
    /// # Errors
    /// When the budget does not fit the data, or the network lacks a class that it is asked for as it is.
    pub fn make(&mut self, recipe: &Recipe, planned: &Planned, pool: &Pool) -> Result<Run> {
        let Drawn { train, validation, settings, mut start } =
            plan::drawn(recipe, planned, pool, &*self.pictures)?;
        let seed = experiment::seed_of(recipe, planned.seed);
        let solved = "L-BFGS, C by cross-validation";
        let all = [&train[..], &validation].concat();
        let (learner, validation): (Box<dyn Learner>, Vec<ExampleId>) = match planned.arm.regime() {
            // The rival sees pixels; a linear layer on what never changes is solved to the end.
            None => {
                let features = PictureFeatures::pixels(self.body(0));
                let probed = Probed::new(Box::new(features), all, seed);
                (start.trainable_parameters, start.total_parameters) = probed.parameters();
                (start.validation, start.planned_steps) = (0, probed.planned_steps());
                start.method = solved.into();
                (Box::new(probed), Vec::new())
            }
            Some(Regime::Untouched) => {
                let nodes = self.source.network.nodes();
                let untouched = Untouched::new(self.body(nodes), self.origin(Regime::Untouched))?;
                start.total_parameters = self.source.network.total_parameters() as u64;
                // Its labels are those of the runs that it stands beside; it sees none of them.
                (start.validation, start.planned_steps) = (0, 1);
                start.method = "as it is".into();
                (Box::new(untouched), Vec::new())
            }
            Some(Regime::Frozen) if self.layers.new == 1 => {
                let origin = self.origin(Regime::Frozen);
                let features = PictureFeatures::new(self.body(origin.fixed), origin);
                let probed = Probed::new(Box::new(features), all, seed);
                (start.trainable_parameters, start.total_parameters) = probed.parameters();
                (start.validation, start.planned_steps) = (0, probed.planned_steps());
                start.method = solved.into();
                (Box::new(probed), Vec::new())
            }
            Some(regime) => {
                let network = self.source.begin(regime, self.layers, self.pictures.classes.len(), seed);
                start.trainable_parameters = network.trainable_parameters() as u64;
                start.total_parameters = network.total_parameters() as u64;
                start.batch = settings.batch;
                start.planned_steps = Descent::planned_steps(&settings, train.len());
                let body = self.body(network.first_learned());
                // What is fixed is computed once, of the pictures as they are.
                let frozen = regime == Regime::Frozen;
                let augmentation = if frozen { Default::default() } else { recipe.training.augmentation };
                let origin = (regime != Regime::Scratch).then(|| self.origin(regime));
                if let (Some(origin), Regime::Probed) = (&origin, regime) {
                    // What its probe reads is kept for the next run.
                    self.body(origin.anew);
                }
                let subject = PictureSubject::new(body, network, augmentation, origin);
                let (subject, slower) = (Box::new(subject), recipe.training.discriminative);
                let descent = Descent::by_regime(subject, settings, train, seed, regime, slower);
                start.method = descent.method();
                (Box::new(descent), validation)
            }
        };
        Ok(Run::new(start, self.pictures.clone(), learner, validation))
    }

    fn origin(&self, regime: Regime) -> Origin {
        let (source, layers) = (self.source.clone(), self.layers);
        let anew = source.network.plan().last_layers(layers.new);
        let fixed = source.fixed_before(regime, layers);
        let hash = network::hash(&source.network, fixed);
        Origin { source, bodies: self.bodies.clone(), regime, fixed, anew, hash }
    }
}
