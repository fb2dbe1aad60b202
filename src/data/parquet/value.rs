//! A field of a Parquet file as a plain value, which CSV and JSON can hold.
//!
//! Numbers stay numbers and booleans stay booleans. A date is `2024-02-29`, a time of day `13:05:00`, a point in time
//! `2024-02-29T13:05:00.25`, with a `Z` if it is in UTC. A missing field and one that is not a number are null, because
//! JSON has no such number; an infinite number is the text `inf` or `-inf`.

use serde_json::{Number, Value};

use crate::data::lines::decode;

use super::cell::Cell;
use super::footer::{Column, Kind, Meaning};

const DAY: i64 = 86_400;

impl Column {
    /// Whether a field can be written as a plain value: it has one value in a row, and that is a number, a boolean, a
    /// time or a text.
    pub fn is_plain(&self) -> bool {
        let is_text = self.kind != Kind::Bytes || self.meaning == Meaning::Text;
        !self.repeated && self.kind != Kind::Other && is_text
    }

    /// The field `cell` of this column.
    pub fn value(&self, cell: Cell) -> Value {
        match (cell, self.meaning) {
            (Cell::Null, _) => Value::Null,
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
            (Cell::Whole(number), Meaning::Decimal(scale)) => decimal(number, scale),
            (Cell::Whole(number), Meaning::Plain | Meaning::Text) => number.into(),
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

/// The integer with its last `scale` digits behind the decimal point: a number if 64 bits hold all its digits, a text
/// otherwise.
fn decimal(number: i64, scale: u32) -> Value {
    let scale = scale.min(40) as usize;
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, rest) = digits.split_at(digits.len() - scale);
    let text = if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") };
    // Any 15 digits survive as a number of 64 bits.
    if number.unsigned_abs() < 1_000_000_000_000_000
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
        assert_eq!(column(Kind::Whole32, Meaning::Unsigned).value(Cell::Whole(-1)), json!(4_294_967_295_u32));
        assert_eq!(column(Kind::Whole64, Meaning::Unsigned).value(Cell::Whole(-1)), json!(u64::MAX));
        assert_eq!(
            column(Kind::Real32, Meaning::Plain).value(Cell::Real(f64::from(0.1_f32))).to_string(),
            "0.1"
        );
    }

    #[test]
    fn decimals_keep_all_their_digits() {
        assert_eq!(decimal(1_234, 2).to_string(), "12.34");
        assert_eq!(decimal(-5, 3).to_string(), "-0.005");
        assert_eq!(decimal(i64::MIN, 4), json!("-922337203685477.5808"));
        assert_eq!(decimal(7, 0).to_string(), "7.0");
        decimal(1, u32::MAX);
    }
}
