//! The answer to the question of a tour's chapter, by the session that the chapter ran.

use crate::session::comparison::{ComparisonRow, Difference};
use crate::session::history::History;
use crate::session::record::TEST;
use crate::session::tour::answer::Answer;
use crate::session::tour::question::Question;

use super::differences::{self, Compared};
use super::summary::{RunSummary, Truths};

/// The answer; `None` while the session has no comparison, or if not all sides were tested.
pub fn answered(history: &History, question: &Question) -> Option<Answer> {
    let comparison = history.comparison.as_deref()?;
    // The comparison lists no difference between document vectors and strategies, for example.
    let measure = |left: &ComparisonRow, right: &ComparisonRow| -> Option<Difference> {
        let truths: Vec<Truths> = history.true_classes.iter().filter_map(Truths::of).collect();
        let runs: Vec<RunSummary> =
            history.runs.iter().filter_map(|run| RunSummary::of(run, history, &truths)).collect();
        let sides = ((left.method, left.source.as_ref()), (right.method, right.source.as_ref()));
        let compared = Compared { metric: comparison.metric, set: TEST };
        differences::difference(&runs, sides, left.budget, compared).map(|measured| measured.0)
    };
    Answer::of(question, comparison, &measure)
}
