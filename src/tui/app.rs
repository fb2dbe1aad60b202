//! The core: what is known and shown, how an action changes it, and how it is drawn.
//!
//! [`update`] and [`view`] touch nothing outside: what the world must do is returned as effects, and
//! the time comes in with ticks. So a screen is tested by feeding it records and keys.

use std::path::PathBuf;

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::session::history::History;
use crate::session::record::{Comparison, Entry, Record, Stage};
use crate::train::command::{Command, Id, Question};
use crate::train::event::{self, Event, Status};

use super::action::{Action, Effect};
use super::chrome;
use super::curves::Curves;
use super::graphics::Placed;
use super::keymap::{self, Binding, Key};
use super::overlay::{self, Overlay};
use super::screens::{Tab, compare, confusion, images, lab, train, try_, words};
use super::theme::Theme;
use super::widgets::pixels::{self, Depth};

/// The smallest terminal that the screens are made for.
pub const SMALLEST: (u16, u16) = (80, 24);

/// Seconds that a toast stays.
const TOAST: f64 = 6.0;

/// Everything that the front end knows.
#[derive(Debug)]
pub struct State {
    /// Columns and rows.
    pub size: (u16, u16),
    /// Seconds since the front end started.
    pub now: f64,
    pub theme: Theme,
    /// How many colours images are drawn with.
    pub depth: Depth,
    /// Whether images are left to the terminal's own graphics.
    pub graphics: bool,
    /// Whether explanations are shown.
    pub explain: bool,
    /// The screen in front.
    pub tab: Tab,
    pub overlay: Overlay,
    pub toasts: Vec<Toast>,

    /// What the session told.
    pub history: History,
    /// The curves of what the session told.
    pub curves: Curves,
    /// What the training thread is doing.
    pub status: Status,
    /// The name of the session that is looked at again, if this is no live one.
    pub replay: Option<String>,
    /// Whether a replay moves on by itself.
    pub playing: bool,
    /// The folder of the session in front.
    pub folder: Option<PathBuf>,
    /// Whether models are kept of the session that is looked at again.
    pub models: bool,
    /// The time cursor in session seconds; `None` shows what is known now.
    pub cursor: Option<f64>,

    /// Whether there is a training thread.
    pub trains: bool,
    /// Whether the user did anything yet.
    touched: bool,

    /// The folder where sessions are.
    pub sessions: PathBuf,
    /// Recipes that come with the program.
    pub recipes: Vec<lab::BuiltIn>,

    // Each screen's own state.
    pub lab: lab::Lab,
    pub train: train::Train,
    pub words: words::Words,
    pub confusion: confusion::Confusion,
    pub compare: compare::Compare,
    pub images: images::Images,
    pub try_: try_::Try,

    /// Whether anything changed since the last drawing.
    pub changed: bool,
    next: Id,
}

/// A sentence shown for a few seconds, as long as its screen is in front.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    pub text: String,
    /// The screen that it came on; one that tells what became of the whole session is of none, and stays its time
    /// wherever one goes.
    pub tab: Option<Tab>,
    pub bad: bool,
    pub until: f64,
}

impl State {
    /// The state before anything happened.
    pub fn new(sessions: PathBuf, recipes: Vec<lab::BuiltIn>, theme: Theme) -> State {
        State {
            size: SMALLEST,
            now: 0.0,
            theme,
            depth: Depth::Indexed,
            graphics: false,
            explain: true,
            tab: Tab::Lab,
            overlay: Overlay::None,
            toasts: Vec::new(),
            history: History::default(),
            curves: Curves::default(),
            status: Status::default(),
            replay: None,
            playing: false,
            folder: None,
            models: false,
            cursor: None,
            trains: true,
            touched: false,
            sessions,
            recipes,
            lab: lab::Lab::default(),
            train: train::Train::default(),
            words: words::Words::default(),
            confusion: confusion::Confusion::default(),
            compare: compare::Compare::default(),
            images: images::Images::default(),
            try_: try_::Try::default(),
            changed: true,
            next: 1,
        }
    }

    /// The moment up to which screens show what was told, in session seconds: infinity when live.
    pub fn until(&self) -> f64 {
        self.cursor.unwrap_or(f64::INFINITY)
    }

    /// Whether the time cursor is in the past.
    pub fn is_back(&self) -> bool {
        self.cursor.is_some()
    }

    /// Whether there is a past to look at.
    pub fn has_time(&self) -> bool {
        self.history.now > 0.0
    }

