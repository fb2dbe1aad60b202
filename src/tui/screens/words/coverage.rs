//! Coverage: how many of the task's words have a vector, which have none and why; after training, the accuracy of the
//! runs on documents with few and with many such words.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::session::coverage::{Cause, Joined, Missing};
use crate::session::quality::{MethodByCoverage, collapsed};
use crate::tui::state::State;
use crate::tui::widgets::bar::bar;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fit_right, percent, wrap};
use crate::tui::widgets::window;

use super::sentence::sentence;

/// Rows reserved for the words without a vector: an empty one, the heading, the words, and the number left out.
const MISSING: usize = 6;

/// Draws the view.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let there = state.history.source().vectors.as_ref().is_some_and(|vectors| vectors.at <= state.until());
    let Some(coverage) = state.history.source().coverage.as_ref().filter(|_| there) else {
        let text = "Coverage is counted when the word vectors are there.";
        return sentence(state, frame, area, text);
    };
    let width = usize::from(area.width);
    let groups = state.history.by_coverage(state.until());
    if state.screens.words.afterwards {
        return afterwards(state, frame, area, &groups);
    }
    let room = width.saturating_sub(36).min(50);
    let fraction = |name: &str, fraction: f64| {
        Line::from(vec![
            Span::raw(fit(name, 26)),
            Span::styled(bar(fraction, room), theme.accent()),
            Span::styled(fit_right(&percent(fraction), 9), theme.strong()),
        ])
    };
    let mut lines = vec![
        Line::styled("Of the words of the task's training part, so many have a vector:", theme.text()),
        fraction("of all words in the texts", coverage.by_token),
        fraction("of the distinct words", coverage.by_type),
    ];
    if let Some(made) = coverage.made {
        lines.push(Line::styled(
            "Of these, made from parts, for pre-training never saw the word:",
            theme.text(),
        ));
        lines.push(fraction("of all words in the texts", made.by_token));
        lines.push(fraction("of the distinct words", made.by_type));
    }
    if let Some(joined) = &coverage.joined {
        lines.extend(wrap(&self::joined(joined), width).into_iter().map(Line::raw));
    }
    for bare in &coverage.bare {
        let note = format!(
            "Of the {} documents of the set {}, {} ({}) have no word with a vector: frozen runs cannot tell them apart.",
            bare.of,
            bare.set,
            bare.documents,
            percent(bare.fraction())
        );
        lines.extend(wrap(&note, width).into_iter().map(|line| Line::styled(line, theme.text())));
    }
    if let Some(told) = coverage.mean_cosine.and_then(collapsed) {
        lines.extend(wrap(&told, width).into_iter().map(|line| Line::styled(line, theme.strong())));
    }
    if coverage.causes.is_empty() {
        let note = "What is missing cannot be transferred. A text of missing words only looks the same to a frozen \
                    run, whatever it says.";
        lines.extend(wrap(note, width).into_iter().map(|line| Line::styled(line, theme.dim())));
    }
    // A cause that affects fewer than one word in a thousand is left out, unless it is the most frequent one.
    let most = coverage.causes.first().map_or(0.0, |missing| missing.by_token);
    for missing in coverage.causes.iter().filter(|missing| missing.by_token >= most.min(0.001)) {
        let mut text = wrap(&self::cause(missing), width.saturating_sub(2)).into_iter();
        lines.extend(text.next().map(|line| Line::from(format!("• {line}"))));
        lines.extend(text.map(|line| Line::from(format!("  {line}"))));
    }
    // Some rows are always reserved for the words without a vector.
    let room = usize::from(area.height).saturating_sub(MISSING + usize::from(!groups.is_empty()));
    if lines.len() > room && room > 0 {
        let hidden = lines.len() + 1 - room;
        lines.truncate(room - 1);
        let rest = format!("  … {hidden} more lines: a larger terminal shows them");
        lines.push(Line::styled(rest, theme.dim()));
    }
    if !groups.is_empty() {
        lines.push(Line::styled(
            "c: how right the runs are on texts with few and with many of them",
            theme.dim(),
        ));
    }
    lines.push(Line::default());
    let missing = &coverage.missing;
    if missing.is_empty() {
        lines.push(Line::raw("No word is missing."));
    } else {
        lines.push(Line::styled(
            "The most frequent words without a vector, and how often they occur",
            theme.strong(),
        ));
        let columns = (width / 28).max(1);
        let rows = usize::from(area.height).saturating_sub(lines.len() + 1).max(1);
        let selected = state.screens.words.selected.unwrap_or(0);
        let all = missing.len().div_ceil(columns);
        let first = window::around(selected / columns, all, rows);
        for row in missing.chunks(columns).enumerate().skip(first).take(rows) {
            let spans = row.1.iter().enumerate().flat_map(|(i, (word, count))| {
                let chosen = state.screens.words.selected == Some(row.0 * columns + i);
                let style = if chosen { theme.selected() } else { theme.text() };
                [
                    Span::styled(fit(word, 18), style),
                    Span::styled(fit_right(&count.to_string(), 7) + "   ", theme.dim()),
                ]
            });
            lines.push(Line::from(spans.collect::<Vec<_>>()));
        }
        lines.extend(window::rest(first, all, rows).map(|rest| Line::styled(rest, theme.dim())));
    }
    frame.put(lines, area);
}

