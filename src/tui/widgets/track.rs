//! The points of a curve, stored so that the range of values in any column of the screen is found quickly.
//!
//! Beside the points there is a pyramid of minima and maxima: level `k` has one pair for every `FAN^(k+1)` points. A
//! push updates one pair per level, and the extremes of any range of points are found in a few dozen steps. So the cost
//! of a frame does not depend on the number of points, and no spike is lost between two columns. The smoothed curve is
//! stored too. Curves that are measured at the same steps share the places of their points.
//!
//! A block is `FAN` points. Where each block begins on the axes, and the smoothed value at its end, stand together: a chart
//! of many dense curves reads these and not one point in a hundred, each from another part of the memory.

use std::ops::Range;

/// How many points, or pairs of the level below, one pair summarises.
pub const FAN: usize = 32;

/// The quantity on the x axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Along {
    /// Updates (or tokens, for pre-training).
    #[default]
    Step,
    /// Epochs.
    Epoch,
    /// Documents seen.
    Samples,
    /// Seconds of training of the run.
    Seconds,
    /// Seconds of the session: the wall clock, without pauses.
    Session,
}

impl Along {
    /// All quantities, in the order in which a key cycles through them.
    pub const ALL: [Along; 5] = [Along::Step, Along::Epoch, Along::Samples, Along::Seconds, Along::Session];
}

/// The number of x values that a point stores: those of all [`Along`] but the session's time.
pub const STORED: usize = Along::ALL.len() - 1;

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When the point was recorded, in session seconds.
    pub at: f64,
    /// The x values, indexed by [`Along`].
    pub x: [f64; STORED],
    pub y: f64,
}

impl Point {
    /// The x value.
    pub fn along(&self, along: Along) -> f64 {
        self.x.get(along as usize).copied().unwrap_or(self.at)
    }
}

/// Where points lie: their x values. Curves that are measured at the same steps share them.
#[derive(Debug, Clone, Default)]
pub struct Places {
    at: Vec<f64>,
    x: [Vec<f64>; STORED],
    /// The x values of the first point of each block, indexed by [`Along`].
    blocks: [Vec<f64>; STORED + 1],
}

impl Places {
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Appends a place, with the x values indexed by [`Along`].
    pub fn push(&mut self, at: f64, x: [f64; STORED]) {
        if self.at.len().is_multiple_of(FAN) {
            self.blocks.iter_mut().zip(x.into_iter().chain([at])).for_each(|(blocks, x)| blocks.push(x));
        }
        self.at.push(at);
        self.x.iter_mut().zip(x).for_each(|(places, x)| places.push(x));
    }

    fn along(&self, along: Along) -> &[f64] {
        self.x.get(along as usize).unwrap_or(&self.at)
    }

    /// How many points of `within` come before a place, plus its start. The first points of the blocks are read first.
    fn partition(&self, along: Along, within: Range<usize>, is_before: impl Fn(&f64) -> bool) -> usize {
        let (places, blocks) = (self.along(along), &self.blocks[along as usize]);
        let end = within.end.min(places.len());
        let mut start = within.start.min(end);
        let (first, last) = (start.div_ceil(FAN), end.div_ceil(FAN));
        let mut before = end;
        if let Some(blocks) = blocks.get(first..last) {
            let block = first + blocks.partition_point(&is_before);
            if block > first {
                start = (block - 1) * FAN + 1;
            }
            before = end.min(block * FAN);
        }
        start + places[start..before].partition_point(is_before)
    }
}

/// The values of a curve, their extremes and their moving average.
#[derive(Debug, Clone, Default)]
pub struct Values {
    y: Vec<f64>,
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

/// A curve with places of its own.
#[derive(Debug, Clone, Default)]
pub struct Track {
    places: Places,
    values: Values,
}

/// A curve, for reading.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    pub places: &'a Places,
    pub values: &'a Values,
}

impl Track {
    pub fn len(&self) -> usize {
        self.values.y.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.y.is_empty()
    }

