//! Loads a predictor from its folder. Every name, dtype and shape is checked before values are read. A size that a
//! file claims is not trusted before the file has as many bytes.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use ndarray::Array2;
use serde::de::DeserializeOwned;

use crate::error::{Error, Place, Result, counted};
use crate::files;
use crate::models::encoder_classifier::EncoderClassifier;
use crate::models::image_network::{ImageNetwork, architectures};
use crate::models::sentence_encoder::{EncoderReader, SentenceEncoder};
use crate::models::text_classifier::{ClassifierBody, TextClassifier};
use crate::nn::blocks::Values;
use crate::nn::convolution::Shape;
use crate::nn::recurrent::Recurrent;
use crate::nn::token_pooling::TokenPooling;
use crate::session::architecture::Architecture;
use crate::session::method::Method;
use crate::text::counts::TfIdf;
use crate::text::model_tokeniser::ModelTokeniser;
use crate::text::pairs::Pairs;
use crate::text::subword_tokeniser::SubwordTokeniser;
use crate::text::tokeniser::Tokeniser;
use crate::text::words::Words;
use crate::transfer::baselines::CountModel;
use crate::transfer::baselines::nbsvm_model::{NbsvmModel, Weights};
use crate::transfer::baselines::tfidf_model::TfIdfModel;
use crate::transfer::calibration::Temperature;
use crate::transfer::document_vectors::DocumentVectors;
use crate::transfer::lookup::WordRows;
use crate::transfer::probe::Linear;
use crate::vectors::WordVectors;
use crate::vectors::fasttext::Subwords;
use crate::vision::Preparation;

use super::Predictor;
use super::config::{
    Config, FORMAT, ImageConfig, ImageHead, Kind, OLDEST, OnEncoder, SubwordConfig, TextConfig, TextHead,
    VERSION,
};
use super::encoder::{EncoderLayers, EncoderModel};
use super::images::{ImageModel, ImagePredictor, Piece, squares};
use super::pytorch::from_pytorch;
use super::save::{CONFIG, ENCODER, SUBWORDS, TENSORS, TOKENISER, VOCABULARY};
use super::tensors::TensorReader;
use super::text::{KnownPhrases, TextModel, TextPredictor};

/// The most bytes of `config.json` and of `vocabulary.json`.
const LONGEST_CONFIG: usize = 64 << 20;
const LONGEST_VOCABULARY: usize = 1 << 30;
/// Sizes of layers are below this value, so a product of three sizes does not overflow.
const LARGEST: usize = 1 << 18;
/// What the user can do about a damaged model.
const AGAIN: &str = "copy the model's folder again";

/// A predictor that was loaded, with its configuration.
pub struct Loaded {
    /// The predictor.
    pub predictor: Predictor<'static>,
    /// The content of its `config.json`.
    pub config: Config,
}

/// Whether a folder looks like a kept model: it has the files of one.
pub fn is_model(folder: &Path) -> bool {
    folder.join(CONFIG).is_file() && folder.join(TENSORS).is_file()
}

/// Reads the model in `folder`.
///
/// # Errors
/// When the model is of another format or version, or one of its files is missing or damaged.
pub fn load(folder: &Path) -> Result<Loaded> {
    let path = folder.join(CONFIG);
    let config = config(&path)?;
    let tensors = TensorReader::open(&folder.join(TENSORS))?;
    let classes = config.classes.clone();
    if !(2..=usize::from(u16::MAX)).contains(&classes.len()) {
        let problem = format!("it has {}", counted(classes.len(), "class", "classes"));
        return Err(Error::input(&path, Place::Whole, problem, AGAIN));
    }
    let wrong = |problem: &str| Error::input(&path, Place::Whole, problem, AGAIN);
    let predictor = match &config.model {
        Kind::Text(text) => {
            let words = vocabulary(&folder.join(VOCABULARY))?;
            Predictor::from(texts(classes, words, text, &tensors, &wrong, folder)?)
        }
        Kind::Images(images) => {
            images.preparation.check().map_err(|error| wrong(&error.to_string()))?;
            Predictor::from(image_model(classes, images, &tensors, &wrong)?)
        }
    };
    Ok(Loaded { predictor: predictor.at(config.temperature), config })
}

