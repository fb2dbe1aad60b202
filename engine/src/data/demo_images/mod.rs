//! The built-in images: letters drawn from fonts to pre-train on, and real handwritten digits.
//!
//! The letters come from the built-in `fonts` and are distorted strongly (`distortion`), because what a network
//! learns from clean print does not help with handwriting. Each drawing has a random stream of its own, so that it
//! does not depend on the number of threads. The digits are E. Alpaydin and C. Kaynak's (UCI, CC BY 4.0).

mod distortion;
mod fonts;

use rayon::prelude::*;

use crate::rng;
use crate::session::record::TEST;

use super::image::Image;
use super::images::{LabelledImages, Part};

/// For this many training letters there is one test letter.
const TEST_SHARE: usize = 15;
/// The number of digits that labels are drawn from; the other 1,000 are the test set.
const DIGITS_TO_LEARN: usize = 797;

/// For each digit its class, then 8 rows of 8 values from 0 to 16.
const DIGITS: &[u8] = include_bytes!("../../../assets/digits/optdigits.bin");
const DIGIT_SIDE: usize = 8;
const DIGIT_LIGHTEST: usize = 16;

/// `count` drawings of A to Z and a to z, 28 × 28, white on black, and a fifteenth more for testing. The numbers of
/// drawings of any two letters differ by at most one.
pub fn letters(count: usize, seed: u64) -> LabelledImages {
    let stamps = fonts::stamps();
    let draw = |name: &str, count: usize| {
        let drawn: Vec<(Image, u32, String)> = (0..count)
            .into_par_iter()
            .map(|at| {
                let mut stream = rng::stream(seed, name, at as u64);
                let label = at % stamps.letters.len();
                let face = rng::below(&mut stream, stamps.faces.len());
                let image = distortion::drawn(&stamps.of[face][label], &mut stream);
                let called = format!("{} in {}", stamps.letters[label], stamps.faces[face]);
                (image, label as u32, called)
            })
            .collect();
        let mut part = Part::default();
        for (image, label, name) in drawn {
            part.images.push(image);
            part.labels.push(label);
            part.names.push(name);
        }
        part
    };
    let test = draw("test letters", (count / TEST_SHARE).max(2 * stamps.letters.len()));
    LabelledImages {
        classes: stamps.letters.iter().map(char::to_string).collect(),
        train: draw("letters", count),
        validation: None,
        tests: vec![(TEST.to_string(), test)],
        held_out: false,
        read: Vec::new(),
        remarks: vec![format!("the letters are drawn from {} free fonts and distorted", stamps.faces.len())],
    }
}

/// The handwritten digits, 8 × 8, white on black: 797 to draw labels from and 1,000 for testing, chosen by the seed.
pub fn digits(seed: u64) -> LabelledImages {
    let each = 1 + DIGIT_SIDE * DIGIT_SIDE;
    let mut order: Vec<usize> = (0..DIGITS.len() / each).collect();
    rng::shuffle(&mut rng::stream(seed, "digits", 0), &mut order);
    let part = |places: &[usize]| {
        let mut part = Part::default();
        for &place in places {
            let digit = &DIGITS[place * each..][..each];
            let light = |&p: &u8| ((usize::from(p) * 255 + DIGIT_LIGHTEST / 2) / DIGIT_LIGHTEST) as u8;
            let pixels = digit[1..].iter().map(light).collect();
            let (width, height) = (DIGIT_SIDE as u32, DIGIT_SIDE as u32);
            part.images.push(Image { width, height, channels: 1, pixels });
            part.labels.push(u32::from(digit[0]));
            part.names.push(format!("#{place}"));
        }
        part
    };
    let (learn, test) = order.split_at(DIGITS_TO_LEARN);
    LabelledImages {
        classes: (0..10).map(|digit| digit.to_string()).collect(),
        train: part(learn),
        validation: None,
        tests: vec![(TEST.to_string(), part(test))],
        held_out: false,
        read: Vec::new(),
        remarks: vec!["the digits are handwritten: E. Alpaydin and C. Kaynak, UCI, CC BY 4.0".into()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_all_there() {
        let read = digits(5);
        let test = &read.tests[0].1;
        assert_eq!((read.train.len(), test.len()), (797, 1000));
        let mut names: Vec<&String> = read.train.names.iter().chain(&test.names).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 1797);
        let count = |label| read.train.labels.iter().chain(&test.labels).filter(|&&l| l == label).count();
        // np.bincount(sklearn.datasets.load_digits().target)
        let counts: Vec<usize> = (0..10).map(count).collect();
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        let first = read.train.names.iter().position(|name| name == "#0").map(|at| (&read.train, at));
        let first = first.or_else(|| test.names.iter().position(|name| name == "#0").map(|at| (test, at)));
        let (part, at) = first.unwrap();
        // load_digits().images[0][0] is [0, 0, 5, 13, 9, 1, 0, 0], a zero.
        assert_eq!((part.labels[at], &part.images[at].pixels[..8]), (0, &[0, 0, 80, 207, 143, 16, 0, 0][..]));
        assert_ne!(digits(6).train.names, read.train.names);
        assert_eq!(digits(5), read);
    }

    #[test]
    fn letters_are_balanced_different_and_the_same_for_any_number_of_threads() {
        let drawn = letters(260, 3);
        assert_eq!((drawn.classes.len(), drawn.train.len(), drawn.tests[0].1.len()), (52, 260, 104));
        for label in 0..52 {
            assert_eq!(drawn.train.labels.iter().filter(|&&l| l == label).count(), 5);
        }
        for image in &drawn.train.images {
            assert_eq!(image.shape(), (28, 28, 1));
            let light = image.pixels.iter().filter(|&&p| p > 120).count();
            assert!((3..500).contains(&light), "{light} light pixels");
        }
        let mut images: Vec<&[u8]> = drawn.train.images.iter().map(|p| &p.pixels[..]).collect();
        images.sort_unstable();
        images.dedup();
        assert_eq!(images.len(), 260);
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(alone.install(|| letters(260, 3)), drawn);
        assert_ne!(letters(260, 4).train.images, drawn.train.images);
        assert_ne!(drawn.tests[0].1.images[..52], drawn.train.images[..52]);
    }
}
