//! `test`: evaluates a trained model on labelled examples.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rayon::prelude::*;
use serde::Serialize;

use crate::data::images;
use crate::data::labelled::{self, Texts as TextFormat};
use crate::data::table::Columns;
use crate::error::{Error, Result, counted, decimal, printable};
use crate::files;
use crate::models::image_network::Workspace;
use crate::session::metric::Metric;
use crate::train::threads;
use crate::transfer::predictor::images::ImagePredictor;
use crate::transfer::statistics::evaluated::{Estimate, Evaluated, Judged, evaluate};

use super::global::Global;
use super::number;
use super::out::{self, Out};
use super::progress::Progress;
use super::table::Table;
use super::trained::{self, Model, ModelArgs, Texts};

/// Texts or images per chunk. A thread classifies one chunk at a time.
const CHUNK: usize = 64;
/// The most classes for which the confusion matrix is printed.
const MOST_CLASSES: usize = 12;

/// What `test` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub model: ModelArgs,
    /// Labelled texts (CSV, TSV, JSON lines, Parquet, `label text` lines) or images, or a folder or archive with a
    /// folder for each class. If the data has parts, the test part is used
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    /// The column with the text
    #[arg(long, value_name = "COLUMN")]
    pub text: Option<String>,
    /// The column with the label
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
    /// Write the mistakes to this file (.csv), the most confident first
    #[arg(long, value_name = "FILE")]
    pub mistakes: Option<PathBuf>,
}

/// The examples with the model's predictions.
struct Tested {
    /// The classes of the model, then the classes that only the data has.
    classes: Vec<String>,
    /// The classes that only the data has.
    lacking: Vec<String>,
    /// The text of each example, or the name of its file.
    names: Vec<String>,
    judged: Vec<Judged>,
    /// Notes on what was read.
    told: Vec<String>,
}

#[derive(Serialize)]
struct Report {
    data: PathBuf,
    /// The classes that only the data has. Their examples count as wrong.
    classes_unknown_to_the_model: Vec<String>,
    #[serde(flatten)]
    figures: Evaluated,
}

