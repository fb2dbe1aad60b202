//! `bench`: measures the speed of a piece of work on this machine.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use serde::Serialize;

use crate::bench::encoder::{self, Lengths};
use crate::bench::{Speed, classifier, data_in, images, language_model, neighbours, peak, predict, skipgram};
use crate::error::{Error, Result};
use crate::session::architecture::Architecture;
use crate::session::convolution::Convolution;
use crate::session::language_model::Softmax;
use crate::session::method::Strategy;
use crate::session::text_transfer::Head;
use crate::train::threads;

use super::global::Global;
use super::number;
use super::out::{self, Out};

/// What `bench` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The piece of work to measure
    #[arg(value_enum, value_name = "NAME")]
    pub name: Name,
    /// The text that skipgram and lm learn from, and tokenise and count read; one document on each line
    #[arg(long, value_name = "FILE", required_if_eq_any([("name", "skipgram"), ("name", "lm"), ("name", "tokenise"), ("name", "count")]))]
    pub corpus: Option<PathBuf>,
    /// The folder or archive of images that decode reads
    #[arg(long, value_name = "FOLDER", required_if_eq("name", "decode"))]
    pub images: Option<PathBuf>,
    /// A held-out text; lm prints its perplexity after each epoch
    #[arg(long, value_name = "FILE")]
    pub held_out: Option<PathBuf>,
    /// How lm computes the probabilities of the next word
    #[arg(long, value_enum, value_name = "KIND", default_value = "full")]
    pub softmax: SoftmaxKind,
    /// Number of word vectors that the neighbours benchmarks search
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=20_000_000))]
    pub rows: u32,
    /// Approximate duration in seconds. skipgram and lm read as much text as the time allows, in at most three and
    /// five epochs
    #[arg(long, value_name = "S", default_value_t = 5.0)]
    pub seconds: f64,
}

/// The softmax of lm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SoftmaxKind {
    /// One softmax over all words
    Full,
    /// Adaptive softmax: two tails of rarer words, which start where 85 and 95 % of the text end
    Adaptive,
}

/// The pieces of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// Skip-gram, 100 dimensions, window 5, 5 noise words, up to three epochs
    Skipgram,
    /// A language model: 200 dimensions, an LSTM of 256 units, batches of 20 × 35 words, up to five epochs
    Lm,
    /// Training an LSTM on fixed vectors
    LstmFrozen,
    /// Training an LSTM and its vectors
    LstmFinetuned,
    /// Training a GRU on fixed vectors
    GruFrozen,
    /// Training a bidirectional LSTM on fixed vectors
    BilstmFrozen,
    /// Training a CNN over words (widths 3, 4 and 5, 100 filters of each) on fixed vectors
    CnnFrozen,
    /// Training a CNN over words and its vectors
    CnnFinetuned,
    /// Training a linear head on averaged fixed vectors
    MeanFrozen,
    /// Training a linear head and the averaged vectors
    MeanFinetuned,
    /// Classifying with an LSTM
    LstmInfer,
    /// Classifying with a GRU
    GruInfer,
    /// Classifying with a CNN over words
    CnnInfer,
    /// Classifying with averaged vectors
    MeanInfer,
    /// Classifying texts of 20 words with a kept model of averaged vectors, from the text to the probabilities
    Predict,
    /// Vectors of 32 texts of 64 tokens by a sentence encoder of the size of MiniLM
    EncoderInfer,
    /// Vectors of 32 texts of 5 to 128 tokens by such an encoder
    EncoderInferMixed,
    /// Fine-tuning such an encoder on 32 texts of 64 tokens
    EncoderFinetune,
    /// Fine-tuning such an encoder on 32 texts of 5 to 128 tokens
    EncoderFinetuneMixed,
    /// Training a small CNN on images of 28 by 28
    Smallcnn,
    /// Classifying images of 28 by 28 with a small CNN
    SmallcnnInfer,
    /// Training a ResNet-20 on images of 32 by 32 in colour
    Resnet20,
    /// Classifying photos of 224 by 224 with SqueezeNet 1.1
    SqueezenetInfer,
    /// Classifying photos of 224 by 224 with MobileNetV2
    MobilenetInfer,
    /// Classifying photos of 224 by 224 with EfficientNet-Lite0
    EfficientnetInfer,
    /// Making word ids of texts
    Tokenise,
    /// Counting the words of a corpus, reading included
    Count,
    /// Decoding image files
    Decode,
    /// Finding the ten nearest word vectors, by exact search
    Neighbours,
    /// Finding the ten nearest word vectors, by a compressed copy of the vectors
    NeighboursCompressed,
}

