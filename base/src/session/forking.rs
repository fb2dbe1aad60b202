//! Which states of runs a session keeps, and the recipe of a session that begins from one of them with some settings changed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result, printable};

use super::budget::Budget;
use super::checkpoint;
use super::fork::Fork;
use super::history::{History, RunHistory};
use super::image_transfer::ImageSource;
use super::method::{Method, Strategy};
use super::recipe::{Recipe, Transfer};
use super::source_name::SourceName;
use super::text_source::TextSource;
use super::training::Schedule;

/// Checks that fail: the problem and the remedy.
type Checked<T> = std::result::Result<T, (String, String)>;
/// What is wrong, as a sentence.
type Read<T> = std::result::Result<T, String>;

/// A state of a run that its session keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptState {
    /// The number of updates before it.
    pub step: u64,
    /// Whether the run had ended: it has the parameters that are kept, and no optimizer.
    pub ended: bool,
    /// The file with what is no tensor.
    pub path: PathBuf,
}

/// What a fork changes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// The learning rate.
    pub rate: Option<f32>,
    /// How it changes over the planned steps.
    pub schedule: Option<Schedule>,
    /// The strategy.
    pub strategy: Option<Strategy>,
    /// The dropout of the head.
    pub dropout: Option<f32>,
    /// The label budget.
    pub labels: Option<Budget>,
    /// The largest number of epochs.
    pub epochs: Option<usize>,
    /// The layer groups to freeze.
    pub freeze: Vec<String>,
}

/// The states that the session in `folder` keeps of a run, by their steps.
pub fn states(folder: &Path, run: &RunHistory) -> Vec<KeptState> {
    let number = run.start.run;
    let last = checkpoint::list(folder, &format!("run-{number}"));
    let state = |ended: bool| move |(step, path)| KeptState { step, ended, path };
    let mut all: Vec<KeptState> = last.into_iter().map(state(run.end.is_some())).collect();
    all.extend(checkpoint::list(folder, &format!("state-{number}")).into_iter().map(state(false)));
    all.sort_by_key(|state| (state.step, state.ended));
    all
}

/// The state nearest to a step. Of two that are equally near, the earlier one; of two of one step, the one that training can
/// go on from.
pub fn nearest(states: &[KeptState], step: u64) -> Option<&KeptState> {
    states.iter().min_by_key(|state| (state.step.abs_diff(step), state.step, state.ended))
}

impl KeptState {
    /// The hash of its tensors.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn hash(&self) -> std::io::Result<String> {
        Ok(format!("{:08x}", crc32fast::hash(&fs::read(self.path.with_extension("safetensors"))?)))
    }
}

impl Fork {
    /// The run in the other session's history.
    pub fn run<'h>(&self, history: &'h History) -> Option<&'h RunHistory> {
        history.runs.iter().find(|run| {
            let start = &run.start;
            let source = self.source.is_none() || start.source == self.source;
            (start.method, start.budget, start.seed + 1) == (self.method, self.labels, self.seed) && source
        })
    }
}

/// The recipe of a session that forks the run number `run` of the session in `folder`, at the kept state nearest to `step`, or at the
/// last one; and the step of that state.
///
/// # Errors
/// When there is no such session, run or state, or the run cannot be forked so.
pub fn fork(folder: &Path, run: usize, step: Option<u64>, changes: &Changes) -> Result<(Recipe, u64)> {
    let folder = folder.canonicalize().map_err(|e| Error::io("find", folder, e))?;
    let wrong = |(problem, remedy): (String, String)| Error::input(&folder, Place::Whole, problem, remedy);
    let history = History::read(&folder)?;
    let last = history.runs.len().saturating_sub(1);
    let run = history
        .run(run)
        .ok_or_else(|| wrong((format!("there is no run {run}"), format!("they go from 0 to {last}"))))?;
    let states = states(&folder, run);
    let state = nearest(&states, step.unwrap_or(u64::MAX)).ok_or_else(|| {
        let problem = format!("it keeps no state of {}", history.name_of(run));
        wrong((problem, "run its recipe again; `states: 8` keeps eight states of each run".into()))
    })?;
    let recipe = child(&history, &folder, run, state, changes).map_err(wrong)?;
    Ok((recipe.checked(&folder)?, state.step))
}

