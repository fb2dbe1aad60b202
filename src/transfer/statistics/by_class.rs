//! Which classes pre-training helped: the difference of recall between the best transfer and scratch, class by class.

use crate::session::comparison::{ByClass, ClassDifference, Difference, Finding, Headline};
use crate::session::method::{Method, Strategy};
use crate::session::record::TEST;

use super::headlines::holm;
use super::summary::{RunSummary, of};
use super::two_way::{Spread, Values};

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
    let truths: Vec<u16> = answers.first()?.0.iter().map(|answer| answer.0).collect();
    if answers.iter().any(|(a, b)| a.len() != truths.len() || b.len() != truths.len()) {
        return None;
    }
    let mut classes: Vec<u16> = truths.clone();
    classes.sort_unstable();
    classes.dedup();
    let measured: Vec<(u16, usize, [f64; 2], Spread)> = (classes.iter())
        .filter_map(|&class| {
            let places: Vec<usize> = (0..truths.len()).filter(|&i| truths[i] == class).collect();
            let right = |answers: Answered, place: usize| f32::from(u8::from(answers[place].1 == class));
            let mut table = Values::new(places.len());
            let mut correct = [0.0; 2];
            for (a, b) in &answers {
                table.push(places.iter().map(|&place| right(a, place) - right(b, place)));
                for (sum, answers) in correct.iter_mut().zip([a, b]) {
                    *sum += places.iter().map(|&place| f64::from(right(answers, place))).sum::<f64>();
                }
            }
            let recalls = correct.map(|sum| sum / (places.len() * answers.len()) as f64);
            Some((class, places.len(), recalls, table.spread()?))
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
