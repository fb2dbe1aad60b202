//! Published weights: safetensors files with the tensor names of the framework that they come from.
//!
//! The names and shapes of the file's tensors are compared with the network before a value is read. The error names a
//! tensor that is missing, not expected or of another shape, and says what was expected.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use crate::data::tensors;
use crate::error::{Error, Place, Result};
use crate::kernel::mapped::Mapped;
use crate::nn::blocks::Values;
use crate::nn::convolution::Shape;
use crate::session::architecture::Architecture;

use super::plan::Plan;
use super::{ImageNetwork, architectures};

/// The named tensors of a file.
pub struct Weights {
    path: std::path::PathBuf,
    bytes: Mapped,
    shapes: BTreeMap<String, (Vec<usize>, Dtype)>,
    /// The prefix of every name in the file, such as `module.`.
    prefix: String,
    /// The metadata of the file.
    pub about: About,
}

/// The metadata key of the classes and the image preprocessing, in JSON. Everything is in one entry, because the
/// order of several entries in a safetensors file is random.
const ABOUT: &str = "warmstart";

/// The metadata of a file.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct About {
    /// The names of the classes, in the order of the outputs; `None` if the file does not say.
    pub classes: Option<Vec<String>>,
    /// The preprocessing of images, in RON.
    pub preparation: String,
}

/// The batch counters of PyTorch's batch normalisation, which are not used.
const UNUSED: &str = "num_batches_tracked";

impl Weights {
    /// Opens a file.
    ///
    /// # Errors
    /// If it is not a safetensors file, or is damaged.
    pub fn open(path: &Path) -> Result<Weights> {
        let bytes = Mapped::open(path).map_err(|e| Error::io("open the weights", path, e))?;
        let damaged = |e: safetensors::SafeTensorError| {
            if let Some(kind) = pickled(&bytes) {
                return Error::input(path, Place::Whole, kind, conversion(path));
            }
            let problem = format!("this is no whole safetensors file: {e}");
            Error::input(path, Place::Whole, problem, "give weights as a safetensors file, copied whole")
        };
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(damaged)?;
        let about =
            header.metadata().as_ref().and_then(|entries| serde_json::from_str(entries.get(ABOUT)?).ok());
        let about = about.unwrap_or_default();
        let tensors = SafeTensors::deserialize(&bytes).map_err(damaged)?;
        let shapes =
            tensors.iter().map(|(name, view)| (name.to_string(), (view.shape().to_vec(), view.dtype())));
        let mut shapes: BTreeMap<String, (Vec<usize>, Dtype)> = shapes.collect();
        let prefix = prefix(&shapes);
        if !prefix.is_empty() {
            let bare = |name: String| name.strip_prefix(&prefix).map_or(name.clone(), String::from);
            shapes = shapes.into_iter().map(|(name, tensor)| (bare(name), tensor)).collect();
        }
        Ok(Weights { path: path.to_path_buf(), bytes, shapes, prefix, about })
    }

    fn error(&self, problem: String, remedy: impl Into<String>) -> Error {
        Error::input(&self.path, Place::Whole, problem, remedy)
    }

    /// The architecture of these tensors, the shape of its images, and the number of classes; `None` if the last
    /// layer, the classifier, is not in the file.
    ///
    /// # Errors
    /// If the tensors fit no architecture. The message says what the most similar one would need.
    pub fn architecture(&self) -> Result<(Architecture, Shape, Option<usize>)> {
        let mut best: Option<(usize, String)> = None;
        for architecture in Architecture::ALL {
            let Some((input, classes)) = self.guess(architecture) else { continue };
            let plan = architectures::plan(architecture, input, classes.unwrap_or(1));
            let until = if classes.is_some() { plan.nodes.len() } else { plan.last_layers(1) };
            let found = self.compare(&plan, until).and_then(|fit| match self.foreign(&plan) {
                None => Ok(()),
                Some(name) => Err((fit, format!("has {name}, which the network does not have"))),
            });
            match found {
                Ok(()) => return Ok((architecture, input, classes)),
                Err((fit, problem)) => {
                    if best.as_ref().is_none_or(|(most, _)| fit > *most) {
                        best = Some((fit, format!("as {} it {problem}", architecture.name())));
                    }
                }
            }
        }
        let names: Vec<&str> = Architecture::ALL.iter().map(|a| a.name()).collect();
        let reason = best.map_or_else(|| self.contents(), |(_, problem)| problem);
        let problem = format!("these are no weights of a network known here: {reason}");
        Err(self.error(problem, format!("known are {}", names.join(", "))))
    }

