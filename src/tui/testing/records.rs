//! For tests: the records of a small session, as from a training thread.
//!
//! The session has pre-training with probe words, then two budgets of three strategies and the baseline in two
//! repetitions, evaluations, an intervention, and the comparison. Everything is made from a seed, so that snapshots do
//! not change.

use crate::rng;
use crate::session::budget::{Budget, Proportions};
use crate::session::comparison::*;
use crate::session::coverage::*;
use crate::session::method::{Baseline, Method, Strategy};
use crate::session::pretraining::{Corpus, Pretraining};
use crate::session::recipe::{Recipe, Transfer};
use crate::session::record::*;
use crate::session::text_source::TextSource;
use crate::session::text_transfer::{BenchmarkFiles, Head, RecurrentShape, TextTask, TextTransfer};

/// Training steps of each run.
pub const STEPS: u64 = 120;
const BUDGETS: [usize; 2] = [100, 1000];
const SEEDS: u32 = 2;
pub const METHODS: [Method; 4] = [
    Method::Baseline(Baseline::TfIdf),
    Method::Strategy(Strategy::Scratch),
    Method::Strategy(Strategy::Frozen),
    Method::Strategy(Strategy::FineTuned),
];

/// The recipe of the session.
pub fn recipe() -> Recipe {
    Recipe {
        title: "What do 100 labels buy?".into(),
        seed: 7,
        transfer: Transfer::Text(TextTransfer {
            sources: Default::default(),
            source: Some(TextSource::SkipGram(Pretraining {
                corpus: Corpus::Demo { reviews: 20_000 },
                from: None,
                dim: Some(64),
                window: 5,
                negatives: 5,
                epochs: Some(3),
                sample: 1e-4,
                min_count: 5,
                learning_rate: None,
                loss: Default::default(),
                subwords: None,
                phrases: 0,
                phrase_threshold: 100.0,
            })),
            task: Some(TextTask::Demo { train: 4000, test: 2000 }),
            tasks: Default::default(),
            tokens: Default::default(),
            head: Head::Lstm(RecurrentShape::default()),
            max_tokens: None,
            dropout: 0.0,
            layer_dropout: Default::default(),
            scratch: Default::default(),
            probe_words: vec!["terrible".into(), "waiter".into()],
            benchmarks: BenchmarkFiles { similarity: vec!["demo".into()], analogies: Some("demo".into()) },
        }),
        methods: vec![
            Strategy::Scratch.into(),
            Strategy::Frozen.into(),
            Strategy::FineTuned.into(),
            Baseline::TfIdf.into(),
        ],
        labels: BUDGETS.map(Budget::Labels).to_vec(),
        seeds: SEEDS,
        training: Default::default(),
        keep: Default::default(),
        keep_words: 200_000,
        margin: Recipe::MARGIN,
        split: None,
        folds: None,
        draw: Some(Proportions::default()),
        metric: None,
        states: 0,
        fork: None,
        tune: None,
    }
}

/// All records of the session.
pub fn entries() -> Vec<Entry> {
    let mut tape = Tape { at: 0.0, entries: Vec::new() };
    tape.open();
    tape.pretrain();
    tape.experiment();
    tape.compare();
    tape.entries
}

/// All records of the session, as if its examples were images.
pub fn entries_of_images() -> Vec<Entry> {
    let mut entries = entries();
    for entry in &mut entries {
        if let Record::Data(data) = &mut entry.record {
            data.images = Some((28, 28, 1));
        }
    }
    entries
}

/// The records up to the middle of pre-training.
pub fn entries_while_pretraining() -> Vec<Entry> {
    let half = |entry: &Entry| !matches!(&entry.record, Record::Pretrain(p) if p.tokens * 2 > p.of);
    entries().into_iter().take_while(half).collect()
}

/// The records up to the middle of the training of the runs.
pub fn entries_while_training() -> Vec<Entry> {
    let half = |entry: &Entry| !matches!(&entry.record, Record::Step(p) if p.step > STEPS / 2);
    entries().into_iter().take_while(half).collect()
}

/// A score on one of two benchmarks.
fn quality(run: Option<usize>, tokens: u64, kind: Benchmark, score: f64) -> Record {
    Record::Quality(Quality {
        run,
        source: None,
        tokens,
        set: "demo".into(),
        kind,
        score,
        used: 150,
        of: 160,
    })
}

struct Tape {
    at: f64,
    entries: Vec<Entry>,
}

impl Tape {
    fn tell(&mut self, seconds: f64, record: Record) {
        self.at += seconds;
        self.entries.push(Entry { at: self.at, record });
    }

