//! Which classes pre-training helped: the difference of recall between the best transfer and scratch, class by class.

use crate::session::comparison::{ByClass, Covers, Difference, Headline};
use crate::session::method::{Method, Strategy};
use crate::session::record::TEST;

use super::cells::{Seen, measure, recalls};
use super::summary::{RunSummary, paired};

/// The recalls of the best transfer and of scratch at the largest budget. The interval of a class is over the seeds and over
/// the test examples of this class; the intervals of all classes are corrected together (Holm 1979). `None` if the answers
/// are not known. `name` gives the name of a class.
pub fn by_class(
    runs: &[RunSummary],
    headlines: &[Headline],
    margin: f64,
    name: impl Fn(usize) -> String,
) -> Option<ByClass> {
    let against_scratch = |headline: &&Headline| {
        headline.set == TEST && headline.difference.right == Method::Strategy(Strategy::Scratch)
    };
    let Difference { left, left_source, right, right_source, budget, .. } =
        &headlines.iter().rfind(against_scratch)?.difference;
    let sides = ((*left, left_source.as_ref()), (*right, right_source.as_ref()));
    let seen = |run: &RunSummary| {
        let answers = run.answers_on(TEST).map(<[_]>::to_vec);
        Seen { answers, drawn: run.drawn_on(TEST), ..Seen::default() }
    };
    let pairs: Vec<(Seen, Seen)> =
        paired(runs, sides, *budget).into_iter().map(|(a, b)| (seen(a), seen(b))).collect();
    let (measured, covers) = measure(&pairs);
    if covers == Covers::Seeds {
        return None;
    }
    let (left, left_source) = (*left, left_source.clone());
    let classes = recalls(&measured, margin, name);
    Some(ByClass { left, left_source, right: *right, budget: *budget, classes })
}