/// Reads the configuration of the model in `folder`.
///
/// # Errors
/// When it is missing or damaged, or of another format or version.
pub fn config_of(folder: &Path) -> Result<Config> {
    config(&folder.join(CONFIG))
}

/// Makes the error for an impossible configuration.
type Wrong<'a> = &'a dyn Fn(&str) -> Error;

fn config(path: &Path) -> Result<Config> {
    let bytes = files::read(path, LONGEST_CONFIG)?;
    let value: serde_json::Value = parsed(&bytes, path)?;
    let text = |field: &str| value.get(field).and_then(|value| value.as_str());
    if text("format") != Some(FORMAT) {
        let problem = "this is no model of warmstart";
        return Err(Error::input(
            path,
            Place::Whole,
            problem,
            "name a session, or the folder of a kept model",
        ));
    }
    let version = value.get("version").and_then(|version| version.as_u64());
    if !version.is_some_and(|version| (u64::from(OLDEST)..=u64::from(VERSION)).contains(&version)) {
        let version = version.map_or("no number".to_string(), |version| version.to_string());
        let problem =
            format!("the model's version is {version}, and this program reads {OLDEST} to {VERSION}");
        let remedy = "run the recipe again with this program, or use the program that wrote it";
        return Err(Error::input(path, Place::Whole, problem, remedy));
    }
    parsed(&bytes, path)
}

fn parsed<T: DeserializeOwned>(bytes: &[u8], path: &Path) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|e| {
        let place = Place::LineColumn(e.line() as u64, e.column() as u64);
        Error::input(path, place, e.to_string(), AGAIN)
    })
}

fn vocabulary(path: &Path) -> Result<Words> {
    let list: Vec<String> = parsed(&files::read(path, LONGEST_VOCABULARY)?, path)?;
    let mut words = Words::default();
    for word in &list {
        if !words.insert(word).1 {
            let problem = format!("the word \"{word}\" stands there twice");
            return Err(Error::input(path, Place::Whole, problem, AGAIN));
        }
    }
    Ok(words)
}

