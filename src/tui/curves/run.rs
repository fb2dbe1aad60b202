//! The curves of one run.

use crate::plot::track::{Blocks, OfStep, Places, Points, Series, Summary, Values, of_step};
use crate::session::history::RunHistory;
use crate::session::record::{Evaluation, StepPoint, VALIDATION};
use crate::session::timed::Timed;

use super::metric::{FURTHER, Metric};

/// The metrics that are measured at every step, and their values.
const AT_STEPS: [(Metric, OfStep); 4] = [
    (Metric::Loss, |steps, i| steps[i].value.loss),
    (Metric::Gradient, |steps, i| steps[i].value.gradient),
    (Metric::StepSeconds, seconds),
    (Metric::LearningRate, |steps, i| f64::from(steps[i].value.learning_rate)),
];

/// The curves of a run. Those that are measured at the same steps share their places; the values at the steps stay in the
/// history.
#[derive(Debug, Clone, Default)]
pub struct RunCurves {
    blocks: Blocks,
    at_steps: [Summary; AT_STEPS.len()],
    evaluations: Places,
    accuracy: Values,
    validation_loss: Values,
    further: [Values; FURTHER.len()],
    norms: Places,
    /// The norms of all layers together, then of each layer.
    layers: Vec<Layer>,
    /// How many steps were looked through for norms.
    looked: usize,
}

/// The norms of a layer.
#[derive(Debug, Clone, Default)]
struct Layer {
    /// Empty for all layers together.
    name: String,
    weights: Values,
    update: Values,
}

impl RunCurves {
    /// The curve of a metric of `run`, which these curves follow; of a layer, if the metric has one for each.
    pub fn of<'a>(&'a self, run: &'a RunHistory, metric: Metric, layer: Option<&str>) -> Option<Series<'a>> {
        if let Some(place) = AT_STEPS.iter().position(|(known, _)| *known == metric) {
            let points = Points::Steps { steps: &run.steps, blocks: &self.blocks, y: AT_STEPS[place].1 };
            return Some(Series { points, summary: &self.at_steps[place] });
        }
        let evaluation = |values: &'a Values| Some(values.at(&self.evaluations));
        let norm = |values: fn(&Layer) -> &Values| {
            let layer = self.layers.iter().find(|one| one.name == layer.unwrap_or(""))?;
            Some(values(layer).at(&self.norms))
        };
        match metric {
            Metric::Accuracy => evaluation(&self.accuracy),
            Metric::ValidationLoss => evaluation(&self.validation_loss),
            Metric::Further(place) => evaluation(self.further.get(place)?),
            Metric::Weights => norm(|layer| &layer.weights),
            Metric::Update => norm(|layer| &layer.update),
            _ => None,
        }
    }

    /// The names of the layers whose norms are recorded, from the input to the output.
    pub fn layers(&self) -> impl Iterator<Item = &str> {
        self.layers.iter().map(|layer| layer.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Smooths the noisy curves of `run`.
    pub(super) fn smooth(&mut self, weight: f64, run: Option<&RunHistory>) {
        let steps = run.map_or(&[][..], |run| &run.steps);
        let noisy = self.at_steps.iter_mut().zip(AT_STEPS).filter(|(_, (metric, _))| metric.noisy());
        for (summary, (_, y)) in noisy {
            summary.set_weight(weight, |i| y(steps, i));
        }
    }

    /// Adds what is new in the history of the run.
    pub(super) fn follow(&mut self, run: &RunHistory) {
        for i in self.looked..run.steps.len() {
            self.blocks.push(i, run.steps[i].at, of_step(&run.steps[i].value));
            for (summary, (_, y)) in self.at_steps.iter_mut().zip(AT_STEPS) {
                summary.push(y(&run.steps, i));
            }
        }
        for step in run.steps.iter().skip(self.looked).filter(|step| !step.value.layers.is_empty()) {
            self.push_norms(step);
        }
        self.looked = run.steps.len();
        let evaluations = run.evaluations.iter().filter(|evaluation| evaluation.value.set == VALIDATION);
        for evaluation in evaluations.skip(self.accuracy.len()) {
            self.push_evaluation(evaluation, &run.steps);
        }
    }

    fn push_norms(&mut self, step: &Timed<StepPoint>) {
        let known = self.norms.len();
        self.norms.push(step.at, of_step(&step.value));
        let layers = &step.value.layers;
        let total = |of: fn(&crate::session::record::LayerNorms) -> f32| {
            layers.iter().map(|layer| f64::from(of(layer)).powi(2)).sum::<f64>().sqrt()
        };
        let all = [(String::new(), total(|layer| layer.weights), total(|layer| layer.update))];
        let each = layers
            .iter()
            .map(|layer| (layer.layer.clone(), f64::from(layer.weights), f64::from(layer.update)));
        for (name, weights, update) in all.into_iter().chain(each) {
            let place = self.layers.iter().position(|layer| layer.name == name).unwrap_or_else(|| {
                self.layers.push(Layer { name, ..Layer::default() });
                self.layers.len() - 1
            });
            let layer = &mut self.layers[place];
            // A layer that was not trained before has no norms until then.
            while layer.weights.len() < known {
                layer.weights.push(f64::NAN);
                layer.update.push(f64::NAN);
            }
            layer.weights.push(weights);
            layer.update.push(update);
        }
        for layer in &mut self.layers {
            while layer.weights.len() <= known {
                layer.weights.push(f64::NAN);
                layer.update.push(f64::NAN);
            }
        }
    }

    fn push_evaluation(&mut self, evaluation: &Timed<Evaluation>, steps: &[Timed<StepPoint>]) {
        let (at, evaluation) = (evaluation.at, &evaluation.value);
        // An evaluation does not record how many documents were seen; the step before it does.
        let before = steps.partition_point(|step| step.value.step <= evaluation.step);
        let before = before.checked_sub(1).map(|i| of_step(&steps[i].value));
        let [_, epoch, samples, _] = before.unwrap_or_default();
        self.evaluations.push(at, [evaluation.step as f64, epoch, samples, evaluation.seconds]);
        self.accuracy.push(evaluation.accuracy);
        self.validation_loss.push(evaluation.loss);
        for (values, metric) in self.further.iter_mut().zip(&FURTHER) {
            values.push(metric.of(&evaluation.confusion));
        }
    }
}

/// The seconds of an update.
fn seconds(steps: &[Timed<StepPoint>], i: usize) -> f64 {
    let step = &steps[i].value;
    let (updates, seconds) = match i.checked_sub(1).map(|before| &steps[before].value) {
        // After a change of a session's past, a step may not be later than the one before.
        Some(before) => (step.step.saturating_sub(before.step), step.seconds - before.seconds),
        None => (step.step, step.seconds),
    };
    seconds.max(0.0) / updates.max(1) as f64
}
