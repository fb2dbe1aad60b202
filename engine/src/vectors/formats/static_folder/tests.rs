//! Folders as model2vec and sentence-transformers write them, and damaged ones.

use std::fs;
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::data::tensors::{rounded, to_half};
use crate::text::model_tokeniser::tests::SMALL;
use crate::vectors::formats;

const ROWS: usize = 9;
const DIM: usize = 3;

/// The value in a row and a column: a whole number.
fn value(row: usize, column: usize) -> f32 {
    ((row * 7 + column * 5) % 11) as f32 - 5.0
}

fn values() -> Vec<f32> {
    (0..ROWS * DIM).map(|at| value(at / DIM, at % DIM)).collect()
}

fn bytes_of<const N: usize>(each: impl Fn(f32) -> [u8; N]) -> Vec<u8> {
    values().into_iter().flat_map(each).collect()
}

/// A tensor of a file: its name, type, shape and bytes.
type Named<'a> = (&'a str, Dtype, &'a [usize], &'a [u8]);

fn tensors(path: &Path, all: &[Named]) {
    let views = all
        .iter()
        .map(|&(name, kind, shape, bytes)| (name, TensorView::new(kind, shape.to_vec(), bytes).unwrap()));
    fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// A folder as model2vec writes it, with these tensors.
fn model2vec(folder: &Path, all: &[Named]) -> PathBuf {
    let path = folder.join("model");
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("tokenizer.json"), SMALL).unwrap();
    fs::write(path.join("config.json"), r#"{"model_type": "model2vec", "normalize": true}"#).unwrap();
    tensors(&path.join("model.safetensors"), all);
    path
}

fn plain(folder: &Path) -> PathBuf {
    let bytes = bytes_of(f32::to_le_bytes);
    model2vec(folder, &[("embeddings", Dtype::F32, &[ROWS, DIM], &bytes)])
}

/// A folder as sentence-transformers writes it.
fn static_embedding(folder: &Path, normalize: bool) -> PathBuf {
    let path = folder.join(format!("sentence-{normalize}"));
    let inner = path.join("0_StaticEmbedding");
    fs::create_dir_all(&inner).unwrap();
    let module =
        |path: &str, kind: &str| format!(r#"{{"idx": 0, "name": "0", "path": "{path}", "type": "{kind}"}}"#);
    let mut modules = vec![module("0_StaticEmbedding", "sentence_transformers.models.StaticEmbedding")];
    if normalize {
        modules.push(module("1_Normalize", "sentence_transformers.models.Normalize"));
    }
    fs::write(path.join("modules.json"), format!("[{}]", modules.join(","))).unwrap();
    fs::write(inner.join("tokenizer.json"), SMALL).unwrap();
    let bytes = bytes_of(f32::to_le_bytes);
    tensors(&inner.join("model.safetensors"), &[("embedding.weight", Dtype::F32, &[ROWS, DIM], &bytes)]);
    path
}

fn refused(path: &Path) -> String {
    formats::read(path, None).unwrap_err().to_string()
}

#[test]
fn folders_of_both_programs_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for (path, dropped, unit_means) in [
        (plain(folder.path()), Some(1), true),
        (static_embedding(folder.path(), true), None, true),
        (static_embedding(folder.path(), false), None, false),
    ] {
        let vectors = formats::read(&path, None).unwrap();
        assert_eq!((vectors.len(), vectors.dim(), vectors.unit_means()), (ROWS, DIM, unit_means));
        let row = vectors.index_of("##er").unwrap();
        assert_eq!(row, 4);
        assert_eq!(*vectors.table().row(row), [0, 1, 2].map(|column| value(4, column)));
        let model = vectors.static_model.as_ref().unwrap();
        assert_eq!(model.tokeniser.reading().dropped, dropped);
        let few = formats::read(&path, Some(3)).unwrap();
        assert_eq!(few.words.iter().collect::<Vec<_>>(), ["[PAD]", "[UNK]", "warm"]);
    }
}

#[test]
fn every_type_of_numbers_stands_for_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let halves = bytes_of(|x| to_half(x).to_le_bytes());
    let brain = bytes_of(|x| ((x.to_bits() >> 16) as u16).to_le_bytes());
    let bytes = bytes_of(|x| [x as i8 as u8]);
    let all: [(Dtype, &[u8], f32); 3] =
        [(Dtype::F16, &halves, 1.0), (Dtype::BF16, &brain, 1.0), (Dtype::I8, &bytes, 127.0)];
    for (kind, bytes, by) in all {
        let path = model2vec(folder.path(), &[("embeddings", kind, &[ROWS, DIM], bytes)]);
        let vectors = formats::read(&path, None).unwrap();
        for row in 0..ROWS {
            let expected = [0, 1, 2].map(|column| value(row, column) / by);
            assert_eq!(*vectors.table().row(row), expected, "{kind:?}");
        }
    }
}

