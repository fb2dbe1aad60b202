//! The questions of the screen Images, and how their answers are handled.

use crate::data::image::Image;
use crate::train::protocol::command::{Question, Sight};
use crate::train::protocol::event::{Answer, Mistake, Shown};
use crate::tui::action::Effect;
use crate::tui::folders::expanded;
use crate::tui::screens::cell::Cell;
use crate::tui::state::State;

use super::draw;
use super::model::{is_images, learned, sets, whole_body};
use super::state::{Tile, View};

/// How many images of a confusion cell, and how many classes of an image, are requested.
pub const MISTAKES: usize = 60;

pub const TOP: usize = 5;

/// Requests what the current view shows.
pub fn ask(state: &mut State) -> Vec<Effect> {
    if !is_images(state) || !state.can_ask() {
        return Vec::new();
    }
    let gallery = draw::gallery(state, whole_body(state));
    let own = &state.screens.images;
    let question = match own.view {
        View::Set => {
            let count = gallery.capacity();
            let first = own.selected / count * count;
            sets(state).get(own.set).map(|set| Question::Images {
                set: set.clone(),
                class: own.class,
                first,
                count,
            })
        }
        View::Filters => Some(Question::Filters { of: learned(state) }),
        View::Maps => own.seen.clone().map(|image| Question::FeatureMaps {
            of: learned(state),
            layer: own.layer,
            image,
        }),
        View::Mistakes => own.cell.clone().map(|Cell { run, set, truth, guess }| Question::Mistakes {
            run,
            set,
            truth,
            guess,
            count: MISTAKES,
        }),
        View::Pad => (own.pad.as_ref())
            .filter(|pad| !pad.is_empty())
            .map(|pad| Question::ClassifyImage { image: pad.image.clone() }),
        View::File => {
            let path = expanded(&own.path.text());
            (!path.as_os_str().is_empty()).then(|| Question::Top { of: learned(state), path, count: TOP })
        }
    };
    let Some(question) = question else { return Vec::new() };
    let (id, effect) = state.ask(question);
    state.screens.images.asking.ask(id, state.now);
    vec![effect]
}

/// Stores an answer to the last question.
pub fn take(state: &mut State, answer: &Answer) {
    let class = |class: usize| state.history.class_name(class);
    let plain = |(at, image): (usize, &Image)| Tile {
        image: image.clone(),
        caption: format!("{}", at + 1),
        name: String::new(),
        sight: None,
    };
    let (first, total, tiles): (usize, usize, Vec<Tile>) = match answer {
        Answer::Images { of, first, list } => {
            let set = sets(state).get(state.screens.images.set).cloned();
            let tile = |shown: &Shown| Tile {
                image: shown.image.clone(),
                caption: class(shown.class),
                name: shown.name.clone(),
                sight: set.clone().map(|set| Sight::Nth { set, number: shown.number }),
            };
            (*first, *of, list.iter().map(tile).collect())
        }
        Answer::Filters(list) => (0, list.len(), list.iter().enumerate().map(plain).collect()),
        Answer::FeatureMaps { layers, maps } => {
            state.screens.images.layers = layers.clone();
            (0, maps.len(), maps.iter().enumerate().map(plain).collect())
        }
        Answer::Mistakes(list) => {
            let tile = |mistake: &Mistake| Tile {
                image: mistake.image.clone(),
                caption: format!("{:.0} % sure", mistake.confidence * 100.0),
                name: mistake.name.clone(),
                sight: Some(Sight::Nth { set: mistake.set.clone(), number: mistake.number }),
            };
            (0, list.len(), list.iter().map(tile).collect())
        }
        Answer::Top { image, list } => {
            state.screens.images.top = list.clone();
            (0, 1, vec![plain((0, image))])
        }
        Answer::Classified { run, guess, last } => {
            return state.screens.images.asking.take(*run, guess, *last);
        }
        Answer::Unknown(sentence) => {
            state.screens.images.asking.refuse(sentence);
            state.screens.images.tiles.clear();
            state.screens.images.top.clear();
            return;
        }
        _ => return,
    };
    let own = &mut state.screens.images;
    (own.first, own.total, own.tiles) = (first, total, tiles);
    (own.asking.complete, own.asking.why) = (true, None);
    own.selected = own.selected.min(total.saturating_sub(1));
}
