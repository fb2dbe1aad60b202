//! Themes: dark, light, and no colours.
//!
//! The colours are the terminal's own sixteen, so they match the user's palette and work everywhere. No meaning depends
//! on colour alone: methods also have a marker and a dash, the selection is reversed, and important text is bold. So
//! `NO_COLOR` loses nothing but the colours.

use ratatui::style::{Color, Modifier, Style};

use crate::session::method::{Baseline, Method, Strategy};

/// Which colours to draw with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// No colours, whatever the background.
    Plain,
}

/// The dash pattern of a curve, which distinguishes it from others without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    /// An unbroken line.
    Solid,
    /// Dashes.
    Dashed,
    /// Dots.
    Dotted,
    /// Alternating dashes and dots.
    DashDot,
}

impl Theme {
    /// The theme for `--theme` (`auto`, `dark` or `light`) and the environment variables `NO_COLOR` and `COLORFGBG`,
    /// which many terminals set ("15;0" is light text on black).
    pub fn choose(wish: &str, no_color: Option<&str>, colorfgbg: Option<&str>) -> Theme {
        if no_color.is_some_and(|value| !value.is_empty()) {
            return Theme::Plain;
        }
        match wish {
            "dark" => Theme::Dark,
            "light" => Theme::Light,
            _ => match colorfgbg.and_then(|value| value.rsplit(';').next()?.parse::<u8>().ok()) {
                Some(7 | 9..=15) => Theme::Light,
                _ => Theme::Dark,
            },
        }
    }

    /// The theme for `--theme`, in this process's environment.
    pub fn from_environment(wish: &str) -> Theme {
        let variable = |name| std::env::var(name).ok();
        Theme::choose(wish, variable("NO_COLOR").as_deref(), variable("COLORFGBG").as_deref())
    }

    /// Switches between dark and light; without colours nothing changes.
    pub fn switched(self) -> Theme {
        match self {
            Theme::Dark => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Plain => Theme::Plain,
        }
    }

    fn colour(self, dark: Color, light: Color) -> Style {
        match self {
            Theme::Dark => Style::new().fg(dark),
            Theme::Light => Style::new().fg(light),
            Theme::Plain => Style::new(),
        }
    }

    /// Ordinary text, in the terminal's own colours.
    pub fn text(self) -> Style {
        Style::new()
    }

    /// Less important text: units, axes, explanations.
    pub fn dim(self) -> Style {
        match self {
            // A colour, because not every terminal supports the attribute "dim". It must be readable on its background.
            Theme::Dark => Style::new().fg(Color::Gray),
            Theme::Light => Style::new().fg(Color::DarkGray),
            Theme::Plain => Style::new(),
        }
    }

    /// Lines and frames.
    pub fn line(self) -> Style {
        self.colour(Color::DarkGray, Color::DarkGray)
    }

    /// Headings and other important text.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Keys in the footer, links, the name of the program.
    pub fn accent(self) -> Style {
        self.colour(Color::LightCyan, Color::Blue).add_modifier(Modifier::BOLD)
    }

    /// The selection.
    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Success.
    pub fn good(self) -> Style {
        self.colour(Color::LightGreen, Color::Green)
    }

    /// Something that needs attention.
    pub fn warning(self) -> Style {
        self.colour(Color::LightYellow, Color::Red).add_modifier(Modifier::BOLD)
    }

    /// Failure.
    pub fn bad(self) -> Style {
        self.colour(Color::LightRed, Color::Red).add_modifier(Modifier::BOLD)
    }

