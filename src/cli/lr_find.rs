//! `lr-find`: suggests a learning rate by a learning-rate range test.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use crate::error::{Error, Place, Result};
use crate::session::budget::Budget;
use crate::session::method::{Method, Strategy};
use crate::session::recipe::Recipe;
use crate::train::ground::Ground;
use crate::train::lr_finder::{self, Tested};
use crate::train::protocol::command::LrTarget;
use crate::train::protocol::curve::{Curve, Sweep};
use crate::train::threads;

use super::drive::Watched;
use super::global::Global;
use super::out::Out;
use super::table::Table;
use super::{method_name, number, recipes, sessions};

/// Columns and rows of the curve on the terminal.
const WIDTH: usize = 64;
const HEIGHT: usize = 8;
/// The most rows of the table.
const ROWS: usize = 25;

/// What `lr-find` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A recipe, or a session. With a session, its pre-trained source is used
    pub recipe: PathBuf,
    /// Test this method of the comparison; can be given several times [default if no source is tested: all methods of the
    /// recipe that have a learning rate]
    #[arg(long, value_name = "METHOD", value_parser = method)]
    pub method: Vec<Method>,
    /// The label budget of the methods: a number, or `all` [default: the recipe's smallest budget]
    #[arg(long, value_name = "N")]
    pub labels: Option<Budget>,
    /// Test the pre-training of the source. This is the default without --method and --labels, if the recipe trains a source
    #[arg(long)]
    pub source: bool,
    /// The first learning rate
    #[arg(long, value_name = "RATE", default_value_t = 1e-7)]
    pub from: f64,
    /// The last learning rate
    #[arg(long, value_name = "RATE", default_value_t = 10.0)]
    pub to: f64,
    /// Number of updates, each at its own learning rate
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    pub updates: u32,
}

/// Parses a method that is trained by gradient descent.
fn method(text: &str) -> std::result::Result<Method, String> {
    let stepped = |method: &Method| method.strategy().is_some_and(|strategy| strategy != Strategy::ZeroShot);
    method_name::parse(text, stepped)
}

#[derive(Serialize)]
struct Report {
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    of: String,
    optimizer: String,
    /// The learning rate of the recipe.
    learning_rate: f32,
    /// Suggested learning rates; null if the loss does not fall.
    steepest: Option<f64>,
    tenth_of_least: Option<f64>,
    ended: &'static str,
    points: Vec<Point>,
}

#[derive(Serialize)]
struct Point {
    learning_rate: f64,
    loss: f64,
    smoothed: f64,
}

/// Tests learning rates.
///
/// # Errors
/// When the recipe or the data cannot be used, or nothing in the recipe has a learning rate.
pub fn lr_find(args: Args, global: &Global) -> Result<ExitCode> {
    let sweep = Sweep { from: args.from, to: args.to, updates: args.updates as usize };
    if !(sweep.from > 0.0 && sweep.from < sweep.to && sweep.to.is_finite()) {
        let problem = format!("learning rates from {} to {}", args.from, args.to);
        return Err(Error::request(problem, "--from must be above 0, and --to larger than --from"));
    }
    let (mut recipe, kept) = find(&args.recipe, global)?;
    recipe.seed = global.seed.unwrap_or(recipe.seed);
    let (wanted, named) = wanted(&args, &recipe);
    let (pool, mut watched) = (threads::pool(global.threads)?, Watched::new()?);
    let mut going = |doing: &str, fraction: f64| watched.going(doing, fraction);
    let mut tests = Vec::new();
    let mut work = || -> Result<()> {
        let mut ground = None;
        for &of in &wanted {
            let tested = match of {
                LrTarget::Source => lr_finder::source(&recipe, sweep.updates, &pool, &mut going),
                LrTarget::Method(..) => {
                    let ground = match &mut ground {
                        Some(ground) => ground,
                        None => ground.insert(Ground::read(&recipe, kept.as_deref(), &pool, &mut going)?),
                    };
                    ground.tested(of, sweep.updates)
                }
            };
            let mut tested = match tested {
                // If the user named no methods, those without a learning rate are skipped.
                Err(Error::Request { .. }) if !named && wanted.len() > 1 => continue,
                other => other?,
            };
            let about = format!("trying learning rates: {of}");
            let curve = lr_finder::test(&mut *tested, sweep, &pool, &mut |curve| {
                going(&about, curve.samples.len() as f64 / sweep.updates as f64)
            })?;
            tests.push((of, tested, curve));
        }
        Ok(())
    };
    let worked = work();
    if let Some(code) = watched.end() {
        return Ok(code);
    }
    worked?;
    if tests.is_empty() {
        let remedy = "scratch, fine-tuned, gradual and LP-FT have one";
        return Err(Error::request("nothing in this recipe has a learning rate", remedy));
    }
    print(&tests, global)?;
    Ok(ExitCode::SUCCESS)
}

/// The recipe, and the session's folder if `wish` names a session. A recipe comes before a session of the same name.
fn find(wish: &Path, global: &Global) -> Result<(Recipe, Option<PathBuf>)> {
    let found = match recipes::find(wish) {
        Ok((recipe, _)) => return Ok((recipe, None)),
        Err(error) if wish.is_file() => return Err(error),
        Err(_) => sessions::find(wish, &global.sessions)?,
    };
    let recipe = sessions::history(&found)?.recipe.ok_or_else(|| {
        Error::input(&found.folder, Place::Whole, "the log of this session has no recipe", "name a recipe")
    })?;
    Ok((*recipe, Some(found.folder)))
}

