//! Writes the data of the built-in demos as plain files, so that another program can make the same runs.
//!
//! `cargo bench --bench demo_files -- FOLDER`. The texts: `unlabelled.txt` (a review on each line), `train.txt`, `test.txt` and
//! `hand-written.txt` (a label, a space and a review on each line). The images: `letters.bin`, `digits.bin` and `digits-test.bin`, each
//! image as a byte for the label, then the pixels row by row.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use warmstart::data::image::Image;
use warmstart::data::{demo, demo_images, demo_task};

/// The sizes of `assets/recipes/demo.ron` and `demo-images.ron`.
const REVIEWS: usize = 32_000;
const TRAIN: usize = 4_000;
const TEST: usize = 2_000;
const LETTERS: usize = 18_000;
const SEED: u64 = 1;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let folder = PathBuf::from(folder.ok_or("name the folder to write to")?);
    fs::create_dir_all(&folder)?;
    let unlabelled: Vec<String> = demo::unlabelled(SEED).take(REVIEWS).collect();
    fs::write(folder.join("unlabelled.txt"), unlabelled.join("\n"))?;
    let labelled = |name: &str, texts: Vec<(u32, String)>| {
        let line = |(label, text): &(u32, String)| format!("{label} {}\n", text.replace('\n', " "));
        fs::write(folder.join(name), texts.iter().map(line).collect::<String>())
    };
    let generated = |split: &str, count: usize| {
        let texts = demo::labelled(SEED, split, count).into_iter();
        texts.map(|text| (text.label as u32, text.text)).collect()
    };
    labelled("train.txt", generated("train", TRAIN))?;
    labelled("test.txt", generated("test", TEST))?;
    let hand_written = demo_task::hand_written().into_iter();
    labelled("hand-written.txt", hand_written.map(|document| (document.label, document.text)).collect())?;

    let letters = demo_images::letters(LETTERS, SEED);
    images(&folder.join("letters.bin"), &letters.train.images, &letters.train.labels)?;
    let digits = demo_images::digits(SEED);
    images(&folder.join("digits.bin"), &digits.train.images, &digits.train.labels)?;
    let (_, test) = digits.tests.first().ok_or("the digits have a test set")?;
    images(&folder.join("digits-test.bin"), &test.images, &test.labels)?;
    Ok(())
}

fn images(path: &Path, images: &[Image], labels: &[u32]) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(fs::File::create(path)?);
    for (image, &label) in images.iter().zip(labels) {
        file.write_all(&[label as u8])?;
        file.write_all(&image.pixels)?;
    }
    file.flush()
}
