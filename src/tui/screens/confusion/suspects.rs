//! The labels of the training data that are probably wrong: a ranked list, which the training thread makes by training
//! a method on folds.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::error::counted;
use crate::plot::cells::cut;
use crate::session::audited::{AuditedLabel, write_csv};
use crate::session::method::Method;
use crate::session::record::RunStart;
use crate::session::source_name::SourceName;
use crate::train::protocol::command::{AUDIT_FOLDS, Command, Id, Question};
use crate::train::protocol::event::Answer;
use crate::tui::action::Effect;
use crate::tui::layout;
use crate::tui::screens::commands::{models_again, quoted, seen_as};
use crate::tui::screens::frame::body;
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{duration, fit, fit_right, left, percent, wrap};
use crate::tui::widgets::window::{self, moved};

use super::model::looked;

/// Rows above the list: what it is, two rows of figures, and the heads of its columns.
const ABOVE: u16 = 4;
/// Characters at the beginning of a text that a row of the list may show.
const BEGINNING: usize = 400;

/// The view of the suspects.
#[derive(Debug, Default)]
pub struct Suspects {
    /// Whether it is shown in the place of the matrix.
    pub open: bool,
    /// The method that is trained, and the source that it takes.
    side: Option<Side>,
    found: Found,
    /// The places in the list of what is shown: all, or only suspects of one pair of classes.
    shown: Vec<usize>,
    /// Which of these is selected.
    selected: usize,
    /// The first visible line of the selected text, if it is open.
    text: Option<usize>,
    /// The given and the suggested class of the suspects, and how many there are, the most frequent pair first.
    pairs: Vec<((String, String), usize)>,
    /// Which pair is shown; `None` for all examples.
    pair: Option<usize>,
}

/// A method, and the source that it takes.
type Side = (Method, Option<SourceName>);

/// The state of the question.
#[derive(Debug, Default)]
enum Found {
    /// It was not asked yet: the view says what it costs.
    #[default]
    Offered,
    Working {
        id: Id,
        doing: String,
        done: f64,
        /// When it began, in seconds since the front end started.
        since: f64,
    },
    There {
        folds: u32,
        list: Arc<Vec<AuditedLabel>>,
    },
    /// There is no list. The sentence says why.
    Nothing(String),
}

impl Suspects {
    fn selected(&self) -> Option<&AuditedLabel> {
        let Found::There { list, .. } = &self.found else { return None };
        list.get(*self.shown.get(self.selected)?)
    }

    /// Shows all examples, or the suspects of a pair.
    fn show(&mut self, pair: Option<usize>) {
        let Found::There { list, .. } = &self.found else { return };
        let of = pair.and_then(|pair| self.pairs.get(pair)).map(|(classes, _)| classes);
        let fits = |label: &AuditedLabel| {
            of.is_none_or(|(given, suggested)| {
                label.is_suspect && label.label == *given && label.suggested == *suggested
            })
        };
        self.shown = (0..list.len()).filter(|&place| fits(&list[place])).collect();
        (self.pair, self.selected, self.text) = (pair, 0, None);
    }
}

/// The pairs of given and suggested class among the suspects, the most frequent first.
fn pairs(list: &[AuditedLabel]) -> Vec<((String, String), usize)> {
    let mut pairs: Vec<((String, String), usize)> = Vec::new();
    for label in list.iter().filter(|label| label.is_suspect) {
        match pairs.iter_mut().find(|((given, to), _)| (given, to) == (&label.label, &label.suggested)) {
            Some((_, count)) => *count += 1,
            None => pairs.push(((label.label.clone(), label.suggested.clone()), 1)),
        }
    }
    pairs.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    pairs
}

/// Whether enter starts the audit.
pub fn is_offered(state: &State) -> bool {
    let own = &state.screens.confusion.suspects;
    own.open && matches!(own.found, Found::Offered)
}

/// Whether the list is shown.
pub fn has_list(state: &State) -> bool {
    let own = &state.screens.confusion.suspects;
    own.open && matches!(own.found, Found::There { .. })
}

