//! Which part of a long list is visible.

/// The index of the first visible line if `rows` of `count` lines are visible. `selected` is among them, in the middle
/// where possible.
pub fn around(selected: usize, count: usize, rows: usize) -> usize {
    selected.saturating_sub(rows / 2).min(count.saturating_sub(rows))
}

/// `at` moved by `by`, clamped to `0..count`.
pub fn moved(at: usize, by: isize, count: usize) -> usize {
    at.saturating_add_signed(by).min(count.saturating_sub(1))
}

/// "▲ 3 above · ▼ 12 below" if lines are left out; otherwise `None`.
pub fn rest(first: usize, count: usize, rows: usize) -> Option<String> {
    let below = count.saturating_sub(first + rows);
    match (first, below) {
        (0, 0) => None,
        (above, 0) => Some(format!("▲ {above} above")),
        (0, below) => Some(format!("▼ {below} below")),
        (above, below) => Some(format!("▲ {above} above · ▼ {below} below")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_line_is_always_seen() {
        for count in 0..12 {
            for rows in 1..14 {
                for selected in 0..count {
                    let first = around(selected, count, rows);
                    assert!(first <= selected && selected < first + rows);
                    assert!(first + rows <= count.max(rows), "no empty rows while lines are hidden");
                }
            }
        }
        assert_eq!([moved(0, -1, 3), moved(1, 1, 3), moved(2, 5, 3), moved(0, 1, 0)], [0, 2, 2, 0]);
        assert_eq!(rest(2, 10, 5).as_deref(), Some("▲ 2 above · ▼ 3 below"));
        assert_eq!(rest(0, 5, 5), None);
    }
}
