//! The encoding of Protocol Buffers, as far as ONNX needs it: fields of integers, floats and bytes, and nested
//! messages.
//!
//! A field is a tag (the field number and the wire type), then the value. An integer is a *varint*: seven bits in each
//! byte, the lowest bits first; the highest bit is set in all bytes but the last. The length comes before strings,
//! bytes, messages and packed lists.

/// A message in its encoded form.
#[derive(Debug, Clone, Default)]
pub struct Message(Vec<u8>);

/// The wire type: how the value of a field is encoded.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Length = 2,
    Four = 5,
}

impl Message {
    /// Adds an integer.
    pub fn int(mut self, field: u32, value: i64) -> Message {
        self.tag(field, Wire::Varint);
        varint(&mut self.0, value as u64);
        self
    }

    /// Adds a packed list of integers.
    pub fn ints(self, field: u32, values: &[i64]) -> Message {
        let mut packed = Vec::new();
        values.iter().for_each(|&value| varint(&mut packed, value as u64));
        self.bytes(field, &packed)
    }

    /// Adds a 32-bit float.
    pub fn float(mut self, field: u32, value: f32) -> Message {
        self.tag(field, Wire::Four);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// Adds a string.
    pub fn text(self, field: u32, value: &str) -> Message {
        self.bytes(field, value.as_bytes())
    }

    /// Adds a nested message.
    pub fn message(self, field: u32, value: &Message) -> Message {
        self.bytes(field, &value.0)
    }

    /// Adds the fields of another message of the same type.
    pub fn with(mut self, other: &Message) -> Message {
        self.0.extend(&other.0);
        self
    }

    /// Adds a tag and the length of its value in bytes. The caller writes the value itself.
    pub fn opening(mut self, field: u32, length: usize) -> Message {
        self.tag(field, Wire::Length);
        varint(&mut self.0, length as u64);
        self
    }

    /// The encoded bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn bytes(self, field: u32, value: &[u8]) -> Message {
        let mut message = self.opening(field, value.len());
        message.0.extend(value);
        message
    }

    fn tag(&mut self, field: u32, wire: Wire) {
        varint(&mut self.0, u64::from(field << 3 | wire as u32));
    }
}

fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    // import onnx
    // a = onnx.AttributeProto(name="a", f=1.5, i=-2, ints=[1, 300])
    // n = onnx.NodeProto(op_type="Add", attribute=[a]); print(list(n.SerializeToString()))
    #[test]
    fn bytes_are_those_of_the_protobuf_library() {
        let ints = |message: Message| {
            // The library does not pack the lists of this schema. Readers accept both encodings.
            message.int(8, 1).int(8, 300)
        };
        let attribute = ints(Message::default().text(1, "a").float(2, 1.5).int(3, -2));
        let node = Message::default().text(4, "Add").message(5, &attribute);
        let expected = [
            34, 3, 65, 100, 100, 42, 24, 10, 1, 97, 21, 0, 0, 192, 63, 24, 254, 255, 255, 255, 255, 255, 255,
            255, 255, 1, 64, 1, 64, 172, 2,
        ];
        assert_eq!(node.as_bytes(), expected);
        assert_eq!(Message::default().ints(8, &[1, 300]).as_bytes(), [66, 3, 1, 172, 2]);
        assert_eq!(Message::default().opening(9, 300).as_bytes(), [74, 172, 2]);
    }
}
