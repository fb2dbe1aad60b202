//! Takes the terminal for the screen and restores it on every way out.
//!
//! The ways out are: a return, an error, a panic of the drawing thread, every signal that would end the process and can
//! be caught, and ctrl-Z, after which the program may continue. [`Terminal`] restores the terminal when it is dropped.
//! Signals become [`Signal`]s that the loop handles. While the screen is shown, a panic of any thread is recorded and
//! not printed. Whoever waits for that thread reports its panic, and the screen stays.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
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

use super::graphics::canvas::{Canvas, Placed};
use super::graphics::probe::Known;
use super::graphics::{self, GraphicsChoice};
use super::window;

/// Whether this program holds the terminal. Restoring the terminal twice would clear the user's screen.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether the window's title and its progress are the program's, so that they must be restored.
static TITLED: AtomicBool = AtomicBool::new(false);
static SHOWS_PROGRESS: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// A request of the operating system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// One of [`ENDING`], by its number: save and quit.
    Leave(i32),
    /// SIGTSTP: suspend the program.
    Suspend,
    /// SIGCONT: redraw the whole screen.
    Continued,
}

/// The signals that end a process unless it catches them, except those of faults and of CPU timers. A file that exceeds
/// the size limit (SIGXFSZ) is no reason to end, so that signal is not here.
#[cfg(unix)]
pub const ENDING: [i32; 7] = {
    use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM]
};

type Backend = CrosstermBackend<io::BufWriter<Screen>>;

/// Standard output while the program holds the terminal. Afterwards every write does nothing and succeeds. Without
/// this, ratatui's terminal, which shows the cursor again when it is dropped, would report an error to a terminal that
/// no longer exists, and that report would panic.
struct Screen(io::Stdout);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if given_back() { Ok(bytes.len()) } else { self.0.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if given_back() { Ok(()) } else { self.0.flush() }
    }
}

/// What the terminal said when it was asked.
pub struct Told {
    /// Whether the terminal's own graphics show the images.
    pub graphics: bool,
    /// Red, green and blue of its background.
    pub background: Option<[u8; 3]>,
    /// The events that the user typed meanwhile.
    pub typed: Vec<Event>,
}

/// The terminal while the program holds it.
pub struct Terminal {
    inner: ratatui::Terminal<Backend>,
    /// The images shown by the terminal's own graphics, and the size of the screen on which they were drawn.
    canvas: Option<(Canvas, Size)>,
}

fn failed(source: io::Error) -> Error {
    Error::io("use", "the terminal", source)
}

impl Terminal {
    /// Takes the terminal.
    ///
    /// # Errors
    /// If it cannot be put into raw mode or written to.
    pub fn take() -> Result<Terminal> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                fault::note(panic);
                // While the screen is shown, whoever catches the panic reports it.
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

    /// Decides, by `wish` and the terminal's answers, whether the terminal's own graphics show the images. `colours`
    /// says whether colours are used, and `background` whether the terminal is asked for its background. No other thread
    /// may read from the terminal during this call.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn ask(&mut self, wish: GraphicsChoice, colours: bool, background: bool) -> Result<Told> {
        let Known { canvas, background, typed } = graphics::probe::probe(wish, colours, background);
        self.canvas = canvas.map(|canvas| (canvas, Size::default()));
        // Terminals that do not know the query may print it.
        execute!(self.inner.backend_mut(), Clear(ClearType::All)).map_err(failed)?;
        Ok(Told { graphics: self.canvas.is_some(), background, typed })
    }

    /// Draws one frame with its `images`, inside a synchronised update, so that the terminal never shows half a frame.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn draw(&mut self, view: impl FnOnce(&mut ratatui::Frame), images: &[Placed]) -> Result<()> {
        let draw = || -> io::Result<()> {
            queue!(self.inner.backend_mut(), BeginSynchronizedUpdate)?;
            let drawn = self.inner.draw(view)?;
            if let Some((canvas, size)) = &mut self.canvas {
                let screen = drawn.buffer.clone();
                let out = self.inner.backend_mut();
                // ratatui clears the terminal when its size changes.
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

    /// The size in columns and rows.
    ///
    /// # Errors
    /// If the terminal does not report it.
    pub fn size(&self) -> Result<(u16, u16)> {
        let size = self.inner.size().map_err(failed)?;
        Ok((size.width, size.height))
    }

    /// Writes what the terminal's window shall say. `titled` is whether that is its title too, which is then restored
    /// at the end.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn say(&mut self, bytes: &str, titled: bool) -> Result<()> {
        let out = self.inner.backend_mut();
        if titled && !TITLED.swap(true, Ordering::SeqCst) {
            write!(out, "{}", window::KEEP_TITLE).map_err(failed)?;
        }
        if bytes.contains("\x1b]9;4;") {
            SHOWS_PROGRESS.store(true, Ordering::SeqCst);
        }
        write!(out, "{bytes}").and_then(|()| out.flush()).map_err(failed)
    }

    /// Copies text to the user's clipboard with OSC 52, which also works over ssh.
    ///
    /// # Errors
    /// If the terminal cannot be written to.
    pub fn copy(&mut self, text: &str) -> Result<()> {
        let out = self.inner.backend_mut();
        write!(out, "\x1b]52;c;{}\x07", BASE64_STANDARD.encode(text))
            .and_then(|()| out.flush())
            .map_err(failed)
    }

    /// Restores the terminal, stops the process as the shell expects, and takes the terminal again when the shell
    /// continues the process.
    ///
    /// # Errors
    /// If the terminal cannot be taken again.
    pub fn suspend(&mut self) -> Result<()> {
        self.take_images_away();
        give_back();
        #[cfg(unix)]
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP).map_err(failed)?;
        self.resume()
    }

    /// Takes the terminal again and discards what was drawn on it. (ratatui's own `clear` asks the terminal for the
    /// position of the cursor, and the input thread would receive the answer.)
    ///
    /// # Errors
    /// If the terminal cannot be taken or cleared.
    pub fn resume(&mut self) -> Result<()> {
        enter().map_err(failed)?;
        execute!(self.inner.backend_mut(), Clear(ClearType::All)).map_err(failed)?;
        self.inner = fresh()?;
        if let Some((_, size)) = &mut self.canvas {
            *size = Size::default();
        }
        Ok(())
    }

    /// Removes the images. Otherwise some terminals would keep them when the screen changes.
    fn take_images_away(&mut self) {
        if let Some((canvas, _)) = &mut self.canvas
            && !given_back()
        {
            let out = self.inner.backend_mut();
            // An error means that the terminal is gone, and the images with it.
            let _ = canvas.forget(out).and_then(|()| out.flush());
        }
    }
}

/// A terminal for an empty screen.
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

/// Restores the terminal if the program holds it. Errors are ignored: nobody is left to read them.
pub fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let progress = if SHOWS_PROGRESS.swap(false, Ordering::SeqCst) { window::NO_PROGRESS } else { "" };
        let title = if TITLED.swap(false, Ordering::SeqCst) { window::RESTORE_TITLE } else { "" };
        let _ = write!(stdout(), "{progress}{title}");
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

/// Whether the program no longer holds the terminal.
pub fn given_back() -> bool {
    !TAKEN.load(Ordering::SeqCst)
}

/// Sends signals to `to` from a thread of its own.
///
/// # Errors
/// If the system does not allow it.
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
