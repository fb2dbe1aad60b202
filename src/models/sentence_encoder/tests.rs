//! Encoders against finite differences, against Hugging Face's transformers, and with damaged files.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Deserialize;

use super::family::Family;
use super::*;
use crate::nn::attention::Attention;
use crate::nn::gradient_check::worst;
use crate::nn::hidden_activation::HiddenActivation;
use crate::nn::relative_bias::RelativeBias;
use crate::nn::transformer_layer::TransformerLayer;
use crate::rng::{stream, unit64};

fn small(family: Family, layers: usize) -> EncoderConfig {
    let heads = 2;
    EncoderConfig {
        family,
        vocabulary: 6,
        layers,
        layer: TransformerLayer {
            attention: Attention { heads, width: 4 },
            hidden: 5,
            activation: HiddenActivation::Gelu,
            epsilon: 1e-3,
        },
        positions: 8,
        segments: if family.has_segments() { 2 } else { 0 },
        padding: Some(1),
        relative: (family == Family::MpNet).then_some(RelativeBias { buckets: 32, heads }),
    }
}

/// The encoder with all parameters in `at`: the token table, then the others.
fn with(config: EncoderConfig, output: &Output, at: &[f64]) -> SentenceEncoder<f64> {
    let mut encoder = SentenceEncoder::zeros(config, output.clone());
    let (tokens, dense) = at.split_at(encoder.tokens.len());
    encoder.tokens.copy_from_slice(tokens);
    encoder.dense.copy_from_slice(dense);
    encoder
}

/// The gradient of all parameters in the order of [`with`].
fn flat(gradient: &mut Gradient<f64>) -> Vec<f64> {
    gradient.rows.sum(&[]);
    let (rows, width) = gradient.rows.shape();
    let mut all = vec![0.0; rows * width];
    for (row, values) in gradient.rows.iter() {
        all[row as usize * width..][..width].copy_from_slice(values);
    }
    all.extend(&gradient.dense);
    all
}

#[test]
fn gradients_agree_with_finite_differences_for_every_family_and_frozen_part() {
    let texts: [&[u32]; 4] = [&[2, 5, 3, 2], &[], &[0, 4, 2, 5, 3], &[3]];
    let every = TokenPooling::ALL.map(|(pooling, _)| pooling).to_vec();
    for family in [Family::Bert, Family::DistilBert, Family::Roberta, Family::MpNet] {
        let output = match family {
            Family::Bert => Output { poolings: every.clone(), normalise: false },
            _ => Output { poolings: vec![TokenPooling::Mean], normalise: true },
        };
        let config = small(family, 2);
        let empty = SentenceEncoder::<f64>::zeros(config, output.clone());
        let mut rng = stream(6, "encoder test", 0);
        let mut draw = |n: usize| (0..n).map(|_| 1.6 * unit64(&mut rng) - 0.8).collect::<Vec<f64>>();
        let (at, slopes) = (draw(empty.parameters()), draw(4 * empty.features()));
        let mut tape = Tape::default();
        let mut run = |at: &[f64]| {
            let mut vectors = vec![f64::NAN; slopes.len()];
            with(config, &output, at).encode(&texts, &mut tape, &mut vectors);
            vectors.iter().zip(&slopes).map(|(v, s)| v * s).sum::<f64>()
        };
        let encoder = with(config, &output, &at);
        let mut whole = Vec::new();
        for frozen in 0..=3 {
            let mut tape = Tape::default();
            let mut vectors = vec![f64::NAN; slopes.len()];
            encoder.forward(&texts, frozen, &mut tape, &mut vectors);
            let mut gradient = encoder.gradient();
            encoder.backward(&texts, &slopes, &mut tape, &mut gradient);
            let analytic = flat(&mut gradient);
            if frozen == 0 {
                let error = worst(&at, &analytic, 1e-3, &mut run);
                assert!(error < 1e-6, "{family:?}: {error:e}");
                whole = analytic;
                continue;
            }
            // What is frozen has no gradient; the others have the same as before.
            let groups = encoder.groups();
            let first = groups.get(frozen).map_or(encoder.dense.len(), |group| group.dense.start);
            let first = encoder.tokens.len() + first;
            assert!(analytic[..first].iter().all(|&g| g == 0.0), "{family:?} {frozen}");
            assert_eq!(analytic[first..], whole[first..], "{family:?} {frozen}");
        }
    }
}

