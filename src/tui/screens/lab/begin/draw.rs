//! Draws the dialog that starts an experiment, and finds what can be clicked in it.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear};
use unicode_width::UnicodeWidthStr;

use crate::error::counted;
use crate::plot::cells::cut;
use crate::train::protocol::command::SourceFile;
use crate::tui::key::{Key, key, special};
use crate::tui::layout::whole;
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, wrap};
use crate::tui::widgets::window;

use super::chooser::{Chooser, Row};
use super::sheet::{Sheet, sheet};
use super::state::{Dialog, Field, Source, Step, Wanted};

/// The largest size of the window.
const LARGEST: (u16, u16) = (140, 44);
/// The most rows of a sentence about a problem.
const PROBLEM: usize = 5;

/// Something that can be clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A key at the bottom of the window.
    Key(Key),
    /// A row of the list of files.
    Row(usize),
    /// A setting.
    Field(Field),
}

/// The area of the window.
fn area(state: &State) -> Rect {
    let whole = whole(state);
    let (width, height) = (whole.width.min(LARGEST.0), whole.height.saturating_sub(2).min(LARGEST.1));
    Rect::new((whole.width - width) / 2, (whole.height - height) / 2, width, height)
}

/// The area within the frame and a space at both sides, without the row of keys.
fn inner(state: &State) -> Rect {
    let area = area(state);
    Rect::new(area.x + 2, area.y + 1, area.width.saturating_sub(4), area.height.saturating_sub(3))
}

/// The keys that the window offers.
fn keys(dialog: &Dialog) -> Vec<(Key, &'static str)> {
    let esc = special(KeyCode::Esc);
    if dialog.chooser().is_some() {
        let enter = (special(KeyCode::Enter), "open or take");
        let last = (esc, if dialog.step == Step::Data { "close" } else { "back" });
        return vec![
            (special(KeyCode::Up), ""),
            (special(KeyCode::Down), "choose"),
            (special(KeyCode::Tab), "complete"),
            enter,
            last,
        ];
    }
    if dialog.step != Step::Settings {
        return vec![(esc, "stop reading")];
    }
    let mut keys = vec![
        (special(KeyCode::Up), ""),
        (special(KeyCode::Down), "choose"),
        (special(KeyCode::Left), ""),
        (special(KeyCode::Right), "change"),
    ];
    let of_source = dialog.survey().is_some() && matches!(dialog.source, Source::File(_));
    if of_source || dialog.field == Field::Test {
        keys.push((key('/'), "file"));
    }
    if dialog.survey().is_some() {
        if dialog.missing().is_none() {
            keys.push((key('y'), "copy command"));
            keys.push((special(KeyCode::Enter), "start"));
        } else {
            keys.push((special(KeyCode::Enter), "choose the file"));
        }
    }
    keys.push((esc, "back"));
    keys
}

/// The areas of the keys at the bottom.
fn key_areas(state: &State, dialog: &Dialog) -> Vec<(Rect, Key, &'static str)> {
    let inner = inner(state);
    let (mut x, y) = (inner.x, inner.bottom());
    let mut areas = Vec::new();
    for (key, label) in keys(dialog) {
        let gap = if label.is_empty() { 1 } else { 3 };
        let width = (key.name().width() + label.width() + usize::from(!label.is_empty())) as u16;
        areas.push((Rect::new(x, y, width, 1), key, label));
        x += width + gap;
    }
    areas
}

/// The rows of a choice of a file: where the line is, and where the list.
fn chooser_parts(inner: Rect, problem: usize) -> (Rect, Rect) {
    let line = Rect { y: inner.y + 1, height: 1, ..inner };
    let below = 3 + problem as u16;
    let list = Rect { y: inner.y + 3, height: inner.height.saturating_sub(below), ..inner };
    (line, list)
}

/// The sentence about a problem, as lines.
fn problem(state: &State, dialog: &Dialog) -> Vec<String> {
    let width = usize::from(inner(state).width);
    let mut lines = dialog.problem.as_ref().map_or_else(Vec::new, |problem| wrap(problem, width));
    if lines.len() > PROBLEM {
        lines.truncate(PROBLEM);
        lines[PROBLEM - 1] = cut(&format!("{} {}", lines[PROBLEM - 1], "…".repeat(width)), width);
    }
    lines
}

/// The rows of the list that are shown, and the index of the first.
fn shown(chooser: &Chooser, list: Rect) -> (usize, Vec<Row>) {
    let (rows, height) = (chooser.rows(), usize::from(list.height.saturating_sub(1)));
    let first = window::around(chooser.selected, rows.len(), height);
    (first, rows.into_iter().skip(first).take(height).collect())
}

/// Everything that can be clicked.
pub fn targets(state: &State, dialog: &Dialog) -> Vec<(Rect, Target)> {
    let keys = key_areas(state, dialog).into_iter().map(|(area, key, _)| (area, Target::Key(key)));
    let mut targets: Vec<(Rect, Target)> = keys.collect();
    let inner = inner(state);
    if let Some(chooser) = dialog.chooser() {
        let (_, list) = chooser_parts(inner, problem(state, dialog).len());
        let (first, rows) = shown(chooser, list);
        let row = |at: usize| Rect { y: list.y + at as u16, height: 1, ..list };
        targets.extend((0..rows.len()).map(|at| (row(at), Target::Row(first + at))));
    } else if dialog.step == Step::Settings {
        let Sheet { fields, first, .. } = sheet(state, dialog, inner, problem(state, dialog));
        let shown = dialog.fields().into_iter().skip(first).take(usize::from(fields.height));
        let row = |at: usize| Rect { y: fields.y + at as u16, height: 1, ..fields };
        targets.extend(shown.enumerate().map(|(at, field)| (row(at), Target::Field(field))));
    }
    targets
}

