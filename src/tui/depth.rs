//! How many colours the terminal has, and the nearest of them to a colour.

use ratatui::style::Color;

/// The values that each channel can have in the colour cube of the 256 colours.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];
/// The sixteen colours as the Linux console and VGA draw them.
const SIXTEEN: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [170, 0, 0]),
    (Color::Green, [0, 170, 0]),
    (Color::Yellow, [170, 85, 0]),
    (Color::Blue, [0, 0, 170]),
    (Color::Magenta, [170, 0, 170]),
    (Color::Cyan, [0, 170, 170]),
    (Color::Gray, [170, 170, 170]),
    (Color::DarkGray, [85, 85, 85]),
    (Color::LightRed, [255, 85, 85]),
    (Color::LightGreen, [85, 255, 85]),
    (Color::LightYellow, [255, 255, 85]),
    (Color::LightBlue, [85, 85, 255]),
    (Color::LightMagenta, [255, 85, 255]),
    (Color::LightCyan, [85, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// How many colours the terminal supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// 24-bit colours.
    True,
    /// 256 colours.
    Indexed,
    /// Sixteen colours.
    Sixteen,
}

impl Depth {
    /// The depth for the values of the environment variables `COLORTERM` and `TERM`.
    pub fn of(colorterm: Option<&str>, term: Option<&str>) -> Depth {
        match (colorterm, term) {
            (Some("truecolor" | "24bit"), _) => Depth::True,
            (_, Some("linux" | "ansi" | "vt220" | "cygwin")) => Depth::Sixteen,
            _ => Depth::Indexed,
        }
    }

    /// The colour that is nearest to this red, green and blue.
    pub fn colour(self, [red, green, blue]: [u8; 3]) -> Color {
        match self {
            Depth::True => Color::Rgb(red, green, blue),
            Depth::Sixteen => {
                let far = |some: [u8; 3]| -> u32 {
                    let of = |(a, b): (u8, u8)| u32::from(a.abs_diff(b)).pow(2);
                    some.into_iter().zip([red, green, blue]).map(of).sum()
                };
                let nearest = SIXTEEN.into_iter().min_by_key(|(_, rgb)| far(*rgb));
                nearest.map_or(Color::Reset, |(colour, _)| colour)
            }
            Depth::Indexed if red == green && green == blue => {
                // The palette has 24 greys, from 8 in steps of 10. Black and white come from the colour cube.
                Color::Indexed(match red {
                    0..=3 => 16,
                    247..=255 => 231,
                    grey => 232 + ((u16::from(grey).saturating_sub(3)) / 10).min(23) as u8,
                })
            }
            Depth::Indexed => {
                let nearest = |value: u8| {
                    let distance = |step: &(usize, &u8)| step.1.abs_diff(value);
                    CUBE.iter().enumerate().min_by_key(distance).map_or(0, |(place, _)| place as u8)
                };
                Color::Indexed(16 + 36 * nearest(red) + 6 * nearest(green) + nearest(blue))
            }
        }
    }
}

/// Red, green and blue of a colour; of the sixteen, as the Linux console draws them. `None` for the terminal's own.
pub fn approximate(colour: Color) -> Option<[u8; 3]> {
    match colour {
        Color::Reset => None,
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(index @ 16..=231) => {
            let index = usize::from(index) - 16;
            Some([CUBE[index / 36], CUBE[index / 6 % 6], CUBE[index % 6]])
        }
        Color::Indexed(index @ 232..) => Some([8 + 10 * (index - 232); 3]),
        Color::Indexed(index) => SIXTEEN.get(usize::from(index)).map(|(_, rgb)| *rgb),
        named => SIXTEEN.iter().find(|(known, _)| *known == named).map(|(_, rgb)| *rgb),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_says_how_many_colours_it_has() {
        assert_eq!(Depth::of(Some("truecolor"), Some("linux")), Depth::True);
        assert_eq!(Depth::of(None, Some("linux")), Depth::Sixteen);
        assert_eq!(Depth::of(Some(""), Some("xterm-256color")), Depth::Indexed);
        assert_eq!(Depth::Sixteen.colour([80, 90, 250]), Color::LightBlue);
        assert_eq!(Depth::Indexed.colour([0, 114, 178]), Color::Indexed(25));
    }
}
