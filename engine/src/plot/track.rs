//! The points of a curve, so that the range of values in any column of the screen is found quickly.
//!
//! Beside the points there is a pyramid of minima and maxima: level `k` has one pair for every `FAN^(k+1)` points. A
//! push updates one pair per level, and the extremes of any range of points are found in a few dozen steps. So the cost
//! of a frame does not depend on the number of points, and no spike is lost between two columns. The smoothed curve is
//! stored too. The curves of a run read its steps where the history has them, so that a long session is not in memory twice.
//!
//! A block is `FAN` points. Where each block begins on the axes, and the smoothed value at its end, stand together: a chart
//! of many dense curves reads these and not one point in a hundred, each from another part of the memory.

use std::ops::Range;

mod place;
mod points;
mod summary;

pub use place::{Along, FAN, Point, STORED};
pub use points::{Blocks, OfStep, Places, Points, of_step};
pub use summary::Summary;

/// The values of a curve with their summary.
#[derive(Debug, Clone, Default)]
pub struct Values {
    y: Vec<f64>,
    summary: Summary,
}

impl Values {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.y.len()
    }

    /// Appends a value.
    pub fn push(&mut self, y: f64) {
        self.y.push(y);
        self.summary.push(y);
    }

    /// The curve of these values at these places.
    pub fn at<'a>(&'a self, places: &'a Places) -> Series<'a> {
        Series { points: Points::Columns { places, y: &self.y }, summary: &self.summary }
    }
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
    /// The points.
    pub points: Points<'a>,
    /// What is known of many of them at once.
    pub summary: &'a Summary,
}

impl Track {
    /// The number of points.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The curve, for reading.
    pub fn series(&self) -> Series<'_> {
        self.values.at(&self.places)
    }

    /// Appends a point.
    pub fn push(&mut self, point: Point) {
        self.places.push(point.at, point.x);
        self.values.push(point.y);
    }

    /// Sets the weight of the past for smoothing, and smooths the existing points again.
    pub fn set_weight(&mut self, weight: f64) {
        let Values { y, summary } = &mut self.values;
        summary.set_weight(weight, |i| y[i]);
    }
}

impl Series<'_> {
    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of points.
    pub fn len(&self) -> usize {
        self.summary.len().min(self.points.len())
    }

    /// A point, if there is one at this index.
    pub fn point(&self, i: usize) -> Option<Point> {
        self.points.get(i)
    }

    /// The x value of a point.
    pub fn x(&self, along: Along, i: usize) -> Option<f64> {
        self.points.x(along, i)
    }

    /// The smoothed value at a point.
    pub fn smoothed(&self, i: usize) -> Option<f64> {
        self.summary.smoothed(i, |i| self.points.y(i))
    }

    /// How many points were recorded up to `time`, in session seconds.
    pub fn told(&self, time: f64) -> usize {
        self.points.partition(Along::Session, 0..self.len(), |at| at <= time)
    }

    /// The index of the first point in `within` whose x is at least `x`.
    pub fn find(&self, along: Along, x: f64, within: Range<usize>) -> usize {
        self.points.partition(along, within, |place| place < x)
    }

    /// As [`find`](Self::find), but up to a block less: the first point of its block, if that is in `within`. It reads one
    /// place of each block.
    pub fn find_block(&self, along: Along, x: f64, within: Range<usize>) -> usize {
        let blocks = self.points.blocks(along);
        let (first, last) = (within.start.div_ceil(FAN), (within.end / FAN).min(blocks.len()));
        match blocks.get(first..last).map(|blocks| blocks.partition_point(|place| *place < x)) {
            Some(0) | None => within.start,
            Some(count) if first + count == last => self.find(along, x, (last - 1) * FAN..within.end),
            Some(count) => (first + count - 1) * FAN,
        }
    }

    /// The index of the last of the first `told` points whose x is at most `x`.
    pub fn nearest(&self, along: Along, x: f64, told: usize) -> Option<usize> {
        self.points.partition(along, 0..told, |place| place <= x).checked_sub(1)
    }

    /// The minimum and maximum of the finite values in a range of points.
    pub fn extremes(&self, range: Range<usize>) -> Option<(f64, f64)> {
        self.summary.extremes(range, |i| self.points.y(i))
    }
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
