//! `label --texts`: asks for labels in lines of text, or prints the texts that are worth a label.
//!
//! A line of standard input is an answer: the number or the name of a class, `s` to skip, `u` to undo, `q` to end. So the
//! command works over a bad connection, and programs can answer. The workbench has a screen for the same.

use std::io::{BufRead, stdin};
use std::process::ExitCode;

use serde::Serialize;

use crate::cli::drive::Watched;
use crate::cli::global::Global;
use crate::cli::number;
use crate::cli::out::{self, Out};
use crate::data::columns::Columns;
use crate::error::{Error, Result, printable};
use crate::session::query_strategy::QueryStrategy;
use crate::train::labelling::frozen::FrozenModel;
use crate::train::labelling::labeller::{Files, Labeller};
use crate::train::labelling::parts::{From, Most};
use crate::train::protocol::labelling::{LabelView, Measured, labels_beside};
use crate::train::threads;
use crate::transfer::active_learning::learning::Choice;

use super::args::Args;
use super::source;

#[derive(Serialize)]
struct Report {
    /// The file of labels.
    labels: std::path::PathBuf,
    /// The classes, each with its number of labels.
    classes: Vec<(String, usize)>,
    given: usize,
    open: usize,
    accuracy: Option<f64>,
    next: Vec<Next>,
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct Next {
    text: String,
    chosen_by: QueryStrategy,
}

/// Reads the texts, and asks or prints.
///
/// # Errors
/// When texts or model cannot be read, or the file of labels cannot be written.
pub fn ask(args: &Args, global: &Global) -> Result<ExitCode> {
    let Some(texts) = args.texts.as_deref() else {
        return Err(Error::request("no texts to label", "name them with --texts"));
    };
    let labels = args.labels.clone().unwrap_or_else(|| labels_beside(texts));
    let seed = global.seed.unwrap_or(1);
    let strategy = args.strategy.first().copied().unwrap_or(QueryStrategy::Margin);
    let choice = Choice { strategy, random_every: args.random_every, seed };
    let most = Most { pool: args.pool.unwrap_or(usize::MAX), ..Most::ALL };
    let columns = Columns { text: args.text.clone(), label: args.label.clone() };
    let files = Files { texts, columns, labels: &labels };
    let (pool, mut watched) = (threads::pool(global.threads)?, Watched::new()?);
    let mut going = |doing: &str, fraction: f64| watched.going(doing, fraction);
    let mut begin = || match (&args.what, &args.vectors) {
        (Some(what), _) => {
            let ground = source::ground(what, args, global, &pool, &mut going)?;
            pool.install(|| Labeller::of_files(&files, From::Session(&ground), most, choice, &mut going))
        }
        (None, Some(path)) => {
            going("reading the model", 0.0)?;
            let model = pool.install(|| FrozenModel::open(path, None, Default::default()))?;
            let from = From::Model(&model, &args.classes);
            pool.install(|| Labeller::of_files(&files, from, most, choice, &mut going))
        }
        (None, None) => Err(Error::request("no model", "name a session, or a model with --vectors")),
    };
    let begun = begin();
    if let Some(code) = watched.end() {
        return Ok(code);
    }
    let mut labeller = begun?;
    // A signal ends the program from here on, as each label is on the disk before the next text is shown.
    drop(watched);
    pool.install(|| labeller.train());
    let mut view = labeller.view();
    view.remarks.iter().for_each(|remark| out::tell(remark));
    if let Some(count) = args.next {
        let next = labeller.next(count);
        return print_next(
            &labeller,
            &view,
            &next.iter().map(|query| (query.example, query.by)).collect::<Vec<_>>(),
            global,
        );
    }
    if global.json {
        return Err(Error::request(
            "answers are asked for in lines, not in JSON",
            "name how many texts to print with --next",
        ));
    }
    let mut lines = stdin().lock().lines();
    loop {
        show(&view)?;
        if view.query.is_none() {
            out::tell("no text is left");
            break;
        }
        // The end of the input ends the labelling.
        let Some(line) = lines.next().transpose().map_err(|e| Error::io("read", "standard input", e))? else {
            break;
        };
        match answer(&mut labeller, &view, line.trim()) {
            Ok(true) => {}
            Ok(false) => break,
            // The label was not taken. What the user has is in the file, so the labelling goes on.
            Err(error) => out::tell(&format!("warmstart: {error}")),
        }
        if labeller.query().is_none() {
            pool.install(|| labeller.train());
        }
        view = labeller.view();
    }
    let given = number::counted(view.given as u64, "label", "labels");
    out::tell(&format!("{given} in {}", labels.display()));
    Ok(ExitCode::SUCCESS)
}

/// Does what a line asks for. False if it ends the labelling.
fn answer(labeller: &mut Labeller, view: &LabelView, line: &str) -> Result<bool> {
    let Some(query) = &view.query else { return Ok(false) };
    let by_number = line.parse().ok().and_then(|number: usize| number.checked_sub(1));
    let class = view.classes.iter().position(|class| class == line);
    let class = class.or(by_number.filter(|&class| class < view.classes.len()));
    match (class, line) {
        (Some(class), _) => {
            labeller.give(query.example, class)?;
            told(labeller, view, class);
        }
        (None, "q") => return Ok(false),
        (None, "s") => drop(labeller.skip(query.example)),
        (None, "u") => {
            if !labeller.undo()? {
                out::tell("nothing to undo");
            }
        }
        (None, _) => {
            out::tell("answer with the number or the name of a class, s to skip, u to undo, q to end")
        }
    }
    Ok(true)
}

/// Says what the model thought of the text that was answered.
fn told(labeller: &Labeller, view: &LabelView, class: usize) {
    let opinion = labeller.view().last.map_or(Vec::new(), |last| last.opinion);
    let best = (0..opinion.len()).max_by(|&a, &b| opinion[a].total_cmp(&opinion[b]));
    if let Some(best) = best {
        let agrees = if best == class { "agrees" } else { "thought otherwise" };
        let p = number::percent(f64::from(opinion[best]));
        out::tell(&format!("the model {agrees}: {} with {p} %", view.classes[best]));
    }
}

/// Prints how far the labelling is, the text, and the classes.
fn show(view: &LabelView) -> Result<()> {
    let mut out = Out::new();
    let accuracy = match (view.curve.last(), view.measured) {
        (Some(point), Measured::Validation(count)) => {
            format!(" · accuracy {} % on {count} validation texts", number::percent(point.accuracy))
        }
        (Some(point), Measured::RandomLabels(count)) => {
            format!(" · accuracy {} % on {count} random texts", number::percent(point.accuracy))
        }
        (None, _) => String::new(),
    };
    out.line(&format!("{}{accuracy}", number::counted((view.given + view.known) as u64, "label", "labels")))?;
    if let Some(query) = &view.query {
        out.line("")?;
        for line in query.text.lines() {
            out.line(&format!("  {line}"))?;
        }
        out.line("")?;
        let classes =
            view.classes.iter().enumerate().map(|(i, class)| format!("{} {}", i + 1, printable(class)));
        out.line(&format!("{} · s skip · u undo · q end", classes.collect::<Vec<_>>().join(" · ")))?;
    }
    out.finish()
}

/// Prints the next texts.
fn print_next(
    labeller: &Labeller,
    view: &LabelView,
    next: &[(u32, QueryStrategy)],
    global: &Global,
) -> Result<ExitCode> {
    let texts = &labeller.parts().texts;
    let mut out = Out::new();
    if global.json {
        let next =
            next.iter().map(|&(example, by)| Next { text: texts[example as usize].clone(), chosen_by: by });
        out.json(&Report {
            labels: view.file.clone().unwrap_or_default(),
            classes: view.classes.iter().cloned().zip(view.counts.iter().copied()).collect(),
            given: view.given,
            open: view.open,
            accuracy: view.curve.last().map(|point| point.accuracy),
            next: next.collect(),
            remarks: view.remarks.clone(),
        })?;
    } else {
        for &(example, _) in next {
            let text: Vec<&str> = texts[example as usize].split_whitespace().collect();
            out.line(&text.join(" "))?;
        }
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}
