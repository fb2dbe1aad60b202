//! The workbench on the terminal: one of the clients of the training thread.
//!
//! It knows [`Command`]s, [`Event`]s and the session's records, but not how anything is trained. The core ([`app`]) is
//! pure: actions in, effects out. Only the loop in this file has side effects: it waits for input, events of the
//! training thread, signals and ticks at once, and draws when something changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, never, select, unbounded};
use crossterm::event as input;

use crate::error::Result;
use crate::fault;
use crate::session::history::History;
use crate::session::record::{Entry, Note, Record};
use crate::session::tour::lecture::Lecture;
use crate::session::{checkpoint, forking};
use crate::train::protocol::command::Command;
use crate::train::protocol::event::Event;

pub mod action;
pub mod app;
mod binding;
pub mod built_in_tour;
mod chrome;
pub mod config;
mod curves;
mod depth;
mod export;
mod filter;
#[cfg(test)]
mod fits;
mod folders;
pub(crate) mod graphics;
mod grouping;
mod help;
mod hints;
pub mod key;
mod keymap;
mod layout;
mod loading;
mod marks;
mod meter;
mod modality;
mod notice;
mod overlay;
mod query;
mod rebound;
mod saved_tour;
mod saved_view;
pub mod screens;
pub mod screenshot;
pub mod state;
pub(crate) mod terminal;
#[cfg(test)]
mod testing;
pub mod theme;
mod told;
mod watching;
mod widgets;
mod window;

use action::{Action, Effect};
use config::Config;
use depth::Depth;
use loading::Loading;
use marks::Marks;
use meter::Meter;
use saved_tour::SavedTour;
use saved_view::SavedView;
use state::{Overlay, State};
use terminal::{Signal, Terminal};
use theme::Theme;
use theme::choice::{Themes, for_background};
use theme::contrast::luminance;
use watching::Watching;
use window::Window;

/// The shortest time between two frames while the user presses keys: 60 frames per second.
const FRAME: Duration = Duration::from_micros(16_667);
/// The shortest time between two frames while the user only watches: drawing takes time from the training threads.
const WATCHED: Duration = Duration::from_millis(100);
/// How long events of the training thread are processed before keys are read again.
const NEWS: Duration = Duration::from_millis(6);
/// The time between two ticks if nothing else happens.
const TICK: Duration = Duration::from_millis(200);
/// The time between two ticks while a replay plays.
const PLAYING: Duration = Duration::from_millis(33);

/// The options with which the front end starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder of the sessions, also of new ones.
    pub folder: PathBuf,
    /// Recipes to choose from.
    pub recipes: Vec<screens::lab::state::BuiltIn>,
    /// The chapters of the tour.
    pub lecture: Lecture,
    /// What the front end shows first.
    pub mode: Mode,
    /// What the user has configured.
    pub config: Config,
    /// How images are shown.
    pub graphics: graphics::GraphicsChoice,
}

/// What the front end shows first.
#[derive(Debug, Clone)]
pub enum Mode {
    /// A training thread exists, and its events are shown.
    Live,
    /// A training thread exists, and the tour begins: at this chapter, counted from 0, or where the reader left it.
    Tour(Option<usize>),
    /// The log of the session in this folder is replayed.
    Replay {
        /// Everything that it recorded.
        history: Box<History>,
        /// The session's folder.
        folder: PathBuf,
    },
    /// The log of the session in this folder, which another process writes, is followed.
    Watch {
        /// The session's folder.
        folder: PathBuf,
    },
}

