//! A map of words in two dimensions: the word with its neighbours and the probe words with theirs, or other words.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::plot::{Kind, Spot, file};
use crate::session::choices::Layout;
use crate::train::protocol::command::Question;
use crate::tui::action::Effect;
use crate::tui::screens::commands::{models_again, quoted, seen_as};
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::scatter::{self, Point};

use super::looks::Looks;
use super::model::{only_told, wish, word};
use super::state::Choice;

/// How many neighbours of the word are drawn.
const NEIGHBOURS: usize = 18;
/// How many probe words are drawn, and how many neighbours of each.
const PROBES: (usize, usize) = (10, 4);

/// How many words are drawn in the map of the most frequent words.
const FREQUENT: usize = 150;

/// The probe words. The log has their neighbours while vectors are pre-trained; without such records, they come from
/// the recipe.
pub fn probes(state: &State) -> Vec<&str> {
    let told: Vec<&str> = state.history.source().probes.iter().map(|probe| &probe.word[..]).collect();
    let recipe = state.history.recipe.iter().flat_map(|recipe| recipe.probe_words()).map(|word| &word[..]);
    if told.is_empty() { recipe.collect() } else { told }
}

/// The question for the map; `None` if there are no words for it yet.
pub fn question(state: &State) -> Option<Question> {
    let (run, layout) = (state.screens.words.run, state.screens.words.layout);
    if state.screens.words.choice == Choice::Frequent {
        return Some(Question::MapFirst { count: FREQUENT, run, layout });
    }
    let words = words(state);
    (!words.is_empty()).then_some(Question::Map { words, run, layout })
}

/// The neighbours of the typed word; `None` while the last answer is that to another word.
fn near(state: &State) -> Option<&Looks> {
    state.screens.words.asked.near.found.as_ref().filter(|near| near.word == word(state))
}

/// The words of the map, the most important first.
fn words(state: &State) -> Vec<String> {
    let mut words = Vec::new();
    let mut add = |word: &str| {
        if !word.is_empty() && !words.iter().any(|known| known == word) {
            words.push(word.to_string());
        }
    };
    if state.screens.words.choice == Choice::Near {
        wish(state).words().iter().for_each(|word| add(word));
        for neighbour in near(state).iter().flat_map(|near| near.list.iter().take(NEIGHBOURS)) {
            add(&neighbour.word);
        }
    }
    probes(state).iter().take(PROBES.0).for_each(|probe| add(probe));
    for probe in state.history.source().probes.iter().take(PROBES.0) {
        let looks = Looks::of_probe(probe, f64::INFINITY);
        for neighbour in looks.iter().flat_map(|looks| looks.list.iter().take(PROBES.1)) {
            add(&neighbour.word);
        }
    }
    words
}

/// `new`, with its axes flipped where needed so that words stay near their old positions. Principal axes have no
/// defined sign, and the user could not follow a map that flips between two updates.
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

/// The words on the map, the most important first.
fn spots(state: &State) -> Vec<Spot> {
    let typed = wish(state).words();
    let near = near(state);
    let is_near =
        |name: &str| near.is_some_and(|near| near.list.iter().take(NEIGHBOURS).any(|n| n.word == name));
    let probes = probes(state);
    let is_probe = |name: &str| probes.contains(&name);
    let kind = |name: &str| match state.screens.words.choice {
        Choice::Near if typed.iter().any(|word| word == name || word.to_lowercase() == name) => Kind::Chosen,
        Choice::Near if is_near(name) => Kind::Near,
        _ if is_probe(name) => Kind::Probe,
        _ => Kind::Other,
    };
    let places = state.screens.words.asked.map.found.iter().flatten();
    places.map(|(name, x, y)| Spot { word: name.clone(), x: *x, y: *y, kind: kind(name) }).collect()
}

