//! Training by gradient descent in batches, with early stopping; the best parameters are kept.
//!
//! A batch is sorted by length and divided into shards of a fixed size. One task computes the gradient of one shard,
//! and the gradients are added in the order of the shards. So the bits depend only on the recipe and the data.
//!
//! The loss of a batch is the sum of its examples' losses, each multiplied by the weight of its class, divided by the
//! number of its examples. The mean over the batches of an epoch is then the objective that scikit-learn and the solvers
//! here minimise. PyTorch's `CrossEntropyLoss(weight=…)` divides by the sum of the batch's weights instead: how much an
//! example counts would depend on the others in its batch, and in a batch of one class the weights would do nothing.

use serde::{Deserialize, Serialize};

use crate::data::examples::ExampleId;
use crate::error::{Error, Result};
use crate::nn::gradient::Gradient;
use crate::nn::optimizer::Optimizer;
use crate::nn::schedule;
use crate::rng::{self, Moment};
use crate::session::checkpoint::{Kept, Tensors};
use crate::session::method::Strategy;
use crate::session::record::{Audit, Outcome, StepPoint};
use crate::train::learner::{
    Advice, Carried, Evaluate, GroupState, Inside, Inspect, Learned, Learner, OutOfFold, Resume,
};
use crate::train::task::{Kind, Task, Workspace};
use crate::transfer::class_weights::ClassWeights;
use crate::transfer::predictor::Predictor;
use crate::transfer::solving::Solving;
use crate::transfer::unfreezing::Course;

use super::by_hand::{ByHand, LayerGroup};
use super::fit::{Fit, Fitted};
use super::norms::{self, Before};
use super::settings::Settings;
use super::subject::{BatchShard, Subject};
use super::tensors::{find, kept};

/// The prefix of the names of the best parameters' tensors in a checkpoint.
const BEST: &str = "best/";

/// A model that is trained by gradient descent, for any kind of examples.
pub struct Descent {
    subject: Box<dyn Subject>,
    settings: Settings,
    optimizer: Optimizer<f32>,
    /// Which parameters are trained in which epoch, by the strategy.
    course: Course,
    /// The groups that can be frozen and unfrozen by hand.
    groups: Vec<LayerGroup>,
    /// The training examples.
    train: Vec<ExampleId>,
    weights: ClassWeights,
    /// The seed of this repetition's random streams.
    seed: u64,
    /// The number of examples in a shard.
    shard: usize,
    place: Place,
    /// The order of the examples in this epoch; empty before it is drawn.
    order: Vec<ExampleId>,
    /// The size of the current batch.
    batch: usize,
    /// The parameters with the best validation loss.
    best: Option<Tensors>,
    gradients: Vec<Gradient<f32>>,
    /// The solver of the linear classifier on fixed features, for LP-FT. Gradient descent begins after it; `None`
    /// from then on.
    probe: Option<Box<Fit>>,
    /// The floating-point operations of the last [`Learner::absorb`].
    flops: u64,
}

/// The progress of the training.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    epoch: u64,
    /// The number of documents seen in this epoch.
    seen: usize,
    step: u64,
    samples: u64,
    /// The number of epochs since the validation loss last improved.
    waiting: u64,
    best_step: u64,
    best_loss: Option<f64>,
    over: bool,
    /// What was frozen and unfrozen by hand; `None` as long as nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by_hand: Option<ByHand>,
}

impl Descent {
    /// A descent before its first update, on the examples `train`. It trains all parameters.
    pub fn new(subject: Box<dyn Subject>, settings: Settings, train: Vec<ExampleId>, seed: u64) -> Descent {
        Descent::by_strategy(subject, settings, train, seed, Strategy::Scratch, None)
    }

    /// A descent by a strategy; see [`Course`]. `slower` is the factor by which the learning rate of a layer is lower
    /// than that of the layer above it, if the recipe gives it.
    pub fn by_strategy(
        subject: Box<dyn Subject>,
        settings: Settings,
        train: Vec<ExampleId>,
        seed: u64,
        strategy: Strategy,
        slower: Option<f32>,
    ) -> Descent {
        let steps = train.len().div_ceil(settings.batch_size.max(1)) as u64;
        let probe = subject.only_linear_is_new().filter(|_| strategy == Strategy::LinearProbeThenFineTune);
        let probe = probe.map(|shape| {
            let solving = Solving { c: None, ..settings.solving() };
            Fit::new(train.clone(), subject.examples(), shape, solving, seed).scaling(subject.scaling())
        });
        // After a solved linear classifier all groups are trained from the first update on.
        let strategy = if probe.is_some() { Strategy::FineTuned } else { strategy };
        let labels: Vec<u32> = train.iter().map(|&e| subject.examples().labels()[e as usize]).collect();
        let classes = subject.examples().classes().len();
        let course = Course::new(strategy, subject.groups(), slower, steps, settings.epochs);
        let course = course.with_head(settings.head);
        Descent {
            course,
            groups: subject.layer_groups(),
            shard: subject.shard(&train).max(1),
            optimizer: subject.optimizer(settings.optimizer),
            subject,
            settings,
            weights: ClassWeights::new(settings.class_weight, &labels, classes),
            train,
            seed,
            place: Place::default(),
            order: Vec::new(),
            batch: 0,
            best: None,
            gradients: Vec::new(),
            probe: probe.map(Box::new),
            flops: 0,
        }
    }

