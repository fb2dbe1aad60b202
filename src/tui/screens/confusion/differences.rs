//! The difference of two methods, or of two moments of one method: cell by cell, over all seeds, with intervals.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::error::counted;
use crate::plot::cells::cut;
use crate::session::comparison::{Covers, Finding, bound, points};
use crate::session::history::RunHistory;
use crate::session::method::{Method, Strategy};
use crate::session::recipe::Recipe;
use crate::session::record::RunStart;
use crate::transfer::statistics::cells::{CellDifference, CellDifferences, Matrices, Moment, difference};
use crate::tui::state::State;
use crate::tui::theme::Theme;
use crate::tui::widgets::matrix::Figures;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fit_right, fitting, percent, wrap};

use super::model::{self, Looked};
use super::state::Between;
use super::table::{Beside, Table};

/// What is subtracted from what, and the result.
pub struct Found {
    left: Vec<Span<'static>>,
    right: Vec<Span<'static>>,
    cells: CellDifferences,
    /// What stands in place of what the intervals cover, and a shorter text.
    covers: Option<[&'static str; 2]>,
}

impl Found {
    /// The difference of two named sides, and what its intervals are if they are not of the usual kind.
    pub fn of(
        left: Vec<Span<'static>>,
        right: Vec<Span<'static>>,
        cells: CellDifferences,
        covers: Option<[&'static str; 2]>,
    ) -> Found {
        Found { left, right, cells, covers }
    }
}

/// The differences that the screen shows: `None` if it shows something else, or a sentence that says why there are none.
pub fn found(state: &State, looked: &Looked) -> Option<Result<Found, String>> {
    let own = &state.screens.confusion;
    let between = own.differences.filter(|_| !own.reliability)?;
    let margin = state.history.recipe.as_ref().map_or(Recipe::MARGIN, |recipe| recipe.margin) / 100.0;
    let theme = state.theme;
    Some(match between {
        Between::Methods => methods(state, looked, margin, theme),
        Between::Moments => moments(state, looked, margin, theme),
    })
}

fn methods(state: &State, looked: &Looked, margin: f64, theme: Theme) -> Result<Found, String> {
    let own = &state.screens.confusion;
    let right = subtracted(state, looked).ok_or(
        "Other methods are compared with scratch: select a run of one of them, or mark the run to subtract (m).",
    )?;
    let moment = Moment { step: own.step, until: state.until() };
    let sides = [looked.run, right].map(|run| Matrices::like(run, moment));
    let set = &looked.evaluation.set;
    let cells = difference(&state.history, sides[0], sides[1], set, margin)
        .ok_or_else(|| format!("No seed of both methods has been evaluated on {} yet.", cut(set, 24)))?;
    Ok(Found::of(title(&looked.run.start, theme), title(&right.start, theme), cells, None))
}

/// The run whose method and budget are subtracted: the marked one, or scratch with the same labels.
fn subtracted<'a>(state: &'a State, looked: &Looked) -> Option<&'a RunHistory> {
    let side = |start: &RunStart| (start.method, start.source.clone(), start.budget);
    let mine = side(&looked.run.start);
    let marked = state.screens.confusion.marked.and_then(|run| state.history.run(run));
    let scratch = || {
        let is_scratch = |run: &&RunHistory| {
            run.start.method == Method::Strategy(Strategy::Scratch) && run.start.budget == mine.2
        };
        state.history.runs.iter().find(is_scratch)
    };
    marked.filter(|run| side(&run.start) != mine).or_else(scratch).filter(|run| side(&run.start) != mine)
}

fn moments(state: &State, looked: &Looked, margin: f64, theme: Theme) -> Result<Found, String> {
    let set = &looked.evaluation.set;
    let all = model::evaluations(looked.run, set, f64::INFINITY);
    let [first, .., last] = &all[..] else {
        return Err(format!(
            "There is one evaluation on {} only. Two moments can be compared on the validation part (s chooses the set).",
            cut(set, 24)
        ));
    };
    // If the last evaluation is the one that is shown, the moment to compare it with is the first.
    let step = if looked.evaluation.step < last.step { looked.evaluation.step } else { first.step };
    let early = Matrices::like(looked.run, Moment { step: Some(step), until: f64::INFINITY });
    let late = Matrices { moment: Moment::LAST, ..early };
    let cells = difference(&state.history, late, early, set, margin)
        .ok_or_else(|| format!("No seed has been evaluated on {} yet.", cut(set, 24)))?;
    let mut left = title(&looked.run.start, theme);
    left.push(Span::raw(", last evaluation"));
    Ok(Found::of(left, vec![Span::raw(format!("step {step}"))], cells, None))
}

/// "■ frozen · 100 labels".
fn title(start: &RunStart, theme: Theme) -> Vec<Span<'static>> {
    let style = theme.method(start.method);
    vec![
        Span::styled(format!("{} {}", start.method.marker(), start.method.name()), style),
        Span::raw(format!(" · {} labels", start.budget)),
    ]
}

