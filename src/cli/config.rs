//! `config`: where the configuration of the workbench is, and all its defaults.

use std::process::ExitCode;

use serde_json::json;

use crate::error::Result;
use crate::tui::config;

use super::global::Global;
use super::out::{self, Out};

/// Prints the defaults as a configuration whose first line names the path. Names on standard error what is wrong in the
/// configuration that there is.
///
/// # Errors
/// When standard output cannot be written.
pub fn config(global: &Global) -> Result<ExitCode> {
    let path = config::path(|name| std::env::var(name).ok());
    let problems = config::from_environment().problems;
    let defaults = config::defaults(path.as_deref());
    let mut out = Out::new();
    if global.json {
        out.json(&json!({
            "path": path.as_ref().map(|path| path.display().to_string()),
            "exists": path.as_ref().is_some_and(|path| path.exists()),
            "problems": problems,
            "defaults": defaults,
        }))?;
    } else {
        for line in defaults.lines() {
            out.line(line)?;
        }
    }
    out.finish()?;
    problems.iter().for_each(|problem| out::tell(&format!("warmstart: {problem}")));
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
