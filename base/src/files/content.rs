//! Recognises files that are not text, by their first bytes or by bytes that text does not have.

/// Text has at most one zero byte in this many bytes.
const ZEROS: usize = 1_000;
/// Text has at most one control character in this many bytes. Escape does not count, because logs of terminals are
/// full of it.
const CONTROLS: usize = 12;

/// Magic numbers of known binary formats, with the name of each format.
const KNOWN: [(&[u8], &str); 34] = [
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"II*\0", "a TIFF image"),
    (b"MM\0*", "a TIFF image"),
    (b"8BPS\0", "a Photoshop image"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1\0\0", "an Arrow file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"GGUF", "a GGUF model"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\0asm", "a program"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b\x08", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"\xfd7zXZ\0", "xz data"),
    (b"\x04\x22\x4d\x18", "lz4 data"),
    (b"LZIP\x01", "lzip data"),
    (b"\x1f\x9d", "data packed by compress"),
    (b"ID3\x03", "a sound file"),
    (b"OggS\0", "a sound file"),
    (b"fLaC\0", "a sound file"),
];

/// The name of a known binary format that begins with `start`: "a PNG image".
pub fn known(start: &[u8]) -> Option<&'static str> {
    let known = KNOWN.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, name)| *name);
    known.or_else(|| by_structure(start)).filter(|name| *name != "an ORC file" || start.contains(&0))
}

/// Like [`known`], and also recognises unknown binary data. UTF-16 and UTF-32 must be converted to UTF-8 before.
pub fn binary(start: &[u8]) -> Option<String> {
    if let Some(name) = known(start) {
        return Some(name.to_string());
    }
    let zeros = start.iter().filter(|byte| **byte == 0).count();
    let is_control = |byte: &&u8| matches!(**byte, 1..=8 | 14..=26 | 28..=31 | 127);
    let controls = start.iter().filter(is_control).count();
    if zeros * ZEROS > start.len() || controls * CONTROLS > start.len() {
        let (n, what) =
            if zeros * ZEROS > start.len() { (zeros, "zeros") } else { (controls, "control characters") };
        return Some(format!("binary data ({n} of its first {} bytes are {what})", start.len()));
    }
    None
}

/// Recognises formats that need more than a prefix.
fn by_structure(start: &[u8]) -> Option<&'static str> {
    let at = |place: usize, wanted: &[u8]| start.get(place..place + wanted.len()) == Some(wanted);
    match start {
        [b'R', b'I', b'F', b'F', ..] if at(8, b"WEBP") => Some("a WebP image"),
        [b'R', b'I', b'F', b'F', ..] if at(8, b"WAVE") => Some("a sound file"),
        [b'R', b'I', b'F', b'F', ..] if at(8, b"AVI ") => Some("a film"),
        // After "BM" come the length of the file, two 16-bit fields that are zero, and the offset of the pixels.
        [b'B', b'M', ..] if at(6, &[0; 4]) && at(12, &[0, 0]) => Some("a BMP image"),
        [b'M', b'Z', ..] if start.get(..64).is_some_and(|head| head.contains(&0)) => Some("a program"),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Some("bzip2 data"),
        [0x80, 2..=5, ..] => Some("a Python pickle"),
        _ if at(4, b"ftypavif") => Some("an AVIF image"),
        _ if at(4, b"ftyphei") || at(4, b"ftypmif1") => Some("a HEIC image"),
        _ if at(4, b"ftyp") => Some("a film"),
        _ if at(257, b"ustar") => Some("a tar archive"),
        // The first eight bytes are the length of a JSON header.
        _ if at(2, &[0; 6]) && at(8, b"{\"") => Some("a safetensors file"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_named() {
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        png.extend([0, 0, 0, 13]);
        assert_eq!(binary(&png).as_deref(), Some("a PNG image"));
        assert_eq!(binary(b"BM\x36\x10\0\0\0\0\0\0\x36\0\0\0").as_deref(), Some("a BMP image"));
        let noise: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert!(binary(&noise).unwrap().starts_with("binary data ("));
        assert_eq!(binary(b"abc\0def").unwrap(), "binary data (1 of its first 7 bytes are zeros)");
        // A few odd bytes do not make a text binary, nor do words that equal the magic number of a program.
        let odd =
            [&b"a long line of text, coloured \x1b[31mred\x1b[0m\n".repeat(30)[..], b"one \0 zero"].concat();
        for text in
            [&odd[..], b"BM is a German word", b"PARIS", b"MZ", b"ORC and elf", b"", b"caf\xe9 \x93x\x94"]
        {
            assert_eq!(binary(text), None, "{}", text.escape_ascii());
        }
    }
}
