//! Tiny encoders in folders, as they are published.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::models::sentence_encoder::config::EncoderConfig;
use crate::models::sentence_encoder::model::{Plan, TOKENS};
use crate::models::sentence_encoder::{PublishedEncoder, Tape};

/// The tensors of a file: the shape and the values of each.
pub(super) type Tensors = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// Texts as ids.
pub(super) const TEXTS: [&[u32]; 3] = [&[2, 5, 9, 7, 3], &[2, 3], &[2, 11, 1, 4, 6, 8, 19, 3]];

/// A tokeniser of twenty words.
pub(super) fn tokenizer_json() -> String {
    let vocabulary: Vec<String> = (0..20).map(|id| format!("\"w{id}\": {id}")).collect();
    format!(
        r#"{{"version": "1.0", "added_tokens": [], "pre_tokenizer": {{"type": "Whitespace"}},
           "model": {{"type": "WordLevel", "unk_token": "w0", "vocab": {{{}}}}}}}"#,
        vocabulary.join(", ")
    )
}

pub(super) fn config_json(family: &str) -> String {
    match family {
        "distilbert" => {
            r#"{"model_type": "distilbert", "vocab_size": 20, "dim": 8, "n_layers": 2, "n_heads": 2,
            "hidden_dim": 12, "max_position_embeddings": 12, "activation": "gelu", "pad_token_id": 0}"#
                .into()
        }
        _ => format!(
            r#"{{"model_type": "{family}", "vocab_size": 20, "hidden_size": 8, "num_hidden_layers": 2,
                "num_attention_heads": 2, "intermediate_size": 12, "max_position_embeddings": 12,
                "layer_norm_eps": 1e-12, "hidden_act": "{}", "pad_token_id": {}, "type_vocab_size": {}}}"#,
            if family == "bert" { "gelu_new" } else { "gelu" },
            if family == "bert" { 0 } else { 1 },
            if family == "bert" { 2 } else { 1 },
        ),
    }
}

/// The tensors of the tiny encoder of `family` as `golden.py` fills them, under the names of the file.
pub(super) fn tensors_of(family: &str) -> Tensors {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("config.json"), config_json(family)).unwrap();
    let config = EncoderConfig::read(place.path()).unwrap();
    let plan = Plan::new(&config);
    let tokens = (TOKENS.to_string(), vec![config.vocabulary, config.width()]);
    let named =
        plan.blocks.iter().map(|block| (config.family.name_in_file(&block.name), block.shape.clone()));
    let mut tensors: Tensors =
        named.chain([tokens]).map(|(name, shape)| (name, (shape, Vec::new()))).collect();
    for (place, (name, (shape, values))) in tensors.iter_mut().enumerate() {
        let gain = if name.to_lowercase().contains("norm.weight") { 1.0 } else { 0.0 };
        let value =
            |i: usize| (f64::from((0.3 * (0.7 * i as f64 + place as f64).sin()) as f32) + gain) as f32;
        *values = (0..shape.iter().product()).map(value).collect();
    }
    tensors
}

/// Writes tensors as a safetensors file.
pub(super) fn save(path: &Path, tensors: &Tensors, kind: Dtype) {
    let bytes: Vec<Vec<u8>> = tensors
        .values()
        .map(|(_, values)| match kind {
            Dtype::F16 => {
                values.iter().flat_map(|&x| crate::data::tensors::to_half(x).to_le_bytes()).collect()
            }
            Dtype::BF16 => values.iter().flat_map(|x| ((x.to_bits() >> 16) as u16).to_le_bytes()).collect(),
            _ => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        })
        .collect();
    let views = tensors
        .iter()
        .zip(&bytes)
        .map(|((name, (shape, _)), bytes)| (name, TensorView::new(kind, shape.clone(), bytes).unwrap()));
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// A folder with the tiny encoder of `family`.
pub(crate) fn folder(family: &str) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
    write("config.json", &config_json(family));
    write("tokenizer.json", &tokenizer_json());
    let (mean, steps) = match family {
        "bert" => (false, 2),
        _ => (true, 3),
    };
    let modules = [
        r#"{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}"#,
        r#"{"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}"#,
        r#"{"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}"#,
    ];
    write("modules.json", &format!("[{}]", modules[..steps].join(", ")));
    write("sentence_bert_config.json", r#"{"max_seq_length": 9, "do_lower_case": false}"#);
    std::fs::create_dir(place.path().join("1_Pooling")).unwrap();
    let pooling = format!(r#"{{"pooling_mode_cls_token": {}, "pooling_mode_mean_tokens": {mean}}}"#, !mean);
    write("1_Pooling/config.json", &pooling);
    save(&place.path().join("model.safetensors"), &tensors_of(family), Dtype::F32);
    place
}

pub(super) fn vectors_of(encoder: &PublishedEncoder) -> Vec<f32> {
    let mut vectors = vec![f32::NAN; 3 * encoder.model.features()];
    encoder.model.encode(&TEXTS, &mut Tape::default(), &mut vectors);
    vectors
}

pub(super) fn close(got: &[f32], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (place, (&got, &want)) in got.iter().zip(want).enumerate() {
        assert!((f64::from(got) - want).abs() < tolerance, "{what}, {place}: {got} {want}");
    }
}
