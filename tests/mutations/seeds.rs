//! Valid small files for every reader, and words that mean something to it. All of them are read.

use std::borrow::Cow;
use std::io::{Cursor, Write};
use std::sync::Arc;

use image::{DynamicImage, ImageFormat};
use ndarray::Array2;

use crate::readers::{BETWEEN, ENCODER, STATIC_TOKENISER, idx_pair, static_tensors};
use warmstart::models::image_network::{ImageNetwork, architectures, weights};
use warmstart::models::sentence_encoder::config::EncoderConfig;
use warmstart::models::sentence_encoder::family::Family;
use warmstart::models::sentence_encoder::{Output, SentenceEncoder};
use warmstart::models::text_classifier::TextClassifier;
use warmstart::nn::attention::Attention;
use warmstart::nn::convolution::Shape;
use warmstart::nn::hidden_activation::HiddenActivation;
use warmstart::nn::relative_bias::RelativeBias;
use warmstart::nn::token_pooling::TokenPooling;
use warmstart::nn::transformer_layer::TransformerLayer;
use warmstart::session::architecture::Architecture;
use warmstart::session::language_model::Direction;
use warmstart::session::method::DocumentVector;
use warmstart::session::text_transfer::{Head, Pooling, RecurrentShape, Tokens};
use warmstart::text::counts::TfIdf;
use warmstart::text::pairs::Pairs;
use warmstart::text::words::Words;
use warmstart::transfer::baselines::CountModel;
use warmstart::transfer::baselines::nbsvm_model::{NbsvmModel, Weights};
use warmstart::transfer::baselines::tfidf_model::TfIdfModel;
use warmstart::transfer::calibration::Temperature;
use warmstart::transfer::document_vectors::DocumentVectors;
use warmstart::transfer::lookup::WordRows;
use warmstart::transfer::predictor::config::{About, Precision, Stored};
use warmstart::transfer::predictor::images::{ImageModel, ImagePredictor, Piece};
use warmstart::transfer::predictor::text::{KnownPhrases, TextModel, TextPredictor};
use warmstart::transfer::predictor::{Predictor, save};
use warmstart::transfer::probe::Linear;
use warmstart::vectors::fasttext::Subwords;
use warmstart::vectors::{WordVectors, formats};
use warmstart::vision::Preparation;

const TEXT: &str = "The soup was warm, don't you think? :-) 😀 👩‍👩‍👧\nहिन्दी मिल्क और แมวกินปลา 我喜欢电影。 東京は晴れ\nשָׁלוֹם مرحبا İstanbul ĐƯỜNG co\u{ad}op cafe\u{301}\n\nsoup lamp soup 12 3.5 a_b http://x.y/z\n";

const CSV: &str = "id,text,label\n1,\"a fine, warm day\",good\n2,\"a \"\"dull\"\" one\r\nand long\",bad\n3,so warm,good\n4,so grim,bad\n5,,bad\n6,nice,\n7,lovely lamp,good\n8,shoddy lamp,bad\n";

const JSON: &str = "{\"text\": \"a fine day\", \"label\": 1, \"more\": {\"a\": [1, null, \"x\"]}}\n{\"text\": \"a \\u00e9 \\ud83d\\ude00 bad\\tday\", \"label\": 0}\n{\"label\": 1, \"text\": \"warm\"}\n{\"text\": \"grim\", \"label\": 0}\n{\"text\": \"none\", \"label\": null}\n";

const LINES: &str = "good a fine day\nbad a grim day\ngood so warm\nbad so dull\n";

const FOLDER: &str = "train/pos/1.txt\ta fine day\ntrain/pos/2.txt\tso warm\ntrain/neg/1.txt\ta grim day\ntrain/neg/2.txt\tso dull\ntest/pos/1.txt\tnice\ntest/neg/1.txt\tpoor\n";

const RECIPES: [&str; 9] = [
    include_str!("../../assets/recipes/demo.ron"),
    include_str!("../../assets/recipes/demo-images.ron"),
    include_str!("../../assets/recipes/demo-lm.ron"),
    include_str!("../../assets/recipes/imdb-language-model.ron"),
    include_str!("../../assets/recipes/imdb-adapted-vectors.ron"),
    include_str!("../../assets/recipes/imdb-own-vectors.ron"),
    include_str!("../../assets/recipes/sst2-glove.ron"),
    include_str!("../../assets/recipes/your-photos.ron"),
    include_str!("../../assets/recipes/your-reviews.ron"),
];

