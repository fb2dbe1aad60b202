//! Reading files of other programs, refusing damaged files, and reading what was written.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use ndarray::Array2;

use super::*;

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Case { folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    #[track_caller]
    fn refused(&self, content: impl AsRef<[u8]>, expected: &[&str]) {
        let path = self.file("bad.vec", content);
        let error = read(&path, None).expect_err("should be refused").to_string();
        assert!(error.contains("bad.vec"), "{error}");
        for part in expected {
            assert!(error.contains(part), "{part:?} is not in: {error}");
        }
    }
}

fn numbers(vectors: &WordVectors) -> Array2<f32> {
    vectors.table().to_array(0..vectors.len())
}

fn words(vectors: &WordVectors) -> Vec<&str> {
    vectors.words.iter().collect()
}

#[test]
fn there_and_back_gives_the_same_bits() {
    let case = Case::new();
    let names = ["the", "naïve", "数据", "n't", "1"];
    let mut rng = crate::rng::stream(1, "formats", 0);
    let matrix = Array2::from_shape_simple_fn((5, 7), || (crate::rng::normal(&mut rng) * 1e-3) as f32);
    let vectors = WordVectors::new(names.into_iter().collect(), matrix, None).unwrap();
    for name in ["a.vec", "a.txt.gz", "a.bin", "a.bin.gz", "a.safetensors"] {
        let path = case.folder.path().join(name);
        save(&vectors, &path).unwrap();
        let packed = fs::read(&path).unwrap().starts_with(&[0x1f, 0x8b]);
        assert_eq!(packed, name.ends_with(".gz"));
        let again = read(&path, None).unwrap();
        assert_eq!(words(&again), names, "{name}");
        assert_eq!(numbers(&again), numbers(&vectors), "{name}");
        let first = read(&path, Some(2)).unwrap();
        assert_eq!(words(&first), names[..2]);
        assert_eq!(first.table().dim(), (2, 7));
    }
}

#[test]
fn what_cannot_be_written_is_refused_before_the_file_changes() {
    let case = Case::new();
    let path = case.file("old.bin", "old");
    let vectors = WordVectors::new(["new york"].into_iter().collect(), Array2::zeros((1, 2)), None).unwrap();
    assert!(save(&vectors, &path).unwrap_err().to_string().contains("new york"));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    let text = case.folder.path().join("new.vec");
    save(&vectors, &text).unwrap();
    assert_eq!(words(&read(&text, None).unwrap()), ["new york"]);
}

#[test]
fn glove_has_no_header_and_words_with_spaces() {
    let case = Case::new();
    let path = case.file("glove.txt", "the 0.1 -2e-3 3\n. . . 1 2 3\nat name@domain.com 4 5 6\r\n7 7 8 9\n");
    let vectors = read(&path, None).unwrap();
    assert_eq!(words(&vectors), ["the", ". . .", "at name@domain.com", "7"]);
    assert_eq!(*vectors.vector("at name@domain.com").unwrap(), [4.0, 5.0, 6.0]);
    assert_eq!(*vectors.vector("the").unwrap(), [0.1, -2e-3, 3.0]);
}

#[test]
fn fasttext_lines_end_in_a_space() {
    let case = Case::new();
    let vectors = read(&case.file("a.vec", "2 2\na 1 2 \nb 3 4 \n"), None).unwrap();
    assert_eq!((words(&vectors), vectors.dim()), (vec!["a", "b"], 2));
}

/// Binary files with and without newlines between rows, and with a word cut inside a character.
#[test]
fn binary_rows_may_lack_the_new_line() {
    let case = Case::new();
    for newline in ["", "\n"] {
        let mut bytes = b"3 2\n".to_vec();
        for (word, number) in [(&b"one"[..], 1.0_f32), (b"caf\xc3", 2.0), (b"x", 1.5e-39)] {
            bytes.extend(word);
            bytes.push(b' ');
            bytes.extend(number.to_le_bytes());
            bytes.extend((-number).to_le_bytes());
            bytes.extend(newline.as_bytes());
        }
        let vectors = read(&case.file("a.bin", &bytes), None).unwrap();
        assert_eq!(words(&vectors), ["one", "cafÃ", "x"]);
        assert_eq!(*vectors.vector("cafÃ").unwrap(), [2.0, -2.0]);
        bytes.truncate(bytes.len() - 5);
        case.refused(&bytes, &["byte", "claims 3 words", "2 and ends"]);
    }
}

