//! Lists of scored word pairs and of analogies, from files or from the built-in demo.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::data::demo;
use crate::error::{Error, Place, Result};
use crate::files;

use super::columns::{self, Columns};

/// The name of the built-in demo's lists, unless a file has this name.
pub const DEMO: &str = "demo";

/// The longest line, in bytes.
const LONGEST: u64 = 1 << 16;

/// Pairs of words with human scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairs {
    /// The name of the list, such as "EN-WS-353-ALL".
    pub name: String,
    /// Two words and their score. A higher score means more similar. Each list has its own scale.
    pub pairs: Vec<(String, String, f64)>,
    /// Whether every word ends in a part-of-speech tag, as in `sun-n`.
    pub marked: bool,
    /// Remarks on how the file was understood, if there are several possibilities.
    pub remarks: Vec<String>,
}

/// Analogies: the first word is to the second as the third is to the fourth.
#[derive(Debug, Clone, PartialEq)]
pub struct Questions {
    /// The name of the list, such as "questions-words".
    pub name: String,
    /// The names of the sections, in the order of the file.
    pub sections: Vec<String>,
    /// The section and the four words of each question.
    pub questions: Vec<(usize, [String; 4])>,
}

impl Pairs {
    /// Reads two words and a score per line, separated by tabs, semicolons, commas or spaces. Fields may be quoted,
    /// scores may have a decimal comma. If the first line has headings, they name the columns of the words and the
    /// score. Without headings the score is the first number after the words. Lines that begin with `#` are skipped.
    ///
    /// # Errors
    /// If the file cannot be read, or a line has another form.
    pub fn read(path: &Path) -> Result<Pairs> {
        let mut pairs: Vec<(String, String, f64)> = Vec::new();
        let mut columns: Option<Columns> = None;
        let mut unclear = None;
        let mut clear = false;
        for_each_line(path, demo::SIMILARITY, |number, line| {
            let row = columns::split(line);
            if row.fields.iter().all(String::is_empty) {
                return Ok(());
            }
            let known = match &columns {
                Some(known) => known,
                None => {
                    let found = Columns::of_first_line(&row);
                    let headings = found.headings.is_some();
                    let found = columns.insert(found);
                    if headings {
                        return Ok(());
                    }
                    found
                }
            };
            let (a, b, score) = known.pair(&row).ok_or_else(|| known.expected())?;
            if known.headings.is_none() && row.maybe_decimal_comma() {
                unclear.get_or_insert(number);
            } else {
                clear = true;
            }
            pairs.push((a.to_string(), b.to_string(), score));
            Ok(())
        })?;
        if let (Some(line), false) = (unclear, clear) {
            return Err(Error::input(
                path,
                Place::Line(line),
                "four fields between commas: a score with a decimal comma, or two columns of numbers?",
                "separate the fields by tabs or semicolons, or give the columns headings",
            ));
        }
        let has_mark = |word: &str| columns::without_mark(word).is_some();
        let marked = !pairs.is_empty() && pairs.iter().all(|(a, b, _)| has_mark(a) && has_mark(b));
        let remarks = columns.iter().flat_map(Columns::remark).collect();
        Ok(Pairs { name: name(path), pairs, marked, remarks })
    }
}

impl Questions {
    /// Reads `: section` lines, and lines of four words.
    ///
    /// # Errors
    /// If the file cannot be read, or a line has another form.
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
            let &[a, b, c, d] = &words[..] else { return Err("four words are expected".into()) };
            questions.push((sections.len() - 1, [a, b, c, d].map(String::from)));
            Ok(())
        })?;
        Ok(Questions { name: name(path), sections, questions })
    }

    /// The same list with at most `most` questions, spread evenly over it.
    pub fn thinned(mut self, most: usize) -> Questions {
        let all = self.questions.len();
        if all > most {
            self.questions = (0..most).map(|i| self.questions[i * all / most].clone()).collect();
        }
        self
    }
}

