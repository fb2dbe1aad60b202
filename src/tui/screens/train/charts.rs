//! The grid of charts: how many there are, what each shows, and which one has the focus.

use crate::tui::curves::Metric;

/// The most charts.
pub const MOST: usize = 9;
/// The numbers of charts that a key cycles through: 1×1 to 3×3.
const USUAL: [usize; 5] = [1, 2, 4, 6, 9];

/// What a chart shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Panel {
    pub metric: Metric,
    /// The layer whose norms it shows; `None` for all layers together.
    pub layer: Option<String>,
    /// Whether y is logarithmic.
    pub log: bool,
    /// The range of y that the user chose.
    pub range: Option<(f64, f64)>,
}

/// The charts.
#[derive(Debug, Clone, PartialEq)]
pub struct Charts {
    /// What each of the charts shows, also of those that are not shown now.
    pub panels: Vec<Panel>,
    /// How many charts are shown.
    pub count: usize,
    /// The index of the chart that the keys change.
    pub focus: usize,
    /// Whether the chart with the focus fills the place of all.
    pub expanded: bool,
}

impl Default for Charts {
    fn default() -> Charts {
        let metrics = [
            Metric::Loss,
            Metric::Accuracy,
            Metric::Further(0),
            Metric::Gradient,
            Metric::LearningRate,
            Metric::Update,
            Metric::Weights,
            Metric::StepSeconds,
            Metric::Memory,
        ];
        let panels = metrics.map(|metric| Panel { metric, ..Panel::default() }).to_vec();
        Charts { panels, count: 1, focus: 0, expanded: false }
    }
}

impl Charts {
    /// The chart that the keys change.
    pub fn panel(&self) -> &Panel {
        &self.panels[self.focus.min(self.panels.len() - 1)]
    }

    /// The same, to change it.
    pub fn panel_mut(&mut self) -> &mut Panel {
        let last = self.panels.len() - 1;
        &mut self.panels[self.focus.min(last)]
    }

    /// The next number of charts; after the largest comes one.
    pub fn more(&mut self) {
        self.show(USUAL.into_iter().find(|count| *count > self.count).unwrap_or(1));
    }

    /// Shows this many charts.
    pub fn show(&mut self, count: usize) {
        self.count = count.clamp(1, MOST);
        self.expanded = false;
        self.focus = self.focus.min(self.count - 1);
    }

    /// Moves the focus by this many charts.
    pub fn move_focus(&mut self, by: i8) {
        self.focus = (self.focus as isize + isize::from(by)).rem_euclid(self.count as isize) as usize;
    }

    /// The charts that are drawn, as a range of indices, with the columns and rows of their grid, if `most` columns and
    /// rows have room. The one with the focus is among them.
    pub fn shown(&self, most: (usize, usize)) -> (std::ops::Range<usize>, usize, usize) {
        if self.expanded {
            return (self.focus..self.focus + 1, 1, 1);
        }
        let (columns, rows) = match self.count {
            1 => (1, 1),
            2 => (1, 2),
            3 | 4 => (2, 2),
            5 | 6 => (2, 3),
            _ => (3, 3),
        };
        let (columns, rows) = (columns.min(most.0.max(1)), rows.min(most.1.max(1)));
        let room = columns * rows;
        let first = self.focus / room * room;
        (first..(first + room).min(self.count), columns, rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_with_the_focus_is_always_shown() {
        let mut charts = Charts::default();
        for count in 1..=MOST {
            charts.show(count);
            for focus in 0..count {
                charts.focus = focus;
                for most in [(1, 1), (1, 2), (2, 3), (3, 3), (0, 0)] {
                    let (shown, columns, rows) = charts.shown(most);
                    assert!(shown.contains(&focus) && shown.len() <= columns * rows && shown.end <= count);
                }
                charts.expanded = true;
                assert_eq!(charts.shown((3, 3)), (focus..focus + 1, 1, 1));
                charts.expanded = false;
            }
            assert_eq!(charts.shown((3, 3)).0, 0..count);
        }
        let counts: Vec<usize> = (0..6)
            .map(|_| {
                charts.more();
                charts.count
            })
            .collect();
        assert_eq!(counts, [1, 2, 4, 6, 9, 1]);
        charts.show(3);
        charts.focus = 2;
        charts.move_focus(1);
        assert_eq!(charts.focus, 0);
        charts.move_focus(-1);
        assert_eq!(charts.focus, 2);
    }
}