/// Whether there are suspects of several kinds.
pub fn has_pairs(state: &State) -> bool {
    has_list(state) && state.screens.confusion.suspects.pairs.len() > 1
}

/// Opens the view for the method of the selected run, or closes it. A list that was made for this method is shown
/// again.
pub fn toggle(state: &mut State) {
    if state.screens.confusion.suspects.open {
        state.screens.confusion.suspects.open = false;
        return;
    }
    let run = looked(state).map(|looked| &looked.run.start);
    let Some((method, source)) = run.map(|start| (start.method, start.source.clone())) else { return };
    let why = if !state.can_ask() {
        let folder = state.folder.as_ref().map(|folder| quoted(&folder.display().to_string()));
        let command = folder.map_or(String::new(), |folder| {
            format!(" On the command line, `warmstart audit-labels {folder}` makes the list.")
        });
        Some(format!("A {} has no data to train on: {}.{command}", seen_as(state), models_again(state)))
    } else if !method.learns() {
        Some(format!("{} learns nothing from labels: select a run of another method first.", method.name()))
    } else {
        None
    };
    let own = &mut state.screens.confusion.suspects;
    own.open = true;
    if matches!(own.found, Found::Working { .. }) {
        // The audit goes on, whichever run is selected.
    } else if let Some(why) = why {
        (own.found, own.side) = (Found::Nothing(why), None);
    } else if own.side.as_ref() != Some(&(method, source.clone())) {
        *own = Suspects { open: true, side: Some((method, source)), ..Suspects::default() };
    }
}

/// Starts the audit.
pub fn ask(state: &mut State) -> Vec<Effect> {
    let Some((method, source)) = state.screens.confusion.suspects.side.clone() else { return Vec::new() };
    let (id, effect) = state.ask(Question::AuditLabels { method, source });
    state.screens.confusion.suspects.found =
        Found::Working { id, doing: "is asked for".into(), done: 0.0, since: state.now };
    vec![effect]
}

/// Closes the open text, or else the view. An audit in progress is cancelled.
pub fn close(state: &mut State) -> Vec<Effect> {
    let own = &mut state.screens.confusion.suspects;
    if own.text.take().is_some() {
        return Vec::new();
    }
    own.open = false;
    let Found::Working { id, .. } = own.found else { return Vec::new() };
    own.found = Found::Offered;
    state.toast("The audit of the labels was cancelled.");
    vec![Effect::Send(Command::Cancel(id))]
}

/// Opens the selected text whole, or closes it.
pub fn text(state: &mut State) {
    let own = &mut state.screens.confusion.suspects;
    own.text = match own.text {
        None if own.selected().is_some() => Some(0),
        _ => None,
    };
}

/// Moves the selection, or scrolls the open text.
pub fn scroll(state: &mut State, by: isize) {
    let area = place(body(state, layout::layout(state).body));
    let own = &mut state.screens.confusion.suspects;
    let lines = own.selected().map_or(0, |label| wrap(&label.text, usize::from(area.width)).len());
    match &mut own.text {
        Some(first) => *first = moved(*first, by, lines.saturating_sub(rows(area)) + 1),
        None => own.selected = moved(own.selected, by, own.shown.len()),
    }
}

/// Scrolls by pages.
pub fn page(state: &mut State, by: isize) {
    let rows = rows(place(body(state, layout::layout(state).body))).max(1);
    scroll(state, by * rows as isize);
}

/// Shows the suspects of the next pair of classes, or all examples after the last.
pub fn next_pair(state: &mut State) {
    let own = &mut state.screens.confusion.suspects;
    let next = own.pair.map_or(0, |pair| pair + 1);
    own.show((next < own.pairs.len()).then_some(next));
}

/// Writes the list as `audit-labels --out` does.
pub fn export(state: &mut State) -> Vec<Effect> {
    let Found::There { list, .. } = &state.screens.confusion.suspects.found else { return Vec::new() };
    let mut bytes = Vec::new();
    // Writing to memory cannot fail, and the texts are UTF-8.
    let _ = write_csv(list, &mut bytes);
    vec![Effect::Write { name: "suspects.csv".into(), text: String::from_utf8(bytes).unwrap_or_default() }]
}

