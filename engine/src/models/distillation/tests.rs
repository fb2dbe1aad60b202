//! Weights, whole distillations of tiny encoders, and the figures of model2vec.

use ndarray::Array2;

use super::*;
use crate::error::Result;
use crate::models::sentence_encoder::tests::folders;
use crate::pretrain::Documents;
use crate::session::distillation::Distillation;

// import numpy as np
// r = 1 / np.arange(2, 8); print((1e-4 / (1e-4 + r / r.sum())).tolist())
#[test]
fn weights_are_those_of_model2vec() {
    let found = zipf_weights(6, Distillation::SIF);
    for (found, golden) in found.iter().zip(GOLDEN) {
        assert!((found - golden).abs() < 1e-15, "{found} {golden}");
    }
    assert_eq!(counted_weights(&[0, 3, 1], 0.5), [1.0, 0.4, 0.5 / 0.75]);
}

const GOLDEN: [f64; 6] = [
    0.0003184699731371292,
    0.0004776289044735052,
    0.0006367371646065507,
    0.0007957947777305932,
    0.0009548017680245594,
    0.001113758159651988,
];

#[test]
fn there_is_no_pca_for_as_many_components_as_tokens() {
    let tokens = Array2::from_shape_fn((4, 6), |(i, j)| (i * 6 + j) as f32);
    let of = |dim, weights: &[f64]| static_vectors(tokens.clone(), dim, weights);
    let all = of(Some(4), &[1.0; 4]);
    assert!(all.vectors == tokens && all.explained.is_none());
    let some = of(Some(3), &[1.0; 4]);
    // The rows lie on a line, so the first component has all of the variance.
    assert!(some.vectors.dim() == (4, 3) && some.explained.is_some_and(|part| (part - 1.0).abs() < 1e-12));
    assert_eq!(of(None, &[0.5; 4]).vectors[[0, 5]], 2.5);
}

fn finished(mut work: Distilling) -> Distilled {
    while work.done() < work.tokens() {
        work.step();
    }
    work.finish(false).unwrap()
}

fn begun(asked: &Distillation, text: Option<&'static str>) -> Result<Distilling> {
    let text = text.map(|text| Documents(move || [text.to_string()].into_iter()));
    Distilling::begin(asked, text.as_ref().map(|text| text as _), &mut |_| Ok(()))
}

// import numpy as np, torch
// from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
// from tokenizers import Tokenizer, models, pre_tokenizers
// from model2vec.distill import distill_from_model
// tok = Tokenizer(models.WordLevel({f"w{i}": i for i in range(20)}, unk_token="w0"))
// tok.pre_tokenizer = pre_tokenizers.Whitespace()
// net = BertModel(BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=2, num_attention_heads=2,
//     intermediate_size=12, max_position_embeddings=12, hidden_act="gelu_new", layer_norm_eps=1e-12),
//     add_pooling_layer=False).eval()
// with torch.no_grad():
//     for place, (name, p) in enumerate(sorted(net.named_parameters())):
//         x = np.float32(.3 * np.sin(.7 * np.arange(p.numel()) + place)) + ("norm.weight" in name.lower())
//         p.copy_(torch.tensor(np.float32(x)).reshape(p.shape))
// m = distill_from_model(net, PreTrainedTokenizerFast(tokenizer_object=tok, unk_token="w0"), pca_dims=4,
//     quantize_to="float32", device="cpu")
// print(m.embedding[[0, 1, 7, 19]].tolist())
#[test]
fn vectors_are_those_of_model2vec() {
    let place = folders::folder("bert");
    let found = finished(begun(&Distillation { dim: 4, ..Distillation::of(place.path()) }, None).unwrap());
    assert_eq!((found.vectors.dim(), found.tokeniser.id("w19")), ((20, 4), Some(19)));
    for (row, golden) in [0, 1, 7, 19].into_iter().zip(VECTORS) {
        let close = found.vectors.row(row).iter().zip(golden).all(|(x, golden)| (x - golden).abs() < 1e-7);
        assert!(close, "{row}: {} {golden:?}", found.vectors.row(row));
    }
    assert_eq!((found.about.components, found.about.sif), (Some(4), Some(1e-4)));
}

const VECTORS: [[f32; 4]; 4] = [
    [-1.327_812_3e-3, -3.050_732_8e-4, 1.283_810_3e-5, 3.397_212_3e-7],
    [-1.897_259_1e-3, 4.620_01e-5, -3.307_791e-5, -3.719_106_9e-6],
    [-4.973_875_4e-3, 1.521_243_7e-3, -1.992_917_8e-4, -1.503_639_7e-5],
    [-1.367_967_3e-2, -1.460_355_4e-3, -4.050_838_5e-5, -1.295_928e-5],
];

