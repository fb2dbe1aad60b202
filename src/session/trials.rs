//! The trials of a run: which settings come next, and which are chosen.
//!
//! Both are read from the trials that the log has, so a resumed session decides the same as an uninterrupted one.

use super::record::{Outcome, Trial};
use super::tuning::Tuning;

/// The index of the trial that follows `trials`; `None` if tuning is over: all trials are done, or the user stopped one.
pub fn next(tuning: Tuning, trials: &[&Trial]) -> Option<u32> {
    let stopped = trials.iter().any(|trial| trial.outcome == Outcome::Stopped);
    let next = trials.len() as u32;
    (next < tuning.trials && !stopped).then_some(next)
}

/// The trial whose settings are used: the one with the highest score; among equals the one with the lowest loss, and
/// among these the first. Trials that diverged or were stopped are not chosen. If no trial can be chosen, it is the first
/// one, which has the recipe's own settings; `None` if there is no trial at all.
pub fn chosen<'a>(trials: &[&'a Trial]) -> Option<&'a Trial> {
    let better = |a: &Trial, b: &Trial| {
        let (a_score, b_score) = (a.score.unwrap_or(f64::NEG_INFINITY), b.score.unwrap_or(f64::NEG_INFINITY));
        a_score > b_score
            || (a_score == b_score && a.loss.unwrap_or(f64::INFINITY) < b.loss.unwrap_or(f64::INFINITY))
    };
    let whole = trials.iter().copied().filter(|trial| trial.whole());
    whole.reduce(|best, trial| if better(trial, best) { trial } else { best }).or(trials.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(trial: u32, score: Option<f64>, loss: f64, outcome: Outcome) -> Trial {
        let settings = Default::default();
        Trial { run: 0, trial, settings, score, loss: score.map(|_| loss), outcome, steps: 1, seconds: 0.0 }
    }

    #[test]
    fn the_best_score_is_chosen_then_the_lowest_loss_then_the_first() {
        let chosen =
            |trials: &[Trial]| super::chosen(&trials.iter().collect::<Vec<_>>()).map(|trial| trial.trial);
        let done = Outcome::Completed;
        let diverged = Outcome::Diverged { what: "x".into() };
        let all = [
            trial(0, Some(0.7), 0.5, done.clone()),
            trial(1, Some(0.8), 0.6, done.clone()),
            trial(2, Some(0.8), 0.4, Outcome::EarlyStop),
            trial(3, Some(0.8), 0.4, done.clone()),
            trial(4, Some(0.9), 0.1, diverged.clone()),
            trial(5, Some(0.95), 0.1, Outcome::Stopped),
        ];
        assert_eq!(chosen(&all), Some(2));
        assert_eq!(chosen(&all[..1]), Some(0));
        assert_eq!(chosen(&[]), None);
        // Nothing can be chosen, so the recipe's own settings are used.
        assert_eq!(
            chosen(&[trial(0, None, 0.0, diverged.clone()), trial(1, Some(0.9), 0.1, diverged)]),
            Some(0)
        );
    }

    #[test]
    fn trials_follow_each_other_until_all_are_done_or_one_was_stopped() {
        let next = |trials: &[Trial]| super::next(Tuning { trials: 3 }, &trials.iter().collect::<Vec<_>>());
        let one = trial(0, Some(0.5), 0.5, Outcome::Completed);
        let two = trial(1, Some(0.5), 0.5, Outcome::EarlyStop);
        let stopped = trial(1, Some(0.5), 0.5, Outcome::Stopped);
        assert_eq!(next(&[]), Some(0));
        assert_eq!(next(&[one.clone(), two.clone()]), Some(2));
        assert_eq!(next(&[one.clone(), two, trial(2, None, 0.0, Outcome::Completed)]), None);
        assert_eq!(next(&[one, stopped]), None);
    }
}
