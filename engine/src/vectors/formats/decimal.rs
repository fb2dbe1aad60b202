//! Decimal numbers to f32, correctly rounded. Most numbers do not need a general parser.
//!
//! A decimal whose digits form an integer up to 2^53 and that has up to 22 decimal places is the quotient (or
//! product) of two numbers that f64 represents exactly, so it is rounded only once (Clinger 1990, *How to read
//! floating point numbers accurately*). A second rounding to f32 is wrong only if the f64 lies exactly halfway
//! between two f32 values. Such numbers, and all other forms, are parsed by the standard library.

/// The powers of ten that f64 represents exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The number at the start of `text`, up to a space, a tab, the end of the line or of the text; and the rest of the
/// text. `None` if there is no number.
#[inline]
pub fn parse_prefix(text: &[u8]) -> Option<(f32, &[u8])> {
    plain(text).or_else(|| general(text))
}

fn ends(rest: &[u8]) -> bool {
    matches!(rest, [] | [b' ' | b'\t' | b'\r' | b'\n', ..])
}

/// Parses digits with a sign, a point or an exponent, if their rounding is certain.
#[inline]
fn plain(text: &[u8]) -> Option<(f32, &[u8])> {
    let (negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let mut mantissa = 0_u64;
    let mut digits = |rest: &mut &[u8]| {
        let mut count = 0;
        while let [digit @ b'0'..=b'9', after @ ..] = *rest {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            *rest = after;
            count += 1;
        }
        count
    };
    let before = digits(&mut rest);
    let mut after = 0;
    if let [b'.', fraction @ ..] = rest {
        rest = fraction;
        after = digits(&mut rest);
    }
    let mut power = -after;
    if let [b'e' | b'E', exponent @ ..] = rest {
        let (sign, mut digits) = match exponent {
            [b'-', rest @ ..] => (-1, rest),
            [b'+', rest @ ..] => (1, rest),
            _ => (1, exponent),
        };
        let mut value = 0;
        let length = digits.len();
        while let [digit @ b'0'..=b'9', after @ ..] = digits {
            value = (value * 10 + i32::from(digit - b'0')).min(1_000);
            digits = after;
        }
        if digits.len() == length {
            return None;
        }
        power += sign * value;
        rest = digits;
    }
    // 19 digits fit in 64 bits.
    if before + after == 0 || before + after > 19 || mantissa >> 53 != 0 || !ends(rest) {
        return None;
    }
    let scale = *POWERS.get(power.unsigned_abs() as usize)?;
    let value = if power < 0 { mantissa as f64 / scale } else { mantissa as f64 * scale };
    let middle = value.to_bits() & 0x1fff_ffff == 0x1000_0000;
    let normal = (f64::from(f32::MIN_POSITIVE)..1e38).contains(&value) || mantissa == 0;
    (normal && !middle).then(|| (if negative { -(value as f32) } else { value as f32 }, rest))
}

#[cold]
fn general(text: &[u8]) -> Option<(f32, &[u8])> {
    let end = text.iter().position(|byte| byte.is_ascii_whitespace()).unwrap_or(text.len());
    let (field, rest) = text.split_at(end);
    Some((std::str::from_utf8(field).ok()?.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    /// The same bits as the standard library, for numbers in the forms that C, Python and Rust write.
    #[test]
    fn numbers_are_rounded_as_by_the_standard_library() {
        let mut rng = crate::rng::stream(1, "decimals", 0);
        let mut plainly = 0;
        for n in 0..200_000 {
            let value = f32::from_bits(rng.next_u32());
            if !value.is_finite() {
                continue;
            }
            let small = crate::rng::normal(&mut rng) as f32;
            let text = match n % 6 {
                0 => format!("{value}"),
                1 => format!("{value:e}"),
                2 => format!("{small:.6}"),
                3 => format!("{small}"),
                4 => format!("{:.17}", f64::from(small)),
                // Exactly halfway between two f32 values.
                _ => format!("{}", (f64::from(small) + f64::from(small.next_up())) / 2.0),
            };
            let (found, rest) = parse_prefix(text.as_bytes()).unwrap();
            assert_eq!(found.to_bits(), text.parse::<f32>().unwrap().to_bits(), "{text}");
            assert!(rest.is_empty());
            plainly += usize::from(plain(text.as_bytes()).is_some());
        }
        assert!(plainly > 100_000, "{plainly}");
    }

    #[test]
    fn what_follows_is_left() {
        let parsed = |text: &'static str| {
            parse_prefix(text.as_bytes()).map(|(n, rest)| (n, str::from_utf8(rest).unwrap()))
        };
        assert_eq!(parsed("1 2"), Some((1.0, " 2")));
        assert_eq!(parsed("-.5\n"), Some((-0.5, "\n")));
        assert_eq!(parsed("5.\tx"), Some((5.0, "\tx")));
        assert_eq!(parsed("+3e+2"), Some((300.0, "")));
        assert_eq!(parsed("1e-400 "), Some((0.0, " ")));
        assert_eq!(parsed("123456789012345678901234567890"), Some((1.234_567_9e29, "")));
        for wrong in ["", " 1", "1x", "1e", "1e+", ".", "-", "e5", "1.2.3", "0x1", "1,5"] {
            assert_eq!(parsed(wrong), None, "{wrong:?}");
        }
    }
}
