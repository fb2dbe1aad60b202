//! `completions` and `man`: shell scripts and manual pages, made from the definition of the command line.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::error::{Error, Result};
use crate::files;

use super::out::Out;

/// What `completions` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell. For bash: warmstart completions bash > ~/.local/share/bash-completion/completions/warmstart
    pub shell: Shell,
}

/// What `man` takes.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// Write a page for the program and one for each command into this folder, which is created if needed
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Prints the script with which a shell completes the commands and options of `line`.
///
/// # Errors
/// When standard output cannot be written.
pub fn completions(args: Args, mut line: Command) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut line, "warmstart", &mut script);
    print(&script)
}

/// Prints the manual page of the program whose command line is `line`, or writes all pages.
///
/// # Errors
/// When the folder or standard output cannot be written.
pub fn man(args: ManArgs, mut line: Command) -> Result<ExitCode> {
    line.build();
    let Some(folder) = args.out else { return print(&page(&line)?) };
    std::fs::create_dir_all(&folder).map_err(|e| Error::io("make", &folder, e))?;
    for command in std::iter::once(&line).chain(line.get_subcommands()) {
        // `build` set each command's display name, which is the name of its page: warmstart-run.
        let name = command.get_display_name().unwrap_or_else(|| command.get_name());
        let page = page(command)?;
        files::save(&folder.join(format!("{name}.1")), |file| file.write_all(&page))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The manual page of a command, in roff.
fn page(command: &Command) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    let rendered: io::Result<()> = Man::new(command.clone()).render(&mut page);
    rendered.map_err(|e| Error::request(format!("the manual page cannot be made: {e}"), ""))?;
    Ok(page)
}

fn print(text: &[u8]) -> Result<ExitCode> {
    let mut out = Out::new();
    out.whole(text)?;
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}
