//! What a session tells comes in: record by record from the training thread, whole from a log, or bit by bit from a log
//! that another process writes.

use std::path::PathBuf;

use crate::session::follow::{News, Writer};
use crate::session::history::History;
use crate::session::record::{Entry, Note, Record};

use super::action::Effect;
use super::screens::commands::quoted;
use super::screens::lab;
use super::screens::tab::Tab;
use super::state::State;

/// Puts away what is known of the session in front.
pub fn forget(state: &mut State) {
    state.history = History::default();
    state.curves.forget();
    state.cursor = None;
    state.playing = false;
    (state.replay, state.watch) = (None, None);
    for tab in Tab::ALL {
        tab.page().forget(state);
    }
}

/// Takes the next record in.
pub fn push(state: &mut State, entry: Entry) {
    match &entry.record {
        // Whatever was told before is of another session.
        Record::Opened { .. } => {
            forget(state);
            if state.tab == Tab::Lab && !state.touched {
                state.tab = lab::WATCH;
            }
        }
        Record::Note(Note::Remark(text)) => state.toast(text.clone()),
        // Points that were told are taken back; what stays is taken in again.
        Record::Resumed { .. } => state.curves.forget(),
        _ => {}
    }
    state.history.push(entry);
}

/// The log of a session is looked at again.
pub fn loaded(state: &mut State, name: String, folder: PathBuf, entries: Vec<Entry>, models: bool) {
    forget(state);
    for entry in entries {
        push(state, entry);
    }
    state.curves.follow(&state.history);
    state.toasts.clear();
    state.replay = Some(name);
    state.folder = Some(folder);
    state.models = models;
}

/// A session that another process writes comes to the front; what it tells follows.
pub fn watching(state: &mut State, name: String, folder: PathBuf) {
    forget(state);
    state.toasts.clear();
    (state.replay, state.watch) = (Some(name), Some(Writer::Running));
    (state.folder, state.models, state.is_catching_up) = (Some(folder), false, true);
}

/// Something is new of the session that is watched; `models` says whether it keeps models.
pub fn followed(state: &mut State, news: News, models: bool) -> Vec<Effect> {
    let Some(before) = state.watch else { return Vec::new() };
    let name = state.replay.clone();
    if news.anew {
        forget(state);
        state.is_catching_up = true;
    }
    let toasts = state.toasts.len();
    for entry in news.entries {
        push(state, entry);
    }
    // The first record is of a session that is trained here, where nobody says otherwise.
    state.replay = name;
    state.curves.follow(&state.history);
    let now = news.writer.unwrap_or(before);
    state.watch = Some(now);
    if state.is_catching_up {
        // What it had to remark before anybody looked is on the screens.
        state.toasts.truncate(toasts);
    }
    state.is_catching_up = news.writer.is_none();
    if now == before {
        return Vec::new();
    }
    state.models = models;
    let sentence = match now {
        Writer::Running => "Another process goes on with the session: it is followed.".into(),
        ended => ended.sentence(&folder(state)),
    };
    let bad = matches!(now, Writer::Gone | Writer::Removed);
    state.add_toast(sentence, bad, None);
    vec![Effect::Scan]
}

/// Whether the session in front is watched while another process trains it, or after that.
pub fn trains_elsewhere(state: &State) -> bool {
    state.watch.is_some()
}

/// Why something cannot be done with a session that is watched.
pub fn why_not_here(state: &State) -> String {
    match state.watch {
        Some(Writer::Running) => {
            "Another process trains this session: only that one can pause it, change it or ask its models."
                .into()
        }
        Some(ended) => format!("Nobody trains this session now. {}", ended.sentence(&folder(state))),
        None => "Nobody trains this session here.".into(),
    }
}

fn folder(state: &State) -> String {
    state.folder.as_ref().map(|folder| quoted(&folder.display().to_string())).unwrap_or_default()
}
