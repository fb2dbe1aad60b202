//! Images of a session's screens without a terminal, for documents.

use std::path::Path;

use crossterm::event::{KeyEvent, KeyModifiers};

use crate::plot::screen::{film, svg};
use crate::session::history::History;

use super::action::Action;
use super::key::Key;
use super::state::State;
use super::theme::Theme;
use super::{app, export, watching};

/// What is shown.
#[derive(Debug, Clone)]
pub struct Shot {
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Its colours.
    pub theme: Theme,
    /// The keys that are pressed before, in a workbench that shows the session at its end.
    pub keys: Vec<Key>,
}

/// The screen as SVG.
pub fn still(history: History, folder: &Path, shot: &Shot) -> String {
    let state = shown(history, folder, shot);
    let usual = export::usual(&state);
    svg(&title(&state, folder), &export::cells(&app::seen(&state), usual), usual)
}

/// The screen at `frames` moments (two at least), from the beginning of the session to its end, as an SVG that moves. Each moment is shown for
/// `seconds` seconds.
pub fn moving(history: History, folder: &Path, shot: &Shot, frames: usize, seconds: f64) -> String {
    let mut state = shown(history, folder, shot);
    let (usual, end) = (export::usual(&state), state.history.now);
    let last = frames.max(2) - 1;
    let mut frame = |number: usize| {
        state.cursor = (number < last).then_some(end * number as f64 / last as f64);
        export::cells(&app::seen(&state), usual)
    };
    let screens: Vec<_> = (0..=last).map(&mut frame).collect();
    film(&title(&state, folder), &screens, seconds, usual)
}

fn title(state: &State, folder: &Path) -> String {
    format!("{} · {}", watching::name(folder), state.tab.title())
}

/// The workbench after the keys. What a key asks of the training thread or of files has no answer here.
fn shown(history: History, folder: &Path, shot: &Shot) -> State {
    let mut state = State::new(folder.parent().unwrap_or(folder).to_path_buf(), Vec::new(), shot.theme);
    state.size = shot.size;
    let name = watching::name(folder);
    app::update(
        &mut state,
        Action::Loaded { name, folder: folder.to_path_buf(), history: Box::new(history), models: false },
    );
    for key in &shot.keys {
        let modifiers = if key.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
        app::update(&mut state, Action::Key(KeyEvent::new(key.code, modifiers)));
    }
    // A message about the session that was opened would cover the screen.
    state.toasts.clear();
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::key::key;
    use crate::tui::testing;

    fn shot(keys: &str) -> Shot {
        Shot { size: (80, 24), theme: Theme::light(), keys: keys.chars().map(key).collect() }
    }

    #[test]
    fn keys_lead_to_the_screen_that_is_drawn() {
        let folder = Path::new("sessions/demo");
        let [train, confusion] =
            ["2", "4"].map(|keys| still(History::of(testing::entries()), folder, &shot(keys)));
        assert!(train.contains("demo · Train") && confusion.contains("demo · Confusion"));
        assert!(train.starts_with("<svg") && train.ends_with("</svg>\n"));
    }

    #[test]
    fn a_film_has_every_moment_and_draws_what_stays_once() {
        let folder = Path::new("sessions/demo");
        let still_one = still(History::of(testing::entries()), folder, &shot("2"));
        let moving = moving(History::of(testing::entries()), folder, &shot("2"), 6, 1.0);
        assert!(moving.contains("6s step-end infinite") && moving.contains("prefers-reduced-motion"));
        // The screens differ, but not in everything.
        assert!(
            moving.len() > still_one.len() && moving.len() < 6 * still_one.len(),
            "{} {}",
            moving.len(),
            still_one.len()
        );
        // The last moment is the session's end: all that the still image has is in it.
        let texts = |svg: &str| -> Vec<String> {
            svg.lines()
                .filter(|line| line.contains("<text"))
                .map(|line| line[line.find("<text").unwrap()..].to_string())
                .collect()
        };
        let all = texts(&moving);
        for text in texts(&still_one) {
            assert!(all.contains(&text), "{text}");
        }
    }
}
