//! Every reader of foreign bytes, behind one door: a name, and what is done with a file.
//!
//! The fuzz targets (`fuzz/`) and the mutations (`main.rs` beside this) come through the same door. What a reader gives is
//! used as far as the program does before it begins to work: texts are cut into tokens, vectors are asked, images are brought
//! to a size. An error is a good outcome; a panic never is.

use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use warmstart::data::image::Image;
use warmstart::data::images::{self, Wanted, read_image};
use warmstart::data::label_file::{LabelFile, Wanted as LabelWanted};
use warmstart::data::labelled::{self, Texts};
use warmstart::data::row::{Row, Rows};
use warmstart::data::rows;
use warmstart::error::Result;
use warmstart::files::Meter;
use warmstart::models::sentence_encoder::{PublishedEncoder, Tape};
use warmstart::pretrain::{Column, Corpus, Files};
use warmstart::session::history::History;
use warmstart::session::recipe::Recipe;
use warmstart::session::text_transfer::{TextFiles, Tokens};
use warmstart::session::tour::chapter::Chapter;
use warmstart::session::{checkpoint, log};
use warmstart::text::tokenise::for_each_token;
use warmstart::train::network_of;
use warmstart::transfer::predictor::{Predictor, load, save};
use warmstart::vectors::evaluation::lists::{Pairs, Questions};
use warmstart::vectors::fasttext::{Classifier, Model};
use warmstart::vectors::formats;

/// A reader.
pub struct Reader {
    pub name: &'static str,
    /// Does with `bytes` what the program would with such a file; `folder` is empty.
    read: fn(folder: &Path, bytes: &[u8]) -> Result<()>,
    /// Makes sums right that would hide everything behind them.
    mend: Option<fn(&mut [u8])>,
}

/// All readers.
pub const READERS: [Reader; 43] = [
    plain("corpus", corpus),
    plain("column", column),
    plain("gzip", packed),
    plain("zstd", packed),
    plain("bzip2", packed),
    plain("xz", packed),
    plain("zip", packed),
    Reader { name: "tar", read: packed, mend: Some(mend_tar) },
    plain("csv", |folder, bytes| documents(file(folder, "case.csv", bytes))),
    plain("tsv", |folder, bytes| documents(file(folder, "case.tsv", bytes))),
    plain("json", |folder, bytes| documents(file(folder, "case.json", bytes))),
    plain("parquet", labelled_texts),
    plain("label-lines", labelled_texts),
    plain("folder", labelled_folder),
    Reader { name: "png", read: image, mend: Some(mend_png) },
    plain("jpeg", image),
    plain("bmp", image),
    plain("webp", image),
    plain("pnm", image),
    plain("idx", idx),
    plain("cifar", cifar),
    plain("parquet-images", labelled_images),
    plain("zip-images", labelled_images),
    plain("vectors-text", vectors),
    plain("vectors-word2vec", vectors),
    plain("vectors-safetensors", vectors),
    plain("static-tokeniser", static_tokeniser),
    plain("static-vectors", static_vectors),
    plain("fasttext", vectors),
    plain("fasttext-labels", classifier),
    plain("fasttext-quantised", classifier),
    plain("pairs", pairs),
    plain("analogies", analogies),
    plain("image-weights", weights),
    plain("sentence-encoder", encoder),
    plain("recipe", a_recipe),
    plain("chapter", a_chapter),
    plain("log", a_log),
    plain("checkpoint", a_checkpoint),
    plain("kept-model", a_kept_model),
    plain("rows", the_rows),
    plain("parquet-rows", the_rows),
    plain("labels", labels),
];

const fn plain(name: &'static str, read: fn(&Path, &[u8]) -> Result<()>) -> Reader {
    Reader { name, read, mend: None }
}

