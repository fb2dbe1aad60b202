//! A field of a Parquet file as a plain value, which CSV and JSON can hold.
//!
//! Numbers stay numbers and booleans stay booleans. A date is `2024-02-29`, a time of day `13:05:00`, a point in time
//! `2024-02-29T13:05:00.25`, with a `Z` if it is in UTC. A decimal with more digits than a number of 64 bits keeps is a text. A missing field and one that is not a number are null, because
//! JSON has no such number; an infinite number is the text `inf` or `-inf`.

use serde_json::{Number, Value};

use crate::data::lines::decode;
use crate::data::tensors::half;

use super::cell::Cell;
use super::footer::{Column, Kind, Meaning, OLD_TIMESTAMP};

const DAY: i64 = 86_400;
/// The Julian day of 1970-01-01.
const JULIAN: i64 = 2_440_588;
/// The most bytes of a decimal that are written: 76 digits, which other programs write at most, have 32.
const LONGEST_DECIMAL: usize = 64;

impl Column {
    /// Whether its fields are read: it has one value in a row, which is not of bytes without a meaning. Only images are
    /// bytes without one, of any length.
    pub fn is_read(&self) -> bool {
        !self.repeated && (self.is_plain() || self.kind == Kind::Bytes)
    }

    /// Whether a field can be written as a plain value: it has one value in a row, and that is a number, a boolean, a
    /// time or a text.
    pub fn is_plain(&self) -> bool {
        let has_meaning = match self.kind {
            Kind::Bytes => matches!(self.meaning, Meaning::Text | Meaning::Decimal(_)),
            Kind::Fixed(length) => match self.meaning {
                Meaning::Decimal(_) => true,
                Meaning::OldTimestamp => length == OLD_TIMESTAMP,
                Meaning::Half => length == 2,
                _ => false,
            },
            Kind::Other => false,
            _ => true,
        };
        !self.repeated && has_meaning
    }

    /// Whether it can hold texts.
    pub fn may_be_text(&self) -> bool {
        !self.repeated && self.kind == Kind::Bytes && !matches!(self.meaning, Meaning::Decimal(_))
    }

    /// The field `cell` of this column.
    pub fn value(&self, cell: Cell) -> Value {
        match (cell, self.meaning) {
            (Cell::Null, _) => Value::Null,
            (Cell::Bytes(bytes), Meaning::Decimal(scale)) => decimal_in_bytes(bytes, scale),
            (Cell::Bytes(bytes), Meaning::OldTimestamp) => old_timestamp(bytes),
            (Cell::Bytes(&[low, high]), Meaning::Half) => {
                let number = f64::from(half(u16::from_le_bytes([low, high])));
                Column { kind: Kind::Real32, ..self.clone() }.value(Cell::Real(number))
            }
            (Cell::Bytes(bytes), _) => decode(bytes).0.into_owned().into(),
            (Cell::Truth(truth), _) => truth.into(),
            (Cell::Real(real), _) if real.is_nan() => Value::Null,
            (Cell::Real(real), _) if real.is_infinite() => if real > 0.0 { "inf" } else { "-inf" }.into(),
            // The shortest decimal of a number of 32 bits, and not that of its neighbour of 64 bits.
            (Cell::Real(real), _) if self.kind == Kind::Real32 => {
                (real as f32).to_string().parse::<f64>().ok().and_then(Number::from_f64).into()
            }
            (Cell::Real(real), _) => real.into(),
            (Cell::Whole(number), Meaning::Unsigned) if self.kind == Kind::Whole32 => (number as u32).into(),
            (Cell::Whole(number), Meaning::Unsigned) => (number as u64).into(),
            (Cell::Whole(number), Meaning::Date) => date(number).into(),
            (Cell::Whole(number), Meaning::Time(units)) => time(number, units).into(),
            (Cell::Whole(number), Meaning::Timestamp(units, utc)) => {
                let day = DAY * i64::from(units);
                let time = time(number.rem_euclid(day), units);
                let zone = if utc { "Z" } else { "" };
                format!("{}T{time}{zone}", date(number.div_euclid(day))).into()
            }
            (Cell::Whole(number), Meaning::Decimal(scale)) => {
                decimal(number < 0, &number.unsigned_abs().to_string(), scale)
            }
            (Cell::Whole(number), _) => number.into(),
        }
    }
}

