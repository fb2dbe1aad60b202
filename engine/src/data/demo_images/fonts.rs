//! The fonts of the program, and their letters as stamps: each letter drawn once, large.

use std::collections::HashMap;
use std::io::{self, Read};

use ab_glyph::{Font, FontRef, Glyph, PxScale};
use rayon::prelude::*;

/// The fonts, which are free and of many styles; `engine/assets/fonts` has their authors and licences. They are half as large
/// packed.
const PACKED: &[u8] = include_bytes!("../../../assets/fonts/fonts.tar.xz");

/// The faces with their files.
const FACES: [(&str, &str); 16] = [
    ("Breip", "Breip.ttf"),
    ("Cabin Bold", "Cabin-Bold.otf"),
    ("Cabin Italic", "Cabin-Italic.otf"),
    ("Comic Neue", "ComicNeue-Regular.otf"),
    ("Comic Neue Bold Italic", "ComicNeue-BoldItalic.otf"),
    ("Courier Prime", "CourierPrime.otf"),
    ("Dancing Script", "DancingScript-Regular.otf"),
    ("Goudy Bookletter 1911", "GoudyBookletter1911.otf"),
    ("Junction", "Junction.otf"),
    ("Karla Extra Light", "Karla-ExtraLight.otf"),
    ("Kristi", "Kristi.ttf"),
    ("Leckerli One", "LeckerliOne-Regular.ttf"),
    ("Prociono", "Prociono.otf"),
    ("Quattrocento", "Quattrocento-Regular.otf"),
    ("Quicksand", "Quicksand-Regular.ttf"),
    ("Yanone Kaffeesatz Light", "YanoneKaffeesatz-Light.otf"),
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
    let files = unpacked().unwrap_or_default();
    let read = |(name, file): &(&'static str, &'static str)| {
        let font = FontRef::try_from_slice(files.get(*file)?).ok()?;
        let stamps: Option<Vec<Stamp>> = letters.iter().map(|&letter| stamp(&font, letter)).collect();
        Some((*name, stamps?))
    };
    let (faces, of) = FACES.par_iter().filter_map(read).collect::<Vec<_>>().into_iter().unzip();
    Stamps { letters, faces, of }
}

/// The files of the fonts, by their names.
fn unpacked() -> io::Result<HashMap<String, Vec<u8>>> {
    let mut files = HashMap::new();
    for entry in tar::Archive::new(lzma_rust2::XzReader::new(PACKED, false)).entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        files.insert(name, bytes);
    }
    Ok(files)
}

/// Draws a letter so that its longer side is [`SIDE`].
fn stamp(font: &FontRef, letter: char) -> Option<Stamp> {
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
