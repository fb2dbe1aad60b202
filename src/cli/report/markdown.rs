//! Tables as Markdown, in the syntax that GitHub, GitLab and Pandoc read.

use crate::error::printable;

use super::sheet::Sheet;

/// All tables, one after another.
pub fn document(sheets: &[Sheet]) -> String {
    let tables: Vec<String> = sheets.iter().map(table).collect();
    tables.join("\n")
}

fn table(sheet: &Sheet) -> String {
    let mut out = format!("**{}**\n\n", escaped(&sheet.caption));
    if sheet.rows.is_empty() {
        out.push_str("(nothing yet)\n");
        return out;
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    out.push_str(&line(sheet.columns.iter().map(|column| escaped(&column.name)).collect()));
    out.push_str(&line(
        sheet.columns.iter().map(|c| if c.is_right() { "---:" } else { ":---" }.into()).collect(),
    ));
    for row in &sheet.rows {
        out.push_str(&line(row.iter().map(|cell| escaped(&cell.text)).collect()));
    }
    out
}

/// Escapes text so that no part of it is taken for markup.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in printable(text).chars() {
        if "\\`*_[]<>|~$&#".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::sheet::{Cell, numbers, words};
    use super::*;

    #[test]
    fn nothing_of_a_cell_is_markup() {
        let mut sheet = Sheet::new("a *b*", vec![words("class"), numbers("n", "")]);
        sheet.rows.push(vec![Cell::text("x|y\n<b>_\u{1b}"), Cell::number("3", 3.0)]);
        let text = document(&[sheet]);
        assert_eq!(text, "**a \\*b\\***\n\n| class | n |\n| :--- | ---: |\n| x\\|y␊\\<b\\>\\_␛ | 3 |\n");
    }
}
