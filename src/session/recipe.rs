//! The recipe: everything that decides what a session does, as people write it in RON.
//!
//! A recipe with its defaults filled in is kept in the session, and running it again gives the same
//! bits. Relative paths are meant from the folder of the recipe; reading one makes them absolute.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Place, Result, counted};

pub use super::architecture::Architecture;
use super::images::{ImageFiles, ImagePretraining, ImageSet, Layers};
pub use super::language_model::{
    Carry, Cell, Direction, Dropouts, Features, GivenVectors, LanguageModelling, Softmax, Transferred,
};
pub use super::method::{Baseline, DocumentVector, Method};
pub use super::pretraining::{Corpus, Loss, Pretraining, Subwords};
pub use super::training::{Optimizer, Schedule, Training};

/// The recipe's name in a session's folder.
pub const FILE: &str = "recipe.ron";

/// What to pre-train or take, what to carry it to, and which runs to compare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// One line that says what is asked.
    pub title: String,
    /// The seed that every random stream of the session starts from.
    #[serde(default = "defaults::seed")]
    pub seed: u64,
    /// Where the word vectors come from.
    pub source: Source,
    /// The labelled task that they are carried to.
    pub task: Task,
    /// How every text of the session is cut into tokens.
    #[serde(default, skip_serializing_if = "Tokens::is_usual")]
    pub tokens: Tokens,
    /// What stands on the vectors.
    pub head: Head,
    /// The strategies to compare.
    #[serde(default = "defaults::strategies")]
    pub strategies: Vec<Strategy>,
    /// Document vectors made of the words' vectors without looking at their sequence, each under logistic
    /// regression: further methods.
    #[serde(default)]
    pub documents: Vec<DocumentVector>,
    /// The baselines without a network that run beside the other methods on the same labels; none where it is empty.
    #[serde(default = "defaults::baselines")]
    pub baselines: Vec<Baseline>,
    /// How many labels each run may see, validation included.
    pub labels: Vec<Budget>,
    /// How many paired repetitions: repetition `s` of every strategy shares labels, order and head.
    #[serde(default = "defaults::seeds")]
    pub seeds: u32,
    /// How the runs are trained; what is left out follows the size of the budget.
    #[serde(default)]
    pub training: Training,
    /// Words whose neighbours are followed while vectors are pre-trained.
    #[serde(default)]
    pub probe_words: Vec<String>,
    /// Benchmarks for the vectors: while they are pre-trained, and after each fine-tuning.
    #[serde(default, skip_serializing_if = "Evaluation::is_empty")]
    pub evaluation: Evaluation,
}

/// How texts are cut into tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
pub enum Tokens {
    /// Words by Unicode's rules, in English by those of the GloVe vectors (`do n't`), in lower case, without punctuation
    #[default]
    Words,
    /// What stands between white space, as it is written: for texts that are tokenised already
    Whitespace,
    /// Characters as people see them, in lower case, with punctuation and without white space
    Characters,
}

impl Tokens {
    /// Whether it need not be said.
    pub fn is_usual(&self) -> bool {
        *self == Tokens::default()
    }
}

/// What word vectors are measured by. Where no file is called `demo`, that is the built-in demo's own list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Evaluation {
    /// Lists of word pairs with a score, such as WordSim-353.
    pub similarity: Vec<PathBuf>,
    /// A list of analogies, such as questions-words.
    pub analogies: Option<PathBuf>,
}

impl Evaluation {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.similarity.is_empty() && self.analogies.is_none()
    }
}

/// Where word vectors come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Source {
    /// Skip-gram with negative sampling on a text (Mikolov et al. 2013).
    SkipGram(Pretraining),
    /// Continuous bag of words with negative sampling.
    Cbow(Pretraining),
    /// A file of ready word vectors.
    Vectors {
        /// word2vec text or binary, GloVe text, a fastText model or safetensors.
        file: PathBuf,
        /// Read only the first so many rows.
        #[serde(default)]
        limit: Option<usize>,
    },
    /// A network trained here on labelled images.
    Images(ImagePretraining),
    /// A file of a network's weights, as they are published or as a session kept them.
    Network(PathBuf),
    /// A recurrent language model: its word vectors, and with [`Head::Transferred`] its layers too.
    LanguageModel(LanguageModelling),
}