    /// The largest number of updates for this number of examples.
    pub fn planned_steps(settings: &Settings, examples: usize) -> u64 {
        examples.div_ceil(settings.batch_size) as u64 * settings.epochs
    }

    /// The optimizer and the learning rate, as a phrase: "Adam 0.001".
    pub fn optimizer(&self) -> String {
        let before = if self.probe.is_some() { "L-BFGS, then " } else { "" };
        format!("{before}{}", self.settings.optimizer())
    }

    /// Makes the stages of gradual unfreezing this many epochs long.
    #[cfg(test)]
    pub fn shorten_stages(&mut self, epochs: u64) {
        self.course = self.course.clone().with_stages(epochs);
    }

    fn draw_order(&mut self) {
        self.order = self.train.clone();
        rng::shuffle(&mut rng::stream(self.seed, "order", self.place.epoch), &mut self.order);
    }

    fn point(&self, loss: f64, gradient: f64, learning_rate: f32) -> StepPoint {
        let part = self.place.seen as f64 / self.train.len().max(1) as f64;
        StepPoint {
            run: 0,
            step: self.place.step,
            epoch: self.place.epoch as f64 + part,
            samples: self.place.samples,
            loss,
            gradient,
            learning_rate,
            seconds: 0.0,
            layers: Box::default(),
        }
    }

    /// The number of the strategy's groups for which gradients are computed in this epoch.
    fn moving(&self, epoch: u64) -> usize {
        let all_touched = self.subject.keeps_outputs();
        let by_hand = self.place.by_hand.as_ref();
        by_hand.map_or(self.course.moving(epoch), |by_hand| {
            by_hand.moving(&self.groups, &self.course, epoch, all_touched)
        })
    }

    /// The epoch of the last update.
    fn last_epoch(&self) -> u64 {
        self.place.epoch.saturating_sub(u64::from(self.place.seen == 0))
    }

    /// Whether this epoch is the first one that reads the outputs of the layers that are fixed now.
    fn is_fresh(&self) -> bool {
        let moving = |epoch| self.course.moving(epoch);
        self.place.epoch == 0 || moving(self.place.epoch - 1) != moving(self.place.epoch)
    }

    fn keep_best(&mut self) {
        let tensors = kept(self.subject.tensors()).into_iter().map(Kept::into_owned).collect();
        self.best = Some(tensors);
    }
}

impl Learner for Descent {
    fn plan(&mut self, tasks: &mut Vec<Task>) {
        if self.place.over {
            return;
        }
        if let Some(probe) = &self.probe {
            return probe.plan(tasks);
        }
        if self.order.is_empty() {
            self.draw_order();
        }
        let rest = &self.order[self.place.seen..];
        let mut batch = rest[..rest.len().min(self.settings.batch_size)].to_vec();
        batch.sort_by_key(|&d| std::cmp::Reverse(self.subject.examples().length(d)));
        self.batch = batch.len();
        self.subject.move_groups(self.moving(self.place.epoch));
        for examples in batch.chunks(self.shard) {
            let mut task = Task::new(Kind::Learn, examples.to_vec());
            task.gradient = Some(self.gradients.pop().unwrap_or_else(|| self.subject.gradient()));
            tasks.push(task);
        }
        self.subject.prepare(&mut self.optimizer, &batch);
    }

    fn compute(&self, task: &mut Task, workspace: &mut Workspace) {
        let Some(gradient) = task.gradient.as_mut() else {
            return self.subject.features(&task.documents, workspace, &mut task.values);
        };
        gradient.clear();
        let moment = Moment { seed: self.seed, step: self.place.step, part: task.part as u64 };
        let weights = self.weights.as_slice();
        let shard = BatchShard { examples: &task.documents, batch: self.batch, weights, moment };
        task.loss = self.subject.loss_and_gradient(shard, gradient, workspace);
    }

