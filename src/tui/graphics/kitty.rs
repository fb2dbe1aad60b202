//! Images in kitty's graphics protocol: compressed pixels as Base64, in chunks.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use ratatui::layout::Rect;

/// The maximum length of a chunk, in characters.
const PIECE: usize = 4_096;

/// Sends an image and shows it at the cursor, scaled to `area`. The terminal must not answer (`q=2`) and must not move
/// the cursor (`C=1`).
pub fn send(
    pixels: &[[u8; 3]],
    (width, height): (u32, u32),
    area: Rect,
    id: u32,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(pixels.as_flattened())?;
    let text = BASE64_STANDARD.encode(packed.finish()?);
    let mut rest = text.as_str();
    let mut head =
        format!("a=T,f=24,o=z,s={width},v={height},i={id},c={},r={},C=1,q=2,", area.width, area.height);
    loop {
        let (piece, left) = rest.split_at(rest.len().min(PIECE));
        write!(out, "\x1b_G{head}m={};{piece}\x1b\\", u8::from(!left.is_empty()))?;
        if left.is_empty() {
            return Ok(());
        }
        (rest, head) = (left, String::new());
    }
}

/// Removes an image from the screen and from the terminal's memory.
pub fn delete(id: u32, out: &mut impl Write) -> io::Result<()> {
    write!(out, "\x1b_Ga=d,d=I,i={id},q=2\x1b\\")
}

/// Removes all images from the screen and from the terminal's memory.
pub fn delete_all(out: &mut impl Write) -> io::Result<()> {
    write!(out, "\x1b_Ga=d,d=A,q=2\x1b\\")
}
