//! The layout of the screen Images, and its drawing.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::data::image::Image;
use crate::plot::cells::cut;
use crate::train::protocol::command::Learned;
use crate::tui::folders::Completion;
use crate::tui::screens::commands::{models_again, seen_as};
use crate::tui::screens::frame::show_text;
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::widgets::bar::bar;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fit_right, percent, wrap};
use crate::tui::widgets::{pixels, run, window};

use super::super::try_::model;
use super::model::{learned, sets, size};
use super::state::{Tile, View};

/// A grid of images with a line of text below each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gallery {
    area: Rect,
    pub columns: usize,
    rows: usize,
    /// The size of an image in cells, without the line below it.
    size: (u16, u16),
}

impl Gallery {
    /// How many images fit on a page.
    pub fn capacity(&self) -> usize {
        (self.columns * self.rows).max(1)
    }

    /// The area of the image with index `at` on the page, without the line below it.
    fn place(&self, at: usize) -> Rect {
        let (column, row) = ((at % self.columns) as u16, (at / self.columns) as u16);
        let (width, height) = self.size;
        Rect::new(self.area.x + 1 + column * (width + 2), self.area.y + row * (height + 1), width, height)
    }
}

/// The areas of the title, the content and the last line.
fn parts(area: Rect) -> [Rect; 3] {
    let head = 1.min(area.height);
    let foot = 1.min(area.height - head);
    [
        Rect { height: head, ..area },
        Rect { y: area.y + head, height: area.height - head - foot, ..area },
        Rect { y: area.bottom() - foot, height: foot, ..area },
    ]
}

/// The grid for the current view in `area`.
pub fn gallery(state: &State, area: Rect) -> Gallery {
    let main = parts(area)[1];
    let side = match state.screens.images.view {
        View::Set | View::Mistakes => size(state).map_or(28, |(width, height, _)| width.max(height)),
        View::File => u32::from(main.width / 2),
        // Filters are only a few pixels wide, so they are shown larger.
        _ => state.screens.images.tiles.first().map_or(8, |tile| tile.image.width.max(tile.image.height)),
    };
    let most = if main.height >= 45 { 28 } else { 14 };
    let width =
        if state.screens.images.view == View::File { side.max(1) } else { side.clamp(8, most) } as u16;
    let width = width.min(main.width.saturating_sub(2)).max(1);
    let height = width.div_ceil(2).min(main.height.saturating_sub(1)).max(1);
    let columns = usize::from((main.width.saturating_sub(1)) / (width + 2)).max(1);
    let rows = usize::from(main.height / (height + 1)).max(1);
    Gallery { area: main, columns, rows, size: (width, height) }
}

/// The number of the image at a position on the screen.
pub fn tile_at(state: &State, area: Rect, place: Position) -> Option<usize> {
    let gallery = gallery(state, area);
    let page = state.screens.images.selected / gallery.capacity() * gallery.capacity();
    let there = |at: &usize| {
        let tile = gallery.place(*at);
        Rect { height: tile.height + 1, ..tile }.contains(place)
    };
    (0..gallery.capacity())
        .find(there)
        .map(|at| page + at)
        .filter(|number| *number < state.screens.images.total)
}

/// The area of the pad, and how many columns a pixel is wide: 2 if there is room, otherwise 1. Two columns are as wide
/// as a row is high.
fn pad_area(state: &State, area: Rect) -> (Rect, u16) {
    let main = parts(area)[1];
    let (width, height) = pad_size(state);
    let room = main.width.saturating_sub(32).max(1);
    let half = |zoom: u16| (height * zoom).div_ceil(2);
    // A cell is two pixels high. At zoom 2 a pixel takes two columns by one row.
    let zoom = if width * 2 <= room && half(2) <= main.height { 2 } else { 1 };
    (Rect::new(main.x + 1, main.y, (width * zoom).min(room), half(zoom).min(main.height)), zoom)
}

fn pad_size(state: &State) -> (u16, u16) {
    match &state.screens.images.pad {
        Some(pad) => (pad.image.width as u16, pad.image.height as u16),
        None => (28, 28),
    }
}

/// The pixel of the pad at a position on the screen.
pub fn pixel_at(state: &State, area: Rect, place: Position) -> Option<(u32, u32)> {
    let (pad, _) = pad_area(state, area);
    if !pad.contains(place) {
        return None;
    }
    let (width, height) = pad_size(state);
    // The pixel in the middle of the cell.
    let on = |at: u16, cells: u16, pixels: u16| {
        ((2 * u32::from(at) + 1) * u32::from(pixels) / (2 * u32::from(cells.max(1))))
            .min(u32::from(pixels) - 1)
    };
    Some((on(place.x - pad.x, pad.width, width), on(place.y - pad.y, pad.height, height)))
}