/// Runs the front end until the user quits, a signal ends the process or the training thread ends. Returns the number
/// of the signal if one arrived. Every way out restores the terminal.
///
/// # Errors
/// If the terminal cannot be used.
pub fn run(commands: Sender<Command>, events: Receiver<Event>, options: Options) -> Result<Option<i32>> {
    let Options { folder, recipes, lecture, mode, config, graphics } = options;
    let variable = |name: &str| std::env::var(name).ok();
    let mut state = State::new(folder.clone(), recipes, Theme::PLAIN);
    state.depth = Depth::of(variable("COLORTERM").as_deref(), variable("TERM").as_deref());
    let (signal, signals) = unbounded();
    terminal::watch_signals(signal)?;
    let mut terminal = Terminal::take()?;
    // The terminal must answer before the input thread reads from it.
    let colours = variable("NO_COLOR").is_none_or(|value| value.is_empty());
    let told = terminal.ask(graphics, colours, colours && config.theme == "auto")?;
    state.graphics = told.graphics;
    let keys = read_input(told.typed)?;
    if colours {
        let own = config.own_theme.map(|(name, palette)| (name, Theme::of(palette)));
        state.themes = Themes::new(own, state.depth);
        let auto = || for_background(told.background.map(luminance), variable("COLORFGBG").as_deref());
        state.theme = state.themes.choose(if config.theme == "auto" { auto() } else { &config.theme });
    }
    state.marks = config.marks.unwrap_or_else(|| Marks::for_terminal(variable("TERM").as_deref()));
    (state.keys, state.first, state.notice) = (config.keys, config.start, config.notice);
    state.tab = state.first.unwrap_or(state.tab);
    if !config.problems.is_empty() {
        state.overlay = Overlay::Told { title: "the configuration", sentences: config.problems };
    }
    let title = config.title && variable("TERM").is_none_or(|name| name != "linux");
    let window = Window::new(title, config.progress.is_shown(variable));
    let mut world = World { commands, folder, watching: Watching::default(), loading: None, window };

    let mut todo = vec![Effect::Scan];
    let (columns, rows) = terminal.size()?;
    todo.extend(app::update(&mut state, Action::Resize(columns, rows)));
    state.trains = matches!(mode, Mode::Live | Mode::Tour(_));
    state.screens.tour.lecture = Some(Arc::new(lecture));
    let mut saved_tour = SavedTour::default();
    match mode {
        Mode::Live => {}
        Mode::Tour(chapter) => {
            saved_tour.keep(&mut state);
            state.screens.tour.place = chapter.unwrap_or(state.screens.tour.place);
            todo.extend(app::update(&mut state, Action::OpenTour));
        }
        Mode::Replay { history, folder } => todo.extend(app::update(&mut state, loaded(folder, history))),
        Mode::Watch { folder } => todo.push(Effect::Watch(folder)),
    }
    let mut events = events;
    let start = Instant::now();
    let mut drawn: Option<Instant> = None;
    // Whether the user did something since the last frame. If so, the next frame comes sooner than for events alone.
    let mut hurry = true;
    let mut ended_by = None;
    let (mut meter, mut saved_view) = (Meter::default(), SavedView::default());
    loop {
        while let Some(effect) = todo.pop() {
            match world.perform(&mut terminal, effect)? {
                After::Nothing => {}
                After::Act(action) => todo.extend(app::update(&mut state, action)),
                After::Leave => {
                    saved_view.flush();
                    return Ok(ended_by);
                }
            }
        }
        saved_view.keep(&mut state);
        saved_tour.keep(&mut state);
        let news = world.window.news(&state);
        if !news.is_empty() {
            terminal.say(&news, world.window.has_title())?;
        }
        if meter.measure(&mut state) && screens::train::shows_machine(&state) {
            state.changed = true;
        }
        let frame = if hurry || state.playing { FRAME } else { WATCHED };
        let waited = drawn.map_or(frame, |at| at.elapsed());
        if state.changed && waited >= frame {
            (state.changed, hurry) = (false, false);
            terminal.draw(|frame| app::view(&state, frame), &app::images(&state))?;
            drawn = Some(Instant::now());
        }
        let patience = match (state.changed, state.playing) {
            _ if world.watching.is_reading() => Duration::ZERO,
            _ if world.loading.is_some() => frame.saturating_sub(waited),
            (true, _) => frame.saturating_sub(waited),
            (false, true) => PLAYING,
            (false, false) => TICK,
        };
        let mut gone = false;
        select! {
            recv(keys) -> event => match event {
                Ok(event) => {
                    hurry = true;
                    todo.extend(take(&mut state, event));
                }
                // The terminal was closed.
                Err(_) => return Ok(ended_by),
            },
            recv(signals) -> signal => match signal {
                Ok(Signal::Leave(number)) => {
                    ended_by = Some(number);
                    todo.extend(app::update(&mut state, Action::QuitNow));
                }
                Ok(Signal::Suspend) => todo.push(Effect::Suspend),
                Ok(Signal::Continued) => {
                    // Another program stopped this one. The shell may have changed the terminal meanwhile.
                    terminal.resume()?;
                    world.window.forget();
                    (state.changed, hurry) = (true, true);
                }
                Err(_) => return Ok(ended_by),
            },
            recv(events) -> news => match news {
                Ok(news) => {
                    hurry |= matches!(news, Event::Answer { .. });
                    todo.extend(app::update(&mut state, Action::News(Box::new(news))));
                }
                Err(_) => gone = true,
            },
            default(patience) => {}
        }
        // Process what has piled up. All keys come first, so that many events cannot delay them.
        for event in keys.try_iter() {
            hurry = true;
            todo.extend(take(&mut state, event));
        }
        let since = Instant::now();
        while since.elapsed() < NEWS
            && let Ok(news) = events.try_recv()
        {
            hurry |= matches!(news, Event::Answer { .. });
            todo.extend(app::update(&mut state, Action::News(Box::new(news))));
        }
        if gone {
            // The training thread has ended. Its records stay visible.
            events = never();
        }
        todo.extend(
            world.watching.look(&state).map(|news| app::update(&mut state, news)).into_iter().flatten(),
        );
        let read = world.loaded(&mut state);
        todo.extend(read.map(|action| app::update(&mut state, action)).into_iter().flatten());
        let news = world.watching.look_around(&state);
        todo.extend(news.map(|news| app::update(&mut state, news)).into_iter().flatten());
        todo.extend(app::update(&mut state, Action::Tick(start.elapsed().as_secs_f64())));
        // `todo` is a stack. Reversed, it performs the effects in the order in which they were requested.
        todo.reverse();
    }
}

