//! Distorts the image of a letter so that it resembles handwriting: rotation up to 20°, slant, aspect ratio, shift,
//! smooth elastic deformation over a quarter of the image, pen width, blur, contrast and noise.

use crate::data::image::Image;
use crate::data::images::scale::scaled;
use crate::rng::{Stream, below, normal, unit};

use super::fonts::{SIDE, Stamp};

/// The side of a drawing in pixels.
pub const DRAWN: usize = 28;

/// Pixels between the nodes of the deformation grid.
const GRID: usize = 7;
/// The number of nodes along a side: those in the image, one before and two after them.
const NODES: usize = DRAWN / GRID + 4;
/// The number of samples per pixel along each axis.
const FINE: usize = 3;

/// A uniform random number between two values.
fn between(stream: &mut Stream, least: f32, most: f32) -> f32 {
    least + (most - least) * unit(stream)
}

/// Draws a distorted letter.
pub fn drawn(stamp: &Stamp, stream: &mut Stream) -> Image {
    let thickened =
        if below(stream, 3) == 0 { thickened(stamp, 1 + below(stream, 4)) } else { stamp.clone() };
    let mut light = placed(&thickened, stream);
    if below(stream, 3) == 0 {
        blur(&mut light, between(stream, 0.4, 1.0));
    }
    if below(stream, 2) == 0 {
        let coarse = 7 + below(stream, 8);
        let small = scaled(&light, (DRAWN, DRAWN, 1), (coarse, coarse));
        light = scaled(&small, (coarse, coarse, 1), (DRAWN, DRAWN));
    }
    // Blur makes thin lines pale. Therefore the contrast is relative to the brightest pixel.
    let lightest = light.iter().copied().fold(0.01, f32::max);
    let (contrast, noise) = (between(stream, 0.7, 1.0), between(stream, 0.0, 0.08));
    let pixel = |light: f32| {
        let p = light / lightest * contrast + noise * normal(stream) as f32;
        (p.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
    };
    let pixels = light.into_iter().map(pixel).collect();
    Image { width: DRAWN as u32, height: DRAWN as u32, channels: 1, pixels }
}

/// The stamp drawn with a pen that is `more` pixels thicker.
fn thickened(stamp: &Stamp, more: usize) -> Stamp {
    let (width, height) = (stamp.width + more, stamp.height + more);
    // First horizontally, then vertically: each pixel gets the most ink that the pen covers.
    let mut across = vec![0.0_f32; width * stamp.height];
    for (row, out) in stamp.ink.chunks_exact(stamp.width).zip(across.chunks_exact_mut(width)) {
        for shift in 0..=more {
            out[shift..].iter_mut().zip(row).for_each(|(out, &ink)| *out = out.max(ink));
        }
    }
    let mut ink = vec![0.0_f32; width * height];
    for shift in 0..=more {
        let moved = ink[shift * width..].iter_mut().zip(&across);
        moved.for_each(|(out, &ink)| *out = out.max(ink));
    }
    Stamp { width, height, ink }
}

/// The stamp after rotation, slant, aspect ratio, shift and deformation, in an image.
fn placed(stamp: &Stamp, stream: &mut Stream) -> Vec<f32> {
    let turn = between(stream, -20.0, 20.0).to_radians();
    let (slant, aspect) = (between(stream, -0.4, 0.4), between(stream, 0.65, 1.25));
    let longest = between(stream, 16.0, 26.0);
    // The map from the stamp to the image: aspect ratio, slant, rotation, and scaling to `longest`.
    let (sine, cosine) = turn.sin_cos();
    let forward = [cosine * aspect, cosine * slant - sine, sine * aspect, sine * slant + cosine];
    let (half_width, half_height) = (stamp.width as f32 / 2.0, stamp.height as f32 / 2.0);
    let reach = |a: f32, b: f32| 2.0 * ((a * half_width).abs() + (b * half_height).abs());
    let size = reach(forward[0], forward[1]).max(reach(forward[2], forward[3])).max(SIDE / 4.0);
    let forward = forward.map(|x| x * longest / size);
    let determinant = forward[0] * forward[3] - forward[1] * forward[2];
    let back = [forward[3], -forward[1], -forward[2], forward[0]].map(|x| x / determinant);

    let room = ((DRAWN as f32 - longest) / 2.0).min(2.0);
    let (right, down) = (between(stream, -room, room), between(stream, -room, room));
    let bent = between(stream, 0.0, 1.6);
    let mut grid = [[[0.0_f32; 2]; NODES]; NODES];
    grid.iter_mut().flatten().flatten().for_each(|node| *node = bent * normal(stream) as f32);

    let middle = DRAWN as f32 / 2.0;
    let mut out = Vec::with_capacity(DRAWN * DRAWN);
    for y in 0..DRAWN {
        for x in 0..DRAWN {
            let [off_x, off_y] = bend(&grid, y, x);
            let mut sum = 0.0;
            for fine in 0..FINE * FINE {
                let step = |at: usize| (at as f32 + 0.5) / FINE as f32;
                let x = x as f32 + step(fine % FINE) - middle - right + off_x;
                let y = y as f32 + step(fine / FINE) - middle - down + off_y;
                sum +=
                    stamp.at(back[0] * x + back[1] * y + half_width, back[2] * x + back[3] * y + half_height);
            }
            out.push(sum / (FINE * FINE) as f32);
        }
    }
    out
}

/// The displacement of a pixel: a cubic B-spline between the nodes of the grid.
fn bend(grid: &[[[f32; 2]; NODES]; NODES], y: usize, x: usize) -> [f32; 2] {
    let spline = |at: usize| {
        let t = (at % GRID) as f32 / GRID as f32;
        let (square, cube) = (t * t, t * t * t);
        let before = (1.0 - t).powi(3);
        [before, 3.0 * cube - 6.0 * square + 4.0, -3.0 * cube + 3.0 * square + 3.0 * t + 1.0, cube]
            .map(|w| w / 6.0)
    };
    let (down, across) = (spline(y), spline(x));
    let mut sum = [0.0; 2];
    for (weight, row) in down.iter().zip(&grid[y / GRID..]) {
        for (fraction, node) in across.iter().zip(&row[x / GRID..]) {
            sum[0] += weight * fraction * node[0];
            sum[1] += weight * fraction * node[1];
        }
    }
    sum
}

impl Stamp {
    /// The interpolated ink at a point between pixel centres; zero outside the stamp.
    fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        if left < -1.0 || top < -1.0 || left >= self.width as f32 || top >= self.height as f32 {
            return 0.0;
        }
        let (right, below) = (x - left, y - top);
        let (left, top) = (left as isize, top as isize);
        let ink = |x: isize, y: isize| {
            let inside = x >= 0 && y >= 0 && x < self.width as isize && y < self.height as isize;
            if inside { self.ink[y as usize * self.width + x as usize] } else { 0.0 }
        };
        let upper = ink(left, top) * (1.0 - right) + ink(left + 1, top) * right;
        let lower = ink(left, top + 1) * (1.0 - right) + ink(left + 1, top + 1) * right;
        upper * (1.0 - below) + lower * below
    }
}

/// Blurs a drawing with a Gaussian of this width.
fn blur(light: &mut Vec<f32>, width: f32) {
    const REACH: isize = 3;
    let weights: Vec<f32> =
        (-REACH..=REACH).map(|i| (-((i * i) as f32) / (2.0 * width * width)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    // Neighbours are one pixel apart in a row, and one row apart in a column.
    for apart in [1, DRAWN] {
        let mut out = Vec::with_capacity(light.len());
        for at in 0..DRAWN * DRAWN {
            let place = at / apart % DRAWN;
            let first = at - place * apart;
            let weighed = (-REACH..=REACH).zip(&weights).map(|(step, weight)| {
                let from = place as isize + step;
                let inside = (0..DRAWN as isize).contains(&from);
                if inside { weight * light[first + from as usize * apart] } else { 0.0 }
            });
            out.push(weighed.sum::<f32>() / sum);
        }
        *light = out;
    }
}