impl Reader {
    /// The reader called `name`.
    ///
    /// # Panics
    /// When there is none.
    pub fn called(name: &str) -> &'static Reader {
        READERS
            .iter()
            .find(|reader| reader.name == name)
            .unwrap_or_else(|| panic!("no reader is called {name}"))
    }

    /// Reads `bytes` in the empty `folder`, which is emptied again. `Ok` is what was read, `Err` a sentence.
    pub fn read(&self, folder: &Path, bytes: &[u8]) -> std::result::Result<(), String> {
        let outcome = (self.read)(folder, bytes).map_err(|error| error.to_string());
        empty(folder);
        outcome
    }

    /// The same bytes with sums that fit, where the format has sums that a reader looks at first.
    pub fn mended(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = bytes.to_vec();
        self.mend.map(|mend| mend(&mut bytes))?;
        Some(bytes)
    }
}

/// Removes everything in `folder`.
pub fn empty(folder: &Path) {
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
            .unwrap();
    }
}

/// The file to be read, with these bytes.
fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn corpus(folder: &Path, bytes: &[u8]) -> Result<()> {
    let files = Files::new(vec![file(folder, "case.txt", bytes)])?;
    cut(&files)
}

/// Reads a corpus and cuts it into tokens in every way.
fn cut(corpus: &dyn Corpus) -> Result<()> {
    let mut tokens = 0;
    corpus.read(&mut |text| {
        for how in [Tokens::Words, Tokens::Whitespace, Tokens::Characters] {
            for_each_token(how, text, |token| tokens += token.len());
        }
        // A text that becomes much of little is looked at in its beginning only.
        if tokens > 4 << 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    corpus.remarks();
    Ok(())
}

fn column(folder: &Path, bytes: &[u8]) -> Result<()> {
    let path = file(folder, "case", bytes);
    cut(&Column::new(&path, "text")?)
}

/// What is packed may be a corpus, and labelled texts; it was read if it was either.
fn packed(folder: &Path, bytes: &[u8]) -> Result<()> {
    let first = corpus(folder, bytes);
    let second = labelled_texts(folder, bytes);
    second.or(first)
}

fn labelled_texts(folder: &Path, bytes: &[u8]) -> Result<()> {
    let path = file(folder, "case", bytes);
    documents(path)
}

fn documents(path: PathBuf) -> Result<()> {
    labelled::load_text(&TextFiles::One(path), None, None, &Texts::default(), 1, &mut |_| Ok(()))?;
    Ok(())
}

/// The case is a folder: a line a file, its name before a tab and its content behind it. Names lead nowhere else.
fn labelled_folder(folder: &Path, bytes: &[u8]) -> Result<()> {
    let root = folder.join("case");
    fs::create_dir(&root).unwrap();
    for line in bytes.split(|&byte| byte == b'\n').take(24) {
        let tab = line.iter().position(|&byte| byte == b'\t').unwrap_or(line.len());
        let (name, content) =
            (String::from_utf8_lossy(&line[..tab]), line.get(tab + 1..).unwrap_or_default());
        let parts = name.split('/').filter(|part| !part.is_empty() && *part != "." && *part != "..");
        // A name that the system does not take is no case.
        let path = parts.fold(root.clone(), |path, part| path.join(part.replace('\0', "0")));
        if let Some(parent) = path.parent().filter(|_| path != root)
            && fs::create_dir_all(parent).is_ok()
        {
            let _ = fs::write(&path, content);
        }
    }
    let texts = documents(root.clone());
    let images = labelled_images_at(&root);
    texts.or(images)
}

fn image(folder: &Path, bytes: &[u8]) -> Result<()> {
    let read = read_image(&file(folder, "case.png", bytes), 64)?;
    assert_eq!(read.pixels.len(), (read.width * read.height) as usize * usize::from(read.channels));
    Ok(())
}

/// Of a pair of files one is the case, and the other is whole.
fn idx(folder: &Path, bytes: &[u8]) -> Result<()> {
    let (pixels, labels) = idx_pair();
    let is_labels = bytes.get(3) == Some(&1);
    let (pixels, labels) = if is_labels { (&pixels[..], bytes) } else { (bytes, &labels[..]) };
    file(folder, "train-labels-idx1-ubyte", labels);
    labelled_images_at(&file(folder, "train-images-idx3-ubyte", pixels))
}

/// Six images of 4 × 4 pixels as IDX files, and their labels.
pub fn idx_pair() -> (Vec<u8>, Vec<u8>) {
    let mut pixels = vec![0, 0, 8, 3, 0, 0, 0, 6, 0, 0, 0, 4, 0, 0, 0, 4];
    pixels.extend((0..96_u8).map(|n| n.wrapping_mul(37)));
    (pixels, vec![0, 0, 8, 1, 0, 0, 0, 6, 0, 1, 2, 0, 1, 2])
}

fn cifar(folder: &Path, bytes: &[u8]) -> Result<()> {
    file(folder, "batches.meta.txt", b"cat\ndog\n");
    labelled_images_at(&file(folder, "data_batch_1.bin", bytes)).and_then(|()| labelled_images_at(folder))
}

fn labelled_images(folder: &Path, bytes: &[u8]) -> Result<()> {
    labelled_images_at(&file(folder, "case", bytes))
}

fn labelled_images_at(path: &Path) -> Result<()> {
    let wanted = Wanted { train: path, validation: None, test: None, only: &[], bound: 32, seed: 1 };
    images::load(&wanted, &mut |_| Ok(()))?;
    Ok(())
}

fn vectors(folder: &Path, bytes: &[u8]) -> Result<()> {
    let path = file(folder, "case.bin", bytes);
    let read = formats::read(&path, None)?;
    for word in ["soup", "never seen", "søppel"] {
        read.vector_or_made(word);
    }
    // Fewer rows go another way.
    formats::read(&path, Some(2))?;
    Ok(())
}

/// A `tokenizer.json` of five tokens.
pub const STATIC_TOKENISER: &str = r###"{"version": "1.0", "truncation": null, "padding": null,
 "added_tokens": [{"id": 0, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true}],
 "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null,
 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 9,
           "vocab": {"[UNK]": 0, "soup": 1, "##s": 2, "lamp": 3, "s": 4}}}"###;

