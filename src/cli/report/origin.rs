//! The section on the origin of the figures: how to reproduce them, versions, the recipe, and the course of the
//! session.

use crate::error::printable_char;
use crate::plot::markup::{escaped, escaped_lines};
use crate::session::record::VERSION;

use super::super::story;
use super::html::{self, Section};
use super::subject::Subject;

/// The section.
pub fn section(subject: &Subject) -> Section {
    let history = subject.history;
    let mut body = String::new();
    if let Some(recipe) = &history.recipe {
        body.push_str(&html::paragraph(
            "To reproduce the figures, save the recipe below as recipe.ron and run this command. The same seed gives the same \
             figures on the same kind of machine. Only the times differ.",
        ));
        body.push_str("<pre class=\"command\"><code>warmstart run recipe.ron</code></pre>\n");
        body.push_str(&html::remark(
            "If the recipe names files, replace their paths with your own paths to the same data.",
        ));
        body.push_str(&versions(subject));
        body.push_str(&format!(
            "<details open><summary>Recipe</summary>\n<pre class=\"recipe\"><code>{}</code></pre></details>\n",
            escaped_lines(&visible(&recipe.to_ron()))
        ));
    } else {
        body.push_str(&versions(subject));
    }
    let story = story::whole(history).join("\n");
    body.push_str(&format!(
        "<details><summary>Course of the session</summary>\n<pre><code>{}</code></pre></details>\n",
        escaped_lines(&story)
    ));
    Section::new("origin", "Reproduce", body)
}

/// Writes the invisible characters of a recipe as escapes of RON, so that a copy from the page parses to the same
/// recipe.
fn visible(ron: &str) -> String {
    let mut out = String::with_capacity(ron.len());
    for c in ron.chars() {
        if c == '\n' || printable_char(c) == c {
            out.push(c);
        } else {
            out.push_str(&format!("\\u{{{:x}}}", c as u32));
        }
    }
    out
}

fn versions(subject: &Subject) -> String {
    let history = subject.history;
    let machine = if history.machine.is_empty() { "not recorded" } else { &history.machine };
    let this = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    let parents: Vec<String> = history.parents.iter().map(|parent| parent.sentence()).collect();
    let facts = [
        ("Session", subject.name.to_string()),
        ("Trained by", history.program.clone()),
        ("Machine", machine.to_string()),
        ("Report by", format!("{this}, log format {VERSION}")),
    ];
    let lineage = (!parents.is_empty()).then(|| ("Pre-trained by", parents.join("; ")));
    let rows: Vec<String> = facts
        .iter()
        .chain(&lineage)
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escaped(value)))
        .collect();
    format!("<dl>{}</dl>\n", rows.concat())
}
