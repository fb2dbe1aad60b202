//! What the tour shows: the chapter, how far the reader is in it, and what the front session has to do with it.

use std::path::PathBuf;

use crate::session::tour::answer::Answer;
use crate::session::tour::chapter::{Chapter, Screen};
use crate::session::tour::progress::ChapterProgress;
use crate::session::tour::question::Choice;
use crate::transfer::statistics::answered::answered;
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;

use super::state::Starting;

/// How far a reader is in a chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The chapter was not run yet.
    Asking,
    /// Its recipe runs.
    Running,
    /// Its run was stopped before the end.
    Stopped,
    /// Its answer was measured, and another session is in front.
    Kept,
    /// Its session is in front, with the answer.
    Answered,
}

/// The chapter that is read.
pub fn chapter(state: &State) -> Option<&Chapter> {
    let tour = &state.screens.tour;
    tour.lecture.as_ref()?.chapters.get(tour.place)
}

/// How many chapters there are.
pub fn count(state: &State) -> usize {
    state.screens.tour.lecture.as_ref().map_or(0, |lecture| lecture.chapters.len())
}

/// The choices of the chapter's question.
pub fn choices(state: &State) -> Vec<Choice> {
    chapter(state).map_or(Vec::new(), |chapter| chapter.question.choices())
}

/// What is remembered of the chapter at this place.
pub fn progress_of(state: &State, place: usize) -> ChapterProgress {
    let tour = &state.screens.tour;
    let chapter = tour.lecture.as_ref().and_then(|lecture| lecture.chapters.get(place));
    chapter.and_then(|chapter| tour.progress.chapters.get(&chapter.name)).cloned().unwrap_or_default()
}

/// What is remembered of the chapter that is read.
pub fn progress(state: &State) -> ChapterProgress {
    progress_of(state, state.screens.tour.place)
}

/// The place of the reader's guess among the choices.
pub fn guess(state: &State) -> Option<usize> {
    progress(state).guess.filter(|guess| *guess < choices(state).len())
}

/// The folder of the chapter's session.
pub fn folder(state: &State) -> Option<PathBuf> {
    progress(state).session.map(|name| state.sessions.join(name))
}

/// How far the reader is.
pub fn stage(state: &State) -> Stage {
    let tour = &state.screens.tour;
    let starts = tour.starting.is_some_and(|starting| starting.place == tour.place);
    let Some(folder) = folder(state) else {
        return if starts { Stage::Running } else { Stage::Asking };
    };
    let in_front = state.several.is_none() && state.folder.as_ref() == Some(&folder);
    match progress(state).done {
        _ if in_front && state.history.comparison.is_some() => Stage::Answered,
        _ if in_front && state.is_under_way() || starts => Stage::Running,
        true => Stage::Kept,
        false => Stage::Stopped,
    }
}

/// The answer to the chapter's question, if its session is in front.
pub fn answer(state: &State) -> Option<&Answer> {
    let tour = &state.screens.tour;
    let (place, folder, answer) = tour.answer.as_ref()?;
    answer.as_ref().filter(|_| *place == tour.place && self::folder(state).as_ref() == Some(folder))
}

/// The place of the chapter whose session is in front. The reader may be in another chapter.
fn in_front(state: &State) -> Option<usize> {
    let folder = state.folder.as_ref().filter(|_| state.several.is_none())?;
    (0..count(state)).find(|place| {
        let session = progress_of(state, *place).session;
        session.is_some_and(|name| state.sessions.join(name) == *folder)
    })
}

/// Takes notice of what the front session has told: the session of a chapter is there, or its answer.
pub fn follow(state: &mut State) {
    let Some(place) = in_front(state) else { return };
    if state.history.comparison.is_some() {
        let tour = &state.screens.tour;
        let is_known = tour
            .answer
            .as_ref()
            .is_some_and(|(known, folder, _)| *known == place && state.folder.as_ref() == Some(folder));
        let chapter = tour.lecture.as_ref().and_then(|lecture| lecture.chapters.get(place));
        if !is_known && let (Some(chapter), Some(folder)) = (chapter, state.folder.clone()) {
            let (name, answer) = (chapter.name.clone(), answered(&state.history, &chapter.question));
            let tour = &mut state.screens.tour;
            tour.answer = Some((place, folder, answer));
            tour.progress.chapters.entry(name).or_default().done = true;
            tour.starting = None;
        }
    } else if state.is_under_way() {
        state.screens.tour.starting = None;
    }
}

/// The session that is about to begin is in this folder.
pub fn begun(state: &mut State, folder: &std::path::Path) {
    let tour = &mut state.screens.tour;
    let Some(starting) = tour.starting.filter(|starting| starting.is_new && !starting.has_begun) else {
        return;
    };
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let chapter = tour.lecture.as_ref().and_then(|lecture| lecture.chapters.get(starting.place));
    if let Some(chapter) = chapter {
        let known = tour.progress.chapters.entry(chapter.name.clone()).or_default();
        (known.session, known.done) = (name, false);
    }
    // The next session that begins is another one.
    tour.starting = Some(Starting { has_begun: true, ..starting });
}

/// A session could not begin, or ended by an error.
pub fn failed(state: &mut State) {
    let tour = &mut state.screens.tour;
    let Some(starting) = tour.starting.take() else { return };
    tour.is_missing = !starting.is_new;
    let chapter = tour.lecture.as_ref().and_then(|lecture| lecture.chapters.get(starting.place));
    if let Some(chapter) = chapter.filter(|_| starting.is_new)
        && let Some(known) = tour.progress.chapters.get_mut(&chapter.name)
    {
        known.session = None;
    }
}

/// The screen that shows the chapter's answer.
pub fn screen(chapter: &Chapter) -> Tab {
    match chapter.screen {
        Screen::Train => Tab::Train,
        Screen::Words => Tab::Words,
        Screen::Confusion => Tab::Confusion,
        Screen::Compare => Tab::Compare,
        Screen::Try => Tab::Try,
        Screen::Images => Tab::Images,
    }
}