#[test]
fn states_and_their_gradients_are_those_of_single_texts() {
    let config = small(Family::Bert, 1);
    let output = Output { poolings: vec![TokenPooling::Cls], normalise: false };
    let empty = SentenceEncoder::<f64>::zeros(config, output.clone());
    let at: Vec<f64> = (0..empty.parameters()).map(|i| (i as f64 * 0.7).sin()).collect();
    let encoder = with(config, &output, &at);
    let texts: [&[u32]; 2] = [&[2, 5, 3], &[4, 2]];
    let (mut tape, mut vectors) = (Tape::default(), vec![0.0; 8]);
    encoder.forward(&texts, 0, &mut tape, &mut vectors);
    assert_eq!(tape.states(1).len(), 8);
    assert_eq!(tape.states(1)[..4], vectors[4..]);
    let (mut by_vectors, mut by_states) = (encoder.gradient(), encoder.gradient());
    let slopes: Vec<f64> = (0..8).map(f64::from).collect();
    encoder.backward(&texts, &slopes, &mut tape, &mut by_vectors);
    encoder.forward(&texts, 0, &mut tape, &mut vectors);
    for text in 0..2 {
        tape.d_states_mut(text).fill(0.0);
        tape.d_states_mut(text)[..4].copy_from_slice(&slopes[text * 4..][..4]);
    }
    encoder.backward_states(&texts, &mut tape, &mut by_states);
    assert_eq!(flat(&mut by_vectors), flat(&mut by_states));
}

#[test]
fn the_bits_do_not_depend_on_threads_or_on_the_texts_around() {
    let mut config = small(Family::MpNet, 2);
    config.positions = 300;
    config.layer.attention.width = 32;
    config.layer.hidden = 48;
    let output = Output { poolings: vec![TokenPooling::Mean], normalise: true };
    let mut encoder = SentenceEncoder::<f32>::zeros(config, output);
    let mut rng = stream(7, "encoder test", 0);
    let mut draw = || unit64(&mut rng) as f32 - 0.5;
    encoder.tokens.iter_mut().chain(&mut encoder.dense).for_each(|x| *x = draw());
    let texts: Vec<Vec<u32>> = (0..40).map(|n| (0..=n * 7 % 131).map(|i| i * 5 % 6).collect()).collect();
    let texts: Vec<&[u32]> = texts.iter().map(|text| &text[..]).collect();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (mut tape, mut vectors) = (Tape::default(), vec![0.0; 40 * 32]);
            // A longer batch before leaves nothing behind.
            encoder.encode(&[texts[18], texts[37]].repeat(9), &mut tape, &mut vec![0.0; 18 * 32]);
            encoder.forward(&texts, 0, &mut tape, &mut vectors);
            let mut gradient = encoder.gradient();
            encoder.backward(&texts, &vectors, &mut tape, &mut gradient);
            gradient.rows.sum(&[]);
            let rows: Vec<f32> = gradient.rows.iter().flat_map(|(_, values)| values.to_vec()).collect();
            (vectors, gradient.dense, rows)
        })
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        assert!(run(threads) == one, "{threads}");
    }
}

/// What transformers 5.24 says of a tiny encoder of a family.
#[derive(Deserialize)]
struct Golden {
    family: String,
    /// The vectors of three texts.
    vectors: Vec<f64>,
    /// For each tensor, in the order of the names in the file, a sum of its gradient.
    gradients: Vec<f64>,
}