    fn open(&mut self) {
        let program = "warmstart 0.1.0".into();
        let machine = String::new();
        self.tell(0.0, Record::Opened { version: VERSION, program, machine, recipe: Box::new(recipe()) });
        self.tell(0.0, Record::Stage(Stage::Reading));
        let data = DataSummary {
            classes: vec!["negative".into(), "positive".into()],
            train: 4000,
            validation: 0,
            tests: vec![("test".into(), 2000), ("by hand".into(), 320)],
            words: 5120,
            mean_tokens: 31.4,
            read: Vec::new(),
            remarks: Vec::new(),
            images: None,
        };
        self.tell(0.2, Record::Data(data));
    }

    fn pretrain(&mut self) {
        let of = 6_000_000;
        self.tell(0.0, Record::Stage(Stage::Counting));
        let (words, tokens) = (9_200, of / 3);
        self.tell(
            0.3,
            Record::Vocabulary { words, tokens, kept_tokens: tokens - 40_000, seconds: 0.3, epochs: None },
        );
        self.tell(0.0, Record::Stage(Stage::Pretraining));
        let mut noise = rng::stream(1, "pretrain", 0);
        let candidates = [
            ["awful", "horrible", "dreadful", "dire", "plot", "the", "atrocious", "film"],
            ["waitress", "server", "staff", "host", "room", "bartender", "phone", "chef"],
        ];
        for point in 1..=60_u64 {
            let fraction = point as f64 / 60.0;
            let loss = 1.9 + 2.2 * (-4.0 * fraction).exp() + 0.05 * rng::normal(&mut noise);
            let learning_rate = (0.025 * (1.0 - fraction)) as f32;
            let tokens = of * point / 60;
            let tokens_per_second = 600_000.0 + 20_000.0 * rng::normal(&mut noise);
            self.tell(
                0.16,
                Record::Pretrain(PretrainPoint { tokens, of, loss, learning_rate, tokens_per_second }),
            );
            if point % 10 == 0 {
                for (kind, most) in [(Benchmark::Similarity, 0.7), (Benchmark::Analogies, 0.4)] {
                    self.tell(0.0, quality(None, tokens, kind, most * fraction));
                }
            }
            if point % 6 == 0 {
                for (word, near) in recipe().probe_words().iter().cloned().zip(candidates) {
                    let mut list: Vec<Neighbour> = near
                        .iter()
                        .enumerate()
                        .map(|(i, word)| {
                            let settled = 0.9 - 0.05 * i as f64;
                            let similarity = settled * fraction
                                + 0.25 * (1.0 - fraction) * (1.0 + rng::normal(&mut noise));
                            Neighbour { word: (*word).into(), similarity: similarity as f32 }
                        })
                        .collect();
                    list.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
                    self.tell(0.0, Record::Neighbours { word, tokens, list });
                }
            }
        }
        self.tell(0.1, Record::Vectors { words, dim: 64, origin: "skip-gram".into(), seconds: 9.7 });
        let missing = vec![("zorblax".into(), 12), ("meh".into(), 5)];
        let causes = vec![
            Missing {
                cause: Cause::Case,
                by_token: 0.01,
                types: 40,
                examples: vec![("paris".into(), "Paris".into())],
            },
            Missing {
                cause: Cause::Unknown,
                by_token: 0.003,
                types: 300,
                examples: vec![("zorblax".into(), String::new())],
            },
        ];
        self.tell(
            0.0,
            Record::Coverage(Coverage {
                by_token: 0.987,
                by_type: 0.912,
                made: None,
                joined: None,
                missing,
                causes,
                bare: Vec::new(),
                mean_cosine: Some(0.21),
            }),
        );
    }

    fn experiment(&mut self) {
        self.tell(0.0, Record::Stage(Stage::Training));
        let mut starts = Vec::new();
        for labels in BUDGETS {
            for seed in 0..SEEDS {
                for method in METHODS {
                    let baseline = method == Method::Baseline(Baseline::TfIdf);
                    let total: u64 = if baseline { 2_400 } else { 650_000 };
                    starts.push(RunStart {
                        run: starts.len(),
                        method,
                        source: method.takes_source().then(|| "skip-gram".into()),
                        budget: Budget::Labels(labels),
                        labels,
                        validation: labels / 5,
                        seed,
                        trainable_parameters: if method == Method::Strategy(Strategy::Frozen) {
                            61_000
                        } else {
                            total
                        },
                        total_parameters: total,
                        batch: if baseline { 0 } else { 16 },
                        planned_steps: if baseline { 1 } else { STEPS },
                        optimizer: if baseline { "L-BFGS" } else { "Adam 0.001" }.into(),
                        metric: None,
                        tuned: None,
                        groups: Vec::new(),
                    });
                }
            }
        }
        for start in &starts {
            self.tell(0.0, Record::Run(start.clone()));
        }
        for start in starts.iter().filter(|start| start.method == Method::Baseline(Baseline::TfIdf)) {
            self.step(start, 1);
            self.evaluate(start, 1, VALIDATION);
            self.finish(start, 1);
        }
        let trained: Vec<RunStart> =
            starts.into_iter().filter(|start| start.method != Method::Baseline(Baseline::TfIdf)).collect();
        for step in 1..=STEPS {
            if step == STEPS / 3 {
                self.tell(0.0, Record::Note(Note::LearningRate { run: None, factor: 0.5, at: Vec::new() }));
            }
            for start in &trained {
                self.step(start, step);
                if step % 20 == 0 {
                    self.evaluate(start, step, VALIDATION);
                }
            }
        }
        for start in &trained {
            self.finish(start, STEPS);
        }
    }

