//! The frame around every screen: title, tabs and status at the top, keys at the bottom, and above the keys the toasts
//! in rows of their own.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span, Text};
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::cut;
use crate::session::follow::{self, Writer};
use crate::train::protocol::event;

use super::action::Action;
use super::binding::Binding;
use super::filter::filter_box::FilterAction;
use super::filter::typing as filter;
use super::keymap;
use super::layout::{Parts, layout, toast_rows};
use super::screens::tab::Tab;
use super::screens::tour::strip;
use super::state::{Overlay, SMALLEST, State};
use super::widgets::bar::bar;
use super::widgets::put::Put;
use super::widgets::text::{duration, fit, left, short, wrap};

/// The areas that can be clicked, and their actions.
pub fn targets(state: &State) -> Vec<(Rect, Action)> {
    let parts = layout(state);
    let mut targets = Vec::new();
    let (program, tabs) = labels(state, parts.tabs.width);
    let mut x = parts.tabs.x + program.width() as u16;
    for (tab, label) in tabs {
        let width = label.width() as u16;
        targets.push((Rect::new(x, parts.tabs.y, width, 1), Action::Show(tab)));
        x += width;
    }
    targets.push((parts.tour, Action::Show(Tab::Tour)));
    for (area, binding) in footer_items(state, parts.footer) {
        targets.push((area, binding.action.clone()));
    }
    // The word at the left of the status holds and goes on, the time at its right returns to the present.
    if state.can_pause() {
        targets.push((Rect { width: STATUS_WORD.min(parts.status.width), ..parts.status }, Action::Pause));
    }
    if let Some(width) = badge(state).map(|badge| badge.width() as u16 + 1) {
        let width = width.min(parts.status.width);
        targets.push((Rect { x: parts.status.right() - width, width, ..parts.status }, Action::Live));
    }
    if !filter::is_typing(state) {
        targets.push((parts.filter, Action::Filter(FilterAction::Open)));
    }
    targets
}

/// The width of the status's first word, in cells.
const STATUS_WORD: u16 = 12;
const TITLE: &str = " warmstart  ";
/// The session's title is shown only if this many cells of it, or the whole title, have room.
const TITLE_ROOM: usize = 24;

/// The name of the program, and the labels of the tabs. Where there is no room for all, the name is left out, and then the
/// spaces before the labels.
fn labels(state: &State, width: u16) -> (&'static str, Vec<(Tab, String)>) {
    let wide: Vec<(Tab, String)> =
        Tab::of(state).map(|tab| (tab, format!(" {} {} ", tab.letter(), tab.title()))).collect();
    let room = |program: &str| {
        let tabs: usize = wide.iter().map(|(_, label)| label.width()).sum();
        program.width() + tabs <= usize::from(width)
    };
    match (room(TITLE), room(" ")) {
        (true, _) => (TITLE, wide),
        (false, true) => (" ", wide),
        (false, false) => {
            (" ", wide.into_iter().map(|(tab, label)| (tab, label.trim_start().to_string())).collect())
        }
    }
}

/// Draws the title, the tabs, the status and the footer.
pub fn view(state: &State, frame: &mut Frame, parts: &Parts) {
    let theme = state.theme;
    let (program, labels) = labels(state, parts.tabs.width);
    let mut tabs = vec![Span::styled(program, theme.accent())];
    for (tab, label) in labels {
        let style =
            if tab == state.tab { theme.selected().add_modifier(Modifier::BOLD) } else { theme.text() };
        tabs.push(Span::styled(label, style));
    }
    let mut status = status_line(state, parts.status.width);
    if let Some(recipe) = &state.history.recipe {
        // The title goes beside the tabs if it fits there as a whole; otherwise beside the status, if enough of it fits
        // there.
        let room = |used: usize| usize::from(parts.tabs.width).saturating_sub(used + 3);
        let title = cut(&recipe.title, usize::MAX);
        let wide = |spans: &[Span]| spans.iter().map(|span| span.content.width()).sum::<usize>();
        let line = if title.width() <= room(wide(&tabs)) { &mut tabs } else { &mut status.spans };
        let used = wide(line);
        if title.width() <= room(used) || room(used) >= TITLE_ROOM {
            let title = cut(&title, room(used));
            line.push(Span::raw(" ".repeat(room(used) + 2 - title.width())));
            line.push(Span::styled(title, theme.dim()));
        }
    }
    frame.put(Line::from(tabs), parts.tabs);
    frame.put(status, parts.status);

    let mut footer = Vec::new();
    let mut x = parts.footer.x;
    for (area, binding) in footer_items(state, parts.footer) {
        footer.push(Span::raw(" ".repeat(usize::from(area.x.saturating_sub(x)))));
        footer.push(Span::styled(binding.key_name(state), theme.accent()));
        footer.push(Span::styled(format!(" {}", binding.label), theme.dim()));
        x = area.right();
    }
    frame.put(Line::from(footer), parts.footer);
    strip::view(state, frame, parts.tour);
    toasts(state, frame, parts.toasts);
}

