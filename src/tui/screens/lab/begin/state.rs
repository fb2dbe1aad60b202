//! The state of the dialog that starts an experiment on the user's own examples.

use std::path::{Path, PathBuf};

use crate::session::method::{Method, Modalities};
use crate::session::recipe::Recipe;
use crate::session::starter::{Examples, Started, Survey, TakenColumns, Wish};
use crate::train::protocol::command::{Id, SourceFile};
use crate::train::protocol::event::Surveyed;
use crate::tui::widgets::input::Input;

use super::chooser::Chooser;

/// What the dialog shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The choice of the examples.
    Data,
    /// What was found in them, and the settings.
    Settings,
    /// The choice of another file.
    File(Wanted),
}

/// What a file is chosen for, beside the examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A separate test set.
    Test,
    /// The source.
    Source(SourceFile),
}

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Text,
    Label,
    /// A separate test set.
    Test,
    Source,
    Labels,
    Seeds,
    /// How many settings each run tries.
    Trials,
    Method(Method),
}

/// The source of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Skip-gram vectors of the examples' own texts.
    Own,
    /// What is made from a file.
    File(SourceFile),
}

/// A file that was chosen for a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenFile {
    /// The path as it was chosen.
    pub typed: PathBuf,
    /// The absolute path.
    pub path: PathBuf,
    /// A short description of its content.
    pub told: String,
}

/// The dialog.
#[derive(Debug)]
pub struct Dialog {
    pub step: Step,
    /// The choice of the examples.
    pub data: Chooser,
    /// The choice of another file.
    pub file: Chooser,
    /// The question about the examples that has no answer yet, and how many were read.
    pub reading: Option<(Id, usize)>,
    /// The question about a source's file that has no answer yet, and the file.
    pub checking: Option<(Id, SourceFile, PathBuf)>,
    /// The path of the examples as it was chosen.
    pub typed: PathBuf,
    /// What was found in the examples.
    pub found: Option<Surveyed>,
    /// The columns that were taken when the user had named none.
    pub guessed: Option<TakenColumns>,
    /// What the user changed; the files of its source are those of `source` and `files`, and its test set is as it was chosen.
    pub asked: Wish,
    pub source: Source,
    pub files: Vec<(SourceFile, ChosenFile)>,
    /// The selected setting.
    pub field: Field,
    /// Why something cannot be done, as a sentence.
    pub problem: Option<String>,
    /// What was done, as a sentence.
    pub note: Option<String>,
}

impl Dialog {
    /// The dialog at its beginning.
    pub fn new() -> Dialog {
        Dialog {
            step: Step::Data,
            data: Chooser::new(true),
            file: Chooser::new(false),
            reading: None,
            checking: None,
            typed: PathBuf::new(),
            found: None,
            guessed: None,
            asked: Wish::default(),
            source: Source::Own,
            files: Vec::new(),
            field: Field::Text,
            problem: None,
            note: None,
        }
    }

    /// The open choice of a file, if one is open.
    pub fn chooser(&self) -> Option<&Chooser> {
        match self.step {
            Step::Data if self.reading.is_none() => Some(&self.data),
            Step::File(_) if self.checking.is_none() => Some(&self.file),
            _ => None,
        }
    }

    /// The same choice, to be changed.
    pub fn chooser_mut(&mut self) -> Option<&mut Chooser> {
        match self.step {
            Step::Data if self.reading.is_none() => Some(&mut self.data),
            Step::File(_) if self.checking.is_none() => Some(&mut self.file),
            _ => None,
        }
    }

    /// The line that the user types into, if there is one.
    pub fn input(&mut self) -> Option<&mut Input> {
        self.chooser_mut().map(|chooser| &mut chooser.input)
    }

    /// What was found in the examples, if they can be used.
    pub fn survey(&self) -> Option<&Survey> {
        self.found.as_ref()?.survey.as_ref().ok()
    }

    /// The names of the columns, if the examples are a table of texts.
    pub fn columns(&self) -> &[String] {
        let preview = self.found.as_ref().and_then(|found| found.preview.as_ref());
        let columns = preview.map_or(&[][..], |preview| &preview.columns);
        let is_text = self.survey().is_none_or(|survey| survey.examples != Examples::Images);
        if is_text && columns.len() > 1 { columns } else { &[] }
    }