    fn step(&mut self, start: &RunStart, step: u64) {
        let mut noise = rng::stream(start.run as u64, "step", step);
        let speed = if start.method == Method::Strategy(Strategy::Scratch) { 2.0 } else { 5.0 };
        let fraction = step as f64 / STEPS as f64;
        let mut loss = 0.1 + 0.6 * (-speed * fraction).exp() + 0.04 * rng::normal(&mut noise).abs();
        if start.run == 1 && step == 50 {
            loss = 2.5; // a spike that every drawing must show
        }
        self.tell(
            0.01,
            Record::Step(StepPoint {
                run: start.run,
                step,
                epoch: step as f64 * 16.0 / start.labels as f64,
                samples: step * 16,
                loss,
                gradient: 2.0 * loss,
                learning_rate: if step >= STEPS / 3 { 0.0005 } else { 0.001 },
                seconds: step as f64 * 0.05,
                layers: Self::layers(start, step).into(),
            }),
        );
    }

    /// The norms of the layers, at a tenth of the steps.
    fn layers(start: &RunStart, step: u64) -> Vec<LayerNorms> {
        let norms = |(layer, weights): (&str, f32)| {
            let grown = 1.0 + step as f32 / STEPS as f32;
            LayerNorms { layer: layer.into(), weights: weights * grown, update: 0.001 * weights / grown }
        };
        match start.descends() && step % 10 == 1 {
            true => [("embedding", 40.0), ("lstm", 12.0), ("linear", 2.0)].map(norms).to_vec(),
            false => Vec::new(),
        }
    }

    /// The accuracy of a run after `step`.
    fn accuracy(start: &RunStart, step: u64) -> f64 {
        let (low, high) = match start.method {
            Method::Strategy(Strategy::Scratch) => (0.5, if start.labels == 100 { 0.64 } else { 0.81 }),
            Method::Strategy(Strategy::Frozen) => (0.6, if start.labels == 100 { 0.80 } else { 0.85 }),
            Method::Strategy(Strategy::FineTuned) => (0.6, if start.labels == 100 { 0.79 } else { 0.88 }),
            _ => (0.0, if start.labels == 100 { 0.71 } else { 0.84 }),
        };
        let fraction =
            if start.method == Method::Baseline(Baseline::TfIdf) { 1.0 } else { step as f64 / STEPS as f64 };
        low + (high - low) * fraction.sqrt() + 0.005 * f64::from(start.seed)
    }

    fn evaluate(&mut self, start: &RunStart, step: u64, set: &str) {
        let accuracy = Self::accuracy(start, step);
        let documents = if set == VALIDATION { start.validation as u64 } else { 2000 };
        let right = (accuracy * documents as f64).round() as u64;
        let wrong = documents - right;
        let confusion = vec![vec![right / 2, wrong / 3], vec![wrong - wrong / 3, right - right / 2]];
        self.tell(
            0.02,
            Record::Evaluation(Evaluation {
                run: start.run,
                step,
                set: set.into(),
                loss: 1.1 - accuracy,
                accuracy,
                confusion,
                seconds: step as f64 * 0.05,
            }),
        );
    }

    fn finish(&mut self, start: &RunStart, steps: u64) {
        self.evaluate(start, steps, TEST);
        self.evaluate(start, steps, "by hand");
        let audit = match start.method {
            Method::Strategy(Strategy::Frozen) => Audit::Unchanged { rows: 5120, hash: "9f3a51c2".into() },
            Method::Strategy(Strategy::FineTuned) => Audit::Changed { rows: 1210, of: 5120 },
            _ => Audit::NothingTransferred,
        };
        let group = |from, to, documents, correct| CoverageGroup { from, to, documents, correct };
        let groups = vec![group(0.5, 0.75, 100, 50 + 5 * start.run as u64 / 2), group(0.99, 1.0, 1900, 1500)];
        self.tell(0.0, Record::ByCoverage(ByCoverage { run: start.run, set: TEST.into(), groups }));
        self.tell(
            0.0,
            Record::RunEnd(RunEnd {
                run: start.run,
                outcome: Outcome::Completed,
                steps,
                best_step: steps,
                seconds: steps as f64 * 0.05,
                audit,
            }),
        );
        if start.method == Method::Strategy(Strategy::FineTuned) {
            self.tell(
                0.0,
                quality(Some(start.run), 0, Benchmark::Similarity, 0.7 - start.labels as f64 / 2e4),
            );
            self.tell(0.0, quality(Some(start.run), 0, Benchmark::Analogies, 0.41));
        }
    }

