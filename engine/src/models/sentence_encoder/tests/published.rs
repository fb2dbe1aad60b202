//! Vectors and gradients against Hugging Face's transformers.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::folders::{TEXTS, close, folder, vectors_of};
use crate::models::sentence_encoder::model::TOKENS;
use crate::models::sentence_encoder::{PublishedEncoder, Tape};

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

#[test]
fn vectors_and_gradients_are_those_of_transformers() {
    let all: Vec<Golden> = ron::from_str(GOLDEN).unwrap();
    assert_eq!(all.len(), 4);
    for golden in all {
        let name = &golden.family;
        let mut encoder = PublishedEncoder::read(folder(name).path()).unwrap();
        close(&vectors_of(&encoder), &golden.vectors, 1e-5, name);
        let tokens = &mut encoder.model.tokens;
        *tokens = tokens.training(0..tokens.len() as u32);
        let (model, mut tape) = (&encoder.model, Tape::default());
        model.forward(&TEXTS, 0, &mut tape, &mut [0.0; 24]);
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
        let folder = crate::data::public::folder().join("encoders").join(name);
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
    let folder = crate::data::public::folder().join("encoders/minilm-l6");
    let text = std::fs::read_to_string(folder.join("reference.json")).unwrap();
    let reference: Reference = serde_json::from_str(&text).unwrap();
    let mut model = PublishedEncoder::read(&folder).unwrap().model;
    model.tokens = model.tokens.training(0..model.tokens.len() as u32);
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
    let mut tokens = vec![0.0; model.tokens.trained.len()];
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
