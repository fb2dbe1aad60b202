//! A graph of ONNX operators. It is built node by node, then written as a file, tensor by tensor, so that the file is
//! never in memory as a whole.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use crate::error::{Error, Place, Result};
use crate::files;

use super::proto::Message;

/// The version of the operators (the *opset*) that a file requires. onnxruntime supports it from version 1.12 on.
pub const OPSET: i64 = 17;
/// The version of the file format (IR) in the ONNX release of this opset.
const IR_VERSION: i64 = 8;
/// The largest size of a file in bytes: Protocol Buffers limit a message to 2 GiB.
const LARGEST: usize = i32::MAX as usize;

/// The element type of a tensor; the numbers are those of ONNX.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 32-bit floats.
    Float = 1,
    /// 64-bit integers.
    Int64 = 7,
}

/// ONNX's number for 32-bit integers, for the attribute `to` of a `Cast`.
pub const INT32: i64 = 6;

/// An axis of an input or an output.
#[derive(Debug, Clone, Copy)]
pub enum Axis<'a> {
    /// An axis of any length, with a name.
    Free(&'a str),
    /// An axis of this length.
    Of(usize),
}

/// The axis of the examples of a batch.
pub const BATCH: Axis<'static> = Axis::Free("batch");

/// An attribute of a node.
#[derive(Debug, Clone, Copy)]
pub enum Attribute<'a> {
    /// An integer.
    Int(&'a str, i64),
    /// A float.
    Float(&'a str, f32),
    /// Integers.
    Ints(&'a str, &'a [i64]),
    /// A string.
    Text(&'a str, &'a str),
}
use Attribute::{Float, Int, Ints, Text};

impl Attribute<'_> {
    fn message(&self) -> Message {
        let of = |name: &str, kind| Message::default().text(1, name).int(20, kind);
        match *self {
            Float(name, value) => of(name, 1).float(2, value),
            Int(name, value) => of(name, 2).int(3, value),
            Text(name, value) => of(name, 3).text(4, value),
            Ints(name, values) => of(name, 7).ints(8, values),
        }
    }
}

/// A tensor that the file holds.
struct Tensor<'t> {
    /// The encoded fields before the values: shape, type, name, and the tag and length of the values.
    head: Message,
    numbers: Numbers<'t>,
}

enum Numbers<'t> {
    Floats(Cow<'t, [f32]>),
    Ints(Vec<i64>),
}

impl Tensor<'_> {
    fn size(&self) -> usize {
        self.head.as_bytes().len() + self.numbers.size()
    }
}

impl Numbers<'_> {
    /// The size in bytes.
    fn size(&self) -> usize {
        match self {
            Numbers::Floats(values) => size_of_val(&values[..]),
            Numbers::Ints(values) => size_of_val(&values[..]),
        }
    }

    fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        match self {
            Numbers::Floats(values) => write(values, |value| value.to_le_bytes(), to),
            Numbers::Ints(values) => write(values, |value| value.to_le_bytes(), to),
        }
    }
}

/// Writes the bytes of the values in chunks of some thousand values.
fn write<T: Copy, const N: usize>(
    values: &[T],
    bytes: fn(T) -> [u8; N],
    to: &mut dyn Write,
) -> io::Result<()> {
    values.chunks(8_192).try_for_each(|chunk| {
        let bytes: Vec<u8> = chunk.iter().flat_map(|&value| bytes(value)).collect();
        to.write_all(&bytes)
    })
}

/// A graph. Methods refer to a value by its name.
#[derive(Default)]
pub struct Graph<'t> {
    /// The encoded nodes, inputs and outputs.
    parts: Message,
    tensors: Vec<Tensor<'t>>,
    /// How many names [`Graph::name`] has made.
    named: usize,
}

impl<'t> Graph<'t> {
    /// Declares an input of the graph.
    pub fn input(&mut self, name: &str, kind: Kind, axes: &[Axis]) -> String {
        self.declare(11, name, kind, axes);
        name.to_string()
    }

    /// Makes the value `of` an output of the graph with the name `name`.
    pub fn output(&mut self, name: &str, of: &str, kind: Kind, axes: &[Axis]) {
        self.node_named("Identity", &[of], &[], &[name]);
        self.declare(12, name, kind, axes);
    }

