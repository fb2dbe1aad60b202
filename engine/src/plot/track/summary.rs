//! The summary of a curve: the extremes of its blocks, and its moving average.

use std::ops::Range;

use super::place::FAN;

/// The extremes and the moving average of a curve. Its values themselves are stored elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    count: usize,
    /// The smoothed value at each point; empty if nothing is smoothed.
    smooth: Vec<f64>,
    /// The smoothed values at the last point of each whole block.
    smooth_blocks: Vec<f64>,
    /// Minima and maxima of each level; NaN if a range has no finite value.
    levels: Vec<Vec<(f64, f64)>>,
    /// The weight of the past in the moving average; 0 means no smoothing.
    weight: f64,
    /// The moving average before bias correction, and the total weight of its values.
    moving: (f64, f64),
}

impl Summary {
    /// The number of values.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Takes in the next value.
    pub fn push(&mut self, y: f64) {
        let mut i = self.count;
        self.average(i, y);
        self.count += 1;
        let mut pair = pair(y);
        let mut level = 0;
        loop {
            i /= FAN;
            if level == self.levels.len() {
                // A new level starts when the level below has more than one block.
                if i == 0 && level > 0 {
                    break;
                }
                let below = if level == 0 { None } else { self.levels.get(level - 1) };
                let first = below.and_then(|below| below.iter().take(FAN).copied().reduce(join));
                self.levels.push(first.into_iter().collect());
            }
            let level_pairs = &mut self.levels[level];
            match level_pairs.get_mut(i) {
                Some(there) => *there = join(*there, pair),
                None => level_pairs.push(pair),
            }
            level += 1;
            pair = self.levels[level - 1][i];
        }
    }

    /// Sets the weight of the past for smoothing, and smooths again. `y` gives the values.
    pub fn set_weight(&mut self, weight: f64, y: impl Fn(usize) -> f64) {
        if weight != self.weight {
            self.weight = weight;
            self.moving = (0.0, 0.0);
            self.smooth = Vec::new();
            self.smooth_blocks.clear();
            for i in 0..self.count {
                self.average(i, y(i));
            }
        }
    }

    /// The exponential moving average with bias correction, as in Adam (Kingma & Ba 2015).
    fn average(&mut self, i: usize, y: f64) {
        let mut smooth = y;
        if self.weight > 0.0 {
            if y.is_finite() {
                let w = self.weight;
                self.moving = (w * self.moving.0 + (1.0 - w) * y, w * self.moving.1 + (1.0 - w));
            }
            if self.moving.1 > 0.0 {
                smooth = self.moving.0 / self.moving.1;
            }
            self.smooth.push(smooth);
        }
        if (i + 1).is_multiple_of(FAN) {
            self.smooth_blocks.push(smooth);
        }
    }

    /// The smoothed value at a point. `y` gives the values.
    pub fn smoothed(&self, i: usize, y: impl Fn(usize) -> f64) -> Option<f64> {
        match i {
            _ if i >= self.count => None,
            _ if (i + 1).is_multiple_of(FAN) => self.smooth_blocks.get(i / FAN).copied(),
            _ if self.weight > 0.0 => self.smooth.get(i).copied(),
            _ => Some(y(i)),
        }
    }

    /// The minimum and maximum of the finite values in a range of points. `y` gives the values.
    pub fn extremes(&self, range: Range<usize>, y: impl Fn(usize) -> f64) -> Option<(f64, f64)> {
        let (mut start, mut end) = (range.start, range.end.min(self.count));
        let mut found = (f64::NAN, f64::NAN);
        if start < end {
            while start < end && !start.is_multiple_of(FAN) {
                found = join(found, pair(y(start)));
                start += 1;
            }
            while start < end && !end.is_multiple_of(FAN) {
                end -= 1;
                found = join(found, pair(y(end)));
            }
            // From here on `start` and `end` are limits of blocks, on one level after the other.
            for pairs in &self.levels {
                (start, end) = (start / FAN, end / FAN);
                let top = end - start <= FAN;
                while start < end && (top || !start.is_multiple_of(FAN)) {
                    found = join(found, pairs.get(start).copied().unwrap_or((f64::NAN, f64::NAN)));
                    start += 1;
                }
                while start < end && !end.is_multiple_of(FAN) {
                    end -= 1;
                    found = join(found, pairs.get(end).copied().unwrap_or((f64::NAN, f64::NAN)));
                }
            }
        }
        found.0.is_finite().then_some(found)
    }
}

fn pair(y: f64) -> (f64, f64) {
    if y.is_finite() { (y, y) } else { (f64::NAN, f64::NAN) }
}

/// The extremes of both pairs. `f64::min` and `f64::max` ignore NaN.
fn join(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0.min(b.0), a.1.max(b.1))
}
