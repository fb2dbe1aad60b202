//! Methods as arguments of the command line, by their names.

use crate::session::method::Method;

/// A method of any kind.
///
/// # Errors
/// When there is no method of this name; the message lists all names.
pub fn any(text: &str) -> Result<Method, String> {
    parse(text, |_| true)
}

/// A method that `fits`.
///
/// # Errors
/// When no method that fits has this name; the message lists the names of those that fit.
pub fn parse(text: &str, fits: impl Fn(&Method) -> bool) -> Result<Method, String> {
    Method::named(text).filter(&fits).ok_or_else(|| {
        let names: Vec<&str> = Method::all().filter(fits).map(Method::name).collect();
        format!("expected one of {}", names.join(", "))
    })
}
