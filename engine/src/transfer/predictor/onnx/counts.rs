//! ONNX graphs of the text models that ignore most of the word order: linear classifiers of document vectors, TF-IDF
//! and NBSVM; and of the model that gives the same answer for every text.

use ndarray::Array2;

use crate::session::method::DocumentVector;
use crate::transfer::baselines::nbsvm_model::NbsvmModel;
use crate::transfer::baselines::tfidf_model::TfIdfModel;
use crate::transfer::document_vectors::DocumentVectors;
use crate::transfer::probe::Linear;

use super::graph::{Attribute, Graph};
use super::words::{Texts, as_floats, largest, linear, sum, unit_length};

use Attribute::{Int, Ints, Text};

/// The smallest divisor. It prevents a division by zero.
const LEAST: f32 = 1e-30;

/// The logits of a linear classifier of document vectors. `table (words, D)` holds the word vectors.
pub fn document_vectors(
    graph: &mut Graph,
    vectors: &DocumentVectors,
    table: &Array2<f32>,
    classifier: &Linear,
) -> String {
    let texts = Texts::new(graph, None, 1, None);
    let (words, dim) = table.dim();
    // Row 0 is zero: it stands for unknown words, which are ignored.
    let rows = [vec![0.0; dim], table.iter().copied().collect()].concat();
    let rows = graph.floats("embedding.weight", &[words + 1, dim], rows);
    let x = texts.rows(graph, &rows);
    let zero = graph.int(0);
    let known = graph.node("Greater", &[&texts.ids, &zero], &[]);
    let known_words = as_floats(graph, &known);
    let axis = graph.ints(&[1]);
    let count = graph.node("ReduceSum", &[&known_words, &axis], &[]);
    let mut parts = Vec::new();
    if vectors.kind() != DocumentVector::Max {
        let (weights, unseen, common) = vectors.counted();
        let weighed = (0..words).map(|word| weights.get(word).copied().unwrap_or(unseen));
        let weights = graph.floats("words.weight", &[words + 1], [vec![0.0], weighed.collect()].concat());
        let weights = texts.rows(graph, &weights);
        let total = match vectors.kind() {
            DocumentVector::TfIdfMean => graph.node("ReduceSum", &[&weights, &axis], &[]),
            _ => count.clone(),
        };
        let (sum, least) = (sum(graph, &x, &weights), graph.float(LEAST));
        let total = graph.node("Max", &[&total, &least], &[]);
        let mut mean = graph.node("Div", &[&sum, &total], &[]);
        if let Some(common) = common {
            let column = graph.floats("common", &[dim, 1], common.to_vec());
            let along = graph.node("MatMul", &[&mean, &column], &[]);
            let row = graph.node("Transpose", &[&column], &[]);
            let part = graph.node("MatMul", &[&along, &row], &[]);
            mean = graph.node("Sub", &[&mean, &part], &[]);
        }
        parts.push(if vectors.unit_means() { unit_length(graph, &mean) } else { mean });
    }
    if matches!(vectors.kind(), DocumentVector::Max | DocumentVector::MeanMax) {
        let most = largest(graph, &x, &known);
        let none = graph.float(0.0);
        let some = graph.node("Greater", &[&count, &none], &[]);
        parts.push(graph.node("Where", &[&some, &most, &none], &[]));
    }
    let features = match &parts[..] {
        [one] => one.clone(),
        parts => {
            graph.node("Concat", &parts.iter().map(|part| &part[..]).collect::<Vec<_>>(), &[Int("axis", 1)])
        }
    };
    classes(graph, &features, classifier, &[])
}

/// The logits of a linear classifier. In each row of its weight matrix, the weights `before` are put before the weights
/// of the classifier, so `features` must have as many columns more.
pub fn classes(graph: &mut Graph, features: &str, classifier: &Linear, before: &[f32]) -> String {
    let layer = classifier.as_layer();
    let (weight, bias) = layer.split_at(layer.len() - classifier.classes);
    let width = weight.len() / classifier.classes;
    let rows = weight.chunks_exact(width.max(1));
    let weight: Vec<f32> = rows.flat_map(|row| before.iter().chain(row).copied()).collect();
    let weight = graph.floats("linear.weight", &[classifier.classes, before.len() + width], weight);
    let bias = graph.floats("linear.bias", &[classifier.classes], bias.to_vec());
    linear(graph, features, &weight, &bias)
}