#[test]
fn numbers_that_lie_across_reads_are_whole() {
    let case = Case::new();
    let (n, dim) = (3_000, 13);
    let names: Vec<String> = (0..n).map(|i| format!("w{}", i * i)).collect();
    let matrix = Array2::from_shape_fn((n, dim), |(i, k)| (i * dim + k) as f32 * 0.37);
    let vectors = WordVectors::new(names.iter().map(|n| &**n).collect(), matrix, None).unwrap();
    for name in ["a.bin", "a.txt", "b.bin.gz"] {
        let path = case.folder.path().join(name);
        save(&vectors, &path).unwrap();
        assert!(numbers(&read(&path, None).unwrap()) == numbers(&vectors), "{name}");
    }
}

#[test]
fn a_line_longer_than_what_is_read_at_once_is_whole() {
    let case = Case::new();
    let dim = 60_000;
    let row = |word: &str, number: &str| format!("{word}{}\n", format!(" {number}").repeat(dim));
    let text = row("a", "0.1234567890123456789") + &row("b", "-0.5000000000000000000");
    for header in [String::new(), format!("2 {dim}\n")] {
        let vectors = read(&case.file("long.txt", header + &text), None).unwrap();
        assert_eq!((words(&vectors), vectors.dim()), (vec!["a", "b"], dim));
        assert!(vectors.vector("b").unwrap().iter().all(|&x| x == -0.5));
    }
}

#[test]
fn a_header_that_claims_too_much_costs_nothing() {
    let case = Case::new();
    case.refused("1000000000000 3\na 1 2 3\n", &["claims 1,000,000,000,000 words", "1 and ends"]);
    case.refused("1 1000000000000\na 1 2 3\n", &["line 1", "1000000000000 dimensions"]);
    case.refused("2 60000\na 1 2 3\n", &["line 2", "3 numbers where the others have 60000"]);
    case.refused(b"1000000000000 2\na \x01\x02\x03\x3f\x01\x02\x03\x3f", &["byte 26", "1 and ends"]);
    case.refused("2 0\na\nb\n", &["0 dimensions"]);
}

#[test]
fn damage_is_named_with_its_line() {
    let case = Case::new();
    let many: String = (1..=70_000).map(|n| format!("w{n} 1 2 3\n")).collect();
    case.refused(many.clone() + "w 1 2\n", &["line 70001", "2 numbers where the others have 3"]);
    case.refused(many + "w 1 2 3 4\n", &["line 70001", "4 numbers where the others have 3"]);
    case.refused("a 1 2\nb 1 x\n", &["line 2", "\"x\" is not a number"]);
    case.refused("a 1 2\nb 1 x y 3\n", &["line 2", "\"y\" is not a number"]);
    case.refused("a 1 2\nb 1 NaN\n", &["line 2", "\"b\"", "NaN"]);
    case.refused("2 2\na 1 2\nb inf 2\n", &["line 3", "inf"]);
    case.refused("3 2\na 1 2\nb 1 2\n", &["claims 3 words", "2 and ends"]);
    case.refused("1 2\na 1 2\nb 1 2\n", &["line 3", "claims 1 word,", "more"]);
}

#[test]
fn other_files_are_refused_with_a_sentence() {
    let case = Case::new();
    case.refused("", &["no file of word vectors"]);
    case.refused("Once upon a time there was a file.\n", &["no file of word vectors"]);
    case.refused(b"\xba\x16\x4f\x2f\x0c\0\0\0", &["byte 8", "ends within the header"]);
    case.refused(b"\x7fELF\x02\x01\x01\0\0\0\n", &["no file of word vectors"]);
    case.refused("5 2\n", &["claims 5 words"]);
    case.refused("0 2\n", &["no vectors"]);
}

/// A file of three words of dimension two, with and without newlines after the rows.
fn three(newline: &str) -> Vec<u8> {
    let mut bytes = b"3 2\n".to_vec();
    for (word, number) in [("one", 1.0_f32), ("two", 2.0), ("three", 3.0)] {
        bytes.extend(word.as_bytes());
        bytes.push(b' ');
        bytes.extend(number.to_le_bytes());
        bytes.extend((-number).to_le_bytes());
        bytes.extend(newline.as_bytes());
    }
    bytes
}

/// Reads as for a large file: the rows are found and stay in the file.
fn find(path: &std::path::Path, limit: usize) -> Result<WordVectors> {
    let mapped = Mapped::open(path).unwrap();
    let Some(header) = mapped.split(|&byte| byte == b'\n').next().and_then(header) else {
        return Err(Error::input(path, Place::Line(1), "no header", ""));
    };
    binary::find(path, mapped, header, limit, &Meter::default())
}

