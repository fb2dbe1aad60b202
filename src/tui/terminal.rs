//! The terminal: taken for the screen, and given back on every way out.
//!
//! The ways out are: return, error, a panic of the drawing thread, every signal that would end the process and can be
//! caught, and ctrl-Z, which comes back. [`Terminal`] gives it back when dropped; signals become [`Signal`]s that the
//! loop acts on. A panic of any thread is noted and not printed while the screen is shown: other threads' panics are told
//! by what waits for them, and the screen stays.

use std::io::{self, Write, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, Event,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Size;

use crate::error::{Error, Result};
use crate::fault;

use super::base64::base64;
use super::graphics::canvas::{Canvas, Placed};
use super::graphics::{self, GraphicsChoice};

/// Whether the terminal is ours now; giving it back twice would clear the user's screen.
static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// What the system asks of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// One of [`ENDING`], by its number: save and leave.
    Leave(i32),
    /// SIGTSTP: stop, and come back later.
    Suspend,
    /// SIGCONT: the screen must be drawn anew.
    Continued,
}

/// The signals that end a program which does not catch them, apart from those of faults and timers of its own. The size
/// limit of files is no reason to end.
#[cfg(unix)]
pub const ENDING: [i32; 7] = {
    use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM]
};

type Backend = CrosstermBackend<io::BufWriter<Screen>>;

/// Standard output while the terminal is ours; afterwards nothing goes through and nothing fails. What shows the cursor
/// again when it is dropped would otherwise complain to a terminal that is gone, and panic at that.
struct Screen(io::Stdout);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if given_back() { Ok(bytes.len()) } else { self.0.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if given_back() { Ok(()) } else { self.0.flush() }
    }
}

/// The terminal in our hands.
pub struct Terminal {
    inner: ratatui::Terminal<Backend>,
    /// Images by its own graphics, and the size of the screen that they were drawn on.
    canvas: Option<(Canvas, Size)>,
}

fn failed(source: io::Error) -> Error {
    Error::io("use", "the terminal", source)
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When it cannot be put into raw mode or written to.
    pub fn take() -> Result<Terminal> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                fault::note(panic);
                // Whoever catches it tells of it.
                if given_back() {
                    before(panic);
                }
            }));
        });
        let taken = enter().map_err(failed).and_then(|()| Ok(Terminal { inner: fresh()?, canvas: None }));
        if taken.is_err() {
            give_back();
        }
        taken
    }

    /// Finds out whether images are shown by the terminal's own graphics, as it is wished, and says so. Nobody else may
    /// read from the terminal meanwhile: what is typed until it has answered is the second. `colours` is whether there
    /// are any.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn use_graphics(&mut self, wish: GraphicsChoice, colours: bool) -> Result<(bool, Vec<Event>)> {
        let (canvas, typed) = graphics::probe::canvas(wish, colours);
        self.canvas = canvas.map(|canvas| (canvas, Size::default()));
        // Some that do not know the question show it.
        execute!(self.inner.backend_mut(), Clear(ClearType::All)).map_err(failed)?;
        Ok((self.canvas.is_some(), typed))
    }

    /// Draws one frame inside a synchronised update, so that no half of it is ever seen, and the `images` on it.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn draw(&mut self, view: impl FnOnce(&mut ratatui::Frame), images: &[Placed]) -> Result<()> {
        let draw = || -> io::Result<()> {
            queue!(self.inner.backend_mut(), BeginSynchronizedUpdate)?;
            let drawn = self.inner.draw(view)?;
            if let Some((canvas, size)) = &mut self.canvas {
                let screen = drawn.buffer.clone();
                let out = self.inner.backend_mut();
                // At another size the terminal was cleared.
                if *size != screen.area.as_size() {
                    *size = screen.area.as_size();
                    canvas.forget(out)?;
                }
                canvas.fill(images, &screen, out)?;
            }
            execute!(self.inner.backend_mut(), EndSynchronizedUpdate)
        };
        draw().map_err(failed)
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// When the terminal does not say.
    pub fn size(&self) -> Result<(u16, u16)> {
        let size = self.inner.size().map_err(failed)?;
        Ok((size.width, size.height))
    }

    /// Puts text on the user's clipboard with OSC 52, which also works over ssh.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn copy(&mut self, text: &str) -> Result<()> {
        let out = self.inner.backend_mut();
        write!(out, "\x1b]52;c;{}\x07", base64(text.as_bytes())).and_then(|()| out.flush()).map_err(failed)
    }

    /// Gives the terminal back, stops the process as the shell expects, and takes it again when the
    /// shell says go on.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    pub fn suspend(&mut self) -> Result<()> {
        self.take_images_away();
        give_back();
        #[cfg(unix)]
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP).map_err(failed)?;
        self.resume()
    }

    /// Takes the terminal again and forgets what stood on it. (ratatui's own `clear` asks the terminal
    /// where the cursor is, and the answer would go to the input thread.)
    ///
    /// # Errors
    /// When it cannot be taken or cleared.
    pub fn resume(&mut self) -> Result<()> {
        enter().map_err(failed)?;
        execute!(self.inner.backend_mut(), Clear(ClearType::All)).map_err(failed)?;
        self.inner = fresh()?;
        if let Some((_, size)) = &mut self.canvas {
            *size = Size::default();
        }
        Ok(())
    }

    /// Some terminals would keep them beside the screen that they were drawn on.
    fn take_images_away(&mut self) {
        if let Some((canvas, _)) = &mut self.canvas
            && !given_back()
        {
            let out = self.inner.backend_mut();
            // A terminal that is gone shows none.
            let _ = canvas.forget(out).and_then(|()| out.flush());
        }
    }
}

/// A screen on which nothing stands yet.
fn fresh() -> Result<ratatui::Terminal<Backend>> {
    let backend = CrosstermBackend::new(io::BufWriter::with_capacity(1 << 16, Screen(stdout())));
    ratatui::Terminal::new(backend).map_err(failed)
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.take_images_away();
        give_back();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, cursor::Hide)
}

/// Gives the terminal back if it is ours. Never fails: there is nobody left to tell.
pub fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let _ = execute!(
            stdout(),
            EndSynchronizedUpdate,
            DisableBracketedPaste,
            DisableMouseCapture,
            LeaveAlternateScreen,
            cursor::Show
        );
        let _ = disable_raw_mode();
    }
}

/// Whether the terminal is no longer ours.
pub fn given_back() -> bool {
    !TAKEN.load(Ordering::SeqCst)
}

/// Tells signals to `to`, from a thread of its own.
///
/// # Errors
/// When the system does not let us.
pub fn watch_signals(to: Sender<Signal>) -> Result<()> {
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGCONT, SIGTSTP};
        let watched = ENDING.into_iter().chain([SIGTSTP, SIGCONT]);
        let mut signals =
            signal_hook::iterator::Signals::new(watched).map_err(|e| Error::io("watch", "signals", e))?;
        let watch = move || {
            for signal in signals.forever() {
                let signal = match signal {
                    SIGTSTP => Signal::Suspend,
                    SIGCONT => Signal::Continued,
                    number => Signal::Leave(number),
                };
                if to.send(signal).is_err() {
                    return;
                }
            }
        };
        fault::spawn("signals", watch)?;
    }
    #[cfg(not(unix))]
    drop(to);
    Ok(())
}
