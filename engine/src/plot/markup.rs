//! Escapes text for markup (SVG, HTML), so that no part of it works as markup and no part of it is invisible.

use crate::error::printable;

/// Escapes `text` as the content of an element or of a quoted attribute. Characters of markup become entities. Control
/// characters, and characters that reorder or hide text, are replaced by visible ones.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Escapes `text` as [`escaped`] does, but keeps its line breaks. A tab becomes four spaces.
pub fn escaped_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| escaped(&line.replace('\t', "    "))).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_do_nothing() {
        let hostile = "</script><img onerror='x'>&\"\u{1b}[2J\u{202e}\u{0}";
        let text = escaped(hostile);
        assert_eq!(text, "&lt;/script&gt;&lt;img onerror=&#39;x&#39;&gt;&amp;&quot;␛[2J·␀");
        assert_eq!(escaped_lines("a<\r\n\tb"), "a&lt;\n    b");
    }
}
