//! Places points and their names on a sheet of cells so that names never overlap.
//!
//! Both axes have the same scale (a cell counts as twice as high as wide), so distances keep their proportions. Names
//! are placed greedily in the order of the points: right of the dot, left of it, above, below, or at one of its
//! corners. A name without room is left out. Only the name of the first point may hide other dots.

use unicode_width::UnicodeWidthStr;

use super::cells::cut;

/// The maximum width of a name, in cells.
const NAME: usize = 20;

/// A point with a name. Lists of points are sorted by importance, the most important first.
#[derive(Debug, Clone, Copy)]
pub struct Point<'a> {
    /// The name that is written beside the point.
    pub name: &'a str,
    /// The horizontal position, growing to the right, in any unit.
    pub x: f32,
    /// The vertical position, growing upwards, in the unit of `x`.
    pub y: f32,
}

/// Which part of the plane is visible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lens {
    /// The magnification: 1 shows all points.
    pub zoom: f64,
    /// The offset of the visible part's centre from the centre of all points, as fractions of the visible width and
    /// height.
    pub shift: (f64, f64),
}

impl Default for Lens {
    fn default() -> Self {
        Lens { zoom: 1.0, shift: (0.0, 0.0) }
    }
}

impl Lens {
    /// Multiplies the magnification by `factor`, within 0.5 to 64. The centre of the visible part stays.
    pub fn zoomed(self, factor: f64) -> Lens {
        let zoom = (self.zoom * factor).clamp(0.5, 64.0);
        let more = zoom / self.zoom;
        Lens { zoom, shift: (self.shift.0 * more, self.shift.1 * more) }
    }

    /// Moves the visible part by fractions of its width and height.
    pub fn moved(self, x: f64, y: f64) -> Lens {
        let most = self.zoom;
        Lens { shift: ((self.shift.0 + x).clamp(-most, most), (self.shift.1 + y).clamp(-most, most)), ..self }
    }
}

/// Where a point is on the sheet, in columns from the left and rows from the top, and its name if there is room.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The index of the point.
    pub point: usize,
    /// The cell of the point: column and row.
    pub dot: (u16, u16),
    /// The same position without rounding, in cells.
    pub exact: (f64, f64),
    /// The column and row where the name begins, and the name, cut if it is too long.
    pub name: Option<(u16, u16, String)>,
}

