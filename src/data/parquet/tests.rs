//! Files written by pyarrow, intact and damaged. They were made by:
//!
//! ```python
//! import pyarrow as pa, pyarrow.parquet as pq, json
//! texts = [f"text number {i} is {'so ' * (i % 4)}fine" if i % 7 else None for i in range(60)]
//! t = pa.table({"id": pa.array(range(60), pa.int32()), "text": texts,
//!     "label": pa.array([i % 3 if i % 5 else None for i in range(60)], pa.int64()),
//!     "is_it": [i % 2 == 0 for i in range(60)], "score": [i / 4 for i in range(60)], "tags": [[str(i)] for i in range(60)]})
//! w = lambda name, **k: pq.write_table(t, name + ".parquet", **k)
//! w("snappy", compression="snappy")
//! w("gzip-v2", compression="gzip", data_page_version="2.0", row_group_size=25)
//! w("zstd-delta", compression="zstd", data_page_version="2.0", use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY",
//!     "id": "DELTA_BINARY_PACKED", "label": "DELTA_BINARY_PACKED", "is_it": "RLE"})
//! w("plain", compression="none", data_page_size=300, write_batch_size=7, use_dictionary=False, write_statistics=False)
//! w("lengths", compression="none", use_dictionary=False, column_encoding={"text": "DELTA_LENGTH_BYTE_ARRAY"}, write_statistics=False)
//! w("brotli", compression="brotli")
//! # images.parquet: PNGs of 3 × 2 pixels of the greys 10, 20 … in `image.bytes`, labels 0, 1, 0, 1, -1, 0 with the names cat and dog.
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use crate::data::collector::Collector;
use crate::data::columns::Columns;
use crate::error::{Error, Result};

use super::*;

const FILES: [(&str, &[u8]); 7] = [
    ("snappy", include_bytes!("examples/snappy.parquet")),
    ("gzip-v2", include_bytes!("examples/gzip-v2.parquet")),
    ("zstd-delta", include_bytes!("examples/zstd-delta.parquet")),
    ("plain", include_bytes!("examples/plain.parquet")),
    ("lengths", include_bytes!("examples/lengths.parquet")),
    ("brotli", include_bytes!("examples/brotli.parquet")),
    ("images", include_bytes!("examples/images.parquet")),
];

/// A file with these bytes, in a folder of its own.
fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// All supported columns as text.
fn whole(path: &Path) -> Result<Vec<Vec<String>>> {
    let table = ParquetTable::open(path)?;
    let wanted: Vec<usize> = (0..table.columns().len()).filter(|&c| !table.columns()[c].repeated).collect();
    let mut rows = Vec::new();
    table.each(&wanted, |row, cells| {
        assert_eq!(row as usize, rows.len() + 1);
        if row > 1000 {
            return Err(Error::Interrupted);
        }
        let told = |cell: &Cell| match cell {
            Cell::Null => "-".to_string(),
            Cell::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Cell::Whole(n) => n.to_string(),
            Cell::Real(x) => x.to_string(),
            Cell::Truth(truth) => truth.to_string(),
        };
        rows.push(cells.iter().map(told).collect());
        Ok(())
    })?;
    Ok(rows)
}

fn labelled(path: &Path) -> Result<Vec<(String, String)>> {
    let mut quiet = |_| Ok(());
    let mut out = Collector::new(&mut quiet);
    read(path, &Columns::default(), &mut out)?;
    Ok(out.documents.iter().map(|d| (out.names[d.label as usize].clone(), d.text.clone())).collect())
}

