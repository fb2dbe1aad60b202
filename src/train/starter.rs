//! Makes a recipe for a file of labelled examples: it finds out what the file holds, and chooses defaults that suit its
//! size.

use std::path::{Path, PathBuf};

use crate::data::images::{self, Wanted};
use crate::data::labelled::{self, Texts};
use crate::data::table::Columns;
use crate::data::walk;
use crate::error::{Error, Place, Result, counted};
use crate::session::budget::Budget;
use crate::session::image_transfer::{ImageFiles, ImageSource, ImageTask, ImageTransfer, Layers};
use crate::session::keep::Keep;
use crate::session::method::{Baseline, DocumentVector, Method, Strategy};
use crate::session::pretraining::{Corpus, Pretraining};
use crate::session::recipe::{Recipe, Transfer};
use crate::session::text_transfer::{
    Head, RecurrentShape, ScratchVectors, TextFiles, TextSource, TextTask, TextTransfer,
};
use crate::session::training::{ClassWeight, TrainingOptions};
use crate::text::tokenise::for_each_token;

/// Up to this number of labels, the default head averages word vectors: a recurrent head learns too little from so few
/// labels, and its results differ too much from seed to seed.
const FEW: usize = 1_000;
/// Word vectors that are learned from a text with fewer words are of little use.
const LITTLE_TEXT: usize = 100_000;
/// For a text with fewer words, rarer words are kept and the vectors have fewer dimensions.
const SHORT_TEXT: usize = 1_000_000;
/// With more labels than this, the largest default budget is this number and not all labels.
const MANY: usize = 25_000;

/// What the user asks for. Empty lists and `None` stand for defaults.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The labelled examples: a file, a folder or an archive.
    pub data: PathBuf,
    /// A separate test set.
    pub test: Option<PathBuf>,
    /// The columns of text and label.
    pub columns: Columns,
    /// Unlabelled texts to learn word vectors from, beside those of the task.
    pub unlabelled: Vec<PathBuf>,
    /// A file of pre-trained word vectors.
    pub vectors: Option<PathBuf>,
    /// The weights of an image network; the examples are then images.
    pub weights: Option<PathBuf>,
    /// The label budgets.
    pub labels: Vec<Budget>,
    /// The number of paired repetitions.
    pub seeds: Option<u32>,
    /// The methods to compare.
    pub methods: Vec<Method>,
    /// How much the loss of an example counts, by its class.
    pub class_weight: ClassWeight,
}

/// A recipe, and a report for the user on what was found in the data and which defaults were chosen.
#[derive(Debug)]
pub struct Started {
    /// The recipe, with absolute paths.
    pub recipe: Recipe,
    /// The report: one sentence in each entry.
    pub told: Vec<String>,
}

/// Reads the examples and makes a recipe for them. `going` gets the number of examples that were read so far.
///
/// # Errors
/// When the examples cannot be read, or options do not fit together; also the errors of `going`.
pub fn start(wish: &Wish, going: &mut dyn FnMut(usize) -> Result<()>) -> Result<Started> {
    let texts_only = [
        (!wish.unlabelled.is_empty(), "--unlabelled"),
        (wish.vectors.is_some(), "--vectors"),
        (wish.columns.text.is_some(), "--text"),
    ];
    if let (Some(weights), Some((_, option))) = (&wish.weights, texts_only.iter().find(|(is, _)| *is)) {
        let problem = format!("{option} is for texts, and --weights for images");
        return Err(Error::request(
            problem,
            format!("leave out one: {option} or --weights {}", weights.display()),
        ));
    }
    match &wish.weights {
        Some(weights) => of_images(wish, weights, going),
        None => of_texts(wish, going),
    }
}

