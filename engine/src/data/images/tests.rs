//! Image data sets in the layouts of other programs, intact and damaged.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::data::image::Image;

use super::*;

/// An IDX file.
fn idx(shape: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, shape.len() as u8];
    shape.iter().for_each(|n| bytes.extend(n.to_be_bytes()));
    bytes.extend(values);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn wanted(train: &Path) -> Wanted<'_> {
    Wanted { train, validation: None, test: None, only: &[], bound: 256, seed: 1 }
}

fn read(wanted: &Wanted) -> Result<LabelledImages> {
    load(wanted, &mut |_| Ok(()))
}

/// Images of 2 × 3 pixels, ten of each of the classes `1`, `3` and `10`; and the folder that contains them.
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
    assert!(read.remarks[0].contains("6 images were held out, a fifth"), "{:?}", read.remarks);
    for (part, label) in [(&read.train, 0), (&read.train, 2)] {
        assert_eq!(part.labels.iter().filter(|&&l| l == label).count(), 8);
    }
    for part in [&read.train, &read.tests[0].1] {
        for ((image, label), name) in part.images.iter().zip(&part.labels).zip(&part.names) {
            let number: usize = name.strip_prefix('#').unwrap().parse().unwrap();
            assert_eq!(*label, [1, 2, 0][number % 3]);
            assert_eq!(image.shape(), (2, 3, 1));
            assert_eq!(image.pixels[0] as usize, number * 6 % 256);
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
    assert_eq!(test.images[2].pixels, [6]);
    let only = ["2".to_string()];
    let error = read(&Wanted { only: &only, ..wanted(&path) }).unwrap_err().to_string();
    assert!(error.contains("no class \"2\" in it; its classes are 1, 3, 10"), "{error}");
    let only = ["3".to_string()];
    let error = read(&Wanted { only: &only, ..wanted(&path) }).unwrap_err().to_string();
    assert!(error.contains("all images are of one class, \"3\""), "{error}");
    // A test set with a class that the training set does not have.
    fs::write(at("t10k-labels-idx1-ubyte"), idx(&[4], &[1, 3, 5, 10])).unwrap();
    let error = read(&wanted(&path)).unwrap_err().to_string();
    assert!(error.contains("labels that the training part does not have: \"5\""), "{error}");
}

#[test]
fn of_several_training_parts_in_a_folder_one_must_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (split, labels) in [("balanced", [0, 1, 2]), ("letters", [1, 2, 3])] {
        fs::write(at(&format!("emnist-{split}-train-images-idx3-ubyte")), idx(&[3, 1, 1], &[9, 8, 7]))
            .unwrap();
        fs::write(at(&format!("emnist-{split}-train-labels-idx1-ubyte")), idx(&[3], &labels)).unwrap();
    }
    let error = read(&wanted(folder.path())).unwrap_err().to_string();
    let names = "emnist-balanced-train-images-idx3-ubyte, emnist-letters-train-images-idx3-ubyte";
    assert!(
        error.contains(&format!("several training parts: {names}; name the one that is meant")),
        "{error}"
    );
    let named = read(&wanted(&at("emnist-letters-train-images-idx3-ubyte"))).unwrap();
    assert_eq!(named.classes, ["1", "2", "3"]);
    // A file and its compressed copy count once.
    for kind in ["images-idx3", "labels-idx1"] {
        let name = at(&format!("emnist-letters-train-{kind}-ubyte"));
        fs::write(at(&format!("emnist-letters-train-{kind}-ubyte.gz")), gzip(&fs::read(name).unwrap()))
            .unwrap();
        fs::remove_file(at(&format!("emnist-balanced-train-{kind}-ubyte"))).unwrap();
    }
    let read = read(&wanted(folder.path())).unwrap();
    assert_eq!(read.classes, ["1", "2", "3"]);
    assert!(
        read.read[0].contains("the images of emnist-letters-train-images-idx3-ubyte with"),
        "{:?}",
        read.read
    );
}

