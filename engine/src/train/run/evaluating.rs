//! How a run evaluates a set of examples: in parts, one or more a round.

use rayon::prelude::*;

use crate::data::examples::{ExampleId, FIRST_TEST_SET};
use crate::session::answers::{Answers, Packed, probability_code};
use crate::session::calibration::{Calibration, FittedOn};
use crate::session::record::{Evaluation, Record, VALIDATION};
use crate::train::task::{Kind, Task, Workspace};
use crate::transfer::calibration::Temperature;
use crate::transfer::predictor::argmax;

use super::state::{Opinions, Phase, Run, UnderWay};

/// The largest number of documents in an evaluation task.
const CHUNK: usize = 32;
/// The approximate number of their words. It is small because a question is answered only after the tasks in
/// progress.
const CHUNK_TOKENS: usize = 2_048;

impl Run {
    /// The next tasks of the evaluation in progress, `most` at most.
    pub(super) fn chunks(&self, most: usize) -> Vec<Task> {
        let mut tasks = Vec::new();
        let mut rest = &self.under_way.documents[self.under_way.next..];
        while tasks.len() < most
            && let Some(&longest) = rest.first()
        {
            // The first document is the longest, because they are sorted.
            let tokens = self.learner.steps_through(longest).max(1);
            let count = (CHUNK_TOKENS / tokens).clamp(1, CHUNK).min(rest.len());
            let (chunk, others) = rest.split_at(count);
            tasks.push(Task::new(Kind::Classify, chunk.to_vec()));
            rest = others;
        }
        tasks
    }

    /// Whether the run can be evaluated again on a set to get the predictions: the run has ended, and it was restored
    /// from a checkpoint, which has no predictions.
    pub fn may_look_again(&self, set: &str) -> bool {
        self.ended() && self.opinions.iter().all(|(name, ..)| name != set) && self.examples_of(set).is_some()
    }

    /// The examples of the validation set or of a test set; `None` if there is no such set.
    fn examples_of(&self, set: &str) -> Option<Vec<ExampleId>> {
        if set == VALIDATION {
            return (!self.validation.is_empty()).then(|| self.validation.clone());
        }
        let tests = &self.examples.sets()[FIRST_TEST_SET..];
        let at = tests.iter().position(|(name, _)| name == set)?;
        Some(self.tested(FIRST_TEST_SET + at))
    }

    /// Does a part of an evaluation of a run that [can be evaluated again](Run::may_look_again): one task per thread.
    /// True when nothing is left to do.
    pub fn look_again(&mut self, set: &str, workspaces: &mut [Workspace]) -> bool {
        if !self.may_look_again(set) {
            return true;
        }
        if self.looking.as_deref() != Some(set) {
            let Some(examples) = self.examples_of(set) else { return true };
            if self.looking.is_some() {
                self.learner.end_evaluation();
            }
            self.looking = Some(set.to_string());
            self.begin_evaluation(examples);
        }
        let mut tasks = self.chunks(workspaces.len());
        let run = &*self;
        let pairs = tasks.par_iter_mut().zip(workspaces.par_iter_mut());
        pairs.for_each(|(task, workspace)| run.compute(task, workspace));
        // The metrics were recorded when the run ended; only the predictions were missing.
        let over = self.take_evaluation(&tasks, set.to_string()).is_some();
        if over {
            self.looking = None;
        }
        over
    }

    /// Begins to evaluate the validation documents.
    pub(super) fn validate(&mut self) {
        if self.validation.is_empty() {
            return;
        }
        self.phase = Phase::Validating;
        self.begin_evaluation(self.validation.clone());
    }

    /// Fits the temperature on `probabilities (N, C)` of these examples.
    pub(super) fn fitted(&self, examples: &[ExampleId], probabilities: &[f32]) -> Temperature {
        let labels: Vec<u32> = examples.iter().map(|&e| self.examples.labels()[e as usize]).collect();
        Temperature::fit(probabilities, &labels, self.examples.classes().len())
    }

    /// Collects the probabilities of the validation examples from `tasks`. When all are there, fits the temperature and
    /// returns true.
    pub(super) fn take_held_out(&mut self, tasks: &[Task]) -> bool {
        for task in tasks {
            self.under_way.probabilities.extend_from_slice(&task.values);
            self.under_way.next += task.documents.len();
        }
        if self.under_way.next < self.under_way.documents.len() {
            return false;
        }
        let UnderWay { documents, probabilities, .. } = std::mem::take(&mut self.under_way);
        self.learner.end_evaluation();
        self.temperature = self.fitted(&documents, &probabilities);
        self.fitted_on = FittedOn::Validation(documents.len());
        true
    }

    /// The answers on `set`, which must be the set that was evaluated last.
    pub(super) fn answers(&mut self, set: String) -> Record {
        let (predicted, probabilities): (Vec<u16>, Vec<u16>) =
            std::mem::take(&mut self.answers).into_iter().unzip();
        let [predicted, probabilities] = [predicted, probabilities].map(|values| Packed::new(&values));
        Record::Answers(Answers { run: self.start.run, set, predicted, probabilities })
    }

