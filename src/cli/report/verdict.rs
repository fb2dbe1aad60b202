//! The verdict in sentences. It is the first section, because it says what a reader should know first.

use crate::plot::markup::escaped;
use crate::session::verdict;

use super::html::{self, Section};
use super::sheet::{Cell, Sheet, numbers, words};
use super::subject::Subject;

/// The sentences of the verdict, the most important first. If the session is not finished, a warning comes before them
/// that says what is missing.
pub fn section(subject: &Subject) -> Section {
    let mut body = String::new();
    if let Some(unfinished) = subject.unfinished() {
        body.push_str(&format!("<p class=\"warning\"><strong>{}</strong></p>\n", escaped(&unfinished)));
    }
    let sentences = if subject.comparison.rows.is_empty() {
        verdict::by_hand(&subject.history.by_hand(f64::INFINITY), subject.history.several_sources())
    } else {
        verdict::sentences(&subject.comparison)
    };
    body.push_str(&headlines(subject));
    if !sentences.is_empty() {
        let items: Vec<String> =
            sentences.iter().map(|sentence| format!("<li>{}</li>\n", escaped(sentence))).collect();
        body.push_str(&format!("<ul class=\"verdict\">\n{}</ul>\n", items.concat()));
    } else if subject.is_finished() {
        body.push_str(&html::paragraph("No two methods were tested at the same number of labels."));
    }
    Section::new("verdict", "Verdict", body)
}

/// The headlines as a table; empty if there are none.
fn headlines(subject: &Subject) -> String {
    let columns = vec![
        words("labels"),
        words(format!("difference in {}", subject.comparison.metric.name())),
        numbers("points", "the mean over the seeds"),
        numbers("95 % interval", subject.comparison.covers().phrase()),
        words("shown"),
    ];
    let caption = "What is shown: the interval is corrected for the number of these lines (Holm)";
    let mut sheet = Sheet::new(caption, columns);
    for (headline, text) in
        subject.comparison.headlines.iter().zip(verdict::headlines::headlines(&subject.comparison))
    {
        let low = headline.difference.interval.map_or(f64::NAN, |interval| interval.0);
        sheet.rows.push(vec![
            Cell::text(text.labels),
            Cell::text(text.question),
            Cell::number(text.points, headline.difference.mean),
            Cell::number(text.interval, low),
            Cell::text(text.finding.name()),
        ]);
    }
    if sheet.rows.is_empty() { String::new() } else { html::table(&sheet) }
}
