//! From a planned run to a run, where the task is one of images.

use std::collections::HashMap;
use std::sync::Arc;

use crate::data::examples::ExampleId;
use crate::data::split::Pool;
use crate::error::Result;
use crate::session::image_transfer::ImageTransfer;
use crate::session::method::Strategy;
use crate::session::recipe::Recipe;
use crate::transfer::experiment::{self, Planned};
use crate::transfer::network::{self, Bodies, Body, SourceNetwork};
use crate::vision::Images;

use super::learners::descent::Descent;
use super::learners::image_features::ImageFeatures;
use super::learners::images::{ImageSubject, Origin};
use super::learners::linear_probe::LinearProbe;
use super::learners::zero_shot::ZeroShot;
use super::plan::{self, Drawn};
use super::run::{Learner, Run};

/// What the runs of a session of images share.
#[derive(Clone)]
pub struct ImageGround {
    pub images: Arc<Images>,
    pub source: Arc<SourceNetwork>,
    asked: ImageTransfer,
    bodies: Arc<Bodies>,
    /// Those that runs begin with: later ones may need them again.
    kept: HashMap<usize, Arc<Body>>,
}

impl ImageGround {
    /// Runs of `asked` on `images` that begin with `source`.
    ///
    /// # Errors
    /// When the recipe speaks of layers that the network does not have.
    pub fn new(asked: ImageTransfer, images: Arc<Images>, source: Arc<SourceNetwork>) -> Result<ImageGround> {
        source.check(asked.head)?;
        let bodies = Arc::new(Bodies::new(images.clone(), source.clone()));
        Ok(ImageGround { images, source, asked, bodies, kept: HashMap::new() })
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
            plan::drawn(recipe, planned, pool, &*self.images)?;
        let seed = experiment::seed_of(recipe, planned.seed);
        let solved = "L-BFGS, C by cross-validation";
        let all = [&train[..], &validation].concat();
        let (learner, validation): (Box<dyn Learner>, Vec<ExampleId>) = match planned.method.strategy() {
            // The baseline sees pixels; a linear layer on what never changes is solved to the end.
            None => {
                let features = ImageFeatures::pixels(self.body(0));
                let probed = LinearProbe::new(Box::new(features), all, seed);
                (start.trainable_parameters, start.total_parameters) = probed.parameters();
                (start.validation, start.planned_steps) = (0, probed.planned_steps());
                start.optimizer = solved.into();
                (Box::new(probed), Vec::new())
            }
            Some(Strategy::ZeroShot) => {
                let nodes = self.source.network.nodes();
                let zero_shot = ZeroShot::new(self.body(nodes), self.origin(Strategy::ZeroShot))?;
                start.total_parameters = self.source.network.total_parameters() as u64;
                // Its labels are those of the runs that it stands beside; it sees none of them.
                (start.validation, start.planned_steps) = (0, 1);
                start.optimizer = "as it is".into();
                (Box::new(zero_shot), Vec::new())
            }
            Some(Strategy::Frozen) if self.asked.head.new == 1 => {
                let origin = self.origin(Strategy::Frozen);
                let features = ImageFeatures::new(self.body(origin.fixed), origin);
                let probed = LinearProbe::new(Box::new(features), all, seed);
                (start.trainable_parameters, start.total_parameters) = probed.parameters();
                (start.validation, start.planned_steps) = (0, probed.planned_steps());
                start.optimizer = solved.into();
                (Box::new(probed), Vec::new())
            }
            Some(strategy) => {
                let network = self.source.begin(strategy, self.asked.head, self.images.classes.len(), seed);
                start.trainable_parameters = network.trainable_parameters() as u64;
                start.total_parameters = network.total_parameters() as u64;
                start.batch = settings.batch_size;
                start.planned_steps = Descent::planned_steps(&settings, train.len());
                let body = self.body(network.first_learned());
                // What is fixed is computed once, of the images as they are.
                let frozen = strategy == Strategy::Frozen;
                let augmentation = if frozen { Default::default() } else { self.asked.augmentation };
                let origin = (strategy != Strategy::Scratch).then(|| self.origin(strategy));
                if let (Some(origin), Strategy::LinearProbeThenFineTune) = (&origin, strategy) {
                    // What its probe reads is kept for the next run.
                    self.body(origin.anew);
                }
                let subject = ImageSubject::new(body, network, augmentation, origin);
                let (subject, slower) = (Box::new(subject), recipe.training.discriminative);
                let descent = Descent::by_strategy(subject, settings, train, seed, strategy, slower);
                start.optimizer = descent.optimizer();
                (Box::new(descent), validation)
            }
        };
        Ok(Run::new(start, self.images.clone(), learner, validation))
    }

    fn origin(&self, strategy: Strategy) -> Origin {
        let (source, layers) = (self.source.clone(), self.asked.head);
        let anew = source.network.plan().last_layers(layers.new);
        let fixed = source.fixed_before(strategy, layers);
        let hash = network::hash(&source.network, fixed);
        Origin { source, bodies: self.bodies.clone(), strategy, fixed, anew, hash }
    }
}
