//! `neighbours`, `analogy` and `odd-one-out`: queries to a table of word vectors.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::error::{Error, Result, counted};
use crate::files::{self, encoding};
use crate::session::choices;
use crate::session::source_name::SourceName;
use crate::train::threads;
use crate::vectors::expression::Expression;
use crate::vectors::{Near, View};

use super::global::Global;
use super::near_sentences;
use super::out::{self, Out};
use super::table::Table;
use super::vectors as source;

/// Where vectors come from.
#[derive(Debug, clap::Args)]
pub struct From {
    /// The vectors: word2vec text or binary, GloVe text, a fastText model, safetensors or a folder of model2vec; or a session
    #[arg(long, value_name = "FILE")]
    pub vectors: PathBuf,
    /// Read only the first N words
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// The usual number of answers.
const COUNT: usize = 10;

/// What `neighbours` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The word, or words with + and - between them: "king - man + woman", "2 good - bad"
    #[arg(value_name = "WORD")]
    pub word: String,
    #[command(flatten)]
    pub from: From,
    /// Answers to give [default: 10, or all words of --among]
    #[arg(long, visible_alias = "top-k", value_name = "N")]
    pub count: Option<usize>,
    /// The measure of similarity
    #[arg(long, value_name = "MEASURE", default_value = "cosine")]
    pub by: Closeness,
    /// Rank these words and no others: "good,bad,fair", or a file with one word on each line
    #[arg(long, value_name = "WORDS")]
    pub among: Option<String>,
    /// Rank the texts of this file (a table, or one text on each line) by a sentence encoder, whose folder --vectors names;
    /// WORD is then a text
    #[arg(long, value_name = "FILE", conflicts_with_all = ["among", "by", "limit"])]
    pub sentences: Option<PathBuf>,
    /// The column with the texts of --sentences: its name or its number
    #[arg(long, value_name = "COLUMN", requires = "sentences")]
    pub text: Option<String>,
}

/// See [`choices::Closeness`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Closeness {
    /// The cosine of the angle between vectors
    Cosine,
    /// The dot product: long vectors rank higher, and frequent words tend to have long vectors
    Dot,
}

/// What `analogy` takes.
#[derive(Debug, clap::Args)]
pub struct AnalogyArgs {
    /// A is to B as C is to …
    pub a: String,
    pub b: String,
    pub c: String,
    #[command(flatten)]
    pub from: From,
    /// Answers to give
    #[arg(long, visible_alias = "top-k", value_name = "N", default_value_t = 10)]
    pub count: usize,
    /// The score that ranks the answers
    #[arg(long, value_name = "SCORE", default_value = "3cosadd")]
    pub by: AnalogyScore,
}

/// See [`choices::AnalogyScore`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AnalogyScore {
    /// The cosine with b - a + c
    #[value(name = "3cosadd")]
    Add,
    /// The product of the cosines with b and c, divided by the cosine with a (Levy & Goldberg 2014)
    #[value(name = "3cosmul")]
    Mul,
}

/// What `odd-one-out` takes.
#[derive(Debug, clap::Args)]
pub struct OddArgs {
    /// The words, three or more
    #[arg(num_args = 3.., required = true, value_name = "WORD")]
    pub words: Vec<String>,
    #[command(flatten)]
    pub from: From,
}

/// One answer.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    word: &'a str,
    similarity: f32,
}

/// Prints the words nearest to a word or an expression.
///
/// # Errors
/// When the vectors cannot be read, or lack the word.
pub fn neighbours(args: Args, global: &Global) -> Result<ExitCode> {
    if let Some(file) = &args.sentences {
        let file = (file.as_path(), args.text.as_deref());
        return near_sentences::near(
            &args.word,
            &args.from.vectors,
            file,
            args.count.unwrap_or(COUNT),
            global,
        );
    }
    let (by, head) = match args.by {
        Closeness::Cosine => (choices::Closeness::Cosine, ">cosine"),
        Closeness::Dot => (choices::Closeness::Dot, ">dot product"),
    };
    let list = args.among.as_deref().map(List::read).transpose()?;
    let near = |view: View<'_>| {
        let among = list.as_ref().map(|list| list.rows(view)).transpose()?;
        let made = Expression::parse(&view, &args.word)?.made();
        let mut near = view.near(&args.word, by, args.count.unwrap_or(COUNT), among.as_deref())?;
        // Given words are all ranked, and only then counted.
        near.truncate(args.count.unwrap_or(near.len()));
        Ok((near, made))
    };
    match source::of_several(&args.from.vectors, global)? {
        Some(names) => of_sources(&args.from, &names, global, head, near),
        None => ask(&args.from, global, head, near),
    }
}

