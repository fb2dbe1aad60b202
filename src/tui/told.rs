//! Adds the records of a session to the state of the workbench. They come one at a time from the training thread, all
//! at once from a log, or in parts from a log that another process writes.

use std::path::PathBuf;

use crate::session::follow::{News, Writer};
use crate::session::history::History;
use crate::session::joined::{Joined, Taken};
use crate::session::record::{Entry, Note, Record};

use super::action::Effect;
use super::filter::filter_box::FilterBox;
use super::grouping::Grouping;
use super::notice;
use super::screens::commands::quoted;
use super::screens::lab;
use super::screens::tab::Tab;
use super::state::State;

/// Clears everything that the state holds of the session in front.
pub fn forget(state: &mut State) {
    state.history = History::default();
    state.curves.forget();
    state.curves.forget_machine();
    state.filters.runs = FilterBox::default();
    state.view_read = false;
    state.cursor = None;
    state.playing = false;
    (state.replay, state.watch, state.several) = (None, None, None);
    for tab in Tab::ALL {
        tab.page().forget(state);
    }
}

/// The screen that shows a session first.
pub fn first(state: &State) -> Tab {
    state.first.unwrap_or(lab::WATCH)
}

/// Tells the user, who may look elsewhere, that the training has ended.
pub fn ended(state: &State) -> Effect {
    Effect::Notice(state.notice, notice::sentence(state.folder.as_deref()))
}

/// Adds the next record.
pub fn push(state: &mut State, entry: Entry) {
    match &entry.record {
        // This record is the first of its session. All earlier records belong to another session.
        Record::Opened { .. } => {
            forget(state);
            if state.tab == Tab::Lab && !state.touched {
                state.tab = first(state);
            }
        }
        Record::Note(Note::Remark(text)) => state.toast(text.clone()),
        Record::Note(Note::Added { addition, .. })
            if state.screens.train.adding.take_if(|asked| asked == addition).is_some() =>
        {
            state.toast(format!("Added to the experiment: {}.", addition.phrase()));
        }
        // A resumed session takes back some points. The curves are cleared and built again from the points that stay.
        // The curves are those of the source that is shown, which is the newest one.
        Record::Resumed { .. } | Record::Source(_) => state.curves.forget(),
        _ => {}
    }
    state.history.push(entry);
}

/// Opens a session from its log, to look at it or to replay it.
pub fn loaded(state: &mut State, name: String, folder: PathBuf, history: History, models: bool) {
    forget(state);
    state.history = history;
    state.curves.follow(&state.history);
    state.toasts.clear();
    state.replay = Some(name);
    state.folder = Some(folder);
    state.models = models;
}

/// Brings a session that another process writes to the front. Its records follow with [`followed`].
pub fn watching(state: &mut State, name: String, folder: PathBuf) {
    forget(state);
    state.toasts.clear();
    (state.replay, state.watch) = (Some(name), Some(Writer::Running));
    (state.folder, state.models, state.is_catching_up) = (Some(folder), false, true);
}

/// Brings several sessions to the front together. What they tell follows with [`joined`].
pub fn joining(state: &mut State, folders: &[PathBuf]) {
    forget(state);
    state.toasts.clear();
    let (several, history) = Joined::new(folders);
    state.replay = Some(format!("{} sessions", folders.len()));
    state.history = history;
    (state.several, state.folder, state.models) = (Some(several), None, false);
    state.screens.train.choices.grouping = Some(Grouping::MethodAndBudget);
}

/// Adds what is new in one of several sessions.
pub fn joined(state: &mut State, place: usize, news: News) -> Vec<Effect> {
    let Some(several) = &mut state.several else { return Vec::new() };
    let before = several.parts.get(place).and_then(|part| part.writer);
    match several.push(place, news, &mut state.history) {
        Taken::Added => {}
        Taken::Undone => state.curves.forget(),
        Taken::Replaced => {
            let folders = several.parts.iter().map(|part| part.folder.clone()).collect();
            return vec![Effect::Together(folders)];
        }
    }
    state.curves.follow(&state.history);
    let part = state.several.as_ref().and_then(|several| several.parts.get(place));
    if let Some((name, now)) = part.and_then(|part| Some((part.name.clone(), part.writer?)))
        && before.is_some_and(|before| before != now)
    {
        let sentence = match now {
            Writer::Running => format!("{name}: another process goes on with it."),
            ended => format!("{name}: {}", ended.sentence(&name)),
        };
        state.add_toast(sentence, matches!(now, Writer::Gone | Writer::Removed), None);
    }
    Vec::new()
}

/// Adds what is new in the session that is watched. `models` says whether the session has saved its models.
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
    // `push` clears `replay` at the first record of a session, because it takes the session for one that is trained
    // here. The name is therefore restored.
    state.replay = name;
    state.curves.follow(&state.history);
    let now = news.writer.unwrap_or(before);
    state.watch = Some(now);
    if state.is_catching_up {
        // Remarks from before the session was opened are shown on the screens, so they need no toasts.
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
    let finished = (now == Writer::Finished && before == Writer::Running).then(|| ended(state));
    finished.into_iter().chain([Effect::Scan]).collect()
}

/// The reason why an action is not possible for a session that is not trained here.
pub fn why_not_here(state: &State) -> String {
    match state.watch {
        None if state.replay.is_some() => {
            "This is a replay: nothing is trained that the key could change.".into()
        }
        None if state.history.comparison.is_some() => {
            "The training is finished: nothing runs that the key could change.".into()
        }
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
