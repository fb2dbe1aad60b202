//! Named tensors in a safetensors file: written whole, and read with name, kind and shape checked before any number.

use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::error::{Error, Place, Result};
use crate::files;
use crate::kernel::mapped::Mapped;

/// Tensors that go into a file.
#[derive(Default)]
pub struct TensorWriter(Vec<(String, Dtype, Vec<usize>, Vec<u8>)>);

impl TensorWriter {
    /// Adds a tensor of 32-bit floats.
    pub fn reals(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = f32>) {
        let bytes = values.into_iter().flat_map(f32::to_le_bytes).collect();
        self.0.push((name.to_string(), Dtype::F32, shape.to_vec(), bytes));
    }

    /// Adds a tensor of 64-bit floats.
    pub fn doubles(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = f64>) {
        let bytes = values.into_iter().flat_map(f64::to_le_bytes).collect();
        self.0.push((name.to_string(), Dtype::F64, shape.to_vec(), bytes));
    }

    /// Adds a tensor of numbers that count.
    pub fn counts(&mut self, name: &str, shape: &[usize], values: impl IntoIterator<Item = u32>) {
        let bytes = values.into_iter().flat_map(u32::to_le_bytes).collect();
        self.0.push((name.to_string(), Dtype::U32, shape.to_vec(), bytes));
    }

    /// Writes them as the file at `path`.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn save(self, path: &Path) -> Result<()> {
        let fault = |e: safetensors::SafeTensorError| {
            Error::request(format!("a model cannot be written: {e}"), "this is a fault of warmstart")
        };
        let mut views = Vec::new();
        for (name, kind, shape, bytes) in &self.0 {
            views.push((name.as_str(), TensorView::new(*kind, shape.clone(), bytes).map_err(fault)?));
        }
        let bytes = safetensors::serialize(views, None).map_err(fault)?;
        files::save(path, |file| file.write_all(&bytes))
    }
}

/// The tensors of a file.
pub struct TensorReader {
    path: PathBuf,
    bytes: Mapped,
}

impl TensorReader {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is no whole safetensors file.
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

    /// The error of a tensor that is not as it must be.
    pub fn wrong(&self, name: &str, problem: impl Into<String>) -> Error {
        let place = Place::Member(name.to_string());
        Error::input(&self.path, place, problem, "copy the model's folder again")
    }

    /// The shape of a tensor; `None` if there is none of this name.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub fn shape(&self, name: &str) -> Result<Option<Vec<usize>>> {
        Ok(self.parsed()?.tensor(name).ok().map(|view| view.shape().to_vec()))
    }

    /// The shape of a tensor that must be there, with so many axes.
    ///
    /// # Errors
    /// When it is missing, or has another number of axes.
    pub fn axes<const N: usize>(&self, name: &str) -> Result<[usize; N]> {
        let shape = self.shape(name)?.ok_or_else(|| self.wrong(name, "this tensor is missing"))?;
        let fault =
            |shape: Vec<usize>| self.wrong(name, format!("its shape is {shape:?}, expected {N} axes"));
        shape.try_into().map_err(fault)
    }

    /// The 32-bit floats of a tensor of this shape.
    ///
    /// # Errors
    /// When it is missing, of another kind or shape, or holds what is not finite.
    pub fn reals(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let values = self.read(name, Dtype::F32, shape, f32::from_le_bytes)?;
        self.finite(name, values.iter().position(|x| !x.is_finite()))?;
        Ok(values)
    }

    /// The 64-bit floats of a tensor of this shape.
    ///
    /// # Errors
    /// As [`reals`](Self::reals).
    pub fn doubles(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>> {
        let values = self.read(name, Dtype::F64, shape, f64::from_le_bytes)?;
        self.finite(name, values.iter().position(|x| !x.is_finite()))?;
        Ok(values)
    }

    /// The numbers of a tensor of this shape, each below `end`.
    ///
    /// # Errors
    /// When it is missing, of another kind or shape, or holds a larger number.
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
        number: fn([u8; N]) -> T,
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
        // The file's length was compared with the header's when it was parsed.
        Ok(view.data().as_chunks().0.iter().map(|&bytes| number(bytes)).collect())
    }
}
