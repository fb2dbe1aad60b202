//! What a chart draws: curves, and bands of several.

use ratatui::style::Style;

use crate::plot::columns::Spread;
use crate::plot::track::Series;
use crate::tui::theme::Dash;

/// A curve, or a band of several, and its style.
#[derive(Debug)]
pub struct Curve<'a> {
    /// The curve, or the curves of the band, each with how many points are known at the time that is shown. Only these
    /// are drawn.
    pub members: Vec<(Series<'a>, usize)>,
    pub style: Style,
    pub dash: Dash,
    pub marker: &'static str,
    /// A few characters beside the marker, which tell curves of the same style apart; may be empty.
    pub label: String,
    /// Whether the curve is drawn twice as thick and over all others.
    pub strong: bool,
    pub spread: Spread,
}
