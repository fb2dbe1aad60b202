//! Noise words, drawn with probability proportional to count^0.75 (Mikolov et al. 2013, section 2.2) with the alias
//! method (Walker 1977; Vose 1991). The method is exact. It takes one random number and one look-up per draw, and
//! eight bytes per word.

use rand::Rng;

use crate::rng::Stream;

/// The distribution of noise words.
#[derive(Debug, Clone)]
pub struct Noise {
    /// For each word the probability, as a fraction of 2^32, that the draw stays at this word, and the word that is
    /// drawn otherwise.
    entries: Vec<(u32, u32)>,
}

impl Noise {
    /// The distribution for words with these counts.
    pub fn new(counts: &[u64]) -> Self {
        let weights: Vec<f64> = counts.iter().map(|&count| (count as f64).powf(0.75)).collect();
        let total: f64 = weights.iter().sum();
        let n = weights.len() as f64;
        let mut fractions: Vec<f64> = weights.iter().map(|weight| weight * n / total).collect();
        let mut entries: Vec<(u32, u32)> = (0..counts.len()).map(|id| (u32::MAX, id as u32)).collect();
        let (mut poor, mut rich): (Vec<usize>, Vec<usize>) =
            (0..counts.len()).partition(|&id| fractions[id] < 1.0);
        while let (Some(&less), Some(&more)) = (poor.last(), rich.last()) {
            poor.pop();
            entries[less] = ((fractions[less] * 4_294_967_296.0) as u32, more as u32);
            fractions[more] -= 1.0 - fractions[less];
            if fractions[more] < 1.0 {
                rich.pop();
                poor.push(more);
            }
        }
        Noise { entries }
    }

    /// Draws a word.
    #[inline]
    pub fn draw(&self, rng: &mut Stream) -> u32 {
        let bits = rng.next_u64();
        let id = (((bits >> 32) * self.entries.len() as u64) >> 32) as usize;
        let (stays, other) = self.entries[id];
        // Selects with masks. A branch would be mispredicted half of the time, and each look-up would wait for the
        // previous one.
        let changed = u32::from(bits as u32 > stays).wrapping_neg();
        (id as u32 & !changed) | (other & changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_the_three_quarter_power() {
        let counts = [10_000, 5_000, 100, 3, 1, 1];
        let noise = Noise::new(&counts);
        let mut rng = crate::rng::stream(1, "noise", 0);
        let n = 400_000;
        let mut drawn = [0_u32; 6];
        for _ in 0..n {
            drawn[noise.draw(&mut rng) as usize] += 1;
        }
        let total: f64 = counts.iter().map(|&c| (c as f64).powf(0.75)).sum();
        for (count, drawn) in counts.iter().zip(drawn) {
            let fraction = (*count as f64).powf(0.75) / total;
            let deviation = (fraction * (1.0 - fraction) / f64::from(n)).sqrt();
            assert!((f64::from(drawn) / f64::from(n) - fraction).abs() < 5.0 * deviation);
        }
    }
}
