//! Where a word stands in the corpus: the word in its contexts, and the contexts that two words share, which say why they are
//! near.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::error::{counted, grouped};
use crate::plot::cells::{cut, cut_start};
use crate::session::concordance::{Coming, Concordance, ConcordanceLine, SharedContext};
use crate::train::protocol::command::Question;
use crate::train::protocol::event::Answer;
use crate::tui::screens::commands::{models_again, quoted, seen_as};
use crate::tui::state::State;
use crate::tui::widgets::bar::bar;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fit_right, fitting, wrap};
use crate::tui::widgets::window;

use super::model::wish;
use super::sentence::sentence;
use super::sort::Sort;

/// How many lines of each word are requested.
pub const COUNT: usize = 200;
/// From this width on, shared contexts are beside the lines.
const BESIDE: u16 = 120;
/// The width of the shared contexts beside the lines.
const CONTEXTS: u16 = 46;

/// The words that are looked for: one or two.
pub fn words(state: &State) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let with = state.screens.words.with.clone();
    for word in wish(state).words().into_iter().chain(with) {
        if words.len() < 2 && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// The question for the lines; `None` without a word.
pub fn question(state: &State) -> Option<Question> {
    let words = words(state);
    (!words.is_empty()).then_some(Question::Concordance { words, count: COUNT })
}

/// Whether more is to come, so that the question must be asked again.
pub fn is_coming(state: &State) -> bool {
    found(state).is_none_or(|found| found.coming != Coming::Nothing)
}

/// The answer about the words that are shown.
fn found(state: &State) -> Option<&Concordance> {
    state.screens.words.asked.occurrences.found.as_ref().filter(|found| found.words == words(state))
}

/// Stores an answer.
pub fn answer(state: &mut State, answer: &Answer) {
    let asked = &mut state.screens.words.asked.occurrences;
    match answer {
        Answer::Concordance(found) => asked.set((**found).clone()),
        Answer::Unknown(why) => asked.refuse(why),
        _ => {}
    }
}

/// The words of the shared contexts, which can be selected.
pub fn contexts(state: &State) -> Vec<String> {
    found(state).map_or(Vec::new(), |found| found.shared.iter().map(|context| context.word.clone()).collect())
}

/// Scrolls the lines.
pub fn scroll(state: &mut State, by: isize) {
    let last = found(state).map_or(0, |found| found.lines.len().saturating_sub(1));
    let own = &mut state.screens.words;
    own.line = own.line.saturating_add_signed(by).min(last);
}

/// The command line that prints the same.
pub fn command(state: &State, folder: &str) -> Option<String> {
    let words = words(state);
    let (first, rest) = words.split_first()?;
    let with = rest.first().map_or(String::new(), |other| format!(" --with {}", quoted(other)));
    // One of several sources is named after a colon.
    let several = state.history.several_sources();
    let name = state.history.source().name.as_ref().filter(|_| several);
    let session = name.map_or_else(|| folder.to_string(), |name| format!("{folder}:{name}"));
    Some(format!("warmstart concordance {session} {}{with} --count {COUNT}", quoted(first)))
}

/// The lines as a table.
pub fn table(state: &State) -> Option<Vec<Vec<String>>> {
    found(state).map(Concordance::table)
}

/// Draws the view.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    if !state.can_ask() {
        let text = format!(
            "The corpus is read by the process that trains, and a {} has none: {}. Or copy the command with y: it reads \
             the corpus itself.",
            seen_as(state),
            models_again(state)
        );
        return sentence(state, frame, area, &text);
    }
    let asked = &state.screens.words.asked.occurrences;
    let wanted = words(state);
    if wanted.is_empty() {
        let text = "Type a word: where it stands in the corpus appears here. Two words (awful, dreadful) show the contexts \
                    that they share; so does O with a neighbour selected.";
        return sentence(state, frame, area, text);
    }
    let Some(found) = found(state) else {
        let text = asked.why.clone().unwrap_or_else(|| "Reading the corpus …".into());
        return sentence(state, frame, area, &text);
    };
    let head = head(state, found, usize::from(area.width));
    let height = (head.len() as u16).min(area.height);
    frame.put(head, Rect { height, ..area });
    let rest = Rect { y: area.y + height, height: area.height - height, ..area };
    if wanted.len() < 2 {
        return lines(state, frame, rest, found, 0);
    }
    let (left, right) = if rest.width >= BESIDE {
        let left = Rect { width: CONTEXTS, ..rest };
        (left, Rect { x: left.right() + 2, width: rest.width - CONTEXTS - 2, ..rest })
    } else {
        let height = (rest.height / 2).min(found.shared.len() as u16 + 1);
        (Rect { height, ..rest }, Rect { y: rest.y + height, height: rest.height - height, ..rest })
    };
    shared(state, frame, left, found);
    let half = right.height / 2;
    lines(state, frame, Rect { height: half, ..right }, found, 0);
    lines(state, frame, Rect { y: right.y + half, height: right.height - half, ..right }, found, 1);
}

