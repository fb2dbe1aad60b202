//! The screen Words: what is near a word, live; analogies, drift, coverage and a map.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::session::text_transfer::TextSource;
use crate::train::command::{AnalogyScore, By, Grouped, Id, Layout};
use crate::train::event::Answer;
use crate::tui::action::Effect;
use crate::tui::app::State;
use crate::tui::keymap::Binding;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::scatter::Lens;
use crate::tui::widgets::window::moved;

use super::{body, explained, lab, models_again, quoted, show_text};

mod asked;
mod clusters;
mod coverage;
mod draw;
mod drift;
mod evaluation;
mod keys;
mod looks;
mod map;
mod questions;
#[cfg(test)]
mod tests;
mod wish;

use keys::is_map;
use looks::Looks;
use questions::Questions;
use wish::Wish;

/// The parts of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    #[default]
    Neighbours,
    Analogy,
    Drift,
    Coverage,
    Map,
    Clusters,
    Evaluation,
}

impl View {
    const ALL: [View; 7] = [
        View::Neighbours,
        View::Analogy,
        View::Drift,
        View::Coverage,
        View::Map,
        View::Clusters,
        View::Evaluation,
    ];

    /// Its key and its name; a short one where there is little room.
    fn name(self, short: bool) -> &'static str {
        match (self, short) {
            (View::Neighbours, true) => "n near",
            (View::Neighbours, false) => "n neighbours",
            (View::Analogy, _) => "a analogy",
            (View::Drift, _) => "d drift",
            (View::Coverage, _) => "c coverage",
            (View::Map, _) => "m map",
            (View::Clusters, _) => "k clusters",
            (View::Evaluation, true) => "e scores",
            (View::Evaluation, false) => "e evaluation",
        }
    }
}

/// The screen's own state.
#[derive(Debug, Default)]
pub struct Words {
    view: View,
    /// The word whose neighbours are shown.
    word: Input,
    /// The three words of an analogy.
    three: Input,
    /// What was asked, and what came of it.
    asked: Questions,
    /// The fine-tuned run whose own vectors are looked at beside the pre-trained ones.
    run: Option<usize>,
    /// The selected line of the list in front.
    selected: Option<usize>,
    /// The first row of probe words that is seen.
    probe: usize,
    /// What makes words near.
    by: By,
    /// How analogies are answered.
    score: AnalogyScore,
    layout: Layout,
    /// Which words the map shows.
    choice: map::Choice,
    lens: Lens,
    /// Where the mouse holds the map.
    grip: Option<(u16, u16)>,
    /// Coverage: accuracy afterwards instead of words beforehand.
    afterwards: bool,
    /// What texts are put together by: a place among all ways.
    grouped: usize,
    /// Clusters; as many as there are classes where it is not chosen.
    k: Option<usize>,
}

/// What its keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Do {
    Type,
    /// Ask now; with a line selected, go on to its word.
    Enter,
    /// Take the next completion of what is typed.
    Complete,
    Show(View),
    /// The fine-tuned run so many further whose vectors are looked at.
    Table(i8),
    /// The line so many below; on the map, up and down.
    Line(i8),
    /// On the map, to the side.
    Side(i8),
    Zoom(i8),
    /// The whole map.
    Whole,
    /// Cosine or dot product.
    Measure,
    /// 3CosAdd or 3CosMul.
    NextAnalogyScore,
    /// Principal components or t-SNE.
    NextLayout,
    /// Other words on the map.
    Choose,
    /// What texts are clustered by.
    NextGrouped,
    /// So many clusters more.
    Clusters(i8),
    /// The map to a file, an image or a table; the clusters, a table.
    Save {
        table: bool,
    },
    /// More probe words, or further lines.
    Page(i8),
}

/// What is typed into the word field.
fn wish(state: &State) -> Wish {
    Wish::read(&state.words.word.text())
}

/// What the answer to it is called.
fn word(state: &State) -> String {
    wish(state).text()
}

/// Whether the word's list can only come from what the session told of its probe words.
fn only_told(state: &State) -> bool {
    state.is_back() || !state.can_ask()
}

