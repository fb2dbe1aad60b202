//! Resizes and normalises an image for a network.
//!
//! The fit matters: a network trained on MNIST classifies a sixth more of USPS' digits correctly if they get the
//! shape and margin of MNIST's digits than if they fill the square.

use serde::{Deserialize, Serialize};

use crate::data::image::Image;
use crate::data::images::scale::scaled;
use crate::dispatched;
use crate::error::{Error, Result};
use crate::session::image_transfer::Fit;

/// The preparation of images for a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Preparation {
    /// The image height that the network takes, in pixels.
    pub height: usize,
    /// The image width that the network takes, in pixels.
    pub width: usize,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// How an image of another size or shape is fitted to this one.
    pub fit: Fit,
    /// Whether drawings that are dark on a light background are inverted to light on dark, as in MNIST.
    pub light_on_dark: bool,
    /// The mean of each channel, which is subtracted from pixels in 0..1.
    pub mean: [f32; 3],
    /// The standard deviation of each channel, by which the result is divided.
    pub deviation: [f32; 3],
}

dispatched! {
    /// Writes pixels in 0..255 with the mean and the standard deviation of pixels in 0..1.
    fn normalise<T>(pixels: &[T], mean: &[T], deviation: &[T], out: &mut [T]) {
        let most = T::of(255.0);
        for (((out, &p), &mean), &deviation) in out.iter_mut().zip(pixels).zip(mean).zip(deviation) {
            *out = (p / most - mean) / deviation;
        }
    }
}

impl Default for Preparation {
    /// 28 × 28 grey pixels in 0..1.
    fn default() -> Self {
        Preparation {
            height: 28,
            width: 28,
            channels: 1,
            fit: Fit::Stretch,
            light_on_dark: false,
            mean: [0.0; 3],
            deviation: [1.0; 3],
        }
    }
}

impl Preparation {
    /// Photos of 224 × 224 as torchvision's networks expect them (ResNet, SqueezeNet, MobileNetV2).
    pub fn torchvision() -> Self {
        Preparation {
            height: 224,
            width: 224,
            channels: 3,
            fit: Fit::Crop { shorter: 256 },
            mean: [0.485, 0.456, 0.406],
            deviation: [0.229, 0.224, 0.225],
            ..Preparation::default()
        }
    }

    /// Photos of `side` × `side` as EfficientNet-Lite expects them: `(p - 127) / 128`, p in 0..255.
    pub fn efficientnet_lite(side: usize) -> Self {
        Preparation {
            height: side,
            width: side,
            channels: 3,
            fit: Fit::Crop { shorter: side + 32 },
            mean: [127.0 / 255.0; 3],
            deviation: [128.0 / 255.0; 3],
            ..Preparation::default()
        }
    }

    /// Checks the values.
    ///
    /// # Errors
    /// When a size is 0 or too large, the channels are not 1 or 3, the mean is not finite, a deviation is not
    /// positive and finite, an inner side is longer than the image, or a centre crop is larger than the scaled image.
    pub fn check(&self) -> Result<()> {
        let wrong = |problem: String, remedy: &str| Err(Error::request(problem, remedy));
        let (shorter, longer) = (self.height.min(self.width), self.height.max(self.width));
        if shorter == 0 || longer > 4096 {
            let problem = format!("images of {} × {} pixels", self.height, self.width);
            return wrong(problem, "1 to 4096 are possible each way");
        }
        if !matches!(self.channels, 1 | 3) {
            return wrong(
                format!("images of {} channels", self.channels),
                "1 (grey) or 3 (colour) are possible",
            );
        }
        let values = self.mean.iter().chain(&self.deviation);
        if values.into_iter().any(|x| !x.is_finite()) || self.deviation.iter().any(|&d| d <= 0.0) {
            return wrong("mean and deviation of pixels are not usable".into(), "deviations are above 0");
        }
        match self.fit {
            Fit::Padded { inner } if inner == 0 || inner > shorter => {
                wrong(format!("an inner side of {inner} pixels"), &format!("1 to {shorter} are possible"))
            }
            Fit::Crop { shorter } if shorter < longer || shorter > 8192 => {
                let problem = format!("a middle of {longer} pixels cut out of {shorter}");
                wrong(problem, &format!("scale the shorter side to {longer} to 8192"))
            }
            _ => Ok(()),
        }
    }

