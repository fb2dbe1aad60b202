//! Operations on rows of an embedding table: dot products and the step of negative sampling, in the widest registers
//! of the machine.
//!
//! Rows are padded with zeros to a multiple of [`PAD`] floats, so that loops have no remainder. The instruction set
//! is chosen at run time. Sums always use the same sixteen lanes, so AVX2 and AVX-512 give the same bits.

use super::dispatch::{Level, level};
use super::lanes::{self, Baseline, Lanes};

/// The length of a row is a multiple of this many floats.
pub const PAD: usize = 16;

/// The number of partial sums of a sum over many floats; [`Lanes::sums_over_lanes`] adds them.
const SIXTEEN: usize = 16;

/// The largest number of targets in one call of [`descend`].
pub const TARGETS: usize = 6;

/// `dim` rounded up to a multiple of [`PAD`]: the number of floats from one row to the next.
pub fn stride(dim: usize) -> usize {
    dim.next_multiple_of(PAD)
}

/// The sum of the logarithms of many numbers in (0, 1], stored as their product: sixteen mantissas and exponents. One
/// logarithm for each number would take longer than all other work.
#[derive(Debug, Clone)]
pub struct LogProduct {
    mantissas: [f32; 16],
    exponents: [i32; 16],
    /// 0, or NaN once a factor was NaN: the integers above would lose that.
    alarm: [f32; 16],
}

impl Default for LogProduct {
    fn default() -> Self {
        LogProduct { mantissas: [1.0; 16], exponents: [0; 16], alarm: [0.0; 16] }
    }
}

impl LogProduct {
    /// The natural logarithm of the product of all factors so far; NaN if one of them was NaN.
    pub fn ln(&self) -> f64 {
        let exponents: i64 = self.exponents.iter().map(|&e| i64::from(e)).sum();
        let mantissas: f64 = self.mantissas.iter().map(|&m| f64::from(m).ln()).sum();
        let alarm: f64 = self.alarm.iter().map(|&a| f64::from(a)).sum();
        exponents as f64 * std::f64::consts::LN_2 + mantissas + alarm
    }

    #[inline(always)]
    fn multiply(&mut self, factors: &[f32; 16]) {
        for (alarm, factor) in self.alarm.iter_mut().zip(factors) {
            *alarm += factor * 0.0;
        }
        for ((m, e), factor) in self.mantissas.iter_mut().zip(&mut self.exponents).zip(factors) {
            let bits = (*m * factor).to_bits();
            *e += (bits >> 23) as i32 - 127;
            *m = f32::from_bits((bits & 0x007f_ffff) | 0x3f80_0000);
        }
    }
}

