//! The curves of a session. An update reads only what is new in the history.

use crate::session::history::{History, RunHistory};
use crate::session::metric;
use crate::session::record::{Benchmark, VALIDATION};

use super::widgets::track::{Point, Track};

/// The value that a curve of a run shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Metric {
    #[default]
    Loss,
    Accuracy,
    /// A further metric on the validation examples, by its index in [`FURTHER`].
    Further(usize),
    ValidationLoss,
    Gradient,
    LearningRate,
}

/// The metrics of predictions besides accuracy.
const FURTHER: [metric::Metric; 3] = metric::Metric::FURTHER;
/// The number of curves of a run.
const TRACKS: usize = 5 + FURTHER.len();

impl Metric {
    /// All metrics, in the order in which a key cycles through them.
    pub const ALL: [Metric; TRACKS] = {
        let mut all = [Metric::Loss; TRACKS];
        all[1] = Metric::Accuracy;
        let mut place = 0;
        while place < FURTHER.len() {
            all[2 + place] = Metric::Further(place);
            place += 1;
        }
        all[TRACKS - 3] = Metric::ValidationLoss;
        all[TRACKS - 2] = Metric::Gradient;
        all[TRACKS - 1] = Metric::LearningRate;
        all
    };

    /// The index of the metric in [`Metric::ALL`].
    fn place(self) -> usize {
        match self {
            Metric::Loss => 0,
            Metric::Accuracy => 1,
            Metric::Further(place) => 2 + place,
            Metric::ValidationLoss => TRACKS - 3,
            Metric::Gradient => TRACKS - 2,
            Metric::LearningRate => TRACKS - 1,
        }
    }

    /// The name, for a heading.
    pub fn name(self) -> String {
        match self {
            Metric::Loss => "training loss".into(),
            Metric::Accuracy => "validation accuracy".into(),
            Metric::Further(place) => format!("validation {}", FURTHER[place].name()),
            Metric::ValidationLoss => "validation loss".into(),
            Metric::Gradient => "gradient norm".into(),
            Metric::LearningRate => "learning rate".into(),
        }
    }

    /// An explanation for somebody who sees the metric for the first time.
    pub fn explained(self) -> &'static str {
        match self {
            Metric::Loss => "how wrong the run is on the labels it learns from; low is good",
            Metric::Accuracy => "fraction of held-out labels it gets right; high is good",
            Metric::Further(place) => FURTHER[place].explained(),
            Metric::ValidationLoss => "how wrong it is on held-out labels; rising means overfitting",
            Metric::Gradient => "how hard each step pulls; before clipping",
            Metric::LearningRate => "how far each step goes",
        }
    }

    /// Whether the value is a fraction between 0 and 1.
    pub fn is_fraction(self) -> bool {
        match self {
            Metric::Accuracy => true,
            Metric::Further(place) => FURTHER[place].least() >= 0.0,
            _ => false,
        }
    }

    /// Whether the value is measured at every step and therefore noisy, so that smoothing helps.
    pub fn noisy(self) -> bool {
        matches!(self, Metric::Loss | Metric::Gradient)
    }
}

/// The unit in which the loss of a language model is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guessing {
    /// The exponential of the loss: choosing among this many equally likely words would be as hard.
    #[default]
    Perplexity,
    /// Bits per word: the loss divided by ln 2.
    Bits,
    /// The loss itself, in nats.
    Loss,
}

impl Guessing {
    pub const ALL: [Guessing; 3] = [Guessing::Perplexity, Guessing::Bits, Guessing::Loss];

    /// The name, for a heading.
    pub fn name(self) -> &'static str {
        match self {
            Guessing::Perplexity => "perplexity",
            Guessing::Bits => "bits a word",
            Guessing::Loss => "pre-training loss",
        }
    }

    /// An explanation for somebody who sees the unit for the first time.
    pub fn explained(self) -> &'static str {
        match self {
            Guessing::Perplexity => "as hard as choosing among so many words; it should fall",
            Guessing::Bits => "what it takes to tell the next word; it should fall",
            Guessing::Loss => "how badly words tell their neighbours; it should fall",
        }
    }

    /// Converts a loss in nats to this unit.
    fn of(self, loss: f64) -> f64 {
        match self {
            Guessing::Perplexity => loss.exp(),
            Guessing::Bits => loss / std::f64::consts::LN_2,
            Guessing::Loss => loss,
        }
    }
}

