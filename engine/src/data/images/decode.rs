//! Image files: PNG, JPEG, BMP, WebP and the netpbm family, decoded within limits.
//!
//! The size in a header is compared with the limits before memory is allocated. A photo is rotated according to its
//! EXIF orientation, transparent pixels are put on white, and deeper colours are converted to 8 bits per channel.
//! Photos larger than the bound are scaled down at once, so that thousands of them fit in memory.
//!
//! The JPEG standard leaves rounding to the decoder, and the networks were trained with libjpeg-turbo. If one pixel
//! value in a hundred differs by 1 to 3, the logits of a deep network change by several hundredths.

use std::io::Cursor;
use std::path::Path;

use image::metadata::Orientation;
use image::{ColorType, DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use libjpeg_turbo_rs::{DecodeLimits, Decoder, PixelFormat};

use crate::data::image::Image;
use crate::error::{Error, Place, Result};
use crate::files::{self, content};

use super::room::{Room, without_profile};
use super::scale::scaled;

/// The maximum length of an image file, in bytes.
pub const LONGEST: usize = 256 << 20;
/// The maximum number of pixels of an image.
const MOST_PIXELS: u64 = 100_000_000;
/// The maximum length of a side, in pixels.
const LONGEST_SIDE: u32 = 32_768;
/// Decoding a file may use this much memory in bytes, plus this many times the file's length. Files that are decoded
/// at the same time share the first amount.
const ROOM: u64 = 144 << 20;
const TIMES: u64 = 16;

/// The extensions of supported files.
pub const ENDINGS: [&str; 10] = ["png", "jpg", "jpeg", "jpe", "bmp", "webp", "ppm", "pgm", "pbm", "pnm"];
/// The extensions of unsupported images.
pub const UNREAD: [&str; 8] = ["gif", "tif", "tiff", "heic", "heif", "avif", "jxl", "svg"];

/// Reads one image file. If its shorter side is longer than `bound`, the image is scaled down to `bound`.
///
/// # Errors
/// If it cannot be read, is not an image, is damaged, or claims to be too large.
pub fn read_image(path: &Path, bound: u32) -> Result<Image> {
    let bytes = files::read(path, LONGEST)?;
    let remedy = "PNG, JPEG, BMP, WebP and PNM images are read";
    decode(&bytes, bound).map_err(|problem| Error::input(path, Place::Whole, problem, remedy))
}

/// Decodes the content of an image file.
///
/// # Errors
/// A short description of the problem.
pub fn decode(bytes: &[u8], bound: u32) -> std::result::Result<Image, String> {
    if bytes.is_empty() {
        return Err("the file is empty".into());
    }
    if bytes.len() > LONGEST {
        return Err(format!("more than {} MiB in one image", LONGEST >> 20));
    }
    let told = |error: image::ImageError| match error {
        image::ImageError::Unsupported(_) => match content::known(bytes) {
            Some(what) if !is_read(what) => format!("this is {what}, which is not read"),
            _ => "this is not an image that can be read".to_string(),
        },
        image::ImageError::Limits(_) => "the image needs too much memory".to_string(),
        error => format!("the image is damaged ({error})"),
    };
    if is_cut(bytes) {
        return Err("the image is damaged (its end is missing)".into());
    }
    let whole = bytes;
    let bytes = &*without_profile(whole);
    let most = ROOM + TIMES * whole.len() as u64;
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| e.to_string())?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(most);
    reader.limits(limits);
    let is_jpeg = reader.format() == Some(ImageFormat::Jpeg);
    let is_webp = reader.format() == Some(ImageFormat::WebP);
    let mut decoder = reader.into_decoder().map_err(told)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err("an image without a pixel".into());
    }
    if width > LONGEST_SIDE || height > LONGEST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(format!(
            "it claims {width} × {height} pixels, and {} millions are the most",
            MOST_PIXELS / 1_000_000
        ));
    }
    let orientation = decoder.orientation().map_err(told)?;
    let turned = orientation != Orientation::NoTransforms;
    let beside = if is_webp { beside_webp(bytes) } else { 0 };
    let each = each_pixel(decoder.color_type(), is_jpeg, turned) + beside;
    let need = u64::from(width) * u64::from(height) * each;
    if need > most {
        let problem =
            format!("its {width} × {height} pixels need {} MB, and {} MB are", need >> 20, most >> 20);
        return Err(format!("{problem} the most for a file of its size"));
    }
    let _room = ROOM_LEFT.take(need.saturating_sub(TIMES * whole.len() as u64));
    let mut image = match is_jpeg.then(|| exact(bytes, most)).flatten() {
        Some(image) => image,
        None => DynamicImage::from_decoder(decoder).map_err(told)?,
    };
    image.apply_orientation(orientation);
    let grey = !image.color().has_color();
    let (width, height) = (image.width(), image.height());
    let pixels = match (image.color().has_alpha(), grey) {
        (true, true) => on_white::<2>(image.into_luma_alpha8().into_raw()),
        (true, false) => on_white::<4>(image.into_rgba8().into_raw()),
        (false, true) => image.into_luma8().into_raw(),
        (false, false) => image.into_rgb8().into_raw(),
    };
    let image = Image { width, height, channels: if grey { 1 } else { 3 }, pixels };
    Ok(bounded(image, bound))
}

