//! The layout of the screen Try, and its drawing.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};
use unicode_width::UnicodeWidthStr;

use crate::error::signed;
use crate::plot::cells::cut;
use crate::train::protocol::event::Guess;
use crate::tui::screens::commands::{models_again, seen_as};
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::widgets::bar::bar;
use crate::tui::widgets::put::Put;
use crate::tui::widgets::text::{fit, fit_right, percent, wrap};
use crate::tui::widgets::{run, window};

use super::attention::draw as attention;
use super::model::{self, Weight, selected};

/// Something that can be clicked.
pub enum Target {
    Text,
    Run(usize),
    /// A row of the attention.
    Row(usize),
}

struct Parts {
    text: Rect,
    /// How far the runs agree.
    agreement: Rect,
    runs: Rect,
    words: Rect,
}

fn parts(area: Rect) -> Parts {
    let text = if area.height >= 36 { 8 } else { 5 }.min(area.height);
    let agreement = 1.min(area.height - text);
    let rest = Rect::new(area.x, area.y + text + agreement, area.width, area.height - text - agreement);
    let (runs, words) = if area.width >= 130 {
        let width = 76;
        (Rect { width, ..rest }, Rect { x: rest.x + width + 2, width: rest.width - width - 2, ..rest })
    } else {
        let height = rest.height.saturating_sub(7).max(rest.height / 2);
        (Rect { height, ..rest }, Rect { y: rest.y + height, height: rest.height - height, ..rest })
    };
    Parts {
        text: Rect { height: text, ..area },
        agreement: Rect { y: area.y + text, height: agreement, ..area },
        runs,
        words: Rect { x: words.x + 1.min(words.width), width: words.width.saturating_sub(2), ..words },
    }
}

fn first_run(state: &State, rows: u16) -> usize {
    let order = model::listed(state);
    let selected = selected(state);
    let at = order.iter().position(|run| Some(run.start.run) == selected).unwrap_or(0);
    window::around(at, order.len(), usize::from(rows))
}

/// How many rows show runs. One row is reserved for the sign that runs are left out.
fn rows(area: Rect) -> u16 {
    area.height.saturating_sub(1)
}

/// What a click at this position hits.
pub fn target(state: &State, area: Rect, place: Position) -> Option<Target> {
    if let Some((text, rest)) = attention::parts(state, area) {
        return match text.contains(place) {
            true => Some(Target::Text),
            false => attention::row_at(state, rest, place).map(Target::Row),
        };
    }
    let parts = parts(area);
    if parts.text.contains(place) {
        return Some(Target::Text);
    }
    let list = Rect { height: rows(parts.runs), ..parts.runs };
    if list.contains(place) {
        let at = first_run(state, list.height) + usize::from(place.y - list.y);
        return model::listed(state).get(at).map(|run| Target::Run(run.start.run));
    }
    None
}

/// Draws the screen.
pub fn view(state: &State, frame: &mut Frame, area: Rect) {
    if let Some((place, rest)) = attention::parts(state, area) {
        text(state, frame, place);
        return attention::view(state, frame, rest);
    }
    let parts = parts(area);
    text(state, frame, parts.text);
    let theme = state.theme;
    let sentence = |frame: &mut Frame, sentence: &str, style: Style| {
        let width = usize::from(area.width).saturating_sub(2);
        let lines: Vec<Line> =
            wrap(sentence, width).into_iter().map(|line| Line::styled(format!(" {line}"), style)).collect();
        let height = area.bottom().saturating_sub(parts.agreement.y);
        frame.put(lines, Rect { height, ..parts.agreement });
    };
    if state.replay.is_some() {
        let again = models_again(state);
        let text =
            format!("A {} holds figures only, no models that could read a text: {again}.", seen_as(state));
        return sentence(frame, &text, theme.text());
    }
    if !state.can_ask() {
        return sentence(
            frame,
            &format!(
                "Nobody can judge yet: start or resume a session on {}; its runs answer here while they learn.",
                Tab::Lab
            ),
            theme.text(),
        );
    }
    if let Some(why) = &state.screens.try_.asking.why {
        return sentence(frame, why, theme.warning());
    }
    if state.history.runs.is_empty() {
        return sentence(
            frame,
            "No run has begun yet: they begin when the source is ready, and answer from then on.",
            theme.dim(),
        );
    }
    agreement(state, frame, parts.agreement);
    runs(state, frame, parts.runs);
    words(state, frame, parts.words);
}