    /// A description of a file that does not have the first layer of any known network.
    fn contents(&self) -> String {
        let mut firsts: Vec<&str> =
            Architecture::ALL.iter().map(|architecture| ends(*architecture).0).collect();
        firsts.dedup();
        let first = self.shapes.iter().next();
        let first = first
            .map_or(String::new(), |(name, (shape, _))| format!(", the first {name} of shape {shape:?}"));
        let count = match self.shapes.len() {
            1 => "1 tensor".to_string(),
            count => format!("{count} tensors"),
        };
        format!("it has {count}{first}, and none of {}", firsts.join(", "))
    }

    /// The shape of images and the number of classes that follow from the shapes of the first and last tensor.
    fn guess(&self, architecture: Architecture) -> Option<(Shape, Option<usize>)> {
        let (first, last) = ends(architecture);
        let channels = self.shapes.get(first)?.0.get(1).copied()?;
        let classes = match self.shapes.get(last) {
            Some((shape, _)) => Some(shape.first().copied()?),
            None => None,
        };
        let mut input = Shape { channels, ..usual_input(architecture) };
        if architecture == Architecture::SmallCnn {
            let features = self.shapes.get("fc1.weight")?.0.get(1).copied()?;
            let side = ((features / 64) as f64).sqrt() as usize * 4;
            (input.height, input.width) = (side, side);
        }
        let bounded = classes.is_none_or(|classes| (1..1 << 20).contains(&classes));
        (channels > 0 && bounded && input.height < 1 << 12).then_some((input, classes))
    }

    /// Compares the file with the tensors before node `until` of a plan. Returns how many of their names are in the
    /// file and, if the file does not fit, the first problem.
    fn compare(&self, plan: &Plan, until: usize) -> std::result::Result<usize, (usize, String)> {
        let (parameters, statistics) = (plan.parameters_from(until), plan.statistics_from(until));
        let wanted = (plan.parameters.iter().filter(|block| block.range.start < parameters))
            .chain(plan.statistics.iter().filter(|block| block.range.start < statistics));
        let (mut fit, mut problem) = (0, None);
        for block in wanted {
            let Some((shape, kind)) = self.shapes.get(&block.name) else {
                problem.get_or_insert(format!("lacks {} of shape {:?}", block.name, block.shape));
                continue;
            };
            fit += 1;
            if *shape != block.shape {
                let wrong = format!("has {} of shape {shape:?}, expected {:?}", block.name, block.shape);
                problem.get_or_insert(wrong);
            } else if tensors::number(*kind).is_none() {
                let wrong = format!("has {} of kind {kind:?}, expected {}", block.name, tensors::KINDS);
                problem.get_or_insert(wrong);
            }
        }
        problem.map_or(Ok(fit), |problem| Err((fit, problem)))
    }

    /// The name of a tensor that the network does not have.
    fn foreign(&self, plan: &Plan) -> Option<&str> {
        let own = |name: &str| {
            name.ends_with(UNUSED)
                || plan.parameters.iter().chain(plan.statistics.iter()).any(|block| block.name == name)
        };
        self.shapes.keys().map(|name| &**name).find(|name| !own(name))
    }

    /// Copies the parameters and statistics of all layers before node `until` into `network`.
    ///
    /// # Errors
    /// If a tensor is missing or has another shape.
    pub fn load(&self, network: &mut ImageNetwork<f32>, until: usize) -> Result<()> {
        let plan = network.plan.clone();
        self.compare(&plan, until).map_err(|(_, problem)| {
            self.error(format!("it {problem}"), "name the architecture that these weights are of")
        })?;
        let damaged = |e: safetensors::SafeTensorError| self.error(e.to_string(), "fetch the file anew");
        let whole = SafeTensors::deserialize(&self.bytes).map_err(damaged)?;
        let (parameters, statistics) = (plan.parameters_from(until), plan.statistics_from(until));
        let numbers = [
            (&plan.parameters, parameters, &mut network.parameters),
            (&plan.statistics, statistics, &mut network.statistics),
        ];
        for (blocks, end, to) in numbers {
            for block in blocks.iter().filter(|block| block.range.start < end) {
                let view = whole.tensor(&format!("{}{}", self.prefix, block.name)).map_err(damaged)?;
                // The comparison has already checked the data type.
                let Some((size, number)) = tensors::number(view.dtype()) else { continue };
                let numbers = view.data().chunks_exact(size).map(number);
                to[block.range.clone()].iter_mut().zip(numbers).for_each(|(to, number)| *to = number);
                if let Some(at) = to[block.range.clone()].iter().position(|x| !x.is_finite()) {
                    let problem = format!("number {at} of {} is not finite", block.name);
                    return Err(self.error(problem, "fetch the file anew"));
                }
            }
        }
        Ok(())
    }
}