/// The name of a path without its extension, such as "EN-WS-353-ALL".
fn name(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Calls a function for each line of the file at `path`, or of the demo's list.
fn for_each_line(
    path: &Path,
    built_in: &'static str,
    mut each: impl FnMut(u64, &str) -> std::result::Result<(), String>,
) -> Result<()> {
    let demo = path == Path::new(DEMO) && !path.is_file();
    let input: Box<dyn Read> =
        if demo { Box::new(built_in.as_bytes()) } else { Box::new(files::open_text(path)?) };
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
        // Tabs at the end of a line are columns without a value.
        let text = text.trim_matches(|c: char| c.is_whitespace() && c != '\t');
        if !text.trim().is_empty() && !text.starts_with('#') {
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

    fn read(text: &str) -> Result<Pairs> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.txt");
        std::fs::write(&path, text).unwrap();
        Pairs::read(&path)
    }

    /// The layouts of public lists, each with one additional pair.
    #[test]
    fn pairs_are_read_in_the_layouts_that_they_are_published_in() {
        for text in [
            "old\tnew\t1.58\nBig small 3\n",
            "old new 1.58\nBig,small,3\n",
            "old;new;1,58\nBig;small;3,0\n",
            "\u{feff}old;new;1.58\nBig;small;3\n",
            "old new 1,58\nBig small 3\n",
            "# a comment\nWord 1,Word 2,Human (mean)\nold,new,1.58\nBig,small,3\n",
            "word1,word2,score\nold,new,1,58\nBig,small,3,00\n",
            "Word 1,Word 2,Human (mean),1,2\nold,new,1.58,1,2\nBig,small,3,3,3\n",
            "\"word1\",\"word2\",\"mean\"\n\"old\",\"new\",\"1,58\"\n\"Big\",\"small\",\"3\"\n",
            "word1\tword2\tPOS\tSimLex999\tconc(w1)\tSD(SimLex)\nold\tnew\tA\t1.58\t2.72\t0.41\nBig\tsmall\tA\t3\t1\t1\n",
            "old\tnew\tA\t1.58\tANTONYMS\nBig\tsmall\tA\t3\tNONE\n",
            "ID,Word 1,Word 2,Average score\n1,old,new,1.58\n2,Big,small,3\n",
            "1,old,new,1.58\n2,Big,small,3\n",
            "old\tnew\t1.58\t1\t2\t2\nBig\tsmall\t3\t3\t3\t3\n\n",
            "\"old\" \"new\" 1.58\n\"Big\" \"small\" 3\n",
            "old,new,1.58\r\nBig,small,3\r\n,,\r\n",
        ] {
            let read = read(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            let pair = |a: &str, b: &str, score| (a.to_string(), b.to_string(), score);
            assert_eq!(read.pairs, [pair("old", "new", 1.58), pair("Big", "small", 3.0)], "{text}");
            assert!(!read.marked);
        }
    }

    #[test]
    fn what_was_understood_is_said_and_what_is_unclear_is_refused() {
        let simlex = "word1\tword2\tPOS\tSimLex999\tconc(w1)\nold\tnew\tA\t1.58\t2.72\n";
        assert_eq!(read(simlex).unwrap().remarks, ["the scores are those of the column \"SimLex999\""]);
        let odd = read("these are strange\nold new 1\n").unwrap();
        assert_eq!((odd.pairs.len(), odd.remarks.len()), (1, 1));
        assert!(odd.remarks[0].contains("the first line is taken for headings"), "{:?}", odd.remarks);
        for (text, expected) in [
            ("old,new,1,5\nbig,small,3,0\n", "decimal comma, or two columns"),
            ("old new 1\nbig small\n", "line 2"),
            ("old new 1\nbig small x\n", "two words and a score"),
            ("word1,word2,score\nold,new,x\n", "column \"score\""),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        // A score and another column of numbers in some line show that there are two columns.
        assert_eq!(read("old,new,1,5\nbig,small,3.5,0\n").unwrap().pairs.len(), 2);
    }

    #[test]
    fn marks_of_parts_of_speech_are_seen_if_every_word_has_one() {
        assert!(read("sun-n sunlight-n 50\nrun-v fast-j 20\n").unwrap().marked);
        assert!(!read("sun-n sunlight 50\nrun-v fast-j 20\n").unwrap().marked);
        assert!(!read("").unwrap().marked);
        assert_eq!(columns::without_mark("x-ray-n"), Some("x-ray"));
        assert_eq!((columns::without_mark("-n"), columns::without_mark("plan-b")), (None, None));
    }
}