fn of_texts(wish: &Wish, going: &mut dyn FnMut(usize) -> Result<()>) -> Result<Started> {
    let task = TextTask::Files {
        train: TextFiles::One(absolute(&wish.data)?),
        validation: None,
        test: wish.test.as_deref().map(absolute).transpose()?.map(TextFiles::One),
        text: wish.columns.text.clone(),
        label: wish.columns.label.clone(),
        bodies: false,
    };
    let (train, test) = (TextFiles::One(wish.data.clone()), wish.test.clone().map(TextFiles::One));
    let form = Texts { columns: wish.columns.clone(), bodies: false };
    let seed = 1;
    let read = labelled::load_text(&train, None, test.as_ref(), &form, seed, going)
        .map_err(|error| perhaps_images(error, &wish.data))?;
    let mut told = read.read.clone();
    told.extend(read.remarks.iter().cloned());
    let mut words = 0;
    for document in &read.train {
        for_each_token(Default::default(), &document.text, |_| words += 1);
    }
    let pool = read.train.len();
    told.push(format!(
        "{} to train on, {} to test on, {} of text",
        counted(pool, "example", "examples"),
        read.tests.first().map_or(0, |(_, test)| test.len()),
        counted(words, "word", "words"),
    ));
    told.push(classes(&read.classes, read.train.iter().map(|document| document.label)));
    let labels = budgets(wish, pool, read.classes.len());
    let few = pool <= FEW;
    let source = match &wish.vectors {
        Some(file) => TextSource::Vectors { file: absolute(file)?, limit: None },
        None => {
            let and: Vec<PathBuf> =
                wish.unlabelled.iter().map(|file| absolute(file)).collect::<Result<_>>()?;
            if and.is_empty() && words < LITTLE_TEXT {
                told.push(
                    "the word vectors learn from these texts alone, which is little: ready vectors (--vectors) or more \
                     text (--unlabelled) will help more"
                        .into(),
                );
            }
            let short = and.is_empty() && words < SHORT_TEXT;
            let (dim, min_count) = if short { (50, 2) } else { (100, 5) };
            TextSource::SkipGram(Pretraining { dim, min_count, ..Pretraining::of(Corpus::Task { and }) })
        }
    };
    told.push(match &source {
        TextSource::Vectors { file, .. } => format!("source: the word vectors of {}", file.display()),
        _ if wish.unlabelled.is_empty() => {
            "source: skip-gram vectors of the task's own texts, without labels".into()
        }
        _ => "source: skip-gram vectors of the task's own texts and of the unlabelled ones".into(),
    });
    let shape = RecurrentShape { hidden: 64, bidirectional: true, ..RecurrentShape::default() };
    let head = if few { Head::Average } else { Head::Lstm(shape) };
    told.push(match few {
        true => "head: an average of the word vectors, because recurrent heads need more labels".into(),
        false => format!("head: {}", head.name()),
    });
    let methods = match &wish.methods[..] {
        [] => {
            let mut methods: Vec<Method> =
                [Strategy::Scratch, Strategy::Frozen, Strategy::FineTuned].map(Method::Strategy).to_vec();
            if !few {
                methods.push(DocumentVector::Mean.into());
            }
            methods.extend([Baseline::TfIdf, Baseline::Nbsvm, Baseline::Majority].map(Method::Baseline));
            methods
        }
        named => named.to_vec(),
    };
    let transfer = Transfer::Text(TextTransfer {
        source,
        task,
        tokens: Default::default(),
        head,
        max_tokens: None,
        dropout: 0.0,
        layer_dropout: Default::default(),
        scratch: ScratchVectors::default(),
        probe_words: Vec::new(),
        benchmarks: Default::default(),
    });
    let seeds = wish.seeds.unwrap_or(if few { 5 } else { 3 });
    Ok(Started { recipe: recipe(wish, seed, transfer, methods, labels, seeds), told })
}