/// A labelled task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Task {
    /// The built-in review world, with the reviews written by hand as a second test set.
    Demo {
        /// Labelled reviews drawn for training.
        #[serde(default = "defaults::demo_train")]
        train: usize,
        /// Labelled reviews drawn for the test.
        #[serde(default = "defaults::demo_test")]
        test: usize,
    },
    /// Labelled text in files.
    Text {
        /// The training part; or all there is, if there is no `test`.
        train: Files,
        /// A validation part of its own; left out, one is split off the budget.
        #[serde(default)]
        validation: Option<Files>,
        /// The test part; left out, the one that lies beside the training part in the same folder or
        /// archive is taken, or else a fifth of `train` is held out.
        #[serde(default)]
        test: Option<Files>,
        /// The column with the text, for CSV, TSV, JSON lines and Parquet.
        #[serde(default)]
        text: Option<String>,
        /// The column with the label.
        #[serde(default)]
        label: Option<String>,
        /// Leave out what stands before the first empty line of a text: the head of a mail or a news article,
        /// which may name the class.
        #[serde(default)]
        bodies: bool,
    },
    /// The built-in handwritten digits: 797 to draw labels from, 1,000 for the test.
    DemoDigits,
    /// Labelled images in files.
    Images(ImageFiles),
}

impl Task {
    /// Whether its examples are images.
    pub fn is_images(&self) -> bool {
        matches!(self, Task::DemoDigits | Task::Images(_))
    }
}

impl Source {
    /// The way in which texts are read with its layers.
    pub fn direction(&self) -> Direction {
        match self {
            Source::LanguageModel(model) => model.direction,
            _ => Direction::Forward,
        }
    }

    /// Whether it is a network for images.
    pub fn is_images(&self) -> bool {
        matches!(self, Source::Images(_) | Source::Network(_))
    }
}

/// One file with labels, or a file for each class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Files {
    /// CSV, TSV, JSON lines, `label text` lines, `__label__x text` lines, or a folder or archive
    /// with a folder a class.
    One(PathBuf),
    /// `[("negative", "rt-polarity.neg"), ("positive", "rt-polarity.pos")]`: one text a line.
    Classes(Vec<(String, PathBuf)>),
}

/// What stands between the word vectors and the classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Head {
    /// The mean of the vectors, then a linear layer.
    Average,
    /// An Elman network.
    Rnn(Recurrent),
    /// Long short-term memory (Hochreiter & Schmidhuber 1997, with forget gates).
    Lstm(Recurrent),
    /// Gated recurrent unit (Cho et al. 2014, PyTorch's variant).
    Gru(Recurrent),
    /// For images: the last layers of the network itself.
    Layers(Layers),
    /// The layers of the language model that is the source: their last state, largest and mean values decide.
    Transferred(Transferred),
}

/// The shape of a recurrent head.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recurrent {
    /// Units, of each direction.
    #[serde(default = "defaults::hidden")]
    pub hidden: usize,
    /// Read backwards too.
    #[serde(default)]
    pub bidirectional: bool,
    /// How the states of all time steps become one vector.
    #[serde(default)]
    pub pooling: Pooling,
}

/// How the states of all true time steps become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Pooling {
    /// The state after the last word (of each direction).
    Last,
    /// The largest value of each unit.
    #[default]
    Max,
    /// The mean of each unit.
    Mean,
    /// The state after the last word, the largest values and the means, one behind the other (Howard & Ruder 2018).
    Concat,
}

impl Pooling {
    /// The parts that it consists of.
    pub fn parts(self) -> &'static [Pooling] {
        match self {
            Pooling::Last => &[Pooling::Last],
            Pooling::Max => &[Pooling::Max],
            Pooling::Mean => &[Pooling::Mean],
            Pooling::Concat => &[Pooling::Last, Pooling::Max, Pooling::Mean],
        }
    }
}

