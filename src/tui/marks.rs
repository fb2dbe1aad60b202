//! The characters that charts, frames and marks are drawn with: braille dots and symbols, block elements, or ASCII alone
//! for fonts and terminals that have nothing else.
//!
//! Screens draw with braille and symbols. What was drawn is then replaced, cell by cell, so that no screen knows of this
//! choice. Letters of any script stay.

use ratatui::buffer::Buffer;
use serde::Deserialize;

/// Which characters are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Marks {
    /// Eight dots in each character.
    #[default]
    Braille,
    /// Four blocks in each character.
    Blocks,
    /// Nothing but ASCII.
    Ascii,
}

/// The characters with these quarters filled: upper left 1, upper right 2, lower left 4, lower right 8.
const QUARTERS: [&str; 16] = [" ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█"];

/// Symbols of the screens that are no letters, and what stands for each in ASCII. The marks of methods stay different.
const SYMBOLS: &[(&str, &str)] = &[
    ("─━═╌┄▔", "-"),
    ("│┃║╎┆┊▕", "|"),
    ("┌┐└┘├┤┬┴┼╭╮╰╯╞╡╪┏┓┗┛", "+"),
    ("█▓■◼▉▊▋", "#"),
    ("▒▌▐▍▀▄▬▭", "="),
    ("░▎▏▖▗▘▝▞▚▛▜▙▟", ":"),
    ("●⬤", "o"),
    ("○◯◌", "O"),
    ("◉", "@"),
    ("◆⯁", "&"),
    ("◇◊", "%"),
    ("◈", "$"),
    ("▲▴▵↑", "^"),
    ("△", "A"),
    ("▼▾▿↓", "v"),
    ("▽", "V"),
    ("▶▸▷▹›→⇒", ">"),
    ("◀◂◁◃‹←", "<"),
    ("★☆✱✶✳✚", "*"),
    ("✓✔", "v"),
    ("✗✘×✕", "x"),
    ("·•∙⋅▫", "."),
    ("▪", ":"),
    ("…", "~"),
    ("‖", "="),
    ("−–—", "-"),
    ("±", "+"),
    ("≈", "~"),
    ("≤", "<"),
    ("≥", ">"),
    ("½", "/"),
    ("□▢▣", "["),
    ("°", "'"),
    ("“”„", "\""),
    ("‘’", "'"),
    ("\u{2581}\u{2582}", "_"),
    ("\u{2583}\u{2585}\u{2586}\u{2587}", "="),
];

impl Marks {
    /// The marks for a terminal of this name: the console of Linux has no braille.
    pub fn for_terminal(term: Option<&str>) -> Marks {
        match term {
            Some("linux" | "vt220" | "vt100" | "ansi" | "cygwin") => Marks::Ascii,
            _ => Marks::Braille,
        }
    }

    /// Replaces what was drawn.
    pub fn apply(self, buffer: &mut Buffer) {
        if self == Marks::Braille {
            return;
        }
        for cell in &mut buffer.content {
            let mut letters = cell.symbol().chars();
            let (Some(letter), None) = (letters.next(), letters.next()) else { continue };
            if letter.is_ascii() {
                continue;
            }
            let bits = u32::from(letter).wrapping_sub(0x2800);
            if bits < 0x100 {
                cell.set_symbol(self.dots(bits as u8));
            } else if self == Marks::Ascii
                && let Some((_, ascii)) = SYMBOLS.iter().find(|(symbols, _)| symbols.contains(letter))
            {
                cell.set_symbol(ascii);
            }
        }
    }

    /// The character for the dots of a braille character.
    fn dots(self, bits: u8) -> &'static str {
        // Rows from the top: dots 1 and 4, 2 and 5, 3 and 6, 7 and 8.
        let rows: [u8; 4] = [
            bits & 1 | bits >> 2 & 2,
            bits >> 1 & 1 | bits >> 3 & 2,
            bits >> 2 & 1 | bits >> 4 & 2,
            bits >> 6 & 1 | bits >> 6 & 2,
        ];
        let (upper, lower) = (rows[0] | rows[1], rows[2] | rows[3]);
        if self == Marks::Blocks {
            return QUARTERS[usize::from(upper | lower << 2)];
        }
        match (upper, lower) {
            (0, 0) => " ",
            (0, _) if rows[2] == 0 => "_",
            (0, 3) if rows[3] == 0 => "-",
            (0, _) => ".",
            (3, 0) if rows[0] == 0 => "-",
            (3, 0) if rows[1] == 0 => "\"",
            (_, 0) => "'",
            // From the lower left to the upper right, and the other way.
            (2, 1) => "/",
            (1, 2) => "\\",
            (1, 1) | (2, 2) => "|",
            _ if rows[0] == 0 && rows[3] == 0 && rows[1] == 3 && rows[2] == 3 => "=",
            _ if bits.count_ones() >= 6 => "#",
            (3, 1) | (2, 3) => "/",
            (3, 2) | (1, 3) => "\\",
            _ => "+",
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;
    use crate::tui::action::Action;
    use crate::tui::screens::tab::Tab;
    use crate::tui::{app, testing};

    fn replaced(marks: Marks, text: &str) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, text.chars().count() as u16, 1));
        buffer.set_string(0, 0, text, Style::new());
        marks.apply(&mut buffer);
        buffer.content.iter().map(|cell| cell.symbol()).collect()
    }

    #[test]
    fn dots_become_blocks_or_ascii_and_letters_stay() {
        let line = "⣿⠁⢀⠤⡠⠑⢸é─●";
        assert_eq!(replaced(Marks::Braille, line), line);
        assert_eq!(replaced(Marks::Blocks, line), "█▘▗▄▄▀▐é─●");
        assert_eq!(replaced(Marks::Ascii, line), "#'_-.'|é-o");
        let methods = crate::session::method::Method::all();
        let mut marks: Vec<String> = methods.map(|method| replaced(Marks::Ascii, method.marker())).collect();
        assert!(marks.iter().all(|mark| mark.is_ascii()), "{marks:?}");
        let count = marks.len();
        marks.sort();
        marks.dedup();
        assert_eq!(marks.len(), count, "{marks:?}");
        assert_eq!(Marks::for_terminal(Some("linux")), Marks::Ascii);
        assert_eq!(Marks::for_terminal(Some("xterm-256color")), Marks::Braille);
    }

    #[test]
    fn no_screen_has_anything_but_ascii_and_letters() {
        for entries in [testing::entries(), testing::entries_of_images(), testing::entries_while_training()] {
            let mut state = testing::live(200, 60, entries);
            state.marks = Marks::Ascii;
            for tab in Tab::of(&state).collect::<Vec<_>>() {
                for key in ["", "?"] {
                    app::update(&mut state, Action::Show(tab));
                    testing::press(&mut state, key);
                    let screen = testing::screen(&state);
                    let odd: String =
                        screen.chars().filter(|c| !c.is_ascii() && !c.is_alphanumeric()).collect();
                    assert!(odd.is_empty(), "{tab:?}: {odd}\n{screen}");
                    state.overlay = Default::default();
                }
            }
        }
    }
}