#[test]
fn images_in_folders_follow_the_rule_of_texts() {
    for (names, expected) in [
        (
            &["train/1.png", "train/2.png", "test/3.png"][..],
            "\"test\" and \"train\" hold 3 files, but no folder",
        ),
        (&["bus/1.png", "train/day/2.png", "train/night/3.png"], "\"train\" may be a training part"),
        (
            &["train/a/1.png", "train/b/2.png", "test/a/3.png", "old_test/a/4.png"],
            "several folders are test parts",
        ),
    ] {
        let files: Vec<_> = names.iter().map(|&name| (name, Some(png(1)))).collect();
        let (_home, paths) = written(&files);
        for path in &paths {
            let error = read(&wanted(path)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
    let files =
        ["train/a/1.png", "train/b/2.png", "train/b/3.png", "test/4.png"].map(|name| (name, Some(png(1))));
    let (_home, paths) = written(&files);
    for path in &paths {
        let read = read(&wanted(path)).unwrap();
        let remark = "test: 1 file was left out: it has no folder of a class";
        assert!(read.remarks.iter().any(|told| told == remark), "{:?}", read.remarks);
    }
}

#[test]
fn idx_headers_that_lie_are_refused_with_what_is_there() {
    let (folder, path) = small();
    for (bytes, expected) in [
        (idx(&[31, 2, 3], &[0; 180]), "claims 31 × 2 × 3 bytes, but only 180 are there"),
        (idx(&[29, 2, 3], &[0; 180]), "claims 29 × 2 × 3 bytes, but more than that are there"),
        (idx(&[u32::MAX, u32::MAX, u32::MAX], &[0; 180]), "more than 4 GiB"),
        (idx(&[60_000, 200, 200], &[0; 180]), "but only 180 are there"),
        (idx(&[0, 2, 3], &[]), "0 images of 2 × 3 pixels"),
        (idx(&[30, 2, 0], &[]), "30 images of 2 × 0 pixels"),
        (idx(&[180], &[0; 180]), "an array of 1 dimensions is no images"),
        (idx(&[10, 2, 3], &[0; 60]), "30 labels for the 10 images of train-images-idx3-ubyte"),
        (vec![0, 0, 13, 3, 0, 0, 0, 1], "numbers that are not bytes"),
        (b"hello".to_vec(), "no labelled images"),
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

/// A PNG of 3 × 2 pixels with one grey value.
fn png(grey: u8) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let image = ::image::GrayImage::from_pixel(3, 2, ::image::Luma([grey]));
    image.write_to(&mut out, ::image::ImageFormat::Png).unwrap();
    out.into_inner()
}

/// Writes `files` as a folder, a `.tar.gz` and a `.zip`; an entry without content is a folder.
fn written(files: &[(&str, Option<Vec<u8>>)]) -> (tempfile::TempDir, [PathBuf; 3]) {
    let home = tempfile::tempdir().unwrap();
    let [folder, tar, zip] = ["f", "a.tar.gz", "a.zip"].map(|name| home.path().join(name));
    let gzip = flate2::write::GzEncoder::new(fs::File::create(&tar).unwrap(), flate2::Compression::fast());
    let mut tar_file = tar::Builder::new(gzip);
    let mut zip_file = zip::ZipWriter::new(fs::File::create(&zip).unwrap());
    let packed =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, content) in files {
        let path = folder.join(name);
        let Some(content) = content else {
            fs::create_dir_all(&path).unwrap();
            tar_file.append_dir(name, &path).unwrap();
            zip_file.add_directory(*name, packed).unwrap();
            continue;
        };
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        tar_file.append_path_with_name(&path, name).unwrap();
        zip_file.start_file(*name, packed).unwrap();
        zip_file.write_all(content).unwrap();
    }
    tar_file.into_inner().unwrap().finish().unwrap();
    zip_file.finish().unwrap();
    (home, [folder, tar, zip])
}

#[test]
fn folders_of_classes_give_the_same_from_a_folder_and_from_archives() {
    let (_home, paths) = written(&[
        ("set/train/dog/b.png", Some(png(20))),
        ("set/train/dog/a.PNG", Some(png(10))),
        ("set/train/cat/c.png", Some(png(30))),
        ("set/train/cat/notes.txt", Some(b"no image".to_vec())),
        ("set/train/cat/moving.gif", Some(b"GIF89a".to_vec())),
        ("set/train/cat/cut.png", Some(png(30)[..40].to_vec())),
        ("set/train/cat/none.jpg", Some(Vec::new())),
        ("set/val/cat/d.png", Some(png(40))),
        ("set/val/dog", None),
    ]);
    let mut all = Vec::new();
    for path in &paths {
        let read = read(&wanted(path)).unwrap();
        assert_eq!(read.classes, ["cat", "dog"]);
        assert_eq!(read.train.names, ["set/train/cat/c.png", "set/train/dog/a.PNG", "set/train/dog/b.png"]);
        assert_eq!(read.train.labels, [0, 1, 1]);
        let light: Vec<u8> = read.train.images.iter().map(|image| image.pixels[5]).collect();
        assert_eq!((light, read.train.images[0].shape()), (vec![30, 10, 20], (2, 3, 1)));
        let (name, test) = &read.tests[0];
        assert_eq!(
            (&name[..], &test.names[..], read.validation.is_none()),
            ("test", &["set/val/cat/d.png".to_string()][..], true)
        );
        let remarks = read.remarks.join("\n");
        for expected in [
            "2 of 5 images cannot be read and were left out: set/train/cat/cut.png (the image is damaged",
            "set/train/cat/none.jpg (the file is empty)",
            "1 image of a kind that is not read was left out: set/train/cat/moving.gif",
            "set/val/dog: the folder of this class holds no image",
            "there is no test part: the validation part serves as one",
        ] {
            assert!(remarks.contains(expected), "{expected} is not in\n{remarks}");
        }
        assert_eq!(read.read.len(), 2);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(
            read.read[0],
            format!("{name}: training part set/train, a folder a class: cat (1), dog (2)")
        );
        all.push(LabelledImages { read: Vec::new(), ..read });
    }
    assert!(all.iter().all(|one| *one == all[0]));
}

#[test]
fn a_test_part_and_a_validation_part_are_told_apart() {
    let parts = ["train", "val", "test"];
    let files: Vec<(String, Vec<u8>)> = parts
        .iter()
        .flat_map(|part| ["a", "b"].map(|class| (format!("{part}/{class}/1.png"), png(part.len() as u8))))
        .collect();
    let files: Vec<(&str, Option<Vec<u8>>)> = files.iter().map(|(n, c)| (&n[..], Some(c.clone()))).collect();
    let (_home, paths) = written(&files);
    let read = read(&wanted(&paths[0])).unwrap();
    assert_eq!(read.train.names, ["train/a/1.png", "train/b/1.png"]);
    assert_eq!(read.validation.unwrap().names, ["val/a/1.png", "val/b/1.png"]);
    assert_eq!(read.tests[0].1.names, ["test/a/1.png", "test/b/1.png"]);
}

#[test]
fn empty_lost_and_unknown_classes_are_a_sentence() {
    let refused = |files: &[(&str, Option<Vec<u8>>)], expected: &str| {
        let (_home, paths) = written(files);
        for path in paths {
            let error = read(&wanted(&path)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    };
    let two = [("a/1.png", Some(png(1))), ("b/1.png", Some(png(2)))];
    let with = |more: &[(&'static str, Option<Vec<u8>>)]| [&two[..], more].concat();
    refused(
        &with(&[("c", None)]),
        "c: the folder of this class holds no image; put images into it, or take it away",
    );
    refused(&with(&[("c/1.png", Some(b"not".to_vec()))]), "its class has no other image that can be read");
    refused(&[("1.png", Some(png(1)))], "no folder of a class in it; give every class a folder");
    refused(&[("a/1.txt", Some(b"text".to_vec()))], "no PNG, JPEG, BMP, WebP or PNM image in it");
    let strange = [("train/a/1.png", 1), ("train/b/1.png", 2), ("test/a/1.png", 3), ("test/c/1.png", 4)];
    refused(
        &strange.map(|(name, grey)| (name, Some(png(grey)))),
        "labels that the training part does not have: \"c\"",
    );
}

#[test]
fn characters_of_omniglot_are_classes_by_both_names() {
    let (_home, paths) = written(&[
        ("images/Greek/character01/1.png", Some(png(1))),
        ("images/Greek/character02/1.png", Some(png(2))),
        ("images/Latin/character01/1.png", Some(png(3))),
    ]);
    for path in &paths {
        let mut chosen = wanted(path);
        chosen.test = Some(path);
        let read = read(&chosen).unwrap();
        assert_eq!(read.classes, ["Greek/character01", "Greek/character02", "Latin/character01"]);
        assert_eq!(read.train.labels, [0, 1, 2]);
    }
}

/// A CIFAR file with these labels. In every image red is the image's number, green is 7, and blue is the pixel's
/// position.
fn cifar(labels: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, label) in labels.iter().enumerate() {
        bytes.extend(*label);
        bytes.extend([number as u8; 1024]);
        bytes.extend([7; 1024]);
        bytes.extend((0..1024).map(|at| at as u8));
    }
    bytes
}

#[test]
fn cifar_is_read_from_a_folder_archives_and_single_files() {
    let (_home, paths) = written(&[
        ("c/batches.meta.txt", Some(b"plane\ncar\nbird\n\n".to_vec())),
        ("c/data_batch_2.bin", Some(cifar(&[&[1], &[0]]))),
        ("c/data_batch_1.bin", Some(cifar(&[&[2], &[1], &[0]]))),
        ("c/test_batch.bin", Some(cifar(&[&[2]]))),
        ("c/readme.html", Some(b"<html>".to_vec())),
    ]);
    let single = paths[0].join("c/data_batch_1.bin");
    for path in paths.iter().chain([&single]) {
        let read = read(&wanted(path)).unwrap();
        assert_eq!(read.classes, ["plane", "car", "bird"]);
        let labels: &[u32] = if path.ends_with("data_batch_1.bin") { &[2, 1, 0] } else { &[2, 1, 0, 1, 0] };
        assert_eq!((&read.train.labels[..], &read.train.names[1][..]), (labels, "data_batch_1.bin#1"));
        assert_eq!(read.tests[0].1.labels, [2]);
        let image = &read.train.images[1];
        assert_eq!((image.shape(), &image.pixels[..6]), ((32, 32, 3), &[1, 7, 0, 1, 7, 1][..]));
    }
    let (_home, paths) =
        written(&[("train.bin", Some(cifar(&[&[1, 20], &[0, 3]]))), ("test.bin", Some(cifar(&[&[1, 3]])))]);
    for path in &paths {
        let read = read(&wanted(path)).unwrap();
        assert_eq!(
            (&read.classes[..], &read.tests[0].1.labels[..]),
            (&["3", "20"].map(String::from)[..], &[0][..])
        );
    }
    for (file, expected) in [
        (cifar(&[&[1], &[3]]), "image 1 has the label 3, and 3 classes have names"),
        (cifar(&[&[1]])[..3000].to_vec(), "3000 bytes are no whole number of images of 3073 bytes"),
        (Vec::new(), "0 bytes are no whole number"),
    ] {
        fs::write(&single, file).unwrap();
        let error = read(&wanted(&single)).unwrap_err().to_string();
        assert!(error.contains("data_batch_1.bin") && error.contains(expected), "{error}");
    }
    // Other files in a folder with IDX files are ignored.
    let (folder, _) = small();
    assert_eq!(read(&wanted(folder.path())).unwrap().train.len(), 24);
}

/// A file of the public data.
fn real(name: &str) -> PathBuf {
    crate::data::public::folder().join(name)
}

#[test]
#[ignore = "needs WARMSTART_DATA"]
fn public_sets_of_images_are_read_whole() {
    let shape = |read: &LabelledImages| (read.classes.len(), read.train.len(), read.tests[0].1.len());
    let sum = |image: &Image| image.pixels.iter().map(|&p| u64::from(p)).sum::<u64>();
    let mnist = real("mnist/train-images-idx3-ubyte.gz");
    let mnist = read(&wanted(&mnist)).unwrap();
    assert_eq!(shape(&mnist), (10, 60_000, 10_000));
    // numpy: the first images of the two parts are a 5 and a 7, and these are the sums of their pixels.
    assert_eq!((mnist.train.labels[0], sum(&mnist.train.images[0])), (5, 27_525));
    assert_eq!((mnist.tests[0].1.labels[0], sum(&mnist.tests[0].1.images[0])), (7, 18_454));
    let usps = read(&wanted(&real("usps/usps-train-images-idx3-ubyte.gz"))).unwrap();
    assert_eq!(shape(&usps), (10, 7_291, 2_007));
    assert_eq!((usps.train.images[0].shape(), sum(&usps.train.images[0])), ((16, 16, 1), 22_261));
    let cifar = read(&wanted(&real("cifar10/cifar10-jpeg.tar.gz"))).unwrap();
    assert_eq!(shape(&cifar), (10, 50_000, 10_000));
    assert_eq!((&cifar.classes[0][..], cifar.train.images[0].shape()), ("airplane", (32, 32, 3)));
    // Pillow's sum of the first image; pixels may differ by 1 between decoders.
    assert!(sum(&cifar.train.images[0]).abs_diff(456_420) < 3_072);
    let omniglot = read(&wanted(&real("omniglot/images_background_small1.zip"))).unwrap();
    assert_eq!(omniglot.train.len() + omniglot.tests[0].1.len(), 2_720);
    assert_eq!((omniglot.classes.len(), omniglot.train.images[0].shape()), (136, (105, 105, 1)));
    let ants = read(&wanted(&real("hymenoptera/hymenoptera_data_256.tar.gz"))).unwrap();
    assert_eq!((shape(&ants), &ants.classes[..]), ((2, 244, 153), &["ants", "bees"].map(String::from)[..]));
    assert!(ants.train.images.iter().all(|image| image.height.min(image.width) <= 256));
    let dog = real("photos/dog.jpg");
    let dog = read_image(&dog, 256).unwrap();
    assert_eq!(dog.height.min(dog.width), 256);
}
