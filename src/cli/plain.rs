//! An experiment on labelled examples without a recipe: the options of `run` that take the place of a recipe.

use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};
use crate::files;
use crate::session::budget::Budget;
use crate::session::log;
use crate::session::method::Method;
use crate::session::recipe::Recipe;
use crate::session::starter::{Started, Wish, session_name};
use crate::session::training::ClassWeight;
use crate::train::starter;

use super::progress::Progress;
use super::{method_name, number, out};

/// What `run` takes beside labelled examples.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "With labelled examples in place of a recipe")]
pub struct PlainArgs {
    /// The column with the text [default: found by the names and contents of the columns]
    #[arg(long, value_name = "COLUMN")]
    pub text: Option<String>,
    /// The column with the label [default: found by the names and contents of the columns]
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
    /// A separate test set [default: the one beside the training part, or a fifth of the examples]
    #[arg(long, value_name = "FILE")]
    pub test: Option<PathBuf>,
    /// Unlabelled texts to learn word vectors from, beside those of the examples; can be repeated
    #[arg(long, value_name = "FILE")]
    pub unlabelled: Vec<PathBuf>,
    /// Pre-trained word vectors: a file, or the folder of a session that trained them [default: skip-gram vectors of the examples' own texts]
    #[arg(long, value_name = "FILE", conflicts_with = "unlabelled")]
    pub vectors: Option<PathBuf>,
    /// The weights of a pre-trained image network, or the folder of a session that trained one: the examples are images
    #[arg(long, value_name = "FILE", conflicts_with_all = ["vectors", "unlabelled", "text", "label"])]
    pub weights: Option<PathBuf>,
    /// Label budgets, such as 100,500,all [default: by the number of examples]
    #[arg(long, value_name = "N,…", value_delimiter = ',')]
    pub labels: Vec<Budget>,
    /// Paired repetitions [default: 5 for averaged vectors, 3 for others]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub seeds: Option<u32>,
    /// Cross-validate: each seed tests one of so many folds [default: each seed holds out another fifth, if there is no test
    /// part]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub folds: Option<u32>,
    /// Methods to compare, such as frozen,fine-tuned,tf-idf [default: by the number of examples]
    #[arg(long, value_name = "METHOD,…", value_delimiter = ',', value_parser = method_name::any)]
    pub methods: Vec<Method>,
    /// Weights of the classes in the loss: `balanced` makes all classes count the same [default: none]
    #[arg(long, value_name = "none|balanced", value_parser = class_weight)]
    pub class_weight: Option<ClassWeight>,
    /// Tune every method equally: the number of settings that each run tries on validation examples, the usual ones first
    /// [default: no tuning]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000))]
    pub tune: Option<u32>,
    /// Also write the recipe to this file (.ron)
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
}

impl PlainArgs {
    /// Whether `what` is labelled data and not a recipe: it exists and does not end in `.ron`. Other recipes are built
    /// in and have no file.
    pub fn is_data(&self, what: &Path) -> bool {
        let is_recipe = what.extension().is_some_and(|end| end.eq_ignore_ascii_case("ron"));
        !is_recipe && what.exists()
    }

    /// The recipe for the labelled examples at `data`, and a name for the session. Prints on standard error what was
    /// found in the data and which settings were chosen.
    ///
    /// # Errors
    /// When the examples cannot be read, or the options do not fit them.
    pub fn recipe(&self, data: &Path) -> Result<(Recipe, String)> {
        if data.join(log::FILE).is_file() {
            let remedy = "`warmstart resume` continues it, `warmstart compare` prints it, `warmstart predict` uses its models";
            return Err(Error::input(
                data,
                Place::Whole,
                "this is a session, and no labelled examples",
                remedy,
            ));
        }
        let wish = Wish {
            data: data.to_path_buf(),
            test: self.test.clone(),
            text: self.text.clone(),
            label: self.label.clone(),
            unlabelled: self.unlabelled.clone(),
            vectors: self.vectors.clone(),
            weights: self.weights.clone(),
            labels: self.labels.clone(),
            seeds: self.seeds,
            folds: self.folds,
            methods: self.methods.clone(),
            class_weight: self.class_weight.unwrap_or_default(),
            trials: self.tune,
        };
        let mut progress = Progress::new();
        let started = starter::start(&wish, &mut |read| {
            progress.at(0.0, "reading", &number::counted(read as u64, "example", "examples"));
            Ok(())
        });
        progress.end();
        let Started { recipe, told } = started?;
        told.iter().for_each(|sentence| out::tell(sentence));
        Ok((recipe, session_name(data)))
    }

    /// Writes the recipe to the file that `--recipe` names, if it is given.
    ///
    /// # Errors
    /// When the name does not end in `.ron`, or the file exists already or cannot be written.
    pub fn write(&self, recipe: &Recipe) -> Result<()> {
        let Some(path) = &self.recipe else { return Ok(()) };
        if path.extension().is_none_or(|end| !end.eq_ignore_ascii_case("ron")) {
            return Err(Error::input(
                path,
                Place::Whole,
                "a recipe's name ends in .ron",
                "name another file",
            ));
        }
        if path.exists() {
            return Err(Error::input(path, Place::Whole, "it is there already", "name another file"));
        }
        files::save(path, |file| file.write_all(recipe.to_ron().as_bytes()))?;
        out::tell(&format!("the recipe is in {}", path.display()));
        Ok(())
    }

    /// The first given option that needs labelled examples in place of a recipe.
    pub fn given(&self) -> Option<&'static str> {
        [
            (self.text.is_some(), "--text"),
            (self.label.is_some(), "--label"),
            (self.test.is_some(), "--test"),
            (!self.unlabelled.is_empty(), "--unlabelled"),
            (self.vectors.is_some(), "--vectors"),
            (self.weights.is_some(), "--weights"),
            (!self.labels.is_empty(), "--labels"),
            (self.seeds.is_some(), "--seeds"),
            (self.folds.is_some(), "--folds"),
            (!self.methods.is_empty(), "--methods"),
            (self.class_weight.is_some(), "--class-weight"),
            (self.tune.is_some(), "--tune"),
        ]
        .into_iter()
        .find_map(|(is_given, option)| is_given.then_some(option))
    }
}

/// Class weights by their name.
fn class_weight(text: &str) -> std::result::Result<ClassWeight, String> {
    match text {
        "none" => Ok(ClassWeight::None),
        "balanced" => Ok(ClassWeight::Balanced),
        _ => Err("expected none or balanced".into()),
    }
}
