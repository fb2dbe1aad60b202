//! The tensors of static token vectors: a row for each token, whose vector may have a weight, or a row that it shares
//! with others.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::Array2;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::data::tensors;
use crate::error::{Error, Place, Result, grouped};
use crate::kernel::mapped::Mapped;

use super::super::super::LARGE;
use super::super::super::table::{Filed, VectorTable};
use super::folder;

/// The table's name in files of model2vec,
pub const MODEL2VEC: &str = "embeddings";
/// and in those of StaticEmbedding.
const STATIC_EMBEDDING: &str = "embedding.weight";
/// The largest dimension of a vector.
const MOST_DIMENSIONS: usize = 65_536;
/// The most values of a table in which tokens share rows, in memory: 1 GiB. A file of other tables bounds their size.
const MOST_SHARED: usize = 1 << 28;

/// What the user can do about a damaged file.
const AGAIN: &str = "the file is damaged, or was not copied whole";

/// An open file of static token vectors.
pub struct File {
    path: PathBuf,
    bytes: Arc<Mapped>,
    name: &'static str,
    rows: usize,
    dim: usize,
}

impl File {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// If it is no complete safetensors file, or its table is missing or of another shape.
    pub fn open(path: &Path) -> Result<File> {
        let bytes = Mapped::open(path).map_err(|e| Error::io("open", path, e))?;
        let wrong = |place, problem: String, remedy: &str| Error::input(path, place, problem, remedy);
        if bytes.starts_with(b"PK\x03\x04") || matches!(bytes[..], [0x80, 2..=5, ..]) {
            return Err(folder::pickle(path, "this is a Python pickle under another name, and is not run"));
        }
        let all = parsed(path, &bytes)?;
        let found = [MODEL2VEC, STATIC_EMBEDDING].into_iter().find(|name| all.tensor(name).is_ok());
        let Some(name) = found else {
            let problem = format!("no tensor is called \"{MODEL2VEC}\" or \"{STATIC_EMBEDDING}\"");
            let remedy = "name a folder that model2vec or StaticEmbedding wrote";
            return Err(wrong(Place::Whole, problem, remedy));
        };
        let table = tensor(&all, name).ok_or_else(|| wrong(Place::Whole, "no table".into(), AGAIN))?;
        let &[rows, dim] = table.shape() else {
            let problem = format!("a tensor of shape {:?}", table.shape());
            return Err(wrong(Place::Member(name.into()), problem, "a row for each token is expected"));
        };
        if !(1..=MOST_DIMENSIONS).contains(&dim) {
            let remedy = format!("1 to {MOST_DIMENSIONS} can be read");
            return Err(wrong(Place::Member(name.into()), format!("{dim} dimensions"), &remedy));
        }
        if value(table.dtype()).is_none() {
            let problem = format!("numbers of kind {:?}", table.dtype());
            let remedy = format!("{} or I8 are expected", tensors::KINDS);
            return Err(wrong(Place::Member(name.into()), problem, &remedy));
        }
        Ok(File { path: path.to_path_buf(), bytes: Arc::new(bytes), name, rows, dim })
    }

    /// The name of the table.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The vectors of the tokens `ids`, ascending. All ids of the tokeniser are below `end`. A large table of f32 stays
    /// in the file if each token has a row of its own.
    ///
    /// # Errors
    /// If an id has no row, or a value is not finite.
    pub fn table(&self, ids: &[u32], end: usize) -> Result<VectorTable> {
        let all = parsed(&self.path, &self.bytes)?;
        let tensor = |name| tensor(&all, name);
        let Some(table) = tensor(self.name) else { return Err(self.wrong(self.name, "no table".into())) };
        let mapping = tensor("mapping").map(|view| self.mapping(&view)).transpose()?;
        let weights = tensor("weights").map(|view| self.weights(&view)).transpose()?;
        let of_ids = [
            (self.name, mapping.is_none().then_some(self.rows)),
            ("mapping", mapping.as_ref().map(Vec::len)),
            ("weights", weights.as_ref().map(Vec::len)),
        ];
        for (name, rows) in of_ids {
            if let Some(rows) = rows.filter(|&rows| rows < end) {
                let problem = format!(
                    "{} rows, but the tokeniser knows {} ids",
                    grouped(rows as u64),
                    grouped(end as u64)
                );
                let remedy = "take `tokenizer.json` and `model.safetensors` from the same model";
                return Err(Error::input(&self.path, Place::Member(name.into()), problem, remedy));
            }
        }
        let Some((size, read)) = value(table.dtype()) else {
            return Err(self.wrong(self.name, "numbers that cannot be read".into()));
        };
        let bytes = table.data();
        let row_of = |id: u32| mapping.as_ref().map_or(id as usize, |mapping| mapping[id as usize]);
        let number = |row: usize, column: usize| {
            let at = (row * self.dim + column) * size;
            read(&bytes[at..at + size])
        };
        let finite = |&id: &u32| {
            let weight = weights.as_ref().map_or(1.0, |weights| weights[id as usize]);
            weight.is_finite() && (0..self.dim).all(|column| number(row_of(id), column).is_finite())
        };
        if let Some(id) = ids.iter().find(|id| !finite(id)) {
            let problem = format!("the vector of id {id} holds a number that is not finite");
            return Err(self.wrong(self.name, problem));
        }
        if let (None, None, Dtype::F32) = (&mapping, &weights, table.dtype())
            && ids.len() * self.dim >= LARGE
        {
            let first = bytes.as_ptr() as usize - self.bytes.as_ptr() as usize;
            let filed = if ids.last().is_none_or(|&last| last as usize + 1 == ids.len()) {
                Filed::even(self.bytes.clone(), first, ids.len(), self.dim)
            } else {
                let starts = ids.iter().map(|&id| (first + id as usize * self.dim * size) as u64);
                Filed::scattered(self.bytes.clone(), starts.collect(), self.dim)
            };
            return filed.map(VectorTable::Filed).ok_or_else(|| self.wrong(self.name, AGAIN.into()));
        }
        if mapping.is_some() && ids.len().saturating_mul(self.dim) > MOST_SHARED {
            let problem =
                format!("{} tokens of {} dimensions share rows", grouped(ids.len() as u64), self.dim);
            return Err(self.wrong(self.name, format!("{problem}: too many to be read")));
        }
        let mut out = Vec::with_capacity(ids.len() * self.dim);
        for &id in ids {
            let (row, weight) = (row_of(id), weights.as_ref().map_or(1.0, |weights| weights[id as usize]));
            out.extend((0..self.dim).map(|column| number(row, column) * weight));
        }
        if let Some(at) = out.iter().position(|x| !x.is_finite()) {
            let problem = format!("the vector of id {} times its weight is too large", ids[at / self.dim]);
            return Err(self.wrong("weights", problem));
        }
        // A row was read for each id, so the shape fits.
        Ok(VectorTable::Held(Array2::from_shape_vec((ids.len(), self.dim), out).unwrap_or_default()))
    }

