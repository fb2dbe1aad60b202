//! The baseline that always answers the largest class of the training labels: what every method must beat.

use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples};
use crate::error::Result;
use crate::models::image_network::ImageNetwork;
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::record::{Audit, Outcome};
use crate::train::pretrained::{Drawn, Prepared};
use crate::train::protocol::event::{Guess, Word};
use crate::train::run::{Advice, Learned, LearnedVectors, Learner};
use crate::train::task::{Task, Workspace};

/// Answers with the fractions of the classes among the labels, whatever the example; of equally large classes the first
/// comes out on top. One more example of each class is counted, so that no class is impossible and the loss is finite.
pub struct Majority {
    probabilities: Vec<f32>,
}

impl Majority {
    /// The baseline of the labels in `train`.
    pub fn new(examples: &dyn Examples, train: &[ExampleId]) -> Majority {
        let mut counts = vec![1_u32; examples.classes().len()];
        for &example in train {
            counts[examples.labels()[example as usize] as usize] += 1;
        }
        let all = counts.iter().sum::<u32>().max(1) as f32;
        Majority { probabilities: counts.into_iter().map(|count| count as f32 / all).collect() }
    }

    /// The baseline of all labels that were drawn, ready to begin.
    pub fn prepare(examples: &Arc<impl Examples + 'static>, drawn: &Drawn) -> Prepared {
        let majority = Majority::new(&**examples, &drawn.all());
        let parameters = majority.probabilities.len() as u64;
        Prepared::solver(majority, (parameters, parameters), 1, "counting the classes")
    }
}

impl Learner for Majority {
    fn plan(&mut self, _tasks: &mut Vec<Task>) {}

    fn compute(&self, _task: &mut Task, _workspace: &mut Workspace) {}

    fn absorb(&mut self, _tasks: &mut [Task], _learning_rate_factor: f32) -> Learned {
        Learned::Ended(None, Outcome::Completed)
    }

    fn validated(&mut self, _loss: f64) -> Advice {
        Advice::GoOn
    }

    fn settle(&mut self) -> u64 {
        0
    }

    fn refresh(&mut self) {}

    fn classify(&self, examples: &[ExampleId], _workspace: &mut Workspace, probabilities: &mut Vec<f32>) {
        probabilities.clear();
        examples.iter().for_each(|_| probabilities.extend(&self.probabilities));
    }

    fn explain(&self, words: &[String], _workspace: &mut Workspace) -> Option<Guess> {
        let unread = |word: &String| Word { text: word.clone(), known: false, contribution: 0.0 };
        let words = words.iter().map(unread).collect();
        Some(Guess { probabilities: self.probabilities.clone(), words })
    }

    fn classify_prepared(&self, _prepared: &[f32], _workspace: &mut Workspace) -> Option<Vec<f32>> {
        Some(self.probabilities.clone())
    }

    fn network(&self) -> Option<&ImageNetwork<f32>> {
        None
    }

    fn audit(&self) -> Audit {
        Audit::NothingTransferred
    }

    fn steps(&self) -> u64 {
        0
    }

    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)> {
        Some((String::new(), Vec::new()))
    }

    fn restore(&mut self, _state: &str, _tensors: Tensors) -> Result<()> {
        Ok(())
    }

    fn word_vectors(&self) -> Option<&dyn LearnedVectors> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::documents::Documents;

    #[test]
    fn the_largest_class_is_always_the_answer_and_of_equals_the_first() {
        let mut documents = Documents::new(vec!["a".into(), "b".into(), "c".into()]);
        let labels = [1, 1, 0, 2, 2];
        documents.push_set("training", labels.into_iter().map(|label| ("word".to_string(), label)));
        let answer = |train: &[ExampleId]| {
            let mut out = Vec::new();
            let learner = Majority::new(&documents, train);
            learner.classify(&[3, 0], &mut Workspace::default(), &mut out);
            out
        };
        assert_eq!(answer(&[0, 1, 2, 3]), [2.0 / 7.0, 3.0 / 7.0, 2.0 / 7.0].repeat(2));
        let tied = answer(&[0, 1, 3, 4]);
        assert_eq!((tied[1], tied[2]), (3.0 / 7.0, 3.0 / 7.0));
        // Without a label all classes are alike.
        assert_eq!(answer(&[])[..3], [1.0 / 3.0; 3]);
    }
}