/// Draws the dialog.
pub fn view(state: &State, dialog: &Dialog, frame: &mut Frame) {
    let theme = state.theme;
    let area = area(state).intersection(frame.area());
    let inner = inner(state).intersection(frame.area());
    if inner.is_empty() {
        return;
    }
    let name = dialog.typed.display().to_string();
    let title = match dialog.step {
        Step::Data => "an experiment on your own examples".to_string(),
        Step::Settings | Step::File(_) => {
            let room = usize::from(area.width).saturating_sub(24);
            let tail: String = name.chars().rev().take(room).collect::<Vec<_>>().into_iter().rev().collect();
            format!("an experiment on {}", cut(&tail, room))
        }
    };
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.accent())
        .title(format!(" {title} "));
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    for (area, key, label) in key_areas(state, dialog) {
        let label = if label.is_empty() { String::new() } else { format!(" {label}") };
        let spans = vec![Span::styled(key.name(), theme.accent()), Span::styled(label, theme.dim())];
        frame.put(Line::from(spans), area.intersection(frame.area()));
    }
    match dialog.chooser() {
        Some(chooser) => view_chooser(state, dialog, chooser, frame, inner),
        None if dialog.step == Step::Settings => {
            let sheet = sheet(state, dialog, inner, problem(state, dialog));
            frame.put(sheet.head, Rect { height: sheet.fields.y - inner.y, ..inner });
            frame.put(sheet.rows, sheet.fields);
            let y = sheet.fields.bottom();
            frame.put(sheet.tail, Rect { y, height: inner.bottom().saturating_sub(y), ..inner });
        }
        None => {
            let what = match (&dialog.reading, &dialog.checking) {
                (Some((_, 0)), _) => format!("Reading {name}"),
                (Some((_, read)), _) => {
                    format!("Reading {name}: {} so far", counted(*read, "example", "examples"))
                }
                (None, Some((.., path))) => format!("Reading {}", path.display()),
                (None, None) => String::new(),
            };
            let lines = wrap(&what, usize::from(inner.width)).into_iter().map(Line::from);
            frame.put(lines.collect::<Vec<_>>(), inner);
        }
    }
}

/// What a choice of a file asks for.
fn asks(step: Step) -> &'static str {
    match step {
        Step::File(Wanted::Test) => {
            "A separate test set, labelled as the examples are: a table, or a folder or archive of classes."
        }
        Step::File(Wanted::Source(SourceFile::Vectors)) => {
            "A file of word vectors: word2vec, GloVe, fastText, safetensors; or a folder of model2vec."
        }
        Step::File(Wanted::Source(SourceFile::Unlabelled)) => {
            "More texts without labels: a file with a text a line, or a folder."
        }
        Step::File(Wanted::Source(SourceFile::Weights)) => {
            "The weights of a published image network, or of a session's: safetensors."
        }
        _ => "Labelled texts or images: a table, or a folder or archive of classes.",
    }
}

fn view_chooser(state: &State, dialog: &Dialog, chooser: &Chooser, frame: &mut Frame, inner: Rect) {
    let theme = state.theme;
    let problem = problem(state, dialog);
    let (line, list) = chooser_parts(inner, problem.len());
    frame.put(Line::styled(asks(dialog.step), theme.dim()), Rect { height: 1, ..inner });
    frame.put(Span::styled("› ", theme.accent()), line);
    let field = Rect { x: line.x + 2, width: line.width.saturating_sub(2), ..line };
    chooser.input.view(frame, field, theme.strong());

    let (first, rows) = shown(chooser, list);
    let width = usize::from(list.width);
    let text = chooser.input.text();
    let folder = text.rfind('/').map_or(0, |slash| slash + 1);
    let mut lines: Vec<Line> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let name = match row {
            Row::Here => "./  take this folder with all that is in it".to_string(),
            Row::Up => "../".to_string(),
            Row::Path(path) => path.get(folder..).unwrap_or(path).to_string(),
        };
        let style = if first + at == chooser.selected { theme.selected() } else { theme.text() };
        lines.push(Line::styled(format!("  {} ", fit(&name, width.saturating_sub(3))), style));
    }
    let (found, kept) = (chooser.listing.count, chooser.listing.paths.len());
    let hidden = found.saturating_sub(kept);
    let rest = window::rest(first, chooser.rows().len(), rows.len());
    let said = match (&chooser.listing.problem, rest) {
        (Some(problem), _) if chooser.listing.of == text => cut(problem, width),
        (_, Some(rest)) if hidden > 0 => format!("{rest} · {hidden} more: type how the name begins"),
        (_, Some(rest)) => rest,
        (None, None)
            if found == 0 && chooser.listing.of == text && !text.ends_with('/') && !text.is_empty() =>
        {
            "nothing here begins like this".into()
        }
        _ => String::new(),
    };
    lines.push(Line::styled(said, theme.dim()));
    frame.put(lines, list);
    let problem: Vec<Line> = problem.into_iter().map(|line| Line::styled(line, theme.bad())).collect();
    frame.put(
        problem,
        Rect { y: list.bottom(), height: inner.bottom().saturating_sub(list.bottom()), ..inner },
    );
}
