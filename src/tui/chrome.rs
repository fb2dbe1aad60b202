//! What stands around every screen: title, tabs and state at the top, keys at the bottom, toasts.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use unicode_width::UnicodeWidthStr;

use crate::train::event;

use super::action::Action;
use super::app::{SMALLEST, State, whole};
use super::keymap::{self, Binding};
use super::overlay::Overlay;
use super::screens::Tab;
use super::widgets::text::{cut, duration, short, wrap};

/// Where things stand.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    pub tabs: Rect,
    pub status: Rect,
    pub body: Rect,
    pub footer: Rect,
}

/// The places in a terminal of this size.
pub fn layout(area: Rect) -> Parts {
    let row = |y: u16, height: u16| {
        Rect::new(area.x, area.y + y.min(area.height), area.width, height.min(area.height.saturating_sub(y)))
    };
    Parts {
        tabs: row(0, 1),
        status: row(1, 1),
        body: row(2, area.height.saturating_sub(3)),
        footer: row(area.height.saturating_sub(1), 1),
    }
}

/// What can be clicked, and what it does.
pub fn targets(state: &State) -> Vec<(Rect, Action)> {
    let parts = layout(whole(state));
    let mut targets = Vec::new();
    let mut x = parts.tabs.x + TITLE.width() as u16;
    for tab in Tab::of(state) {
        let width = tab_label(tab).width() as u16;
        targets.push((Rect::new(x, parts.tabs.y, width, 1), Action::Show(tab)));
        x += width;
    }
    for (area, binding) in footer_items(state, parts.footer) {
        targets.push((area, binding.action.clone()));
    }
    targets
}

const TITLE: &str = " warmstart  ";

fn tab_label(tab: Tab) -> String {
    format!(" {} {} ", tab.number(), tab.page().title())
}

/// Draws title, tabs, state and footer.
pub fn view(state: &State, frame: &mut Frame, parts: &Parts) {
    let theme = state.theme;
    let mut tabs = vec![Span::styled(TITLE, theme.accent())];
    for tab in Tab::of(state) {
        let style =
            if tab == state.tab { theme.selected().add_modifier(Modifier::BOLD) } else { theme.text() };
        tabs.push(Span::styled(tab_label(tab), style));
    }
    let used: usize = tabs.iter().map(|span| span.content.width()).sum();
    let room = usize::from(parts.tabs.width).saturating_sub(used + 2);
    if let Some(recipe) = &state.history.recipe {
        let title = cut(&recipe.title, room);
        let gap = room + 1 - title.width();
        tabs.push(Span::raw(" ".repeat(gap)));
        tabs.push(Span::styled(title, theme.dim()));
    }
    frame.render_widget(Paragraph::new(Line::from(tabs)), parts.tabs);
    frame.render_widget(Paragraph::new(status_line(state, parts.status.width)), parts.status);

    let mut footer = Vec::new();
    let mut x = parts.footer.x;
    for (area, binding) in footer_items(state, parts.footer) {
        footer.push(Span::raw(" ".repeat(usize::from(area.x.saturating_sub(x)))));
        footer.push(Span::styled(binding.key_name(), theme.accent()));
        footer.push(Span::styled(format!(" {}", binding.label), theme.dim()));
        x = area.right();
    }
    frame.render_widget(Paragraph::new(Line::from(footer)), parts.footer);
}

