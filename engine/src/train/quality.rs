//! Benchmarks of a session's word vectors. They are read with the data, and measured during pre-training and at the
//! end of each fine-tuned run.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::error::Result;
use crate::session::coverage::{ByCoverage, CoverageGroup};
use crate::session::record::{Benchmark, Quality, Record, TEST};
use crate::session::source_name::SourceName;
use crate::session::text_transfer::BenchmarkFiles;
use crate::text::documents::{Documents, TaskWord};
use crate::transfer::lookup::TransferTable;
use crate::vectors::evaluation::lists::{Pairs, Questions};
use crate::vectors::evaluation::{BenchmarkRun, Benchmarks};

use super::run::Run;

/// The vocabulary for analogies: this many of the most frequent words.
const FIRST: usize = 30_000;
/// The largest number of analogies that are used, because a measurement must not delay training for long. The command
/// `evaluate` uses all.
const QUESTIONS: usize = 2_000;
/// The lower bounds of the groups of documents by coverage.
const GROUPS: [f64; 6] = [0.0, 0.5, 0.75, 0.9, 0.99, 1.0];

/// Reads the benchmarks that a recipe names.
///
/// # Errors
/// When a list cannot be read.
pub fn read(files: &BenchmarkFiles) -> Result<Benchmarks> {
    let similarity = files.similarity.iter().map(|path| Pairs::read(path)).collect::<Result<_>>()?;
    let analogies = files.analogies.as_ref().map(|path| Questions::read(path)).transpose()?;
    Ok(Benchmarks { similarity, analogies: analogies.map(|list| list.thinned(QUESTIONS)), first: FIRST })
}

/// The records of a finished measurement.
pub fn records(
    benchmark_run: BenchmarkRun,
    benchmarks: &Benchmarks,
    (run, source): (Option<usize>, Option<SourceName>),
    tokens: u64,
) -> Vec<Record> {
    let (similarity, analogies) = benchmark_run.finish(benchmarks);
    let record = |set: &str, kind, score, used, of| {
        let (set, source) = (set.to_string(), source.clone());
        Record::Quality(Quality { run, source, tokens, set, kind, score, used, of })
    };
    let pairs = benchmarks.similarity.iter().zip(similarity).map(|(list, found)| {
        record(&list.name, Benchmark::Similarity, found.spearman.unwrap_or(0.0), found.used, found.pairs)
    });
    let questions = benchmarks.analogies.iter().zip(analogies).map(|(list, found)| {
        record(
            &list.name,
            Benchmark::Analogies,
            found.accuracy().unwrap_or(0.0),
            found.asked(),
            list.questions.len(),
        )
    });
    pairs.chain(questions).collect()
}

/// Whose vectors are measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measured {
    /// Those of a source.
    Source(SourceName),
    /// Those that a run with this index has fine-tuned.
    Run(usize),
}

/// Measurements, which are made between two rounds of training.
#[derive(Default)]
pub struct Measuring {
    pub benchmarks: Arc<Benchmarks>,
    queue: VecDeque<Measured>,
    under_way: Option<(Measured, BenchmarkRun)>,
}

impl Measuring {
    /// Queues a measurement, if there are benchmarks.
    pub fn ask(&mut self, of: Measured) {
        if !self.benchmarks.is_empty() {
            self.queue.push_back(of);
        }
    }

    /// Whether no measurement is left.
    pub fn idle(&self) -> bool {
        self.queue.is_empty() && self.under_way.is_none()
    }

    /// Does a part of a measurement; the results are pushed to `tell`. `table` finds the pre-trained vectors that are measured
    /// or were fine-tuned, and `run` a run by its index.
    pub fn step<'a>(
        &mut self,
        table: impl Fn(&Measured) -> Option<&'a TransferTable>,
        run: impl Fn(usize) -> Option<&'a Run>,
        tell: &mut Vec<Record>,
    ) {
        if let Some((of, mut benchmark_run)) = self.under_way.take() {
            if benchmark_run.step() {
                let of = match of {
                    Measured::Source(name) => (None, Some(name)),
                    Measured::Run(run) => (Some(run), None),
                };
                tell.extend(records(benchmark_run, &self.benchmarks, of, 0));
            } else {
                self.under_way = Some((of, benchmark_run));
            }
            return;
        }
        let Some(of) = self.queue.pop_front() else { return };
        let Some(table) = table(&of) else { return };
        let learned = match of {
            Measured::Source(_) => Vec::new(),
            Measured::Run(number) => match run(number).and_then(|run| run.learner.inside().word_vectors()) {
                Some(learned) => learned,
                None => return,
            },
        };
        // Words whose vectors are composed of subwords have no row in the pre-trained table.
        let place = |row| table.origin_of(row)?.row;
        let learned: HashMap<usize, &[f32]> =
            learned.into_iter().filter_map(|(row, now)| Some((place(row)?.0, now))).collect();
        let view = table.vectors.view();
        let row = |id: usize| learned.get(&id).map_or_else(|| view.row(id), |now| Cow::Borrowed(*now));
        let of_word = |word: &str| view.own(word).map(row).or_else(|| view.of_word(word));
        self.under_way = Some((of, BenchmarkRun::begin(&self.benchmarks, view.words(), &row, &of_word)));
    }
}

/// The accuracy of a run on the test set, for groups of documents by the fraction of their words that have vectors.
pub fn by_coverage(run: &Run, documents: &Documents, table: &TransferTable) -> Option<Record> {
    let (set, ids, opinions) = run.opinions.iter().find(|(set, ..)| set == TEST)?;
    let mut groups: Vec<CoverageGroup> = GROUPS
        .iter()
        .zip(GROUPS.iter().skip(1).chain([&1.0]))
        .map(|(&from, &to)| CoverageGroup { from, to, documents: 0, correct: 0 })
        .collect();
    for (&id, &(guess, _)) in ids.iter().zip(opinions) {
        let tokens = &documents.tokens[id as usize];
        let known = tokens.iter().filter(|&&word| table.row(TaskWord(word)).is_some()).count();
        // A document without words counts as fully covered.
        let fraction = if tokens.is_empty() { 1.0 } else { known as f64 / tokens.len() as f64 };
        let group = &mut groups[GROUPS.partition_point(|from| *from <= fraction).saturating_sub(1)];
        group.documents += 1;
        group.correct += u64::from(u32::from(guess) == documents.labels[id as usize]);
    }
    groups.retain(|group| group.documents > 0);
    Some(Record::ByCoverage(ByCoverage { run: run.start.run, set: set.clone(), groups }))
}
