//! Draws the screen Lab: the introduction, the list, and the details of the selected item.

use std::path::Path;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::plot::cells::cut;
use crate::tui::layout;
use crate::tui::modality::Modality;
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, wrap};
use crate::tui::widgets::window;

use super::describe;
use super::items::{self, Item, items, stem};
use super::starting::only_looks;
use super::state::{BuiltIn, Kind, Session};

/// An introduction for somebody who sees the program for the first time, by the kind of experiment.
fn what(kind: Kind) -> String {
    let (train, compare, images) = (Tab::Train, Tab::Compare, Tab::Images);
    match kind {
        Kind::Vectors => {
            format!(
                "What did pre-training buy? First, words learn vectors from plain text without labels: words used alike \
             get like numbers. Then these vectors are carried into a small task with few labels, kept as they are \
             (frozen) or trained on (fine-tuned). Beside them learn a model that starts from nothing (scratch) and a \
             baseline that only counts words (TF-IDF), on the same labels. You watch them race on {train}; {compare} \
             says who won, and by how much."
            )
        }
        Kind::LanguageModel => {
            format!(
                "What did pre-training buy? First, a language model reads plain text without labels and learns to guess \
             the next word. Then its layers are carried into a small task with few labels, kept as they are (frozen) \
             or trained on (fine-tuned). Beside them learn a model that starts from nothing (scratch) and a baseline \
             that only counts words (TF-IDF), on the same labels. You watch them race on {train}; {compare} says who \
             won, and by how much."
            )
        }
        Kind::Images => {
            format!(
                "What did pre-training buy? First, a network learns to tell many images of something else apart. Then \
             its layers are carried to a small task with few labelled images, kept as they are (frozen) or trained \
             on (fine-tuned). Beside them learn a network that starts from nothing (scratch) and a baseline that only \
             sees pixels, on the same labels. You watch them race on {train}; {compare} says who won, and by how \
             much; {images} shows what they see."
            )
        }
    }
}

/// The kind of experiment that the introduction is about: that of the current session or, without one, of the selected
/// item.
fn kind(state: &State) -> Kind {
    let selected = || match super::selected(state)? {
        Item::BuiltIn(built_in) => Some(Kind::of(&built_in.recipe)),
        Item::File(_, recipe) => recipe.as_ref().ok().map(Kind::of),
        Item::Session(session) => session.kind,
    };
    state.history.recipe.as_deref().map(Kind::of).or_else(selected).unwrap_or(Kind::Vectors)
}

/// The areas of the screen.
pub struct Parts {
    pub text: Rect,
    pub list: Rect,
    pub details: Rect,
}

/// Computes the areas within `area`.
pub fn parts(state: &State, area: Rect) -> Parts {
    // As high as the longest text, so that nothing moves when the selection changes.
    let longest = [Kind::Vectors, Kind::LanguageModel, Kind::Images]
        .map(|kind| paragraph(kind, area.width).len() as u16 + 1)
        .into_iter()
        .max();
    let text = longest.filter(|_| state.explain).unwrap_or(0);
    let text = text.min(area.height / 2);
    let rest = area.height - text;
    let width = (area.width * 2 / 5).clamp(30.min(area.width), 60);
    Parts {
        text: Rect { height: text, ..area },
        list: Rect { y: area.y + text, height: rest, width, ..area },
        details: Rect { x: area.x + width, y: area.y + text, height: rest, width: area.width - width },
    }
}

fn paragraph(kind: Kind, width: u16) -> Vec<String> {
    wrap(&what(kind), usize::from(width).saturating_sub(3).min(110))
}

/// A row of the list.
enum Row {
    Heading(&'static str),
    Nothing(String),
    Item(usize),
}

fn rows(state: &State) -> Vec<Row> {
    let items = items(state);
    let count = items.len();
    let recipes = items.iter().take_while(|item| !matches!(item, Item::Session(_))).count();
    let has_sessions = !state.screens.lab.found.sessions.is_empty();
    let mut rows = vec![Row::Heading("Recipes: start something new")];
    rows.extend((0..recipes).map(Row::Item));
    rows.push(Row::Heading("Sessions: go on, or look again"));
    if recipes == count && has_sessions {
        rows.push(Row::Nothing("none fits the filter".into()));
    } else if recipes == count {
        rows.push(Row::Nothing(format!("none yet in {}", state.sessions.display())));
        if state.trains && state.screens.tour.lecture.is_some() {
            rows.push(Row::Nothing("new here? t begins the tour".into()));
        }
    }
    rows.extend((recipes..count).map(Row::Item));
    rows
}

/// The index of the first visible row, so that the selected row is visible.
fn first(state: &State, rows: &[Row], height: u16) -> usize {
    let (height, selected) = (usize::from(height), items::place(state));
    let at = rows.iter().position(|row| matches!(row, Row::Item(i) if *i == selected)).unwrap_or(0);
    (at + 2).saturating_sub(height).min(rows.len().saturating_sub(height))
}

/// The item in a row of the screen.
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
        paragraph(kind(state), area.width).into_iter().map(|line| Line::from(format!(" {line}"))).collect();
    frame.put(text, parts.text);

