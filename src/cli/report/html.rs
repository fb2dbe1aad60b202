//! Parts of the HTML page: sections, sortable tables, legends. All text that these functions take is escaped here,
//! except the body of a section, which is HTML.

use std::fmt::Write;

use crate::plot::markup::escaped;
use crate::plot::series::Style;

use super::sheet::{Column, Kind, Sheet};

/// The maximum number of columns that fit on paper in the normal font size.
const WIDE: usize = 9;

/// A section of the page, which the table of contents lists.
pub struct Section {
    pub id: &'static str,
    pub title: &'static str,
    /// The content, as HTML.
    pub body: String,
}

impl Section {
    pub fn new(id: &'static str, title: &'static str, body: String) -> Section {
        Section { id, title, body }
    }
}

/// A paragraph of text.
pub fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

/// A paragraph of text that explains what is above or below it.
pub fn remark(text: &str) -> String {
    format!("<p class=\"remark\">{}</p>\n", escaped(text))
}

/// A list of texts.
pub fn list(texts: impl Iterator<Item = String>) -> String {
    let items: String = texts.map(|text| format!("<li>{}</li>\n", escaped(&text))).collect();
    format!("<ul>\n{items}</ul>\n")
}

/// Turns a line of terminal output into a sentence: a capital letter at the beginning and a full stop at the end.
pub fn sentence(line: &str) -> String {
    let line = line.trim();
    let mut letters = line.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// A table. A click on the header of a column sorts the rows.
pub fn table(sheet: &Sheet) -> String {
    let caption = escaped(&sheet.caption);
    // In print a wide table gets a smaller font.
    let wide = if sheet.columns.len() > WIDE { " wide" } else { "" };
    let mut out = format!(
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\"><table class=\"sortable{wide}\">\
         <caption>{caption}</caption>\n<thead><tr>"
    );
    for column in &sheet.columns {
        let class = class(column);
        let title = match column.explained {
            "" => String::new(),
            explained => format!(" title=\"{}\"", escaped(explained)),
        };
        let _ = write!(out, "<th scope=\"col\"{class}{title}>{}</th>", escaped(&column.name));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &sheet.rows {
        out.push_str("<tr>");
        for (place, (cell, column)) in row.iter().zip(&sheet.columns).enumerate() {
            let value = cell.value.map_or(String::new(), |value| format!(" data-sort=\"{value}\""));
            let class = class(column);
            let text = escaped(&cell.text);
            let _ = if place == 0 {
                write!(out, "<th scope=\"row\"{class}{value}><bdi>{text}</bdi></th>")
            } else {
                write!(out, "<td{class}{value}><bdi>{text}</bdi></td>")
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    out
}

/// The CSS class of the cells of a column, as an attribute with a space before it. Empty for words.
fn class(column: &Column) -> &'static str {
    match column.kind {
        Kind::Words => "",
        Kind::Numbers => " class=\"r\"",
        Kind::Prose => " class=\"p\"",
    }
}

/// A legend: the name of each series beside its line and marker.
pub fn legend(entries: &[(Style, String)]) -> String {
    let mut out = "<ul class=\"legend\">".to_string();
    for (style, name) in entries {
        let _ = write!(out, "<li>{}<bdi>{}</bdi></li>", style.key(), escaped(name));
    }
    out.push_str("</ul>\n");
    out
}
