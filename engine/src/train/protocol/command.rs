//! The commands and questions that a front end can send to the training thread.

use std::fmt;
use std::path::PathBuf;

use crate::data::image::Image;
use crate::session::budget::Budget;
use crate::session::choices::{AnalogyScore, Closeness, Grouped, Layout};
use crate::session::method::Method;
use crate::session::recipe::Recipe;
use crate::session::record::Rerun;
use crate::session::source_name::SourceName;
use crate::session::starter::Wish;
use crate::session::steering::Addition;

use super::labelling::{LabelAct, LabelWish};

/// How many folds [`Question::AuditLabels`] trains on; fewer if the smallest class has fewer examples, but at least 2.
pub const AUDIT_FOLDS: u32 = 5;

/// A number that the front end chooses; the answer carries it too.
pub type Id = u64;

/// A command of the front end. Commands are read between two training steps.
#[derive(Debug, Clone)]
pub enum Command {
    /// Begin a session in `folder`, which is created. The current session is stopped and saved first.
    Start {
        /// The recipe of the session.
        recipe: Box<Recipe>,
        /// The session's folder; it must not have a session already.
        folder: PathBuf,
    },
    /// Begin a session in `folder` that repeats another one, with everything that was done there by hand.
    Rerun {
        /// The recipe of the other session, as it began.
        recipe: Box<Recipe>,
        /// The folder of the new session; it must not have a session already.
        folder: PathBuf,
        /// The other session.
        of: Rerun,
    },
    /// Resume the session in `folder` from its checkpoints.
    Resume {
        /// The session's folder.
        folder: PathBuf,
    },
    /// Pause training; questions are still answered.
    Pause,
    /// Continue training.
    Continue,
    /// Do one step of every live run (or one block of pre-training), then pause.
    Step,
    /// Save and end the session; `resume` can continue it.
    Stop,
    /// Stop training one run, which is then tested; the other runs continue.
    StopRun(usize),
    /// Multiply the learning rate of one run, or of everything in progress.
    LearningRate {
        /// The run; `None` for everything in progress.
        run: Option<usize>,
        /// The factor on the current learning rate, above 0.
        factor: f32,
    },
    /// Freeze a layer group of a run, or train it again. What cannot be done is told by an event.
    Group {
        /// The run.
        run: usize,
        /// The name of the group.
        group: String,
        /// Whether it is frozen.
        frozen: bool,
    },
    /// Add seeds or a label budget to the running experiment. What cannot be done is told by an event.
    Add(Addition),
    /// Questions that follow are about the source at this place of the recipe.
    ShowSource(usize),
    /// Ask a question.
    Ask {
        /// A number that the answer carries too.
        id: Id,
        /// The question.
        question: Question,
    },
    /// The answer to the question with this number is not wanted any more: the work on an audit of labels, on the survey of
    /// a file, or on a labelling ends.
    Cancel(Id),
    /// Something that the user does in the labelling that the question with this number began.
    Label {
        /// The number of the question.
        id: Id,
        /// What the user does.
        act: LabelAct,
    },
    /// Save the session and end the thread.
    Quit,
    /// Panic in the next step of the runs, to test what happens then.
    #[cfg(test)]
    Panic,
}

