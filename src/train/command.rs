//! What a front end can ask of the training thread.

use std::path::PathBuf;

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
    Rate { run: Option<usize>, factor: f32 },
    /// A question.
    Ask { id: Id, question: Question },
    /// Save and end the thread.
    Quit,
}

/// A question to what is being trained.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// The `count` words nearest to `word`: in the pre-trained table, or in a run's own.
    Neighbours { word: String, run: Option<usize>, count: usize },
    /// `a` is to `b` as `c` is to …: 3CosAdd over the table, the three words left out.
    Analogy { a: String, b: String, c: String, count: usize },
    /// The classes of a typed text by every run, word by word.
    Classify { text: String },
    /// Documents of a confusion cell, most confident first.
    Examples { run: usize, set: String, truth: usize, guess: usize, count: usize },
    /// The words that fine-tuning moved most.
    Drift { run: usize, count: usize },
    /// The given words in two dimensions (principal components of these words' vectors).
    Map { words: Vec<String>, run: Option<usize> },
    /// Words of the table that begin so, most frequent first: for completion.
    Complete { prefix: String, count: usize },
}