fn text(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let input = &state.screens.try_.input;
    let (title, style) = if !state.can_ask() {
        (" your text ", theme.line())
    } else if input.active {
        (" your text · esc: stop typing ", theme.accent())
    } else {
        (" your text · /: type ", theme.line())
    };
    let block = Block::bordered().border_type(BorderType::Rounded).border_style(style).title(title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if input.is_empty() && (!input.active || input.offered) && state.can_ask() {
        let hint = if input.active {
            " Type a review. Or esc, and take an example: a plain, b negated, c ironic."
        } else {
            "Press / and type, or take an example: a plain, b negated, c ironic."
        };
        frame.put(Line::styled(cut(hint, usize::from(inner.width)), theme.dim()), inner);
    }
    if input.active || !input.is_empty() {
        let row = Rect { height: if input.is_empty() { inner.height.min(1) } else { inner.height }, ..inner };
        input.view(
            frame,
            if input.is_empty() { Rect { width: row.width.min(1), ..row } } else { row },
            theme.text(),
        );
    }
}

fn class_name(state: &State, class: usize) -> String {
    let classes = state.history.data.as_ref().map_or(&[][..], |data| &data.classes);
    classes.get(class).cloned().unwrap_or_else(|| format!("class {}", class + 1))
}

fn agreement(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let Some(agreement) = model::agreement(&model::listed(state), &state.screens.try_.asking.guesses) else {
        let line = match (state.screens.try_.asking.was_asked(), state.screens.try_.asking.complete) {
            (true, false) => " The runs are reading …",
            (true, true) => " No run can answer yet: a moment, please.",
            (false, _) => " Each run's answer appears below while you type.",
        };
        frame.put(Line::styled(line, theme.dim()), area);
        return;
    };
    let name = cut(&class_name(state, agreement.class), 20);
    let mut spans = vec![
        Span::styled(format!(" {name}"), theme.strong()),
        Span::raw(format!(", say {} of {} runs", agreement.votes, agreement.of)),
    ];
    match state.screens.try_.by {
        None => {
            for (method, with, of) in agreement.methods {
                spans.push(Span::styled(format!("  {} {with}/{of}", method.marker()), theme.method(method)));
            }
        }
        Some(by) => {
            let (runs, guesses) = (model::listed(state), &state.screens.try_.asking.guesses);
            let votes = model::votes(&runs, guesses, agreement.class, by, state.history.several_sources());
            let wide = |spans: &[Span]| spans.iter().map(|span| span.content.width()).sum::<usize>();
            let count = votes.len();
            for (place, votes) in votes.into_iter().enumerate() {
                let marker = votes.method.map_or("", |method| method.marker());
                let style = votes.method.map_or(theme.text(), |method| theme.method(method));
                let text = format!("  {marker}{} {}/{}", votes.label, votes.with, votes.of);
                // Space is left to say how many are left out.
                if wide(&spans) + text.width() + 10 > usize::from(area.width) {
                    spans.push(Span::styled(format!("  +{} more", count - place), theme.dim()));
                    break;
                }
                spans.push(Span::styled(text, style));
            }
        }
    }
    let used: usize = spans.iter().map(|span| span.content.width()).sum();
    let room = usize::from(area.width).saturating_sub(used + 2);
    // Predictions are always those of the present, wherever the time cursor is.
    let now = ["  · as they judge now", "  · now"].into_iter().find(|text| text.width() <= room);
    if let Some(now) = now.filter(|_| state.is_back()) {
        spans.push(Span::styled(now, theme.dim()));
    }
    frame.put(Line::from(spans), area);
}

fn runs(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let order = model::listed(state);
    let rows = rows(area);
    let first = first_run(state, rows);
    let selected = selected(state);
    let many = state.history.data.as_ref().is_some_and(|data| data.classes.len() > 2);
    let second = if many && area.width >= 76 { 20 } else { 0 };
    let class = if many { 16 } else { 12 };
    let room = usize::from(area.width)
        .saturating_sub(run::width(state.history.several_sources()) + 2 + class + 1 + 9 + second + 1)
        .min(40);
    let mut lines = Vec::new();
    for each in order.iter().skip(first).take(usize::from(rows)) {
        let number = each.start.run;
        let mut spans = vec![Span::raw(if Some(number) == selected { "›" } else { " " })];
        spans.extend(run::label(&each.start, state.history.several_sources(), theme));
        let guess = state.screens.try_.asking.guesses.get(&number);
        match guess.and_then(|guess| Some((guess, model::guessed(guess)?))) {
            None => spans.push(Span::styled("  –", theme.dim())),
            Some((guess, (best, probability))) => {
                // A prediction for an earlier text is drawn in a less prominent style.
                let old = state.screens.try_.asking.is_old(number);
                let style = if old { theme.dim() } else { theme.strong() };
                spans.push(Span::styled(format!("  {} ", fit(&class_name(state, best), class)), style));
                let style = if old { theme.dim() } else { theme.method(each.start.method) };
                spans.push(Span::styled(bar(f64::from(probability), room), style));
                spans.push(Span::raw(fit_right(&percent(f64::from(probability)), 8)));
                if let Some((next, fraction)) = model::second(guess).filter(|_| second > 0) {
                    let name = format!("  {} {:.0} %", cut(&class_name(state, next), 12), fraction * 100.0);
                    spans.push(Span::styled(fit(&name, second), theme.dim()));
                }
            }
        }
        let mut line = Line::from(spans);
        if Some(number) == selected {
            line.spans.iter_mut().for_each(|span| span.style = span.style.add_modifier(Modifier::BOLD));
            line.spans[0].style = theme.accent();
        }
        lines.push(line);
    }
    if let Some(rest) = window::rest(first, order.len(), usize::from(rows)) {
        lines.push(Line::styled(format!(" {rest}"), theme.dim()));
    }
    frame.put(lines, area);
}

/// Draws the text with the words marked as the selected run weighs them.
fn words(state: &State, frame: &mut Frame, area: Rect) {
    let theme = state.theme;
    let Some(run) = selected(state).and_then(|run| state.history.run(run)) else { return };
    let Some(guess) = state.screens.try_.asking.guesses.get(&run.start.run) else {
        if !state.screens.try_.asking.guesses.is_empty() {
            frame.put(Line::styled("This run has not answered.", theme.dim()), area);
        }
        return;
    };
    let Some((best, _)) = model::guessed(guess) else { return };
    let name = cut(&class_name(state, best), 20);
    let mut title = vec![Span::styled("Why ", theme.strong())];
    title.extend(run::title(&run.start, state.history.several_sources(), theme));
    title.push(Span::styled(format!(" says {name}"), theme.strong()));
    let width = usize::from(area.width);
    let mut lines = vec![Line::from(title)];
    lines.extend(marked(state, guess, width));
    let legend = format!("+ speaks for {name}, − against it, ? a word that this run does not know");
    let top = top(state, guess, width, usize::from(area.height).saturating_sub(lines.len() + 3));
    if top.is_empty() {
        lines.extend(summary(state, guess, width));
    }
    lines.extend(wrap(&legend, width).into_iter().map(|line| Line::styled(line, theme.dim())));
    if !top.is_empty() {
        lines.push(Line::default());
        lines.extend(top);
    }
    let height = usize::from(area.height);
    if lines.len() > height && height > 0 {
        let hidden = lines.len() + 1 - height;
        lines.truncate(height - 1);
        lines.push(Line::styled(format!("… {hidden} more lines: a larger terminal shows them"), theme.dim()));
    }
    frame.put(lines, area);
}

fn style(state: &State, weight: Weight) -> Style {
    let theme = state.theme;
    match weight {
        Weight::StrongFor => theme.good().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Weight::For => theme.good(),
        Weight::Little => theme.text(),
        Weight::Against => theme.bad().remove_modifier(Modifier::BOLD),
        Weight::StrongAgainst => theme.bad().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
    }
}

/// Every word with its mark and colour, as lines.
fn marked(state: &State, guess: &Guess, width: usize) -> Vec<Line<'static>> {
    let largest = model::largest(&guess.words);
    let mut lines: Vec<Line> = vec![Line::default()];
    let mut used = 0;
    for word in &guess.words {
        let weight = model::weight(word, largest);
        let mark = if word.known { weight.mark() } else { "?" };
        let style = if word.known { style(state, weight) } else { state.theme.dim() };
        let text = cut(&format!("{mark}{}", word.text), width.max(1));
        let wide = text.width();
        if used > 0 && used + 1 + wide > width {
            lines.push(Line::default());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.spans.push(Span::raw(" "));
                used += 1;
            }
            line.spans.push(Span::styled(text, style));
            used += wide;
        }
    }
    lines
}

