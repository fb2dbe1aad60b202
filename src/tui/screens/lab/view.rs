//! How Lab looks: the paragraph, the list, and what is to be known of the selected item.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{Item, Session, describe, items, stem};
use crate::tui::app::State;
use crate::tui::widgets::text::{cut, fit, wrap};

/// What somebody who sees the program for the first time should read.
const WHAT: &str = "What did pre-training buy? First, words learn vectors from plain text without labels: \
    words used alike get like numbers. Then these vectors are carried into a small task with few labels, kept \
    as they are (frozen) or trained on (fine-tuned). Beside them learn a model that starts from nothing \
    (scratch) and a rival that only counts words (TF-IDF), on the same labels. You watch them race on \
    screen 2; screen 5 says who won, and by how much.";

/// Where the parts stand.
pub struct Parts {
    pub text: Rect,
    pub list: Rect,
    pub details: Rect,
}

/// The parts in `area`.
pub fn parts(state: &State, area: Rect) -> Parts {
    let text = if state.explain { paragraph(area.width).len() as u16 + 1 } else { 0 };
    let text = text.min(area.height / 2);
    let rest = area.height - text;
    let width = (area.width * 2 / 5).clamp(30.min(area.width), 60);
    Parts {
        text: Rect { height: text, ..area },
        list: Rect { y: area.y + text, height: rest, width, ..area },
        details: Rect { x: area.x + width, y: area.y + text, height: rest, width: area.width - width },
    }
}

fn paragraph(width: u16) -> Vec<String> {
    wrap(WHAT, usize::from(width).saturating_sub(3).min(110))
}

/// A row of the list.
enum Row {
    Heading(&'static str),
    Nothing(String),
    Item(usize),
}

fn rows(state: &State) -> Vec<Row> {
    let count = items(state).len();
    let recipes = count - state.lab.found.sessions.len();
    let mut rows = vec![Row::Heading("Recipes: start something new")];
    rows.extend((0..recipes).map(Row::Item));
    rows.push(Row::Heading("Sessions: go on, or look again"));
    if recipes == count {
        rows.push(Row::Nothing(format!("none yet in {}", state.sessions.display())));
    }
    rows.extend((recipes..count).map(Row::Item));
    rows
}

/// The first row that is shown, so that the selected one is.
fn first(state: &State, rows: &[Row], height: u16) -> usize {
    let height = usize::from(height);
    let at = rows.iter().position(|row| matches!(row, Row::Item(i) if *i == state.lab.selected)).unwrap_or(0);
    (at + 2).saturating_sub(height).min(rows.len().saturating_sub(height))
}

/// The item on a row of the screen.
pub fn item_at(state: &State, list: Rect, row: u16) -> Option<usize> {
    let rows = rows(state);
    match rows.get(first(state, &rows, list.height) + usize::from(row.checked_sub(list.y)?)) {
        Some(Row::Item(item)) => Some(*item),
        _ => None,
    }
}

/// Draws the screen.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let parts = parts(state, area);
    let text: Vec<Line> =
        paragraph(area.width).into_iter().map(|line| Line::from(format!(" {line}"))).collect();
    frame.render_widget(Paragraph::new(text), parts.text);

    let width = usize::from(parts.list.width).saturating_sub(2);
    let all = items(state);
    let rows = rows(state);
    let lines: Vec<Line> = rows
        .iter()
        .skip(first(state, &rows, parts.list.height))
        .take(usize::from(parts.list.height))
        .map(|row| match row {
            Row::Heading(text) => Line::styled(format!(" {}", cut(text, width)), theme.accent()),
            Row::Nothing(text) => {
                Line::styled(format!("   {}", cut(text, width.saturating_sub(2))), theme.dim())
            }
            Row::Item(i) => {
                let style =
                    if *i == state.lab.selected.min(all.len() - 1) { theme.selected() } else { theme.text() };
                Line::styled(format!(" {}", fit(&format!("{} ", item_name(all[*i])), width)), style)
            }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), parts.list);
    if let Some(item) = super::selected(state) {
        details(state, item, frame, parts.details);
    }
}

