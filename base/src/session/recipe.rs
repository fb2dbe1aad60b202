//! The recipe: everything that decides what a session does, written in RON.
//!
//! A session keeps its recipe with the defaults filled in. Running that recipe again gives the same bits. Relative
//! paths start at the recipe's folder; reading a recipe makes them absolute.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::budget::{Budget, Proportions};
use super::fork::Fork;
use super::image_transfer::ImageTransfer;
use super::keep::Keep;
use super::language_model::Direction;
use super::method::{Baseline, Method, Modalities, Strategy};
use super::metric::Metric;
use super::ron_dialect::to_pretty_ron;
use super::source_name::SourceName;
use super::splitting::Split;
use super::text_source::TextSource;
use super::text_transfer::TextTransfer;
use super::training::TrainingOptions;
use super::tuning::Tuning;

/// In a session's folder, the folder with a folder for each source, if there are several.
pub const SOURCES: &str = "sources";
/// The recipe's name in a session's folder.
pub const FILE: &str = "recipe.ron";

/// What to pre-train or load, which task to transfer it to, and which methods to compare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// A title of one line.
    pub title: String,
    /// The seed that every random stream of the session starts from.
    #[serde(default = "defaults::seed")]
    pub seed: u64,
    /// Source, task and head, for texts or for images.
    pub transfer: Transfer,
    /// The methods to compare. Left out: scratch, frozen, fine-tuned and the baselines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<Method>,
    /// How many labels each run may see, validation included.
    pub labels: Vec<Budget>,
    /// The proportions of the classes in these budgets. Left out: natural ones. A session without it was recorded before
    /// there was a choice; see [`Recipe::proportions`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<Proportions>,
    /// The number of paired repetitions. Repetition `s` of every method has the same labels, the same order of
    /// examples and the same initial head.
    #[serde(default = "defaults::seeds")]
    pub seeds: u32,
    /// How often a task without a test part is split. Left out: for each seed. A session without it was recorded before
    /// there was a choice, and has one split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// Cross-validation, for a task without a test part: its examples are divided into so many folds, and each seed is
    /// tested on one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<u32>,
    /// The metric that decides the verdict and early stopping. Left out: accuracy decides the verdict, and the validation
    /// loss early stopping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Metric>,
    /// Differences of the metric smaller than this many points count as none.
    #[serde(default = "defaults::margin")]
    pub margin: f64,
    /// How the runs are trained. What is left out depends on the label budget.
    #[serde(default)]
    pub training: TrainingOptions,
    /// How many settings each run tries before it is trained. Left out: no settings are tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tune: Option<Tuning>,
    /// Which trained models are kept, so that they can classify new examples later.
    #[serde(default)]
    pub keep: Keep,
    /// The size of a kept model's vocabulary: the words of the task, filled up to this number with the most frequent
    /// other words.
    #[serde(default = "defaults::keep_words")]
    pub keep_words: usize,
    /// How many states of each run are kept besides the last ones, evenly over its planned steps, to fork from.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub states: u32,
    /// The state of another session's run from which the run of this one begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<Fork>,
}

fn is_zero(states: &u32) -> bool {
    *states == 0
}

/// Source, task and head, for texts or for images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::large_enum_variant, reason = "a session has one, and it is not moved about")]
pub enum Transfer {
    /// From text or word vectors to a text classification task.
    Text(TextTransfer),
    /// From labelled images or a network to an image classification task.
    Images(ImageTransfer),
}

mod defaults {
    pub fn seed() -> u64 {
        1
    }
    pub fn seeds() -> u32 {
        3
    }
    pub fn margin() -> f64 {
        super::Recipe::MARGIN
    }
    pub fn keep_words() -> usize {
        super::Recipe::KEEP_WORDS
    }
}

impl Recipe {
    /// The usual size of a kept model's vocabulary.
    pub const KEEP_WORDS: usize = 200_000;
    /// The usual margin, in points.
    pub const MARGIN: f64 = 1.0;

    /// The proportions of the classes in the budgets. Sessions that do not name them drew balanced budgets.
    pub fn proportions(&self) -> Proportions {
        self.draw.unwrap_or(Proportions::Balanced)
    }

    /// The text transfer; `None` in a recipe for images.
    pub fn text(&self) -> Option<&TextTransfer> {
        match &self.transfer {
            Transfer::Text(text) => Some(text),
            Transfer::Images(_) => None,
        }
    }

    /// The image transfer; `None` in a recipe for texts.
    pub fn images(&self) -> Option<&ImageTransfer> {
        match &self.transfer {
            Transfer::Images(images) => Some(images),
            Transfer::Text(_) => None,
        }
    }

    /// The text transfer, to be changed; `None` in a recipe for images.
    pub fn text_mut(&mut self) -> Option<&mut TextTransfer> {
        match &mut self.transfer {
            Transfer::Text(text) => Some(text),
            Transfer::Images(_) => None,
        }
    }

    /// The source of the word vectors, the first of several; `None` in a recipe for images.
    pub fn text_source(&self) -> Option<&TextSource> {
        self.text().map(TextTransfer::source)
    }

