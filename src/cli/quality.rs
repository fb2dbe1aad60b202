//! Prints results on benchmarks, forgetting, and accuracy by coverage.

use crate::error::signed;
use crate::session::calibrated::Calibrated;
use crate::session::history::History;
use crate::session::quality::Name;
use crate::session::record::Benchmark;
use crate::session::source_history::SourceHistory;

use super::number;
use super::table::Table;

/// The scores of the vectors on the benchmarks: at the first measurement and at the end of pre-training.
pub fn measured(source: &SourceHistory) -> Vec<String> {
    let line = |name: Name| {
        let mut told = source.quality.iter().filter(|told| told.value.name() == name);
        let last = &told.next_back()?.value;
        let score = |known: Option<f64>| known.map_or("–".to_string(), |score| format!("{score:.3}"));
        let first = told.next().map_or(String::new(), |first| format!("{} → ", score(first.value.known())));
        let unit = if name.1 == Benchmark::Similarity { "pairs" } else { "questions" };
        Some(format!(
            "  {} ({}): {first}{} ({} of {} {unit})",
            name.0,
            name.1.figure(),
            score(last.known()),
            last.used,
            last.of
        ))
    };
    source.benchmarks(f64::INFINITY).into_iter().filter_map(line).collect()
}

/// The change of the scores by fine-tuning, for each source by benchmark and label budget; empty if nothing was measured.
pub fn forgetting(history: &History) -> Vec<String> {
    history.sources().iter().flat_map(|source| forgetting_of(history, source)).collect()
}

fn forgetting_of(history: &History, source: &SourceHistory) -> Vec<String> {
    let found = history.forgetting(source, f64::INFINITY);
    if found.is_empty() {
        return Vec::new();
    }
    let mut table =
        Table::new(&["benchmark", "", ">labels", ">before", ">change", ">least", ">most", ">runs"]);
    for each in &found {
        let (least, most) = each.range();
        table.row([
            each.name.0.to_string(),
            each.name.1.figure().to_string(),
            each.budget.to_string(),
            format!("{:.3}", each.before),
            signed(each.mean(), 3),
            signed(least, 3),
            signed(most, 3),
            each.changes.len().to_string(),
        ]);
    }
    let whose = source.name.as_ref().map_or(String::new(), |name| format!(" of {name}"));
    let title = format!("Forgetting: how fine-tuning changed the benchmark scores of the vectors{whose}");
    std::iter::once(title).chain(table.lines()).collect()
}

/// Test accuracy on documents by the fraction of their words that have vectors, over all runs of a method and budget;
/// empty if all documents are in one group.
pub fn by_coverage(history: &History) -> Vec<String> {
    let found = history.by_coverage(f64::INFINITY);
    let mut groups: Vec<(f64, f64, u64)> = Vec::new();
    for group in found.iter().flat_map(|method| &method.groups) {
        if !groups.iter().any(|(from, ..)| *from == group.from) {
            groups.push((group.from, group.to, group.documents));
        }
    }
    if groups.len() < 2 {
        return Vec::new();
    }
    groups.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut heads = vec![">labels".to_string(), String::new()];
    heads.extend(groups.iter().map(|(from, to, _)| format!(">{}", coverage_group(*from, *to))));
    let mut table = Table::new(&heads);
    let documents = groups.iter().map(|(.., documents)| number::count(*documents));
    table.row([String::new(), "documents".into()].into_iter().chain(documents));
    for method in &found {
        let cell = |(from, ..): &(f64, f64, u64)| {
            let group = method.groups.iter().find(|group| group.from == *from);
            group.map_or("–".into(), |g| number::percent(g.correct / g.documents.max(1) as f64))
        };
        let first = [method.budget.to_string(), method.method.name().to_string()];
        table.row(first.into_iter().chain(groups.iter().map(cell)));
    }
    let title = "Test accuracy in % by the fraction of a document's words that have a vector".to_string();
    std::iter::once(title).chain(table.lines()).collect()
}

/// How far the probabilities of each method are off on the test set, before and after temperature scaling; nothing where no
/// run was tested.
pub fn calibration(history: &History) -> Vec<String> {
    let found = history.calibrated(f64::INFINITY);
    if found.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&[">labels", "", ">as trained", ">calibrated", ">temperature"]);
    for Calibrated { budget, method, before, after, temperature, .. } in &found {
        let points = |error: &f64| format!("{:.1}", error * 100.0);
        let name = method.name().to_string();
        table.row([budget.to_string(), name, points(before), points(after), format!("{temperature:.2}")]);
    }
    let title = "Expected calibration error on the test set, in percentage points; 0 is calibrated";
    std::iter::once(title.to_string()).chain(table.lines()).collect()
}

/// The name of a coverage group: "90 to 99 %", "all".
fn coverage_group(from: f64, to: f64) -> String {
    match from {
        from if from >= 1.0 => "all".into(),
        0.0 => format!("under {:.0} %", 100.0 * to),
        from => format!("{:.0} to {:.0} %", 100.0 * from, 100.0 * to),
    }
}
