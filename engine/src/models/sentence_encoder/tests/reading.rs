//! What published folders may look like.

use std::collections::BTreeMap;

use safetensors::Dtype;

use super::folders::{Tensors, close, folder, save, tensors_of, vectors_of};
use crate::models::sentence_encoder::{Output, PublishedEncoder};
use crate::nn::token_pooling::TokenPooling;

#[test]
fn prefixes_old_names_halves_and_parts_are_read() {
    let place = folder("bert");
    let whole = PublishedEncoder::read(place.path()).unwrap();
    let plain = tensors_of("bert");
    let file = place.path().join("model.safetensors");
    let renamed = |rename: &dyn Fn(&str) -> String| -> Tensors {
        let extra = ("cls.predictions.bias".to_string(), (vec![1], vec![1.0]));
        plain.iter().map(|(name, tensor)| (rename(name), tensor.clone())).chain([extra]).collect()
    };
    for prefix in ["bert.", "roberta.", "0.auto_model.", "model.encoder."] {
        save(&file, &renamed(&|name| format!("{prefix}{name}")), Dtype::F32);
        assert_eq!(
            vectors_of(&PublishedEncoder::read(place.path()).unwrap()),
            vectors_of(&whole),
            "{prefix}"
        );
    }
    let old = |name: &str| {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
    };
    save(&file, &renamed(&old), Dtype::F32);
    assert_eq!(vectors_of(&PublishedEncoder::read(place.path()).unwrap()), vectors_of(&whole));
    for (kind, tolerance) in [(Dtype::F16, 5e-3), (Dtype::BF16, 5e-2)] {
        save(&file, &plain, kind);
        let wanted: Vec<f64> = vectors_of(&whole).iter().map(|&x| f64::from(x)).collect();
        let encoder = PublishedEncoder::read(place.path()).unwrap();
        close(&vectors_of(&encoder), &wanted, tolerance, &format!("{kind:?}"));
        assert_ne!(vectors_of(&encoder), vectors_of(&whole));
    }
    std::fs::remove_file(&file).unwrap();
    let (mut index, mut parts) = (serde_json::Map::new(), [BTreeMap::new(), BTreeMap::new()]);
    for (number, (name, tensor)) in plain.iter().enumerate() {
        index.insert(name.clone(), format!("part-{}.safetensors", number % 2).into());
        parts[number % 2].insert(name.clone(), tensor.clone());
    }
    for (number, part) in parts.iter().enumerate() {
        save(&place.path().join(format!("part-{number}.safetensors")), part, Dtype::F32);
    }
    let index = serde_json::json!({"metadata": {}, "weight_map": index}).to_string();
    std::fs::write(place.path().join("model.safetensors.index.json"), index).unwrap();
    assert_eq!(vectors_of(&PublishedEncoder::read(place.path()).unwrap()), vectors_of(&whole));
}

#[test]
fn a_folder_of_an_encoder_alone_is_read_and_texts_are_cut() {
    let place = folder("roberta");
    let encoder = PublishedEncoder::read(place.path()).unwrap();
    assert_eq!((encoder.longest, encoder.model.longest()), (9, 10));
    assert_eq!(encoder.ids(&"w3 ".repeat(30)).unwrap(), [3; 9]);
    assert_eq!(
        encoder.model.groups().iter().map(|group| &group.name[..]).collect::<Vec<_>>(),
        ["embeddings", "layer 1", "layer 2"]
    );
    for file in ["modules.json", "sentence_bert_config.json"] {
        std::fs::remove_file(place.path().join(file)).unwrap();
    }
    let encoder = PublishedEncoder::read(place.path()).unwrap();
    assert_eq!(encoder.longest, 10);
    assert_eq!(encoder.model.output, Output { poolings: vec![TokenPooling::Mean], normalise: false });
}
