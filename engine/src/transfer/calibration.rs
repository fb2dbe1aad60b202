//! Temperature scaling (Guo et al. 2017). The logits are divided by one number, the temperature, which is fitted on
//! held-out examples. A temperature above 1 makes a model less confident, one below 1 more confident. The predicted
//! class never changes.

use serde::{Deserialize, Serialize};

/// The lowest and the highest temperature.
const COLDEST: f64 = 0.05;
const HOTTEST: f64 = 20.0;
/// The number of temperatures in the first search, on a logarithmic grid from the lowest to the highest.
const GRID: usize = 60;
/// The number of steps of the golden-section search around the best temperature of the grid.
const STEPS: usize = 40;
/// The scale of the prior of the logarithm of the temperature, see [`Temperature::fit`].
const SCALE: f64 = 0.15;

/// A positive number that logits are divided by, from 0.05 to 20.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f32", into = "f32")]
pub struct Temperature(f32);

impl Default for Temperature {
    /// 1: probabilities stay as they are.
    fn default() -> Self {
        Temperature(1.0)
    }
}

impl TryFrom<f32> for Temperature {
    type Error = String;

    fn try_from(value: f32) -> Result<Self, String> {
        let possible = COLDEST as f32..=HOTTEST as f32;
        if possible.contains(&value) {
            Ok(Temperature(value))
        } else {
            Err(format!("the temperature is {value}; it goes from {COLDEST} to {HOTTEST}"))
        }
    }
}

impl From<Temperature> for f32 {
    fn from(temperature: Temperature) -> f32 {
        temperature.0
    }
}

impl Temperature {
    /// The maximum a posteriori temperature for `probabilities (N, C)`, row by row, of N examples with the true classes
    /// `labels`. It is 1 if there are no examples, or if a probability is not finite.
    ///
    /// Two terms limit the influence of a few examples. First, the targets are smoothed as in Platt 1999: the true
    /// class has the target (N + 1) / (N + C) and not 1, so N correct predictions do not make a model certain. Second,
    /// the logarithm of the temperature has a Cauchy prior with location 0 and scale 0.15. The reason for the prior: a
    /// network that was stopped at its lowest validation loss is nearly calibrated, and 100 examples give only a rough
    /// estimate of its temperature. The prior has heavy tails, so a model that is far from calibrated is still
    /// corrected.
    pub fn fit(probabilities: &[f32], labels: &[u32], classes: usize) -> Temperature {
        if labels.is_empty() || probabilities.iter().any(|p| !p.is_finite()) {
            return Temperature::default();
        }
        let logits: Vec<f64> = probabilities.iter().map(|&p| log(p)).collect();
        let rest = 1.0 / (labels.len() + classes) as f64;
        let truth = 1.0 - (classes - 1) as f64 * rest;
        let loss = |log_temperature: f64| -> f64 {
            let scale = (-log_temperature).exp();
            let of_example = |(logits, &label): (&[f64], &u32)| {
                let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let (mut sum, mut expected) = (0.0, 0.0);
                for (class, &z) in logits.iter().enumerate() {
                    let z = scale * (z - most);
                    sum += z.exp();
                    expected += z * if class == label as usize { truth } else { rest };
                }
                sum.ln() - expected
            };
            let data: f64 = logits.chunks_exact(classes).zip(labels).map(of_example).sum();
            data + (log_temperature / SCALE).powi(2).ln_1p()
        };
        let (low, high) = (COLDEST.ln(), HOTTEST.ln());
        let step = (high - low) / (GRID - 1) as f64;
        let grid = (0..GRID).map(|place| low + step * place as f64);
        let best =
            grid.map(|at| (loss(at), at)).min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |best| best.1);
        // Golden-section search around the best temperature of the grid.
        let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
        let (mut from, mut to) = ((best - step).max(low), (best + step).min(high));
        for _ in 0..STEPS {
            let (a, b) = (to - golden * (to - from), from + golden * (to - from));
            if loss(a) < loss(b) { to = b } else { from = a }
        }
        Temperature((f64::midpoint(from, to).exp() as f32).clamp(COLDEST as f32, HOTTEST as f32))
    }

    /// Replaces `probabilities (N, C)`, row by row, by those of the logits divided by this temperature.
    pub fn apply(self, probabilities: &mut [f32], classes: usize) {
        if self.0 == 1.0 {
            return;
        }
        for row in probabilities.chunks_exact_mut(classes.max(1)) {
            let most = row.iter().copied().fold(0.0, f32::max);
            let mut sum = 0.0;
            for p in row.iter_mut() {
                *p = ((log(*p) - log(most)) / f64::from(self.0)).exp() as f32;
                sum += *p;
            }
            row.iter_mut().for_each(|p| *p /= sum);
        }
    }
}