/// The words with the largest contributions, with bars, one per line, as many as fit; empty if there are fewer than
/// three rows.
fn top(state: &State, guess: &Guess, width: usize, rows: usize) -> Vec<Line<'static>> {
    let top = model::top(&guess.words, rows.min(16));
    if rows < 3 || top.is_empty() {
        return Vec::new();
    }
    let largest = top.iter().map(|(_, c)| c.abs()).fold(1e-6, f32::max);
    let room = width.saturating_sub(16 + 8 + 2).min(40);
    let line = |(text, contribution): (&str, f32)| {
        let style = if contribution < 0.0 { state.theme.bad() } else { state.theme.good() };
        Line::from(vec![
            Span::raw(fit(text, 16)),
            Span::raw(fit_right(&format!("{} ", signed(contribution, 2)), 8)),
            Span::styled(bar(f64::from(contribution.abs() / largest), room).replace('░', " "), style),
        ])
    };
    top.into_iter().map(line).collect()
}

/// The words with the largest contributions, in one line.
fn summary(state: &State, guess: &Guess, width: usize) -> Vec<Line<'static>> {
    let top = model::top(&guess.words, 5);
    let each = |(text, c): &(&str, f32)| format!("{} {}", cut(text, 16), signed(*c, 2));
    let text = top.iter().map(each).collect::<Vec<_>>().join(" · ");
    if text.is_empty() { Vec::new() } else { vec![Line::styled(cut(&text, width), state.theme.text())] }
}
