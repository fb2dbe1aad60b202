//! What a front end can ask of the training thread.

use std::fmt;
use std::path::PathBuf;

use crate::data::image::Image;
use crate::session::budget::Budget;
use crate::session::choices::{AnalogyScore, Closeness, Grouped, Layout};
use crate::session::method::Method;
use crate::session::recipe::Recipe;

/// A number that the front end chooses, and that comes back with the answer.
pub type Id = u64;

/// A wish of the front end. Each is looked at between two steps of training.
#[derive(Debug, Clone)]
pub enum Command {
    /// Begin a session in `folder`, which is made; one that is under way is stopped and saved first.
    Start { recipe: Box<Recipe>, folder: PathBuf },
    /// Go on with the session in `folder` from its checkpoints.
    Resume { folder: PathBuf },
    /// Hold still; questions are still answered.
    Pause,
    /// Go on.
    Continue,
    /// Take one step of every live run (or one block of pre-training), then hold still.
    Step,
    /// Save and end the session; `resume` can go on.
    Stop,
    /// End one run with what it has learned; the others go on.
    StopRun(usize),
    /// Multiply the learning rate of one run, or of everything under way.
    LearningRate { run: Option<usize>, factor: f32 },
    /// A question.
    Ask { id: Id, question: Question },
    /// Save and end the thread.
    Quit,
    /// Panic in the next step of the runs, to see what becomes of it.
    #[cfg(test)]
    Panic,
}

/// A question to what is being trained.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// One whose answer panics.
    #[cfg(test)]
    Panic,
    /// The `count` words nearest to `word`, which may be an expression ("king - man + woman"): in the pre-trained
    /// table, or in a run's own.
    Neighbours { word: String, run: Option<usize>, by: Closeness, count: usize },
    /// The words of `among` by their nearness to `word`, which may be an expression.
    Among { word: String, among: Vec<String>, run: Option<usize>, by: Closeness },
    /// These words by how far each is from the middle of all, the odd one out first.
    OddOneOut { words: Vec<String>, run: Option<usize> },
    /// `a` is to `b` as `c` is to …, the three words left out.
    Analogy { a: String, b: String, c: String, score: AnalogyScore, count: usize },
    /// The classes of a typed text by every run, word by word.
    Classify { text: String },
    /// Documents of a confusion cell, most confident first.
    Examples { run: usize, set: String, truth: usize, guess: usize, count: usize },
    /// The words that fine-tuning moved most.
    Drift { run: usize, count: usize },
    /// The given words in two dimensions; those without a vector are left out.
    Map { words: Vec<String>, run: Option<usize>, layout: Layout },
    /// The first `count` words of the table, which are the most frequent, in two dimensions.
    MapFirst { count: usize, run: Option<usize>, layout: Layout },
    /// The training part's texts in `k` clusters, as many as there are classes where it is not given; by document
    /// vectors of the pre-trained table, or of a run's own.
    Clusters { by: Grouped, k: Option<usize>, run: Option<usize> },
    /// Which learning rate to take, for the pre-training or for a method: a range test beside the training.
    LrFinder { of: LrTarget },
    /// Words of the table that begin so, most frequent first: for completion.
    Complete { prefix: String, count: usize },
    /// How the language model goes on after `prompt`, by up to `words` words; its logits are divided by `temperature`.
    /// Another `draw`, another text.
    Generate { prompt: String, words: usize, temperature: f32, draw: u64 },
    /// Images of a set with their classes, from the one numbered `first`; of one class only if it is given.
    Images { set: String, class: Option<usize>, first: usize, count: usize },
    /// The filters of the first layer, as they are now.
    Filters { of: Learned },
    /// What the layer numbered `layer` sees of an image.
    FeatureMaps { of: Learned, layer: usize, image: Sight },
    /// Images of a confusion cell, most confident first.
    Mistakes { run: usize, set: String, truth: usize, guess: usize, count: usize },
    /// The classes of an image by every run; the answers are those to `Classify`, without words.
    ClassifyImage { image: Image },
    /// The `count` most likely classes of an image in a file.
    Top { of: Learned, path: PathBuf, count: usize },
}

impl Question {
    /// The run and the set of a question about a cell of a confusion matrix.
    pub fn cell(&self) -> Option<(usize, &str)> {
        match self {
            Question::Examples { run, set, .. } | Question::Mistakes { run, set, .. } => Some((*run, set)),
            _ => None,
        }
    }
}

/// Whose filters, layers or opinion are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learned {
    /// A run of the experiment.
    Run(usize),
    /// The network of the pre-training stage.
    Pretrained,
    /// A network in a file.
    Weights(PathBuf),
}

/// Which image is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// The one with this number in a set.
    Nth {
        set: String,
        number: usize,
    },
    File(PathBuf),
    Drawn(Image),
}

/// What is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LrTarget {
    /// The pre-training of the recipe's source.
    Source,
    /// A method with a label budget.
    Method(Method, Budget),
}

impl fmt::Display for LrTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LrTarget::Source => f.write_str("pre-training"),
            LrTarget::Method(method, Budget::All) => write!(f, "{}, all labels", method.name()),
            LrTarget::Method(method, budget) => write!(f, "{}, {budget} labels", method.name()),
        }
    }
}