fn item_name(item: Item) -> String {
    match item {
        Item::BuiltIn(name, _) => format!("  {}", name.trim_end_matches(".ron")),
        Item::File(path, Ok(_)) => format!("  {} (yours)", stem(path)),
        Item::File(path, Err(_)) => format!("✗ {} (has a mistake)", stem(path)),
        Item::Session(session) => {
            let sign = if session.finished { "✓" } else { "▸" };
            format!("{sign} {} · {}", session.name, session.age)
        }
    }
}

fn details(state: &State, item: Item, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let width = usize::from(area.width).saturating_sub(3);
    let mut lines: Vec<Line> = Vec::new();
    let mut say = |text: &str, style| {
        lines.extend(wrap(text, width).into_iter().map(|line| Line::styled(format!(" {line}"), style)));
    };
    match item {
        Item::BuiltIn(_, recipe) | Item::File(_, Ok(recipe)) => {
            say(&recipe.title, theme.strong());
            say(&format!("enter starts it: {}", start(state)), theme.good());
            lines.push(Line::default());
            for (heading, text) in describe::recipe(recipe) {
                for (i, line) in wrap(&text, width.saturating_sub(9)).into_iter().enumerate() {
                    let heading = fit(if i == 0 { heading } else { "" }, 9);
                    lines.push(Line::from(vec![
                        Span::styled(format!(" {heading}"), theme.dim()),
                        Span::raw(line),
                    ]));
                }
            }
            lines.push(Line::default());
            let copy =
                "n writes it to a file here, to be edited: your own texts, more labels, another model.";
            lines.extend(
                wrap(copy, width).into_iter().map(|line| Line::styled(format!(" {line}"), theme.dim())),
            );
        }
        Item::File(path, Err(problem)) => {
            say(&path.display().to_string(), theme.strong());
            say(problem, theme.bad());
            say("Mend it in your editor, then press r.", theme.text());
        }
        Item::Session(session) => {
            say(&session.title, theme.strong());
            say(&session_use(state, session), theme.good());
            say(&format!("Kept in {}, written {}.", session.folder.display(), session.age), theme.dim());
            if let Some(data) = state.history.data.as_ref().filter(|_| in_front(state, session)) {
                let read = data.read.iter().map(|read| format!("Read: {read}."));
                for line in read.chain(data.remarks.iter().map(|remark| format!("Note: {remark}."))) {
                    say(&line, theme.dim());
                }
            }
            if let Some(verdict) = &session.verdict {
                lines.push(Line::default());
                lines.extend(
                    wrap(verdict, width).into_iter().map(|line| {
                        Line::styled(format!(" {line}"), theme.text().add_modifier(Modifier::BOLD))
                    }),
                );
            }
        }
    }
    let height = usize::from(area.height);
    if lines.len() > height && height > 0 {
        lines.truncate(height - 1);
        lines.push(Line::styled(" … a larger terminal shows the rest", theme.dim()));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// What starting means now.
fn start(state: &State) -> String {
    let place = state.sessions.display();
    match state.is_training() {
        true => format!("the session under way is saved and stopped first; the new one is kept in {place}."),
        false => format!("it trains here and now, and is kept in {place}."),
    }
}

/// Whether a session is the one that the screens show.
fn in_front(state: &State, session: &Session) -> bool {
    state.folder.as_ref().is_some_and(|folder| *folder == session.folder)
}

/// What enter does with a session.
fn session_use(state: &State, session: &Session) -> String {
    match session {
        _ if in_front(state, session) && state.is_training() => "This is the session under way: see screen 2.".into(),
        Session { finished: true, models: true, .. } if state.trains => {
            "Finished. enter shows it again: curves, words, verdict. m loads its models as well, so that Words \
             and Try answer. Nothing is trained."
                .into()
        }
        Session { finished: true, .. } => {
            "Finished. enter shows it again: curves, words, verdict. Nothing is trained.".into()
        }
        Session { recorded: true, .. } => "A recording. enter shows it again; nothing is trained.".into(),
        _ => "Not finished. enter goes on where it was saved, to the same bits; v only looks at it.".into(),
    }
}
