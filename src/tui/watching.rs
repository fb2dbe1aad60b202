//! Looks a few times a second at the log of a session that another process writes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::session::checkpoint;
use crate::session::follow::Follower;

use super::action::Action;
use super::state::State;

/// The time between two looks.
const PACE: Duration = Duration::from_millis(250);

/// The follower of the session that is watched, if one is, and the time of its last look; and those of the sessions that
/// are shown together.
#[derive(Debug, Default)]
pub struct Watching {
    follower: Option<Follower>,
    looked: Option<Instant>,
    several: Vec<Option<Follower>>,
    /// The next of several that is looked at.
    next: usize,
}

impl Watching {
    /// Starts to follow the session in `folder`.
    pub fn begin(&mut self, folder: &Path) -> Action {
        (self.follower, self.looked) = (Some(Follower::new(folder)), None);
        Action::Watching { name: name(folder), folder: folder.to_path_buf() }
    }

    /// Starts to follow several sessions.
    pub fn begin_several(&mut self, folders: Vec<PathBuf>) -> Action {
        self.several = folders.iter().map(|folder| Some(Follower::new(folder))).collect();
        (self.follower, self.looked, self.next) = (None, None, 0);
        Action::Joining(folders)
    }

    /// Looks at the log of one of several sessions. Each has its turn, so that a long log does not block the screen.
    pub fn look_around(&mut self, state: &State) -> Option<Action> {
        if state.several.is_none() {
            self.several.clear();
        }
        let reads = |follower: &Option<Follower>| follower.as_ref().is_some_and(Follower::has_more);
        if self.next == 0
            && self.looked.is_some_and(|at| at.elapsed() < PACE)
            && !self.several.iter().any(reads)
        {
            return None;
        }
        while let Some(follower) = self.several.get_mut(self.next) {
            let place = self.next;
            self.next += 1;
            match follower.as_mut().map(Follower::poll) {
                Some(Ok(Some(news))) => return Some(Action::Joined { place, news: Box::new(news) }),
                Some(Ok(None)) | None => {}
                Some(Err(error)) => {
                    *follower = None;
                    return Some(Action::Failed(error.to_string()));
                }
            }
        }
        (self.next, self.looked) = (0, Some(Instant::now()));
        None
    }

    /// Whether a part of a long log is still unread, so that the next look should follow at once.
    pub fn is_reading(&self) -> bool {
        let reads = |follower: &Follower| follower.has_more();
        self.next > 0 || self.follower.iter().chain(self.several.iter().flatten()).any(reads)
    }

    /// Looks at the log if the time between two looks is over, and returns what is new. If the session is no longer in
    /// front, the follower is dropped.
    pub fn look(&mut self, state: &State) -> Option<Action> {
        let follower = self.follower.as_mut()?;
        if state.watch.is_none() || state.folder.as_deref() != Some(follower.folder()) {
            self.follower = None;
            return None;
        }
        if self.looked.is_some_and(|at| at.elapsed() < PACE) && !follower.has_more() {
            return None;
        }
        self.looked = Some(Instant::now());
        match follower.poll() {
            Ok(news) => {
                let news = news?;
                let ended = news.writer.is_some() && news.writer != state.watch;
                let models = ended && checkpoint::keeps_runs(follower.folder());
                Some(Action::Followed { news: Box::new(news), models })
            }
            Err(error) => {
                self.follower = None;
                Some(Action::Failed(error.to_string()))
            }
        }
    }
}

/// The name of a session: the name of its folder.
pub fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned()
}
