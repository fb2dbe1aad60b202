//! Draws a chapter: above, what is read, which scrolls; below, the question with its choices, or what to try.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::session::tour::chapter::Chapter;
use crate::train::protocol::event;
use crate::tui::layout;
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::wrap;
use crate::tui::widgets::window;

use super::model::{self, Stage, stage};

/// The widest text, in cells: longer lines are hard to read.
const WIDEST: usize = 96;
/// The fewest rows that the upper part keeps.
const LEAST: u16 = 4;

/// A row of the lower part, and the choice that a click on it guesses.
type Row = (Line<'static>, Option<usize>);

/// What is drawn where.
struct Parts {
    heading: Rect,
    above: Rect,
    below: Rect,
    text: Vec<Line<'static>>,
    rows: Vec<Row>,
}

fn parts(state: &State, area: Rect) -> Option<Parts> {
    let chapter = model::chapter(state)?;
    let width = usize::from(area.width).saturating_sub(2).min(WIDEST);
    let (text, rows) = match stage(state) {
        Stage::Asking | Stage::Running | Stage::Stopped => {
            (read(state, chapter, width), asked(state, chapter, width))
        }
        Stage::Kept | Stage::Answered => (answered(state, chapter, width), to_try(state, chapter, width)),
    };
    let heading = Rect { height: area.height.min(2), ..area };
    let rest = area.height.saturating_sub(2);
    let below = (rows.len() as u16).min(rest.saturating_sub(LEAST));
    // Below a short text, the question does not stand at the end of a large terminal.
    let above = (rest - below).min((text.len() as u16 + 1).max(LEAST));
    Some(Parts {
        heading,
        above: Rect { y: area.y + heading.height, height: above.min(rest), ..area },
        below: Rect { y: area.y + heading.height + above, height: below, ..area },
        text,
        rows,
    })
}

/// Draws the chapter, or says that there is none.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let Some(parts) = parts(state, area) else {
        let sentence = format!(" No tour is under way. t on {} begins one.", Tab::Lab);
        return frame.put(Line::styled(sentence, theme.dim()), area);
    };
    frame.put(heading(state, usize::from(area.width)), parts.heading);
    let (rows, count) = (usize::from(parts.above.height), parts.text.len());
    let (first, shown) = visible(state, rows, count);
    let mut lines: Vec<Line> = parts.text.into_iter().skip(first).take(shown).collect();
    if let Some(rest) = window::rest(first, count, shown) {
        lines.push(Line::styled(format!(" {rest}: pgdn, pgup"), theme.dim()));
    }
    frame.put(lines, parts.above);
    frame.put(parts.rows.into_iter().map(|row| row.0).collect::<Vec<_>>(), parts.below);
}

/// The index of the first visible line and the number of visible lines, if `rows` rows show `count` lines. One row says
/// what is left out.
fn visible(state: &State, rows: usize, count: usize) -> (usize, usize) {
    if count <= rows {
        return (0, count);
    }
    let shown = rows.saturating_sub(1);
    (state.screens.tour.first.min(count - shown), shown)
}

/// How many lines the upper part has, and in how many rows it shows them.
fn length(state: &State) -> (usize, usize) {
    let parts = parts(state, layout::layout(state).body);
    parts.map_or((0, 0), |parts| (parts.text.len(), usize::from(parts.above.height)))
}

/// Whether the text goes on below the visible lines.
pub fn has_more(state: &State) -> bool {
    let (count, rows) = length(state);
    let (first, shown) = visible(state, rows, count);
    first + shown < count
}

/// Whether lines are left out above.
pub fn is_scrolled(state: &State) -> bool {
    let (count, rows) = length(state);
    visible(state, rows, count).0 > 0
}

/// Scrolls the text.
pub fn scroll(state: &mut State, by: isize) {
    let (count, rows) = length(state);
    let (first, shown) = visible(state, rows, count);
    state.screens.tour.first = first.saturating_add_signed(by).min(count - shown.min(count));
}

/// The choices that can be clicked, and their areas.
pub fn targets(state: &State, area: Rect) -> Vec<(Rect, usize)> {
    let Some(parts) = parts(state, area) else { return Vec::new() };
    let below = parts.below;
    let at = |(row, (_, choice)): (usize, Row)| {
        let y = below.y + row as u16;
        choice.filter(|_| y < below.bottom()).map(|choice| (Rect { y, height: 1, ..below }, choice))
    };
    parts.rows.into_iter().enumerate().filter_map(at).collect()
}

/// The number and title of the chapter, and a mark for each chapter: read and measured, this one, still to come.
fn heading(state: &State, width: usize) -> Vec<Line<'static>> {
    let (theme, place, count) = (state.theme, state.screens.tour.place, model::count(state));
    let title = model::chapter(state).map_or("", |chapter| &chapter.title);
    let text = format!(" Chapter {} of {count}: {title}", place + 1);
    let mark = |at: usize| match model::progress_of(state, at).done {
        _ if at == place => "◆",
        true => "✓",
        false => "·",
    };
    let marks: Vec<&str> = (0..count).map(mark).collect();
    let marks = format!("{} ", marks.join(" "));
    let space = width.saturating_sub(text.width() + marks.width());
    let mut spans = vec![Span::styled(text, theme.accent())];
    if space > 1 {
        spans.push(Span::raw(" ".repeat(space)));
        spans.push(Span::styled(marks, theme.dim()));
    }
    vec![Line::from(spans), Line::default()]
}

