//! Files that are no plain UTF-8: packed, in UTF-16, with a byte order mark, or no text at all, by the whole program.

mod common;

use std::fs;
use std::io::{Cursor, Write};

use common::Place;

fn zip_of(name: &str, text: &[u8]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    out.write_all(text).unwrap();
    out.finish().unwrap().into_inner()
}

fn xz_of(text: &[u8]) -> Vec<u8> {
    let mut out = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    out.write_all(text).unwrap();
    out.finish().unwrap()
}

fn bzip2_of(text: &[u8]) -> Vec<u8> {
    let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    out.write_all(text).unwrap();
    out.finish().unwrap()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn utf32(text: &str) -> Vec<u8> {
    text.chars().flat_map(|c| (c as u32).to_be_bytes()).collect()
}

/// A text in many ways, and what is said of it.
fn written(text: &str) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    vec![
        ("bz2", bzip2_of(text.as_bytes()), ""),
        ("xz", xz_of(text.as_bytes()), ""),
        ("zip", zip_of("inside.txt", text.as_bytes()), ""),
        ("mark", [b"\xef\xbb\xbf", text.as_bytes()].concat(), ""),
        ("utf16", utf16(text), "this is UTF-16 (little-endian)"),
        ("utf16.xz", xz_of(&utf16(&format!("\u{feff}{text}"))), "this is UTF-16 (little-endian)"),
        ("utf32", utf32(text), "this is UTF-32 (big-endian)"),
    ]
}

#[test]
fn a_corpus_gives_the_same_vectors_however_it_is_packed_and_written() {
    let place = Place::new();
    let text = fs::read_to_string(place.path("corpus.txt")).unwrap();
    let train = |corpus: &str| {
        place.run(&["pretrain", corpus, "--out", "v.txt", "--dim", "5", "--epoch", "1", "--min-count", "1"])
    };
    train("corpus.txt").well();
    let plain = fs::read(place.path("v.txt")).unwrap();
    for (name, content, told) in written(&text) {
        fs::write(place.path(name), content).unwrap();
        let done = train(name).well();
        assert!(fs::read(place.path("v.txt")).unwrap() == plain, "{name}");
        assert!(done.stderr.contains(told), "{name}: {}", done.stderr);
    }
}

#[test]
fn labelled_texts_and_recipes_are_read_however_they_are_packed_and_written() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    let compared = |name: &str| {
        let mut done = place.run(&["run", name, "--session", "s", "--json"]).well().json();
        fs::remove_dir_all(place.path("s")).unwrap();
        let mut rows = done["comparison"]["rows"].take();
        let each = rows.as_array_mut().unwrap();
        assert!(!each.is_empty());
        each.iter_mut().for_each(|row| drop(row["seconds"].take()));
        rows
    };
    let plain = compared("small.ron");
    let text = fs::read_to_string(place.path("train.csv")).unwrap();
    for (ending, content, told) in written(&text) {
        let name = format!("train.{ending}");
        fs::write(place.path(&name), content).unwrap();
        place.recipe("other.ron", &[("train.csv", &name)]);
        let recipe = fs::read(place.path("other.ron")).unwrap();
        fs::write(place.path("other.ron"), [b"\xef\xbb\xbf", &recipe[..]].concat()).unwrap();
        assert_eq!(compared("other.ron"), plain, "{name}");
        let said = place.run(&["run", "other.ron", "--session", "s"]).well();
        fs::remove_dir_all(place.path("s")).unwrap();
        assert!(said.stderr.contains(told) || said.stdout.contains(told), "{name}: {}", said.stderr);
    }
}

#[test]
fn what_is_no_text_is_refused_by_name_and_nothing_is_written() {
    let place = Place::new();
    let text = fs::read_to_string(place.path("corpus.txt")).unwrap();
    let noise: Vec<u8> = (0..9_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (content, expected) in [
        (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "this is a PNG image, not a text"),
        (b"%PDF-1.7\n%\xe2\xe3", "this is a PDF document, not a text"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "this is a 7z archive, not a text"),
        (&noise, "this is binary data"),
        (&bzip2_of(&xz_of(text.as_bytes())), "this is xz data, not a text"),
        (&zip_of("a.png", b"\x89PNG\r\n\x1a\n"), "this is a PNG image, not a text"),
        (&bzip2_of(text.as_bytes())[..900], "ends in the middle of its compressed data"),
    ] {
        fs::write(place.path("file.txt"), content).unwrap();
        place.recipe("small.ron", &[("corpus.txt", "file.txt")]);
        place.recipe("labelled.ron", &[("train.csv", "file.txt")]);
        let before = place.names();
        for args in [
            &["pretrain", "file.txt", "--out", "v.txt"][..],
            &["run", "small.ron", "--session", "s"],
            &["run", "labelled.ron", "--session", "s"],
        ] {
            let done = place.run(args);
            assert!(done.sentence().contains(expected), "{args:?}: {}", done.stderr);
            assert!(done.sentence().contains("file.txt"), "{args:?}: {}", done.stderr);
            assert_eq!(place.names(), before, "{args:?}");
        }
    }
}
