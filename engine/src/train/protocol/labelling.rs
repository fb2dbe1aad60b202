//! A labelling: the user's labels for texts that the workbench chooses. What a front end asks for, and what it sees.

use std::path::{Path, PathBuf};

use crate::session::query_strategy::QueryStrategy;

/// What is labelled, and how examples are chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelWish {
    /// The texts, and who answers.
    pub what: LabelWhat,
    /// How the next text is chosen.
    pub strategy: QueryStrategy,
    /// Every text with this number is chosen at random; 0 for none. The random ones measure the accuracy and show what
    /// random choice gives. Without effect in a simulation, where a second labelling does that.
    pub random_every: usize,
    /// The seed of all random choices.
    pub seed: u64,
}

/// The texts of a labelling.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelWhat {
    /// Texts of the session's training part, whose known labels can answer.
    Simulation,
    /// The user's texts, which have no labels yet.
    File {
        /// The file with the texts: a table, or a text a line.
        texts: PathBuf,
        /// The CSV or TSV file to which labels are appended.
        labels: PathBuf,
    },
}

/// The file of labels for the texts of a file, if the user names none: beside it, with `-labels` in its name.
pub fn labels_beside(texts: &Path) -> PathBuf {
    let stem = texts.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    texts.with_file_name(format!("{stem}-labels.csv"))
}

/// Something that the user does in a labelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelAct {
    /// Gives the asked text a label.
    Give {
        /// The number of the text, see [`LabelQuery::example`].
        example: u32,
        /// The index of the class.
        class: usize,
    },
    /// Leaves the asked text out.
    Skip {
        /// The number of the text.
        example: u32,
    },
    /// Takes the last label or skip back.
    Undo,
    /// Chooses by another strategy.
    Strategy(QueryStrategy),
    /// In a simulation: known labels answer so many times.
    LetKnown(usize),
}

/// What a front end sees of a labelling.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LabelView {
    /// What is being done, and the fraction of it that is done, before the first text is chosen and while known labels
    /// answer.
    pub doing: Option<(String, f64)>,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The number of labels of each class that were given or known before.
    pub counts: Vec<usize>,
    /// The number of labels that were given, and of those that were known before.
    pub given: usize,
    /// See [`LabelView::given`].
    pub known: usize,
    /// The number of texts that may still be chosen, and of those that were skipped.
    pub open: usize,
    /// See [`LabelView::open`].
    pub skipped: usize,
    /// The strategy; `None` before the labelling is ready.
    pub strategy: Option<QueryStrategy>,
    /// The text to label now; `None` if none is left.
    pub query: Option<LabelQuery>,
    /// The last answer.
    pub last: Option<LabelAnswered>,
    /// Whether the last label or skip can be taken back.
    pub can_undo: bool,
    /// The validation accuracy by the number of labels.
    pub curve: Vec<LabelPoint>,
    /// The same of random choice alone.
    pub random: Vec<LabelPoint>,
    /// What the accuracy is measured on.
    pub measured: Measured,
    /// In a simulation: accuracy minus that of random choice with as many labels, and its 95 % interval over the
    /// validation texts.
    pub difference: Option<(f64, Option<(f64, f64)>)>,
    /// In a simulation: how many given labels are not the known ones. Random choice has the known ones.
    pub differing: usize,
    /// The seconds that the last training of the classifier took.
    pub seconds: f64,
    /// The file of labels; `None` in a simulation.
    pub file: Option<PathBuf>,
    /// Remarks for the user: one sentence each.
    pub remarks: Vec<String>,
}

impl LabelView {
    /// Whether known labels can answer.
    pub fn is_simulated(&self) -> bool {
        self.file.is_none()
    }
}

/// What the accuracy of a labelling is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured {
    /// So many validation texts, from which nothing is learned.
    Validation(usize),
    /// So many texts that were chosen at random and labelled, by classifiers that did not learn from them.
    RandomLabels(usize),
}

impl Default for Measured {
    fn default() -> Self {
        Measured::Validation(0)
    }
}

/// A text that is to be labelled. What the model thinks of it is not part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelQuery {
    /// The number of the text.
    pub example: u32,
    /// The text.
    pub text: String,
    /// What chose it: the strategy, or random choice.
    pub by: QueryStrategy,
}

/// A text that was labelled.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelAnswered {
    /// The beginning of the text.
    pub text: String,
    /// The index of the class that it got.
    pub class: usize,
    /// The probabilities that the model gave the classes before the answer; empty if there was no model yet.
    pub opinion: Vec<f32>,
    /// In a simulation, the index of the known class.
    pub known: Option<usize>,
}

/// The accuracy with a number of labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelPoint {
    /// The number of labels.
    pub labels: usize,
    /// The fraction of right answers.
    pub accuracy: f64,
}
