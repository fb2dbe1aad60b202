//! Tables as LaTeX. They need the package booktabs for their horizontal lines.

use crate::error::printable;

use super::sheet::Sheet;

/// All tables, one after another.
pub fn document(sheets: &[Sheet]) -> String {
    let mut out = "% needs \\usepackage{booktabs}\n".to_string();
    for sheet in sheets {
        out.push_str(&table(sheet));
    }
    out
}

fn table(sheet: &Sheet) -> String {
    let columns: String =
        sheet.columns.iter().map(|column| if column.is_right() { 'r' } else { 'l' }).collect();
    let line = |cells: Vec<String>| format!("    {} \\\\\n", cells.join(" & "));
    let mut out = format!(
        "\\begin{{table}}\n  \\centering\n  \\caption{{{}}}\n  \\begin{{tabular}}{{{columns}}}\n    \\toprule\n",
        escaped(&sheet.caption)
    );
    out.push_str(&line(sheet.columns.iter().map(|column| escaped(&column.name)).collect()));
    out.push_str("    \\midrule\n");
    for row in &sheet.rows {
        out.push_str(&line(row.iter().map(|cell| escaped(&cell.text)).collect()));
    }
    out.push_str("    \\bottomrule\n  \\end{tabular}\n\\end{table}\n");
    out
}

/// Escapes text so that LaTeX takes no part of it for a command. Brackets and stars are put in braces, because LaTeX
/// would take one that follows the end of a row (`\\`) for an option of it.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in printable(text).chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '{' | '}' | '$' | '&' | '#' | '%' | '_' => out.extend(['\\', c]),
            '[' | ']' | '*' => out.extend(['{', c, '}']),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            '−' => out.push_str("$-$"),
            '±' => out.push_str("$\\pm$"),
            '×' => out.push_str("$\\times$"),
            '·' => out.push_str("$\\cdot$"),
            '–' => out.push_str("--"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::sheet::{Cell, numbers, words};
    use super::*;

    #[test]
    fn nothing_of_a_cell_is_a_command() {
        let mut sheet = Sheet::new("100 %", vec![words("a_b"), numbers("n", "")]);
        sheet.rows.push(vec![Cell::text("[x] & \\input{y}^~"), Cell::number("−1.0 ± 2", -1.0)]);
        let text = document(&[sheet]);
        for expected in [
            "\\caption{100 \\%}",
            "\\begin{tabular}{lr}",
            "    a\\_b & n \\\\\n    \\midrule\n",
            "{[}x{]} \\& \\textbackslash{}input\\{y\\}\\textasciicircum{}\\textasciitilde{} & $-$1.0 $\\pm$ 2 \\\\\n",
        ] {
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
    }
}