/// A question about the data or the models of the session.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// A question whose answer panics.
    #[cfg(test)]
    Panic,
    /// The `count` words nearest to `word`, in the pre-trained vectors or in a run's own. `word` may be an expression
    /// ("king - man + woman").
    Neighbours {
        /// A word, or an expression of words.
        word: String,
        /// The run whose word vectors are used; `None` for the pre-trained ones.
        run: Option<usize>,
        /// The similarity measure.
        by: Closeness,
        /// The largest number of words.
        count: usize,
    },
    /// The `count` words nearest to `word` in each source of the session.
    NeighboursOfSources {
        /// A word, or an expression of words.
        word: String,
        /// The similarity measure.
        by: Closeness,
        /// The largest number of words of each source.
        count: usize,
    },
    /// Keep the vectors as they are now, to compare them with later ones: those of the most frequent words. They replace
    /// vectors that were kept before.
    KeepMoment {
        /// The run whose word vectors are kept; `None` for the pre-trained ones.
        run: Option<usize>,
    },
    /// The `count` words nearest to `word` in the vectors that were kept by [`Question::KeepMoment`] and in the present ones,
    /// both among the words that were kept.
    NeighboursOfMoments {
        /// A word, or an expression of words.
        word: String,
        /// The run whose word vectors are the present ones; `None` for the pre-trained ones.
        run: Option<usize>,
        /// The similarity measure.
        by: Closeness,
        /// The largest number of words at each moment.
        count: usize,
    },
    /// Where a word stands in the corpus of the source, or in the texts of the task; with a second word, which contexts the
    /// two share. Further answers may be to come: ask again.
    Concordance {
        /// One word, or two.
        words: Vec<String>,
        /// The largest number of lines of each word; lines for shared contexts may come on top.
        count: usize,
    },
    /// The projections of words onto two axes, each the direction of an expression ("good - bad").
    Axes {
        /// The expression of the horizontal axis.
        x: String,
        /// The expression of the vertical axis.
        y: String,
        /// The words to place.
        words: Vec<String>,
        /// The run whose word vectors are used; `None` for the pre-trained ones.
        run: Option<usize>,
    },
    /// The words of `among`, ordered by their similarity to `word`, which may be an expression.
    Among {
        /// A word, or an expression of words.
        word: String,
        /// The words to order.
        among: Vec<String>,
        /// The run whose word vectors are used; `None` for the pre-trained ones.
        run: Option<usize>,
        /// The similarity measure.
        by: Closeness,
    },
    /// These words, ordered by their distance from the mean of all, farthest first (the odd one out).
    OddOneOut {
        /// The words, at least three.
        words: Vec<String>,
        /// The run whose word vectors are used; `None` for the pre-trained ones.
        run: Option<usize>,
    },
    /// `a` is to `b` as `c` is to …; the three words are excluded from the answers.
    Analogy {
        /// The first word of the known pair.
        a: String,
        /// The second word of the known pair.
        b: String,
        /// The first word of the pair to complete.
        c: String,
        /// How candidates are scored.
        score: AnalogyScore,
        /// The largest number of answers.
        count: usize,
    },
    /// The predictions of some runs for a text, with the contribution of each word. The answers are those of `Classify`.
    Explain {
        /// The runs.
        runs: Vec<usize>,
        /// The text.
        text: String,
    },
    /// Keep the predictions of a run's last evaluations, to compare later ones with them. They replace those that were kept
    /// before.
    KeepAnswers {
        /// The run.
        run: usize,
    },
    /// The examples of a set on which two runs predict different classes, as they were evaluated last; the surest different
    /// predictions first.
    Disagreements {
        /// The two runs.
        runs: [usize; 2],
        /// Whether the second side is what [`Question::KeepAnswers`] has kept of the second run.
        kept: bool,
        /// The name of the set.
        set: String,
        /// The largest number of examples.
        count: usize,
    },
    /// The predictions of every run for a typed text, with the contribution of each word.
    Classify {
        /// The text as it was typed.
        text: String,
    },
    /// The training texts nearest to a typed one, by their vectors from a sentence encoder. Vectors that are missing are
    /// computed between training steps; ask again for more.
    Sentences {
        /// The text as it was typed.
        text: String,
        /// The run whose encoder makes the vectors; `None` for the published one.
        run: Option<usize>,
        /// The largest number of texts.
        count: usize,
    },
    /// How much the tokens of a typed text read of each other in a layer of a run's sentence encoder, as it is now.
    Attention {
        /// The run.
        run: usize,
        /// The text as it was typed.
        text: String,
        /// The index of the layer, from 0; beyond the last one, the last.
        layer: usize,
        /// The index of the head, from 0; `None` for the mean over all heads, and so is one beyond the last.
        head: Option<usize>,
    },
    /// The documents in a cell of the confusion matrix, most confident first.
    Examples {
        /// The run that classified them.
        run: usize,
        /// The name of the set that they belong to.
        set: String,
        /// The index of their true class.
        truth: usize,
        /// The index of the class that the run predicted.
        guess: usize,
        /// The largest number of documents.
        count: usize,
    },
    /// The words whose vectors fine-tuning moved most.
    Drift {
        /// The fine-tuned run.
        run: usize,
        /// The largest number of words.
        count: usize,
    },
    /// The given words in two dimensions; those without a vector are left out.
    Map {
        /// The words to place.
        words: Vec<String>,
        /// The run whose word vectors are used; `None` for the pre-trained ones.
        run: Option<usize>,
        /// The projection to two dimensions.
        layout: Layout,
    },
    /// The first `count` words of the table, which are the most frequent ones, in two dimensions.
    MapFirst {
        /// The largest number of words.
        count: usize,
        /// The run whose word vectors are used; `None` for the pre-trained ones.
        run: Option<usize>,
        /// The projection to two dimensions.
        layout: Layout,
    },
    /// Clusters of the training part's texts, by document vectors of the pre-trained table or of a run's own, or by
    /// TF-IDF.
    Clusters {
        /// The representation by which texts are clustered.
        by: Grouped,
        /// The number of clusters; `None` for the number of classes.
        k: Option<usize>,
        /// The run whose word vectors are used; `None` for the pre-trained ones.
        run: Option<usize>,
    },
    /// The learning-rate finder for pre-training or for a method: a range test, computed while training continues.
    LrFinder {
        /// What to train in the range test.
        of: LrTarget,
    },
    /// The training labels that are probably wrong: the method is trained on folds while training continues. Several
    /// answers follow, the last one with the list.
    AuditLabels {
        /// The method to train; it learns from labels.
        method: Method,
        /// The source that the method takes; `None` for the one that questions are about.
        source: Option<SourceName>,
    },
    /// Begins a labelling with the source that questions are about; a new one ends the one in progress. Every answer is a
    /// view of it as it is then.
    Label(Box<LabelWish>),
    /// The words of the table that begin with `prefix`, most frequent first, for completion.
    Complete {
        /// The beginning of the words.
        prefix: String,
        /// The largest number of words.
        count: usize,
    },
    /// The text of up to `words` words that the language model generates after `prompt`. Its logits are divided by
    /// `temperature`. Another `draw` gives another text.
    Generate {
        /// The prompt; it may be empty.
        prompt: String,
        /// The largest number of words.
        words: usize,
        /// The temperature: below 1 likely words become likelier, above 1 less likely.
        temperature: f32,
        /// The number of the random draw.
        draw: u64,
    },
    /// Images of a set with their classes, beginning with the one at index `first`; only of one class if `class` is
    /// given.
    Images {
        /// The name of the set.
        set: String,
        /// The index of the only class to show, if given.
        class: Option<usize>,
        /// The index of the first image, from 0.
        first: usize,
        /// The largest number of images.
        count: usize,
    },
    /// The filters of the first layer, as they are now.
    Filters {
        /// The network that the filters belong to.
        of: Learned,
    },
    /// The feature maps of the layer at index `layer` for an image.
    FeatureMaps {
        /// The network that the layer belongs to.
        of: Learned,
        /// The index of the layer, from 0.
        layer: usize,
        /// The input image.
        image: Sight,
    },
    /// The images in a cell of the confusion matrix, most confident first.
    Mistakes {
        /// The run that classified them.
        run: usize,
        /// The name of the set that they belong to.
        set: String,
        /// The index of their true class.
        truth: usize,
        /// The index of the class that the run predicted.
        guess: usize,
        /// The largest number of images.
        count: usize,
    },
    /// The predictions of every run for an image. The answers are those of `Classify`, without words.
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
        /// The largest number of classes.
        count: usize,
    },
    /// What the labelled examples of a wish hold. It needs no session, and is read while training continues.
    Survey(Box<Wish>),
    /// Whether a source can be made from the file at `path`. It needs no session.
    SourceFile {
        /// The file; for unlabelled texts also a folder.
        path: PathBuf,
        /// What it should hold.
        of: SourceFile,
    },
}

