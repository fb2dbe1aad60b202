//! What a curve, or a band of curves, shows in each column of dots.

use std::ops::Range;

use super::track::{Along, FAN, Series};

/// What is stippled around a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Nothing.
    None,
    /// The minimum and maximum of each column; of a band, of all its curves.
    Extremes,
    /// One standard deviation of a band's curves to each side of their mean; nothing around a single curve.
    Deviation,
}

/// The summary of one curve in one column of dots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// The column, in dots. The points just beyond the borders have columns outside the plot.
    pub x: i32,
    /// The smallest value.
    pub low: f64,
    /// The largest value.
    pub high: f64,
    /// The smoothed value at the last point of the column; of a band, the mean.
    pub line: f64,
}

/// The nearest whole number. (`f64::round` is a call of a function on processors without SSE4.1, and a frame rounds a million
/// times.)
pub fn nearest(value: f64) -> i32 {
    (value + 0.5_f64.copysign(value)) as i32
}

/// The range of x that is shown, and whether its axis is logarithmic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Horizontal {
    from: f64,
    to: f64,
    /// Whether the axis is logarithmic.
    pub log: bool,
}

impl Horizontal {
    /// The range from `window.0` to `window.1`. It is logarithmic only if both have a logarithm.
    pub fn new(window: (f64, f64), log: bool) -> Horizontal {
        Horizontal { from: window.0, to: window.1, log: log && window.0 > 0.0 && window.1 > 0.0 }
    }

    /// The relative position of `x`: 0 at the left, 1 at the right.
    pub fn fraction(&self, x: f64) -> f64 {
        match self.log {
            true if x <= 0.0 => f64::NEG_INFINITY,
            true => (x / self.from).ln() / (self.to / self.from).ln(),
            false => (x - self.from) / (self.to - self.from),
        }
    }

    /// The x at a relative position.
    pub fn place(&self, fraction: f64) -> f64 {
        match self.log {
            true => self.from * (self.to / self.from).powf(fraction),
            false => self.from + fraction * (self.to - self.from),
        }
    }

    /// The column of dots at `x`.
    pub fn dot(&self, x: f64, dots: i32) -> i32 {
        nearest((self.fraction(x) * f64::from(dots - 1)).clamp(-1e6, 1e6))
    }

    fn is_empty(&self) -> bool {
        let width = self.to - self.from;
        !(width > 0.0 && width.is_finite())
    }
}

/// The summaries of the first `told` points of a curve, one for each column that has points, plus the nearest point
/// outside the plot on each side.
pub fn of(series: Series, told: usize, along: Along, horizontal: &Horizontal, dots: i32) -> Vec<Column> {
    if horizontal.is_empty() {
        return Vec::new();
    }
    let summary = |x: i32, points: Range<usize>| -> Option<Column> {
        let (low, high) = series.extremes(points.clone())?;
        let line = series.smoothed(points.end - 1)?;
        Some(Column { x, low, high, line })
    };
    let single = |i: usize| summary(horizontal.dot(series.x(along, i)?, dots), i..i + 1);
    let told = told.min(series.len());
    let border = |x: i32| horizontal.place((f64::from(x) + 0.5) / f64::from(dots - 1));
    let mut columns = Vec::with_capacity(dots as usize + 2);
    let mut start = series.find(along, border(-1), 0..told);
    columns.extend(start.checked_sub(1).and_then(single));
    let mut width = 32;
    for x in 0..dots {
        if start >= told {
            break;
        }
        // Where points are dense, a column ends with a block: less than a fifth of its points come into the next column, and
        // the extremes are those of whole blocks.
        let find = match width > 5 * FAN && x + 1 < dots {
            true => Series::find_block,
            false => Series::find,
        };
        // Columns have about as many points as the one before, so the search begins near its end.
        let near = (start + 2 * width).min(told);
        let mut end = find(&series, along, border(x), start..near);
        if end == near {
            end = find(&series, along, border(x), near..told);
        }
        width = (end - start).max(8);
        if start < end {
            columns.extend(summary(x, start..end));
            start = end;
        }
    }
    if start < told {
        columns.extend(single(start));
    }
    columns
}