/// The bindings that fit into the footer, and where they stand: from the left the way back to now and
/// the screen's own; what works on every screen, and leaving, always, at the right. While a line is
/// typed into, only the keys that are not letters of it.
fn footer_items(state: &State, area: Rect) -> Vec<(Rect, &'static Binding)> {
    let width = |binding: &Binding| (binding.key_name().width() + 1 + binding.label.width()) as u16;
    let works = |binding: &&Binding| binding.footer && (binding.when)(state);
    let page = state.tab.page();
    let typing = page.field(state).is_some();
    let global = |wanted: fn(&Action) -> bool| keymap::GLOBAL.iter().filter(move |b| wanted(&b.action));
    let (left, right): (Vec<&Binding>, Vec<&Binding>) = if typing {
        (page.typing_keys().iter().collect(), keymap::WHILE_TYPING.iter().collect())
    } else {
        let left = global(|action| matches!(action, Action::Live)).chain(page.keys());
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

/// State, progress, rate and time left, in words; as much of it as there is room for. That the screens
/// show the past is said in any case.
fn status_line(state: &State, width: u16) -> Line<'static> {
    let theme = state.theme;
    let status = &state.status;
    let badge = state.cursor.map(|at| format!(" ◀ {} of {} ", duration(at), duration(state.history.now)));
    let badge_width = badge.as_ref().map_or(0, |badge| badge.width() + 2);
    let room = usize::from(width).saturating_sub(badge_width);
    let (word, style): (String, Style) = match (&state.replay, status.state) {
        (Some(_), _) if state.playing => ("▶ replay".into(), theme.good()),
        (Some(_), _) => ("◼ replay".into(), theme.accent()),
        (None, event::State::Idle) => ("○ idle".into(), theme.dim()),
        (None, event::State::Running) => ("▶ running".into(), theme.good()),
        (None, event::State::Paused) => ("‖ paused".into(), theme.warning()),
        (None, event::State::Finished) => ("✓ finished".into(), theme.good()),
    };
    let mut spans = vec![Span::raw(" "), Span::styled(word, style.add_modifier(Modifier::BOLD))];
    let mut parts: Vec<Vec<Span>> = Vec::new();
    match &state.replay {
        Some(name) => parts.push(vec![Span::raw(format!("  {}", cut(name, 40)))]),
        None if status.state == event::State::Idle => {
            let idle = "  nothing is being trained: choose a recipe on screen 1";
            parts.push(vec![Span::styled(idle, theme.dim())]);
        }
        // The word says it all.
        None if status.state == event::State::Finished => {}
        None => {
            parts.push(vec![Span::raw(format!("  {}", cut(&status.doing, 40)))]);
            parts.push(vec![
                Span::raw("  "),
                Span::styled(bar(status.progress, 12), theme.accent()),
                Span::raw(format!(" {:.0} %", status.progress.clamp(0.0, 1.0) * 100.0)),
            ]);
            if status.rate > 0.0 {
                parts.push(vec![Span::raw(format!("  {} {}", short(status.rate), status.unit))]);
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

/// A bar of `width` cells, of which `share` is filled, to an eighth of a cell.
pub fn bar(share: f64, width: usize) -> String {
    const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let eighths = (share * width as f64 * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(PARTS[eighths % 8]);
    }
    let used = eighths.div_ceil(8);
    bar.extend(std::iter::repeat_n('░', width.saturating_sub(used)));
    bar
}

/// Draws the toasts over the end of the body, the newest lowest.
pub fn toasts(state: &State, frame: &mut Frame, parts: &Parts) {
    let theme = state.theme;
    let mut bottom = parts.body.bottom();
    let room = usize::from(parts.body.width).saturating_sub(6).min(100);
    for toast in state.toasts.iter().rev() {
        let lines = wrap(&toast.text, room);
        let height = lines.len() as u16;
        if bottom < parts.body.y + height {
            return;
        }
        let width = lines.iter().map(|line| line.width()).max().unwrap_or(0) as u16 + 4;
        bottom -= height;
        let area = Rect::new(parts.body.right().saturating_sub(width), bottom, width, height);
        let style = if toast.bad { theme.bad() } else { theme.accent() }.add_modifier(Modifier::REVERSED);
        let mark = if toast.bad { "! " } else { "" };
        let lines: Vec<Line> = lines
            .into_iter()
            .enumerate()
            .map(|(i, line)| Line::from(format!(" {}{line} ", if i == 0 { mark } else { "" })))
            .collect();
        frame.render_widget(Clear, area);
        frame.render_widget(Paragraph::new(lines).style(style), area);
    }
}

/// Says that the terminal is too small, in whatever room there is; a question that is open goes before.
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
    frame.render_widget(Paragraph::new(lines).style(state.theme.text()), area);
}
