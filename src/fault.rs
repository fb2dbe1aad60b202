//! Faults that must not end the program: a panic becomes a sentence, and a thread that the system refuses becomes an
//! error.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, Scope, ScopedJoinHandle};

use crossbeam_channel::Sender;

use crate::error::{Error, Result, printable};

/// The last panic, with its place, which the payload does not have.
static LAST: Mutex<Option<String>> = Mutex::new(None);

/// Notes a panic for [`take_last`]; for a panic hook.
pub fn note(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
    let text = format!("{}{}", message(panic.payload()), place.unwrap_or_default());
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
}

/// What the last panic that was [noted](note) said, and where it was; once.
pub fn take_last() -> Option<String> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Does `work`; if it panics, what the panic said. Whatever `work` was changing must not be used afterwards.
///
/// # Errors
/// The message of the panic.
pub fn caught<T>(work: impl FnOnce() -> T) -> std::result::Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| message(&*panic))
}

/// The same of work that can fail. `what` was being done.
///
/// # Errors
/// Those of `work`, and one sentence for a panic.
pub fn contained<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let broke_off = |why| {
        Error::request(
            format!("{what} broke off: {why}"),
            "this is a fault of warmstart: please report it with this sentence",
        )
    };
    caught(work).unwrap_or_else(|why| Err(broke_off(why)))
}

/// Address space that must be free before a thread begins. A new thread needs its signal stack and its first
/// allocations; without them the program is aborted without an error.
const ROOM: usize = 16 << 20;

/// Begins a thread.
///
/// # Errors
/// When the system refuses another one.
pub fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    up(|up| Builder::new().name(name.into()).spawn(after(up, work))).map_err(|error| refused(&error))
}

/// The same of a thread that ends in `scope`.
///
/// # Errors
/// When the system refuses another one.
pub fn spawn_scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, T>> {
    let begun = up(|up| Builder::new().name(name.into()).spawn_scoped(scope, after(up, work)));
    begun.map_err(|error| refused(&error))
}

/// Begins a thread of a pool.
///
/// # Errors
/// When the system refuses another one.
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

/// Begins a thread if there is [`ROOM`], and waits until it runs, because several threads that begin at once would use the
/// same room.
fn up<T>(begin: impl FnOnce(Sender<()>) -> io::Result<T>) -> io::Result<T> {
    drop(memmap2::MmapMut::map_anon(ROOM)?);
    let (sender, running) = crossbeam_channel::bounded(1);
    let thread = begin(sender)?;
    running.recv().map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    Ok(thread)
}

/// `work`, which first says that its thread is up.
fn after<T>(up: Sender<()>, work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    move || {
        // Somebody waits for it.
        let _ = up.send(());
        work()
    }
}

/// The error of a thread that the system refuses.
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
    fn a_thread_gives_what_its_work_came_to() {
        assert_eq!(spawn("adds", || 2 + 2).unwrap().join().unwrap(), 4);
    }
}
