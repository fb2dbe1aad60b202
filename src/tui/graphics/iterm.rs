//! Images in iTerm2's protocol: a file, here a PNG, inside an escape sequence.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::io::{self, Write};

use image::ImageEncoder;
use image::codecs::png::PngEncoder;
use ratatui::layout::Rect;

/// Shows an image at the cursor, scaled to `area`.
pub fn send(
    pixels: &[[u8; 3]],
    (width, height): (u32, u32),
    area: Rect,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut file = Vec::new();
    PngEncoder::new(&mut file)
        .write_image(pixels.as_flattened(), width, height, image::ExtendedColorType::Rgb8)
        .map_err(io::Error::other)?;
    write!(
        out,
        "\x1b]1337;File=inline=1;size={};width={};height={};preserveAspectRatio=0;doNotMoveCursor=1:{}\x07",
        file.len(),
        area.width,
        area.height,
        BASE64_STANDARD.encode(&file)
    )
}
