//! The workbench on the terminal: one client of the training thread among others.
//!
//! It knows [`Command`]s, [`Event`]s and the session's records, and nothing of how anything is trained.
//! The core ([`app`]) is pure: actions in, effects out. The loop here is the only place that touches
//! the world: it waits for input, news, signals and ticks at once, and draws when something changed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, never, select, unbounded};
use crossterm::event as input;

use crate::error::Result;
use crate::fault;
use crate::session::record::Entry;
use crate::session::{checkpoint, log};
use crate::train::protocol::command::Command;
use crate::train::protocol::event::Event;

pub mod action;
pub mod app;
mod base64;
mod binding;
mod chrome;
mod curves;
#[cfg(test)]
mod fits;
mod folders;
pub(crate) mod graphics;
mod key;
mod keymap;
mod layout;
mod modality;
mod overlay;
pub mod screens;
pub mod state;
pub(crate) mod terminal;
#[cfg(test)]
mod testing;
pub mod theme;
mod told;
mod watching;
mod widgets;

use action::{Action, Effect};
use state::State;
use terminal::{Signal, Terminal};
use theme::Theme;
use watching::Watching;
use widgets::pixels::Depth;

/// The shortest time between two drawings for somebody who presses keys: 60 a second,
const FRAME: Duration = Duration::from_micros(16_667);
/// and for somebody who watches: the screen takes its time from the training threads.
const WATCHED: Duration = Duration::from_millis(100);
/// How long news are taken in before keys are looked at again.
const NEWS: Duration = Duration::from_millis(6);
/// Ticks while nothing else happens.
const TICK: Duration = Duration::from_millis(200);
/// Ticks while a replay plays.
const PLAYING: Duration = Duration::from_millis(33);

/// How the front end starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where sessions are and new ones go.
    pub folder: PathBuf,
    /// Recipes to choose from.
    pub recipes: Vec<screens::lab::state::BuiltIn>,
    /// What is shown first.
    pub mode: Mode,
    /// Colours for dark or light terminals, or none.
    pub theme: Theme,
    /// How images are shown.
    pub graphics: graphics::GraphicsChoice,
}

/// What is shown first.
#[derive(Debug, Clone)]
pub enum Mode {
    /// The training thread is there, and what it tells is shown.
    Live,
    /// The log of the session in this folder is looked at again.
    Replay {
        /// The session's records, in order.
        entries: Vec<Entry>,
        /// The session's folder.
        folder: PathBuf,
    },
    /// The log of the session in this folder, which another process writes, is followed.
    Watch {
        /// The session's folder.
        folder: PathBuf,
    },
}

/// Runs the front end until the user leaves, a signal asks for the end or the training thread ends; gives the signal's
/// number if one did. The terminal is given back on every way out.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(commands: Sender<Command>, events: Receiver<Event>, options: Options) -> Result<Option<i32>> {
    let Options { folder, recipes, mode, theme, graphics } = options;
    let mut state = State::new(folder.clone(), recipes, theme);
    state.depth = Depth::of(std::env::var("COLORTERM").ok().as_deref());
    let (signal, signals) = unbounded();
    terminal::watch_signals(signal)?;
    let mut terminal = Terminal::take()?;
    // The terminal is asked before the input thread reads from it.
    let (has_graphics, typed) = terminal.use_graphics(graphics, theme != Theme::Plain)?;
    state.graphics = has_graphics;
    let keys = read_input(typed)?;
    let mut world = World { commands, folder, watching: Watching::default() };

    let mut todo = vec![Effect::Scan];
    let (columns, rows) = terminal.size()?;
    todo.extend(app::update(&mut state, Action::Resize(columns, rows)));
    state.trains = matches!(mode, Mode::Live);
    match mode {
        Mode::Live => {}
        Mode::Replay { entries, folder } => todo.extend(app::update(&mut state, loaded(folder, entries))),
        Mode::Watch { folder } => todo.push(Effect::Watch(folder)),
    }
    let mut events = events;
    let start = Instant::now();
    let mut drawn: Option<Instant> = None;
    // Whether something was done, not only told.
    let mut hurry = true;
    let mut ended_by = None;
    loop {
        while let Some(effect) = todo.pop() {
            match world.perform(&mut terminal, effect)? {
                After::Nothing => {}
                After::Act(action) => todo.extend(app::update(&mut state, action)),
                After::Leave => return Ok(ended_by),
            }
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
                // The terminal is gone.
                Err(_) => return Ok(ended_by),
            },
            recv(signals) -> signal => match signal {
                Ok(Signal::Leave(number)) => {
                    ended_by = Some(number);
                    todo.extend(app::update(&mut state, Action::QuitNow));
                }
                Ok(Signal::Suspend) => todo.push(Effect::Suspend),
                Ok(Signal::Continued) => {
                    // Stopped from outside: whoever had the terminal meanwhile may have changed it.
                    terminal.resume()?;
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
        // What has piled up, keys first and all of them: no stream of news may make them wait.
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
            // The thread is gone; what it told stays to be looked at.
            events = never();
        }
        todo.extend(
            world.watching.look(&state).map(|news| app::update(&mut state, news)).into_iter().flatten(),
        );
        todo.extend(app::update(&mut state, Action::Tick(start.elapsed().as_secs_f64())));
        // Effects are done in the order they were asked for.
        todo.reverse();
    }
}

/// Whether somebody has worked here before: a session of their own, or a recipe.
pub fn has_begun(sessions: &Path, here: &Path) -> bool {
    folders::has_begun(sessions, here)
}

/// Reads keys and the mouse on a thread of its own, so that nothing the loop does delays them; those that were `typed`
/// before come first.
fn read_input(typed: Vec<input::Event>) -> Result<Receiver<input::Event>> {
    let (to, from) = unbounded();
    for event in typed {
        // The other end is in our hands.
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

/// The action of an event of the terminal.
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

/// What the effects act on.
struct World {
    commands: Sender<Command>,
    folder: PathBuf,
    watching: Watching,
}

/// What follows from an effect.
enum After {
    Nothing,
    Act(Action),
    Leave,
}

/// A session's log was read: it is called as its folder is.
fn loaded(folder: PathBuf, entries: Vec<Entry>) -> Action {
    let name = watching::name(&folder);
    let models = checkpoint::keeps_runs(&folder);
    Action::Loaded { name, folder, entries, models }
}

impl World {
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
                let folder = folders::free(&self.folder, name.trim_end_matches(".ron"), "");
                self.tell(Command::Start { recipe, folder });
                After::Nothing
            }
            Effect::Load(folder) => After::Act(match log::read(&folder) {
                Ok(told) => loaded(folder, told.with_remark()),
                Err(error) => Action::Failed(error.to_string()),
            }),
            Effect::Watch(folder) => After::Act(self.watching.begin(&folder)),
            Effect::Write { name, text } => {
                After::Act(match folders::write_new(Path::new("."), &name, &text) {
                    Ok(path) => Action::Written(path),
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
                After::Act(Action::Resize(columns, rows))
            }
            Effect::Quit => After::Leave,
        })
    }

    /// Tells the training thread. In a replay nobody is there, and after its end nobody needs to hear.
    fn tell(&self, command: Command) {
        let _ = self.commands.send(command);
    }
}
