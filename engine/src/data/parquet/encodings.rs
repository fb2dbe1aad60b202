//! The encodings of values in a page: plain, run-length and bit-packing, and delta.
//!
//! A decoder is a position in the bytes of the page, which the caller passes with every call. It allocates nothing,
//! so false claims of a page cannot cost memory.

use super::thrift::{Damage, varint, zigzag};

const ENDS: Damage = "a page ends in the middle of its values";

/// Integers of few bits: repeated, or packed eight at a time (the RLE and bit-packing hybrid).
#[derive(Debug, Clone)]
pub struct Hybrid {
    width: u32,
    at: usize,
    left: u64,
    /// The repeated value, or `None` in a bit-packed run.
    run: Option<u64>,
    /// The first bit of the next packed value.
    bit: usize,
}

impl Hybrid {
    /// Integers of `width` bits from byte `at` on.
    pub fn new(width: u32, at: usize) -> Result<Hybrid, Damage> {
        if width > 32 {
            return Err("a page packs its values into more than 32 bits");
        }
        Ok(Hybrid { width, at, left: 0, run: None, bit: 0 })
    }

    pub fn next(&mut self, bytes: &[u8]) -> Result<u64, Damage> {
        if self.width == 0 {
            return Ok(0);
        }
        while self.left == 0 {
            let head = varint(bytes, &mut self.at)?;
            self.left = head >> 1;
            if head & 1 == 1 {
                self.run = None;
                self.bit = self.at.checked_mul(8).ok_or(ENDS)?;
                let groups = usize::try_from(self.left).map_err(|_| ENDS)?;
                // The last group may be truncated at the end of the page.
                self.at = groups
                    .checked_mul(self.width as usize)
                    .and_then(|n| n.checked_add(self.at))
                    .ok_or(ENDS)?;
                self.left = self.left.checked_mul(8).ok_or(ENDS)?;
            } else {
                let length = self.width.div_ceil(8) as usize;
                let value = bytes.get(self.at..self.at + length).ok_or(ENDS)?;
                self.run = Some(value.iter().rev().fold(0, |all, &byte| all << 8 | u64::from(byte)));
                self.at += length;
            }
        }
        self.left -= 1;
        match self.run {
            Some(value) => Ok(value),
            None => {
                let value = bits(bytes, self.bit, self.width)?;
                self.bit += self.width as usize;
                Ok(value)
            }
        }
    }
}

/// Reads `width` bits (at most 64) from bit `at` on, the lowest bit first.
fn bits(bytes: &[u8], at: usize, width: u32) -> Result<u64, Damage> {
    let mut value = 0_u128;
    let (first, last) = (at / 8, (at + width as usize).div_ceil(8));
    for (place, byte) in bytes.get(first..last).ok_or(ENDS)?.iter().enumerate() {
        value |= u128::from(*byte) << (8 * place);
    }
    let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
    Ok((value >> (at % 8)) as u64 & mask)
}

/// Integers as differences, in blocks of miniblocks (DELTA_BINARY_PACKED).
#[derive(Debug, Clone)]
pub struct Delta {
    at: usize,
    /// The number of values in a miniblock, and the number of miniblocks in a block.
    each: u64,
    small: usize,
    left: u64,
    last: i64,
    is_first: bool,
    least: i64,
    /// The position of the bit widths of this block's miniblocks, and the index of the current miniblock.
    widths: usize,
    block: usize,
    left_in_block: u64,
    bit: usize,
}

impl Delta {
    /// Integers from byte `at` on, at most `most` of them.
    pub fn new(bytes: &[u8], mut at: usize, most: u64) -> Result<Delta, Damage> {
        let (size, small) = (varint(bytes, &mut at)?, varint(bytes, &mut at)?);
        let left = varint(bytes, &mut at)?;
        let last = zigzag(varint(bytes, &mut at)?);
        let is_right = (1..=512).contains(&small) && size <= 1 << 20 && size.is_multiple_of(small);
        if left > most {
            return Err("a page claims more differences than it has values");
        }
        if !is_right || size == 0 || !(size / small).is_multiple_of(32) {
            return Err("a page's blocks of differences are of impossible sizes");
        }
        let small = small as usize;
        Ok(Delta {
            at,
            each: size / small as u64,
            small,
            left,
            last,
            is_first: true,
            least: 0,
            widths: 0,
            block: small,
            left_in_block: 0,
            bit: 0,
        })
    }

    pub fn next(&mut self, bytes: &[u8]) -> Result<i64, Damage> {
        self.left = self.left.checked_sub(1).ok_or(ENDS)?;
        if std::mem::take(&mut self.is_first) {
            return Ok(self.last);
        }
        if self.left_in_block == 0 {
            self.block += 1;
            if self.block >= self.small {
                self.least = zigzag(varint(bytes, &mut self.at)?);
                self.widths = self.at;
                self.at = self.at.checked_add(self.small).filter(|&at| at <= bytes.len()).ok_or(ENDS)?;
                self.block = 0;
            }
            self.left_in_block = self.each;
            self.bit = self.at * 8;
            self.at += self.width(bytes)? as usize * self.each as usize / 8;
        }
        self.left_in_block -= 1;
        let width = self.width(bytes)?;
        let difference = if width == 0 { 0 } else { bits(bytes, self.bit, width)? };
        self.bit += width as usize;
        self.last = self.last.wrapping_add(self.least).wrapping_add(difference as i64);
        Ok(self.last)
    }

    fn width(&self, bytes: &[u8]) -> Result<u32, Damage> {
        match bytes.get(self.widths + self.block) {
            Some(&width) if width <= 64 => Ok(u32::from(width)),
            _ => Err(ENDS),
        }
    }

    /// The byte after the last integer. All integers are read for this, and none is kept.
    pub fn end(&self, bytes: &[u8]) -> Result<usize, Damage> {
        let mut rest = self.clone();
        while rest.left > 0 {
            rest.next(bytes)?;
        }
        if rest.at > bytes.len() {
            return Err(ENDS);
        }
        Ok(rest.at)
    }
}

/// The values of a page.
#[derive(Debug, Clone)]
pub enum Values {
    /// Plain values from this byte on.
    Plain(usize),
    /// Booleans of one bit each, from this bit on.
    Bits(usize),
    /// Indices into the dictionary.
    Dictionary(Hybrid),
    /// Booleans as run-length encoded integers of one bit.
    Runs(Hybrid),
    Delta(Delta),
    /// The lengths of the texts, then the texts from this byte on.
    Lengths(Delta, usize),
    /// The length of each text's common prefix with the previous text, the lengths of the suffixes, then the
    /// suffixes.
    Prefixes {
        shared: Delta,
        rest: Delta,
        at: usize,
        last: Vec<u8>,
    },
}

/// A range of bytes, which must be within the page.
pub fn range(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], Damage> {
    let end = at.checked_add(length).ok_or(ENDS)?;
    bytes.get(at..end).ok_or(ENDS)
}

/// A length that was read from a page.
pub fn length(number: i64) -> Result<usize, Damage> {
    usize::try_from(number).map_err(|_| "a page has a text of a negative length")
}
