//! One register of floats, for each instruction set that kernels are compiled for.
//!
//! A sum over many floats is kept as sixteen partial sums, in one or two registers, and these are added in a fixed
//! order. So every instruction set with fused multiply-add gives the same bits.
//!
//! The functions are inlined into functions that are compiled for the instruction set (`target_feature`). Called from
//! other code they would be slow, and undefined behaviour on a machine without the instructions; therefore they are
//! `unsafe`.

/// A register of [`WIDTH`](Self::WIDTH) floats.
pub trait Lanes: Copy {
    /// Floats per register; a divisor of 16.
    const WIDTH: usize;
    /// The number of registers.
    const REGISTERS: usize;
    unsafe fn zero() -> Self;
    unsafe fn splat(value: f32) -> Self;
    /// Reads WIDTH floats.
    unsafe fn load(from: *const f32) -> Self;
    /// Reads `count` floats, at most WIDTH; the others are zero.
    unsafe fn load_first(from: *const f32, count: usize) -> Self;
    /// Writes WIDTH floats.
    unsafe fn store(self, to: *mut f32);
    unsafe fn plus(self, other: Self) -> Self;
    unsafe fn minus(self, other: Self) -> Self;
    /// Each value, or `least` if it is smaller, or `most` if it is larger. NaN stays NaN.
    unsafe fn within(self, least: Self, most: Self) -> Self;
    /// `self + a · b`
    unsafe fn mul_add(self, a: Self, b: Self) -> Self;
    /// Sums sixteen floats for each of the four entries: those of the first register, or of both if WIDTH is 8.
    unsafe fn sums_over_lanes(of: [[Self; 2]; 4]) -> [f32; 4];
    /// `a · b + c` of single floats, rounded once if the machine can do that at full speed.
    fn fuse(a: f32, b: f32, c: f32) -> f32;
}

/// Eight floats. The compiler chooses the registers.
#[derive(Clone, Copy)]
pub struct Baseline([f32; 8]);

impl Lanes for Baseline {
    const WIDTH: usize = 8;
    const REGISTERS: usize = 16;
    #[inline(always)]
    unsafe fn zero() -> Self {
        Baseline([0.0; 8])
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Baseline([value; 8])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for WIDTH floats; an array of floats has the alignment of one.
        Baseline(unsafe { from.cast::<[f32; 8]>().read() })
    }
    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        // SAFETY: the caller vouches for `count` floats.
        Baseline(std::array::from_fn(|i| if i < count { unsafe { *from.add(i) } } else { 0.0 }))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as for `load`.
        unsafe { to.cast::<[f32; 8]>().write(self.0) }
    }
    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        Baseline(std::array::from_fn(|i| self.0[i] + other.0[i]))
    }
    #[inline(always)]
    unsafe fn minus(self, other: Self) -> Self {
        Baseline(std::array::from_fn(|i| self.0[i] - other.0[i]))
    }
    #[inline(always)]
    unsafe fn within(self, least: Self, most: Self) -> Self {
        Baseline(std::array::from_fn(|i| {
            let above = if self.0[i] < least.0[i] { least.0[i] } else { self.0[i] };
            if above > most.0[i] { most.0[i] } else { above }
        }))
    }
    #[inline(always)]
    unsafe fn mul_add(self, a: Self, b: Self) -> Self {
        Baseline(std::array::from_fn(|i| Self::fuse(a.0[i], b.0[i], self.0[i])))
    }
    #[inline(always)]
    unsafe fn sums_over_lanes(of: [[Self; 2]; 4]) -> [f32; 4] {
        of.map(|[x, y]| {
            let four: [f32; 4] = std::array::from_fn(|i| (x.0[i] + y.0[i]) + (x.0[i + 4] + y.0[i + 4]));
            (four[0] + four[1]) + (four[2] + four[3])
        })
    }
    #[inline(always)]
    fn fuse(a: f32, b: f32, c: f32) -> f32 {
        // Without the instruction, a fused multiply-add is a call into the mathematical library.
        if cfg!(any(target_arch = "aarch64", target_feature = "fma")) { a.mul_add(b, c) } else { a * b + c }
    }
}

#[cfg(target_arch = "aarch64")]
pub use neon::Neon;
#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

#[cfg(target_arch = "aarch64")]
mod neon {
    use super::Lanes;
    use std::arch::aarch64::*;

    /// Eight floats in two registers of four. NEON has 32 registers, so there are sixteen of these pairs.
    #[derive(Clone, Copy)]
    pub struct Neon(float32x4_t, float32x4_t);

