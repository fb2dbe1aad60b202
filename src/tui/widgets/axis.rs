//! Axes: which round values get ticks, and their labels.

use super::text::short;

/// The range of values that an axis shows, and whether it is linear or logarithmic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    /// Whether the axis is logarithmic.
    pub log: bool,
}

impl Scale {
    /// A scale that covers the values from `low` to `high`, with a small margin.
    pub fn around(low: f64, high: f64, log: bool) -> Scale {
        if log {
            let low = low.max(f64::MIN_POSITIVE);
            let high = high.max(low);
            let room = (high / low).powf(0.04).max(1.02);
            return Scale { low: low / room, high: high * room, log };
        }
        let room = match high - low {
            span if span > 0.0 => span * 0.04,
            _ => (low.abs() * 0.05).max(1e-6),
        };
        Scale { low: low - room, high: high + room, log }
    }

    /// The relative position of `value`: 0 at `low`, 1 at `high`. NaN if the axis is logarithmic and `value` has no
    /// logarithm.
    pub fn fraction(&self, value: f64) -> f64 {
        if self.log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// The value at a relative position.
    pub fn at(&self, fraction: f64) -> f64 {
        match self.log {
            true => self.low * (self.high / self.low).powf(fraction),
            false => self.low + fraction * (self.high - self.low),
        }
    }

    /// About `count` round values for ticks, ascending, with their labels.
    pub fn ticks(&self, count: usize) -> Vec<(f64, String)> {
        self.ticks_from(count, 0.0)
    }

    /// As [`ticks`](Self::ticks), at least `least` apart on a linear axis.
    pub fn ticks_from(&self, count: usize, least: f64) -> Vec<(f64, String)> {
        let count = count.max(1);
        if !(self.low.is_finite() && self.high.is_finite() && self.low < self.high) {
            return Vec::new();
        }
        if self.log && self.high / self.low > 5.0 {
            let decades = (self.high / self.low).log10();
            let per: &[f64] = match decades / count as f64 {
                d if d < 0.25 => &[1.0, 2.0, 5.0],
                d if d < 0.6 => &[1.0, 3.0],
                _ => &[1.0],
            };
            let every = (decades / count as f64).ceil().max(1.0) as i32;
            let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
            let decades = (first..=last).filter(|decade| decade.rem_euclid(every) == 0);
            let values = decades.flat_map(|decade| per.iter().map(move |p| p * 10_f64.powi(decade)));
            return values
                .filter(|value| (self.low..=self.high).contains(value))
                .map(|value| (value, log_label(value)))
                .collect();
        }
        let step = round_step(((self.high - self.low) / count as f64).max(least));
        let (first, last) = ((self.low / step).ceil(), (self.high / step).floor());
        // If the values are so large that adding the step does not change them, there are no round values.
        if (last - first).is_nan() || last - first > 1000.0 {
            return Vec::new();
        }
        (0..=(last - first) as i64)
            .map(|i| {
                let value = (first + i as f64) * step;
                (value, label(value, step))
            })
            .collect()
    }
}

/// The smallest of 1, 2, 5, 10, 20, 50 … (or 0.1, 0.2 …) that is at least `step`.
fn round_step(step: f64) -> f64 {
    let decade = 10_f64.powf(step.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * decade >= step * 0.999_999);
    times.unwrap_or(10.0) * decade
}

/// The label of a value that is 1, 2, 3 or 5 times a power of ten.
fn log_label(value: f64) -> String {
    let decimals = (-value.log10()).ceil();
    match decimals {
        d if d > 4.0 => format!("{value:.0e}"),
        d if d > 0.0 => format!("{value:.*}", d as usize),
        _ => short(value),
    }
}

/// The label of a tick, with enough decimals to distinguish it from its neighbours.
fn label(value: f64, step: f64) -> String {
    let value = if value.abs() < step / 2.0 { 0.0 } else { value };
    let (value, step, unit) = match value.abs().max(step) {
        size if size >= 1e9 => (value / 1e9, step / 1e9, "G"),
        size if size >= 1e6 => (value / 1e6, step / 1e6, "M"),
        size if size >= 1e4 => (value / 1e3, step / 1e3, "k"),
        _ => (value, step, ""),
    };
    if value == 0.0 {
        return "0".into();
    }
    if step < 1e-4 && unit.is_empty() {
        let digits = (value.abs() / step).log10().ceil().clamp(1.0, 6.0) as usize;
        return format!("{value:.digits$e}");
    }
    let decimals = (-step.log10()).ceil().clamp(0.0, 4.0) as usize;
    format!("{value:.decimals$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, log: bool, count: usize) -> Vec<String> {
        Scale { low, high, log }.ticks(count).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(0.0, 1.0, false, 5), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(0.0, 9_900.0, false, 4), ["0", "5000"]);
        assert_eq!(labels(0.0, 6e6, false, 3), ["0", "2M", "4M", "6M"]);
        assert_eq!(labels(0.61, 0.64, false, 3), ["0.61", "0.62", "0.63", "0.64"]);
        assert_eq!(labels(0.01, 10.0, true, 4), ["0.01", "0.1", "1", "10"]);
        let close = labels(9.8e-4, 1.02e-3, true, 8);
        assert!(close.len() > 2 && close.windows(2).all(|pair| pair[0] != pair[1]), "{close:?}");
        assert_eq!(labels(5.0, 5.0, false, 4), Vec::<String>::new());
        assert_eq!(labels(f64::NAN, 5.0, false, 4), Vec::<String>::new());
    }

    #[test]
    fn fractions_are_even_steps_or_even_ratios() {
        for log in [false, true] {
            let scale = Scale::around(0.3, 40.0, log);
            for at in [0.3, 1.0, 40.0] {
                let fraction = scale.fraction(at);
                assert!((0.0..=1.0).contains(&fraction));
                assert!((scale.at(fraction) - at).abs() < 1e-9);
            }
        }
        assert!(Scale::around(2.0, 2.0, false).fraction(2.0) == 0.5);
    }
}
