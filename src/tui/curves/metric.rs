//! What a curve of a run shows.

use crate::session::metric;

/// The value that a curve shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Metric {
    #[default]
    Loss,
    Accuracy,
    /// A further metric on the validation examples, by its index in [`FURTHER`].
    Further(usize),
    ValidationLoss,
    Gradient,
    LearningRate,
    /// Seconds that a training step takes.
    StepSeconds,
    /// The norm of the parameters, of all layers or of one.
    Weights,
    /// The norm of what one step changes, of all layers or of one.
    Update,
    /// The memory of this process, in bytes.
    Memory,
    /// How many processor cores this process keeps busy.
    Cpu,
}

/// The metrics of predictions besides accuracy.
pub const FURTHER: [metric::Metric; metric::Metric::FURTHER.len()] = metric::Metric::FURTHER;

impl Metric {
    /// All metrics, in the order in which a key cycles through them.
    pub const ALL: [Metric; 10 + FURTHER.len()] = {
        let mut all = [Metric::Loss; 10 + FURTHER.len()];
        all[1] = Metric::Accuracy;
        let mut place = 0;
        while place < FURTHER.len() {
            all[2 + place] = Metric::Further(place);
            place += 1;
        }
        let rest = [
            Metric::ValidationLoss,
            Metric::Gradient,
            Metric::LearningRate,
            Metric::Update,
            Metric::Weights,
            Metric::StepSeconds,
            Metric::Memory,
            Metric::Cpu,
        ];
        let mut i = 0;
        while i < rest.len() {
            all[2 + FURTHER.len() + i] = rest[i];
            i += 1;
        }
        all
    };

    /// The name in files.
    pub fn id(self) -> String {
        match self {
            Metric::Loss => "loss".into(),
            Metric::Accuracy => "accuracy".into(),
            Metric::Further(place) => FURTHER[place].id().into(),
            Metric::ValidationLoss => "validation_loss".into(),
            Metric::Gradient => "gradient_norm".into(),
            Metric::LearningRate => "learning_rate".into(),
            Metric::StepSeconds => "step_seconds".into(),
            Metric::Weights => "weight_norm".into(),
            Metric::Update => "update_norm".into(),
            Metric::Memory => "memory".into(),
            Metric::Cpu => "cpu".into(),
        }
    }

    /// The name, for a heading.
    pub fn name(self) -> String {
        match self {
            Metric::Loss => "training loss".into(),
            Metric::Accuracy => "validation accuracy".into(),
            Metric::Further(place) => format!("validation {}", FURTHER[place].name()),
            Metric::ValidationLoss => "validation loss".into(),
            Metric::Gradient => "gradient norm".into(),
            Metric::LearningRate => "learning rate".into(),
            Metric::StepSeconds => "seconds a step".into(),
            Metric::Weights => "weight norm".into(),
            Metric::Update => "update norm".into(),
            Metric::Memory => "memory".into(),
            Metric::Cpu => "processor".into(),
        }
    }

    /// The name for a heading with little room.
    pub fn short_name(self) -> String {
        match self {
            Metric::Loss => "loss".into(),
            Metric::Accuracy => "accuracy".into(),
            Metric::Further(place) => FURTHER[place].name().into(),
            Metric::ValidationLoss => "val loss".into(),
            Metric::Gradient => "gradient".into(),
            Metric::LearningRate => "rate".into(),
            Metric::StepSeconds => "s a step".into(),
            Metric::Weights => "weights".into(),
            Metric::Update => "update".into(),
            Metric::Memory => "memory".into(),
            Metric::Cpu => "cores".into(),
        }
    }

    /// An explanation for somebody who sees the metric for the first time.
    pub fn explained(self) -> &'static str {
        match self {
            Metric::Loss => "how wrong the run is on the labels it learns from; low is good",
            Metric::Accuracy => "fraction of held-out labels it gets right; high is good",
            Metric::Further(place) => FURTHER[place].explained(),
            Metric::ValidationLoss => "how wrong it is on held-out labels; rising means overfitting",
            Metric::Gradient => "how hard each step pulls; before clipping",
            Metric::LearningRate => "how far each step goes",
            Metric::StepSeconds => "how long each step takes; without evaluations",
            Metric::Weights => "the length of the parameters; growing fast means too high a rate",
            Metric::Update => "how far one step moves them; about a thousandth of the weights is usual",
            Metric::Memory => "bytes that this process holds; against the time of the session",
            Metric::Cpu => "cores that this process keeps busy; against the time of the session",
        }
    }

    /// Whether the value is a fraction between 0 and 1.
    pub fn is_fraction(self) -> bool {
        match self {
            Metric::Accuracy => true,
            Metric::Further(place) => FURTHER[place].least() >= 0.0,
            _ => false,
        }
    }

    /// Whether the value is measured at every step and therefore noisy, so that smoothing helps.
    pub fn noisy(self) -> bool {
        matches!(self, Metric::Loss | Metric::Gradient | Metric::StepSeconds)
    }

    /// Whether it is measured of this process and not of a run.
    pub fn is_of_machine(self) -> bool {
        matches!(self, Metric::Memory | Metric::Cpu)
    }

    /// Whether it is measured of each layer.
    pub fn is_of_layers(self) -> bool {
        matches!(self, Metric::Weights | Metric::Update)
    }
}
