//! The trials of a run: which settings come next, and which are chosen.
//!
//! Both are read from the trials that the log has, so a resumed session decides the same as an uninterrupted one.

use super::record::{Outcome, Trial};
use super::tuning::Tuning;

/// The trial that follows `trials`, and its fold; `None` if tuning is over: all trials are done, or the user stopped one.
/// `trials` has a record for each trial and fold, in their order.
pub fn next(tuning: Tuning, trials: &[&Trial]) -> Option<(u32, Option<u32>)> {
    let stopped = trials.iter().any(|trial| trial.outcome == Outcome::Stopped);
    let (done, folds) = (trials.len() as u32, tuning.folds.unwrap_or(1));
    let next = (done / folds, tuning.folds.map(|folds| done % folds));
    (next.0 < tuning.trials && !stopped).then_some(next)
}

/// The trials with the means of their folds, and the sums of their steps and seconds. A last trial that has not had all
/// folds yet is left out.
pub fn whole(trials: &[&Trial]) -> Vec<Trial> {
    let groups: Vec<&[&Trial]> = trials.chunk_by(|a, b| a.trial == b.trial).collect();
    let folds = groups.first().map_or(0, |first| first.len());
    let stopped = |group: &&[&Trial]| group.iter().any(|trial| trial.outcome == Outcome::Stopped);
    let done = groups.into_iter().filter(|group| group.len() >= folds || stopped(group));
    done.filter_map(joined).collect()
}

/// The folds of one trial, as one trial.
fn joined(folds: &[&Trial]) -> Option<Trial> {
    let first = *folds.first()?;
    let mean = |of: fn(&Trial) -> Option<f64>| -> Option<f64> {
        let values: Vec<f64> = folds.iter().map(|trial| of(trial)).collect::<Option<_>>()?;
        Some(values.iter().sum::<f64>() / values.len() as f64)
    };
    let normal = |trial: &&&Trial| !matches!(trial.outcome, Outcome::Completed | Outcome::EarlyStop);
    Some(Trial {
        fold: None,
        score: mean(|trial| trial.score),
        loss: mean(|trial| trial.loss),
        outcome: folds.iter().find(normal).map_or(&first.outcome, |trial| &trial.outcome).clone(),
        steps: folds.iter().map(|trial| trial.steps).sum(),
        seconds: folds.iter().map(|trial| trial.seconds).sum(),
        ..first.clone()
    })
}

/// The trial of [`whole`] ones whose settings are used: the one with the highest score; among equals the one with the
/// lowest loss, and among these the first. Trials that diverged or were stopped are not chosen. If no trial can be chosen,
/// it is the first one, which has the recipe's own settings; `None` if there is no trial at all.
pub fn chosen(trials: &[Trial]) -> Option<&Trial> {
    let better = |a: &Trial, b: &Trial| {
        let (a_score, b_score) = (a.score.unwrap_or(f64::NEG_INFINITY), b.score.unwrap_or(f64::NEG_INFINITY));
        a_score > b_score
            || (a_score == b_score && a.loss.unwrap_or(f64::INFINITY) < b.loss.unwrap_or(f64::INFINITY))
    };
    let ended = trials.iter().filter(|trial| trial.ended_well());
    ended.reduce(|best, trial| if better(trial, best) { trial } else { best }).or(trials.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(trial: u32, score: Option<f64>, loss: f64, outcome: Outcome) -> Trial {
        let settings = Default::default();
        Trial {
            run: 0,
            trial,
            fold: None,
            settings,
            score,
            loss: score.map(|_| loss),
            outcome,
            steps: 1,
            seconds: 0.0,
        }
    }

    #[test]
    fn the_best_score_is_chosen_then_the_lowest_loss_then_the_first() {
        let chosen = |trials: &[Trial]| super::chosen(trials).map(|trial| trial.trial);
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
        let next = |trials: &[Trial]| {
            super::next(Tuning::of(3), &trials.iter().collect::<Vec<_>>()).map(|next| next.0)
        };
        let one = trial(0, Some(0.5), 0.5, Outcome::Completed);
        let two = trial(1, Some(0.5), 0.5, Outcome::EarlyStop);
        let stopped = trial(1, Some(0.5), 0.5, Outcome::Stopped);
        assert_eq!(next(&[]), Some(0));
        assert_eq!(next(&[one.clone(), two.clone()]), Some(2));
        assert_eq!(next(&[one.clone(), two, trial(2, None, 0.0, Outcome::Completed)]), None);
        assert_eq!(next(&[one, stopped]), None);
    }

    #[test]
    fn the_folds_of_a_trial_count_together() {
        let done = Outcome::Completed;
        let of = |index: u32, fold: u32, score: f64, outcome: &Outcome| Trial {
            fold: Some(fold),
            seconds: 1.5,
            ..trial(index, Some(score), 1.0 - score, outcome.clone())
        };
        let stopped = of(1, 1, 0.9, &Outcome::Stopped);
        let mut all = vec![of(0, 0, 0.6, &done), of(0, 1, 0.8, &done), of(1, 0, 0.9, &done)];
        let tuning = Tuning { trials: 2, folds: Some(2) };
        let refs = |all: &[Trial]| whole(&all.iter().collect::<Vec<_>>());
        let next = |all: &[Trial]| super::next(tuning, &all.iter().collect::<Vec<_>>());
        assert_eq!(next(&all), Some((1, Some(1))));
        let found = refs(&all);
        assert_eq!((found.len(), found[0].fold, found[0].seconds, found[0].steps), (1, None, 3.0, 2));
        assert!(
            (found[0].score.unwrap() - 0.7).abs() < 1e-12 && (found[0].loss.unwrap() - 0.3).abs() < 1e-12
        );
        all.push(stopped);
        assert_eq!(next(&all), None);
        let found = refs(&all);
        assert_eq!((found.len(), super::chosen(&found).map(|trial| trial.trial)), (2, Some(0)));
        all[3].outcome = done;
        assert_eq!(super::chosen(&refs(&all)).map(|trial| trial.trial), Some(1));
        assert_eq!(next(&all), None);
    }
}
