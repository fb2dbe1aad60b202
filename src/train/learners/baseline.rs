//! A count-based baseline as a run, beside every experiment.

use std::sync::Arc;

use crate::data::examples::ExampleId;
use crate::error::Result;
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::method::Baseline;
use crate::session::record::{Audit, Outcome, StepPoint};
use crate::text::documents::{Documents, TaskWord};
use crate::train::protocol::event::{Guess, Word};
use crate::train::run::{Advice, Learned, LearnedVectors, Learner, argmax};
use crate::train::task::{Task, Workspace};
use crate::transfer::baselines::{self, Advance};

/// Iterations of the solver in a round.
const ITERATIONS: usize = 4;

/// The baseline of the other runs.
pub struct BaselineLearner {
    documents: Arc<Documents>,
    train: Vec<ExampleId>,
    baseline: Box<dyn baselines::BaselineClassifier>,
}

impl BaselineLearner {
    /// A baseline that counts words and will learn from `train`, if `which` is one; `seed` is for what it draws. The words are counted at once, to
    /// know how many parameters there are.
    pub fn new(
        documents: Arc<Documents>,
        train: Vec<ExampleId>,
        which: Baseline,
        seed: u64,
    ) -> Option<BaselineLearner> {
        let labels = train.iter().map(|&d| documents.labels[d as usize]).collect();
        let baseline = baselines::make(which, labels, documents.classes.len(), documents.words.len(), seed)?;
        let mut learner = BaselineLearner { documents, train, baseline };
        while learner.baseline.parameters() == 0 && !learner.baseline.finished() {
            learner.advance();
        }
        Some(learner)
    }

    /// Iterations there will be, about.
    pub fn planned_steps(&self) -> u64 {
        60
    }

    /// Weights and intercepts: all are learned.
    pub fn parameters(&self) -> (u64, u64) {
        (self.baseline.parameters(), self.baseline.parameters())
    }

    /// How it learns, in words.
    pub fn optimizer(&self) -> &'static str {
        self.baseline.optimizer()
    }

    fn advance(&mut self) -> Advance {
        let BaselineLearner { documents, train, baseline } = self;
        baseline.step(&|i| &documents.tokens[train[i] as usize][..])
    }
}

impl Learner for BaselineLearner {
    fn plan(&mut self, _tasks: &mut Vec<Task>) {}

    fn compute(&self, _task: &mut Task, _workspace: &mut Workspace) {}

    fn absorb(&mut self, _tasks: &mut [Task], _learning_rate_factor: f32) -> Learned {
        let mut last = None;
        for _ in 0..ITERATIONS {
            match self.advance() {
                Advance::Preparing => break,
                Advance::Solving(progress) => {
                    last = Some(StepPoint {
                        run: 0,
                        step: progress.iteration,
                        epoch: progress.iteration as f64,
                        samples: progress.iteration * self.train.len() as u64,
                        loss: progress.loss,
                        gradient: progress.gradient,
                        learning_rate: 0.0,
                        seconds: 0.0,
                    });
                }
                Advance::Done => return Learned::Ended(last, Outcome::Completed),
            }
        }
        last.map_or(Learned::Preparing, Learned::Going)
    }

    fn validated(&mut self, _loss: f64) -> Advice {
        Advice::GoOn
    }

    fn settle(&mut self) -> u64 {
        self.baseline.steps()
    }

    fn refresh(&mut self) {}

    fn classify(&self, documents: &[ExampleId], _workspace: &mut Workspace, probabilities: &mut Vec<f32>) {
        probabilities.clear();
        for &document in documents {
            let words = &self.documents.tokens[document as usize];
            probabilities.extend(self.baseline.probabilities(words).into_iter().map(|p| p as f32));
        }
    }

    fn explain(&self, words: &[String], _workspace: &mut Workspace) -> Option<Guess> {
        // A word that the task never had gets a number that no word has, and none of these counts for anything.
        let none = TaskWord(self.documents.words.len() as u32);
        let number = |word: &String| self.documents.word(word).unwrap_or(none).0;
        let numbers: Vec<u32> = words.iter().map(number).collect();
        let probabilities: Vec<f32> =
            self.baseline.probabilities(&numbers).into_iter().map(|p| p as f32).collect();
        let contributions = self.baseline.contributions(&numbers, argmax(&probabilities));
        let words = words
            .iter()
            .zip(numbers)
            .zip(contributions)
            .map(|((text, number), contribution)| Word {
                text: text.clone(),
                known: number != none.0 && self.baseline.knows(number),
                contribution: contribution as f32,
            })
            .collect();
        Some(Guess { probabilities, words })
    }

    fn audit(&self) -> Audit {
        Audit::NothingTransferred
    }

    fn steps(&self) -> u64 {
        self.baseline.steps()
    }

    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)> {
        // Learning again takes less than a checkpoint is worth, and comes to the same bits.
        self.baseline.finished().then(|| (String::new(), Vec::new()))
    }

    fn restore(&mut self, _state: &str, _tensors: Tensors) -> Result<()> {
        while !self.baseline.finished() {
            self.advance();
        }
        Ok(())
    }

    fn word_vectors(&self) -> Option<&dyn LearnedVectors> {
        None
    }
}