const CHAPTERS: [&str; 4] = [
    include_str!("../../assets/tours/1-what-it-is.ron"),
    include_str!("../../assets/tours/2-vectors-of-words.ron"),
    include_str!("../../assets/tours/5-images.ron"),
    include_str!("../../assets/tours/your-chapter.ron"),
];

const LOG: &str = include_str!("../../sessions/recorded-demo/log.ron");

const PARQUET: [&[u8]; 5] = [
    include_bytes!("../../engine/src/data/parquet/examples/gzip-v2.parquet"),
    include_bytes!("../../engine/src/data/parquet/examples/lengths.parquet"),
    include_bytes!("../../engine/src/data/parquet/examples/plain.parquet"),
    include_bytes!("../../engine/src/data/parquet/examples/snappy.parquet"),
    include_bytes!("../../engine/src/data/parquet/examples/zstd-delta.parquet"),
];

/// Columns of many kinds, without labels.
const PARQUET_TYPES: &[u8] = include_bytes!("../../engine/src/data/parquet/examples/types.parquet");

const PARQUET_IMAGES: &[u8] = include_bytes!("../../engine/src/data/parquet/examples/images.parquet");

/// Valid files for the reader called `name`.
pub fn of(name: &str) -> Vec<Vec<u8>> {
    let texts =
        |texts: &[&str]| -> Vec<Vec<u8>> { texts.iter().map(|text| text.as_bytes().to_vec()).collect() };
    let each = |pack: fn(&[u8]) -> Vec<u8>| -> Vec<Vec<u8>> {
        let folder = tar_of(&folder());
        [TEXT.as_bytes(), CSV.as_bytes(), LINES.as_bytes(), &folder].map(pack).to_vec()
    };
    match name {
        "corpus" => vec![
            TEXT.into(),
            format!("\u{feff}{TEXT}").into(),
            utf16(TEXT),
            utf32(TEXT),
            b"caf\xe9 \x93so\x94 na\xefve\nsoup\n".to_vec(),
        ],
        "column" => texts(&[CSV, &CSV.replace(',', ";"), "text\tlabel\na fine day\tx\nso warm\ty\n", JSON]),
        "gzip" => each(gzip),
        "zstd" => each(|bytes| zstd::encode_all(bytes, 3).unwrap()),
        "bzip2" => each(bzip2),
        "xz" => each(xz),
        "zip" => vec![
            zip_of(&[("inside.txt".into(), TEXT.into())]),
            zip_of(&[("a.csv".into(), CSV.into())]),
            zip_of(&folder()),
        ],
        "tar" => vec![tar_of(&folder()), gzip(&tar_of(&folder())), long_names()],
        "csv" => texts(&[
            CSV,
            &CSV.replace(',', ";"),
            &CSV.replace("id,text,label\n", ""),
            "text|label\na b|x\nc d|y\ne f|x\ng|y\n",
        ]),
        "tsv" => texts(&[
            "text\tlabel\na fine day\tgood\nso grim\tbad\nwarm\tgood\ndull\tbad\n",
            "1\tgood\ta fine day\n2\tbad\ta grim day\n3\tgood\tso warm one\n4\tbad\tso dull one\n",
        ]),
        "json" => texts(&[
            JSON,
            &format!("[\n{}\n]\n", JSON.trim().replace('\n', ",\n")),
            &JSON.replace(", ", ",\n  "),
        ]),
        "parquet" => PARQUET.map(<[u8]>::to_vec).to_vec(),
        "parquet-rows" => vec![PARQUET_TYPES.to_vec(), PARQUET[0].to_vec(), PARQUET[4].to_vec()],
        "label-lines" => texts(&[
            LINES,
            "__label__good a fine day\n__label__bad a grim day\nso warm __label__good\n__label__bad so dull\n",
            "DESC:def what is soup ?\nHUM:ind who cooks ?\nDESC:cause why warm ?\nHUM:gr who eats ?\n",
            &LINES.replace(' ', "\t"),
        ]),
        "folder" => texts(&[
            FOLDER,
            &FOLDER.replace("train/", "").replace("test/", "more/"),
            &FOLDER.replace("train/", "x_train/x_train/"),
        ]),
        "png" => images(ImageFormat::Png),
        "jpeg" => {
            let mut all = images(ImageFormat::Jpeg);
            all.push(include_bytes!("../../engine/src/data/images/decode/halved-chroma.jpg").to_vec());
            all
        }
        "bmp" => images(ImageFormat::Bmp),
        "webp" => images(ImageFormat::WebP),
        "pnm" => texts(&[
            "P1\n4 2\n0 1 0 1\n1 0 1 0\n",
            "P2\n# note\n3 2\n255\n0 10 20\n30 40 50\n",
            "P3\n1 2\n255\n1 2 3\n4 5 6\n",
            "P5 2 2 255\nabcd",
            "P6 2 1 255\nabcdef",
            "P4\n8 2\nab",
            "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\nabcdef",
            "P5 2 1 65535\nabcd",
        ]),
        "idx" => {
            let (pixels, labels) = idx_pair();
            vec![pixels, labels]
        }
        "cifar" => vec![
            (0..6_u32)
                .flat_map(|n| {
                    std::iter::once((n % 2) as u8).chain((0..3_072_u32).map(move |at| (at * n) as u8))
                })
                .collect(),
        ],
        "parquet-images" => vec![PARQUET_IMAGES.to_vec()],
        "zip-images" => vec![zip_of(&image_folder()), gzip(&tar_of(&image_folder()))],
        "vectors-text" => texts(&[
            "3 2\nsoup 1 0\nlamp 0 1\nnew york -0.5 1e-3\n",
            "soup 1 0 2\nlamp 0 1 3\nsøppel .5 -.25 4\n",
            "\u{feff}soup 1 2\nlamp 3 4\n",
        ]),
        "vectors-word2vec" => vec![word2vec(), word2vec_without_line_ends()],
        "vectors-safetensors" => vec![saved("v.safetensors")],
        "static-tokeniser" => texts(&[&[STATIC_TOKENISER][..], &OTHER_TOKENISERS].concat()),
        "static-vectors" => vec![static_tensors("embeddings"), static_tensors("embedding.weight")],
        "fasttext" => {
            vec![model(2, &["soup", "lamp"], &[], 5), model(1, &["soup", "søppel"], &[], 0), saved("v.bin")]
        }
        "fasttext-labels" => vec![
            model(3, &["good", "soup"], &["__label__no", "__label__yes"], 0),
            model(3, &["good"], &["__label__a", "__label__b", "__label__c"], 4),
        ],
        "fasttext-quantised" => vec![quantised()],
        "pairs" => texts(&[
            "soup lamp 3.5\nwarm cold 1\n",
            "\u{feff}soup;lamp;3,5\nwarm;cold;1,0\n",
            "word1\tword2\tPOS\tSimLex999\nsoup\tlamp\tN\t2.5\nwarm\tcold\tA\t1\n",
            "\"soup\",\"lamp\",2.5\n\"warm-a\",\"cold-a\",1\n",
        ]),
        "analogies" => texts(&[": moods\nwarm cold good bad\nfine grim lovely dull\n: more\na b c d\n"]),
        "image-weights" => vec![network()],
        "sentence-encoder" => vec![encoder("bert"), encoder("roberta"), encoder("mpnet")],
        "recipe" => texts(&RECIPES),
        "chapter" => texts(&CHAPTERS),
        "log" => vec![some_lines(40, 0), some_lines(12, 3_000), some_lines(12, 6_200)],
        "checkpoint" => vec![checkpoint()],
        "kept-model" => kept_models(),
        "rows" => texts(&[CSV, &CSV.replace(',', ";"), JSON]),
        "labels" => texts(&[
            CSV,
            &CSV.replace(',', ";").replace('\n', "\r\n"),
            "text,label,chosen_by\n\"so, warm\",good,margin\nso grim,bad,random\nso wa",
            "\u{feff}text\tlabel\na fine day\tgood\n",
        ]),
        other => panic!("no files for the reader {other}"),
    }
}

