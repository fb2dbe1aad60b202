//! Formats numbers for people, with as many digits as are meaningful.

use crate::error::grouped;

/// A fraction as a percentage: "81.2".
pub fn percent(fraction: f64) -> String {
    if fraction.is_finite() { format!("{:.1}", 100.0 * fraction) } else { "–".into() }
}

/// A whole number in groups of three: "1,212,902".
pub fn count(n: u64) -> String {
    grouped(n)
}

/// A count with its noun: "1 word", "1,212,902 words".
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// Like [`counted`], with a large number abbreviated: "1.20 M words".
pub fn shortly(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", short(n as f64), if n == 1 { one } else { many })
}

/// A mean of whole numbers. A value below 100 that is not whole has one decimal.
pub fn mean(n: f64) -> String {
    match n {
        n if !n.is_finite() => "–".into(),
        n if n.fract() == 0.0 || n >= 100.0 => count(n.round() as u64),
        n => format!("{n:.1}"),
    }
}

/// A large number, abbreviated: "950", "12.3 k", "1.20 M".
pub fn short(n: f64) -> String {
    match n {
        n if !n.is_finite() => "–".into(),
        n if n < 1e3 => format!("{n:.0}"),
        n if n < 1e4 => format!("{:.2} k", n / 1e3),
        n if n < 1e5 => format!("{:.1} k", n / 1e3),
        n if n < 1e6 => format!("{:.0} k", n / 1e3),
        n if n < 1e7 => format!("{:.2} M", n / 1e6),
        n if n < 1e8 => format!("{:.1} M", n / 1e6),
        n if n < 1e9 => format!("{:.0} M", n / 1e6),
        n => format!("{:.2} G", n / 1e9),
    }
}

/// A number with three significant digits: "0.0123", "1.23e-6".
pub fn small(n: f64) -> String {
    match n {
        n if !n.is_finite() => "–".into(),
        0.0 => "0".into(),
        n if !(1e-4..1e4).contains(&n.abs()) => format!("{n:.2e}"),
        n => {
            let decimals = (2 - n.abs().log10().floor() as i32).max(0) as usize;
            format!("{n:.decimals$}")
        }
    }
}

/// A duration: "0.12 s", "3.4 s", "57 s", "3 min 20 s", "2 h 5 min".
pub fn seconds(s: f64) -> String {
    match s {
        s if !s.is_finite() || s < 0.0 => "–".into(),
        s if s < 1.0 => format!("{s:.2} s"),
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 119.5 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{} min {} s", s.round() as u64 / 60, s.round() as u64 % 60),
        s => format!("{} h {} min", s as u64 / 3_600, s as u64 % 3_600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_mean_something() {
        assert_eq!(percent(0.81249), "81.2");
        assert_eq!(count(1_212_902), "1,212,902");
        assert_eq!(count(100), "100");
        assert_eq!(mean(12.25), "12.2");
        assert_eq!(mean(1234.4), "1,234");
        assert_eq!(short(1_203_000.0), "1.20 M");
        assert_eq!(short(949.7), "950");
        assert_eq!([0.01234, 1.234e-6, 12.0, 0.1].map(small), ["0.0123", "1.23e-6", "12.0", "0.100"]);
        assert_eq!(seconds(0.123), "0.12 s");
        assert_eq!(seconds(200.2), "3 min 20 s");
        assert_eq!(seconds(7_500.0), "2 h 5 min");
        assert_eq!(percent(f64::NAN), "–");
    }
}
