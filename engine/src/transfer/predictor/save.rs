//! Saves a predictor as a folder: `config.json`, `model.safetensors`, and for texts `vocabulary.json`; `tokenizer.json`
//! if it reads the tokens of a published model.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};
use crate::files;
use crate::models::image_network::{ImageNetwork, weights};
use crate::models::sentence_encoder::SentenceEncoder;
use crate::nn::blocks::Values;
use crate::session::architecture::Architecture;
use crate::transfer::baselines::CountModel;
use crate::transfer::lookup::WordRows;
use crate::transfer::probe::Linear;

use super::Predictor;
use super::config::{
    About, Config, FORMAT, ImageConfig, ImageHead, Kind, Precision, Stored, SubwordConfig, TextConfig,
    TextHead, VERSION,
};
use super::encoder::EncoderLayers;
use super::images::{ImageModel, ImagePredictor};
use super::pytorch::{Named, to_pytorch};
use super::tensors::TensorWriter;
use super::text::{KnownPhrases, TextModel, TextPredictor};
use super::whole::{Whole, whole};

/// The name of the file with the configuration.
pub const CONFIG: &str = "config.json";
/// The name of the file with the weights.
pub const TENSORS: &str = "model.safetensors";
/// The name of the file with the words of a text model.
pub const VOCABULARY: &str = "vocabulary.json";
/// The name of the file with the tokeniser of a published model.
pub const TOKENISER: &str = "tokenizer.json";
/// The name of the file with the subword vectors.
pub const SUBWORDS: &str = "subwords.safetensors";
/// The name of the file with a sentence encoder that models share.
pub const ENCODER: &str = "encoder.safetensors";

impl Predictor<'_> {
    /// Saves the predictor in the new folder `folder`. The folder is complete or does not exist at all. From a table
    /// of word vectors, all words of the task are saved and, up to `most_words` words, the most frequent others;
    /// `stored` says how. Returns the number of words that were left out.
    ///
    /// # Errors
    /// When something with this name exists, or the folder cannot be written.
    pub fn save(&self, folder: &Path, about: &About, most_words: usize, stored: &Stored) -> Result<usize> {
        if folder.symlink_metadata().is_ok() {
            return Err(Error::input(folder, Place::Whole, "it is there already", "name another folder"));
        }
        let beside = beside(folder);
        let attempt = || -> Result<usize> {
            // An earlier process with the same id may have left a folder with this name.
            let _ = fs::remove_dir_all(&beside);
            fs::create_dir(&beside).map_err(|e| Error::io("create the folder", &beside, e))?;
            let left_out = self.write(&beside, about, most_words, stored)?;
            fs::rename(&beside, folder).map_err(|e| Error::io("create the folder", folder, e))?;
            Ok(left_out)
        };
        let left_out = attempt().inspect_err(|_| drop(fs::remove_dir_all(&beside)))?;
        files::sync_folder(folder);
        Ok(left_out)
    }

    fn write(&self, folder: &Path, about: &About, most_words: usize, stored: &Stored) -> Result<usize> {
        let (mut tensors, mut metadata) = (TensorWriter::default(), None);
        let (model, left_out) = match self {
            Predictor::Text(text) => {
                let Whole { predictor, words_left_out } = whole(text, most_words);
                let words: Vec<&str> = predictor.words.iter().collect();
                json(&folder.join(VOCABULARY), &words)?;
                let head = text_head(&predictor, stored.dtype, &mut tensors, folder)?;
                let phrases = !matches!(predictor.phrases, KnownPhrases::Nowhere);
                let word_vectors = predictor.table().map(|_| stored.clone());
                let tokeniser = predictor.tokens.model().map(|tokeniser| tokeniser.reading());
                if let Some(tokeniser) = predictor.tokens.model() {
                    shared(&folder.join(TOKENISER), tokeniser.subwords().json())?;
                }
                if let TextModel::Encoder(encoder) = &predictor.model {
                    shared(&folder.join(TOKENISER), encoder.reader.tokeniser().json())?;
                }
                let tokens = predictor.tokens.rules();
                let config = TextConfig { tokens, tokeniser, phrases, words_left_out, word_vectors, head };
                (Kind::Text(config), words_left_out)
            }
            Predictor::Images(images) => {
                let head = image_head(images, &mut tensors)?;
                // A source that names the file alone prepares its images in the same way.
                let described = |classes| weights::metadata(classes, &*images.preparation).map(Some);
                metadata = match head {
                    ImageHead::Network { .. } => described(Some(self.classes()))?,
                    ImageHead::Features { .. } | ImageHead::ZeroShot { .. } => described(None)?,
                    ImageHead::Pixels { .. } | ImageHead::Constant => None,
                };
                (Kind::Images(ImageConfig { preparation: images.preparation.clone().into_owned(), head }), 0)
            }
        };
        tensors.save(&folder.join(TENSORS), metadata)?;
        let (format, classes) = (FORMAT.to_string(), self.classes().to_vec());
        json(
            &folder.join(CONFIG),
            &Config {
                format,
                version: VERSION,
                about: about.clone(),
                classes,
                temperature: self.temperature(),
                model,
            },
        )?;
        Ok(left_out)
    }
}

