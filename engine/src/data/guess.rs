//! The columns of a table without a header that hold the text and the label, chosen by their content.
//!
//! A label column has few, short values that repeat often. A text column has words, hardly repeats, and holds neither
//! numbers nor dates. Of several possible label columns one is chosen only if it is clearly better: it has at most
//! half as many values, or at most two thirds as many words, as any other. Adjacent text columns, such as title and
//! description, are joined. All other cases are ambiguous and not guessed.

use std::borrow::Cow;
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// A column with more distinct values is not a label.
const MOST_VALUES: usize = 1_000;
/// The maximum number of rows that are examined.
const MOST_ROWS: u64 = 4_000_000;
/// Tables with more columns are not guessed.
const MOST_COLUMNS: usize = 256;
/// The maximum length of a label, in characters.
const LONGEST_LABEL: usize = 60;
/// The maximum number of words in the name of a column.
const NAME_WORDS: usize = 3;
/// The number of example values kept for each column.
const EXAMPLES: usize = 3;

/// The reason why no columns were chosen.
#[derive(Debug, Clone, PartialEq)]
pub enum Unclear {
    /// No column resembles a label, or none a text.
    Nothing,
    /// Several columns are possible; the description says which.
    Several(String),
}

/// The columns that were chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The columns of the text, which are adjacent.
    pub texts: Vec<usize>,
    /// The column of the label.
    pub label: usize,
    /// Whether the first row holds the names of the columns.
    pub header: bool,
}

/// Statistics of a table's columns.
pub struct Guess {
    columns: Vec<Column>,
    rows: u64,
    hasher: RandomState,
}

/// Statistics of a column.
#[derive(Default)]
struct Column {
    values: HashSet<u64>,
    /// Whether there are more distinct values than are counted.
    many: bool,
    examples: Vec<String>,
    empty: u64,
    words: u64,
    longest: usize,
    characters: u64,
    letters: u64,
    /// The number of letters beyond ASCII, as in scripts that may have no spaces.
    foreign: u64,
    /// The number of fields that are numbers, dates or addresses.
    other: u64,
    /// The first row's value, the number of its words, and whether it occurred again.
    first: u64,
    first_words: usize,
    first_again: bool,
}

impl Guess {
    /// For rows of `width` fields.
    pub fn new(width: usize) -> Guess {
        let columns = (0..width.min(MOST_COLUMNS + 1)).map(|_| Column::default()).collect();
        Guess { columns, rows: 0, hasher: RandomState::new() }
    }

    /// Adds a row; returns whether more rows are wanted.
    pub fn take(&mut self, row: &[Cow<str>]) -> bool {
        for (column, field) in self.columns.iter_mut().zip(row) {
            column.take(field.trim(), self.hasher.hash_one(field.trim()), self.rows == 0);
        }
        self.rows += 1;
        self.rows < MOST_ROWS && self.columns.len() <= MOST_COLUMNS
    }

    /// The columns of the text and of the label, and whether the first row is a header. `text` and `label` are given by the
    /// user, if not `None`.
    ///
    /// # Errors
    /// If the choice is not clear.
    pub fn decide(&self, text: Option<usize>, label: Option<usize>) -> Result<Chosen, Unclear> {
        if self.columns.len() > MOST_COLUMNS || self.rows < 2 {
            return Err(Unclear::Nothing);
        }
        let all = 0..self.columns.len();
        let labels: Vec<usize> = match label {
            Some(label) => vec![label],
            None => all.clone().filter(|&c| Some(c) != text && self.columns[c].is_label(self.rows)).collect(),
        };
        let mut readings: Vec<(Vec<usize>, usize)> = Vec::new();
        for &label in &labels {
            let among = |like: &dyn Fn(&Column) -> bool| -> Vec<usize> {
                all.clone().filter(|&c| c != label && like(&self.columns[c])).collect()
            };
            let mut texts = match text {
                Some(text) => vec![text],
                None => among(&|column| column.is_text(self.rows)),
            };
            if texts.is_empty() {
                // Texts of single words.
                texts =
                    among(&|column| column.is_wordlike(self.rows) && column.count() * 2 > self.rows as usize);
            }
            if !texts.is_empty() {
                readings.push((texts, label));
            }
        }
        let (texts, label) = match readings.len() {
            0 if labels.len() > 1 => return Err(Unclear::Several(self.named(&labels, "the label"))),
            0 => return Err(Unclear::Nothing),
            1 => readings.remove(0),
            _ => {
                let best = readings
                    .iter()
                    .position(|(_, a)| readings.iter().all(|(_, b)| a == b || self.is_better(*a, *b)));
                let Some(best) = best else {
                    let columns: Vec<usize> = readings.iter().map(|(_, label)| *label).collect();
                    return Err(Unclear::Several(self.named(&columns, "the label")));
                };
                readings.remove(best)
            }
        };
        if texts.windows(2).any(|pair| pair[1] != pair[0] + 1) {
            return Err(Unclear::Several(self.named(&texts, "the text")));
        }
        // If the other labels repeat and the first does not, the first row is a header with unusual names.
        let header = !self.columns[label].first_again && self.rows > 3;
        if header && texts.iter().any(|&text| self.columns[text].first_words > NAME_WORDS) {
            // It may as well be a text whose class has no other example.
            return Err(Unclear::Nothing);
        }
        Ok(Chosen { texts, label, header })
    }

