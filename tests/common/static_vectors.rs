//! A small folder of static token vectors over the words of the reviews.

use std::fs;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::json;

use super::{BAD, GOOD, THINGS};

/// The dimensions of a vector.
const DIM: usize = 6;

/// The tokens, in the order of their ids. "lovely" and "dull" are not among them, but their parts are.
pub fn tokens() -> Vec<String> {
    let parts =
        ["[PAD]", "[UNK]", "the", "that", "was", "what", "a", "and", ",", "love", "##ly", "du", "##ll"];
    let words = GOOD.iter().chain(&BAD).chain(&THINGS).filter(|word| !["lovely", "dull"].contains(word));
    parts.iter().chain(words).map(|token| token.to_string()).collect()
}

/// `tokenizer.json`: WordPiece over these tokens.
pub fn tokeniser() -> String {
    let vocabulary: serde_json::Map<String, serde_json::Value> =
        tokens().into_iter().enumerate().map(|(id, token)| (token, json!(id))).collect();
    let special = |id: usize, name: &str| {
        json!({"id": id, "content": name, "single_word": false, "lstrip": false, "rstrip": false,
               "normalized": false, "special": true})
    };
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [special(0, "[PAD]"), special(1, "[UNK]")],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                       "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary},
    })
    .to_string()
}

/// The vectors, row after row: those of good words point one way, those of bad words the other.
fn values() -> Vec<f32> {
    let mut all = Vec::new();
    for (id, token) in tokens().iter().enumerate() {
        let side = |list: &[&str], part: &str| list.contains(&&token[..]) || token == part;
        let lean = f32::from(u8::from(side(&GOOD, "love"))) - f32::from(u8::from(side(&BAD, "du")));
        all.extend((0..DIM).map(|column| ((id * 5 + column * 7) % 11) as f32 / 11.0 - 0.5 + lean));
    }
    all
}

/// Writes the folder as model2vec does, or as sentence-transformers does.
pub fn write(folder: &Path, of_model2vec: bool) {
    let inner = if of_model2vec { folder.to_path_buf() } else { folder.join("0_StaticEmbedding") };
    fs::create_dir_all(&inner).unwrap();
    fs::write(inner.join("tokenizer.json"), tokeniser()).unwrap();
    let bytes: Vec<u8> = values().into_iter().flat_map(f32::to_le_bytes).collect();
    let view = TensorView::new(Dtype::F32, vec![tokens().len(), DIM], &bytes).unwrap();
    let name = if of_model2vec { "embeddings" } else { "embedding.weight" };
    fs::write(inner.join("model.safetensors"), safetensors::serialize([(name, view)], None).unwrap())
        .unwrap();
    if of_model2vec {
        fs::write(
            folder.join("config.json"),
            r#"{"model_type": "model2vec", "normalize": true, "max_length": 40}"#,
        )
        .unwrap();
    } else {
        let modules = r#"[{"idx": 0, "name": "0", "path": "0_StaticEmbedding",
                           "type": "sentence_transformers.models.StaticEmbedding"}]"#;
        fs::write(folder.join("modules.json"), modules).unwrap();
    }
}
