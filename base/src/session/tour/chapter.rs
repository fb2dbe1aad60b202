//! A chapter of a tour: its file, and the checks of what is in it.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Place, Result};
use crate::files::{self, encoding};
use crate::session::recipe::Recipe;
use crate::session::ron_dialect::from_ron;

use super::question::Question;

/// The largest file of a chapter, in bytes.
const LARGEST: usize = 1 << 18;
/// The longest title, in characters: it stands in one row of a small terminal.
const LONGEST_TITLE: usize = 50;
/// What helps with a chapter that cannot be read.
const REMEDY: &str = "`warmstart tour --template` prints a chapter that explains every field";

/// A chapter.
#[derive(Debug, Clone, PartialEq)]
pub struct Chapter {
    /// The name of its file without the ending. It names the chapter's session, and its place in what is remembered.
    pub name: String,
    /// The title, in one line.
    pub title: String,
    /// The text, one string for each paragraph.
    pub text: Vec<String>,
    /// The one sentence that the chapter claims.
    pub claim: String,
    /// What the reader guesses.
    pub question: Question,
    /// What is run.
    pub recipe: Recipe,
    /// The screen that shows the answer.
    pub screen: Screen,
    /// What to look at there.
    pub look: String,
    /// One thing to try.
    pub attempt: String,
}

/// The screens that can show an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Screen {
    /// The curves.
    Train,
    /// Neighbours of words.
    Words,
    /// What is mistaken for what.
    Confusion,
    /// The verdict.
    Compare,
    /// The reader's own text.
    Try,
    /// Images, and the pad.
    Images,
}

/// What a file holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename = "Chapter")]
struct Written {
    title: String,
    text: String,
    claim: String,
    question: Question,
    recipe: WrittenRecipe,
    screen: Screen,
    #[serde(default)]
    look: String,
    #[serde(rename = "try")]
    attempt: String,
}

/// The recipe of a chapter.
#[derive(Debug, Deserialize)]
#[serde(rename = "Recipe")]
enum WrittenRecipe {
    /// Written in the chapter.
    Inline(Box<Recipe>),
    /// One that comes with the program.
    Named(String),
    /// A file of its own, relative to the chapter's folder.
    File(PathBuf),
}

/// Finds a recipe that comes with the program by its name.
pub type FindNamed<'a> = &'a dyn Fn(&str) -> Option<Result<Recipe>>;

impl Chapter {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, or as [`Chapter::parse`].
    pub fn read(path: &Path, named: FindNamed<'_>) -> Result<Chapter> {
        Chapter::parse(&text_of(path)?, path, named)
    }