/// The bindings that fit into the footer, and their positions. At the left: the key that returns to the present and the
/// screen's own keys. At the right, always: the keys that work on every screen, and quit. While the user types into a
/// line, only keys that do not type a character are shown. A window in front takes all keys and says which it has.
fn footer_items(state: &State, area: Rect) -> Vec<(Rect, &'static Binding)> {
    if !matches!(state.overlay, Overlay::None) {
        return Vec::new();
    }
    let width = |binding: &Binding| (binding.key_name(state).width() + 1 + binding.label.width()) as u16;
    let works = |binding: &&Binding| binding.footer && (binding.when)(state);
    let page = state.tab.page();
    let typing = page.field(state).is_some();
    let global = |wanted: fn(&Action) -> bool| keymap::global().filter(move |b| wanted(&b.action));
    let (left, right): (Vec<&Binding>, Vec<&Binding>) = if filter::is_typing(state) {
        (filter::TYPING.iter().collect(), keymap::WHILE_TYPING[1..].iter().collect())
    } else if typing {
        (page.typing_keys().iter().collect(), keymap::WHILE_TYPING.iter().collect())
    } else {
        let left = global(|action| matches!(action, Action::Live)).chain(keymap::own(state, state.tab));
        let always = |action: &Action| matches!(action, Action::Help | Action::Palette | Action::Quit);
        let right = global(|action| matches!(action, Action::Pause | Action::Time(-1))).chain(global(always));
        (left.collect(), right.collect())
    };
    let mut items = Vec::new();
    let mut end = area.right();
    for binding in right.into_iter().filter(works).rev() {
        end = end.saturating_sub(width(binding) + 1);
        items.push((Rect::new(end, area.y, width(binding), 1), binding));
        end = end.saturating_sub(1);
    }
    let mut x = area.x + 1;
    for binding in left.into_iter().filter(works) {
        if x + width(binding) + 1 > end {
            break;
        }
        items.push((Rect::new(x, area.y, width(binding), 1), binding));
        x += width(binding) + 2;
    }
    items.sort_by_key(|(place, _)| place.x);
    items
}

