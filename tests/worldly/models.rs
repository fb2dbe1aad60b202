//! Images, models and weights for the cases.

use std::io::Cursor;
use std::sync::Arc;

use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::Deserialize;

use warmstart::models::image_network::{ImageNetwork, architectures, weights};
use warmstart::nn::convolution::Shape;
use warmstart::session::architecture::Architecture;
use warmstart::vision::Preparation;

/// A kind of image file.
#[derive(Deserialize, Clone, Copy)]
pub enum Image {
    Png,
    Jpeg,
    Bmp,
    WebP,
    Pnm,
}

/// A kind of number in weights.
#[derive(Deserialize, Clone, Copy, PartialEq)]
pub enum Numbers {
    F16,
    Bf16,
    F32,
    F64,
    /// What no weights are.
    I32,
}

fn written(side: u32, shade: usize, format: ImageFormat) -> Vec<u8> {
    let image = GrayImage::from_fn(side, side, |x, y| Luma([(x * 7 + y * 13 + shade as u32 * 29) as u8]));
    // Not every format has grey.
    let image =
        if format == ImageFormat::WebP { DynamicImage::from(image).into_rgb8().into() } else { image.into() };
    let mut out = Cursor::new(Vec::new());
    DynamicImage::write_to(&image, &mut out, format).unwrap();
    out.into_inner()
}

/// The small PNG image with this number.
pub fn png(number: usize) -> Vec<u8> {
    written(8, number, ImageFormat::Png)
}

/// An image so many pixels wide and high.
pub fn image(kind: Image, side: u32) -> Vec<u8> {
    let format = match kind {
        Image::Png => ImageFormat::Png,
        Image::Jpeg => ImageFormat::Jpeg,
        Image::Bmp => ImageFormat::Bmp,
        Image::WebP => ImageFormat::WebP,
        Image::Pnm => ImageFormat::Pnm,
    };
    written(side, 1, format)
}

/// word2vec binary.
pub fn word2vec(words: &[(String, Vec<f32>)]) -> Vec<u8> {
    let dim = words.first().map_or(0, |(_, numbers)| numbers.len());
    let mut bytes = format!("{} {dim}\n", words.len()).into_bytes();
    for (word, numbers) in words {
        bytes.extend(word.as_bytes());
        bytes.push(b' ');
        numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes.push(b'\n');
    }
    bytes
}

/// See [`super::made::Made::Supervised`].
pub fn supervised() -> Vec<u8> {
    let mut bytes = Vec::new();
    let ints =
        |bytes: &mut Vec<u8>, ints: &[i32]| ints.iter().for_each(|int| bytes.extend(int.to_le_bytes()));
    let longs =
        |bytes: &mut Vec<u8>, longs: &[i64]| longs.iter().for_each(|long| bytes.extend(long.to_le_bytes()));
    ints(&mut bytes, &[793_712_314, 12, 1, 5, 5, 1, 5, 1, 3, 3, 0, 0, 0, 100]);
    bytes.extend(1e-4_f64.to_le_bytes());
    ints(&mut bytes, &[3, 1, 2]);
    longs(&mut bytes, &[9, -1]);
    for (entry, kind) in [("good", 0), ("__label__no", 1), ("__label__yes", 1)] {
        bytes.extend(entry.as_bytes());
        bytes.push(0);
        longs(&mut bytes, &[3]);
        bytes.push(kind);
    }
    for values in [&[1.0_f32][..], &[-1.0, 1.0]] {
        bytes.push(0);
        longs(&mut bytes, &[values.len() as i64, 1]);
        values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
    }
    bytes
}

/// See [`super::made::Made::Weights`].
pub fn weights(prefix: &str, numbers: Numbers, head: bool) -> Vec<u8> {
    let shape = Shape { height: 4, width: 4, channels: 1 };
    let network = ImageNetwork::new(Arc::new(architectures::plan(Architecture::SmallCnn, shape, 3)), 1);
    let preparation = Preparation { height: 4, width: 4, channels: 1, ..Preparation::torchvision() };
    let classes = ["a", "b", "c"].map(String::from);
    let bytes = weights::to_safetensors(&network, Some(&classes), &preparation).unwrap();
    let about = SafeTensors::read_metadata(&bytes).unwrap().1.metadata().clone();
    let mut tensors = Vec::new();
    for (name, view) in SafeTensors::deserialize(&bytes).unwrap().tensors() {
        let values = view.data().chunks_exact(4).map(|part| f32::from_le_bytes(part.try_into().unwrap()));
        let data: Vec<u8> = match numbers {
            Numbers::F16 => values.flat_map(|value| half(value).to_le_bytes()).collect(),
            Numbers::Bf16 => {
                values.flat_map(|value| ((value.to_bits() >> 16) as u16).to_le_bytes()).collect()
            }
            Numbers::F32 => values.flat_map(f32::to_le_bytes).collect(),
            Numbers::F64 => values.flat_map(|value| f64::from(value).to_le_bytes()).collect(),
            Numbers::I32 => values.flat_map(|value| (value as i32).to_le_bytes()).collect(),
        };
        if head || !name.starts_with("fc2.") {
            tensors.push((format!("{prefix}{name}"), view.shape().to_vec(), data));
        }
    }
    let kind = match numbers {
        Numbers::F16 => Dtype::F16,
        Numbers::Bf16 => Dtype::BF16,
        Numbers::F32 => Dtype::F32,
        Numbers::F64 => Dtype::F64,
        Numbers::I32 => Dtype::I32,
    };
    let views = tensors
        .iter()
        .map(|(name, shape, data)| (name.clone(), TensorView::new(kind, shape.clone(), data).unwrap()));
    safetensors::serialize(views, about).unwrap()
}

/// A number in half precision, cut rather than rounded; small ones are zero.
fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    let (sign, exponent, fraction) =
        (bits >> 16 & 0x8000, (bits >> 23 & 0xff) as i32 - 112, bits >> 13 & 0x3ff);
    if exponent <= 0 { sign as u16 } else { (sign | (exponent as u32) << 10 | fraction) as u16 }
}