/// The targets to test, and whether the user named methods.
fn wanted(args: &Args, recipe: &Recipe) -> (Vec<LrTarget>, bool) {
    let smallest = recipe.labels.iter().min().copied().unwrap_or(Budget::All);
    let budget = args.labels.unwrap_or(smallest);
    let mut wanted = Vec::new();
    if args.source || args.method.is_empty() && args.labels.is_none() && recipe.trains_source() {
        wanted.push(LrTarget::Source);
    }
    wanted.extend(args.method.iter().map(|&method| LrTarget::Method(method, budget)));
    let named = !wanted.is_empty();
    if !named {
        let strategies = recipe.strategies().filter(|&strategy| strategy != Strategy::ZeroShot);
        wanted.extend(strategies.map(|strategy| LrTarget::Method(strategy.into(), budget)));
    }
    (wanted, named)
}

type Done = (LrTarget, Box<dyn Tested>, Curve);

fn print(tests: &[Done], global: &Global) -> Result<()> {
    let mut out = Out::new();
    if global.json {
        let tests = tests.iter().map(|(of, tested, curve)| Test {
            of: of.to_string(),
            optimizer: tested.optimizer(),
            learning_rate: tested.own_learning_rate(),
            steepest: curve.steepest(),
            tenth_of_least: curve.tenth(),
            ended: curve.end.map_or("", |end| end.name()),
            points: (curve.samples.iter())
                .map(|sample| Point {
                    learning_rate: sample.learning_rate,
                    loss: sample.loss,
                    smoothed: sample.smoothed,
                })
                .collect(),
        });
        out.json(&Report { tests: tests.collect() })?;
        return out.finish();
    }
    for (place, (of, tested, curve)) in tests.iter().enumerate() {
        if place > 0 {
            out.line("")?;
        }
        out.line(&format!("{of}: {}", tested.optimizer()))?;
        out.line("")?;
        out.lines(&drawn(curve))?;
        out.line("")?;
        out.lines(&table(curve))?;
        out.line("")?;
        out.lines(&advice(curve, tested.own_learning_rate()))?;
    }
    out.finish()
}

/// The smoothed curve in block characters. The x axis is the logarithm of the learning rate.
fn drawn(curve: &Curve) -> Vec<String> {
    let samples = &curve.samples;
    let Some(first) = samples.first() else { return Vec::new() };
    let least = samples.iter().map(|sample| sample.smoothed).fold(f64::INFINITY, f64::min);
    let highest = samples.iter().map(|sample| sample.smoothed).fold(f64::NEG_INFINITY, f64::max);
    // A loss far above the start would flatten the interesting part of the curve, so the y axis is cut there.
    let top = highest.min(first.smoothed + 0.25 * (first.smoothed - least).max(0.1 * first.smoothed.abs()));
    let (span, columns) = ((top - least).max(1e-12), WIDTH.min(samples.len()));
    let heights: Vec<usize> = (0..columns)
        .map(|column| {
            let from = column * samples.len() / columns;
            let to = ((column + 1) * samples.len() / columns).max(from + 1);
            let mean =
                samples[from..to].iter().map(|sample| sample.smoothed).sum::<f64>() / (to - from) as f64;
            let fraction = ((mean - least) / span).clamp(0.0, 1.0);
            1 + (fraction * (HEIGHT * 8 - 1) as f64).round() as usize
        })
        .collect();
    let mut lines: Vec<String> = (0..HEIGHT)
        .map(|row| {
            let label = match row {
                0 => loss(top),
                row if row + 1 == HEIGHT => loss(least),
                _ => String::new(),
            };
            let floor = (HEIGHT - 1 - row) * 8;
            let cell = |&height: &usize| {
                let eighths = height.saturating_sub(floor).min(8);
                [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][eighths]
            };
            format!("  {label:>8} {}", heights.iter().map(cell).collect::<String>().trim_end())
        })
        .collect();
    let last = samples.last().map_or(0.0, |sample| sample.learning_rate);
    let (from, to) = (learning_rate(first.learning_rate), learning_rate(last));
    let space = " ".repeat(columns.saturating_sub(from.len() + to.len()).max(1));
    lines.push(format!("  {:>8} {from}{space}{to}", "lr"));
    lines
}

/// The curve as a table of at most [`ROWS`] rows.
fn table(curve: &Curve) -> Vec<String> {
    let mut table = Table::new(&[">learning rate", ">loss", ">smoothed"]);
    let every = curve.samples.len().div_ceil(ROWS).max(1);
    let last = curve.samples.len().saturating_sub(1);
    for (place, sample) in curve.samples.iter().enumerate() {
        if (last - place).is_multiple_of(every) {
            table.row([learning_rate(sample.learning_rate), loss(sample.loss), loss(sample.smoothed)]);
        }
    }
    table.lines()
}

/// Sentences that say what the curve suggests.
fn advice(curve: &Curve, own: f32) -> Vec<String> {
    let mut ended = curve.end.map_or(String::new(), |end| format!("The test ended: {}.", end.name()));
    if curve.still_falls() {
        ended.push_str(" The loss was still falling at the end: try a larger `--to`.");
    }
    let own = format!("The recipe's own learning rate is {}.", learning_rate(f64::from(own)));
    match (curve.steepest(), curve.tenth()) {
        (Some(steepest), Some(tenth)) => vec![
            ended,
            format!(
                "The loss falls fastest at {}. One tenth of the learning rate with the lowest loss is {}.",
                learning_rate(steepest),
                learning_rate(tenth)
            ),
            own,
        ],
        _ => vec![ended, "The loss does not fall at any learning rate, so none is suggested.".into(), own],
    }
}

/// A learning rate with three digits.
fn learning_rate(learning_rate: f64) -> String {
    number::small(learning_rate)
}

fn loss(loss: f64) -> String {
    if loss.abs() < 1000.0 { format!("{loss:.4}") } else { format!("{loss:.3e}") }
}