/// The `model.safetensors` of five tokens, whose table has this name. That of model2vec has weights and a mapping too.
pub fn static_tensors(table: &str) -> Vec<u8> {
    let numbers = (0..10).flat_map(|n| (n as f32 / 4.0).to_le_bytes());
    let weights = (1..6).flat_map(|n| (n as f32).to_le_bytes());
    let rows = (0..5_i64).flat_map(|n| (4 - n).to_le_bytes());
    let own = format!("\"{table}\":{{\"dtype\":\"F32\",\"shape\":[5,2],\"data_offsets\":[0,40]}}");
    let more = "\"weights\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[40,60]},\
                \"mapping\":{\"dtype\":\"I64\",\"shape\":[5],\"data_offsets\":[60,100]}";
    let (header, data): (String, Vec<u8>) = match table {
        "embeddings" => (format!("{{{own},{more}}}"), numbers.chain(weights).chain(rows).collect()),
        _ => (format!("{{{own}}}"), numbers.collect()),
    };
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat()
}

/// A folder of static token vectors with this `tokenizer.json`.
fn static_tokeniser(folder: &Path, bytes: &[u8]) -> Result<()> {
    static_folder(folder, bytes, &static_tensors("embeddings"))
}

/// A folder of static token vectors with this `model.safetensors`.
fn static_vectors(folder: &Path, bytes: &[u8]) -> Result<()> {
    static_folder(folder, STATIC_TOKENISER.as_bytes(), bytes)
}

fn static_folder(folder: &Path, tokeniser: &[u8], tensors: &[u8]) -> Result<()> {
    file(folder, "config.json", b"{}");
    file(folder, "tokenizer.json", tokeniser);
    file(folder, "model.safetensors", tensors);
    let read = formats::read(folder, None)?;
    // A word that is cut, and one that has no tokens.
    for word in ["soups lamp", "", "กำ\u{10fffd}"] {
        drop(read.view().neighbours(word, 2));
    }
    Ok(())
}

fn classifier(folder: &Path, bytes: &[u8]) -> Result<()> {
    let path = file(folder, "case.ftz", bytes);
    let classifier = Classifier::new(Model::open(&path)?)?;
    for text in [&b"good soup"[..], b"", b"\xff never \xe0 seen"] {
        classifier.predict(text, 2);
    }
    Ok(())
}

