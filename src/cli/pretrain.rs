//! `pretrain`: word vectors from plain text, written to a file that other programs read.

use std::fs::{self, OpenOptions};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use clap::ValueEnum;
use serde::Serialize;

use crate::error::{Error, Place, Result};
use crate::pretrain::{Column, Corpus, Doing, Files, Model, Options, Pretraining, Start};
use crate::session::continued::Continued;
use crate::session::pretraining;
use crate::session::published::Published;
use crate::session::quality::collapsed;
use crate::session::text_transfer::Tokens;
use crate::train::threads;
use crate::vectors::{evaluation, fasttext, formats};

use super::global::Global;
use super::out::{self, Out};
use super::progress::Progress;
use super::{drive, number, story};

/// What `pretrain` takes. The names are those of fastText, the defaults those of a recipe.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The text, one document on each line: a file (also packed: .gz, .zst, .bz2, .xz, .zip), a folder or archive
    /// like aclImdb's, or - for standard input
    pub corpus: PathBuf,
    /// If the text is a table: the column to learn from, by its name or number. Tables are CSV, TSV, Parquet, or
    /// JSON objects, one on each line or in an array
    #[arg(long, value_name = "COLUMN")]
    pub text: Option<String>,
    /// The file to write. .bin is word2vec binary, or with subwords a fastText model; .safetensors is safetensors;
    /// every other name is word2vec text. Compressed if the name ends in .gz
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The model
    #[arg(long, value_name = "NAME", default_value = "skipgram")]
    pub model: ModelName,
    /// How the text is split into tokens
    #[arg(long, value_name = "HOW", default_value = "words")]
    pub tokens: Tokens,
    /// A file of vectors to train further: word2vec, GloVe, safetensors or a fastText model (.bin), whose subwords are
    /// trained further too
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Rows of --from that are read, from the beginning [default: all]
    #[arg(long, value_name = "N", requires = "from")]
    pub limit: Option<usize>,
    /// The learning rate of words that --from has, as a multiple of --lr; 0 keeps them fixed
    #[arg(long, value_name = "FACTOR", requires = "from", default_value_t = 1.0)]
    pub known_rate: f32,
    /// The learning rate of words that --from does not have, as a multiple of --lr
    #[arg(long, value_name = "FACTOR", requires = "from", default_value_t = 1.0)]
    pub new_rate: f32,
    /// The fraction of the first epoch in which only the output weights learn
    #[arg(long, value_name = "FRACTION", requires = "from", default_value_t = 0.25)]
    pub outputs_first: f32,
    /// The strength of a pull of known words to their published vectors
    #[arg(long, value_name = "STRENGTH", requires = "from", default_value_t = 0.0)]
    pub anchor: f32,
    /// Leave out words of --from that the text does not have
    #[arg(long, requires = "from")]
    pub drop_others: bool,
    /// Dimensions of a vector [default: those of --from, or 100]
    #[arg(long, value_name = "N")]
    pub dim: Option<usize>,
    /// Context words on each side, at most
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub window: usize,
    /// Noise words for each true word
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub neg: usize,
    /// Epochs over the text [default: follows the size of the text, from 100 for 60,000 words or fewer to 5 for 25
    /// million or more]
    #[arg(long, visible_alias = "epochs", value_name = "N")]
    pub epoch: Option<usize>,
    /// Words that occur less often are left out
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub min_count: u64,
    /// Occurrences of words more frequent than this fraction of the text are dropped at random; 0 keeps all
    #[arg(long, value_name = "FRACTION", default_value_t = 1e-4)]
    pub sample: f64,
    /// The learning rate at the start [default: 0.025 for skipgram, 0.05 for cbow and with subwords]
    #[arg(long, value_name = "RATE")]
    pub lr: Option<f32>,
    /// The loss function
    #[arg(long, value_name = "NAME", default_value = "ns")]
    pub loss: LossName,
    /// Characters of the shortest n-gram of a word
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub minn: usize,
    /// Characters of the longest n-gram; 0 switches subwords off. With subwords and a fastText model as the file,
    /// unseen words have vectors too
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub maxn: usize,
    /// How often frequent pairs of words are joined to one word, such as new_york. 1 joins pairs; 2 joins up to four words
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub phrases: usize,
    /// The score that a pair needs to be joined
    #[arg(long, value_name = "SCORE", default_value_t = 100.0)]
    pub phrase_threshold: f64,
    /// Number of rows that all n-grams share by their hash
    #[arg(long, value_name = "N", default_value_t = 2_000_000)]
    pub bucket: u32,
}

