//! `label --simulate`: known labels answer, and each way of choosing is compared with random choice.

use std::process::ExitCode;
use std::sync::Arc;

use rayon::prelude::*;

use crate::cli::drive::Watched;
use crate::cli::global::Global;
use crate::error::{Error, Result};
use crate::session::query_strategy::QueryStrategy;
use crate::train::labelling::parts::{self, Most, Parts};
use crate::train::threads;
use crate::transfer::active_learning::simulation::{Plan, Simulated, simulate};

use super::args::Args;
use super::report::{self, Curves};
use super::source;

/// Simulates and prints.
///
/// # Errors
/// When the data or the source cannot be read, or options do not fit together.
pub fn compare(args: &Args, global: &Global) -> Result<ExitCode> {
    let Some(what) = args.what.as_deref() else {
        return Err(Error::request(
            "no labels that could answer",
            "name a session, a recipe or labelled examples",
        ));
    };
    let mut budgets = args.budgets.clone();
    budgets.sort_unstable();
    budgets.dedup();
    if budgets.first() == Some(&0) {
        return Err(Error::request("a budget of 0 labels trains nothing", "name numbers of labels from 1"));
    }
    let seed = global.seed.unwrap_or(1);
    let (pool, mut watched) = (threads::pool(global.threads)?, Watched::new()?);
    let most = Most { pool: args.pool.unwrap_or(usize::MAX), ..Most::ALL };
    let mut going = |doing: &str, fraction: f64| watched.going(doing, fraction);
    let parts = source::ground(what, args, global, &pool, &mut going)
        .and_then(|ground| pool.install(|| parts::simulated(&ground, most, seed, &mut going)));
    let simulated = parts.and_then(|parts| {
        let strategies = strategies(&args.strategy, parts.classes.len());
        let curves = run(&parts, &strategies, args.seeds, seed, &budgets, &pool, &mut watched)?;
        Ok((parts, curves))
    });
    if let Some(code) = watched.end() {
        return Ok(code);
    }
    let (parts, curves) = simulated?;
    report::print(&parts, &curves, &args.strategy, global)?;
    Ok(ExitCode::SUCCESS)
}

/// What is simulated: the strategies that are asked for, or all; random choice always, as the first. With two classes
/// uncertainty chooses as margin does, so it is left out where both are asked for.
fn strategies(asked: &[QueryStrategy], classes: usize) -> Vec<QueryStrategy> {
    let asked = if asked.is_empty() { &QueryStrategy::ALL[..] } else { asked };
    let mut all = vec![QueryStrategy::Random];
    for &strategy in asked {
        let twin = classes == 2
            && match strategy {
                QueryStrategy::Uncertainty => all.contains(&QueryStrategy::Margin),
                QueryStrategy::Margin => all.contains(&QueryStrategy::Uncertainty),
                QueryStrategy::Random | QueryStrategy::Diversity => false,
            };
        if !all.contains(&strategy) && !twin {
            all.push(strategy);
        }
    }
    all
}

/// Simulates every strategy with every seed, on all threads.
fn run(
    parts: &Parts,
    strategies: &[QueryStrategy],
    seeds: u32,
    seed: u64,
    budgets: &[usize],
    pool: &rayon::ThreadPool,
    watched: &mut Watched,
) -> Result<Vec<Curves>> {
    let Some(known) = &parts.known else { return Ok(Vec::new()) };
    let plans: Vec<Plan> = strategies
        .iter()
        .flat_map(|&strategy| (0..u64::from(seeds)).map(move |number| (strategy, number)))
        .map(|(strategy, number)| Plan {
            strategy,
            seed: seed.wrapping_add(number),
            budgets: budgets.to_vec(),
            solving: parts.solving,
        })
        .collect();
    // Without a test part, the validation part tests: a simulation chooses nothing by it.
    let test = if parts.test.is_empty() { &parts.task.validation } else { &parts.test };
    let task = Arc::clone(&parts.task);
    let mut found: Vec<Simulated> = Vec::new();
    let threads = pool.current_num_threads().max(1);
    for (number, plans) in plans.chunks(threads).enumerate() {
        watched
            .going("simulating", (number * threads) as f64 / (strategies.len() as f64 * f64::from(seeds)))?;
        let one = |plan: &Plan| simulate(&task, known, test, plan, &mut |_| Ok(()));
        let some: Result<Vec<Simulated>> = pool.install(|| plans.par_iter().map(one).collect());
        found.extend(some?);
    }
    let of = |(place, &strategy): (usize, &QueryStrategy)| {
        let seeds = seeds as usize;
        Curves { strategy, seeds: found[place * seeds..(place + 1) * seeds].to_vec() }
    };
    Ok(strategies.iter().enumerate().map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_choice_is_always_there_and_twins_are_simulated_once() {
        use QueryStrategy::{Diversity, Margin, Random, Uncertainty};
        assert_eq!(strategies(&[], 2), [Random, Margin, Diversity]);
        assert_eq!(strategies(&[], 3), [Random, Margin, Uncertainty, Diversity]);
        assert_eq!(strategies(&[Uncertainty], 2), [Random, Uncertainty]);
        assert_eq!(strategies(&[Random, Diversity, Diversity], 2), [Random, Diversity]);
    }
}
