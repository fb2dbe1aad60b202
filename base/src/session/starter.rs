//! From labelled examples to a recipe: what the user wishes, what a survey found in the examples, and the defaults that
//! suit their size. This is plain data and arithmetic; `train::starter` reads the files.

use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result, counted};

use super::budget::{Budget, Proportions};
use super::encoder_source::EncoderSource;
use super::image_transfer::{ImageFiles, ImageSource, ImageTask, ImageTransfer, Layers};
use super::inheritance;
use super::keep::Keep;
use super::method::{Baseline, DocumentVector, Method, Strategy};
use super::pretraining::{Corpus, Pretraining};
use super::recipe::{Recipe, Transfer};
use super::splitting::Split;
use super::text_source::TextSource;
use super::text_transfer::{Head, RecurrentShape, ScratchVectors, TextFiles, TextTask, TextTransfer};
use super::training::{ClassWeight, TrainingOptions};
use super::tuning::Tuning;

/// The seed of a recipe that is made here, and of the division into training and test examples.
pub const SEED: u64 = 1;
/// Up to this number of labels, the default head averages word vectors: a recurrent head learns too little from so few
/// labels, and its results differ too much from seed to seed.
const FEW: usize = 1_000;
/// Word vectors that are learned from a text with fewer words are of little use.
const LITTLE_TEXT: usize = 100_000;
/// For a text with fewer words, rarer words are kept and the vectors have fewer dimensions.
const SHORT_TEXT: usize = 1_000_000;
/// With more labels than this, the largest default budget is this number and not all labels.
const MANY: usize = 25_000;
/// The maximum number of characters in the name of a session.
const LONGEST_NAME: usize = 48;

/// What the user asks for. Empty lists and `None` stand for defaults.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wish {
    /// The labelled examples: a file, a folder or an archive.
    pub data: PathBuf,
    /// A separate test set.
    pub test: Option<PathBuf>,
    /// The column with the text: its name, or its number from 1.
    pub text: Option<String>,
    /// The column with the label: its name, or its number from 1.
    pub label: Option<String>,
    /// Unlabelled texts to learn word vectors from, beside those of the task.
    pub unlabelled: Vec<PathBuf>,
    /// A file of pre-trained word vectors, or a session that trained some.
    pub vectors: Option<PathBuf>,
    /// The weights of an image network, or a session that trained one; the examples are then images.
    pub weights: Option<PathBuf>,
    /// The label budgets.
    pub labels: Vec<Budget>,
    /// The number of paired repetitions.
    pub seeds: Option<u32>,
    /// The number of folds of a cross-validation.
    pub folds: Option<u32>,
    /// The methods to compare.
    pub methods: Vec<Method>,
    /// How much the loss of an example counts, by its class.
    pub class_weight: ClassWeight,
    /// How many settings each run tries; `None`: no settings are tried.
    pub trials: Option<u32>,
}

/// The columns that were read as text and label: their names, or their numbers from 1 if there is no header. Several
/// text columns are joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenColumns {
    /// The columns of the text.
    pub texts: Vec<String>,
    /// The column of the label.
    pub label: String,
}

/// What was found in labelled examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// What the examples are.
    pub examples: Examples,
    /// Whether the wished vectors are the folder of a sentence encoder.
    pub encoder: bool,
    /// The number of training examples.
    pub train: usize,
    /// The number of test examples.
    pub test: usize,
    /// The classes with the number of their training examples, in the order of the data.
    pub classes: Vec<(String, usize)>,
    /// The columns that were read, if the examples are a table of texts.
    pub taken: Option<TakenColumns>,
    /// What was read, and remarks: one sentence in each entry.
    pub read: Vec<String>,
    /// The first training examples: the class, and the beginning of the text or the name of the image.
    pub first: Vec<(String, String)>,
}

/// What examples are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Examples {
    /// Texts.
    Texts {
        /// The number of words of the training texts.
        words: usize,
        /// The usual number of epochs for vectors that are learned from so many words.
        epochs: usize,
    },
    /// Images.
    Images,
}

/// The columns and the first rows of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// The names of the columns, or their numbers from 1 if the table has no header.
    pub columns: Vec<String>,
    /// The first rows without the header. Long fields are cut.
    pub rows: Vec<Vec<String>>,
}