#[test]
fn rows_that_stay_in_their_file_are_the_same() {
    let case = Case::new();
    for newline in ["", "\n"] {
        let path = case.file("a.bin", three(newline));
        let (held, filed) = (read(&path, None).unwrap(), find(&path, usize::MAX).unwrap());
        assert_eq!(words(&filed), words(&held));
        assert_eq!(numbers(&filed), numbers(&held));
        let near = |vectors: &WordVectors| {
            let near = vectors.view().neighbours("one", 2).unwrap();
            near.iter().map(|near| (near.id, near.similarity.to_bits())).collect::<Vec<_>>()
        };
        assert_eq!(near(&filed), near(&held));
        assert_eq!(words(&find(&path, 2).unwrap()), ["one", "two"]);
    }
}

/// Rows with repeated or empty words in a text, in a binary file (read and mapped), in safetensors, and in
/// safetensors with a list of words beside it.
#[test]
fn the_first_row_of_a_word_is_kept_in_every_format() {
    let case = Case::new();
    let rows = [
        ("", 9.0_f32),
        ("one", 1.0),
        ("two", 2.0),
        ("one", 3.0),
        ("", 4.0),
        ("two", 5.0),
        ("six", 6.0),
        ("one", 7.0),
    ];
    let numbers = |number: f32| [number, -number].map(f32::to_le_bytes).concat();
    let lines = |rows: &[(&str, f32)]| {
        rows.iter().map(|(word, n)| format!("{word} {n} {}\n", -n)).collect::<String>()
    };
    let binary: Vec<u8> = std::iter::once(b"8 2\n".to_vec())
        .chain(rows.iter().map(|(word, n)| [word.as_bytes(), b" ", &numbers(*n)].concat()))
        .flatten()
        .collect();
    let tensors = |words: Option<&str>| {
        let list = words.map_or(String::new(), |words| {
            format!(
                r#","words":{{"dtype":"U8","shape":[{0}],"data_offsets":[64,{1}]}}"#,
                words.len(),
                64 + words.len()
            )
        });
        let header = format!(r#"{{"vectors":{{"dtype":"F32","shape":[8,2],"data_offsets":[0,64]}}{list}}}"#);
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend(rows.iter().flat_map(|(_, n)| numbers(*n)));
        bytes.extend(words.unwrap_or_default().as_bytes());
        bytes
    };
    let words_of = rows.map(|(word, _)| word).join("\n");
    case.file("b.words.txt", words_of.clone() + "\n");
    let files = [
        ("a.vec", format!("8 2\n{}", lines(&rows)).into_bytes()),
        ("a.txt", lines(&rows).into_bytes()),
        ("a.bin", binary),
        ("a.safetensors", tensors(Some(&words_of))),
        ("b.safetensors", tensors(None)),
    ];
    for (name, bytes) in files {
        let path = case.file(name, bytes);
        let mapped = (name == "a.bin").then(|| find(&path, usize::MAX));
        for vectors in [Some(read(&path, None)), mapped].into_iter().flatten() {
            let vectors = vectors.unwrap();
            assert_eq!(words(&vectors), ["one", "two", "six"], "{name}");
            for (word, number) in [("one", 1.0), ("two", 2.0), ("six", 6.0)] {
                assert_eq!(*vectors.vector(word).unwrap(), [number, -number], "{name}");
            }
            assert_eq!((vectors.left_out.repeated, vectors.left_out.empty), (3, 2), "{name}");
        }
        // As many words as requested, whatever is between them.
        let first = read(&path, Some(2)).unwrap();
        assert_eq!((words(&first), first.table().dim()), (vec!["one", "two"], (2, 2)), "{name}");
        assert_eq!((first.left_out.repeated, first.left_out.empty), (0, 1), "{name}");
    }
    // Damage in a skipped row is still an error.
    case.refused("a 1 2\nb 1 2\na 3 NaN\n", &["line 3", "NaN"]);
    case.refused("3 2\na 1 2\na 1 2\n", &["claims 3 words", "2 and ends"]);
    case.refused(" 1 2\n 3 4\n", &["no vectors"]);
}

/// Every format in a zip archive and with the other compressions, and texts with byte order marks.
#[test]
fn packed_files_and_byte_order_marks_are_no_part_of_the_vectors() {
    let case = Case::new();
    let matrix = Array2::from_shape_vec((2, 2), vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    let vectors = WordVectors::new(["naïve", "b"].into_iter().collect(), matrix, None).unwrap();
    let zip = |name: &str, bytes: &[u8]| {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
        archive.finish().unwrap().into_inner()
    };
    let names = [
        ("a.vec", Format::Text),
        ("a.bin", Format::Binary),
        ("a.safetensors", Format::Safetensors),
        ("m.bin", Format::Model),
    ];
    for (name, format) in names {
        let plain = case.folder.path().join(name);
        save_as(&vectors, &plain, format).unwrap();
        let bytes = fs::read(&plain).unwrap();
        let zstd = zstd::encode_all(&bytes[..], 1).unwrap();
        for (end, packed) in [("zip", zip(name, &bytes)), ("zst", zstd)] {
            let again = read(&case.file(&format!("{name}.{end}"), packed), None).unwrap();
            assert_eq!(words(&again), ["naïve", "b"], "{name}.{end}");
            assert_eq!(numbers(&again), numbers(&vectors), "{name}.{end}");
        }
    }
    let text = "naïve 1 2\nb 3 4\n";
    for text in [text.to_string(), format!("2 2\n{text}")] {
        let marked = format!("\u{feff}{text}");
        let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [marked.clone().into_bytes(), wide, zip("v.txt", marked.as_bytes())] {
            let again = read(&case.file("marked.txt", bytes), None).unwrap();
            assert_eq!((words(&again), numbers(&again)), (vec!["naïve", "b"], numbers(&vectors)));
        }
    }
}

/// More rows than a thread parses at a time; every third row repeats a word.
#[test]
fn rows_that_are_left_out_do_not_shift_the_others() {
    let case = Case::new();
    let rows = 60_000;
    let word = |row: usize| if row % 3 == 2 { row - 1 } else { row };
    let text: String = (0..rows).map(|row| format!("w{} {row} {}\n", word(row), row + 1)).collect();
    let vectors = read(&case.file("a.txt", text), None).unwrap();
    assert_eq!((vectors.len(), vectors.left_out.repeated), (40_000, 20_000));
    for row in (0..rows).filter(|row| row % 3 != 2) {
        let found = vectors.vector(&format!("w{row}")).unwrap();
        assert_eq!(*found, [row as f32, row as f32 + 1.0]);
    }
}

/// Cutting at every byte, and changing every byte, gives vectors or an error, for each way of reading the file.
#[test]
fn damaged_files_give_a_sentence() {
    let case = Case::new();
    let path = case.folder.path().join("saved.safetensors");
    save(&read(&case.file("a.bin", three("\n")), None).unwrap(), &path).unwrap();
    for (name, bytes) in [("bad.bin", three("\n")), ("bad.safetensors", fs::read(&path).unwrap())] {
        let tried = |bytes: &[u8]| {
            let path = case.file(name, bytes);
            let found = [Some(read(&path, None)), name.ends_with(".bin").then(|| find(&path, usize::MAX))];
            found.into_iter().flatten().all(|found| found.is_ok_and(|vectors| vectors.len() == 3))
        };
        assert!(tried(&bytes));
        for end in 1..bytes.len() - 1 {
            assert!(!tried(&bytes[..end]), "{name} cut at {end}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x55;
            tried(&changed);
        }
    }
}

/// The file that `safetensors.numpy.save_file({"embeddings": numpy.float16([[1, -2], [0.5, 3]])}, ...)` writes, with
/// a list of words beside it.
#[test]
fn a_table_of_another_name_and_kind_takes_its_words_from_a_list() {
    let case = Case::new();
    let header = r#"{"embeddings":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend([0x3c00_u16, 0xc000, 0x3800, 0x4200].iter().flat_map(|half| half.to_le_bytes()));
    let path = case.file("a.safetensors", &bytes);
    let error = read(&path, None).unwrap_err().to_string();
    assert!(error.contains("a.words.txt"), "{error}");
    let list = case.file("a.words.txt", "new york\nx\n");
    let vectors = read(&path, None).unwrap();
    assert_eq!(*vectors.vector("new york").unwrap(), [1.0, -2.0]);
    assert_eq!(*vectors.vector("x").unwrap(), [0.5, 3.0]);
    fs::write(&list, "x\n").unwrap();
    assert!(read(&path, None).unwrap_err().to_string().contains("1 word for 2 vectors"));
}

#[test]
fn a_pickle_is_named_and_not_run() {
    let case = Case::new();
    let path = case.file("model.pkl", b"\x80\x04\x95\x0b\x00\x00\x00cposix\nsystem\n");
    let sentence = read(&path, None).unwrap_err().to_string();
    assert!(sentence.contains("byte 0") && sentence.contains("Python pickle (protocol 4)"), "{sentence}");
}
