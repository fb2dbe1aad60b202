//! For tests: states with the records of a small session, and functions that press keys and read the screen.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::session::follow::{News, Writer};
use crate::session::history::History;
use crate::session::record::{Entry, Record};
use crate::train::protocol::event::{State as Work, Status};
use crate::tui::built_in_tour;

use super::action::{Action, Effect};
use super::app;
use super::screens::lab::state::{BuiltIn, Template};
use super::state::State;
use super::theme::Theme;

mod records;

pub use records::{
    METHODS, STEPS, entries, entries_of_images, entries_while_pretraining, entries_while_training, recipe,
};

/// A recipe like those that come with the program.
pub fn built_in() -> BuiltIn {
    let text = "// Explained.\n(source: SkipGram())";
    BuiltIn { name: "demo".into(), recipe: recipe(), template: Template { file: "my-reviews.ron", text } }
}

/// The state before anything happened, in a terminal of this size.
pub fn empty(columns: u16, rows: u16) -> State {
    let mut state = State::new("sessions".into(), vec![built_in()], Theme::dark());
    state.size = (columns, rows);
    state
}

/// The state before anything happened, with the built-in tour.
pub fn with_tour(columns: u16, rows: u16) -> State {
    let mut state = empty(columns, rows);
    state.screens.tour.lecture = Some(std::sync::Arc::new(built_in_tour::lecture().unwrap()));
    state
}

/// The state of a live session with the records `entries`.
pub fn live(columns: u16, rows: u16, entries: Vec<Entry>) -> State {
    let mut state = empty(columns, rows);
    let status = Status {
        state: Work::Running,
        doing: "training 12 runs".into(),
        progress: 0.6,
        speed: 2_400.0,
        unit: "documents/s",
        left: Some(21.0),
        live: vec![1, 2, 3],
        folder: "sessions/demo".into(),
    };
    app::update(&mut state, Action::News(Box::new(crate::train::protocol::event::Event::Status(status))));
    app::update(&mut state, Action::News(Box::new(crate::train::protocol::event::Event::Entries(entries))));
    state
}

/// The state of a replay of `entries`.
pub fn replay(columns: u16, rows: u16, entries: Vec<Entry>) -> State {
    let mut state = empty(columns, rows);
    let folder = "sessions/demo".into();
    app::update(
        &mut state,
        Action::Loaded {
            name: "demo".into(),
            folder,
            history: Box::new(History::of(entries)),
            models: false,
        },
    );
    state
}

/// Two sessions together: a finished one, and one that another process trains with more seeds.
pub fn together(columns: u16, rows: u16) -> State {
    let mut state = empty(columns, rows);
    let folders = vec!["sessions/demo".into(), "sessions/other-demo".into()];
    app::update(&mut state, Action::Joining(folders));
    let mut other = entries_while_training();
    for entry in &mut other {
        if let Record::Opened { recipe, .. } = &mut entry.record {
            recipe.seeds += 3;
        }
    }
    let news = |entries, writer| News { anew: false, entries, writer: Some(writer) };
    for (place, news) in [(0, news(entries(), Writer::Finished)), (1, news(other, Writer::Running))] {
        app::update(&mut state, Action::Joined { place, news: Box::new(news) });
    }
    state
}

/// Presses one key for each character. Returns all effects.
pub fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|c| press_code(state, KeyCode::Char(c))).collect()
}

/// Presses one key.
pub fn press_code(state: &mut State, code: KeyCode) -> Vec<Effect> {
    app::update(state, Action::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

/// The cells of the screen.
pub fn cells(state: &State) -> Buffer {
    let (columns, rows) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| app::view(state, frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// The text on the screen, one line per row, without colours.
pub fn screen(state: &State) -> String {
    let (columns, rows) = state.size;
    let buffer = cells(state);
    let mut text = String::new();
    for y in 0..rows {
        let line: String = (0..columns).map(|x| buffer[(x, y)].symbol()).collect();
        text.push_str(line.trim_end_matches(' '));
        text.push('\n');
    }
    text
}
