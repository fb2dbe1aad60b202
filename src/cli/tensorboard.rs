//! Event files for TensorBoard: TFRecords with masked CRC-32C. Each record is a protobuf `Event`.
//!
//! The files are encoded by hand, because they need only three kinds of protobuf field. The layouts are those of
//! TensorFlow's `lib/io/record_writer.cc`, `util/event.proto` and `framework/summary.proto`. The log has no calendar
//! time, so the wall time of an event is the time since the start of the session.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files;
use crate::session::history::{History, RunHistory};
use crate::session::source_name::SourceName;
use crate::session::timed::Timed;

/// A value with its tag, at a step.
struct Scalar<'a> {
    tag: &'a str,
    value: f64,
}

/// Writes a folder with an event file for the pre-training of each source and for every run of `history` into `folder`.
///
/// # Errors
/// When a folder or file cannot be written.
pub fn export(history: &History, folder: &Path, written: &mut Vec<PathBuf>) -> Result<()> {
    let mut write = |name: String, records: Vec<u8>| {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, e))?;
        let path = folder.join("events.out.tfevents.0.warmstart");
        files::save(&path, |to| to.write_all(&records))?;
        written.push(path);
        Ok::<(), Error>(())
    };
    for source in history.sources().iter().filter(|source| !source.pretraining.is_empty()) {
        let mut records = opening();
        for Timed { at, value } in &source.pretraining {
            let (loss, learning_rate) = (value.loss, f64::from(value.learning_rate));
            let scalars = [("loss/pretraining", loss), ("rate", learning_rate)];
            record(
                &mut records,
                &event(*at, value.tokens, &scalars.map(|(tag, value)| Scalar { tag, value })),
            );
        }
        for Timed { at, value } in &source.quality {
            let tag = format!("quality/{}", value.set);
            record(&mut records, &event(*at, value.tokens, &[Scalar { tag: &tag, value: value.score }]));
        }
        write(format!("pretraining{}", named(source.name.as_ref())), records)?;
    }
    // The source is part of the folder's name only if there are several sources.
    let mut sources = history.runs.iter().filter_map(|run| run.start.source.as_ref());
    let first = sources.next();
    let several = sources.any(|source| Some(source) != first);
    for run in &history.runs {
        let start = &run.start;
        let method = start.method.name().to_lowercase();
        let source = named(start.source.as_ref().filter(|_| several));
        write(format!("{method}{source}-{}-seed{}", start.budget, start.seed + 1), of_run(run))?;
    }
    Ok(())
}

/// The part of a folder's name that names a source.
fn named(source: Option<&SourceName>) -> String {
    source.map_or(String::new(), |name| format!("-{name}").replace(std::path::is_separator, "-"))
}

fn of_run(run: &RunHistory) -> Vec<u8> {
    let mut records = opening();
    for Timed { at, value } in &run.steps {
        let scalars = [
            ("loss/training", value.loss),
            ("gradient", value.gradient),
            ("rate", f64::from(value.learning_rate)),
        ];
        record(&mut records, &event(*at, value.step, &scalars.map(|(tag, value)| Scalar { tag, value })));
    }
    for Timed { at, value } in &run.evaluations {
        let (loss, accuracy) = (format!("loss/{}", value.set), format!("accuracy/{}", value.set));
        let scalars =
            [Scalar { tag: &loss, value: value.loss }, Scalar { tag: &accuracy, value: value.accuracy }];
        record(&mut records, &event(*at, value.step, &scalars));
    }
    records
}

/// The record that begins every event file.
fn opening() -> Vec<u8> {
    let mut event = Vec::new();
    double(&mut event, 1, 0.0);
    bytes(&mut event, 3, b"brain.Event:2");
    let mut records = Vec::new();
    record(&mut records, &event);
    records
}

/// `Event { wall_time = 1, step = 2, summary = 5 { value = 1 { tag = 1, simple_value = 2 } } }`.
fn event(at: f64, step: u64, scalars: &[Scalar<'_>]) -> Vec<u8> {
    let mut summary = Vec::new();
    for scalar in scalars {
        let mut value = Vec::new();
        bytes(&mut value, 1, scalar.tag.as_bytes());
        value.push(2 << 3 | 5);
        value.extend((scalar.value as f32).to_le_bytes());
        bytes(&mut summary, 1, &value);
    }
    let mut event = Vec::new();
    double(&mut event, 1, at);
    event.push(2 << 3);
    varint(&mut event, step);
    bytes(&mut event, 5, &summary);
    event
}

fn double(to: &mut Vec<u8>, field: u8, value: f64) {
    to.push(field << 3 | 1);
    to.extend(value.to_le_bytes());
}

fn bytes(to: &mut Vec<u8>, field: u8, value: &[u8]) {
    to.push(field << 3 | 2);
    varint(to, value.len() as u64);
    to.extend(value);
}

fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Adds a TFRecord: the length, its checksum, the data, its checksum.
fn record(to: &mut Vec<u8>, data: &[u8]) {
    let length = (data.len() as u64).to_le_bytes();
    to.extend(length);
    to.extend(masked(crc32c(&length)).to_le_bytes());
    to.extend(data);
    to.extend(masked(crc32c(data)).to_le_bytes());
}

/// The mask that TFRecord applies to a checksum, because the data may contain checksums too.
fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The Castagnoli checksum (polynomial 0x1EDC6F41, reflected), computed bit by bit, because event files are small.
fn crc32c(data: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for &byte in data {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = crc >> 1 ^ (0x82f6_3b78 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standard() {
        // RFC 3720, B.4.
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
    }

    #[test]
    fn an_event_is_laid_out_as_protobuf_wants_it() {
        let event = event(1.0, 300, &[Scalar { tag: "a", value: 0.5 }]);
        let mut expected = vec![0x09];
        expected.extend(1.0_f64.to_le_bytes());
        expected.extend([0x10, 0xac, 0x02, 0x2a, 0x0a, 0x0a, 0x08, 0x0a, 0x01, b'a', 0x15]);
        expected.extend(0.5_f32.to_le_bytes());
        assert_eq!(event, expected);
    }
}
