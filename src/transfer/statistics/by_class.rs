//! Which classes pre-training helped: the difference of recall between the best transfer and scratch, class by class.

use crate::session::comparison::{ByClass, ClassDifference, Difference, Finding, Headline};
use crate::session::method::{Method, Strategy};
use crate::session::record::TEST;

use super::headlines::holm;
use super::rows::Row;
use super::summary::{RunSummary, of};
use super::table;
use super::two_way::Spread;

/// True and predicted class of every test example of a run.
type Answered<'a> = &'a [(u16, u16)];

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
    let mut pairs: Vec<(&RunSummary, &RunSummary)> = of(runs, (*left, left_source.as_ref()), *budget)
        .filter_map(|a| {
            let b = of(runs, (*right, right_source.as_ref()), *budget).find(|b| b.seed == a.seed)?;
            Some((a, b))
        })
        .collect();
    pairs.sort_by_key(|pair| pair.0.seed);
    let answers: Vec<(Answered, Answered)> =
        pairs.iter().map(|(a, b)| Some((a.answers_on(TEST)?, b.answers_on(TEST)?))).collect::<Option<_>>()?;
    if answers.iter().any(|(a, b)| a.len() != b.len()) {
        return None;
    }
    let mut classes: Vec<u16> = answers.iter().flat_map(|(a, _)| a.iter().map(|answer| answer.0)).collect();
    classes.sort_unstable();
    classes.dedup();
    let measured: Vec<(u16, usize, [f64; 2], Spread)> = (classes.iter())
        .filter_map(|&class| {
            let right = |answer: &(u16, u16)| f32::from(u8::from(answer.1 == class));
            let (mut rows, mut correct, mut count) = (Vec::new(), [0.0; 2], 0);
            for (&(a, b), pair) in answers.iter().zip(&pairs) {
                let places: Vec<usize> = (0..a.len()).filter(|&i| a[i].0 == class).collect();
                let values = a.iter().zip(b).map(|(a, b)| right(a) - right(b)).collect();
                rows.push(Row { values, drawn: pair.0.drawn_on(TEST) }.at(&places));
                count += places.len();
                for (sum, answers) in correct.iter_mut().zip([a, b]) {
                    *sum += places.iter().map(|&place| f64::from(right(&answers[place]))).sum::<f64>();
                }
            }
            let recalls = correct.map(|sum| sum / count as f64);
            Some((class, table::examples(&rows), recalls, table::spread(&rows)?.0))
        })
        .collect();
    let levels = holm(&measured.iter().map(|known| known.3.p_value()).collect::<Vec<_>>());
    let classes = (measured.into_iter().zip(levels))
        .map(|((class, examples, [left, right], spread), level)| {
            let interval = spread.interval(level);
            let class = name(usize::from(class));
            // Fewer than six examples show nothing, even if all differ the same way (exact McNemar).
            let finding = if examples < 6 { Finding::NotKnown } else { Finding::of(interval, margin) };
            ClassDifference { class, examples, left, right, interval, finding }
        })
        .collect();
    let (left, left_source) = (*left, left_source.clone());
    Some(ByClass { left, left_source, right: *right, budget: *budget, classes })
}