/// The neighbours of the word in the pre-trained table, as they are or as they were told.
fn near(state: &State) -> Result<Option<Looks>, String> {
    let word = word(state);
    if !only_told(state) {
        if let Wish::Odd(words) = wish(state)
            && words.len() < 3
        {
            return Err("The odd one out is found among three words or more: tea, coffee, car.".into());
        }
        let near = &state.words.asked.near;
        return match &near.why {
            Some(why) => Err(why.clone()),
            None => Ok(near.found.clone()),
        };
    }
    let history = &state.history;
    if let Some(probe) = history.probes.iter().find(|probe| probe.word == word.to_lowercase()) {
        return Ok(Looks::of_probe(probe, state.until()));
    }
    if word.is_empty() {
        return Ok(None);
    }
    let probes: Vec<&str> = history.probes.iter().map(|probe| probe.word.as_str()).collect();
    Err(match (state.is_back() && state.replay.is_none(), probes.is_empty()) {
        (true, _) => format!(
            "Only the probe words are kept over time ({}); \"{word}\" can be asked about now: esc leaves the past.",
            probes.join(", ")
        ),
        (false, false) => format!(
            "A recording keeps the neighbours of its probe words only ({}). To ask its vectors for \
             \"{word}\": {}.",
            probes.join(", "),
            models_again(state)
        ),
        (false, true) => "There are no word vectors to ask: start or resume a session on screen 1.".into(),
    })
}

/// The fine-tuned runs, which have vectors of their own.
fn fine_tuned(state: &State) -> Vec<usize> {
    let own = state.history.runs.iter().filter(|run| run.start.method.tunes());
    own.map(|run| run.start.run).collect()
}

/// What `action` changes.
pub fn update(state: &mut State, action: Do) -> Vec<Effect> {
    match action {
        Do::Type => {
            let own = &mut state.words;
            if own.view == View::Analogy {
                own.three.active = true;
            } else {
                if !matches!(own.view, View::Neighbours | View::Map) {
                    own.view = View::Neighbours;
                }
                // A new word is typed over the old one, whose list stays until there is another.
                own.word.set("");
                own.word.active = true;
                own.selected = None;
            }
            Vec::new()
        }
        Do::Enter => enter(state),
        Do::Complete => {
            if let Some(word) = state.words.asked.completion() {
                let text = state.words.word.text();
                let (stands, _) = wish::last_word(&text);
                state.words.word.set(&format!("{stands}{word}"));
                state.words.selected = None;
            }
            questions::word_changed(state, false);
            Vec::new()
        }
        Do::Show(view) => {
            state.words.afterwards =
                view == View::Coverage && state.words.view == view && !state.words.afterwards;
            state.words.view = view;
            state.words.selected = None;
            questions::refresh(state)
        }
        Do::Table(by) => {
            let runs = fine_tuned(state);
            if runs.is_empty() {
                state.toast("There is no fine-tuned run yet that had vectors of its own.");
            }
            let own = runs.iter().map(|run| Some(*run));
            // The pre-trained table alone has its place before them, but where only runs have something to show.
            let alone = (state.words.view != View::Drift || runs.is_empty()).then_some(None);
            let places: Vec<Option<usize>> = alone.into_iter().chain(own).collect();
            let at = places.iter().position(|run| *run == state.words.run).unwrap_or(0);
            let next = (at as isize + isize::from(by)).rem_euclid(places.len() as isize) as usize;
            state.words.run = places[next];
            state.words.asked.table_changed();
            questions::refresh(state)
        }
        Do::Line(by) if is_map(state) => {
            state.words.lens = state.words.lens.moved(0.0, -0.1 * f64::from(by));
            Vec::new()
        }
        Do::Line(by) => {
            select(state, isize::from(by));
            Vec::new()
        }
        Do::Side(by) => {
            state.words.lens = state.words.lens.moved(0.1 * f64::from(by), 0.0);
            Vec::new()
        }
        Do::Zoom(by) => {
            state.words.lens = state.words.lens.zoomed(if by > 0 { 1.4 } else { 1.0 / 1.4 });
            Vec::new()
        }
        Do::Whole => {
            state.words.lens = Lens::default();
            Vec::new()
        }
        Do::Measure => {
            state.words.by = if state.words.by == By::Cosine { By::Dot } else { By::Cosine };
            state.words.asked.measure_changed();
            questions::word_changed(state, true);
            questions::refresh(state)
        }
        Do::NextAnalogyScore => {
            state.words.score =
                if state.words.score == AnalogyScore::Add { AnalogyScore::Mul } else { AnalogyScore::Add };
            state.words.asked.measure_changed();
            questions::word_changed(state, true);
            questions::refresh(state)
        }
        Do::NextLayout => {
            state.words.layout = if state.words.layout == Layout::Pca { Layout::Tsne } else { Layout::Pca };
            state.words.asked.map_changed();
            questions::refresh(state)
        }
        Do::Choose => {
            state.words.choice = state.words.choice.next(!map::probes(state).is_empty());
            state.words.asked.map_changed();
            questions::refresh(state)
        }
        Do::NextGrouped => {
            state.words.grouped = (state.words.grouped + 1) % Grouped::ALL.len();
            state.words.asked.clusters_changed();
            questions::refresh(state)
        }
        Do::Clusters(by) => {
            state.words.k =
                Some(clusters::k(state).saturating_add_signed(isize::from(by)).clamp(2, clusters::MOST));
            state.words.asked.clusters_changed();
            questions::refresh(state)
        }
        Do::Save { .. } if state.words.view == View::Clusters => clusters::save(state).into_iter().collect(),
        Do::Save { table } => vec![map::save(state, table)],
        Do::Page(by) if state.words.view == View::Neighbours => {
            let last = state.history.probes.len().saturating_sub(1);
            let own = &mut state.words;
            own.probe = own.probe.saturating_add_signed(isize::from(by)).min(last);
            Vec::new()
        }
        Do::Page(by) => {
            select(state, isize::from(by) * 10);
            Vec::new()
        }
    }
}