    /// Whether `p` means anything.
    pub fn can_pause(&self) -> bool {
        match self.replay {
            Some(_) => self.has_time(),
            None => matches!(self.status.state, event::State::Running | event::State::Paused),
        }
    }

    /// Width, height and channels of the images, if the session is of images.
    pub fn images(&self) -> Option<(u32, u32, u8)> {
        self.history.data.as_ref()?.images
    }

    /// Whether the session is of images, which its recipe says before the data is read.
    pub fn is_of_images(&self) -> bool {
        let recipe = self.history.recipe.as_ref();
        self.images().is_some() || recipe.is_some_and(|recipe| recipe.images().is_some())
    }

    /// What the session's examples are, several of them.
    pub fn examples(&self) -> &'static str {
        if self.is_of_images() { "images" } else { "documents" }
    }

    /// Whether training is under way (paused or not).
    pub fn is_training(&self) -> bool {
        self.replay.is_none() && matches!(self.status.state, event::State::Running | event::State::Paused)
    }

    /// Whether somebody can answer questions: a replay has no models at hand.
    pub fn can_ask(&self) -> bool {
        self.replay.is_none() && self.status.state != event::State::Idle
    }

    /// A question to the training thread: the number that comes back with the answer, and the effect
    /// that asks. Check [`State::can_ask`] first: otherwise no answer comes.
    pub fn ask(&mut self, question: Question) -> (Id, Effect) {
        let id = self.next;
        self.next += 1;
        (id, Effect::Send(Command::Ask { id, question }))
    }

    /// The comparison, if there was one at the time looked at. It is made at the session's end.
    pub fn comparison(&self) -> Option<&Comparison> {
        let finished = self.history.stages.iter().rev().find(|stage| stage.value == Stage::Finished);
        let at = finished.map_or(self.history.now, |stage| stage.at);
        self.history.comparison.as_deref().filter(|_| at <= self.until() || !self.is_back())
    }

    /// Shows a sentence for a few seconds.
    pub fn toast(&mut self, text: impl Into<String>) {
        self.add_toast(text.into(), false, Some(self.tab));
    }

    /// Shows a sentence about something that went wrong, for longer.
    pub fn complain(&mut self, text: impl Into<String>) {
        self.add_toast(text.into(), true, Some(self.tab));
    }

    fn add_toast(&mut self, text: String, bad: bool, tab: Option<Tab>) {
        self.toasts.retain(|toast| toast.text != text);
        self.toasts.push(Toast { text, tab, bad, until: self.now + if bad { 2.0 * TOAST } else { TOAST } });
        if self.toasts.len() > 3 {
            self.toasts.remove(0);
        }
    }

    /// Asks before `action` is done.
    pub fn confirm(&mut self, question: impl Into<String>, action: Action) {
        self.overlay = Overlay::Confirm { question: question.into(), action: Box::new(action) };
    }

    /// Puts away what is known of the session in front.
    pub fn forget(&mut self) {
        self.history = History::default();
        self.curves.forget();
        self.cursor = None;
        self.playing = false;
        self.replay = None;
        for tab in Tab::ALL {
            tab.page().forget(self);
        }
    }

    /// Takes the next record in.
    pub fn push(&mut self, entry: Entry) {
        match &entry.record {
            // Whatever was told before is of another session.
            Record::Opened { .. } => {
                self.forget();
                if self.tab == Tab::Lab && !self.touched {
                    self.tab = lab::WATCH;
                }
            }
            Record::Note(crate::session::record::Note::Remark(text)) => self.toast(text.clone()),
            // Points that were told are taken back; what stays is taken in again.
            Record::Resumed { .. } => self.curves.forget(),
            _ => {}
        }
        self.history.push(entry);
    }
}

/// What `action` changes, and what the world must do for it.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    let tab = state.tab;
    let effects = act(state, action);
    if state.tab != tab {
        let front = state.tab;
        state.toasts.retain(|toast| toast.tab.is_none_or(|tab| tab == front));
    }
    effects
}

fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if !matches!(action, Action::Tick(_)) {
        state.changed = true;
    }
    match action {
        Action::Key(event) => on_key(state, Key::of(event)),
        Action::Mouse(event) => on_mouse(state, event),
        Action::Paste(_) if is_small(state) => Vec::new(),
        Action::Paste(text) => {
            if let Some(input) = state.overlay.input() {
                input.paste(&text);
            } else if let Some(input) = state.tab.page().input(state) {
                input.paste(&text);
                return state.tab.page().typed(state);
            }
            Vec::new()
        }
        Action::Resize(columns, rows) => {
            state.size = (columns, rows);
            Vec::new()
        }
        Action::Tick(now) => on_tick(state, now),
        Action::News(news) => on_news(state, *news),
        Action::Found(found) => {
            lab::found(state, found);
            Vec::new()
        }
        Action::Loaded { name, folder, entries, models } => {
            state.forget();
            for entry in entries {
                state.push(entry);
            }
            state.curves.follow(&state.history);
            state.toasts.clear();
            state.replay = Some(name);
            state.folder = Some(folder);
            state.models = models;
            show(state, lab::WATCH)
        }
        Action::Written(path) => {
            let recipe = path.extension().is_some_and(|extension| extension == "ron");
            let next = if recipe { ". Edit it, press r on screen 1, and start it" } else { "" };
            state.toast(format!("Written: {}{next}.", path.display()));
            state.lab.written = recipe.then_some(path);
            vec![Effect::Scan]
        }
        Action::Completed(completion) => {
            images::completed(state, completion);
            Vec::new()
        }
        Action::Failed(text) => {
            state.complain(text);
            Vec::new()
        }

        Action::Command(command) => vec![Effect::Send(command)],
        Action::Begin { recipe, name } => {
            watch(state);
            vec![Effect::Begin { recipe, name }]
        }
        Action::Resume(folder) => {
            watch(state);
            vec![Effect::Send(Command::Resume { folder })]
        }
        Action::Open(folder) => lab::stop_first(state).into_iter().chain([Effect::Load(folder)]).collect(),

        Action::Quit if state.is_training() => {
            state.confirm("Save and leave? The session can be resumed later.", Action::QuitNow);
            Vec::new()
        }
        Action::Quit | Action::QuitNow => vec![Effect::Send(Command::Quit), Effect::Quit],
        Action::Suspend => vec![Effect::Suspend],
        Action::Show(tab) => show(state, tab),
        Action::NextTab => show(state, state.tab.beside(1, state)),
        Action::PreviousTab => show(state, state.tab.beside(-1, state)),
        Action::Help => {
            state.overlay = Overlay::help();
            Vec::new()
        }
        Action::Palette => {
            state.overlay = Overlay::palette();
            Vec::new()
        }
        Action::Back => {
            if let Some(input) = state.tab.page().input(state) {
                input.active = false;
            } else if !state.tab.page().back(state) {
                state.toasts.clear();
                live(state);
            }
            Vec::new()
        }
        Action::Pause => on_pause(state),
        Action::Time(hundredths) => {
            travel(state, hundredths);
            Vec::new()
        }
        Action::Live => {
            live(state);
            Vec::new()
        }
        Action::Explain => {
            state.explain = !state.explain;
            Vec::new()
        }
        Action::CopyCommand => match state.tab.page().command(state) {
            Some(command) => {
                state.toast(format!("Copied: {command}"));
                vec![Effect::Copy(command)]
            }
            None => {
                let why = state.tab.page().no_command(state);
                state.toast(why);
                Vec::new()
            }
        },
        Action::SwitchTheme => {
            state.theme = state.theme.switched();
            Vec::new()
        }

        Action::Lab(action) => lab::update(state, action),
        Action::Train(action) => train::update(state, action),
        Action::Words(action) => words::update(state, action),
        Action::Confusion(action) => confusion::update(state, action),
        Action::Compare(action) => compare::update(state, action),
        Action::Images(action) => images::update(state, action),
        Action::Try(action) => try_::update(state, action),
    }
}

/// Makes room for a session that is about to be told.
fn watch(state: &mut State) {
    state.forget();
    state.folder = None;
    state.tab = lab::WATCH;
}

fn show(state: &mut State, tab: Tab) -> Vec<Effect> {
    state.tab = tab;
    tab.page().shown(state)
}

fn on_key(state: &mut State, key: Key) -> Vec<Effect> {
    state.touched = true;
    if is_small(state) && !matches!(state.overlay, Overlay::Confirm { .. }) {
        // Nothing of a screen is seen, so nothing of it is done.
        return match keymap::GLOBAL.iter().find(|binding| binding.keys.contains(&key)) {
            Some(Binding { action: action @ (Action::Quit | Action::QuitNow | Action::Suspend), .. }) => {
                update(state, action.clone())
            }
            _ => Vec::new(),
        };
    }
    if !matches!(state.overlay, Overlay::None) {
        return overlay::on_key(state, key);
    }
    let page = state.tab.page();
    if page.input(state).is_some_and(|input| input.key(key)) {
        return page.typed(state);
    }
    match keymap::lookup(state, key) {
        Some(binding) => update(state, binding.action.clone()),
        None => Vec::new(),
    }
}

