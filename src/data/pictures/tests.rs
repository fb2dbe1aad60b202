//! Sets of pictures as they are written by others, whole and damaged.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// An IDX file.
fn idx(shape: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, shape.len() as u8];
    shape.iter().for_each(|n| bytes.extend(n.to_be_bytes()));
    bytes.extend(values);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn wanted(train: &Path) -> Wanted<'_> {
    Wanted { train, validation: None, test: None, only: &[], bound: 256, seed: 1 }
}

fn read(wanted: &Wanted) -> Result<LabelledPictures> {
    load(wanted, &mut |_| Ok(()))
}

/// Pictures of 2 × 3 pixels, ten of each of the classes `1`, `3` and `10`; and the folder they are in.
fn small() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let labels: Vec<u8> = (0..30).map(|i| [3, 10, 1][i % 3]).collect();
    let pixels: Vec<u8> = (0..30 * 6).map(|i| i as u8).collect();
    let path = folder.path().join("train-images-idx3-ubyte");
    fs::write(&path, idx(&[30, 2, 3], &pixels)).unwrap();
    fs::write(folder.path().join("train-labels-idx1-ubyte.gz"), gzip(&idx(&[30], &labels))).unwrap();
    (folder, path)
}

#[test]
fn idx_is_read_with_its_labels_and_a_fifth_is_held_out() {
    let (_folder, path) = small();
    let read = read(&wanted(&path)).unwrap();
    assert_eq!(read.classes, ["1", "3", "10"]);
    assert_eq!((read.train.len(), read.tests[0].1.len()), (24, 6));
    assert!(read.remarks[0].contains("6 pictures, a fifth, were held out"), "{:?}", read.remarks);
    for (part, label) in [(&read.train, 0), (&read.train, 2)] {
        assert_eq!(part.labels.iter().filter(|&&l| l == label).count(), 8);
    }
    for part in [&read.train, &read.tests[0].1] {
        for ((picture, label), name) in part.pictures.iter().zip(&part.labels).zip(&part.names) {
            let number: usize = name.strip_prefix('#').unwrap().parse().unwrap();
            assert_eq!(*label, [1, 2, 0][number % 3]);
            assert_eq!(picture.shape(), (2, 3, 1));
            assert_eq!(picture.pixels[0] as usize, number * 6 % 256);
        }
    }
    let other = load(&Wanted { seed: 2, ..wanted(&path) }, &mut |_| Ok(())).unwrap();
    assert_ne!(other.tests[0].1.names, read.tests[0].1.names);
}

#[test]
fn the_test_part_beside_is_found_and_classes_can_be_chosen() {
    let (folder, path) = small();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("t10k-images-idx3-ubyte.gz"), gzip(&idx(&[4, 1, 1], &[9, 8, 7, 6]))).unwrap();
    fs::write(at("t10k-labels-idx1-ubyte"), idx(&[4], &[1, 3, 1, 10])).unwrap();
    let only = ["10".to_string(), "1".to_string()];
    let chosen = read(&Wanted { only: &only, ..wanted(&path) }).unwrap();
    assert_eq!(chosen.classes, ["1", "10"]);
    assert_eq!(chosen.train.len(), 20);
    let (name, test) = &chosen.tests[0];
    assert_eq!(
        (&name[..], &test.labels[..], &test.names[..]),
        ("test", &[0, 0, 1][..], &["#0", "#2", "#3"].map(String::from)[..])
    );
    assert_eq!(test.pictures[2].pixels, [6]);
    let only = ["2".to_string()];
    let error = read(&Wanted { only: &only, ..wanted(&path) }).unwrap_err().to_string();
    assert!(error.contains("no class \"2\" in it; its classes are 1, 3, 10"), "{error}");
    let only = ["3".to_string()];
    let error = read(&Wanted { only: &only, ..wanted(&path) }).unwrap_err().to_string();
    assert!(error.contains("all pictures are of one class, \"3\""), "{error}");
    // A test part with a class that the training part lacks.
    fs::write(at("t10k-labels-idx1-ubyte"), idx(&[4], &[1, 3, 5, 10])).unwrap();
    let error = read(&wanted(&path)).unwrap_err().to_string();
    assert!(error.contains("labels that the training part does not have: \"5\""), "{error}");
}

#[test]
fn idx_headers_that_lie_are_refused_with_what_is_there() {
    let (folder, path) = small();
    for (bytes, expected) in [
        (idx(&[31, 2, 3], &[0; 180]), "claims 31 × 2 × 3 bytes, but only 180 are there"),
        (idx(&[29, 2, 3], &[0; 180]), "claims 29 × 2 × 3 bytes, but more than that are there"),
        (idx(&[u32::MAX, u32::MAX, u32::MAX], &[0; 180]), "more than 4 GiB"),
        (idx(&[60_000, 200, 200], &[0; 180]), "but only 180 are there"),
        (idx(&[0, 2, 3], &[]), "0 pictures of 2 × 3 pixels"),
        (idx(&[30, 2, 0], &[]), "30 pictures of 2 × 0 pixels"),
        (idx(&[180], &[0; 180]), "an array of 1 dimensions is no pictures"),
        (idx(&[10, 2, 3], &[0; 60]), "30 labels for the 10 pictures of train-images-idx3-ubyte"),
        (vec![0, 0, 13, 3, 0, 0, 0, 1], "numbers that are not bytes"),
        (b"hello".to_vec(), "no labelled pictures"),
    ] {
        fs::write(&path, &bytes).unwrap();
        let error = read(&wanted(&path)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        fs::write(&path, gzip(&bytes)).unwrap();
        let error = read(&wanted(&path)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    fs::write(&path, idx(&[30, 2, 3], &[0; 180])).unwrap();
    fs::remove_file(folder.path().join("train-labels-idx1-ubyte.gz")).unwrap();
    let error = read(&wanted(&path)).unwrap_err().to_string();
    assert!(error.contains("train-labels-idx1-ubyte is not beside it"), "{error}");
}

#[test]
fn every_cut_of_an_idx_file_is_a_sentence() {
    let (folder, path) = small();
    let labels = folder.path().join("train-labels-idx1-ubyte.gz");
    for file in [&path, &labels] {
        let whole = fs::read(file).unwrap();
        for cut in 0..whole.len() {
            fs::write(file, &whole[..cut]).unwrap();
            let error = read(&wanted(&path)).unwrap_err().to_string();
            assert!(error.contains("-ubyte"), "{error}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x81;
            fs::write(file, &changed).unwrap();
            let _ = read(&wanted(&path));
        }
        fs::write(file, &whole).unwrap();
    }
    let stopped = load(&wanted(&path), &mut |_| Err(Error::Interrupted));
    assert!(matches!(stopped, Err(Error::Interrupted)));
}
