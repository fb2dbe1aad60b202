//! Opens a trained model of any kind, and predicts with it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::global::Global;
use crate::cli::{out, sessions};
use crate::data::lines::LONGEST;
use crate::error::{Error, Place, Result, counted};
use crate::files::{self, encoding};
use crate::models::text_classifier::Workspace;
use crate::train::network_of;
use crate::transfer::predictor::Predictor;
use crate::transfer::predictor::images::ImagePredictor;
use crate::transfer::predictor::load;
use crate::transfer::predictor::text::TextPredictor;
use crate::vectors::fasttext;

use super::asked::{Choice, ModelArgs};
use super::chosen;
use super::label::{Label, top};

/// An open model.
pub enum Model {
    Texts(Texts),
    Images(Box<ImagePredictor<'static>>),
}

impl Model {
    /// The names of its classes.
    pub fn classes(&self) -> Vec<String> {
        match self {
            Model::Texts(texts) => texts.classes(),
            Model::Images(images) => images.classes.to_vec(),
        }
    }
}

/// A model that reads texts.
pub enum Texts {
    FastText(Box<fasttext::Classifier>),
    Kept(Box<TextPredictor<'static>>),
}

impl Texts {
    /// The names of its classes.
    pub fn classes(&self) -> Vec<String> {
        match self {
            Texts::FastText(classifier) => classifier.label_names(),
            Texts::Kept(predictor) => predictor.classes.to_vec(),
        }
    }

    /// The `count` most probable classes of each text, the most probable first.
    pub fn predict(&self, texts: &[&[u8]], count: usize, workspace: &mut Workspace) -> Vec<Vec<Label>> {
        match self {
            Texts::FastText(classifier) => {
                let label = |found: fasttext::Prediction| Label {
                    label: found.label,
                    probability: found.probability,
                };
                let of = |text: &&[u8]| classifier.predict(text, count).into_iter().map(label).collect();
                texts.iter().map(of).collect()
            }
            Texts::Kept(predictor) => {
                let texts: Vec<_> = texts.iter().map(|text| String::from_utf8_lossy(text)).collect();
                let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
                let probabilities = predictor.probabilities(&texts, workspace);
                let rows = probabilities.chunks_exact(predictor.classes.len());
                rows.map(|row| top(&predictor.classes, row, count)).collect()
            }
        }
    }

    /// The probabilities of all classes for each text, in the order of [`classes`](Self::classes).
    pub fn probabilities(&self, texts: &[&str], workspace: &mut Workspace) -> Vec<Vec<f32>> {
        match self {
            Texts::FastText(classifier) => {
                let of = |text: &&str| classifier.all_probabilities(text.as_bytes());
                texts.iter().map(of).collect()
            }
            Texts::Kept(predictor) => {
                let all = predictor.probabilities(texts, workspace);
                all.chunks_exact(predictor.classes.len()).map(<[f32]>::to_vec).collect()
            }
        }
    }
}

/// Opens the model that `args` name.
///
/// # Errors
/// When there is no such session or model, the model cannot be read, or an option does not fit the kind of model.
pub fn open(args: &ModelArgs, global: &Global) -> Result<Model> {
    let path = &args.model;
    if path.is_file() {
        args.choice.is_none(path)?;
        return of_file(path, args);
    }
    let folder = kept_folder(path, &args.choice, global)?;
    refuse_classes(args)?;
    kept(&folder)
}

/// The folder of a kept model: `path` itself, or the chosen model if `path` names a session. In the second case the
/// choice is printed on standard error.
///
/// # Errors
/// When there is no such session or model, or `path` is one model and `choice` is not empty.
pub fn kept_folder(path: &Path, choice: &Choice, global: &Global) -> Result<PathBuf> {
    if load::is_model(path) {
        choice.is_none(path)?;
        return Ok(path.to_path_buf());
    }
    let found = sessions::find(path, &global.sessions)?;
    let chosen = chosen::choose(&found, choice, global.seed)?;
    out::tell(&chosen.told);
    Ok(chosen.folder)
}

impl Choice {
    /// An error if a choice was made, because `path` is one model and not a session.
    fn is_none(&self, path: &Path) -> Result<()> {
        match (&self.method, &self.source, &self.labels) {
            (None, None, None) => Ok(()),
            _ => Err(Error::request(
                format!(
                    "{} is one model, and --method, --source and --labels choose among those of a session",
                    path.display()
                ),
                "leave them out, or name the session",
            )),
        }
    }
}

/// An error if `--classes` was given: it is only for the weights of an image network, which may lack class names.
fn refuse_classes(args: &ModelArgs) -> Result<()> {
    if args.classes.is_none() {
        return Ok(());
    }
    let model = args.model.display();
    let problem =
        format!("{model} has classes of its own, and --classes names those of an image network's weights");
    Err(Error::request(problem, "leave --classes out"))
}

/// Whether `path` is a model itself, and not a session.
pub fn is_one(path: &Path) -> bool {
    load::is_model(path) || path.is_file()
}

fn kept(folder: &Path) -> Result<Model> {
    Ok(match load::load(folder)?.predictor {
        Predictor::Text(text) => Model::Texts(Texts::Kept(text)),
        Predictor::Images(images) => Model::Images(images),
    })
}

/// Opens a fastText model, or the weights of an image network.
fn of_file(path: &Path, args: &ModelArgs) -> Result<Model> {
    if !is_safetensors(path) {
        refuse_classes(args)?;
        let classifier = fasttext::Classifier::new(fasttext::Model::open(path)?)?;
        return Ok(Model::Texts(Texts::FastText(Box::new(classifier))));
    }
    let mut source = network_of(path)?;
    if !source.classifies {
        let problem = "these weights have no last layer, and so no classes";
        let remedy = "name them as the source of a recipe, or give the whole network's weights";
        return Err(Error::input(path, Place::Whole, problem, remedy));
    }
    if let Some(path) = &args.classes {
        source.classes = Some(classes(path, source.network.plan().classes)?);
    }
    Ok(Model::Images(Box::new(source.into_predictor())))
}

/// Whether a file looks like a safetensors file or like one that `torch.save` wrote. The latter is refused later,
/// with advice.
fn is_safetensors(path: &Path) -> bool {
    let mut start = [0; 9];
    let read = fs::File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut start));
    let named =
        path.extension().is_some_and(|end| ["safetensors", "pth", "pt"].iter().any(|known| end == *known));
    named || read.is_ok() && (start[8] == b'{' || start.starts_with(b"PK\x03\x04"))
}

/// Reads the names of `count` classes from a file, one on each line.
fn classes(path: &Path, count: usize) -> Result<Vec<String>> {
    let bytes = files::read(path, LONGEST)?;
    let bytes = encoding::in_utf8(&bytes);
    let text = String::from_utf8_lossy(&bytes);
    let names: Vec<String> = text.lines().map(|line| line.trim().to_string()).collect();
    if names.len() != count {
        let problem = format!(
            "{}, but the network has {}",
            counted(names.len(), "line", "lines"),
            counted(count, "class", "classes")
        );
        return Err(Error::input(
            path,
            Place::Whole,
            problem,
            "give one name on each line, in the network's order",
        ));
    }
    Ok(names)
}
