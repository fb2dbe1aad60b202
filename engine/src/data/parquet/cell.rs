//! A field of a row.

/// A field of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    Null,
    Bytes(&'a [u8]),
    Whole(i64),
    Real(f64),
    Truth(bool),
}
