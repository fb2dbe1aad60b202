//! The values of tensors in safetensors files as f32, for any floating-point type.

use safetensors::Dtype;

/// The supported data types, for messages.
pub const KINDS: &str = "F32, F16, BF16 or F64";

/// Converts the bytes of a value.
pub type Reading = fn(&[u8]) -> f32;

/// The number of bytes of a value of this type, and its conversion; `None` for types that are not floating-point.
pub fn number(kind: Dtype) -> Option<(usize, Reading)> {
    Some(match kind {
        Dtype::F32 => (4, |b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])),
        Dtype::F64 => (8, |b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f32),
        Dtype::BF16 => (2, |b| f32::from_bits(u32::from(u16::from_le_bytes([b[0], b[1]])) << 16)),
        Dtype::F16 => (2, |b| half(u16::from_le_bytes([b[0], b[1]]))),
        _ => return None,
    })
}

/// Converts an IEEE 754 half-precision float.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023) / 1024.0);
    let size = match exponent {
        0 => fraction * 2.0_f32.powi(-14),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction) * 2.0_f32.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.float16(x).view(numpy.uint16)` for each of these values.
    #[test]
    fn halves_are_those_of_numpy() {
        let pairs =
            [(0x3c00, 1.0), (0xc580, -5.5), (0x0001, 5.960_464_5e-8), (0x7bff, 65_504.0), (0x8000, -0.0)];
        for (bits, value) in pairs {
            assert_eq!(half(bits).to_bits(), f32::to_bits(value), "{bits:x}");
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
    }

    #[test]
    fn every_kind_stands_for_the_same_number() {
        for (kind, bytes) in [
            (Dtype::F32, (-1.5_f32).to_le_bytes().to_vec()),
            (Dtype::F64, (-1.5_f64).to_le_bytes().to_vec()),
            (Dtype::F16, 0xbe00_u16.to_le_bytes().to_vec()),
            (Dtype::BF16, 0xbfc0_u16.to_le_bytes().to_vec()),
        ] {
            let (size, read) = number(kind).unwrap();
            assert_eq!((size, read(&bytes)), (bytes.len(), -1.5), "{kind:?}");
        }
        assert!(number(Dtype::I64).is_none());
    }
}
