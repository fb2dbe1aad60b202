//! Standard output: lines that are safe for terminals, JSON, and pipes that close early.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use serde::Serialize;

use crate::error::{Error, Result, printable, printable_char};

/// Standard output with a buffer, which is written when it is dropped or flushed.
pub struct Out {
    to: BufWriter<Stdout>,
}

impl Out {
    /// Standard output of this process.
    pub fn new() -> Out {
        Out { to: BufWriter::new(io::stdout()) }
    }

    /// Writes a line. Characters that a terminal could act on become visible stand-ins, wherever the text came from.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the reader closed the pipe. The program then ends without a message.
    pub fn line(&mut self, text: &str) -> Result<()> {
        writeln!(self.to, "{}", printable(text)).map_err(refused)
    }

    /// Writes several lines, each as [`Out::line`] does.
    ///
    /// # Errors
    /// As [`Out::line`].
    pub fn lines(&mut self, texts: &[String]) -> Result<()> {
        texts.iter().try_for_each(|text| self.line(text))
    }

    /// Writes the program's own text, which another program reads, without changes.
    ///
    /// # Errors
    /// As [`Out::line`].
    pub fn whole(&mut self, text: &[u8]) -> Result<()> {
        self.to.write_all(text).map_err(refused)
    }

    /// Writes one JSON document.
    ///
    /// # Errors
    /// As [`Out::line`].
    pub fn json(&mut self, document: &impl Serialize) -> Result<()> {
        writeln!(self.to, "{}", json(document)?).map_err(refused)
    }

    /// Flushes the buffer.
    ///
    /// # Errors
    /// As [`Out::line`].
    pub fn finish(mut self) -> Result<()> {
        self.to.flush().map_err(refused)
    }
}

/// `document` as indented JSON in which each character that a terminal could act on is escaped.
///
/// # Errors
/// When the document cannot be serialised as JSON.
pub fn json(document: &impl Serialize) -> Result<String> {
    let plain = serde_json::to_string_pretty(document)
        .map_err(|e| Error::request(format!("this cannot be written as JSON: {e}"), ""))?;
    let mut safe = String::with_capacity(plain.len());
    for c in plain.chars() {
        // Newlines between values are layout. Newlines inside strings are escaped already.
        if c == '\n' || printable_char(c) == c {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    Ok(safe)
}

/// Writes a line to standard error. If that fails, the line is lost, because there is no other place for it.
pub fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(text));
}

/// The number of columns of the terminal; `None` if standard output is not a terminal.
pub fn width() -> Option<usize> {
    let columns = || crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns));
    io::stdout().is_terminal().then(columns)
}

fn refused(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::Interrupted,
        _ => Error::io("write", "standard output", error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_faithful_and_harmless() {
        let text = "a\u{1b}[31m\u{202e}b\n\u{e0041}\u{9b}é";
        let document = json(&vec![text]).unwrap();
        assert!(document.chars().all(|c| c == '\n' || printable_char(c) == c), "{document}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&document).unwrap(), [text]);
    }
}