fn pairs(folder: &Path, bytes: &[u8]) -> Result<()> {
    Pairs::read(&file(folder, "case.txt", bytes)).map(drop)
}

fn analogies(folder: &Path, bytes: &[u8]) -> Result<()> {
    Questions::read(&file(folder, "case.txt", bytes)).map(|read| drop(read.thinned(2)))
}

fn weights(folder: &Path, bytes: &[u8]) -> Result<()> {
    network_of(&file(folder, "case.safetensors", bytes)).map(drop)
}

/// The files of a sentence encoder, as they stand in a case with [`BETWEEN`] between them.
pub const ENCODER: [&str; 6] = [
    "config.json",
    "tokenizer.json",
    "modules.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
    "model.safetensors",
];

fn encoder(folder: &Path, bytes: &[u8]) -> Result<()> {
    fs::create_dir(folder.join("1_Pooling")).unwrap();
    let mut rest = bytes;
    for name in ENCODER {
        let at = rest.windows(BETWEEN.len()).position(|part| part == BETWEEN);
        let (part, behind) = at.map_or((rest, &[][..]), |at| (&rest[..at], &rest[at + BETWEEN.len()..]));
        file(folder, name, part);
        rest = behind;
    }
    let read = PublishedEncoder::read(folder)?;
    let mut tape = Tape::default();
    for text in ["warm soup", "", "never seen so warm"] {
        let ids = read.ids(text)?;
        let mut vector = vec![0.0; read.model.features()];
        read.model.encode(&[&ids[..]], &mut tape, &mut vector);
    }
    Ok(())
}

fn a_recipe(_folder: &Path, bytes: &[u8]) -> Result<()> {
    let read = Recipe::parse(&String::from_utf8_lossy(bytes), Path::new("/recipes/case.ron"))?;
    // What was read is kept in a session, and is the same when it is read again.
    let kept = read.to_ron();
    let again = Recipe::parse(&kept, Path::new("/elsewhere/recipe.ron"))?;
    assert_eq!(again.to_ron(), kept);
    Ok(())
}

fn a_chapter(_folder: &Path, bytes: &[u8]) -> Result<()> {
    let text = String::from_utf8_lossy(bytes);
    let chapter = Chapter::parse(&text, Path::new("/tours/case.ron"), &|_| None)?;
    // Every choice has a key, and every side can be looked for.
    let choices = chapter.question.choices();
    assert!(choices.len() >= 2 && chapter.question.sides().len() >= 2);
    assert!(
        choices.iter().enumerate().all(|(at, one)| choices[..at].iter().all(|other| other.key != one.key))
    );
    Ok(())
}

fn a_log(folder: &Path, bytes: &[u8]) -> Result<()> {
    file(folder, log::FILE, bytes);
    let (_, remark) = History::read_metered(folder, &Meter::default())?;
    let told = log::read(folder)?;
    assert_eq!(told.damage.is_some(), remark.is_some());
    History::of(told.entries);
    Ok(())
}

/// What stands between the two files of a checkpoint in a case.
pub const BETWEEN: &[u8] = b"\n----\n";

/// The case is the state and, behind [`BETWEEN`], the tensors. Sums and lengths are those of the case, or none of it would be
/// looked at.
fn a_checkpoint(folder: &Path, bytes: &[u8]) -> Result<()> {
    let at = bytes.windows(BETWEEN.len()).position(|part| part == BETWEEN);
    let (state, tensors) = at.map_or((bytes, &[][..]), |at| (&bytes[..at], &bytes[at + BETWEEN.len()..]));
    let own = folder.join(checkpoint::FOLDER);
    fs::create_dir(&own).unwrap();
    let (length, sum) = (tensors.len(), crc32fast::hash(tensors));
    let mut side = format!("(version:2,bytes:{length},crc:{sum},log:(bytes:9,crc:1),state:").into_bytes();
    side.extend(state);
    side.push(b')');
    let mut out = fs::File::create(own.join("run-1@5.ron")).unwrap();
    writeln!(out, "// crc32 {:08x}", crc32fast::hash(&side)).unwrap();
    out.write_all(&side).unwrap();
    file(&own, "run-1@5.safetensors", tensors);
    let read = checkpoint::load::<ron::Value>(folder, "run-1").map(drop);
    checkpoint::sift(folder, |_| true);
    read
}