/// The status as text: state, progress, learning rate and remaining time, as much as there is room for. If the screens
/// show a time in the past, the line always says so.
fn status_line(state: &State, width: u16) -> Line<'static> {
    let theme = state.theme;
    let status = &state.status;
    let badge = badge(state);
    let badge_width = badge.as_ref().map_or(0, |badge| badge.width() + 2);
    let room = usize::from(width).saturating_sub(badge_width);
    if let Some(reading) = &state.reading {
        let mut spans = vec![
            Span::styled(" … reading", theme.accent()),
            Span::raw(format!("  {}  ", cut(&reading.name, 40))),
            Span::styled(bar(reading.done, 12), theme.accent()),
            Span::raw(format!(" {:.0} %", reading.done.clamp(0.0, 1.0) * 100.0)),
        ];
        spans.extend(left(reading.seconds, reading.done).map(|left| Span::raw(format!("  {left}"))));
        return Line::from(spans);
    }
    let (word, style): (String, Style) = match (&state.replay, status.state) {
        (Some(_), _) if state.watch.is_some() && !state.playing && !state.is_back() => watched(state),
        (Some(_), _) if state.several.as_ref().is_some_and(|several| !several.is_read()) => {
            ("… reading".into(), theme.dim())
        }
        (Some(_), _) if is_live_of_several(state) => ("● watching".into(), theme.good()),
        (Some(_), _) if state.playing => ("▶ replay".into(), theme.good()),
        (Some(_), _) if state.is_back() => ("‖ replay".into(), theme.accent()),
        (Some(_), _) => ("◼ replay".into(), theme.accent()),
        (None, event::State::Idle) => ("○ idle".into(), theme.dim()),
        (None, event::State::Running) => ("▶ running".into(), theme.good()),
        (None, event::State::Paused) => ("‖ paused".into(), theme.warning()),
        (None, event::State::Finished) => ("✓ finished".into(), theme.good()),
    };
    let mut spans = vec![Span::raw(" "), Span::styled(word, style.add_modifier(Modifier::BOLD))];
    let mut parts: Vec<Vec<Span>> = Vec::new();
    match &state.replay {
        Some(name) => {
            parts.push(vec![Span::raw(format!("  {}", cut(name, 40)))]);
            if !state.is_back() && state.watch == Some(Writer::Running) {
                let doing = follow::doing(&state.history).0;
                parts.push(vec![Span::raw(format!(": {doing}"))]);
                let who = if state.is_catching_up { ", so far" } else { ", in another process" };
                parts.push(vec![Span::styled(who, theme.dim())]);
            } else if let Some(several) = &state.several {
                let names: Vec<&str> = several.parts.iter().map(|part| part.name.as_str()).collect();
                parts.push(vec![Span::styled(format!(": {}", cut(&names.join(", "), 80)), theme.dim())]);
            } else if !state.is_back() && state.has_time() {
                parts.push(vec![Span::styled(", at its end", theme.dim())]);
            }
        }
        None if status.state == event::State::Idle => {
            let idle = format!("  nothing is being trained: choose a recipe on {}", Tab::Lab);
            parts.push(vec![Span::styled(idle, theme.dim())]);
        }
        // The word "finished" is enough.
        None if status.state == event::State::Finished => {}
        None => {
            parts.push(vec![Span::raw(format!("  {}", cut(&status.doing, 40)))]);
            parts.push(vec![
                Span::raw("  "),
                Span::styled(bar(status.progress, 12), theme.accent()),
                Span::raw(format!(" {:.0} %", status.progress.clamp(0.0, 1.0) * 100.0)),
            ]);
            if status.speed > 0.0 {
                parts.push(vec![Span::raw(format!("  {} {}", short(status.speed), status.unit))]);
            }
            if let Some(left) = status.left {
                parts.push(vec![Span::raw(format!("  {} left", duration(left)))]);
            }
        }
    }
    let wide = |spans: &[Span]| spans.iter().map(|span| span.content.width()).sum::<usize>();
    for part in parts {
        if wide(&spans) + wide(&part) > room {
            break;
        }
        spans.extend(part);
    }
    if let Some(badge) = badge {
        let gap = usize::from(width).saturating_sub(wide(&spans) + badge.width() + 1).max(1);
        spans.push(Span::raw(" ".repeat(gap)));
        spans.push(Span::styled(badge, theme.warning().add_modifier(Modifier::REVERSED)));
    }
    Line::from(spans)
}

/// The time that is shown, if it is in the past.
fn badge(state: &State) -> Option<String> {
    state.cursor.map(|at| format!(" ◀ {} of {} ", duration(at), duration(state.history.now)))
}

/// Whether one of several sessions is still being written, and the present is shown.
fn is_live_of_several(state: &State) -> bool {
    state.several.as_ref().is_some_and(|several| several.running() > 0) && !state.playing && !state.is_back()
}

/// What has become of the process that writes the session that is watched, in a word.
fn watched(state: &State) -> (String, Style) {
    let theme = state.theme;
    match state.watch {
        Some(Writer::Finished) => ("✓ finished".into(), theme.good()),
        Some(Writer::Stopped) => ("◼ stopped".into(), theme.warning()),
        Some(Writer::Gone) => ("✗ killed".into(), theme.bad()),
        Some(Writer::Removed) => ("✗ removed".into(), theme.bad()),
        _ if state.is_catching_up => ("… reading".into(), theme.dim()),
        Some(Writer::Running) | None => ("● watching".into(), theme.good()),
    }
}

/// Draws the toasts.
fn toasts(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let rows = toast_rows(state).into_iter().map(|(row, bad)| {
        let style = if bad { theme.bad() } else { theme.accent() }.add_modifier(Modifier::REVERSED);
        Line::styled(fit(&format!(" {row}"), usize::from(area.width)), style)
    });
    frame.put(rows.collect::<Vec<_>>(), area);
}

/// Draws the sentence that the terminal is too small, as far as it fits. An open question is shown instead.
pub fn too_small(state: &State, frame: &mut Frame) {
    let area = frame.area();
    let (columns, rows) = SMALLEST;
    let sentence = match &state.overlay {
        Overlay::Confirm { question, .. } => format!("{question} y yes, any other key no"),
        _ => format!(
            "warmstart needs {columns}×{rows} cells; this terminal has {}×{}. Make it larger, please, or press q to leave.",
            area.width, area.height
        ),
    };
    let lines: Vec<Line> = wrap(&sentence, usize::from(area.width)).into_iter().map(Line::from).collect();
    frame.put(Text::from(lines).style(state.theme.text()), area);
}