/// `golden.py` below, with torch 2.15 and transformers 5.24, wrote this file.
///
/// ```python
/// import torch
/// from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel, MPNetConfig, MPNetModel, RobertaConfig, RobertaModel
/// small = dict(vocab_size=20, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12, max_position_embeddings=12)
/// models = [
///     ("bert", BertModel(BertConfig(hidden_act="gelu_new", type_vocab_size=2, **small))),
///     ("distilbert", DistilBertModel(DistilBertConfig(vocab_size=20, dim=8, n_layers=2, n_heads=2, hidden_dim=12, max_position_embeddings=12))),
///     ("roberta", RobertaModel(RobertaConfig(type_vocab_size=1, pad_token_id=1, **small))),
///     ("mpnet", MPNetModel(MPNetConfig(pad_token_id=1, **small))),
/// ]
/// texts = [[2, 5, 9, 7, 3], [2, 3], [2, 11, 1, 4, 6, 8, 19, 3]]
/// print("[")
/// for kind, model in models:
///     model = model.double().eval()
///     named = sorted((n, p) for n, p in model.named_parameters() if "pooler" not in n)
///     for place, (name, p) in enumerate(named):
///         i = torch.arange(p.numel(), dtype=torch.float64)
///         value = (0.3 * torch.sin(0.7 * i + place)).float().double()
///         if "norm.weight" in name.lower(): value = (value + 1).float().double()
///         p.data = value.reshape(p.shape)
///     vectors, loss = [], 0
///     for text in texts:
///         h = model(input_ids=torch.tensor([text]), attention_mask=torch.ones(1, len(text), dtype=torch.long)).last_hidden_state[0]
///         v = h[0] if kind == "bert" else h.mean(0)
///         if kind != "bert": v = torch.nn.functional.normalize(v, dim=0)
///         loss = loss + (v * torch.cos(torch.arange(8.) + len(text))).sum()
///         vectors += v.tolist()
///     loss.backward()
///     summary = [(p.grad.flatten() * torch.cos(0.3 * torch.arange(p.numel()))).sum().item() for _, p in named]
///     print(f'    (family: "{kind}", vectors: {[float("%.8g" % x) for x in vectors]},\n     gradients: {[float("%.8g" % x) for x in summary]}),')
/// print("]")
/// ```
const GOLDEN: &str = include_str!("transformers.ron");

const TEXTS: [&[u32]; 3] = [&[2, 5, 9, 7, 3], &[2, 3], &[2, 11, 1, 4, 6, 8, 19, 3]];

/// A tokeniser of twenty words.
fn tokenizer_json() -> String {
    let vocabulary: Vec<String> = (0..20).map(|id| format!("\"w{id}\": {id}")).collect();
    format!(
        r#"{{"version": "1.0", "added_tokens": [], "pre_tokenizer": {{"type": "Whitespace"}},
           "model": {{"type": "WordLevel", "unk_token": "w0", "vocab": {{{}}}}}}}"#,
        vocabulary.join(", ")
    )
}

