//! The public data sets, for tests that are ignored by default.

use std::path::PathBuf;

/// The folder with the public data sets.
pub fn folder() -> PathBuf {
    std::env::var_os("WARMSTART_DATA").expect("WARMSTART_DATA names the folder with the data").into()
}