// The vector of a token, as model2vec computes it:
//
// from model2vec import StaticModel; from tokenizers import Tokenizer; import numpy as np
// rows = np.array([[1, 2, 3], [-1, 0, 4]], "f4"); weights = np.arange(9) / 4 + .5; mapping = np.arange(9) % 2
// m = StaticModel(rows, Tokenizer.from_str(SMALL), weights=weights, token_mapping=mapping)
// print(m.encode("warmer the film?"), m.encode("warmer the film?", normalize=True))
#[test]
fn tokens_may_share_rows_and_have_weights() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<u8> = [1_f32, 2.0, 3.0, -1.0, 0.0, 4.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let weights: Vec<u8> = (0..9).flat_map(|id| (f64::from(id) / 4.0 + 0.5).to_le_bytes()).collect();
    let long: Vec<u8> = (0..9_i64).flat_map(|id| (id % 2).to_le_bytes()).collect();
    let short: Vec<u8> = (0..9_i32).flat_map(|id| (id % 2).to_le_bytes()).collect();
    for (kind, mapping) in [(Dtype::I64, &long), (Dtype::I32, &short)] {
        let path = model2vec(
            folder.path(),
            &[
                ("embeddings", Dtype::F32, &[2, 3], &rows),
                ("weights", Dtype::F64, &[9], &weights),
                ("mapping", kind, &[9], mapping),
            ],
        );
        let vectors = formats::read(&path, None).unwrap();
        assert_eq!(*vectors.table().row(2), [1.0, 2.0, 3.0]);
        assert_eq!(*vectors.table().row(7), [-2.25, 0.0, 9.0]);
        let mean = vectors.view().of_word("warmer the film?").unwrap().into_owned();
        let golden = [-0.375, 1.25, 5.875];
        assert!(mean.iter().zip(golden).all(|(a, b)| (a - b).abs() < 1e-6), "{mean:?}");
    }
}

#[test]
fn a_word_is_looked_up_by_its_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = formats::read(&plain(folder.path()), None).unwrap();
    let view = vectors.view();
    // The tokeniser writes lower case.
    assert_eq!((view.find("FILM"), view.find("##er"), view.find("warmer")), (Some(7), Some(4), None));
    let (id, made) = view.point("Warmer").unwrap();
    let mean = [0, 1, 2].map(|column| (value(2, column) + value(4, column)) / 2.0);
    assert_eq!((id, &*made), (None, &mean[..]));
    assert!(view.point("?").is_err(), "an unknown token has no vector in model2vec");
    assert_eq!(vectors.vector_or_made("warmer"), None, "a text has tokens, and no such word");
}

#[test]
fn a_folder_that_lacks_something_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let without = |name: &str| {
        let path = plain(folder.path());
        fs::remove_file(path.join(name)).unwrap();
        refused(&path)
    };
    assert!(without("tokenizer.json").contains("the folder has no tokenizer.json"));
    assert!(without("config.json").contains("the folder has no config.json"));
    assert!(without("model.safetensors").contains("the folder has no model.safetensors"));
    let path = plain(folder.path());
    fs::remove_file(path.join("model.safetensors")).unwrap();
    fs::write(path.join("pytorch_model.bin"), b"PK\x03\x04").unwrap();
    let pickle = refused(&path);
    assert!(pickle.contains("pytorch_model.bin") && pickle.contains("save_file"), "{pickle}");
    fs::write(path.join("model.safetensors"), [0x80, 2, 0, 0]).unwrap();
    assert!(refused(&path).contains("under another name"));
    let empty = tempfile::tempdir().unwrap();
    assert!(refused(empty.path()).contains("no tokenizer.json and no model.safetensors"));
    let encoder =
        r#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]"#;
    fs::write(path.join("modules.json"), encoder).unwrap();
    assert!(refused(&path).contains("its first module is Transformer"), "{}", refused(&path));
    let outside = r#"[{"path": "../other", "type": "sentence_transformers.models.StaticEmbedding"}]"#;
    fs::write(path.join("modules.json"), outside).unwrap();
    assert!(refused(&path).contains("leads out of the folder"), "{}", refused(&path));
    // The tensors alone have no words.
    let alone = plain(folder.path());
    fs::remove_file(alone.join("modules.json")).unwrap();
    let told = refused(&alone.join("model.safetensors"));
    assert!(told.contains("name the folder"), "{told}");
}

