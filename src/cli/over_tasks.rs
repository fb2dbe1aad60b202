//! Sessions of different tasks that share a pre-training: one table with a row a task, and a summary over tasks.

use std::path::Path;

use serde::Serialize;

use crate::session::arithmetic::flops;
use crate::session::budget::Budget;
use crate::session::comparison::{Comparison, Finding, bound, points};
use crate::session::history::History;
use crate::session::image_transfer::ImageSource;
use crate::session::method::{Method, Strategy};
use crate::session::parent::Root;
use crate::session::recipe::Transfer;
use crate::session::source_name::SourceName;
use crate::session::text_source::TextSource;
use crate::transfer::statistics::over_tasks::{
    OverTasks, PaidOverTasks, TaskComparison, over_tasks, paid_over_tasks,
};

use super::number;
use super::sessions::Found;
use super::table::{self, Table};

/// What one pre-training brought over several tasks.
#[derive(Debug, Serialize)]
pub struct Study {
    /// The sessions, one for each task.
    pub tasks: Vec<String>,
    /// The name of the shared source in each of them.
    pub sources: Vec<SourceName>,
    /// Seconds of the pre-training, which was done once; 0 for a file.
    pub pretrain_seconds: f64,
    /// The summary in sentences.
    pub verdict: Vec<String>,
    /// The differences in each task and over the tasks.
    pub differences: Vec<OverTasks>,
    /// When the pre-training has paid for itself, for the best transfer at the largest budget.
    pub paid: Option<PaidOverTasks>,
}

/// What identifies pre-trained parameters.
#[derive(Debug, Clone, PartialEq)]
enum Parameters {
    /// The hash of what a session pre-trained.
    Hash(String),
    Vectors(TextSource),
    Network(ImageSource),
}

/// The studies that finished sessions of different tasks make, one for each pre-training that all of them share.
pub fn studies(found: &[Found], histories: &[History]) -> Vec<Study> {
    let recipes: Option<Vec<_>> = histories.iter().map(|history| history.recipe.as_deref()).collect();
    let comparisons: Option<Vec<&Comparison>> =
        histories.iter().map(|history| history.comparison.as_deref()).collect();
    let (Some(recipes), Some(comparisons)) = (recipes, comparisons) else { return Vec::new() };
    let twice = |(at, recipe): (usize, &&crate::session::recipe::Recipe)| {
        recipes[..at].iter().any(|other| other.has_same_task(recipe))
    };
    let metrics_differ = comparisons.windows(2).any(|pair| pair[0].metric != pair[1].metric);
    if recipes.len() < 2 || recipes.iter().enumerate().any(twice) || metrics_differ {
        return Vec::new();
    }
    let known: Vec<Vec<(SourceName, Parameters)>> = found
        .iter()
        .zip(histories)
        .map(|(found, history)| parameters(&found.folder, history, histories))
        .collect();
    let shared = known[0].iter().filter_map(|(_, wanted)| {
        let name = |sources: &Vec<(SourceName, Parameters)>| {
            sources.iter().find(|(_, own)| own == wanted).map(|(name, _)| name.clone())
        };
        known.iter().map(name).collect::<Option<Vec<SourceName>>>()
    });
    shared.filter_map(|sources| study(found, histories, &comparisons, sources)).collect()
}

/// The pre-trained parameters of a session's sources. What a session pre-trained itself has a hash if one of `all` took it.
fn parameters(folder: &Path, history: &History, all: &[History]) -> Vec<(SourceName, Parameters)> {
    let Some(recipe) = history.recipe.as_deref() else { return Vec::new() };
    let same = |other: &Path| {
        other == folder || matches!((other.canonicalize(), folder.canonicalize()), (Ok(a), Ok(b)) if a == b)
    };
    let of_name = |name: SourceName| {
        let parent = history.parents.iter().find(|parent| parent.name == name);
        let taken = all.iter().flat_map(|other| &other.parents);
        let hash = match parent {
            Some(parent) => parent.hash.clone(),
            None => taken.filter(|of| of.source == name && same(&of.session)).find_map(|of| of.hash.clone()),
        };
        let root = parent.map(|parent| parent.root.clone()).or_else(|| match &recipe.transfer {
            Transfer::Text(text) => {
                let source = text.named_sources().into_iter().find(|known| known.0 == name)?.1;
                Some(Root::Text(Box::new(source.clone())))
            }
            Transfer::Images(images) => {
                let source = images.named_sources().into_iter().find(|known| known.0 == name)?.1;
                Some(Root::Images(Box::new(source.clone())))
            }
        });
        let found = match (hash, root?) {
            (Some(hash), _) => Parameters::Hash(hash),
            (None, root) if root.is_trained() => return None,
            (None, Root::Text(source)) => Parameters::Vectors(*source),
            (None, Root::Images(source)) => Parameters::Network(*source),
        };
        Some((name, found))
    };
    recipe.source_names().into_iter().filter_map(of_name).collect()
}