/// The images on the screen when it is drawn into `area`, and the area of each. The pad is not included: it is drawn
/// with characters.
pub fn images(state: &State, area: Rect) -> Vec<(&Image, Rect)> {
    let own = &state.screens.images;
    if size(state).is_none() || state.replay.is_some() || own.asking.why.is_some() {
        return Vec::new();
    }
    match own.view {
        View::Pad => Vec::new(),
        View::File => {
            let tile = own.tiles.first().filter(|_| own.offers.paths.is_empty());
            tile.map(|tile| (&tile.image, file_areas(parts(area)[1])[1])).into_iter().collect()
        }
        _ => {
            let gallery = gallery(state, area);
            on_page(state, &gallery).map(|(_, tile, place)| (&tile.image, place)).collect()
        }
    }
}

/// The number, the image and the area of each image on the page.
fn on_page<'a>(state: &'a State, gallery: &Gallery) -> impl Iterator<Item = (usize, &'a Tile, Rect)> {
    let own = &state.screens.images;
    let page = own.selected / gallery.capacity() * gallery.capacity();
    let (gallery, last) = (*gallery, page + gallery.capacity());
    let numbered = own.tiles.iter().enumerate().map(|(at, tile)| (own.first + at, tile));
    numbered
        .filter(move |(number, _)| (page..last).contains(number))
        .map(move |(number, tile)| (number, tile, gallery.place(number - page)))
}

/// Draws the screen.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    if size(state).is_none() {
        return show_text(state, frame, area, &without_images(state));
    }
    let [head, main, foot] = parts(area);
    let theme = state.theme;
    frame.put(Line::styled(cut(&title(state), usize::from(head.width)), theme.strong()), head);
    if state.replay.is_some() {
        let text = format!(
            "A {} holds figures only, no images and no networks: {}.",
            seen_as(state),
            models_again(state)
        );
        return show_text(state, frame, main, &text);
    }
    let own = &state.screens.images;
    for (image, place) in images(state, area) {
        match state.graphics {
            true => pixels::leave(image, frame.buffer_mut(), place),
            false => pixels::draw(image, frame.buffer_mut(), place, theme, state.depth),
        }
    }
    match own.view {
        View::Pad => return pad(state, frame, area),
        View::File => return file(state, frame, main, foot),
        _ => {}
    }
    if let Some(why) = &own.asking.why {
        return show_text(state, frame, main, why);
    }
    if own.tiles.is_empty() {
        let text = match (own.view, own.asking.complete || !state.can_ask()) {
            (_, false) => "Looking for them …",
            (View::Maps, true) => "Choose an image first: d shows the data, enter takes the selected one.",
            (_, true) => "There is none here.",
        };
        return show_text(state, frame, main, text);
    }
    let gallery = gallery(state, area);
    let page = own.selected / gallery.capacity() * gallery.capacity();
    for (number, tile, place) in on_page(state, &gallery) {
        let below = Rect { y: place.bottom(), height: 1, ..place }.intersection(gallery.area);
        // The selection is not reversed: in a light theme that would be as dark as the image above and look like a part
        // of it.
        let (mark, style) = match number == own.selected {
            true => ("▸ ", theme.accent().add_modifier(Modifier::BOLD)),
            false => ("", theme.dim()),
        };
        let caption = fit(&format!("{mark}{}", tile.caption), usize::from(place.width));
        frame.put(Line::styled(caption, style), below);
    }
    let mut text = format!(" {} of {}", own.selected + 1, own.total);
    if let Some(tile) =
        own.tiles.get(own.selected.wrapping_sub(own.first)).filter(|tile| !tile.name.is_empty())
    {
        text.push_str(&format!(" · {}", cut(&tile.name, 60)));
    }
    if let Some(rest) = window::rest(page, own.total, gallery.capacity()) {
        text.push_str(&format!("  {rest}"));
    }
    frame.put(Line::styled(cut(&text, usize::from(foot.width)), theme.dim()), foot);
}

/// The sentence that the screen shows if there are no images.
pub fn without_images(state: &State) -> String {
    let what =
        "Here are the images of a session of images, what its networks see of them, and a pad to draw on";
    match &state.history.data {
        Some(_) => {
            let (words, texts) = (Tab::Words.number(), Tab::Try.number());
            format!("{what}. The session in front is of text: see Words ({words}) and Try ({texts}).")
        }
        None if state.history.recipe.is_some() => format!("{what}, as soon as the data is read."),
        None => format!("{what}. No session is in front: start one on {}.", Tab::Lab),
    }
}