    /// Whether `a` clearly resembles a label more than `b` does.
    fn is_better(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.columns[a], &self.columns[b]);
        let values = b.count() as f64 / a.count().max(1) as f64;
        let words = b.words as f64 / a.words.max(1) as f64;
        values >= 1.0 && words >= 1.0 && (values >= 2.0 || words >= 1.5)
    }

    /// A description of `columns` with some of their values.
    fn named(&self, columns: &[usize], what: &str) -> String {
        let named = |&column: &usize| {
            let values = self.columns[column].examples.iter().map(|value| format!("\"{value}\""));
            format!("{} ({} …)", column + 1, values.collect::<Vec<_>>().join(", "))
        };
        let list: Vec<String> = columns.iter().take(6).map(named).collect();
        format!("each of the columns {} may be {what}", list.join(" and "))
    }
}

/// The index of the only column that holds texts in these rows, and whether the first row is a header.
pub fn only_text(rows: &[Vec<String>]) -> Option<(usize, bool)> {
    let mut guess = Guess::new(rows.first()?.len());
    for row in rows.iter().filter(|row| row.len() == rows[0].len()) {
        guess.take(&row.iter().map(|field| Cow::Borrowed(&field[..])).collect::<Vec<_>>());
    }
    let mut texts = (0..guess.columns.len()).filter(|&c| guess.columns[c].is_text(guess.rows));
    let (text, None) = (texts.next()?, texts.next()) else { return None };
    let column = &guess.columns[text];
    let others =
        column.words.saturating_sub(column.first_words as u64) as f64 / (guess.rows.max(2) - 1) as f64;
    // A name is short where texts are not.
    let header = column.first_words <= NAME_WORDS && others > 2.0 * column.first_words as f64;
    Some((text, header))
}

impl Column {
    fn take(&mut self, field: &str, hash: u64, first: bool) {
        if first {
            self.first = hash;
            self.first_words = field.split_whitespace().count();
        } else {
            self.first_again |= self.first == hash;
        }
        if field.is_empty() {
            self.empty += 1;
            return;
        }
        if self.values.len() <= MOST_VALUES {
            if self.values.insert(hash) && self.examples.len() < EXAMPLES {
                self.examples.push(field.chars().take(24).collect());
            }
        } else {
            self.many = true;
        }
        self.words += field.split_whitespace().count() as u64;
        let (mut letters, mut digits, mut marks, mut characters) = (0_u64, 0_u64, 0_u64, 0_usize);
        for c in field.chars() {
            characters += 1;
            letters += u64::from(c.is_alphabetic());
            self.foreign += u64::from(c.is_alphabetic() && !c.is_ascii());
            digits += u64::from(c.is_numeric());
            marks += u64::from(matches!(c, ':' | '-' | '/' | '.'));
        }
        self.longest = self.longest.max(characters);
        self.characters += field.chars().filter(|c| !c.is_whitespace()).count() as u64;
        self.letters += letters;
        let date = digits >= 4 && marks >= 2 && digits + marks >= letters;
        let address =
            !field.contains(char::is_whitespace) && (field.contains("://") || field.contains("www."));
        self.other += u64::from(field.parse::<f64>().is_ok() || date || address);
    }

    /// The number of distinct values.
    fn count(&self) -> usize {
        if self.many { usize::MAX / 4 } else { self.values.len() }
    }

    fn is_label(&self, rows: u64) -> bool {
        let filled = rows - self.empty;
        let count = self.count();
        (2..=MOST_VALUES).contains(&count)
            && count as u64 * 2 <= filled + 1
            && self.longest <= LONGEST_LABEL
            && self.words <= 3 * filled
            && self.empty * 2 <= rows
    }

