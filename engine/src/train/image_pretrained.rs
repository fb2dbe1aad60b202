//! An image network with the images of a task: makes the learner of a run from its method.

use std::collections::HashMap;
use std::sync::Arc;

use crate::data::examples::Examples;
use crate::error::Result;
use crate::session::image_transfer::ImageTransfer;
use crate::session::method::{Baseline, Method, Strategy};
use crate::transfer::network::{self, Bodies, Body, SourceNetwork};
use crate::vision::Images;

use super::data::Data;
use super::learners::descent::Descent;
use super::learners::image_features::ImageFeatures;
use super::learners::images::{ImageSubject, Origin};
use super::learners::majority::Majority;
use super::learners::untrained::Untrained;
use super::learners::zero_shot::ZeroShot;
use super::pretrained::{Drawn, Prepared, Pretrained, not_for};
use super::tunable::Tunable;

/// The transferred network with the task's images, and the cached outputs of its fixed layers.
#[derive(Clone)]
pub struct ImagePretrained {
    asked: ImageTransfer,
    pub images: Arc<Images>,
    pub source: Arc<SourceNetwork>,
    bodies: Arc<Bodies>,
    /// The cached outputs that runs use, by node. They are kept because later runs may need them too.
    kept: HashMap<usize, Arc<Body>>,
}

impl ImagePretrained {
    /// Prepares runs of `asked` on `images` that start from `source`.
    ///
    /// # Errors
    /// When the recipe names layers that the network does not have.
    pub fn new(
        asked: ImageTransfer,
        images: Arc<Images>,
        source: Arc<SourceNetwork>,
    ) -> Result<ImagePretrained> {
        source.check(asked.head)?;
        let bodies = Arc::new(Bodies::new(images.clone(), source.clone()));
        Ok(ImagePretrained { asked, images, source, bodies, kept: HashMap::new() })
    }

    fn body(&mut self, node: usize) -> Arc<Body> {
        self.kept.entry(node).or_insert_with(|| self.bodies.before(node)).clone()
    }

    fn baseline(&mut self, which: Baseline, drawn: Drawn) -> Result<Prepared> {
        match which {
            Baseline::Pixels => {
                let pixels = ImageFeatures::pixels(self.body(0));
                Ok(Prepared::probe(Box::new(pixels), drawn.all(), &drawn))
            }
            _ => Err(not_for(which, "images")),
        }
    }

    fn zero_shot(&mut self) -> Result<Prepared> {
        let nodes = self.source.network.nodes();
        let zero_shot = ZeroShot::new(self.body(nodes), self.origin(Strategy::ZeroShot))?;
        let parameters = (0, self.source.network.total_parameters() as u64);
        Ok(Prepared::solver(Untrained(zero_shot), parameters, 1, "as it is"))
    }

    /// Only the last layer is trained, on fixed features. This is a convex problem.
    fn last_layer(&mut self, drawn: Drawn) -> Prepared {
        let origin = self.origin(Strategy::Frozen);
        let features = ImageFeatures::new(self.body(origin.fixed), origin);
        Prepared::probe(Box::new(features), drawn.all(), &drawn)
    }

    fn descent(&mut self, strategy: Strategy, drawn: Drawn) -> Prepared {
        let Drawn { train, settings, seed, .. } = drawn;
        let network = self.source.begin(strategy, self.asked.head, self.images.classes.len(), seed);
        let parameters = (network.trainable_parameters() as u64, network.total_parameters() as u64);
        let planned_steps = Descent::planned_steps(&settings, train.len());
        let body = self.body(network.first_learned());
        // Features of the fixed layers are computed once, from the images without augmentation.
        let frozen = strategy == Strategy::Frozen;
        let augmentation = if frozen { Default::default() } else { self.asked.augmentation };
        let origin = (strategy != Strategy::Scratch).then(|| self.origin(strategy));
        if let (Some(origin), Strategy::LinearProbeThenFineTune) = (&origin, strategy) {
            // The features that the linear probe reads are kept for the next run.
            self.body(origin.anew);
        }
        let subject = Box::new(ImageSubject::new(body, network, augmentation, origin));
        let batch_size = settings.batch_size;
        let descent = Descent::by_strategy(subject, settings, train, seed, strategy, settings.discriminative);
        let optimizer = descent.optimizer();
        Prepared { learner: Box::new(descent), parameters, planned_steps, batch_size, optimizer }
    }

    fn origin(&self, strategy: Strategy) -> Origin {
        let (source, layers) = (self.source.clone(), self.asked.head);
        let anew = source.network.plan().last_layers(layers.new);
        let fixed = source.fixed_before(strategy, layers);
        let hash = network::hash(&source.network, fixed);
        Origin { source, bodies: self.bodies.clone(), strategy, fixed, anew, hash }
    }
}

impl Pretrained for ImagePretrained {
    fn examples(&self) -> Arc<dyn Examples> {
        self.images.clone()
    }

    fn tunable(&self, method: Method) -> Tunable {
        match method {
            Method::Baseline(Baseline::Pixels) => Tunable::SOLVED,
            Method::Baseline(_) | Method::Strategy(Strategy::ZeroShot) => Tunable::Nothing,
            Method::DocumentVector(_) => Tunable::Nothing,
            Method::Strategy(Strategy::Frozen) if self.asked.head.new == 1 => Tunable::SOLVED,
            Method::Strategy(_) => Tunable::Descent { dropout: false, units: None },
        }
    }

    fn prepare(&mut self, method: Method, drawn: Drawn) -> Result<Prepared> {
        match method {
            Method::Strategy(Strategy::ZeroShot) => self.zero_shot(),
            Method::Strategy(Strategy::Frozen) if self.asked.head.new == 1 => Ok(self.last_layer(drawn)),
            Method::Strategy(strategy) => Ok(self.descent(strategy, drawn)),
            Method::DocumentVector(kind) => Err(not_for(kind, "images")),
            Method::Baseline(Baseline::Majority) => {
                Ok(Majority::prepare(Data::Images(self.images.clone()), &drawn))
            }
            Method::Baseline(which) => self.baseline(which, drawn),
        }
    }
}