    /// The colour of a method, the same on every screen.
    pub fn method(self, method: Method) -> Style {
        match method {
            Method::Strategy(Strategy::Scratch) => self.colour(Color::LightYellow, Color::Red),
            Method::Strategy(Strategy::Frozen) => self.colour(Color::LightCyan, Color::Blue),
            Method::Strategy(Strategy::FineTuned)
            | Method::Strategy(Strategy::GradualUnfreezing)
            | Method::Strategy(Strategy::LinearProbeThenFineTune) => {
                self.colour(Color::LightMagenta, Color::Magenta)
            }
            Method::Baseline(Baseline::TfIdf) => self.colour(Color::LightGreen, Color::Green),
            Method::Baseline(Baseline::Nbsvm) => {
                self.colour(Color::Green, Color::Green).add_modifier(Modifier::BOLD)
            }
            // All document vectors have the same colour and different markers. Cyan is hard to read on white, so light
            // uses black.
            _ => self.colour(Color::LightBlue, Color::Black),
        }
    }

    /// The style of a matrix cell for a fraction from 0 to 1. The cell contains text, which stays readable. Without
    /// colours, cells of at least 0.5 are bold.
    pub fn shade(self, fraction: f64) -> Style {
        match (self, fraction) {
            (Theme::Plain, s) if s >= 0.5 => Style::new().add_modifier(Modifier::BOLD),
            (Theme::Plain, _) => Style::new(),
            (_, s) if s >= 0.66 => Style::new().fg(Color::White).bg(Color::Blue).add_modifier(Modifier::BOLD),
            (_, s) if s >= 0.33 => Style::new().fg(Color::Black).bg(Color::Cyan),
            (_, s) if s >= 0.1 => self.colour(Color::LightCyan, Color::Blue),
            _ => self.dim(),
        }
    }
}

/// The dash pattern of a method.
pub fn dash(method: Method) -> Dash {
    match method {
        Method::Strategy(Strategy::Scratch) => Dash::Dotted,
        Method::Strategy(Strategy::Frozen) => Dash::Dashed,
        Method::Strategy(Strategy::FineTuned) => Dash::Solid,
        Method::Strategy(Strategy::GradualUnfreezing) => Dash::DashDot,
        Method::Baseline(_) => Dash::DashDot,
        _ => Dash::Dashed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::method::DocumentVector;

    /// Colours that are hard to read on white, as terminals commonly draw them.
    const PALE: [Color; 9] = [
        Color::Gray,
        Color::White,
        Color::Cyan,
        Color::Yellow,
        Color::LightCyan,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightMagenta,
        Color::LightBlue,
    ];

    #[test]
    fn what_is_drawn_on_white_is_not_pale() {
        let methods = [
            Method::Strategy(Strategy::Scratch),
            Method::Strategy(Strategy::Frozen),
            Method::Strategy(Strategy::FineTuned),
            Method::Baseline(Baseline::TfIdf),
            Method::Baseline(Baseline::Nbsvm),
            Method::DocumentVector(DocumentVector::Mean),
            Method::Baseline(Baseline::Pixels),
        ];
        let theme = Theme::Light;
        let mut styles: Vec<Style> = methods.map(|method| theme.method(method)).to_vec();
        styles.extend([
            theme.line(),
            theme.dim(),
            theme.accent(),
            theme.good(),
            theme.warning(),
            theme.bad(),
        ]);
        // Shades from 0.33 on have a background of their own and are not checked here.
        styles.extend([0.0, 0.1, 0.3].map(|fraction| theme.shade(fraction)));
        for style in styles {
            assert!(style.fg.is_none_or(|colour| !PALE.contains(&colour)), "{style:?}");
        }
    }

    #[test]
    fn the_environment_decides_where_the_user_does_not() {
        assert_eq!(Theme::choose("auto", None, Some("0;15")), Theme::Light);
        assert_eq!(Theme::choose("auto", None, Some("15;0")), Theme::Dark);
        assert_eq!(Theme::choose("auto", None, Some("nonsense")), Theme::Dark);
        assert_eq!(Theme::choose("light", Some(""), Some("15;0")), Theme::Light);
        assert_eq!(Theme::choose("light", Some("1"), None), Theme::Plain);
    }
}
