//! Thrift's compact protocol, which Parquet uses for its metadata. Fields are passed on one by one, so that only
//! wanted fields are kept.

/// The problem with the bytes.
pub type Damage = &'static str;

/// The maximum nesting depth of structures.
const DEEPEST: usize = 24;

/// The types of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    True,
    False,
    Byte,
    Whole,
    Double,
    Binary,
    List,
    Map,
    Struct,
    Uuid,
}

impl Kind {
    fn of(number: u8) -> Result<Kind, Damage> {
        Ok(match number {
            1 => Kind::True,
            2 => Kind::False,
            3 => Kind::Byte,
            4..=6 => Kind::Whole,
            7 => Kind::Double,
            8 => Kind::Binary,
            9 | 10 => Kind::List,
            11 => Kind::Map,
            12 => Kind::Struct,
            13 => Kind::Uuid,
            _ => return Err("a field of an unknown kind"),
        })
    }
}

/// Reads values from bytes.
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// The position of the next byte.
    pub at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    fn byte(&mut self) -> Result<u8, Damage> {
        let byte = self.bytes.get(self.at).ok_or("it ends in the middle")?;
        self.at += 1;
        Ok(*byte)
    }

    fn varint(&mut self) -> Result<u64, Damage> {
        varint(self.bytes, &mut self.at)
    }

    /// An integer.
    pub fn whole(&mut self) -> Result<i64, Damage> {
        self.varint().map(zigzag)
    }

    /// Bytes, preceded by their length.
    pub fn binary(&mut self) -> Result<&'a [u8], Damage> {
        let length = usize::try_from(self.varint()?).map_err(|_| "a length is too large")?;
        let end = self.at.checked_add(length).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or("it ends in the middle")?;
        let bytes = &self.bytes[self.at..end];
        self.at = end;
        Ok(bytes)
    }

    /// A text.
    pub fn text(&mut self) -> Result<String, Damage> {
        Ok(String::from_utf8_lossy(self.binary()?).into_owned())
    }

    /// Calls `field` with the number and type of every field of a structure. If it returns `false`, it has not read
    /// the field, and the field is skipped.
    pub fn fields(
        &mut self,
        mut field: impl FnMut(i64, Kind, &mut Reader<'a>) -> Result<bool, Damage>,
    ) -> Result<(), Damage> {
        let mut number = 0_i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(());
            }
            number = match head >> 4 {
                0 => self.whole()?,
                more => number.checked_add(i64::from(more)).ok_or("a field's number is too large")?,
            };
            let kind = Kind::of(head & 15)?;
            let before = self.at;
            if !field(number, kind, self)? {
                self.at = before;
                self.skip(kind, DEEPEST)?;
            }
        }
    }

    /// Calls `item` for every item of a list.
    pub fn list(
        &mut self,
        mut item: impl FnMut(&mut Reader<'a>) -> Result<(), Damage>,
    ) -> Result<(), Damage> {
        let (count, _) = self.list_head()?;
        for _ in 0..count {
            item(self)?;
        }
        Ok(())
    }

    /// The number of items in a list, and their type. Each item takes at least one byte.
    fn list_head(&mut self) -> Result<(u64, Kind), Damage> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            few => u64::from(few),
        };
        if count > (self.bytes.len() - self.at) as u64 {
            return Err("a list claims more than is there");
        }
        let kind = if count == 0 { Kind::Byte } else { Kind::of(head & 15)? };
        Ok((count, kind))
    }

    fn skip(&mut self, kind: Kind, depth: usize) -> Result<(), Damage> {
        if depth == 0 {
            return Err("structures lie too deep in each other");
        }
        let pass = |reader: &mut Self, bytes: usize| {
            reader.at = reader
                .at
                .checked_add(bytes)
                .filter(|&at| at <= reader.bytes.len())
                .ok_or("it ends in the middle")?;
            Ok(())
        };
        match kind {
            Kind::True | Kind::False => Ok(()),
            Kind::Byte => pass(self, 1),
            Kind::Whole => self.varint().map(drop),
            Kind::Double => pass(self, 8),
            Kind::Uuid => pass(self, 16),
            Kind::Binary => self.binary().map(drop),
            Kind::List => {
                let (count, kind) = self.list_head()?;
                for _ in 0..count {
                    self.skip_item(kind, depth - 1)?;
                }
                Ok(())
            }
            Kind::Map => {
                let count = self.varint()?;
                if count == 0 {
                    return Ok(());
                }
                if count > (self.bytes.len() - self.at) as u64 {
                    return Err("a map claims more than is there");
                }
                let kinds = self.byte()?;
                for _ in 0..count {
                    self.skip_item(Kind::of(kinds >> 4)?, depth - 1)?;
                    self.skip_item(Kind::of(kinds & 15)?, depth - 1)?;
                }
                Ok(())
            }
            Kind::Struct => loop {
                let head = self.byte()?;
                if head == 0 {
                    return Ok(());
                }
                if head >> 4 == 0 {
                    self.varint()?;
                }
                self.skip(Kind::of(head & 15)?, depth - 1)?;
            },
        }
    }

    /// In lists and maps, a boolean is a byte.
    fn skip_item(&mut self, kind: Kind, depth: usize) -> Result<(), Damage> {
        match kind {
            Kind::True | Kind::False => self.byte().map(drop),
            other => self.skip(other, depth),
        }
    }
}

/// An integer with seven bits per byte, the lowest bits first.
pub fn varint(bytes: &[u8], at: &mut usize) -> Result<u64, Damage> {
    let mut value = 0_u64;
    for shift in (0..70).step_by(7) {
        let byte = *bytes.get(*at).ok_or("it ends in the middle of a number")?;
        *at += 1;
        value |= u64::from(byte & 127).checked_shl(shift).unwrap_or(0);
        if byte < 128 {
            return Ok(value);
        }
    }
    Err("a number is too long")
}

/// An integer with its sign in the lowest bit.
pub fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}
