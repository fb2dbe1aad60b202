//! The rows of a model: floats, or the codes of a product quantiser (Jégou, Douze & Schmid 2011; Joulin et al. 2016,
//! "FastText.zip").
//!
//! A quantised row is divided into parts of a few values. One byte per part is the index of one of 256 centroids. If
//! the norms were quantised separately, one more byte per row is the index of one of 256 norms.

use crate::error::Result;
use crate::vectors::table::Filed;

use super::reader::Reader;

/// The number of centroids, which one byte can index.
const CENTROIDS: usize = 256;

/// A matrix `(rows, dim)`.
#[derive(Debug, Clone, PartialEq)]
pub enum Matrix {
    Dense {
        dim: usize,
        values: Vec<f32>,
    },
    /// The same, read from the model's file when it is used.
    Filed(Filed),
    Quantised(Quantised),
}

/// A quantised matrix: codes, centroids and norms.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised {
    rows: usize,
    codes: Vec<u8>,
    parts: Parts,
    /// A code for each row's norm, and the 256 norms.
    lengths: Option<(Vec<u8>, Vec<f32>)>,
}

/// A product quantiser.
#[derive(Debug, Clone, PartialEq)]
struct Parts {
    /// The number of parts of a row.
    count: usize,
    /// The number of values in each part but the last.
    width: usize,
    /// The number of values in the last part.
    last: usize,
    centroids: Vec<f32>,
}

/// The rows of words and n-grams.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    pub dim: usize,
    /// The first rows, those of words, if they are floats. They are kept separately, so that they become the table of
    /// vectors without a copy.
    pub head: Vec<f32>,
    /// All rows after those of the head: the rows of n-grams, or all rows.
    pub rest: Matrix,
}

impl Input {
    /// Reads the input matrix of a model with `words` words and `ngrams` rows for n-grams.
    ///
    /// # Errors
    /// If the file is damaged, or the matrix has another size.
    pub fn read(
        reader: &mut Reader<'_>,
        quantised: bool,
        words: usize,
        ngrams: u64,
        dim: usize,
    ) -> Result<Input> {
        const WHAT: &str = "the input matrix";
        let rows = words as u64 + ngrams;
        if quantised {
            let rest = Matrix::Quantised(Quantised::read(reader, rows, dim, WHAT)?);
            return Ok(Input { dim, head: Vec::new(), rest });
        }
        size(reader, rows, dim, WHAT)?;
        reader.expect(rows * dim as u64, 4, WHAT)?;
        if let Some(rest) = reader.leave(rows as usize, dim, WHAT)? {
            return Ok(Input { dim, head: Vec::new(), rest: Matrix::Filed(rest) });
        }
        let head = reader.floats((words * dim) as u64, WHAT)?;
        let values = reader.floats(ngrams * dim as u64, WHAT)?;
        Ok(Input { dim, head, rest: Matrix::Dense { dim, values } })
    }

    /// Adds a row to `sum (dim)`.
    pub fn add_to(&self, row: usize, sum: &mut [f32]) {
        let head = self.head.len() / self.dim;
        if row < head {
            add(sum, &self.head[row * self.dim..(row + 1) * self.dim], 1.0);
        } else {
            self.rest.add_to(row - head, sum);
        }
    }
}

impl Matrix {
    /// Reads a matrix of `rows` rows of `dim` values; `what` is its name in messages.
    ///
    /// # Errors
    /// If the file is damaged, or the matrix has another size.
    pub fn read(
        reader: &mut Reader<'_>,
        quantised: bool,
        rows: u64,
        dim: usize,
        what: &str,
    ) -> Result<Matrix> {
        if quantised {
            return Quantised::read(reader, rows, dim, what).map(Matrix::Quantised);
        }
        size(reader, rows, dim, what)?;
        reader.expect(rows * dim as u64, 4, what)?;
        match reader.leave(rows as usize, dim, what)? {
            Some(filed) => Ok(Matrix::Filed(filed)),
            None => Ok(Matrix::Dense { dim, values: reader.floats(rows * dim as u64, what)? }),
        }
    }