impl Question {
    /// The runs whose models or predictions the question is about; none for other questions.
    pub fn runs(&self) -> Vec<usize> {
        match self {
            Question::Neighbours { run, .. }
            | Question::KeepMoment { run }
            | Question::NeighboursOfMoments { run, .. }
            | Question::Axes { run, .. }
            | Question::Among { run, .. }
            | Question::OddOneOut { run, .. }
            | Question::Map { run, .. }
            | Question::MapFirst { run, .. }
            | Question::Clusters { run, .. }
            | Question::Sentences { run, .. } => run.iter().copied().collect(),
            Question::Examples { run, .. }
            | Question::Drift { run, .. }
            | Question::Attention { run, .. } => vec![*run],
            Question::Disagreements { runs, .. } => runs.to_vec(),
            Question::KeepAnswers { run } => vec![*run],
            // Models of images are never put down, and those that classify a text are taken up one after another.
            Question::Mistakes { .. }
            | Question::Filters { .. }
            | Question::FeatureMaps { .. }
            | Question::Top { .. }
            | Question::ClassifyImage { .. }
            | Question::Classify { .. }
            | Question::Explain { .. } => Vec::new(),
            Question::NeighboursOfSources { .. }
            | Question::Concordance { .. }
            | Question::Analogy { .. }
            | Question::LrFinder { .. }
            | Question::AuditLabels { .. }
            | Question::Label(_)
            | Question::Complete { .. }
            | Question::Generate { .. }
            | Question::Images { .. }
            | Question::Survey(_)
            | Question::SourceFile { .. } => Vec::new(),
            #[cfg(test)]
            Question::Panic => Vec::new(),
        }
    }

