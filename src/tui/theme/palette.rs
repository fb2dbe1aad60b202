//! The colours of a theme, and the files that hold them.
//!
//! A theme file is RON, like those in `assets/themes`. A theme of one's own can begin `from: "dark"` and name only the
//! colours that differ.

use std::str::FromStr;

use ratatui::style::Color;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use crate::session::ron_dialect::from_ron;
use crate::tui::depth::Depth;

use super::contrast::{ratio, rgb};

/// A colour in a file: `#rrggbb`, a number of the 256, a name of the terminal's sixteen, or `default`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Colour(Color);

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "default" {
            return Ok(Colour(Color::Reset));
        }
        Color::from_str(&text).map(Colour).map_err(|_| {
            D::Error::custom(format!(
                "{text:?} is no colour: write \"#rrggbb\", a number from 0 to 255, a name such as \"light-blue\", or \"default\""
            ))
        })
    }
}

macro_rules! palette {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// The colours of a theme.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct Palette {
            /// The background that the colours are made for.
            pub background: Color,
            /// Whether the background is painted. Otherwise that of the terminal stays.
            pub paints: bool,
            $($(#[$doc])* pub $name: Color,)+
            /// Text and background of cells of a matrix from 0.33 on,
            pub middle: (Color, Color),
            /// and from 0.66 on.
            pub high: (Color, Color),
        }

        /// A theme file: what is not in it comes from another theme.
        #[derive(Debug, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[derive(Default)]
        struct File {
            from: Option<String>,
            background: Option<Colour>,
            paints: Option<bool>,
            $($name: Option<Colour>,)+
            middle: Option<(Colour, Colour)>,
            high: Option<(Colour, Colour)>,
        }

        impl File {
            /// The palette: `base` with what the file names. `Err` is the name of a colour that neither has.
            fn over(self, base: Option<Palette>) -> Result<Palette, &'static str> {
                let pair = |pair: Option<(Colour, Colour)>| pair.map(|(text, back)| (text.0, back.0));
                Ok(Palette {
                    background: self.background.map(|c| c.0).or(base.map(|b| b.background)).ok_or("background")?,
                    paints: self.paints.or(base.map(|b| b.paints)).unwrap_or(false),
                    $($name: self.$name.map(|c| c.0).or(base.map(|b| b.$name)).ok_or(stringify!($name))?,)+
                    middle: pair(self.middle).or(base.map(|b| b.middle)).ok_or("middle")?,
                    high: pair(self.high).or(base.map(|b| b.high)).ok_or("high")?,
                })
            }
        }

        impl Palette {
            /// The pairs of text and background, with the names of their fields.
            fn pairs(&self) -> Vec<(&'static str, Color, Color)> {
                vec![
                    $((stringify!($name), self.$name, self.background),)+
                    ("middle", self.middle.0, self.middle.1),
                    ("high", self.high.0, self.high.1),
                ]
            }

            /// The same colours on a terminal with fewer of them.
            pub fn in_depth(self, depth: Depth) -> Palette {
                let near = |colour| nearest(colour, depth);
                let pair = |(text, back)| (near(text), near(back));
                Palette {
                    // What is not painted is the terminal's own and has all its colours.
                    background: if self.paints { near(self.background) } else { self.background },
                    paints: self.paints,
                    $($name: near(self.$name),)+
                    middle: pair(self.middle),
                    high: pair(self.high),
                }
            }
        }
    };
}

palette! {
    /// Ordinary text.
    text,
    /// Less important text: units, axes, explanations.
    dim,
    /// Lines and frames.
    line,
    /// Keys in the footer, links, the name of the program.
    accent,
    /// Success.
    good,
    /// Something that needs attention.
    warning,
    /// Failure.
    bad,
    /// Scratch.
    scratch,
    /// Frozen.
    frozen,
    /// Fine-tuned, in each of its ways.
    fine_tuned,
    /// TF-IDF.
    tf_idf,
    /// NBSVM.
    nbsvm,
    /// All other methods.
    other,
    /// Cells of a matrix from 0.1 on.
    low,
}

