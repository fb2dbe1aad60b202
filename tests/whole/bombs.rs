//! Hostile input by the whole program: what a small file claims or unpacks to never takes much memory, and what never ends is
//! never begun.

use std::fs;
use std::io::{self, Read, Write};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::common::Place;

/// The most memory beside a file's own size, in bytes.
const MOST: u64 = 200_000_000;

/// The most memory that `child` has had so far, in bytes.
fn peak(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Runs the program and expects a sentence with `expected`, and never more memory than [`MOST`].
#[track_caller]
fn refused(place: &Place, args: &[&str], expected: &str) {
    let mut command = place.command(args);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut most = 0;
    let code = loop {
        most = most.max(peak(&child).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(code, Some(1), "{args:?}: {said}");
    assert!(said.contains(expected), "{args:?}: {said}");
    // One that is over before it can be looked at has not had the time to take much.
    assert!(most < MOST, "{args:?} took {} MB: {said}", most / 1_000_000);
}

/// `length` bytes of `content`, packed by gzip behind `start`.
fn gzip(start: &[u8], content: u8, length: u64) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(start).unwrap();
    io::copy(&mut io::repeat(content).take(length), &mut out).unwrap();
    out.finish().unwrap()
}

fn header(kind: tar::EntryType, name: &str, size: u64) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name).unwrap();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_cksum();
    header.as_bytes().to_vec()
}

#[test]
fn packed_texts_without_end_take_little_memory() {
    let place = Place::new();
    let zstd =
        |start: &[u8], length| zstd::encode_all(start.chain(io::repeat(b'a').take(length)), 1).unwrap();
    for (name, content, expected) in [
        // A record of a table, a line, and a text, as long as a packed file may be, or longer.
        ("record.csv.gz", gzip(b"review,mood\nfine,good\n", b',', 100 << 20), "line 3"),
        ("field.csv.gz", gzip(b"review,mood\nfine,\"", b'a', 100 << 20), "line 2"),
        ("label.txt.zst", zstd(b"good fine\nbad ", 100 << 20), "line 2: more than 16 MiB in one piece"),
        ("a.json.zst", zstd(b"[{\"review\": \"", 100 << 20), "line 1"),
        ("lines.txt.gz", gzip(b"good fine\n", b'\n', 100 << 20), "over 100 times its size"),
    ] {
        fs::write(place.path(name), content).unwrap();
        place.recipe("bomb.ron", &[("train.csv", name)]);
        refused(&place, &["run", "bomb.ron", "--session", "s"], expected);
    }
    // Short documents take far more than their bytes.
    let mut short = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    (0..1 << 14).for_each(|_| short.write_all(&b"good a\nbad b\n".repeat(256)).unwrap());
    fs::write(place.path("short.txt.gz"), short.finish().unwrap()).unwrap();
    place.recipe("bomb.ron", &[("train.csv", "short.txt.gz")]);
    let told = "its documents take more than 100 times its size";
    refused(&place, &["run", "bomb.ron", "--session", "s"], told);
    for name in ["lines.txt.gz", "label.txt.zst"] {
        refused(&place, &["pretrain", name, "--out", "v.txt", "--min-count", "1"], "over 100 times its size");
    }
}

#[test]
fn archives_that_claim_much_take_little_memory() {
    let place = Place::new();
    let plain = [header(tar::EntryType::Regular, "a/1.txt", 3), b"abc".to_vec(), vec![0; 509]].concat();
    for (name, kind) in
        [("long.tar.gz", tar::EntryType::GNULongName), ("pax.tar.gz", tar::EntryType::XHeader)]
    {
        let bomb = gzip(&[&plain[..], &header(kind, "x", 100 << 20)].concat(), b'a', 100 << 20);
        fs::write(place.path(name), bomb).unwrap();
        place.recipe("bomb.ron", &[("train.csv", name)]);
        refused(&place, &["run", "bomb.ron", "--session", "s"], "a name of 104857600 bytes");
        refused(&place, &["pretrain", name, "--out", "v.txt"], "a name of 104857600 bytes");
    }
    let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for number in 0..30 {
        let method = zip::CompressionMethod::Deflated;
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        zip.start_file(format!("{}/{number}.txt", ["a", "b"][number % 2]), options).unwrap();
        io::copy(&mut io::repeat(b'a').take(12 << 20), &mut zip).unwrap();
    }
    fs::write(place.path("many.zip"), zip.finish().unwrap().into_inner()).unwrap();
    place.recipe("bomb.ron", &[("train.csv", "many.zip")]);
    refused(&place, &["run", "bomb.ron", "--session", "s"], "over 100 times its size");
}

/// A PNG of so many black pixels, with a colour profile of so many bytes.
fn png(side: u32, profile: usize) -> Vec<u8> {
    let mut png = io::Cursor::new(Vec::new());
    image::DynamicImage::ImageLuma8(image::GrayImage::new(side, side))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let png = png.into_inner();
    if profile == 0 {
        return png;
    }
    let mut packed = flate2::write::ZlibEncoder::new(b"name\0\0".to_vec(), flate2::Compression::fast());
    packed.write_all(&vec![0; profile]).unwrap();
    let data = packed.finish().unwrap();
    let mut sum = flate2::Crc::new();
    sum.update(b"iCCP");
    sum.update(&data);
    [&png[..33], &(data.len() as u32).to_be_bytes(), b"iCCP", &data, &sum.sum().to_be_bytes(), &png[33..]]
        .concat()
}

#[test]
fn images_that_unpack_to_much_take_little_memory() {
    let place = Place::new();
    place.write(
        "images.ron",
        r#"(title: "Bombs", seed: 1, transfer: Images(source: Classifier(set: Demo(letters: 520), size: 12, epochs: 1), task: Files(train: "set"), head: Layers(new: 1)), methods: [Scratch, Pixels], labels: [4])"#,
    );
    // The last class keeps the run from beginning once everything was read.
    for class in ["a", "b", "lost"] {
        fs::create_dir_all(place.path("set").join(class)).unwrap();
    }
    fs::write(place.path("set/lost/1.png"), &png(8, 0)[..60]).unwrap();
    for (file, content) in
        [("profile", png(8, 100 << 20)), ("wide", png(9_900, 0)), ("narrow", png(12_000, 0))]
    {
        for number in 0..8 {
            let class = ["a", "b"][number % 2];
            fs::write(place.path(&format!("set/{class}/{file}{number}.png")), &content).unwrap();
        }
    }
    refused(
        &place,
        &["run", "images.ron", "--session", "s"],
        "its class has no other image that can be read",
    );
}