/// The recipe of a session that forks the run `run` of the session in `folder` at `state`.
///
/// # Errors
/// When the run cannot be forked so; the problem and the remedy.
fn child(
    history: &History,
    folder: &Path,
    run: &RunHistory,
    state: &KeptState,
    changes: &Changes,
) -> Checked<Recipe> {
    let wrong = |problem: String, remedy: &str| Err((problem, remedy.to_string()));
    let Some(recipe) = history.recipe.as_deref() else {
        return wrong("the log of the session names no recipe".into(), "run its recipe again");
    };
    let start = &run.start;
    if recipe.tune.is_some() {
        return wrong("the session tunes its runs".into(), "fork a session whose recipe has their settings");
    }
    if !start.descends() {
        let problem = format!("{} is solved at once", history.name_of(run));
        return wrong(problem, "only what is trained by gradient descent can be forked");
    }
    let hash = state.hash().map_err(|error| {
        (
            format!("the state {} cannot be read: {error}", state.path.display()),
            "fork another one".to_string(),
        )
    })?;
    let source = start.source.clone();
    let names = recipe.source_names();
    let place = recipe.source_place(source.as_ref());
    let mut child = recipe.with_source(&names[place]);
    take_source(&mut child, folder, (names.len() > 1).then(|| names[place].clone()));
    let method = changes.strategy.map_or(start.method, Method::from);
    let labels = changes.labels.unwrap_or(start.budget);
    child.title = format!("{} · {} from step {}", recipe.title, history.name_of(run), state.step);
    (child.methods, child.labels, child.tune) = (vec![method], vec![labels], None);
    let training = &mut child.training;
    training.learning_rate = changes.rate.or(training.learning_rate);
    training.schedule = changes.schedule.unwrap_or(training.schedule);
    training.epochs = changes.epochs.or(training.epochs);
    if let Some(dropout) = changes.dropout {
        match child.text_mut() {
            Some(text) => text.dropout = dropout,
            None => return wrong("`dropout` of images".into(), "image networks have their own"),
        }
    }
    changes.check(history, run)?;
    let frozen = changes.frozen();
    let continues = !state.ended && (method, labels) == (start.method, start.budget);
    if let Some(epochs) = changes.epochs.filter(|_| continues) {
        let updates = start.labels.saturating_sub(start.validation).div_ceil(start.batch.max(1)).max(1);
        if state.step >= updates as u64 * epochs as u64 {
            let problem = format!("step {} is after {epochs} epochs of {updates} updates", state.step);
            return wrong(problem, "give more epochs, or an earlier step");
        }
    }
    child.fork = Some(Fork {
        session: folder.to_path_buf(),
        method: start.method,
        source: source.filter(|_| names.len() > 1),
        labels: start.budget,
        seed: start.seed + 1,
        step: state.step,
        hash,
        continues,
        own_rate: changes.rate.is_some(),
        frozen,
    });
    child.check()?;
    Ok(child)
}

/// Takes what was made in the session in `folder` from there: it is not made again.
fn take_source(recipe: &mut Recipe, folder: &Path, name: Option<SourceName>) {
    let mut path = folder.to_path_buf();
    if let Some(name) = name {
        let mut text = path.into_os_string();
        text.push(format!(":{name}"));
        path = text.into();
    }
    match &mut recipe.transfer {
        Transfer::Text(text) => {
            let made = text.source().is_made()
                || matches!(text.source(), TextSource::Session(_) | TextSource::Run(_));
            if made {
                (text.source, text.sources) = (Some(TextSource::Session(path)), Default::default());
            }
        }
        Transfer::Images(images) => {
            let made = images.source().is_trained()
                || matches!(images.source(), ImageSource::Session(_) | ImageSource::Run(_));
            if made {
                (images.source, images.sources) = (Some(ImageSource::Session(path)), Default::default());
            }
        }
    }
}

impl Changes {
    /// The layer groups to freeze, as runs name them.
    fn frozen(&self) -> Vec<String> {
        self.freeze.iter().map(|group| group.trim().to_lowercase()).collect()
    }

    /// Checks that the session has so many labels, and that the run has the layer groups.
    ///
    /// # Errors
    /// The problem and the remedy.
    pub fn check(&self, history: &History, run: &RunHistory) -> Checked<()> {
        let start = &run.start;
        if let (Some(Budget::Labels(labels)), Some(data)) = (self.labels, &history.data)
            && labels > data.train
        {
            let problem = format!("{labels} labels are more than the {} of the training part", data.train);
            return Err((problem, "give fewer, or `labels all`".into()));
        }
        // Another method may have other groups; the run itself refuses what it lacks.
        let same = self.strategy.is_none_or(|strategy| start.method == Method::from(strategy));
        if let Some(group) = self.frozen().iter().find(|group| same && !start.groups.contains(group)) {
            let known = if start.groups.is_empty() { "none".into() } else { start.groups.join(", ") };
            let problem = format!("there is no layer group \"{group}\" to freeze");
            return Err((problem, format!("{} has {known}", history.name_of(run))));
        }
        Ok(())
    }