/// Stores an answer if it belongs to this question.
pub fn answer(state: &mut State, id: Id, answer: &Answer) {
    let own = &mut state.screens.confusion.suspects;
    let Found::Working { id: asked, doing, done, .. } = &mut own.found else { return };
    if *asked != id {
        return;
    }
    match answer {
        Answer::LabelAudit(audit) => match &audit.list {
            None => (*doing, *done) = (audit.doing.clone(), audit.done),
            Some(list) => {
                own.pairs = pairs(list);
                own.found = Found::There { folds: audit.folds, list: list.clone() };
                own.show(None);
            }
        },
        Answer::Unknown(why) => own.found = Found::Nothing(why.clone()),
        _ => {}
    }
}

/// The command line that makes the same list.
pub fn command(state: &State) -> Option<String> {
    let own = &state.screens.confusion.suspects;
    let folder = quoted(&state.folder.as_ref().filter(|_| own.open)?.display().to_string());
    let side = own.side.as_ref().map_or(String::new(), |(method, source)| {
        let source = source.as_ref().filter(|_| state.history.several_sources());
        let source = source.map_or(String::new(), |name| format!(" --source {}", quoted(name.as_str())));
        format!(" --method {}{source}", quoted(method.name()))
    });
    Some(format!("warmstart audit-labels {folder}{side} --out suspects.csv"))
}

/// The method, and its source if the session has several.
fn name((method, source): &Side, state: &State) -> String {
    match source {
        Some(source) if state.history.several_sources() => format!("{} · {source}", method.name()),
        _ => method.name().to_string(),
    }
}

/// The part of the screen that is drawn on: a column is left free at each side.
fn place(area: Rect) -> Rect {
    Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..area }
}

/// The rows of the list, or of the open text.
fn rows(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(ABOVE + 1))
}

/// Draws the view.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let area = place(area);
    let (theme, own) = (state.theme, &state.screens.confusion.suspects);
    let width = usize::from(area.width);
    let by = own.side.as_ref().map_or(String::new(), |side| format!(", by {}", name(side, state)));
    let mut lines =
        vec![Line::styled(cut(&format!("Labels that are probably wrong{by}"), width), theme.strong())];
    let sentence = match &own.found {
        Found::Offered => offer(state),
        Found::Working { doing, done, since, .. } => {
            let left = left(state.now - since, *done).map_or(String::new(), |left| format!(", {left}"));
            format!("{doing} · {} done{left}. esc cancels.", percent(*done))
        }
        Found::Nothing(why) => why.clone(),
        Found::There { folds, list } => return list_view(state, frame, area, (*folds, list), lines),
    };
    lines.push(Line::default());
    lines.extend(wrap(&sentence, width).into_iter().map(Line::from));
    if let Found::Working { done, .. } = own.found {
        let bar = width.min(60);
        let full = (done * bar as f64) as usize;
        lines.push(Line::from(vec![
            Span::styled("█".repeat(full), theme.accent()),
            Span::styled("░".repeat(bar - full), theme.line()),
        ]));
    }
    frame.put(lines, area);
}

/// What the audit does, and what it costs.
fn offer(state: &State) -> String {
    let own = &state.screens.confusion.suspects;
    let Some(side) = &own.side else { return String::new() };
    let train = state.history.data.as_ref().map_or(0, |data| data.train);
    let examples = state.modality().examples();
    // The time is roughly in proportion to the labels, of which a fold leaves one in five out.
    let mine = |start: &RunStart| (start.method, &start.source) == (side.0, &side.1) && start.labels > 0;
    let ended = state.history.runs.iter().filter(|run| mine(&run.start));
    let longest = ended.filter_map(|run| Some((run.start.labels, run.end.as_ref()?.value.seconds)));
    let time = longest.max_by_key(|&(labels, _)| labels).map_or(String::new(), |(labels, seconds)| {
        let seconds = seconds * f64::from(AUDIT_FOLDS - 1) * train as f64 / labels as f64;
        format!(" That is about {} of computing, going by the run with {labels} labels.", duration(seconds))
    });
    format!(
        "It costs {AUDIT_FOLDS} trainings (fewer if a class has fewer than {AUDIT_FOLDS} examples): {} is trained {AUDIT_FOLDS} times, each \
         time on four fifths of the {train} labelled {examples}, and predicts the fifth that it did not see.{time} The \
         session goes on meanwhile, and nothing is added to it; while it trains, this work has one thread. enter starts, \
         esc goes back.",
        name(side, state)
    )
}