/// What was looked at, and how near the words are by their contexts.
fn head(state: &State, found: &Concordance, width: usize) -> Vec<Line<'static>> {
    let counts = found.words.iter().zip(&found.occurrences);
    let counts: Vec<String> =
        counts.map(|(word, count)| format!("{} × {}", cut(word, 24), grouped(*count))).collect();
    let counts = counts.join(" · ");
    let room = width.saturating_sub(counts.width());
    let told = found.told();
    let told = fitting([format!("  {} · {told}", cut(&found.corpus, 60)), format!("  {told}")], room);
    let mut head = vec![Line::from(vec![
        Span::styled(counts, state.theme.strong()),
        Span::styled(cut(&told, room), state.theme.dim()),
    ])];
    if let [one, other] = &found.words[..] {
        let text = match found.cosine {
            Some(cosine) => format!(
                "The contexts of {one} and {other} have the cosine {cosine:.2} (PMI, {} words on each side). What makes it:",
                found.window
            ),
            None => format!("There are no contexts of {one} and {other} to compare."),
        };
        head.extend(wrap(&text, width).into_iter().map(|line| Line::styled(line, state.theme.text())));
    }
    head
}

/// Draws the contexts that two words share.
fn shared(state: &State, frame: &mut Frame, area: Rect, found: &Concordance) {
    let theme = state.theme;
    let selected = state.screens.words.selected;
    let rows = usize::from(area.height).saturating_sub(1);
    let first = selected.map_or(0, |at| window::around(at, found.shared.len(), rows));
    let most = found.shared.first().map_or(1.0, |context| context.share);
    let word = 14;
    let [one, other] = [0, 1].map(|at| found.words.get(at).map_or("", String::as_str));
    let head = format!("{} {} {}  share", fit("context", word), fit_right(one, 8), fit_right(other, 8));
    let mut lines = vec![Line::styled(cut(&head, usize::from(area.width)), theme.dim())];
    let line = |(at, context): (usize, &SharedContext)| {
        let style = if selected == Some(at) { theme.selected() } else { theme.text() };
        let [a, b] = context.counts.map(|count| fit_right(&grouped(count), 8));
        Line::from(vec![
            Span::styled(fit(&context.word, word), style),
            Span::styled(format!(" {a} {b}  "), theme.dim()),
            Span::raw(format!("{:>4.1}% ", 100.0 * context.share)),
            Span::styled(bar(context.share / most, 6).replace('░', " "), theme.accent()),
        ])
    };
    lines.extend(found.shared.iter().enumerate().skip(first).take(rows).map(line));
    frame.put(lines, area);
}