/// A recipe, and a report for the user on what was found in the data and which defaults were chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Started {
    /// The recipe. Its paths are those of the wish.
    pub recipe: Recipe,
    /// The report: one sentence in each entry.
    pub told: Vec<String>,
}

impl Wish {
    /// Checks that the wish is for texts or for images, not for both.
    ///
    /// # Errors
    /// If it names weights of an image network and something for texts.
    pub fn check(&self) -> Result<()> {
        let texts_only = [
            (!self.unlabelled.is_empty(), "--unlabelled"),
            (self.vectors.is_some(), "--vectors"),
            (self.text.is_some(), "--text"),
        ];
        if let (Some(folds), Some(_)) = (self.folds, &self.test) {
            return Err(Error::request(
                format!("--folds {folds} divides all examples, and --test names other ones"),
                "leave out one of both",
            ));
        }
        match (&self.weights, texts_only.iter().find(|(is, _)| *is)) {
            (Some(weights), Some((_, option))) => Err(Error::request(
                format!("{option} is for texts, and --weights for images"),
                format!("leave out one: {option} or --weights {}", weights.display()),
            )),
            _ => Ok(()),
        }
    }

    /// The recipe for examples in which `survey` was found, with defaults for what the wish leaves open.
    ///
    /// # Errors
    /// If the parts of the wish do not fit together, or do not fit the examples.
    pub fn started(&self, survey: &Survey) -> Result<Started> {
        self.check()?;
        let mut told = survey.read.clone();
        let (transfer, methods, seeds) = match (survey.examples, &self.weights) {
            (Examples::Images, None) => {
                let remedy = "name the weights of a pre-trained network with --weights";
                return Err(Error::input(&self.data, Place::Whole, "these are images", remedy));
            }
            (Examples::Images, Some(weights)) => self.of_images(survey, weights, &mut told),
            (Examples::Texts { words, .. }, _) => self.of_texts(survey, words, &mut told),
        };
        let name = self.data.file_name().unwrap_or(self.data.as_os_str()).to_string_lossy();
        let labels = match self.labels.is_empty() {
            true => {
                let all = survey.train + survey.test;
                let fit = self.folds.map_or(survey.train, |folds| all - all.div_ceil(folds.max(1) as usize));
                budgets(fit.min(survey.train), survey.classes.len())
            }
            false => self.labels.clone(),
        };
        let recipe = Recipe {
            title: format!("What does pre-training buy for {name}?"),
            seed: SEED,
            transfer,
            methods: if self.methods.is_empty() { methods } else { self.methods.clone() },
            labels,
            seeds: self.seeds.or(self.folds).unwrap_or(seeds),
            training: TrainingOptions { class_weight: self.class_weight, ..TrainingOptions::default() },
            tune: self.trials.map(Tuning::of),
            keep: Keep::default(),
            keep_words: Recipe::KEEP_WORDS,
            margin: Recipe::MARGIN,
            draw: Some(Proportions::default()),
            split: Some(Split::default()),
            folds: self.folds,
            metric: None,
            states: 0,
            fork: None,
        };
        Ok(Started { recipe: recipe.checked(&self.data)?, told })
    }

