//! Attention probabilities and states against Hugging Face's transformers.

use serde::Deserialize;

use super::folders::{TEXTS, close, folder, vectors_of};
use crate::models::sentence_encoder::{PublishedEncoder, Tape};

/// What transformers 5.3 says of the first text.
#[derive(Deserialize)]
struct Golden {
    family: String,
    /// `(layers, heads, L, L)`.
    probabilities: Vec<f64>,
    /// For the embeddings and each layer, for each token, the sum of `state[i] * cos(i)`.
    states: Vec<f64>,
}

/// `golden.py` of `published.rs` with these lines in place of its loop over the texts wrote this file, with torch 2.15 and
/// transformers 5.3. Before it fills the parameters, it calls `model.set_attn_implementation("eager")`.
///
/// ```python
///     x = torch.tensor([[2, 5, 9, 7, 3]])
///     out = model(input_ids=x, attention_mask=torch.ones_like(x), output_attentions=True, output_hidden_states=True)
///     probabilities = torch.stack(out.attentions)[:, 0].flatten().tolist()
///     states = (torch.stack(out.hidden_states)[:, 0] * torch.cos(torch.arange(8.).double())).sum(-1).flatten().tolist()
///     print(f'    (family: "{kind}", probabilities: {[float("%.7g" % v) for v in probabilities]},\n     states: {[float("%.7g" % v) for v in states]}),')
/// ```
const GOLDEN: &str = include_str!("attention.ron");

#[test]
fn attention_and_states_are_those_of_transformers() {
    let all: Vec<Golden> = ron::from_str(GOLDEN).unwrap();
    assert_eq!(all.len(), 4);
    for golden in all {
        let name = &golden.family;
        let model = PublishedEncoder::read(folder(name).path()).unwrap().model;
        let (text, mut tape) = (TEXTS[0], Tape::default());
        let matrix = text.len() * text.len();
        let of = |layer: usize, head: usize| &golden.probabilities[(layer * 2 + head) * matrix..][..matrix];
        for layer in 0..2 {
            for head in 0..2 {
                let found = model.attention(text, layer, Some(head), &mut tape);
                close(&found, of(layer, head), 1e-5, &format!("{name} {layer} {head}"));
            }
            let mean: Vec<f64> = of(layer, 0).iter().zip(of(layer, 1)).map(|(a, b)| (a + b) / 2.0).collect();
            close(&model.attention(text, layer, None, &mut tape), &mean, 1e-5, &format!("{name} {layer}"));
        }
        let states = model.states_by_layer(&[text], &mut tape);
        let sum = |state: &[f32]| state.iter().zip(0..).map(|(x, i)| x * (i as f32).cos()).sum::<f32>();
        let sums: Vec<f32> = states.iter().flat_map(|layer| layer.chunks_exact(8).map(sum)).collect();
        close(&sums, &golden.states, 2e-5, name);
    }
}

#[test]
fn a_look_changes_nothing_and_does_not_depend_on_other_texts() {
    let encoder = PublishedEncoder::read(folder("mpnet").path()).unwrap();
    let (model, before) = (&encoder.model, vectors_of(&encoder));
    let mut tape = Tape::default();
    let long = [4; 9];
    let texts: Vec<&[u32]> = std::iter::repeat_n(&long[..], 40).chain(TEXTS).collect();
    let together = model.states_by_layer(&texts, &mut tape);
    let alone = model.states_by_layer(&TEXTS, &mut tape);
    for (together, alone) in together.iter().zip(&alone) {
        assert_eq!(together[40 * 9 * 8..], alone[..]);
    }
    let attention = model.attention(TEXTS[2], 1, None, &mut tape);
    assert_eq!(attention, model.attention(TEXTS[2], 1, None, &mut Tape::default()));
    assert!(model.attention(&[], 0, None, &mut tape).is_empty());
    assert_eq!(model.states_by_layer(&[], &mut tape), vec![Vec::<f32>::new(); 3]);
    assert_eq!(before, vectors_of(&encoder));
}
