//! The layout of the screen Words, and its drawing.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::cut;
use crate::session::choices::{AnalogyScore, Closeness};
use crate::session::quality::collapsed;
use crate::tui::screens::commands::{models_again, seen_as};
use crate::tui::state::State;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::run;
use crate::tui::widgets::text::{fitting, short, wrap};

use super::looks::Looks;
use super::model::{near, only_told, three, wish, word};
use super::sentence::sentence;
use super::view::View;
use super::wish::WordQuery;
use super::{axes, beside, clusters, coverage, drift, evaluation, map, moments, occurrences, sentences};

/// Something that can be clicked.
pub enum Target {
    View(View),
    Prompt,
    /// The name of the vectors that are shown.
    Table,
    Word(String),
}

/// If there are fewer columns than this, the views have short names.
const SHORT: u16 = 100;

struct Parts {
    views: Rect,
    prompt: Rect,
    main: Rect,
}

fn parts(area: Rect) -> Parts {
    let area = Rect { x: area.x + 1.min(area.width), width: area.width.saturating_sub(2), ..area };
    let row = |y: u16, height: u16| Rect {
        y: area.y + y.min(area.height),
        height: height.min(area.height.saturating_sub(y)),
        ..area
    };
    Parts { views: row(0, 1), prompt: row(1, 1), main: row(2, area.height.saturating_sub(2)) }
}

/// The areas of the names of the views.
fn view_places(state: &State, area: Rect) -> Vec<(Rect, View)> {
    let (mut x, short) = (area.x, area.width < SHORT);
    let place = |view: View| {
        let width = view.name(short).width() as u16 + 1;
        let place = Rect { x, width, ..area }.intersection(area);
        x = x.saturating_add(width);
        (place, view)
    };
    View::ALL.into_iter().filter(|view| view.is_of(state)).map(place).collect()
}

/// What a click at this position hits.
pub fn target(state: &State, area: Rect, at: Position) -> Option<Target> {
    let parts = parts(area);
    if let Some((_, view)) = view_places(state, parts.views).into_iter().find(|(place, _)| place.contains(at))
    {
        return Some(Target::View(view));
    }
    if parts.views.contains(at) {
        return Some(Target::Table);
    }
    if parts.prompt.contains(at) {
        return Some(Target::Prompt);
    }
    if !parts.main.contains(at) {
        return None;
    }
    if state.screens.words.view == View::Sentences {
        return sentences::target(state, parts.main, at).map(Target::Word);
    }
    if state.screens.words.view != View::Neighbours || beside::is_shown(state) || moments::is_shown(state) {
        return None;
    }
    let lists = Lists::new(state, collapse(state, parts.main).1);
    let row = |list: Rect| list.contains(at).then(|| usize::from(at.y - list.y).checked_sub(1)).flatten();
    if let (Some(row), Ok(Some(looks))) = (row(lists.near), near(state)) {
        let rows = usize::from(lists.near.height).saturating_sub(1);
        let first = state.screens.words.selected.map_or(0, |selected| (selected + 1).saturating_sub(rows));
        return looks.list.get(first + row).map(|n| Target::Word(n.word.clone()));
    }
    let (place, probe) = lists.probes.iter().find(|(place, _)| place.contains(at))?;
    let probe = state.history.source().probes.get(*probe)?;
    let looks = Looks::of_probe(probe, state.until());
    match row(*place) {
        Some(row) => looks.and_then(|looks| looks.list.get(row).map(|n| Target::Word(n.word.clone()))),
        None => Some(Target::Word(probe.word.clone())),
    }
}

/// Draws the screen.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    let parts = parts(area);
    views(state, frame, parts.views);
    prompt(state, frame, parts.prompt);
    match state.screens.words.view {
        View::Neighbours if moments::is_shown(state) => beside::view(state, frame, parts.main),
        View::Neighbours if beside::is_shown(state) => beside::view(state, frame, parts.main),
        View::Neighbours => neighbours(state, frame, parts.main),
        View::Occurrences => occurrences::view(state, frame, parts.main),
        View::Axes => axes::view(state, frame, parts.main),
        View::Analogy => analogy(state, frame, parts.main),
        View::Sentences => sentences::view(state, frame, parts.main),
        View::Drift => drift::view(state, frame, parts.main),
        View::Coverage => coverage::view(state, frame, parts.main),
        View::Map => map::view(state, frame, parts.main),
        View::Clusters => clusters::view(state, frame, parts.main),
        View::Evaluation => evaluation::view(state, frame, parts.main),
    }
}