fn config_json(family: &str) -> String {
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
fn tensors_of(family: &str) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("config.json"), config_json(family)).unwrap();
    let config = EncoderConfig::read(place.path()).unwrap();
    let plan = Plan::new(&config);
    let tokens = (TOKENS.to_string(), vec![config.vocabulary, config.width()]);
    let named =
        plan.blocks.iter().map(|block| (config.family.name_in_file(&block.name), block.shape.clone()));
    let mut tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)> =
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
fn save(path: &Path, tensors: &BTreeMap<String, (Vec<usize>, Vec<f32>)>, kind: Dtype) {
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
fn folder(family: &str) -> tempfile::TempDir {
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

fn vectors_of(encoder: &PublishedEncoder) -> Vec<f32> {
    let mut vectors = vec![f32::NAN; 3 * encoder.model.features()];
    encoder.model.encode(&TEXTS, &mut Tape::default(), &mut vectors);
    vectors
}

fn close(got: &[f32], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (place, (&got, &want)) in got.iter().zip(want).enumerate() {
        assert!((f64::from(got) - want).abs() < tolerance, "{what}, {place}: {got} {want}");
    }
}

#[test]
fn vectors_and_gradients_are_those_of_transformers() {
    let all: Vec<Golden> = ron::from_str(GOLDEN).unwrap();
    assert_eq!(all.len(), 4);
    for golden in all {
        let name = &golden.family;
        let encoder = PublishedEncoder::read(folder(name).path()).unwrap();
        close(&vectors_of(&encoder), &golden.vectors, 1e-5, name);
        let (model, mut tape) = (&encoder.model, Tape::default());
        model.forward(&TEXTS, 0, &mut tape, &mut vec![0.0; 24]);
        let slopes: Vec<f32> =
            (TEXTS.iter()).flat_map(|text| (0..8).map(|i| (i as f32 + text.len() as f32).cos())).collect();
        let mut gradient = model.gradient();
        model.backward(&TEXTS, &slopes, &mut tape, &mut gradient);
        gradient.rows.sum(&[]);
        let sum = |values: &mut dyn Iterator<Item = (usize, f32)>| {
            values.map(|(i, g)| f64::from(g) * (0.3 * i as f64).cos()).sum::<f64>()
        };
        let mut found = BTreeMap::new();
        for block in model.blocks().iter() {
            let values = &gradient.dense[block.range.clone()];
            let file = model.config.family.name_in_file(&block.name);
            found.insert(file, sum(&mut values.iter().copied().enumerate()));
        }
        let rows = gradient.rows.iter();
        let rows = rows.flat_map(|(row, values)| {
            values.iter().enumerate().map(move |(i, &g)| (row as usize * 8 + i, g))
        });
        found.insert(TOKENS.into(), sum(&mut rows.into_iter()));
        assert_eq!(found.len(), golden.gradients.len());
        for ((tensor, got), want) in found.iter().zip(&golden.gradients) {
            assert!((got - want).abs() < 1e-5 * want.abs().max(1.0), "{name} {tensor}: {got} {want}");
        }
    }
}

#[test]
fn prefixes_old_names_halves_and_parts_are_read() {
    let place = folder("bert");
    let whole = PublishedEncoder::read(place.path()).unwrap();
    let plain = tensors_of("bert");
    let file = place.path().join("model.safetensors");
    let renamed = |rename: &dyn Fn(&str) -> String| -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
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

/// The sentence about the folder of `family` after a change.
fn refusal(family: &str, change: impl FnOnce(&Path)) -> String {
    let place = folder(family);
    change(place.path());
    match PublishedEncoder::read(place.path()) {
        Ok(_) => panic!("it was read"),
        Err(error) => error.to_string(),
    }
}

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
    let tensors = |change: fn(&mut BTreeMap<String, (Vec<usize>, Vec<f32>)>)| {
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

/// `shared/data/encoders/*/reference.json`: what transformers says in double precision.
#[derive(Deserialize)]
struct Reference {
    texts: Vec<String>,
    max_tokens: usize,
    ids: Vec<Vec<u32>>,
    last_hidden: Vec<Vec<Vec<f64>>>,
    sentence: Vec<Vec<f64>>,
}

#[test]
#[ignore = "needs WARMSTART_DATA"]
fn published_encoders_give_the_reference_vectors() {
    let names =
        ["minilm-l6", "tiny-bert-cls", "tiny-distilbert", "tiny-mpnet", "tiny-roberta", "tiny-xlm-roberta"];
    for name in names {
        let folder = crate::files::public_data().join("encoders").join(name);
        let text = std::fs::read_to_string(folder.join("reference.json")).unwrap();
        let reference: Reference = serde_json::from_str(&text).unwrap();
        let encoder = PublishedEncoder::read(&folder).unwrap();
        let tokeniser = encoder.tokeniser.clone().cut_at(reference.max_tokens).unwrap();
        let ids: Vec<Vec<u32>> =
            reference.texts.iter().map(|text| tokeniser.ids(text, true).unwrap()).collect();
        assert_eq!(ids, reference.ids, "{name}");
        let texts: Vec<&[u32]> = ids.iter().map(|ids| &ids[..]).collect();
        let (mut tape, features) = (Tape::default(), encoder.model.features());
        let mut vectors = vec![f32::NAN; texts.len() * features];
        encoder.model.encode(&texts, &mut tape, &mut vectors);
        let (mut states, mut farthest) = (0.0_f64, 0.0_f64);
        for (text, rows) in reference.last_hidden.iter().enumerate() {
            let want = rows.iter().flatten();
            assert_eq!(tape.states(text).len(), want.clone().count());
            let error = tape.states(text).iter().zip(want).map(|(&got, want)| (f64::from(got) - want).abs());
            states = error.fold(states, f64::max);
        }
        for (got, want) in vectors.iter().zip(reference.sentence.iter().flatten()) {
            farthest = farthest.max((f64::from(*got) - want).abs());
        }
        println!("{name}: states within {states:e}, vectors within {farthest:e}");
        assert!(states < 1e-4 && farthest < 1e-4, "{name}: {states:e} {farthest:e}");
    }
}

/// The loss of one step of MiniLM, and of some tensors the norm of the gradient and the sum of `gradient[i] * cos(0.3 i)`, by
/// torch 2.15 and transformers 5.24:
///
/// ```python
/// import json, torch
/// from transformers import AutoModel
/// folder = "shared/data/encoders/minilm-l6"
/// reference = json.load(open(folder + "/reference.json"))
/// model = AutoModel.from_pretrained(folder, dtype=torch.float64).eval()
/// ids = reference["ids"][:8]; longest = max(map(len, ids))
/// x = torch.tensor([t + [0] * (longest - len(t)) for t in ids])
/// mask = torch.tensor([[1] * len(t) + [0] * (longest - len(t)) for t in ids])
/// h = model(input_ids=x, attention_mask=mask).last_hidden_state
/// v = torch.nn.functional.normalize((h * mask[..., None]).sum(1) / mask.sum(1, keepdim=True), dim=1)
/// weight = torch.sin(torch.arange(2 * 384.)).reshape(2, 384).double()
/// loss = torch.nn.functional.cross_entropy(v @ weight.T, torch.tensor([0, 1] * 4)); loss.backward()
/// print(loss.item())
/// for name in NAMES:
///     g = dict(model.named_parameters())[name].grad.flatten()
///     i = torch.arange(g.numel(), dtype=torch.float64)
///     print(f'("{name}", {g.norm().item():.9e}, {(g * torch.cos(0.3 * i)).sum().item():.9e}),')
/// ```
const STEP_LOSS: f64 = 0.860_138_840_026_777_4;
const STEP: [(&str, f64, f64); 28] = [
    ("embeddings.word_embeddings.weight", 1.504458208e+00, 1.256145148e+00),
    ("embeddings.position_embeddings.weight", 1.406386350e+00, -1.979568731e+00),
    ("embeddings.token_type_embeddings.weight", 1.920880622e+00, -1.736554341e+00),
    ("embeddings.LayerNorm.weight", 2.273604416e-01, -1.797339672e-02),
    ("encoder.layer.0.attention.self.query.weight", 1.654161942e-01, -8.864788669e-02),
    ("encoder.layer.0.attention.self.key.weight", 1.227837758e-01, -1.940694925e-02),
    ("encoder.layer.0.attention.self.value.bias", 1.353558426e-01, -9.585689959e-02),
    ("encoder.layer.0.attention.output.dense.weight", 7.056799174e-01, -2.700253288e-01),
    ("encoder.layer.0.attention.output.LayerNorm.bias", 1.394120744e-01, -9.916994793e-02),
    ("encoder.layer.0.intermediate.dense.weight", 1.083580610e+00, -3.513980823e-01),
    ("encoder.layer.0.output.dense.weight", 1.181010723e+00, -6.592474753e-02),
    ("encoder.layer.0.output.LayerNorm.weight", 1.461565686e-01, 3.044405644e-02),
    ("encoder.layer.3.attention.self.query.weight", 1.979103459e-01, 1.375585677e-01),
    ("encoder.layer.3.attention.self.key.weight", 2.100642246e-01, 2.547418598e-02),
    ("encoder.layer.3.attention.self.value.bias", 1.037765966e-01, 1.312189531e-01),
    ("encoder.layer.3.attention.output.dense.weight", 5.419336830e-01, -2.452497666e-01),
    ("encoder.layer.3.attention.output.LayerNorm.bias", 1.292074105e-01, -2.395939019e-02),
    ("encoder.layer.3.intermediate.dense.weight", 1.027453237e+00, -6.068824665e-01),
    ("encoder.layer.3.output.dense.weight", 1.029774361e+00, -2.466243313e-01),
    ("encoder.layer.3.output.LayerNorm.weight", 1.221763470e-01, -2.495184062e-02),
    ("encoder.layer.5.attention.self.query.weight", 2.955774964e-01, -3.337183435e-02),
    ("encoder.layer.5.attention.self.key.weight", 4.123623308e-01, 2.421373194e-01),
    ("encoder.layer.5.attention.self.value.bias", 8.135431158e-02, 6.130707881e-02),
    ("encoder.layer.5.attention.output.dense.weight", 1.468107575e+00, 2.968062704e-01),
    ("encoder.layer.5.attention.output.LayerNorm.bias", 1.105266076e-01, 4.212839096e-02),
    ("encoder.layer.5.intermediate.dense.weight", 1.088269082e+00, -3.852149548e-01),
    ("encoder.layer.5.output.dense.weight", 1.501893992e+00, 5.636704867e-01),
    ("encoder.layer.5.output.LayerNorm.weight", 1.863606520e-01, -3.522743727e-02),
];

#[test]
#[ignore = "needs WARMSTART_DATA"]
fn a_step_of_minilm_has_the_gradient_of_pytorch() {
    let folder = crate::files::public_data().join("encoders/minilm-l6");
    let text = std::fs::read_to_string(folder.join("reference.json")).unwrap();
    let reference: Reference = serde_json::from_str(&text).unwrap();
    let model = PublishedEncoder::read(&folder).unwrap().model;
    let texts: Vec<&[u32]> = reference.ids[..8].iter().map(|ids| &ids[..]).collect();
    let (mut tape, mut vectors) = (Tape::default(), vec![0.0; 8 * 384]);
    model.forward(&texts, 0, &mut tape, &mut vectors);
    let linear = crate::nn::linear::Linear { features: 384, outputs: 2 };
    let mut weights: Vec<f32> = (0..2 * 384).map(|i| (i as f32).sin()).collect();
    weights.extend([0.0, 0.0]);
    let mut logits = vec![0.0; 16];
    linear.forward(&weights, &vectors, &mut logits);
    let labels = [0, 1, 0, 1, 0, 1, 0, 1];
    let loss = crate::nn::cross_entropy::loss_and_gradient(&mut logits, &labels, 2, 1.0 / 8.0).sum / 8.0;
    assert!((loss - STEP_LOSS).abs() < 1e-5, "{loss}");
    let mut d_vectors = vec![0.0; 8 * 384];
    linear.backward(&weights, &vectors, &logits, Some(&mut d_vectors), &mut vec![0.0; weights.len()]);
    let mut gradient = model.gradient();
    model.backward(&texts, &d_vectors, &mut tape, &mut gradient);
    gradient.rows.sum(&[]);
    let mut tokens = vec![0.0; model.tokens.len()];
    for (row, values) in gradient.rows.iter() {
        tokens[row as usize * 384..][..384].copy_from_slice(values);
    }
    for (name, norm, sum) in STEP {
        let values = match model.blocks().iter().find(|block| block.name == name) {
            Some(block) => &gradient.dense[block.range.clone()],
            None => &tokens[..],
        };
        let got = values.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
        let along: f64 = values.iter().enumerate().map(|(i, &g)| f64::from(g) * (0.3 * i as f64).cos()).sum();
        println!("{name}: norm {got:e} for {norm:e}, sum {along:e} for {sum:e}");
        assert!((got - norm).abs() < 1e-4 * norm && (along - sum).abs() < 1e-4 * norm, "{name}");
    }
}
