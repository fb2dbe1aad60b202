//! The experiment: methods × sources × label budgets × paired seeds, as a list of runs.
//!
//! The runs of one budget take turns, so that their curves advance together. Budgets follow one another, the smallest
//! first. All methods with the same budget and seed share the same labels.

use std::ops::Range;

use crate::session::budget::Budget;
use crate::session::method::{Method, Strategy};
use crate::session::recipe::Recipe;
use crate::session::source_name::SourceName;
use crate::session::steering::Addition;

/// A planned run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its number, from 0.
    pub run: usize,
    /// The method: how the model starts, and which parameters are trained.
    pub method: Method,
    /// The source of its pre-trained parameters; `None` if the method takes none.
    pub source: Option<SourceName>,
    /// The label budget.
    pub budget: Budget,
    /// Its repetition, from 0.
    pub seed: u32,
}

/// The runs of a recipe, and after them those of what was added while the experiment ran, in the order in which it was
/// added. So an addition changes the number of no run. The runs of one inner list take turns.
pub fn plan(recipe: &Recipe, additions: &[Addition]) -> Vec<Vec<Planned>> {
    let sides = sides(recipe);
    let mut plan = Vec::new();
    if let Some(fork) = &recipe.fork {
        // Its one run has the labels and random streams of the repetition that it begins from.
        let seed = fork.seed.saturating_sub(1);
        append(&mut plan, &sides, &budgets(recipe), seed..seed + 1);
        return plan;
    }
    let mut grown = recipe.clone();
    append(&mut plan, &sides, &budgets(&grown), 0..grown.seeds);
    for addition in additions {
        let before = grown.seeds;
        grown = grown.grown(addition);
        match *addition {
            Addition::Seeds(_) => append(&mut plan, &sides, &budgets(&grown), before..grown.seeds),
            Addition::Budget(budget) => append(&mut plan, &sides, &[budget], 0..grown.seeds),
        }
    }
    plan
}

/// The label budgets, the smallest first, each once.
fn budgets(recipe: &Recipe) -> Vec<Budget> {
    let mut budgets = recipe.labels.clone();
    budgets.sort_unstable();
    budgets.dedup();
    budgets
}

/// A method that takes a source runs once for each source. All others run once.
fn sides(recipe: &Recipe) -> Vec<(Method, Option<SourceName>)> {
    let mut methods = recipe.methods.clone();
    methods.sort_unstable();
    methods.dedup();
    let names = recipe.source_names();
    (methods.iter())
        .flat_map(|&method| match method.takes_source() {
            true => names.iter().map(|name| (method, Some(name.clone()))).collect(),
            false => vec![(method, None)],
        })
        .collect()
}

/// Appends the runs of these budgets and repetitions to a plan.
fn append(
    plan: &mut Vec<Vec<Planned>>,
    sides: &[(Method, Option<SourceName>)],
    budgets: &[Budget],
    seeds: Range<u32>,
) {
    let mut run: usize = plan.iter().map(Vec::len).sum();
    for &budget in budgets {
        let mut together = Vec::new();
        for seed in seeds.clone() {
            for (method, source) in sides {
                together.push(Planned { run, method: *method, source: source.clone(), budget, seed });
                run += 1;
            }
        }
        plan.push(together);
    }
}

/// The runs of a recipe with additions in the order in which they begin. Those of one inner list take turns. A run that
/// trains a sentence encoder needs much memory and uses all threads by itself, so it takes no turns with others.
pub fn turns(recipe: &Recipe, additions: &[Addition]) -> Vec<Vec<Planned>> {
    let alone = |planned: &Planned| trains_encoder(recipe, planned.method, planned.source.as_ref());
    let apart = |together: Vec<Planned>| {
        let (single, mut turns): (Vec<Planned>, Vec<Vec<Planned>>) = {
            let (single, light): (Vec<Planned>, Vec<Planned>) = together.into_iter().partition(alone);
            (single, if light.is_empty() { Vec::new() } else { vec![light] })
        };
        turns.extend(single.into_iter().map(|planned| vec![planned]));
        turns
    };
    plan(recipe, additions).into_iter().flat_map(apart).collect()
}

/// Whether a run of `method` from `source` has a sentence encoder of its own.
pub fn trains_encoder(recipe: &Recipe, method: Method, source: Option<&SourceName>) -> bool {
    let name = &recipe.source_names()[recipe.source_place(source)];
    let encoder = recipe.text().is_some_and(|text| text.with_source(name).source().encoder().is_some());
    encoder && method.strategy().is_some_and(|strategy| strategy != Strategy::Frozen)
}