/// Places the visible points on a sheet of `columns` by `rows` cells.
pub fn place(points: &[Point<'_>], (columns, rows): (u16, u16), lens: Lens) -> Vec<Placed> {
    let finite = |p: &&Point<'_>| p.x.is_finite() && p.y.is_finite();
    let bounds = |values: &mut dyn Iterator<Item = f32>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(f64::from(v)), high.max(f64::from(v)))
        })
    };
    let (left, right) = bounds(&mut points.iter().filter(finite).map(|p| p.x));
    let (bottom, top) = bounds(&mut points.iter().filter(finite).map(|p| p.y));
    if columns < 4 || rows < 2 || left > right {
        return Vec::new();
    }
    let (width, height) = (f64::from(columns - 1), f64::from(rows - 1));
    // The factors below 1 leave a margin, mostly at the right for names. The 2 is because cells are twice as high as
    // wide.
    let scale = (width * 0.8 / (right - left).max(1e-9)).min(2.0 * height * 0.9 / (top - bottom).max(1e-9));
    let scale = scale.min(1e9) * lens.zoom;
    let middle = ((left + right) / 2.0, (bottom + top) / 2.0);
    let mut taken = vec![false; usize::from(columns) * usize::from(rows)];
    let cell = |x: u16, y: u16| usize::from(y) * usize::from(columns) + usize::from(x);
    let mut placed: Vec<Placed> = Vec::new();
    for (i, point) in points.iter().enumerate().filter(|(_, p)| finite(p)) {
        let x = width * 0.45 + (f64::from(point.x) - middle.0) * scale - lens.shift.0 * width;
        let y = height * 0.5 - (f64::from(point.y) - middle.1) * scale / 2.0 + lens.shift.1 * height;
        let exact = (x, y);
        let (x, y) = (x.round(), y.round());
        if x < 0.0 || y < 0.0 || x > width || y > height {
            continue;
        }
        let dot = (x as u16, y as u16);
        taken[cell(dot.0, dot.1)] = true;
        placed.push(Placed { point: i, dot, exact, name: None });
    }
    for each in &mut placed {
        let name = cut(points[each.point].name, NAME);
        let wide = name.width() as i32;
        let (x, y) = (i32::from(each.dot.0), i32::from(each.dot.1));
        let tries = [
            (x + 2, y),
            (x - 1 - wide, y),
            (x - wide / 2, y - 1),
            (x - wide / 2, y + 1),
            (x + 1, y - 1),
            (x + 1, y + 1),
            (x - wide, y - 1),
            (x - wide, y + 1),
        ];
        let inside =
            |&(x, y): &(i32, i32)| x >= 0 && x + wide <= i32::from(columns) && y >= 0 && y < i32::from(rows);
        let free = |&(x, y): &(i32, i32)| {
            // One empty cell at both ends separates a name from its neighbours.
            let span = (x - 1).max(0)..(x + wide + 1).min(i32::from(columns));
            let own = (i32::from(each.dot.0), i32::from(each.dot.1));
            span.into_iter().all(|at| (at, y) == own || !taken[cell(at as u16, y as u16)])
        };
        let found = tries.iter().find(|place| inside(place) && free(place));
        // The first point gets its name even if the name hides other dots.
        let found = found.or_else(|| tries.iter().find(|place| each.point == 0 && inside(place)));
        if let Some(&(x, y)) = found {
            for at in x..x + wide {
                taken[cell(at as u16, y as u16)] = true;
            }
            each.name = Some((x as u16, y as u16, name));
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;

    const NAMES: [&str; 6] = ["word1", "word10", "two words", "a-longer-word", "w", "another"];

    fn points(count: usize) -> Vec<Point<'static>> {
        let mut noise = rng::stream(5, "points", 0);
        (0..count)
            .map(|i| Point {
                name: if i % 5 == 0 { "日本語" } else { NAMES[i % NAMES.len()] },
                x: rng::normal(&mut noise) as f32,
                y: rng::normal(&mut noise) as f32,
            })
            .collect()
    }

    #[test]
    fn names_overlap_neither_names_nor_dots_and_stay_inside() {
        for (width, height) in [(40, 12), (80, 18), (180, 50)] {
            let placed = place(&points(60), (width, height), Lens::default());
            assert_eq!(placed.len(), 60);
            let mut cells: Vec<(u16, u16)> = Vec::new();
            for (point, (x, y, name)) in placed.iter().filter_map(|p| Some((p.point, p.name.as_ref()?))) {
                for at in *x..x + name.width() as u16 {
                    assert!(at < width && *y < height);
                    assert!(!cells.contains(&(at, *y)), "{name} overlaps");
                    assert!(point == 0 || placed.iter().all(|p| p.dot != (at, *y)), "{name} hides a dot");
                    cells.push((at, *y));
                }
            }
            assert!(placed[0].name.is_some(), "the most important has a name");
        }
    }

    #[test]
    fn zooming_gives_names_room_and_loses_no_bearing() {
        let named = |lens| place(&points(60), (80, 18), lens).iter().filter(|p| p.name.is_none()).count();
        assert!(named(Lens::default().zoomed(4.0)) < named(Lens::default()));
        let lens = Lens::default().moved(0.5, -0.5).zoomed(2.0).zoomed(0.5);
        assert_eq!(lens, Lens::default().moved(0.5, -0.5));
    }

    #[test]
    fn in_the_thickest_crowd_the_first_point_has_its_name() {
        let mut crowd = points(60);
        for (i, point) in crowd.iter_mut().enumerate() {
            (point.x, point.y) = ((i % 20) as f32, (i / 20) as f32);
        }
        crowd.swap(0, 30);
        let placed = place(&crowd, (24, 5), Lens::default());
        assert!(placed[0].point == 0 && placed[0].name.is_some());
    }

    #[test]
    fn odd_points_and_no_room_are_no_fault() {
        let mut odd = points(3);
        odd[0].x = f32::NAN;
        odd[1].y = f32::INFINITY;
        assert_eq!(place(&odd, (80, 18), Lens::default()).len(), 1);
        for (width, height) in [(0, 0), (1, 1), (4, 2)] {
            place(&points(9), (width, height), Lens::default());
        }
        let mut same = points(4);
        same.iter_mut().for_each(|p| (p.x, p.y) = (1.0, 1.0));
        assert_eq!(place(&same, (80, 18), Lens::default()).len(), 4);
    }
}