    impl Lanes for Neon {
        const WIDTH: usize = 8;
        const REGISTERS: usize = 16;
        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: every AArch64 processor has NEON, here and below.
            unsafe { Self::splat(0.0) }
        }
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            // SAFETY: see `zero`.
            unsafe {
                let four = vdupq_n_f32(value);
                Neon(four, four)
            }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: see `zero`; the caller vouches for the memory.
            unsafe { Neon(vld1q_f32(from), vld1q_f32(from.add(4))) }
        }
        #[inline(always)]
        unsafe fn load_first(from: *const f32, count: usize) -> Self {
            let mut eight = [0.0; 8];
            // SAFETY: see `load`; `count` floats are read.
            unsafe {
                from.copy_to_nonoverlapping(eight.as_mut_ptr(), count.min(8));
                Self::load(eight.as_ptr())
            }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: see `load`.
            unsafe {
                vst1q_f32(to, self.0);
                vst1q_f32(to.add(4), self.1);
            }
        }
        #[inline(always)]
        unsafe fn plus(self, other: Self) -> Self {
            // SAFETY: see `zero`.
            unsafe { Neon(vaddq_f32(self.0, other.0), vaddq_f32(self.1, other.1)) }
        }
        #[inline(always)]
        unsafe fn minus(self, other: Self) -> Self {
            // SAFETY: see `zero`.
            unsafe { Neon(vsubq_f32(self.0, other.0), vsubq_f32(self.1, other.1)) }
        }
        #[inline(always)]
        unsafe fn within(self, least: Self, most: Self) -> Self {
            // SAFETY: see `zero`. These instructions return NaN if a value is NaN.
            unsafe {
                let within = |x, least, most| vminq_f32(most, vmaxq_f32(least, x));
                Neon(within(self.0, least.0, most.0), within(self.1, least.1, most.1))
            }
        }
        #[inline(always)]
        unsafe fn mul_add(self, a: Self, b: Self) -> Self {
            // SAFETY: see `zero`.
            unsafe { Neon(vfmaq_f32(self.0, a.0, b.0), vfmaq_f32(self.1, a.1, b.1)) }
        }
        #[inline(always)]
        unsafe fn sums_over_lanes(of: [[Self; 2]; 4]) -> [f32; 4] {
            // SAFETY: see `zero`.
            unsafe {
                let [a, b, c, d] = of.map(|[x, y]| vaddq_f32(vaddq_f32(x.0, y.0), vaddq_f32(x.1, y.1)));
                // Adds neighbours twice, which leaves the four sums in order.
                let sums = vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d));
                let mut sums_over_lanes = [0.0; 4];
                vst1q_f32(sums_over_lanes.as_mut_ptr(), sums);
                sums_over_lanes
            }
        }
        #[inline(always)]
        fn fuse(a: f32, b: f32, c: f32) -> f32 {
            a.mul_add(b, c)
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Lanes;
    use std::arch::x86_64::*;

    /// Eight floats in a `ymm` register.
    #[derive(Clone, Copy)]
    pub struct Avx2(__m256);

    /// Sixteen floats in a `zmm` register.
    #[derive(Clone, Copy)]
    pub struct Avx512(__m512);

    /// Sums each of four registers of four floats.
    #[inline(always)]
    unsafe fn totals_of_four(mut a: __m128, mut b: __m128, mut c: __m128, mut d: __m128) -> [f32; 4] {
        // SAFETY: SSE is part of x86-64.
        unsafe {
            _MM_TRANSPOSE4_PS(&mut a, &mut b, &mut c, &mut d);
            let sum = _mm_add_ps(_mm_add_ps(a, b), _mm_add_ps(c, d));
            let mut sums_over_lanes = [0.0; 4];
            _mm_storeu_ps(sums_over_lanes.as_mut_ptr(), sum);
            sums_over_lanes
        }
    }

    impl Lanes for Avx2 {
        const WIDTH: usize = 8;
        const REGISTERS: usize = 16;
        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: the caller vouches for the instructions, here and below.
            Avx2(unsafe { _mm256_setzero_ps() })
        }
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            // SAFETY: see `zero`.
            Avx2(unsafe { _mm256_set1_ps(value) })
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: see `zero`; the caller vouches for the memory.
            Avx2(unsafe { _mm256_loadu_ps(from) })
        }
        #[inline(always)]
        unsafe fn load_first(from: *const f32, count: usize) -> Self {
            // A mask of eight integers that begins at 8 - `count` has `count` integers with all bits set, then zeros.
            static MASK: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
            // SAFETY: see `zero`; what is masked is not read.
            unsafe {
                let mask = _mm256_loadu_si256(MASK.as_ptr().add(8 - count.min(8)).cast());
                Avx2(_mm256_maskload_ps(from, mask))
            }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: see `load`.
            unsafe { _mm256_storeu_ps(to, self.0) }
        }
        #[inline(always)]
        unsafe fn plus(self, other: Self) -> Self {
            // SAFETY: see `zero`.
            Avx2(unsafe { _mm256_add_ps(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn minus(self, other: Self) -> Self {
            // SAFETY: see `zero`.
            Avx2(unsafe { _mm256_sub_ps(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn within(self, least: Self, most: Self) -> Self {
            // SAFETY: see `zero`. If a value is NaN, these instructions return the second one.
            Avx2(unsafe { _mm256_min_ps(most.0, _mm256_max_ps(least.0, self.0)) })
        }
        #[inline(always)]
        unsafe fn mul_add(self, a: Self, b: Self) -> Self {
            // SAFETY: see `zero`.
            Avx2(unsafe { _mm256_fmadd_ps(a.0, b.0, self.0) })
        }
        #[inline(always)]
        unsafe fn sums_over_lanes(of: [[Self; 2]; 4]) -> [f32; 4] {
            // SAFETY: see `zero`.
            unsafe {
                let [a, b, c, d] = of.map(|[x, y]| _mm256_add_ps(x.0, y.0));
                // Adds the two halves of each register. Each result holds the four partial sums of two inputs.
                let halves = |x: __m256, y: __m256| {
                    _mm256_add_ps(_mm256_permute2f128_ps::<0x20>(x, y), _mm256_permute2f128_ps::<0x31>(x, y))
                };
                // Adds neighbours twice. The lower half then holds the sums of a and c, the upper half those of b and
                // d.
                let pairs = _mm256_hadd_ps(halves(a, b), halves(c, d));
                let sums = _mm256_hadd_ps(pairs, pairs);
                let sum = _mm_unpacklo_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps::<1>(sums));
                let mut sums_over_lanes = [0.0; 4];
                _mm_storeu_ps(sums_over_lanes.as_mut_ptr(), sum);
                sums_over_lanes
            }
        }
        #[inline(always)]
        fn fuse(a: f32, b: f32, c: f32) -> f32 {
            a.mul_add(b, c)
        }
    }

    impl Lanes for Avx512 {
        const WIDTH: usize = 16;
        const REGISTERS: usize = 32;
        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: the caller vouches for the instructions, here and below.
            Avx512(unsafe { _mm512_setzero_ps() })
        }
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            // SAFETY: see `zero`.
            Avx512(unsafe { _mm512_set1_ps(value) })
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: see `zero`; the caller vouches for the memory.
            Avx512(unsafe { _mm512_loadu_ps(from) })
        }
        #[inline(always)]
        unsafe fn load_first(from: *const f32, count: usize) -> Self {
            let mask = ((1_u32 << count.min(16)) - 1) as __mmask16;
            // SAFETY: see `zero`; what is masked is not read.
            Avx512(unsafe { _mm512_maskz_loadu_ps(mask, from) })
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: see `load`.
            unsafe { _mm512_storeu_ps(to, self.0) }
        }
        #[inline(always)]
        unsafe fn plus(self, other: Self) -> Self {
            // SAFETY: see `zero`.
            Avx512(unsafe { _mm512_add_ps(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn minus(self, other: Self) -> Self {
            // SAFETY: see `zero`.
            Avx512(unsafe { _mm512_sub_ps(self.0, other.0) })
        }
        #[inline(always)]
        unsafe fn within(self, least: Self, most: Self) -> Self {
            // SAFETY: see `zero`. If a value is NaN, these instructions return the second one.
            Avx512(unsafe { _mm512_min_ps(most.0, _mm512_max_ps(least.0, self.0)) })
        }
        #[inline(always)]
        unsafe fn mul_add(self, a: Self, b: Self) -> Self {
            // SAFETY: see `zero`.
            Avx512(unsafe { _mm512_fmadd_ps(a.0, b.0, self.0) })
        }
        #[inline(always)]
        unsafe fn sums_over_lanes(of: [[Self; 2]; 4]) -> [f32; 4] {
            // SAFETY: see `zero`.
            unsafe {
                let [a, b, c, d] = of.map(|[x, _]| x);
                // Adds the quarters of each pair; a register then holds eight partial sums of each of two inputs …
                let fold = |x: __m512, y: __m512| {
                    let low = _mm512_shuffle_f32x4::<0b01_00_01_00>(x, y);
                    let high = _mm512_shuffle_f32x4::<0b11_10_11_10>(x, y);
                    _mm512_add_ps(low, high)
                };
                let (ab, cd) = (fold(a.0, b.0), fold(c.0, d.0));
                // … and again, which leaves four registers of four floats.
                let low = _mm512_shuffle_f32x4::<0b10_00_10_00>(ab, cd);
                let high = _mm512_shuffle_f32x4::<0b11_01_11_01>(ab, cd);
                let abcd = _mm512_add_ps(low, high);
                totals_of_four(
                    _mm512_castps512_ps128(abcd),
                    _mm512_extractf32x4_ps::<1>(abcd),
                    _mm512_extractf32x4_ps::<2>(abcd),
                    _mm512_extractf32x4_ps::<3>(abcd),
                )
            }
        }
        #[inline(always)]
        fn fuse(a: f32, b: f32, c: f32) -> f32 {
            a.mul_add(b, c)
        }
    }
}