/// Words that mean something to the reader called `name`.
pub fn words(name: &str) -> &'static [&'static [u8]] {
    match name {
        "corpus" | "column" | "csv" | "tsv" | "rows" | "labels" => {
            &[b"text", b"label", b"\"a\"\"b\"", b",,,,", b"\r", b"\xce\xa3\xcf\x83\xcf\x82"]
        }
        "json" => {
            &[b"\"text\":", b"\"label\":", b"null", b"true", b"[[", b"{\"a\":", b"1e400", b"\\udc00", b"\\n"]
        }
        "parquet" | "parquet-images" | "parquet-rows" => {
            &[b"PAR1", b"PARE", b"\x15\x00\x15\x02", b"\x19\xfc", b"\xff\xff\xff\xff\x0f", b"huggingface"]
        }
        "static-tokeniser" => &[
            b"\"type\":",
            b"null",
            b"BPE",
            b"Unigram",
            b"WordLevel",
            b"\"unk_token\":",
            b"Precompiled",
            b"Split",
        ],
        "static-vectors" => &[
            b"\"shape\":[",
            b"\"dtype\":\"F16\"",
            b"BF16",
            b"I8",
            b"\"data_offsets\":[0,",
            b"mapping",
            b"weights",
        ],
        "label-lines" => &[b"__label__", b"__label__a", b"DESC:", b":"],
        "folder" => &[
            b"train/",
            b"test/",
            b"val/",
            b"\n",
            b"\t",
            b"Thumbs.db",
            b"a/b/c/d/e/f/g",
            b".png",
            b"\xc3\xa9",
        ],
        "zip" | "zip-images" => {
            &[b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"\x08\x00", b"../", b"/"]
        }
        "tar" => &[
            b"ustar\x0000",
            b"././@LongLink",
            b"L",
            b"K",
            b"x",
            b"g",
            b"S",
            b"30 path=a/b.txt\n",
            b"../",
            b"77777777777",
        ],
        "png" => &[b"IHDR", b"PLTE", b"IDAT", b"IEND", b"iCCP", b"tRNS", b"acTL", b"fcTL", b"zTXt", b"eXIf"],
        "jpeg" => &[
            b"\xff\xd8",
            b"\xff\xc0",
            b"\xff\xc2",
            b"\xff\xc4",
            b"\xff\xda",
            b"\xff\xdb",
            b"\xff\xdd",
            b"\xff\xd9",
            b"\xff\xe1",
            b"Exif\0\0",
        ],
        "webp" => &[b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"RIFF"],
        "pnm" => {
            &[b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"P7", b"ENDHDR", b"#", b"65535", b"99999 99999"]
        }
        "vectors-text" => &[b"1 2\n", b"soup ", b"1e39", b"-inf", b"NaN", b" 0x1p3", b"0,5"],
        "sentence-encoder" => &[
            b"\n----\n",
            b"\"model_type\": \"distilbert\"",
            b"1000000000",
            b": 0",
            b": -1",
            b": null",
            b"true",
            b"\"BF16\"",
            b"\"shape\":[",
            b"sentence_transformers.models.Dense",
        ],
        "vectors-safetensors" | "image-weights" => &[
            b"\"F32\"",
            b"\"F16\"",
            b"\"BF16\"",
            b"\"I64\"",
            b"\"shape\":[",
            b"data_offsets",
            b"__metadata__",
            b"width:",
            b"height:",
        ],
        "chapter" => &[
            b"Best(of: [",
            b"Points(left: Frozen, right: Scratch, labels: 50, limits: [",
            b"limits: [-1e300, 1e300]",
            b"Named(\"",
            b"File(\"",
            b"\"all\"",
            b"choices: []",
            b"()",
        ],
        "recipe" => &[
            b"Some(",
            b"None",
            b"()",
            b"\"\"",
            b"Demo()",
            b"(((((",
            b"/*",
            b"//",
            b"r#\"",
            b"0.5",
            b"Lstm(hidden: 1)",
        ],
        "log" => &[b"(at:1.0,record:", b"Opened(", b"Stage(Reading)", b"))\n", b"version:1"],
        "kept-model" => &[
            b"\"Lstm\": {",
            b"\"hidden\": 99999999999",
            b"\"buckets\": 0",
            b"\"cut\": 3",
            b"\"F32\"",
            b"\"shape\":[",
            b"null",
            b"[]",
        ],
        "checkpoint" => &[b"(", b")", b"\"F32\"", b"\"U32\"", b"Some(", b"\"shape\":["],
        "pairs" | "analogies" => &[b"word1", b"SimLex999", b"\"", b": x", b"#", b"-n", b"1,5"],
        _ => &[],
    }
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn utf32(text: &str) -> Vec<u8> {
    text.chars().flat_map(|c| (c as u32).to_be_bytes()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut out = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).unwrap();
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// Files by name.
type Files = Vec<(String, Vec<u8>)>;

fn folder() -> Files {
    let lines = FOLDER.lines().filter_map(|line| line.split_once('\t'));
    lines.map(|(name, content)| (name.to_string(), content.into())).collect()
}

fn image_folder() -> Files {
    let pngs = images(ImageFormat::Png).into_iter().enumerate();
    let mut files: Files =
        pngs.map(|(number, image)| (format!("{}/{number}.png", ["a", "b"][number % 2]), image)).collect();
    files.extend(
        images(ImageFormat::Jpeg).into_iter().enumerate().map(|(n, image)| (format!("b/{n}.jpg"), image)),
    );
    files
}

fn zip_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (number, (name, content)) in files.iter().enumerate() {
        let method = [zip::CompressionMethod::Deflated, zip::CompressionMethod::Stored][number % 2];
        out.start_file(&name[..], zip::write::SimpleFileOptions::default().compression_method(method))
            .unwrap();
        out.write_all(content).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn tar_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        out.append_data(&mut header, name, &content[..]).unwrap();
    }
    out.into_inner().unwrap()
}

/// Names that need entries of their own.
fn long_names() -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for (name, content) in folder() {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        out.append_data(&mut header, format!("{}/{name}", "long".repeat(40)), &content[..]).unwrap();
    }
    out.into_inner().unwrap()
}