/// What the metadata of a file says of its network: the classes, if the network has some, and the image preprocessing.
///
/// # Errors
/// If serialisation fails, which is not expected.
pub fn metadata(
    classes: Option<&[String]>,
    preparation: &impl serde::Serialize,
) -> Result<HashMap<String, String>> {
    let fault = |e: String| {
        Error::request(format!("a network cannot be written: {e}"), "this is a fault of warmstart")
    };
    let preparation = ron::to_string(preparation).map_err(|e| fault(e.to_string()))?;
    let about = About { classes: classes.map(<[String]>::to_vec), preparation };
    let about = serde_json::to_string(&about).map_err(|e| fault(e.to_string()))?;
    Ok(HashMap::from([(ABOUT.to_string(), about)]))
}

/// A network as the bytes of a safetensors file, with its classes and its image preprocessing.
///
/// # Errors
/// If serialisation fails, which is not expected.
pub fn to_safetensors(
    network: &ImageNetwork<f32>,
    classes: Option<&[String]>,
    preparation: &impl serde::Serialize,
) -> Result<Vec<u8>> {
    let fault = |e: String| {
        Error::request(format!("a network cannot be written: {e}"), "this is a fault of warmstart")
    };
    let about = metadata(classes, preparation)?;
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

/// The prefix of all names: `module.` and `model.` come from wrappers of networks. A prefix is removed only if the
/// first layer of a known network follows it.
fn prefix(shapes: &BTreeMap<String, (Vec<usize>, Dtype)>) -> String {
    let firsts = || Architecture::ALL.iter().map(|architecture| ends(*architecture).0);
    if firsts().any(|first| shapes.contains_key(first)) {
        return String::new();
    }
    let found = shapes.keys().find_map(|name| {
        let prefix =
            firsts().find_map(|first| name.strip_suffix(first).filter(|rest| rest.ends_with('.')))?;
        shapes.keys().all(|name| name.starts_with(prefix)).then_some(prefix)
    });
    found.unwrap_or_default().to_string()
}

/// The kind of a file that only Python can read; `None` for other files.
fn pickled(bytes: &[u8]) -> Option<&'static str> {
    let begins = |start: &[u8]| bytes.starts_with(start);
    // The header length of a safetensors file can begin with the same bytes.
    if bytes.get(8) == Some(&b'{') {
        return None;
    }
    if begins(b"PK\x03\x04") {
        Some(
            "this is a zip archive, as torch.save writes it: a program rather than a table, which is not run",
        )
    } else if bytes.first() == Some(&0x80) && bytes.get(1).is_some_and(|version| (2..=5).contains(version)) {
        Some(
            "this is a Python pickle, as torch.save wrote it: a program rather than a table, which is not run",
        )
    } else if begins(b"\x89HDF\r\n\x1a\n") {
        Some("this is an HDF5 file, as Keras writes it")
    } else {
        None
    }
}

/// The Python code that converts a file from torch.save to safetensors.
fn conversion(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().replace(['\'', '"', '\\'], "?");
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().replace(['\'', '"', '\\'], "?");
    format!(
        "convert it: python3 -c 'import torch, safetensors.torch as s; d = torch.load(\"{name}\", \
         map_location=\"cpu\", weights_only=True); d = d.get(\"state_dict\", d.get(\"model\", d)); \
         s.save_file({{k: v.contiguous().clone() for k, v in d.items()}}, \"{stem}.safetensors\")'"
    )
}

/// The names of the first and the last weight tensor of an architecture.
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

/// The size of images that an architecture was made for.
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
