//! Reads the lines of a log that are most of it: those of training steps, exactly as the log writes them.
//!
//! RON reads 30 MB a second; a session of a million steps has 180 MB. Every other line, and every line with anything
//! unusual in it, is left to RON.

use super::record::{Entry, Record, StepPoint};

/// The entry of a line that records a step without norms of layers; `None` if RON must read it.
pub(super) fn entry(line: &[u8]) -> Option<Entry> {
    let mut rest = Rest(line);
    let at = rest.number("(at:")?;
    let run = rest.digits(",record:Step(run:")?;
    let step = rest.digits(",step:")?;
    let epoch = rest.number(",epoch:")?;
    let samples = rest.digits(",samples:")?;
    let loss = rest.number(",loss:")?;
    let gradient = rest.number(",gradient:")?;
    let learning_rate = rest.number(",learning_rate:")?;
    let seconds = rest.number(",seconds:")?;
    rest.skip("))\n")?;
    let point = StepPoint {
        run,
        step,
        epoch,
        samples,
        loss,
        gradient,
        learning_rate,
        seconds,
        layers: Box::default(),
    };
    rest.0.is_empty().then_some(Entry { at, record: Record::Step(point) })
}

/// What was not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn skip(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text.as_bytes())?;
        Some(())
    }

    fn take<T: std::str::FromStr>(&mut self, belongs: fn(u8) -> bool) -> Option<T> {
        let end = self.0.iter().position(|&byte| !belongs(byte))?;
        let (text, rest) = self.0.split_at(end);
        self.0 = rest;
        std::str::from_utf8(text).ok()?.parse().ok()
    }

    /// An integer without sign, behind this text.
    fn digits<T: std::str::FromStr>(&mut self, before: &str) -> Option<T> {
        self.skip(before)?;
        self.take(|byte| byte.is_ascii_digit())
    }

    /// A number that begins with a digit or a minus sign, behind this text.
    fn number<T: std::str::FromStr>(&mut self, before: &str) -> Option<T> {
        self.skip(before)?;
        let first = self.0.iter().find(|byte| **byte != b'-')?;
        first.is_ascii_digit().then_some(())?;
        self.take(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'-'))
    }
}

#[cfg(test)]
mod tests {
    use super::super::ron_dialect::{from_ron, to_ron};
    use super::*;
    use crate::rng;

    fn point(draw: impl Fn(u64) -> f64) -> Entry {
        Entry {
            at: draw(1),
            record: Record::Step(StepPoint {
                run: draw(2).to_bits() as usize % 100,
                step: draw(3).to_bits() >> 20,
                epoch: draw(4),
                samples: draw(5).to_bits() >> 9,
                loss: draw(6),
                gradient: draw(7),
                learning_rate: draw(8) as f32,
                seconds: draw(9),
                layers: Box::default(),
            }),
        }
    }

    #[test]
    fn what_the_log_writes_is_read_as_ron_reads_it() {
        for case in 0..2_000 {
            let draw = |field: u64| {
                let mut stream = rng::stream(1, "step line", case * 16 + field);
                let size = 10_f64.powf(40.0 * rng::unit64(&mut stream) - 20.0);
                size * rng::normal(&mut stream)
            };
            let line = to_ron(&point(draw)).unwrap() + "\n";
            let found = entry(line.as_bytes()).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(found, from_ron::<Entry>(&line).unwrap());
            assert_eq!(found, point(draw));
        }
    }

    #[test]
    fn everything_unusual_is_left_to_ron() {
        let line = to_ron(&point(|_| 0.5)).unwrap() + "\n";
        assert!(entry(line.as_bytes()).is_some());
        for end in 0..line.len() {
            assert!(entry(&line.as_bytes()[..end]).is_none(), "{end}");
        }
        let more = [
            "loss:inf",
            "loss:NaN",
            "loss:",
            "loss:+1.0",
            "loss:1_0.0",
            "loss: 0.5",
            "loss:--1.0",
            "loss:1.0.0",
        ];
        for loss in more {
            assert!(entry(line.replace("loss:0.5", loss).as_bytes()).is_none(), "{loss}");
        }
        assert!(entry(line.replace("))", ",layers:[]))").as_bytes()).is_none());
        assert!(entry((line.clone() + " ").as_bytes()).is_none());
    }
}
