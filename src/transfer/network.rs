//! The transfer of a network: which of its nodes a run keeps fixed, which it learns, and what the fixed ones give.
//!
//! What the fixed nodes give of an image never changes, so it is computed when it is needed first and then kept, for all
//! runs that have the same nodes fixed.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use crate::data::examples::ExampleId;
use crate::error::{Error, Result};
use crate::models::image_network::{ImageNetwork, Ready, Workspace, architectures};
use crate::session::architecture::Architecture;
use crate::session::image_transfer::Layers;
use crate::session::method::Strategy;
use crate::session::record::Audit;
use crate::vision::{Images, Preparation};

use super::calibration::Temperature;
use super::predictor::images::{ImageModel, ImagePredictor, Piece};

/// Memory for what fixed nodes give, of all images and all bodies together.
const KEPT_BYTES: usize = 384 << 20;

/// A pre-trained network.
pub struct SourceNetwork {
    /// Which public network it is of.
    pub architecture: Architecture,
    /// Its layers with their numbers.
    pub network: ImageNetwork<f32>,
    /// Whether it has a last layer of its own. Weights without one give features, and no classes.
    pub classifies: bool,
    /// The names of its classes, if they are known.
    pub classes: Option<Vec<String>>,
    /// How images are brought to it.
    pub preparation: Preparation,
    /// Where it comes from, in words.
    pub origin: String,
    /// Seconds that its pre-training took here.
    pub seconds: f64,
}

impl SourceNetwork {
    /// What its classes are called; numbered where nobody says.
    pub fn class_names(&self) -> Vec<String> {
        let numbered = || (0..self.network.plan().classes).map(|class| format!("class {class}")).collect();
        self.classes.clone().unwrap_or_else(numbered)
    }

    /// What answers about new images, by its own classes.
    pub fn predictor(&self) -> ImagePredictor<'_> {
        let whole = Piece::of(&self.network, 0..self.network.nodes());
        ImagePredictor {
            classes: Cow::Owned(self.class_names()),
            preparation: Cow::Borrowed(&self.preparation),
            model: ImageModel::Network(vec![whole]),
            temperature: Temperature::default(),
        }
    }

    /// The same, which owns the network.
    pub fn into_predictor(self) -> ImagePredictor<'static> {
        let (classes, nodes) = (Cow::Owned(self.class_names()), 0..self.network.nodes());
        let ready = Cow::Owned(self.network.ready(nodes.clone()));
        let whole = Piece { network: Cow::Owned(self.network), ready, nodes };
        let preparation = Cow::Owned(self.preparation);
        let (model, temperature) = (ImageModel::Network(vec![whole]), Temperature::default());
        ImagePredictor { classes, preparation, model, temperature }
    }

    /// A network of the same architecture for `classes` classes as a strategy begins with it: the layers that begin anew
    /// draw from streams of `seed` in all strategies alike.
    pub fn begin(&self, strategy: Strategy, layers: Layers, classes: usize, seed: u64) -> ImageNetwork<f32> {
        let plan = Arc::new(architectures::plan(self.architecture, self.network.plan().input, classes));
        let (anew, frozen) = (plan.last_layers(layers.new), plan.block_start(layers.freeze));
        let mut network = ImageNetwork::new(plan, seed);
        if strategy != Strategy::Scratch {
            self.network.carry_into(&mut network, anew);
        }
        network.learn_from(match strategy {
            Strategy::Scratch | Strategy::ZeroShot => 0,
            Strategy::Frozen => anew,
            Strategy::FineTuned | Strategy::GradualUnfreezing | Strategy::LinearProbeThenFineTune => {
                frozen.min(anew)
            }
        });
        network
    }

    /// The nodes that a strategy keeps fixed are those before this one.
    pub fn fixed_before(&self, strategy: Strategy, layers: Layers) -> usize {
        let plan = self.network.plan();
        match strategy {
            Strategy::Scratch => 0,
            Strategy::Frozen => plan.last_layers(layers.new),
            Strategy::FineTuned | Strategy::GradualUnfreezing | Strategy::LinearProbeThenFineTune => {
                plan.block_start(layers.freeze).min(plan.last_layers(layers.new))
            }
            Strategy::ZeroShot => plan.nodes.len(),
        }
    }

    /// Whether the layers that a recipe speaks of are there.
    ///
    /// # Errors
    /// When there are fewer.
    pub fn check(&self, layers: Layers) -> Result<()> {
        let plan = self.network.plan();
        let (has, blocks) = (plan.layers().count(), plan.blocks.len());
        let name = self.architecture.name();
        if layers.new == 0 || layers.new > has {
            let problem = format!("`new: {}`: {name} has {has} layers", layers.new);
            return Err(Error::request(problem, format!("1 to {has} can begin anew")));
        }
        if layers.freeze >= blocks {
            let problem = format!("`freeze: {}`: {name} has {blocks} blocks", layers.freeze);
            return Err(Error::request(problem, format!("0 to {} can stay fixed", blocks - 1)));
        }
        Ok(())
    }
}