/// One step of gradient descent on the loss of negative sampling (Mikolov et al. 2013, equation 4), or of some decisions
/// of hierarchical softmax (equation 3),
///
/// ```text
/// L = - Σ_c [ Σ_t ln σ(u_t · v_c) + Σ_n ln σ(- u_n · v_c) ]
/// ```
///
/// where `v_c` are the rows `contexts` of `inputs` and `u` are the rows `targets` of `outputs`. A row whose bit in
/// `truths` is set (the first row has the lowest bit) is a true target `u_t`; the others are noise `u_n`. All dot
/// products are taken before any row changes, as in pWord2Vec (Ji et al. 2016). A row that occurs twice gets both
/// changes.
///
/// Shapes: `inputs` and `outputs` `(rows, stride)`; `stride` is a multiple of [`PAD`]; at most [`TARGETS`] targets.
/// The factors of the likelihood are multiplied into `likelihood`. The caller keeps `scratch` between calls to avoid
/// an allocation; its content does not matter.
///
/// # Panics
/// If a row lies outside its table, or there are more than [`TARGETS`] targets.
#[allow(clippy::too_many_arguments)]
pub fn descend(
    inputs: &mut [f32],
    contexts: &[u32],
    outputs: &mut [f32],
    targets: &[u32],
    stride: usize,
    truths: u32,
    learning_rate: f32,
    likelihood: &mut LogProduct,
    scratch: &mut Vec<f32>,
) {
    assert!(stride > 0 && stride.is_multiple_of(PAD) && targets.len() <= TARGETS);
    if contexts.is_empty() || targets.is_empty() {
        return;
    }
    let last = |rows: &[u32]| rows.iter().fold(0, |most, &row| most.max(row)) as usize;
    assert!((last(contexts) + 1).checked_mul(stride).is_some_and(|end| end <= inputs.len()));
    assert!((last(targets) + 1).checked_mul(stride).is_some_and(|end| end <= outputs.len()));
    let products = (contexts.len() * targets.len()).next_multiple_of(16);
    if scratch.len() < products {
        scratch.resize(products, 0.0);
    }
    let work = Step {
        inputs: inputs.as_mut_ptr(),
        contexts,
        outputs: outputs.as_mut_ptr(),
        targets,
        stride,
        truths,
        learning_rate,
        likelihood,
        products: &mut scratch[..products],
    };
    // SAFETY: every row was checked to lie inside its table, the tables are distinct (`&mut`), and `level` never
    // exceeds what the machine supports.
    unsafe {
        match level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => step_avx512(work),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => step_avx2(work),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => work.run::<lanes::Neon>(),
            Level::Baseline => work.run::<Baseline>(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn step_avx512(work: Step) {
    // SAFETY: passed on to our caller.
    unsafe { work.run::<lanes::Avx512>() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn step_avx2(work: Step) {
    // SAFETY: passed on to our caller.
    unsafe { work.run::<lanes::Avx2>() }
}

/// The arguments of [`descend`], checked.
struct Step<'a> {
    inputs: *mut f32,
    contexts: &'a [u32],
    outputs: *mut f32,
    targets: &'a [u32],
    stride: usize,
    truths: u32,
    learning_rate: f32,
    likelihood: &'a mut LogProduct,
    /// `(contexts, targets)`, padded to a multiple of 16.
    products: &'a mut [f32],
}

impl Step<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        // SAFETY: passed on to our caller.
        unsafe {
            match self.targets.len() {
                1 => self.with::<L, 1>(),
                2 => self.with::<L, 2>(),
                3 => self.with::<L, 3>(),
                4 => self.with::<L, 4>(),
                5 => self.with::<L, 5>(),
                _ => self.with::<L, 6>(),
            }
        }
    }

    #[inline(always)]
    unsafe fn with<L: Lanes, const T: usize>(mut self) {
        // SAFETY: there are T targets, and all rows lie inside their tables.
        unsafe {
            let outs: [*mut f32; T] =
                std::array::from_fn(|t| self.outputs.add(self.targets[t] as usize * self.stride));
            let mut c = 0;
            // Four contexts at a time use 24 accumulators. AVX-512 has 32 registers, AVX2 has 16.
            while L::REGISTERS >= 32 && c + 4 <= self.contexts.len() {
                self.multiply::<L, T, 4>(&outs, c);
                c += 4;
            }
            while c + 2 <= self.contexts.len() {
                self.multiply::<L, T, 2>(&outs, c);
                c += 2;
            }
            if c < self.contexts.len() {
                self.multiply::<L, T, 1>(&outs, c);
            }
            self.gradients::<L, T>();
            self.update::<L, T>(&outs);
        }
    }

    /// `products[c..c+C] = inputs[contexts[c..c+C]] · outs`
    #[inline(always)]
    unsafe fn multiply<L: Lanes, const T: usize, const C: usize>(&mut self, outs: &[*mut f32; T], c: usize) {
        // SAFETY: all rows lie inside their tables; `stride` is a multiple of the width.
        unsafe {
            let ins: [*mut f32; C] =
                std::array::from_fn(|i| self.inputs.add(self.contexts[c + i] as usize * self.stride));
            // Sixteen lanes. With registers of eight floats, first the lower eight lanes over the whole row, then the
            // upper eight, because there are not enough registers for both.
            let mut halves = [[[L::zero(); T]; C]; 2];
            for (half, kept) in halves.iter_mut().enumerate().take(SIXTEEN / L::WIDTH) {
                let mut sums = [[L::zero(); T]; C];
                let mut k = half * L::WIDTH;
                while k < self.stride {
                    let v: [L; C] = std::array::from_fn(|i| L::load(ins[i].add(k)));
                    for t in 0..T {
                        let u = L::load(outs[t].add(k));
                        for i in 0..C {
                            sums[i][t] = sums[i][t].mul_add(u, v[i]);
                        }
                    }
                    k += SIXTEEN;
                }
                *kept = sums;
            }
            let [lower, upper] = halves.each_ref().map(|half| half.as_flattened());
            let results = &mut self.products[c * T..(c + C) * T];
            for (four, result) in (0..).step_by(4).zip(results.chunks_mut(4)) {
                let zero = L::zero();
                let get = |i: usize| [lower, upper].map(|half| half.get(four + i).copied().unwrap_or(zero));
                let sums_over_lanes = L::sums_over_lanes([get(0), get(1), get(2), get(3)]);
                for (r, total) in result.iter_mut().zip(sums_over_lanes) {
                    *r = total;
                }
            }
        }
    }

    /// Turns dot products `f` into `learning_rate · (label - σ(f))`.
    #[inline(always)]
    fn gradients<L: Lanes, const T: usize>(&mut self) {
        let used = self.contexts.len() * T;
        // All entries are computed as noise words. For that, the dot products of true targets change their sign.
        self.turn_truths::<T>();
        // The padding gets a value that gives a likelihood factor of 1 and a gradient of 0.
        self.products[used..].fill(-100.0);
        for f in self.products.as_chunks_mut::<16>().0 {
            let mut factors = [0.0; 16];
            for (f, factor) in f.iter_mut().zip(&mut factors) {
                // p = σ(-f), and 1 - p without cancellation.
                let e = exp::<L>(f.clamp(-60.0, 30.0));
                let p = 1.0 / (1.0 + e);
                *factor = p;
                *f = -self.learning_rate * (e * p);
            }
            self.likelihood.multiply(&factors);
        }
        self.turn_truths::<T>();
    }

    /// Changes the sign of the dot products of the true targets.
    #[inline(always)]
    fn turn_truths<const T: usize>(&mut self) {
        for t in (0..T).filter(|t| self.truths >> t & 1 == 1) {
            for c in 0..self.contexts.len() {
                self.products[c * T + t] = -self.products[c * T + t];
            }
        }
    }

    /// `outs += gradientsᵀ · ins` and `ins += gradients · outs`, both with the rows from before the step.
    #[inline(always)]
    unsafe fn update<L: Lanes, const T: usize>(&mut self, outs: &[*mut f32; T]) {
        // SAFETY: all rows lie inside their tables; `products` holds T for every context.
        unsafe {
            let mut k = 0;
            while k < self.stride {
                let old: [L; T] = std::array::from_fn(|t| L::load(outs[t].add(k)));
                let mut change = [L::zero(); T];
                for (c, &context) in self.contexts.iter().enumerate() {
                    let row = self.inputs.add(context as usize * self.stride + k);
                    let v = L::load(row);
                    let mut sum = v;
                    for t in 0..T {
                        let g = L::splat(*self.products.get_unchecked(c * T + t));
                        change[t] = change[t].mul_add(g, v);
                        sum = sum.mul_add(g, old[t]);
                    }
                    sum.store(row);
                }
                for t in 0..T {
                    let row = outs[t].add(k);
                    // The row is read again, because a target that occurs twice has changed since.
                    L::load(row).plus(change[t]).store(row);
                }
                k += L::WIDTH;
            }
        }
    }
}

/// `e^x` for x in [-80, 80], to about 2 units in the last place: 2^n times a polynomial in the remainder.
#[inline(always)]
fn exp<L: Lanes>(x: f32) -> f32 {
    // Adding 1.5 · 2^23 rounds to an integer, which is then in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let shifted = L::fuse(x, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = L::fuse(n, -0.693_359_4, x);
    let r = L::fuse(n, 2.121_944_4e-4, r);
    let mut p = 1.987_569_1e-4;
    for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5, 1.0, 1.0] {
        p = L::fuse(p, r, c);
    }
    f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23))
}

