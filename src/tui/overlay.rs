//! Windows over a screen: the help, the palette, questions to be confirmed, and the dialog of the screen Lab.

use crossterm::event::{KeyCode, MouseButton, MouseEvent, MouseEventKind};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear};

use super::action::{Action, Effect};
use super::binding::Binding;
use super::help;
use super::key::{self, Key, ctrl, key};
use super::keymap;
use super::layout::whole;
use super::screens::lab::begin;
use super::screens::tab::Tab;
use super::screens::train::steering;
use super::state::{About, Overlay, State};
use super::widgets::input::Input;
use super::widgets::put::Put;
use super::widgets::text::{fit, wrap};

/// Handles a key while a window is open.
pub fn on_key(state: &mut State, pressed: Key) -> Vec<Effect> {
    if matches!(state.overlay, Overlay::Begin(_)) {
        return begin::on_key(state, pressed);
    }
    let close = pressed.code == KeyCode::Esc || pressed == ctrl('c');
    let asks_again = keymap::global().any(|b| matches!(b.action, Action::Help) && b.has(state, pressed));
    let open = area(state);
    let rows = match &state.overlay {
        Overlay::Help { input, .. } => help::rows(state, &input.text(), open.width).len(),
        _ => 0,
    };
    let page = usize::from(open.height.saturating_sub(3)).max(1);
    match std::mem::take(&mut state.overlay) {
        // Any key closes sentences that were read.
        Overlay::None | Overlay::Begin(_) | Overlay::Told { .. } => Vec::new(),
        Overlay::Confirm { behind, .. } if close => {
            state.overlay = *behind;
            Vec::new()
        }
        _ if close => Vec::new(),
        // The key that opened the help closes it, unless it is typed.
        Overlay::Help { input, .. } if asks_again && input.text().is_empty() => Vec::new(),
        Overlay::Ask { about, mut input, why } => {
            let why = match pressed.code {
                KeyCode::Enter => match steering::accept(state, about, &input.text()) {
                    Ok(effects) => return effects,
                    Err(why) => Some(why),
                },
                KeyCode::Tab => {
                    if let Some(text) = steering::next(state, about, &input.text()) {
                        input.set(&text);
                    }
                    why
                }
                _ => {
                    let changed = input.key(pressed);
                    why.filter(|_| !changed)
                }
            };
            state.overlay = Overlay::Ask { about, input, why };
            Vec::new()
        }
        Overlay::Help { first, mut input } => {
            let last = rows.saturating_sub(page);
            let first = match pressed.code {
                KeyCode::Up => first.saturating_sub(1),
                KeyCode::Down => first + 1,
                KeyCode::PageUp => first.saturating_sub(page),
                KeyCode::PageDown => first + page,
                KeyCode::Home => 0,
                KeyCode::End => last,
                KeyCode::Enter => return Vec::new(),
                _ => {
                    input.key(pressed);
                    0
                }
            };
            state.overlay = Overlay::Help { first: first.min(last), input };
            Vec::new()
        }
        Overlay::Palette { mut input, mut selected } => {
            let found = search(state, &input.text());
            match pressed.code {
                KeyCode::Enter => {
                    return match found.get(selected) {
                        Some(found) => found.perform(),
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
        Overlay::Confirm { action, behind, .. } => {
            if pressed == key('y') || pressed.code == KeyCode::Enter {
                vec![Effect::Act(action)]
            } else {
                state.overlay = *behind;
                Vec::new()
            }
        }
    }
}

/// The columns of a question's window that the answer yes takes.
const CONFIRM_YES: u16 = 9;

/// Handles the mouse while a window is open: a click outside closes it, a click on a line chooses the line.
pub fn on_mouse(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    if matches!(state.overlay, Overlay::Begin(_)) {
        return begin::on_mouse(state, event);
    }
    let area = area(state);
    let place = Position::new(event.column, event.row);
    match (event.kind, &mut state.overlay) {
        (MouseEventKind::Down(MouseButton::Left), _) if !area.contains(place) => {
            state.overlay = match std::mem::take(&mut state.overlay) {
                Overlay::Confirm { behind, .. } => *behind,
                _ => Overlay::None,
            };
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
                    found.perform()
                }
                None => Vec::new(),
            }
        }
        // The last row of a question has its answers.
        (MouseEventKind::Down(MouseButton::Left), Overlay::Confirm { .. })
            if event.row + 2 == area.bottom() =>
        {
            let yes = event.column < area.x + CONFIRM_YES;
            on_key(state, if yes { key('y') } else { key::special(KeyCode::Esc) })
        }
        (MouseEventKind::Down(MouseButton::Left), Overlay::Told { .. }) => {
            state.overlay = Overlay::None;
            Vec::new()
        }
        (MouseEventKind::ScrollDown, _) => on_key(state, key::special(KeyCode::Down)),
        (MouseEventKind::ScrollUp, _) => on_key(state, key::special(KeyCode::Up)),
        _ => Vec::new(),
    }
}

/// A search result of the palette.
#[derive(Clone, Copy)]
pub struct Found {
    /// The screen that the action belongs to, if it is not the current one; `None` for the current and for every
    /// screen.
    screen: Option<Tab>,
    binding: &'static Binding,
}

impl Found {
    /// The name of the action.
    fn name(&self) -> String {
        let help = self.binding.help;
        self.screen.map_or_else(|| help.to_string(), |tab| format!("{}: {help}", tab.title()))
    }

    /// The effects that show the action's screen and perform the action.
    fn perform(&self) -> Vec<Effect> {
        let actions = self.screen.map(Action::Show).into_iter().chain([self.binding.action.clone()]);
        actions.map(|action| Effect::Act(Box::new(action))).collect()
    }
}

/// The bindings that work now and whose names match `text`, the best match first. Of equal matches, those of the
/// current screen come first.
pub fn search(state: &State, text: &str) -> Vec<Found> {
    let here = keymap::bindings(state, state.tab).map(|binding| Found { screen: None, binding });
    let elsewhere = Tab::of(state).filter(|tab| *tab != state.tab).flat_map(|tab| {
        keymap::own(state, tab).iter().map(move |binding| Found { screen: Some(tab), binding })
    });
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

/// The area of the open window.
fn area(state: &State) -> Rect {
    let whole = whole(state);
    let (width, height) = match &state.overlay {
        Overlay::None | Overlay::Begin(_) => (0, 0),
        Overlay::Help { .. } => {
            // The size stays the same while the user types.
            let width = help::width(state).min(whole.width);
            (width, (help::rows(state, "", width).len() + 3) as u16)
        }
        Overlay::Palette { .. } => (70, 18),
        Overlay::Confirm { question, .. } => (64, wrap(question, 58).len() as u16 + 4),
        Overlay::Told { sentences, .. } => (76, told_rows(sentences).len() as u16 + 2),
        Overlay::Ask { about, why, .. } => {
            (76, asked_rows(state, *about, why.as_deref(), 76.min(whole.width)).len() as u16 + 3)
        }
    };
    let (width, height) = (width.min(whole.width), height.min(whole.height.saturating_sub(2)));
    let y = match &state.overlay {
        Overlay::Palette { .. } => 2.min(whole.height - height),
        _ => (whole.height - height) / 2,
    };
    Rect::new((whole.width - width) / 2, y, width, height)
}

/// The rows of sentences in their window.
fn told_rows(sentences: &[String]) -> Vec<String> {
    let rows = |sentence: &String| {
        let rows = wrap(sentence, 70).into_iter().enumerate();
        rows.map(|(i, row)| format!(" {} {row}", if i == 0 { "•" } else { " " })).collect::<Vec<_>>()
    };
    sentences.iter().flat_map(rows).collect()
}

/// The rows below a line that the user types: why it is not possible, or what can be typed.
fn asked_rows(state: &State, about: About, why: Option<&str>, width: u16) -> Vec<String> {
    let text = why.map_or_else(|| steering::hint(state, about), String::from);
    wrap(&text, usize::from(width).saturating_sub(4))
}

/// Draws the open window.
pub fn view(state: &State, frame: &mut Frame) {
    let theme = state.theme;
    match &state.overlay {
        Overlay::Begin(dialog) => begin::draw::view(state, dialog, frame),
        Overlay::Confirm { behind, .. } => {
            if let Overlay::Begin(dialog) = &**behind {
                begin::draw::view(state, dialog, frame);
            }
        }
        _ => {}
    }
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
        Overlay::None | Overlay::Begin(_) => {}
        Overlay::Help { first, input } => {
            let block = block("keys · type to search, ↑ ↓ scroll, esc closes");
            let inner = block.inner(area);
            let rows = help::rows(state, &input.text(), area.width).into_iter();
            let lines: Vec<Line> =
                rows.skip(*first).take(usize::from(inner.height.saturating_sub(1))).collect();
            frame.render_widget(block, area);
            frame.put(lines, below(inner, 1));
            typed(state, frame, inner, input);
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
                let keys = fit(&found.binding.key_name(state), 9);
                Line::styled(format!(" {} {keys}", fit(&found.name(), width + 1)), style)
            });
            let mut lines: Vec<Line> = lines.collect();
            if lines.is_empty() {
                lines.push(Line::styled(" nothing is called so", theme.dim()));
            }
            frame.put(lines, below(inner, 1));
            typed(state, frame, inner, input);
        }
        Overlay::Ask { about, input, why } => {
            let block = block(&steering::title(state, *about));
            let inner = block.inner(area);
            frame.render_widget(block, area);
            let style = if why.is_some() { theme.warning() } else { theme.dim() };
            let rows = asked_rows(state, *about, why.as_deref(), area.width).into_iter();
            let lines: Vec<Line> = rows.map(|row| Line::styled(format!(" {row}"), style)).collect();
            frame.put(lines, below(inner, 1));
            typed(state, frame, inner, input);
        }
        Overlay::Told { title, sentences } => {
            let block = block(&format!("{title} · any key closes"));
            let inner = block.inner(area);
            frame.render_widget(block, area);
            frame.put(told_rows(sentences).into_iter().map(Line::from).collect::<Vec<_>>(), inner);
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
            let inner = block.inner(area);
            frame.render_widget(block, area);
            frame.put(lines, inner);
        }
    }
}