#[test]
fn a_word_of_the_text_has_the_vector_of_its_pieces_and_weights_are_counted() {
    let place = folders::folder("roberta");
    // The tokeniser of the folder has words only, so a word of two tokens needs one that cuts words.
    let json = r###"{"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"},
        "model": {"type": "WordPiece", "unk_token": "w0", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": {"w0": 0, "warm": 1, "##er": 2, "the": 3}}}"###;
    std::fs::write(place.path().join("tokenizer.json"), json).unwrap();
    let asked = Distillation { dim: 0, min_count: 1, sif: Some(0.5), ..Distillation::of(place.path()) };
    let work = begun(&asked, Some("warmer the warm warmer the cold the the")).unwrap();
    let of_text = work.of_text().unwrap().clone();
    assert_eq!(
        (&of_text.words[..], &of_text.counts[..]),
        (&["warmer".to_string()][..], &[1, 1, 0, 4, 2][..])
    );
    assert_eq!(of_text.total, 8);
    let remarks = work.remarks();
    assert_eq!(
        remarks,
        [format!("1 word of the text gets a vector beside the 4 tokens of {}", asked.name())]
    );
    let found = finished(work);
    assert_eq!(found.tokeniser.ids("warmer warm the", false).unwrap(), [4, 1, 3]);
    // Without weights, and through the encoder as it is.
    let plain = finished(begun(&Distillation { sif: Some(0.0), ..asked.clone() }, Some("warmer")).unwrap());
    let mut encoder = crate::models::sentence_encoder::PublishedEncoder::read(place.path()).unwrap();
    encoder.model.output.normalise = false;
    let vector = encoder.model.vectors(&[&[1, 2]]);
    for (column, &x) in vector.iter().enumerate() {
        assert!((plain.vectors[[4, column]] - x).abs() < 1e-6);
        // The word is one of four tokens.
        assert!((found.vectors[[4, column]] - x * 0.5 / 0.75).abs() < 1e-6);
    }
}

#[test]
fn a_distillation_goes_on_to_the_same_bits_at_any_number_of_threads() {
    let place = folders::folder("mpnet");
    let asked = Distillation { dim: 3, min_count: 1, ..Distillation::of(place.path()) };
    let text = Some("w3 w4 w4");
    let whole = finished(begun(&asked, text).unwrap());
    let part = begun(&asked, text).unwrap();
    let mut all = begun(&asked, text).unwrap();
    all.step();
    // The first seven tokens, as if the process had ended there.
    let states = all.states()[..7 * all.width()].to_vec();
    let of_text = part.of_text().cloned();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let again =
        pool.install(|| finished(Distilling::restore(&asked, of_text.clone(), states.clone()).unwrap()));
    assert!(whole.vectors == again.vectors && whole.tokeniser.json() == again.tokeniser.json());
    let other = Distilling::restore(&asked, None, vec![0.0; 21 * all.width()]).err().unwrap().to_string();
    assert!(other.contains("the encoder is another one"), "{other}");
    assert!(Distilling::restore(&asked, of_text, vec![0.0; 3]).is_err());
}

/// `minilm-static` is model2vec's distillation of `minilm-l6`, before its numbers were cast to F16.
#[test]
#[ignore = "needs WARMSTART_DATA"]
fn the_distillation_of_a_published_encoder_is_that_of_model2vec() {
    let folder = crate::data::public::folder().join("encoders");
    let found = finished(begun(&Distillation::of(folder.join("minilm-l6")), None).unwrap());
    let golden = crate::vectors::formats::read(&folder.join("minilm-static"), None).unwrap();
    assert_eq!(found.vectors.dim(), golden.table().dim());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum::<f64>();
    let ours = |row: usize| found.vectors.row(row).to_vec();
    let theirs = |row: usize| golden.table().row(row).to_vec();
    // A component may have the other sign, or be mixed with one of nearly the same variance: lengths and cosines of pairs
    // depend on neither.
    let (mut length, mut angle) = (0.0_f64, 0.0_f64);
    for row in 0..found.vectors.nrows() {
        let other = (row * 7_919 + 13) % found.vectors.nrows();
        let of = |rows: &dyn Fn(usize) -> Vec<f32>| {
            let (a, b) = (rows(row), rows(other));
            (dot(&a, &a), dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt())
        };
        let ((own, cosine), (golden, expected)) = (of(&ours), of(&theirs));
        length = length.max(((own / golden).sqrt() - 1.0).abs());
        angle = angle.max((cosine - expected).abs());
    }
    println!(
        "{} tokens; lengths differ by {length:.5}, cosines by {angle:.5} at most",
        found.vectors.nrows()
    );
    assert!(length < 0.002 && angle < 0.002, "{length} {angle}");
}