/// The temporary name of a folder before it is renamed.
fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    folder.with_file_name(name)
}

fn json(path: &Path, document: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_vec_pretty(document).map_err(|e| {
        Error::request(format!("a model cannot be written: {e}"), "this is a fault of warmstart")
    })?;
    files::save(path, |file| file.write_all(&text))
}

fn text_head(
    predictor: &TextPredictor,
    vectors: Precision,
    to: &mut TensorWriter,
    folder: &Path,
) -> Result<TextHead> {
    if let Some(table) = predictor.table() {
        let values = table.iter().copied();
        match vectors {
            Precision::F16 => to.halves("embedding.weight", table.shape(), values),
            Precision::F32 => to.reals("embedding.weight", table.shape(), values),
        }
    }
    Ok(match &predictor.model {
        TextModel::Classifier { model, rows, max_tokens, direction } => {
            for Named { name, shape, values } in to_pytorch(&model.tensors()) {
                to.reals(&name, &shape, values);
            }
            TextHead::Classifier {
                body: model.body().clone(),
                max_tokens: (*max_tokens != usize::MAX).then_some(*max_tokens),
                direction: *direction,
                subwords: subwords(rows, folder)?,
            }
        }
        TextModel::DocumentVectors { vectors, rows, linear, .. } => {
            let (weights, unseen, common) = vectors.counted();
            to.reals("words.weight", &[weights.len()], weights.iter().copied());
            to.reals("words.unseen", &[1], [unseen]);
            if let Some(common) = common {
                to.reals("common", &[common.len()], common.iter().copied());
            }
            write_linear(linear, to);
            TextHead::DocumentVectors {
                vectors: vectors.kind().into(),
                unit_means: vectors.unit_means(),
                subwords: subwords(rows, folder)?,
            }
        }
        TextModel::Counts(counts) => match &**counts {
            CountModel::TfIdf(model) => {
                let (_, idf) = model.tfidf.weighed();
                to.doubles("idf", &[idf.len()], idf.iter().copied());
                write_linear(&model.linear, to);
                TextHead::TfIdf
            }
            CountModel::Nbsvm(model) => {
                let (words, pairs) = (model.pairs.word_features(), model.pairs.pair_features());
                to.counts("words", &[words.len()], words.iter().map(|&(_, feature)| feature));
                to.counts("pairs", &[pairs.len(), 2], pairs.iter().flat_map(|&(pair, _)| pair));
                to.counts("pairs.feature", &[pairs.len()], pairs.iter().map(|&(_, feature)| feature));
                let (weights, outputs) = (&model.weights, model.weights.outputs);
                to.reals("weight", &[model.pairs.len(), outputs], weights.weights.iter().copied());
                to.doubles("bias", &[outputs], weights.bias.iter().copied());
                to.doubles("mixture", &[2], [weights.fraction, weights.slope]);
                TextHead::Nbsvm
            }
        },
        TextModel::Encoder(model) => {
            match &model.layers {
                EncoderLayers::Trained(trained) => {
                    encoder(&trained.encoder, to);
                    let head = trained.head().upon_parameters(&trained.encoder.dense[trained.head_range()]);
                    for Named { name, shape, values } in to_pytorch(&head.tensors()) {
                        to.reals(&format!("head.{name}"), &shape, values);
                    }
                }
                EncoderLayers::Linear(fixed, linear) => {
                    let mut tensors = TensorWriter::default();
                    encoder(fixed, &mut tensors);
                    shared_tensors(&tensors, &folder.join(ENCODER))?;
                    write_linear(linear, to);
                }
            }
            model.config()
        }
        TextModel::Constant(probabilities) => {
            to.reals("probabilities", &[probabilities.len()], probabilities.iter().copied());
            TextHead::Constant
        }
    })
}

