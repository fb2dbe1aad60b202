//! What a chart draws: curves, and bands of several.

use ratatui::style::Style;

use crate::tui::theme::Dash;
use crate::tui::widgets::track::Series;

/// What is stippled around a curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Nothing.
    None,
    /// The minimum and maximum of each column; of a band, of all its curves.
    Extremes,
    /// One standard deviation of a band's curves to each side of their mean; nothing around a single curve.
    Deviation,
}

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