#[test]
fn what_others_write_is_read_to_the_value() {
    let text = |i: usize| match i % 7 {
        0 => "-".to_string(),
        _ => format!("text number {i} is {}fine", "so ".repeat(i % 4)),
    };
    for (name, bytes) in &FILES[..5] {
        let (_folder, path) = file(bytes);
        let rows = whole(&path).unwrap();
        assert_eq!(rows.len(), 60, "{name}");
        for (i, row) in rows.iter().enumerate() {
            let label = if i % 5 == 0 { "-".to_string() } else { (i % 3).to_string() };
            let score = (i as f64 / 4.0).to_string();
            assert_eq!(*row, [i.to_string(), text(i), label, (i % 2 == 0).to_string(), score], "{name}");
        }
        let documents = labelled(&path).unwrap();
        let expected = (0..60).filter(|i| i % 5 != 0 && i % 7 != 0).map(|i| ((i % 3).to_string(), text(i)));
        assert_eq!(documents, expected.collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn images_have_the_names_of_their_classes() {
    let (_folder, path) = file(FILES[6].1);
    let mut greys = Vec::new();
    let (how, unlabelled) = read_images(&path, |class, row, bytes| {
        let image = crate::data::images::decode::decode(bytes, 100).unwrap();
        greys.push((class.to_string(), row, image.pixels[0]));
        Ok(())
    })
    .unwrap();
    assert_eq!(how, "Parquet: the image is column \"image.bytes\", the label column \"label\"");
    let expected = [("cat", 1, 10), ("dog", 2, 20), ("cat", 3, 30), ("dog", 4, 40), ("cat", 6, 60)];
    assert_eq!(greys, expected.map(|(class, row, grey)| (class.to_string(), row, grey)));
    assert_eq!(unlabelled, 1);
}

#[test]
fn what_is_not_read_is_said() {
    let refused = |bytes: &[u8], expected: &str| {
        let (_folder, path) = file(bytes);
        let error = labelled(&path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    refused(FILES[5].1, "column text: it is compressed with Brotli, which is not read");
    refused(
        FILES[6].1,
        "none of the columns is known to hold the text; columns are: image.bytes, image.path, label",
    );
    let whole = FILES[0].1;
    refused(&whole[..whole.len() / 2], "was cut short");
    refused(b"PAR1PAR1", "ends in its head");
    let mut claims = whole.to_vec();
    let at = claims.len() - 8;
    claims[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    refused(&claims, "its footer claims 4294967295 bytes");
}

#[test]
fn damage_anywhere_is_a_sentence() {
    for (name, bytes) in &FILES {
        let (_folder, path) = file(bytes);
        let mut changed = bytes.to_vec();
        // Damages the small file at every third byte, the others at every 17th, which is unrelated to their
        // structure.
        let step = if bytes.len() < 2_000 { 3 } else { 17 };
        for at in (0..bytes.len()).step_by(step) {
            changed[at] ^= if at % 2 == 0 { 0x04 } else { 0xff };
            fs::write(&path, &changed).unwrap();
            let _ = whole(&path);
            let _ = read_images(&path, |_, _, _| Ok(()));
            changed[at] = bytes[at];
        }
        for cut in (0..bytes.len()).step_by(41) {
            fs::write(&path, &bytes[..cut]).unwrap();
            assert!(whole(&path).is_err(), "{name}: {cut} bytes were enough");
        }
    }
}

#[test]
fn numbers_of_few_bits_and_differences_end_where_they_should() {
    use super::encodings::{Delta, Hybrid};
    // Eight packed integers of three bits (0 to 7), then four times 5: the example of the format's documentation.
    let bytes = [0x03, 0x88, 0xc6, 0xfa, 0x08, 0x05];
    let mut hybrid = Hybrid::new(3, 0).unwrap();
    let read: Vec<u64> = (0..12).map(|_| hybrid.next(&bytes).unwrap()).collect();
    assert_eq!(read, [0, 1, 2, 3, 4, 5, 6, 7, 5, 5, 5, 5]);
    assert!(hybrid.next(&bytes).is_err());
    assert!(Hybrid::new(33, 0).is_err());
    // 7, 5, 3, 1, 2, 3, 4, 5: blocks of 128 values with four miniblocks each.
    let bytes = [0x80, 0x01, 0x04, 0x08, 0x0e, 0x03, 0x02, 0, 0, 0, 0xc0, 0x3f, 0, 0, 0, 0, 0, 0, 9];
    let mut delta = Delta::new(&bytes, 0, 8).unwrap();
    assert_eq!(delta.end(&bytes), Ok(18));
    assert_eq!((0..8).map(|_| delta.next(&bytes).unwrap()).collect::<Vec<_>>(), [7, 5, 3, 1, 2, 3, 4, 5]);
    assert!(delta.next(&bytes).is_err());
    assert!(Delta::new(&bytes, 0, 7).is_err());
}

#[test]
fn a_column_of_texts_is_read_without_labels() {
    for (name, bytes) in FILES.into_iter().filter(|(name, _)| !["brotli", "images"].contains(name)) {
        let (_folder, path) = file(bytes);
        let texts = |column: &str| {
            let columns = Columns { text: Some(column.into()), label: None };
            let mut found = Vec::new();
            let read = each_text(&path, &columns, &mut |text| {
                found.push(text.to_string());
                Ok(())
            });
            read.map(|foreign| (foreign, found)).map_err(|error| error.to_string())
        };
        // Every seventh text is missing, beginning with the first.
        let expected: Vec<String> = (0..60)
            .filter(|i| i % 7 != 0)
            .map(|i| format!("text number {i} is {}fine", "so ".repeat(i % 4)))
            .collect();
        assert_eq!(texts("Text"), Ok((0, expected.clone())), "{name}");
        assert_eq!(texts("2"), Ok((0, expected)), "{name}");
        for (column, told) in [
            ("body", "no column \"body\"; columns are: id, text, label, is_it, score, tags.list.element"),
            ("score", "the column \"score\" holds no texts"),
            ("tags.list.element", "holds no texts"),
        ] {
            let error = texts(column).unwrap_err();
            assert!(error.contains(told), "{name}: {error}");
        }
    }
}