/// Whether `what` names a supported format, so that this file has an unusual feature.
fn is_read(what: &str) -> bool {
    ["PNG", "JPEG", "BMP", "WebP"].iter().any(|name| what.contains(name))
}

/// The memory budget of all files that are decoded at the same time.
static ROOM_LEFT: Room = Room::of(ROOM);

/// The maximum number of bytes for a pixel while it is decoded.
fn each_pixel(colour: ColorType, is_jpeg: bool, turned: bool) -> u64 {
    let decoded = u64::from(colour.bytes_per_pixel());
    let channels = u64::from(colour.channel_count());
    // JPEG decoders keep their coefficients or planes in addition to the pixels.
    let beside = if is_jpeg { 2 * channels } else { 0 };
    // The pixels need memory again if they are rotated or converted from sixteen bits to eight.
    let again = if decoded > channels { channels } else { 0 };
    decoded + beside.max(again).max(if turned { decoded } else { 0 })
}

/// The bytes per pixel that the WebP decoder uses in addition to its result: four channels for any result, and for an
/// animation also those of a frame.
fn beside_webp(file: &[u8]) -> u64 {
    let is_animated = file.get(12..16) == Some(b"VP8X") && file.get(20).is_some_and(|flags| flags & 2 > 0);
    if is_animated { 8 } else { 4 }
}

/// Pixels with `N` channels, the last of which is opacity, put on white. The colour below transparent pixels is never
/// visible and often black.
fn on_white<const N: usize>(mut levels: Vec<u8>) -> Vec<u8> {
    let pixels = levels.len() / N;
    for at in 0..pixels {
        let fraction = u32::from(levels[at * N + N - 1]);
        for channel in 0..N - 1 {
            let level = u32::from(levels[at * N + channel]);
            levels[at * (N - 1) + channel] = ((level * fraction + 255 * (255 - fraction) + 127) / 255) as u8;
        }
    }
    levels.truncate(pixels * (N - 1));
    levels
}

/// The pixels that libjpeg-turbo decodes from a grey or colour JPEG. `None` for CMYK, and if the file is damaged or
/// unusual; then the general decoder reports the problem or decodes the file.
fn exact(jpeg: &[u8], most: u64) -> Option<DynamicImage> {
    let limits = DecodeLimits {
        max_width: LONGEST_SIDE as usize,
        max_height: LONGEST_SIDE as usize,
        max_pixels: MOST_PIXELS,
        max_memory: Some(most),
        ..DecodeLimits::default()
    };
    let mut decoder = Decoder::new_with_limits(jpeg, limits).ok()?;
    let grey = match decoder.header().components.len() {
        1 => true,
        3 => false,
        _ => return None,
    };
    decoder.set_output_format(if grey { PixelFormat::Grayscale } else { PixelFormat::Rgb });
    let read = decoder.decode_image().ok()?;
    let (width, height) = (u32::try_from(read.width).ok()?, u32::try_from(read.height).ok()?);
    if grey {
        GrayImage::from_raw(width, height, read.data).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(width, height, read.data).map(DynamicImage::from)
    }
}

/// Whether these are the bytes of a truncated JPEG: there is no end marker after the start of its last scan. Decoders
/// fill in what is missing, but an image that is half grey is not suitable for training.
fn is_cut(bytes: &[u8]) -> bool {
    let last = |marker: [u8; 2], from: &[u8]| from.windows(2).rposition(|pair| pair == marker);
    let Some(scan) = last([0xff, 0xda], bytes).filter(|_| bytes.starts_with(&[0xff, 0xd8])) else {
        return false;
    };
    last([0xff, 0xd9], &bytes[scan..]).is_none()
}