    fn wrong(&self, name: &str, problem: String) -> Error {
        Error::input(&self.path, Place::Member(name.into()), problem, "take the file that was published")
    }

    /// The weight of each id.
    fn weights(&self, view: &TensorView<'_>) -> Result<Vec<f32>> {
        let (&[_], Some((size, read))) = (view.shape(), tensors::number(view.dtype())) else {
            let problem = format!("a tensor of {:?} and shape {:?}", view.dtype(), view.shape());
            return Err(self.wrong("weights", format!("{problem}, where a number for each id is expected")));
        };
        Ok(view.data().chunks_exact(size).map(read).collect())
    }

    /// The row of each id.
    fn mapping(&self, view: &TensorView<'_>) -> Result<Vec<usize>> {
        let (&[_], Some((size, read))) = (view.shape(), whole(view.dtype())) else {
            let problem = format!("a tensor of {:?} and shape {:?}", view.dtype(), view.shape());
            return Err(
                self.wrong("mapping", format!("{problem}, where a whole number for each id is expected"))
            );
        };
        let rows: Vec<i64> = view.data().chunks_exact(size).map(read).collect();
        let there = |&row: &i64| usize::try_from(row).is_ok_and(|row| row < self.rows);
        if let Some(id) = rows.iter().position(|row| !there(row)) {
            let problem =
                format!("id {id} has row {}, and the table has {}", rows[id], grouped(self.rows as u64));
            return Err(self.wrong("mapping", problem));
        }
        Ok(rows.into_iter().map(|row| row as usize).collect())
    }
}

fn parsed<'b>(path: &Path, bytes: &'b [u8]) -> Result<SafeTensors<'b>> {
    SafeTensors::deserialize(bytes).map_err(|e| Error::input(path, Place::Whole, e.to_string(), AGAIN))
}

fn tensor<'b>(all: &SafeTensors<'b>, name: &str) -> Option<TensorView<'b>> {
    all.tensor(name).ok()
}

/// The number of bytes of a value of the table, and its conversion.
fn value(kind: Dtype) -> Option<(usize, tensors::Reading)> {
    match kind {
        Dtype::I8 => Some((1, |bytes| f32::from(bytes[0] as i8) / 127.0)),
        other => tensors::number(other),
    }
}

/// Converts the bytes of a whole number.
type Whole = fn(&[u8]) -> i64;

/// The number of bytes of a whole number, and its conversion; `None` for other types.
fn whole(kind: Dtype) -> Option<(usize, Whole)> {
    Some(match kind {
        Dtype::U8 => (1, |b| i64::from(b[0])),
        Dtype::I8 => (1, |b| i64::from(b[0] as i8)),
        Dtype::U16 => (2, |b| i64::from(u16::from_le_bytes([b[0], b[1]]))),
        Dtype::I16 => (2, |b| i64::from(i16::from_le_bytes([b[0], b[1]]))),
        Dtype::U32 => (4, |b| i64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))),
        Dtype::I32 => (4, |b| i64::from(i32::from_le_bytes([b[0], b[1], b[2], b[3]]))),
        Dtype::I64 | Dtype::U64 => {
            // A row beyond the range of i64 becomes negative, which no row is.
            (8, |b| i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
        }
        _ => return None,
    })
}
