//! Named, seeded random streams.
//!
//! Each random number comes from a stream. A stream has a name for its purpose and an index for its place
//! (`stream(seed, "dropout", step)`). No two uses share a stream. So the order of threads cannot change the values, a
//! resume needs no saved state of a stream, and a new use of randomness never changes an old one. The sampling
//! functions below are our own, because `rand` may change the values of its distributions between versions. They are
//! inlined where they are used, because this crate is compiled for size.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A random stream: xoshiro256++, 256 bits of state.
pub type Stream = Xoshiro256PlusPlus;

/// The stream with the name `name` and the index `index`, in a session with the seed `seed`.
#[inline]
pub fn stream(seed: u64, name: &str, index: u64) -> Stream {
    // FNV-1a hashes the name. SplitMix64 then mixes seed, hash and index into 64 bits.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    Stream::seed_from_u64(mix(mix(mix(seed) ^ hash) ^ index))
}

/// The most shards of an update.
const PARTS: u64 = 1_024;

/// A point in training. The random values of a shard depend on it and on nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The seed of the session, or of one repetition of a run.
    pub seed: u64,
    /// The number of updates before this one.
    pub step: u64,
    /// The shard of the update.
    pub part: u64,
}

impl Moment {
    /// The same step, with another shard.
    pub fn part(self, part: usize) -> Moment {
        Moment { part: part as u64, ..self }
    }

    /// The stream that all shards of the update share.
    pub fn of_step(self, name: &str) -> Stream {
        stream(self.seed, name, self.step)
    }

    /// The stream of one item of this step, such as a word. All shards share it.
    pub fn of_thing(self, name: &str, thing: u32) -> Stream {
        stream(self.seed, name, self.step << 32 | u64::from(thing))
    }

    /// The stream of this shard.
    pub fn of_part(self, name: &str) -> Stream {
        stream(self.seed, name, self.step * PARTS + self.part)
    }

    /// The stream of this shard at one of `places` places, such as layers.
    pub fn of_place(self, name: &str, place: usize, places: u64) -> Stream {
        stream(self.seed, name, (self.step * PARTS + self.part) * places + place as u64)
    }
}

/// One round of SplitMix64 (Steele, Lea & Flood 2014).
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A uniform value in `[0, 1)` with 24 random bits.
#[inline]
pub fn unit(rng: &mut Stream) -> f32 {
    (rng.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// A uniform value in `[0, 1)` with 53 random bits.
#[inline]
pub fn unit64(rng: &mut Stream) -> f64 {
    (rng.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// A uniform integer in `0..n` (Lemire's multiply-shift; the bias is below `n / 2^64`).
///
/// # Panics
/// If `n` is 0: there is nothing to choose from.
#[inline]
pub fn below(rng: &mut Stream, n: usize) -> usize {
    assert!(n > 0, "below(0): nothing to choose from");
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

/// A draw from the standard normal distribution (Box & Muller 1958, one of the pair).
#[inline]
pub fn normal(rng: &mut Stream) -> f64 {
    let radius = (-2.0 * (1.0 - unit64(rng)).ln()).sqrt();
    radius * (std::f64::consts::TAU * unit64(rng)).cos()
}

/// Shuffles `items` (Fisher & Yates).
pub fn shuffle<T>(rng: &mut Stream, items: &mut [T]) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(rng, last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_numbers_its_streams_by_step_part_and_place() {
        let moment = Moment { seed: 3, step: 5, part: 0 }.part(7);
        let same = |mut a: Stream, mut b: Stream| assert_eq!(a.next_u64(), b.next_u64());
        same(moment.of_step("a"), stream(3, "a", 5));
        same(moment.of_thing("a", 9), stream(3, "a", (5 << 32) + 9));
        same(moment.of_part("a"), stream(3, "a", 5 * 1_024 + 7));
        same(moment.of_place("a", 2, 8), stream(3, "a", (5 * 1_024 + 7) * 8 + 2));
    }

    #[test]
    fn streams_differ_by_seed_name_and_index_and_repeat() {
        let draw = |seed, name, index| {
            let mut rng = stream(seed, name, index);
            (0..4).map(|_| rng.next_u64()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1, "a", 0), draw(1, "a", 0));
        let all = [draw(1, "a", 0), draw(2, "a", 0), draw(1, "b", 0), draw(1, "a", 1)];
        for (i, one) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|other| other != one));
        }
    }

    #[test]
    fn draws_stay_in_range_with_the_right_moments() {
        let mut rng = stream(3, "moments", 0);
        let n = 20_000;
        let (mut sum, mut squares, mut units) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let x = normal(&mut rng);
            sum += x;
            squares += x * x;
            let u = unit(&mut rng);
            assert!((0.0..1.0).contains(&u));
            units += f64::from(u);
            assert!(below(&mut rng, 7) < 7);
        }
        assert!((sum / f64::from(n)).abs() < 0.03);
        assert!((squares / f64::from(n) - 1.0).abs() < 0.05);
        assert!((units / f64::from(n) - 0.5).abs() < 0.01);
    }

    #[test]
    fn shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        shuffle(&mut stream(1, "shuffle", 0), &mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