/// Small images of several kinds.
fn images(format: ImageFormat) -> Vec<Vec<u8>> {
    let grey = image::GrayImage::from_fn(9, 7, |x, y| image::Luma([(x * 31 + y * 17) as u8]));
    let colour =
        image::RgbImage::from_fn(8, 8, |x, y| image::Rgb([(x * 31) as u8, (y * 17) as u8, (x * y) as u8]));
    let clear = image::RgbaImage::from_fn(5, 6, |x, y| image::Rgba([(x * 50) as u8, 9, 200, (y * 40) as u8]));
    let deep = DynamicImage::from(colour.clone()).into_rgb16();
    let mut all = vec![DynamicImage::from(colour)];
    if format != ImageFormat::WebP {
        all.push(grey.into());
    }
    if format != ImageFormat::Jpeg {
        all.push(clear.into());
    }
    if format == ImageFormat::Png {
        all.push(deep.into());
    }
    let written = |image: &DynamicImage| {
        let mut out = Cursor::new(Vec::new());
        image.write_to(&mut out, format).unwrap();
        out.into_inner()
    };
    all.iter().map(written).collect()
}

fn word_vectors() -> WordVectors {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.txt");
    std::fs::write(&path, "3 4\nsoup 1 0 .5 2\nlamp 0 1 -1 3\nsøppel 1 1 1 1\n").unwrap();
    formats::read(&path, None).unwrap()
}

