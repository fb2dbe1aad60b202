//! One function body, compiled for several CPUs and chosen at run time.
//!
//! On x86-64, [`dispatched!`](crate::dispatched) compiles a generic function three times: for AVX-512, for AVX2, and
//! for the instructions that every CPU of the target has. A call runs the best version that the CPU supports. So a plain
//! `cargo build --release` gives the fast program, and that program runs on every CPU of the target. Every AArch64 CPU
//! has NEON, so there a function is compiled once, and only the kernels with registers of their own (`lanes`) have a
//! second version.

use std::cell::Cell;
use std::sync::OnceLock;

/// A set of instructions. Each level includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The instructions that every CPU of the build's target has, as the compiler uses them.
    Baseline,
    /// AArch64: kernels written for the registers of NEON.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// x86-64: AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// x86-64: AVX-512 F, BW, DQ and VL.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// All levels that this CPU supports, the best last.
    pub fn all() -> impl Iterator<Item = Level> {
        let levels = [
            Level::Baseline,
            #[cfg(target_arch = "aarch64")]
            Level::Neon,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2,
            #[cfg(target_arch = "x86_64")]
            Level::Avx512,
        ];
        levels.into_iter().filter(|&level| level <= best())
    }

    /// Runs `work` with functions called from this thread at this level, or at the CPU's best level if that is lower.
    /// For tests.
    pub fn force<R>(self, work: impl FnOnce() -> R) -> R {
        struct Reset(Option<Level>);
        impl Drop for Reset {
            fn drop(&mut self) {
                FORCED.set(self.0);
            }
        }
        let _reset = Reset(FORCED.replace(Some(self.min(best()))));
        work()
    }
}

thread_local! {
    static FORCED: Cell<Option<Level>> = const { Cell::new(None) };
}

/// The level that functions called from this thread use.
#[inline]
pub fn level() -> Level {
    FORCED.get().unwrap_or_else(best)
}

/// The environment variable that limits the level: `avx2` shows how fast the program is on processors without
/// AVX-512.
const MOST: &str = "WARMSTART_CPU";

