//! The themes that the user can choose from.

use crate::tui::depth::Depth;

use super::{BUILT_IN, Theme};

/// The themes with their names, in the order in which a key goes through them, and the place of the current one.
#[derive(Debug, Clone)]
pub struct Themes {
    list: Vec<(String, Theme)>,
    at: usize,
}

impl Default for Themes {
    fn default() -> Themes {
        let built_in = |(name, _): (&str, &str)| Some((name.to_string(), Theme::built_in(name)?));
        Themes { list: BUILT_IN.into_iter().filter_map(built_in).collect(), at: 0 }
    }
}

impl Themes {
    /// The themes that come with the program and perhaps one of the user's own, on a terminal of this depth.
    pub fn new(own: Option<(String, Theme)>, depth: Depth) -> Themes {
        let mut themes = Themes::default();
        themes.list.extend(own);
        themes.list.iter_mut().for_each(|(_, theme)| *theme = theme.in_depth(depth));
        themes
    }

    /// Chooses a theme by its name; the dark one if there is none of this name.
    pub fn choose(&mut self, name: &str) -> Theme {
        self.at = self.list.iter().position(|(known, _)| known == name).unwrap_or(0);
        self.list.get(self.at).map_or(Theme::PLAIN, |(_, theme)| *theme)
    }

    /// Chooses the next theme; after the last comes the first.
    pub fn choose_next(&mut self) -> (&str, Theme) {
        self.at = (self.at + 1) % self.list.len().max(1);
        self.list.get(self.at).map_or(("none", Theme::PLAIN), |(name, theme)| (name.as_str(), *theme))
    }
}

/// The name of the theme for a background: of this luminance, if the terminal said so, or else as the environment
/// variable `COLORFGBG` says, which many terminals set ("15;0" is light text on black).
pub fn for_background(luminance: Option<f64>, colorfgbg: Option<&str>) -> &'static str {
    // Text in black is as readable as text in white on a background of this luminance.
    const MIDDLE: f64 = 0.179;
    let light = match luminance {
        Some(luminance) => luminance > MIDDLE,
        None => {
            let background = colorfgbg.and_then(|value| value.rsplit(';').next()?.parse::<u8>().ok());
            matches!(background, Some(7 | 9..=15))
        }
    };
    if light { "light" } else { "dark" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_decides_where_the_user_does_not() {
        for (luminance, colorfgbg, name) in [
            (None, Some("0;15"), "light"),
            (None, Some("15;0"), "dark"),
            (None, Some("nonsense"), "dark"),
            (None, None, "dark"),
            (Some(0.9), Some("15;0"), "light"),
            (Some(0.02), Some("0;15"), "dark"),
        ] {
            assert_eq!(for_background(luminance, colorfgbg), name);
        }
    }

    #[test]
    fn a_key_goes_through_all_themes() {
        let mut themes = Themes::new(Some(("mine".into(), Theme::PLAIN)), Depth::True);
        assert_eq!(themes.choose("dark"), Theme::dark());
        let names: Vec<String> = (0..6).map(|_| themes.choose_next().0.to_string()).collect();
        assert_eq!(names, ["light", "high-contrast", "colour-blind", "colour-blind-light", "mine", "dark"]);
        assert_eq!(themes.choose("nothing"), Theme::dark());
    }
}