/// The warning if the vectors have collapsed, which is shown at the top of `area`, and the rest of `area` for the
/// lists.
fn collapse(state: &State, area: Rect) -> (Option<String>, Rect) {
    let there = state.history.source().vectors.as_ref().is_some_and(|vectors| vectors.at <= state.until());
    let coverage = state.history.source().coverage.as_ref().filter(|_| there);
    let told = coverage.and_then(|coverage| coverage.mean_cosine).and_then(collapsed);
    let lines = told.as_ref().map_or(0, |told| wrap(told, usize::from(area.width)).len() as u16);
    let lines = lines.min(area.height);
    (told, Rect { y: area.y + lines, height: area.height - lines, ..area })
}

fn views(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let places = view_places(state, area);
    for (place, view) in &places {
        let style = if *view == state.screens.words.view { theme.selected() } else { theme.dim() };
        let name = Rect { x: place.x + 1.min(place.width), width: place.width.saturating_sub(1), ..*place };
        frame.put(Span::styled(view.name(area.width < SHORT), style), name);
    }
    let used = places.last().map_or(area.x, |(place, _)| place.right());
    let rest = Rect { x: used, width: area.right().saturating_sub(used), ..area };
    let prefix = if rest.width < 18 { " r " } else { "  r: " };
    let mut spans = vec![Span::styled(prefix, theme.dim())];
    match state.screens.words.run.and_then(|run| state.history.run(run)) {
        Some(run) if rest.width >= 45 => {
            spans.extend(run::title(&run.start, state.history.several_sources(), theme))
        }
        Some(run) if usize::from(rest.width) >= run::width(state.history.several_sources()) + 5 => {
            spans.extend(run::label(&run.start, state.history.several_sources(), theme));
        }
        // Without the name of the method, because only fine-tuned runs have vectors of their own.
        Some(run) => spans.extend(run::short(&run.start, theme)),
        None => {
            let name = state.history.source().name.as_ref().map_or("pre-trained", |name| name.as_str());
            let room = usize::from(rest.width).saturating_sub(prefix.len());
            // With all views, the smallest terminal has no room for it.
            let name = if room < 7 { "" } else { fitting([name, "vectors"], room) };
            spans.push(Span::styled(name.to_string(), theme.dim()));
            let another = "  o: another";
            if state.history.sources().len() > 1 && name.width() + another.width() <= room {
                spans.push(Span::styled(another, theme.dim()));
            }
        }
    }
    let line = Line::from(spans);
    if line.width() <= usize::from(rest.width) && rest.width > 4 {
        frame.put(line, rest);
    }
}

/// Draws the line that the user types into. It is always visible.
fn prompt(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let own = &state.screens.words;
    let (name, input, hint) = match own.view {
        View::Analogy => (
            "a b c › ",
            &own.three,
            ["press / and type three words: a is to b as c is to what?", "press / and type three words"],
        ),
        View::Sentences => (
            "text › ",
            &own.sentence,
            ["/ then a text: which training texts say something like it?", "/ then a text"],
        ),
        View::Axes => (
            "axes › ",
            &own.axes,
            [
                "/ then two axes and words to place: good - bad ; film - meal ; soup, music",
                "/ then good - bad ; film - meal ; words to place",
            ],
        ),
        View::Occurrences => (
            "word › ",
            &own.word,
            [
                "/ then a word · two words for their contexts: awful, dreadful",
                "/ then a word, or two: awful, dreadful",
            ],
        ),
        View::Neighbours | View::Drift | View::Coverage | View::Map | View::Clusters | View::Evaluation => (
            "word › ",
            &own.word,
            [
                "/ then a word · waiter - man + woman · tea, coffee, car · good: bad, nice",
                "/ then a word · waiter - man + woman · tea, coffee, car",
            ],
        ),
    };
    let style = if input.active { theme.accent() } else { theme.dim() };
    frame.put(Span::styled(name, style), area);
    let used = name.width() as u16;
    let line = Rect { x: area.x + used, width: area.width.saturating_sub(used), ..area };
    if input.is_empty() && !input.active {
        frame.put(Span::styled(fitting(hint, usize::from(line.width)), theme.dim()), line);
        return;
    }
    // Completions come after the typed text, if there is room.
    let typed = input.text().width() as u16 + 2;
    let (line, rest) = if line.width > typed + 20 {
        (
            Rect { width: typed.max(16), ..line },
            Rect { x: line.x + typed.max(16), width: line.width.saturating_sub(typed.max(16)), ..line },
        )
    } else {
        (line, Rect { width: 0, ..line })
    };
    input.view(frame, line, theme.strong());
    let words = &own.asked.completions;
    let completes = !matches!(own.view, View::Analogy | View::Sentences | View::Axes);
    let text = match (input.active && completes, words.is_empty()) {
        (true, false) => format!("tab: {}", words.join(" · ")),
        (false, _) if !input.active && !own.trail.is_empty() => own.trail.line(),
        (false, _) if !input.active => "/: type another".into(),
        _ => "enter: ask · esc: stop typing".into(),
    };
    frame.put(Span::styled(cut(&text, usize::from(rest.width)), theme.dim()), rest);
}

