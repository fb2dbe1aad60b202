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
//! # types.parquet
//! import datetime as d, decimal
//! day = [d.date(2024, 2, 29), None, d.date(1899, 12, 31)] * 4
//! at = [d.datetime(2024, 2, 29, 13, 5, 6, 250000), d.datetime(1969, 12, 31, 23, 59, 59), None, d.datetime(2001, 1, 1)] * 3
//! t = pa.table({"id": pa.array(range(12), pa.int32()), "review": ["lovely bright warm neat", "dull cold grim sour", None, " "] * 3,
//!     "small": pa.array([0.1, None, float("nan"), float("inf")] * 3, pa.float32()), "is_it": [True, False, None] * 4,
//!     "day": pa.array(day, pa.date32()), "at": pa.array(at, pa.timestamp("ms")), "utc": pa.array(at, pa.timestamp("ns", tz="UTC")),
//!     "clock": pa.array([d.time(13, 5, 6), None] * 6, pa.time64("us")), "wide": pa.array([2**64 - 1, 7, None, 0] * 3, pa.uint64()),
//!     "price": pa.array([decimal.Decimal("12.30"), None] * 6, pa.decimal128(6, 2)), "made": [{"by": "ann"}, {"by": None}, None] * 4,
//!     "raw": [b"\xff\x00"] * 12, "tags": [[str(i)] for i in range(12)]})
//! w("types", compression="zstd", row_group_size=5, store_schema=False, store_decimal_as_integer=True)
//! # images.parquet: PNGs of 3 × 2 pixels of the greys 10, 20 … in `image.bytes`, labels 0, 1, 0, 1, -1, 0 with the names cat and dog.
//! # fixed.parquet, fixed-plain.parquet and decimals.parquet
//! import datetime as d, decimal as D, uuid
//! import pyarrow as pa, pyarrow.parquet as pq
//! at = [d.datetime(2024, 2, 29, 13, 5, 6, 250000), d.datetime(1969, 12, 31, 23, 59, 59), None, d.datetime(1, 1, 1), d.datetime(9999, 12, 31, 23, 59, 59, 999999), d.datetime(2001, 1, 1)]
//! dec = lambda *v: [None if x is None else D.Decimal(x) for x in v]
//! t = pa.table({"review": ["lovely", "dull", None, "warm", "cold", "neat"],
//!     "price": pa.array(dec("12.30", "-0.05", None, "9999.99", "0", "-9999.99"), pa.decimal128(6, 2)),
//!     "wide": pa.array(dec("12345678901234567890123456789012345.678", "-1", None, "0.001", "-" + "9" * 35 + ".999", "7"), pa.decimal128(38, 3)),
//!     "huge": pa.array(dec("1" * 76, "-" + "9" * 76, None, "0", "-1", "3"), pa.decimal256(76, 0)),
//!     "at": pa.array(at, pa.timestamp("us")), "half": pa.array([1.5, None, -2.0, 0.1, 65504.0, 6e-8], pa.float16()), "key": pa.array([bytes(range(16))] * 6, pa.binary(16))})
//! w = lambda name, **k: pq.write_table(t, name + ".parquet", use_deprecated_int96_timestamps=True, write_statistics=False, store_schema=False, **k)
//! w("fixed", compression="none", row_group_size=4)
//! w("fixed-plain", compression="zstd", data_page_version="2.0", use_dictionary=False, column_encoding={"wide": "DELTA_BYTE_ARRAY"})
//! # decimals.parquet: the same as `price` and `wide`, in byte arrays of the least length, as other writers do it. pyarrow writes bytes, and the
//! # footer is given the meaning after that.
//! import fastparquet
//! from fastparquet.cencoding import from_buffer
//! def least(x, scale):
//!     if x is None: return None
//!     n = int(D.Decimal(x).scaleb(scale, D.Context(prec=60)))
//!     return n.to_bytes((n if n >= 0 else ~n).bit_length() // 8 + 1, "big", signed=True)
//! b = pa.table({"review": t["review"], **{name: pa.array([least(x, s) for x in t[name].to_pylist()], pa.binary()) for name, s in (("price", 2), ("wide", 3))}})
//! pq.write_table(b, "decimals.parquet", compression="none", write_statistics=False, store_schema=False)
//! fmd = fastparquet.ParquetFile("decimals.parquet").fmd
//! for e, s, p in ((fmd.schema[2], 2, 6), (fmd.schema[3], 3, 38)):
//!     e.converted_type, e.scale, e.precision = 5, s, p
//! raw = open("decimals.parquet", "rb").read()
//! foot = int.from_bytes(raw[-8:-4], "little")
//! new = fmd.to_bytes()
//! open("decimals.parquet", "wb").write(raw[:-8 - foot] + new + len(new).to_bytes(4, "little") + b"PAR1")
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use crate::data::collector::Collector;
use crate::data::columns::Columns;
use crate::data::row::{Cells, Row, Rows};
use crate::error::{Error, Place, Result};

use super::*;