    /// Reads what a user types: `learning-rate 0.0005, strategy gradual-unfreezing, freeze embedding`.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn parse(text: &str) -> Read<Changes> {
        let mut changes = Changes::default();
        let mut known: Vec<&str> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (what, value) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
            let (what, value) =
                (if ["rate", "lr"].contains(&what) { "learning-rate" } else { what }, value.trim());
            let needs = |kind: &str| match value {
                "" => format!("`{what}` needs {kind} after it"),
                _ => format!("`{what}` needs {kind}, and has \"{value}\""),
            };
            if what != "freeze" && known.contains(&what) {
                return Err(format!("`{what}` is there twice"));
            }
            match what {
                "learning-rate" => {
                    let rate = value.parse().ok().filter(|rate| (f32::MIN_POSITIVE..=1e3).contains(rate));
                    changes.rate = Some(rate.ok_or_else(|| needs("a number above 0 and at most 1000"))?);
                }
                "epochs" => {
                    let epochs = value.parse().ok().filter(|&n| n > 0);
                    changes.epochs = Some(epochs.ok_or_else(|| needs("a whole number above 0"))?);
                }
                "dropout" => {
                    let dropout = value.parse().ok().filter(|dropout| (0.0..1.0).contains(dropout));
                    changes.dropout = Some(dropout.ok_or_else(|| needs("a number from 0 up to below 1"))?);
                }
                "labels" => {
                    let labels = value.parse().map_err(|why: String| format!("`labels`: {why}"))?;
                    changes.labels = Some(labels);
                }
                "schedule" => changes.schedule = Some(schedule(value)?),
                "strategy" => changes.strategy = Some(strategy(value)?),
                "freeze" if !value.is_empty() => changes.freeze.push(value.to_string()),
                // More names of layer groups.
                _ if known.last() == Some(&"freeze") => {
                    changes.freeze.push(part.to_string());
                    continue;
                }
                _ => {
                    return Err(format!(
                        "\"{}\" is no setting of a fork. Write settings with commas between them: learning-rate 0.0005, schedule cosine, \
                         strategy fine-tuned, dropout 0.3, labels 200, epochs 20, freeze embedding",
                        printable(what)
                    ));
                }
            }
            known.push(what);
        }
        Ok(changes)
    }
}

/// A schedule by its name on the command line.
///
/// # Errors
/// A sentence with all names.
pub fn schedule(text: &str) -> Read<Schedule> {
    match text {
        "constant" => Ok(Schedule::Constant),
        "linear" => Ok(Schedule::Linear),
        "cosine" => Ok(Schedule::Cosine),
        "slanted-triangular" => Ok(Schedule::SlantedTriangular),
        _ => Err("expected one of constant, linear, cosine, slanted-triangular".into()),
    }
}

/// A strategy by its name.
///
/// # Errors
/// A sentence with some names.
pub fn strategy(text: &str) -> Read<Strategy> {
    let named = Method::named(text).and_then(|method| method.strategy());
    named.ok_or_else(|| "expected a strategy, such as scratch, fine-tuned or gradual-unfreezing".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_read_or_refused() {
        let read =
            Changes::parse("learning-rate 0.5, schedule cosine,freeze layer 1, labels all, strategy scratch")
                .unwrap();
        assert_eq!((read.rate, read.schedule), (Some(0.5), Some(Schedule::Cosine)));
        assert_eq!((&read.freeze[..], read.labels), (&["layer 1".to_string()][..], Some(Budget::All)));
        assert_eq!(read.strategy, Some(Strategy::Scratch));
        assert_eq!(Changes::parse(" ").unwrap(), Changes::default());
        let several = Changes::parse("freeze embedding, layer 1, epochs 3").unwrap();
        assert_eq!((several.freeze, several.epochs), (vec!["embedding".into(), "layer 1".into()], Some(3)));
        for (wrong, expected) in [
            ("epochs 1.5", "a whole number above 0, and has \"1.5\""),
            ("rate", "`learning-rate` needs a number above 0 and at most 1000 after it"),
            ("rate 1e300", "at most 1000"),
            ("speed 3", "\"speed\" is no setting of a fork"),
            ("lr 0.1, learning-rate 0.2", "`learning-rate` is there twice"),
            ("labels 2", "`labels`: "),
        ] {
            let said = Changes::parse(wrong).unwrap_err();
            assert!(said.contains(expected), "{said}");
        }
        for wrong in [
            "rate",
            "learning-rate",
            "rate -1",
            "rate x",
            "dropout 1",
            "epochs 0",
            "labels 2",
            "strategy tf-idf",
            "nothing",
        ] {
            assert!(Changes::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_nearest_state_is_the_one_that_can_go_on() {
        let state = |step, ended| KeptState { step, ended, path: PathBuf::new() };
        let all = [state(10, false), state(20, false), state(20, true)];
        let near = |step| nearest(&all, step).map(|state| (state.step, state.ended));
        assert_eq!((near(0), near(15), near(16)), (Some((10, false)), Some((10, false)), Some((20, false))));
        assert_eq!((near(999), nearest(&[], 3)), (Some((20, false)), None));
    }
}
