//! The fonts of the program, and their letters as stamps: each letter drawn once, large.

use ab_glyph::{Font, FontRef, Glyph, PxScale};
use rayon::prelude::*;

/// The fonts, which are free and of many styles; `assets/fonts` has their authors and licences.
const FACES: [(&str, &[u8]); 16] = [
    ("Breip", include_bytes!("../../../assets/fonts/Breip.ttf")),
    ("Cabin Bold", include_bytes!("../../../assets/fonts/Cabin-Bold.otf")),
    ("Cabin Italic", include_bytes!("../../../assets/fonts/Cabin-Italic.otf")),
    ("Comic Neue", include_bytes!("../../../assets/fonts/ComicNeue-Regular.otf")),
    ("Comic Neue Bold Italic", include_bytes!("../../../assets/fonts/ComicNeue-BoldItalic.otf")),
    ("Courier Prime", include_bytes!("../../../assets/fonts/CourierPrime.otf")),
    ("Dancing Script", include_bytes!("../../../assets/fonts/DancingScript-Regular.otf")),
    ("Goudy Bookletter 1911", include_bytes!("../../../assets/fonts/GoudyBookletter1911.otf")),
    ("Junction", include_bytes!("../../../assets/fonts/Junction.otf")),
    ("Karla Extra Light", include_bytes!("../../../assets/fonts/Karla-ExtraLight.otf")),
    ("Kristi", include_bytes!("../../../assets/fonts/Kristi.ttf")),
    ("Leckerli One", include_bytes!("../../../assets/fonts/LeckerliOne-Regular.ttf")),
    ("Prociono", include_bytes!("../../../assets/fonts/Prociono.otf")),
    ("Quattrocento", include_bytes!("../../../assets/fonts/Quattrocento-Regular.otf")),
    ("Quicksand", include_bytes!("../../../assets/fonts/Quicksand-Regular.ttf")),
    ("Yanone Kaffeesatz Light", include_bytes!("../../../assets/fonts/YanoneKaffeesatz-Light.otf")),
];

/// The longer side of a stamp, in pixels.
pub const SIDE: f32 = 56.0;

/// A large image of a letter: the fraction of ink of each pixel, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    pub width: usize,
    pub height: usize,
    /// `(height, width)`.
    pub ink: Vec<f32>,
}

/// The letters of all fonts.
pub struct Stamps {
    pub letters: Vec<char>,
    pub faces: Vec<&'static str>,
    /// By font, then by letter.
    pub of: Vec<Vec<Stamp>>,
}

/// Draws the letters of all fonts.
pub fn stamps() -> Stamps {
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').collect();
    let read = |(name, bytes): &(&'static str, &'static [u8])| {
        let font = FontRef::try_from_slice(bytes).ok()?;
        let stamps: Option<Vec<Stamp>> = letters.iter().map(|&letter| stamp(&font, letter)).collect();
        Some((*name, stamps?))
    };
    let (faces, of) = FACES.par_iter().filter_map(read).collect::<Vec<_>>().into_iter().unzip();
    Stamps { letters, faces, of }
}

/// Draws a letter so that its longer side is [`SIDE`].
fn stamp(font: &FontRef<'static>, letter: char) -> Option<Stamp> {
    let outlined = |scale: f32| {
        let glyph: Glyph = font.glyph_id(letter).with_scale(PxScale::from(scale));
        font.outline_glyph(glyph)
    };
    let trial = outlined(SIDE)?.px_bounds();
    let glyph = outlined(SIDE * SIDE / trial.width().max(trial.height()).max(1.0))?;
    let bounds = glyph.px_bounds();
    let (width, height) = (bounds.width().ceil() as usize, bounds.height().ceil() as usize);
    let mut ink = vec![0.0_f32; width * height];
    glyph.draw(|x, y, fraction| {
        if let Some(pixel) = ink.get_mut(y as usize * width + x as usize) {
            *pixel = fraction.clamp(0.0, 1.0);
        }
    });
    Some(Stamp { width, height, ink })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_has_every_letter() {
        let stamps = stamps();
        assert_eq!(stamps.faces.len(), FACES.len());
        for (face, of) in stamps.faces.iter().zip(&stamps.of) {
            assert_eq!(of.len(), 52);
            for (letter, stamp) in stamps.letters.iter().zip(of) {
                let longer = stamp.width.max(stamp.height);
                assert!((50..=60).contains(&longer), "{letter} in {face} is {longer} pixels long");
                let ink = stamp.ink.iter().sum::<f32>() / stamp.ink.len() as f32;
                assert!((0.02..0.98).contains(&ink), "{letter} in {face}: {ink}");
            }
            // No font draws a box for a missing letter.
            assert_ne!(of[0], of[1], "{face}");
        }
    }
}
