//! The recipe: everything that decides what a session does, as people write it in RON.
//!
//! A recipe with its defaults filled in is kept in the session, and running it again gives the same
//! bits. Relative paths are meant from the folder of the recipe; reading one makes them absolute.

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::image_transfer::ImageTransfer;
use super::keep::Keep;
use super::language_model::Direction;
use super::method::{Baseline, Method, Modalities, Strategy};
use super::ron_dialect::ron_options;
use super::text_transfer::{TextSource, TextTransfer};
use super::training::TrainingOptions;

/// The recipe's name in a session's folder.
pub const FILE: &str = "recipe.ron";

/// What to pre-train or take, what to carry it to, and which methods to compare.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// One line that says what is asked.
    pub title: String,
    /// The seed that every random stream of the session starts from.
    #[serde(default = "defaults::seed")]
    pub seed: u64,
    /// Source, task and head: of texts, or of images.
    pub transfer: Transfer,
    /// The methods to compare. Left out: scratch, frozen, fine-tuned and the baselines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<Method>,
    /// How many labels each run may see, validation included.
    pub labels: Vec<Budget>,
    /// How many paired repetitions: repetition `s` of every method shares labels, order and head.
    #[serde(default = "defaults::seeds")]
    pub seeds: u32,
    /// How the runs are trained; what is left out follows the size of the budget.
    #[serde(default)]
    pub training: TrainingOptions,
    /// Which trained models are kept, to be asked about new examples.
    #[serde(default)]
    pub keep: Keep,
    /// Words of a kept model's vocabulary: those of the task, and the most frequent others up to this number.
    #[serde(default = "defaults::keep_words")]
    pub keep_words: usize,
}

/// Source, task and head: of texts, or of images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::large_enum_variant, reason = "a session has one, and it is not moved about")]
pub enum Transfer {
    /// From text or word vectors to a task of texts.
    Text(TextTransfer),
    /// From labelled images or a network to a task of images.
    Images(ImageTransfer),
}

mod defaults {
    pub fn seed() -> u64 {
        1
    }
    pub fn seeds() -> u32 {
        3
    }
    pub fn keep_words() -> usize {
        200_000
    }
}

impl Recipe {
    /// What it says of texts, if it is about texts.
    pub fn text(&self) -> Option<&TextTransfer> {
        match &self.transfer {
            Transfer::Text(text) => Some(text),
            Transfer::Images(_) => None,
        }
    }

    /// What it says of images, if it is about images.
    pub fn images(&self) -> Option<&ImageTransfer> {
        match &self.transfer {
            Transfer::Images(images) => Some(images),
            Transfer::Text(_) => None,
        }
    }

    /// The same, to be changed.
    pub fn text_mut(&mut self) -> Option<&mut TextTransfer> {
        match &mut self.transfer {
            Transfer::Text(text) => Some(text),
            Transfer::Images(_) => None,
        }
    }

    /// Where the word vectors come from, if it is about texts.
    pub fn text_source(&self) -> Option<&TextSource> {
        self.text().map(|text| &text.source)
    }

    /// Words whose neighbours are followed; none where it is about images.
    pub fn probe_words(&self) -> &[String] {
        self.text().map_or(&[], |text| &text.probe_words)
    }

    /// Whether its source is trained here, and so has a curve and a learning rate.
    pub fn trains_source(&self) -> bool {
        match &self.transfer {
            Transfer::Text(text) => text.source.is_trained(),
            Transfer::Images(images) => images.source.is_trained(),
        }
    }

    /// The way in which its texts are read.
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
    /// The recipe as RON text, as it is kept in a session.
    pub fn to_ron(&self) -> String {
        let pretty = ron::ser::PrettyConfig::new().struct_names(false).new_line("\n");
        let mut text = ron_options().to_string_pretty(self, pretty).expect("a recipe is plain data");
        text.push('\n');
        text
    }
}

impl Transfer {
    /// The methods that are compared where the recipe names none.
    pub fn usual_methods(&self) -> Vec<Method> {
        Method::usual(match self {
            Transfer::Text(_) => Modalities::Text,
            Transfer::Images(_) => Modalities::Images,
        })
    }
}