/// What happens to the transferred parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Strategy {
    /// The pre-trained network as it is, asked for the classes that it knows already: nothing is learned. For images.
    ZeroShot,
    /// Nothing is transferred: vectors start at random.
    Scratch,
    /// Fixed values: no gradient is computed for them.
    Frozen,
    /// Initial values: trained on with the rest.
    FineTuned,
    /// The same, one layer more in each stage, from the classes down (gradual unfreezing), each slower than the one
    /// above it.
    GradualUnfreezing,
    /// The same once what is new was learned on fixed values (linear probe, then full fine-tuning): solved to the end, if
    /// that is a line between the classes.
    LinearProbeThenFineTune,
}

/// How many labels a run may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Budget {
    /// So many, balanced over the classes as the data allows.
    Labels(usize),
    /// Every label of the training part; written `"all"`.
    All,
}

mod defaults {
    use super::{Baseline, Strategy};

    pub fn seed() -> u64 {
        1
    }
    pub fn strategies() -> Vec<Strategy> {
        vec![Strategy::Scratch, Strategy::Frozen, Strategy::FineTuned]
    }
    pub fn baselines() -> Vec<Baseline> {
        vec![Baseline::TfIdf]
    }
    pub fn seeds() -> u32 {
        3
    }
    pub fn demo_train() -> usize {
        4_000
    }
    pub fn demo_test() -> usize {
        2_000
    }
    pub fn hidden() -> usize {
        128
    }
}

impl Default for Recurrent {
    fn default() -> Self {
        Recurrent { hidden: defaults::hidden(), bidirectional: false, pooling: Pooling::default() }
    }
}

impl Strategy {
    /// Whether transferred parameters are trained on.
    pub fn tunes(self) -> bool {
        matches!(self, Strategy::FineTuned | Strategy::GradualUnfreezing | Strategy::LinearProbeThenFineTune)
    }

    /// The side of the comparison that this strategy is.
    pub fn method(self) -> Method {
        match self {
            Strategy::ZeroShot => Method::ZeroShot,
            Strategy::Scratch => Method::Scratch,
            Strategy::Frozen => Method::Frozen,
            Strategy::FineTuned => Method::FineTuned,
            Strategy::GradualUnfreezing => Method::GradualUnfreezing,
            Strategy::LinearProbeThenFineTune => Method::LinearProbeThenFineTune,
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Budget::Labels(n) => n.fmt(f),
            Budget::All => f.pad("all"),
        }
    }
}

