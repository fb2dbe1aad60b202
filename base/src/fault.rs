//! Turns faults that must not end the program into errors: a panic, and a thread that the system refuses to start.

use std::any::Any;
use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{Builder, JoinHandle, Scope, ScopedJoinHandle};

use crossbeam_channel::Sender;

use crate::error::{Error, Result, printable};

/// The message and source location of the last panic. The panic's payload does not have the location.
static LAST: Mutex<Option<String>> = Mutex::new(None);

thread_local! {
    /// Whether a panic of this thread is about its input, so that nobody needs to see it.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Installs the hook of [`quietly`] once.
static HOOK: Once = Once::new();

/// Records a panic for [`take_last`]. A panic hook calls it.
pub fn note(panic: &std::panic::PanicHookInfo<'_>) {
    if QUIET.get() {
        return;
    }
    let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
    let text = format!("{}{}", message(panic.payload()), place.unwrap_or_default());
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
}

/// Returns the message and location of the last [noted](note) panic, and clears it.
pub fn take_last() -> Option<String> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Runs `work` and turns a panic into an error. The caller must not use data that `work` was changing after a panic.
///
/// # Errors
/// The message of the panic.
pub fn caught<T>(work: impl FnOnce() -> T) -> std::result::Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| message(&*panic))
}

/// Like [`caught`], for a library that panics when its input is wrong: the panic is not printed and not noted.
///
/// # Errors
/// The message of the panic.
pub fn quietly<T>(work: impl FnOnce() -> T) -> std::result::Result<T, String> {
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                before(panic);
            }
        }));
    });
    let outer = QUIET.replace(true);
    let outcome = caught(work);
    QUIET.set(outer);
    outcome
}

/// Like [`caught`], for work that returns a [`Result`]. `what` names the work in the message.
///
/// # Errors
/// The errors of `work`, and one sentence for a panic.
pub fn contained<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let broke_off = |why| {
        Error::request(
            format!("{what} broke off: {why}"),
            "this is a fault of warmstart: please report it with this sentence",
        )
    };
    caught(work).unwrap_or_else(|why| Err(broke_off(why)))
}

/// Bytes of address space that must be free before a thread starts. A new thread needs its signal stack and its first
/// allocations; if they fail, the program aborts without an error message.
const ROOM: usize = 16 << 20;

/// Starts a thread.
///
/// # Errors
/// When the system refuses to start another thread.
pub fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    up(|up| Builder::new().name(name.into()).spawn(after(up, work))).map_err(|error| refused(&error))
}

/// Starts a thread that ends within `scope`.
///
/// # Errors
/// When the system refuses to start another thread.
pub fn spawn_scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>> {
    let begun = up(|up| Builder::new().name(name.into()).spawn_scoped(scope, after(up, work)));
    begun.map_err(|error| refused(&error))
}

/// Starts a thread of a thread pool.
///
/// # Errors
/// When the system refuses to start another thread.
pub fn spawn_pooled(thread: rayon::ThreadBuilder) -> io::Result<()> {
    let mut builder = Builder::new();
    if let Some(name) = thread.name() {
        builder = builder.name(name.into());
    }
    if let Some(bytes) = thread.stack_size() {
        builder = builder.stack_size(bytes);
    }
    up(|up| builder.spawn(after(up, || thread.run()))).map(drop)
}

/// Starts a thread if [`ROOM`] is free, and waits until the thread runs. Without the wait, several threads that start
/// at once would count the same free space.
fn up<T>(begin: impl FnOnce(Sender<()>) -> io::Result<T>) -> io::Result<T> {
    drop(memmap2::MmapMut::map_anon(ROOM)?);
    let (sender, running) = crossbeam_channel::bounded(1);
    let thread = begin(sender)?;
    running.recv().map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    Ok(thread)
}

/// Wraps `work`: the thread first reports that it runs, then does `work`.
fn after<T>(up: Sender<()>, work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    move || {
        // [`up`] waits for this message.
        let _ = up.send(());
        work()
    }
}

/// The error for a thread that the system refuses to start.
pub fn refused(error: &dyn std::fmt::Display) -> Error {
    Error::request(
        format!("the system refuses another thread: {error}"),
        "give a smaller --threads, or raise the limit of processes or memory (`ulimit -u`, `ulimit -v`)",
    )
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    printable(text.unwrap_or("no reason was given"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_sentence_and_other_outcomes_stay() {
        assert_eq!(contained("counting", || Ok(3)).unwrap(), 3);
        let own = contained("counting", || Err::<(), _>(Error::request("no words", "")));
        assert_eq!(own.unwrap_err().to_string(), "no words");
        let index = 7;
        let broken = contained("counting", || if index > 3 { panic!("at {index}\u{1b}[2J") } else { Ok(()) });
        let sentence = broken.unwrap_err().to_string();
        assert!(
            sentence.starts_with("counting broke off: at 7␛[2J; this is a fault of warmstart"),
            "{sentence}"
        );
    }

    #[test]
    fn a_quiet_panic_is_told_and_neither_printed_nor_noted() {
        let wrong = quietly(|| if QUIET.get() { panic!("bad input") } else { 1 });
        assert_eq!(wrong, Err("bad input".to_string()));
        assert!(!QUIET.get(), "later panics are loud again");
        assert_eq!(quietly(|| 3), Ok(3));
    }

    #[test]
    fn a_thread_gives_what_its_work_came_to() {
        assert_eq!(spawn("adds", || 2 + 2).unwrap().join().unwrap(), 4);
    }
}
