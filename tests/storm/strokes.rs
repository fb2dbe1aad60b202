//! Tiny images for a session: strokes of four directions, as IDX files.

use std::fs;
use std::path::Path;

use crate::random::Random;

/// Pixels of a side.
pub const SIDE: usize = 12;

/// Writes `each` images of each of `classes` as `<name>-images-idx3-ubyte` and their labels in `folder`.
pub fn write(folder: &Path, name: &str, classes: std::ops::Range<u8>, each: usize) {
    let mut random = Random::of(name, 0);
    let count = (classes.len() * each) as u32;
    let mut pixels = header(3, &[count, SIDE as u32, SIDE as u32]);
    let mut labels = header(1, &[count]);
    for _ in 0..each {
        for class in classes.clone() {
            pixels.extend(image(class, &mut random));
            labels.push(class);
        }
    }
    fs::write(folder.join(format!("{name}-images-idx3-ubyte")), pixels).unwrap();
    fs::write(folder.join(format!("{name}-labels-idx1-ubyte")), labels).unwrap();
}

fn header(dimensions: u8, sizes: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dimensions];
    sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
    bytes
}

/// A stroke of the class's direction on a noisy ground.
fn image(class: u8, random: &mut Random) -> Vec<u8> {
    let mut pixels: Vec<u8> = (0..SIDE * SIDE).map(|_| random.below(60) as u8).collect();
    let (y, x) = (4 + random.below(4), 4 + random.below(4));
    for step in 0..7 {
        let (down, across) = match class {
            0 => (3, step),
            1 => (step, 3),
            2 => (step, step),
            _ => (step, 6 - step),
        };
        pixels[(y + down - 3) * SIDE + x + across - 3] = 200 + random.below(55) as u8;
    }
    pixels
}
