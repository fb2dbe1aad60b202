//! Augmentation: a prepared image is randomly cropped, shifted, rotated and flipped, its contrast is changed, and a
//! square of it is erased (*cutout*).

use crate::rng::{Stream, below, unit};
use crate::session::image_transfer::Augmentation;

/// Augments an image `(H, W, C)` in place. Outside the image the nearest edge pixel is repeated. `before` is
/// working memory.
///
/// # Panics
/// If the length of `image` differs from this shape.
pub fn augment(
    how: &Augmentation,
    image: &mut [f32],
    (height, width, channels): (usize, usize, usize),
    stream: &mut Stream,
    before: &mut Vec<f32>,
) {
    assert_eq!(image.len(), height * width * channels, "an image of this shape");
    // All random values are drawn, needed or not, so that one option does not change the values of the others.
    let mut even = |most: f32| (2.0 * unit(stream) - 1.0) * most;
    let (down, across) = (even(how.shift) * height as f32, even(how.shift) * width as f32);
    let (turn, contrast) = (even(how.rotation).to_radians(), 1.0 + even(how.contrast));
    let smaller = 1.0 - unit(stream) * how.crop;
    let (place_y, place_x) = (2.0 * unit(stream) - 1.0, 2.0 * unit(stream) - 1.0);
    let mirrored = unit(stream) < 0.5 && how.flip;
    let side = unit(stream) * how.cut_out * height.min(width) as f32;
    let (cut_y, cut_x) = (below(stream, height), below(stream, width));

    if down != 0.0 || across != 0.0 || turn != 0.0 || smaller != 1.0 || mirrored {
        before.clear();
        before.extend_from_slice(image);
        let (middle_y, middle_x) = ((height as f32 - 1.0) / 2.0, (width as f32 - 1.0) / 2.0);
        // The crop has a random position within the image.
        let at_y = middle_y + place_y * (1.0 - smaller) * height as f32 / 2.0 - down;
        let at_x = middle_x + place_x * (1.0 - smaller) * width as f32 / 2.0 - across;
        let (sine, cosine) = turn.sin_cos();
        for (place, pixel) in image.chunks_exact_mut(channels).enumerate() {
            let (y, x) = ((place / width) as f32 - middle_y, (place % width) as f32 - middle_x);
            let (y, x) = (y * smaller, if mirrored { -x * smaller } else { x * smaller });
            let (y, x) = (at_y + cosine * y - sine * x, at_x + sine * y + cosine * x);
            between(before, (height, width, channels), y, x, pixel);
        }
    }
    if contrast != 1.0 || side >= 1.0 {
        let mean = image.iter().sum::<f32>() / image.len() as f32;
        if contrast != 1.0 {
            image.iter_mut().for_each(|x| *x = mean + (*x - mean) * contrast);
        }
        if side >= 1.0 {
            let side = side as usize;
            let from = |at: usize| at.saturating_sub(side / 2);
            for y in from(cut_y)..(from(cut_y) + side).min(height) {
                let (first, last) = (from(cut_x), (from(cut_x) + side).min(width));
                image[(y * width + first) * channels..(y * width + last) * channels].fill(mean);
            }
        }
    }
}

