//! Dots and intervals on a common axis, one row for each method or comparison, drawn as text.

use unicode_width::UnicodeWidthStr;

/// A range of values with round limits, common to several rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The distance between two ticks.
    pub step: f64,
}

impl Axis {
    /// The axis that covers all finite `values`, with about `ticks` ticks.
    pub fn over(values: impl IntoIterator<Item = f64>, ticks: usize) -> Axis {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|v| v.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let span = (high - low).max(1e-3 * high.abs().max(1.0));
        let rough = span / ticks.max(1) as f64;
        let size = 10f64.powf(rough.log10().floor());
        let step = size * [1.0, 2.0, 5.0, 10.0].into_iter().find(|m| m * size >= rough).unwrap_or(10.0);
        let low = (low / step).floor() * step;
        let high = ((high / step).ceil() * step).max(low + step);
        Axis { low, high, step }
    }

    /// The axis for fractions: like [`over`](Self::over), but never below 0 or above 1. Values outside are clamped; a
    /// mean plus its spread, for example, can exceed 1.
    pub fn of_fractions(values: impl IntoIterator<Item = f64>, ticks: usize) -> Axis {
        let mut axis = Axis::over(values.into_iter().map(|value| value.clamp(0.0, 1.0)), ticks);
        // If all values are 1, the round limits exceed 1: the axis is moved down so that it ends at 1.
        if axis.high > 1.0 + 1e-9 {
            (axis.low, axis.high) = (axis.low - (axis.high - 1.0), 1.0);
        }
        axis
    }

    /// The cell of `value` on an axis that is `width` cells wide.
    pub fn cell(&self, value: f64, width: usize) -> usize {
        let fraction = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        if fraction.is_finite() { (fraction * width.saturating_sub(1) as f64).round() as usize } else { 0 }
    }

    /// The values of the ticks.
    pub fn ticks(&self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step).round().min(100.0) as usize;
        (0..=count).map(|i| self.low + i as f64 * self.step).collect()
    }

    /// The line of tick labels, each over its cell, as many as fit.
    pub fn scale(&self, width: usize, show: impl Fn(f64) -> String) -> String {
        let mut row = String::new();
        for value in self.ticks() {
            let text = show(value);
            let middle = self.cell(value, width);
            let start = middle.saturating_sub(text.width() / 2).min(width.saturating_sub(text.width()));
            if start < row.width() + usize::from(!row.is_empty()) || start + text.width() > width {
                continue;
            }
            row.extend(std::iter::repeat_n(' ', start - row.width()));
            row.push_str(&text);
        }
        row
    }
}

/// The content of a row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Row<'a> {
    /// Single values, each shown as a dot.
    pub dots: &'a [f64],
    /// An interval, drawn as a bar.
    pub interval: Option<(f64, f64)>,
    /// The main value and its marker.
    pub mean: Option<(f64, char)>,
    /// A value that is marked in every row, such as no difference.
    pub line: Option<f64>,
}

/// The row as text of `width` characters.
pub fn row(axis: Axis, width: usize, row: Row) -> String {
    let mut cells = vec![' '; width];
    let mut put = |at: usize, c: char| {
        if let Some(cell) = cells.get_mut(at) {
            *cell = c;
        }
    };
    if let Some(line) = row.line {
        put(axis.cell(line, width), '│');
    }
    if let Some((low, high)) = row.interval.filter(|(low, high)| low.is_finite() && high.is_finite()) {
        let (from, to) = (axis.cell(low, width), axis.cell(high, width));
        (from..=to).for_each(|at| put(at, '─'));
        if to > from {
            put(from, '├');
            put(to, '┤');
        }
    }
    for dot in row.dots.iter().filter(|dot| dot.is_finite()) {
        put(axis.cell(*dot, width), '·');
    }
    if let Some((mean, marker)) = row.mean.filter(|(mean, _)| mean.is_finite()) {
        put(axis.cell(mean, width), marker);
    }
    cells.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_round_ends_that_hold_all_values() {
        let axis = Axis::over([0.643, 0.881], 5);
        assert!((axis.low - 0.6).abs() < 1e-9 && (axis.high - 0.9).abs() < 1e-9, "{axis:?}");
        for odd in [vec![], vec![f64::NAN], vec![0.5], vec![1e9, 1e9]] {
            let axis = Axis::over(odd, 5);
            assert!(axis.high > axis.low && axis.step > 0.0 && axis.ticks().len() < 102);
        }
    }

    #[test]
    fn an_axis_of_fractions_ends_at_the_whole() {
        for values in
            [vec![0.9, 1.2], vec![1.0], vec![0.0], vec![-0.3, 0.1], vec![0.985, 1.015], vec![0.4, 1.7]]
        {
            for ticks in 3..9 {
                let axis = Axis::of_fractions(values.clone(), ticks);
                assert!(axis.low >= -1e-9 && axis.high <= 1.0 + 1e-9 && axis.low < axis.high, "{axis:?}");
                assert!(
                    axis.ticks().into_iter().all(|tick| (-1e-9..=1.0 + 1e-9).contains(&tick)),
                    "{axis:?}"
                );
            }
        }
    }

    #[test]
    fn a_row_shows_dots_interval_mean_and_the_common_line() {
        let axis = Axis { low: 0.0, high: 10.0, step: 5.0 };
        let full =
            Row { dots: &[2.0, 8.0], interval: Some((3.0, 7.0)), mean: Some((5.0, '●')), line: Some(0.0) };
        assert_eq!(row(axis, 11, full), "│ ·├─●─┤·  ");
        assert_eq!(axis.scale(11, |v| format!("{v:.0}")), "0    5   10");
        assert_eq!(row(axis, 0, full), "");
        assert_eq!(row(axis, 5, Row { interval: Some((f64::NAN, 3.0)), ..Row::default() }), "     ");
    }
}
