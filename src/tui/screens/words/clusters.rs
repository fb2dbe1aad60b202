//! Clusters: groups of the task's texts that are found without their labels, the typical words of each group, and how
//! far the groups agree with the labels.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::plot::cells::cut;
use crate::session::choices::Grouped;
use crate::session::text_source::Origin;
use crate::train::protocol::command::Question;
use crate::train::protocol::event::Clusters;
use crate::tui::action::Effect;
use crate::tui::screens::commands::{models_again, seen_as};
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fit_right, percent, short, wrap};
use crate::tui::widgets::window;

use super::sentence::sentence;

/// The maximum number of clusters.
pub const MOST: usize = 200;

/// The features by which texts are clustered.
fn by(state: &State) -> Grouped {
    Grouped::ALL[state.screens.words.grouped % Grouped::ALL.len()]
}

/// The requested number of clusters.
pub fn k(state: &State) -> usize {
    let classes = state.history.data.as_ref().map_or(2, |data| data.classes.len());
    state.screens.words.k.unwrap_or(classes).max(2)
}

/// The question; `None` if what it needs does not exist yet.
pub fn question(state: &State) -> Option<Question> {
    waits(state).is_none().then(|| Question::Clusters {
        by: by(state),
        k: Some(k(state)),
        run: state.screens.words.run.filter(|_| by(state) != Grouped::COUNTS),
    })
}

/// Why the question cannot be asked yet, as a sentence.
fn waits(state: &State) -> Option<String> {
    if state.history.data.is_none() {
        return Some("Clusters are made of the task's texts, which are still being read.".into());
    }
    (state.history.source().vectors.is_none() && by(state) != Grouped::COUNTS).then(|| {
        format!(
            "Clusters by {} are made of word vectors, which are not ready yet. b: go on to {}, which counts words",
            by(state).name(),
            Grouped::COUNTS.name()
        )
    })
}

/// The most characteristic word of each cluster.
pub fn words(state: &State) -> Vec<String> {
    let found = state.screens.words.asked.clusters.found.iter().flat_map(|found| &found.clusters);
    found.map(|cluster| cluster.words.first().cloned().unwrap_or_default()).collect()
}

/// The effect that writes the cluster of every text to a file, in the folder where the program was started.
pub fn save(state: &State) -> Option<Effect> {
    let found = state.screens.words.asked.clusters.found.as_ref()?;
    let name = format!("clusters-{}-{}.csv", found.by.name(), found.clusters.len());
    Some(Effect::Write { name, text: found.table.clone() })
}

/// The command line that computes such clusters for all texts of the training part.
pub fn command(state: &State, folder: &str) -> Option<String> {
    let (by, k) = (by(state).name(), k(state));
    let in_recipe = matches!(state.history.text_source()?.origin(), Origin::PublishedVectors(_));
    let vectors = match in_recipe || by == Grouped::COUNTS.name() {
        true => String::new(),
        false => format!(" --vectors {folder}"),
    };
    Some(format!("warmstart cluster {folder}/recipe.ron{vectors} --by {by} --k {k} --csv clusters.csv"))
}

/// Draws the view.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let asked = &state.screens.words.asked.clusters;
    if !state.can_ask() {
        let again = models_again(state);
        let text =
            format!("Clusters are made of the texts themselves, and a {} has none: {again}.", seen_as(state));
        return sentence(state, frame, area, &text);
    }
    let wanted = format!("{} clusters by {}", k(state), by(state).name());
    let Some(found) = &asked.found else {
        let text = waits(state).or_else(|| asked.why.clone()).unwrap_or(format!("Looking for {wanted} …"));
        return sentence(state, frame, area, &text);
    };
    let width = usize::from(area.width);
    let mut lines = head(found, state.screens.words.run)
        .into_iter()
        .flat_map(|text| wrap(&text, width))
        .map(Line::from)
        .collect::<Vec<_>>();
    if asked.waits() {
        lines.push(Line::styled(format!("Looking for {wanted} …"), theme.accent()));
    }
    lines.push(Line::default());
    let detail = if area.height >= 18 {
        1 + found.clusters.iter().map(|c| c.nearest.len()).max().unwrap_or(0)
    } else {
        0
    };
    let rows = usize::from(area.height).saturating_sub(lines.len() + 2 + detail).max(1);
    let class = found
        .clusters
        .iter()
        .filter_map(|cluster| cluster.class.as_ref())
        .map(|(name, _)| name.chars().count())
        .fold(15, usize::max)
        .min(width / 4);
    let labelled = found.purity.is_some();
    let columns = |size: &str, name: &str, fraction: &str| match labelled {
        true => format!("{} {} {}  ", fit_right(size, 8), fit(name, class), fit_right(fraction, 7)),
        false => fit_right(size, 8) + "  ",
    };
    let titles = columns("texts", "commonest label", "share") + "telling words";
    lines.push(Line::styled(cut(&titles, width), theme.dim()));
    let selected = state.screens.words.selected.unwrap_or(0).min(found.clusters.len().saturating_sub(1));
    let first = window::around(selected, found.clusters.len(), rows);
    for (place, cluster) in found.clusters.iter().enumerate().skip(first).take(rows) {
        let (name, fraction) =
            cluster.class.as_ref().map_or(("", String::new()), |(name, fraction)| (name, percent(*fraction)));
        let figures = columns(&short(cluster.size as f64), name, &fraction);
        let room = width.saturating_sub(figures.chars().count());
        let style = if place == selected { theme.selected() } else { theme.text() };
        lines.push(Line::from(vec![
            Span::raw(figures),
            Span::styled(cut(&cluster.words.join(" "), room), style),
        ]));
    }
    let rest = window::rest(first, found.clusters.len(), rows);
    lines.push(Line::styled(rest.unwrap_or_default(), theme.dim()));
    if let Some(cluster) = found.clusters.get(selected).filter(|_| detail > 0) {
        lines.push(Line::styled("Texts in the middle of the selected cluster", theme.dim()));
        lines.extend(cluster.nearest.iter().map(|text| Line::from(cut(&format!("• {text}"), width))));
    }
    frame.put(lines, area);
}

/// What was clustered, and how far the clusters agree with the labels.
fn head(found: &Clusters, run: Option<usize>) -> Vec<String> {
    let texts = match found.documents == found.of {
        true => format!("the {} training texts", found.of),
        false => format!("{} of the {} training texts", found.documents, found.of),
    };
    let by = match found.by {
        Grouped::COUNTS => "tfidf (word counts)".to_string(),
        by => by.name().to_string(),
    };
    // A change of vectors discards the clusters, so these belong to the vectors that are selected now.
    let own = if run.is_some() && found.by != Grouped::COUNTS { ", fine-tuned vectors," } else { "" };
    let mut lines = vec![format!("{} clusters by {by}{own} of {texts}", found.clusters.len())];
    if let (Some(purity), Some(nmi)) = (found.purity, found.nmi) {
        lines.push(format!(
            "Purity {}: texts with their cluster's commonest label, which it never saw. NMI {}",
            percent(purity),
            percent(nmi)
        ));
    }
    lines
}