    /// Skips a matrix.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn skip(reader: &mut Reader<'_>, quantised: bool, rows: u64, dim: usize, what: &str) -> Result<()> {
        if quantised {
            return Quantised::read(reader, rows, dim, what).map(drop);
        }
        size(reader, rows, dim, what)?;
        reader.skip(rows * dim as u64, 4, what)
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Matrix::Dense { dim, values } => values.len() / dim,
            Matrix::Filed(filed) => filed.rows(),
            Matrix::Quantised(quantised) => quantised.rows,
        }
    }

    /// Adds a row to `sum (dim)`.
    pub fn add_to(&self, row: usize, sum: &mut [f32]) {
        match self {
            Matrix::Dense { dim, values } => add(sum, &values[row * dim..(row + 1) * dim], 1.0),
            Matrix::Filed(filed) => add(sum, &filed.row(row), 1.0),
            Matrix::Quantised(quantised) => {
                let length = quantised.length(row);
                quantised.each_part(row, |start, centroid| add(&mut sum[start..], centroid, length));
            }
        }
    }

    /// The dot product of a row and a point. The values are added one after another, as in fastText.
    pub fn dot(&self, row: usize, point: &[f32]) -> f32 {
        let dot_product = |x: &[f32], y: &[f32]| x.iter().zip(y).fold(0.0_f32, |sum, (x, y)| sum + x * y);
        match self {
            Matrix::Dense { dim, values } => dot_product(&values[row * dim..(row + 1) * dim], point),
            Matrix::Filed(filed) => dot_product(&filed.row(row), point),
            Matrix::Quantised(quantised) => {
                let mut sum = 0.0;
                quantised.each_part(row, |start, centroid| sum += dot_product(centroid, &point[start..]));
                sum * quantised.length(row)
            }
        }
    }
}

fn add(sum: &mut [f32], row: &[f32], factor: f32) {
    sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += factor * x);
}

/// Reads the number of rows and columns and checks that they are as expected.
fn size(reader: &mut Reader<'_>, rows: u64, dim: usize, what: &str) -> Result<()> {
    let place = reader.at();
    let (found_rows, found_dim) = (reader.long(what)?, reader.long(what)?);
    if (found_rows, found_dim) != (rows as i64, dim as i64) {
        let problem =
            format!("{what} has {found_rows} rows of {found_dim} numbers where {rows} of {dim} are expected");
        return Err(reader.wrong(place, problem));
    }
    Ok(())
}

impl Quantised {
    fn read(reader: &mut Reader<'_>, rows: u64, dim: usize, what: &str) -> Result<Quantised> {
        let with_lengths = reader.flag(what)?;
        size(reader, rows, dim, what)?;
        let place = reader.at();
        let claimed = reader.int(what)?;
        if claimed < 0 {
            return Err(reader.wrong(place, format!("{what} claims {claimed} bytes of codes")));
        }
        let codes = reader.raw(claimed as u64, what)?;
        let parts = Parts::read(reader, dim, what)?;
        if (claimed as u64) != rows.saturating_mul(parts.count as u64) {
            let problem = format!("{what} has {claimed} codes for {rows} rows of {} parts", parts.count);
            return Err(reader.wrong(place, problem));
        }
        let lengths = if with_lengths {
            let codes = reader.raw(rows, what)?;
            Some((codes, Parts::read(reader, 1, what)?.centroids))
        } else {
            None
        };
        Ok(Quantised { rows: rows as usize, codes, parts, lengths })
    }

    /// The norm that was separated from a row.
    fn length(&self, row: usize) -> f32 {
        self.lengths.as_ref().map_or(1.0, |(codes, lengths)| lengths[usize::from(codes[row])])
    }

    /// Calls `take` with the start of each part of a row, and the centroid of that part.
    fn each_part(&self, row: usize, mut take: impl FnMut(usize, &[f32])) {
        let Parts { count, width, last, .. } = self.parts;
        for (part, &code) in self.codes[row * count..(row + 1) * count].iter().enumerate() {
            let size = if part + 1 == count { last } else { width };
            let start = part * CENTROIDS * width + usize::from(code) * size;
            take(part * width, &self.parts.centroids[start..start + size]);
        }
    }
}

impl Parts {
    fn read(reader: &mut Reader<'_>, dim: usize, what: &str) -> Result<Parts> {
        let place = reader.at();
        let [found, count, width, last] =
            [reader.int(what)?, reader.int(what)?, reader.int(what)?, reader.int(what)?].map(i64::from);
        let fits = found == dim as i64
            && (1..=found).contains(&count)
            && (1..=found).contains(&width)
            && (1..=width).contains(&last)
            && (count - 1) * width + last == found;
        if !fits {
            let problem =
                format!("{what} is cut into {count} parts of {width} and {last} of {found} numbers");
            return Err(reader.wrong(place, problem));
        }
        let centroids = reader.floats((dim * CENTROIDS) as u64, what)?;
        Ok(Parts { count: count as usize, width: width as usize, last: last as usize, centroids })
    }
}
