//! The curves of a session. An update reads only what is new in the history.

use crate::session::history::History;
use crate::session::record::Benchmark;

use crate::plot::track::{Point, STORED, Series, Track};

mod guessing;
mod metric;
mod run;

pub use guessing::Guessing;
pub use metric::Metric;
pub use run::RunCurves;

/// The curves of a session.
#[derive(Debug, Clone, Default)]
pub struct Curves {
    /// The pre-training loss against tokens, by [`Guessing`].
    pretraining: [Track; 3],
    /// The same for the held-out text of a language model.
    held_out: [Track; 3],
    /// The benchmark scores of the pre-trained vectors against tokens, by benchmark.
    pub quality: Vec<(String, Benchmark, Track)>,
    /// How many measurements of the history are in the curves already.
    measured: usize,
    /// One element for each run, in the order of the history.
    pub runs: Vec<RunCurves>,
    /// Memory and processor time of this process, while it trains.
    memory: Track,
    cpu: Track,
    weight: f64,
}

impl Curves {
    /// The curve of run `i` of the history that these curves follow; of a layer, if the metric has one for each.
    pub fn of<'a>(
        &'a self,
        history: &'a History,
        i: usize,
        metric: Metric,
        layer: Option<&str>,
    ) -> Option<Series<'a>> {
        self.runs.get(i)?.of(history.runs.get(i)?, metric, layer)
    }

    /// The curve of a metric that is measured of this process.
    pub fn of_machine(&self, metric: Metric) -> Option<&Track> {
        match metric {
            Metric::Memory => Some(&self.memory),
            Metric::Cpu => Some(&self.cpu),
            _ => None,
        }
    }

    /// Adds a measurement of this process, `at` a time of the session.
    pub fn measure(&mut self, at: f64, memory: f64, cores: f64) {
        for (track, y) in [(&mut self.memory, memory), (&mut self.cpu, cores)] {
            track.push(Point { at, x: [at; STORED], y });
        }
    }

    /// The metrics that the session has values of.
    pub fn metrics<'a>(&'a self, history: &'a History) -> impl Iterator<Item = Metric> + 'a {
        let is_known =
            move |i, metric| self.of(history, i, metric, None).is_some_and(|series| !series.is_empty());
        let has = move |metric: &Metric| match self.of_machine(*metric) {
            Some(track) => !track.is_empty(),
            None => (0..self.runs.len()).any(|i| is_known(i, *metric)),
        };
        Metric::ALL.into_iter().filter(has)
    }

    /// The names of the layers whose norms are recorded.
    pub fn layers(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.runs.iter().flat_map(|run| run.layers()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The curve of the pre-training loss.
    pub fn pretraining(&self, guessing: Guessing) -> &Track {
        &self.pretraining[guessing as usize]
    }

    /// The curve of the loss on held-out text; empty if nothing is held out.
    pub fn held_out(&self, guessing: Guessing) -> &Track {
        &self.held_out[guessing as usize]
    }

    /// Adds what is new in `history`. If records were removed from the history, call [`Curves::forget`] first.
    pub fn follow(&mut self, history: &History) {
        let take = |tracks: &mut [Track; 3], at: f64, tokens: u64, loss: f64| {
            for (track, guessing) in tracks.iter_mut().zip(Guessing::ALL) {
                track.push(Point { at, x: [tokens as f64; STORED], y: guessing.of(loss) });
            }
        };
        for point in history.source().pretraining.iter().skip(self.pretraining[0].len()) {
            take(&mut self.pretraining, point.at, point.value.tokens, point.value.loss);
        }
        for figure in history.source().held_out.iter().skip(self.held_out[0].len()) {
            take(&mut self.held_out, figure.at, figure.value.tokens, figure.value.loss);
        }
        for told in history.source().quality.iter().skip(self.measured) {
            let quality = &told.value;
            let same = |(set, kind, _): &(String, Benchmark, Track)| (set.as_str(), *kind) == quality.name();
            let place = self.quality.iter().position(same).unwrap_or_else(|| {
                self.quality.push((quality.set.clone(), quality.kind, Track::default()));
                self.quality.len() - 1
            });
            let tokens = quality.tokens as f64;
            let point = Point { at: told.at, x: [tokens; STORED], y: quality.score };
            self.quality[place].2.push(point);
        }
        self.measured = history.source().quality.len();
        while self.runs.len() < history.runs.len() {
            let mut run = RunCurves::default();
            run.smooth(self.weight, None);
            self.runs.push(run);
        }
        for (curves, run) in self.runs.iter_mut().zip(&history.runs) {
            curves.follow(run);
        }
    }

    /// Drops all points. The next [`Curves::follow`] reads the whole history again.
    pub fn forget(&mut self) {
        let weight = self.weight;
        // What was measured of the process is in no log, so it stays.
        let (memory, cpu) = (std::mem::take(&mut self.memory), std::mem::take(&mut self.cpu));
        *self = Curves { memory, cpu, ..Curves::default() };
        self.weight = weight;
        self.pretraining.iter_mut().for_each(|track| track.set_weight(weight));
    }

    /// Drops the measurements of the process, which belong to another session.
    pub fn forget_machine(&mut self) {
        (self.memory, self.cpu) = (Track::default(), Track::default());
    }

    /// Smooths noisy curves with this weight of the past, from 0 to below 1. `history` is the one that they follow.
    pub fn smooth(&mut self, weight: f64, history: &History) {
        self.weight = weight;
        self.pretraining.iter_mut().for_each(|track| track.set_weight(weight));
        self.runs.iter_mut().zip(&history.runs).for_each(|(curves, run)| curves.smooth(weight, Some(run)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing;

    #[test]
    fn following_bit_by_bit_gives_the_same_as_all_at_once() {
        let entries = testing::entries();
        let mut history = History::default();
        let mut bit_by_bit = Curves::default();
        bit_by_bit.smooth(0.9, &history);
        for (i, entry) in entries.into_iter().enumerate() {
            history.push(entry);
            if i % 37 == 0 {
                bit_by_bit.follow(&history);
            }
        }
        bit_by_bit.follow(&history);
        let mut at_once = Curves::default();
        at_once.follow(&history);
        at_once.smooth(0.9, &history);
        assert_eq!(at_once.runs.len(), 16);
        for (i, metric) in (0..16).flat_map(|i| Metric::ALL.map(|metric| (i, metric))) {
            // Only runs with gradient descent have layers, and nobody measured this process.
            if metric.is_of_machine() || metric.is_of_layers() && i % 4 == 0 {
                assert!(at_once.of(&history, i, metric, None).is_none());
                continue;
            }
            let (a, b) = (
                bit_by_bit.of(&history, i, metric, None).unwrap(),
                at_once.of(&history, i, metric, None).unwrap(),
            );
            assert_eq!(a.len(), b.len());
            assert!(!a.is_empty());
            assert!((0..a.len()).all(|j| a.point(j) == b.point(j) && a.smoothed(j) == b.smoothed(j)));
        }
    }

    #[test]
    fn norms_are_of_each_layer_and_of_all_together() {
        let mut history = History::default();
        testing::entries().into_iter().for_each(|entry| history.push(entry));
        let mut curves = Curves::default();
        curves.follow(&history);
        assert_eq!(curves.layers(), ["embedding", "lstm", "linear"]);
        let last = |layer: Option<&str>| {
            let series = curves.of(&history, 1, Metric::Weights, layer).unwrap();
            series.point(series.len() - 1).unwrap().y
        };
        let squares: f64 =
            ["embedding", "lstm", "linear"].map(|layer| last(Some(layer)).powi(2)).iter().sum();
        assert!((last(None) - squares.sqrt()).abs() < 1e-9);
        assert!(curves.of(&history, 1, Metric::Weights, Some("no layer")).is_none());
    }
}
