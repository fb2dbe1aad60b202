//! The error type of the crate. Each error says what the program was doing, where, what is wrong, and what to do.
//!
//! Every message is one sentence that a user can act on. Text from data passes through [`printable`] before it enters
//! a message, so no file can send control characters to the terminal.

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// The result of a fallible function.
pub type Result<T> = std::result::Result<T, Error>;

/// Where in a file something is wrong. Lines and columns count from 1, bytes from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// A line.
    Line(u64),
    /// A line and a column.
    LineColumn(u64, u64),
    /// A byte offset.
    Byte(u64),
    /// A member of an archive, or a named tensor.
    Member(String),
}

/// An error whose cause is outside the program.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused an operation.
    #[error("cannot {doing} {}: {source}{}", shown(path), ending(remedy(source.kind())))]
    Io {
        /// A verb phrase that takes the path as its object, such as "read" or "create".
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file does not hold what is expected.
    #[error("{}{place}: {}{}", shown(path), quotable(problem), ending(remedy))]
    Input {
        /// The file.
        path: PathBuf,
        /// Where in the file.
        place: Place,
        /// What is wrong there: a clause that follows a colon.
        problem: String,
        /// What the user can do: a clause that follows a semicolon. Empty if no remedy is known.
        remedy: String,
    },
    /// The request cannot be done (an empty class, a budget larger than the data …).
    #[error("{}{}", quotable(problem), ending(remedy))]
    Request {
        /// What is wrong: the beginning of the sentence.
        problem: String,
        /// What the user can do: a clause that follows a semicolon. Empty if no remedy is known.
        remedy: String,
    },
    /// Training computed a value that is not finite.
    #[error("diverged: {}", quotable(what))]
    Diverged {
        /// Which value it was, and at which step.
        what: String,
    },
    /// The user stopped the program, or the reader of its output closed the pipe. No message is shown.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    /// An operating-system error while `doing` something with `path`.
    pub fn io(doing: &'static str, path: impl AsRef<Path>, source: io::Error) -> Self {
        Error::Io { doing, path: path.as_ref().to_path_buf(), source }
    }

    /// A file that does not hold what is expected at `place`.
    pub fn input(
        path: impl AsRef<Path>,
        place: Place,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Error::Input {
            path: path.as_ref().to_path_buf(),
            place,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// A request that cannot be done.
    pub fn request(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Error::Request { problem: problem.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Whole => Ok(()),
            Place::Line(line) => write!(f, ", line {line}"),
            Place::LineColumn(line, column) => write!(f, ", line {line}, column {column}"),
            Place::Byte(byte) => write!(f, ", byte {byte}"),
            Place::Member(name) => write!(f, ", {}", quotable(name)),
        }
    }
}

/// What the user can do about an error of the operating system. Empty if no remedy is known.
fn remedy(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => "name one that you may use, or change its permissions",
        io::ErrorKind::IsADirectory => "it is a folder: name a file",
        io::ErrorKind::NotADirectory => "a file stands where the path has a folder: check the path",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk",
        io::ErrorKind::FileTooLarge => {
            "files may not grow so large here: raise that limit (ulimit -f), or write elsewhere"
        }
        _ => "",
    }
}

/// A remedy as the end of a message. Empty if there is no remedy.
fn ending(remedy: &str) -> String {
    if remedy.is_empty() { String::new() } else { format!("; {}", quotable(remedy)) }
}

/// A path as it appears in messages.
fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// The most characters of one word and of a whole message that are shown. Usual paths are shorter.
const LONGEST_WORD: usize = 600;
const LONGEST_MESSAGE: usize = 3_000;

/// Like [`printable`], but shortens words that are too long to quote by cutting out their middle.
fn quotable(text: &str) -> String {
    let text = printable(text);
    if text.len() <= LONGEST_WORD {
        return text;
    }
    let words: Vec<String> = text.split(' ').map(|word| cut(word, LONGEST_WORD)).collect();
    cut(&words.join(" "), LONGEST_MESSAGE)
}

/// The beginning and the end of a text of more than `most` characters, with a note on what was left out between them.
fn cut(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_string();
    }
    let (first, last) = (most / 6, most / 12);
    let beginning: String = text.chars().take(first).collect();
    let end: String = text.chars().skip(count - last).collect();
    format!("{beginning}… ({} more characters) …{end}", count - first - last)
}

