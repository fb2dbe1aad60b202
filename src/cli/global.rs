//! The options that every command takes.

use std::path::PathBuf;

use clap::ValueEnum;

/// What every command takes.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// Print one JSON document on standard output, and nothing else there
    #[arg(long, global = true)]
    pub json: bool,
    /// Threads to work with; 0 is one a core. Results do not depend on it
    #[arg(long, global = true, value_name = "N", default_value_t = 0)]
    pub threads: usize,
    /// The seed of every random choice, in place of the recipe's
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// Where sessions are looked for and new ones go
    #[arg(long, global = true, value_name = "DIR", default_value = "sessions")]
    pub sessions: PathBuf,
    /// The colours of the workbench; NO_COLOR in the environment means none
    #[arg(long, global = true, value_name = "NAME", default_value = "auto")]
    pub theme: ThemeName,
    /// How the workbench shows images: by what the terminal has, or as is said here
    #[arg(long, global = true, value_name = "NAME", default_value = "auto")]
    pub graphics: GraphicsName,
}

/// See [`Global::graphics`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphicsName {
    /// What the terminal says it has
    Auto,
    /// Two pixels a character, in every terminal
    HalfBlocks,
    Sixel,
    Kitty,
    Iterm2,
}

/// See [`Global::theme`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ThemeName {
    /// What the terminal says it is
    Auto,
    Dark,
    Light,
}