fn study(
    found: &[Found],
    histories: &[History],
    comparisons: &[&Comparison],
    sources: Vec<SourceName>,
) -> Option<Study> {
    let tasks: Vec<TaskComparison> = found
        .iter()
        .zip(comparisons)
        .zip(&sources)
        .map(|((found, comparison), source)| TaskComparison {
            name: found.name.clone(),
            comparison,
            source: source.clone(),
        })
        .collect();
    let margin = comparisons.iter().map(|comparison| comparison.margin).fold(0.0, f64::max);
    let differences = over_tasks(&tasks, margin);
    let best = best_of_each_budget(&differences);
    let last = best.last()?;
    let of_source = |get: &dyn Fn(&crate::session::source_history::SourceHistory) -> Option<f64>| {
        histories.iter().zip(&sources).find_map(|(history, name)| get(history.source_called(name)?))
    };
    let pretraining = of_source(&|source| source.flops.map(|flops| flops as f64));
    let pretrain_seconds =
        of_source(&|source| (source.seconds > 0.0).then_some(source.seconds)).unwrap_or(0.0);
    let paid = pretraining.and_then(|flops| paid_over_tasks(&tasks, flops as u64, last.left, last.budget));
    let verdict = verdict(&best, pretrain_seconds, paid.as_ref());
    let tasks = found.iter().map(|found| found.name.clone()).collect();
    Some(Study { tasks, sources, pretrain_seconds, verdict, differences, paid })
}

/// The transfer method with the largest mean difference to scratch at each budget.
fn best_of_each_budget(differences: &[OverTasks]) -> Vec<&OverTasks> {
    let scratch = Method::Strategy(Strategy::Scratch);
    let mut best: Vec<&OverTasks> = Vec::new();
    for found in differences.iter().filter(|found| found.right == scratch) {
        match best.iter_mut().find(|known| known.budget == found.budget) {
            Some(known) if found.mean > known.mean => *known = found,
            Some(_) => {}
            None => best.push(found),
        }
    }
    best.sort_by_key(|found| found.budget);
    best
}

fn verdict(best: &[&OverTasks], pretrain_seconds: f64, paid: Option<&PaidOverTasks>) -> Vec<String> {
    let mut sentences: Vec<String> =
        best.iter().enumerate().map(|(at, found)| over(found, at == 0)).collect();
    if pretrain_seconds > 0.0 {
        let tasks = best.first().map_or(0, |found| found.tasks.len());
        let spent = number::seconds(pretrain_seconds);
        let arithmetic = paid.map(paid_for).unwrap_or_default();
        sentences.push(format!("Pre-training took {spent}, once for {tasks} tasks{arithmetic}."));
    }
    sentences
}

fn over(found: &OverTasks, first: bool) -> String {
    let tasks = found.tasks.len();
    let begin =
        if first { format!("Trained once, reused across {tasks} tasks: with") } else { "With".into() };
    let labels = labels(found.budget);
    let what = match found.finding {
        Finding::Better => "is better than",
        Finding::Worse => "is worse than",
        Finding::Same => "is as good as",
        Finding::NotKnown => "is not known to differ from",
    };
    let interval = found
        .interval
        .map(|(low, high)| format!("; 95 % interval over tasks {} to {}", bound(low), bound(high)));
    let another = found
        .another_task
        .map(|(low, high)| format!("; another task of this kind: {} to {}", bound(low), bound(high)))
        .unwrap_or_default();
    let [better, worse] = [Finding::Better, Finding::Worse].map(|finding| found.count(finding));
    format!(
        "{begin} {labels}, {} {what} {} ({} points on average{}{another}). By itself it is better in {better} of the {tasks} \
         tasks and worse in {worse}.",
        found.left.name(),
        found.right.name(),
        points(found.mean),
        interval.unwrap_or_default(),
    )
}