fn list_view(
    state: &State,
    frame: &mut Frame,
    area: Rect,
    (folds, list): (u32, &[AuditedLabel]),
    mut lines: Vec<Line<'static>>,
) {
    let (theme, own) = (state.theme, &state.screens.confusion.suspects);
    let (width, rows) = (usize::from(area.width), rows(area));
    let suspects: usize = own.pairs.iter().map(|(_, count)| count).sum();
    let told =
        format!("{suspects} of {} are suspects, in {folds} folds", counted(list.len(), "label", "labels"));
    lines.push(Line::from(cut(&told, width)));
    let rest = if let (Some(first), Some(label)) = (own.text, own.selected()) {
        let about = format!(
            "{}. labelled {} ({}), suggested {} ({})",
            label.rank,
            label.label,
            percent(f64::from(label.p_label)),
            label.suggested,
            percent(f64::from(label.p_suggested))
        );
        lines.extend([Line::styled(cut(&about, width), theme.strong()), Line::default()]);
        let text = wrap(&label.text, width);
        let rest = window::rest(first, text.len(), rows);
        lines.extend(text.into_iter().skip(first).take(rows).map(Line::from));
        rest
    } else {
        lines.push(Line::styled(cut(&filter(own), width), theme.accent()));
        let name = list.iter().map(|label| label.label.width().max(label.suggested.width())).max();
        let name = name.unwrap_or(0).clamp(9, if width < 100 { 12 } else { 24 });
        let rank = list.len().to_string().len().max(4);
        let heads = format!("{:>rank$}  {:name$}  {:name$}  p given  text", "rank", "given", "suggested");
        lines.push(Line::styled(cut(&heads, width), theme.dim()));
        let first = window::around(own.selected, own.shown.len(), rows);
        for (place, &at) in own.shown.iter().enumerate().skip(first).take(rows) {
            let label = &list[at];
            let beginning: String = label.text.chars().take(BEGINNING).collect();
            let text = beginning.split_whitespace().collect::<Vec<_>>().join(" ");
            let (given, suggested) = (fit(&label.label, name), fit(&label.suggested, name));
            let row = format!(
                "{:>rank$}{} {given}  {suggested}  {}  {text}",
                label.rank,
                if label.is_suspect { "!" } else { " " },
                fit_right(&percent(f64::from(label.p_label)), 7),
            );
            let style = if label.is_suspect { theme.text() } else { theme.dim() };
            let mut line = Line::styled(fit(&row, width), style);
            if place == own.selected {
                line = line.style(theme.selected().add_modifier(Modifier::REVERSED));
            }
            lines.push(line);
        }
        window::rest(first, own.shown.len(), rows)
    };
    frame.put(lines, area);
    if let Some(rest) = rest {
        let foot = Rect { y: area.bottom().saturating_sub(1), height: 1.min(area.height), ..area };
        frame.put(Line::styled(rest, theme.dim()), foot);
    }
}

/// Which part of the list is shown.
fn filter(own: &Suspects) -> String {
    match own.pair.and_then(|pair| own.pairs.get(pair)) {
        Some(((given, suggested), count)) => format!(
            "given {given}, suggested {suggested}: {} ({} of {})",
            counted(*count, "suspect", "suspects"),
            own.pair.map_or(0, |pair| pair + 1),
            own.pairs.len()
        ),
        None => {
            let of = |((given, suggested), count): &((String, String), usize)| {
                format!("{given} → {suggested} {count}")
            };
            let told: Vec<String> = own.pairs.iter().take(6).map(of).collect();
            match told.is_empty() {
                true => "No label is more probably wrong than right.".into(),
                false => told.join(" · "),
            }
        }
    }
}

#[cfg(test)]
mod tests;