/// Whether the user has worked here before: there is a session of their own, or a recipe.
pub fn has_begun(sessions: &Path, here: &Path) -> bool {
    folders::has_begun(sessions, here)
}

/// Reads keys and the mouse on a thread of its own, so that the work of the loop does not delay them. The `typed`
/// events, which were read before, come first.
fn read_input(typed: Vec<input::Event>) -> Result<Receiver<input::Event>> {
    let (to, from) = unbounded();
    for event in typed {
        // This cannot fail: this function holds the receiver.
        let _ = to.send(event);
    }
    let read = move || {
        while let Ok(event) = input::read() {
            if to.send(event).is_err() {
                return;
            }
        }
    };
    fault::spawn("input", read)?;
    Ok(from)
}

/// Converts a terminal event to an action and applies it.
fn take(state: &mut State, event: input::Event) -> Vec<Effect> {
    let action = match event {
        input::Event::Key(key) if key.kind != input::KeyEventKind::Release => Action::Key(key),
        input::Event::Mouse(mouse) => Action::Mouse(mouse),
        input::Event::Paste(text) => Action::Paste(text),
        input::Event::Resize(columns, rows) => Action::Resize(columns, rows),
        _ => return Vec::new(),
    };
    app::update(state, action)
}

/// What the effects act on: the channel to the training thread, and folders.
struct World {
    commands: Sender<Command>,
    folder: PathBuf,
    watching: Watching,
    /// The log that is being read.
    loading: Option<Loading>,
    window: Window,
}

/// What the loop must do after an effect.
enum After {
    Nothing,
    Act(Action),
    Leave,
}

/// The action for a session's log that was read. The session's name is the name of its folder.
fn loaded(folder: PathBuf, history: Box<History>) -> Action {
    let name = watching::name(&folder);
    let models = checkpoint::keeps_runs(&folder);
    Action::Loaded { name, folder, history, models }
}