/// The date of a day, counted from 1970-01-01, in the Gregorian calendar.
fn date(day: i64) -> String {
    // Days from 0000-03-01: then a leap day is the last of its year, and 400 years have 146,097 days. In 128 bits,
    // because a damaged file may claim any day.
    let days = i128::from(day) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // March is month 0; five months in turn have 153 days.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + next)
}

/// The time of day after `number` units, of which a second has `units`, a power of ten.
fn time(number: i64, units: u32) -> String {
    let (seconds, rest) = (number.div_euclid(i64::from(units)), number.rem_euclid(i64::from(units)));
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if rest == 0 {
        return clock;
    }
    let digits = units.ilog10() as usize;
    format!("{clock}.{}", format!("{rest:0digits$}").trim_end_matches('0'))
}

/// The point in time of the bytes of an old timestamp; they do not say whether it is in UTC.
fn old_timestamp(bytes: &[u8]) -> Value {
    let Some((nanoseconds, day)) = bytes.split_first_chunk::<8>() else { return Value::Null };
    let Ok(day) = day.try_into().map(i32::from_le_bytes) else { return Value::Null };
    let (units, nanoseconds) = (1_000_000_000, i64::from_le_bytes(*nanoseconds));
    // Some writers let the time go over the end of its day.
    let of_day = DAY * i64::from(units);
    let day = i64::from(day) - JULIAN + nanoseconds.div_euclid(of_day);
    format!("{}T{}", date(day), time(nanoseconds.rem_euclid(of_day), units)).into()
}

/// The decimal of an integer in bytes, the highest first, in two's complement.
fn decimal_in_bytes(bytes: &[u8], scale: u32) -> Value {
    let is_negative = bytes.first().is_some_and(|&byte| byte >= 0x80);
    let sign: u8 = if is_negative { 0xff } else { 0 };
    let mut rest: Vec<u8> =
        bytes.iter().copied().skip_while(|&byte| byte == sign).map(|byte| byte ^ sign).collect();
    if rest.len() > LONGEST_DECIMAL {
        return format!("a decimal of {} bytes", bytes.len()).into();
    }
    // A negative number is -(its complement + 1). The 1 may go over the highest byte.
    rest.insert(0, 0);
    if is_negative {
        for byte in rest.iter_mut().rev() {
            let (sum, carries) = byte.overflowing_add(1);
            *byte = sum;
            if !carries {
                break;
            }
        }
    }
    let mut digits = Vec::new();
    while rest.iter().any(|&byte| byte != 0) {
        let mut remainder = 0_u16;
        for byte in &mut rest {
            let dividend = remainder << 8 | u16::from(*byte);
            (*byte, remainder) = ((dividend / 10) as u8, dividend % 10);
        }
        digits.push(b'0' + remainder as u8);
    }
    let digits: String = digits.iter().rev().map(|&digit| char::from(digit)).collect();
    decimal(is_negative, if digits.is_empty() { "0" } else { &digits }, scale)
}