/// Draws the differences, or why there are none, into head, main part and foot of the screen.
pub fn view(state: &State, frame: &mut Frame, [head, main, foot]: [Rect; 3], found: Result<Found, String>) {
    let theme = state.theme;
    let found = match found {
        Ok(found) => found,
        Err(sentence) => {
            let lines = wrap(&sentence, usize::from(head.width)).into_iter();
            let lines: Vec<Line> = lines.map(|line| Line::styled(line, theme.dim())).collect();
            return frame.put(lines, Rect { height: head.height + main.height, ..head });
        }
    };
    let minus = std::iter::once(Span::styled("minus ", theme.warning())).chain(found.right.iter().cloned());
    let width = usize::from(head.width);
    let lines = vec![
        Line::from(found.left.clone()),
        Line::from(minus.collect::<Vec<_>>()),
        Line::from(
            found.covers.map_or_else(|| covers(&found.cells, width), |told| fitting(told, width).to_string()),
        ),
        Line::styled(fitting(shown(&found.cells), width), theme.strong()),
    ];
    frame.put(lines, head);
    table(state, &found, main).draw(state, frame, main);
    let lines = wrap(&sentence(state, &found.cells), usize::from(foot.width)).into_iter();
    frame.put(lines.map(|line| Line::styled(line, theme.strong())).collect::<Vec<_>>(), foot);
}

fn covers(cells: &CellDifferences, width: usize) -> String {
    let over = match (cells.covers, cells.seeds) {
        (Covers::Seeds, 1) => ["no intervals: one seed, answers not recorded", "no intervals"],
        (Covers::Seeds, _) => ["intervals over seeds only", "over seeds only"],
        (covers @ Covers::Examples, _) => [covers.phrase(), "for this one training"],
        (covers @ Covers::SeedsAndSplits, _) => [covers.phrase(), covers.phrase()],
        (covers @ Covers::SeedsAndExamples, _) => [covers.phrase(), "over seeds and examples"],
    };
    let seeds = counted(cells.seeds, "seed", "seeds");
    fitting(over.map(|over| format!("{} · {seeds} · {over}", cut(&cells.set, 16))), width)
}

/// How many cells differ, and which classes are found more or less often.
fn shown(cells: &CellDifferences) -> [String; 2] {
    let count = |finding| cells.classes.iter().filter(|class| class.finding == finding).count();
    let differing = cells.differing().count();
    let of = counted(cells.cells.len(), "cell differs", "cells differ");
    let (better, worse) = (count(Finding::Better), count(Finding::Worse));
    [
        format!("● {differing} of {of} · recall better in {better}, worse in {worse}"),
        format!("● {differing} of {of}"),
    ]
}

/// The table of the differences. Intervals are left out where not all columns would fit.
pub fn table(state: &State, found: &Found, area: Rect) -> Table {
    let theme = state.theme;
    let cells = &found.cells;
    let known = state.history.data.as_ref().map_or(0, |data| data.classes.len());
    let used = cells.cells.iter().map(|cell| cell.place.0.max(cell.place.1) + 1).max().unwrap_or(0);
    let classes = known.max(used);
    let mut texts = vec![vec![("·".to_string(), String::new(), theme.dim()); classes]; classes];
    for cell in &cells.cells {
        let (row, column) = cell.place;
        let more = cell.left - cell.right;
        // An increase is good on the diagonal and bad elsewhere.
        let style = match (cell.differs, (more > 0.0) == (row == column)) {
            (false, _) => theme.dim(),
            (true, true) => theme.good().add_modifier(Modifier::BOLD),
            (true, false) => theme.bad(),
        };
        let mark = if cell.differs { "● " } else { "" };
        texts[row][column] = (format!("{mark}{}", points(more)), interval(cell), style);
    }
    let heads = format!("{} {}", fit_right("recall", 6), fit("", 9));
    let mut rows = vec![(fit_right("–", 6), theme.dim()); classes];
    let mut diagonal = cells.cells.iter().filter(|cell| cell.place.0 == cell.place.1);
    for class in &cells.classes {
        let Some(cell) = diagonal.next() else { break };
        let style = match class.finding {
            Finding::Better => theme.good(),
            Finding::Worse => theme.bad(),
            Finding::Same | Finding::NotKnown => theme.text(),
        };
        let points = points(class.left - class.right);
        let text = format!("{} {}", fit_right(&points, 6), fit(class.finding.name(), 9));
        rows[cell.place.0] = (text, style);
    }
    let names = model::names(&state.history, classes);
    let whole = Table::new(names, texts, Beside { heads, rows });
    let grid = whole.grid(area, state.screens.confusion.cell);
    let fits = grid.seen == (classes, classes) && grid.figures != Figures::One;
    if fits { whole } else { whole.with_one_figure() }
}

/// "+4.9 to +12.1": the corrected interval.
fn interval(cell: &CellDifference) -> String {
    let told = |(low, high): (f64, f64)| format!("{} to {}", bound(low), bound(high));
    cell.corrected.map_or(String::new(), told)
}

/// The selected cell as a sentence.
fn sentence(state: &State, cells: &CellDifferences) -> String {
    let (row, column) = state.screens.confusion.cell;
    let name = |class: usize| cut(&state.history.class_name(class), 16);
    let (truth, guess) = (name(row), name(column));
    let what = if row == column { format!("{truth} found") } else { format!("{truth} taken for {guess}") };
    let Some(cell) = cells.cells.iter().find(|cell| cell.place == (row, column)) else {
        return format!("{what}: never, by either side.");
    };
    let figures = format!(
        "{what}: {} − {} = {} points",
        percent(cell.left).replace(' ', ""),
        percent(cell.right).replace(' ', ""),
        points(cell.left - cell.right)
    );
    let Some((low, high)) = cell.corrected else { return format!("{figures}; no interval.") };
    let told = match cell.differs {
        true => "it differs",
        false if low > 0.0 || high < 0.0 => "too few examples differ",
        false => "not shown to differ",
    };
    let corrected = counted(cells.comparisons, "comparison", "comparisons");
    format!("{figures}, 95 % interval {}, corrected for {corrected}: {told}.", interval(cell))
}
