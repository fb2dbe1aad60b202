//! The fuzz target of every reader: each of this package's programs is called like one, and reads what the fuzzer makes up.
//!
//! ```sh
//! WARMSTART_MUTATIONS_SEEDS=$PWD/fuzz/corpus cargo test --test mutations valid   # the fuzzer begins with valid files
//! cargo +nightly fuzz run parquet -- -rss_limit_mb=700 -max_total_time=60
//! ```
//!
//! The readers are those of `tests/mutations`, which changes valid files without a fuzzer and counts their memory itself.

#![no_main]

#[path = "../tests/mutations/readers.rs"]
mod readers;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use readers::Reader;
use tempfile::TempDir;

static READER: LazyLock<&Reader> = LazyLock::new(|| Reader::called(env!("CARGO_BIN_NAME")));

/// Where its files are: in memory, where there is such a place.
static PLACE: LazyLock<TempDir> = LazyLock::new(|| {
    let memory = std::path::Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
});

fuzz_target!(|bytes: &[u8]| {
    let _ = READER.read(PLACE.path(), bytes);
    if let Some(mended) = READER.mended(bytes) {
        let _ = READER.read(PLACE.path(), &mended);
    }
});