/// A sentence about words that were read as one word.
fn joined(joined: &Joined) -> String {
    let examples: Vec<String> =
        joined.examples.iter().take(3).map(|(phrase, count)| format!("{phrase} {count}")).collect();
    format!(
        "{} of the words were joined, for the vectors have phrases: {} to {} ({} distinct: {}). All runs but the \
         count-based read them so.",
        percent(joined.words as f64 / joined.of.max(1) as f64),
        joined.words,
        joined.phrases,
        joined.types,
        examples.join(", ")
    )
}

/// A sentence about one reason for missing vectors, and what to do about it.
fn cause(missing: &Missing) -> String {
    let fraction = format!("{} ({} words)", percent(missing.by_token), missing.types);
    let examples = |arrow: bool| {
        let example = |(word, other): &(String, String)| match arrow && !other.is_empty() {
            true => format!("{word} → {other}"),
            false => word.clone(),
        };
        missing.examples.iter().take(3).map(example).collect::<Vec<_>>().join(", ")
    };
    match missing.cause {
        Cause::Case => format!(
            "{fraction}: the vectors have them in other case only ({}). Texts are read in lower case: take vectors that \
             were trained so.",
            examples(true)
        ),
        Cause::Accents => format!(
            "{fraction}: the vectors have them with other accents or without ({}). Take vectors of texts that are written \
             like these.",
            examples(true)
        ),
        Cause::Form => format!(
            "{fraction}: the vectors have them in other characters that mean the same, as full width or ligatures ({}). \
             Write texts and vectors alike.",
            examples(true)
        ),
        Cause::Script => format!(
            "{fraction}: the vectors have no word of this script ({}). Take vectors of this language.",
            examples(true)
        ),
        Cause::Tokenisation => format!(
            "{fraction}: cut otherwise than the vectors' own texts ({}). Take vectors of texts that are cut like these: \
             letters before n't, n't and 's by themselves.",
            examples(true)
        ),
        Cause::Parts => format!(
            "{fraction}: put together of words that have vectors ({}). Vectors with subwords (fastText) would know \
             something of them.",
            examples(true)
        ),
        Cause::Number => format!("{fraction}: numbers ({}). They seldom matter.", examples(false)),
        Cause::Unknown => format!(
            "{fraction}: unknown to the vectors ({}). What is missing cannot be transferred: pre-train on texts like the \
             task's, or take larger vectors.",
            examples(false)
        ),
    }
}

/// Draws the test accuracy by the fraction of a document's words that have a vector.
fn afterwards(state: &State, frame: &mut Frame, area: Rect, methods: &[MethodByCoverage]) {
    let theme = state.theme;
    let mut groups: Vec<(f64, f64, u64)> = Vec::new();
    for group in methods.iter().flat_map(|method| &method.groups) {
        if !groups.iter().any(|(from, ..)| *from == group.from) {
            groups.push((group.from, group.to, group.documents));
        }
    }
    if groups.is_empty() {
        return sentence(
            state,
            frame,
            area,
            "The first run that is tested shows how right it is by coverage. c: back",
        );
    }
    groups.sort_by(|a, b| a.0.total_cmp(&b.0));
    let cells = |first: String, cells: Vec<String>| {
        first + &cells.iter().map(|cell| fit_right(cell, 10)).collect::<String>()
    };
    let name = |from: f64, to: f64| match from {
        from if from >= 1.0 => "100 %".to_string(),
        0.0 => format!("< {:.0} %", 100.0 * to),
        from => format!("{:.0}–{:.0} %", 100.0 * from, 100.0 * to),
    };
    let mut lines = vec![
        Line::styled("Test accuracy by the fraction of a text's words that have a vector", theme.strong()),
        Line::styled(cells(fit("labels", 19), groups.iter().map(|g| name(g.0, g.1)).collect()), theme.dim()),
        Line::styled(
            cells(fit("       texts", 19), groups.iter().map(|g| g.2.to_string()).collect()),
            theme.dim(),
        ),
    ];
    for method in methods {
        let cell = |(from, ..): &(f64, f64, u64)| {
            let group = method.groups.iter().find(|group| group.from == *from);
            group.map_or("–".into(), |g| percent(g.correct / g.documents.max(1) as f64))
        };
        let figures: String = groups.iter().map(|group| fit_right(&cell(group), 10)).collect();
        lines.push(Line::from(vec![
            Span::styled(fit_right(&method.budget.to_string(), 6) + " ", theme.strong()),
            Span::styled(
                fit(&format!("{} {}", method.method.marker(), method.method), 12),
                theme.method(method.method),
            ),
            Span::raw(figures),
        ]));
    }
    let note = "Means over the runs of a method. Where frozen falls behind on the left, missing words are to blame; few \
                texts say little. c: back to the missing words";
    lines.extend(wrap(note, usize::from(area.width)).into_iter().map(|line| Line::styled(line, theme.dim())));
    frame.put(lines, area);
}
