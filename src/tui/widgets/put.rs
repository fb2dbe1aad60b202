//! Draws text so that every loss is visible: a line that is too wide is cut at a word and ends in an ellipsis, and if
//! there are more lines than rows, the last row says how many are left out.
//!
//! All texts of the screens are drawn with [`Put::put`], because ratatui's own widgets cut at the last column without a
//! sign.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use unicode_width::UnicodeWidthStr;

use crate::plot::cells::kept;

use super::text::short;

/// Draws text, with a sign wherever it is cut.
pub trait Put {
    /// Draws `text` into `area`.
    fn put<'a>(&mut self, text: impl Into<Text<'a>>, area: Rect);
}

impl Put for Frame<'_> {
    fn put<'a>(&mut self, text: impl Into<Text<'a>>, area: Rect) {
        let mut text = text.into();
        let (width, rows) = (usize::from(area.width), usize::from(area.height));
        if text.lines.len() > rows && rows > 0 {
            let hidden = text.lines.len() + 1 - rows;
            text.lines.truncate(rows - 1);
            let style = text.lines.last().map_or(Style::new(), ending);
            text.lines.push(Line::styled(format!(" … {} more lines", short(hidden as f64)), style));
        }
        for line in &mut text.lines {
            // Spaces at the end may be cut without a sign.
            let blanks = line.spans.iter().rev().take_while(|span| span.content.trim().is_empty());
            let blanks: usize = blanks.map(|span| span.content.width()).sum();
            let last = line.spans.iter().rev().find(|span| !span.content.trim().is_empty());
            let tail = last.map_or(0, |span| span.content.width() - span.content.trim_end().width());
            if line.width() - blanks - tail > width {
                *line = narrowed(std::mem::take(line), width);
            }
        }
        self.render_widget(text, area);
    }
}

/// The style at the end of a line.
fn ending(line: &Line) -> Style {
    line.spans.last().map_or(line.style, |span| line.style.patch(span.style))
}

/// The line cut at a word to at most `width` cells, with an ellipsis.
fn narrowed(line: Line, width: usize) -> Line {
    let whole: String = line.spans.iter().map(|span| span.content.as_ref()).collect();
    let (mut left, style) = (kept(&whole, width), line.style);
    let mut spans: Vec<Span> = Vec::new();
    for span in line.spans {
        let (text, all) = (span.content.as_ref(), left >= span.content.len());
        spans.push(Span::styled(if all { text } else { &text[..left] }.to_string(), span.style));
        left = left.saturating_sub(text.len());
        if !all || left == 0 {
            break;
        }
    }
    if let Some(last) = spans.last_mut().filter(|_| width > 0) {
        last.content = format!("{}…", last.content).into();
    }
    let line = Line::from(spans).style(style);
    debug_assert!(line.spans.iter().map(|span| span.content.width()).sum::<usize>() <= width);
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn drawn<'a>(text: impl Into<Text<'a>>, width: u16, height: u16) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| frame.put(text, frame.area())).unwrap();
        let buffer = terminal.backend().buffer().clone();
        let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_string();
        (0..height).map(row).collect()
    }

    #[test]
    fn what_is_too_wide_ends_at_a_word_and_says_so() {
        assert_eq!(drawn("after each epoch, on images", 29, 1), ["after each epoch, on images"]);
        assert_eq!(drawn("after each epoch, on images", 26, 1), ["after each epoch, on…"]);
        assert_eq!(drawn("(−0.008 to 0.003)", 14, 1), ["(−0.008 to…"]);
        // Spans keep their styles wherever the line is cut.
        let spans = || Line::from(vec![Span::raw("one "), Span::raw("two"), Span::raw(" three")]);
        assert_eq!(drawn(spans(), 13, 1), ["one two three"]);
        assert_eq!(drawn(spans(), 12, 1), ["one two…"]);
        assert_eq!(drawn(spans(), 6, 1), ["one…"]);
        assert_eq!(drawn("unbreakable", 6, 1), ["unbre…"]);
        assert_eq!(drawn("日本語日本語", 7, 1)[0].replace(' ', ""), "日本語…");
    }

    #[test]
    fn lines_that_have_no_row_are_counted() {
        let lines = |count: usize| (0..count).map(|i| Line::from(i.to_string())).collect::<Vec<_>>();
        assert_eq!(drawn(lines(3), 20, 3), ["0", "1", "2"]);
        assert_eq!(drawn(lines(5), 20, 3), ["0", "1", " … 3 more lines"]);
        assert_eq!(drawn(lines(2), 20, 1), [" … 2 more lines"]);
    }
}
