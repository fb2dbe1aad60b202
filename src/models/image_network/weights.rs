//! Weights as they are published: safetensors with the names of the framework that they come from.
//!
//! What stands in the file is compared with what the network has, before a number is read: a tensor that is missing, too
//! much or of another shape is named with what was expected.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Place, Result};
use crate::kernel::mapped::Mapped;
use crate::nn::blocks::{Block, Values};
use crate::nn::convolution::Shape;
use crate::session::recipe::Architecture;

use super::ImageNetwork;
use super::architectures;
use super::plan::Plan;

/// Named tensors of a file.
pub struct Weights {
    path: std::path::PathBuf,
    bytes: Mapped,
    shapes: BTreeMap<String, (Vec<usize>, Dtype)>,
    /// What the file says of itself.
    pub about: About,
}

/// Under this name a file says of itself what its classes are and how pictures are brought to it, in JSON. It is one
/// entry, as the order of several is up to chance in such a file.
const ABOUT: &str = "warmstart";

/// What a file says of itself.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct About {
    pub classes: Option<Vec<String>>,
    /// The preparation of pictures, in RON.
    pub preparation: String,
}

/// Counts of batches that PyTorch keeps and nothing reads.
const UNUSED: &str = "num_batches_tracked";

impl Weights {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is no safetensors file, or is damaged.
    pub fn open(path: &Path) -> Result<Weights> {
        let bytes = Mapped::open(path).map_err(|e| Error::io("open the weights", path, e))?;
        let damaged = |e: safetensors::SafeTensorError| {
            let remedy = "give weights as a safetensors file; `torch.save` files can be written anew with safetensors.torch";
            Error::input(path, Place::Whole, format!("this is no whole safetensors file: {e}"), remedy)
        };
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(damaged)?;
        let about =
            header.metadata().as_ref().and_then(|entries| serde_json::from_str(entries.get(ABOUT)?).ok());
        let about = about.unwrap_or_default();
        let tensors = SafeTensors::deserialize(&bytes).map_err(damaged)?;
        let shapes =
            tensors.iter().map(|(name, view)| (name.to_string(), (view.shape().to_vec(), view.dtype())));
        let shapes = shapes.collect();
        Ok(Weights { path: path.to_path_buf(), bytes, shapes, about })
    }

    fn error(&self, problem: String, remedy: impl Into<String>) -> Error {
        Error::input(&self.path, Place::Whole, problem, remedy)
    }

    /// The architecture whose tensors these are, for pictures of which shape, and how many classes.
    ///
    /// # Errors
    /// When they are those of none; the message says what the likeliest lacks.
    pub fn architecture(&self) -> Result<(Architecture, Shape, usize)> {
        let mut best: Option<(usize, String)> = None;
        for architecture in Architecture::ALL {
            let Some((input, classes)) = self.guess(architecture) else { continue };
            let plan = architectures::plan(architecture, input, classes);
            match self.compare(&plan, plan.nodes.len()) {
                Ok(()) => return Ok((architecture, input, classes)),
                Err((fit, problem)) => {
                    if best.as_ref().is_none_or(|(most, _)| fit > *most) {
                        best = Some((fit, format!("as {} it {problem}", architecture.name())));
                    }
                }
            }
        }
        let names: Vec<&str> = Architecture::ALL.iter().map(|a| a.name()).collect();
        let problem = match best {
            Some((fit, problem)) if fit > 0 => {
                format!("these are no weights of a network known here: {problem}")
            }
            _ => "these are no weights of a network known here".to_string(),
        };
        Err(self.error(problem, format!("known are {}", names.join(", "))))
    }

    /// The shape of pictures and the number of classes that the file's first and last tensors speak of.
    fn guess(&self, architecture: Architecture) -> Option<(Shape, usize)> {
        let (first, last) = ends(architecture);
        let channels = self.shapes.get(first)?.0.get(1).copied()?;
        let classes = self.shapes.get(last)?.0.first().copied()?;
        let mut input = Shape { channels, ..usual_input(architecture) };
        if architecture == Architecture::SmallCnn {
            let features = self.shapes.get("fc1.weight")?.0.get(1).copied()?;
            let side = ((features / 64) as f64).sqrt() as usize * 4;
            (input.height, input.width) = (side, side);
        }
        (channels > 0 && classes > 0 && classes < 1 << 20 && input.height < 1 << 12)
            .then_some((input, classes))
    }