/// The logarithm of a probability. Values below the smallest normal f32 count as that value, so the result is finite.
fn log(p: f32) -> f64 {
    // NaN stays NaN.
    if p < f32::MIN_POSITIVE { f64::from(f32::MIN_POSITIVE).ln() } else { f64::from(p).ln() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{stream, unit64};

    /// Examples whose true class is drawn from softmax(logits), and the probabilities of a model that multiplies the
    /// logits by `sharpened`.
    fn examples(count: usize, sharpened: f64) -> (Vec<f32>, Vec<u32>) {
        let mut rng = stream(1, "calibration test", 0);
        let (mut probabilities, mut labels) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let logits = [0.0; 3].map(|_: f64| 4.0 * unit64(&mut rng) - 2.0);
            let softmax = |scale: f64| {
                let weights = logits.map(|z| (scale * z).exp());
                weights.map(|w| w / weights.iter().sum::<f64>())
            };
            let (truth, mut at) = (softmax(1.0), unit64(&mut rng));
            let label = truth.iter().position(|p| {
                at -= p;
                at < 0.0
            });
            labels.push(label.unwrap_or(2) as u32);
            probabilities.extend(softmax(sharpened).map(|p| p as f32));
        }
        (probabilities, labels)
    }

    #[test]
    fn the_temperature_is_what_logits_were_multiplied_by() {
        for sharpened in [0.4, 1.0, 3.0] {
            let (mut probabilities, labels) = examples(20_000, sharpened);
            let temperature = Temperature::fit(&probabilities, &labels, 3);
            assert!(
                (f64::from(temperature.0) / sharpened - 1.0).abs() < 0.05,
                "{sharpened}: {temperature:?}"
            );
            temperature.apply(&mut probabilities, 3);
            let (calibrated, _) = examples(20_000, 1.0);
            let far = probabilities.iter().zip(&calibrated).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(far < 0.02, "{far}");
        }
    }

    // import torch
    // p = torch.tensor([[.9, .1], [.8, .2], [.3, .7], [.6, .4], [.05, .95], [.7, .3]] * 20).double()
    // y = [0, 1, 1, 0, 1, 0] * 20
    // t = torch.full((120, 2), 1 / 122).double(); t[range(120), y] = 121 / 122
    // s = torch.zeros(1, dtype=torch.double, requires_grad=True)
    // o = torch.optim.LBFGS([s], max_iter=500, tolerance_grad=1e-12, tolerance_change=1e-15)
    // def f():
    //     o.zero_grad(); l = -(t * torch.log_softmax(p.log() / s.exp(), 1)).sum() + (1 + (s / .15) ** 2).log().sum()
    //     l.backward(); return l
    // o.step(f); print(s.exp().item())
    #[test]
    fn the_temperature_agrees_with_pytorch() {
        let p = [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.6, 0.4, 0.05, 0.95, 0.7, 0.3];
        let found = Temperature::fit(&p.repeat(20), &[0, 1, 1, 0, 1, 0].repeat(20), 2).0;
        assert!((found - GOLDEN).abs() < 1e-5, "{found}");
    }

    const GOLDEN: f32 = 1.020_268;

    #[test]
    fn right_answers_alone_do_not_make_certain_and_what_is_no_number_changes_nothing() {
        let few = Temperature::fit(&[0.9, 0.1, 0.1, 0.9], &[0, 1], 2);
        let many = Temperature::fit(&[0.9, 0.1, 0.1, 0.9].repeat(500), &[0, 1].repeat(500), 2);
        assert!(COLDEST as f32 <= many.0 && many.0 < few.0, "{few:?} {many:?}");
        let confident = |temperature: Temperature| {
            let mut sure = [0.9, 0.1];
            temperature.apply(&mut sure, 2);
            sure[0]
        };
        assert!((0.75..0.95).contains(&confident(few)) && confident(many) > 0.99, "{few:?} {many:?}");
        assert_eq!(Temperature::fit(&[f32::NAN, 0.5], &[0], 2), Temperature::default());
        assert_eq!(Temperature::fit(&[], &[], 2), Temperature::default());
        let mut certain = [1.0, 0.0];
        few.apply(&mut certain, 2);
        assert!(certain.iter().all(|p| p.is_finite()) && certain[0] > certain[1]);
    }
}