    /// The curve, for reading.
    pub fn series(&self) -> Series<'_> {
        Series { places: &self.places, values: &self.values }
    }

    /// Appends a point.
    pub fn push(&mut self, point: Point) {
        self.places.push(point.at, point.x);
        self.values.push(point.y);
    }

    /// Sets the weight of the past for smoothing, and smooths the existing points again.
    pub fn set_weight(&mut self, weight: f64) {
        self.values.set_weight(weight);
    }
}

impl Series<'_> {
    /// The number of points.
    pub fn len(&self) -> usize {
        self.values.y.len().min(self.places.len())
    }

    pub fn point(&self, i: usize) -> Option<Point> {
        let mut x = [0.0; STORED];
        for (x, places) in x.iter_mut().zip(&self.places.x) {
            *x = *places.get(i)?;
        }
        Some(Point { at: *self.places.at.get(i)?, x, y: *self.values.y.get(i)? })
    }

    /// The x value of a point.
    pub fn x(&self, along: Along, i: usize) -> Option<f64> {
        self.places.along(along).get(i).copied()
    }

    /// The smoothed value at a point.
    pub fn smoothed(&self, i: usize) -> Option<f64> {
        match (i + 1).is_multiple_of(FAN) {
            true => self.values.smooth_blocks.get(i / FAN).copied(),
            false => self.values.smooth.get(i).copied(),
        }
    }

    /// How many points were recorded up to `time`, in session seconds.
    pub fn told(&self, time: f64) -> usize {
        self.places.partition(Along::Session, 0..self.len(), |at| *at <= time)
    }

    /// The index of the first point in `within` whose x is at least `x`.
    pub fn find(&self, along: Along, x: f64, within: Range<usize>) -> usize {
        self.places.partition(along, within, |place| *place < x)
    }

    /// As [`find`](Self::find), but up to a block less: the first point of its block, if that is in `within`. It reads one
    /// place of each block.
    pub fn find_block(&self, along: Along, x: f64, within: Range<usize>) -> usize {
        let blocks = &self.places.blocks[along as usize];
        let (first, last) = (within.start.div_ceil(FAN), (within.end / FAN).min(blocks.len()));
        match blocks.get(first..last).map(|blocks| blocks.partition_point(|place| *place < x)) {
            Some(0) | None => within.start,
            Some(count) if first + count == last => self.find(along, x, (last - 1) * FAN..within.end),
            Some(count) => (first + count - 1) * FAN,
        }
    }

    /// The index of the last of the first `told` points whose x is at most `x`.
    pub fn nearest(&self, along: Along, x: f64, told: usize) -> Option<usize> {
        self.places.partition(along, 0..told, |place| *place <= x).checked_sub(1)
    }

    /// The minimum and maximum of the finite values in a range of points.
    pub fn extremes(&self, range: Range<usize>) -> Option<(f64, f64)> {
        self.values.extremes(range)
    }
}