/// Tokenisers of other kinds.
const OTHER_TOKENISERS: [&str; 2] = [
    r###"{"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true,
 "use_regex": true}, "model": {"type": "BPE", "dropout": 0.5, "unk_token": null, "fuse_unk": false, "ignore_merges": false,
 "vocab": {"Ġ": 0, "s": 1, "o": 2, "so": 3, "Ġso": 4}, "merges": ["s o", "Ġ so"]}}"###,
    r###"{"version": "1.0", "added_tokens": [], "normalizer": {"type": "NFKC"}, "pre_tokenizer": {"type": "Metaspace",
 "replacement": "▁", "prepend_scheme": "always", "split": true}, "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": false,
 "vocab": [["<unk>", 0.0], ["▁", -2.5], ["▁s", -3.0], ["o", -3.5], ["up", -4.0]]}}"###,
];

/// Vectors as a file of this name has them.
fn saved(name: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    let format = if name.ends_with(".bin") { formats::Format::Model } else { formats::Format::Safetensors };
    formats::save_as(&word_vectors(), &path, format).unwrap();
    std::fs::read(path).unwrap()
}

fn word2vec() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.bin");
    formats::save_as(&word_vectors(), &path, formats::Format::Binary).unwrap();
    std::fs::read(path).unwrap()
}