/// Tests a model.
///
/// # Errors
/// When the model or the data cannot be read, or one has texts and the other images.
pub fn test(args: Args, global: &Global) -> Result<ExitCode> {
    let pool = threads::pool(global.threads)?;
    let mut progress = Progress::new();
    let tested = match trained::open(&args.model, global)? {
        Model::Texts(model) => pool.install(|| texts(&args, &model, &mut progress))?,
        Model::Images(model) => pool.install(|| images(&args, &model, &mut progress))?,
    };
    progress.end();
    let seed = global.seed.unwrap_or(1);
    let Some(figures) = pool.install(|| evaluate(&tested.judged, &tested.classes, seed)) else {
        return Err(Error::request("there is no example to test on", "name labelled data with --data"));
    };
    if let Some(path) = &args.mistakes {
        let count = write_mistakes(path, &tested)?;
        out::tell(&format!("{}: {}", path.display(), counted(count, "mistake", "mistakes")));
    }
    let mut out = Out::new();
    if global.json {
        let (data, classes_unknown_to_the_model) = (args.data, tested.lacking);
        out.json(&Report { data, classes_unknown_to_the_model, figures })?;
    } else {
        tested.told.iter().for_each(|told| out::tell(told));
        out.lines(&lines(&figures, &tested.lacking))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn texts(args: &Args, model: &Texts, progress: &mut Progress) -> Result<Tested> {
    let columns = Columns { text: args.text.clone(), label: args.label.clone() };
    let format = TextFormat { columns, bodies: false };
    let mut going = |read: usize| {
        progress.at(0.0, "reading", &number::counted(read as u64, "text", "texts"));
        Ok(())
    };
    let read = labelled::gather_test(&args.data, &format, &mut going)?;
    // fastText puts a prefix before its labels. Readers of its files remove it, so it is removed here too.
    let bare = |class: String| class.strip_prefix("__label__").map_or(class.clone(), String::from);
    let known: Vec<String> = model.classes().into_iter().map(bare).collect();
    let (classes, lacking, place) = aligned(&known, &read.classes);
    let texts: Vec<&str> = read.documents.iter().map(|document| &document.text[..]).collect();
    let mut judged = Vec::with_capacity(texts.len());
    for (at, many) in texts.chunks(CHUNK * 64).enumerate() {
        progress.at((at * CHUNK * 64) as f64 / texts.len() as f64, "classifying", "");
        let rows: Vec<Vec<Vec<f32>>> = many
            .par_chunks(CHUNK)
            .map_init(Default::default, |workspace, texts| model.probabilities(texts, workspace))
            .collect();
        judged.extend(rows.into_iter().flatten());
    }
    let judged = judged.into_iter().zip(&read.documents);
    let judged = judged
        .map(|(probabilities, document)| Judged { truth: place[document.label as usize], probabilities })
        .collect();
    let names = texts.iter().map(|text| text.to_string()).collect();
    Ok(Tested { classes, lacking, names, judged, told: read.read.into_iter().chain(read.remarks).collect() })
}

fn images(args: &Args, model: &ImagePredictor, progress: &mut Progress) -> Result<Tested> {
    if args.text.is_some() || args.label.is_some() {
        let problem = "this model sees images, and --text and --label name columns of texts";
        return Err(Error::request(problem, "leave them out"));
    }
    let mut going = |read: usize| {
        progress.at(0.0, "reading", &number::counted(read as u64, "image", "images"));
        Ok(())
    };
    let (own, part) = images::load_test(&args.data, model.preparation.bound(), &mut going)?;
    let (classes, lacking, place) = aligned(&model.classes, &own);
    let mut judged = Vec::with_capacity(part.images.len());
    for (at, many) in part.images.chunks(CHUNK).enumerate() {
        progress.at((at * CHUNK) as f64 / part.images.len() as f64, "classifying", "");
        let of = |workspace: &mut Workspace<f32>, image| model.probabilities(image, workspace);
        judged.extend(many.par_iter().map_init(Default::default, of).collect::<Vec<_>>());
    }
    let judged = judged.into_iter().zip(&part.labels);
    let judged = judged
        .map(|(probabilities, &label)| Judged { truth: place[label as usize], probabilities })
        .collect();
    Ok(Tested { classes, lacking, names: part.names, judged, told: Vec::new() })
}

/// The classes of model and data together; the classes that only the data has; and the index of each class of the
/// data.
fn aligned(known: &[String], data: &[String]) -> (Vec<String>, Vec<String>, Vec<usize>) {
    let mut classes = known.to_vec();
    let lacking: Vec<String> = data.iter().filter(|class| !known.contains(class)).cloned().collect();
    classes.extend(lacking.iter().cloned());
    let place = |class: &String| classes.iter().position(|own| own == class).unwrap_or_default();
    let place = data.iter().map(place).collect();
    (classes, lacking, place)
}

/// Writes the wrong predictions, the most confident first.
fn write_mistakes(path: &Path, tested: &Tested) -> Result<usize> {
    let mut wrong: Vec<(usize, usize, f32)> = (tested.judged.iter().enumerate())
        .map(|(at, example)| (at, example.guess().0, example.guess().1))
        .filter(|&(at, guess, _)| tested.judged[at].truth != guess)
        .collect();
    wrong.sort_by(|a, b| b.2.total_cmp(&a.2));
    files::save_packed(path, |file| {
        let mut to = csv::Writer::from_writer(file);
        to.write_record(["example", "label", "prediction", "probability", "probability_of_label"])?;
        for &(at, guess, probability) in &wrong {
            let example = &tested.judged[at];
            let of_label = example.probabilities.get(example.truth).map_or(String::new(), f32::to_string);
            let (label, guess) = (&tested.classes[example.truth], &tested.classes[guess]);
            to.write_record([&tested.names[at], label, guess, &probability.to_string(), &of_label])?;
        }
        to.flush()
    })?;
    Ok(wrong.len())
}

/// The figures as text.
fn lines(figures: &Evaluated, lacking: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut table = Table::new(&["", ">value", "95 % interval"]);
    let mut estimate = |name: &str, of: &Estimate, show: &dyn Fn(f64) -> String| {
        table.row([name.into(), show(of.value), format!("{} to {}", show(of.low), show(of.high))]);
    };
    estimate("accuracy, %", &figures.accuracy, &number::percent);
    for metric in Metric::FURTHER {
        let Some(of) = figures.metrics.get(metric.id()) else { continue };
        match metric.is_fraction() {
            true => estimate(&format!("{}, %", metric.name()), of, &number::percent),
            false => estimate(metric.name(), of, &|x| decimal(x, 3)),
        }
    }
    if let Some(loss) = figures.log_loss {
        table.row(["log loss".into(), format!("{loss:.4}"), String::new()]);
    }
    let error = format!("{:.4}", figures.expected_calibration_error);
    table.row(["expected calibration error".into(), error, String::new()]);
    lines.push(format!(
        "{} were tested. The intervals are over these examples, for this one training.",
        number::counted(figures.examples, "example", "examples")
    ));
    if !lacking.is_empty() {
        let names: Vec<String> = lacking.iter().map(|class| printable(class)).collect();
        lines.push(format!(
            "The model does not know these classes of the data, and all their examples count as wrong: {}.",
            names.join(", ")
        ));
    }
    lines.push(String::new());
    lines.extend(table.lines());
    lines.push(String::new());
    let share = |of: Option<f64>| of.map_or("–".to_string(), number::percent);
    let mut table = Table::new(&["class", ">precision", ">recall", ">F1", ">examples"]);
    for class in &figures.classes {
        table.row([
            class.class.clone(),
            share(class.precision),
            share(class.recall),
            share(class.f1),
            number::count(class.support),
        ]);
    }
    lines.extend(table.lines());
    if figures.classes.len() <= MOST_CLASSES {
        lines.extend([
            String::new(),
            "Confusion matrix: a row for each true class, a column for each prediction.".into(),
        ]);
        let heads: Vec<String> = std::iter::once(String::new())
            .chain(figures.classes.iter().map(|class| format!(">{}", class.class)))
            .collect();
        let mut table = Table::new(&heads);
        for (class, row) in figures.classes.iter().zip(&figures.confusion) {
            table.row(std::iter::once(class.class.clone()).chain(row.iter().map(|&n| number::count(n))));
        }
        lines.extend(table.lines());
    }
    lines.extend([String::new(), "Reliability: where the model says p, how often is it right?".into()]);
    let mut table = Table::new(&["probability", ">examples", ">mean p, %", ">right, %"]);
    for bin in &figures.reliability {
        table.row([
            format!("{:.2} to {:.2}", bin.from, bin.to),
            number::count(bin.examples),
            number::percent(bin.confidence),
            number::percent(bin.accuracy),
        ]);
    }
    lines.extend(table.lines());
    lines.extend([
        String::new(),
        "Coverage: if the model gives only its most confident answers, how often is it right?".into(),
    ]);
    let mut table = Table::new(&[">answered, %", ">p from", ">examples", ">right, %"]);
    for row in &figures.coverage {
        table.row([
            number::percent(row.fraction),
            format!("{:.3}", row.threshold),
            number::count(row.examples),
            number::percent(row.accuracy),
        ]);
    }
    lines.extend(table.lines());
    lines
}
