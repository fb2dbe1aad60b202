//! Drift by layer: how far a fine-tuned run has moved each layer of its sentence encoder, as the log has it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::error::decimal;
use crate::session::history::RunHistory;
use crate::session::layer_drift::LayerDrift;
use crate::tui::state::State;
use crate::tui::widgets::bar::bar;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fit_right, wrap};

/// The width of a layer's name, of its change, of its cosine and of its past.
const NAME: usize = 11;
const CHANGE: usize = 9;
const COSINE: usize = 9;
const PAST: usize = 18;
/// Levels of a column of the past.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// How many lines the layers need in this width.
pub fn lines(found: &LayerDrift, width: usize) -> usize {
    wrap(&told(found), width).len() + 2 + found.layers.len()
}

fn told(found: &LayerDrift) -> String {
    let when = match found.kept {
        true => format!("The kept parameters (step {})", found.step),
        false => format!("After step {}", found.step),
    };
    let (texts, tokens) = found.texts;
    let texts = if texts == 1 { "a training text".to_string() } else { format!("{texts} training texts") };
    format!("{when} · states of {tokens} tokens of {texts}")
}

/// The change of a layer at each record up to now, in levels of the largest change of all layers.
fn past(run: &RunHistory, until: f64, layer: usize, largest: f32) -> String {
    let level = |drift: &LayerDrift| {
        let change = drift.layers.get(layer).map_or(0.0, |layer| layer.change);
        let level = f64::from(change / largest.max(f32::MIN_POSITIVE)) * LEVELS.len() as f64;
        LEVELS[(level.ceil() as usize).clamp(1, LEVELS.len()) - 1]
    };
    let told = run.layer_drift.iter().take_while(|known| known.at <= until).map(|known| &known.value);
    let all: Vec<char> = told.filter(|drift| !drift.kept).map(level).collect();
    all[all.len().saturating_sub(PAST - 2)..].iter().collect()
}

/// Draws the layers, the highest first.
pub fn view(state: &State, frame: &mut Frame, area: Rect, run: &RunHistory, found: &LayerDrift) {
    let theme = state.theme;
    let width = usize::from(area.width);
    let until = state.until();
    let seen = run.layer_drift.iter().filter(|known| known.at <= until).flat_map(|known| &known.value.layers);
    let largest = seen.map(|layer| layer.change).fold(0.0, f32::max);
    let now = found.layers.iter().map(|layer| layer.change).fold(f32::MIN_POSITIVE, f32::max);
    let room = width.saturating_sub(NAME + CHANGE + COSINE + PAST + 2);
    let mut lines: Vec<Line> = wrap(&told(found), width).into_iter().map(Line::from).collect();
    let head = format!(
        "{}{}{}  {}  {}",
        fit("layer", NAME),
        fit_right("weights", CHANGE),
        fit_right("cosine", COSINE),
        fit("change", room.saturating_sub(2)),
        "by epoch"
    );
    lines.push(Line::styled(head, theme.dim()));
    for (place, layer) in found.layers.iter().enumerate().rev() {
        let change = format!("{:.2} %", f64::from(layer.change) * 100.0);
        let cosine = decimal(layer.cosine, 3);
        let filled = bar(f64::from(layer.change / now), room.saturating_sub(2)).replace('░', " ");
        lines.push(Line::from(vec![
            Span::raw(fit(&layer.layer, NAME)),
            Span::raw(fit_right(&change, CHANGE)),
            Span::raw(fit_right(&cosine, COSINE)),
            Span::raw("  "),
            Span::styled(filled, theme.method(run.start.method)),
            Span::raw("  "),
            Span::styled(past(run, until, place, largest), theme.dim()),
        ]));
    }
    // Where there is no room for all, this is left out first.
    let hint = "weights: norm of the change over the published norm · cosine 1: same states";
    if lines.len() < usize::from(area.height) {
        lines.push(Line::styled(hint, theme.dim()));
    }
    frame.put(lines, area);
}
