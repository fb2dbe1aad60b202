//! The curve of the learning-rate finder: the loss against the learning rate, and the learning rates that it
//! suggests.

/// The weight of the past in the moving mean of the losses.
pub const PAST: f64 = 0.9;
/// A range test ends when the smoothed loss is this many times the lowest one.
const WORSE: f64 = 4.0;
/// How many first updates are ignored for suggestions, because their losses depend more on the batches than on the
/// learning rate.
const SKIPPED: usize = 5;
/// The fraction by which the smoothed loss must fall; otherwise no learning rate is suggested.
const FALL: f64 = 0.01;

/// The learning rates of a range test, in geometric progression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sweep {
    /// The first learning rate.
    pub from: f64,
    /// The last learning rate.
    pub to: f64,
    /// The number of learning rates; each gets one update.
    pub updates: usize,
}

impl Default for Sweep {
    fn default() -> Self {
        Sweep { from: 1e-7, to: 10.0, updates: 100 }
    }
}

impl Sweep {
    /// The learning rate of the update at index `update`, from 0.
    pub fn learning_rate(&self, update: usize) -> f64 {
        let fraction = update as f64 / (self.updates.max(2) - 1) as f64;
        self.from * (self.to / self.from).powf(fraction)
    }
}

/// An update of a range test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// The learning rate of the update.
    pub learning_rate: f64,
    /// The mean loss of its batch, before the update.
    pub loss: f64,
    /// The exponential moving mean of the losses, with bias correction.
    pub smoothed: f64,
}

/// How a range test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All learning rates were tried.
    Tried,
    /// The smoothed loss grew to four times the lowest one.
    Rose,
    /// The loss or a gradient was not finite.
    NotFinite,
}

impl End {
    /// The reason as a phrase.
    pub fn name(self) -> &'static str {
        match self {
            End::Tried => "all learning rates were tried",
            End::Rose => "the loss rose to four times its least",
            End::NotFinite => "the loss was no number any more",
        }
    }
}

/// The curve of a range test so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Curve {
    /// The updates so far, in the order of their learning rates.
    pub samples: Vec<Sample>,
    /// How the test ended; `None` while it goes on.
    pub end: Option<End>,
    mean: f64,
    least: f64,
}

impl Curve {
    /// Adds an update. A loss of `None` means that it was not finite, and ends the test.
    pub fn push(&mut self, learning_rate: f64, loss: Option<f64>) {
        let Some(loss) = loss.filter(|loss| loss.is_finite()) else {
            self.end = Some(End::NotFinite);
            return;
        };
        self.mean = PAST * self.mean + (1.0 - PAST) * loss;
        let smoothed = self.mean / (1.0 - PAST.powi(self.samples.len() as i32 + 1));
        self.least = if self.samples.is_empty() { smoothed } else { self.least.min(smoothed) };
        self.samples.push(Sample { learning_rate, loss, smoothed });
        if smoothed > WORSE * self.least {
            self.end = Some(End::Rose);
        }
    }

    /// The index of the lowest smoothed loss, the first updates excluded.
    fn lowest(&self) -> Option<usize> {
        let places = SKIPPED..self.samples.len();
        places.min_by(|&a, &b| self.samples[a].smoothed.total_cmp(&self.samples[b].smoothed))
    }

    /// Whether the loss falls enough for a suggestion.
    fn falls(&self) -> bool {
        let Some(lowest) = self.lowest() else { return false };
        let before = self.samples[SKIPPED..=lowest].iter().map(|sample| sample.smoothed);
        before.fold(f64::MIN, f64::max) * (1.0 - FALL) > self.samples[lowest].smoothed
    }

    /// Whether all learning rates were tried and the smoothed loss is lowest at the last one.
    pub fn still_falls(&self) -> bool {
        let last = self.lowest().is_some_and(|lowest| lowest + 1 == self.samples.len());
        self.end == Some(End::Tried) && last && self.falls()
    }