    /// The names of the sources, in their order. A single source is named after its kind or its file.
    pub fn source_names(&self) -> Vec<SourceName> {
        match &self.transfer {
            Transfer::Text(text) => text.named_sources().into_iter().map(|known| known.0).collect(),
            Transfer::Images(images) => images.named_sources().into_iter().map(|known| known.0).collect(),
        }
    }

    /// Whether runs start from several sources.
    pub fn has_several_sources(&self) -> bool {
        self.source_names().len() > 1
    }

    /// The place of a source among all. Runs without a source belong to the first one, which has the task's examples.
    pub fn source_place(&self, source: Option<&SourceName>) -> usize {
        self.source_names().iter().position(|name| Some(name) == source).unwrap_or(0)
    }

    /// The folder of a session in `folder` in which the checkpoints of a source are: its own if there are several.
    pub fn source_folder(&self, folder: &Path, name: &SourceName) -> PathBuf {
        let several = match &self.transfer {
            Transfer::Text(text) => !text.sources.is_empty(),
            Transfer::Images(images) => !images.sources.is_empty(),
        };
        if several { folder.join(SOURCES).join(name.as_str()) } else { folder.to_path_buf() }
    }

    /// The folders of a session in `folder` in which checkpoints are.
    pub fn checkpoint_folders(&self, folder: &Path) -> Vec<PathBuf> {
        let of_sources = self.source_names().into_iter().map(|name| self.source_folder(folder, &name));
        let mut folders: Vec<PathBuf> = std::iter::once(folder.to_path_buf()).chain(of_sources).collect();
        folders.dedup();
        folders
    }

    /// The same recipe with only the source of this name, which keeps its name.
    pub fn with_source(&self, name: &SourceName) -> Recipe {
        let transfer = match &self.transfer {
            Transfer::Text(text) => Transfer::Text(text.with_source(name)),
            Transfer::Images(images) => Transfer::Images(images.with_source(name)),
        };
        Recipe { transfer, ..self.clone() }
    }

    /// The words whose neighbours are recorded during pre-training; none in a recipe for images.
    pub fn probe_words(&self) -> &[String] {
        self.text().map_or(&[], |text| &text.probe_words)
    }

    /// Whether a source is trained in the session, and so has a loss curve and a learning rate.
    pub fn trains_source(&self) -> bool {
        match &self.transfer {
            Transfer::Text(text) => text.named_sources().iter().any(|(_, source)| source.is_trained()),
            Transfer::Images(images) => images.named_sources().iter().any(|(_, source)| source.is_trained()),
        }
    }

    /// Whether a source is made in the session, which keeps it: trained or distilled.
    pub fn makes_source(&self) -> bool {
        match &self.transfer {
            Transfer::Text(text) => text.named_sources().iter().any(|(_, source)| source.is_made()),
            Transfer::Images(_) => self.trains_source(),
        }
    }

    /// The direction in which texts are read.
    pub fn direction(&self) -> Direction {
        self.text_source().map(TextSource::direction).unwrap_or_default()
    }

    /// Its strategies.
    pub fn strategies(&self) -> impl Iterator<Item = Strategy> {
        self.methods.iter().filter_map(|method| method.strategy())
    }

    /// Its baselines.
    pub fn baselines(&self) -> impl Iterator<Item = Baseline> {
        self.methods.iter().filter_map(|method| method.baseline())
    }
}

impl Recipe {
    /// The recipe as RON text, as a session keeps it.
    pub fn to_ron(&self) -> String {
        let mut text = to_pretty_ron(self).expect("a recipe is plain data");
        text.push('\n');
        text
    }
}

impl Transfer {
    /// The default methods, used where the recipe names none.
    pub fn usual_methods(&self) -> Vec<Method> {
        Method::usual(match self {
            Transfer::Text(_) => Modalities::Text,
            Transfer::Images(_) => Modalities::Images,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_by_its_kind_or_its_file() {
        let of = |source: &str| {
            let text = format!(
                "(title: \"t\", transfer: Text(source: {source}, task: Demo(), head: Average), labels: [50])"
            );
            Recipe::parse(&text, Path::new("/r.ron")).unwrap().source_names()
        };
        for (source, name) in [
            ("SkipGram(corpus: Demo(reviews: 9))", "skip-gram"),
            ("Cbow(corpus: Demo(reviews: 9))", "cbow"),
            ("LanguageModel(corpus: Demo(reviews: 9))", "language-model"),
            ("Distilled(encoder: \"mini\")", "distilled"),
            ("Vectors(file: \"glove/glove.6B.100d.txt\")", "glove.6B.100d"),
            ("Vectors(file: \"cc.en.300.bin.gz\")", "cc.en.300"),
            ("Vectors(file: \"models/static-v1.5\")", "static-v1.5"),
            ("Vectors(file: \"models/minilm-static/\")", "minilm-static"),
        ] {
            assert_eq!(of(source), [SourceName::from(name)], "{source}");
        }
        let of = |source: &str| {
            let text =
                format!("(title: \"t\", transfer: Images(source: {source}, task: DemoDigits), labels: [50])");
            Recipe::parse(&text, Path::new("/r.ron")).unwrap().source_names()
        };
        assert_eq!(of("Network(\"mobilenetv2.safetensors\")"), [SourceName::from("mobilenetv2")]);
    }
}
