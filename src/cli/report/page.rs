//! The whole page: head, table of contents and sections, in one text that loads nothing from outside.

use std::fmt::Write;

use crate::plot::markup::escaped;

use super::super::story;
use super::html::Section;
use super::subject::Subject;
use super::{calibration, comparison, confusion, curves, labels, mistakes, origin, tuning, verdict, words};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// The content security policy. The browser loads nothing from anywhere. It applies only the style and runs only the
/// script that have this nonce.
const POLICY: &str = "default-src 'none'; style-src 'nonce-warmstart'; script-src 'nonce-warmstart'; base-uri 'none'; \
                      form-action 'none'";

/// The whole page.
pub fn page(subject: &Subject) -> String {
    let sections = sections(subject);
    let title = escaped(subject.title());
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title} · warmstart</title>\n<style nonce=\"warmstart\">\n{STYLE}</style>\n</head>\n<body>\n"
    );
    let _ = write!(
        out,
        "<header>\n<p class=\"kicker\">warmstart report</p>\n<h1>{title}</h1>\n{}</header>\n",
        facts(subject)
    );
    out.push_str("<nav aria-label=\"Contents\"><ul>");
    for Section { id, title, .. } in &sections {
        let _ = write!(out, "<li><a href=\"#{id}\">{title}</a></li>");
    }
    out.push_str("</ul></nav>\n<main>\n");
    for Section { id, title, body } in &sections {
        let _ = write!(
            out,
            "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h2 id=\"{id}-title\">{title}</h2>\n{body}</section>\n"
        );
    }
    let _ = write!(out, "</main>\n<script nonce=\"warmstart\">\n{SCRIPT}</script>\n</body>\n</html>\n");
    out
}

/// The sections, the most important first. A section without content is left out.
fn sections(subject: &Subject) -> Vec<Section> {
    [
        Some(verdict::section(subject)),
        Some(comparison::section(subject)),
        labels::section(subject),
        comparison::differences(subject),
        tuning::section(subject),
        curves::section(subject),
        confusion::section(subject),
        calibration::section(subject),
        mistakes::section(subject),
        words::section(subject),
        Some(origin::section(subject)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The experiment, the data and the network in a few lines.
fn facts(subject: &Subject) -> String {
    let history = subject.history;
    let mut lines = Vec::new();
    if let Some(recipe) = &history.recipe {
        let source = story::recipe_source(recipe);
        lines.push(("Experiment", format!("{source} on {}: {}", story::head(recipe), story::plan(recipe))));
    }
    if let Some(data) = &history.data {
        lines.push(("Data", story::data(data).trim_start_matches("data: ").to_string()));
        lines.extend(data.remarks.iter().map(|remark| ("Note", remark.clone())));
    }
    for source in history.sources() {
        let name = source.name.as_ref().map_or(String::new(), |name| format!("{name}: "));
        if let Some(found) = &source.network {
            let (architecture, parameters, origin) = &found.value;
            let told = story::network(architecture.name(), *parameters, origin, None);
            lines.push(("Network", name + told.trim_start_matches("network: ")));
        } else if let Some(found) = &source.encoder {
            let told = story::encoder(&found.value);
            lines.push(("Encoder", name + told.trim_start_matches("encoder: ")));
        }
    }
    let items: Vec<String> =
        lines.iter().map(|(name, line)| format!("<dt>{name}</dt><dd>{}</dd>", escaped(line))).collect();
    if items.is_empty() { String::new() } else { format!("<dl>{}</dl>\n", items.concat()) }
}