fn texts(
    classes: Vec<String>,
    words: Words,
    config: &TextConfig,
    tensors: &TensorReader,
    wrong: Wrong,
    folder: &Path,
) -> Result<TextPredictor<'static>> {
    let count = classes.len();
    let model = match &config.head {
        TextHead::Classifier { body, max_tokens, direction, subwords } => {
            let [rows, dim] = tensors.axes("embedding.weight")?;
            // Phrases without a vector follow the words with a vector.
            if !(1..=words.len() + 1).contains(&rows) {
                return Err(other_vocabulary(tensors, "embedding.weight", rows, words.len() + 1));
            }
            let blocks = possible(body, dim, tensors.values(), wrong)?.blocks(dim, count);
            let read = from_pytorch(&blocks, |name, shape| tensors.reals(name, shape))?;
            let table = table(tensors, rows, dim)?;
            let find = |name: &str| {
                let found = blocks.iter().zip(&read).find(|(block, _)| block.name == name);
                found.map(|(_, values)| Values::Real(&values[..]))
            };
            let model = TextClassifier::of_tensors(body.clone(), count, Arc::new(table), find)?;
            TextModel::Classifier {
                model: Cow::Owned(model),
                rows: WordRows::numbered(
                    rows - 1,
                    words.len(),
                    1,
                    parts(subwords.as_ref(), dim, folder, wrong)?,
                ),
                max_tokens: max_tokens.unwrap_or(usize::MAX),
                direction: *direction,
            }
        }
        TextHead::DocumentVectors { vectors: method, unit_means, subwords } => {
            let Method::DocumentVector(kind) = *method else {
                return Err(wrong("its document vectors are of no kind that is known"));
            };
            let [rows, dim] = tensors.axes("embedding.weight")?;
            if rows != words.len() {
                return Err(other_vocabulary(tensors, "embedding.weight", rows, words.len()));
            }
            let table = table(tensors, rows, dim)?;
            let [weighed] = tensors.axes("words.weight")?;
            if weighed > rows {
                return Err(other_vocabulary(tensors, "words.weight", weighed, rows));
            }
            let weights = tensors.reals("words.weight", &[weighed])?;
            let unseen = tensors.reals("words.unseen", &[1])?[0];
            let common = match tensors.shape("common")? {
                Some(_) => Some(tensors.reals("common", &[dim])?),
                None => None,
            };
            let vectors = DocumentVectors::of_counted(kind, dim, weights, unseen, common);
            let vectors = vectors.with_unit_means(*unit_means);
            let linear = linear(tensors, count, vectors.width())?;
            TextModel::DocumentVectors {
                vectors: Cow::Owned(vectors),
                table: Cow::Owned(table),
                rows: WordRows::numbered(rows, words.len(), 0, parts(subwords.as_ref(), dim, folder, wrong)?),
                linear: Cow::Owned(linear),
            }
        }
        TextHead::TfIdf => {
            let tfidf = TfIdf::of_idf(tensors.doubles("idf", &[words.len()])?);
            let linear = linear(tensors, count, words.len())?;
            TextModel::Counts(Cow::Owned(CountModel::TfIdf(TfIdfModel { tfidf, linear })))
        }
        TextHead::Nbsvm => {
            TextModel::Counts(Cow::Owned(CountModel::Nbsvm(nbsvm(tensors, count, words.len())?)))
        }
        TextHead::Constant => TextModel::Constant(tensors.reals("probabilities", &[count])?),
        TextHead::Encoder { encoder, output, reading, head } => {
            let outside = encoder.vocabulary != reading.vocabulary || output.poolings.is_empty();
            if !encoder.is_possible() || outside || output.poolings.len() > TokenPooling::ALL.len() {
                return Err(wrong("its encoder is of sizes that cannot be"));
            }
            if reading.longest > encoder.embedding().longest() {
                return Err(wrong("its encoder reads fewer tokens than it says"));
            }
            let reader = EncoderReader::read(&folder.join(TOKENISER), reading.clone())?;
            let (config, output) = (*encoder, output.clone());
            let layers = match head {
                OnEncoder::Linear => {
                    let own = TensorReader::open(&folder.join(ENCODER))?;
                    let encoder =
                        SentenceEncoder::of_tensors(config, output, |name, shape| own.reals(name, shape))?;
                    let linear = linear(tensors, count, encoder.features())?;
                    EncoderLayers::Linear(Arc::new(encoder), Cow::Owned(linear))
                }
                OnEncoder::Trained(head) => {
                    let encoder = SentenceEncoder::of_tensors(config, output, |name, shape| {
                        tensors.reals(name, shape)
                    })?;
                    let body = ClassifierBody::Head(*head);
                    let dim = if head.reads_mean() { encoder.features() } else { config.width() };
                    let blocks = possible(&body, dim, tensors.values(), wrong)?.blocks(dim, count);
                    let read =
                        from_pytorch(&blocks, |name, shape| tensors.reals(&format!("head.{name}"), shape))?;
                    let mut model = EncoderClassifier::new(encoder, *head, count, 0);
                    model.set_head(&read.concat());
                    EncoderLayers::Trained(Cow::Owned(model))
                }
            };
            TextModel::Encoder(Box::new(EncoderModel { reader: Arc::new(reader), layers }))
        }
    };
    let phrases = if config.phrases { KnownPhrases::Numbered } else { KnownPhrases::Nowhere };
    Ok(TextPredictor {
        classes: Cow::Owned(classes),
        tokens: tokeniser(config, folder)?,
        phrases,
        words: Cow::Owned(words),
        model,
        temperature: Temperature::default(),
    })
}