/// Bilinear interpolation of the pixel at (`y`, `x`), written to `pixel`.
fn between(
    image: &[f32],
    (height, width, channels): (usize, usize, usize),
    y: f32,
    x: f32,
    pixel: &mut [f32],
) {
    let (y, x) = (y.clamp(0.0, height as f32 - 1.0), x.clamp(0.0, width as f32 - 1.0));
    let (top, left) = (y as usize, x as usize);
    let (bottom, right) = ((top + 1).min(height - 1), (left + 1).min(width - 1));
    let (y, x) = (y - top as f32, x - left as f32);
    let at = |row: usize, column: usize| &image[(row * width + column) * channels..][..channels];
    let corners = [at(top, left), at(top, right), at(bottom, left), at(bottom, right)];
    let fractions = [(1.0 - y) * (1.0 - x), (1.0 - y) * x, y * (1.0 - x), y * x];
    for (channel, pixel) in pixel.iter_mut().enumerate() {
        *pixel = corners.iter().zip(fractions).map(|(corner, fraction)| corner[channel] * fraction).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;

    const SHAPE: (usize, usize, usize) = (9, 9, 2);

    /// In the first channel a dot that is not in the centre, in the second a ramp.
    fn image() -> Vec<f32> {
        (0..81).flat_map(|i| [if i == 4 * 9 + 6 { 1.0 } else { 0.0 }, i as f32]).collect()
    }

    fn changed(augmentation: Augmentation, number: u64) -> Vec<f32> {
        augmentation.check().unwrap();
        let (mut image, mut room) = (image(), Vec::new());
        augment(&augmentation, &mut image, SHAPE, &mut rng::stream(1, "augment test", number), &mut room);
        image
    }

    /// The centre of mass of the dot after the augmentation, as row and column.
    fn dot(image: &[f32]) -> (f32, f32) {
        let total: f32 = image.iter().step_by(2).sum();
        let mean = |of: fn(usize) -> usize| {
            image.iter().step_by(2).enumerate().map(|(i, x)| of(i) as f32 * x).sum::<f32>() / total
        };
        (mean(|i| i / 9), mean(|i| i % 9))
    }

    #[test]
    fn nothing_changes_nothing_and_equal_streams_change_alike() {
        let none = Augmentation::default();
        assert!(none.is_none());
        assert_eq!(changed(none, 0), image());
        let all =
            Augmentation { shift: 0.1, flip: true, crop: 0.2, rotation: 20.0, contrast: 0.3, cut_out: 0.4 };
        assert_eq!(changed(all, 3), changed(all, 3));
        assert_ne!(changed(all, 3), changed(all, 4));
    }

    #[test]
    fn each_change_does_what_it_says() {
        let numbers = 0..200;
        let flip = Augmentation { flip: true, ..Augmentation::default() };
        let flipped = numbers.clone().filter(|&n| dot(&changed(flip, n)) == (4.0, 2.0)).count();
        assert!((60..140).contains(&flipped), "{flipped} of 200");
        let rotation = Augmentation { rotation: 45.0, ..Augmentation::default() };
        let shift = Augmentation { shift: 0.2, ..Augmentation::default() };
        let crop = Augmentation { crop: 0.5, ..Augmentation::default() };
        let (mut turned, mut moved, mut closer) = (0.0_f32, 0.0_f32, 0.0_f32);
        for n in numbers.clone() {
            let (y, x) = dot(&changed(rotation, n));
            // The dot keeps its distance from the centre.
            assert!(((y - 4.0).hypot(x - 4.0) - 2.0).abs() < 0.35, "{y} {x}");
            turned = turned.max((y - 4.0).abs());
            let (y, x) = dot(&changed(shift, n));
            assert!((y - 4.0).abs() <= 1.8 + 1e-3 && (x - 6.0).abs() <= 1.8 + 1e-3, "{y} {x}");
            moved = moved.max((y - 4.0).abs());
            closer = closer.max(changed(crop, n).iter().step_by(2).sum());
        }
        assert!(turned > 1.0 && moved > 1.0, "{turned} {moved}");
        // A crop to half the side makes the area of the dot four times as large.
        assert!(closer > 2.0 && closer < 4.1, "{closer}");
        let contrast = Augmentation { contrast: 0.5, ..Augmentation::default() };
        let spread = |image: &[f32]| image.iter().fold(0.0_f32, |most, &x| most.max(x));
        assert!(numbers.clone().any(|n| spread(&changed(contrast, n)) > 100.0));
        let cut = Augmentation { cut_out: 0.9, ..Augmentation::default() };
        assert!(numbers.clone().any(|n| changed(cut, n).iter().step_by(2).sum::<f32>() != 1.0));
    }
}
