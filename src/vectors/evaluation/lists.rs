//! Lists of scored word pairs and of analogies, read from files or taken from the built-in demo.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::data::demo;
use crate::error::{Error, Place, Result};
use crate::files;

/// The name that stands for the built-in demo's own lists, where no file is called so.
pub const DEMO: &str = "demo";

/// Lines longer than this are in no such list.
const LONGEST: u64 = 1 << 16;

/// Pairs of words with people's scores. Words are in lower case.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs {
    /// "EN-WS-353-ALL".
    pub name: String,
    pub pairs: Vec<(String, String, f64)>,
}

/// Analogies: the first word is to the second as the third is to the fourth. Words are in lower case.
#[derive(Debug, Clone, PartialEq)]
pub struct Questions {
    /// "questions-words".
    pub name: String,
    pub sections: Vec<String>,
    /// The section and the words.
    pub questions: Vec<(usize, [String; 4])>,
}

impl Pairs {
    /// Reads two words and a score a line, separated by white space, commas or semicolons. Lines that begin with `#`
    /// and a first line of headings are passed over.
    ///
    /// # Errors
    /// When the file cannot be read, or a line is something else.
    pub fn read(path: &Path) -> Result<Pairs> {
        let mut pairs = Vec::new();
        for_each_line(path, demo::SIMILARITY, |number, line| {
            let fields: Vec<&str> =
                line.split([' ', '\t', ',', ';']).filter(|field| !field.is_empty()).collect();
            let score =
                fields.get(2).and_then(|field| field.parse::<f64>().ok()).filter(|score| score.is_finite());
            match score {
                Some(score) => pairs.push((fields[0].to_lowercase(), fields[1].to_lowercase(), score)),
                None if number == 1 => {}
                None => return Err("two words and a score are expected"),
            }
            Ok(())
        })?;
        Ok(Pairs { name: name(path), pairs })
    }
}

impl Questions {
    /// Reads `: section` lines and four words a line.
    ///
    /// # Errors
    /// When the file cannot be read, or a line is something else.
    pub fn read(path: &Path) -> Result<Questions> {
        let (mut sections, mut questions) = (Vec::new(), Vec::new());
        for_each_line(path, demo::ANALOGIES, |_, line| {
            if let Some(name) = line.strip_prefix(':') {
                sections.push(name.trim().to_string());
                return Ok(());
            }
            if sections.is_empty() {
                sections.push(String::new());
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let &[a, b, c, d] = &words[..] else { return Err("four words are expected") };
            questions.push((sections.len() - 1, [a, b, c, d].map(str::to_lowercase)));
            Ok(())
        })?;
        Ok(Questions { name: name(path), sections, questions })
    }

    /// The same list with `most` questions at the most, spread evenly over it.
    pub fn thinned(mut self, most: usize) -> Questions {
        let all = self.questions.len();
        if all > most {
            self.questions = (0..most).map(|i| self.questions[i * all / most].clone()).collect();
        }
        self
    }
}

/// "EN-WS-353-ALL" of a path.
fn name(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The lines of the file at `path`, or of the demo's list if that is meant.
fn for_each_line(
    path: &Path,
    built_in: &'static str,
    mut each: impl FnMut(u64, &str) -> std::result::Result<(), &'static str>,
) -> Result<()> {
    let demo = path == Path::new(DEMO) && !path.is_file();
    let input: Box<dyn Read> = if demo { Box::new(built_in.as_bytes()) } else { files::open(path)? };
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        number += 1;
        let got = input.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        if got.map_err(|e| Error::io("read", path, e))? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if !text.is_empty() && !text.starts_with('#') {
            each(number, text).map_err(|problem| {
                let shown: String = text.chars().take(60).collect();
                Error::input(path, Place::Line(number), format!("{shown:?}: {problem}"), "")
            })?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_has_lists_of_its_own() {
        let (pairs, questions) =
            (Pairs::read(Path::new(DEMO)).unwrap(), Questions::read(Path::new(DEMO)).unwrap());
        assert!(pairs.pairs.len() >= 100 && pairs.name == "demo", "{}", pairs.pairs.len());
        assert!(questions.questions.len() >= 100 && questions.sections.len() >= 3);
        let thinned = questions.clone().thinned(10);
        assert_eq!(thinned.questions.len(), 10);
        assert_eq!(thinned.questions[0], questions.questions[0]);
        assert_eq!(questions.clone().thinned(usize::MAX), questions);
    }
}