    /// The runs that must have been evaluated on a set to answer the question, and the set; `None` for other questions.
    pub fn evaluated(&self) -> Option<(Vec<usize>, &str)> {
        match self {
            Question::Examples { run, set, .. } | Question::Mistakes { run, set, .. } => {
                Some((vec![*run], set))
            }
            Question::Disagreements { runs, set, kept, .. } => {
                Some((runs[..if *kept { 1 } else { 2 }].to_vec(), set))
            }
            Question::Neighbours { .. }
            | Question::NeighboursOfSources { .. }
            | Question::KeepMoment { .. }
            | Question::KeepAnswers { .. }
            | Question::NeighboursOfMoments { .. }
            | Question::Concordance { .. }
            | Question::Axes { .. }
            | Question::Among { .. }
            | Question::OddOneOut { .. }
            | Question::Analogy { .. }
            | Question::Explain { .. }
            | Question::Classify { .. }
            | Question::Sentences { .. }
            | Question::Attention { .. }
            | Question::Drift { .. }
            | Question::Map { .. }
            | Question::MapFirst { .. }
            | Question::Clusters { .. }
            | Question::LrFinder { .. }
            | Question::AuditLabels { .. }
            | Question::Label(_)
            | Question::Complete { .. }
            | Question::Generate { .. }
            | Question::Images { .. }
            | Question::Filters { .. }
            | Question::FeatureMaps { .. }
            | Question::ClassifyImage { .. }
            | Question::Top { .. }
            | Question::Survey(_)
            | Question::SourceFile { .. } => None,
            #[cfg(test)]
            Question::Panic => None,
        }
    }
}

/// What a file holds that a source is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceFile {
    /// Word vectors.
    Vectors,
    /// Unlabelled texts.
    Unlabelled,
    /// The weights of an image network.
    Weights,
}

/// The network that a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learned {
    /// A run of the experiment.
    Run(usize),
    /// The network of the pre-training stage.
    Pretrained,
    /// A network in a file.
    Weights(PathBuf),
}

/// The image that a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// The image at this index in a set.
    Nth {
        /// The name of the set.
        set: String,
        /// The index in the set, from 0.
        number: usize,
    },
    /// The image in this file.
    File(PathBuf),
    /// An image that the user drew.
    Drawn(Image),
}

/// What a range test trains.
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