/// The best level of the CPU, found once.
#[inline]
fn best() -> Level {
    static BEST: OnceLock<Level> = OnceLock::new();
    *BEST.get_or_init(|| match std::env::var(MOST) {
        #[cfg(target_arch = "x86_64")]
        Ok(most) if most == "avx2" => detect().min(Level::Avx2),
        _ => detect(),
    })
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Level {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (avx2, avx512) {
        (true, true) => Level::Avx512,
        (true, false) => Level::Avx2,
        _ => Level::Baseline,
    }
}

#[cfg(target_arch = "aarch64")]
fn detect() -> Level {
    Level::Neon
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn detect() -> Level {
    Level::Baseline
}

/// The kind of this machine, as far as it affects results. AVX2 and AVX-512 give the same bits. Other instruction
/// sets, and the mathematical libraries of other operating systems, may give other bits.
pub fn machine() -> String {
    let instructions = match (std::env::consts::ARCH, best()) {
        ("x86_64", Level::Baseline) => "x86-64 without AVX2",
        ("x86_64", _) => "x86-64 with AVX2",
        (other, _) => other,
    };
    format!("{instructions}, {}", std::env::consts::OS)
}

/// Makes a function that runs the best of several compilations of its body; see the
/// [module](crate::kernel::dispatch). Within the body, the type `L` is the [`Target`](crate::kernel::target::Target)
/// that the body is compiled for.
///
/// Every function that the body calls in its hot loops must be `#[inline(always)]`: only inlined code is compiled
/// with the wider instructions.
#[macro_export]
macro_rules! dispatched {
    ($(
        $(#[$meta:meta])*
        $visibility:vis fn $name:ident<$real:ident>(
            $($argument:ident: $type:ty),* $(,)?
        ) $(-> $result:ty)? $body:block
    )*) => {$(
        $(#[$meta])*
        #[allow(unsafe_code, clippy::too_many_arguments)]
        $visibility fn $name<$real: $crate::kernel::Real>($($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            #[allow(clippy::extra_unused_type_parameters)]
            fn body<$real: $crate::kernel::Real, L: $crate::kernel::target::Target>(
                $($argument: $type),*
            ) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2<$real: $crate::kernel::Real>($($argument: $type),*) $(-> $result)? {
                body::<$real, $crate::kernel::target::Avx2>($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]
            fn avx512<$real: $crate::kernel::Real>($($argument: $type),*) $(-> $result)? {
                body::<$real, $crate::kernel::target::Avx512>($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            match $crate::kernel::dispatch::level() {
                // SAFETY: `level` never says more than the CPU was found to have.
                $crate::kernel::Level::Avx512 => return unsafe { avx512::<$real>($($argument),*) },
                // SAFETY: as above.
                $crate::kernel::Level::Avx2 => return unsafe { avx2::<$real>($($argument),*) },
                $crate::kernel::Level::Baseline => {}
            }
            body::<$real, $crate::kernel::target::Baseline>($($argument),*)
        }
    )*};
}

/// Applies a function of equally long arrays to equally long slices: sixteen elements at a time, then four at a time,
/// then one at a time. Slices that the function changes are marked `mut`. Its other arguments come first, in
/// brackets.
///
/// The compiler often does not vectorise a loop over several slices, because it cannot see that they do not overlap.
/// It knows that arrays passed as `&mut` do not overlap.
#[macro_export]
macro_rules! in_lanes {
    ($function:ident::<$($types:ident),*>([$($given:tt)*], $($arguments:tt)*)) => {
        $crate::in_lanes!(@split $function, [$($types),*], ($($given)*,), [], $($arguments)*,)
    };
    ($function:ident::<$($types:ident),*>($($arguments:tt)*)) => {
        $crate::in_lanes!(@split $function, [$($types),*], (), [], $($arguments)*,)
    };
    (@split $function:ident, $types:tt, $given:tt, [$($done:tt)*], mut $name:ident, $($rest:tt)*) => {
        $crate::in_lanes!(@split $function, $types, $given, [$($done)* ($name as_chunks_mut iter_mut)], $($rest)*)
    };
    (@split $function:ident, $types:tt, $given:tt, [$($done:tt)*], $name:ident, $($rest:tt)*) => {
        $crate::in_lanes!(@split $function, $types, $given, [$($done)* ($name as_chunks iter)], $($rest)*)
    };
    (@split $function:ident, $types:tt, ($($given:tt)*), [$(($name:ident $chunks:ident $iter:ident))*],) => {{
        $(let mut $name = {
            let (sixteens, rest) = $name.$chunks::<16>();
            let (fours, rest) = rest.$chunks::<4>();
            (sixteens.$iter(), fours.$iter(), rest.$chunks::<1>().0.$iter())
        };)*
        while let ($(Some($name),)*) = ($($name.0.next(),)*) {
            $crate::in_lanes!(@call $function, $types, 16, ($($given)*), ($($name),*));
        }
        while let ($(Some($name),)*) = ($($name.1.next(),)*) {
            $crate::in_lanes!(@call $function, $types, 4, ($($given)*), ($($name),*));
        }
        while let ($(Some($name),)*) = ($($name.2.next(),)*) {
            $crate::in_lanes!(@call $function, $types, 1, ($($given)*), ($($name),*));
        }
    }};
    (@call $function:ident, [$($types:ident),*], $lanes:literal, ($($given:tt)*), ($($name:ident),*)) => {
        $function::<$($types,)* $lanes>($($given)* $($name),*)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forced_level_holds_within_and_is_undone_after() {
        let before = level();
        for forced in Level::all() {
            assert_eq!(forced.force(level), forced);
        }
        assert_eq!(level(), before);
        #[cfg(target_arch = "x86_64")]
        assert_eq!(Level::Avx512.force(level), Level::Avx512.min(best()));
    }
}
