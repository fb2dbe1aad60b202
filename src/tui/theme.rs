//! Themes: the colours of the workbench, or none.
//!
//! No meaning depends on colour alone: methods also have a marker and a dash, the selection is reversed, and important
//! text is bold. So `NO_COLOR` loses nothing but the colours.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use crate::session::method::{Baseline, Method, Strategy};

use super::depth::Depth;
use palette::Palette;

pub mod choice;
pub mod contrast;
pub mod palette;
#[cfg(test)]
mod tests;

/// The themes that come with the program: names and files.
pub const BUILT_IN: [(&str, &str); 5] = [
    ("dark", include_str!("../../assets/themes/dark.ron")),
    ("light", include_str!("../../assets/themes/light.ron")),
    ("high-contrast", include_str!("../../assets/themes/high-contrast.ron")),
    ("colour-blind", include_str!("../../assets/themes/colour-blind.ron")),
    ("colour-blind-light", include_str!("../../assets/themes/colour-blind-light.ron")),
];

/// Which colours to draw with. `None` is no colours, whatever the background.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Theme(Option<Palette>);

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
    /// No colours.
    pub const PLAIN: Theme = Theme(None);

    /// The theme for terminals with a dark background.
    pub fn dark() -> Theme {
        Theme::built_in("dark").unwrap_or(Theme::PLAIN)
    }

    /// The theme for terminals with a light background.
    pub fn light() -> Theme {
        Theme::built_in("light").unwrap_or(Theme::PLAIN)
    }

    /// A theme that comes with the program.
    pub fn built_in(name: &str) -> Option<Theme> {
        let (_, text) = BUILT_IN.into_iter().find(|(known, _)| *known == name)?;
        // A test reads every file, and none refers to another.
        Palette::parse(text, |_| None).ok().map(Theme::of)
    }

    /// The theme with these colours.
    pub fn of(palette: Palette) -> Theme {
        Theme(Some(palette))
    }

    /// The colours; `None` if there are none.
    pub fn palette(self) -> Option<Palette> {
        self.0
    }

    /// Whether there are no colours.
    pub fn is_plain(self) -> bool {
        self.0.is_none()
    }

    /// The same theme on a terminal with this many colours.
    pub fn in_depth(self, depth: Depth) -> Theme {
        Theme(self.0.map(|palette| palette.in_depth(depth)))
    }

    fn colour(self, of: fn(&Palette) -> Color) -> Style {
        self.0.map_or(Style::new(), |palette| Style::new().fg(of(&palette)))
    }

    /// Ordinary text.
    pub fn text(self) -> Style {
        Style::new()
    }

    /// Less important text: units, axes, explanations.
    pub fn dim(self) -> Style {
        // A colour, because not every terminal supports the attribute "dim".
        self.colour(|palette| palette.dim)
    }

    /// Lines and frames.
    pub fn line(self) -> Style {
        self.colour(|palette| palette.line)
    }

    /// Headings and other important text.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Keys in the footer, links, the name of the program.
    pub fn accent(self) -> Style {
        self.colour(|palette| palette.accent).add_modifier(Modifier::BOLD)
    }

    /// The selection.
    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Success.
    pub fn good(self) -> Style {
        self.colour(|palette| palette.good)
    }

    /// Something that needs attention.
    pub fn warning(self) -> Style {
        self.colour(|palette| palette.warning).add_modifier(Modifier::BOLD)
    }

    /// Failure.
    pub fn bad(self) -> Style {
        self.colour(|palette| palette.bad).add_modifier(Modifier::BOLD)
    }

    /// The colour of a method, the same on every screen.
    pub fn method(self, method: Method) -> Style {
        match method {
            Method::Strategy(Strategy::Scratch) => self.colour(|palette| palette.scratch),
            Method::Strategy(Strategy::Frozen) => self.colour(|palette| palette.frozen),
            Method::Strategy(Strategy::FineTuned)
            | Method::Strategy(Strategy::GradualUnfreezing)
            | Method::Strategy(Strategy::LinearProbeThenFineTune) => {
                self.colour(|palette| palette.fine_tuned)
            }
            Method::Baseline(Baseline::TfIdf) => self.colour(|palette| palette.tf_idf),
            Method::Baseline(Baseline::Nbsvm) => {
                self.colour(|palette| palette.nbsvm).add_modifier(Modifier::BOLD)
            }
            // All document vectors have the same colour and different markers.
            _ => self.colour(|palette| palette.other),
        }
    }

    /// The colours of lines that stand for equal things, such as sessions: this many places go round.
    pub fn of_several(self, place: usize) -> Style {
        match place % 6 {
            0 => self.colour(|palette| palette.frozen),
            1 => self.colour(|palette| palette.scratch),
            2 => self.colour(|palette| palette.fine_tuned),
            3 => self.colour(|palette| palette.tf_idf),
            4 => self.colour(|palette| palette.other),
            _ => self.colour(|palette| palette.nbsvm),
        }
    }

    /// The style of a matrix cell for a fraction from 0 to 1. The cell contains text, which stays readable. Without
    /// colours, cells of at least 0.5 are bold.
    pub fn shade(self, fraction: f64) -> Style {
        let pair = |(text, back)| Style::new().fg(text).bg(back);
        match (self.0, fraction) {
            (None, s) if s >= 0.5 => Style::new().add_modifier(Modifier::BOLD),
            (None, _) => Style::new(),
            (Some(palette), s) if s >= 0.66 => pair(palette.high).add_modifier(Modifier::BOLD),
            (Some(palette), s) if s >= 0.33 => pair(palette.middle),
            (Some(_), s) if s >= 0.1 => self.colour(|palette| palette.low),
            _ => self.dim(),
        }
    }

    /// Paints the background and ordinary text of what was drawn, if the theme has colours of its own for them.
    pub fn paint(self, buffer: &mut Buffer) {
        let Some(palette) = self.0.filter(|palette| palette.paints) else { return };
        for cell in &mut buffer.content {
            if cell.bg == Color::Reset {
                cell.bg = palette.background;
            }
            if cell.fg == Color::Reset {
                cell.fg = palette.text;
            }
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
