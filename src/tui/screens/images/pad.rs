//! The pad: a grey image that the user draws, with the size of the session's images.

use crate::data::image::Image;

/// The side of the pad, in pixels, if the session does not say how large its images are.
const SIDE: u32 = 28;
/// The maximum side in pixels: nobody draws larger images pixel by pixel.
const LARGEST: u32 = 64;

/// The drawing and the position of the cursor.
#[derive(Debug, Clone, PartialEq)]
pub struct Pad {
    pub image: Image,
    /// The pixel under the cursor: column, row.
    pub at: (u32, u32),
    /// The radius of the brush in pixels, 0 to 2.
    pub brush: u32,
}

impl Pad {
    /// An empty pad for images of this size.
    pub fn new(size: Option<(u32, u32, u8)>) -> Pad {
        let (width, height) =
            size.map_or((SIDE, SIDE), |(w, h, _)| (w.clamp(1, LARGEST), h.clamp(1, LARGEST)));
        let pixels = vec![0; (width * height) as usize];
        let image = Image { width, height, channels: 1, pixels };
        Pad { image, at: (width / 2, height / 2), brush: 1 }
    }

    pub fn is_empty(&self) -> bool {
        self.image.pixels.iter().all(|pixel| *pixel == 0)
    }

    /// Moves the cursor within the pad.
    pub fn go(&mut self, right: i32, down: i32) {
        let within = |at: u32, by: i32, size: u32| at.saturating_add_signed(by).min(size - 1);
        let Image { width, height, .. } = self.image;
        self.at = (within(self.at.0, right, width), within(self.at.1, down, height));
    }

    /// Paints under the cursor with a soft edge, like a pen. No pixel becomes darker.
    pub fn paint(&mut self) {
        self.dab(|pixel, ink| pixel.max(ink));
    }

    /// Erases under the cursor.
    pub fn wipe(&mut self) {
        self.dab(|_, _| 0);
    }

    fn dab(&mut self, change: impl Fn(u8, u8) -> u8) {
        let radius = self.brush as i32;
        let reach = f64::from(radius) + 0.5;
        let (width, height) = (self.image.width as i32, self.image.height as i32);
        let (x, y) = (self.at.0 as i32, self.at.1 as i32);
        for row in (y - radius).max(0)..=(y + radius).min(height - 1) {
            for column in (x - radius).max(0)..=(x + radius).min(width - 1) {
                let far = f64::from((row - y).pow(2) + (column - x).pow(2)).sqrt();
                let ink = (255.0 * (reach + 0.5 - far).clamp(0.0, 1.0)) as u8;
                if ink > 0
                    && let Some(pixel) = self.image.pixels.get_mut((row * width + column) as usize)
                {
                    *pixel = change(*pixel, ink);
                }
            }
        }
    }

    /// Paints (or erases, with `wipe`) a straight stroke from the cursor to a pixel, and moves the cursor there.
    pub fn stroke(&mut self, to: (u32, u32), wipe: bool) {
        let from = self.at;
        let length = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
        for step in 0..=length {
            let on = |a: u32, b: u32| {
                let fraction = f64::from(step) / f64::from(length);
                (f64::from(a) + (f64::from(b) - f64::from(a)) * fraction).round() as u32
            };
            self.at = (on(from.0, to.0), on(from.1, to.1));
            if wipe { self.wipe() } else { self.paint() }
        }
    }

    /// Shifts the drawing. Pixels that leave the pad are lost.
    pub fn shift(&mut self, right: i32, down: i32) {
        let (width, height) = (self.image.width as i32, self.image.height as i32);
        let old = std::mem::take(&mut self.image.pixels);
        let pixel = |place: i32| {
            let (x, y) = (place % width - right, place / width - down);
            let inside = (0..width).contains(&x) && (0..height).contains(&y);
            if inside { old.get((y * width + x) as usize).copied().unwrap_or(0) } else { 0 }
        };
        self.image.pixels = (0..width * height).map(pixel).collect();
    }

    /// Erases the whole pad.
    pub fn clear(&mut self) {
        self.image.pixels.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_leave_no_gaps_and_stay_on_the_pad() {
        let mut pad = Pad::new(Some((8, 6, 1)));
        pad.brush = 0;
        pad.at = (0, 0);
        pad.stroke((7, 0), false);
        assert!(pad.image.pixels[..8].iter().all(|pixel| *pixel == 255) && pad.at == (7, 0));
        assert!(pad.image.pixels[8..].iter().all(|pixel| *pixel == 0));
        pad.go(50, -50);
        assert_eq!(pad.at, (7, 0));
        pad.brush = 2;
        pad.paint();
        pad.shift(0, 1);
        assert!(pad.image.pixels[..8].iter().all(|pixel| *pixel == 0) && pad.image.pixels[8] == 255);
        pad.shift(100, 0);
        assert!(pad.is_empty());
    }

    #[test]
    fn what_was_painted_can_be_wiped() {
        let mut pad = Pad::new(None);
        assert_eq!((pad.image.width, pad.image.pixels.len()), (28, 784));
        pad.paint();
        assert!(!pad.is_empty());
        pad.wipe();
        assert!(pad.is_empty());
    }
}