const FILES: [(&str, &[u8]); 11] = [
    ("snappy", include_bytes!("examples/snappy.parquet")),
    ("gzip-v2", include_bytes!("examples/gzip-v2.parquet")),
    ("zstd-delta", include_bytes!("examples/zstd-delta.parquet")),
    ("plain", include_bytes!("examples/plain.parquet")),
    ("lengths", include_bytes!("examples/lengths.parquet")),
    ("brotli", include_bytes!("examples/brotli.parquet")),
    ("images", include_bytes!("examples/images.parquet")),
    ("types", include_bytes!("examples/types.parquet")),
    ("fixed", include_bytes!("examples/fixed.parquet")),
    ("fixed-plain", include_bytes!("examples/fixed-plain.parquet")),
    ("decimals", include_bytes!("examples/decimals.parquet")),
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
    let wanted: Vec<usize> = (0..table.columns().len()).filter(|&c| table.columns()[c].is_read()).collect();
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

#[derive(Default)]
struct Taken {
    names: Vec<String>,
    rows: Vec<Row>,
    told: Vec<String>,
    count: u64,
}

impl Rows for Taken {
    fn guessed(&mut self, column: &str) {
        self.told.push(column.to_string());
    }

    fn header(&mut self, names: Vec<String>) -> Result<()> {
        self.names = names;
        Ok(())
    }

    fn count(&mut self, rows: u64) {
        self.count = rows;
    }

    fn left_out(&mut self, remark: &str) {
        self.told.push(remark.to_string());
    }

    fn row(&mut self, row: Row) -> Result<()> {
        if self.rows.len() > 1000 {
            return Err(Error::Interrupted);
        }
        self.rows.push(row);
        Ok(())
    }
}

#[test]
fn rows_keep_every_column_that_a_table_can_hold() {
    let (_folder, path) = file(FILES[7].1);
    let mut taken = Taken::default();
    each_row(&path, &Columns { text: Some("review".into()), label: None }, &mut taken).unwrap();
    assert_eq!((taken.count, taken.rows.len()), (12, 12));
    let names = ["id", "review", "small", "is_it", "day", "at", "utc", "clock", "wide", "price", "made.by"];
    assert_eq!(taken.names, names);
    let told = "left out: raw, tags.list.element (lists and bytes are not written)";
    assert_eq!(taken.told, [told]);
    let expected = [
        r#"{"id":0,"review":"lovely bright warm neat","small":0.1,"is_it":true,"day":"2024-02-29","at":"2024-02-29T13:05:06.25","utc":"2024-02-29T13:05:06.25Z","clock":"13:05:06","wide":18446744073709551615,"price":12.3,"made.by":"ann"}"#,
        r#"{"id":1,"review":"dull cold grim sour","small":null,"is_it":false,"day":null,"at":"1969-12-31T23:59:59","utc":"1969-12-31T23:59:59Z","clock":null,"wide":7,"price":null,"made.by":null}"#,
        r#"{"id":2,"review":null,"small":null,"is_it":null,"day":"1899-12-31","at":null,"utc":null,"clock":"13:05:06","wide":null,"price":12.3,"made.by":null}"#,
        r#"{"id":3,"review":" ","small":"inf","is_it":true,"day":"2024-02-29","at":"2001-01-01T00:00:00","utc":"2001-01-01T00:00:00Z","clock":null,"wide":0,"price":null,"made.by":"ann"}"#,
    ];
    for (number, (row, expected)) in taken.rows.iter().zip(expected).enumerate() {
        let Cells::Object(object) = &row.columns else { panic!("{row:?}") };
        assert_eq!(serde_json::to_string(object).unwrap(), expected);
        assert_eq!(row.place, Place::Member(format!("row {}", number + 1)));
    }
    let texts: Vec<bool> = taken.rows.iter().map(|row| row.text.is_ok()).collect();
    assert_eq!(texts, [true, true, false, false].repeat(3));
}

/// The objects of all rows as JSON.
fn objects(which: usize) -> (Vec<String>, Vec<String>) {
    let (_folder, path) = file(FILES[which].1);
    let mut taken = Taken::default();
    each_row(&path, &Columns { text: Some("review".into()), label: None }, &mut taken).unwrap();
    let object = |row: &Row| {
        let Cells::Object(object) = &row.columns else { panic!("{row:?}") };
        serde_json::to_string(object).unwrap()
    };
    (taken.rows.iter().map(object).collect(), taken.told)
}

#[test]
fn decimals_in_bytes_and_old_timestamps_are_read_to_the_digit() {
    let ones = "1".repeat(76);
    let nines = "9".repeat(76);
    let expected = [
        format!(r#"{{"review":"lovely","price":12.3,"wide":"12345678901234567890123456789012345.678","huge":"{ones}","at":"2024-02-29T13:05:06.25","half":1.5}}"#),
        format!(r#"{{"review":"dull","price":-0.05,"wide":-1.0,"huge":"-{nines}","at":"1969-12-31T23:59:59","half":null}}"#),
        r#"{"review":null,"price":null,"wide":null,"huge":null,"at":null,"half":-2.0}"#.into(),
        r#"{"review":"warm","price":9999.99,"wide":0.001,"huge":0.0,"at":"0001-01-01T00:00:00","half":0.099975586}"#.into(),
        r#"{"review":"cold","price":0.0,"wide":"-99999999999999999999999999999999999.999","huge":-1.0,"at":"9999-12-31T23:59:59.999999","half":65504.0}"#.into(),
        r#"{"review":"neat","price":-9999.99,"wide":7.0,"huge":3.0,"at":"2001-01-01T00:00:00","half":5.9604645e-8}"#.into(),
    ];
    for which in [8, 9] {
        let (rows, told) = objects(which);
        assert_eq!(rows, expected, "{}", FILES[which].0);
        assert_eq!(told, ["left out: key (lists and bytes are not written)"]);
    }
    let (rows, told) = objects(10);
    let columns = |row: &String| format!("{}}}", &row[..row.find(",\"huge").unwrap()]);
    assert_eq!(rows, expected.iter().map(columns).collect::<Vec<_>>());
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn columns_of_bytes_are_labels_by_their_value_and_never_texts() {
    for which in [8, 9, 10] {
        let (_folder, path) = file(FILES[which].1);
        let mut quiet = |_| Ok(());
        let mut out = Collector::new(&mut quiet);
        let named = |text: &str, label: &str| Columns { text: Some(text.into()), label: Some(label.into()) };
        read(&path, &named("review", "price"), &mut out).unwrap();
        let classes = ["-0.05", "-9999.99", "0.0", "12.3", "9999.99"];
        let mut names = out.names.clone();
        names.sort();
        assert_eq!(names, classes, "{}", FILES[which].0);
        let mut out = Collector::new(&mut quiet);
        let refused = read(&path, &named("price", "review"), &mut out).unwrap_err().to_string();
        assert!(refused.contains("the column \"price\" holds no texts"), "{refused}");
        if which < 10 {
            let mut out = Collector::new(&mut quiet);
            let refused = read(&path, &named("review", "key"), &mut out).unwrap_err().to_string();
            assert!(
                refused.contains("column key") && refused.contains("neither texts nor numbers"),
                "{refused}"
            );
        }
    }
}

#[test]
fn the_text_of_the_rows_is_found_or_named() {
    // "review" and "text" are usual names; a number counts columns from 1.
    for (which, text, name) in
        [(7, None, "review"), (0, None, "text"), (0, Some("2"), "text"), (7, Some("Review"), "review")]
    {
        let (_folder, path) = file(FILES[which].1);
        let mut taken = Taken::default();
        each_row(&path, &Columns { text: text.map(String::from), label: None }, &mut taken).unwrap();
        let Cells::Object(first) = &taken.rows[1].columns else { panic!("{:?}", taken.rows[1]) };
        assert_eq!(Ok(first[name].as_str().unwrap()), taken.rows[1].text.as_deref());
    }
    let (_folder, path) = file(FILES[7].1);
    for (text, told) in [
        ("words", "no column \"words\"; name one with --text: columns are id, review, small"),
        ("small", "the column \"small\" holds no texts; name another column with --text"),
        ("tags.list.element", "holds no texts"),
    ] {
        let columns = Columns { text: Some(text.into()), label: None };
        let error = each_row(&path, &columns, &mut Taken::default()).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
    // Two columns of texts without usual names: one of them has several words in most rows.
    let (_folder, path) = file(FILES[7].1);
    let bytes = FILES[7].1;
    let renamed: Vec<u8> = replaced(bytes, b"review", b"worded");
    fs::write(&path, renamed).unwrap();
    let mut taken = Taken::default();
    each_row(&path, &Columns::default(), &mut taken).unwrap();
    assert_eq!(
        (taken.told[0].as_str(), taken.rows[0].text.as_deref()),
        ("column \"worded\"", Ok("lovely bright warm neat"))
    );
}

/// `bytes` with every `from` replaced by `to`, which is as long.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for at in 0..=bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            out[at..at + to.len()].copy_from_slice(to);
        }
    }
    out
}

#[test]
fn damage_anywhere_is_a_sentence() {
    for (name, bytes) in &FILES {
        let (_folder, path) = file(bytes);
        let mut rows = Taken::default();
        let mut changed = bytes.to_vec();
        // Damages the small file at every third byte, the others at every 17th, which is unrelated to their
        // structure.
        let step = if bytes.len() < 2_000 { 3 } else { 17 };
        for at in (0..bytes.len()).step_by(step) {
            changed[at] ^= if at % 2 == 0 { 0x04 } else { 0xff };
            fs::write(&path, &changed).unwrap();
            let _ = whole(&path);
            let _ = read_images(&path, |_, _, _| Ok(()));
            let _ = each_row(&path, &Columns::default(), &mut rows);
            rows.rows.clear();
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
    for (name, bytes) in &FILES[..5] {
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