fn paid_for(paid: &PaidOverTasks) -> String {
    let (reached, of) = (paid.saved.iter().flatten().count(), paid.saved.len());
    let saved: f64 = paid.saved.iter().flatten().sum();
    let (all, method) = (flops(paid.pretraining as f64), paid.method.name());
    let begin = format!(
        ", {all} of arithmetic. With {}, {method} reaches scratch's best validation accuracy in {reached} of {of} tasks",
        labels(paid.budget)
    );
    match paid.tasks {
        Some(tasks) => format!(
            "{begin} and saves {} on the way in all, so pre-training is paid for after {}",
            flops(saved),
            number::counted(tasks, "such task", "such tasks")
        ),
        None => format!("{begin} and saves no arithmetic on the way"),
    }
}

fn labels(budget: Budget) -> String {
    match budget {
        Budget::All => "all labels".into(),
        Budget::Labels(labels) => number::counted(labels as u64, "label", "labels"),
    }
}

/// The study as text: the verdict, a table with a row for each task, and the summary.
pub fn lines(study: &Study, histories: &[History]) -> Vec<String> {
    let mut lines: Vec<String> = study.verdict.iter().map(|sentence| format!("• {sentence}")).collect();
    lines.push(String::new());
    lines.extend(tasks(study, histories));
    lines.push(String::new());
    lines.push("Over tasks, every task counts the same · another task: where the difference in another task would lie".into());
    let heads = [">labels", "", ">points", ">95 % interval", ">another task", ">better", ">same", ">worse"];
    let mut table = Table::new(&heads);
    let mut before = None;
    let range = |range: Option<(f64, f64)>| {
        range.map_or("–".into(), |(low, high)| format!("{} to {}", bound(low), bound(high)))
    };
    let mut ordered: Vec<&OverTasks> = study.differences.iter().collect();
    ordered.sort_by_key(|found| found.budget);
    for found in ordered {
        let labels = if before == Some(found.budget) { String::new() } else { found.budget.to_string() };
        before = Some(found.budget);
        let counts =
            [Finding::Better, Finding::Same, Finding::Worse].map(|finding| found.count(finding).to_string());
        let row = [
            labels,
            format!("{} − {}", found.left.name(), found.right.name()),
            points(found.mean),
            range(found.interval),
            range(found.another_task),
        ];
        table.row(row.into_iter().chain(counts));
    }
    lines.extend(table.lines());
    lines
}

/// One row for each budget and task, and a column for each method.
fn tasks(study: &Study, histories: &[History]) -> Vec<String> {
    let comparisons: Vec<&Comparison> =
        histories.iter().filter_map(|history| history.comparison.as_deref()).collect();
    let Some(first) = comparisons.first() else { return Vec::new() };
    let shared =
        |at: usize, source: Option<&SourceName>| source.is_none_or(|source| *source == study.sources[at]);
    let rows = comparisons.iter().enumerate().flat_map(|(at, comparison)| {
        comparison.rows.iter().filter(move |row| shared(at, row.source.as_ref()))
    });
    let (mut budgets, mut methods): (Vec<_>, Vec<_>) = rows.map(|row| (row.budget, row.method)).unzip();
    budgets.sort_unstable();
    budgets.dedup();
    methods.sort_unstable();
    methods.dedup();
    let heads = [">labels".to_string(), "task".into()];
    let heads: Vec<String> =
        heads.into_iter().chain(methods.iter().map(|method| format!(">{}", method.name()))).collect();
    let mut table = Table::new(&heads);
    for budget in budgets {
        for (at, comparison) in comparisons.iter().enumerate() {
            let cell = |method: &Method| {
                let row = comparison.rows.iter().find(|row| {
                    (row.budget, row.method) == (budget, *method) && shared(at, row.source.as_ref())
                });
                row.map_or("–".into(), table::accuracy)
            };
            let labels = if at == 0 { budget.to_string() } else { String::new() };
            table.row([labels, study.tasks[at].clone()].into_iter().chain(methods.iter().map(cell)));
        }
    }
    std::iter::once(format!("Test {} in % of each task", first.metric.name())).chain(table.lines()).collect()
}
