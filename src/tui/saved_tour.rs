//! How far the reader of a tour is, in a small file in the folder of sessions.

use crate::session::tour::progress::{self, Progress};

use super::state::State;

/// Keeps the file.
#[derive(Debug, Default)]
pub struct SavedTour {
    saved: Progress,
}

impl SavedTour {
    /// Reads the file when there is a tour, and writes it when something has changed: a guess, the session of a chapter,
    /// an answer. Of a reader who only looked, nothing is written.
    pub fn keep(&mut self, state: &mut State) {
        let tour = &mut state.screens.tour;
        let Some(lecture) = tour.lecture.as_ref().filter(|_| state.trains) else { return };
        if !tour.is_read {
            tour.progress = progress::read(&state.sessions, &lecture.key());
            tour.place = lecture.place_of(&tour.progress.chapter).unwrap_or(0);
            tour.is_read = true;
            self.saved = tour.progress.clone();
        }
        if std::mem::take(&mut tour.is_missing) {
            tour.progress.forget_removed(&state.sessions);
            state.changed = true;
        }
        if tour.progress != self.saved
            && !(self.saved.chapters.is_empty() && tour.progress.chapters.is_empty())
        {
            progress::save(&state.sessions, &lecture.key(), &tour.progress);
            self.saved = tour.progress.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tour::progress::FILE;
    use crate::tui::action::Action;
    use crate::tui::{app, testing};

    #[test]
    fn a_reader_comes_back_to_the_chapter_and_the_guess() {
        let folder = tempfile::tempdir().unwrap();
        let state = || {
            let mut state = testing::with_tour(80, 24);
            state.sessions = folder.path().join("sessions");
            state
        };
        let (mut first, mut saved) = (state(), SavedTour::default());
        saved.keep(&mut first);
        app::update(&mut first, Action::OpenTour);
        testing::press(&mut first, "l");
        saved.keep(&mut first);
        assert!(!first.sessions.exists(), "looking writes nothing");
        testing::press(&mut first, "b");
        saved.keep(&mut first);
        assert!(first.sessions.join(FILE).is_file());
        let mut again = state();
        SavedTour::default().keep(&mut again);
        assert_eq!(
            (again.screens.tour.place, &again.screens.tour.progress),
            (1, &first.screens.tour.progress)
        );
        app::update(&mut again, Action::OpenTour);
        assert!(testing::screen(&again).contains("▸ b"), "{}", testing::screen(&again));
        // A session that was removed meanwhile cannot go on: its chapter begins anew.
        let name = again.screens.tour.lecture.as_ref().unwrap().chapters[1].name.clone();
        let known = again.screens.tour.progress.chapters.get_mut(&name).unwrap();
        (known.session, known.done) = (Some("removed".into()), true);
        testing::press_code(&mut again, crossterm::event::KeyCode::Enter);
        let failed =
            Action::News(Box::new(crate::train::protocol::event::Event::Failed("no such session".into())));
        app::update(&mut again, failed);
        SavedTour { saved: Progress::default() }.keep(&mut again);
        let known = &again.screens.tour.progress.chapters[&name];
        assert_eq!((known.session.as_deref(), known.done, known.guess), (None, false, Some(1)));
        std::fs::write(again.sessions.join(FILE), "(").unwrap();
        let mut damaged = state();
        SavedTour::default().keep(&mut damaged);
        assert_eq!(damaged.screens.tour.place, 0);
    }
}