    /// The transfer for texts, with the default methods and the default number of seeds.
    fn of_texts(
        &self,
        survey: &Survey,
        words: usize,
        told: &mut Vec<String>,
    ) -> (Transfer, Vec<Method>, u32) {
        told.push(format!(
            "{} to train on, {} to test on, {} of text",
            counted(survey.train, "example", "examples"),
            survey.test,
            counted(words, "word", "words"),
        ));
        told.push(survey.named_classes(8));
        let few = survey.train <= FEW;
        let encoder = survey.encoder && self.vectors.is_some();
        let source = match &self.vectors {
            Some(session) if inheritance::names_session(session) => TextSource::Session(session.clone()),
            Some(folder) if encoder => TextSource::Encoder(EncoderSource::of(folder.clone())),
            Some(file) => TextSource::Vectors { file: file.clone(), limit: None },
            None => {
                let and = self.unlabelled.clone();
                if and.is_empty() && words < LITTLE_TEXT {
                    told.push(
                        "the word vectors learn from these texts alone, which is little: published vectors \
                         (--vectors) or more text (--unlabelled) will help more"
                            .into(),
                    );
                }
                let short = and.is_empty() && words < SHORT_TEXT;
                let (dim, min_count) = if short { (50, 2) } else { (100, 5) };
                TextSource::SkipGram(Pretraining {
                    dim: Some(dim),
                    min_count,
                    ..Pretraining::of(Corpus::Task { and })
                })
            }
        };
        told.push(match (source.origin().published(), source.is_taken()) {
            (Some(published), _) => format!("source: {published}"),
            (None, true) => format!("source: {}", source.explained()),
            (None, false) if self.unlabelled.is_empty() => {
                "source: skip-gram vectors of the task's own texts, without labels".into()
            }
            (None, false) => {
                "source: skip-gram vectors of the task's own texts and of the unlabelled ones".into()
            }
        });
        let shape = RecurrentShape { hidden: 64, bidirectional: true, ..RecurrentShape::default() };
        let few = few || encoder;
        let head = if few { Head::Average } else { Head::Lstm(shape) };
        told.push(match few {
            true if encoder => "head: a linear classifier on the vectors of texts".into(),
            true => "head: an average of the word vectors, because recurrent heads need more labels".into(),
            false => format!("head: {}", head.name()),
        });
        let mut methods: Vec<Method> =
            [Strategy::Scratch, Strategy::Frozen, Strategy::FineTuned].map(Method::Strategy).to_vec();
        if !few {
            methods.push(DocumentVector::Mean.into());
        }
        methods.extend([Baseline::TfIdf, Baseline::Nbsvm, Baseline::Majority].map(Method::Baseline));
        let task = TextTask::Files {
            train: TextFiles::One(self.data.clone()),
            validation: None,
            test: self.test.clone().map(TextFiles::One),
            text: self.text.clone(),
            label: self.label.clone(),
            bodies: false,
        };
        let transfer = Transfer::Text(TextTransfer {
            source: Some(source),
            sources: Default::default(),
            task: Some(task),
            tasks: Default::default(),
            tokens: Default::default(),
            head,
            max_tokens: None,
            dropout: 0.0,
            layer_dropout: Default::default(),
            scratch: ScratchVectors::default(),
            probe_words: Vec::new(),
            benchmarks: Default::default(),
        });
        (transfer, methods, if few { 5 } else { 3 })
    }

    /// The transfer for images, with the default methods and the default number of seeds.
    fn of_images(
        &self,
        survey: &Survey,
        weights: &Path,
        told: &mut Vec<String>,
    ) -> (Transfer, Vec<Method>, u32) {
        let train = counted(survey.train, "image", "images");
        told.push(format!("{train} to train on, {} to test on", survey.test));
        told.push(survey.named_classes(8));
        told.push(format!("source: the network of {}", weights.display()));
        let files = ImageFiles {
            train: self.data.clone(),
            validation: None,
            test: self.test.clone(),
            only: Vec::new(),
            fit: None,
            light_on_dark: false,
        };
        let transfer = Transfer::Images(ImageTransfer {
            source: Some(match inheritance::names_session(weights) {
                true => ImageSource::Session(weights.to_path_buf()),
                false => ImageSource::Network(weights.to_path_buf()),
            }),
            sources: Default::default(),
            task: Some(ImageTask::Files(files)),
            tasks: Default::default(),
            head: Layers::default(),
            augmentation: Default::default(),
        });
        let methods = vec![
            Strategy::Frozen.into(),
            Strategy::FineTuned.into(),
            Baseline::Pixels.into(),
            Baseline::Majority.into(),
        ];
        (transfer, methods, 3)
    }
}

impl Survey {
    /// A sentence that lists the `most` largest classes with their sizes, the largest first.
    pub fn named_classes(&self, most: usize) -> String {
        let mut order: Vec<usize> = (0..self.classes.len()).collect();
        order.sort_by_key(|&class| (std::cmp::Reverse(self.classes[class].1), class));
        let named = order.iter().take(most).map(|&class| {
            let (name, size) = &self.classes[class];
            format!("{name} ({size})")
        });
        let named: Vec<String> = named.collect();
        let more = match self.classes.len().saturating_sub(most) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}: {}{more}", counted(self.classes.len(), "class", "classes"), named.join(", "))
    }
}