/// The curves of a run, indexed by [`Metric`].
#[derive(Debug, Clone, Default)]
pub struct RunCurves {
    tracks: [Track; TRACKS],
}

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
    weight: f64,
}

impl Curves {
    /// The curve of run `i` of the history.
    pub fn of(&self, i: usize, metric: Metric) -> Option<&Track> {
        self.runs.get(i).map(|run| &run.tracks[metric.place()])
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
                track.push(Point { at, x: [tokens as f64, at, tokens as f64], y: guessing.of(loss) });
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
            let point = Point { at: told.at, x: [tokens, told.at, tokens], y: quality.score };
            self.quality[place].2.push(point);
        }
        self.measured = history.source().quality.len();
        while self.runs.len() < history.runs.len() {
            let mut run = RunCurves::default();
            run.smooth(self.weight);
            self.runs.push(run);
        }
        for (curves, run) in self.runs.iter_mut().zip(&history.runs) {
            curves.follow(run);
        }
    }

    /// Drops all points. The next [`Curves::follow`] reads the whole history again.
    pub fn forget(&mut self) {
        let weight = self.weight;
        *self = Curves::default();
        self.smooth(weight);
    }

    /// Smooths noisy curves with this weight of the past, from 0 to below 1.
    pub fn smooth(&mut self, weight: f64) {
        self.weight = weight;
        self.pretraining.iter_mut().for_each(|track| track.set_weight(weight));
        self.runs.iter_mut().for_each(|run| run.smooth(weight));
    }
}

impl RunCurves {
    fn smooth(&mut self, weight: f64) {
        for metric in Metric::ALL.into_iter().filter(|metric| metric.noisy()) {
            self.tracks[metric.place()].set_weight(weight);
        }
    }

    fn follow(&mut self, run: &RunHistory) {
        for step in run.steps.iter().skip(self.tracks[Metric::Loss.place()].len()) {
            let (at, step) = (step.at, &step.value);
            let x = [step.step as f64, step.seconds, step.samples as f64];
            for (metric, y) in [
                (Metric::Loss, step.loss),
                (Metric::Gradient, step.gradient),
                (Metric::LearningRate, f64::from(step.learning_rate)),
            ] {
                self.tracks[metric.place()].push(Point { at, x, y });
            }
        }
        let mut evaluations = run.evaluations.iter().filter(|evaluation| evaluation.value.set == VALIDATION);
        let known = self.tracks[Metric::Accuracy.place()].len();
        for evaluation in evaluations.by_ref().skip(known) {
            let (at, evaluation) = (evaluation.at, &evaluation.value);
            // An evaluation does not record how many documents were seen; the step before it does.
            let before = run.steps.partition_point(|step| step.value.step <= evaluation.step);
            let samples = before.checked_sub(1).map_or(0, |i| run.steps[i].value.samples);
            let x = [evaluation.step as f64, evaluation.seconds, samples as f64];
            let further = FURTHER.iter().enumerate();
            let further =
                further.map(|(place, metric)| (Metric::Further(place), metric.of(&evaluation.confusion)));
            let told = [(Metric::Accuracy, evaluation.accuracy), (Metric::ValidationLoss, evaluation.loss)];
            for (metric, y) in told.into_iter().chain(further) {
                self.tracks[metric.place()].push(Point { at, x, y });
            }
        }
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
        bit_by_bit.smooth(0.9);
        for (i, entry) in entries.into_iter().enumerate() {
            history.push(entry);
            if i % 37 == 0 {
                bit_by_bit.follow(&history);
            }
        }
        bit_by_bit.follow(&history);
        let mut at_once = Curves::default();
        at_once.follow(&history);
        at_once.smooth(0.9);
        assert_eq!(at_once.runs.len(), 16);
        for (i, metric) in (0..16).flat_map(|i| Metric::ALL.map(|metric| (i, metric))) {
            let (a, b) = (bit_by_bit.of(i, metric).unwrap(), at_once.of(i, metric).unwrap());
            assert_eq!(a.len(), b.len());
            assert!(!a.is_empty());
            assert!((0..a.len()).all(|j| a.point(j) == b.point(j) && a.smoothed(j) == b.smoothed(j)));
        }
    }
}
