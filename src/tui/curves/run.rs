//! The curves of one run.

use crate::session::history::RunHistory;
use crate::session::record::{Evaluation, StepPoint, VALIDATION};
use crate::session::timed::Timed;
use crate::tui::widgets::track::{Places, STORED, Series, Values};

use super::metric::{FURTHER, Metric};

/// The curves of a run. Those that are measured at the same steps share their places.
#[derive(Debug, Clone, Default)]
pub struct RunCurves {
    steps: Places,
    loss: Values,
    gradient: Values,
    learning_rate: Values,
    step_seconds: Values,
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
    /// The curve of a metric; of a layer, if the metric has one for each.
    pub fn of(&self, metric: Metric, layer: Option<&str>) -> Option<Series<'_>> {
        let step = |values| Some(Series { places: &self.steps, values });
        let evaluation = |values| Some(Series { places: &self.evaluations, values });
        let norm = |values: fn(&Layer) -> &Values| {
            let layer = self.layers.iter().find(|one| one.name == layer.unwrap_or(""))?;
            Some(Series { places: &self.norms, values: values(layer) })
        };
        match metric {
            Metric::Loss => step(&self.loss),
            Metric::Gradient => step(&self.gradient),
            Metric::LearningRate => step(&self.learning_rate),
            Metric::StepSeconds => step(&self.step_seconds),
            Metric::Accuracy => evaluation(&self.accuracy),
            Metric::ValidationLoss => evaluation(&self.validation_loss),
            Metric::Further(place) => evaluation(self.further.get(place)?),
            Metric::Weights => norm(|layer| &layer.weights),
            Metric::Update => norm(|layer| &layer.update),
            Metric::Memory | Metric::Cpu => None,
        }
    }

    /// The names of the layers whose norms are recorded, from the input to the output.
    pub fn layers(&self) -> impl Iterator<Item = &str> {
        self.layers.iter().map(|layer| layer.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Smooths the noisy curves.
    pub(super) fn smooth(&mut self, weight: f64) {
        // These are the metrics that are `noisy`.
        for values in [&mut self.loss, &mut self.gradient, &mut self.step_seconds] {
            values.set_weight(weight);
        }
    }

    /// Adds what is new in the history of the run.
    pub(super) fn follow(&mut self, run: &RunHistory) {
        for i in self.loss.len()..run.steps.len() {
            let (at, step) = (run.steps[i].at, &run.steps[i].value);
            self.steps.push(at, places(step));
            self.loss.push(step.loss);
            self.gradient.push(step.gradient);
            self.learning_rate.push(f64::from(step.learning_rate));
            let (steps, seconds) = match i.checked_sub(1).map(|before| &run.steps[before].value) {
                // After a change of a session's past, a step may not be later than the one before.
                Some(before) => (step.step.saturating_sub(before.step), step.seconds - before.seconds),
                None => (step.step, step.seconds),
            };
            self.step_seconds.push(seconds.max(0.0) / steps.max(1) as f64);
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
        self.norms.push(step.at, places(&step.value));
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
        let before = before.checked_sub(1).map(|i| places(&steps[i].value));
        let [_, epoch, samples, _] = before.unwrap_or_default();
        self.evaluations.push(at, [evaluation.step as f64, epoch, samples, evaluation.seconds]);
        self.accuracy.push(evaluation.accuracy);
        self.validation_loss.push(evaluation.loss);
        for (values, metric) in self.further.iter_mut().zip(&FURTHER) {
            values.push(metric.of(&evaluation.confusion));
        }
    }
}

/// The x values of a step, indexed by [`Along`](crate::tui::widgets::track::Along).
fn places(step: &StepPoint) -> [f64; STORED] {
    [step.step as f64, step.epoch, step.samples as f64, step.seconds]
}
