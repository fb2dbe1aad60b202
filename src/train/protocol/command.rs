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
    Start {
        /// What is to be done.
        recipe: Box<Recipe>,
        /// The session's folder, which must not be there yet.
        folder: PathBuf,
    },
    /// Go on with the session in `folder` from its checkpoints.
    Resume {
        /// The session's folder.
        folder: PathBuf,
    },
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
    LearningRate {
        /// The run; `None` for everything under way.
        run: Option<usize>,
        /// What the present learning rate is multiplied by, above 0.
        factor: f32,
    },
    /// A question.
    Ask {
        /// A number that comes back with the answer.
        id: Id,
        /// What is asked.
        question: Question,
    },
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
    Neighbours {
        /// A word, or an expression of words.
        word: String,
        /// The run whose word vectors are asked; `None` for the pre-trained ones.
        run: Option<usize>,
        /// How nearness is measured.
        by: Closeness,
        /// How many at the most.
        count: usize,
    },
    /// The words of `among` by their nearness to `word`, which may be an expression.
    Among {
        /// A word, or an expression of words.
        word: String,
        /// The words to be ordered.
        among: Vec<String>,
        /// The run whose word vectors are asked; `None` for the pre-trained ones.
        run: Option<usize>,
        /// How nearness is measured.
        by: Closeness,
    },
    /// These words by how far each is from the middle of all, the odd one out first.
    OddOneOut {
        /// The words, three at least.
        words: Vec<String>,
        /// The run whose word vectors are asked; `None` for the pre-trained ones.
        run: Option<usize>,
    },
    /// `a` is to `b` as `c` is to …, the three words left out.
    Analogy {
        /// The first word of the known pair.
        a: String,
        /// The second word of the known pair.
        b: String,
        /// The first word of the pair to be completed.
        c: String,
        /// How candidates are scored.
        score: AnalogyScore,
        /// How many answers at the most.
        count: usize,
    },
    /// The classes of a typed text by every run, word by word.
    Classify {
        /// The text as it was typed.
        text: String,
    },
    /// Documents of a confusion cell, most confident first.
    Examples {
        /// The run that classified them.
        run: usize,
        /// The name of the set that they are of.
        set: String,
        /// The number of their true class.
        truth: usize,
        /// The number of the class that the run gave them.
        guess: usize,
        /// How many at the most.
        count: usize,
    },
    /// The words that fine-tuning moved most.
    Drift {
        /// The fine-tuned run.
        run: usize,
        /// How many words at the most.
        count: usize,
    },
    /// The given words in two dimensions; those without a vector are left out.
    Map {
        /// The words to be placed.
        words: Vec<String>,
        /// The run whose word vectors are asked; `None` for the pre-trained ones.
        run: Option<usize>,
        /// How vectors become points of the plane.
        layout: Layout,
    },
    /// The first `count` words of the table, which are the most frequent, in two dimensions.
    MapFirst {
        /// How many words at the most.
        count: usize,
        /// The run whose word vectors are asked; `None` for the pre-trained ones.
        run: Option<usize>,
        /// How vectors become points of the plane.
        layout: Layout,
    },
    /// The training part's texts in `k` clusters, as many as there are classes where it is not given; by document
    /// vectors of the pre-trained table, or of a run's own.
    Clusters {
        /// What the texts are clustered by.
        by: Grouped,
        /// How many clusters; `None` for as many as there are classes.
        k: Option<usize>,
        /// The run whose word vectors are asked; `None` for the pre-trained ones.
        run: Option<usize>,
    },
    /// Which learning rate to take, for the pre-training or for a method: a range test beside the training.
    LrFinder {
        /// What is to be trained with each learning rate.
        of: LrTarget,
    },
    /// Words of the table that begin so, most frequent first: for completion.
    Complete {
        /// The beginning of the word.
        prefix: String,
        /// How many at the most.
        count: usize,
    },
    /// How the language model goes on after `prompt`, by up to `words` words; its logits are divided by `temperature`.
    /// Another `draw`, another text.
    Generate {
        /// The text to go on from; it may be empty.
        prompt: String,
        /// How many words at the most.
        words: usize,
        /// Below 1 likely words become likelier; above 1 less so.
        temperature: f32,
        /// The number of the draw.
        draw: u64,
    },
    /// Images of a set with their classes, from the one numbered `first`; of one class only if it is given.
    Images {
        /// The name of the set.
        set: String,
        /// Only images of the class with this number, if given.
        class: Option<usize>,
        /// The number of the first, from 0.
        first: usize,
        /// How many at the most.
        count: usize,
    },
    /// The filters of the first layer, as they are now.
    Filters {
        /// Whose filters.
        of: Learned,
    },
    /// What the layer numbered `layer` sees of an image.
    FeatureMaps {
        /// Whose layers.
        of: Learned,
        /// The number of the layer, from 0.
        layer: usize,
        /// The image that the network is shown.
        image: Sight,
    },
    /// Images of a confusion cell, most confident first.
    Mistakes {
        /// The run that classified them.
        run: usize,
        /// The name of the set that they are of.
        set: String,
        /// The number of their true class.
        truth: usize,
        /// The number of the class that the run gave them.
        guess: usize,
        /// How many at the most.
        count: usize,
    },
    /// The classes of an image by every run; the answers are those to `Classify`, without words.
    ClassifyImage {
        /// The image, of any size.
        image: Image,
    },
    /// The `count` most likely classes of an image in a file.
    Top {
        /// The network that classifies it.
        of: Learned,
        /// The image file.
        path: PathBuf,
        /// How many classes at the most.
        count: usize,
    },
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
        /// The name of the set.
        set: String,
        /// Its number in the set, from 0.
        number: usize,
    },
    /// The one in this file.
    File(PathBuf),
    /// This one, drawn on the pad.
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