    fn absorb(&mut self, tasks: &mut [Task], learning_rate_factor: f32) -> Learned {
        if let Some(probe) = &mut self.probe {
            let before = probe.flops();
            let fitted = probe.absorb(tasks, |rows| rows);
            let features: u64 = tasks.iter().map(|task| self.subject.feature_flops(&task.documents)).sum();
            self.flops = features + probe.flops() - before;
            let Fitted::Over(_, linear, _) = fitted else { return Learned::Preparing };
            self.subject.set_linear(&linear.as_layer());
            self.probe = None;
            return Learned::Prepared;
        }
        if self.place.over || tasks.is_empty() {
            self.flops = 0;
            return Learned::Ended(None, Outcome::Completed);
        }
        let epoch = self.place.epoch;
        let (mut fresh, moving) = (self.is_fresh(), self.moving(epoch));
        let group_rates = match &mut self.place.by_hand {
            None => self.course.group_rates(epoch),
            Some(by_hand) => {
                let rates = by_hand.group_rates(&self.groups, &self.course, epoch);
                fresh |= by_hand.updated(&self.groups, &self.course, epoch, moving);
                Some(rates)
            }
        };
        self.flops = tasks.iter().map(|task| self.subject.flops(&task.documents, fresh)).sum();
        let mut gradients: Vec<Gradient<f32>> =
            tasks.iter_mut().filter_map(|task| task.gradient.take()).collect();
        let (first, rest) = gradients.split_at_mut(1);
        first[0].sum(rest);
        let loss = tasks.iter().map(|task| task.loss).sum::<f64>() / self.batch as f64;
        let step = self.place.step + 1;
        let norm = match first[0].check_finite() {
            Ok(norm) if loss.is_finite() => Ok(norm),
            Ok(_) => Err("the loss is not finite".to_string()),
            Err(Error::Diverged { what }) => Err(what),
            Err(other) => Err(other.to_string()),
        };
        let mut norm = match norm {
            Ok(norm) => norm,
            Err(what) => {
                self.place.over = true;
                let what = format!("step {step}: {what}; a smaller learning rate may help");
                return Learned::Ended(None, Outcome::Diverged { what });
            }
        };
        if let Some(group_rates) = &group_rates {
            group_rates.still(&mut first[0].dense);
            norm = first[0].norm();
        }
        first[0].shorten(self.settings.max_grad_norm, norm);
        let planned = Descent::planned_steps(&self.settings, self.train.len());
        let fraction =
            schedule::factor(self.settings.schedule, self.settings.warm_up, self.place.step, planned);
        let learning_rate = self.settings.learning_rate * fraction * learning_rate_factor;
        let rows = first[0].rows.touched();
        let before =
            norms::are_due(self.place.step, planned).then(|| Before::of(&self.subject.tensors(), rows));
        self.subject.step(&mut self.optimizer, &first[0], learning_rate, group_rates.as_ref());
        let layers = before.map(|before| before.norms(&self.subject.tensors(), rows)).unwrap_or_default();
        self.gradients.append(&mut gradients);

        self.place.step = step;
        self.place.samples += self.batch as u64;
        self.place.seen += self.batch;
        let point = StepPoint { layers: layers.into(), ..self.point(loss, norm, learning_rate) };
        if self.place.seen < self.order.len() {
            return Learned::Going(point);
        }
        self.place.epoch += 1;
        self.place.seen = 0;
        self.order.clear();
        self.subject.settle(&mut self.optimizer);
        if self.place.epoch >= self.settings.epochs {
            self.place.over = true;
            return Learned::Ended(Some(point), Outcome::Completed);
        }
        Learned::EpochOver(point)
    }

    fn validated(&mut self, cost: f64) -> Advice {
        if self.place.best_loss.is_none_or(|best| cost < best) {
            self.place.best_loss = Some(cost);
            self.place.best_step = self.place.step;
            self.place.waiting = 0;
            self.keep_best();
        } else {
            self.place.waiting += 1;
        }
        if self.place.epoch > 0 && self.course.widens(self.place.epoch - 1) {
            // A group was added to the trained ones, so patience starts again.
            self.place.waiting = 0;
        }
        if self.place.waiting >= self.settings.patience {
            self.place.over = true;
            return Advice::Stop;
        }
        Advice::GoOn
    }

    fn settle(&mut self) -> u64 {
        self.place.over = true;
        self.probe = None;
        self.subject.settle(&mut self.optimizer);
        // An ended run answers questions for as long as the session is open, and takes no more steps.
        self.optimizer.release();
        self.subject.move_groups(self.course.groups());
        self.gradients = Vec::new();
        match self.best.take() {
            Some(best) => {
                // The tensors are the model's own, so they fit.
                let fits = self.subject.load(&|name| find(&best, name));
                debug_assert!(fits.is_ok());
                self.place.best_step
            }
            None => self.place.step,
        }
    }

    fn steps(&self) -> u64 {
        self.place.step
    }

    fn flops(&self) -> u64 {
        self.flops
    }

    fn out_of_fold(&self) -> Option<&OutOfFold> {
        None
    }