#[test]
fn tensors_that_do_not_fit_are_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = bytes_of(f32::to_le_bytes);
    let few = &bytes[..8 * DIM * 4];
    let (ids, high) = (vec![0; 9], vec![2; 9]);
    let nan = [&f32::NAN.to_le_bytes()[..], &bytes[4..]].concat();
    let table: Named = ("embeddings", Dtype::F32, &[ROWS, DIM], &bytes);
    let cases: [(&[Named], &str); 10] = [
        (&[("other", Dtype::F32, &[ROWS, DIM], &bytes)], "no tensor is called \"embeddings\""),
        (&[("embeddings", Dtype::F32, &[ROWS * DIM], &bytes)], "a tensor of shape [27]"),
        (&[("embeddings", Dtype::F32, &[ROWS, DIM, 1], &bytes)], "a tensor of shape [9, 3, 1]"),
        (&[("embeddings", Dtype::I32, &[ROWS, DIM], &bytes)], "numbers of kind I32"),
        (&[("embeddings", Dtype::F32, &[ROWS, 0], &[])], "0 dimensions"),
        (&[("embeddings", Dtype::F32, &[8, DIM], few)], "8 rows, but the tokeniser knows 9 ids"),
        (
            &[("embeddings", Dtype::F32, &[ROWS, DIM], &nan)],
            "the vector of id 0 holds a number that is not finite",
        ),
        (&[table, ("mapping", Dtype::U8, &[8], &ids[..8])], "8 rows, but the tokeniser knows 9 ids"),
        (
            &[("embeddings", Dtype::F32, &[2, DIM], &bytes[..24]), ("mapping", Dtype::U8, &[9], &high)],
            "id 0 has row 2, and the table has 2",
        ),
        (&[table, ("weights", Dtype::U8, &[9], &ids)], "where a number for each id is expected"),
    ];
    for (all, problem) in cases {
        let told = refused(&model2vec(folder.path(), all));
        assert!(told.contains(problem), "{problem}: {told}");
        assert!(told.contains("model.safetensors"), "{told}");
    }
    // A header that claims 10⁹ rows.
    let path = plain(folder.path());
    let mut header =
        br#"{"embeddings":{"dtype":"F32","shape":[1000000000,256],"data_offsets":[0,1024000000000]}}"#
            .to_vec();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.append(&mut header);
    file.extend([0; 64]);
    fs::write(path.join("model.safetensors"), file).unwrap();
    assert!(refused(&path).contains("damaged, or was not copied whole"), "{}", refused(&path));
}

/// Every cut and every hundredth byte with a flipped bit of the small files: what they give is read, or refused in a
/// sentence.
#[test]
fn damaged_files_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let try_all = |path: &Path, file: &Path| {
        let whole = fs::read(file).unwrap();
        let mut read = [0, 0];
        let mut attempt = |bytes: &[u8]| {
            fs::write(file, bytes).unwrap();
            match formats::read(path, None) {
                Ok(vectors) => {
                    // What was read can be asked.
                    let _ = vectors.view().neighbours("warmer film", 2);
                    read[0] += 1;
                }
                Err(error) => {
                    let told = error.to_string();
                    assert!((1..3_000).contains(&told.len()) && !told.contains('\n'), "{told:?}");
                    read[1] += 1;
                }
            }
        };
        (0..whole.len()).for_each(|end| attempt(&whole[..end]));
        for at in (0..whole.len()).step_by(100).chain(0..whole.len().min(400)) {
            for bit in [0, 3, 6] {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                attempt(&changed);
            }
        }
        fs::write(file, whole).unwrap();
        read
    };
    let path = plain(folder.path());
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        let [read, refused] = try_all(&path, &path.join(name));
        assert!(read > 0 && refused > 0, "{name}: {read} {refused}");
    }
    let path = static_embedding(folder.path(), true);
    let [_, refused] = try_all(&path, &path.join("modules.json"));
    assert!(refused > 0);
}

/// `reference.json` beside the model has texts, their tokens, and the vectors that model2vec gives, in F16.
#[test]
#[ignore = "needs WARMSTART_DATA"]
fn a_published_distillation_is_read_as_model2vec_reads_it() {
    #[derive(serde::Deserialize)]
    struct Reference {
        texts: Vec<String>,
        sentence: Vec<Vec<f32>>,
        tokens: Vec<Vec<String>>,
    }
    let path = crate::data::public::folder().join("encoders/minilm-static");
    let reference: Reference =
        serde_json::from_slice(&fs::read(path.join("reference.json")).unwrap()).unwrap();
    let vectors = formats::read(&path, None).unwrap();
    assert_eq!((vectors.len(), vectors.dim(), vectors.unit_means()), (29_525, 256, true));
    let tokeniser = &vectors.static_model.as_ref().unwrap().tokeniser;
    for ((text, tokens), expected) in reference.texts.iter().zip(&reference.tokens).zip(&reference.sentence) {
        let mut read = Vec::new();
        tokeniser.for_each(text, |token| read.push(token.to_string())).unwrap();
        // The list has the unknown tokens too, which are not read.
        let known: Vec<&String> = tokens.iter().filter(|token| *token != "[UNK]").collect();
        assert_eq!(read.iter().collect::<Vec<_>>(), known, "{text}");
        let mut mean = vec![0.0_f32; 256];
        for token in &read {
            let row = vectors.vector(token).unwrap();
            mean.iter_mut().zip(&*row).for_each(|(sum, x)| *sum += x);
        }
        // model2vec rounds the mean and the result to F16.
        let mean: Vec<f32> = mean.iter().map(|sum| rounded(sum / read.len().max(1) as f32)).collect();
        let length = mean.iter().map(|x| x * x).sum::<f32>().sqrt() + 1e-32;
        for (x, &expected) in mean.iter().zip(expected) {
            assert!((rounded(x / length) - expected).abs() < 1e-6, "{text}: {} {expected}", x / length);
        }
    }
    println!("{} texts", reference.texts.len());
}
