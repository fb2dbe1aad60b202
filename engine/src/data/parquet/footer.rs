//! The metadata of a Parquet file: its columns, and the positions of their pages.

use serde_json::Value;

use super::thrift::{Damage, Kind as Field, Reader};

/// The maximum nesting depth of a column.
const DEEPEST: usize = 16;

/// The bytes of an old timestamp.
pub const OLD_TIMESTAMP: usize = 12;

/// The physical type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Truth,
    Whole32,
    Whole64,
    Real32,
    Real64,
    Bytes,
    /// Byte arrays of this length.
    Fixed(usize),
    /// A type that Parquet does not have.
    Other,
}

/// The meaning of a column's values, if it is more than their physical type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Meaning {
    #[default]
    Plain,
    /// Bytes that the file declares as text.
    Text,
    Unsigned,
    /// Days since 1970-01-01.
    Date,
    /// Time of day: this many units in a second.
    Time(u32),
    /// Time since 1970-01-01: this many units in a second, and whether it is in UTC.
    Timestamp(u32, bool),
    /// An integer whose last digits, this many, are behind the decimal point; also in bytes, as a two's complement with the
    /// highest byte first.
    Decimal(u32),
    /// A point in time as old writers have it (`INT96`): the nanoseconds of the day in 8 bytes, and the Julian day in 4.
    OldTimestamp,
    /// A number of 16 bits.
    Half,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its path, such as `text` or `image.bytes`.
    pub name: String,
    pub kind: Kind,
    pub meaning: Meaning,
    /// Whether a row can have several values; such a column is not supported.
    pub repeated: bool,
    /// The number of elements of its path that may be missing.
    pub optional: u8,
}

/// The position of the values of a column in a row group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChunkPlace {
    pub codec: i64,
    pub start: u64,
    pub length: u64,
    pub values: u64,
}

/// A row group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    pub rows: u64,
    /// The column chunks, in the order of the columns.
    pub chunks: Vec<ChunkPlace>,
}

/// The footer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Footer {
    pub columns: Vec<Column>,
    pub groups: Vec<Group>,
    /// Columns whose integers are class ids, with the names of the classes.
    pub classes: Vec<(String, Vec<String>)>,
}

/// An element of the schema: a structure or a column.
#[derive(Default)]
struct Element {
    name: String,
    kind: Option<i64>,
    length: usize,
    repetition: i64,
    children: u64,
    meaning: Meaning,
    scale: u32,
}