/// The integer with these digits, the last `scale` of which are behind the decimal point: a number if 64 bits hold all
/// its digits, a text otherwise.
fn decimal(is_negative: bool, digits: &str, scale: u32) -> Value {
    let scale = scale.min(200) as usize;
    let sign = if is_negative { "-" } else { "" };
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, rest) = padded.split_at(padded.len() - scale);
    let text = if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") };
    // Any 15 digits survive as a number of 64 bits.
    if digits.len() <= 15
        && let Some(number) = text.parse().ok().and_then(Number::from_f64)
    {
        return number.into();
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn days_and_times_are_those_of_the_calendar() {
        // Python: datetime.date(1970, 1, 1) + datetime.timedelta(days=…)
        for (day, told) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (19_782, "2024-02-29"),
            (19_783, "2024-03-01"),
            (-25_509, "1900-02-28"),
            (-25_508, "1900-03-01"),
            (-719_162, "0001-01-01"),
            (2_932_896, "9999-12-31"),
        ] {
            assert_eq!(date(day), told);
        }
        date(i64::MAX);
        date(i64::MIN);
        assert_eq!(time(47_106_000, 1_000), "13:05:06");
        assert_eq!(time(250_000, 1_000_000), "00:00:00.25");
        let column = |kind, meaning| Column { name: "t".into(), kind, meaning, repeated: false, optional: 0 };
        let moment = column(Kind::Whole64, Meaning::Timestamp(1_000_000_000, true));
        assert_eq!(moment.value(Cell::Whole(-1)), json!("1969-12-31T23:59:59.999999999Z"));
        moment.value(Cell::Whole(i64::MIN));
        let old = |nanoseconds: i64, day: i32| {
            let bytes = [&nanoseconds.to_le_bytes()[..], &day.to_le_bytes()].concat();
            column(Kind::Fixed(12), Meaning::OldTimestamp).value(Cell::Bytes(&bytes))
        };
        assert_eq!(old(0, 2_440_588), json!("1970-01-01T00:00:00"));
        assert_eq!(old(47_106_250_000_000, 2_460_370), json!("2024-02-29T13:05:06.25"));
        // One second over the end of a day, and one before its beginning.
        assert_eq!(old(86_401_000_000_000, 2_440_588), json!("1970-01-02T00:00:01"));
        assert_eq!(old(-1_000_000_000, 2_440_588), json!("1969-12-31T23:59:59"));
        old(i64::MIN, i32::MIN);
        old(i64::MAX, i32::MAX);
        assert_eq!(column(Kind::Whole32, Meaning::Unsigned).value(Cell::Whole(-1)), json!(4_294_967_295_u32));
        assert_eq!(column(Kind::Whole64, Meaning::Unsigned).value(Cell::Whole(-1)), json!(u64::MAX));
        assert_eq!(
            column(Kind::Real32, Meaning::Plain).value(Cell::Real(f64::from(0.1_f32))).to_string(),
            "0.1"
        );
    }

    #[test]
    fn decimals_keep_all_their_digits() {
        let column = |kind, scale| Column {
            name: "d".into(),
            kind,
            meaning: Meaning::Decimal(scale),
            repeated: false,
            optional: 0,
        };
        let whole = |number, scale| column(Kind::Whole64, scale).value(Cell::Whole(number));
        assert_eq!(whole(1_234, 2).to_string(), "12.34");
        assert_eq!(whole(-5, 3).to_string(), "-0.005");
        assert_eq!(whole(i64::MIN, 4), json!("-922337203685477.5808"));
        assert_eq!(whole(7, 0).to_string(), "7.0");
        whole(1, u32::MAX);
        // Python: n.to_bytes(length, "big", signed=True), and Decimal(n).scaleb(-scale)
        let bytes = |bytes: &[u8], scale| column(Kind::Bytes, scale).value(Cell::Bytes(bytes));
        for number in [0, 1, -1, 127, 128, -128, -129, 255, -256, 65_535, i64::MIN, i64::MAX] {
            assert_eq!(bytes(&number.to_be_bytes(), 3), whole(number, 3), "{number}");
        }
        assert_eq!(bytes(&[], 2), whole(0, 2));
        assert_eq!(bytes(&[0xff], 2).to_string(), "-0.01");
        assert_eq!(bytes(&[0x80], 0).to_string(), "-128.0");
        assert_eq!(bytes(&(-256_i16).to_be_bytes(), 0).to_string(), "-256.0");
        assert_eq!(bytes(&i128::MIN.to_be_bytes(), 38), json!("-1.70141183460469231731687303715884105728"));
        // Bytes that only repeat the sign count for nothing; more of others than any decimal has are not written.
        assert_eq!(bytes(&[0xff; 1_000], 1).to_string(), "-0.1");
        assert_eq!(bytes(&[1; 1_000], 1), json!("a decimal of 1000 bytes"));
    }
}