fn word2vec_without_line_ends() -> Vec<u8> {
    let mut bytes = b"2 3\n".to_vec();
    for word in ["soup ", "lamp "] {
        bytes.extend(word.as_bytes());
        [1.0_f32, -2.0, 0.25].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    }
    bytes
}

fn ints(bytes: &mut Vec<u8>, ints: &[i32]) {
    ints.iter().for_each(|int| bytes.extend(int.to_le_bytes()));
}

fn longs(bytes: &mut Vec<u8>, longs: &[i64]) {
    longs.iter().for_each(|long| bytes.extend(long.to_le_bytes()));
}

/// The header and the dictionary of a fastText model with vectors of two numbers.
fn begun(kind: i32, words: &[&str], labels: &[&str], buckets: i32, loss: i32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (shortest, longest) = if buckets > 0 { (2, 3) } else { (0, 0) };
    ints(&mut bytes, &[793_712_314, 12, 2, 5, 5, 1, 5, 1, loss, kind, buckets, shortest, longest, 100]);
    bytes.extend(1e-4_f64.to_le_bytes());
    ints(&mut bytes, &[words.len() + labels.len(), words.len(), labels.len()].map(|count| count as i32));
    longs(&mut bytes, &[9, -1]);
    for (entry, kind) in words.iter().map(|word| (word, 0)).chain(labels.iter().map(|label| (label, 1))) {
        bytes.extend(entry.as_bytes());
        bytes.push(0);
        longs(&mut bytes, &[3]);
        bytes.push(kind);
    }
    bytes
}

/// A model of fastText.
fn model(kind: i32, words: &[&str], labels: &[&str], buckets: i32) -> Vec<u8> {
    let mut bytes = begun(kind, words, labels, buckets, if labels.len() > 2 { 1 } else { 3 });
    let outputs = if labels.is_empty() { words.len() } else { labels.len() };
    for rows in [words.len() + buckets as usize, outputs] {
        bytes.push(0);
        longs(&mut bytes, &[rows as i64, 2]);
        (0..2 * rows).for_each(|number| bytes.extend((number as f32 * 0.5 - 1.0).to_le_bytes()));
    }
    bytes
}

/// A supervised model whose input is quantised, with its lengths.
fn quantised() -> Vec<u8> {
    let mut bytes = begun(3, &["good", "soup"], &["__label__no", "__label__yes"], 0, 3);
    let parts = |bytes: &mut Vec<u8>, dim: usize| {
        ints(bytes, &[dim as i32, 1, dim as i32, dim as i32]);
        (0..256 * dim).for_each(|number| bytes.extend((number as f32 / 256.0).to_le_bytes()));
    };
    bytes.extend([1, 1]);
    longs(&mut bytes, &[2, 2]);
    ints(&mut bytes, &[2]);
    bytes.extend([7, 200]);
    parts(&mut bytes, 2);
    bytes.extend([3, 9]);
    parts(&mut bytes, 1);
    bytes.push(0);
    longs(&mut bytes, &[2, 2]);
    [1.0_f32, -1.0, 0.5, 2.0].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes
}

/// The weights of the smallest network that is known.
fn network() -> Vec<u8> {
    let shape = Shape { height: 4, width: 4, channels: 1 };
    let plan = architectures::plan(Architecture::SmallCnn, shape, 3);
    let network = ImageNetwork::new(Arc::new(plan), 1);
    let preparation = Preparation { height: 4, width: 4, channels: 1, ..Preparation::torchvision() };
    let classes = ["a", "b", "c"].map(String::from);
    weights::to_safetensors(&network, Some(&classes), &preparation).unwrap()
}

/// The first line of a session's log and some others.
fn some_lines(count: usize, from: usize) -> Vec<u8> {
    let lines = LOG.lines().take(1).chain(LOG.lines().skip(from.max(1)).take(count));
    lines.flat_map(|line| [line, "\n"]).collect::<String>().into()
}