/// The case is the configuration, the tensors, the vocabulary and the subwords of a kept model, with [`BETWEEN`] between them.
fn a_kept_model(folder: &Path, bytes: &[u8]) -> Result<()> {
    let mut rest = bytes;
    for name in [save::CONFIG, save::TENSORS, save::VOCABULARY, save::SUBWORDS] {
        let at = rest.windows(BETWEEN.len()).position(|part| part == BETWEEN);
        let (part, behind) = at.map_or((rest, &[][..]), |at| (&rest[..at], &rest[at + BETWEEN.len()..]));
        file(folder, name, part);
        rest = behind;
    }
    match load::load(folder)?.predictor {
        Predictor::Text(predictor) => {
            let texts = ["warm soup", "", "never new_york seen so warm"];
            predictor.probabilities(&texts, &mut Default::default());
            predictor.explain("warm never soup", &mut Default::default());
        }
        Predictor::Images(predictor) => {
            // A large one takes its time.
            if predictor.preparation.len() <= 64 * 64 * 3 {
                let image = Image { width: 3, height: 2, channels: 1, pixels: vec![0, 9, 99, 7, 77, 255] };
                predictor.probabilities(&image, &mut Default::default());
            }
        }
    }
    Ok(())
}

/// Objects begin with a brace; Parquet is known by its content; everything else is read as CSV.
fn the_rows(folder: &Path, bytes: &[u8]) -> Result<()> {
    struct Counted(usize);
    impl Rows for Counted {
        fn guessed(&mut self, _: &str) {}

        fn header(&mut self, _names: Vec<String>) -> Result<()> {
            Ok(())
        }
        fn row(&mut self, row: Row) -> Result<()> {
            self.0 += row.text.map_or(0, |text| text.len());
            Ok(())
        }
    }
    let name = if matches!(bytes.first(), Some(b'{' | b'[')) { "case.jsonl" } else { "case.csv" };
    // The examples of Parquet have different columns of texts, which are found by their usual names.
    let text = Some("text").filter(|_| !bytes.starts_with(b"PAR1"));
    rows::each_row(&file(folder, name, bytes), text, &mut Counted(0))
}

/// Whatever a file of labels holds: it gets one more row, or it is refused and stays as it is.
fn labels(folder: &Path, bytes: &[u8]) -> Result<()> {
    let path = file(folder, "case.csv", bytes);
    let (mut labels, rows) = match LabelFile::open(&path, &LabelWanted::default()) {
        Ok(open) => open,
        Err(error) => {
            assert_eq!(fs::read(&path).unwrap(), bytes, "a refused file was changed");
            return Err(error);
        }
    };
    labels.append("one, \"more\"\ntext", "a label", "random", &|_| None)?;
    drop(labels);
    let (_, more) = LabelFile::open(&path, &LabelWanted::default())?;
    assert_eq!(more[..rows.len()], rows);
    assert_eq!((&more[rows.len()].text[..], more.len()), ("one, \"more\"\ntext", rows.len() + 1));
    Ok(())
}

/// The sums of a PNG's chunks.
fn mend_png(bytes: &mut [u8]) {
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes(head.try_into().unwrap()) as usize;
        let Some(end) = at.checked_add(8).and_then(|start| start.checked_add(length)) else { return };
        if end + 4 > bytes.len() {
            return;
        }
        let sum = crc32fast::hash(&bytes[at + 4..end]);
        bytes[end..end + 4].copy_from_slice(&sum.to_be_bytes());
        at = end + 4;
    }
}

/// The sums of a tar archive's headers, wherever something says that it is one.
fn mend_tar(bytes: &mut [u8]) {
    for block in bytes.chunks_exact_mut(512) {
        if block[257..262] == *b"ustar" {
            block[148..156].fill(b' ');
            let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
            block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
}
