//! A small sentence encoder over the words of the reviews: a BERT of two layers, as sentence-transformers writes it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::{Value, json};

use super::static_vectors;
use super::{BAD, GOOD};

/// The width of a state.
pub const WIDTH: usize = 8;
/// The units between the two linear layers of a layer, and the number of positions.
const HIDDEN: usize = 12;
const POSITIONS: usize = 40;
/// The number of layers.
pub const LAYERS: usize = 2;

/// The tokens, in the order of their ids: those of the static vectors, and some that static vectors do not have.
pub fn tokens() -> Vec<String> {
    let more = ["[CLS]", "[SEP]", "[MASK]", "[unused0]"].map(String::from);
    static_vectors::tokens().into_iter().chain(more).collect()
}

/// `tokenizer.json`: the WordPiece of [`static_vectors`], with special tokens around every text.
fn tokeniser() -> String {
    let mut file: Value = serde_json::from_str(&static_vectors::tokeniser()).unwrap();
    let first = static_vectors::tokens().len();
    for (id, token) in tokens().iter().enumerate().skip(first) {
        file["model"]["vocab"][token] = json!(id);
        let special = json!({"id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                             "normalized": false, "special": true});
        if !token.starts_with("[unused") {
            file["added_tokens"].as_array_mut().unwrap().push(special);
        }
    }
    file["post_processor"] =
        json!({"type": "BertProcessing", "cls": ["[CLS]", first], "sep": ["[SEP]", first + 1]});
    file.to_string()
}

/// The tensors of the encoder: shape and values of each. Good and bad words point opposite ways.
fn tensors() -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
    let mut all = BTreeMap::new();
    let wave = |number: usize, gain: f32| move |i: usize| gain * ((i * 7 + number * 13) as f32 * 0.37).sin();
    let mut add = |name: String, shape: Vec<usize>, value: &dyn Fn(usize) -> f32| {
        let size = shape.iter().product();
        all.insert(name, (shape, (0..size).map(value).collect()));
    };
    let names = tokens();
    let lean = |row: usize| {
        let token = &names[row][..];
        let is = |list: &[&str], part: &str| f32::from(u8::from(list.contains(&token) || token == part));
        is(&GOOD, "love") - is(&BAD, "du")
    };
    // The first half of a vector leans the other way than the second: a normalisation takes the mean out.
    let token = |i: usize| {
        let side = if i % WIDTH < WIDTH / 2 { 1.0 } else { -1.0 };
        wave(1, 0.4)(i) + side * lean(i / WIDTH)
    };
    add("embeddings.word_embeddings.weight".into(), vec![tokens().len(), WIDTH], &token);
    add("embeddings.position_embeddings.weight".into(), vec![POSITIONS, WIDTH], &wave(2, 0.1));
    add("embeddings.token_type_embeddings.weight".into(), vec![2, WIDTH], &wave(3, 0.1));
    add("embeddings.LayerNorm.weight".into(), vec![WIDTH], &|_| 1.0);
    add("embeddings.LayerNorm.bias".into(), vec![WIDTH], &|_| 0.0);
    for layer in 0..LAYERS {
        let products = [
            ("attention.self.query", WIDTH, WIDTH),
            ("attention.self.key", WIDTH, WIDTH),
            ("attention.self.value", WIDTH, WIDTH),
            ("attention.output.dense", WIDTH, WIDTH),
            ("intermediate.dense", HIDDEN, WIDTH),
            ("output.dense", WIDTH, HIDDEN),
        ];
        for (number, (name, outputs, inputs)) in products.into_iter().enumerate() {
            let name = format!("encoder.layer.{layer}.{name}");
            add(format!("{name}.weight"), vec![outputs, inputs], &wave(layer * 9 + number + 4, 0.2));
            add(format!("{name}.bias"), vec![outputs], &wave(layer * 5 + number, 0.05));
        }
        for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
            add(format!("encoder.layer.{layer}.{name}.weight"), vec![WIDTH], &|_| 1.0);
            add(format!("encoder.layer.{layer}.{name}.bias"), vec![WIDTH], &|_| 0.0);
        }
    }
    all
}

/// Writes the folder.
pub fn write(folder: &Path) {
    fs::create_dir_all(folder.join("1_Pooling")).unwrap();
    let save = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
    save("tokenizer.json", tokeniser());
    let config = json!({
        "model_type": "bert", "vocab_size": tokens().len(), "hidden_size": WIDTH, "num_hidden_layers": LAYERS,
        "num_attention_heads": 2, "intermediate_size": HIDDEN, "max_position_embeddings": POSITIONS,
        "layer_norm_eps": 1e-12, "hidden_act": "gelu", "pad_token_id": 0, "type_vocab_size": 2
    });
    save("config.json", config.to_string());
    let module = |idx: usize, path: &str, kind: &str| {
        json!({"idx": idx, "name": idx.to_string(), "path": path,
               "type": format!("sentence_transformers.models.{kind}")})
    };
    let modules = json!([
        module(0, "", "Transformer"),
        module(1, "1_Pooling", "Pooling"),
        module(2, "2_Normalize", "Normalize")
    ]);
    save("modules.json", modules.to_string());
    save("1_Pooling/config.json", json!({"pooling_mode_mean_tokens": true}).to_string());
    save("sentence_bert_config.json", json!({"max_seq_length": 30, "do_lower_case": false}).to_string());
    let tensors = tensors();
    let bytes: Vec<Vec<u8>> =
        tensors.values().map(|(_, values)| values.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let views = tensors.iter().zip(&bytes).map(|((name, (shape, _)), bytes)| {
        (name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    fs::write(folder.join("model.safetensors"), safetensors::serialize(views, None).unwrap()).unwrap();
}
