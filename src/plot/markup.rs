//! Text inside markup (SVG, HTML): nothing of it acts, and nothing of it hides.

use crate::error::printable;

/// `text` as the content of an element or of a quoted attribute. Characters of markup become entities; control
/// characters and those that reorder or hide text become visible stand-ins.
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

/// The same of a text in lines, which stay lines. Tabs become spaces.
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
