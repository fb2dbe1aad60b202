use std::io::Read;

use flate2::read::ZlibDecoder;

use crate::tui::widgets::pixels;

use super::*;

/// An image of 6 by 4 pixels. Its last four pixels have more blue than the others.
fn image(seed: u8) -> Image {
    let pixels = (0..6_u8 * 4).flat_map(|at| [at * 10, seed, if at < 20 { 0 } else { 255 }]).collect();
    Image { width: 6, height: 4, channels: 3, pixels }
}

/// A screen of 20 by 8 cells with holes in the places of the images.
fn screen(placed: &[Placed]) -> Buffer {
    let mut screen = Buffer::empty(Rect::new(0, 0, 20, 8));
    for placed in placed {
        pixels::leave(placed.image, &mut screen, placed.area);
    }
    screen
}

fn filled(canvas: &mut Canvas, wanted: &[Placed], screen: &Buffer) -> String {
    let mut out = Vec::new();
    canvas.fill(wanted, screen, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn at(image: &Image, x: u16, y: u16) -> Placed<'_> {
    Placed { image, area: pixels::area_of(image, Rect::new(x, y, 6, 2)) }
}

/// Decodes sixels to the pixels that a terminal would show, in percent.
fn seen(text: &str) -> (usize, Vec<[u8; 3]>) {
    let body = text.split_once("\x1bP0;1q\"1;1;").unwrap().1.split_once("\x1b\\").unwrap().0;
    let mut rest = body.chars().peekable();
    let number = |rest: &mut std::iter::Peekable<std::str::Chars>| {
        let mut number = 0;
        while let Some(digit) = rest.peek().and_then(|c| c.to_digit(10)) {
            number = number * 10 + digit as usize;
            rest.next();
        }
        number
    };
    let width = number(&mut rest);
    rest.next();
    let height = number(&mut rest);
    let mut pixels = vec![[255; 3]; width * height];
    let (mut palette, mut colour, mut x, mut y, mut times) = (vec![[0; 3]; 256], 0, 0, 0, 1);
    while let Some(c) = rest.next() {
        match c {
            '#' => {
                colour = number(&mut rest);
                if rest.peek() == Some(&';') {
                    let mut next = || {
                        rest.next();
                        number(&mut rest) as u8
                    };
                    assert_eq!(next(), 2);
                    palette[colour] = [next(), next(), next()];
                }
            }
            '!' => times = number(&mut rest),
            '$' => x = 0,
            '-' => (x, y) = (0, y + 6),
            sixel => {
                let bits = sixel as u32 - u32::from('?');
                for _ in 0..std::mem::replace(&mut times, 1) {
                    for row in (0..6).filter(|row| bits >> row & 1 == 1) {
                        pixels[(y + row) * width + x] = palette[colour];
                    }
                    x += 1;
                }
            }
        }
    }
    (width, pixels)
}

#[test]
fn sixels_are_the_image_again() {
    let image = image(50);
    let placed = [at(&image, 1, 1)];
    let mut canvas = Canvas::new(Protocol::Sixel, Some((7, 14)));
    let told = filled(&mut canvas, &placed, &screen(&placed));
    assert!(told.starts_with("\x1b7\x1b[2;2H\x1bP") && told.ends_with("\x1b\\\x1b8"), "{told:?}");
    let (width, shown) = seen(&told);
    assert_eq!((width, shown.len()), (6 * 7, 6 * 7 * 2 * 14));
    let expected = resampled(&image, 42, 28).into_iter().map(|c| c.map(|c| (u32::from(c) * 100 + 127) / 255));
    for (place, (shown, expected)) in shown.iter().zip(expected).enumerate() {
        assert_eq!(shown.map(u32::from), expected, "pixel {place}");
    }
}

#[test]
fn many_colours_become_256_that_are_near() {
    let level = |x: u32, y: u32| [(x * 4) as u8, (y * 4) as u8, ((x + y) * 2) as u8];
    let pixels: Vec<[u8; 3]> = (0..64 * 64).map(|at| level(at % 64, at / 64)).collect();
    let mut out = Vec::new();
    sixel::send(&pixels, 64, &mut out).unwrap();
    let (_, shown) = seen(std::str::from_utf8(&out).unwrap());
    let off = |(shown, own): (&[u8; 3], &[u8; 3])| {
        (0..3).map(|c| (f64::from(shown[c]) * 2.55 - f64::from(own[c])).abs()).fold(0.0, f64::max)
    };
    let off: Vec<f64> = shown.iter().zip(&pixels).map(off).collect();
    assert!(off.iter().sum::<f64>() / (off.len() as f64) < 8.0, "{}", off.iter().sum::<f64>());
    assert!(off.iter().all(|off| *off < 40.0));
}

#[test]
fn kitty_and_iterm_get_the_pixels_themselves() {
    let image = image(50);
    let placed = [at(&image, 1, 1)];
    let mut canvas = Canvas::new(Protocol::Kitty, None);
    let told = filled(&mut canvas, &placed, &screen(&placed));
    let mut text = String::new();
    for (number, piece) in told.split("\x1b_G").skip(1).enumerate() {
        let (head, rest) = piece.split_once(';').unwrap();
        let (data, after) = rest.split_once("\x1b\\").unwrap();
        assert!(data.len() <= 4_096 && (after.is_empty() || after == "\x1b8"), "{after:?}");
        assert!(number > 0 || head.starts_with("a=T,f=24,o=z,s=60,v=40,i=1,c=6,r=2,C=1,q=2,m="), "{head}");
        text.push_str(data);
    }
    let mut pixels = Vec::new();
    ZlibDecoder::new(&unpacked(&text)[..]).read_to_end(&mut pixels).unwrap();
    assert_eq!(pixels, resampled(&image, 60, 40).as_flattened());

    let mut canvas = Canvas::new(Protocol::Iterm2, None);
    let told = filled(&mut canvas, &placed, &screen(&placed));
    let (head, rest) = told.split_once("\x1b]1337;File=").unwrap().1.split_once(':').unwrap();
    assert!(head.contains("inline=1") && head.contains("width=6;height=2;"), "{head}");
    let file = unpacked(rest.split_once('\x07').unwrap().0);
    let read = image::load_from_memory(&file).unwrap().into_rgb8();
    assert_eq!(read.dimensions(), (60, 40));
    assert_eq!(read.into_raw(), resampled(&image, 60, 40).as_flattened());
}

/// Decodes Base64.
fn unpacked(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for four in text.as_bytes().chunks(4) {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let value = |c: &u8| letters.find(char::from(*c)).unwrap_or(0) as u32;
        let bits = four.iter().fold(0, |bits, c| bits << 6 | value(c));
        let count = 3 - four.iter().filter(|c| **c == b'=').count();
        bytes.extend_from_slice(&bits.to_be_bytes()[1..1 + count]);
    }
    bytes
}

#[test]
fn what_stands_there_is_not_sent_again_and_what_goes_is_wiped() {
    let (one, other) = (image(1), image(2));
    for protocol in [Protocol::Sixel, Protocol::Kitty, Protocol::Iterm2] {
        let mut canvas = Canvas::new(protocol, None);
        let both = [at(&one, 1, 1), at(&other, 9, 1)];
        let drawn = screen(&both);
        let count = |told: &str| {
            told.matches("\x1bP0").count() + told.matches("a=T").count() + told.matches("File=").count()
        };
        assert_eq!(count(&filled(&mut canvas, &both, &drawn)), 2);
        assert_eq!(filled(&mut canvas, &both, &drawn), "");
        // Text covers a part of the second image: the image is removed, but the text stays.
        let mut covered = drawn.clone();
        covered[(10, 1)].set_symbol("x");
        let told = filled(&mut canvas, &both, &covered);
        assert_eq!(count(&told), 0);
        assert!(
            told.contains(if protocol == Protocol::Kitty { "a=d,d=I,i=2" } else { "\x1b[2;12H" }),
            "{told:?}"
        );
        assert!(!told.contains("\x1b[2;11H"), "{told:?}");
        assert_eq!(count(&filled(&mut canvas, &both, &drawn)), 1);
        // A different image in the same place.
        let turned = [at(&other, 1, 1), at(&other, 9, 1)];
        assert_eq!(count(&filled(&mut canvas, &turned, &drawn)), 1);
        // After the screen was cleared, all images are sent again; an image beyond the edge is not sent.
        canvas.forget(&mut Vec::new()).unwrap();
        let beyond = [turned[0], turned[1], at(&one, 17, 1), at(&one, 1, 7)];
        assert_eq!(count(&filled(&mut canvas, &beyond, &screen(&beyond))), 2);
    }
}