/// Draws the lines of one word: all, or those with the selected context.
fn lines(state: &State, frame: &mut Frame, area: Rect, found: &Concordance, word: usize) {
    let theme = state.theme;
    let context = state.screens.words.selected.filter(|_| found.words.len() > 1);
    let fits = |line: &&ConcordanceLine| {
        line.word == word && context.is_none_or(|context| line.contexts.contains(&context))
    };
    let mut all: Vec<&ConcordanceLine> = found.lines.iter().filter(fits).collect();
    sort(&mut all, state.screens.words.sort);
    let name = found.words.get(word).map_or("", String::as_str);
    let near = context.and_then(|context| found.shared.get(context)).map(|context| context.word.as_str());
    let told = match (all.len(), near) {
        (0, _) if found.coming == Coming::Nothing => format!("{name} does not stand in the corpus."),
        (0, _) => format!("{name}: looking …"),
        (count, Some(near)) => {
            format!(
                "{} of {name} with {near}, {}",
                counted(count, "line", "lines"),
                state.screens.words.sort.name()
            )
        }
        (count, None) => {
            format!("{} of {name}, {}", counted(count, "line", "lines"), state.screens.words.sort.name())
        }
    };
    let width = usize::from(area.width);
    let rows = usize::from(area.height).saturating_sub(1);
    let first = state.screens.words.line.min(all.len().saturating_sub(rows));
    let left = match window::rest(first, all.len(), rows) {
        Some(rest) => format!("{told} · {rest}"),
        None => told,
    };
    let mut drawn = vec![Line::styled(cut(&left, width), theme.dim())];
    let style = if word == 0 { theme.accent() } else { theme.good() };
    let keyword = all.iter().map(|line| line.keyword.width()).max().unwrap_or(0).min(width / 3);
    let side = width.saturating_sub(keyword + 2) / 2;
    for line in all.into_iter().skip(first).take(rows) {
        let before = cut_start(line.left.trim_end(), side);
        let mut spans = vec![Span::raw(" ".repeat(side.saturating_sub(before.width())))];
        spans.extend(marked(&before, near, theme.text(), theme.strong()));
        spans.push(Span::raw(" "));
        spans.push(Span::styled(fit(&line.keyword, keyword), style));
        spans.push(Span::raw(" "));
        spans.extend(marked(&cut(line.right.trim_start(), side), near, theme.text(), theme.strong()));
        drawn.push(Line::from(spans));
    }
    frame.put(drawn, area);
}

fn sort(lines: &mut [&ConcordanceLine], by: Sort) {
    match by {
        Sort::Corpus => {}
        Sort::Right => lines.sort_by_cached_key(|line| line.right.trim_start().to_lowercase()),
        Sort::Left => lines.sort_by_cached_key(|line| {
            line.left.to_lowercase().split_whitespace().rev().map(String::from).collect::<Vec<_>>()
        }),
    }
}

/// A text with a word emphasised where it stands alone.
fn marked(text: &str, word: Option<&str>, plain: Style, strong: Style) -> Vec<Span<'static>> {
    let Some(word) = word else { return vec![Span::styled(text.to_string(), plain)] };
    let mut spans = Vec::new();
    for part in text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '\'') {
        let own = part.trim_matches(|c: char| !c.is_alphanumeric());
        let style = if own.to_lowercase() == word { strong } else { plain };
        spans.push(Span::styled(part.to_string(), style));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(left: &str, right: &str) -> ConcordanceLine {
        ConcordanceLine {
            word: 0,
            passage: 0,
            left: left.into(),
            keyword: "film".into(),
            right: right.into(),
            contexts: Vec::new(),
        }
    }

    #[test]
    fn lines_are_sorted_from_the_word_on() {
        let lines = [line("a bad", "Zebra"), line("the good", "apple"), line("this bad", "of")];
        let mut sorted: Vec<&ConcordanceLine> = lines.iter().collect();
        let lefts =
            |lines: &[&ConcordanceLine]| lines.iter().map(|line| line.left.clone()).collect::<Vec<_>>();
        sort(&mut sorted, Sort::Right);
        assert_eq!(lefts(&sorted), ["the good", "this bad", "a bad"]);
        sort(&mut sorted, Sort::Left);
        assert_eq!(lefts(&sorted), ["a bad", "this bad", "the good"]);
        assert_eq!(Sort::Corpus.next().next().next(), Sort::Corpus);
    }

    #[test]
    fn a_context_is_emphasised_as_a_word_and_not_within_one() {
        let strong = Style::new().bold();
        let spans = marked("Soup, soups and soup!", Some("soup"), Style::new(), strong);
        let bold: Vec<&str> =
            spans.iter().filter(|span| span.style == strong).map(|span| &span.content[..]).collect();
        assert_eq!(bold, ["Soup,", "soup!"]);
        assert_eq!(spans.iter().map(|span| &span.content[..]).collect::<String>(), "Soup, soups and soup!");
    }
}
