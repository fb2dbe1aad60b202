//! The difference of the confusion matrices of two runs, cell by cell with intervals.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::plot::cells::cut;
use crate::session::recipe::Recipe;
use crate::transfer::statistics::cells::{self, CellDifferences, Matrices};
use crate::transfer::statistics::pair;
use crate::tui::screens::confusion::differences::{self, Found};
use crate::tui::state::State;
use crate::tui::widgets::run;

use super::model::{Pair, evaluation, set, step};

/// What the intervals are where only counts are known.
const INDEPENDENT: [&str; 2] = [
    "these two trainings · intervals of independent samples: the answers to single examples are not known",
    "intervals of independent samples",
];

/// The difference, and what its intervals are if they are not of the usual kind.
fn found(state: &State, pair: Pair<'_>) -> Result<(CellDifferences, Option<[&'static str; 2]>), String> {
    let margin = state.history.recipe.as_ref().map_or(Recipe::MARGIN, |recipe| recipe.margin) / 100.0;
    let Some(set) = set(state, pair) else {
        return Err("The matrices appear when both runs were evaluated on the same set.".into());
    };
    let [left, right] = pair.runs();
    if left == right && pair.left.moment == pair.right.moment {
        return Err(
            "A run has no difference to itself: select another run, or go to another step with ← and →."
                .into(),
        );
    }
    let none = || format!("Not both runs have been evaluated on {} yet.", cut(&set, 24));
    if state.screens.twin.all_seeds {
        let [a, b] = pair.sides().map(|side| Matrices::like(side.run, side.moment));
        let all = cells::difference(&state.history, a, b, &set, margin).ok_or_else(none)?;
        return Ok((all, None));
    }
    let found = pair::difference(&state.history, pair.left, pair.right, &set, margin).ok_or_else(none)?;
    Ok((found.cells, found.independent.then_some(INDEPENDENT)))
}

/// The cells as a table, for a file.
pub fn table(state: &State, pair: Pair<'_>) -> Option<Vec<Vec<String>>> {
    let (found, _) = found(state, pair).ok()?;
    let head = ["true class", "predicted class", "left", "right", "difference", "low", "high", "differs"];
    let row = |cell: &cells::CellDifference| {
        let bound =
            |of: fn((f64, f64)) -> f64| cell.corrected.map_or(String::new(), |bounds| of(bounds).to_string());
        vec![
            cell.true_class.clone(),
            cell.predicted_class.clone(),
            cell.left.to_string(),
            cell.right.to_string(),
            (cell.left - cell.right).to_string(),
            bound(|bounds| bounds.0),
            bound(|bounds| bounds.1),
            if cell.differs { "yes" } else { "no" }.into(),
        ]
    };
    Some(std::iter::once(head.map(String::from).to_vec()).chain(found.cells.iter().map(row)).collect())
}

/// Draws the difference.
pub fn view(state: &State, frame: &mut Frame, area: Rect, pair: Pair<'_>) {
    let (theme, several) = (state.theme, state.history.several_sources());
    let named = set(state, pair);
    let found = found(state, pair).map(|(cells, covers)| {
        let [left, right] = pair.sides().map(|side| {
            let mut title = run::title(&side.run.start, several, theme);
            // The matrix is that of the parameters that were kept.
            let evaluated = named.as_deref().and_then(|set| evaluation(side, set));
            let step = evaluated.map_or_else(|| step(side), |evaluation| evaluation.step);
            title.push(ratatui::text::Span::raw(format!(" · step {step}")));
            title
        });
        Found::of(left, right, cells, covers)
    });
    let part = |y: u16, height: u16| {
        let height = height.min(area.height.saturating_sub(y));
        Rect { y: area.y + y.min(area.height), height, ..area }
    };
    // The sentence about the selected cell has up to 230 characters.
    let foot = (230 / area.width.max(1) + 1).min(area.height.saturating_sub(9));
    let main = area.height.saturating_sub(4 + foot);
    differences::view(state, frame, [part(0, 4), part(4, main), part(4 + main, foot)], found);
}
