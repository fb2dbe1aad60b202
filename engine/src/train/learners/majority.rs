//! The majority baseline: it always predicts the most frequent class of the training labels. Every method must be
//! better.

use crate::data::examples::ExampleId;
use crate::session::record::Audit;
use crate::train::data::Data;
use crate::train::learner::{Evaluate, Inside, Inspect};
use crate::train::pretrained::{Drawn, Prepared};
use crate::train::task::Workspace;
use crate::transfer::predictor::Predictor;

use super::constant;
use super::untrained::Untrained;

/// Predicts the class frequencies of the training labels for every example. Of equally frequent classes the first is
/// predicted. One example is added to the count of each class, so that no probability is 0 and the loss is finite.
pub struct Majority {
    data: Data,
    probabilities: Vec<f32>,
}

impl Majority {
    /// The baseline of the labels in `train`.
    pub fn new(data: Data, train: &[ExampleId]) -> Majority {
        let examples = data.examples();
        let mut counts = vec![1_u32; examples.classes().len()];
        for &example in train {
            counts[examples.labels()[example as usize] as usize] += 1;
        }
        let all = counts.iter().sum::<u32>().max(1) as f32;
        Majority { probabilities: counts.into_iter().map(|count| count as f32 / all).collect(), data }
    }

    /// The baseline of all drawn labels, ready to begin.
    pub fn prepare(data: Data, drawn: &Drawn) -> Prepared {
        let majority = Majority::new(data, &drawn.all());
        let parameters = majority.probabilities.len() as u64;
        Prepared::solver(Untrained(majority), (parameters, parameters), 1, "counting the classes")
    }
}

impl Evaluate for Majority {
    fn classify(&self, _examples: &[ExampleId], _workspace: &mut Workspace, out: &mut [f32]) {
        out.chunks_exact_mut(self.probabilities.len())
            .for_each(|row| row.copy_from_slice(&self.probabilities));
    }

    fn steps_through(&self, _example: ExampleId) -> usize {
        0
    }
}

impl Inspect for Majority {
    fn predictor(&mut self) -> Predictor<'_> {
        match &self.data {
            Data::Text(documents) => {
                Predictor::from(constant::of_texts(documents, self.probabilities.clone()))
            }
            Data::Images(images) => Predictor::from(constant::of_images(images, self.probabilities.clone())),
        }
    }

    fn audit(&self) -> Audit {
        Audit::NothingTransferred
    }

    fn inside(&self) -> Inside<'_> {
        Inside::Nothing
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::documents::Documents;

    #[test]
    fn the_largest_class_is_always_the_answer_and_of_equals_the_first() {
        let mut documents = Documents::new(vec!["a".into(), "b".into(), "c".into()]);
        let labels = [1, 1, 0, 2, 2];
        documents.push_set("training", labels.into_iter().map(|label| ("word".to_string(), label)));
        let data = Data::Text(Arc::new(documents));
        let answer = |train: &[ExampleId]| {
            let mut out = vec![0.0; 6];
            let learner = Majority::new(data.clone(), train);
            learner.classify(&[3, 0], &mut Workspace::default(), &mut out);
            out
        };
        assert_eq!(answer(&[0, 1, 2, 3]), [2.0 / 7.0, 3.0 / 7.0, 2.0 / 7.0].repeat(2));
        let tied = answer(&[0, 1, 3, 4]);
        assert_eq!((tied[1], tied[2]), (3.0 / 7.0, 3.0 / 7.0));
        // Without labels all classes are equally likely.
        assert_eq!(answer(&[])[..3], [1.0 / 3.0; 3]);
    }
}
