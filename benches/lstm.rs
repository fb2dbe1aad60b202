//! Sequences a second of training and inference of text classifiers, at the shape of a common comparison: 20,000
//! words of 100 numbers, documents of 200 words, batches of 64, 128 units, 2 classes, Adam, the state after the
//! last word. `cargo bench --bench lstm -- [seconds a case] [part of a name]`; each case prints the least, median
//! and largest rate over its steps.

use std::sync::Arc;
use std::time::Instant;

use ndarray::Array2;
use warmstart::models::text_classifier::{TextClassifier, Workspace};
use warmstart::rng;
use warmstart::session::recipe::{Head, Optimiser, Pooling, Recurrent};

const WORDS: usize = 20_000;
const DIM: usize = 100;
const LENGTH: usize = 200;
const BATCH: usize = 64;

struct Data {
    batches: Vec<Vec<Vec<u32>>>,
    labels: Vec<u32>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let seconds: f64 = arguments.first().and_then(|a| a.parse().ok()).unwrap_or(3.0);
    let wanted = arguments.get(1).cloned().unwrap_or_default();
    let mut stream = rng::stream(1, "bench", 0);
    let mut document =
        || (0..LENGTH).map(|_| (rng::unit64(&mut stream).powi(3) * WORDS as f64) as u32).collect::<Vec<_>>();
    let batches = (0..16).map(|_| (0..BATCH).map(|_| document()).collect()).collect();
    let labels = (0..BATCH as u32).map(|n| n % 2).collect();
    let data = Data { batches, labels };
    let shape = |bidirectional| Recurrent { hidden: 128, bidirectional, pooling: Pooling::Last };
    let heads = [
        ("average", Head::Average),
        ("rnn", Head::Rnn(shape(false))),
        ("gru", Head::Gru(shape(false))),
        ("lstm", Head::Lstm(shape(false))),
        ("bilstm", Head::Lstm(shape(true))),
    ];
    for threads in [1, 2] {
        let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).build() else { continue };
        for (name, head) in heads {
            for frozen in [true, false] {
                let name = format!("train {name} {}", if frozen { "frozen" } else { "fine-tuned" });
                if name.contains(&wanted) {
                    let rates = pool.install(|| train(head, frozen, &data, seconds));
                    show(&name, threads, rates);
                }
            }
            let name = format!("infer {name}");
            if name.contains(&wanted) {
                let rates = pool.install(|| infer(head, &data, seconds));
                show(&name, threads, rates);
            }
        }
    }
}

fn model(head: Head, frozen: bool) -> TextClassifier {
    let mut stream = rng::stream(2, "vectors", 0);
    let table = Array2::from_shape_fn((WORDS, DIM), |_| rng::normal(&mut stream) as f32);
    let empty = Array2::zeros((0, DIM));
    let (own, base) = if frozen { (empty, table) } else { (table, empty) };
    TextClassifier::new(head, DIM, 2, own, Arc::new(base), 1, 0)
}

fn train(head: Head, frozen: bool, data: &Data, seconds: f64) -> Vec<f64> {
    let mut model = model(head, frozen);
    let mut optimiser = model.optimiser(Optimiser::Adam);
    let size: usize = std::env::var("SHARD").ok().and_then(|v| v.parse().ok()).unwrap_or(BATCH / 2);
    let mut shards: Vec<_> = (0..BATCH / size).map(|_| (model.gradient(), Workspace::default())).collect();
    timed(seconds, |step| {
        let documents: Vec<&[u32]> = data.batches[step % 16].iter().map(Vec::as_slice).collect();
        model.prepare(&mut optimiser, &documents);
        rayon::scope(|scope| {
            let parts = documents.chunks(size).zip(data.labels.chunks(size));
            for ((documents, labels), (gradient, workspace)) in parts.zip(&mut shards) {
                let model = &model;
                scope.spawn(move |_| {
                    gradient.clear();
                    model.loss_and_gradient(documents, labels, 1.0 / BATCH as f32, None, gradient, workspace);
                });
            }
        });
        let [(whole, _), others @ ..] = &mut shards[..] else { return };
        for (other, _) in others {
            whole.add(other);
        }
        model.step(&mut optimiser, whole, 1e-3);
    })
}

fn infer(head: Head, data: &Data, seconds: f64) -> Vec<f64> {
    let model = model(head, true);
    let mut shards = [0, 1].map(|_| (vec![0.0; BATCH], Workspace::default()));
    timed(seconds, |step| {
        let documents: Vec<&[u32]> = data.batches[step % 16].iter().map(Vec::as_slice).collect();
        rayon::scope(|scope| {
            for (documents, (out, workspace)) in documents.chunks(BATCH / 2).zip(&mut shards) {
                let model = &model;
                scope.spawn(move |_| model.predict(documents, workspace, out));
            }
        });
    })
}

/// Sequences a second of each step, after two that are not counted.
fn timed(seconds: f64, mut step: impl FnMut(usize)) -> Vec<f64> {
    step(0);
    step(1);
    let start = Instant::now();
    let mut rates = Vec::new();
    while start.elapsed().as_secs_f64() < seconds || rates.len() < 5 {
        let before = Instant::now();
        step(rates.len());
        rates.push(BATCH as f64 / before.elapsed().as_secs_f64());
    }
    rates
}

fn show(name: &str, threads: usize, mut rates: Vec<f64>) {
    rates.sort_by(f64::total_cmp);
    let (low, median, high) = (rates[0], rates[rates.len() / 2], rates[rates.len() - 1]);
    println!(
        "{name:26} threads {threads}  min {low:9.1}  median {median:9.1}  max {high:9.1} sequences/s  n={}",
        rates.len()
    );
}
