//! The options that every command takes.

use std::path::PathBuf;

use clap::ValueEnum;

/// What every command takes.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// Print one JSON document on standard output, and nothing else there
    #[arg(long, global = true)]
    pub json: bool,
    /// Number of threads; 0 is one for each core. Results do not depend on it
    #[arg(long, global = true, value_name = "N", default_value_t = 0)]
    pub threads: usize,
    /// The seed of every random choice, instead of the recipe's seed
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// The folder of sessions
    #[arg(long, global = true, value_name = "DIR", default_value = "sessions")]
    pub sessions: PathBuf,
    /// The colours of the workbench, instead of the configuration's; the environment variable NO_COLOR switches them off
    #[arg(long, global = true, value_name = "NAME")]
    pub theme: Option<ThemeName>,
    /// How the workbench shows images
    #[arg(long, global = true, value_name = "NAME", default_value = "auto")]
    pub graphics: GraphicsName,
}

/// See [`Global::graphics`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphicsName {
    /// The graphics that the terminal reports
    Auto,
    /// Two pixels in each character; works in every terminal
    HalfBlocks,
    Sixel,
    Kitty,
    Iterm2,
}

/// See [`Global::theme`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ThemeName {
    /// Dark or light, as the terminal reports
    Auto,
    Dark,
    Light,
    /// Bright colours on black
    HighContrast,
    /// The palette of Okabe and Ito on black
    ColourBlind,
    /// Its hues on white
    ColourBlindLight,
}

impl ThemeName {
    /// The name of the theme.
    pub fn name(self) -> &'static str {
        match self {
            ThemeName::Auto => "auto",
            ThemeName::Dark => "dark",
            ThemeName::Light => "light",
            ThemeName::HighContrast => "high-contrast",
            ThemeName::ColourBlind => "colour-blind",
            ThemeName::ColourBlindLight => "colour-blind-light",
        }
    }
}
