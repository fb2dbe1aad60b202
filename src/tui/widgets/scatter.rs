//! A scatter plot of named points, drawn as text in the layout of [`crate::plot::place`].

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use crate::plot::place::{self, Lens};

/// A point with a name. Lists of points are sorted by importance, the most important first.
#[derive(Debug, Clone)]
pub struct Point {
    pub name: String,
    pub x: f32,
    pub y: f32,
    pub marker: &'static str,
    pub style: Style,
}

/// Draws the points. Returns how many names had no room and how many points are outside the visible part.
pub fn view(frame: &mut Frame, points: &[Point], area: Rect, lens: Lens) -> (usize, usize) {
    let bare: Vec<place::Point> =
        points.iter().map(|point| place::Point { name: &point.name, x: point.x, y: point.y }).collect();
    let placed = place::place(&bare, (area.width, area.height), lens);
    let at = |(x, y): (u16, u16), width: u16| Rect::new(area.x + x, area.y + y, width, 1).intersection(area);
    let mut unnamed = 0;
    // The most important points are drawn last, so they cover the others.
    for each in placed.iter().rev() {
        let point = &points[each.point];
        frame.render_widget(Span::styled(point.marker, point.style), at(each.dot, 1));
        match &each.name {
            Some((x, y, name)) => {
                let place = at((*x, *y), name.width() as u16);
                frame.render_widget(Span::styled(name.clone(), point.style), place);
            }
            None => unnamed += 1,
        }
    }
    (unnamed, points.len() - placed.len())
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;

    #[test]
    fn points_are_drawn_in_their_area_alone() {
        let point = |name: &str, x, y| Point { name: name.into(), x, y, marker: "•", style: Style::new() };
        let points = [point("good", 0.0, 0.0), point("bad", 1.0, 1.0), point("odd", f32::NAN, 0.0)];
        let area = Rect::new(3, 2, 30, 8);
        let mut terminal = Terminal::new(TestBackend::new(40, 12)).unwrap();
        let mut told = (0, 0);
        terminal.draw(|frame| told = view(frame, &points, area, Lens::default())).unwrap();
        assert_eq!(told, (0, 1), "names without room, points out of sight");
        let buffer = terminal.backend().buffer();
        let cells = || buffer.area.positions().filter(|place| buffer[*place].symbol() != " ");
        assert!(cells().all(|place| area.contains(place)));
        let symbols: String = cells().map(|place| buffer[place].symbol()).collect();
        assert!(symbols.matches('•').count() == 2 && symbols.contains("good") && symbols.contains("bad"));
    }
}
