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
pub fn half(bits: u16) -> f32 {
    let (sign, size) = (u32::from(bits & 0x8000) << 16, u32::from(bits & 0x7fff));
    let size = match size >> 10 {
        // A multiple of 2⁻²⁴.
        0 => (size as f32 * f32::from_bits(0x3380_0000)).to_bits(),
        31 => 0x7f80_0000 | (size & 1023) << 13,
        // The exponent counts from 15 there and from 127 here.
        _ => (size << 13) + (112 << 23),
    };
    f32::from_bits(sign | size)
}

/// The half-precision float nearest to `value`, the even one of two that are equally near; infinite beyond 65,504.
pub fn to_half(value: f32) -> u16 {
    let (sign, size) = ((value.to_bits() >> 16) as u16 & 0x8000, value.to_bits() & 0x7fff_ffff);
    let half = if size > 0x7f80_0000 {
        0x7e00
    } else if size < 0x3880_0000 {
        // Below 2⁻¹⁴: a multiple of 2⁻²⁴. Floats from 0.5 to 1 are such multiples, so the addition rounds.
        (f32::from_bits(size) + 0.5).to_bits() - 0.5_f32.to_bits()
    } else {
        let odd = size >> 13 & 1;
        ((size - (112 << 23) + 0xfff + odd) >> 13).min(0x7c00)
    };
    sign | half as u16
}

/// `value` after a round trip through half precision.
pub fn rounded(value: f32) -> f32 {
    half(to_half(value))
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
    fn floats_become_the_nearest_half() {
        // Every finite half, and the infinities, are their own nearest half.
        for bits in (0..=0x7c00_u16).chain(0x8000..=0xfc00) {
            assert_eq!(to_half(half(bits)), bits, "{bits:x}");
        }
        // Between two halves: nearer to the one, nearer to the other, and the even one in the middle.
        for bits in 0..0x7bff_u16 {
            let (low, high) = (f64::from(half(bits)), f64::from(half(bits + 1)));
            let at = |fraction: f64| to_half((low + (high - low) * fraction) as f32);
            assert_eq!([at(0.49), at(0.51)], [bits, bits + 1], "{bits:x}");
            assert_eq!(at(0.5), bits + bits % 2, "{bits:x}");
        }
        // `numpy.float16(numpy.float32(x)).view(numpy.uint16)`.
        let pairs = [
            (65_519.0, 0x7bff),
            (65_520.0, 0x7c00),
            (1e30, 0x7c00),
            (-1e-8, 0x8000),
            (0.1, 0x2e66),
            (f32::INFINITY, 0x7c00),
        ];
        for (value, bits) in pairs {
            assert_eq!(to_half(value), bits, "{value}");
        }
        assert!(rounded(f32::NAN).is_nan());
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