    /// Whether the column holds neither numbers, dates or addresses, nor only a single value.
    fn is_wordlike(&self, rows: u64) -> bool {
        let filled = rows - self.empty;
        filled > 0 && self.other * 2 < filled && self.letters * 2 >= self.characters && self.count() > 1
    }

    fn is_text(&self, rows: u64) -> bool {
        let filled = rows - self.empty;
        let without_spaces = self.foreign * 2 > self.characters && self.characters >= 4 * filled;
        self.is_wordlike(rows) && (self.words * 2 >= filled * 3 || without_spaces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(rows: &[&str]) -> Result<(Vec<usize>, usize), Unclear> {
        let chosen = chosen(rows)?;
        assert!(!chosen.header, "{chosen:?}");
        Ok((chosen.texts, chosen.label))
    }

    fn chosen(rows: &[&str]) -> Result<Chosen, Unclear> {
        let split =
            |row: &str| row.split('|').map(|field| Cow::Owned(field.to_string())).collect::<Vec<Cow<str>>>();
        let mut guess = Guess::new(split(rows[0]).len());
        rows.iter().for_each(|row| {
            guess.take(&split(row));
        });
        guess.decide(None, None)
    }

    #[test]
    fn tables_as_they_are_published_are_understood() {
        // Labels first, then title and description.
        let news =
            ["3|Oil is up|Prices rose again", "4|A new chip|It is small", "3|Banks fall|Shares lost much"];
        assert_eq!(decide(&news), Ok((vec![1, 2], 0)));
        // Class, number, date, query, user, text.
        let tweets: Vec<String> = (0..40)
            .map(|i| {
                let (class, day) = (if i % 3 == 0 { 4 } else { 0 }, 10 + i % 9);
                format!(
                    "{class}|{}|Mon Apr {day} 22:19:{day} PDT 2009|NONE|user{i}|what a day number {i}",
                    9_000 + i
                )
            })
            .collect();
        let tweets: Vec<&str> = tweets.iter().map(String::as_str).collect();
        assert_eq!(decide(&tweets), Ok((vec![5], 0)));
        // Text first, and repeated.
        let lovely = ["lovely day|pos", "rainy day|neg", "lovely day|pos", "rainy day|neg"];
        assert_eq!(decide(&lovely), Ok((vec![0], 1)));
        // Without spaces, and of single words.
        assert_eq!(decide(&["1|味がとても良い", "0|値段が高すぎる", "1|接客が良かった"]), Ok((vec![1], 0)));
        assert_eq!(decide(&["a|good", "b|bad", "a|fine", "b|poor"]), Ok((vec![1], 0)));
        // With the label in the middle of numbers.
        let rows =
            ["7|yes|so it is|1.5", "8|no|not so at all|2.5", "9|yes|quite so|3.5", "10|no|by no means|4.5"];
        assert_eq!(decide(&rows), Ok((vec![2], 1)));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_named() {
        let several = |rows: &[&str]| match decide(rows) {
            Err(Unclear::Several(problem)) => problem,
            other => panic!("{other:?}"),
        };
        // Two columns of few short values.
        let problem = several(&["a|x|one text", "b|y|two texts", "a|y|more text", "b|x|even more"]);
        assert_eq!(problem, "each of the columns 1 (\"a\", \"b\" …) and 2 (\"x\", \"y\" …) may be the label");
        let problem = several(&["good|day", "bad|night", "good|day", "bad|night"]);
        assert!(problem.ends_with("may be the label"), "{problem}");
        // Two texts apart from each other.
        let problem =
            several(&["one text|a|is this", "two texts|b|is that", "more text|a|is it", "a text|b|it is"]);
        assert!(problem.contains("columns 1 (") && problem.ends_with("may be the text"), "{problem}");
    }

    #[test]
    fn a_header_with_unusual_names_is_found_by_its_label() {
        let rows = ["mood|words", "pos|one fine day", "neg|one bad day", "pos|all is well", "neg|nothing is"];
        assert_eq!(chosen(&rows), Ok(Chosen { texts: vec![1], label: 0, header: true }));
    }

    #[test]
    fn nothing_is_made_of_what_is_no_labelled_table() {
        for rows in [
            &["1|2", "3|4", "5|6", "7|8"][..],
            &["a text|b text", "c text|d text", "e text|f text"],
            // The first row may be a header, or the only example of its class.
            &["odd|not quite so bad", "pos|one fine day", "neg|one bad day", "pos|all is well", "neg|it is"],
            &["one text|pos"],
        ] {
            assert_eq!(decide(rows), Err(Unclear::Nothing), "{rows:?}");
        }
    }
}
