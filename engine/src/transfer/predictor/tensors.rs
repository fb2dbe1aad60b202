//! Named tensors in a safetensors file. A reader checks the name, dtype and shape of a tensor before it reads values.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use safetensors::tensor::View;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use crate::data::tensors;
use crate::error::{Error, Place, Result};
use crate::kernel::mapped::Mapped;

/// The tensors to be written to a file.
#[derive(Default)]
pub struct TensorWriter(Vec<Tensor>);

/// A named tensor, in row-major order.
struct Tensor {
    name: String,
    shape: Vec<usize>,
    values: Values,
}

/// The values of a tensor.
enum Values {
    Reals(Vec<f32>),
    /// The bits of half-precision floats.
    Halves(Vec<u16>),
    Doubles(Vec<f64>),
    Counts(Vec<u32>),
}

impl Values {
    /// The values as little-endian bytes, as the file stores them.
    fn bytes(&self) -> Vec<u8> {
        match self {
            Values::Reals(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Values::Halves(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Values::Doubles(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            Values::Counts(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        }
    }
}

impl View for &Tensor {
    fn dtype(&self) -> Dtype {
        match self.values {
            Values::Reals(_) => Dtype::F32,
            Values::Halves(_) => Dtype::F16,
            Values::Doubles(_) => Dtype::F64,
            Values::Counts(_) => Dtype::U32,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    // The bytes are a copy, so one tensor at a time is in memory twice.
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.values.bytes())
    }

    fn data_len(&self) -> usize {
        match &self.values {
            Values::Reals(values) => 4 * values.len(),
            Values::Halves(values) => 2 * values.len(),
            Values::Doubles(values) => 8 * values.len(),
            Values::Counts(values) => 4 * values.len(),
        }
    }
}

impl TensorWriter {
    /// Adds a tensor of 32-bit floats.
    pub fn reals(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = f32>) {
        self.add(name, shape, Values::Reals(values.into_iter().collect()));
    }

    /// Adds a tensor of 16-bit floats, rounded to the nearest.
    pub fn halves(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = f32>) {
        self.add(name, shape, Values::Halves(values.into_iter().map(tensors::to_half).collect()));
    }

    /// Adds a tensor of 64-bit floats.
    pub fn doubles(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = f64>) {
        self.add(name, shape, Values::Doubles(values.into_iter().collect()));
    }

    /// Adds a tensor of 32-bit unsigned integers.
    pub fn counts(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = u32>) {
        self.add(name, shape, Values::Counts(values.into_iter().collect()));
    }

    fn add(&mut self, name: &str, shape: &[usize], values: Values) {
        self.0.push(Tensor { name: name.to_string(), shape: shape.to_vec(), values });
    }

    /// Writes the tensors to a new file at `path`, with the entries of its metadata, and syncs it to the disk.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path, metadata: Option<HashMap<String, String>>) -> Result<()> {
        let tensors = self.0.iter().map(|tensor| (&tensor.name, tensor));
        let written = safetensors::serialize_to_file(tensors, metadata, path).map_err(|e| match e {
            SafeTensorError::IoError(error) => error,
            other => io::Error::other(other),
        });
        let synced = written.and_then(|()| File::open(path)?.sync_all());
        synced.map_err(|e| Error::io("write", path, e))
    }

    /// Whether the file at `path` has each of these tensors with the same bits.
    pub fn are_in(&self, path: &Path) -> bool {
        let Ok(file) = TensorReader::open(path) else { return false };
        let Ok(all) = file.parsed() else { return false };
        let same = |tensor: &Tensor| {
            let Ok(view) = all.tensor(&tensor.name) else { return false };
            let alike = view.dtype() == (&tensor).dtype() && view.shape() == tensor.shape;
            alike && view.data() == tensor.values.bytes()
        };
        all.len() == self.0.len() && self.0.iter().all(same)
    }
}

/// A reader for the tensors of a file.
pub struct TensorReader {
    path: PathBuf,
    bytes: Mapped,
}

impl TensorReader {
    /// Opens a file.
    ///
    /// # Errors
    /// When the file is not a complete safetensors file.
    pub fn open(path: &Path) -> Result<TensorReader> {
        let bytes = Mapped::open(path).map_err(|e| Error::io("open the model's tensors", path, e))?;
        let reader = TensorReader { path: path.to_path_buf(), bytes };
        reader.parsed().map(drop)?;
        Ok(reader)
    }

    fn parsed(&self) -> Result<SafeTensors<'_>> {
        SafeTensors::deserialize(&self.bytes).map_err(|e| {
            let problem = format!("this is no whole safetensors file: {e}");
            Error::input(&self.path, Place::Whole, problem, "copy the model's folder again")
        })
    }

    /// An upper bound for the number of values of a tensor in the file.
    pub fn values(&self) -> usize {
        self.bytes.len() / 2
    }

    /// The error for a tensor that is not as expected.
    pub fn wrong(&self, name: &str, problem: impl Into<String>) -> Error {
        let place = Place::Member(name.to_string());
        Error::input(&self.path, place, problem, "copy the model's folder again")
    }

    /// The shape of a tensor; `None` if the file has no tensor with this name.
    ///
    /// # Errors
    /// When the file can no longer be read.
    pub fn shape(&self, name: &str) -> Result<Option<Vec<usize>>> {
        Ok(self.parsed()?.tensor(name).ok().map(|view| view.shape().to_vec()))
    }

    /// The shape of a tensor that must exist and have `N` axes.
    ///
    /// # Errors
    /// When the tensor is missing, or has another number of axes.
    pub fn axes<const N: usize>(&self, name: &str) -> Result<[usize; N]> {
        let shape = self.shape(name)?.ok_or_else(|| self.wrong(name, "this tensor is missing"))?;
        let fault =
            |shape: Vec<usize>| self.wrong(name, format!("its shape is {shape:?}, expected {N} axes"));
        shape.try_into().map_err(fault)
    }

    /// The values of a tensor of 32-bit floats with this shape.
    ///
    /// # Errors
    /// When the tensor is missing, has another dtype or shape, or has a value that is not finite.
    pub fn reals(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let values = self.read(name, Dtype::F32, shape, f32::from_le_bytes)?;
        self.finite(name, values.iter().position(|x| !x.is_finite()))?;
        Ok(values)
    }

    /// The values of a tensor of 16-bit or 32-bit floats with this shape.
    ///
    /// # Errors
    /// As [`reals`](Self::reals).
    pub fn halves_or_reals(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let is_half = self.parsed()?.tensor(name).is_ok_and(|view| view.dtype() == Dtype::F16);
        let Some((_, read)) = tensors::number(Dtype::F16).filter(|_| is_half) else {
            return self.reals(name, shape);
        };
        let values = self.read(name, Dtype::F16, shape, |bytes: [u8; 2]| read(&bytes))?;
        self.finite(name, values.iter().position(|x| !x.is_finite()))?;
        Ok(values)
    }

    /// The values of a tensor of 64-bit floats with this shape.
    ///
    /// # Errors
    /// As [`reals`](Self::reals).
    pub fn doubles(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>> {
        let values = self.read(name, Dtype::F64, shape, f64::from_le_bytes)?;
        self.finite(name, values.iter().position(|x| !x.is_finite()))?;
        Ok(values)
    }

    /// The values of a tensor of 32-bit unsigned integers with this shape, each below `end`.
    ///
    /// # Errors
    /// When the tensor is missing, has another dtype or shape, or has a value of `end` or more.
    pub fn counts(&self, name: &str, shape: &[usize], end: usize) -> Result<Vec<u32>> {
        let values = self.read(name, Dtype::U32, shape, u32::from_le_bytes)?;
        match values.iter().find(|&&value| value as usize >= end) {
            Some(value) => Err(self.wrong(name, format!("it holds {value}, expected numbers below {end}"))),
            None => Ok(values),
        }
    }

    fn finite(&self, name: &str, found: Option<usize>) -> Result<()> {
        found.map_or(Ok(()), |at| Err(self.wrong(name, format!("number {at} is not finite"))))
    }

    fn read<const N: usize, T>(
        &self,
        name: &str,
        kind: Dtype,
        shape: &[usize],
        number: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>> {
        let whole = self.parsed()?;
        let view = whole.tensor(name).map_err(|_| self.wrong(name, "this tensor is missing"))?;
        if view.dtype() != kind || view.shape() != shape {
            let problem = format!(
                "it is {:?} of shape {:?}, expected {kind:?} of {shape:?}",
                view.dtype(),
                view.shape()
            );
            return Err(self.wrong(name, problem));
        }
        // The parser has compared the length of the file with its header.
        Ok(view.data().as_chunks().0.iter().map(|&bytes| number(bytes)).collect())
    }
}
