//! Reading a recipe: parses RON, checks the values and makes paths absolute.

use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result, counted};

use super::bounds;
use super::budget::Budget;
use super::method::Modalities;
use super::recipe::{Recipe, Transfer};
use super::ron_dialect::{from_ron, to_ron};

/// The most states of a run that are kept to fork from.
const MOST_STATES: u32 = 64;

impl Recipe {
    /// Reads `text`, the content of the file at `path`, and makes its paths absolute.
    ///
    /// # Errors
    /// With line and column, for a field that is misspelt, missing or of the wrong type. Also for values out of
    /// bounds.
    pub fn parse(text: &str, path: &Path) -> Result<Recipe> {
        Recipe::parse_kept(text, path).map(Recipe::with_choices)
    }

    /// Writes in the choices that sessions of before there was a choice do not name.
    fn with_choices(mut self) -> Recipe {
        self.draw.get_or_insert_default();
        self.split.get_or_insert_default();
        self
    }

    /// The recipe as [`Recipe::parse`] returns it, of one that is a part of the file at `path`.
    ///
    /// # Errors
    /// For values out of bounds.
    pub(super) fn read_from(self, path: &Path) -> Result<Recipe> {
        self.completed(path).map(Recipe::with_choices)
    }

    /// Reads the recipe that a session keeps: like [`Recipe::parse`], but a session of before there was a choice of
    /// [`Recipe::proportions`] and [`Recipe::splitting`] goes on as it began.
    ///
    /// # Errors
    /// As those of [`Recipe::parse`].
    pub fn parse_kept(text: &str, path: &Path) -> Result<Recipe> {
        let recipe: Recipe = from_ron(text).map_err(|error| {
            let start = error.span.start;
            Error::input(
                path,
                Place::LineColumn(start.line as u64, start.col as u64),
                error.code.to_string(),
                "`warmstart run --help` shows a recipe",
            )
        })?;
        recipe.completed(path)
    }

    /// Fills in what depends on other fields, makes paths absolute and checks the values.
    fn completed(mut self, path: &Path) -> Result<Recipe> {
        if let Some(text) = self.text_mut() {
            text.fill();
        }
        self.resolve(path.parent().unwrap_or(Path::new("")));
        if self.methods.is_empty() {
            self.methods = self.transfer.usual_methods();
        }
        self.checked(path)
    }

    /// The recipe, if its values are possible and a session can keep it. `path` is named in messages.
    ///
    /// # Errors
    /// When a value is not possible, or a path is not UTF-8.
    pub fn checked(self, path: &Path) -> Result<Recipe> {
        self.check().map_err(|(problem, remedy)| Error::input(path, Place::Whole, problem, remedy))?;
        // Relative paths now start with the recipe's folder, whose name may not be UTF-8.
        if to_ron(&self).is_err() {
            return Err(Error::input(
                path,
                Place::Whole,
                "a session cannot keep paths in a folder whose name is not UTF-8",
                "rename the folder, or write the paths of the recipe from the root",
            ));
        }
        Ok(self)
    }

    /// Joins relative paths to `folder`.
    fn resolve(&mut self, folder: &Path) {
        let mut place = |path: &mut PathBuf| {
            if path.is_relative() && path.as_os_str() != "-" {
                *path = folder.join(&*path);
            }
        };
        self.fork.iter_mut().for_each(|fork| place(&mut fork.session));
        match &mut self.transfer {
            Transfer::Text(text) => text.each_path(folder, &mut place),
            Transfer::Images(images) => images.each_path(&mut place),
        }
    }

    /// Checks the values. The error is the problem and the remedy.
    pub(super) fn check(&self) -> std::result::Result<(), (String, String)> {
        let wrong = |problem: &str, remedy: &str| Err((problem.to_string(), remedy.to_string()));
        if !(0.0..=100.0).contains(&self.margin) {
            return wrong("`margin` is not a number of points from 0 to 100", "write `margin: 1.0`");
        }
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
        self.check_fork()?;
        if self.states > MOST_STATES {
            let problem = format!("`states` is {}", self.states);
            return Err((problem, format!("it goes from 0 to {MOST_STATES}")));
        }
        self.check_folds()?;
        self.training.check()?;
        self.tune.map_or(Ok(()), |tuning| tuning.check(self.training.validation))?;
        bounds::check(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::pretraining::Corpus;
    use crate::session::text_source::TextSource;

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
        // Fields that are left out get their defaults.
        let methods = "        methods: [Scratch, Frozen, FineTuned, TfIdf],\n";
        let usual = Recipe::parse(&BY_HAND.replace(methods, ""), Path::new("/data/recipe.ron")).unwrap();
        assert_eq!(usual.methods, usual.transfer.usual_methods());
        // A comparison without a baseline is allowed.
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
