//! The RON dialect of every file of a session.
//!
//! Values are written through `erased_serde`, so that the code of RON's writer does not exist again for each of 150 types. This
//! saves half a megabyte of the program. Reading in the same way would cost more than it saves.

use erased_serde::Serialize;
use ron::error::SpannedResult;
use serde::de::DeserializeOwned;

/// The options: newtype variants and `Some` are written without a second pair of brackets.
pub fn ron_options() -> ron::Options {
    use ron::extensions::Extensions;
    ron::Options::default().with_default_extension(
        Extensions::IMPLICIT_SOME | Extensions::UNWRAP_NEWTYPES | Extensions::UNWRAP_VARIANT_NEWTYPES,
    )
}

/// Reads a value.
///
/// # Errors
/// Where the text is not RON, or not of this type.
pub fn from_ron<T: DeserializeOwned>(text: &str) -> SpannedResult<T> {
    ron_options().from_str(text)
}

/// Adds a value in one line to `text`.
///
/// # Errors
/// When the value has no form in RON, for example a path that is not UTF-8.
pub fn write_ron(text: &mut String, value: &dyn Serialize) -> ron::Result<()> {
    ron_options().to_writer(text, value)
}

/// A value in one line.
///
/// # Errors
/// As those of [`write_ron`].
pub fn to_ron(value: &dyn Serialize) -> ron::Result<String> {
    let mut text = String::new();
    write_ron(&mut text, value)?;
    Ok(text)
}

/// A value over several lines, for people.
///
/// # Errors
/// As those of [`write_ron`].
pub fn to_pretty_ron(value: &dyn Serialize) -> ron::Result<String> {
    let pretty = ron::ser::PrettyConfig::new().struct_names(false).new_line("\n");
    ron_options().to_string_pretty(value, pretty)
}
