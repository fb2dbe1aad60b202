//! One document per line: `label text`, fastText's `__label__x text`, TREC's `COARSE:fine text`, and files with texts
//! of one class.

use std::path::Path;

use crate::error::{Error, Place, Result};

use super::collector::Collector;
use super::format::trec_label;
use super::lines::Lines;

/// Reads `label text` lines. The label is the part before the first tab, or, in a line without tabs, before the first
/// white space.
///
/// # Errors
/// If a line has only a label or only a text: with the line.
pub fn read_labelled(path: &Path, out: &mut Collector) -> Result<()> {
    out.how = "lines, where the label stands before the first space or tab".into();
    each_line(path, out, |line| {
        let separated = line.split_once('\t').or_else(|| line.trim_start().split_once([' ', '\t']));
        match separated.map(|(label, text)| (label.trim(), text)) {
            Some(("", _)) | None => Err("no label before the text"),
            Some((label, text)) => Ok((label, text)),
        }
    })
}

/// Reads fastText's lines. As in fastText, a label is a word that begins with `__label__`, at any place in the line.
///
/// # Errors
/// If a line has no label or several: with the line.
pub fn read_fasttext(path: &Path, out: &mut Collector) -> Result<()> {
    const PREFIX: &str = "__label__";
    out.how = "fastText's lines, where a word that begins with __label__ is the label".into();
    let mut lines = Lines::open(path)?;
    while let Some((number, line)) = lines.next_line()? {
        let mut label: Option<&str> = None;
        let mut text: Vec<&str> = Vec::new();
        let wrong =
            |problem: String, remedy: &str| Err(Error::input(path, Place::Line(number), problem, remedy));
        for word in line.split_whitespace() {
            let Some(name) = word.strip_prefix(PREFIX) else {
                text.push(word);
                continue;
            };
            if name.is_empty() {
                return wrong("no name after __label__".into(), "write the name of the class after it");
            }
            if name.contains(PREFIX) {
                let problem = format!("labels without a space between them: {word}");
                return wrong(problem, "put a space before each __label__; a text can have one class only");
            }
            if label.is_some_and(|label| label != name) {
                let problem = format!("two labels, {} and {name}", label.unwrap_or_default());
                return wrong(problem, "a text can have one class only: leave one label a line");
            }
            label = Some(name);
        }
        let Some(label) = label else {
            let remedy = "begin every line with __label__ and the name of its class";
            return wrong("no word of the line begins with __label__".into(), remedy);
        };
        // If the label comes first, the white space between the words is kept as it is.
        let first = line.trim().strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix(label));
        let text = match first.filter(|rest| !rest.contains(PREFIX)) {
            Some(rest) => rest.trim().to_string(),
            None => text.join(" "),
        };
        out.add(label, text)?;
    }
    out.foreign += lines.foreign;
    Ok(())
}

/// Reads TREC's lines; the class is the coarse class.
///
/// # Errors
/// If a line does not begin with a class: with the line.
pub fn read_trec(path: &Path, out: &mut Collector) -> Result<()> {
    out.how = "TREC's lines, where the label stands before the first colon".into();
    each_line(path, out, |line| {
        let label = trec_label(line).ok_or("the line does not begin with a class, as in `DESC:manner `")?;
        Ok((label, line.split_once([' ', '\t']).map_or("", |(_, text)| text)))
    })
}

/// Reads a file with one text of the class `class` per line.
///
/// # Errors
/// If the file cannot be read, or holds no text.
pub fn read_class(path: &Path, class: &str, out: &mut Collector) -> Result<()> {
    let before = out.documents.len();
    let mut lines = Lines::open(path)?;
    while let Some((_, line)) = lines.next_line()? {
        out.add(class, line.trim().to_string())?;
    }
    out.foreign += lines.foreign;
    if out.documents.len() == before {
        let problem = format!("the class \"{class}\" is empty: no line of this file holds text");
        return Err(Error::input(path, Place::Whole, problem, "give every class its texts"));
    }
    Ok(())
}

/// Adds every line. `cut` splits it into label and text, or returns the problem with it.
fn each_line(
    path: &Path,
    out: &mut Collector,
    cut: impl Fn(&str) -> std::result::Result<(&str, &str), &'static str>,
) -> Result<()> {
    let mut lines = Lines::open(path)?;
    while let Some((number, line)) = lines.next_line()? {
        match cut(&line) {
            Ok((label, text)) => out.add(label, text.trim().to_string())?,
            Err(problem) => {
                let remedy = "begin every line with its label, then a space, then the text";
                return Err(Error::input(path, Place::Line(number), problem, remedy));
            }
        }
    }
    out.foreign += lines.foreign;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = fn(&Path, &mut Collector) -> Result<()>;

    fn run(read: Read, text: &[u8]) -> std::result::Result<Vec<(String, String)>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, text).unwrap();
        let mut quiet = |_| Ok(());
        let mut out = Collector::new(&mut quiet);
        read(&path, &mut out).map_err(|error| error.to_string())?;
        Ok(out.documents.iter().map(|d| (out.names[d.label as usize].clone(), d.text.clone())).collect())
    }

    #[test]
    fn the_label_is_cut_off() {
        for (read, text, expected) in [
            (read_labelled as Read, "1 a b \n0 c", [("1", "a b"), ("0", "c")]),
            (read_labelled, "very good\ta b\nso so\tc d", [("very good", "a b"), ("so so", "c d")]),
            (read_fasttext, "__label__x a  b\n__label__y\tc", [("x", "a  b"), ("y", "c")]),
            (read_fasttext, "so bad __label__2\nfine __label__1 day", [("2", "so bad"), ("1", "fine day")]),
            (read_fasttext, "__label__2 so __label__2\n__label__2 too", [("2", "so"), ("2", "too")]),
            (read_trec, "DESC:manner How so ?\nNUM:date When ?", [("DESC", "How so ?"), ("NUM", "When ?")]),
        ] {
            let expected = expected.map(|(a, b)| (a.to_string(), b.to_string()));
            assert_eq!(run(read, text.as_bytes()).unwrap(), expected);
        }
    }

    #[test]
    fn a_line_without_label_is_named() {
        for (read, text, expected) in [
            (read_labelled as Read, "1 a\n\nword", "line 3: no label before the text"),
            (read_labelled, "1\ta\n\tword", "line 2: no label before the text"),
            (read_fasttext, "__label__x a\nb", "line 2: no word of the line begins with __label__"),
            (read_fasttext, "__label__ a", "line 1: no name"),
            (read_fasttext, "__label__x __label__y a", "line 1: two labels, x and y"),
            (read_fasttext, "__label__2 so annoying __label__x", "line 1: two labels, 2 and x"),
            (read_fasttext, "__label__a__label__b c", "line 1: labels without a space between them"),
            (read_trec, "DESC:manner How ?\nHow ?", "line 2: the line does not begin with a class"),
        ] {
            let error = run(read, text.as_bytes()).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let error = run(|path, out| read_class(path, "good", out), b"\n \n").unwrap_err();
        assert!(error.contains("the class \"good\" is empty"), "{error}");
    }
}