/// Draws the line that the user types into, in the first row of a window.
fn typed(state: &State, frame: &mut Frame, inner: Rect, input: &Input) {
    frame.put(Span::styled("› ", state.theme.accent()), inner);
    let line = Rect::new(inner.x + 2, inner.y, inner.width.saturating_sub(2), inner.height.min(1));
    input.view(frame, line, state.theme.strong());
}

/// `area` without its first `rows` rows.
fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect::new(area.x, area.y + rows, area.width, area.height - rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::app::update;
    use crate::tui::testing::{self, press_code};

    /// The rows of text inside the window.
    fn inside(state: &State) -> Vec<String> {
        let area = area(state);
        let screen = testing::screen(state);
        let rows = screen.lines().skip(usize::from(area.y) + 1).take(usize::from(area.height) - 2);
        let cells = |row: &str| row.chars().skip(usize::from(area.x) + 1).collect::<String>();
        rows.map(|row| cells(row).split('│').next().unwrap_or_default().trim().to_string()).collect()
    }

    #[test]
    fn the_help_has_every_sentence_in_full_at_any_width() {
        for (columns, rows) in [(80, 24), (200, 60)] {
            for tab in Tab::ALL {
                let mut state = testing::live(columns, rows, testing::entries_of_images());
                update(&mut state, Action::Show(tab));
                state.overlay = Overlay::help();
                let mut seen = inside(&state);
                for _ in 0..help::rows(&state, "", area(&state).width).len() {
                    press_code(&mut state, KeyCode::Down);
                    // One step of scrolling shows one more row, at the bottom.
                    seen.extend(inside(&state).pop());
                }
                // A line that is broken continues in the next row, so the rows are joined before the search.
                let seen: Vec<&str> = seen.iter().flat_map(|row| row.split_whitespace()).collect();
                let seen = seen.join(" ");
                for binding in help::parts(&state, "").into_iter().flat_map(|(_, bindings)| bindings) {
                    assert!(seen.contains(binding.help), "{tab:?} at {columns}: {} in {seen}", binding.help);
                }
            }
        }
    }

    #[test]
    fn the_help_names_no_screen_that_the_session_does_not_have() {
        let mut state = testing::live(200, 60, testing::entries());
        state.overlay = Overlay::help();
        let shown = testing::screen(&state);
        assert!(shown.contains("Go to Try") && !shown.contains("Go to Images"), "{shown}");
        let mut state = testing::live(200, 60, testing::entries_of_images());
        state.overlay = Overlay::help();
        let shown = testing::screen(&state);
        assert!(shown.contains("Go to Images") && !shown.contains("Go to Words"), "{shown}");
    }

    #[test]
    fn the_help_names_what_works_now_before_what_works_at_other_times() {
        let mut state = testing::live(200, 60, testing::entries());
        update(&mut state, Action::Show(Tab::Words));
        let parts = help::parts(&state, "");
        let named =
            |part: usize, help: &str| parts[part].1.iter().any(|binding| binding.help.starts_with(help));
        assert!(named(0, "What makes words near") && !named(0, "Write the map"));
        assert!(named(2, "Write the map") && !named(2, "What makes words near"));
        // The key `p` has one line, whatever it does now.
        let count =
            parts.iter().flat_map(|(_, all)| all).filter(|b| matches!(b.action, Action::Pause)).count();
        assert_eq!(count, 1);
    }

    #[test]
    fn the_help_can_be_searched() {
        let mut state = testing::live(80, 24, testing::entries());
        update(&mut state, Action::Show(Tab::Train));
        testing::press(&mut state, "?learning rate");
        let seen = inside(&state).join("\n");
        assert!(seen.contains("› learning rate") && seen.contains("Halve the learning rate"), "{seen}");
        assert!(!seen.contains("Select the run below"), "{seen}");
        // One character is a key, on any screen.
        press_code(&mut state, KeyCode::Esc);
        testing::press(&mut state, "?g");
        let seen = inside(&state).join("\n");
        assert!(seen.contains("Bands by method") && seen.contains("On Confusion"), "{seen}");
        testing::press(&mut state, "qqq");
        assert!(inside(&state).join("\n").contains("no key is called so"));
        for _ in 0..4 {
            press_code(&mut state, KeyCode::Backspace);
        }
        testing::press(&mut state, "?");
        assert!(matches!(state.overlay, Overlay::None), "the key that opened it closes it");
    }
}