fn image_head(predictor: &ImagePredictor, to: &mut TensorWriter) -> Result<ImageHead> {
    Ok(match &predictor.model {
        ImageModel::Network(pieces) => {
            // The last piece's network also has the parameters of the pieces before it: they were copied at the start
            // of the run.
            let Some(last) = pieces.last() else { return Err(unknown_network()) };
            named(to, last.network.tensors(true));
            ImageHead::Network { architecture: architecture(&last.network)?, cut: last.nodes.start }
        }
        ImageModel::Linear { features, square, linear } => {
            write_linear(linear, to);
            match features {
                Some(piece) => {
                    named(to, piece.network.tensors(true));
                    ImageHead::Features {
                        architecture: architecture(&piece.network)?,
                        nodes: piece.nodes.end,
                        classes: piece.network.plan().classes,
                    }
                }
                None => ImageHead::Pixels { square: *square },
            }
        }
        ImageModel::ZeroShot { network, outputs } => {
            named(to, network.network.tensors(true));
            ImageHead::ZeroShot {
                architecture: architecture(&network.network)?,
                classes: network.network.plan().classes,
                outputs: outputs.to_vec(),
            }
        }
        ImageModel::Constant(probabilities) => {
            to.reals("probabilities", &[probabilities.len()], probabilities.iter().copied());
            ImageHead::Constant
        }
    })
}

fn architecture(network: &ImageNetwork<f32>) -> Result<Architecture> {
    network.plan().architecture.ok_or_else(unknown_network)
}

fn unknown_network() -> Error {
    Error::request("this network is of no architecture that a file can name", "this is a fault of warmstart")
}

/// Adds the tensors of a layer under their own names.
fn named(to: &mut TensorWriter, tensors: Vec<crate::nn::blocks::Tensor<'_, f32>>) {
    for tensor in tensors {
        match tensor.values {
            Values::Real(values) => to.reals(&tensor.name, &tensor.shape, values.iter().copied()),
            Values::Count(values) => to.counts(&tensor.name, &tensor.shape, values.iter().copied()),
        }
    }
}

/// Adds the tensors of a sentence encoder, with BERT's names.
fn encoder(encoder: &SentenceEncoder<f32>, to: &mut TensorWriter) {
    let tokens = encoder.token_block();
    to.reals(&tokens.name, &tokens.shape, encoder.tokens.values());
    for block in encoder.blocks().iter() {
        to.reals(&block.name, &block.shape, encoder.dense[block.range.clone()].iter().copied());
    }
}

/// Writes `head.weight (D, K)` and `head.bias (K)`. With two classes K is 1.
fn write_linear(linear: &Linear, to: &mut TensorWriter) {
    let outputs = linear.outputs();
    let shape = [linear.weights.len() / outputs.max(1), outputs];
    to.doubles("head.weight", &shape, linear.weights.iter().copied());
    to.doubles("head.bias", &[outputs], linear.bias.iter().copied());
}

/// Writes `bytes` to `path`. If a neighbouring model already has the same file, a hard link to it is made.
fn shared(path: &Path, bytes: &[u8]) -> Result<()> {
    let name = path.file_name().unwrap_or_default();
    let folder = path.parent().and_then(Path::parent).and_then(|folder| fs::read_dir(folder).ok());
    let same =
        folder.into_iter().flatten().filter_map(|item| Some(item.ok()?.path().join(name))).find(|other| {
            other.metadata().is_ok_and(|data| data.is_file() && data.len() == bytes.len() as u64)
                && fs::read(other).is_ok_and(|content| content == bytes)
        });
    // Some file systems do not support hard links.
    if same.is_none_or(|same| fs::hard_link(same, path).is_err()) {
        files::save(path, |file| file.write_all(bytes))?;
    }
    Ok(())
}

/// Writes the subword vectors, if there are some. They may be large and are the same for many models.
fn subwords(rows: &WordRows, folder: &Path) -> Result<Option<SubwordConfig>> {
    let Some(subwords) = rows.beyond.as_ref().and_then(|vectors| vectors.subwords.as_ref()) else {
        return Ok(None);
    };
    let (shortest, longest, buckets) = subwords.shape();
    let (kept, numbers) = subwords.numbers();
    let mut tensors = TensorWriter::default();
    tensors.reals("subwords.weight", &[kept.len(), subwords.dim()], numbers);
    tensors.counts("subwords.bucket", &[kept.len()], kept);
    shared_tensors(&tensors, &folder.join(SUBWORDS))?;
    Ok(Some(SubwordConfig { shortest, longest, buckets }))
}

/// Writes tensors to `path`. If a neighbouring model already has the same file, a hard link to it is made.
fn shared_tensors(tensors: &TensorWriter, path: &Path) -> Result<()> {
    let name = path.file_name().unwrap_or_default();
    let folder = path.parent().and_then(Path::parent).and_then(|folder| fs::read_dir(folder).ok());
    let same = (folder.into_iter().flatten())
        .filter_map(|item| Some(item.ok()?.path().join(name)))
        .find(|other| other.is_file() && tensors.are_in(other));
    // Some file systems do not support hard links.
    if same.is_none_or(|same| fs::hard_link(same, path).is_err()) {
        tensors.save(path, None)?;
    }
    Ok(())
}
