//! The columns of the items of Lab: recipes and sessions.

use crate::tui::query::Column;

/// The columns.
pub const COLUMNS: &[Column] = &[
    Column::text(&["name"]),
    Column::text(&["title"]),
    Column::text(&["kind"]),
    Column::text(&["of"]),
    Column::text(&["state"]),
];