    /// Whether the tensors before node `until` of a plan are here; if not, how many are, and what is wrong.
    fn compare(&self, plan: &Plan, until: usize) -> std::result::Result<(), (usize, String)> {
        let (parameters, statistics) = (plan.parameters_from(until), plan.statistics_from(until));
        let wanted: Vec<&Block> = (plan.parameters.iter().filter(|block| block.range.start < parameters))
            .chain(plan.statistics.iter().filter(|block| block.range.start < statistics))
            .collect();
        let (mut fit, mut problem) = (0, None);
        for block in &wanted {
            match self.shapes.get(&block.name) {
                Some((shape, Dtype::F32)) if *shape == block.shape => fit += 1,
                Some((shape, Dtype::F32)) => {
                    let wrong = format!("has {} of shape {shape:?}, expected {:?}", block.name, block.shape);
                    problem.get_or_insert(wrong);
                }
                Some((_, kind)) => {
                    problem.get_or_insert(format!("has {} of kind {kind:?}, expected F32", block.name));
                }
                None => {
                    problem.get_or_insert(format!("lacks {} of shape {:?}", block.name, block.shape));
                }
            }
        }
        if until == plan.nodes.len() && problem.is_none() {
            let known = |name: &str| name.ends_with(UNUSED) || wanted.iter().any(|block| block.name == name);
            if let Some(name) = self.shapes.keys().find(|name| !known(name)) {
                problem = Some(format!("has {name}, which the network does not have"));
            }
        }
        problem.map_or(Ok(()), |problem| Err((fit, problem)))
    }

    /// Takes the numbers of all layers before node `until`.
    ///
    /// # Errors
    /// When a tensor is missing or of another shape.
    pub fn load(&self, network: &mut ImageNetwork<f32>, until: usize) -> Result<()> {
        let plan = network.plan.clone();
        self.compare(&plan, until).map_err(|(_, problem)| {
            self.error(format!("it {problem}"), "name the architecture that these weights are of")
        })?;
        let damaged = |e: safetensors::SafeTensorError| self.error(e.to_string(), "fetch the file anew");
        let tensors = SafeTensors::deserialize(&self.bytes).map_err(damaged)?;
        let (parameters, statistics) = (plan.parameters_from(until), plan.statistics_from(until));
        let numbers = [
            (&plan.parameters, parameters, &mut network.parameters),
            (&plan.statistics, statistics, &mut network.statistics),
        ];
        for (blocks, end, to) in numbers {
            for block in blocks.iter().filter(|block| block.range.start < end) {
                let view = tensors.tensor(&block.name).map_err(damaged)?;
                for (to, bytes) in to[block.range.clone()].iter_mut().zip(view.data().as_chunks::<4>().0) {
                    *to = f32::from_le_bytes(*bytes);
                }
                if let Some(at) = to[block.range.clone()].iter().position(|x| !x.is_finite()) {
                    let problem = format!("number {at} of {} is not finite", block.name);
                    return Err(self.error(problem, "fetch the file anew"));
                }
            }
        }
        Ok(())
    }
}

/// A network's numbers as a safetensors file, with its classes and how pictures are brought to it.
///
/// # Errors
/// When they cannot be written so; they always can.
pub fn to_safetensors(
    network: &ImageNetwork<f32>,
    classes: Option<&[String]>,
    preparation: &impl serde::Serialize,
) -> Result<Vec<u8>> {
    let fault = |e: String| {
        Error::request(format!("a network cannot be written: {e}"), "this is a fault of warmstart")
    };
    let preparation = ron::to_string(preparation).map_err(|e| fault(e.to_string()))?;
    let about = About { classes: classes.map(<[String]>::to_vec), preparation };
    let about = serde_json::to_string(&about).map_err(|e| fault(e.to_string()))?;
    let about = std::collections::HashMap::from([(ABOUT.to_string(), about)]);
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = (network.tensors(true).into_iter())
        .map(|tensor| {
            let bytes = match tensor.values {
                Values::Real(values) => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
                Values::Count(values) => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
            };
            (tensor.name, tensor.shape, bytes)
        })
        .collect();
    let mut views = Vec::new();
    for (name, shape, bytes) in &tensors {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(|e| fault(e.to_string()))?;
        views.push((name.clone(), view));
    }
    safetensors::serialize(views, Some(about)).map_err(|e| fault(e.to_string()))
}

/// The names of an architecture's first and last weights.
fn ends(architecture: Architecture) -> (&'static str, &'static str) {
    match architecture {
        Architecture::SmallCnn => ("conv1.weight", "fc2.weight"),
        Architecture::ResNet20 | Architecture::ResNet18 | Architecture::ResNet34 => {
            ("conv1.weight", "fc.weight")
        }
        Architecture::SqueezeNet10 | Architecture::SqueezeNet11 => {
            ("features.0.weight", "classifier.1.weight")
        }
        Architecture::MobileNetV2 => ("features.0.0.weight", "classifier.1.weight"),
        _ => ("_conv_stem.weight", "_fc.weight"),
    }
}

/// The size of pictures that an architecture was made for.
pub fn usual_input(architecture: Architecture) -> Shape {
    let (side, channels) = match architecture {
        Architecture::SmallCnn => (28, 1),
        Architecture::ResNet20 => (32, 3),
        Architecture::EfficientNetLite1 => (240, 3),
        Architecture::EfficientNetLite2 => (260, 3),
        Architecture::EfficientNetLite3 => (280, 3),
        Architecture::EfficientNetLite4 => (300, 3),
        _ => (224, 3),
    };
    Shape { height: side, width: side, channels }
}