fn of_images(wish: &Wish, weights: &Path, going: &mut dyn FnMut(usize) -> Result<()>) -> Result<Started> {
    let seed = 1;
    let read = images::load(
        &Wanted {
            train: &wish.data,
            validation: None,
            test: wish.test.as_deref(),
            only: &[],
            // Only the number of images matters here, so they are read small.
            bound: 32,
            seed,
        },
        going,
    )?;
    let mut told = read.read.clone();
    told.extend(read.remarks.iter().cloned());
    let pool = read.train.len();
    told.push(format!(
        "{} to train on, {} to test on",
        counted(pool, "image", "images"),
        read.tests.first().map_or(0, |(_, test)| test.len())
    ));
    told.push(classes(&read.classes, read.train.labels.iter().copied()));
    told.push(format!("source: the network of {}", weights.display()));
    let labels = budgets(wish, pool, read.classes.len());
    let methods = match &wish.methods[..] {
        [] => vec![
            Strategy::Frozen.into(),
            Strategy::FineTuned.into(),
            Baseline::Pixels.into(),
            Baseline::Majority.into(),
        ],
        named => named.to_vec(),
    };
    let files = ImageFiles {
        train: absolute(&wish.data)?,
        validation: None,
        test: wish.test.as_deref().map(absolute).transpose()?,
        only: Vec::new(),
        fit: None,
        light_on_dark: false,
    };
    let transfer = Transfer::Images(ImageTransfer {
        source: ImageSource::Network(absolute(weights)?),
        task: ImageTask::Files(files),
        head: Layers::default(),
        augmentation: Default::default(),
    });
    Ok(Started { recipe: recipe(wish, seed, transfer, methods, labels, wish.seeds.unwrap_or(3)), told })
}

fn recipe(
    wish: &Wish,
    seed: u64,
    transfer: Transfer,
    methods: Vec<Method>,
    labels: Vec<Budget>,
    seeds: u32,
) -> Recipe {
    let name = wish.data.file_name().unwrap_or(wish.data.as_os_str()).to_string_lossy();
    Recipe {
        title: format!("What does pre-training buy for {name}?"),
        seed,
        transfer,
        methods,
        labels,
        seeds,
        training: TrainingOptions { class_weight: wish.class_weight, ..TrainingOptions::default() },
        keep: Keep::default(),
        keep_words: Recipe::KEEP_WORDS,
        margin: Recipe::MARGIN,
    }
}

/// The label budgets: those that the user names, or defaults that suit a pool of `pool` examples.
fn budgets(wish: &Wish, pool: usize, classes: usize) -> Vec<Budget> {
    if !wish.labels.is_empty() {
        return wish.labels.clone();
    }
    // About five examples of each class, rounded up to a multiple of 50; at least 100.
    let least = (5 * classes).next_multiple_of(50).max(100);
    let mut budgets: Vec<Budget> = [least, 10 * least]
        .into_iter()
        .filter(|&budget| 3 * budget <= 2 * pool)
        .map(Budget::Labels)
        .collect();
    budgets.push(if pool > MANY { Budget::Labels(MANY) } else { Budget::All });
    budgets
}

/// A sentence that lists the classes with their sizes, the largest first.
fn classes(names: &[String], labels: impl Iterator<Item = u32>) -> String {
    const NAMED: usize = 8;
    let mut sizes = vec![0_usize; names.len()];
    labels.for_each(|label| sizes[label as usize] += 1);
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|&class| (std::cmp::Reverse(sizes[class]), class));
    let named = order.iter().take(NAMED).map(|&class| format!("{} ({})", names[class], sizes[class]));
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    let named: Vec<String> = named.collect();
    format!("{}: {}{more}", counted(names.len(), "class", "classes"), named.join(", "))
}

/// The error for data without texts: `error`, or another one if the data are images.
fn perhaps_images(error: Error, data: &Path) -> Error {
    let mut nothing = |_| Ok(());
    let wanted = Wanted { train: data, validation: None, test: None, only: &[], bound: 8, seed: 1 };
    // Only a folder or an archive can hold images. For any other file, `error` says what is wrong.
    let is_file = data.is_file() && !walk::is_archive(data).unwrap_or(false);
    if !is_file && images::load(&wanted, &mut nothing).is_ok() {
        let remedy = "name the weights of a pre-trained network with --weights";
        return Error::input(data, Place::Whole, "these are images", remedy);
    }
    error
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| Error::io("find", path, e))
}
