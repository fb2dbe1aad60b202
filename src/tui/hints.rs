//! The keys that can follow a key, in a window above the footer, until one of them is pressed.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear};
use unicode_width::UnicodeWidthStr;

use super::binding::Binding;
use super::keymap;
use super::layout;
use super::state::{Overlay, State};
use super::widgets::put::Put;

/// The bindings of numbers that work now, in place of the number keys of the screens: they continue a key that was pressed.
fn continuations(state: &State) -> Vec<&'static Binding> {
    let numbers = |binding: &&Binding| binding.conditional && binding.keys.iter().all(|key| key.is_number());
    if !matches!(state.overlay, Overlay::None) {
        return Vec::new();
    }
    keymap::own(state, state.tab).iter().filter(numbers).filter(|binding| (binding.when)(state)).collect()
}

/// The window, and the place of each key in it.
fn window(state: &State) -> Option<(Rect, Vec<(Rect, &'static Binding)>)> {
    let all = continuations(state);
    let text = |binding: &Binding| binding.key_name(state).width() + 1 + binding.help.width();
    let widest = all.iter().map(|binding| text(binding)).max()? as u16 + 3;
    let body = layout::layout(state).body;
    let columns = (body.width.saturating_sub(3) / widest).clamp(1, all.len() as u16);
    let rows = (all.len() as u16).div_ceil(columns);
    let height = (rows + 2).min(body.height);
    let area = Rect::new(body.x, body.bottom() - height, body.width, height);
    let place = |(at, binding): (usize, &'static Binding)| {
        let (column, row) = (at as u16 / rows, at as u16 % rows);
        (Rect::new(area.x + 2 + column * widest, area.y + 1 + row, widest - 3, 1), binding)
    };
    Some((area, all.into_iter().enumerate().map(place).collect()))
}

/// The places that can be clicked.
pub fn targets(state: &State) -> Vec<(Rect, &'static Binding)> {
    window(state).map_or(Vec::new(), |(_, places)| places)
}

/// Draws the window, if a key waits for another.
pub fn view(state: &State, frame: &mut Frame) {
    let Some((area, places)) = window(state) else { return };
    let theme = state.theme;
    let block =
        Block::bordered().border_type(BorderType::Rounded).border_style(theme.accent()).title(" and then ");
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    for (place, binding) in places {
        let spans = vec![
            Span::styled(binding.key_name(state), theme.accent()),
            Span::raw(format!(" {}", binding.help)),
        ];
        frame.put(Line::from(spans), place.intersection(area));
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

    use super::*;
    use crate::tui::action::Action;
    use crate::tui::{app, testing};

    #[test]
    fn after_a_key_that_waits_the_next_ones_are_shown_and_can_be_clicked() {
        for (columns, rows) in [(80, 24), (200, 60)] {
            let mut state = testing::replay(columns, rows, testing::entries());
            assert!(targets(&state).is_empty());
            testing::press(&mut state, "v");
            let shown = testing::screen(&state);
            assert!(shown.contains("and then") && shown.contains("9 Nine charts, after v"), "{shown}");
            let (place, _) = targets(&state)[3];
            let kind = MouseEventKind::Down(MouseButton::Left);
            let (column, row, modifiers) = (place.x + 2, place.y, KeyModifiers::NONE);
            app::update(&mut state, Action::Mouse(MouseEvent { kind, column, row, modifiers }));
            assert_eq!(state.screens.train.choices.charts.count, 4);
            assert!(targets(&state).is_empty());
        }
    }
}