fn checkpoint() -> Vec<u8> {
    let numbers: Vec<u8> = [1.0_f32, -2.0, 3.5, 0.0].iter().flat_map(|number| number.to_le_bytes()).collect();
    let view = |kind, shape| safetensors::tensor::TensorView::new(kind, shape, &numbers).unwrap();
    let tensors =
        [("w", view(safetensors::Dtype::F32, vec![2, 2])), ("steps", view(safetensors::Dtype::U32, vec![4]))];
    let tensors = safetensors::serialize(tensors, None).unwrap();
    let state = b"(epoch:3,best:Some(0.5),seen:[1,2,3],name:\"run\",done:false)";
    [state, BETWEEN, &tensors].concat()
}

/// One of every kind of kept model, as its files.
fn kept_models() -> Vec<Vec<u8>> {
    let words: Words = ["warm", "soup", "new_york", "dull"].into_iter().collect();
    let table = Array2::from_shape_fn((5, 3), |(row, column)| (row as f32 - 2.0) * 0.3 + column as f32 * 0.1);
    let temperature = Temperature::try_from(1.5).unwrap();
    let text = |phrases, model| {
        let (classes, words) = (vec!["no".to_string(), "yes".into()], words.clone());
        let (classes, words) = (Cow::Owned(classes), Cow::Owned(words));
        Predictor::from(TextPredictor {
            classes,
            tokens: Tokens::Words.into(),
            phrases,
            words,
            model,
            temperature,
        })
    };
    let classifier = |head, beyond| {
        let none = Array2::zeros((0, 3));
        let model = TextClassifier::new(head, 3, 2, none, Arc::new(table.clone()), 1, 0);
        TextModel::Classifier {
            model: Cow::Owned(model),
            rows: WordRows::numbered(4, 4, 1, beyond),
            max_tokens: 20,
            direction: Direction::Forward,
        }
    };
    let linear = |width: usize| Linear { classes: 2, weights: vec![0.5; width], bias: vec![-0.1] };
    let subwords = Subwords::trained(3, 4, 50, &[1, 7, 30], 3, (0..9).map(|n| n as f32).collect());
    let parts = WordVectors::new(Words::default(), Array2::zeros((0, 3)), None).unwrap();
    let parts = parts.with_subwords(Arc::new(subwords));
    let vectors =
        DocumentVectors::of_counted(DocumentVector::Sif, 3, vec![1.0; 4], 2.0, Some(vec![0.6, 0.8, 0.0]));
    let document = TextModel::DocumentVectors {
        vectors: Cow::Owned(vectors),
        table: Cow::Owned(table.clone()),
        rows: WordRows::numbered(4, 4, 0, Some(parts.clone())),
        linear: Cow::Owned(linear(3)),
    };
    let tfidf = TfIdfModel { tfidf: TfIdf::of_idf(vec![1.0, 1.5, 2.0, 1.2]), linear: linear(4) };
    let pairs = Pairs::of_features(vec![0, 1, 2, 3], [([0, 1], 4), ([3, 1], 5)]);
    let weights = Weights { outputs: 1, weights: vec![0.2; 6], bias: vec![0.0], fraction: 0.5, slope: 1.5 };
    let nbsvm = NbsvmModel { pairs, weights };
    let shape = Shape { height: 4, width: 4, channels: 1 };
    let plan = Arc::new(architectures::plan(Architecture::SmallCnn, shape, 2));
    let network = ImageNetwork::new(plan, 1);
    let images = |model| {
        let preparation = Preparation { height: 4, width: 4, channels: 1, ..Preparation::default() };
        let classes = Cow::Owned(vec!["a".to_string(), "b".into()]);
        Predictor::from(ImagePredictor { classes, preparation: Cow::Owned(preparation), model, temperature })
    };
    let nodes = network.nodes();
    let predictors = [
        text(KnownPhrases::Numbered, classifier(Head::Average, None)),
        text(KnownPhrases::Nowhere, classifier(Head::Lstm(shape_of_two()), Some(parts))),
        text(KnownPhrases::Nowhere, document),
        text(KnownPhrases::Nowhere, TextModel::Counts(Cow::Owned(CountModel::TfIdf(tfidf)))),
        text(KnownPhrases::Nowhere, TextModel::Counts(Cow::Owned(CountModel::Nbsvm(nbsvm)))),
        text(KnownPhrases::Nowhere, TextModel::Constant(vec![0.4, 0.6])),
        images(ImageModel::Network(vec![Piece::of(&network, 0..nodes)])),
        images(ImageModel::Linear { features: None, square: 2, linear: Cow::Owned(linear(4)) }),
        images(ImageModel::ZeroShot {
            network: Piece::of(&network, 0..nodes),
            outputs: Cow::Owned(vec![1, 0]),
        }),
    ];
    let as_trained = Stored::unrounded("a test");
    let halved = Stored { dtype: Precision::F16, ..as_trained.clone() };
    let mut all: Vec<Vec<u8>> = predictors.iter().map(|predictor| files_of(predictor, &as_trained)).collect();
    all.extend([0, 2].map(|place: usize| files_of(&predictors[place], &halved)));
    all
}

