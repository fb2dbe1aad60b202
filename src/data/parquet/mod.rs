//! Parquet: columns of texts, labels and image files, read row by row.
//!
//! A column here is what the format calls a leaf that is not repeated; its name is its path (`text`, `image.bytes`). Pages
//! are read one at a time. A claimed size is compared with the bytes that are there before memory is taken. Plain,
//! dictionary, run-length and delta encodings are supported, and no compression, Snappy, gzip and zstd. The format:
//! <https://parquet.apache.org/docs/file-format/>.
//!
//! The usual library takes 31 seconds to build, and allocates what the header of a page claims.

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
