//! The scale of an axis. It maps a value to a fraction of the length of the axis and chooses the ticks.

/// The scale of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
    /// The values of the ticks, ascending.
    pub ticks: Vec<f64>,
}

impl Scale {
    /// A linear scale that includes all finite `values`. It begins and ends at a round value and has about `ticks`
    /// ticks, at round values. `None` if no value is finite.
    pub fn linear(values: impl IntoIterator<Item = f64>, ticks: usize) -> Option<Scale> {
        let (mut low, mut high) = bounds(values)?;
        if high - low <= f64::EPSILON * high.abs().max(low.abs()) * 4.0 {
            // If all values are equal, the scale gets room on both sides, so that the point does not lie on the frame.
            let room = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
            (low, high) = (low - room, high + room);
        }
        let step = round_step((high - low) / ticks.max(1) as f64);
        let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
        let count = (last - first).clamp(1.0, 100.0) as usize;
        let ticks: Vec<f64> = (0..=count).map(|i| (first + i as f64) * step).collect();
        Some(Scale { low: first * step, high: last * step, logarithmic: false, ticks })
    }

    /// A logarithmic scale with a tick at each of `values` that has room for its label, and a margin at both ends.
    /// `None` if no value is finite and above 0.
    pub fn logarithmic(values: impl IntoIterator<Item = f64>) -> Option<Scale> {
        let mut ticks: Vec<f64> = values.into_iter().filter(|v| v.is_finite() && *v > 0.0).collect();
        ticks.sort_by(f64::total_cmp);
        ticks.dedup();
        let (&least, &most) = (ticks.first()?, ticks.last()?);
        let air = (most / least).powf(0.08).max(1.3);
        let mut scale = Scale { low: least / air, high: most * air, logarithmic: true, ticks: Vec::new() };
        // The least and the greatest value always have ticks. A tick between them needs this distance to its
        // neighbours, as a fraction of the axis.
        const ROOM: f64 = 0.13;
        let mut kept = vec![least];
        for &tick in &ticks[1..] {
            let place = scale.fraction(tick);
            let beside = kept.last().is_none_or(|&last| place - scale.fraction(last) >= ROOM);
            if tick == most {
                kept.retain(|&other| other == least || place - scale.fraction(other) >= ROOM);
                kept.push(tick);
            } else if beside {
                kept.push(tick);
            }
        }
        scale.ticks = kept;
        Some(scale)
    }

    /// The position of `value` on the axis: 0 at the low end, 1 at the high end.
    pub fn fraction(&self, value: f64) -> f64 {
        if self.logarithmic {
            (value.max(f64::MIN_POSITIVE).ln() - self.low.ln()) / (self.high.ln() - self.low.ln())
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// The label of a tick, such as "0.25" or "1,000". On a linear scale it has as many decimals as the step between
    /// ticks needs; on a logarithmic scale it has none.
    pub fn label(&self, tick: f64) -> String {
        let step = self.ticks.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(f64::INFINITY, f64::min);
        let decimals = if self.logarithmic || !step.is_finite() {
            0
        } else {
            (-(step.log10() + 1e-9).floor()).clamp(0.0, 9.0) as usize
        };
        let plain = format!("{:.decimals$}", tick.abs());
        let (whole, fraction) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
        let mut text = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        let zero = plain.chars().all(|c| c == '0' || c == '.');
        format!("{}{text}{fraction}", if tick < 0.0 && !zero { "−" } else { "" })
    }
}

/// The least and the greatest finite value; `None` if no value is finite.
fn bounds(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.into_iter().filter(|value| value.is_finite());
    finite.fold(None, |found, v| {
        Some(found.map_or((v, v), |(low, high): (f64, f64)| (low.min(v), high.max(v))))
    })
}

/// The round step (1, 2 or 5 times a power of ten) that is at least `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * power >= step * (1.0 - 1e-9));
    times.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_around_all_values() {
        let scale = Scale::linear([0.47, 0.931], 5).unwrap();
        let labels: Vec<String> = scale.ticks.iter().map(|&tick| scale.label(tick)).collect();
        assert_eq!(labels, ["0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1.0"]);
        assert!((scale.fraction(0.4)).abs() < 1e-9 && (scale.fraction(1.0) - 1.0).abs() < 1e-9);
        let points = Scale::linear([-12.0, 43.0, f64::NAN], 4).unwrap();
        let labels: Vec<String> = points.ticks.iter().map(|&tick| points.label(tick)).collect();
        assert_eq!(labels, ["−20", "0", "20", "40", "60"]);
        assert_eq!(Scale::linear([f64::NAN], 4), None);
    }

    #[test]
    fn one_value_has_room_on_both_sides() {
        for value in [0.0, 0.5, -3.0, 1e9] {
            let scale = Scale::linear([value], 4).unwrap();
            let place = scale.fraction(value);
            assert!(place > 0.05 && place < 0.95, "{value}: {place}");
            assert!(scale.ticks.len() < 12);
        }
    }

    #[test]
    fn ratios_are_lengths_and_ticks_do_not_crowd() {
        let scale = Scale::logarithmic([100.0, 500.0, 2500.0, 100.0]).unwrap();
        let [a, b, c] = [100.0, 500.0, 2500.0].map(|v| scale.fraction(v));
        assert!((b - a - (c - b)).abs() < 1e-9 && a > 0.0 && c < 1.0);
        assert_eq!(scale.ticks, [100.0, 500.0, 2500.0]);
        let crowd = Scale::logarithmic([100.0, 101.0, 1_000.0, 7_000.0, 9_900.0, 10_000.0]).unwrap();
        assert_eq!(crowd.ticks, [100.0, 1_000.0, 10_000.0]);
        assert_eq!(crowd.label(10_000.0), "10,000");
        assert_eq!(Scale::logarithmic([0.0, -1.0]), None);
    }
}
