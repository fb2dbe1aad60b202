//! The library that makes clocks fast and disks bad: `tests/shims/storm.c`, compiled once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use tempfile::TempDir;

/// Seconds of the program in a true second: saves, of which there is one in ten seconds, come every ten milliseconds.
const SPEED: u32 = 1_000;

static LIBRARY: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("storm.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shims/storm.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-O2", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
    let done = compiler.output().expect("these tests need a C compiler called cc");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (folder, library)
});

/// Compiles it now, so that no time that is taken is the compiler's.
pub fn prepare() {
    LazyLock::force(&LIBRARY);
}

/// What happens to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Only its clock is fast.
    Fair,
    /// The same, and its calls are counted into a file beside the session's folder.
    Counted,
    /// It is killed at such a call below the session's folder, half-way through it where `torn`.
    KilledAt { call: usize, torn: bool },
    /// Every so many calls of these kinds (see `storm.c`) fail with this error number.
    Failing { kinds: &'static str, every: usize, error: i32 },
}

impl Weather {
    /// Lets it happen to `command`, whose session is at `session`.
    pub fn over(self, command: &mut Command, session: &Path) {
        command.env("LD_PRELOAD", &LIBRARY.1).env("STORM_UNDER", session);
        command.env("STORM_SPEED", SPEED.to_string());
        match self {
            Weather::Fair => {}
            Weather::Counted => {
                command.env("STORM_COUNT", session.with_extension("calls"));
            }
            Weather::KilledAt { call, torn } => {
                command.env("STORM_AT", call.to_string()).env("STORM_DO", if torn { "tear" } else { "kill" });
            }
            Weather::Failing { kinds, every, error } => {
                command.env("STORM_KINDS", kinds).env("STORM_AT", every.to_string());
                command.env("STORM_EVERY", every.to_string()).env("STORM_DO", error.to_string());
            }
        }
    }
}
