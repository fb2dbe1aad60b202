//! Dot products of 8-bit integers. A scan of a quantised table reads a quarter of the bytes that floats need.

use super::dispatch::{Level, level};

/// The length of a row of codes is a multiple of this.
pub const PAD: usize = 32;

/// Writes the exact `query · row` for every row of `codes (rows, query.len())`.
///
/// # Panics
/// If the query's length is not a multiple of [`PAD`], or the lengths do not match.
pub fn dots(query: &[i16], codes: &[i8], out: &mut [i32]) {
    assert!(
        query.len().is_multiple_of(PAD) && query.len() * out.len() == codes.len(),
        "as many rows as sums"
    );
    // SAFETY: the lengths fit; `level` never says more than the machine has.
    unsafe {
        match level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => x86::dots_avx512(query, codes, out),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => x86::dots_avx2(query, codes, out),
            #[cfg(target_arch = "aarch64")]
            Level::Neon => neon::dots(query, codes, out),
            Level::Baseline => plain(query, codes, out),
        }
    }
}

fn plain(query: &[i16], codes: &[i8], out: &mut [i32]) {
    for (out, row) in out.iter_mut().zip(codes.chunks_exact(query.len().max(1))) {
        *out = query.iter().zip(row).map(|(&q, &c)| i32::from(q) * i32::from(c)).sum();
    }
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use std::arch::aarch64::*;

    pub unsafe fn dots(query: &[i16], codes: &[i8], out: &mut [i32]) {
        for (out, row) in out.iter_mut().zip(codes.chunks_exact(query.len().max(1))) {
            // SAFETY: every AArch64 processor has NEON; the caller vouches for lengths that are multiples of 32.
            unsafe {
                // Four sums, so that an addition does not have to wait for the previous one.
                let mut sums = [vdupq_n_s32(0); 4];
                for at in (0..query.len()).step_by(16) {
                    let codes = vld1q_s8(row.as_ptr().add(at));
                    let (low, high) = (vmovl_s8(vget_low_s8(codes)), vmovl_high_s8(codes));
                    let (q, r) = (vld1q_s16(query.as_ptr().add(at)), vld1q_s16(query.as_ptr().add(at + 8)));
                    sums[0] = vmlal_s16(sums[0], vget_low_s16(q), vget_low_s16(low));
                    sums[1] = vmlal_high_s16(sums[1], q, low);
                    sums[2] = vmlal_s16(sums[2], vget_low_s16(r), vget_low_s16(high));
                    sums[3] = vmlal_high_s16(sums[3], r, high);
                }
                *out = vaddvq_s32(vaddq_s32(vaddq_s32(sums[0], sums[1]), vaddq_s32(sums[2], sums[3])));
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f,avx512bw")]
    pub unsafe fn dots_avx512(query: &[i16], codes: &[i8], out: &mut [i32]) {
        for (out, row) in out.iter_mut().zip(codes.chunks_exact(query.len().max(1))) {
            let mut sum = _mm512_setzero_si512();
            for at in (0..query.len()).step_by(32) {
                // SAFETY: the caller vouches for lengths that are multiples of 32.
                let (q, c) = unsafe {
                    let c = _mm256_loadu_si256(row.as_ptr().add(at).cast());
                    (_mm512_loadu_si512(query.as_ptr().add(at).cast()), _mm512_cvtepi8_epi16(c))
                };
                sum = _mm512_add_epi32(sum, _mm512_madd_epi16(q, c));
            }
            *out = _mm512_reduce_add_epi32(sum);
        }
    }

    #[target_feature(enable = "avx2")]
    pub unsafe fn dots_avx2(query: &[i16], codes: &[i8], out: &mut [i32]) {
        for (out, row) in out.iter_mut().zip(codes.chunks_exact(query.len().max(1))) {
            let mut sum = _mm256_setzero_si256();
            for at in (0..query.len()).step_by(16) {
                // SAFETY: the caller vouches for lengths that are multiples of 32.
                let (q, c) = unsafe {
                    let c = _mm_loadu_si128(row.as_ptr().add(at).cast());
                    (_mm256_loadu_si256(query.as_ptr().add(at).cast()), _mm256_cvtepi8_epi16(c))
                };
                sum = _mm256_add_epi32(sum, _mm256_madd_epi16(q, c));
            }
            let four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
            let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b01_00_11_10>(four));
            *out = _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<0b10_11_00_01>(two)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_at_every_level() {
        let mut stream = crate::rng::stream(1, "codes test", 0);
        let mut draw = || (crate::rng::unit(&mut stream) * 255.0) as i32 - 127;
        for length in [0, 32, 320] {
            let query: Vec<i16> = (0..length).map(|_| draw() as i16).collect();
            let codes: Vec<i8> = (0..length * 5).map(|_| draw() as i8).collect();
            let want: Vec<i64> = (0..5)
                .map(|row| {
                    query.iter().zip(&codes[row * length..]).map(|(&q, &c)| i64::from(q) * i64::from(c)).sum()
                })
                .collect();
            for level in Level::all() {
                level.force(|| {
                    let mut out = [0; 5];
                    if length > 0 {
                        dots(&query, &codes, &mut out);
                    }
                    assert_eq!(out.map(i64::from).to_vec(), want, "{level:?}");
                });
            }
        }
    }
}
