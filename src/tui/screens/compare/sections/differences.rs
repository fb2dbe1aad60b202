//! Paired differences with their intervals, and the labels that a method saved.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::plot::strip::{self, Axis};
use crate::session::comparison::{self, Comparison, Difference};
use crate::session::verdict;
use crate::tui::theme::Theme;
use crate::tui::widgets::text::{fit, fit_right};

use super::section::{ROOMY, Section, bullet};

/// The width of the column with the probability of being better on a new training.
const NEXT: usize = 18;

pub fn differences(comparison: Option<&Comparison>, width: usize, theme: Theme) -> Section {
    let mut lines = Vec::new();
    let differences = comparison.map_or(&[][..], |comparison| &comparison.differences);
    let sides = |d: &Difference| -> [String; 2] {
        let side = |method, source| comparison.map_or(String::new(), |known| known.side(method, source));
        [side(d.left, d.left_source.as_ref()), side(d.right, d.right_source.as_ref())]
    };
    let names =
        differences.iter().map(|d| sides(d).iter().map(|name| name.chars().count()).sum::<usize>() + 7);
    let names = names.max().unwrap_or(0).max(26);
    let width = width.saturating_sub(names - 26);
    // The probability has a column where the strip keeps its minimum width.
    let next = differences.iter().any(|d| d.probability_of_better.is_some()) && width >= 70 + NEXT + ROOMY;
    let room = width.saturating_sub(70 + if next { NEXT } else { 0 }).min(60);
    let ends = differences.iter().flat_map(|d| {
        let (low, high) = d.interval.unwrap_or((d.mean, d.mean));
        [low, high, d.mean, 0.0]
    });
    let axis = Axis::over(ends, 4);
    let mut last = None;
    for each in differences {
        let shown = if last == Some(each.budget) { String::new() } else { each.budget.to_string() };
        last = Some(each.budget);
        let interval = each.interval.map_or("one seed only".into(), |(low, high)| {
            format!("{} to {}", comparison::bound(low), comparison::bound(high))
        });
        // An interval entirely on one side of 0 is a difference. One that contains 0 may be chance.
        let style = match each.interval {
            Some((low, _)) if low > 0.0 => theme.good(),
            Some((_, high)) if high < 0.0 => theme.bad(),
            _ => theme.text(),
        };
        let [left, right] = sides(each);
        let mut spans = vec![
            Span::styled(fit_right(&shown, 6) + " ", theme.strong()),
            Span::styled(format!("{} {left}", each.left.marker()), theme.method(each.left)),
            Span::raw(" − "),
            Span::styled(format!("{} {right}", each.right.marker()), theme.method(each.right)),
        ];
        let used = left.chars().count() + right.chars().count() + 7;
        spans.push(Span::raw(" ".repeat(names.saturating_sub(used))));
        spans.push(Span::styled(fit_right(&comparison::points(each.mean), 6), style.patch(theme.strong())));
        spans.push(Span::styled(format!("  {}", fit(&interval, 16)), style));
        let won = match each.ties == each.seeds {
            true => "equal".to_string(),
            false => format!("won {} of {}", each.wins, each.seeds),
        };
        spans.push(Span::raw(fit(&won, 13)));
        if next {
            spans.push(Span::raw(fit(&format!("next time {}", each.better_next_time()), NEXT)));
        }
        if room >= 12 {
            let strip = strip::Row {
                interval: each.interval,
                mean: Some((each.mean, '●')),
                line: Some(0.0),
                ..Default::default()
            };
            spans.push(Span::styled(strip::row(axis, room, strip), style));
        }
        lines.push(Line::from(spans));
    }
    let mut title = format!(
        "Differences in points, with their 95 % interval {}",
        comparison.map_or("", |comparison| comparison.covers().phrase())
    );
    if next {
        title.push_str(" · next time: the probability that the first is better on a new training");
    }
    Section { title, lines }
}

pub fn savings(comparison: Option<&Comparison>, width: usize) -> Section {
    let savings = comparison.map_or(&[][..], |comparison| &comparison.savings);
    let sentence =
        |saving| comparison.map_or(String::new(), |known| verdict::costs::saving(known, saving) + ".");
    let lines = savings.iter().flat_map(|saving| bullet(&sentence(saving), Style::new(), width)).collect();
    Section { title: "Label savings".into(), lines }
}