    /// The calibration of the probabilities on `set`, which must be the set that was evaluated last.
    pub(super) fn calibration(&mut self, set: String) -> Record {
        let (reliability, loss) = std::mem::take(&mut self.calibrated);
        let [before, after] = reliability.map(|reliability| reliability.bins());
        let (run, temperature, fitted_on) = (self.start.run, self.temperature.into(), self.fitted_on);
        Record::Calibration(Calibration { run, set, temperature, fitted_on, loss, before, after })
    }

    /// Begins to evaluate the set at index `place`, or ends the run if there is no such set.
    pub(super) fn test(&mut self, place: usize) {
        if place < self.examples.sets().len() {
            self.phase = Phase::Testing(place);
            self.begin_evaluation(self.tested(place));
        } else {
            self.phase = Phase::Ended;
        }
    }

    pub(super) fn begin_evaluation(&mut self, mut documents: Vec<ExampleId>) {
        documents.sort_by_key(|&d| std::cmp::Reverse(self.examples.length(d)));
        let classes = self.examples.classes().len();
        self.learner.begin_evaluation(&documents);
        self.under_way =
            UnderWay { documents, confusion: vec![vec![0; classes]; classes], ..UnderWay::default() };
    }

    /// Adds the results of tasks to the evaluation in progress. Returns the evaluation when it is complete.
    pub(super) fn take_evaluation(&mut self, tasks: &[Task], set: String) -> Option<Evaluation> {
        let classes = self.examples.classes().len();
        let under_way = &mut self.under_way;
        // The validation loss has the class weights of the training loss, because it decides when to stop. A test loss
        // has none.
        let weights = self.learner.class_weights().filter(|_| set == VALIDATION);
        let mut calibrated = vec![0.0; classes];
        for task in tasks {
            for (&document, probabilities) in task.documents.iter().zip(task.values.chunks_exact(classes)) {
                let truth = self.examples.labels()[document as usize] as usize;
                let guess = argmax(probabilities);
                let weight = weights.map_or(1.0, |weights| weights.of(truth as u32));
                under_way.loss -= weight * f64::from(probabilities[truth].max(f32::MIN_POSITIVE)).ln();
                under_way.weight += weight;
                under_way.confusion[truth][guess] += 1;
                let (before, is_right) = (probabilities[guess], guess == truth);
                calibrated.copy_from_slice(probabilities);
                self.temperature.apply(&mut calibrated, classes);
                under_way.reliability[0].add(before, is_right);
                under_way.reliability[1].add(calibrated[guess], is_right);
                under_way.calibrated_loss -= f64::from(calibrated[truth].max(f32::MIN_POSITIVE)).ln();
                under_way.opinions.push((guess as u16, calibrated[guess]));
                under_way.true_probabilities.push(probability_code(calibrated[truth]));
            }
            under_way.next += task.documents.len();
        }
        if under_way.next < under_way.documents.len() {
            return None;
        }
        let under_way = std::mem::take(&mut self.under_way);
        self.learner.end_evaluation();
        let count = under_way.documents.len().max(1) as f64;
        self.calibrated = (under_way.reliability, under_way.calibrated_loss / count);
        let correct: u64 = (0..classes).map(|class| under_way.confusion[class][class]).sum();
        let answers = under_way.opinions.iter().zip(&under_way.true_probabilities);
        let mut answers: Vec<(ExampleId, (u16, u16))> = (under_way.documents.iter().copied())
            .zip(answers.map(|(opinion, &probability)| (opinion.0, probability)))
            .collect();
        answers.sort_unstable_by_key(|answer| answer.0);
        self.answers = answers.into_iter().map(|answer| answer.1).collect();
        self.opinions.retain(|(name, ..)| *name != set);
        self.opinions.push((set.clone(), under_way.documents, under_way.opinions));
        Some(Evaluation {
            run: self.start.run,
            step: self.learner.steps(),
            set,
            loss: under_way.loss / under_way.weight.max(f64::MIN_POSITIVE),
            accuracy: correct as f64 / count,
            confusion: under_way.confusion,
            seconds: self.seconds,
        })
    }

    /// The examples of a set with the true class `truth` and the predicted class `guess`, with the probability of the
    /// prediction, highest first; `None` if there are no predictions on the set.
    pub fn in_cell(&self, set: &str, truth: usize, guess: usize) -> Option<Vec<(f32, ExampleId)>> {
        let (_, ids, opinions) = self.opinions.iter().find(|(name, ..)| name == set)?;
        let labels = self.examples.labels();
        let mut found: Vec<(f32, ExampleId)> = (ids.iter().zip(opinions))
            .filter(|(id, (guessed, _))| {
                labels[**id as usize] as usize == truth && usize::from(*guessed) == guess
            })
            .map(|(&id, &(_, confidence))| (confidence, id))
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Some(found)
    }

    /// The sets of which there are predictions.
    pub fn evaluated_on(&self) -> impl Iterator<Item = &str> {
        self.opinions.iter().map(|(name, ..)| name.as_str())
    }

    /// The predicted class of every example of a set and its probability, by the last evaluation, in the order of the
    /// examples; `None` if there are no predictions on the set.
    pub fn opinions_on(&self, set: &str) -> Option<Opinions> {
        let (_, ids, opinions) = self.opinions.iter().find(|(name, ..)| name == set)?;
        let mut all: Opinions = ids.iter().copied().zip(opinions.iter().copied()).collect();
        all.sort_by_key(|known| known.0);
        Some(all)
    }
}