/// See [`Args::loss`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LossName {
    /// Negative sampling: tell the true word from a few noise words
    Ns,
    /// Hierarchical softmax: predict each decision on the path to the word's leaf in a binary tree
    Hs,
}

/// See [`Args::model`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModelName {
    /// Each context word predicts the word in the middle
    Skipgram,
    /// The mean of the context words predicts the word in the middle
    Cbow,
}

#[derive(Serialize)]
struct Report {
    words: usize,
    /// Tokens read in training, over all epochs.
    tokens: u64,
    epochs: Option<usize>,
    /// The mean cosine of random pairs of frequent words.
    mean_cosine: Option<f64>,
    /// How far training moved the vectors of `--from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<Continued>,
    seconds: f64,
    tokens_per_second: f64,
    out: PathBuf,
}

/// Trains word vectors and writes them.
///
/// # Errors
/// When the corpus cannot be read or learned from, or the file cannot be written.
pub fn pretrain(args: Args, global: &Global) -> Result<ExitCode> {
    // Checks the target first, so that a path that cannot be written is reported before the training.
    check_target(&args.out)?;
    let signals = drive::signals()?;
    let corpus = corpus(&args.corpus, args.text.as_deref())?;
    let pool = threads::pool(global.threads)?;
    let options = pool.install(|| options(&args))?;
    let mut training = Pretraining::new(corpus, options, global.seed.unwrap_or(1))?;
    let mut progress = Progress::new();
    let began = Instant::now();
    let (mut tokens, mut loss, mut pairs) = (0, 0.0, 0.0);
    while training.doing() != Doing::Finished {
        if let Ok(signal) = signals.try_recv() {
            progress.end();
            out::tell("stopped; nothing was written");
            return Ok(ExitCode::from(128 + signal as u8));
        }
        let before = training.doing();
        let step = pool.install(|| training.step())?;
        tokens = step.tokens;
        let seconds = began.elapsed().as_secs_f64();
        if step.of == 0 {
            progress.at(0.0, "counting", &format!("{} words", number::short(tokens as f64)));
        } else {
            (loss, pairs) = (0.98 * loss + step.loss, 0.98 * pairs + step.pairs as f64);
            let fraction = tokens as f64 / step.of as f64;
            let left = number::seconds(seconds * (1.0 - fraction) / fraction.max(1e-9));
            let speed = number::short(tokens as f64 / seconds.max(1e-9));
            progress.at(
                fraction,
                "training",
                &format!("loss {:.3} · {speed} words/s · {left} left", loss / pairs),
            );
        }
        if before == Doing::Counting && training.doing() != Doing::Counting {
            let words = training.vocabulary().map_or(0, |vocabulary| vocabulary.seen());
            progress.say(&format!(
                "{} of text, {} of them kept",
                number::shortly(tokens, "word", "words"),
                number::count(words as u64)
            ));
            if let Some(epochs) = training.usual_epochs() {
                progress.say(&story::usual_epochs(epochs));
            }
            training.remarks().iter().for_each(|remark| progress.say(&format!("note: {remark}")));
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    let (epochs, drift) = (training.epochs(), pool.install(|| training.moved()));
    let vectors = training.finish()?;
    progress.end();
    drift.iter().for_each(|drift| out::tell(&drift.told()));
    let mean_cosine = evaluation::mean_cosine(vectors.view());
    mean_cosine.and_then(collapsed).iter().for_each(|told| out::tell(&format!("note: {told}")));
    match vectors.subwords {
        Some(_) if formats::has_binary_name(&args.out) => {
            fasttext::Model::of_vectors(&vectors, &args.out)?.save(&args.out)?;
        }
        _ => formats::save(&vectors, &args.out)?,
    }
    let report = Report {
        words: vectors.len(),
        tokens,
        epochs,
        mean_cosine,
        drift,
        seconds,
        tokens_per_second: tokens as f64 / seconds.max(1e-9),
        out: args.out,
    };
    let mut out = Out::new();
    if global.json {
        out.json(&report)?;
    } else {
        out.line(&format!(
            "{} in {} ({} words/s) to {}",
            number::counted(report.words as u64, "word", "words"),
            number::seconds(seconds),
            number::short(report.tokens_per_second),
            report.out.display()
        ))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The text at `path`, or that of one column of the table there; `-` is standard input.
///
/// # Errors
/// When it cannot be opened.
pub fn corpus(path: &Path, column: Option<&str>) -> Result<Arc<dyn Corpus>> {
    match path.as_os_str() == "-" {
        true => Ok(Arc::new(StandardInput::spool(column)?)),
        false => open(path, column),
    }
}

/// The text at `path`, or that of one column of the table there.
fn open(path: &Path, column: Option<&str>) -> Result<Arc<dyn Corpus>> {
    Ok(match column {
        Some(column) => Arc::new(Column::new(path, column)?),
        None => Arc::new(Files::new(vec![path.to_path_buf()])?),
    })
}

fn options(args: &Args) -> Result<Options> {
    let model = match args.model {
        ModelName::Skipgram => Model::SkipGram,
        ModelName::Cbow => Model::Cbow,
    };
    let from = args.from.as_ref().map(|file| Published {
        limit: args.limit,
        known_rate: args.known_rate,
        new_rate: args.new_rate,
        outputs_first: args.outputs_first,
        anchor: args.anchor,
        keep_others: !args.drop_others,
        ..Published::of(file)
    });
    if let Some(from) = &from {
        from.check().map_err(|(problem, remedy)| Error::request(problem, remedy))?;
    }
    let asked = pretraining::Pretraining {
        corpus: match &args.text {
            Some(column) => pretraining::Corpus::Table { file: args.corpus.clone(), column: column.clone() },
            None => pretraining::Corpus::File(args.corpus.clone()),
        },
        from,
        dim: args.dim,
        window: args.window,
        negatives: args.neg,
        epochs: args.epoch,
        sample: args.sample,
        min_count: args.min_count,
        learning_rate: args.lr,
        loss: match args.loss {
            LossName::Ns => pretraining::Loss::NegativeSampling,
            LossName::Hs => pretraining::Loss::HierarchicalSoftmax,
        },
        subwords: (args.maxn > 0).then_some(pretraining::Subwords {
            min: args.minn,
            max: args.maxn,
            buckets: args.bucket,
        }),
        phrases: args.phrases,
        phrase_threshold: args.phrase_threshold,
    };
    let start = Start::read(&asked, &Arc::default())?;
    Ok(Options::new(model, &asked, args.tokens, start))
}

/// Checks that a file can be written at `path`.
///
/// # Errors
/// When `path` is a folder, or its parent folder does not exist.
pub fn check_target(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Err(Error::input(path, Place::Whole, "this is a folder", "name a file to write"));
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(Error::input(folder, Place::Whole, "this folder does not exist", "create it first"))
        }
        _ => Ok(()),
    }
}

/// Standard input, copied to a temporary file, because a corpus is read several times.
struct StandardInput {
    text: Arc<dyn Corpus>,
    _file: Spool,
}

/// A temporary file that is removed when the value is dropped.
struct Spool {
    path: PathBuf,
}

impl StandardInput {
    fn spool(column: Option<&str>) -> Result<StandardInput> {
        let path = std::env::temp_dir().join(format!("warmstart-{}.txt", std::process::id()));
        let refused = |doing| move |e| Error::io(doing, "the copy of standard input", e);
        let opened = OpenOptions::new().write(true).create_new(true).open(&path);
        let mut file = opened.map_err(refused("create"))?;
        let spool = Spool { path };
        io::copy(&mut io::stdin().lock(), &mut file).map_err(refused("write"))?;
        Ok(StandardInput { text: open(&spool.path, column)?, _file: spool })
    }
}

impl Corpus for StandardInput {
    fn read(&self, sink: &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<()> {
        self.text.read(sink)
    }

    fn name(&self) -> String {
        "standard input".into()
    }

    fn remarks(&self) -> Vec<String> {
        self.text.remarks()
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // If the file cannot be removed, it stays in the system's temporary folder and does little harm.
        let _ = fs::remove_file(&self.path);
    }
}