/// The marker of a kind of word.
fn marker(kind: Kind) -> &'static str {
    match kind {
        Kind::Chosen => "◉",
        Kind::Near => "•",
        Kind::Probe => "◇",
        Kind::Other => "·",
    }
}

fn points(state: &State) -> Vec<Point> {
    let theme = state.theme;
    let style = |kind| match kind {
        Kind::Chosen => theme.accent(),
        Kind::Near => theme.strong(),
        Kind::Probe => theme.good(),
        Kind::Other => theme.dim(),
    };
    let point = |spot: Spot| Point {
        name: spot.word,
        x: spot.x,
        y: spot.y,
        marker: marker(spot.kind),
        style: style(spot.kind),
    };
    spots(state).into_iter().map(point).collect()
}

fn layout_name(layout: Layout) -> &'static str {
    match layout {
        Layout::Pca => "PCA",
        Layout::Tsne => "t-SNE",
    }
}

/// The effect that writes the map, as it is on the screen, to a file in the folder where the program was started.
pub fn save(state: &State, table: bool) -> Effect {
    let spots = spots(state);
    let layout = layout_name(state.screens.words.layout);
    let (about, name) = match state.screens.words.choice {
        Choice::Near => (format!("around {}", word(state)), word(state)),
        Choice::Probes => ("probe words and what is near them".into(), "probe-words".into()),
        Choice::Frequent => (format!("the first {} words", spots.len()), "frequent-words".into()),
    };
    let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(40).collect();
    let plain: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    let name = format!("map-{}", plain.join("-"));
    match table {
        true => Effect::Write { name: name + ".csv", text: file::csv(&spots) },
        false => {
            let text = file::svg(&format!("{about} · {layout}"), &spots).0;
            Effect::Write { name: name + ".svg", text }
        }
    }
}

/// The command line that draws such a map.
pub fn command(state: &State, file: &str) -> Option<String> {
    let words = match state.screens.words.choice {
        Choice::Near if word(state).is_empty() => return None,
        Choice::Near => format!("--around {}", quoted(&word(state))),
        Choice::Probes => {
            format!("--words {}", quoted(&probes(state).join(",")))
        }
        Choice::Frequent => format!("--frequent {FREQUENT}"),
    };
    let layout = if state.screens.words.layout == Layout::Tsne { " --by tsne" } else { "" };
    Some(format!("warmstart map {words}{layout} --vectors {file} --out map.svg"))
}

/// Draws the view.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let asked = &state.screens.words.asked.map;
    let none = format!(
        "A map needs the vectors themselves, and a {} has none: {}.",
        seen_as(state),
        models_again(state)
    );
    let sentence = if only_told(state) && !state.can_ask() {
        Some(none.as_str())
    } else if let Some(why) = &asked.why {
        Some(why.as_str())
    } else if asked.found.is_none() {
        Some(if question(state).is_some() { "Drawing the map …" } else { "Type a word: / ." })
    } else {
        None
    };
    if let Some(sentence) = sentence {
        return super::sentence::sentence(state, frame, area, sentence);
    }
    let points = points(state);
    let canvas = Rect { height: area.height.saturating_sub(1), ..area };
    let (unnamed, unseen) = scatter::view(frame, &points, canvas, state.screens.words.lens);
    let mut legend = match state.screens.words.choice {
        Choice::Near if probes(state).is_empty() => String::from("◉ the word • its neighbours"),
        Choice::Near => String::from("◉ the word • its neighbours ◇ probe words"),
        // If the vectors came from a file, the log has no neighbours of probe words.
        Choice::Probes if state.history.source().probes.is_empty() => String::from("◇ probe words"),
        Choice::Probes => String::from("◇ probe words · their neighbours"),
        Choice::Frequent => format!("the {} most frequent words", points.len()),
    };
    legend.insert_str(0, &format!("{} · ", layout_name(state.screens.words.layout)));
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
    frame.put(Line::styled(legend, theme.dim()), foot);
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
