//! Images in the rows of a Parquet file, each stored as the bytes of an image file.

use std::path::Path;

use rayon::prelude::*;

use crate::data::parquet;
use crate::error::Result;

use super::decode::{LONGEST, decode};
use super::gathered::{Gathered, Reading};
use super::tree::{LeftOut, TOGETHER, told};

/// A row whose image has not been decoded yet: its class, its row number, its bytes.
type Waiting = (String, u64, Vec<u8>);

/// Reads the file at `path`. Images that cannot be decoded are skipped, and a remark reports them.
///
/// # Errors
/// If there are no columns of images and labels, or the file is damaged.
pub fn read(path: &Path, reading: &mut Reading) -> Result<Gathered> {
    let (mut out, mut left_out) = (Gathered::default(), Vec::new());
    let (mut waiting, mut bytes, mut all) = (Vec::new(), 0, 0);
    let bound = reading.bound;
    let mut decode_waiting = |waiting: &mut Vec<Waiting>, left_out: &mut Vec<LeftOut>| {
        let decoded: Vec<_> = waiting
            .par_drain(..)
            .map(|(class, row, content)| (class, row, decode(&content, bound)))
            .collect();
        for (class, row, image) in decoded {
            match image {
                Ok(image) => out.add(&class, format!("row {row}"), image),
                Err(problem) => left_out.push((format!("row {row}"), problem)),
            }
        }
        reading.read(out.part.len())
    };
    let (how, unlabelled) = parquet::read_images(path, |class, row, content| {
        all += 1;
        if content.len() > LONGEST {
            left_out.push((format!("row {row}"), "the file is too long".into()));
            return Ok(());
        }
        bytes += content.len();
        waiting.push((class.to_string(), row, content.to_vec()));
        if waiting.len() >= TOGETHER.0 || bytes >= TOGETHER.1 {
            bytes = 0;
            decode_waiting(&mut waiting, &mut left_out)?;
        }
        Ok(())
    })?;
    decode_waiting(&mut waiting, &mut left_out)?;
    out.how = how;
    out.remarks.extend(told(&left_out, all));
    if unlabelled > 0 {
        out.remarks.push(format!("rows without a label, which were left out: {unlabelled}"));
    }
    Ok(out)
}
