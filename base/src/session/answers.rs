//! What a run answered for every example of a test set, in a compact form: an interval needs to know which examples
//! were answered correctly, and not only how many.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

/// Probabilities are stored as multiples of 1 / 255.
const PROBABILITY_STEPS: f32 = 255.0;

/// The true class of every example of a test set, in the order of the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrueClasses {
    /// The name of the test set.
    pub set: String,
    /// The classes, as indices.
    pub classes: Packed,
    /// Which examples these are, if each seed is tested on others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<TestPart>,
}

/// The test part of a seed, where each seed has its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestPart {
    /// The seed.
    pub seed: u32,
    /// For each example of the task, 1 if it is in the part, and 0 if the seed may learn from it.
    pub members: Packed,
}

/// The answers of a run on a test set, in the order of the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The run's number.
    pub run: usize,
    /// The name of the test set.
    pub set: String,
    /// The predicted classes, as indices.
    pub predicted: Packed,
    /// The probability of the true class of each example, in steps of 1 / 255.
    pub probabilities: Packed,
}

/// A probability as it is stored in [`Answers`].
pub fn probability_code(probability: f32) -> u16 {
    // A float that is converted to an integer is clamped to its range; not-a-number becomes 0.
    (probability.clamp(0.0, 1.0) * PROBABILITY_STEPS).round() as u16
}

/// The probability of a code.
pub fn probability(code: u16) -> f32 {
    f32::from(code) / PROBABILITY_STEPS
}

/// Small integers as text: their number, the bits of one of them, and the bits in Base64. 25,000 answers about two
/// classes are 4,200 characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Packed(String);

impl Packed {
    /// Packs integers. Each takes as many bits as the largest one needs, least significant bit first.
    pub fn new(values: &[u16]) -> Packed {
        let largest = values.iter().copied().max().unwrap_or(0);
        let width = (u16::BITS - largest.leading_zeros()).max(1) as usize;
        let mut bytes = vec![0_u8; (values.len() * width).div_ceil(8)];
        for (place, &value) in values.iter().enumerate() {
            for bit in (0..width).filter(|bit| value >> bit & 1 == 1) {
                let at = place * width + bit;
                bytes[at / 8] |= 1 << (at % 8);
            }
        }
        Packed(format!("{}x{width}:{}", values.len(), BASE64_STANDARD_NO_PAD.encode(bytes)))
    }

    /// The integers; `None` if the text is damaged. It needs no more memory than a few times the length of the text.
    pub fn values(&self) -> Option<Vec<u16>> {
        let (head, text) = self.0.split_once(':')?;
        let (count, width) = head.split_once('x')?;
        let (count, width): (usize, usize) = (count.parse().ok()?, width.parse().ok()?);
        if !(1..=u16::BITS as usize).contains(&width) {
            return None;
        }
        let bytes = BASE64_STANDARD_NO_PAD.decode(text).ok()?;
        if count.checked_mul(width)?.div_ceil(8) != bytes.len() {
            return None;
        }
        let bit = |at: usize| u16::from(bytes[at / 8] >> (at % 8) & 1);
        let value = |place: usize| (0..width).fold(0, |value, i| value | bit(place * width + i) << i);
        Some((0..count).map(value).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_integers_come_back() {
        for values in [
            vec![],
            vec![0],
            vec![0, 0, 0],
            vec![1, 0, 1, 1, 0, 0, 1, 0, 1],
            vec![5, 0, 7, 2],
            vec![u16::MAX, 0, 1],
        ] {
            assert_eq!(Packed::new(&values).values(), Some(values.clone()), "{values:?}");
        }
        assert_eq!(Packed::new(&[1, 0, 1]).0, "3x1:BQ");
    }

    /// The log of a session with 30 runs on 25,000 test examples must grow by less than 2 MB.
    #[test]
    fn answers_are_small() {
        let classes: Vec<u16> = (0..25_000).map(|i| i % 2).collect();
        let probabilities: Vec<u16> = (0..25_000).map(|i| i % 256).collect();
        let bytes = Packed::new(&classes).0.len() + Packed::new(&probabilities).0.len();
        assert!(30 * bytes + 30 * 100 < 2_000_000, "{bytes}");
    }

    #[test]
    fn damaged_text_is_no_answer_and_no_allocation() {
        for text in [
            "",
            "3x1",
            "x:",
            "3x0:BQ",
            "3x17:BQ",
            "9x1:BQ",
            "2x1:B?",
            "99999999999999999999x1:",
            "18446744073709551615x16:BQ",
        ] {
            assert_eq!(Packed(text.into()).values(), None, "{text}");
        }
    }

    #[test]
    fn probabilities_keep_half_a_step() {
        for p in [0.0, 0.001, 0.5, 0.731, 1.0] {
            assert!((probability(probability_code(p)) - p).abs() <= 0.5 / PROBABILITY_STEPS + 1e-6, "{p}");
        }
        assert_eq!([f32::NAN, -1.0, 2.0].map(probability_code), [0, 0, 255]);
    }
}
