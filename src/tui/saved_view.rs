//! What the user chose to see of a session, in a small file in its folder. The file is no part of what the session
//! recorded: without it, or where it is damaged, everything is shown as usual.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::files;
use crate::session::budget::Budget;
use crate::session::ron_dialect::{from_ron, to_pretty_ron};

use super::curves::Metric;
use super::filter::runs::COLUMNS;
use super::grouping::Grouping;
use super::screens::train::charts::{Charts, MOST, Panel};
use super::screens::train::choices::Choices;
use super::screens::train::sorting;
use super::screens::train::state::SMOOTHING;
use super::state::State;
use crate::plot::track::Along;

/// The name of the file.
const FILE: &str = "view.ron";
/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 18;
/// How long nothing must change before the file is written.
const QUIET: Duration = Duration::from_millis(800);

/// What the file holds. Names that are not known are passed over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct View {
    filter: String,
    /// The filters that were used before, the newest last.
    filters: Vec<String>,
    charts: Vec<Shown>,
    /// How many of the charts are shown.
    count: usize,
    group: String,
    along: String,
    log_x: bool,
    smoothing: usize,
    /// The indices of runs.
    hidden: BTreeSet<usize>,
    pinned: BTreeSet<usize>,
    solo: Option<BTreeSet<usize>>,
    /// The column, and whether the largest comes first.
    sort: Option<(String, bool)>,
    budget: Option<Budget>,
}

/// What a chart shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Shown {
    metric: String,
    layer: Option<String>,
    log: bool,
}

const ALONG: [(&str, Along); 5] = [
    ("step", Along::Step),
    ("epoch", Along::Epoch),
    ("samples", Along::Samples),
    ("seconds", Along::Seconds),
    ("session", Along::Session),
];

impl View {
    /// What is shown now.
    fn of(state: &State) -> View {
        let train = &state.screens.train;
        let choices = &train.choices;
        let panel =
            |panel: &Panel| Shown { metric: panel.metric.id(), layer: panel.layer.clone(), log: panel.log };
        let along = ALONG.iter().find(|(_, along)| *along == train.along).map_or("", |(name, _)| name);
        View {
            filter: state.filters.runs.text(),
            filters: state.filters.runs.history.clone(),
            charts: choices.charts.panels.iter().map(panel).collect(),
            count: choices.charts.count,
            group: choices.grouping.map_or("", Grouping::id).to_string(),
            along: along.to_string(),
            log_x: train.log_x,
            smoothing: train.smoothing,
            hidden: choices.hidden.clone(),
            pinned: choices.pinned.clone(),
            solo: choices.solo.clone(),
            sort: choices.sort.map(|(column, first)| (COLUMNS[column].names[0].to_string(), first)),
            budget: choices.budget,
        }
    }

    /// Shows the same again.
    fn apply(self, state: &mut State) {
        state.filters.runs.history = self.filters;
        state.filters.runs.set(&self.filter, COLUMNS);
        if state.filters.runs.mistake.is_some() {
            state.filters.runs.set("", COLUMNS);
        }
        let mut charts = Charts::default();
        for (panel, shown) in charts.panels.iter_mut().zip(self.charts).take(MOST) {
            if let Some(metric) = Metric::ALL.into_iter().find(|metric| metric.id() == shown.metric) {
                *panel = Panel { metric, layer: shown.layer, log: shown.log, range: None };
            }
        }
        charts.show(self.count.max(1));
        let train = &mut state.screens.train;
        train.choices = Choices {
            charts,
            grouping: Grouping::ALL.into_iter().find(|by| by.id() == self.group),
            hidden: self.hidden,
            pinned: self.pinned,
            solo: self.solo,
            sort: self.sort.and_then(|(name, first)| Some((sorting::column(&name)?, first))),
            budget: self.budget,
            ..Choices::default()
        };
        if let Some((_, along)) = ALONG.iter().find(|(name, _)| *name == self.along) {
            train.along = *along;
        }
        train.log_x = self.log_x;
        train.smoothing = self.smoothing.min(SMOOTHING.len() - 1);
        state.curves.smooth(SMOOTHING[state.screens.train.smoothing].0, &state.history);
        state.changed = true;
    }
}