impl Values {
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// Appends a value.
    pub fn push(&mut self, y: f64) {
        self.average(y);
        let mut i = self.y.len();
        self.y.push(y);
        let mut pair = if y.is_finite() { (y, y) } else { (f64::NAN, f64::NAN) };
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

    /// Sets the weight of the past for smoothing, and smooths the existing points again.
    pub fn set_weight(&mut self, weight: f64) {
        if weight != self.weight {
            self.weight = weight;
            self.moving = (0.0, 0.0);
            self.smooth.clear();
            self.smooth_blocks.clear();
            for i in 0..self.y.len() {
                self.average(self.y[i]);
            }
        }
    }

    /// The exponential moving average with bias correction, as in Adam (Kingma & Ba 2015).
    fn average(&mut self, y: f64) {
        if y.is_finite() {
            let w = self.weight;
            self.moving = (w * self.moving.0 + (1.0 - w) * y, w * self.moving.1 + (1.0 - w));
        }
        let smooth = if self.moving.1 > 0.0 { self.moving.0 / self.moving.1 } else { y };
        self.smooth.push(smooth);
        if self.smooth.len().is_multiple_of(FAN) {
            self.smooth_blocks.push(smooth);
        }
    }

    /// The minimum and maximum of the finite values in a range of points.
    pub fn extremes(&self, range: Range<usize>) -> Option<(f64, f64)> {
        let (mut start, mut end) = (range.start, range.end.min(self.y.len()));
        let mut found = (f64::NAN, f64::NAN);
        let value = |i: usize| {
            let y = self.y[i];
            if y.is_finite() { (y, y) } else { (f64::NAN, f64::NAN) }
        };
        if start < end {
            while start < end && start % FAN != 0 {
                found = join(found, value(start));
                start += 1;
            }
            while start < end && end % FAN != 0 {
                end -= 1;
                found = join(found, value(end));
            }
            // From here on `start` and `end` are limits of blocks, on one level after the other.
            for pairs in &self.levels {
                (start, end) = (start / FAN, end / FAN);
                let top = end - start <= FAN;
                while start < end && (top || start % FAN != 0) {
                    found = join(found, pairs.get(start).copied().unwrap_or((f64::NAN, f64::NAN)));
                    start += 1;
                }
                while start < end && end % FAN != 0 {
                    end -= 1;
                    found = join(found, pairs.get(end).copied().unwrap_or((f64::NAN, f64::NAN)));
                }
            }
        }
        found.0.is_finite().then_some(found)
    }
}

/// The extremes of both pairs. `f64::min` and `f64::max` ignore NaN.
fn join(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0.min(b.0), a.1.max(b.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;

    fn track(values: &[f64]) -> Track {
        let mut track = Track::default();
        for (i, &y) in values.iter().enumerate() {
            let i = i as f64;
            track.push(Point { at: i, x: [i; STORED], y });
        }
        track
    }

    #[test]
    fn extremes_of_any_range_are_those_of_its_points() {
        let mut noise = rng::stream(1, "track", 0);
        let mut values: Vec<f64> = (0..5000).map(|_| rng::normal(&mut noise)).collect();
        values[777] = f64::NAN;
        values[4096] = f64::INFINITY;
        for length in [0, 1, 15, 16, 17, 255, 256, 257, 4095, 4096, 4097, 5000] {
            let track = track(&values[..length]);
            for _ in 0..200 {
                let a = rng::below(&mut noise, length + 1);
                let b = a + rng::below(&mut noise, length + 2 - a);
                let finite = values[..length][a..b.min(length)].iter().filter(|v| v.is_finite());
                let expected = finite.fold(None, |found: Option<(f64, f64)>, &v| {
                    Some(found.map_or((v, v), |(low, high)| (low.min(v), high.max(v))))
                });
                assert_eq!(track.series().extremes(a..b), expected, "{a}..{b} of {length}");
            }
        }
    }

    #[test]
    fn the_moving_average_follows_from_the_first_point_on() {
        let mut track = track(&[2.0, 2.0, 2.0]);
        track.set_weight(0.9);
        track.push(Point { at: 3.0, x: [3.0; STORED], y: 6.0 });
        assert!((track.series().smoothed(0).unwrap() - 2.0).abs() < 1e-12);
        let weights = [0.9_f64.powi(3), 0.81, 0.9, 1.0];
        let expected = (2.0 * (weights[0] + weights[1] + weights[2]) + 6.0) / weights.iter().sum::<f64>();
        assert!((track.series().smoothed(3).unwrap() - expected).abs() < 1e-12);
    }

    #[test]
    fn points_are_found_by_time_and_place() {
        let track = track(&[1.0, 2.0, 3.0, 4.0]);
        let track = track.series();
        assert_eq!((track.told(1.5), track.told(-1.0), track.told(f64::INFINITY)), (2, 0, 4));
        assert_eq!(track.nearest(Along::Step, 2.5, 4), Some(2));
        assert_eq!(track.nearest(Along::Step, 2.5, 2), Some(1));
        assert_eq!(track.nearest(Along::Step, -0.5, 4), None);
        assert_eq!(track.find(Along::Seconds, 1.5, 0..4), 2);
        assert_eq!(track.find(Along::Session, 1.5, 0..4), 2);
    }
}