    /// Reads `text`, the content of the file at `path`.
    ///
    /// # Errors
    /// With the line, for a field that is misspelt, missing or of the wrong type, for a recipe that cannot be run, and for
    /// a question that it cannot answer.
    pub fn parse(text: &str, path: &Path, named: FindNamed<'_>) -> Result<Chapter> {
        let written: Written = from_ron(text).map_err(|error| {
            let start = error.span.start;
            let place = Place::LineColumn(start.line as u64, start.col as u64);
            Error::input(path, place, error.code.to_string(), REMEDY)
        })?;
        let wrong = |field: &str, problem: String, remedy: &str| {
            Err(Error::input(path, place_of(text, field), problem, remedy))
        };
        for (field, content) in [
            ("title", &written.title),
            ("text", &written.text),
            ("claim", &written.claim),
            ("try", &written.attempt),
        ] {
            if content.trim().is_empty() {
                return wrong(field, format!("`{field}` is empty"), REMEDY);
            }
        }
        if written.title.contains('\n') || written.title.chars().count() > LONGEST_TITLE {
            let remedy = format!("write one line of {LONGEST_TITLE} characters at most");
            return wrong("title", "the title is too long".into(), &remedy);
        }
        let recipe = match written.recipe {
            WrittenRecipe::Inline(recipe) => {
                // Relative paths start with the folder of the chapter, which may be relative itself.
                let whole = std::path::absolute(path).map_err(|e| Error::io("find", path, e))?;
                recipe.read_from(&whole).map_err(|error| match error {
                    Error::Input { problem, remedy, .. } => {
                        Error::input(path, place_of(text, "recipe"), problem, remedy)
                    }
                    other => other,
                })?
            }
            WrittenRecipe::Named(name) => match named(&name) {
                Some(recipe) => recipe?,
                None => {
                    let problem = format!("no recipe of the program is called \"{name}\"");
                    let remedy = "\"demo\", \"demo-lm\" and \"demo-images\" are there; `File(\"my.ron\")` is one of yours";
                    return wrong("recipe", problem, remedy);
                }
            },
            WrittenRecipe::File(file) => {
                let file = path.parent().unwrap_or(Path::new("")).join(file);
                let whole = std::path::absolute(&file).map_err(|e| Error::io("find", &file, e))?;
                Recipe::parse(&text_of(&file)?, &whole)?
            }
        };
        if !recipe.task_names().is_empty() {
            return wrong(
                "recipe",
                "the recipe has several `tasks`".into(),
                "a chapter is one session: write `task`",
            );
        }
        if let Err((problem, remedy)) = written.question.check(&recipe) {
            return wrong("question", problem, &remedy);
        }
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Chapter {
            name,
            title: written.title.trim().to_string(),
            text: paragraphs(&written.text),
            claim: line(&written.claim),
            question: Question { ask: line(&written.question.ask), ..written.question },
            recipe,
            screen: written.screen,
            look: line(&written.look),
            attempt: line(&written.attempt),
        })
    }

    /// The name of the chapter's session.
    pub fn session_name(&self) -> String {
        format!("tour-{}", self.name)
    }
}

/// The text of a small file.
fn text_of(path: &Path) -> Result<String> {
    if path.is_dir() {
        return Err(Error::input(path, Place::Whole, "this is a folder", "name a file that ends in .ron"));
    }
    let bytes = encoding::in_utf8(&files::read(path, LARGEST)?).into_owned();
    String::from_utf8(bytes).map_err(|e| {
        let at = Place::Byte(e.utf8_error().valid_up_to() as u64);
        Error::input(path, at, "a chapter is UTF-8 text, and this is not", "save it as UTF-8")
    })
}

/// The line at which a field begins.
fn place_of(text: &str, field: &str) -> Place {
    let begins = |line: &str| {
        let rest = line.trim_start().trim_start_matches('(').trim_start().strip_prefix(field);
        rest.is_some_and(|rest| rest.trim_start().starts_with(':'))
    };
    text.lines().position(begins).map_or(Place::Whole, |at| Place::Line(at as u64 + 1))
}