    /// Adds a constant tensor of floats, in row-major order.
    pub fn floats(&mut self, name: &str, shape: &[usize], values: impl Into<Cow<'t, [f32]>>) -> String {
        let values = values.into();
        debug_assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}");
        self.tensor(name, Kind::Float, shape, Numbers::Floats(values))
    }

    /// Adds a constant vector of integers.
    pub fn ints(&mut self, values: &[i64]) -> String {
        let name = self.name("ints");
        self.tensor(&name, Kind::Int64, &[values.len()], Numbers::Ints(values.to_vec()))
    }

    /// Adds a constant scalar integer.
    pub fn int(&mut self, value: i64) -> String {
        let name = self.name("int");
        self.tensor(&name, Kind::Int64, &[], Numbers::Ints(vec![value]))
    }

    /// Adds a constant scalar float.
    pub fn float(&mut self, value: f32) -> String {
        let name = self.name("float");
        self.tensor(&name, Kind::Float, &[], Numbers::Floats(vec![value].into()))
    }

    /// Adds a node with one output, and returns the name of the output.
    pub fn node(&mut self, operator: &str, inputs: &[&str], attributes: &[Attribute]) -> String {
        let name = self.name(operator);
        self.node_named(operator, inputs, attributes, &[&name]);
        name
    }

    /// Adds a node whose outputs have these names. An output that no node reads may have an empty name.
    pub fn node_named(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: &[Attribute],
        outputs: &[&str],
    ) {
        let mut node = Message::default();
        node = inputs.iter().fold(node, |node, input| node.text(1, input));
        node = outputs.iter().fold(node, |node, output| node.text(2, output));
        node = node.text(4, operator);
        node = attributes.iter().fold(node, |node, attribute| node.message(5, &attribute.message()));
        self.parts = std::mem::take(&mut self.parts).message(1, &node);
    }

    /// A new name that begins with `of` and that no other value has.
    pub fn name(&mut self, of: &str) -> String {
        self.named += 1;
        format!("{of}_{}", self.named)
    }

    fn tensor(&mut self, name: &str, kind: Kind, shape: &[usize], numbers: Numbers<'t>) -> String {
        let shape: Vec<i64> = shape.iter().map(|&length| length as i64).collect();
        let head = Message::default().ints(1, &shape).int(2, kind as i64).text(8, name);
        self.tensors.push(Tensor { head: head.opening(9, numbers.size()), numbers });
        name.to_string()
    }

    fn declare(&mut self, field: u32, name: &str, kind: Kind, axes: &[Axis]) {
        let shape = axes.iter().fold(Message::default(), |shape, axis| {
            let axis = match axis {
                Axis::Free(name) => Message::default().text(2, name),
                Axis::Of(length) => Message::default().int(1, *length as i64),
            };
            shape.message(1, &axis)
        });
        let tensor = Message::default().int(1, kind as i64).message(2, &shape);
        let value = Message::default().text(1, name).message(2, &Message::default().message(1, &tensor));
        self.parts = std::mem::take(&mut self.parts).message(field, &value);
    }

    /// Writes the file at `path`, completely or not at all. `about` becomes the metadata of the model: names and texts.
    ///
    /// # Errors
    /// When the file would be larger than the format allows, or it cannot be written.
    pub fn save(&self, path: &Path, about: &[(&str, String)]) -> Result<()> {
        let opset = Message::default().text(1, "").int(2, OPSET);
        let model = Message::default()
            .int(1, IR_VERSION)
            .text(2, "warmstart")
            .text(3, env!("CARGO_PKG_VERSION"))
            .message(8, &opset);
        let model = about.iter().fold(model, |model, (name, text)| {
            model.message(14, &Message::default().text(1, name).text(2, text))
        });
        let graph = Message::default().text(2, "warmstart").with(&self.parts);
        let opened = |tensor: &Tensor| Message::default().opening(5, tensor.size());
        let tensors: usize =
            self.tensors.iter().map(|tensor| opened(tensor).as_bytes().len() + tensor.size()).sum();
        let length = graph.as_bytes().len() + tensors;
        let model = model.opening(7, length);
        let size = model.as_bytes().len() + length;
        if size > LARGEST {
            let problem =
                format!("the model takes {:.1} GB, and an ONNX file holds at most 2", size as f64 / 1e9);
            let remedy = "export it with --model, or keep fewer words (`keep_words` in the recipe)";
            return Err(Error::input(path, Place::Whole, problem, remedy));
        }
        files::save(path, |to| {
            to.write_all(model.as_bytes())?;
            to.write_all(graph.as_bytes())?;
            self.tensors.iter().try_for_each(|tensor| {
                to.write_all(opened(tensor).as_bytes())?;
                to.write_all(tensor.head.as_bytes())?;
                tensor.numbers.write(to)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_is_too_large_for_the_format_is_refused_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.onnx");
        // The graph borrows the table, so 33 tensors with the same values take its memory once.
        let table = vec![0.0; 16 << 20];
        let mut graph = Graph::default();
        for number in 0..33 {
            graph.floats(&format!("table {number}"), &[16 << 20], &table[..]);
        }
        let told = graph.save(&path, &[]).unwrap_err().to_string();
        assert!(told.contains("large.onnx: the model takes 2.2 GB") && told.contains("--model"), "{told}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
