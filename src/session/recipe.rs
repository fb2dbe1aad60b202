//! The recipe: everything that decides what a session does, as people write it in RON.
//!
//! A recipe with its defaults filled in is kept in the session, and running it again gives the same
//! bits. Relative paths are meant from the folder of the recipe; reading one makes them absolute.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Place, Result, counted};

use super::bounds;
use super::budget::Budget;
use super::image_transfer::ImageTransfer;
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
}

/// Source, task and head: of texts, or of images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
        if recipe.methods.is_empty() {
            recipe.methods = recipe.transfer.usual_methods();
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
        let mut place = |path: &mut PathBuf| {
            if path.is_relative() && path.as_os_str() != "-" {
                *path = folder.join(&*path);
            }
        };
        match &mut self.transfer {
            Transfer::Text(text) => text.each_path(folder, &mut place),
            Transfer::Images(images) => images.each_path(&mut place),
        }
    }

    /// Whether the values can be: what is wrong and what to do, otherwise.
    fn check(&self) -> std::result::Result<(), (String, String)> {
        let wrong = |problem: &str, remedy: &str| Err((problem.to_string(), remedy.to_string()));
        let other = match &self.transfer {
            Transfer::Text(_) => Modalities::Images,
            Transfer::Images(_) => Modalities::Text,
        };
        if let Some(method) = self.methods.iter().find(|method| method.is_for() == other) {
            let what = if other == Modalities::Images { "images" } else { "texts" };
            let usual: Vec<&str> = self.transfer.usual_methods().iter().map(|method| method.id()).collect();
            return wrong(
                &format!("the method `{}` is for {what}", method.id()),
                &format!("the usual methods here are {}", usual.join(", ")),
            );
        }
        match &self.transfer {
            Transfer::Text(text) => text.check()?,
            Transfer::Images(images) => images.check()?,
        }
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
            return wrong("`seeds` is 0", "1 is a single run of each method, 3 and more show the spread");
        }
        self.training.check()?;
        bounds::check(self)
    }
}

impl Transfer {
    /// The methods that are compared where the recipe names none.
    pub fn usual_methods(&self) -> Vec<Method> {
        let baseline = match self {
            Transfer::Text(_) => Baseline::TfIdf,
            Transfer::Images(_) => Baseline::Pixels,
        };
        vec![Strategy::Scratch.into(), Strategy::Frozen.into(), Strategy::FineTuned.into(), baseline.into()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::pretraining::Corpus;

    const BY_HAND: &str = r#"(
        title: "What do 100 labels buy?",
        seed: 7,
        transfer: Text(
            source: SkipGram(corpus: File("reviews-unlabelled.txt.gz"), dim: 100, epochs: 5),
            task: Files(train: "train.tsv", test: "test.tsv"),
            head: Lstm(hidden: 128, bidirectional: false),
        ),
        methods: [Scratch, Frozen, FineTuned, TfIdf],
        labels: [100, 500, "all"],
        seeds: 3,
    )"#;

    #[test]
    fn a_recipe_by_hand_fills_in_defaults_and_survives_the_way_through_ron() {
        let recipe = Recipe::parse(BY_HAND, Path::new("/data/recipe.ron")).unwrap();
        let Some(TextSource::SkipGram(pretraining)) = recipe.text_source() else { panic!("skip-gram") };
        assert_eq!(pretraining.corpus, Corpus::File("/data/reviews-unlabelled.txt.gz".into()));
        assert_eq!(pretraining.negatives, 5);
        assert_eq!(recipe.labels, [Budget::Labels(100), Budget::Labels(500), Budget::All]);
        let again = Recipe::parse(&recipe.to_ron(), Path::new("/elsewhere/recipe.ron")).unwrap();
        assert_eq!(again, recipe);
        // What is left out is the usual.
        let methods = "        methods: [Scratch, Frozen, FineTuned, TfIdf],\n";
        let usual = Recipe::parse(&BY_HAND.replace(methods, ""), Path::new("/data/recipe.ron")).unwrap();
        assert_eq!(usual.methods, usual.transfer.usual_methods());
        // A comparison without a baseline is one like another.
        let none = BY_HAND.replace(", TfIdf]", "]");
        let none = Recipe::parse(&none, Path::new("/data/recipe.ron")).unwrap();
        assert_eq!(none.baselines().count(), 0);
        assert_eq!(Recipe::parse(&none.to_ron(), Path::new("/data/recipe.ron")).unwrap(), none);
    }

    #[test]
    fn a_misspelt_field_is_named_with_its_line() {
        let text = BY_HAND.replace("methods:", "method:");
        let message = Recipe::parse(&text, Path::new("recipe.ron")).unwrap_err().to_string();
        assert!(message.contains("recipe.ron, line 9") && message.contains("method"), "{message}");
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
    fn text_and_image_experiments_cannot_be_mixed_up() {
        let recipe = |transfer: &str, rest: &str| {
            let text = format!("(title: \"\", transfer: {transfer}, labels: [50]{rest})");
            Recipe::parse(&text, Path::new("r.ron"))
        };
        let images = |more: &str| {
            format!(
                "Images(source: Classifier(set: Demo(letters: 1000)), task: DemoDigits, head: Layers(new: 1){more})"
            )
        };
        let text = |head: &str| format!("Text(source: Vectors(file: \"v\"), task: Demo(), head: {head})");
        recipe(&images(""), "").unwrap();
        recipe(&text("Average"), "").unwrap();
        for (transfer, rest, expected) in [
            (text("Layers(new: 1)"), "", "Unexpected variant named `Layers`"),
            (images(", dropout: 0.5"), "", "Unexpected field named `dropout`"),
            (images(", max_tokens: 7"), "", "Unexpected field named `max_tokens`"),
            (images(", tokens: Words"), "", "Unexpected field named `tokens`"),
            (images("").replace("DemoDigits", "Demo()"), "", "Unexpected variant named `Demo`"),
            (text("Average, augmentation: ()"), "", "Unexpected field named `augmentation`"),
            (images(""), ", methods: [TfIdf]", "the method `TfIdf` is for texts"),
            (images(""), ", methods: [Frozen, Sif]", "the method `Sif` is for texts"),
            (text("Average"), ", methods: [Pixels]", "the method `Pixels` is for images"),
            (text("Average"), ", methods: [ZeroShot]", "the method `ZeroShot` is for images"),
        ] {
            let message = recipe(&transfer, rest).unwrap_err().to_string();
            assert!(message.contains(expected), "{transfer}: {message}");
        }
    }
}