/// The band of several curves: in each column, the mean of the curves that have a value there, and around it their
/// extremes (with `Spread::Extremes` those of all their points, so that no spike is lost) or one standard deviation to
/// each side.
pub fn band(members: &[Vec<Column>], spread: Spread, dots: i32) -> Vec<Column> {
    #[derive(Clone, Copy)]
    struct Sum {
        count: f64,
        mean: f64,
        squares: f64,
        low: f64,
        high: f64,
    }
    let nothing = Sum { count: 0.0, mean: 0.0, squares: 0.0, low: f64::INFINITY, high: f64::NEG_INFINITY };
    let mut sums = vec![nothing; dots.max(0) as usize];
    let mut take = |x: i32, line: f64, low: f64, high: f64| {
        let Some(sum) = usize::try_from(x).ok().and_then(|x| sums.get_mut(x)) else { return };
        if line.is_finite() {
            sum.count += 1.0;
            let from_mean = line - sum.mean;
            sum.mean += from_mean / sum.count;
            sum.squares += from_mean * (line - sum.mean);
            sum.low = sum.low.min(low);
            sum.high = sum.high.max(high);
        }
    };
    for columns in members {
        let mut before: Option<&Column> = None;
        for column in columns {
            if let Some(before) = before {
                // Between two points the curve is straight.
                let (from, to) = (f64::from(before.x), f64::from(column.x));
                for x in (before.x + 1).max(0)..column.x.min(dots) {
                    let line =
                        before.line + (column.line - before.line) * (f64::from(x) - from) / (to - from);
                    take(x, line, line, line);
                }
            }
            take(column.x, column.line, column.low, column.high);
            before = Some(column);
        }
    }
    let column = |(x, sum): (usize, &Sum)| {
        let deviation = if sum.count > 1.0 { (sum.squares / (sum.count - 1.0)).sqrt() } else { 0.0 };
        let (low, high) = match spread {
            Spread::Extremes => (sum.low, sum.high),
            Spread::Deviation => (sum.mean - deviation, sum.mean + deviation),
            Spread::None => (sum.mean, sum.mean),
        };
        Column { x: x as i32, low, high, line: sum.mean }
    };
    sums.iter().enumerate().filter(|(_, sum)| sum.count > 0.0).map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::track::{Point, STORED, Track};

    fn track(values: impl Iterator<Item = f64>) -> Track {
        let mut track = Track::default();
        for (i, y) in values.enumerate() {
            track.push(Point { at: i as f64, x: [i as f64; STORED], y });
        }
        track
    }

    #[test]
    fn every_point_is_in_one_column_however_dense_the_points_are() {
        for (count, window, log) in [
            (10, (0.0, 9.0), false),
            (20_000, (0.0, 19_999.0), false),
            (20_000, (3_000.5, 4_100.0), false),
            (20_000, (1.0, 19_999.0), true),
        ] {
            for spike in [1, 5, 9].into_iter().chain((1..20).map(|i| i * 997)).filter(|i| *i < count) {
                let x = spike as f64;
                let track = track((0..count).map(|i| if i == spike { 9.0 } else { 1.0 }));
                let horizontal = Horizontal::new(window, log);
                let columns = of(track.series(), count, Along::Step, &horizontal, 132);
                assert!(columns.windows(2).all(|pair| pair[0].x < pair[1].x));
                let spikes: Vec<i32> = columns.iter().filter(|c| c.high == 9.0).map(|c| c.x).collect();
                if (window.0..=window.1).contains(&x) {
                    // A block may come into the column before or after its own.
                    let place = horizontal.dot(x, 132);
                    assert!(
                        spikes.len() == 1 && (spikes[0] - place).abs() <= 1,
                        "{spike}: {spikes:?} {place}"
                    );
                } else {
                    assert!(spikes.iter().all(|x| !(0..132).contains(x)), "{spike}: {spikes:?}");
                }
            }
        }
    }

    #[test]
    fn a_band_has_the_mean_and_the_spread_of_the_curves_that_are_there() {
        let column = |x, line| Column { x, low: line, high: line, line };
        let members = vec![
            vec![column(0, 1.0), column(4, 5.0)],
            vec![column(0, 3.0), Column { x: 2, low: -9.0, high: 20.0, line: 5.0 }],
        ];
        let of = |spread| band(&members, spread, 10);
        // The second curve ends at 2; between its points the first one is straight.
        let means: Vec<(i32, f64)> = of(Spread::None).iter().map(|c| (c.x, c.line)).collect();
        assert_eq!(means, [(0, 2.0), (1, 3.0), (2, 4.0), (3, 4.0), (4, 5.0)]);
        let extremes = of(Spread::Extremes);
        assert_eq!((extremes[0].low, extremes[0].high), (1.0, 3.0));
        assert_eq!((extremes[2].low, extremes[2].high), (-9.0, 20.0), "no spike is lost in a band");
        let deviation = of(Spread::Deviation);
        // statistics.stdev([1, 3]) in Python.
        assert!((deviation[0].high - (2.0 + 2.0_f64.sqrt())).abs() < 1e-12);
        assert_eq!((deviation[4].low, deviation[4].high), (5.0, 5.0), "one curve has no deviation");
        assert!(band(&[], Spread::Extremes, 10).is_empty());
    }

    #[test]
    fn a_logarithmic_axis_needs_logarithms() {
        assert!(!Horizontal::new((0.0, 10.0), true).log);
        let log = Horizontal::new((1.0, 100.0), true);
        assert!((log.fraction(10.0) - 0.5).abs() < 1e-12 && (log.place(0.5) - 10.0).abs() < 1e-9);
        assert_eq!(log.dot(0.0, 100), -1_000_000);
    }
}
