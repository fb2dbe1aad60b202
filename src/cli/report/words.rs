//! The section on words: how nearest neighbours changed while the vectors were trained, how fine-tuning changed the
//! vectors and their scores on benchmarks, and which words have no vector.

use std::collections::HashSet;

use crate::error::{decimal, signed};
use crate::plot::lines::{Axis, Chart, Point, Series, Spread};
use crate::plot::markup::escaped;
use crate::plot::scale::Scale;
use crate::plot::series::Style;
use crate::session::continued::MovedWord;
use crate::session::source_history::{Probe, SourceHistory};

use super::super::{number, story};
use super::drift;
use super::html::{self, Section};
use super::sheet::{Cell, Sheet, numbers, prose, words};
use super::subject::Subject;

/// The number of neighbours that are listed and compared.
const NEIGHBOURS: usize = 8;
/// The maximum number of words without a vector that are listed.
const MISSING: usize = 20;

/// The section; `None` if the session has nothing to show about word vectors.
pub fn section(subject: &Subject) -> Option<Section> {
    let history = subject.history;
    let mut body: String = history.sources().iter().map(of_source).collect();
    body.push_str(&tuned(subject));
    (!body.is_empty()).then(|| Section::new("words", "Words", body))
}

/// The vectors of a source: how their neighbours settled, how far training moved them, and which words have none.
fn of_source(source: &SourceHistory) -> String {
    let mut body = String::new();
    if let Some(found) = &source.vectors {
        let (words, dim, origin) = &found.value;
        body.push_str(&html::paragraph(&html::sentence(&story::vectors(*words, *dim, origin, None))));
    }
    let probes: Vec<&Probe> = source.probes.iter().filter(|probe| !probe.looks.is_empty()).collect();
    if !probes.is_empty() {
        body.push_str(&html::table(&neighbours(&probes)));
    }
    if let Some(chart) = settling(&probes) {
        let entries: Vec<_> = chart.series.iter().map(|series| (series.style, series.name.clone())).collect();
        body.push_str("<h3>Drift of neighbours</h3>\n");
        body.push_str(&html::legend(&entries));
        body.push_str(&format!("<div class=\"grid\"><figure>{}</figure></div>\n", chart.svg()));
        body.push_str(&html::remark(&format!(
            "How many of the {NEIGHBOURS} final nearest neighbours of a word were already among its {NEIGHBOURS} nearest. If a \
             line is flat at the right, the neighbours of the word have settled."
        )));
    }
    if let Some(found) = &source.continued {
        body.push_str("<h3>Drift from the published vectors</h3>\n");
        body.push_str(&html::paragraph(&html::sentence(&found.value.told())));
        let title = "The words that training moved furthest".to_string();
        body.push_str(&html::table(&moved(title, &found.value.furthest)));
    }
    if let Some(coverage) = &source.coverage {
        body.push_str("<h3>Coverage</h3>\n");
        let told = story::coverage(coverage);
        let told = told.trim_start_matches("coverage: ");
        body.extend(told.lines().map(|line| html::paragraph(&html::sentence(line))));
        if !coverage.missing.is_empty() {
            let missing: Vec<String> = (coverage.missing.iter().take(MISSING))
                .map(|(word, count)| format!("{word} ({})", number::count(*count)))
                .collect();
            let text = format!("The most frequent words without a vector: {}.", missing.join(", "));
            body.push_str(&html::paragraph(&text));
        }
    }
    match &source.name {
        Some(name) if !body.is_empty() => {
            format!("<h3>{}</h3>\n{body}", escaped(&format!("Source {name}")))
        }
        _ => body,
    }
}

/// The effect of fine-tuning on the vectors: the words that it moved furthest, and the change of benchmark scores.
fn tuned(subject: &Subject) -> String {
    let mut body = match drift::moves(subject.folder, subject.history) {
        Ok(Some(found)) => {
            let remark = "Cosine 1: the direction of the vector is unchanged. Distance: Euclidean, between before and after.";
            let title = format!("The words that fine-tuning moved furthest: {}", found.run);
            html::table(&moved(title, &found.words)) + &html::remark(remark)
        }
        Ok(None) => String::new(),
        Err(error) => html::remark(&format!(
            "The words that moved are not known, because a kept model cannot be read: {error}"
        )),
    };
    let layers = layers(subject);
    if !layers.rows.is_empty() {
        body.push_str(&html::table(&layers));
    }
    for source in subject.history.sources() {
        let forgetting = forgetting(subject, source);
        if !forgetting.rows.is_empty() {
            body.push_str(&html::table(&forgetting));
        }
    }
    if body.is_empty() { body } else { format!("<h3>Drift by fine-tuning</h3>\n{body}") }
}

/// A table of the words that training moved furthest.
fn moved(title: String, moved_words: &[MovedWord]) -> Sheet {
    let columns = vec![
        words("word"),
        numbers("cosine", "between the vector before and after"),
        numbers("distance", "the Euclidean distance between the vector before and after"),
        prose("nearest before"),
        prose("nearest after"),
    ];
    let mut sheet = Sheet::new(title, columns);
    let number = |value: f32| Cell::number(decimal(value, 3), f64::from(value));
    for each in moved_words {
        sheet.rows.push(vec![
            Cell::text(each.word.clone()),
            number(each.cosine),
            number(each.distance),
            Cell::text(each.before.join(" · ")),
            Cell::text(each.after.join(" · ")),
        ]);
    }
    sheet
}