/// Prints the words nearest to a word in each source of a session, side by side if they fit; otherwise one after the other.
fn of_sources(
    from: &From,
    names: &[SourceName],
    global: &Global,
    head: &str,
    question: impl Fn(View<'_>) -> Result<(Vec<Near>, Vec<String>)> + Send + Sync,
) -> Result<ExitCode> {
    #[derive(Serialize)]
    struct OfSource<'a> {
        source: &'a str,
        neighbours: Vec<Answer<'a>>,
    }
    let pool = threads::pool(global.threads)?;
    let (mut found, mut lacking) = (Vec::new(), Vec::new());
    for name in names {
        let vectors = source::read(&source::called(&from.vectors, name), from.limit, global);
        match vectors.and_then(|vectors| Ok((pool.install(|| question(vectors.view()))?, vectors))) {
            Ok(((near, made), vectors)) => {
                let parts = if vectors.static_model.is_some() { "tokens" } else { "n-grams" };
                for word in made {
                    out::tell(&format!(
                        "{name}: \"{word}\" is not in the vocabulary: its vector is made from its {parts}"
                    ));
                }
                let list = named(vectors.view(), &near).into_iter();
                let list: Vec<(String, f32)> =
                    list.map(|near| (near.word.to_string(), near.similarity)).collect();
                found.push((name, list));
            }
            // Another source may have the word.
            Err(error) => lacking.push((name, error)),
        }
    }
    if found.is_empty()
        && let Some((_, error)) = lacking.pop()
    {
        return Err(error);
    }
    lacking.iter().for_each(|(name, error)| out::tell(&format!("note: {name}: {error}")));
    let mut out = Out::new();
    if global.json {
        let mut all = Vec::new();
        for (name, list) in &found {
            let answers = list.iter().map(|(word, similarity)| Answer { word, similarity: *similarity });
            all.push(OfSource { source: name.as_str(), neighbours: answers.collect() });
        }
        out.json(&all)?;
    } else {
        out.lines(&beside(&found, head, out::width()))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The lists of several sources as a table with columns for each, or as a table for each if `width` is too small. A word that
/// another list has too is marked.
fn beside(found: &[(&SourceName, Vec<(String, f32)>)], head: &str, width: Option<usize>) -> Vec<String> {
    let shared = |source: &SourceName, word: &str| {
        let others = found.iter().filter(|(name, _)| *name != source);
        others.flat_map(|(_, list)| list).any(|(other, _)| other == word)
    };
    let cells = |source: &SourceName, near: Option<&(String, f32)>| match near {
        Some((word, similarity)) => {
            let mark = if shared(source, word) { " =" } else { "" };
            [format!("{word}{mark}"), format!("{similarity:.4}")]
        }
        None => [String::new(), String::new()],
    };
    let told = overlap(found).into_iter().chain(["= also near in another source".to_string()]);
    let heads: Vec<&str> = found.iter().flat_map(|(name, _)| [name.as_str(), head]).collect();
    let mut table = Table::new(&heads);
    for rank in 0..found.iter().map(|(_, list)| list.len()).max().unwrap_or(0) {
        table.row(found.iter().flat_map(|(name, list)| cells(name, list.get(rank))));
    }
    let lines = table.lines();
    if width.is_none_or(|width| lines.iter().all(|line| line.width() <= width)) {
        return lines.into_iter().chain(told).collect();
    }
    let mut lines = Vec::new();
    for (name, list) in found {
        let mut table = Table::new(&[name.as_str(), head]);
        list.iter().for_each(|near| table.row(cells(name, Some(near))));
        lines.extend(table.lines());
        lines.push(String::new());
    }
    lines.extend(told);
    lines
}

/// How many of the ten nearest words each two sources have in common.
fn overlap(found: &[(&SourceName, Vec<(String, f32)>)]) -> Option<String> {
    let mut pairs = Vec::new();
    for (place, (one, list)) in found.iter().enumerate() {
        for (other, others) in &found[place + 1..] {
            let (list, others) = (&list[..list.len().min(COUNT)], &others[..others.len().min(COUNT)]);
            let shared =
                list.iter().filter(|(word, _)| others.iter().any(|(known, _)| known == word)).count();
            pairs.push(format!("{one} ∩ {other} {shared}/{}", list.len().max(others.len())));
        }
    }
    (!pairs.is_empty()).then(|| format!("ten nearest: {}", pairs.join(" · ")))
}

/// Prints what is to the third word as the second is to the first.
///
/// # Errors
/// When the vectors cannot be read, or lack one of the words.
pub fn analogy(args: AnalogyArgs, global: &Global) -> Result<ExitCode> {
    let (score, head) = match args.by {
        AnalogyScore::Add => (choices::AnalogyScore::Add, ">cosine"),
        AnalogyScore::Mul => (choices::AnalogyScore::Mul, ">product"),
    };
    ask(&args.from, global, head, |view| {
        let made = [&args.a, &args.b, &args.c].into_iter().filter(|word| view.find(word).is_none()).cloned();
        Ok((view.analogy(&args.a, &args.b, &args.c, score, args.count)?, made.collect()))
    })
}

fn ask(
    from: &From,
    global: &Global,
    head: &str,
    question: impl FnOnce(View<'_>) -> Result<(Vec<Near>, Vec<String>)> + Send,
) -> Result<ExitCode> {
    let pool = threads::pool(global.threads)?;
    let vectors = source::read(&from.vectors, from.limit, global)?;
    let (near, made) = pool.install(|| question(vectors.view()))?;
    let answers = named(vectors.view(), &near);
    let mut out = Out::new();
    let parts = if vectors.static_model.is_some() { "tokens" } else { "n-grams" };
    let made = made
        .iter()
        .map(|word| format!("\"{word}\" is not in the vocabulary: its vector is made from its {parts}"));
    if global.json {
        made.for_each(|sentence| out::tell(&sentence));
        out.json(&answers)?;
    } else {
        made.into_iter().try_for_each(|sentence| out.line(&sentence))?;
        out.lines(&lines(&answers, head))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the word that does not belong to the others, and the cosine of each word with the mean of all.
///
/// # Errors
/// When the vectors cannot be read, or lack one of the words.
pub fn odd_one_out(args: OddArgs, global: &Global) -> Result<ExitCode> {
    #[derive(Serialize)]
    struct Odd<'a> {
        odd: &'a str,
        words: Vec<Answer<'a>>,
    }
    let vectors = source::read(&args.from.vectors, args.from.limit, global)?;
    let view = vectors.view();
    let ids = args.words.iter().map(|word| view.id(word)).collect::<Result<Vec<usize>>>()?;
    let words = named(view, &view.odd_one_out(&ids));
    let odd = words.first().map_or("", |answer| answer.word);
    let mut out = Out::new();
    if global.json {
        out.json(&Odd { odd, words })?;
    } else {
        out.line(odd)?;
        out.lines(&lines(&words, ">cosine with the mean"))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

fn named<'a>(view: View<'a>, near: &[Near]) -> Vec<Answer<'a>> {
    near.iter().map(|near| Answer { word: view.words().get(near.id), similarity: near.similarity }).collect()
}

fn lines(answers: &[Answer<'_>], head: &str) -> Vec<String> {
    let mut table = Table::new(&["word", head]);
    for answer in answers {
        table.row([answer.word.to_string(), format!("{:.4}", answer.similarity)]);
    }
    table.lines()
}

/// Words that the user listed.
pub struct List {
    words: Vec<String>,
    /// The file that the words are from; `None` if they are on the command line.
    file: Option<PathBuf>,
}

/// The most bytes of a file with a list of words.
const LONGEST: usize = 64 << 20;

impl List {
    /// The words of the file `among`, one a line, if there is such a file. Otherwise `among` itself, split at its
    /// commas.
    ///
    /// # Errors
    /// When the file exists and cannot be read.
    pub fn read(among: &str) -> Result<List> {
        let path = Path::new(among);
        if !path.is_file() {
            return Ok(List { words: words(among.split(',')), file: None });
        }
        let size = path.metadata().map_err(|e| Error::io("read", path, e))?.len();
        if size > LONGEST as u64 {
            let problem = format!("this list of words has {} MB", size >> 20);
            return Err(Error::request(problem, "give a file of at most 64 MB with one word on each line"));
        }
        let bytes = files::read(path, LONGEST)?;
        let text = encoding::in_utf8(&bytes);
        Ok(List { words: words(String::from_utf8_lossy(&text).lines()), file: Some(path.to_path_buf()) })
    }

    /// The words themselves.
    pub fn into_words(self) -> Vec<String> {
        self.words
    }

    /// The rows of the words. Words of a file that have no vector are skipped with a note. Every word from the
    /// command line must have a vector.
    ///
    /// # Errors
    /// When a word from the command line has no vector, or none of a file's words has one.
    pub fn rows(&self, view: View<'_>) -> Result<Vec<usize>> {
        let Some(file) = &self.file else {
            return self.words.iter().map(|word| view.id(word)).collect();
        };
        let rows: Vec<usize> = self.words.iter().filter_map(|word| view.find(word)).collect();
        let missing = self.words.len() - rows.len();
        if rows.is_empty() {
            let words = counted(self.words.len(), "word", "words");
            let problem = format!("{}: none of its {words} has a vector", file.display());
            return Err(Error::request(problem, "give a file with one word on each line"));
        }
        if missing > 0 {
            out::tell(&format!(
                "{} of {} words of {} have no vector and are left out",
                missing,
                self.words.len(),
                file.display()
            ));
        }
        Ok(rows)
    }
}

fn words<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        words.push(part.to_string());
    }
    words
}
