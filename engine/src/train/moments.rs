//! Word vectors and predictions as they were at a moment that the user has chosen, to compare later ones with them.

use ndarray::Array2;

use crate::error::Result;
use crate::session::choices::Closeness;
use crate::session::record::Neighbour;
use crate::text::words::Words;
use crate::train::protocol::command::Question;
use crate::train::protocol::event::Answer;
use crate::vectors::View;

use super::answers::with_table;
use super::job::Job;
use super::looks::named;
use super::twins::{self, Answered};

/// The most values that are kept: 64 MB.
const MOST: usize = 1 << 24;

/// The vectors that were kept last.
#[derive(Default)]
pub struct Moments {
    kept: Option<Kept>,
    /// The predictions of a run that were kept last.
    answers: Option<Answered>,
}

/// The vectors of the first words of a table.
struct Kept {
    words: Words,
    matrix: Array2<f32>,
}

impl Moments {
    /// Keeps the present vectors, or compares the kept ones with the present ones.
    pub fn answer(&mut self, job: &Job, question: &Question) -> Answer {
        let answer = match question {
            Question::KeepMoment { run } => with_table(job, *run, |view| {
                let count = view.words().len().min(MOST / view.dim().max(1));
                let words = view.words().iter().take(count).collect();
                self.kept = Some(Kept { words, matrix: view.table().to_array(0..count) });
                Ok(Answer::MomentKept(count))
            }),
            Question::NeighboursOfMoments { word, run, by, count } => with_table(job, *run, |view| {
                let lists = self.lists(view, word, (*by, *count));
                Ok(Answer::NeighboursOfMoments(Box::new(lists)))
            }),
            Question::KeepAnswers { run } => return self.keep_answers(job, *run),
            Question::Disagreements { runs, kept, set, count } => {
                let earlier = self.answers.as_ref().filter(|known| *kept && known.run == runs[1]);
                return match (kept, earlier) {
                    (true, None) => Answer::Unknown("no answers of this run are kept".into()),
                    _ => twins::disagreements(job, *runs, earlier, set, *count),
                };
            }
            _ => return Answer::Unknown("this is no question about a moment".into()),
        };
        answer.unwrap_or_else(|error| Answer::Unknown(error.to_string()))
    }

    fn keep_answers(&mut self, job: &Job, number: usize) -> Answer {
        let Some(run) = job.training.run(number) else {
            return Answer::Unknown("this run has not begun yet".into());
        };
        let known = run.evaluated_on().filter_map(|set| Some((set.to_string(), run.opinions_on(set)?)));
        let sets: Vec<_> = known.collect();
        if sets.is_empty() {
            let why = "its predictions are not in memory; it was not evaluated since the session was opened";
            return Answer::Unknown(why.into());
        }
        let names = sets.iter().map(|(set, _)| set.clone()).collect();
        self.answers = Some(Answered { run: number, sets });
        Answer::AnswersKept(names)
    }

    /// The neighbours of a word in the kept vectors, and in those of `now`; both only among the words that were kept.
    fn lists(
        &self,
        now: &View<'_>,
        word: &str,
        (by, count): (Closeness, usize),
    ) -> [std::result::Result<Vec<Neighbour>, String>; 2] {
        let Some(kept) = &self.kept else {
            return [0, 1].map(|_| Err("No moment is kept yet: M keeps the vectors as they are now.".into()));
        };
        let then = View::new(&kept.words, kept.matrix.view());
        let near = |view: &View<'_>, rows: Option<&[usize]>| -> Result<Vec<Neighbour>> {
            let mut near = view.near(word, by, count, rows)?;
            near.truncate(count);
            Ok(named(view, near))
        };
        let rows: Option<Vec<usize>> = (now.words().len() > kept.words.len())
            .then(|| kept.words.iter().filter_map(|word| now.own(word)).collect());
        [near(&then, None), near(now, rows.as_deref())].map(|list| list.map_err(|error| error.to_string()))
    }
}