/// The logits of logistic regression on TF-IDF features.
pub fn tfidf(graph: &mut Graph, model: &TfIdfModel) -> String {
    let texts = Texts::new(graph, None, 1, None);
    let (_, idf) = model.tfidf.weighed();
    let width = idf.len() + 1;
    let batch = graph.node("Shape", &[&texts.lengths], &[]);
    let columns = graph.ints(&[width as i64]);
    let shape = graph.node("Concat", &[&batch, &columns], &[Int("axis", 0)]);
    let (zero, one) = (graph.float(0.0), graph.float(1.0));
    let zeros = graph.node("Expand", &[&zero, &shape], &[]);
    let words = as_floats(graph, &texts.is_word);
    let attributes = [Int("axis", 1), Text("reduction", "add")];
    let times = graph.node("ScatterElements", &[&zeros, &texts.ids, &words], &attributes);
    let there = graph.node("Greater", &[&times, &zero], &[]);
    let times = graph.node("Max", &[&times, &one], &[]);
    let log = graph.node("Log", &[&times], &[]);
    let tf = graph.node("Add", &[&log, &one], &[]);
    let tf = graph.node("Where", &[&there, &tf, &zero], &[]);
    // Unknown words, column 0, have the weight 0.
    let idf = [vec![0.0], idf.iter().map(|&idf| idf as f32).collect()].concat();
    let idf = graph.floats("idf", &[width], idf);
    let row = graph.node("Mul", &[&tf, &idf], &[]);
    let length = graph.node("ReduceL2", &[&row], &[Ints("axes", &[1])]);
    let least = graph.float(LEAST);
    let length = graph.node("Max", &[&length, &least], &[]);
    let row = graph.node("Div", &[&row, &length], &[]);
    classes(graph, &row, &model.linear, &[0.0])
}

/// The logits of NBSVM. A feature is 1 if the text contains the word or the pair of adjacent words, otherwise 0.
pub fn nbsvm(graph: &mut Graph, model: &NbsvmModel, classes: usize) -> String {
    let texts = Texts::new(graph, None, 1, None);
    let (words, pairs) = (model.pairs.word_features(), model.pairs.pair_features());
    // The input `ids` counts words from 1.
    let number = |word: u32| i64::from(word) + 1;
    let mut pool: Vec<i64> = words.iter().map(|&(word, _)| number(word)).collect();
    pool.extend(pairs.iter().flat_map(|(pair, _)| pair.map(number)));
    let features = words.iter().map(|&(_, feature)| feature).chain(pairs.iter().map(|&(_, feature)| feature));
    let features: Vec<i64> = features.map(i64::from).collect();
    let times = graph.node(
        "TfIdfVectorizer",
        &[&texts.ids],
        &[
            Text("mode", "TF"),
            Int("min_gram_length", 1),
            Int("max_gram_length", 2),
            Int("max_skip_count", 0),
            Ints("pool_int64s", &pool),
            Ints("ngram_counts", &[0, words.len() as i64]),
            Ints("ngram_indexes", &features),
        ],
    );
    let one = graph.float(1.0);
    let there = graph.node("Min", &[&times, &one], &[]);
    let own = &model.weights;
    // As in `Linear`, two classes share one score: `as_layer` gives half of it to one and minus half to the other.
    let slope = own.slope;
    let weights = own.weights.iter().map(|&weight| f64::from(weight) * slope).collect();
    let bias = own.bias.iter().map(|&bias| bias * slope).collect();
    self::classes(graph, &there, &Linear { classes, weights, bias }, &[])
}

/// The same logits for every text.
pub fn constant(graph: &mut Graph, probabilities: &[f32]) -> String {
    let texts = Texts::new(graph, None, 0, None);
    let batch = graph.node("Shape", &[&texts.lengths], &[]);
    the_same(graph, probabilities, &batch)
}

/// The logits `(B, C)` that give `probabilities (C)` for every example. `batch (1)` is the size of the batch.
pub fn the_same(graph: &mut Graph, probabilities: &[f32], batch: &str) -> String {
    // A class with probability 0 gets a finite logit.
    let logits: Vec<f32> = probabilities.iter().map(|p| p.max(f32::MIN_POSITIVE).ln()).collect();
    let row = graph.floats("linear.bias", &[1, logits.len()], logits);
    let one = graph.ints(&[1]);
    let shape = graph.node("Concat", &[batch, &one], &[Int("axis", 0)]);
    graph.node("Expand", &[&row, &shape], &[])
}