/// The title of the current view.
fn title(state: &State) -> String {
    let own = &state.screens.images;
    let whose = match learned(state) {
        Learned::Run(number) => {
            state.history.run(number).map_or_else(String::new, |run| state.history.name_of(run))
        }
        _ => "the pre-trained network".into(),
    };
    let mut text = match own.view {
        View::Set => {
            let set = sets(state).get(own.set).cloned().unwrap_or_default();
            let class = own.class.map_or("all classes".into(), |class| state.history.class_name(class));
            format!(" Images of {set} · {class}")
        }
        View::Filters => format!(" Filters of the first layer · {whose}"),
        View::Maps => {
            let layer = own.layers.get(own.layer).map_or_else(String::new, |name| format!(" {name}"));
            format!(" What layer{layer} sees ({} of {}) · {whose}", own.layer + 1, own.layers.len().max(1))
        }
        View::Mistakes => own.cell.as_ref().map_or_else(String::new, |cell| {
            let name = |class| state.history.class_name(class);
            let run = state.history.run(cell.run).map_or_else(String::new, |run| state.history.name_of(run));
            format!(" {} taken for {} · {} · {run}", name(cell.truth), name(cell.guess), cell.set)
        }),
        View::Pad => " Draw with the mouse, or with the arrows and space".into(),
        View::File => format!(" An image in a file · judged by {whose}"),
    };
    if state.is_back() && own.view != View::Set {
        text.push_str(" · as it is now");
    }
    text
}

/// The area beside the pad for the runs that classify the drawing.
fn judging(state: &State, area: Rect) -> Rect {
    let main = parts(area)[1];
    let left = pad_area(state, area).0.right() + 2;
    Rect { x: left, width: main.right().saturating_sub(left), ..main }
}

/// How many runs that classify the drawing are visible at once, and how many there are.
pub fn judges(state: &State, area: Rect) -> (usize, usize) {
    let count = model::order(&state.history).len();
    // The first line holds the column heads. If runs are left out, the last line says how many.
    let rows = usize::from(judging(state, area).height).saturating_sub(1);
    (if count > rows { rows.saturating_sub(1) } else { rows }, count)
}

/// Draws lines around the pad, because its black is like the background of many terminals.
fn edge(state: &State, frame: &mut Frame, place: Rect, main: Rect) {
    let mut line = |x: u16, y: u16, symbol: &str| {
        if main.contains(Position::new(x, y))
            && let Some(cell) = frame.buffer_mut().cell_mut((x, y))
        {
            cell.set_symbol(symbol).set_style(state.theme.dim());
        }
    };
    for y in place.top()..place.bottom() {
        line(place.x.saturating_sub(1), y, "▕");
        line(place.right(), y, "▏");
    }
    for x in place.left()..place.right() {
        line(x, place.bottom(), "▔");
    }
}

fn pad(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let [_, main, foot] = parts(area);
    let (place, zoom) = pad_area(state, area);
    edge(state, frame, place, main);
    let (width, height) = pad_size(state);
    match &state.screens.images.pad {
        Some(pad) => pixels::draw(&pad.image, frame.buffer_mut(), place, theme, state.depth),
        None => {
            let empty = Image {
                width: u32::from(width),
                height: u32::from(height),
                channels: 1,
                pixels: vec![0; usize::from(width) * usize::from(height)],
            };
            pixels::draw(&empty, frame.buffer_mut(), place, theme, state.depth);
        }
    }
    let at = state
        .screens
        .images
        .pad
        .as_ref()
        .map_or((width / 2, height / 2), |pad| (pad.at.0 as u16, pad.at.1 as u16));
    let cursor = (place.x + at.0 * zoom, place.y + at.1 * zoom / 2);
    if place.contains(Position::from(cursor))
        && let Some(cell) = frame.buffer_mut().cell_mut(cursor)
    {
        cell.set_symbol("+").set_style(theme.warning().add_modifier(Modifier::REVERSED));
    }
    let brush = state.screens.images.pad.as_ref().map_or(1, |pad| pad.brush) + 1;
    let text = format!(" brush {brush} of 3 · drag paints, the right button wipes · m shows what layers see");
    frame.put(Line::styled(cut(&text, usize::from(foot.width)), theme.dim()), foot);
    let list = judging(state, area);
    if let Some(why) = &state.screens.images.asking.why {
        return show_text(state, frame, list, why);
    }
    let order = model::order(&state.history);
    if order.is_empty() {
        return show_text(
            state,
            frame,
            list,
            "No run has begun yet: runs judge what you draw once they learn.",
        );
    }
    let (rows, count) = judges(state, area);
    let first = state.screens.images.judge.min(count.saturating_sub(rows));
    let class = 10
        .min(usize::from(list.width).saturating_sub(run::width(state.history.several_sources()) + 8))
        .max(4);
    let room = usize::from(list.width)
        .saturating_sub(run::width(state.history.several_sources()) + class + 11)
        .min(40);
    let heads = format!("{} {}", run::head(state.history.several_sources()), fit("sees", class + 1));
    let sure = fit_right("sure", room + 8);
    let mut lines = vec![Line::styled(format!("{heads}{sure}"), theme.dim())];
    for each in order.iter().skip(first).take(rows) {
        let mut spans = run::label(&each.start, state.history.several_sources(), theme);
        match state.screens.images.asking.guesses.get(&each.start.run).and_then(model::guessed) {
            None => spans.push(Span::styled(" –", theme.dim())),
            Some((best, probability)) => {
                let own = &state.screens.images;
                let old = own.asking.is_old(each.start.run);
                let style = if old { theme.dim() } else { theme.strong() };
                let name = state.history.class_name(best);
                spans.push(Span::styled(format!(" {} ", fit(&name, class)), style));
                spans.push(Span::styled(bar(f64::from(probability), room), theme.method(each.start.method)));
                spans.push(Span::raw(fit_right(&percent(f64::from(probability)), 8)));
            }
        }
        lines.push(Line::from(spans));
    }
    if let Some(rest) = window::rest(first, count, rows) {
        lines.push(Line::styled(format!("{rest} (page down, page up)"), theme.dim()));
    }
    frame.put(lines, list);
}

