//! Resizing of images.
//!
//! One filter both enlarges and reduces: a triangle, as wide as a source pixel if the image is enlarged, as wide as a
//! destination pixel if it is reduced, with its weights normalised at the edges. For enlarging this is PyTorch's
//! bilinear interpolation with `align_corners=False`. For reducing it is the same with `antialias=True`, and the
//! resizing of Pillow and torchvision without their rounding to integers. It is our own code, so that the bits are
//! the same on every processor.

use crate::dispatched;

/// The source rows or columns of one destination row or column: the index of the first, and the weights from there
/// on.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

/// The weights for `from` source pixels and `to` destination pixels.
fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    let reach = scale.max(1.0);
    (0..to)
        .map(|at| {
            let centre = scale * (at as f64 + 0.5);
            let first = (centre - reach + 0.5).max(0.0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(from);
            let weight = |i: usize| (1.0 - ((i as f64 - centre + 0.5) / reach).abs()).max(0.0);
            let sum: f64 = (first..end).map(weight).sum();
            Taps { first, weights: (first..end).map(|i| (weight(i) / sum) as f32).collect() }
        })
        .collect()
}

/// Resizes `pixels` `(height, width, channels)` to the height and width `to`. No side may be 0.
pub fn scaled<T: Copy + Into<f32>>(
    pixels: &[T],
    (height, width, channels): (usize, usize, usize),
    to: (usize, usize),
) -> Vec<f32> {
    debug_assert_eq!(pixels.len(), height * width * channels);
    if (height, width) == to {
        return pixels.iter().map(|&p| p.into()).collect();
    }
    let line = width * channels;
    let columns = taps(width, to.1);
    let mut out = vec![0.0_f32; to.0 * to.1 * channels];
    let mut row = vec![0.0_f32; line];
    let mut source = vec![0.0_f32; line];
    // First the vertical direction, as sums of whole rows; then the horizontal direction.
    for (down, out) in taps(height, to.0).iter().zip(out.chunks_exact_mut(to.1 * channels)) {
        row.fill(0.0);
        for (i, &weight) in down.weights.iter().enumerate() {
            let pixels = &pixels[(down.first + i) * line..][..line];
            source.iter_mut().zip(pixels).for_each(|(source, &p)| *source = p.into());
            add_row(weight, &source, &mut row);
        }
        match channels {
            1 => across::<1>(&columns, &row, out),
            3 => across::<3>(&columns, &row, out),
            _ => unreachable!("an image has one or three channels"),
        }
    }
    out
}

dispatched! {
    /// sum += weight * x, each operation rounded on its own, so that the bits are the same on every processor.
    fn add_row<T>(weight: T, x: &[T], sum: &mut [T]) {
        for (sum, &x) in sum.iter_mut().zip(x) {
            *sum += weight * x;
        }
    }
}

/// Resizes a row of pixels of C channels. `out` is zero before.
fn across<const C: usize>(columns: &[Taps], row: &[f32], out: &mut [f32]) {
    let pixels = row.as_chunks::<C>().0;
    for (taps, out) in columns.iter().zip(out.as_chunks_mut::<C>().0) {
        for (&weight, pixel) in taps.weights.iter().zip(&pixels[taps.first..]) {
            for (sum, &p) in out.iter_mut().zip(pixel) {
                *sum += weight * p;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(n: usize) -> Vec<u8> {
        (0..n).map(|i| ((i * 7919 + 13) % 256) as u8).collect()
    }

    fn assert_near(actual: &[f32], expected: &[f32]) {
        assert_eq!(actual.len(), expected.len());
        for (i, (a, e)) in actual.iter().zip(expected).enumerate() {
            assert!((a - e).abs() < 1e-3, "{i}: {a} and not {e}");
        }
    }

    // x = torch.tensor([(i * 7919 + 13) % 256 for i in range(n)], dtype=torch.float32).reshape(1, 1, h, w)
    // F.interpolate(x, size=..., mode="bilinear", align_corners=False, antialias=...)

    #[test]
    fn growing_is_bilinear_as_in_pytorch() {
        let expected = [
            13.0,
            149.571_43,
            247.142_85,
            235.0,
            222.857_13,
            210.714_28,
            201.0,
            98.5,
            161.928_57,
            204.642_85,
            192.5,
            180.357_15,
            168.214_28,
            158.5,
            169.833_33,
            160.119_03,
            147.976_18,
            135.833_33,
            123.690_46,
            111.547_615,
            101.833_336,
            113.166_664,
            103.452_38,
            91.309_52,
            79.166_664,
            67.023_8,
            54.880_947,
            45.166_664,
            56.5,
            119.928_57,
            162.642_85,
            150.5,
            138.357_13,
            126.214_29,
            116.5,
            14.0,
            150.571_43,
            248.142_85,
            236.0,
            223.857_13,
            211.714_28,
            202.0,
        ];
        assert_near(&scaled(&ramp(20), (4, 5, 1), (6, 7)), &expected);
    }

    #[test]
    fn shrinking_is_antialiased_as_in_pytorch() {
        let expected = [
            132.840_82,
            167.588_24,
            134.171_43,
            104.390_23,
            157.553_8,
            141.693_37,
            110.306_6,
            133.746_06,
            162.327_53,
            117.828_575,
            96.458_824,
            130.130_62,
        ];
        assert_near(&scaled(&ramp(63), (9, 7, 1), (4, 3)), &expected);
        // Reduced in height and enlarged in width; the last row.
        let expected = [
            132.400_01,
            121.066_67,
            107.844_444,
            94.622_22,
            81.4,
            107.999_99,
            106.155_556,
            124.628_586,
            176.685_71,
        ];
        assert_near(&scaled(&ramp(63), (9, 7, 1), (4, 9))[27..], &expected);
    }

    #[test]
    fn channels_stay_apart_and_the_same_size_is_a_copy() {
        let grey = ramp(30);
        let colour: Vec<u8> = grey.iter().flat_map(|&p| [p, 255 - p, 7]).collect();
        let (one, three) = (scaled(&grey, (5, 6, 1), (3, 9)), scaled(&colour, (5, 6, 3), (3, 9)));
        for (p, pixel) in one.iter().zip(three.chunks_exact(3)) {
            assert_near(pixel, &[*p, 255.0 - p, 7.0]);
        }
        assert_eq!(scaled(&[1_u8, 2], (1, 2, 1), (1, 2)), [1.0, 2.0]);
    }
}