impl Serialize for Budget {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Budget::Labels(n) => serializer.serialize_u64(*n as u64),
            Budget::All => serializer.serialize_str("all"),
        }
    }
}

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Budget;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of labels, or \"all\"")
            }
            fn visit_u64<E: serde::de::Error>(self, n: u64) -> std::result::Result<Budget, E> {
                Ok(Budget::Labels(n as usize))
            }
            fn visit_i64<E: serde::de::Error>(self, n: i64) -> std::result::Result<Budget, E> {
                u64::try_from(n).map_err(|_| E::custom("a budget below 0")).and_then(|n| self.visit_u64(n))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Budget, E> {
                if text == "all" {
                    Ok(Budget::All)
                } else {
                    Err(E::invalid_value(serde::de::Unexpected::Str(text), &self))
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// The RON dialect of every file of a session: newtype variants and `Some` need no second brackets.
pub fn ron_options() -> ron::Options {
    use ron::extensions::Extensions;
    ron::Options::default().with_default_extension(
        Extensions::IMPLICIT_SOME | Extensions::UNWRAP_NEWTYPES | Extensions::UNWRAP_VARIANT_NEWTYPES,
    )
}

impl Recipe {
    /// Reads `text`, the content of the file at `path`, and makes its paths absolute.
    ///
    /// # Errors
    /// With line and column, for a field that is misspelt, missing or of the wrong kind, and for
    /// values that cannot be.
    pub fn parse(text: &str, path: &Path) -> Result<Recipe> {
        let mut recipe: Recipe = ron_options().from_str(text).map_err(|error| {
            let start = error.span.start;
            Error::input(
                path,
                Place::LineColumn(start.line as u64, start.col as u64),
                error.code.to_string(),
                "`warmstart run --help` shows a recipe",
            )
        })?;
        recipe.resolve(path.parent().unwrap_or(Path::new("")));
        if recipe.task.is_images() && recipe.baselines == defaults::baselines() {
            recipe.baselines = vec![Baseline::Pixels];
        }
        recipe.check().map_err(|(problem, remedy)| Error::input(path, Place::Whole, problem, remedy))?;
        // Relative paths begin with the recipe's folder now.
        if ron_options().to_string(&recipe).is_err() {
            return Err(Error::input(
                path,
                Place::Whole,
                "a session cannot keep paths in a folder whose name is not UTF-8",
                "rename the folder, or write the paths of the recipe from the root",
            ));
        }
        Ok(recipe)
    }

    /// The recipe as RON text, as it is kept in a session.
    pub fn to_ron(&self) -> String {
        let pretty = ron::ser::PrettyConfig::new().struct_names(false).new_line("\n");
        let mut text = ron_options().to_string_pretty(self, pretty).expect("a recipe is plain data");
        text.push('\n');
        text
    }

    /// Takes relative paths as meant from `folder`.
    fn resolve(&mut self, folder: &Path) {
        let place = |path: &mut PathBuf| {
            if path.is_relative() && path.as_os_str() != "-" {
                *path = folder.join(&*path);
            }
        };
        let text = |corpus: &mut Corpus| match corpus {
            Corpus::Demo { .. } => {}
            Corpus::File(file) | Corpus::Table { file, .. } => place(file),
            Corpus::Files(files) => files.iter_mut().for_each(place),
        };
        match &mut self.source {
            Source::SkipGram(pretraining) | Source::Cbow(pretraining) => text(&mut pretraining.corpus),
            Source::Vectors { file, .. } | Source::Network(file) => place(file),
            Source::Images(pretraining) => {
                if let ImageSet::Files(files) = &mut pretraining.set {
                    files.paths().for_each(place);
                }
            }
            Source::LanguageModel(model) => {
                text(&mut model.corpus);
                model.adapt.iter_mut().for_each(text);
                model.vectors.iter_mut().map(GivenVectors::file_mut).for_each(place);
            }
        }
        let lists = self.evaluation.similarity.iter_mut().chain(&mut self.evaluation.analogies);
        lists.filter(|list| list.as_os_str() != "demo" || folder.join(list).is_file()).for_each(place);
        if let Task::Images(files) = &mut self.task {
            files.paths().for_each(place);
        }
        if let Task::Text { train, validation, test, .. } = &mut self.task {
            for files in [Some(train), validation.as_mut(), test.as_mut()].into_iter().flatten() {
                match files {
                    Files::One(file) => place(file),
                    Files::Classes(classes) => classes.iter_mut().for_each(|(_, file)| place(file)),
                }
            }
        }
    }

    /// Whether the values can be: what is wrong and what to do, otherwise.
    fn check(&self) -> std::result::Result<(), (String, String)> {
        let wrong = |problem: &str, remedy: &str| Err((problem.to_string(), remedy.to_string()));
        if self.strategies.is_empty() {
            return wrong("`strategies` is empty", "name one of Scratch, Frozen, FineTuned");
        }
        self.check_kind()?;
        if self.labels.is_empty() {
            return wrong("`labels` is empty", "give a label budget, such as [100, \"all\"]");
        }
        if let Some(Budget::Labels(n)) = self.labels.iter().find(|b| matches!(b, Budget::Labels(n) if *n < 4))
        {
            return wrong(
                &format!("a budget of {}", counted(*n, "label", "labels")),
                "a run needs 4 at least, to train and to validate",
            );
        }
        if self.seeds == 0 {
            return wrong("`seeds` is 0", "1 is a single run of each strategy, 3 and more show the spread");
        }
        if let Source::SkipGram(p) | Source::Cbow(p) = &self.source {
            for (name, value, most) in [
                ("dim", p.dim, 10_000),
                ("window", p.window, 1_000),
                ("negatives", p.negatives, 1_000),
                ("epochs", p.epochs.unwrap_or(1), 100_000),
            ] {
                if value == 0 || value > most {
                    return wrong(&format!("`{name}` is {value}"), &format!("it goes from 1 to {most}"));
                }
            }
            if !(p.sample.is_finite() && p.sample >= 0.0) {
                return wrong("`sample` is not a share", "0.0001 is usual, 0 keeps every word");
            }
            if p.learning_rate
                .is_some_and(|learning_rate| !(learning_rate.is_finite() && learning_rate > 0.0))
            {
                return wrong("`rate` is not above 0", "0.025 is usual for SkipGram, 0.05 for Cbow");
            }
        }
        if let Source::LanguageModel(model) = &self.source {
            model.check()?;
        }
        if let Head::Transferred(Transferred { carry, .. }) = self.head {
            let Source::LanguageModel(model) = &self.source else {
                return wrong(
                    "`Transferred` takes the layers of a language model",
                    "name a `LanguageModel` as the source, or another head",
                );
            };
            if let Carry::First(layers) = carry
                && layers > model.layers
            {
                let problem = format!("`First({layers})` of a language model of {} layers", model.layers);
                return wrong(&problem, "`All` takes all of them");
            }
        }
        if let Head::Rnn(shape) | Head::Lstm(shape) | Head::Gru(shape) = self.head
            && (shape.hidden == 0 || shape.hidden > 65_536)
        {
            return wrong(&format!("`hidden` is {}", shape.hidden), "it goes from 1 to 65536");
        }
        let t = &self.training;
        if t.learning_rate.is_some_and(|learning_rate| !(learning_rate.is_finite() && learning_rate > 0.0)) {
            return wrong("`training.rate` is not above 0", "0.001 is usual for Adam");
        }
        if !(0.0..1.0).contains(&t.dropout) || !(0.0..=1.0).contains(&t.warm_up) {
            return wrong("`dropout` and `warm_up` are shares", "give a number from 0 up to 1");
        }
        t.within.check()?;
        if !t.within.is_none() && !matches!(self.head, Head::Transferred(_)) {
            return wrong(
                "`within` drops something in the layers of a language model",
                "`head: Transferred()`",
            );
        }
        if t.within.output > 0.0 {
            return wrong("`output` within the layers", "`training.dropout` is the share before the classes");
        }
        if t.discriminative.is_some_and(|slower| !(1.0..=1_000.0).contains(&slower)) {
            return wrong("`discriminative` is not a factor", "2.6 is usual, 1 trains all layers alike");
        }
        if !(t.validation >= 0.0 && t.validation < 1.0) {
            return wrong("`validation` is not a share", "0.2 keeps a fifth of the budget, 0 nothing");
        }
        if t.batch == Some(0) || t.epochs == Some(0) || t.max_tokens == Some(0) || t.scratch_dim == Some(0) {
            return wrong(
                "`batch`, `epochs`, `max_tokens` and `scratch_dim` cannot be 0",
                "leave them out for the usual",
            );
        }
        super::bounds::check(self)
    }

    /// Whether source, task, head, strategies and baselines are of one kind: all for texts, or all for images.
    fn check_kind(&self) -> std::result::Result<(), (String, String)> {
        let wrong = |problem: &str, remedy: &str| Err((problem.to_string(), remedy.to_string()));
        if let Source::Images(pretraining) = &self.source {
            pretraining.check()?;
        }
        self.training.augmentation.check()?;
        let layers = matches!(self.head, Head::Layers(_));
        if self.task.is_images() {
            if !self.source.is_images() {
                return wrong(
                    "a task of images needs a network",
                    "name Images(…) or Network(…) as the `source`",
                );
            }
            if !layers {
                return wrong(
                    "the `head` is none for images",
                    "`head: Layers(new: 1)` begins the last layer anew",
                );
            }
            if !self.documents.is_empty() || !self.evaluation.is_empty() || !self.probe_words.is_empty() {
                return wrong(
                    "`documents`, `evaluation` and `probe_words` are for texts",
                    "leave them out of a recipe for images",
                );
            }
            if !self.tokens.is_usual() {
                return wrong("`tokens` is for texts", "leave it out of a recipe for images");
            }
            if self.baselines.iter().any(|&baseline| baseline != Baseline::Pixels) {
                return wrong("of the baselines only Pixels can see", "name it, or leave the field out");
            }
            let t = &self.training;
            if t.dropout > 0.0 {
                return wrong(
                    "`training.dropout` is for texts",
                    "leave it out: a network for images drops as much as its architecture says",
                );
            }
            let words = (t.max_tokens, t.scratch_min_count, t.scratch_dim);
            if words != (None, Training::default().scratch_min_count, None) {
                return wrong(
                    "`max_tokens`, `scratch_min_count` and `scratch_dim` are for texts",
                    "leave them out of `training`",
                );
            }
            return Ok(());
        }
        if self.source.is_images() {
            return wrong(
                "a network for images, and a task of texts",
                "name Images(…) or DemoDigits as the `task`",
            );
        }
        if layers
            || self.strategies.contains(&Strategy::ZeroShot)
            || self.baselines.contains(&Baseline::Pixels)
        {
            return wrong("Layers, ZeroShot and Pixels are for images", "name a `task` of images, or others");
        }
        if !self.training.augmentation.is_none() {
            return wrong("`augmentation` is for images", "leave it out");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY_HAND: &str = r#"(
        title: "What do 100 labels buy?",
        seed: 7,
        source: SkipGram(corpus: File("reviews-unlabelled.txt.gz"), dim: 100, epochs: 5),
        task: Text(train: "train.tsv", test: "test.tsv"),
        head: Lstm(hidden: 128, bidirectional: false),
        strategies: [Scratch, Frozen, FineTuned],
        labels: [100, 500, "all"],
        seeds: 3,
    )"#;

    #[test]
    fn a_recipe_by_hand_fills_in_defaults_and_survives_the_way_through_ron() {
        let recipe = Recipe::parse(BY_HAND, Path::new("/data/recipe.ron")).unwrap();
        let Source::SkipGram(pretraining) = &recipe.source else { panic!("skip-gram") };
        assert_eq!(pretraining.corpus, Corpus::File("/data/reviews-unlabelled.txt.gz".into()));
        assert_eq!(pretraining.negatives, 5);
        assert_eq!(recipe.labels, [Budget::Labels(100), Budget::Labels(500), Budget::All]);
        let again = Recipe::parse(&recipe.to_ron(), Path::new("/elsewhere/recipe.ron")).unwrap();
        assert_eq!(again, recipe);
        // No baseline is a wish like another, and no reason for the default.
        let none = BY_HAND.replace("seeds: 3", "seeds: 3, baselines: []");
        let none = Recipe::parse(&none, Path::new("/data/recipe.ron")).unwrap();
        assert!(none.baselines.is_empty() && recipe.baselines == [Baseline::TfIdf]);
        assert!(Recipe::parse(&none.to_ron(), Path::new("/data/recipe.ron")).unwrap().baselines.is_empty());
    }

    #[test]
    fn a_misspelt_field_is_named_with_its_line() {
        let text = BY_HAND.replace("strategies:", "strategy:");
        let message = Recipe::parse(&text, Path::new("recipe.ron")).unwrap_err().to_string();
        assert!(message.contains("recipe.ron, line 7") && message.contains("strategy"), "{message}");
    }

    #[test]
    fn values_that_cannot_be_are_refused() {
        for (from, to, expected) in [
            ("[100, 500, \"all\"]", "[]", "`labels` is empty"),
            ("[100, 500, \"all\"]", "[\"some\"]", "\"all\""),
            ("dim: 100", "dim: 0", "`dim` is 0"),
            ("hidden: 128", "hidden: 0", "`hidden` is 0"),
            ("seeds: 3", "seeds: 0", "`seeds` is 0"),
        ] {
            let message =
                Recipe::parse(&BY_HAND.replace(from, to), Path::new("r.ron")).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn what_does_nothing_for_images_is_refused() {
        let recipe = |training: &str| {
            let text = format!(
                "(title: \"\", source: Images(set: Demo(letters: 1000)), task: DemoDigits, head: Layers(new: 1), \
                 labels: [50], training: ({training}))"
            );
            Recipe::parse(&text, Path::new("r.ron"))
        };
        recipe("epochs: 3").unwrap();
        for (training, expected) in [
            ("dropout: 0.5", "`training.dropout` is for texts"),
            ("max_tokens: 7", "are for texts"),
            ("scratch_min_count: 1", "are for texts"),
            ("scratch_dim: 9", "are for texts"),
        ] {
            let message = recipe(training).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