    fn class_weights(&self) -> Option<&ClassWeights> {
        Some(&self.weights)
    }

    fn layer_groups(&self) -> Vec<GroupState> {
        let (course, epoch) = (&self.course, self.place.epoch);
        let state = |(place, group): (usize, &LayerGroup)| {
            let by_hand = self.place.by_hand.as_ref();
            let by_strategy = group.part_of < course.moving(epoch);
            let trained =
                by_hand.map_or(by_strategy, |by_hand| by_hand.trains(&self.groups, place, course, epoch));
            let fixed = course.stays_frozen() && group.part_of > 0;
            GroupState { name: group.name.clone(), trained, fixed }
        };
        // A group that is the only one is never frozen: then nothing would be trained.
        let groups = Some(&self.groups).filter(|groups| groups.len() > 1);
        groups.into_iter().flatten().enumerate().map(state).collect()
    }

    fn carried(&mut self) -> Option<Carried> {
        self.subject.settle(&mut self.optimizer);
        Some(self.subject.carried())
    }

    fn begin_with(&mut self, carried: Carried) -> Result<()> {
        // The linear classifier is there already.
        self.probe = None;
        self.subject.adopt(&carried)?;
        if self.subject.keeps_outputs() && !self.course.stays_frozen() {
            // All groups may have been trained in the other run, so the kept outputs of the source are not theirs.
            let (step, all) = (self.place.step, self.course.groups());
            self.place.by_hand = Some(ByHand::new(&self.groups, &self.course, step, all));
        }
        Ok(())
    }

    fn hold_group(&mut self, name: &str, frozen: bool) {
        let Some(place) = self.groups.iter().position(|group| group.name == name) else { return };
        let touched = if self.place.step == 0 { 0 } else { self.moving(self.last_epoch()) };
        let new = || ByHand::new(&self.groups, &self.course, self.place.step, touched);
        self.place.by_hand.get_or_insert_with(new).hold(place, frozen);
    }
}

impl Evaluate for Descent {
    fn classify(&self, examples: &[ExampleId], workspace: &mut Workspace, out: &mut [f32]) {
        self.subject.classify(examples, workspace, out);
    }

    fn steps_through(&self, example: ExampleId) -> usize {
        self.subject.steps_through(example)
    }

    fn begin_evaluation(&mut self, examples: &[ExampleId]) {
        self.subject.settle(&mut self.optimizer);
        self.subject.begin_evaluation(examples);
    }

    fn end_evaluation(&mut self) {
        self.subject.end_evaluation();
    }
}

impl Inspect for Descent {
    fn predictor(&mut self) -> Predictor<'_> {
        self.subject.settle(&mut self.optimizer);
        self.subject.predictor()
    }

    fn audit(&self) -> Audit {
        self.subject.audit()
    }

    fn inside(&self) -> Inside<'_> {
        self.subject.inside()
    }
}

impl Resume for Descent {
    fn save(&mut self) -> Option<(String, Vec<Kept<'_>>)> {
        // During the linear probe there is no checkpoint: repeating it gives the same bits.
        if self.probe.is_some() {
            return None;
        }
        self.subject.settle(&mut self.optimizer);
        let state = ron::to_string(&self.place).ok()?;
        let mut tensors = kept(self.subject.tensors());
        if !self.place.over {
            tensors.extend(kept(self.optimizer.tensors()));
        }
        for tensor in self.best.iter().flatten() {
            tensors.push(Kept { name: format!("{BEST}{}", tensor.name), ..tensor.clone() });
        }
        Some((state, tensors))
    }

    fn restore(&mut self, state: &str, tensors: Tensors) -> Result<()> {
        self.place = ron::from_str(state)
            .map_err(|e| Error::request(format!("a checkpoint does not fit its run: {e}"), ""))?;
        if self.place.by_hand.as_ref().is_some_and(|by_hand| !by_hand.fits(self.groups.len())) {
            return Err(Error::request("a checkpoint does not fit its run: it has other layer groups", ""));
        }
        let (mut best, rest): (Tensors, Tensors) =
            tensors.into_iter().partition(|t| t.name.starts_with(BEST));
        best.iter_mut().for_each(|tensor| tensor.name = tensor.name[BEST.len()..].to_string());
        self.subject.load(&|name| find(&rest, name))?;
        if !self.place.over {
            self.optimizer.load(|name| find(&rest, name))?;
        }
        self.best = (!best.is_empty()).then_some(best);
        self.probe = None;
        // The groups of the last update; all groups once training is over.
        let moving = self.moving(self.last_epoch());
        self.subject.move_groups(if self.place.over { self.course.groups() } else { moving });
        self.order.clear();
        if self.place.seen > 0 {
            self.draw_order();
        }
        Ok(())
    }
}