    let width = usize::from(parts.list.width).saturating_sub(2);
    let (all, selected) = (items(state), items::place(state));
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
                let style = if *i == selected { theme.selected() } else { theme.text() };
                let mark = match all[*i] {
                    Item::Session(session) if state.screens.lab.marked.contains(&session.folder) => "◆",
                    _ => " ",
                };
                let name = format!("{}{} ", branch(&all, *i), item_name(all[*i]));
                Line::styled(format!("{mark}{}", fit(&name, width)), style)
            }
        })
        .collect();
    frame.put(lines, parts.list);
    if let Some(item) = super::selected(state) {
        draw_details(state, item, frame, parts.details);
    }
}

fn item_name(item: Item) -> String {
    match item {
        Item::BuiltIn(built_in) => format!("  {}", built_in.name),
        Item::File(path, Ok(_)) => format!("  {} (yours)", stem(path)),
        Item::File(path, Err(_)) => format!("✗ {} (has a mistake)", stem(path)),
        Item::Session(session) => {
            let sign = match session {
                Session { running: true, .. } => "●",
                Session { finished: true, .. } => "✓",
                _ => "▸",
            };
            format!("{sign} {} · {}", session.name, session.age)
        }
    }
}

/// The details of an item, as lines.
fn details(state: &State, item: Item, width: u16) -> Vec<Line<'static>> {
    let theme = state.theme;
    let width = usize::from(width).saturating_sub(3);
    let mut lines: Vec<Line> = Vec::new();
    let mut say = |text: &str, style| {
        lines.extend(wrap(text, width).into_iter().map(|line| Line::styled(format!(" {line}"), style)));
    };
    match item {
        Item::BuiltIn(BuiltIn { recipe, .. }) | Item::File(_, Ok(recipe)) => {
            say(&recipe.title, theme.strong());
            match recipe.task_names().len() {
                0 => say(&start(state), theme.good()),
                tasks => say(&run_elsewhere(tasks), theme.good()),
            }
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
            let copy = match item {
                Item::BuiltIn(built_in) => format!(
                    "n starts from a file of yours. w writes {}, a recipe like it for your own data, to a file here: every setting is explained in it.",
                    built_in.template.file
                ),
                _ => {
                    "w copies it to a new file here, to be edited. n starts from a file of yours.".to_string()
                }
            };
            lines.extend(
                wrap(&copy, width).into_iter().map(|line| Line::styled(format!(" {line}"), theme.dim())),
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
            lineage(state, session).iter().for_each(|line| say(line, theme.dim()));
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
    lines
}

/// The lines of the tree before the name of the session at this place of the list. Forks follow the session that they fork.
fn branch(all: &[Item], at: usize) -> String {
    let depth = |item: &Item| match item {
        Item::Session(session) => session.depth,
        _ => 0,
    };
    let own = all.get(at).map_or(0, depth);
    // Whether another one follows under the same session.
    let goes_on = |level: usize| {
        let mut below = all.iter().skip(at + 1).map(depth);
        below.find(|depth| *depth <= level).is_some_and(|depth| depth == level)
    };
    let line = |level: usize| match (level == own, goes_on(level)) {
        (true, true) => "├ ",
        (true, false) => "└ ",
        (false, true) => "│ ",
        (false, false) => "  ",
    };
    (1..=own).map(line).collect()
}

/// Which sessions it takes its source from or forks, and which take theirs from it or fork it.
fn lineage(state: &State, session: &Session) -> Vec<String> {
    let all = &state.screens.lab.found.sessions;
    let same = |a: &Path, b: &Path| {
        a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
    };
    let name = |folder: &Path| {
        let known = all.iter().find(|other| same(&other.folder, folder));
        let own = || folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
        known.map_or_else(own, |known| known.name.clone())
    };
    let is_forked = |session: &Session, folder: &Path| {
        session.fork.as_ref().is_some_and(|fork| same(&fork.session, folder))
    };
    // A fork takes its source from the session that it forks, which its own sentence says.
    let parents = session.parents.iter().filter(|folder| !is_forked(session, folder));
    let parents: Vec<String> = parents.map(|folder| name(folder)).collect();
    let child = |other: &&Session| {
        !is_forked(other, &session.folder) && other.parents.iter().any(|folder| same(folder, &session.folder))
    };
    let children: Vec<String> = all.iter().filter(child).map(|other| other.name.clone()).collect();
    let forks = all.iter().filter(|other| is_forked(other, &session.folder));
    let forks: Vec<String> = forks.map(|other| other.name.clone()).collect();
    let mut lines = Vec::new();
    if let Some(fork) = &session.fork {
        let how = if fork.continues { "goes on from" } else { "begins with the parameters of" };
        lines.push(format!("It {how} step {} of {} in {}.", fork.step, fork.phrase(), name(&fork.session)));
    }
    if !forks.is_empty() {
        lines.push(format!("Forks of it: {}.", forks.join(", ")));
    }
    if !parents.is_empty() {
        lines.push(format!("Its source was pre-trained in {}.", parents.join(", ")));
    }
    if !children.is_empty() {
        lines.push(format!("What it pre-trained is used in {}.", children.join(", ")));
    }
    lines
}

/// Draws the details of the selected item, from the first visible line on.
fn draw_details(state: &State, item: Item, frame: &mut Frame, area: Rect) {
    let lines = details(state, item, area.width);
    let (rows, count) = (usize::from(area.height), lines.len());
    if count <= rows || rows < 2 {
        return frame.put(lines, area);
    }
    let first = state.screens.lab.first.min(count - (rows - 1));
    let mut seen: Vec<Line> = lines.into_iter().skip(first).take(rows - 1).collect();
    let rest = window::rest(first, count, rows - 1).unwrap_or_default();
    seen.push(Line::styled(format!(" {rest}: pgdn, pgup"), state.theme.dim()));
    frame.put(seen, area);
}

/// How many lines the details of the selected item have, and how many rows show them.
fn length(state: &State) -> (usize, usize) {
    let area = parts(state, layout::layout(state).body).details;
    let lines = super::selected(state).map_or(0, |item| details(state, item, area.width).len());
    (lines, usize::from(area.height))
}

/// Whether the details continue below the visible lines.
pub fn has_more(state: &State) -> bool {
    let (lines, rows) = length(state);
    lines > rows && state.screens.lab.first + rows - 1 < lines
}

/// Whether the first line of the details is scrolled out of view.
pub fn is_scrolled(state: &State) -> bool {
    let (lines, rows) = length(state);
    state.screens.lab.first > 0 && lines > rows
}

/// Scrolls the details by this many pages.
pub fn scroll(state: &mut State, pages: i8) {
    let (lines, rows) = length(state);
    let page = rows.saturating_sub(1).max(1);
    let last = if lines > rows { lines - page } else { 0 };
    let first = state.screens.lab.first.saturating_add_signed(isize::from(pages) * page as isize);
    state.screens.lab.first = first.min(last);
}

/// The sentence about a recipe of so many tasks.
fn run_elsewhere(tasks: usize) -> String {
    format!(
        "Its {tasks} tasks share one pre-training and run one after another on the command line: `warmstart run RECIPE`. Each becomes \
         a session, which opens here."
    )
}

/// The sentence that says what starting a recipe does now.
fn start(state: &State) -> String {
    let place = state.sessions.display();
    match state.is_training() {
        _ if !state.trains => {
            format!("{}: `warmstart` alone trains recipes.", only_looks(state))
        }
        true => format!(
            "enter starts it: the session under way is saved and stopped first; the new one is kept in {place}."
        ),
        false => format!("enter starts it: it trains here and now, and is kept in {place}."),
    }
}

/// Whether the screens show this session.
fn in_front(state: &State, session: &Session) -> bool {
    state.folder.as_ref().is_some_and(|folder| *folder == session.folder)
}

/// The sentence that says what enter does with a session.
fn session_use(state: &State, session: &Session) -> String {
    let modality = session.kind.map_or(Modality::Text, Kind::modality);
    match session {
        _ if in_front(state, session) && state.is_training() => {
            format!("This is the session under way: see {}.", Tab::Train)
        }
        Session { running: true, .. } => {
            "Running: another process trains it. enter watches it here; nothing of it is changed.".into()
        }
        Session { finished: true, models: true, .. } if state.trains => {
            let (seen, answer) = (modality.seen_again(), modality.answers());
            format!(
                "Finished. enter shows it again: curves, {seen}. m loads its models as well, so that {answer}. \
                 Nothing is trained."
            )
        }
        Session { finished: true, .. } => {
            format!("Finished. enter shows it again: curves, {}. Nothing is trained.", modality.seen_again())
        }
        _ if !state.trains => {
            "Not finished. enter shows it again, as far as it came; nothing is trained.".into()
        }
        Session { recorded: true, .. } => "A recording. enter shows it again; nothing is trained.".into(),
        _ => "Not finished. enter goes on where it was saved, to the same bits; v only looks at it.".into(),
    }
}