/// The seed of the random streams for repetition `seed`. All methods of one repetition use the same streams, whatever
/// their source: for labels, the order of batches and the initial head.
pub fn seed_of(recipe: &Recipe, seed: u32) -> u64 {
    recipe.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(u64::from(seed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::bounds::planned_runs;
    use crate::session::method::Baseline;
    use crate::session::method::DocumentVector;
    use std::path::Path;

    #[test]
    fn every_strategy_meets_the_baseline_at_every_budget_and_seed() {
        let recipe = Recipe::parse(
            "(title: \"t\", transfer: Text(source: Vectors(file: \"v.txt\"), task: Demo(), head: Average),
              labels: [\"all\", 500, 50, 500], methods: [FineTuned, TfIdf, Scratch], seeds: 2)",
            Path::new("r.ron"),
        )
        .unwrap();
        let plan = plan(&recipe, &[]);
        assert_eq!(plan.iter().map(Vec::len).collect::<Vec<_>>(), [6, 6, 6]);
        let flat: Vec<Planned> = plan.concat();
        assert!(flat.iter().enumerate().all(|(i, planned)| planned.run == i));
        assert_eq!(
            flat[0],
            Planned {
                run: 0,
                method: Method::Strategy(Strategy::Scratch),
                source: None,
                budget: Budget::Labels(50),
                seed: 0
            }
        );
        assert_eq!(flat[2].method, Method::Baseline(Baseline::TfIdf));
        // A run has a source if and only if its method takes one.
        assert_eq!(flat[1].source, Some("v".into()));
        assert_eq!((flat[2].method.takes_source(), &flat[2].source), (false, &None));
        assert_eq!(flat[17].budget, Budget::All);
        assert_ne!(seed_of(&recipe, 0), seed_of(&recipe, 1));
    }

    #[test]
    fn as_many_runs_are_announced_as_are_planned() {
        for (source, more) in [
            (
                "source: Vectors(file: \"v.txt\")",
                "labels: [\"all\", 500, 50, 500], methods: [TfIdf, FineTuned, TfIdf, Scratch]",
            ),
            (
                "sources: {\"a\": Vectors(file: \"a.txt\"), \"b\": Vectors(file: \"b.txt\")}",
                "labels: [50], methods: [Frozen, TfIdf]",
            ),
        ] {
            let text = format!(
                "(title: \"t\", transfer: Text({source}, task: Demo(), head: Average), {more}, seeds: 3)"
            );
            let recipe = Recipe::parse(&text, Path::new("r.ron")).unwrap();
            assert_eq!(planned_runs(&recipe), plan(&recipe, &[]).concat().len(), "{text}");
        }
    }

    #[test]
    fn methods_run_in_the_order_of_tables_each_once() {
        let recipe = Recipe::parse(
            "(title: \"t\", transfer: Text(source: Vectors(file: \"v.txt\"), task: Demo(), head: Average),
              labels: [50], methods: [Sif, Frozen, Nbsvm, Mean, TfIdf, Sif], seeds: 1)",
            Path::new("r.ron"),
        )
        .unwrap();
        let methods: Vec<Method> = plan(&recipe, &[]).concat().iter().map(|planned| planned.method).collect();
        assert_eq!(
            methods,
            [
                Method::Strategy(Strategy::Frozen),
                Method::DocumentVector(DocumentVector::Mean),
                Method::DocumentVector(DocumentVector::Sif),
                Method::Baseline(Baseline::TfIdf),
                Method::Baseline(Baseline::Nbsvm)
            ]
        );
    }

    #[test]
    fn what_is_added_follows_and_changes_no_number() {
        let recipe = Recipe::parse(
            "(title: \"t\", transfer: Text(source: Vectors(file: \"v.txt\"), task: Demo(), head: Average),
              labels: [500, 50], methods: [Frozen, TfIdf], seeds: 2)",
            Path::new("r.ron"),
        )
        .unwrap();
        let before = plan(&recipe, &[]);
        let additions = [Addition::Seeds(1), Addition::Budget(Budget::All), Addition::Seeds(1)];
        let after = plan(&recipe, &additions);
        assert_eq!(after[..2], before[..]);
        let flat: Vec<Planned> = after.concat();
        assert!(flat.iter().enumerate().all(|(i, planned)| planned.run == i));
        let groups = after[2..].iter().map(|group| {
            let mut seeds: Vec<u32> = group.iter().map(|planned| planned.seed).collect();
            seeds.dedup();
            (group[0].budget, seeds)
        });
        // The added seed at both budgets, the added budget with all seeds, and a further seed at all three.
        let few = [Budget::Labels(50), Budget::Labels(500)];
        let mut expected = vec![(few[0], vec![2]), (few[1], vec![2]), (Budget::All, vec![0, 1, 2])];
        expected.extend([few[0], few[1], Budget::All].map(|budget| (budget, vec![3])));
        assert_eq!(groups.collect::<Vec<_>>(), expected);
        // Every cell of the grown recipe once.
        let mut cells: Vec<_> = flat.iter().map(|p| (p.budget, p.seed, p.method)).collect();
        cells.sort_unstable();
        cells.dedup();
        assert_eq!(cells.len(), 3 * 4 * 2);
    }
}