    /// The same preparation, after which the pixels of `images` have mean 0 and standard deviation 1 in each channel. Of many
    /// images, 2,000 in equal steps are measured.
    pub fn normalised(self, images: &[Image]) -> Preparation {
        const MOST: usize = 2_000;
        let plain = Preparation { mean: [0.0; 3], deviation: [1.0; 3], ..self };
        let (mut sums, mut squares, mut count) = ([0.0_f64; 3], [0.0_f64; 3], 0.0);
        let mut pixels = vec![0.0; plain.len()];
        for image in images.iter().step_by(images.len().div_ceil(MOST).max(1)) {
            plain.prepare(image, &mut pixels);
            count += (plain.height * plain.width) as f64;
            for pixel in pixels.chunks_exact(plain.channels) {
                for (channel, &value) in pixel.iter().enumerate() {
                    sums[channel] += f64::from(value);
                    squares[channel] += f64::from(value) * f64::from(value);
                }
            }
        }
        if count == 0.0 {
            return plain;
        }
        let mean = sums.map(|sum| sum / count);
        let deviation = |channel: usize| {
            let deviation = (squares[channel] / count - mean[channel] * mean[channel]).max(0.0).sqrt();
            // Pixels that are all alike stay as they are.
            if deviation > 1e-3 { deviation as f32 } else { 1.0 }
        };
        let deviation = std::array::from_fn(deviation);
        Preparation { mean: mean.map(|mean| mean as f32), deviation, ..plain }
    }

    /// The number of values of a prepared image.
    pub fn len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Whether a prepared image has no values. This is false after [`check`](Self::check).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The side to which photos may be reduced when they are read, without a loss for this preparation.
    pub fn bound(&self) -> u32 {
        let side = match self.fit {
            Fit::Crop { shorter } => shorter,
            _ => 2 * self.height.max(self.width),
        };
        side as u32
    }

    /// Writes the prepared image to `out`, `(height, width, channels)`.
    ///
    /// # Panics
    /// If the length of `out` differs from [`Preparation::len`].
    pub fn prepare(&self, image: &Image, out: &mut [f32]) {
        assert_eq!(out.len(), self.len(), "room for a prepared image");
        if let Some(middle) = self.middle(image) {
            return self.prepare(&middle, out);
        }
        let (height, width, _) = image.shape();
        let size = self.size(height, width);
        let pixels = self.in_channels(image, size);
        let background = self.background(image);
        let turned = self.light_on_dark && background.iter().sum::<f32>() > 127.5 * background.len() as f32;
        // The offset of the scaled image in the frame, per axis; negative if the image is cut.
        let offset = |frame: usize, side: usize| match side <= frame {
            true => ((frame - side) / 2) as isize,
            // torchvision rounds half to even.
            false => -(((side - frame) as f64 / 2.0).round_ties_even() as isize),
        };
        let (top, left) = (offset(self.height, size.0), offset(self.width, size.1));
        let channels = self.channels;
        let line = self.width * channels;
        let repeated = |of: [f32; 3]| of[..channels].repeat(self.width);
        let (mean, deviation) = (repeated(self.mean), repeated(self.deviation));
        let background = background.repeat(self.width);
        let mut pixels_of_row = vec![0.0; line];
        // The columns of the frame that the image covers, and the first column of the image among them.
        let first = left.clamp(0, self.width as isize) as usize;
        let end = (left + size.1 as isize).clamp(first as isize, self.width as isize) as usize;
        let column = (first as isize - left) as usize;
        for (y, out) in out.chunks_exact_mut(line).enumerate() {
            pixels_of_row.copy_from_slice(&background);
            let y = y as isize - top;
            if (0..size.0 as isize).contains(&y) && first < end {
                let row = &pixels[(y as usize * size.1 + column) * channels..][..(end - first) * channels];
                pixels_of_row[first * channels..end * channels].copy_from_slice(row);
            }
            if turned {
                pixels_of_row.iter_mut().for_each(|p| *p = 255.0 - *p);
            }
            normalise(&pixels_of_row, &mean, &deviation, out);
        }
    }