/// Writes paragraphs into lines.
struct Writer {
    width: usize,
    lines: Vec<Line<'static>>,
}

impl Writer {
    fn say(&mut self, text: &str, style: ratatui::style::Style) {
        let lines = wrap(text, self.width).into_iter().map(|line| Line::styled(format!(" {line}"), style));
        self.lines.extend(lines);
    }

    fn space(&mut self) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
    }
}

/// The text of a chapter and its claim.
fn read(state: &State, chapter: &Chapter, width: usize) -> Vec<Line<'static>> {
    let mut to = Writer { width, lines: Vec::new() };
    for paragraph in &chapter.text {
        to.space();
        to.say(paragraph, state.theme.text());
    }
    to.space();
    to.say(&format!("The claim to test: {}", chapter.claim), state.theme.strong());
    to.lines
}

/// The question, its choices, and what comes next.
fn asked(state: &State, chapter: &Chapter, width: usize) -> Vec<Row> {
    let theme = state.theme;
    let plain = |line: Line<'static>| (line, None);
    let mut to = Writer { width, lines: Vec::new() };
    to.say(&chapter.question.ask, theme.accent());
    let mut rows: Vec<Row> = to.lines.into_iter().map(plain).collect();
    let guess = model::guess(state);
    for (place, choice) in model::choices(state).into_iter().enumerate() {
        let (mark, style) =
            if guess == Some(place) { ("▸", theme.selected()) } else { (" ", theme.text()) };
        let line = Line::from(vec![
            Span::raw(format!(" {mark} ")),
            Span::styled(choice.key.to_string(), theme.accent()),
            Span::raw("  "),
            Span::styled(choice.text, style),
        ]);
        rows.push((line, Some(place)));
    }
    let (sentence, style) = match stage(state) {
        Stage::Asking if guess.is_none() => {
            ("Guess: press the letter of an answer.".to_string(), theme.warning())
        }
        Stage::Asking => ("enter runs it here and now, and measures the answer.".to_string(), theme.good()),
        Stage::Stopped => {
            ("The run was stopped before its end. enter goes on with it.".to_string(), theme.warning())
        }
        _ => (running(state), theme.good()),
    };
    let mut to = Writer { width, lines: Vec::new() };
    to.say(&sentence, style);
    rows.extend(to.lines.into_iter().map(plain));
    rows
}

/// What is being done.
fn running(state: &State) -> String {
    let status = &state.status;
    let done = 100.0 * status.progress.clamp(0.0, 1.0);
    let doing = if status.doing.is_empty() || !state.is_training() {
        "It begins.".to_string()
    } else if status.state == event::State::Paused {
        format!("It is paused: {}, {done:.0} %. p goes on.", status.doing)
    } else {
        format!("It runs: {}, {done:.0} %.", status.doing)
    };
    format!("{doing} enter watches it on {}; the answer comes when it is finished.", Tab::Train)
}

/// The question, the guess, and what was measured.
fn answered(state: &State, chapter: &Chapter, width: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut to = Writer { width, lines: Vec::new() };
    to.say(&chapter.question.ask, theme.accent());
    let (answer, guess) = (model::answer(state), model::guess(state));
    let choice = answer.and_then(|answer| answer.choice);
    for (place, one) in model::choices(state).into_iter().enumerate() {
        let mark = match (choice == Some(place), guess == Some(place)) {
            (true, _) => "✓",
            (false, true) => "▸",
            (false, false) => " ",
        };
        let style = if choice == Some(place) { theme.strong() } else { theme.dim() };
        let whose = if guess == Some(place) { " (your guess)" } else { "" };
        to.lines.push(Line::styled(format!(" {mark} {}  {}{whose}", one.key, one.text), style));
    }
    to.space();
    match answer {
        Some(answer) => {
            to.say(&answer.judged(&chapter.question, guess), theme.strong());
            for sentence in &answer.sentences {
                to.say(sentence, theme.text());
            }
        }
        None if stage(state) == Stage::Kept => {
            to.say(
                "This chapter was run. Another session is in front now: enter shows the answer again.",
                theme.good(),
            );
        }
        None => to.say(
            "Not all sides were tested, so there is no answer. r runs the chapter again.",
            theme.warning(),
        ),
    }
    to.space();
    to.say(&format!("The claim was: {}", chapter.claim), theme.text());
    to.lines
}

/// What to look at, one thing to try, and how to go on.
fn to_try(state: &State, chapter: &Chapter, width: usize) -> Vec<Row> {
    let theme = state.theme;
    let mut to = Writer { width, lines: Vec::new() };
    if !chapter.look.is_empty() && stage(state) == Stage::Answered {
        let screen = model::screen(chapter);
        to.say(&format!("Look (s, {}): {}", screen.title(), chapter.look), theme.text());
    }
    to.say(&format!("Try: {}", chapter.attempt), theme.text());
    let is_last = state.screens.tour.place + 1 == model::count(state);
    let next = match stage(state) {
        Stage::Kept => "enter shows its answer again.".to_string(),
        _ if is_last => "This was the last chapter. x leaves the tour; the sessions are on Lab.".to_string(),
        _ => "enter goes to the next chapter.".to_string(),
    };
    to.say(&next, theme.good());
    to.lines.into_iter().map(|line| (line, None)).collect()
}