/// A table of how far fine-tuning moved the layers of sentence encoders: for each run the parameters that are kept.
fn layers(subject: &Subject) -> Sheet {
    let columns = vec![
        words("run"),
        words("layer"),
        numbers(
            "weights",
            "the length of the change of the layer's parameters, over that of the published ones, in %",
        ),
        numbers("cosine", "mean, between the states of tokens after the layer before training and now"),
    ];
    let mut sheet = Sheet::new("How far fine-tuning moved each layer of its encoder", columns);
    for run in &subject.history.runs {
        let Some(found) = run.layers_moved(f64::INFINITY).filter(|found| found.kept) else { continue };
        for layer in found.layers.iter().rev() {
            let (change, cosine) = (f64::from(layer.change), f64::from(layer.cosine));
            sheet.rows.push(vec![
                Cell::text(subject.history.name_of(run)),
                Cell::text(layer.layer.clone()),
                Cell::number(format!("{:.2}", change * 100.0), change),
                Cell::number(decimal(cosine, 3), cosine),
            ]);
        }
    }
    sheet
}

/// A table of the neighbours of the probe words: at the beginning of pre-training, after a quarter of the recorded
/// points, and at the end.
fn neighbours(probes: &[&Probe]) -> Sheet {
    let columns = vec![
        words("word"),
        numbers("after tokens", "tokens of pre-training"),
        prose("nearest words, with their cosines"),
    ];
    let mut sheet = Sheet::new("Neighbours while the vectors were trained", columns);
    for probe in probes {
        let last = probe.looks.len() - 1;
        let mut places = vec![0, last / 4, last];
        places.dedup();
        for look in places.into_iter().map(|place| &probe.looks[place]) {
            let (tokens, list) = &look.value;
            let near: Vec<String> = (list.iter().take(NEIGHBOURS))
                .map(|near| format!("{} {}", near.word, decimal(near.similarity, 2)))
                .collect();
            sheet.rows.push(vec![
                Cell::text(probe.word.clone()),
                Cell::number(number::short(*tokens as f64), *tokens as f64),
                Cell::text(near.join(" · ")),
            ]);
        }
    }
    sheet
}

/// A chart over pre-training: for each probe word, the percentage of its final nearest neighbours that were among its
/// nearest neighbours at that time. `None` if no word was recorded twice.
fn settling(probes: &[&Probe]) -> Option<Chart> {
    let near = |list: &[crate::session::record::Neighbour]| -> HashSet<String> {
        list.iter().take(NEIGHBOURS).map(|near| near.word.clone()).collect()
    };
    let mut series = Vec::new();
    for probe in probes.iter().filter(|probe| probe.looks.len() > 1) {
        let last = near(&probe.looks[probe.looks.len() - 1].value.1);
        let point = |(tokens, list): &(u64, Vec<_>)| {
            let there = near(list).intersection(&last).count() as f64;
            let y = 100.0 * there / last.len().max(1) as f64;
            Point { x: *tokens as f64 / 1e6, y, spread: (y, y) }
        };
        let points = probe.looks.iter().map(|look| point(&look.value)).collect();
        series.push(Series { name: probe.word.clone(), style: Style(series.len()), points });
    }
    let x = Scale::linear(series.iter().flat_map(|s| &s.points).map(|p| p.x), 5)?;
    let y = Scale::linear([0.0, 100.0], 5)?;
    Some(Chart {
        title: "Neighbours that stay".into(),
        x: Axis { title: "tokens of pre-training (millions)".into(), scale: x },
        y: Axis { title: "final neighbours already found (%)".into(), scale: y },
        spread: Spread::Band,
        series,
    })
}

/// A table of the change of the benchmark scores of the vectors by fine-tuning.
fn forgetting(subject: &Subject, source: &SourceHistory) -> Sheet {
    let columns = vec![
        words("benchmark"),
        words("figure"),
        words("fine-tuned on"),
        numbers("before", "the score of the pre-trained vectors"),
        numbers("change", "mean over the runs"),
        numbers("least", "the lowest change of a run"),
        numbers("most", "the highest change of a run"),
        numbers("runs", ""),
    ];
    let whose = source.name.as_ref().map_or(String::new(), |name| format!(" of {name}"));
    let title = format!("How fine-tuning changed the benchmark scores of the vectors{whose}");
    let mut sheet = Sheet::new(title, columns);
    let change = |change: f64| Cell::number(signed(change, 3), change);
    for each in subject.history.forgetting(source, f64::INFINITY) {
        let (least, most) = each.range();
        sheet.rows.push(vec![
            Cell::text(each.name.0),
            Cell::text(each.name.1.figure()),
            Cell::text(subject.budget(each.budget)),
            Cell::number(decimal(each.before, 3), each.before),
            change(each.mean()),
            change(least),
            change(most),
            Cell::number(number::count(each.changes.len() as u64), each.changes.len() as f64),
        ]);
    }
    sheet
}
