//! What opens over a screen: the help, the palette, a question.

use crossterm::event::{KeyCode, MouseButton, MouseEvent, MouseEventKind};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph};

use super::action::{Action, Effect};
use super::app::{State, update, whole};
use super::keymap::{self, Binding, Key, ctrl, key};
use super::screens::Tab;
use super::widgets::input::Input;
use super::widgets::text::{cut, fit, wrap};

/// What is open.
#[derive(Debug, Default)]
pub enum Overlay {
    #[default]
    None,
    /// All keys, from this line on.
    Help { first: usize },
    /// Actions by name.
    Palette { input: Input, selected: usize },
    /// A question before something is done.
    Confirm { question: String, action: Box<Action> },
}

impl Overlay {
    pub fn help() -> Overlay {
        Overlay::Help { first: 0 }
    }

    pub fn palette() -> Overlay {
        Overlay::Palette { input: Input::active(), selected: 0 }
    }

    /// The line that is typed into, if there is one.
    pub fn input(&mut self) -> Option<&mut Input> {
        match self {
            Overlay::Palette { input, .. } => Some(input),
            _ => None,
        }
    }
}

/// What a key does while something is open.
pub fn on_key(state: &mut State, pressed: Key) -> Vec<Effect> {
    let close = pressed.code == KeyCode::Esc || pressed == ctrl('c');
    let rows = help_lines(state).len();
    let page = usize::from(state.size.1.saturating_sub(6)).max(1);
    match std::mem::take(&mut state.overlay) {
        Overlay::None => Vec::new(),
        _ if close => Vec::new(),
        Overlay::Help { first } => {
            let last = rows.saturating_sub(page);
            let first = match pressed.code {
                KeyCode::Up | KeyCode::Char('k') => first.saturating_sub(1),
                KeyCode::Down | KeyCode::Char('j') => first + 1,
                KeyCode::PageUp => first.saturating_sub(page),
                KeyCode::PageDown | KeyCode::Char(' ') => first + page,
                KeyCode::Home => 0,
                KeyCode::End => last,
                // Any other key closes the help, and only that.
                _ => return Vec::new(),
            };
            state.overlay = Overlay::Help { first: first.min(last) };
            Vec::new()
        }
        Overlay::Palette { mut input, mut selected } => {
            let found = search(state, &input.text());
            match pressed.code {
                KeyCode::Enter => {
                    return match found.get(selected) {
                        Some(found) => found.perform(state),
                        None => Vec::new(),
                    };
                }
                KeyCode::Up => selected = selected.saturating_sub(1),
                KeyCode::Down | KeyCode::Tab => selected = (selected + 1).min(found.len().saturating_sub(1)),
                _ => {
                    if input.key(pressed) {
                        selected = 0;
                    }
                }
            }
            state.overlay = Overlay::Palette { input, selected };
            Vec::new()
        }
        Overlay::Confirm { action, .. } => {
            if pressed == key('y') || pressed.code == KeyCode::Enter {
                update(state, *action)
            } else {
                Vec::new()
            }
        }
    }
}

/// What the mouse does while something is open: a press outside closes it, one on a line takes it.
pub fn on_mouse(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    let area = area(state);
    let place = Position::new(event.column, event.row);
    match (event.kind, &mut state.overlay) {
        (MouseEventKind::Down(MouseButton::Left), _) if !area.contains(place) => {
            state.overlay = Overlay::None;
            Vec::new()
        }
        (MouseEventKind::Down(MouseButton::Left), Overlay::Palette { input, selected }) => {
            let (text, rows) = (input.text(), usize::from(area.height.saturating_sub(3)));
            let row = usize::from(event.row).saturating_sub(usize::from(area.y) + 2);
            let first = (*selected + 1).saturating_sub(rows);
            let found = search(state, &text);
            match found.get(first + row).filter(|_| event.row > area.y + 1) {
                Some(found) => {
                    state.overlay = Overlay::None;
                    found.perform(state)
                }
                None => Vec::new(),
            }
        }
        (MouseEventKind::ScrollDown, _) => on_key(state, keymap::special(KeyCode::Down)),
        (MouseEventKind::ScrollUp, _) => on_key(state, keymap::special(KeyCode::Up)),
        _ => Vec::new(),
    }
}

/// An action that the palette found.
#[derive(Clone, Copy)]
pub struct Found {
    /// The other screen that it belongs to; `None` for the one in front, and for every screen.
    screen: Option<Tab>,
    binding: &'static Binding,
}

impl Found {
    /// What it is called.
    fn name(&self) -> String {
        let help = self.binding.help;
        self.screen.map_or_else(|| help.to_string(), |tab| format!("{}: {help}", tab.page().title()))
    }

    /// Does it, on its screen.
    fn perform(&self, state: &mut State) -> Vec<Effect> {
        let mut effects = self.screen.map_or_else(Vec::new, |tab| update(state, Action::Show(tab)));
        effects.extend(update(state, self.binding.action.clone()));
        effects
    }
}

