//! Temperature scaling (Guo et al. 2017): one number, fitted on held-out examples, that the logits are divided by. Above 1
//! it makes a model less sure, below 1 more sure; it never changes which class is predicted.

use serde::{Deserialize, Serialize};

/// The lowest and the highest temperature.
const COLDEST: f64 = 0.05;
const HOTTEST: f64 = 20.0;
/// Temperatures between them that are tried first, at equal distances on a logarithmic scale.
const GRID: usize = 60;
/// Steps of the search between two of these.
const STEPS: usize = 40;
/// How far the logarithm of a temperature is expected from 0. See [`Temperature::fit`].
const SCALE: f64 = 0.15;

/// What logits are divided by, above 0.
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
    /// The most probable temperature for `probabilities (N, C)`, row by row, of examples with these true classes. It is 1
    /// without examples, and if a probability is not a number.
    ///
    /// Two terms keep a few examples from saying too much. As in Platt 1999, the true class counts (N + 1) / (N + C) and not
    /// 1, so that N right answers do not make a model certain. And the logarithm of the temperature has a Cauchy prior around
    /// 0 of scale 0.15: a network that was stopped at its least validation loss is nearly calibrated, and 100 examples
    /// estimate its temperature too roughly to be followed blindly. The tails of the prior are heavy, so a model that is far
    /// off is corrected.
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
        // Golden-section search around the best.
        let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
        let (mut from, mut to) = ((best - step).max(low), (best + step).min(high));
        for _ in 0..STEPS {
            let (a, b) = (to - golden * (to - from), from + golden * (to - from));
            if loss(a) < loss(b) { to = b } else { from = a }
        }
        Temperature((f64::midpoint(from, to).exp() as f32).clamp(COLDEST as f32, HOTTEST as f32))
    }

    /// Changes `probabilities (N, C)`, row by row, to those of logits divided by this temperature.
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

/// The logarithm; of 0 that of the smallest number.
fn log(p: f32) -> f64 {
    // Not a number stays one.
    if p < f32::MIN_POSITIVE { f64::from(f32::MIN_POSITIVE).ln() } else { f64::from(p).ln() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{stream, unit64};

    /// Examples whose true class is drawn by softmax(logits), and the probabilities of a model that multiplies the logits.
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