/// `a · b` of two rows of any length.
///
/// # Panics
/// If the lengths differ.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    // SAFETY: the lengths are equal; `level` never says more than the machine has.
    unsafe {
        match level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => dot_avx512(a, b),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => dot_avx2(a, b),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => dot_with::<lanes::Neon>(a, b),
            Level::Baseline => dot_with::<Baseline>(a, b),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn dot_avx512(a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: passed on to our caller.
    unsafe { dot_with::<lanes::Avx512>(a, b) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn dot_avx2(a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: passed on to our caller.
    unsafe { dot_with::<lanes::Avx2>(a, b) }
}

/// Writes `point · row` for every row of `table (rows, dim)`.
///
/// # Panics
/// If the lengths do not match.
pub fn dots(point: &[f32], table: &[f32], out: &mut [f32]) {
    assert_eq!(point.len() * out.len(), table.len(), "as many rows as sums");
    // SAFETY: the lengths match; `level` never exceeds what the machine supports.
    unsafe {
        match level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => dots_avx512(point, table, out),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => dots_avx2(point, table, out),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => dots_with::<lanes::Neon>(point, table, out),
            Level::Baseline => dots_with::<Baseline>(point, table, out),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn dots_avx512(point: &[f32], table: &[f32], out: &mut [f32]) {
    // SAFETY: passed on to our caller.
    unsafe { dots_with::<lanes::Avx512>(point, table, out) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn dots_avx2(point: &[f32], table: &[f32], out: &mut [f32]) {
    // SAFETY: passed on to our caller.
    unsafe { dots_with::<lanes::Avx2>(point, table, out) }
}

#[inline(always)]
unsafe fn dots_with<L: Lanes>(point: &[f32], table: &[f32], out: &mut [f32]) {
    for (out, row) in out.iter_mut().zip(table.chunks_exact(point.len().max(1))) {
        // SAFETY: the row is as long as the point.
        *out = unsafe { dot_with::<L>(point, row) };
    }
}

// Loops over iterators would need closures, which the compiler may not compile for the chosen instruction set.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
unsafe fn dot_with<L: Lanes>(a: &[f32], b: &[f32]) -> f32 {
    // SAFETY: the lengths are equal.
    unsafe {
        let (a, b, length) = (a.as_ptr(), b.as_ptr(), a.len());
        let dot_product = |sum: L, at: usize| sum.mul_add(L::load(a.add(at)), L::load(b.add(at)));
        // Two sets of sixteen lanes, so that an addition does not have to wait for the previous one.
        let (mut even, mut odd) = ([L::zero(); 2], [L::zero(); 2]);
        let halves = SIXTEEN / L::WIDTH;
        let mut k = 0;
        while k + 2 * SIXTEEN <= length {
            for half in 0..halves {
                even[half] = dot_product(even[half], k + half * L::WIDTH);
                odd[half] = dot_product(odd[half], k + SIXTEEN + half * L::WIDTH);
            }
            k += 2 * SIXTEEN;
        }
        if k + SIXTEEN <= length {
            for half in 0..halves {
                even[half] = dot_product(even[half], k + half * L::WIDTH);
            }
            k += SIXTEEN;
        }
        // The remainder is added to the lanes too, padded with zeros.
        for half in 0..halves {
            let at = (k + half * L::WIDTH).min(length);
            let count = (length - at).min(L::WIDTH);
            let (x, y) = (L::load_first(a.add(at), count), L::load_first(b.add(at), count));
            odd[half] = odd[half].mul_add(x, y);
        }
        let sum = [even[0].plus(odd[0]), even[1].plus(odd[1])];
        L::sums_over_lanes([sum, [L::zero(); 2], [L::zero(); 2], [L::zero(); 2]])[0]
    }
}

/// Prefetches `row`, which will be read soon. Has no effect on any result.
#[inline(always)]
pub fn prefetch<T>(row: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in row.chunks((64 / size_of::<T>().max(1)).max(1)) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing that the program sees, at an address inside `row`.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = row;
}

#[cfg(test)]
mod tests;
