//! What a reader must know of the tuning behind a comparison, in sentences.

use super::comparison::{Comparison, TuningRow};
use super::method::Method;

/// How the methods were tuned, and what it cost; `None` without tuning.
pub fn sentence(comparison: &Comparison) -> Option<String> {
    let tried: Vec<&TuningRow> = comparison.tuning.iter().filter(|row| row.trials > 0.0).collect();
    let most = tried.iter().map(|row| row.trials).reduce(f64::max)?;
    let alike = tried.iter().all(|row| row.trials == most);
    let how = match alike {
        true => format!("The methods are tuned alike: each run tried {most:.0} settings"),
        false => format!(
            "The methods are NOT tuned alike, because trials were stopped: a run tried up to {most:.0} settings"
        ),
    };
    let mut sentence = format!(
        "{how}, the recipe's own first, and was then trained with those that were best on its validation examples; only \
         then was the test set opened."
    );
    let trials: f64 = tried.iter().map(|row| row.seconds * row.chosen.len() as f64).sum();
    let own: f64 = comparison.rows.iter().map(|row| row.seconds * row.values.len() as f64).sum();
    if own > 0.0 && trials > 0.0 {
        sentence
            .push_str(&format!(" The trials took {:.1} times as long as the runs themselves.", trials / own));
    }
    let mut nothing: Vec<Method> =
        comparison.tuning.iter().filter(|row| row.trials == 0.0).map(|row| row.method).collect();
    nothing.sort_unstable();
    nothing.dedup();
    if !nothing.is_empty() {
        let names: Vec<&str> = nothing.iter().map(|method| method.name()).collect();
        sentence.push_str(&format!(" Nothing to tune: {}.", names.join(", ")));
    }
    Some(sentence)
}

/// How the rows of a table were tuned, as the end of its title: "; tuned (12 settings a run)". Empty without tuning.
pub fn title(comparison: &Comparison) -> String {
    match comparison.tuning.iter().map(|row| row.trials).fold(0.0, f64::max) {
        0.0 => String::new(),
        most => format!("; tuned ({most:.0} settings a run)"),
    }
}

/// The settings that were chosen, one entry for each different choice with its seeds: "lr 0.002 · 40 ep (seeds 1, 3)";
/// "the recipe's own" for trial 0.
pub fn chosen(row: &TuningRow) -> Vec<String> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for chosen in &row.chosen {
        let own = if chosen.trial == 0 { " = recipe's own" } else { "" };
        let text = format!("{}{own}", chosen.settings.short());
        let seed = (chosen.seed + 1).to_string();
        match found.iter_mut().find(|known| known.0 == text) {
            Some(known) => known.1.push(seed),
            None => found.push((text, vec![seed])),
        }
    }
    let all = row.chosen.len();
    let entry = |(text, seeds): (String, Vec<String>)| match seeds.len() {
        count if count == all => text,
        1 => format!("{text} (seed {})", seeds[0]),
        _ => format!("{text} (seeds {})", seeds.join(", ")),
    };
    found.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::budget::Budget;
    use crate::session::comparison::ChosenSettings;
    use crate::session::method::{Baseline, Strategy};
    use crate::session::tuning::TrialSettings;

    fn row(method: Method, trials: f64, choices: &[(u32, f64)]) -> TuningRow {
        let choice = |(seed, &(trial, c)): (usize, &(u32, f64))| ChosenSettings {
            seed: seed as u32,
            trial,
            score: Some(0.8),
            settings: TrialSettings { c: Some(c), ..TrialSettings::default() },
        };
        TuningRow {
            method,
            source: None,
            budget: Budget::Labels(100),
            trials,
            seconds: 3.0 * trials,
            chosen: choices.iter().enumerate().map(choice).collect(),
            own: None,
            expected: Vec::new(),
        }
    }

    #[test]
    fn tuning_is_told_with_its_cost_and_what_had_none() {
        let tfidf = row(Baseline::TfIdf.into(), 12.0, &[(3, 0.5), (0, 5.0), (3, 0.5)]);
        assert_eq!(chosen(&tfidf), ["C 0.5 (seeds 1, 3)", "C 5 = recipe's own (seed 2)"]);
        assert_eq!(chosen(&row(Baseline::TfIdf.into(), 12.0, &[(3, 0.5), (3, 0.5)])), ["C 0.5"]);
        let mut comparison = Comparison {
            tuning: vec![tfidf.clone(), row(Baseline::Majority.into(), 0.0, &[])],
            ..Comparison::default()
        };
        let told = sentence(&comparison).unwrap();
        assert!(told.starts_with("The methods are tuned alike: each run tried 12 settings"), "{told}");
        assert!(told.ends_with("Nothing to tune: majority."), "{told}");
        assert_eq!(title(&comparison), "; tuned (12 settings a run)");
        comparison.tuning.push(row(Strategy::Scratch.into(), 4.0, &[(1, 0.1)]));
        assert!(sentence(&comparison).unwrap().contains("NOT tuned alike"));
        assert_eq!((sentence(&Comparison::default()), title(&Comparison::default())), (None, String::new()));
    }
}
