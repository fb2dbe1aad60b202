//! Finds the lines of a configuration on which its settings stand, so that a sentence can name them.

/// A setting, or an entry of a map in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    /// From 1.
    pub line: u64,
    /// 1 for settings, 2 for entries of their maps.
    pub depth: usize,
}

/// The names before colons, in the order of the file. The text is RON that was parsed before.
pub fn names(text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    let mut rest = text;
    let (mut depth, mut line) = (0_usize, 1);
    // The last name that was read, and its line.
    let mut last: Option<(String, u64)> = None;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => comment(rest),
            '"' => {
                let length = string(rest);
                last = rest.get(1..length.saturating_sub(1)).map(|name| (name.to_string(), line));
                length
            }
            'r' if rest.starts_with("r\"") || rest.starts_with("r#") => raw(rest),
            '(' | '[' | '{' => {
                (depth, last) = (depth + 1, None);
                1
            }
            ')' | ']' | '}' => {
                (depth, last) = (depth.saturating_sub(1), None);
                1
            }
            ':' => {
                found.extend(last.take().map(|(name, line)| Named { name, line, depth }));
                1
            }
            ',' => {
                last = None;
                1
            }
            _ if first.is_alphanumeric() || first == '_' => {
                let inner = |c: char| !(c.is_alphanumeric() || c == '_');
                let length = rest.find(inner).unwrap_or(rest.len());
                last = Some((rest[..length].to_string(), line));
                length
            }
            _ => first.len_utf8(),
        };
        line += rest[..length].matches('\n').count() as u64;
        rest = &rest[length..];
    }
    found
}

/// The length of a comment, in which other comments may be.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let rest = &text[at..];
        let step = match rest {
            _ if rest.starts_with("/*") => {
                depth += 1;
                2
            }
            _ if rest.starts_with("*/") => {
                depth -= 1;
                2
            }
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        at += step;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a string with its quotes.
fn string(text: &str) -> usize {
    let mut escaped = true;
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a raw string.
fn raw(text: &str) -> usize {
    let hashes = text[1..].len() - text[1..].trim_start_matches('#').len();
    let end = format!("\"{}", "#".repeat(hashes));
    let start = 2 + hashes;
    text.get(start..).and_then(|inner| inner.find(&end)).map_or(text.len(), |at| start + at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_found_on_its_line() {
        let text = "// theme: no\n(\n  /* a: /* b: */ */ theme: \"d: \\\" :\", // marks: x\n  keys: {\n    \"quit\": [\"a\", \":\"],\n\
                    \"b\" : r#\"x: \" y\"#,\n  }, start\n:\n\"x\",\n)";
        let found = names(text);
        let short: Vec<(&str, u64, usize)> =
            found.iter().map(|it| (it.name.as_str(), it.line, it.depth)).collect();
        assert_eq!(short, [("theme", 3, 1), ("keys", 4, 1), ("quit", 5, 2), ("b", 6, 2), ("start", 7, 1)]);
        for odd in ["", "(", "\"", "/*", "r#\"", "r#", "é:", "(a:\"\\"] {
            names(odd);
        }
    }
}