    /// The centre of a very long strip. Otherwise all of it would be scaled, which needs much memory, and then mostly
    /// cut off.
    fn middle(&self, image: &Image) -> Option<Image> {
        const LONGEST: usize = 16;
        let (height, width, channels) = image.shape();
        let longest = height.min(width) * LONGEST;
        if !matches!(self.fit, Fit::Crop { .. }) || height.max(width) <= longest {
            return None;
        }
        let (down, across) = (height.min(longest), width.min(longest));
        let (top, left) = ((height - down) / 2, (width - across) / 2);
        let row = |y: usize| &image.pixels[((top + y) * width + left) * channels..][..across * channels];
        let pixels = (0..down).flat_map(row).copied().collect();
        Some(Image { width: across as u32, height: down as u32, pixels, ..*image })
    }

    /// The height and width to which an image is scaled.
    fn size(&self, height: usize, width: usize) -> (usize, usize) {
        let by = |ratio: f64| {
            let side = |from: usize| ((from as f64 * ratio).round() as usize).max(1);
            (side(height), side(width))
        };
        match self.fit {
            Fit::Stretch => (self.height, self.width),
            Fit::Within => {
                let ratio = (self.height as f64 / height as f64).min(self.width as f64 / width as f64);
                let (down, across) = by(ratio);
                (down.min(self.height), across.min(self.width))
            }
            Fit::Padded { inner } => by(inner as f64 / height.max(width) as f64),
            // torchvision truncates the length of the longer side.
            Fit::Crop { shorter } => {
                let least = height.min(width);
                (height * shorter / least, width * shorter / least)
            }
        }
    }

    /// The image in the network's number of channels, scaled to `size`.
    fn in_channels(&self, image: &Image, size: (usize, usize)) -> Vec<f32> {
        let (height, width, channels) = image.shape();
        let one = scaled(&image.pixels, (height, width, channels), size);
        match (channels, self.channels) {
            (3, 1) => one.chunks_exact(3).map(luminance).collect(),
            (1, 3) => one.into_iter().flat_map(|p| [p; 3]).collect(),
            _ => one,
        }
    }

    /// The background colour, from the border of the image: the most frequent grey, or the median of each colour
    /// channel.
    fn background(&self, image: &Image) -> Vec<f32> {
        let (height, width, channels) = image.shape();
        let mut counts = vec![[0_u32; 256]; channels];
        for y in 0..height {
            let inner = y > 0 && y + 1 < height && width > 1;
            let step = if inner { width - 1 } else { 1 };
            for x in (0..width).step_by(step) {
                let pixel = &image.pixels[(y * width + x) * channels..][..channels];
                counts.iter_mut().zip(pixel).for_each(|(counts, &p)| counts[usize::from(p)] += 1);
            }
        }
        let most = |counts: &[u32; 256]| (0..256).max_by_key(|&p| (counts[p], 255 - p)).unwrap_or(0);
        let middle = |counts: &[u32; 256]| {
            let half = counts.iter().sum::<u32>().div_ceil(2);
            let mut below = 0;
            let reached = |&p: &usize| {
                below += counts[p];
                below >= half
            };
            (0..256).find(reached).unwrap_or(0)
        };
        let colour: Vec<f32> = match channels {
            1 => vec![most(&counts[0]) as f32],
            _ => counts.iter().map(|counts| middle(counts) as f32).collect(),
        };
        match (channels, self.channels) {
            (3, 1) => vec![luminance(&colour)],
            (1, 3) => vec![colour[0]; 3],
            _ => colour,
        }
    }
}

