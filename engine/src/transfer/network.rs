//! Transfer of an image network: which of its nodes a run freezes, which it trains, and the features that the frozen
//! nodes compute.
//!
//! The features of an image never change, so they are computed when they are first needed and then cached, for all
//! runs that freeze the same nodes.

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

/// The most memory for cached features, of all images and all bodies together.
const KEPT_BYTES: usize = 384 << 20;

/// A pre-trained network.
pub struct SourceNetwork {
    /// The architecture of the network.
    pub architecture: Architecture,
    /// Its layers with their parameters.
    pub network: ImageNetwork<f32>,
    /// Whether the network has its own last layer. Weights without it give features and no classes.
    pub classifies: bool,
    /// The names of its classes, if they are known.
    pub classes: Option<Vec<String>>,
    /// How images are prepared for the network.
    pub preparation: Preparation,
    /// Where the network comes from, in words.
    pub origin: String,
    /// The seconds that its pre-training took in this session.
    pub seconds: f64,
}

impl SourceNetwork {
    /// The names of its classes; "class 0", "class 1" … if they are not known.
    pub fn class_names(&self) -> Vec<String> {
        let numbered = || (0..self.network.plan().classes).map(|class| format!("class {class}")).collect();
        self.classes.clone().unwrap_or_else(numbered)
    }

    /// A predictor of the network's own classes for new images.
    pub fn predictor(&self) -> ImagePredictor<'_> {
        let whole = Piece::of(&self.network, 0..self.network.nodes());
        ImagePredictor {
            classes: Cow::Owned(self.class_names()),
            preparation: Cow::Borrowed(&self.preparation),
            model: ImageModel::Network(vec![whole]),
            temperature: Temperature::default(),
        }
    }

    /// Like [`predictor`](Self::predictor), and the predictor owns the network.
    pub fn into_predictor(self) -> ImagePredictor<'static> {
        let (classes, nodes) = (Cow::Owned(self.class_names()), 0..self.network.nodes());
        let ready = Cow::Owned(self.network.ready(nodes.clone()));
        let whole = Piece { network: Cow::Owned(self.network), ready, nodes };
        let preparation = Cow::Owned(self.preparation);
        let (model, temperature) = (ImageModel::Network(vec![whole]), Temperature::default());
        ImagePredictor { classes, preparation, model, temperature }
    }

    /// A network of the same architecture for `classes` classes, with the initial parameters of a strategy. New
    /// layers are initialised from streams of `seed`, which are the same for all strategies.
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

    /// The strategy freezes the nodes before the returned index.
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

    /// Checks that the network has as many layers as the recipe says.
    ///
    /// # Errors
    /// When it has fewer.
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

/// The features that a run reads: the output of a network's frozen nodes.
pub struct Body {
    images: Arc<Images>,
    /// The network with the frozen nodes, and the number of these nodes; `None` if the run reads the images
    /// themselves.
    network: Option<(Arc<SourceNetwork>, Ready<f32>, usize)>,
    /// The number of features per image.
    width: usize,
    kept: Vec<OnceLock<Box<[f32]>>>,
    bytes: Arc<AtomicUsize>,
}

/// The bodies of all runs with the same images and the same source. There is one body for each number of frozen
/// nodes.
pub struct Bodies {
    images: Arc<Images>,
    source: Arc<SourceNetwork>,
    made: Mutex<HashMap<usize, Weak<Body>>>,
    /// The bytes that the bodies cache together.
    bytes: Arc<AtomicUsize>,
}

impl Bodies {
    /// No bodies yet, for these images and this source.
    pub fn new(images: Arc<Images>, source: Arc<SourceNetwork>) -> Bodies {
        Bodies { images, source, made: Mutex::default(), bytes: Arc::default() }
    }

    /// The body of the nodes before `node`. Callers share it as long as one of them holds it.
    pub fn before(&self, node: usize) -> Arc<Body> {
        // The map is valid even if a thread panicked while it held the lock.
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
    /// A body without a network: its features are the images themselves.
    pub fn none(images: Arc<Images>) -> Body {
        let width = images.size();
        Body { images, network: None, width, kept: Vec::new(), bytes: Arc::default() }
    }

    /// The body of the nodes of `source` before `node`. `bytes` counts what it caches.
    fn new(images: Arc<Images>, source: Arc<SourceNetwork>, node: usize, bytes: Arc<AtomicUsize>) -> Body {
        if node == 0 {
            return Body::none(images);
        }
        let plan = source.network.plan();
        // After the last node the features are its output. Before another node they are the one value that crosses
        // this cut.
        let value = if node == plan.nodes.len() { node } else { plan.cut(node).unwrap_or(node) };
        let width = plan.shape(value).size();
        let ready = source.network.ready(0..value);
        let kept = (0..images.images.len()).map(|_| OnceLock::new()).collect();
        Body { images, width, kept, bytes, network: Some((source, ready, value)) }
    }

    /// The images that the body reads.
    pub fn images(&self) -> &Arc<Images> {
        &self.images
    }

    /// The number of features per image.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The network with the frozen nodes; `None` if the images themselves are the features.
    pub fn network(&self) -> Option<&ImageNetwork<f32>> {
        self.network.as_ref().map(|(source, ..)| &source.network)
    }

    /// Multiplications that the frozen nodes need per image.
    pub fn cost(&self) -> usize {
        self.network.as_ref().map_or(0, |(source, _, value)| {
            source.network.plan().cost(0) - source.network.plan().cost(*value)
        })
    }

    /// The floating-point operations of the frozen nodes for one image.
    pub fn flops(&self) -> u64 {
        2 * self.cost() as u64
    }

    /// The number of parameters in the frozen nodes.
    pub fn parameters(&self) -> usize {
        self.network.as_ref().map_or(0, |(source, _, value)| source.network.numbers_before(*value).0.len())
    }

    /// The frozen nodes; `None` if the images themselves are the features.
    pub fn piece(&self) -> Option<Piece<'_>> {
        let (source, ready, value) = self.network.as_ref()?;
        Some(Piece { network: Cow::Borrowed(&source.network), ready: Cow::Borrowed(ready), nodes: 0..*value })
    }

    /// Computes the features of prepared images and writes them to `out`.
    pub fn of_prepared(&self, prepared: &[f32], out: &mut Vec<f32>, workspace: &mut Workspace<f32>) {
        match self.piece() {
            Some(piece) => piece.answer(prepared, out, workspace),
            None => {
                out.clear();
                out.extend_from_slice(prepared);
            }
        }
    }

    /// Writes the features of examples to `out`. Features in the cache are not computed again.
    ///
    /// # Panics
    /// If the image of an example does not exist.
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
                // Another thread may have stored the same values first.
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

/// The number of frozen parameters, and a hash of their bytes and of the normalisation statistics.
pub fn hash(network: &ImageNetwork<f32>, before: usize) -> (usize, u64) {
    let (parameters, statistics) = network.numbers_before(before);
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for value in parameters.iter().chain(statistics) {
        hash = (hash ^ u64::from(value.to_bits())).wrapping_mul(0x0100_0000_01b3);
    }
    (parameters.len(), hash)
}

/// How the transferred parameters changed. For a frozen run, the parameters of `source` before node `fixed` are
/// hashed again and compared with `before`. For a fine-tuned run, the parameters of `network` before node `anew` are
/// compared with their initial values.
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