/// A count with its thousands separated: "12,345".
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun: "1 file", "1,200 files".
pub fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n as u64), if n == 1 { one } else { many })
}

/// A number with so many decimals, and with a minus sign (not a hyphen) if it is negative: "0.25", "−0.10". What rounds
/// to zero has no sign.
pub fn decimal(value: impl Into<f64>, decimals: usize) -> String {
    with_sign(value.into(), decimals, "")
}

/// As [`decimal`], with a plus sign if it is positive: "+3.4", "−0.1", "0.0".
pub fn signed(difference: impl Into<f64>, decimals: usize) -> String {
    with_sign(difference.into(), decimals, "+")
}

fn with_sign(value: f64, decimals: usize, plus: &str) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let size = format!("{:.decimals$}", value.abs());
    match size.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
        true => size,
        false => format!("{}{size}", if value < 0.0 { "−" } else { plus }),
    }
}

/// `text` with each character replaced by a visible stand-in if a terminal could act on it, or if it hides or
/// reorders text. Control characters become their Unicode control symbols (U+2400 onwards); bidirectional and
/// zero-width marks become `·`. Tabs and newlines count as control characters.
pub fn printable(text: &str) -> String {
    text.chars().map(printable_char).collect()
}

/// The visible stand-in of one character; see [`printable`].
pub fn printable_char(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('·'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' => '·',
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{61c}'
        | '\u{ad}' => '·',
        '\u{2028}' | '\u{2029}' => '␤',
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => '·',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounds_to_zero_has_no_sign() {
        assert_eq!(
            [3.44, -0.15, 0.04, -0.04, f64::NAN].map(|x| signed(x, 1)),
            ["+3.4", "−0.1", "0.0", "0.0", "–"]
        );
        assert_eq!(
            [0.251, -0.1, -0.001, f64::INFINITY].map(|x| decimal(x, 2)),
            ["0.25", "−0.10", "0.00", "–"]
        );
        assert_eq!([signed(-3.0_f32, 0), signed(12, 0), signed(0, 0)], ["−3", "+12", "0"]);
    }

    #[test]
    fn messages_name_file_place_problem_and_remedy() {
        let error =
            Error::input("reviews.csv", Place::Line(3), "no column \"text\"", "columns are: id, body");
        assert_eq!(error.to_string(), "reviews.csv, line 3: no column \"text\"; columns are: id, body");
    }

    #[test]
    fn a_message_quotes_the_beginning_and_the_end_of_a_long_word() {
        let word = format!("b{}e", "é".repeat(20_000));
        let error = Error::input("a.csv", Place::Line(3), format!("\"{word}\" is no number"), "write one");
        let told = error.to_string();
        assert!(told.chars().count() < 300, "{told}");
        assert!(
            told.starts_with("a.csv, line 3: \"bééé") && told.contains("(19854 more characters)"),
            "{told}"
        );
        assert!(told.ends_with("ée\" is no number; write one"), "{told}");
        let many = Error::request("word ".repeat(20_000), "").to_string();
        assert!(many.chars().count() < 1_000);
        // A folder that the message asks the user to type is never cut.
        let folder = format!("/{}", "folder/".repeat(70));
        assert!(Error::request("", format!("`resume {folder}`")).to_string().contains(&folder));
    }

    #[test]
    fn what_the_system_refuses_says_what_to_do() {
        let error = Error::io("open", "a.png", io::ErrorKind::NotFound.into());
        assert!(error.to_string().ends_with("; check the path"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let error = Error::io("read", folder.path(), std::fs::read(folder.path()).unwrap_err());
        assert!(error.to_string().ends_with("name a file"), "{error}");
        let error = Error::io("read", "a.png", io::Error::other("odd"));
        assert_eq!(error.to_string(), "cannot read a.png: odd");
    }

    #[test]
    fn nothing_a_terminal_would_act_on_gets_through() {
        let shown = printable("a\x1b[31mb\u{202e}c\u{9b}d\n\u{7f}");
        assert_eq!(shown, "a␛[31mb·c·d␊␡");
    }
}