impl Footer {
    /// Reads the bytes of a footer.
    pub fn read(bytes: &[u8]) -> Result<Footer, Damage> {
        let mut out = Footer::default();
        let mut schema = Vec::new();
        let mut note = None;
        Reader::new(bytes).fields(|number, kind, reader| {
            match (number, kind) {
                (2, Field::List) => reader.list(|reader| element(reader).map(|found| schema.push(found)))?,
                (4, Field::List) => {
                    reader.list(|reader| group(reader).map(|found| out.groups.push(found)))?
                }
                (5, Field::List) => reader.list(|reader| {
                    let (mut key, mut value) = (String::new(), String::new());
                    reader.fields(|number, kind, reader| {
                        match (number, kind) {
                            (1, Field::Binary) => key = reader.text()?,
                            (2, Field::Binary) => value = reader.text()?,
                            _ => return Ok(false),
                        }
                        Ok(true)
                    })?;
                    if key == "huggingface" {
                        note = Some(value);
                    }
                    Ok(())
                })?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let mut elements = schema.into_iter();
        let root = elements.next().ok_or("it has no schema")?;
        for _ in 0..root.children {
            columns(&mut elements, &Path::default(), &mut out.columns)?;
        }
        out.classes = note.and_then(|note| classes(&note)).unwrap_or_default();
        Ok(out)
    }
}

/// The path from the root to a column.
#[derive(Clone, Default)]
struct Path {
    pieces: Vec<String>,
    optional: u8,
    repeated: bool,
}

/// Adds the columns of the next element.
fn columns(
    elements: &mut impl Iterator<Item = Element>,
    above: &Path,
    out: &mut Vec<Column>,
) -> Result<(), Damage> {
    let element = elements.next().ok_or("its schema ends in the middle")?;
    let mut path = above.clone();
    path.pieces.push(element.name);
    path.optional += u8::from(element.repetition != 0);
    path.repeated |= element.repetition == 2;
    if path.pieces.len() > DEEPEST {
        return Err("its schema is too deep");
    }
    let Some(kind) = element.kind else {
        for _ in 0..element.children {
            columns(elements, &path, out)?;
        }
        return Ok(());
    };
    let kind = match kind {
        0 => Kind::Truth,
        1 => Kind::Whole32,
        2 => Kind::Whole64,
        4 => Kind::Real32,
        5 => Kind::Real64,
        3 => Kind::Fixed(OLD_TIMESTAMP),
        6 => Kind::Bytes,
        7 => Kind::Fixed(element.length),
        _ => Kind::Other,
    };
    let meaning = if element.kind == Some(3) { Meaning::OldTimestamp } else { element.meaning };
    out.push(Column {
        name: path.pieces.join("."),
        kind,
        meaning,
        repeated: path.repeated,
        optional: path.optional,
    });
    Ok(())
}

fn element(reader: &mut Reader) -> Result<Element, Damage> {
    let mut out = Element::default();
    reader.fields(|number, kind, reader| {
        match (number, kind) {
            (1, Field::Whole) => out.kind = Some(reader.whole()?),
            (2, Field::Whole) => out.length = usize::try_from(reader.whole()?).unwrap_or(0),
            (3, Field::Whole) => out.repetition = reader.whole()?,
            (4, Field::Binary) => out.name = reader.text()?,
            (5, Field::Whole) => out.children = u64::try_from(reader.whole()?).unwrap_or(0),
            (6, Field::Whole) => out.meaning = converted(reader.whole()?).unwrap_or(out.meaning),
            (7, Field::Whole) => out.scale = u32::try_from(reader.whole()?).unwrap_or(0),
            (10, Field::Struct) => {
                if let Some(meaning) = logical(reader)? {
                    out.meaning = meaning;
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if out.children > 0 {
        out.kind = None;
    }
    if let Meaning::Decimal(scale) = &mut out.meaning {
        *scale = out.scale;
    }
    Ok(out)
}

/// The meaning that old writers give (`ConvertedType`).
fn converted(number: i64) -> Option<Meaning> {
    Some(match number {
        // UTF8, ENUM and JSON.
        0 | 4 | 19 => Meaning::Text,
        5 => Meaning::Decimal(0),
        6 => Meaning::Date,
        7 => Meaning::Time(1_000),
        8 => Meaning::Time(1_000_000),
        9 => Meaning::Timestamp(1_000, true),
        10 => Meaning::Timestamp(1_000_000, true),
        11..=14 => Meaning::Unsigned,
        _ => return None,
    })
}

/// The meaning that new writers give (`LogicalType`, a union).
fn logical(reader: &mut Reader) -> Result<Option<Meaning>, Damage> {
    let mut out = None;
    reader.fields(|number, kind, reader| {
        out = match (number, kind) {
            // STRING, ENUM and JSON.
            (1 | 4 | 12, _) => Some(Meaning::Text),
            (5, _) => Some(Meaning::Decimal(0)),
            (6, _) => Some(Meaning::Date),
            (7 | 8, Field::Struct) => {
                let (units, utc) = clock(reader)?;
                out = Some(if number == 7 { Meaning::Time(units) } else { Meaning::Timestamp(units, utc) });
                return Ok(true);
            }
            (10, Field::Struct) => {
                let mut signed = true;
                reader.fields(|number, kind, _| {
                    signed &= (number, kind) != (2, Field::False);
                    Ok(false)
                })?;
                out = (!signed).then_some(Meaning::Unsigned);
                return Ok(true);
            }
            (15, _) => Some(Meaning::Half),
            _ => out,
        };
        Ok(false)
    })?;
    Ok(out)
}

/// The units in a second, and whether the time is in UTC.
fn clock(reader: &mut Reader) -> Result<(u32, bool), Damage> {
    let (mut units, mut utc) = (1_000, false);
    reader.fields(|number, kind, reader| {
        match (number, kind) {
            (1, kind) => utc = kind == Field::True,
            (2, Field::Struct) => {
                reader.fields(|number, _, _| {
                    units = match number {
                        2 => 1_000_000,
                        3 => 1_000_000_000,
                        _ => 1_000,
                    };
                    Ok(false)
                })?;
                return Ok(true);
            }
            _ => {}
        }
        Ok(false)
    })?;
    Ok((units, utc))
}

fn group(reader: &mut Reader) -> Result<Group, Damage> {
    let mut out = Group::default();
    reader.fields(|number, kind, reader| {
        match (number, kind) {
            (1, Field::List) => reader.list(|reader| chunk(reader).map(|found| out.chunks.push(found)))?,
            (3, Field::Whole) => {
                out.rows = u64::try_from(reader.whole()?).map_err(|_| "a negative number of rows")?
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    Ok(out)
}

fn chunk(reader: &mut Reader) -> Result<ChunkPlace, Damage> {
    let mut out = ChunkPlace::default();
    let (mut data, mut dictionary) = (None, None);
    let place = |number: i64| u64::try_from(number).map_err(|_| "a negative place");
    reader.fields(|number, kind, reader| {
        if (number, kind) != (3, Field::Struct) {
            return Ok(false);
        }
        reader.fields(|number, kind, reader| {
            if kind != Field::Whole {
                return Ok(false);
            }
            match number {
                4 => out.codec = reader.whole()?,
                5 => out.values = place(reader.whole()?)?,
                7 => out.length = place(reader.whole()?)?,
                9 => data = Some(place(reader.whole()?)?),
                11 => dictionary = Some(place(reader.whole()?)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(true)
    })?;
    let data = data.ok_or("a column without pages")?;
    // If there is no dictionary, old writers set its position to 0.
    out.start = dictionary.filter(|&at| at > 0 && at < data).unwrap_or(data);
    Ok(out)
}

/// The class names in the metadata of Hugging Face's `datasets`.
fn classes(note: &str) -> Option<Vec<(String, Vec<String>)>> {
    let note: Value = serde_json::from_str(note).ok()?;
    let features = note.get("info")?.get("features")?.as_object()?;
    let names = |feature: &Value| -> Option<Vec<String>> {
        let names = feature.get("names")?.as_array()?;
        names.iter().map(|name| name.as_str().map(str::to_string)).collect()
    };
    let of = |(column, feature): (&String, &Value)| Some((column.clone(), names(feature)?));
    Some(features.iter().filter_map(of).collect())
}
