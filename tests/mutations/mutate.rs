//! Changes of a valid file, as damage and malice make them: flipped bits, cut ends, numbers that claim too much, pieces that are
//! doubled, moved or of another file, words that mean something to the reader.

/// A stream of numbers; the same for the same seed (SplitMix64).
pub struct Random(u64);

impl Random {
    /// The stream of one case of one reader.
    pub fn of(seed: u64, reader: &str, case: u64) -> Random {
        let name =
            reader.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mut random = Random(name.wrapping_add(case.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    fn one_of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// No case is longer, in bytes.
const LONGEST: usize = 1 << 20;

/// Words that mean something to many readers.
const COMMON: [&[u8]; 38] = [
    b"\n",
    b"\r\n",
    b"\r",
    b"\t",
    b",",
    b";",
    b"|",
    b"\"",
    b"\"\"",
    b"'",
    b" ",
    b"\0",
    b"\0\0\0\0",
    b"{",
    b"}",
    b"[",
    b"]",
    b"(",
    b")",
    b":",
    b"\\u0000",
    b"\\ud800",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xff\xfe\0\0",
    b"\xff",
    b"\xc3",
    b"\xf0\x9f",
    "e\u{301}".as_bytes(),
    "ßİ\u{200d}".as_bytes(),
    "\u{202e}".as_bytes(),
    "กำ我喜欢".as_bytes(),
    b"nan",
    b"inf",
    b"-0",
    b"1e999",
    b"18446744073709551616",
];

/// Numbers that claim much, or nothing, in ASCII.
const NUMBERS: [&[u8]; 12] = [
    b"0",
    b"-1",
    b"1",
    b"255",
    b"65536",
    b"2147483647",
    b"4294967295",
    b"9223372036854775807",
    b"18446744073709551615",
    b"1e30",
    b"nan",
    b"0.0000000000000000000000000000000000000000000001",
];

/// The same as whole numbers.
const WHOLE: [i64; 18] = [
    0,
    1,
    -1,
    2,
    7,
    127,
    128,
    255,
    256,
    32_767,
    65_535,
    65_536,
    1 << 20,
    1 << 28,
    i32::MAX as i64,
    i32::MIN as i64,
    i64::MAX,
    i64::MIN,
];

/// One of `seeds`, changed. `words` mean something to the reader.
pub fn mutated(random: &mut Random, seeds: &[Vec<u8>], words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    let mut changes = 1;
    while changes < 6 && random.below(3) > 0 {
        changes += 1;
    }
    for _ in 0..changes {
        change(random, &mut bytes, seeds, words);
    }
    bytes.truncate(LONGEST);
    bytes
}

/// A place in so many bytes: anywhere, or near an end, where headers and footers are.
fn place(random: &mut Random, length: usize) -> usize {
    match random.below(6) {
        0 | 1 => random.below(length.min(96)),
        2 => random.below(length.min(1_024)),
        3 => length - length.min(1 + random.below(128)),
        _ => random.below(length),
    }
}

/// A range of so many bytes, more often a short one.
fn range(random: &mut Random, length: usize) -> std::ops::Range<usize> {
    let start = place(random, length);
    let most = [4, 32, 512, length][random.below(4)];
    start..(start + 1 + random.below(most)).min(length)
}

fn change(random: &mut Random, bytes: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&[u8]]) {
    if bytes.is_empty() {
        bytes.extend_from_slice(&seeds[random.below(seeds.len())]);
        return;
    }
    let at = place(random, bytes.len()).min(bytes.len() - 1);
    let word = |random: &mut Random| {
        let own = !words.is_empty() && random.below(2) == 0;
        if own { random.one_of(words) } else { random.one_of(&COMMON) }
    };
    match random.below(16) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = random.next() as u8,
        3 | 4 => number(random, bytes, at),
        5 => bytes[at] = bytes[at].wrapping_add(1 + random.below(4) as u8).wrapping_sub(2),
        6 => bytes.truncate(at),
        7 => drop(bytes.drain(range(random, bytes.len()))),
        8 => {
            let piece = bytes[range(random, bytes.len())].to_vec();
            let times = [1, 1, 2, 8, 64][random.below(5)].min(1 + LONGEST / 8 / piece.len().max(1));
            bytes.splice(at..at, piece.repeat(times));
        }
        9 | 10 => {
            let word = word(random);
            bytes.splice(at..at, word.iter().copied());
        }
        11 => {
            let word = word(random);
            let end = (at + word.len()).min(bytes.len());
            bytes.splice(at..end, word.iter().copied());
        }
        12 => {
            let other = &seeds[random.below(seeds.len())];
            let from = random.below(other.len());
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        13 => {
            let from = range(random, bytes.len());
            let piece = bytes[from].to_vec();
            let end = (at + piece.len()).min(bytes.len());
            bytes.splice(at..end, piece);
        }
        14 => digits(random, bytes, at),
        _ if random.below(8) == 0 => {
            let word = word(random);
            let long = word.repeat((1 << (8 + random.below(9))) / word.len().max(1));
            bytes.splice(at..at, long);
        }
        _ => {
            let noise: Vec<u8> = (0..1 + random.below(8)).map(|_| random.next() as u8).collect();
            bytes.splice(at..at, noise);
        }
    }
}

/// Puts a number that claims much, or the length of the file, or nearly, where one may be.
fn number(random: &mut Random, bytes: &mut [u8], at: usize) {
    let length = bytes.len() as i64;
    let value = match random.below(3) {
        0 => length + random.below(5) as i64 - 2,
        _ => WHOLE[random.below(WHOLE.len())],
    };
    let size = [1, 2, 4, 8][random.below(4)].min(bytes.len() - at);
    let mut value = value.to_le_bytes()[..size].to_vec();
    if random.below(2) == 0 {
        value.reverse();
    }
    bytes[at..at + size].copy_from_slice(&value);
}

/// Replaces the next number in ASCII.
fn digits(random: &mut Random, bytes: &mut Vec<u8>, at: usize) {
    let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|found| at + found) else { return };
    let end = bytes[start..]
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .map_or(bytes.len(), |found| start + found);
    bytes.splice(start..end, random.one_of(&NUMBERS).iter().copied());
}
