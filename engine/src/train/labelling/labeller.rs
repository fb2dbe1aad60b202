//! A labelling that takes answers one by one: writes them to the user's file, trains the classifier again, chooses the
//! next text, and measures.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use crate::data::columns::Columns;
use crate::data::label_file::{LabelFile, LabelRow, Wanted};
use crate::data::unlabelled::{self, Unlabelled};
use crate::error::Result;
use crate::session::query_strategy::QueryStrategy;
use crate::train::ground::Going;
use crate::train::protocol::labelling::{LabelAnswered, LabelPoint, LabelQuery, LabelView, Measured};
use crate::transfer::active_learning::learning::{Choice, Learning, Point, Query};
use crate::transfer::active_learning::task::Labelled;
use crate::transfer::grouping::beginning;
use crate::transfer::statistics::paired::paired;

use super::parts::{self, From, Most, Parts};

/// The number of characters of an answered text that are shown.
const BEGINNING: usize = 200;

/// What the user did, to take it back.
enum Step {
    Given,
    Skipped(u32),
}

/// A labelling in progress.
pub struct Labeller {
    parts: Parts,
    learning: Learning,
    /// In a simulation: the labelling by random choice, with as many labels.
    baseline: Option<Learning>,
    file: Option<LabelFile>,
    /// The text to label now.
    query: Option<Query>,
    steps: Vec<Step>,
    last: Option<LabelAnswered>,
    seconds: f64,
    remarks: Vec<String>,
}

/// The user's texts and the file for their labels.
pub struct Files<'a> {
    /// The file with the texts.
    pub texts: &'a Path,
    /// The names of its columns of text and label, if they are unusual.
    pub columns: Columns,
    /// The file of labels.
    pub labels: &'a Path,
}

impl Labeller {
    /// A simulation.
    pub fn simulated(parts: Parts, choice: Choice) -> Labeller {
        let choice = Choice { random_every: 0, ..choice };
        let random = Choice { strategy: QueryStrategy::Random, ..choice };
        let baseline = Learning::new(parts.task.clone(), random, parts.solving);
        Labeller::new(parts, choice, Some(baseline), None)
    }

    /// A labelling of the user's texts. Labels that the file of labels has already count as given.
    ///
    /// # Errors
    /// When a file cannot be read or written, another process labels into it, or there are fewer than two classes; also
    /// the errors of `going`.
    pub fn of_files(files: &Files, from: From, most: Most, choice: Choice, going: Going) -> Result<Labeller> {
        let read = unlabelled::read(files.texts, &files.columns, &mut |_| going("reading the texts", 0.0))?;
        if !files.labels.exists() {
            // Before a file is created that nothing can be written to.
            parts::check_classes(&from.classes_with(&read, &[]))?;
        }
        let (file, rows) = open(files, &read, &from.classes())?;
        let parts = parts::of_file(read, from, &rows, most, choice.seed, going)?;
        let mut labeller = Labeller::new(parts, choice, None, Some(file));
        labeller.take_over(&rows);
        Ok(labeller)
    }

    fn new(parts: Parts, choice: Choice, baseline: Option<Learning>, file: Option<LabelFile>) -> Labeller {
        let learning = Learning::new(parts.task.clone(), choice, parts.solving);
        let remarks = file.as_ref().map_or(Vec::new(), |file| file.remarks.clone());
        let remarks = remarks.into_iter().chain(parts.remarks.iter().cloned()).collect();
        Labeller {
            parts,
            learning,
            baseline,
            file,
            query: None,
            steps: Vec::new(),
            last: None,
            seconds: 0.0,
            remarks,
        }
    }

    /// Gives the labels that the file has already. Of several for one text the last counts.
    fn take_over(&mut self, rows: &[LabelRow]) {
        let newest: HashMap<&str, &str> = rows.iter().map(|row| (&row.text[..], &row.label[..])).collect();
        let place: HashMap<&str, u32> =
            self.parts.task.pool.iter().map(|&i| (&self.parts.texts[i as usize][..], i)).collect();
        for row in rows {
            let (Some(&example), Some(label)) = (place.get(&row.text[..]), newest.get(&row.text[..])) else {
                continue;
            };
            if let Some(class) = self.parts.classes.iter().position(|class| class == label.trim()) {
                self.learning.give(Labelled { example, class: class as u32 }, QueryStrategy::Random);
            }
        }
    }

    /// The texts and what each is for.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The text to label now; `None` if none is left, or [`train`](Self::train) was not called since the last answer.
    pub fn query(&self) -> Option<Query> {
        self.query
    }

    /// Gives a text a label. When this returns, the label is on the disk, if there is a file. False if the text is not
    /// open.
    ///
    /// # Errors
    /// When the file cannot be written. The label is not given then.
    pub fn give(&mut self, example: u32, class: usize) -> Result<bool> {
        if !self.learning.is_open(example) || class >= self.parts.classes.len() {
            return Ok(false);
        }
        let by = self.query.filter(|query| query.example == example);
        let by = by.map_or(QueryStrategy::Random, |query| query.by);
        let text = &self.parts.texts[example as usize];
        if let Some(file) = &mut self.file {
            let rows = self.parts.rows.as_ref();
            let field = |name: &str| {
                let rows = rows?;
                let at = rows.columns.iter().position(|column| column == name)?;
                rows.texts.get(example as usize)?.fields.get(at).cloned()
            };
            file.append(text, &self.parts.classes[class], by.name(), &field)?;
        }
        self.last = Some(LabelAnswered {
            text: beginning(text, BEGINNING),
            class,
            opinion: self.learning.opinion(example).unwrap_or(&[]).to_vec(),
            known: self.parts.known.as_ref().map(|known| known[example as usize] as usize),
        });
        self.learning.give(Labelled { example, class: class as u32 }, by);
        self.steps.push(Step::Given);
        self.query = None;
        if let (Some(baseline), Some(known)) = (&mut self.baseline, &self.parts.known)
            && let Some(query) = baseline.query()
        {
            baseline
                .give(Labelled { example: query.example, class: known[query.example as usize] }, query.by);
        }
        Ok(true)
    }

