//! The log of a session that another process writes, looked at a few times a second.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::session::checkpoint;
use crate::session::follow::Follower;

use super::action::Action;
use super::state::State;

/// The time between two looks.
const PACE: Duration = Duration::from_millis(250);

/// What is followed, if anything is.
#[derive(Debug, Default)]
pub struct Watching {
    follower: Option<Follower>,
    looked: Option<Instant>,
}

impl Watching {
    /// Follows the session in `folder` from now on.
    pub fn begin(&mut self, folder: &Path) -> Action {
        (self.follower, self.looked) = (Some(Follower::new(folder)), None);
        Action::Watching { name: name(folder), folder: folder.to_path_buf() }
    }

    /// Whether a long log is being read, part by part.
    pub fn is_reading(&self) -> bool {
        self.follower.as_ref().is_some_and(Follower::has_more)
    }

    /// What is new, if it is time to look. What is no longer in front is let go of.
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

/// A session is called as its folder is.
pub fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned()
}