/// The areas of the lists in the view of neighbours.
struct Lists {
    near: Rect,
    /// The list from the vectors of the selected run.
    own: Option<Rect>,
    /// The area and the index in the history of each probe word.
    probes: Vec<(Rect, usize)>,
    /// How many probe words have no room.
    hidden: usize,
}

impl Lists {
    fn new(state: &State, area: Rect) -> Lists {
        let two = state.screens.words.run.is_some();
        let wide = (area.width / 2).clamp(1, 46);
        let column =
            |i: u16| Rect { x: area.x + i * wide, width: wide.saturating_sub(2), ..area }.intersection(area);
        let own = two.then(|| column(1));
        let left = if two { 2 * wide } else { wide };
        let mut rest = Rect { x: area.x + left, width: area.width.saturating_sub(left), ..area };
        let probes = state.history.source().probes.len();
        if rest.width < 24 || rest.height < 4 || probes == 0 {
            return Lists { near: column(0), own, probes: Vec::new(), hidden: probes };
        }
        rest.height -= 1;
        let columns = (rest.width / 34).max(1);
        let each = rest.width / columns;
        let wanted = probes.div_ceil(usize::from(columns)) as u16;
        let height = (rest.height / wanted.max(1)).clamp(6.min(rest.height), 14);
        let rows = rest.height / height;
        let first = state.screens.words.probe.min(probes.saturating_sub(1));
        let cells = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
        let place = |(x, y): (u16, u16)| {
            Rect::new(
                rest.x + x * each,
                rest.y + y * height,
                each.saturating_sub(1),
                height.saturating_sub(1),
            )
        };
        let probes_seen: Vec<(Rect, usize)> = cells.map(place).zip(first..probes).collect();
        let hidden = probes - probes_seen.len();
        Lists { near: column(0), own, probes: probes_seen, hidden }
    }
}