/// What a run reads of images: what the fixed nodes of a network give.
pub struct Body {
    images: Arc<Images>,
    /// The network with the fixed nodes, and how many there are.
    network: Option<(Arc<SourceNetwork>, Ready<f32>, usize)>,
    /// Numbers that are given of an image.
    width: usize,
    kept: Vec<OnceLock<Box<[f32]>>>,
    bytes: Arc<AtomicUsize>,
}

/// What runs of the same images and the same source read: a body for each node that the fixed ones end before.
pub struct Bodies {
    images: Arc<Images>,
    source: Arc<SourceNetwork>,
    made: Mutex<HashMap<usize, Weak<Body>>>,
    /// What all of them keep together.
    bytes: Arc<AtomicUsize>,
}

impl Bodies {
    /// No bodies yet, of these images and this source.
    pub fn new(images: Arc<Images>, source: Arc<SourceNetwork>) -> Bodies {
        Bodies { images, source, made: Mutex::default(), bytes: Arc::default() }
    }

    /// What the nodes before `node` give; the same body for all as long as one of them has it.
    pub fn before(&self, node: usize) -> Arc<Body> {
        // What a panic elsewhere left here is whole.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(body) = made.get(&node).and_then(Weak::upgrade) {
            return body;
        }
        let body = Body::new(self.images.clone(), self.source.clone(), node, self.bytes.clone());
        let body = Arc::new(body);
        made.insert(node, Arc::downgrade(&body));
        body
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let bytes: usize =
            self.kept.iter().filter_map(OnceLock::get).map(|given| size_of_val(&given[..])).sum();
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Body {
    /// The images themselves.
    pub fn none(images: Arc<Images>) -> Body {
        let width = images.size();
        Body { images, network: None, width, kept: Vec::new(), bytes: Arc::default() }
    }

    /// What the nodes of `source` before `node` give; `bytes` counts what is kept of it.
    fn new(images: Arc<Images>, source: Arc<SourceNetwork>, node: usize, bytes: Arc<AtomicUsize>) -> Body {
        if node == 0 {
            return Body::none(images);
        }
        let plan = source.network.plan();
        // Behind the last node it is what that gives, before another the one value that goes on there.
        let value = if node == plan.nodes.len() { node } else { plan.cut(node).unwrap_or(node) };
        let width = plan.shape(value).size();
        let ready = source.network.ready(0..value);
        let kept = (0..images.images.len()).map(|_| OnceLock::new()).collect();
        Body { images, width, kept, bytes, network: Some((source, ready, value)) }
    }

    /// The images that it reads.
    pub fn images(&self) -> &Arc<Images> {
        &self.images
    }

    /// Numbers that are given of an image.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The network with the fixed nodes.
    pub fn network(&self) -> Option<&ImageNetwork<f32>> {
        self.network.as_ref().map(|(source, ..)| &source.network)
    }

    /// Multiplications that the fixed nodes cost an image.
    pub fn cost(&self) -> usize {
        self.network.as_ref().map_or(0, |(source, _, value)| {
            source.network.plan().cost(0) - source.network.plan().cost(*value)
        })
    }

    /// Parameters of the fixed nodes.
    pub fn parameters(&self) -> usize {
        self.network.as_ref().map_or(0, |(source, _, value)| source.network.numbers_before(*value).0.len())
    }

    /// The fixed nodes; `None` where the images themselves are read.
    pub fn piece(&self) -> Option<Piece<'_>> {
        let (source, ready, value) = self.network.as_ref()?;
        Some(Piece { network: Cow::Borrowed(&source.network), ready: Cow::Borrowed(ready), nodes: 0..*value })
    }

