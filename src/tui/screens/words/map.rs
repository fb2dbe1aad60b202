//! The map: the word, its neighbours and the probe words with theirs, in two dimensions.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::looks::Looks;
use super::{only_told, word};
use crate::tui::app::State;
use crate::tui::screens::models_again;
use crate::tui::widgets::scatter::{self, Point};

/// Neighbours of the word that are drawn.
const NEIGHBOURS: usize = 18;
/// Probe words that are drawn, and neighbours of each.
const PROBES: (usize, usize) = (10, 4);

/// The words of the map, the most important first.
pub fn words(state: &State) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |word: &str| {
        if !word.is_empty() && !words.iter().any(|known| known == word) {
            words.push(word.to_string());
        }
    };
    add(&word(state));
    let near = state.words.asked.near.found.as_ref().filter(|near| near.word == word(state));
    for neighbour in near.iter().flat_map(|near| near.list.iter().take(NEIGHBOURS)) {
        add(&neighbour.word);
    }
    let probes = || state.history.probes.iter().take(PROBES.0);
    probes().for_each(|probe| add(&probe.word));
    for probe in probes() {
        let looks = Looks::of_probe(probe, f64::INFINITY);
        for neighbour in looks.iter().flat_map(|looks| looks.list.iter().take(PROBES.1)) {
            add(&neighbour.word);
        }
    }
    words
}

/// `new` with its axes turned so that words stay where they were: principal axes have no sign of their
/// own, and a map that flips from look to look cannot be followed.
pub fn aligned(old: &[(String, f32, f32)], mut new: Vec<(String, f32, f32)>) -> Vec<(String, f32, f32)> {
    let (mut x, mut y) = (0.0, 0.0);
    for (word, a, b) in &new {
        if let Some((_, c, d)) = old.iter().find(|(known, ..)| known == word) {
            x += a * c;
            y += b * d;
        }
    }
    for (_, a, b) in &mut new {
        *a *= if x < 0.0 { -1.0 } else { 1.0 };
        *b *= if y < 0.0 { -1.0 } else { 1.0 };
    }
    new
}

fn points(state: &State) -> Vec<Point> {
    let theme = state.theme;
    let typed = word(state);
    let near = state.words.asked.near.found.as_ref();
    let is_near =
        |name: &str| near.is_some_and(|near| near.list.iter().take(NEIGHBOURS).any(|n| n.word == name));
    let is_probe = |name: &str| state.history.probes.iter().any(|probe| probe.word == name);
    let places = state.words.asked.map.found.iter().flatten();
    let point = |(name, x, y): &(String, f32, f32)| {
        let (marker, style) = match name.as_str() {
            name if name == typed => ("◉", theme.accent()),
            name if is_near(name) => ("•", theme.strong()),
            name if is_probe(name) => ("◇", theme.good()),
            _ => ("·", theme.dim()),
        };
        Point { name: name.clone(), x: *x, y: *y, marker, style }
    };
    places.map(point).collect()
}

/// Draws it.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let asked = &state.words.asked.map;
    let none =
        format!("A map needs the vectors themselves, and a recording has none: {}.", models_again(state));
    let sentence = if only_told(state) && !state.can_ask() {
        Some(none.as_str())
    } else if let Some(why) = &asked.why {
        Some(why.as_str())
    } else if asked.found.is_none() {
        Some("Drawing the map …")
    } else {
        None
    };
    if let Some(sentence) = sentence {
        return super::draw::sentence(state, frame, area, sentence);
    }
    let points = points(state);
    let canvas = Rect { height: area.height.saturating_sub(1), ..area };
    let (unnamed, unseen) = scatter::view(frame, &points, canvas, state.words.lens);
    let mut legend = String::from("◉ the word • its neighbours ◇ probe words");
    if unnamed > 0 {
        legend.push_str(&format!(" · {unnamed} names hidden: + nearer"));
    }
    if unseen > 0 {
        legend.push_str(&format!(" · {unseen} out of sight: 0 all"));
    }
    if state.is_back() {
        legend.push_str(" · as it is now");
    }
    let foot = Rect { y: canvas.bottom(), height: area.height - canvas.height, ..area };
    frame.render_widget(Line::styled(legend, theme.dim()), foot);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_does_not_flip_from_look_to_look() {
        let old = vec![("a".to_string(), 1.0, 2.0), ("b".to_string(), -1.0, -2.0)];
        let new = vec![("a".to_string(), -1.1, 2.1), ("c".to_string(), 0.5, 0.0)];
        assert_eq!(aligned(&old, new), [("a".to_string(), 1.1, 2.1), ("c".to_string(), -0.5, 0.0)]);
        assert_eq!(aligned(&[], old.clone()), old);
    }
}
