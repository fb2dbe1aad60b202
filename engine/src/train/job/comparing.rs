//! Decides how the word vectors of kept models are stored: as F16 if this changes no prediction on the test set, which
//! halves the file. To know this, every kept model with word vectors classifies the test set once more, with rounded
//! vectors and in small steps.

use std::collections::VecDeque;

use rayon::prelude::*;

use crate::data::examples::{ExampleId, Examples, FIRST_TEST_SET};
use crate::error::counted;
use crate::models::text_classifier::Workspace;
use crate::text::documents::Documents;
use crate::train::run::Run;
use crate::transfer::predictor::config::{Precision, Stored};
use crate::transfer::predictor::text::TextPredictor;
use crate::transfer::predictor::{Predictor, argmax};

/// How many texts a thread classifies in a step.
const CHUNK: usize = 16;

/// The runs whose models are to be kept.
#[derive(Default)]
pub struct Keeping {
    /// The runs that have ended, and whether a model that exists is overwritten: it may come from an earlier end of the
    /// run that the log does not have.
    pub queue: VecDeque<(usize, bool)>,
    pub comparing: Option<Comparing>,
}

impl Keeping {
    /// Whether no model is left to be kept.
    pub fn idle(&self) -> bool {
        self.queue.is_empty() && self.comparing.is_none()
    }
}

/// The comparison of a run's predictions on the test set with those of its rounded word vectors.
pub struct Comparing {
    pub run: usize,
    rounded: TextPredictor<'static>,
    /// The examples of the test set, and the prediction of the run where it is known.
    examples: Vec<(ExampleId, Option<u16>)>,
    next: usize,
}

impl Comparing {
    /// The comparison for a run whose models keep up to `most_words` words; or how its model is stored, if nothing can be
    /// compared.
    pub fn begin(
        run: &mut Run,
        documents: Option<&Documents>,
        most_words: usize,
    ) -> Result<Comparing, Stored> {
        let unrounded = |why: &str| Err(Stored::unrounded(why));
        let Some(documents) = documents else { return unrounded("there are no texts") };
        let tests = (FIRST_TEST_SET..documents.sets().len()).flat_map(|place| run.tested(place));
        let mut examples: Vec<(ExampleId, Option<u16>)> = tests.map(|id| (id, None)).collect();
        examples.sort_unstable();
        if examples.is_empty() {
            return unrounded("there is no test set on which predictions with F16 could be compared");
        }
        for (_, ids, opinions) in &run.opinions {
            for (id, opinion) in ids.iter().zip(opinions) {
                if let Ok(place) = examples.binary_search_by_key(id, |example| example.0) {
                    examples[place].1 = Some(opinion.0);
                }
            }
        }
        let number = run.start.run;
        let Predictor::Text(predictor) = run.predictor() else { return unrounded("it has no word vectors") };
        match predictor.rounded(most_words) {
            Some(rounded) => Ok(Comparing { run: number, rounded, examples, next: 0 }),
            None => unrounded("a value is too large for F16"),
        }
    }

    /// Compares some more predictions. Returns how the word vectors are to be stored, as soon as that is known.
    pub fn step(&mut self, run: &mut Run, documents: &Documents) -> Option<Stored> {
        let count = (CHUNK * rayon::current_num_threads()).min(self.examples.len() - self.next);
        let some = &self.examples[self.next..self.next + count];
        let texts: Vec<&str> = some.iter().map(|&(id, _)| &documents.texts[id as usize][..]).collect();
        let rounded = guesses(&self.rounded, &texts);
        let doubtful = some.iter().zip(&rounded).zip(&texts);
        let doubtful = doubtful.filter(|((known, guess), _)| known.1 != Some(**guess));
        let (expected, texts): (Vec<u16>, Vec<&str>) =
            doubtful.map(|((_, &guess), &text)| (guess, text)).unzip();
        // A run that was restored has no predictions. And batches of other texts may give other last digits.
        if !texts.is_empty()
            && let Predictor::Text(own) = run.predictor()
            && guesses(&own, &texts) != expected
        {
            return Some(Stored::unrounded("F16 would change a prediction on the test set"));
        }
        self.next += count;
        (self.next == self.examples.len()).then(|| Stored {
            dtype: Precision::F16,
            why: format!(
                "F16 changes no prediction on the test set ({})",
                counted(self.examples.len(), "text", "texts")
            ),
        })
    }
}

/// The predicted class of each text. The work runs on the thread pool in which this is called.
fn guesses(predictor: &TextPredictor, texts: &[&str]) -> Vec<u16> {
    let classes = predictor.classes.len();
    let of = |workspace: &mut Workspace, texts: &[&str]| {
        let probabilities = predictor.probabilities(texts, workspace);
        probabilities.chunks_exact(classes).map(|row| argmax(row) as u16).collect::<Vec<_>>()
    };
    let chunks: Vec<Vec<u16>> = texts.par_chunks(CHUNK).map_init(Workspace::default, of).collect();
    chunks.concat()
}
