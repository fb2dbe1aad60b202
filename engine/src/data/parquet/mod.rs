//! Parquet: columns of texts, labels and image files, read row by row.
//!
//! A column here is what the format calls a leaf that is not repeated; its name is its path (`text`, `image.bytes`).
//! Pages are read one at a time. A claimed size is compared with the number of available bytes before memory is
//! allocated. Plain, dictionary, run-length and delta encodings are supported, without compression or with Snappy,
//! gzip or zstd. The format: <https://parquet.apache.org/docs/file-format/>.
//!
//! The usual library takes 31 seconds to build, and allocates as much memory as a page header claims.

mod cell;
mod chunk;
mod encodings;
mod footer;
mod labelled;
mod rows;
mod table;
#[cfg(test)]
mod tests;
mod texts;
mod thrift;
mod value;

pub use cell::Cell;
pub use footer::{Column, Kind};
pub use labelled::{read, read_images};
pub use rows::each_row;
pub use table::{MAGIC, ParquetTable, is_parquet};
pub use texts::each_text;