/// The default label budgets for a pool of `pool` examples.
fn budgets(pool: usize, classes: usize) -> Vec<Budget> {
    // About five examples of each class, rounded up to a multiple of 50; at least 100.
    let least = (5 * classes).next_multiple_of(50).max(100);
    let mut budgets: Vec<Budget> = [least, 10 * least]
        .into_iter()
        .filter(|&budget| 3 * budget <= 2 * pool)
        .map(Budget::Labels)
        .collect();
    budgets.push(if pool > MANY { Budget::Labels(MANY) } else { Budget::All });
    budgets
}

/// The name of a session on the examples at `data`: the name of the file or folder up to its first dot.
pub fn session_name(data: &Path) -> String {
    let name = data.file_name().unwrap_or(data.as_os_str()).to_string_lossy();
    folder_name(name.split('.').find(|part| !part.is_empty()).unwrap_or("data"))
}

/// `name` as the name of a session's folder: small letters and digits, joined by hyphens.
pub fn folder_name(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    let short: String = parts.join("-").chars().take(LONGEST_NAME).collect();
    match short.trim_end_matches('-') {
        "" => "session".into(),
        name => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(train: usize) -> Survey {
        Survey {
            examples: Examples::Texts { words: 9_000, epochs: 100 },
            encoder: false,
            train,
            test: train / 4,
            classes: vec![("bad".into(), train / 4), ("good".into(), train - train / 4)],
            taken: None,
            read: vec!["it was read".into()],
            first: Vec::new(),
        }
    }

    #[test]
    fn defaults_follow_the_number_of_examples() {
        let wish = Wish { data: "/data/reviews.csv".into(), ..Wish::default() };
        let Started { recipe, told } = wish.started(&survey(240)).unwrap();
        assert_eq!((recipe.seeds, &recipe.labels[..]), (5, &[Budget::Labels(100), Budget::All][..]));
        assert_eq!(recipe.text().unwrap().head, Head::Average);
        assert!(told.iter().any(|told| told == "2 classes: good (180), bad (60)"), "{told:?}");
        let recipe = wish.started(&survey(30_000)).unwrap().recipe;
        assert_eq!((recipe.seeds, recipe.labels.last()), (3, Some(&Budget::Labels(MANY))));
        assert!(matches!(recipe.text().unwrap().head, Head::Lstm(_)));
        assert!(recipe.methods.contains(&DocumentVector::Mean.into()));
        let asked = Wish { seeds: Some(2), labels: vec![Budget::All], ..wish.clone() };
        let recipe = asked.started(&survey(240)).unwrap().recipe;
        assert_eq!((recipe.seeds, &recipe.labels[..]), (2, &[Budget::All][..]));
    }

    #[test]
    fn what_does_not_fit_together_is_one_sentence() {
        let wish = Wish { data: "photos".into(), ..Wish::default() };
        let images = Survey { examples: Examples::Images, ..survey(240) };
        let error = wish.started(&images).unwrap_err().to_string();
        assert!(error.contains("these are images") && error.contains("--weights"), "{error}");
        let both = Wish { weights: Some("n".into()), vectors: Some("v".into()), ..wish.clone() };
        assert!(both.started(&images).unwrap_err().to_string().contains("--vectors is for texts"));
        let text = Wish { methods: vec![Baseline::TfIdf.into()], weights: Some("n".into()), ..wish };
        assert!(text.started(&images).unwrap_err().to_string().contains("TfIdf"));
    }

    #[test]
    fn sessions_have_the_name_of_the_file() {
        for (data, name) in [
            ("/data/My Reviews.csv.gz", "my-reviews"),
            (".hidden.csv", "hidden"),
            ("photos/", "photos"),
            ("...", "data"),
            ("…", "session"),
            ("Größe_3.tsv", "größe-3"),
        ] {
            assert_eq!(session_name(Path::new(data)), name, "{data}");
            assert_eq!(folder_name(name), name);
        }
        let long = format!("{}-{}", "a".repeat(LONGEST_NAME - 1), "b".repeat(9));
        assert_eq!(folder_name(&long), "a".repeat(LONGEST_NAME - 1));
    }
}