/// How the model cuts texts into tokens.
fn tokeniser(config: &TextConfig, folder: &Path) -> Result<Tokeniser> {
    let Some(reading) = config.tokeniser else { return Ok(config.tokens.into()) };
    let subwords = SubwordTokeniser::read(&folder.join(TOKENISER))?;
    Ok(Tokeniser::Model(Arc::new(ModelTokeniser::new(subwords, reading))))
}

fn other_vocabulary(tensors: &TensorReader, name: &str, rows: usize, expected: usize) -> Error {
    tensors.wrong(name, format!("it has {rows} rows, and the vocabulary asks for {expected}"))
}

/// The body, if layers of its sizes, on vectors of `dim` dimensions, fit into a file of `values` values.
fn possible<'b>(
    body: &'b ClassifierBody,
    dim: usize,
    values: usize,
    wrong: Wrong,
) -> Result<&'b ClassifierBody> {
    let fits = match body {
        ClassifierBody::Head(head) => {
            // The layers of a language model have a body of their own.
            head.check(None).is_ok() && head.weights(dim) <= values as u128
        }
        ClassifierBody::UnitAverage => true,
        ClassifierBody::Stacked { layers, .. } => {
            let small = |size: usize| (1..LARGEST).contains(&size);
            let chained = |pair: &[Recurrent]| pair[0].hidden() == pair[1].input();
            let first = layers.first().is_some_and(|layer| layer.input() == dim);
            first && layers.windows(2).all(chained) && layers.iter().all(|layer| small(layer.hidden()))
        }
    };
    if fits && (1..LARGEST).contains(&dim) {
        Ok(body)
    } else {
        Err(wrong("its layers are of sizes that cannot be"))
    }
}

fn table(tensors: &TensorReader, rows: usize, dim: usize) -> Result<Array2<f32>> {
    let numbers = tensors.halves_or_reals("embedding.weight", &[rows, dim])?;
    // The number of values equals the product of the shape.
    Ok(Array2::from_shape_vec((rows, dim), numbers).unwrap_or_default())
}

/// The subword vectors, for words that are not in the vocabulary.
fn parts(
    config: Option<&SubwordConfig>,
    dim: usize,
    folder: &Path,
    wrong: Wrong,
) -> Result<Option<WordVectors>> {
    let Some(&SubwordConfig { shortest, longest, buckets }) = config else { return Ok(None) };
    if shortest > longest || longest > 64 || buckets == 0 || buckets > i32::MAX as u32 {
        return Err(wrong("its subwords are of lengths that cannot be"));
    }
    let tensors = TensorReader::open(&folder.join(SUBWORDS))?;
    let [rows] = tensors.axes("subwords.bucket")?;
    let kept = tensors.counts("subwords.bucket", &[rows], buckets as usize)?;
    let numbers = tensors.reals("subwords.weight", &[rows, dim])?;
    let subwords = Subwords::trained(shortest, longest, buckets, &kept, dim, numbers);
    let none = WordVectors::new(Words::default(), Array2::zeros((0, dim)), None)?;
    Ok(Some(none.with_subwords(Arc::new(subwords))))
}

/// The linear classifier on `width` features.
fn linear(tensors: &TensorReader, classes: usize, width: usize) -> Result<Linear> {
    let outputs = if classes == 2 { 1 } else { classes };
    let weights = tensors.doubles("head.weight", &[width, outputs])?;
    Ok(Linear { classes, weights, bias: tensors.doubles("head.bias", &[outputs])? })
}

fn nbsvm(tensors: &TensorReader, classes: usize, words: usize) -> Result<NbsvmModel> {
    let outputs = if classes == 2 { 1 } else { classes };
    let [features, _] = tensors.axes("weight")?;
    let weights = tensors.reals("weight", &[features, outputs])?;
    let own = tensors.counts("words", &[words], features)?;
    let [count, _] = tensors.axes("pairs")?;
    let pairs = tensors.counts("pairs", &[count, 2], words)?;
    let of_pairs = tensors.counts("pairs.feature", &[count], features)?;
    let pairs = pairs.as_chunks().0.iter().copied().zip(of_pairs);
    let mixture = tensors.doubles("mixture", &[2])?;
    let (fraction, slope) = (mixture[0], mixture[1]);
    let bias = tensors.doubles("bias", &[outputs])?;
    Ok(NbsvmModel {
        pairs: Pairs::of_features(own, pairs),
        weights: Weights { outputs, weights, bias, fraction, slope },
    })
}

