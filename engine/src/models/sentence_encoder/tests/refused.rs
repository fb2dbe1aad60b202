//! Folders that cannot be read are refused in a sentence, and damaged files never panic.

use std::path::Path;

use safetensors::Dtype;

use super::folders::{Tensors, folder, save, tensors_of};
use crate::models::sentence_encoder::model::TOKENS;
use crate::models::sentence_encoder::{PublishedEncoder, Tape};

/// The sentence about the folder of `family` after a change.
fn refusal(family: &str, change: impl FnOnce(&Path)) -> String {
    let place = folder(family);
    change(place.path());
    match PublishedEncoder::read(place.path()) {
        Ok(_) => panic!("it was read"),
        Err(error) => error.to_string(),
    }
}

/// Special tokens around each text, one with an id that the vocabulary does not list.
const FAR: &str =
    r#""post_processor": {"type": "BertProcessing", "sep": ["w3", 3], "cls": ["w2", 99]}, "model""#;

#[test]
fn what_cannot_be_read_is_refused_in_a_sentence() {
    let replaced = |file: &'static str, old: &'static str, new: &'static str| {
        move |place: &Path| {
            let text = std::fs::read_to_string(place.join(file)).unwrap();
            assert!(text.contains(old), "{text}");
            std::fs::write(place.join(file), text.replacen(old, new, 1)).unwrap();
        }
    };
    let removed = |file: &'static str| move |place: &Path| std::fs::remove_file(place.join(file)).unwrap();
    let tensors = |change: fn(&mut Tensors)| {
        move |place: &Path| {
            let mut all = tensors_of("bert");
            change(&mut all);
            save(&place.join("model.safetensors"), &all, Dtype::F32);
        }
    };
    let cases = [
        (refusal("bert", removed("config.json")), "there is no config.json in it"),
        (refusal("bert", removed("tokenizer.json")), "there is no tokenizer.json in it"),
        (refusal("bert", removed("model.safetensors")), "there is no model.safetensors in it"),
        (
            refusal("bert", |place| {
                std::fs::rename(place.join("model.safetensors"), place.join("pytorch_model.bin")).unwrap();
            }),
            "convert them: python3 -c",
        ),
        (
            refusal("bert", |place| {
                std::fs::write(place.join("model.safetensors"), b"\x80\x02}q\x00. not a table").unwrap()
            }),
            "a Python pickle",
        ),
        (
            refusal("bert", |place| {
                std::fs::write(
                    place.join("model.safetensors"),
                    "version https://git-lfs.github.com/spec/v1\n",
                )
                .unwrap();
            }),
            "a pointer of Git LFS",
        ),
        (refusal("bert", replaced("config.json", "\"bert\"", "\"qwen3\"")), "a model of the type \"qwen3\""),
        (
            refusal(
                "bert",
                replaced("config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1000000000"),
            ),
            "num_hidden_layers is 1000000000, expected a whole number from 1 to 256",
        ),
        (
            refusal(
                "bert",
                replaced("config.json", "\"num_attention_heads\": 2", "\"num_attention_heads\": 3"),
            ),
            "3 attention heads do not divide a width of 8",
        ),
        (refusal("bert", replaced("config.json", "gelu_new", "mish")), "hidden_act is \"mish\""),
        (
            refusal("bert", replaced("config.json", "\"vocab_size\": 20", "\"vocab_size\": 19")),
            "its largest id is 19",
        ),
        (refusal("bert", replaced("tokenizer.json", "\"model\"", FAR)), "its largest id is 99"),
        (
            refusal("bert", replaced("config.json", "\"vocab_size\": 20", "\"vocab_size\": 4000000")),
            "expected [4000000, 8]",
        ),
        (
            refusal("bert", replaced("config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3")),
            "no encoder.layer.2.attention.self.query.weight of shape [8, 8]",
        ),
        (refusal("bert", replaced("config.json", "\"hidden_size\": 8, ", "")), "hidden_size is missing"),
        (
            refusal(
                "roberta",
                replaced("config.json", "\"max_position_embeddings\": 12", "\"max_position_embeddings\": 2"),
            ),
            "2 positions leave none for a token",
        ),
        (refusal("bert", replaced("modules.json", "models.Pooling", "models.Dense")), "module 1 is Dense"),
        (
            refusal("roberta", replaced("modules.json", "models.Normalize", "models.Dense")),
            "module 2 is Dense",
        ),
        (
            refusal("bert", replaced("modules.json", "1_Pooling", "../1_Pooling")),
            "lies outside of the folder",
        ),
        (
            refusal(
                "bert",
                replaced(
                    "1_Pooling/config.json",
                    "\"pooling_mode_cls_token\": true",
                    "\"pooling_mode_median\": true",
                ),
            ),
            "it pools by median",
        ),
        (refusal("bert", replaced("1_Pooling/config.json", "true", "false")), "it names no way of pooling"),
        (refusal("bert", replaced("sentence_bert_config.json", "9", "0")), "max_seq_length is 0"),
        (
            refusal("bert", tensors(|all| drop(all.remove(TOKENS)))),
            "its files have no embeddings.word_embeddings.weight",
        ),
        (
            refusal(
                "bert",
                tensors(|all| drop(all.insert("embeddings.LayerNorm.bias".into(), (vec![4], vec![0.0; 4])))),
            ),
            "embeddings.LayerNorm.bias: it has the shape [4], expected [8]",
        ),
        (
            refusal(
                "bert",
                tensors(|all| {
                    drop(all.insert("embeddings.LayerNorm.bias".into(), (vec![8], vec![f32::NAN; 8])))
                }),
            ),
            "value 0 is not finite",
        ),
    ];
    for (sentence, part) in cases {
        assert!(sentence.contains(part), "{sentence}\nlacks: {part}");
        assert!(!sentence.contains('\n'), "{sentence}");
    }
}

#[test]
fn changed_and_cut_files_are_read_or_refused() {
    let place = folder("mpnet");
    let index = serde_json::json!({"weight_map": {TOKENS: "model.safetensors"}}).to_string();
    std::fs::write(place.path().join("model.safetensors.index.json"), index).unwrap();
    let (mut read, mut refused) = (0, 0);
    for file in [
        "config.json",
        "modules.json",
        "1_Pooling/config.json",
        "sentence_bert_config.json",
        "tokenizer.json",
        "model.safetensors",
    ] {
        let path = place.path().join(file);
        let bytes = std::fs::read(&path).unwrap();
        let step = if bytes.len() > 4_000 { 101 } else { 7 };
        let cuts = (0..bytes.len()).step_by(step).map(|at| bytes[..at].to_vec());
        let flips = (0..bytes.len()).step_by(step).flat_map(|at| {
            [1, 0x20, 0x80].map(|flip| {
                let mut changed = bytes.clone();
                changed[at] ^= flip;
                changed
            })
        });
        for changed in cuts.chain(flips) {
            std::fs::write(&path, changed).unwrap();
            match PublishedEncoder::read(place.path()) {
                Err(error) => {
                    refused += 1;
                    assert!(error.to_string().len() < 3_000, "{error}");
                }
                Ok(encoder) => {
                    read += 1;
                    let longest = encoder.longest.min(3);
                    let ids = vec![2; longest];
                    let mut vector = vec![0.0; encoder.model.features()];
                    encoder.model.encode(&[&ids], &mut Tape::default(), &mut vector);
                }
            }
        }
        std::fs::write(&path, bytes).unwrap();
    }
    assert!(read > 50 && refused > 50, "{read} {refused}");
}