impl World {
    /// The session whose log was being read, once that is done.
    fn loaded(&mut self, state: &mut State) -> Option<Action> {
        let Some(loading) = &self.loading else {
            state.reading = None;
            return None;
        };
        let told = loading.look(state)?;
        let folder = self.loading.take()?.folder;
        Some(match told {
            Ok((mut history, remark)) => {
                if let Some(remark) = remark {
                    history.push(Entry { at: history.now, record: Record::Note(Note::Remark(remark)) });
                }
                loaded(folder, Box::new(history))
            }
            Err(error) => Action::Failed(error.to_string()),
        })
    }

    fn perform(&mut self, terminal: &mut Terminal, effect: Effect) -> Result<After> {
        Ok(match effect {
            Effect::Send(command) => {
                self.tell(command);
                After::Nothing
            }
            Effect::Copy(text) => {
                terminal.copy(&text)?;
                After::Nothing
            }
            Effect::Scan => After::Act(Action::Found(folders::look(&self.folder, Path::new(".")))),
            Effect::Begin { recipe, name } => {
                self.loading = None;
                let folder = folders::free(&self.folder, name.trim_end_matches(".ron"), "");
                self.tell(Command::Start { recipe, folder: folder.clone() });
                After::Act(Action::Begun(folder))
            }
            Effect::Fork(asked) => {
                match forking::fork(&asked.folder, asked.run, Some(asked.step), &asked.changes) {
                    // What is in front stays there until it is known that there can be a fork.
                    Ok((recipe, _)) => {
                        let name = asked.folder.file_name().unwrap_or_default().to_string_lossy();
                        let name = format!("{name}-fork");
                        After::Act(Action::Begin { recipe: Box::new(recipe), name })
                    }
                    Err(error) => After::Act(Action::ForkRefused(asked, error.to_string())),
                }
            }
            Effect::Load(folder) => match Loading::begin(&folder) {
                Ok(loading) => {
                    self.loading = Some(loading);
                    After::Nothing
                }
                Err(error) => After::Act(Action::Failed(error.to_string())),
            },
            Effect::Watch(folder) => {
                self.loading = None;
                After::Act(self.watching.begin(&folder))
            }
            Effect::Together(folders) => {
                self.loading = None;
                After::Act(self.watching.begin_several(folders))
            }
            Effect::Write { name, text } => {
                After::Act(match folders::write_new(Path::new("."), &name, &text) {
                    Ok(path) => Action::Written(path),
                    Err(error) => Action::Failed(error.to_string()),
                })
            }
            Effect::Export { session, files } => {
                After::Act(match folders::export(session.as_deref(), &files) {
                    Ok(paths) => Action::Exported(paths),
                    Err(error) => Action::Failed(error.to_string()),
                })
            }
            Effect::CopyFile { from, name } => {
                After::Act(match folders::copy_new(&from, Path::new("."), &name) {
                    Ok(path) => Action::Written(path),
                    Err(error) => Action::Failed(error.to_string()),
                })
            }
            Effect::Complete(typed) => After::Act(Action::Completed(folders::complete(&typed))),
            Effect::Act(action) => After::Act(*action),
            Effect::Suspend => {
                terminal.suspend()?;
                let (columns, rows) = terminal.size()?;
                self.window.forget();
                After::Act(Action::Resize(columns, rows))
            }
            Effect::Notice(notice, sentence) => {
                let nested = std::env::var_os("TMUX").is_some();
                if let Some(bytes) = notice::bytes(notice, &sentence, nested) {
                    terminal.say(&bytes, false)?;
                }
                After::Nothing
            }
            Effect::Quit => After::Leave,
        })
    }

    /// Sends a command to the training thread. It is ignored if there is no thread: in a replay, or after the thread's
    /// end.
    fn tell(&self, command: Command) {
        let _ = self.commands.send(command);
    }
}