/// The luminance of a colour (ITU-R BT.601, as in Pillow and torchvision).
fn luminance(colour: &[f32]) -> f32 {
    0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(height: u32, width: u32, pixel: impl Fn(u32, u32) -> u8) -> Image {
        let pixels = (0..height * width).map(|i| pixel(i / width, i % width)).collect();
        Image { width, height, channels: 1, pixels }
    }

    fn prepared(preparation: &Preparation, image: &Image) -> Vec<f32> {
        preparation.check().unwrap();
        let mut out = vec![f32::NAN; preparation.len()];
        preparation.prepare(image, &mut out);
        assert!(out.iter().all(|x| x.is_finite()));
        out
    }

    fn sized(height: usize, width: usize, fit: Fit) -> Preparation {
        Preparation { height, width, fit, ..Preparation::default() }
    }

    #[test]
    fn pixels_are_normalised_by_those_of_the_training_images() {
        let images: Vec<Image> =
            (0..5).map(|i| grey(28, 28, |y, x| (7 * y + 5 * x + 11 * i) as u8)).collect();
        let normalised = Preparation::default().normalised(&images);
        let all: Vec<f64> =
            images.iter().flat_map(|image| prepared(&normalised, image)).map(f64::from).collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let variance = all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / all.len() as f64;
        assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-4, "{mean} {variance}");
        // It does not depend on an earlier mean. Images without any contrast keep their scale, and none change nothing.
        assert_eq!(normalised.clone().normalised(&images), normalised);
        let flat = Preparation::default().normalised(&[grey(28, 28, |_, _| 51)]);
        assert_eq!((flat.mean[0], flat.deviation[0]), (0.2, 1.0));
        assert_eq!(Preparation::default().normalised(&[]), Preparation::default());
    }

    #[test]
    fn the_layout_of_mnist_keeps_shape_and_margin() {
        // As for USPS: 16 is scaled to 20, with a margin of 4 pixels on all sides.
        let full = grey(16, 16, |y, x| if y == 0 && x == 0 { 0 } else { 255 });
        let out = prepared(&sized(28, 28, Fit::Padded { inner: 20 }), &full);
        let lit: Vec<usize> = (0..28 * 28).filter(|&i| out[i] < 1.0).collect();
        // Only the dark corner differs from the white background. It covers two pixels per axis by bilinear
        // interpolation.
        assert_eq!(lit, [4 * 28 + 4, 4 * 28 + 5, 5 * 28 + 4, 5 * 28 + 5]);
        // A narrow shape stays narrow.
        let narrow = grey(10, 5, |_, x| if x == 2 { 200 } else { 0 });
        let out = prepared(&sized(28, 28, Fit::Padded { inner: 20 }), &narrow);
        let row =
            |y: usize| out[y * 28..][..28].iter().map(|p| (p * 255.0).round() as u8).collect::<Vec<_>>();
        let expected: Vec<u8> = [vec![0; 12], vec![50, 150, 150, 50], vec![0; 12]].concat();
        for y in 0..28 {
            assert_eq!(row(y), if (4..24).contains(&y) { expected.clone() } else { vec![0; 28] });
        }
        let out = prepared(&sized(6, 12, Fit::Within), &grey(10, 10, |y, _| if y == 0 { 1 } else { 255 }));
        assert!(out[..3].iter().all(|&p| p == 1.0) && out[3] < 0.7 && out[9] == 1.0, "{out:?}");
    }

    #[test]
    fn photos_are_cut_as_torchvision_cuts_them() {
        // Resize(4) of 8 × 11 is 4 × 5; CenterCrop(2) begins at 1 and at round(1.5) = 2.
        let preparation = sized(2, 2, Fit::Crop { shorter: 4 });
        assert_eq!(preparation.size(8, 11), (4, 5));
        let out = prepared(&preparation, &grey(4, 5, |y, x| (10 * y + x) as u8));
        let values: Vec<u32> = out.iter().map(|p| (p * 255.0).round() as u32).collect();
        assert_eq!(values, [12, 13, 22, 23]);
        let lite = Preparation::efficientnet_lite(224);
        assert_eq!(lite.bound(), 256);
        let photo = Image { width: 300, height: 260, channels: 3, pixels: vec![255; 300 * 260 * 3] };
        let out = prepared(&lite, &photo);
        assert!(out.iter().all(|&p| (p - 1.0).abs() < 1e-6));
        let out = prepared(&Preparation::torchvision(), &photo);
        for (p, expected) in out.iter().zip([2.248_908_3, 2.428_571_4, 2.64]) {
            assert!((p - expected).abs() < 1e-5, "{p}");
        }
    }

    #[test]
    fn grey_becomes_colour_and_colour_grey() {
        let red = Image { width: 2, height: 1, channels: 3, pixels: vec![255, 0, 0, 0, 0, 255] };
        let out = prepared(&sized(1, 2, Fit::Stretch), &red);
        assert!((out[0] - 0.299).abs() < 1e-6 && (out[1] - 0.114).abs() < 1e-6);
        let colour = Preparation { channels: 3, ..sized(1, 2, Fit::Stretch) };
        assert_eq!(prepared(&colour, &grey(1, 2, |_, x| 255 * x as u8)), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn drawings_on_paper_become_light_on_dark() {
        let turned = Preparation { light_on_dark: true, ..sized(6, 6, Fit::Padded { inner: 4 }) };
        let ink = |y, x| (1..3).contains(&y) && (1..3).contains(&x);
        let dark = prepared(&turned, &grey(4, 4, |y, x| if ink(y, x) { 0 } else { 255 }));
        let light = prepared(&turned, &grey(4, 4, |y, x| if ink(y, x) { 255 } else { 0 }));
        assert_eq!(dark, light);
        assert_eq!((dark[0], dark[2 * 6 + 2]), (0.0, 1.0));
    }

    #[test]
    fn impossible_wishes_are_refused_and_strange_shapes_are_not() {
        for (wish, expected) in [
            (sized(0, 28, Fit::Stretch), "0 × 28"),
            (Preparation { channels: 2, ..Preparation::default() }, "2 channels"),
            (Preparation { deviation: [1.0, 0.0, 1.0], ..Preparation::default() }, "deviations are above 0"),
            (sized(28, 28, Fit::Padded { inner: 29 }), "inner side of 29"),
            (sized(28, 28, Fit::Crop { shorter: 20 }), "28 pixels cut out of 20"),
        ] {
            let error = wish.check().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        for fit in [Fit::Stretch, Fit::Within, Fit::Padded { inner: 20 }, Fit::Crop { shorter: 28 }] {
            for (height, width) in [(1, 1), (1, 300), (30_000, 1), (2, 3)] {
                let out = prepared(&sized(28, 28, fit), &grey(height, width, |_, _| 255));
                assert!(out.iter().all(|&p| (p - 1.0).abs() < 1e-5), "{fit:?} of {height} × {width}");
            }
        }
    }

    #[test]
    fn a_recipe_can_say_it_in_few_words() {
        let read: Preparation = ron::from_str("(fit: Padded(inner: 20), light_on_dark: true)").unwrap();
        assert_eq!(read, Preparation { light_on_dark: true, ..sized(28, 28, Fit::Padded { inner: 20 }) });
        let written = ron::to_string(&read).unwrap();
        assert_eq!(ron::from_str::<Preparation>(&written).unwrap(), read);
        assert!(ron::from_str::<Preparation>("(fit: Padded(outer: 20))").is_err());
    }
}
