//! Writes static token vectors as a folder that model2vec and sentence-transformers read: `tokenizer.json`,
//! `config.json`, `modules.json` and `model.safetensors`.

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

use crate::data::tensors;
use crate::error::{Error, Place, Result, counted};
use crate::files;
use crate::text::subword_tokeniser::SubwordTokeniser;

use super::vocabulary::LONGEST;

/// What `config.json` states about the origin of the vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// The name of the encoder.
    pub encoder: String,
    /// How the encoder's states of a token were pooled: `mean`.
    pub pooling: String,
    /// The number of principal components; `None` without PCA.
    pub components: Option<usize>,
    /// The constant of the weights; `None` without weights.
    pub sif: Option<f64>,
    /// Whether the values are written as F16, as model2vec does, or as F32.
    pub halves: bool,
}

/// Writes the new folder `folder`: `vectors (N, D)` for the N tokens of `tokeniser`. The folder is complete or does not
/// exist at all.
///
/// # Errors
/// When something with this name exists, the tokens are not as many as the vectors, a value is not finite in the
/// written type, or the folder cannot be written.
pub fn save(folder: &Path, tokeniser: &SubwordTokeniser, vectors: &Array2<f32>, about: &About) -> Result<()> {
    check_new(folder)?;
    let (rows, dim) = vectors.dim();
    let tokens = tokeniser.tokens().count();
    if (tokens, tokeniser.ids_end()) != (rows, rows) {
        let problem =
            format!("{} for {}", counted(tokens, "token", "tokens"), counted(rows, "vector", "vectors"));
        return Err(Error::request(problem, "every id of the tokeniser needs one vector"));
    }
    let written = |x: f32| if about.halves { tensors::rounded(x) } else { x };
    if vectors.iter().any(|&x| !written(x).is_finite()) {
        let problem = format!("a value is not finite as {}", if about.halves { "F16" } else { "F32" });
        return Err(Error::request(problem, "check the encoder, or write F32"));
    }
    let beside = beside(folder);
    let attempt = || -> Result<()> {
        // An earlier process with the same id may have left a folder with this name.
        let _ = fs::remove_dir_all(&beside);
        fs::create_dir(&beside).map_err(|e| Error::io("create the folder", &beside, e))?;
        files::save(&beside.join("tokenizer.json"), |to| to.write_all(tokeniser.json()))?;
        document(&beside.join("config.json"), &config(dim, about))?;
        let module = |place: usize, path: &str, kind: &str| {
            let kind = format!("sentence_transformers.models.{kind}");
            json!({"idx": place, "name": place.to_string(), "path": path, "type": kind})
        };
        let modules = json!([module(0, ".", "StaticEmbedding"), module(1, "1_Normalize", "Normalize")]);
        document(&beside.join("modules.json"), &modules)?;
        let values = vectors.iter();
        let (kind, bytes): (Dtype, Vec<u8>) = match about.halves {
            true => (Dtype::F16, values.flat_map(|&x| tensors::to_half(x).to_le_bytes()).collect()),
            false => (Dtype::F32, values.flat_map(|&x| x.to_le_bytes()).collect()),
        };
        let foreign = |e: safetensors::SafeTensorError| {
            Error::request(format!("the vectors cannot be written: {e}"), "this is a fault of warmstart")
        };
        let view = TensorView::new(kind, vec![rows, dim], &bytes).map_err(foreign)?;
        let file = safetensors::serialize([("embeddings", view)], None).map_err(foreign)?;
        files::save(&beside.join("model.safetensors"), |to| to.write_all(&file))?;
        fs::rename(&beside, folder).map_err(|e| Error::io("create the folder", folder, e))
    };
    attempt().inspect_err(|_| drop(fs::remove_dir_all(&beside)))?;
    files::sync_folder(folder);
    Ok(())
}

/// Checks that a new folder can be written at `folder`.
///
/// # Errors
/// When something with this name exists, or the folder around it does not.
pub fn check_new(folder: &Path) -> Result<()> {
    if folder.symlink_metadata().is_ok() {
        return Err(Error::input(folder, Place::Whole, "it is there already", "name another folder"));
    }
    match folder.parent() {
        Some(around) if !around.as_os_str().is_empty() && !around.is_dir() => {
            Err(Error::input(around, Place::Whole, "this folder does not exist", "create it first"))
        }
        _ => Ok(()),
    }
}

/// model2vec's configuration.
fn config(dim: usize, about: &About) -> Value {
    json!({
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "tokenizer_name": about.encoder,
        "apply_pca": about.components,
        "sif_coefficient": about.sif,
        "hidden_dim": dim,
        "seq_length": 1_000_000,
        "normalize": true,
        "pooling": about.pooling,
        "max_length": LONGEST,
        "embedding_dtype": if about.halves { "float16" } else { "float32" },
    })
}

fn document(path: &Path, value: &Value) -> Result<()> {
    files::save(path, |to| to.write_all(format!("{value:#}\n").as_bytes()))
}

/// The temporary name of a folder before it is renamed.
fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    folder.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::super::reduction::{static_vectors, zipf_weights};
    use super::*;
    use crate::text::model_tokeniser::tests::small;
    use crate::vectors::formats;

    fn about(halves: bool) -> About {
        let encoder = "tiny".to_string();
        About { encoder, pooling: "mean".into(), components: Some(4), sif: Some(1e-4), halves }
    }

    #[test]
    fn a_folder_is_read_again_with_the_same_values() {
        let folder = tempfile::tempdir().unwrap();
        let encoder = Array2::from_shape_fn((9, 6), |(i, j)| ((i * 5 + j * j * 3) % 13) as f32 - 6.0);
        let vectors = static_vectors(encoder, Some(4), &zipf_weights(9, 1e-4)).vectors;
        for halves in [false, true] {
            let path = folder.path().join(format!("static-{halves}"));
            save(&path, &small(), &vectors, &about(halves)).unwrap();
            let read = formats::read(&path, None).unwrap();
            assert_eq!((read.len(), read.dim(), read.unit_means()), (9, 4, true));
            let value = |x: f32| if halves { tensors::rounded(x) } else { x };
            for row in 0..9 {
                let expected: Vec<f32> = vectors.row(row).iter().map(|&x| value(x)).collect();
                assert_eq!(*read.table().row(row), expected[..]);
            }
            let again = save(&path, &small(), &vectors, &about(halves)).unwrap_err().to_string();
            assert!(again.contains("it is there already"), "{again}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_does_not_fit_leaves_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("static");
        let told = |vectors: Array2<f32>, halves| {
            save(&path, &small(), &vectors, &about(halves)).unwrap_err().to_string()
        };
        assert!(told(Array2::zeros((8, 4)), false).contains("9 tokens for 8 vectors"));
        assert!(told(Array2::from_elem((9, 4), 1e6), true).contains("not finite as F16"));
        assert!(told(Array2::from_elem((9, 4), f32::NAN), false).contains("not finite as F32"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
