use ratatui::layout::Rect;

use crate::session::method::DocumentVector;

use super::contrast::{linear, rgb};
use super::*;

/// One method of each colour.
const METHODS: [Method; 6] = [
    Method::Strategy(Strategy::Scratch),
    Method::Strategy(Strategy::Frozen),
    Method::Strategy(Strategy::FineTuned),
    Method::Baseline(Baseline::TfIdf),
    Method::Baseline(Baseline::Nbsvm),
    Method::DocumentVector(DocumentVector::Mean),
];

#[test]
fn the_text_of_every_theme_is_readable_on_every_background_that_it_is_for() {
    for (name, _) in BUILT_IN {
        let palette = Theme::built_in(name).and_then(Theme::palette).expect(name);
        let others: &[Color] = match name {
            "dark" => &[Color::Rgb(0, 0, 0), Color::Rgb(30, 30, 30), Color::Rgb(40, 44, 52)],
            "light" => &[Color::Rgb(255, 255, 255), Color::Rgb(253, 246, 227)],
            _ => &[],
        };
        for background in [palette.background].iter().chain(others) {
            let on = Palette { background: *background, ..palette };
            assert!(on.unreadable().is_empty(), "{name} on {background:?}: {:?}", on.unreadable());
        }
        assert_eq!(palette.paints, palette.text != Color::Reset, "{name}");
    }
    let high = Theme::built_in("high-contrast").and_then(Theme::palette).unwrap();
    for method in METHODS {
        let text = rgb(Theme::of(high).method(method).fg.unwrap()).unwrap();
        assert!(contrast::ratio(text, [0, 0, 0]) > 10.0, "{method:?}");
    }
}

/// Matrices of colour vision without red, green or blue cones, for linear light (Machado, Oliveira & Fernandes 2009,
/// severity 1).
const VISIONS: [[[f64; 3]; 3]; 4] = [
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
];

/// A colour in CIELAB as somebody with this vision sees it.
fn seen(colour: Color, vision: [[f64; 3]; 3]) -> [f64; 3] {
    let light = rgb(colour).unwrap().map(linear);
    let dot = |row: [f64; 3]| row.iter().zip(light).map(|(a, b)| a * b).sum::<f64>();
    let [r, g, b] = vision.map(|row| dot(row).clamp(0.0, 1.0));
    let f = |t: f64| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
    let x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
    let y = f(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
    let z = f((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The least distance of the colours of two methods (CIE 1976), for any colour vision.
fn least(theme: Theme) -> f64 {
    let mut least = f64::INFINITY;
    for vision in VISIONS {
        let seen = METHODS.map(|method| seen(theme.method(method).fg.unwrap(), vision));
        for (i, a) in seen.iter().enumerate() {
            for b in &seen[i + 1..] {
                let squares = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
                least = least.min(squares.sum::<f64>().sqrt());
            }
        }
    }
    least
}

#[test]
fn people_with_any_colour_vision_tell_the_methods_apart() {
    // A distance of 2.3 is just noticeable side by side; curves are thin and lie apart.
    for name in ["colour-blind", "colour-blind-light"] {
        let least = least(Theme::built_in(name).unwrap());
        assert!(least > 13.0, "{name}: {least}");
    }
    // The test itself sees that ordinary colours do not do this.
    assert!(least(Theme::dark()) < 4.0);
}

#[test]
fn a_theme_paints_only_what_has_no_colour() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
    let theme = Theme::built_in("high-contrast").unwrap();
    buffer.set_string(1, 0, "x", theme.shade(0.9));
    theme.paint(&mut buffer);
    let colours = |x: u16| (buffer[(x, 0)].fg, buffer[(x, 0)].bg);
    assert_eq!(colours(0), (Color::Rgb(255, 255, 255), Color::Rgb(0, 0, 0)));
    assert_eq!(colours(1), (Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 0)));
    let before = Buffer::empty(Rect::new(0, 0, 3, 1));
    for theme in [Theme::dark(), Theme::light(), Theme::PLAIN] {
        let mut buffer = before.clone();
        theme.paint(&mut buffer);
        assert_eq!(buffer, before);
    }
}