/// Reads the file of a session; `None` if there is none or it is damaged.
fn read(folder: &Path) -> Option<View> {
    let mut text = String::new();
    let file = std::fs::File::open(folder.join(FILE)).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    file.take(LARGEST + 1).read_to_string(&mut text).ok().filter(|read| *read as u64 <= LARGEST)?;
    from_ron(&text).ok()
}

/// Keeps the file of the session in front.
#[derive(Debug, Default)]
pub struct SavedView {
    folder: PathBuf,
    saved: View,
    /// Since when something differs from the file.
    since: Option<(Instant, View)>,
}

impl SavedView {
    /// Reads the file when a session comes to the front, and writes it a moment after something has changed. A session
    /// that another process trains is only looked at, so nothing is written there.
    pub fn keep(&mut self, state: &mut State) {
        let Some(folder) = state.folder.clone().filter(|_| state.history.recipe.is_some()) else { return };
        if !state.view_read {
            self.flush();
            state.view_read = true;
            if let Some(view) = read(&folder) {
                view.apply(state);
            }
            (self.folder, self.saved, self.since) = (folder, View::of(state), None);
            return;
        }
        if state.watch.is_some() || folder != self.folder || state.filters.runs.input.active {
            return;
        }
        let now = View::of(state);
        match &self.since {
            _ if now == self.saved => self.since = None,
            Some((_, before)) if *before == now => {}
            _ => self.since = Some((Instant::now(), now)),
        }
        if self.since.as_ref().is_some_and(|(since, _)| since.elapsed() > QUIET) {
            self.flush();
        }
    }

    /// Writes what is not written yet.
    pub fn flush(&mut self) {
        let Some((_, view)) = self.since.take() else { return };
        if let Ok(text) = to_pretty_ron(&view)
            && self.folder.is_dir()
        {
            // A folder that cannot be written keeps no view; nothing else depends on it.
            let _ = files::save(&self.folder.join(FILE), |out| out.write_all(text.as_bytes()));
        }
        self.saved = view;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action::Action;
    use crate::tui::screens::tab::Tab;
    use crate::tui::{app, testing};

    fn in_folder(folder: &Path) -> State {
        let mut state = testing::replay(80, 24, testing::entries());
        state.folder = Some(folder.to_path_buf());
        app::update(&mut state, Action::Show(Tab::Train));
        state
    }

    #[test]
    fn what_was_chosen_is_there_again_and_a_damaged_file_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = in_folder(folder.path());
        let mut saved = SavedView::default();
        saved.keep(&mut state);
        assert!(saved.since.is_none() && !folder.path().join(FILE).exists(), "looking writes nothing");
        testing::press(&mut state, "v4gjj *ccxxL/frozen");
        testing::press_code(&mut state, crossterm::event::KeyCode::Enter);
        testing::press(&mut state, "ml");
        saved.keep(&mut state);
        assert!(!folder.path().join(FILE).exists(), "it is written after a moment");
        saved.flush();
        let before = View::of(&state);
        assert_eq!((before.count, before.along.as_str(), before.filter.as_str()), (4, "samples", "frozen"));
        let mut again = in_folder(folder.path());
        SavedView::default().keep(&mut again);
        assert_eq!(View::of(&again), before);
        for damage in ["", "(", "(count: 1000000000000, smoothing: 99, hidden: [77], filter: \"acc>\")", "\0"]
        {
            std::fs::write(folder.path().join(FILE), damage).unwrap();
            let mut state = in_folder(folder.path());
            SavedView::default().keep(&mut state);
            assert!(View::of(&state).filter.is_empty());
            testing::screen(&state);
        }
    }

    #[test]
    fn nothing_is_written_for_a_session_that_another_process_trains() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = in_folder(folder.path());
        state.watch = Some(crate::session::follow::Writer::Running);
        let mut saved = SavedView::default();
        saved.keep(&mut state);
        testing::press(&mut state, "v4g");
        saved.keep(&mut state);
        saved.flush();
        assert!(!folder.path().join(FILE).exists());
    }
}