/// The bindings that work now and whose name is like `text`, the best first; of equals those of the
/// screen in front before those of others.
pub fn search(state: &State, text: &str) -> Vec<Found> {
    let here = keymap::bindings(state.tab).map(|binding| Found { screen: None, binding });
    let elsewhere = Tab::of(state)
        .filter(|tab| *tab != state.tab)
        .flat_map(|tab| tab.page().keys().iter().map(move |binding| Found { screen: Some(tab), binding }));
    let mut all: Vec<(u32, Found)> = here
        .chain(elsewhere)
        .filter(|found| (found.binding.when)(state) && !matches!(found.binding.action, Action::Palette))
        .map(|found| (0, found))
        .collect();
    if !text.trim().is_empty() {
        let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut letters = Vec::new();
        all.retain_mut(|(score, found)| {
            let name = format!("{} {}", found.binding.label, found.name());
            match pattern.score(Utf32Str::new(&name, &mut letters), &mut matcher) {
                Some(points) => {
                    *score = points;
                    true
                }
                None => false,
            }
        });
        all.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    }
    all.into_iter().map(|(_, found)| found).collect()
}

/// Where what is open stands.
fn area(state: &State) -> Rect {
    let whole = whole(state);
    let (width, height) = match &state.overlay {
        Overlay::None => (0, 0),
        Overlay::Help { .. } => (76, (help_lines(state).len() + 2) as u16),
        Overlay::Palette { .. } => (70, 18),
        Overlay::Confirm { question, .. } => (64, wrap(question, 58).len() as u16 + 4),
    };
    let (width, height) = (width.min(whole.width), height.min(whole.height.saturating_sub(2)));
    let y = match &state.overlay {
        Overlay::Palette { .. } => 2.min(whole.height - height),
        _ => (whole.height - height) / 2,
    };
    Rect::new((whole.width - width) / 2, y, width, height)
}

fn help_lines(state: &State) -> Vec<(String, &'static str)> {
    let page = state.tab.page();
    let mut lines: Vec<(String, &str)> = Vec::new();
    let mut part = |title: String, bindings: &'static [Binding]| {
        lines.push((title, ""));
        lines.extend(bindings.iter().map(|binding| (binding.key_names(), binding.help)));
    };
    part(format!("On this screen ({})", page.title()), page.keys());
    part("On every screen".into(), keymap::GLOBAL);
    lines
}

/// Draws what is open.
pub fn view(state: &State, frame: &mut Frame) {
    let theme = state.theme;
    let area = area(state).intersection(frame.area());
    if area.is_empty() {
        return;
    }
    let block = |title: &str| {
        Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.accent())
            .title(format!(" {title} "))
    };
    frame.render_widget(Clear, area);
    match &state.overlay {
        Overlay::None => {}
        Overlay::Help { first } => {
            let block = block("keys · ↑ ↓ scroll, esc closes");
            let inner = block.inner(area);
            let lines: Vec<Line> = help_lines(state)
                .into_iter()
                .skip(*first)
                .take(usize::from(inner.height))
                .map(|(keys, help)| {
                    if help.is_empty() {
                        Line::styled(keys, theme.strong())
                    } else {
                        let room = usize::from(inner.width).saturating_sub(17);
                        Line::from(vec![
                            Span::styled(format!("  {} ", fit(&keys, 13)), theme.accent()),
                            Span::raw(cut(help, room)),
                        ])
                    }
                })
                .collect();
            frame.render_widget(Paragraph::new(lines).block(block), area);
        }
        Overlay::Palette { input, selected } => {
            let block = block("what do you want to do?");
            let inner = block.inner(area);
            frame.render_widget(block, area);
            let found = search(state, &input.text());
            let rows = usize::from(inner.height.saturating_sub(1));
            let first = (selected + 1).saturating_sub(rows);
            let width = usize::from(inner.width).saturating_sub(14);
            let lines = found.iter().enumerate().skip(first).take(rows).map(|(i, found)| {
                let style = if i == *selected { theme.selected() } else { theme.text() };
                let keys = fit(&found.binding.key_name(), 9);
                Line::styled(format!(" {} {keys}", fit(&found.name(), width + 1)), style)
            });
            let mut lines: Vec<Line> = lines.collect();
            if lines.is_empty() {
                lines.push(Line::styled(" nothing is called so", theme.dim()));
            }
            frame.render_widget(Paragraph::new(lines), below(inner, 1));
            frame.render_widget(Span::styled("› ", theme.accent()), inner);
            let line = Rect::new(inner.x + 2, inner.y, inner.width.saturating_sub(2), inner.height.min(1));
            input.view(frame, line, theme.strong());
        }
        Overlay::Confirm { question, .. } => {
            let block = block("sure?");
            let mut lines: Vec<Line> = wrap(question, usize::from(area.width).saturating_sub(4))
                .into_iter()
                .map(|line| Line::from(format!(" {line}")))
                .collect();
            lines.push(Line::default());
            lines.push(Line::from(vec![
                Span::styled(" y", theme.accent()),
                Span::raw(" yes   "),
                Span::styled("any other key", theme.accent()),
                Span::raw(" no"),
            ]));
            frame.render_widget(Paragraph::new(lines).block(block), area);
        }
    }
}

/// `area` without its first rows.
fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect::new(area.x, area.y + rows, area.width, area.height - rows)
}
