//! Parquet: columns of texts, labels and image files, read row by row.
//!
//! What the format calls a leaf that is not repeated is a column here, called by its path (`text`, `image.bytes`). Pages
//! are read one at a time; what a header claims is checked against what is there before memory is taken. Read are plain,
//! dictionary, run-length and delta encodings; without compression, or with Snappy, gzip or zstd. The format:
//! <https://parquet.apache.org/docs/file-format/>.
//!
//! A library would be 31 seconds of building and takes memory on the word of a page's header, which this does not.

mod cell;
mod chunk;
mod encodings;
mod footer;
mod labelled;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod thrift;

pub use cell::Cell;
pub use footer::{Column, Kind};
pub use labelled::{read, read_images};
pub use table::{ParquetTable, is_parquet};
pub use texts::each_text;