    /// What is given of prepared images, written to `out`.
    pub fn of_prepared(&self, prepared: &[f32], out: &mut Vec<f32>, workspace: &mut Workspace<f32>) {
        match self.piece() {
            Some(piece) => piece.answer(prepared, out, workspace),
            None => {
                out.clear();
                out.extend_from_slice(prepared);
            }
        }
    }

    /// What is given of examples, written to `out`; what was computed before is taken from there.
    ///
    /// # Panics
    /// If there is no room for it.
    pub fn of(&self, examples: &[ExampleId], out: &mut Vec<f32>, workspace: &mut Workspace<f32>) {
        out.resize(examples.len() * self.width, 0.0);
        if self.network.is_none() {
            return self.images.prepare(examples, out);
        }
        let missing: Vec<usize> =
            (0..examples.len()).filter(|&at| self.kept[examples[at] as usize].get().is_none()).collect();
        let wanted: Vec<ExampleId> = missing.iter().map(|&at| examples[at]).collect();
        let mut prepared = vec![0.0; wanted.len() * self.images.size()];
        self.images.prepare(&wanted, &mut prepared);
        let mut given = Vec::new();
        self.of_prepared(&prepared, &mut given, workspace);
        let mut fresh = missing.into_iter().zip(given.chunks_exact(self.width)).peekable();
        for (at, (&example, out)) in examples.iter().zip(out.chunks_exact_mut(self.width)).enumerate() {
            let kept = &self.kept[example as usize];
            if let Some((_, given)) = fresh.next_if(|(place, _)| *place == at) {
                out.copy_from_slice(given);
                let bytes = std::mem::size_of_val(given);
                // Another thread may have been quicker, with the same numbers.
                if self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > KEPT_BYTES
                    || kept.set(given.into()).is_err()
                {
                    self.bytes.fetch_sub(bytes, Ordering::Relaxed);
                }
            } else if let Some(given) = kept.get() {
                out.copy_from_slice(given);
            }
        }
    }
}

/// How many numbers a run keeps fixed, and a hash of their bytes and of what they were normalised by.
pub fn hash(network: &ImageNetwork<f32>, before: usize) -> (usize, u64) {
    let (parameters, statistics) = network.numbers_before(before);
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for value in parameters.iter().chain(statistics) {
        hash = (hash ^ u64::from(value.to_bits())).wrapping_mul(0x0100_0000_01b3);
    }
    (parameters.len(), hash)
}

/// What became of the transferred numbers: those of `source` before node `fixed`, whose hash was `before`, which a frozen
/// run reads; and those of a fine-tuned `network` before node `anew`, compared with where they started.
pub fn audit(
    strategy: Strategy,
    before: (usize, u64),
    source: &ImageNetwork<f32>,
    network: &ImageNetwork<f32>,
    fixed: usize,
    anew: usize,
) -> Audit {
    match strategy {
        Strategy::Scratch => Audit::NothingTransferred,
        Strategy::Frozen | Strategy::ZeroShot => {
            let (rows, now) = hash(source, fixed);
            if (rows, now) == before {
                Audit::Unchanged { rows, hash: format!("{now:016x}") }
            } else {
                Audit::Changed { rows, of: rows }
            }
        }
        Strategy::FineTuned | Strategy::GradualUnfreezing | Strategy::LinearProbeThenFineTune => {
            let (now, then) = (network.numbers_before(anew).0, source.numbers_before(anew).0);
            let moved = now.iter().zip(then).filter(|(now, then)| now.to_bits() != then.to_bits()).count();
            Audit::Changed { rows: moved, of: then.len() }
        }
    }
}