    /// The learning rate at which the smoothed loss falls fastest against the logarithm of the learning rate, before
    /// the minimum.
    pub fn steepest(&self) -> Option<f64> {
        let lowest = self.lowest().filter(|_| self.falls())?;
        let slope = |place: usize| {
            let (before, after) = (self.samples[place - 1], self.samples[place + 1]);
            (after.smoothed - before.smoothed) / (after.learning_rate / before.learning_rate).ln()
        };
        let places = SKIPPED.max(1)..lowest.min(self.samples.len().saturating_sub(2)) + 1;
        let place = places.min_by(|&a, &b| slope(a).total_cmp(&slope(b)))?;
        Some(self.samples[place].learning_rate)
    }

    /// A tenth of the learning rate with the lowest smoothed loss.
    pub fn tenth(&self) -> Option<f64> {
        let lowest = self.lowest().filter(|_| self.falls())?;
        Some(self.samples[lowest].learning_rate / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Constant at 1, then falls to a half at a learning rate of 0.1, then rises.
    fn valley(learning_rate: f64) -> f64 {
        let l = learning_rate.log10();
        if l < -4.0 {
            1.0
        } else if l < -1.0 {
            1.0 - 0.5 * (l + 4.0) / 3.0
        } else {
            0.5 * 30f64.powf(l + 1.0)
        }
    }

    fn swept(loss: impl Fn(f64) -> f64) -> Curve {
        let (sweep, mut curve) = (Sweep::default(), Curve::default());
        for update in 0..sweep.updates {
            if curve.end.is_none() {
                curve.push(sweep.learning_rate(update), Some(loss(sweep.learning_rate(update))));
            }
        }
        curve
    }

    #[test]
    fn rates_grow_from_the_first_to_the_last() {
        let sweep = Sweep::default();
        assert!(
            (sweep.learning_rate(0) - 1e-7).abs() < 1e-12 && (sweep.learning_rate(99) - 10.0).abs() < 1e-9
        );
        let growth = sweep.learning_rate(1) / sweep.learning_rate(0);
        assert!((sweep.learning_rate(60) / sweep.learning_rate(59) - growth).abs() < 1e-9 && growth > 1.0);
    }

    #[test]
    fn a_valley_is_found_and_the_rise_behind_it_ends_the_test() {
        let curve = swept(valley);
        assert_eq!(curve.end, Some(End::Rose));
        assert!(curve.samples.len() < 100);
        // The moving mean lags a few updates; the learning rate grows by a factor of 1.2 per update.
        let (steepest, tenth) = (curve.steepest().unwrap(), curve.tenth().unwrap());
        assert!((1e-3..0.3).contains(&steepest), "{steepest}");
        assert!((0.01..0.1).contains(&tenth), "{tenth}");
    }

    #[test]
    fn the_moving_mean_is_right_from_the_first_loss_on() {
        let mut curve = Curve::default();
        for (learning_rate, loss) in [(0.1, 2.0), (0.2, 4.0)] {
            curve.push(learning_rate, Some(loss));
        }
        assert_eq!(curve.samples[0].smoothed, 2.0);
        // (0.9 · 0.1 · 2 + 0.1 · 4) / (1 - 0.81)
        assert!((curve.samples[1].smoothed - 0.58 / 0.19).abs() < 1e-12);
    }

    #[test]
    fn where_nothing_is_learned_nothing_is_suggested() {
        let flat = swept(|_| 0.7);
        assert_eq!((flat.end, flat.steepest(), flat.tenth()), (None, None, None));
        let rising = swept(|learning_rate| 0.7 + learning_rate);
        assert_eq!((rising.steepest(), rising.tenth()), (None, None));
        let mut broken = Curve::default();
        broken.push(1e-7, Some(f64::NAN));
        assert_eq!((broken.end, broken.samples.len()), (Some(End::NotFinite), 0));
    }
}
