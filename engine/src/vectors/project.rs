//! Vectors in the plane: the first two principal components of some words' vectors; and the choice between them and
//! t-SNE.

use crate::kernel::rows::dot;
use crate::session::choices::Layout;

use super::query::View;
use super::tsne::Tsne;

/// Rounds of subspace iteration. Each round improves the separation of two components by the square of their ratio.
const ROUNDS: usize = 100;

/// A map, finished or in progress.
pub enum Map {
    /// The positions of all words.
    Finished(Vec<[f32; 2]>),
    /// t-SNE with iterations left.
    Going(Box<Tsne>),
}

impl Map {
    /// A map of the rows `ids`.
    pub fn new(view: View<'_>, ids: &[usize], layout: Layout) -> Map {
        let rows = ids.iter().map(|&id| view.row(id).to_vec());
        match layout {
            Layout::Pca => Map::Finished(plane(rows.collect())),
            Layout::Tsne => {
                let rows: Vec<Vec<f32>> = rows.map(normalised).collect();
                let start = plane(rows.clone());
                Map::Going(Box::new(Tsne::new(&rows, &start)))
            }
        }
    }

    /// Works on the map for a few milliseconds. True when it is finished.
    pub fn step(&mut self) -> bool {
        match self {
            Map::Finished(_) => true,
            Map::Going(tsne) => tsne.step(),
        }
    }

    /// The current positions of the rows.
    pub fn places(&self) -> &[[f32; 2]] {
        match self {
            Map::Finished(places) => places,
            Map::Going(tsne) => tsne.places(),
        }
    }
}

/// The positions of `rows` in the plane of their first two principal components, with the mean at the origin. The
/// sign of each axis is chosen so that the row farthest from the origin along it is on the positive side.
pub fn plane(mut rows: Vec<Vec<f32>>) -> Vec<[f32; 2]> {
    let dim = rows.first().map_or(0, Vec::len);
    for k in 0..dim {
        let mean = rows.iter().map(|row| row[k]).sum::<f32>() / rows.len().max(1) as f32;
        rows.iter_mut().for_each(|row| row[k] -= mean);
    }
    // Starts from the longest row and from the row farthest from the line through the first. So the start is never
    // orthogonal to all wanted axes.
    let mut axes = [vec![0.0; dim], vec![0.0; dim]];
    for axis in 0..2 {
        let rest = |row: &Vec<f32>| -> Vec<f32> {
            let along = if axis == 1 { dot(row, &axes[0]) } else { 0.0 };
            row.iter().zip(&axes[0]).map(|(x, a)| x - along * a).collect()
        };
        let rests = rows.iter().map(rest);
        let longest = rests.max_by(|a, b| dot(a, a).total_cmp(&dot(b, b)));
        axes[axis] = longest.map_or(vec![0.0; dim], normalised);
    }
    for _ in 0..ROUNDS {
        let mut next = axes.each_ref().map(|axis| {
            let mut sum = vec![0.0; dim];
            for row in &rows {
                let along = dot(row, axis);
                sum.iter_mut().zip(row).for_each(|(s, x)| *s += along * x);
            }
            normalised(sum)
        });
        let along = dot(&next[0], &next[1]);
        let [first, second] = &mut next;
        second.iter_mut().zip(&*first).for_each(|(s, f)| *s -= along * f);
        next[1] = normalised(std::mem::take(&mut next[1]));
        axes = next;
    }
    for axis in &mut axes {
        let farthest =
            rows.iter().map(|row| dot(row, axis)).fold(0.0_f32, |a, b| if b.abs() > a.abs() { b } else { a });
        if farthest < 0.0 {
            axis.iter_mut().for_each(|x| *x = -*x);
        }
    }
    rows.iter().map(|row| [dot(row, &axes[0]), dot(row, &axes[1])]).collect()
}

/// The vector scaled to length 1, or 0 if it is too short to have a reliable direction.
fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    let length = dot(&vector, &vector).sqrt();
    let scale = if length > 1e-20 { 1.0 / length } else { 0.0 };
    vector.iter_mut().for_each(|x| *x *= scale);
    vector
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;
    use crate::text::words::Words;
    use ndarray::Array2;

    fn of(view: View<'_>, ids: &[usize]) -> Vec<[f32; 2]> {
        Map::new(view, ids, Layout::Pca).places().to_vec()
    }

    #[test]
    fn the_plane_of_the_largest_spread_is_found() {
        // A cloud with standard deviations 3 and 2 along two slanted directions, and 0.1 elsewhere.
        let (n, dim) = (200, 30);
        let mut rng = rng::stream(1, "cloud", 0);
        let direction =
            |sign: f32| normalised((0..dim).map(|k| if k % 2 == 0 { 1.0 } else { sign }).collect());
        let (first, second) = (direction(1.0), direction(-1.0));
        let mut parts = Vec::new();
        let matrix = Array2::from_shape_fn((n, dim), |(_, k)| {
            if k == 0 {
                parts = vec![3.0 * rng::normal(&mut rng) as f32, 2.0 * rng::normal(&mut rng) as f32];
            }
            5.0 + parts[0] * first[k] + parts[1] * second[k] + 0.1 * rng::normal(&mut rng) as f32
        });
        let names: Vec<String> = (0..n).map(|i| i.to_string()).collect();
        let words: Words = names.iter().map(|name| &**name).collect();
        let ids: Vec<usize> = (0..n).collect();
        let places = of(View::new(&words, matrix.view()), &ids);
        let deviation = |axis: usize| {
            let mean: f32 = places.iter().map(|p| p[axis]).sum::<f32>() / n as f32;
            assert!(mean.abs() < 1e-3);
            (places.iter().map(|p| p[axis] * p[axis]).sum::<f32>() / n as f32).sqrt()
        };
        assert!((deviation(0) - 3.0).abs() < 0.5, "{}", deviation(0));
        assert!((deviation(1) - 2.0).abs() < 0.4, "{}", deviation(1));
        let product: f32 = places.iter().map(|p| p[0] * p[1]).sum::<f32>() / n as f32;
        assert!(product.abs() < 0.01 * deviation(0) * deviation(1));
    }

    #[test]
    fn few_words_and_equal_words_have_places_too() {
        let words: Words = ["a", "b"].into_iter().collect();
        let matrix = Array2::from_elem((2, 3), 1.0);
        let view = View::new(&words, matrix.view());
        assert_eq!(of(view, &[]), Vec::<[f32; 2]>::new());
        assert_eq!(of(view, &[1]), [[0.0; 2]]);
        assert_eq!(of(view, &[0, 1]), [[0.0; 2]; 2]);
    }
}
