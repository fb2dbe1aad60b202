//! Calibration: whether probabilities mean what they say.

use super::html::Section;
use super::subject::Subject;

/// The section on calibration. Sessions keep no probabilities, so there is none; once they do, it belongs here, and the
/// page has a place for it behind the confusion matrices.
pub fn section(_subject: &Subject) -> Option<Section> {
    None
}