/// Words that lines can be selected of.
fn lines(state: &State) -> Vec<String> {
    match state.words.view {
        View::Neighbours => {
            near(state).ok().flatten().map_or(Vec::new(), |l| l.list.into_iter().map(|n| n.word).collect())
        }
        View::Analogy => state.words.asked.analogy_words(),
        View::Drift => state.words.asked.drift_words(),
        View::Coverage => {
            state.history.coverage.as_ref().map_or(Vec::new(), |coverage| {
                coverage.missing.iter().map(|(word, _)| word.clone()).collect()
            })
        }
        View::Clusters => clusters::words(state),
        View::Map | View::Evaluation => Vec::new(),
    }
}

/// Whether ↑ and ↓ have something to move on: lines, or the map.
fn has_lines(state: &State) -> bool {
    is_map(state) || !lines(state).is_empty()
}

fn select(state: &mut State, by: isize) {
    let count = lines(state).len();
    let at = state
        .words
        .selected
        .map_or(if by > 0 { 0 } else { count.saturating_sub(1) }, |at| moved(at, by, count));
    state.words.selected = (count > 0).then_some(at.min(count.saturating_sub(1)));
}

fn enter(state: &mut State) -> Vec<Effect> {
    if state.words.word.active || state.words.three.active {
        state.words.word.active = false;
        state.words.three.active = false;
        questions::word_changed(state, true);
        return questions::refresh(state);
    }
    let chosen = state.words.selected.and_then(|at| lines(state).get(at).cloned());
    match chosen.filter(|_| state.words.view != View::Coverage) {
        Some(word) => go_to(state, &word),
        None => update(state, Do::Type),
    }
}

/// Looks at another word.
fn go_to(state: &mut State, word: &str) -> Vec<Effect> {
    state.words.word.set(word);
    state.words.view = View::Neighbours;
    state.words.selected = None;
    questions::word_changed(state, true);
    questions::refresh(state)
}

/// The screen.
pub struct Page;