fn neighbours(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let (told, rest) = collapse(state, area);
    if let Some(told) = told {
        sentence(state, frame, Rect { height: area.height - rest.height, ..area }, &told);
    }
    let lists = Lists::new(state, rest);
    let title = if state.screens.words.run.is_some() { "pre-trained" } else { "" };
    let back = if state.is_back() { " then" } else { "" };
    match near(state) {
        Ok(Some(looks)) => {
            let odd = looks.list.first().map(|near| near.word.as_str());
            let by = match (state.screens.words.by, wish(state)) {
                (Closeness::Dot, WordQuery::Near(_) | WordQuery::Among(..)) => " · dot",
                _ => "",
            };
            let made = if looks.made { " (unseen: made from its parts)" } else { "" };
            let title = format!("{}{made}{by}{back}  {title}", WordQuery::read(&looks.word).title(odd));
            list(state, frame, lists.near, &title, &looks, state.screens.words.selected);
        }
        Ok(None) if word(state).is_empty() => {
            sentence(
                state,
                frame,
                lists.near,
                "Type a word: what is near it appears here and follows the training. Sums of words do as well \
                 (waiter - man + woman), a list for its odd one out (tea, coffee, car), or a word and some to \
                 choose from (good: bad, nice, fair).",
            );
        }
        Ok(None) if only_told(state) => {
            sentence(state, frame, lists.near, "Nothing was told of this word by then: ] goes forward.");
        }
        Ok(None) => sentence(state, frame, lists.near, "Looking …"),
        Err(why) => sentence(state, frame, lists.near, &why),
    }
    if let (Some(place), Some(run)) =
        (lists.own, state.screens.words.run.and_then(|run| state.history.run(run)))
    {
        let asked = &state.screens.words.asked.own;
        match (&asked.found, &asked.why) {
            _ if only_told(state) => {
                let text = "What fine-tuning made of it can be asked only now, while the session is at hand.";
                sentence(state, frame, place, text);
            }
            (_, Some(why)) => sentence(state, frame, place, why),
            (Some(looks), _) => {
                let odd = looks.list.first().map(|near| near.word.clone());
                let odd = odd.filter(|_| matches!(wish(state), WordQuery::Odd(_)));
                let odd = odd.map_or(String::new(), |odd| format!(": {odd}"));
                let title = format!("after fine-tuning on {} labels{odd}", run.start.budget);
                list(state, frame, place, &title, looks, None);
            }
            (None, None) => sentence(state, frame, place, if asked.waits() { "Looking …" } else { "" }),
        }
    }
    for (place, probe) in &lists.probes {
        let Some(probe) = state.history.source().probes.get(*probe) else { continue };
        let tokens = probe.looks.iter().rfind(|look| look.at <= state.until()).map(|look| look.value.0);
        let told = tokens.map_or(String::new(), |tokens| format!("  after {} words", short(tokens as f64)));
        let title = format!("{}{told}", cut(&probe.word, 16));
        let looks =
            Looks::of_probe(probe, state.until()).unwrap_or_else(|| Looks::new(&probe.word, Vec::new()));
        list(state, frame, *place, &title, &looks, None);
    }
    if lists.hidden > 0 {
        let text = match lists.probes.is_empty() {
            true if state.screens.words.run.is_some() => "r: back to the probe words".to_string(),
            true => String::new(),
            false => format!("{} more probe words: pgdn, pgup", lists.hidden),
        };
        let left = lists.probes.first().map_or(area.x, |(place, _)| place.x);
        let place = Rect::new(left, area.bottom().saturating_sub(1), area.right().saturating_sub(left), 1);
        if !lists.probes.is_empty() {
            frame.put(Span::styled(text, theme.dim()), place.intersection(area));
        }
    }
}

/// Draws a list with a title.
fn list(state: &State, frame: &mut Frame, area: Rect, title: &str, looks: &Looks, selected: Option<usize>) {
    let width = usize::from(area.width);
    let rows = usize::from(area.height).saturating_sub(1);
    let mut lines = vec![Line::styled(cut(title, width), state.theme.strong())];
    lines.extend(looks.lines(width, rows, selected, state.theme));
    frame.put(lines, area);
}

fn analogy(state: &State, frame: &mut Frame, area: Rect) {
    let Some([a, b, c]) = three(state) else {
        let text = "Three words, such as: good best bad. The answer is what is to the third as the second is to the \
                    first; it is found by adding and subtracting their vectors (b − a + c), or with x by multiplying \
                    their cosines.";
        return sentence(state, frame, area, text);
    };
    if !state.can_ask() {
        let again = models_again(state);
        let text = format!(
            "Analogies are answered by the vectors themselves, and a {} has none: {again}.",
            seen_as(state)
        );
        return sentence(state, frame, area, &text);
    }
    let asked = &state.screens.words.asked.analogy;
    match (&asked.found, &asked.why) {
        (_, Some(why)) => sentence(state, frame, area, why),
        (Some(looks), _) if looks.word == format!("{a} {b} {c}") => {
            let score = if state.screens.words.score == AnalogyScore::Mul { "3CosMul" } else { "3CosAdd" };
            let title = format!("{a} is to {b} as {c} is to …  by {score}");
            let place = Rect { width: area.width.min(70), ..area };
            list(state, frame, place, &title, looks, state.screens.words.selected);
        }
        _ => sentence(state, frame, area, "Looking …"),
    }
}