#[derive(Serialize)]
struct Report {
    name: String,
    unit: &'static str,
    threads: usize,
    /// The median speed.
    per_second: f64,
    /// How many times a second the machine can read the whole table that a query searches.
    #[serde(skip_serializing_if = "Option::is_none")]
    reads_per_second: Option<f64>,
    /// The matrix products beside the processor's limit.
    #[serde(flatten)]
    products: Option<Products>,
    runs: Vec<f64>,
    /// The perplexity of the held-out text after each epoch of a language model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    perplexities: Vec<f64>,
}

/// The matrix products of a piece of work beside the processor's limit.
#[derive(Serialize)]
struct Products {
    /// Their floating-point operations a second at the median speed, in billions. They are counted from the shapes.
    gflops: f64,
    /// What the threads reach with multiply-adds that read no memory, in billions.
    peak_gflops: f64,
    /// The first divided by the second.
    share_of_peak: f64,
}

/// Measures a piece of work.
///
/// # Errors
/// When the corpus cannot be read.
pub fn bench(args: Args, global: &Global) -> Result<ExitCode> {
    if !(args.seconds > 0.0 && args.seconds <= 3_600.0) {
        let problem = format!("--seconds {}: expected more than 0 and at most 3600", args.seconds);
        return Err(Error::request(problem, "leave it out for 5 seconds"));
    }
    let pool = threads::pool(global.threads)?;
    let (speed, perplexities) = measure(&args, &pool)?;
    let [low, median, high] = speed.spread();
    let products = speed.operations.map(|operations| {
        let (gflops, peak_gflops) = (median * operations / 1e9, peak::operations(&pool) / 1e9);
        Products { gflops, peak_gflops, share_of_peak: gflops / peak_gflops }
    });
    let name = args.name.to_possible_value().map_or_else(String::new, |value| value.get_name().to_string());
    let threads = pool.current_num_threads();
    let mut out = Out::new();
    if global.json {
        let reads_per_second = speed.limit;
        out.json(&Report {
            name,
            unit: speed.unit,
            threads,
            per_second: median,
            reads_per_second,
            products,
            runs: speed.rates,
            perplexities,
        })?;
    } else {
        let show = |speed: f64| {
            if speed < 1_000.0 { format!("{speed:.1}") } else { number::count(speed as u64) }
        };
        let (median, low, high, runs) = (show(median), show(low), show(high), speed.rates.len());
        let mut lines = vec![format!(
            "{name}, {threads} {}: {median} {} a second (median of {runs}; {low} to {high})",
            if threads == 1 { "thread" } else { "threads" },
            speed.unit
        )];
        if let Some(limit) = speed.limit {
            lines.push(format!("reading the table alone: {} times a second", show(limit)));
        }
        if let Some(Products { gflops, peak_gflops, share_of_peak }) = products {
            lines.push(format!(
                "matrix products: {gflops:.1} GFLOP/s, {:.0} % of the {peak_gflops:.1} that multiply-adds alone reach",
                100.0 * share_of_peak
            ));
        }
        if !perplexities.is_empty() {
            let each: Vec<String> = perplexities.iter().map(|p| format!("{p:.1}")).collect();
            lines.push(format!("perplexity of the held-out text, epoch by epoch: {}", each.join(", ")));
        }
        out.lines(&lines)?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The speed, and the perplexities of a language model.
fn measure(args: &Args, pool: &rayon::ThreadPool) -> Result<(Speed, Vec<f64>)> {
    let (lstm, bilstm) = (Head::Lstm(classifier::recurrent(false)), Head::Lstm(classifier::recurrent(true)));
    let gru = Head::Gru(classifier::recurrent(false));
    let cnn = Head::Cnn(Convolution::default());
    let train = |head, strategy| classifier::train(head, strategy, pool, args.seconds);
    let infer = |head| classifier::infer(head, pool, args.seconds);
    let near = |compressed| Ok(neighbours::speed(args.rows as usize, compressed, pool, args.seconds));
    let speed = match args.name {
        Name::Skipgram => skipgram::speed(args.corpus.clone().unwrap_or_default(), pool, args.seconds),
        Name::Lm => {
            let corpus = args.corpus.clone().unwrap_or_default();
            let softmax = match args.softmax {
                SoftmaxKind::Full => Softmax::Full,
                SoftmaxKind::Adaptive => Softmax::Adaptive { cutoffs: Vec::new() },
            };
            let held_out = args.held_out.clone();
            let tell = |line: String| out::tell(&line);
            let outcome = language_model::run(corpus, held_out, &softmax, pool, args.seconds, &tell)?;
            return Ok((outcome.speed, outcome.perplexities));
        }
        Name::LstmFrozen => train(lstm, Strategy::Frozen),
        Name::LstmFinetuned => train(lstm, Strategy::FineTuned),
        Name::GruFrozen => train(gru, Strategy::Frozen),
        Name::BilstmFrozen => train(bilstm, Strategy::Frozen),
        Name::CnnFrozen => train(cnn, Strategy::Frozen),
        Name::CnnFinetuned => train(cnn, Strategy::FineTuned),
        Name::MeanFrozen => train(Head::Average, Strategy::Frozen),
        Name::MeanFinetuned => train(Head::Average, Strategy::FineTuned),
        Name::LstmInfer => infer(lstm),
        Name::GruInfer => infer(gru),
        Name::CnnInfer => infer(cnn),
        Name::MeanInfer => infer(Head::Average),
        Name::Predict => predict::averaged(pool, args.seconds),
        Name::EncoderInfer => Ok(encoder::infer(Lengths::Equal, pool, args.seconds)),
        Name::EncoderInferMixed => Ok(encoder::infer(Lengths::Mixed, pool, args.seconds)),
        Name::EncoderFinetune => Ok(encoder::finetune(Lengths::Equal, pool, args.seconds)),
        Name::EncoderFinetuneMixed => Ok(encoder::finetune(Lengths::Mixed, pool, args.seconds)),
        Name::Smallcnn => images::train(Architecture::SmallCnn, pool, args.seconds),
        Name::SmallcnnInfer => images::infer(Architecture::SmallCnn, 1_024, pool, args.seconds),
        Name::Resnet20 => images::train(Architecture::ResNet20, pool, args.seconds),
        Name::SqueezenetInfer => images::infer(Architecture::SqueezeNet11, 32, pool, args.seconds),
        Name::MobilenetInfer => images::infer(Architecture::MobileNetV2, 32, pool, args.seconds),
        Name::EfficientnetInfer => images::infer(Architecture::EfficientNetLite0, 32, pool, args.seconds),
        Name::Tokenise => data_in::tokenise(args.corpus.clone().unwrap_or_default(), pool, args.seconds),
        Name::Count => data_in::count(args.corpus.clone().unwrap_or_default(), pool, args.seconds),
        Name::Decode => data_in::decode(args.images.as_deref().unwrap_or(Path::new("")), pool, args.seconds),
        Name::Neighbours => near(false),
        Name::NeighboursCompressed => near(true),
    };
    Ok((speed?, Vec::new()))
}