    /// The column that a field is set to: the one that the user named, or the one that was read. While it is being read
    /// again, and if this failed, the one that was found at first.
    pub fn column(&self, field: Field) -> Option<&str> {
        let read = self.survey().filter(|_| self.reading.is_none());
        let taken = read.and_then(|survey| survey.taken.as_ref()).or(self.guessed.as_ref());
        match field {
            Field::Text => {
                let read = taken.and_then(|taken| taken.texts.first());
                self.asked.text.as_deref().or(read.map(String::as_str))
            }
            Field::Label => self.asked.label.as_deref().or(taken.map(|taken| taken.label.as_str())),
            _ => None,
        }
    }

    /// The settings that can be changed now.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        if !self.columns().is_empty() {
            fields.extend([Field::Text, Field::Label]);
        }
        // A test set that cannot be used can be dropped.
        if self.survey().is_some() || self.asked.test.is_some() {
            fields.push(Field::Test);
        }
        if let Some(survey) = self.survey() {
            fields.extend([Field::Source, Field::Labels, Field::Seeds, Field::Trials]);
            fields.extend(self.methods(survey).into_iter().map(Field::Method));
        }
        fields
    }

    /// The methods for examples of this kind: first those that are on by default.
    fn methods(&self, survey: &Survey) -> Vec<Method> {
        let other = match survey.examples {
            Examples::Texts { .. } => Modalities::Images,
            Examples::Images => Modalities::Text,
        };
        let mut methods = self.usual().map(|usual| usual.methods).unwrap_or_default();
        let rest = Method::all().rev().filter(|method| method.is_for() != other);
        methods.extend(rest.filter(|method| !methods.contains(method)).collect::<Vec<_>>());
        methods
    }

    /// The recipe with the default methods, label budgets and seeds.
    pub fn usual(&self) -> Option<Recipe> {
        let survey = self.survey()?;
        let usual = Wish { methods: Vec::new(), labels: Vec::new(), seeds: None, ..self.wish_of(survey) };
        usual.started(survey).ok().map(|started| started.recipe)
    }

    /// The wish with a stand-in for a file that is not chosen yet, so that the rest of the recipe can be shown.
    fn wish_of(&self, survey: &Survey) -> Wish {
        let mut wish = self.wish(|file| &file.path);
        if survey.examples == Examples::Images {
            wish.weights.get_or_insert_default();
        }
        wish
    }

    /// The recipe with the settings so far; also if the file of the source is missing.
    ///
    /// # Errors
    /// Why there is none, as a sentence.
    pub fn started(&self) -> Result<Started, String> {
        let Some(found) = &self.found else { return Err("the examples are not read yet".into()) };
        let survey = found.survey.as_ref().map_err(Clone::clone)?;
        self.wish_of(survey).started(survey).map_err(|error| error.to_string())
    }

    /// The file that the source still needs.
    pub fn missing(&self) -> Option<SourceFile> {
        match self.source {
            Source::File(of) if self.chosen(of).is_none() => Some(of),
            _ => None,
        }
    }

    /// The file that was chosen for a source.
    pub fn chosen(&self, of: SourceFile) -> Option<&ChosenFile> {
        self.files.iter().find(|(other, _)| *other == of).map(|(_, file)| file)
    }

    /// What the user wishes, with the absolute paths of the examples; `path` gives that of the source's file.
    fn wish(&self, path: impl Fn(&ChosenFile) -> &Path) -> Wish {
        let found = self.found.as_ref();
        let data = found.map_or_else(PathBuf::new, |found| found.data.clone());
        let test = found.and_then(|found| found.test.clone());
        let mut wish = Wish { data, test, ..self.asked.clone() };
        if let Source::File(of) = self.source
            && let Some(file) = self.chosen(of)
        {
            let path = path(file).to_path_buf();
            match of {
                SourceFile::Vectors => wish.vectors = Some(path),
                SourceFile::Unlabelled => wish.unlabelled = vec![path],
                SourceFile::Weights => wish.weights = Some(path),
            }
        }
        wish
    }

    /// What the user wishes, with the paths as they were typed.
    pub fn typed_wish(&self) -> Wish {
        let test = self.asked.test.clone();
        Wish { data: self.typed.clone(), test, ..self.wish(|file| &file.typed) }
    }

    /// The sources that the examples can have.
    pub fn sources(&self) -> &'static [Source] {
        match self.survey().map(|survey| survey.examples) {
            Some(Examples::Images) => &[Source::File(SourceFile::Weights)],
            _ => &[Source::Own, Source::File(SourceFile::Unlabelled), Source::File(SourceFile::Vectors)],
        }
    }
}
