//! The core: [`update`] changes the [`State`] for an action, and [`view`] draws the state.
//!
//! Both are free of side effects: [`update`] returns the effects that the loop must perform, and the time arrives with
//! ticks. So a test of a screen only has to feed it records and keys.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Frame;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use crate::train::protocol::command::Command;
use crate::train::protocol::event::{self, Event};

use super::action::{Action, Effect};
use super::binding::Binding;
use super::filter::filter_box::FilterAction;
use super::filter::typing;
use super::graphics::canvas::Placed;
use super::key::Key;
use super::screens::tab::Tab;
use super::screens::train::{changes, steering};
use super::screens::{confusion, images, lab, label, pages, tour, words};
use super::state::{Overlay, SMALLEST, State};
use super::widgets::input::Input;
use super::widgets::pixels;
use super::{chrome, export, hints, keymap, layout, overlay, told};

/// Applies `action` to the state and returns the effects that it needs.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    let tab = state.tab;
    let effects = act(state, action);
    tour::model::follow(state);
    if state.tab != tab {
        let front = state.tab;
        state.toasts.retain(|toast| toast.tab.is_none_or(|tab| tab == front));
    }
    let follow = |effect| match effect {
        Effect::Act(action) => update(state, *action),
        other => vec![other],
    };
    effects.into_iter().flat_map(follow).collect()
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
                return lab::begin::typed(state);
            } else if typing::is_typing(state) {
                typing::paste(state, &text);
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
        Action::Loaded { name, folder, history, models } => {
            told::loaded(state, name, folder, *history, models);
            show(state, told::first(state))
        }
        Action::Watching { name, folder } => {
            told::watching(state, name, folder);
            show(state, told::first(state))
        }
        Action::Followed { news, models } => told::followed(state, *news, models),
        Action::Joining(folders) => {
            told::joining(state, &folders);
            show(state, lab::WATCH)
        }
        Action::Joined { place, news } => told::joined(state, place, *news),
        Action::Written(path) => {
            let recipe = path.extension().is_some_and(|extension| extension == "ron");
            state.toast(match recipe {
                true => {
                    format!("Written: {}. Edit it, press r on {}, and start it.", path.display(), Tab::Lab)
                }
                false => format!("Written: {}.", path.display()),
            });
            state.screens.lab.written = recipe.then_some(path);
            vec![Effect::Scan]
        }
        Action::Completed(completion) => {
            if let Some(effects) = lab::begin::completed(state, &completion) {
                return effects;
            }
            if !label::completed(state, &completion) {
                images::completed(state, completion);
            }
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
        Action::Begun(folder) => {
            tour::model::begun(state, &folder);
            Vec::new()
        }
        Action::OpenTour => tour::open(state),
        Action::Fork(forking) => vec![Effect::Fork(forking)],
        Action::ForkRefused(forking, why) => {
            steering::ask_fork_again(state, &forking, why);
            Vec::new()
        }
        Action::Resume(folder) => {
            watch(state);
            vec![Effect::Send(Command::Resume { folder })]
        }
        Action::Watch(folder) => lab::stop_first(state).into_iter().chain([Effect::Watch(folder)]).collect(),
        Action::Together(folders) => {
            lab::stop_first(state).into_iter().chain([Effect::Together(folders)]).collect()
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
        Action::NextSource => next_source(state),
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
        Action::Export => export::files(state, &seen(state)),
        Action::Exported(paths) => {
            let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            state.toast(format!("Written: {}.", paths.join(" and ")));
            Vec::new()
        }
        Action::SwitchTheme => {
            if state.theme.is_plain() {
                state.toast("There are no colours: NO_COLOR is set.");
            } else {
                let (name, theme) = state.themes.choose_next();
                let sentence = format!(
                    "Theme: {name}. To keep it, write theme: \"{name}\" in the file that `warmstart config` names."
                );
                state.theme = theme;
                state.toast(sentence);
            }
            Vec::new()
        }

        Action::Filter(action) => {
            if action == FilterAction::Open {
                changes::filter_opened(state);
            }
            typing::act(state, action);
            if !typing::is_typing(state) {
                changes::filter_closed(state);
                lab::settle(state);
            }
            Vec::new()
        }
        Action::Screen(action) => pages::update(state, action),
        Action::Examples(cell) => {
            let elsewhere = Tab::ALL.into_iter().find_map(|tab| tab.page().examples(state, &cell));
            elsewhere.unwrap_or_else(|| confusion::list(state, cell))
        }
    }
}

/// Clears the state for a session whose records are about to arrive, and shows the screen for watching it.
fn watch(state: &mut State) {
    told::forget(state);
    state.folder = None;
    state.tab = told::first(state);
}

fn show(state: &mut State, tab: Tab) -> Vec<Effect> {
    state.tab = tab;
    if tab.works(state) { tab.page().shown(state) } else { Vec::new() }
}

fn on_key(state: &mut State, key: Key) -> Vec<Effect> {
    state.touched = true;
    if is_small(state) && !matches!(state.overlay, Overlay::Confirm { .. }) {
        // The screens are not visible, so their keys do nothing.
        return match keymap::global().find(|binding| binding.has(state, key)) {
            Some(Binding { action: action @ (Action::Quit | Action::QuitNow | Action::Suspend), .. }) => {
                update(state, action.clone())
            }
            _ => Vec::new(),
        };
    }
    if !matches!(state.overlay, Overlay::None) {
        return overlay::on_key(state, key);
    }
    if typing::is_typing(state) {
        match typing::own_key(key) {
            Some(action) => return update(state, action),
            None if typing::type_key(state, key) => return Vec::new(),
            None => {}
        }
        // Only the help, the palette and leaving work while the user types.
        let works = |binding: &&Binding| {
            let wanted =
                matches!(binding.action, Action::Help | Action::Palette | Action::QuitNow | Action::Suspend);
            wanted && binding.has(state, key)
        };
        return keymap::global()
            .find(works)
            .map_or(Vec::new(), |binding| update(state, binding.action.clone()));
    }
    let page = state.tab.page();
    let leads_away = keymap::leads_away(state, key);
    let takes = |input: &mut Input| !(input.is_only_offered() && leads_away) && input.key(key);
    if page.input(state).is_some_and(takes) {
        return page.typed(state);
    }
    match keymap::lookup(state, key) {
        Some(binding) => return update(state, binding.action.clone()),
        None if !state.history.runs.is_empty()
            && !state.is_training()
            && works_while_training(state, key) =>
        {
            let why = told::why_not_here(state);
            state.toast(why);
        }
        None => {}
    }
    Vec::new()
}

/// Whether `key` would do something if this workbench trained the session in front.
fn works_while_training(state: &mut State, key: Key) -> bool {
    let (name, cursor) = (state.replay.take(), state.cursor.take());
    let doing = std::mem::replace(&mut state.status.state, event::State::Running);
    let works = keymap::lookup(state, key).is_some();
    (state.replay, state.cursor, state.status.state) = (name, cursor, doing);
    works
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
    if pressed
        && let Some((_, binding)) = hints::targets(state).into_iter().find(|(area, _)| area.contains(place))
    {
        return update(state, binding.action.clone());
    }
    let parts = layout::layout(state);
    if pressed && parts.toasts.contains(place) {
        state.toasts.clear();
        return Vec::new();
    }
    if pressed && !parts.body.contains(place) {
        let hit = chrome::targets(state).into_iter().find(|(area, _)| area.contains(place));
        if let Some((_, action)) = hit {
            return update(state, action);
        }
    }
    let body = parts.body;
    if body.contains(place) && state.tab.works(state) {
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
        // Playing a whole session takes about half a minute.
        let speed = state.history.now / 30.0;
        let at = state.cursor.unwrap_or(0.0) + passed * speed;
        state.cursor = (at < state.history.now).then_some(at);
        state.playing = state.cursor.is_some();
        state.changed = true;
    }
    if state.tab.works(state) { state.tab.page().tick(state) } else { Vec::new() }
}

fn on_news(state: &mut State, news: Event) -> Vec<Effect> {
    match news {
        Event::Answer { id, answer } if lab::begin::waits_for(state, id) => {
            lab::begin::answered(state, answer);
            Vec::new()
        }
        // A replay is shown, and the session that was stopped for it still sends records. Its log has them.
        Event::Entries(_) | Event::Answer { .. } if state.replay.is_some() => Vec::new(),
        Event::Entries(entries) => {
            for entry in entries {
                told::push(state, entry);
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
            if ended { vec![told::ended(state), Effect::Scan] } else { Vec::new() }
        }
        Event::Answer { id, answer } => {
            let answered = |tab: Tab| tab.page().answer(state, id, &answer);
            Tab::ALL.into_iter().flat_map(answered).collect()
        }
        Event::Refused(sentence) => {
            state.complain(sentence);
            Vec::new()
        }
        Event::Failed(sentence) => {
            tour::model::failed(state);
            state.add_toast(sentence, true, None);
            vec![Effect::Scan]
        }
        Event::Bye => vec![Effect::Quit],
    }
}

/// Shows the next source on all screens, and asks the training thread about it from now on.
fn next_source(state: &mut State) -> Vec<Effect> {
    let place = (state.history.shown_source() + 1) % state.history.sources().len().max(1);
    state.history.show_source(place);
    state.curves.forget();
    state.curves.follow(&state.history);
    words::other_vectors(state);
    images::other_network(state);
    if let Some(name) = &state.history.source().name {
        state.toast(format!("source: {name}"));
    }
    if state.can_ask() { vec![Effect::Send(Command::ShowSource(place))] } else { Vec::new() }
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

/// Moves the time cursor. Past the end of the session the cursor is removed and the present is shown.
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

/// Whether the terminal is too small for the screens.
fn is_small(state: &State) -> bool {
    state.size.0 < SMALLEST.0 || state.size.1 < SMALLEST.1
}

/// Draws everything.
pub fn view(state: &State, frame: &mut Frame) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        chrome::too_small(state, frame);
        return finish(state, frame);
    }
    let parts = layout::layout(state);
    chrome::view(state, frame, &parts);
    pages::view(state, frame, parts.body);
    typing::view(state, frame, parts.filter);
    hints::view(state, frame);
    overlay::view(state, frame);
    finish(state, frame);
}

/// What the screen shows, without a terminal.
pub fn seen(state: &State) -> Buffer {
    let area = layout::whole(state);
    let mut terminal = match ratatui::Terminal::new(TestBackend::new(area.width, area.height)) {
        Ok(terminal) => terminal,
        // Memory cannot refuse to be drawn on.
        Err(never) => match never {},
    };
    match terminal.draw(|frame| view(state, frame)) {
        Ok(drawn) => drawn.buffer.clone(),
        Err(never) => match never {},
    }
}

/// Replaces characters and colours as the user wishes, after everything was drawn.
fn finish(state: &State, frame: &mut Frame) {
    let buffer = frame.buffer_mut();
    state.theme.paint(buffer);
    state.marks.apply(buffer);
}

/// The images on the screen that [`view`] draws, and their positions, for a terminal with graphics of its own.
pub fn images(state: &State) -> Vec<Placed<'_>> {
    let area = layout::whole(state);
    if !state.graphics || area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return Vec::new();
    }
    let images = state.tab.page().images(state, layout::layout(state).body);
    images
        .into_iter()
        .map(|(image, room)| Placed { image, area: pixels::area_of(image, room) })
        .filter(|placed| !placed.area.is_empty())
        .collect()
}

#[cfg(test)]
mod tests;