fn shape_of_two() -> RecurrentShape {
    RecurrentShape { hidden: 2, bidirectional: true, pooling: Pooling::Mean }
}

/// The files of a kept model, one behind the other.
fn files_of(predictor: &Predictor, stored: &Stored) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("model");
    predictor.save(&folder, &About::default(), 100, stored).unwrap();
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
    let files = [save::CONFIG, save::TENSORS, save::VOCABULARY, save::SUBWORDS];
    files.map(read).join(BETWEEN)
}

/// The files of a small sentence encoder of a family.
fn encoder(model_type: &str) -> Vec<u8> {
    let (_, family) = Family::ALL.into_iter().find(|(name, _)| *name == model_type).unwrap();
    let heads = 2;
    let config = EncoderConfig {
        family,
        vocabulary: 6,
        layers: 1,
        layer: TransformerLayer {
            attention: Attention { heads, width: 4 },
            hidden: 6,
            activation: HiddenActivation::Gelu,
            epsilon: 1e-12,
        },
        positions: 12,
        segments: if family.has_segments() { 2 } else { 0 },
        padding: Some(1),
        relative: (family == Family::MpNet).then_some(RelativeBias { buckets: 32, heads }),
    };
    let output = Output { poolings: vec![TokenPooling::Mean], normalise: true };
    let model = SentenceEncoder::<f32>::zeros(config, output);
    let blocks: Vec<_> = model.blocks().iter().cloned().chain([model.token_block()]).collect();
    let bytes: Vec<Vec<u8>> = (blocks.iter())
        .map(|block| {
            let size: usize = block.shape.iter().product();
            (0..size).flat_map(|i| (0.3 * (i as f32).sin()).to_le_bytes()).collect()
        })
        .collect();
    let views = blocks.iter().zip(&bytes).map(|(block, bytes)| {
        let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, block.shape.clone(), bytes);
        (family.name_in_file(&block.name), view.unwrap())
    });
    let tensors = safetensors::serialize(views, None).unwrap();
    let config = format!(
        r#"{{"model_type": "{model_type}", "vocab_size": 6, "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2,
            "intermediate_size": 6, "max_position_embeddings": 12, "hidden_act": "gelu", "pad_token_id": 1, "type_vocab_size": 2, "layer_norm_eps": 1e-12}}"#
    );
    let tokeniser = r###"{"version": "1.0", "added_tokens": [], "normalizer": {"type": "BertNormalizer", "clean_text": true,
        "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}, "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}, "model": {"type": "WordPiece",
        "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
        "vocab": {"[UNK]": 0, "[PAD]": 1, "[CLS]": 2, "[SEP]": 3, "warm": 4, "soup": 5}}}"###;
    let modules = r#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]"#;
    let settings = r#"{"max_seq_length": 9, "do_lower_case": false}"#;
    let pooling = r#"{"pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true}"#;
    let texts = [&config[..], tokeniser, modules, settings, pooling].map(|text| text.as_bytes().to_vec());
    let files: [Vec<u8>; ENCODER.len()] = {
        let mut files = texts.into_iter().chain([tensors]);
        std::array::from_fn(|_| files.next().unwrap())
    };
    files.join(BETWEEN)
}