/// The image, scaled down so that its shorter side is at most `bound`.
pub fn bounded(image: Image, bound: u32) -> Image {
    let (height, width, channels) = image.shape();
    let (shorter, bound) = (height.min(width), (bound as usize).max(1));
    if shorter <= bound {
        return image;
    }
    let to = |side: usize| side * bound / shorter;
    let (down, across) = (to(height), to(width));
    let pixels = scaled(&image.pixels, (height, width, channels), (down, across));
    let pixels = pixels.into_iter().map(|p| (p + 0.5) as u8).collect();
    Image { width: across as u32, height: down as u32, pixels, ..image }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayAlphaImage, LumaA, Rgb, Rgba, RgbaImage};

    fn image(width: u32, height: u32) -> DynamicImage {
        let pixel = |x: u32, y: u32| Rgb([(x * 5) as u8, (y * 7) as u8, (x * y) as u8]);
        DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, pixel))
    }

    fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        image.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn formats_give_the_same_pixels() {
        let image = image(9, 6);
        for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Pnm] {
            let read = decode(&written(&image, format), 100).unwrap();
            assert_eq!((read.width, read.height, read.channels), (9, 6, 3), "{format:?}");
            assert_eq!(read.pixels, image.as_bytes(), "{format:?}");
        }
        let read = decode(&written(&image, ImageFormat::Jpeg), 100).unwrap();
        assert_eq!(read.shape(), (6, 9, 3));
        let grey =
            decode(&written(&DynamicImage::ImageLuma8(image.to_luma8()), ImageFormat::Png), 100).unwrap();
        assert_eq!((grey.channels, &grey.pixels), (1, image.to_luma8().as_raw()));
        // Sixteen bits, with transparency.
        let deep = DynamicImage::ImageRgba16(image.to_rgba16());
        assert_eq!(decode(&written(&deep, ImageFormat::Png), 100).unwrap().pixels, image.as_bytes());
    }

    #[test]
    fn what_is_transparent_lies_on_white() {
        let pixel = |x: u32, _| Rgba([200, 100, 0, [255, 0, 128][x as usize]]);
        let drawn = DynamicImage::ImageRgba8(RgbaImage::from_fn(3, 1, pixel));
        let read = decode(&written(&drawn, ImageFormat::Png), 100).unwrap();
        assert_eq!((read.channels, &read.pixels[..6]), (3, &[200, 100, 0, 255, 255, 255][..]));
        // 200 · 128/255 + 255 · 127/255
        assert_eq!(read.pixels[6..], [227, 177, 127]);
        let grey = GrayAlphaImage::from_fn(2, 1, |x, _| LumaA([9, [255, 0][x as usize]]));
        let read = decode(&written(&DynamicImage::ImageLumaA8(grey), ImageFormat::Png), 100).unwrap();
        assert_eq!((read.channels, read.pixels), (1, vec![9, 255]));
    }

    /// Made, and read, by Pillow 13 with libjpeg-turbo:
    ///
    /// ```python
    /// import io, numpy as np
    /// from PIL import Image
    /// y, x = np.mgrid[0:13, 0:18]
    /// p = np.stack([x * 14, y * 19, (x * y * 7) % 256], -1).astype(np.uint8)
    /// Image.fromarray(p).save("halved-chroma.jpg", quality=80, subsampling=2, optimize=True)
    /// open("halved-chroma.rgb", "wb").write(np.array(Image.open("halved-chroma.jpg")).tobytes())
    /// ```
    #[test]
    fn levels_of_a_jpeg_are_those_of_libjpeg_turbo() {
        let (jpeg, levels) =
            (include_bytes!("decode/halved-chroma.jpg"), include_bytes!("decode/halved-chroma.rgb"));
        let read = decode(jpeg, u32::MAX).unwrap();
        assert_eq!(read.shape(), (13, 18, 3));
        assert_eq!(read.pixels, levels);
    }

    /// A photo stored as 24 × 16 pixels, with red in the first corner and blue in the corner beside it, and with this
    /// orientation.
    fn turned(orientation: u8) -> Vec<u8> {
        let colour = |x: u32, y: u32| match (x < 12, y < 8) {
            (true, true) => Rgb([250, 20, 20]),
            (false, true) => Rgb([20, 20, 250]),
            _ => Rgb([20, 20, 20]),
        };
        let photo = written(&DynamicImage::ImageRgb8(RgbImage::from_fn(24, 16, colour)), ImageFormat::Jpeg);
        // EXIF with one entry, 0x0112, after the start of the file.
        let entry = [1, 18, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0];
        let exif = [&b"Exif\0\0MM\0*\0\0\0\x08\0\x01"[..], &entry, &[0; 4]].concat();
        let length = (exif.len() as u16 + 2).to_be_bytes();
        [&photo[..2], &[0xff, 0xe1], &length, &exif, &photo[2..]].concat()
    }

    #[test]
    fn photos_are_turned_as_their_exif_says() {
        // The positions of the red and the blue corner in the result (right, low), and whether the result is upright.
        for (orientation, red, blue, upright) in [
            (1, (false, false), (true, false), false),
            (2, (true, false), (false, false), false),
            (3, (true, true), (false, true), false),
            (4, (false, true), (true, true), false),
            (5, (false, false), (false, true), true),
            (6, (true, false), (true, true), true),
            (7, (true, true), (true, false), true),
            (8, (false, true), (false, false), true),
        ] {
            let seen = decode(&turned(orientation), u32::MAX).unwrap();
            let size = if upright { (16, 24) } else { (24, 16) };
            assert_eq!((seen.width, seen.height), size, "{orientation}");
            for (corner, channel) in [(red, 0), (blue, 2)] {
                let place = |far: bool, size: u32| if far { size * 3 / 4 } else { size / 4 };
                let (x, y) = (place(corner.0, seen.width), place(corner.1, seen.height));
                let at = ((y * seen.width + x) * 3) as usize;
                let levels = &seen.pixels[at..at + 3];
                assert!(
                    levels[channel] > 200 && levels[2 - channel] < 90,
                    "{orientation}: {levels:?} at {x}, {y}"
                );
            }
        }
    }

    #[test]
    fn large_photos_are_brought_down_to_the_bound() {
        let read = decode(&written(&image(90, 61), ImageFormat::Png), 30).unwrap();
        assert_eq!(read.shape(), (30, 44, 3));
        assert_eq!(read.pixels.len(), 30 * 44 * 3);
        let same = decode(&written(&image(90, 30), ImageFormat::Png), 30).unwrap();
        assert_eq!(same.shape(), (30, 90, 3));
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        // The header of a PNG of 30,000 × 30,000 pixels; nothing else has to be read to refuse it.
        let mut png = written(&image(4, 4), ImageFormat::Png);
        png[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
        png[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
        let mut crc = flate2::Crc::new();
        crc.update(&png[12..29]);
        png[29..33].copy_from_slice(&crc.sum().to_be_bytes());
        let error = decode(&png, 100).unwrap_err();
        assert!(error.contains("30000 × 30000 pixels, and 100 millions are the most"), "{error}");
        png[16..20].copy_from_slice(&2_000_000_u32.to_be_bytes());
        let mut crc = flate2::Crc::new();
        crc.update(&png[12..29]);
        png[29..33].copy_from_slice(&crc.sum().to_be_bytes());
        assert!(decode(&png, 100).is_err());
    }

    #[test]
    fn a_profile_is_no_reason_to_take_memory_and_changes_no_pixel() {
        let png = written(&image(4, 4), ImageFormat::Png);
        let chunk = |kind: &[u8], data: &[u8]| {
            let mut sum = flate2::Crc::new();
            sum.update(kind);
            sum.update(data);
            [&(data.len() as u32).to_be_bytes(), kind, data, &sum.sum().to_be_bytes()].concat()
        };
        let profile = [&b"name\0\0"[..], &[0x78; 500]].concat();
        let with = [&png[..33], &chunk(b"iCCP", &profile), &chunk(b"zTXt", &profile), &png[33..]].concat();
        assert_eq!(without_profile(&with), &png[..]);
        assert_eq!(decode(&with, 100).unwrap(), decode(&png, 100).unwrap());
        assert!(matches!(without_profile(&png), std::borrow::Cow::Borrowed(_)));
    }

    #[test]
    fn a_small_file_of_many_pixels_is_refused_and_a_photo_of_a_telephone_is_not() {
        let flat =
            |width, height| written(&DynamicImage::ImageRgb8(RgbImage::new(width, height)), ImageFormat::Png);
        let error = decode(&flat(10_000, 6_000), 100).err().unwrap();
        assert!(error.contains("10000 × 6000 pixels need 171 MB"), "{error}");
        assert_eq!(decode(&flat(8_000, 6_000), 100).unwrap().shape(), (100, 133, 3));
    }

    #[test]
    fn every_cut_of_a_png_is_an_error_and_no_panic() {
        let png = written(&image(5, 4), ImageFormat::Png);
        for cut in 0..png.len() - 12 {
            assert!(decode(&png[..cut], 100).is_err(), "{cut} of {} bytes were enough", png.len());
        }
        let jpeg = written(&image(40, 40), ImageFormat::Jpeg);
        for cut in 0..jpeg.len() {
            assert!(decode(&jpeg[..cut.min(jpeg.len() - 1)], 100).is_err());
        }
        let others = [ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Pnm];
        let others = others.map(|format| written(&image(5, 4), format));
        for file in [png, jpeg].iter().chain(&others) {
            for at in 0..file.len() {
                for bits in [0x01, 0x55, 0x80, 0xff] {
                    let mut changed = file.clone();
                    changed[at] ^= bits;
                    if let Ok(read) = decode(&changed, 100) {
                        let (height, width, channels) = read.shape();
                        assert_eq!(read.pixels.len(), height * width * channels);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_no_image_is_called_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        for (bytes, expected) in [
            (&b""[..], "the file is empty"),
            (b"hello, this is text", "not an image"),
            (b"GIF89a....", "this is a GIF image, which is not read"),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let error = read_image(&path, 100).unwrap_err().to_string();
            assert!(error.contains("a.png: ") && error.contains(expected), "{error}");
        }
    }
}