    fn compare(&mut self) {
        let mut rows = Vec::new();
        let mut differences = Vec::new();
        for labels in BUDGETS {
            let budget = Budget::Labels(labels);
            for method in METHODS {
                let accuracies: Vec<f64> = self
                    .entries
                    .iter()
                    .filter_map(|entry| match &entry.record {
                        Record::Run(start) if start.method == method && start.budget == budget => {
                            Some(Self::accuracy(start, STEPS))
                        }
                        _ => None,
                    })
                    .collect();
                let mean = accuracies.iter().sum::<f64>() / accuracies.len() as f64;
                let deviation = (accuracies.iter().map(|a| (a - mean).powi(2)).sum::<f64>()).sqrt();
                rows.push(ComparisonRow {
                    method,
                    source: method.takes_source().then(|| "skip-gram".into()),
                    budget,
                    labels,
                    mean,
                    deviation,
                    interval: Some((mean - 0.03, mean + 0.03)),
                    covers: Covers::SeedsAndExamples,
                    values: accuracies,
                    metrics: [("macro_f1".to_string(), mean - 0.01)].into(),
                    intervals: Default::default(),
                    others: vec![("by hand".into(), mean - 0.04)],
                    trainable_parameters: if method == Method::Strategy(Strategy::Frozen) {
                        61_000
                    } else {
                        650_000
                    },
                    total_parameters: 650_000,
                    seconds: 6.0,
                    steps: STEPS as f64,
                    steps_to_scratch: (method != Method::Baseline(Baseline::TfIdf)).then_some(40.0),
                    reached_scratch: 2,
                });
            }
            for (left, right) in [
                (Method::Strategy(Strategy::Frozen), Method::Strategy(Strategy::Scratch)),
                (Method::Strategy(Strategy::FineTuned), Method::Strategy(Strategy::Scratch)),
                (Method::Strategy(Strategy::FineTuned), Method::Baseline(Baseline::TfIdf)),
            ] {
                let mean = |method| {
                    rows.iter().find(|r| r.method == method && r.budget == budget).map_or(0.0, |r| r.mean)
                };
                let mean = mean(left) - mean(right);
                let interval = Some((mean - 0.02, mean + 0.02));
                let source = |method: Method| method.takes_source().then(|| "skip-gram".into());
                differences.push(Difference {
                    left,
                    left_source: source(left),
                    right,
                    right_source: source(right),
                    budget,
                    mean,
                    interval,
                    wins: 2,
                    ties: 0,
                    covers: Covers::SeedsAndExamples,
                    p_value: Some(0.03),
                    probability_of_better: Some(0.97),
                    seeds: 2,
                });
            }
        }
        let savings = vec![
            LabelSaving {
                method: Method::Strategy(Strategy::Frozen),
                source: Some("skip-gram".into()),
                labels: 100,
                scratch_labels: Some(900.0),
                at_most: false,
                interval: Some(SavingInterval { low: 300.0, high: None }),
            },
            LabelSaving {
                method: Method::Strategy(Strategy::FineTuned),
                source: Some("skip-gram".into()),
                labels: 1000,
                scratch_labels: None,
                at_most: false,
                interval: Some(SavingInterval { low: 300.0, high: None }),
            },
        ];
        self.tell(
            0.1,
            Record::Comparison(Box::new(Comparison {
                headlines: (differences.iter())
                    .filter(|difference: &&Difference| {
                        difference.left == Method::Strategy(Strategy::FineTuned)
                    })
                    .map(|difference| Headline {
                        set: TEST.into(),
                        difference: difference.clone(),
                        corrected: difference.interval,
                        finding: Finding::of(difference.interval, 0.01),
                        needed: None,
                    })
                    .collect(),
                margin: 0.01,
                rows,
                differences,
                savings,
                pretrain_seconds: 9.7,
                runs: 16,
                by_hand: ByHand { runs: Some(ChangedRuns::Several), ..ByHand::default() },
                ..Comparison::default()
            })),
        );
        self.tell(0.0, Record::Stage(Stage::Finished));
    }
}