fn on_mouse(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    let pressed = matches!(event.kind, MouseEventKind::Down(MouseButton::Left));
    state.touched |= pressed;
    let place = Position::new(event.column, event.row);
    if is_small(state) {
        return Vec::new();
    }
    if !matches!(state.overlay, Overlay::None) {
        return overlay::on_mouse(state, event);
    }
    let parts = chrome::layout(state);
    if pressed && !parts.body.contains(place) {
        let hit = chrome::targets(state).into_iter().find(|(area, _)| area.contains(place));
        if let Some((_, action)) = hit {
            return update(state, action);
        }
    }
    let body = parts.body;
    if body.contains(place) && state.tab.is_of(state) {
        state.tab.page().mouse(state, event, body)
    } else {
        Vec::new()
    }
}

fn on_tick(state: &mut State, now: f64) -> Vec<Effect> {
    let passed = (now - state.now).clamp(0.0, 1.0);
    state.now = now;
    let shown = state.toasts.len();
    state.toasts.retain(|toast| toast.until > now);
    state.changed |= shown != state.toasts.len();
    if state.playing {
        // A whole session plays in about half a minute.
        let speed = state.history.now / 30.0;
        let at = state.cursor.unwrap_or(0.0) + passed * speed;
        state.cursor = (at < state.history.now).then_some(at);
        state.playing = state.cursor.is_some();
        state.changed = true;
    }
    state.tab.page().tick(state)
}

fn on_news(state: &mut State, news: Event) -> Vec<Effect> {
    match news {
        // What a session that was stopped for a replay still tells is in its log.
        Event::Entries(_) | Event::Answer { .. } if state.replay.is_some() => Vec::new(),
        Event::Entries(entries) => {
            for entry in entries {
                state.push(entry);
            }
            state.curves.follow(&state.history);
            Vec::new()
        }
        Event::Status(status) => {
            if !status.folder.as_os_str().is_empty() && state.replay.is_none() {
                state.folder = Some(status.folder.clone());
            }
            let ended = state.status.state != status.state && status.state == event::State::Finished;
            state.status = status;
            if ended { vec![Effect::Scan] } else { Vec::new() }
        }
        Event::Answer { id, answer } => {
            let answered = |tab: Tab| tab.page().answer(state, id, &answer);
            Tab::ALL.into_iter().flat_map(answered).collect()
        }
        Event::Failed(sentence) => {
            state.add_toast(sentence, true, None);
            vec![Effect::Scan]
        }
        Event::Bye => vec![Effect::Quit],
    }
}

fn on_pause(state: &mut State) -> Vec<Effect> {
    if state.replay.is_some() {
        state.playing = !state.playing;
        if state.playing && state.cursor.is_none() {
            state.cursor = Some(0.0);
        }
        return Vec::new();
    }
    match state.status.state {
        event::State::Running => vec![Effect::Send(Command::Pause)],
        event::State::Paused => vec![Effect::Send(Command::Continue)],
        _ => Vec::new(),
    }
}

/// Moves the time cursor; past the end it is let go.
fn travel(state: &mut State, hundredths: i8) {
    let end = state.history.now;
    if end <= 0.0 {
        return;
    }
    let from = state.cursor.unwrap_or(end);
    let to = (from + end * f64::from(hundredths) / 100.0).max(0.0);
    state.playing = false;
    state.cursor = (to < end).then_some(to);
}

fn live(state: &mut State) {
    state.cursor = None;
    state.playing = false;
}

/// The whole terminal.
pub fn whole(state: &State) -> Rect {
    Rect::new(0, 0, state.size.0, state.size.1)
}

/// Whether the terminal is too small for the screens.
fn is_small(state: &State) -> bool {
    state.size.0 < SMALLEST.0 || state.size.1 < SMALLEST.1
}

/// Draws everything.
pub fn view(state: &State, frame: &mut Frame) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return chrome::too_small(state, frame);
    }
    let parts = chrome::layout(state);
    chrome::view(state, frame, &parts);
    state.tab.page().view(state, frame, parts.body);
    overlay::view(state, frame);
}

/// The images of the screen that [`view`] draws, and where they stand, for a terminal with graphics of its own.
pub fn images(state: &State) -> Vec<Placed<'_>> {
    let area = whole(state);
    if !state.graphics || area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return Vec::new();
    }
    let images = state.tab.page().images(state, chrome::layout(state).body);
    images
        .into_iter()
        .map(|(image, room)| Placed { image, area: pixels::area_of(image, room) })
        .filter(|placed| !placed.area.is_empty())
        .collect()
}

#[cfg(test)]
mod tests;