/// A text without its line breaks.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The paragraphs of a text. Lines that are empty stand between them.
fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for row in text.lines() {
        match paragraphs.last_mut() {
            Some(last) if !row.trim().is_empty() => {
                last.push(' ');
                last.push_str(row);
            }
            _ => paragraphs.push(String::new()),
        }
    }
    paragraphs.iter().map(|text| line(text)).filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A chapter as a teacher writes it.
    pub const CHAPTER: &str = r#"(
    title: "One",
    text: "First
        line.

        Second paragraph.",
    claim: "More is more.",
    question: (
        ask: "Which one?",
        answer: Best(of: [Scratch, Frozen], labels: 50),
    ),
    recipe: Inline(
        title: "r",
        transfer: Text(
            source: SkipGram(corpus: File("more.txt")),
            task: Demo(train: 200, test: 100),
            head: Average,
        ),
        methods: [Scratch, Frozen],
        labels: [50],
    ),
    screen: Compare,
    try: "Press 3.",
)
"#;

    fn parse(text: &str) -> Result<Chapter> {
        let named = |name: &str| (name == "demo").then(|| Recipe::parse(RECIPE, Path::new("/r.ron")));
        Chapter::parse(text, Path::new("lessons/1-one.ron"), &named)
    }

    const RECIPE: &str = "(title: \"t\", transfer: Text(source: SkipGram(corpus: Demo(reviews: 9)), task: Demo(), head: \
                          Average), labels: [50])";

    #[test]
    fn a_chapter_is_read_with_its_recipe() {
        let chapter = parse(CHAPTER).unwrap();
        assert_eq!((chapter.name.as_str(), chapter.session_name().as_str()), ("1-one", "tour-1-one"));
        assert_eq!(chapter.text, ["First line.", "Second paragraph."]);
        assert_eq!((chapter.screen, chapter.look.as_str()), (Screen::Compare, ""));
        let source = chapter.recipe.text_source().unwrap().explained();
        assert!(source.contains("lessons") && source.contains("more.txt"), "{source}");
        // A recipe of a chapter is the one that the same text is in a file of its own.
        let start = CHAPTER.find("Inline(").unwrap() + "Inline".len();
        let end = CHAPTER.find("    screen:").unwrap();
        let own = CHAPTER[start..end].trim().trim_end_matches(',');
        let path = std::path::absolute("lessons/1-one.ron").unwrap();
        assert_eq!(Recipe::parse(own, &path).unwrap(), chapter.recipe);
    }

    #[test]
    fn a_recipe_can_be_named_or_lie_in_a_file() {
        let with = |recipe: &str| {
            let (start, end) = (CHAPTER.find("Inline(").unwrap(), CHAPTER.find("    screen:").unwrap());
            CHAPTER.replace(&CHAPTER[start..end], &format!("{recipe},\n"))
        };
        assert_eq!(parse(&with("Named(\"demo\")")).unwrap().recipe.title, "t");
        let told = parse(&with("Named(\"dem\")")).unwrap_err().to_string();
        assert!(told.contains("1-one.ron, line 12") && told.contains("\"demo-images\""), "{told}");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("own.ron"), RECIPE).unwrap();
        let path = folder.path().join("chapter.ron");
        std::fs::write(&path, with("File(\"own.ron\")")).unwrap();
        assert_eq!(Chapter::read(&path, &|_| None).unwrap().recipe.title, "t");
        std::fs::write(folder.path().join("own.ron"), RECIPE.replace("head:", "heap:")).unwrap();
        let told = Chapter::read(&path, &|_| None).unwrap_err().to_string();
        assert!(told.contains("own.ron, line 1") && told.contains("heap"), "{told}");
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_what_was_expected() {
        for (from, to, line, told) in [
            ("screen: Compare", "scren: Compare", 22, "`screen`"),
            ("screen: Compare", "screen: Label", 22, "`Compare`"),
            ("    try: \"Press 3.\",\n", "", 23, "`try`"),
            ("try: \"Press 3.\"", "try: \" \"", 23, "`try` is empty"),
            ("title: \"One\"", "title: \"\"", 2, "`title` is empty"),
            ("labels: 50)", "labels: 60)", 8, "no run of the recipe has so many"),
            ("answer: Best", "answer: Beste", 10, "`Best`"),
            ("ask: \"Which one?\",", "asks: \"Which one?\",", 9, "`ask`"),
            ("[Scratch, Frozen], labels: 50)", "[Scratch, Frozne], labels: 50)", 10, "Frozne"),
            ("title: \"r\"", "titel: \"r\"", 13, "`title`"),
            ("labels: [50],", "labels: [],", 12, "`labels` is empty"),
            ("text: \"First", "text: First", 3, "expected"),
        ] {
            assert!(CHAPTER.contains(from), "{from}");
            let sentence = parse(&CHAPTER.replace(from, to)).unwrap_err().to_string();
            assert!(sentence.starts_with(&format!("lessons/1-one.ron, line {line}")), "{to}: {sentence}");
            assert!(sentence.to_lowercase().contains(&told.to_lowercase()), "{to}: {sentence}");
        }
        let long = CHAPTER.replace("\"One\"", &format!("\"{}\"", "x".repeat(60)));
        assert!(parse(&long).unwrap_err().to_string().contains("50 characters at most"));
    }
}