fn image_model(
    classes: Vec<String>,
    config: &ImageConfig,
    tensors: &TensorReader,
    wrong: Wrong,
) -> Result<ImagePredictor<'static>> {
    let (count, preparation) = (classes.len(), &config.preparation);
    let model = match &config.head {
        ImageHead::Network { architecture, cut } => {
            let network = network(*architecture, preparation, count, tensors, wrong)?;
            let nodes = network.nodes();
            if *cut >= nodes || (*cut > 0 && network.plan().cut(*cut).is_none()) {
                return Err(wrong("its network is cut where it cannot be"));
            }
            let below = (*cut > 0).then(|| owned(network.clone(), 0..network.plan().cut(*cut).unwrap_or(0)));
            let own = owned(network, *cut..nodes);
            ImageModel::Network(below.into_iter().chain([own]).collect())
        }
        ImageHead::Features { architecture, nodes, classes: outputs } => {
            let network = network(*architecture, preparation, *outputs, tensors, wrong)?;
            if *nodes == 0 || *nodes > network.nodes() {
                return Err(wrong("its network has fewer nodes than it says"));
            }
            let piece = owned(network, 0..*nodes);
            let linear = Cow::Owned(linear(tensors, count, piece.gives())?);
            ImageModel::Linear { features: Some(piece), square: 1, linear }
        }
        ImageHead::Pixels { square } => {
            if *square == 0 {
                return Err(wrong("its pixels are means of nothing"));
            }
            let linear = Cow::Owned(linear(tensors, count, squares(preparation, *square))?);
            ImageModel::Linear { features: None, square: *square, linear }
        }
        ImageHead::ZeroShot { architecture, classes: outputs, outputs: chosen } => {
            let network = network(*architecture, preparation, *outputs, tensors, wrong)?;
            if chosen.len() != count || chosen.iter().any(|output| output >= outputs) {
                return Err(wrong("its classes are none of the network's"));
            }
            let nodes = network.nodes();
            ImageModel::ZeroShot { network: owned(network, 0..nodes), outputs: Cow::Owned(chosen.clone()) }
        }
        ImageHead::Constant => ImageModel::Constant(tensors.reals("probabilities", &[count])?),
    };
    Ok(ImagePredictor {
        classes: Cow::Owned(classes),
        preparation: Cow::Owned(preparation.clone()),
        model,
        temperature: Temperature::default(),
    })
}

fn owned(network: ImageNetwork<f32>, nodes: std::ops::Range<usize>) -> Piece<'static> {
    let ready = Cow::Owned(network.ready(nodes.clone()));
    Piece { network: Cow::Owned(network), ready, nodes }
}

/// The network of an architecture with the tensors of the file.
fn network(
    architecture: Architecture,
    preparation: &Preparation,
    classes: usize,
    tensors: &TensorReader,
    wrong: Wrong,
) -> Result<ImageNetwork<f32>> {
    if !(1..LARGEST).contains(&classes) {
        return Err(wrong("its network has a number of classes that cannot be"));
    }
    let Preparation { height, width, channels, .. } = *preparation;
    let plan = architectures::plan(architecture, Shape { height, width, channels }, classes);
    let blocks: Vec<_> = plan.parameters.iter().chain(plan.statistics.iter()).cloned().collect();
    let read: Vec<Vec<f32>> =
        blocks.iter().map(|block| tensors.reals(&block.name, &block.shape)).collect::<Result<_>>()?;
    let mut network = ImageNetwork::new(Arc::new(plan), 0);
    network.load(|name| {
        let found = blocks.iter().zip(&read).find(|(block, _)| block.name == name);
        found.map(|(_, values)| Values::Real(&values[..]))
    })?;
    Ok(network)
}
