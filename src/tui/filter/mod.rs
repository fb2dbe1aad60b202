//! The filter boxes of the lists: one for runs, which all screens with runs share, and one for the items of Lab.

pub mod filter_box;
pub mod items;
pub mod runs;
pub mod typing;

use filter_box::FilterBox;

/// The filter boxes.
#[derive(Debug, Default)]
pub struct Filters {
    /// The box of all lists of runs.
    pub runs: FilterBox,
    /// The box of Lab.
    pub items: FilterBox,
}