impl super::Page for Page {
    fn title(&self) -> &'static str {
        "Words"
    }

    fn about(&self) -> &'static str {
        "Words with like meanings get like vectors. Type a word: what is near it?"
    }

    fn keys(&self) -> &'static [Binding] {
        keys::KEYS
    }

    fn there(&self, state: &State) -> bool {
        !state.is_of_images()
    }

    fn view(&self, state: &State, frame: &mut Frame, area: Rect) {
        let area = explained(state, frame, area);
        if state.is_of_images() {
            let what = "Word vectors are explored here where a session is of text. This session is of images: \
                        screen 7 shows them, and what its networks see of them.";
            return show_text(state, frame, area, what);
        }
        draw::view(state, frame, area);
    }

    fn shown(&self, state: &mut State) -> Vec<Effect> {
        questions::refresh(state)
    }

    fn tick(&self, state: &mut State) -> Vec<Effect> {
        questions::tick(state)
    }

    fn answer(&self, state: &mut State, id: Id, answer: &Answer) -> Vec<Effect> {
        questions::answer(state, id, answer);
        Vec::new()
    }

    fn mouse(&self, state: &mut State, event: MouseEvent, area: Rect) -> Vec<Effect> {
        match event.kind {
            MouseEventKind::ScrollDown if is_map(state) => return update(state, Do::Zoom(-1)),
            MouseEventKind::ScrollUp if is_map(state) => return update(state, Do::Zoom(1)),
            MouseEventKind::ScrollDown => return update(state, Do::Line(1)),
            MouseEventKind::ScrollUp => return update(state, Do::Line(-1)),
            MouseEventKind::Down(MouseButton::Left) => {
                state.words.grip = is_map(state).then_some((event.column, event.row));
            }
            MouseEventKind::Drag(MouseButton::Left) => {
                if let Some((column, row)) = state.words.grip.replace((event.column, event.row)) {
                    let by = |from: u16, to: u16, of: u16| {
                        (f64::from(from) - f64::from(to)) / f64::from(of.max(1))
                    };
                    let (x, y) = (by(column, event.column, area.width), by(row, event.row, area.height));
                    state.words.lens = state.words.lens.moved(x, -y);
                }
                return Vec::new();
            }
            MouseEventKind::Up(MouseButton::Left) => {
                state.words.grip = None;
                return Vec::new();
            }
            _ => return Vec::new(),
        }
        match draw::target(state, body(state, area), Position::new(event.column, event.row)) {
            Some(draw::Target::View(view)) => update(state, Do::Show(view)),
            Some(draw::Target::Prompt) => update(state, Do::Type),
            Some(draw::Target::Table) => update(state, Do::Table(1)),
            Some(draw::Target::Word(word)) => go_to(state, &word),
            None => Vec::new(),
        }
    }

    fn input<'a>(&self, state: &'a mut State) -> Option<&'a mut Input> {
        let own = &mut state.words;
        if own.view == View::Analogy {
            Some(&mut own.three).filter(|input| input.active)
        } else {
            Some(&mut own.word).filter(|input| input.active)
        }
    }

    fn field<'a>(&self, state: &'a State) -> Option<&'a Input> {
        let own = &state.words;
        Some(if own.view == View::Analogy { &own.three } else { &own.word }).filter(|input| input.active)
    }

    fn typing_keys(&self) -> &'static [Binding] {
        keys::TYPING
    }

    fn typed(&self, state: &mut State) -> Vec<Effect> {
        state.words.selected = None;
        questions::word_changed(state, false);
        questions::complete(state)
    }

    fn forget(&self, state: &mut State) {
        state.words = Words::default();
    }

    fn command(&self, state: &State) -> Option<String> {
        let folder = quoted(&state.folder.as_ref()?.display().to_string());
        // A file of vectors can be asked on its own, and so can a session that kept those that it trained;
        // of others the log tells the probe words.
        let session = |session: &&lab::Session| Some(&session.folder) == state.folder.as_ref();
        let kept =
            state.replay.is_none() || state.lab.found.sessions.iter().find(session).is_some_and(|s| s.models);
        let file = match state.history.recipe.as_ref().and_then(|recipe| recipe.text_source()) {
            Some(TextSource::Vectors { file, .. }) => quoted(&file.display().to_string()),
            _ if kept => folder.clone(),
            _ => return Some(format!("warmstart replay {folder} --plain")),
        };
        let by = if state.words.by == By::Dot { " --by dot" } else { "" };
        if is_of_run_alone(state) {
            return None;
        }
        match (state.words.view, wish(state)) {
            (View::Neighbours, Wish::Near(word)) => {
                Some(format!("warmstart neighbours {} --vectors {file}{by}", quoted(&word)))
            }
            (View::Neighbours, Wish::Among(word, among)) => Some(format!(
                "warmstart neighbours {} --among {} --vectors {file}{by}",
                quoted(&word),
                quoted(&among.join(","))
            )),
            (View::Neighbours, Wish::Odd(words)) if words.len() >= 3 => {
                let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
                Some(format!("warmstart odd-one-out {} --vectors {file}", words.join(" ")))
            }
            (View::Map, _) => map::command(state, &file),
            (View::Clusters, _) => clusters::command(state, &folder),
            (View::Analogy, _) => {
                let words: Vec<String> = state.words.three.text().split_whitespace().map(quoted).collect();
                let score = if state.words.score == AnalogyScore::Mul { " --by 3cosmul" } else { "" };
                let words = (words.len() == 3).then(|| words.join(" "));
                words.map(|words| format!("warmstart analogy {words} --vectors {file}{score}"))
            }
            (View::Evaluation, _) => evaluation::command(state, &file),
            _ => None,
        }
        .or_else(|| Some(format!("warmstart replay {folder} --plain")))
    }

    fn no_command(&self, state: &State) -> &'static str {
        match is_of_run_alone(state) {
            true => "No command reads a run's own vectors: R goes back to the pre-trained ones.",
            false => "There is no session in front yet whose view could be printed.",
        }
    }
}

/// Whether only the vectors of a run are looked at, and not the pre-trained ones beside them.
fn is_of_run_alone(state: &State) -> bool {
    state.words.run.is_some() && matches!(state.words.view, View::Map | View::Clusters)
}
