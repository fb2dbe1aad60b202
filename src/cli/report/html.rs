//! Pieces of a page: sections, tables that can be sorted, legends. Whatever comes from data is escaped here.

use std::fmt::Write;

use crate::plot::markup::escaped;
use crate::plot::series::Style;

use super::sheet::{Column, Kind, Sheet};

/// Columns that fit on paper in letters of the usual size.
const WIDE: usize = 9;

/// A part of the page, with a place in its contents.
pub struct Section {
    pub id: &'static str,
    pub title: &'static str,
    /// HTML.
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

/// A line that a terminal shows, as a sentence of a page.
pub fn sentence(line: &str) -> String {
    let line = line.trim();
    let mut letters = line.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

/// A table; a click on a head sorts it.
pub fn table(sheet: &Sheet) -> String {
    let caption = escaped(&sheet.caption);
    // On paper a wide table needs smaller letters.
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

/// The class of a column's cells as an attribute with a space before it.
fn class(column: &Column) -> &'static str {
    match column.kind {
        Kind::Words => "",
        Kind::Numbers => " class=\"r\"",
        Kind::Prose => " class=\"p\"",
    }
}

/// The names of series beside their lines and markers.
pub fn legend(entries: &[(Style, String)]) -> String {
    let mut out = "<ul class=\"legend\">".to_string();
    for (style, name) in entries {
        let _ = write!(out, "<li>{}<bdi>{}</bdi></li>", style.key(), escaped(name));
    }
    out.push_str("</ul>\n");
    out
}