/// The areas for an image from a file: the path, the image, and the predicted classes.
fn file_areas(main: Rect) -> [Rect; 3] {
    let line = Rect { height: 1.min(main.height), ..main };
    let below = Rect { y: main.y + line.height, height: main.height - line.height, ..main };
    let half = Rect { width: below.width / 2, x: below.x + 1, ..below };
    let list = Rect { x: half.right() + 2, width: below.right().saturating_sub(half.right() + 2), ..below };
    [line, half, list]
}

/// The names of completions for a path, as many as fit, and how many more there are.
fn offered(offers: &Completion, area: Rect) -> String {
    let name = |path: &String| {
        let bare = path.strip_suffix('/').unwrap_or(path);
        path[bare.rfind('/').map_or(0, |slash| slash + 1)..].to_string()
    };
    let names: Vec<String> = offers.paths.iter().map(name).collect();
    let text = |shown: usize| {
        let more = offers.count - shown;
        let rest = if more > 0 { format!(" … and {more} more") } else { String::new() };
        names[..shown].join(" · ") + &rest
    };
    let width = usize::from(area.width).saturating_sub(2);
    let fits = |shown: &usize| wrap(&text(*shown), width).len() <= usize::from(area.height);
    text((0..=names.len()).rev().find(fits).unwrap_or(0))
}

fn file(state: &State, frame: &mut Frame, main: Rect, foot: Rect) {
    let theme = state.theme;
    let own = &state.screens.images;
    let [line, half, list] = file_areas(main);
    let label = " path: ";
    frame.put(Line::styled(label, theme.accent()), line);
    let typed =
        Rect { x: line.x + label.len() as u16, width: line.width.saturating_sub(label.len() as u16), ..line };
    own.path.view(frame, typed, theme.text());
    let below = Rect { y: half.y, height: half.height, ..main };
    if let Some(why) = &own.asking.why {
        show_text(state, frame, below, why);
    } else if !own.offers.paths.is_empty() {
        show_text(state, frame, below, &offered(&own.offers, below));
    } else if !own.tiles.is_empty() {
        let room = usize::from(list.width).saturating_sub(17 + 8);
        let bars = own.top.iter().map(|(name, fraction)| {
            Line::from(vec![
                Span::styled(format!("{} ", fit(name, 16)), theme.strong()),
                Span::styled(bar(f64::from(*fraction), room), theme.accent()),
                Span::raw(fit_right(&percent(f64::from(*fraction)), 8)),
            ])
        });
        frame.put(bars.collect::<Vec<_>>(), list);
    } else {
        let text = match (own.path.is_empty(), own.path.active) {
            (true, true) => "Type the path of an image (tab completes it), then enter.",
            (false, true) => "Enter has it judged; tab completes it.",
            (false, false) if !own.asking.complete => "Reading it …",
            (_, false) => "/ goes on typing the path of an image.",
        };
        show_text(state, frame, below, text);
    }
    let text = " r: another run, or the pre-trained network · m: what its layers see";
    frame.put(Line::styled(cut(text, usize::from(foot.width)), theme.dim()), foot);
}