    /// Leaves a text out. False if it is not open.
    pub fn skip(&mut self, example: u32) -> bool {
        let skipped = self.learning.skip(example);
        if skipped {
            self.steps.push(Step::Skipped(example));
            self.query = None;
        }
        skipped
    }

    /// Takes the last label or skip back. False if there is none since the labelling began.
    ///
    /// # Errors
    /// When the file cannot be written. The label stays then.
    pub fn undo(&mut self) -> Result<bool> {
        match self.steps.last() {
            None => return Ok(false),
            Some(&Step::Skipped(example)) => self.learning.unskip(example),
            Some(Step::Given) => {
                if let Some(file) = &mut self.file {
                    file.undo()?;
                }
                self.learning.undo();
                if let Some(baseline) = &mut self.baseline {
                    baseline.undo();
                }
                self.last = None;
            }
        }
        self.steps.pop();
        self.query = None;
        Ok(true)
    }

    /// Chooses by another strategy from now on.
    pub fn set_strategy(&mut self, strategy: QueryStrategy) {
        self.learning.set_strategy(strategy);
        self.query = None;
    }

    /// In a simulation: the known label answers for the asked text. False if there is none to ask.
    ///
    /// # Errors
    /// None in a simulation, which writes no file.
    pub fn let_known(&mut self) -> Result<bool> {
        let (Some(query), Some(known)) = (self.query, &self.parts.known) else { return Ok(false) };
        let class = known[query.example as usize] as usize;
        self.give(query.example, class)
    }

    /// Trains the classifier on all labels, and chooses the next text.
    pub fn train(&mut self) {
        let begun = Instant::now();
        self.learning.train();
        self.seconds = begun.elapsed().as_secs_f64();
        match &mut self.baseline {
            Some(baseline) => baseline.train(),
            None => self.learning.train_random(),
        }
        self.query = self.learning.query();
    }

    /// The next texts to label, best first, without labels in between.
    pub fn next(&mut self, count: usize) -> Vec<Query> {
        let mut ahead = self.learning.clone();
        let mut list = Vec::new();
        while list.len() < count
            && let Some(query) = ahead.query()
        {
            // Any label will do: nothing is learned from it here.
            ahead.give(Labelled { example: query.example, class: 0 }, query.by);
            list.push(query);
        }
        list
    }

    /// What a front end shows.
    pub fn view(&self) -> LabelView {
        let (learning, task) = (&self.learning, &self.parts.task);
        let mut counts = vec![0; self.parts.classes.len()];
        learning.labels().iter().for_each(|known| counts[known.class as usize] += 1);
        let points = |points: &[Point]| -> Vec<LabelPoint> {
            points.iter().map(|point| LabelPoint { labels: point.labels, accuracy: point.accuracy }).collect()
        };
        let random =
            self.baseline.as_ref().map_or_else(|| learning.random_points(), |baseline| baseline.points());
        let query = self.query.map(|query| LabelQuery {
            example: query.example,
            text: self.parts.texts[query.example as usize].clone(),
            by: query.by,
        });
        let measured = match task.validation.is_empty() {
            true => Measured::RandomLabels(learning.measured_on()),
            false => Measured::Validation(task.validation.len()),
        };
        LabelView {
            doing: None,
            classes: self.parts.classes.clone(),
            counts,
            given: learning.given().len(),
            known: task.start.len(),
            open: learning.open(),
            skipped: learning.skipped(),
            strategy: Some(learning.strategy()),
            query,
            last: self.last.clone(),
            can_undo: !self.steps.is_empty(),
            curve: points(learning.points()),
            random: points(random),
            measured,
            difference: self.difference(),
            differing: self.parts.known.as_ref().map_or(0, |known| {
                let labels = learning.given().iter().map(|given| given.label);
                labels.filter(|label| known[label.example as usize] != label.class).count()
            }),
            seconds: self.seconds,
            file: self.file.as_ref().map(|file| file.path().to_path_buf()),
            remarks: self.remarks.clone(),
        }
    }

    /// In a simulation: the accuracy minus that of random choice, on the same validation texts.
    fn difference(&self) -> Option<(f64, Option<(f64, f64)>)> {
        let baseline = self.baseline.as_ref()?;
        let validation = &self.parts.task.validation;
        if self.learning.head().is_none() || baseline.head().is_none() || validation.is_empty() {
            return None;
        }
        let found = paired(&[self.learning.right(validation)], &[baseline.right(validation)])?;
        Some((found.mean, found.interval))
    }
}

/// Opens the file of labels. A new one has the columns of the texts.
fn open(files: &Files, read: &Unlabelled, classes: &[String]) -> Result<(LabelFile, Vec<LabelRow>)> {
    let wanted = Wanted {
        columns: files.columns.clone(),
        further: &read.columns,
        text: read.text.as_deref(),
        classes,
    };
    LabelFile::open(files.labels, &wanted)
}