/// The contrast that text needs to be readable (WCAG 2.2, level AA).
pub const READABLE: f64 = 4.5;

impl Palette {
    /// Reads a theme file; `known` finds a theme by its name.
    ///
    /// # Errors
    /// The line, and what is wrong there.
    pub fn parse(text: &str, known: impl Fn(&str) -> Option<Palette>) -> Result<Palette, (u64, String)> {
        let file: File =
            from_ron(text).map_err(|error| (error.span.start.line as u64, error.code.to_string()))?;
        let base = match &file.from {
            Some(name) => Some(known(name).ok_or_else(|| (1, format!("from: there is no theme {name:?}")))?),
            None => None,
        };
        let palette = file.over(base).map_err(|name| {
            (1, format!("the colour `{name}` is missing; name it, or write from: \"dark\" first"))
        })?;
        if palette.paints && (palette.text == Color::Reset || palette.background == Color::Reset) {
            let why = "a theme that paints the background needs a `background` and a `text` that are not \"default\"";
            return Err((1, why.into()));
        }
        Ok(palette)
    }

    /// The colours that are hard to read on their background, with their contrast. Colours that the terminal chooses
    /// are not known.
    pub fn unreadable(&self) -> Vec<(&'static str, f64)> {
        let known = |(name, text, back)| Some((name, ratio(rgb(text)?, rgb(back)?)));
        let all = self.pairs().into_iter().filter_map(known);
        all.filter(|(_, contrast)| *contrast < READABLE).collect()
    }
}

/// The colour of a terminal of this depth that is nearest to an RGB colour. Other colours stay.
fn nearest(colour: Color, depth: Depth) -> Color {
    match colour {
        Color::Rgb(red, green, blue) => depth.colour([red, green, blue]),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{BUILT_IN, Theme};

    fn known(name: &str) -> Option<Palette> {
        Theme::built_in(name).and_then(Theme::palette)
    }

    #[test]
    fn a_theme_of_ones_own_names_only_what_differs() {
        let mine = Palette::parse("(from: \"dark\", frozen: \"light-green\", dim: \"8\")", known).unwrap();
        let dark = known("dark").unwrap();
        assert_eq!((mine.frozen, mine.dim), (Color::LightGreen, Color::Indexed(8)));
        assert_eq!(Palette { frozen: dark.frozen, dim: dark.dim, ..mine }, dark);
        for (text, line, part) in [
            ("(\n  from: \"dark\",\n  frozen: \"blu\",\n)", 3, "\"blu\" is no colour"),
            ("(from: \"drak\")", 1, "no theme \"drak\""),
            ("(background: \"#000000\")", 1, "the colour `text` is missing"),
            ("(\n from: \"dark\",\n frozn: \"#000000\")", 3, "frozn"),
            ("(from: \"dark\", paints: true)", 1, "needs a `background` and a `text`"),
            ("(from: \"dark\",\n frozen: \"#00000\u{e9}\")", 2, "is no colour"),
            ("", 1, ""),
        ] {
            let (at, why) = Palette::parse(text, known).unwrap_err();
            assert!(at == line && why.contains(part), "{text}: {at} {why}");
        }
        let pale = Palette::parse("(from: \"light\", dim: \"#bbbbbb\", bad: \"red\")", known).unwrap();
        let pale = pale.unreadable();
        assert!(matches!(pale[..], [("dim", contrast)] if contrast < 2.0), "{pale:?}");
    }

    #[test]
    fn with_256_colours_everything_is_still_readable() {
        for (name, _) in BUILT_IN {
            let palette = known(name).unwrap().in_depth(Depth::Indexed);
            assert!(palette.unreadable().iter().all(|(_, contrast)| *contrast > READABLE), "{name}");
        }
    }
}
