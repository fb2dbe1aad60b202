//! Drift: how far fine-tuning moved word vectors. Also makes a run's own word vector table for queries.

use ndarray::Array2;

use super::lookup::{TableRow, TransferTable};

/// A word whose vector was trained: its row, the cosine between its vector before and after, and the distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drift {
    /// Its row in the pre-trained table.
    pub row: TableRow,
    /// The cosine between its vector before and after, -1 to 1.
    pub cosine: f32,
    /// The Euclidean distance between its vector before and after.
    pub distance: f32,
}

/// The drift of each trained row from its row in `base`, the largest distance first. Words without a pre-trained
/// vector are left out.
pub fn drift(base: &Array2<f32>, learned: &[(TableRow, &[f32])]) -> Vec<Drift> {
    let mut moved: Vec<Drift> = learned
        .iter()
        .map(|&(row, now)| {
            let before = base.row(row.0 as usize);
            let (mut dot, mut a, mut b, mut way) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
            for (&x, &y) in before.iter().zip(now) {
                let (x, y) = (f64::from(x), f64::from(y));
                dot += x * y;
                a += x * x;
                b += y * y;
                way += (x - y) * (x - y);
            }
            let lengths = (a * b).sqrt();
            let cosine = if lengths > 0.0 { dot / lengths } else { 0.0 };
            Drift { row, cosine: cosine as f32, distance: way.sqrt() as f32 }
        })
        .collect();
    moved.sort_by(|a, b| b.distance.total_cmp(&a.distance).then(a.row.cmp(&b.row)));
    moved
}

/// The word vectors of a run: the pre-trained table `(V, D)`, in which the run's trained rows replace the originals.
/// Words whose vectors were made from subwords have no row in the table.
pub fn own_table(table: &TransferTable, learned: &[(TableRow, &[f32])]) -> Array2<f32> {
    let mut own = table.vectors.table().to_array(0..table.vectors.len());
    for &(row, now) in learned {
        if let Some(place) = table.origin_of(row).and_then(|origin| origin.row) {
            own.row_mut(place.0).iter_mut().zip(now).for_each(|(to, &from)| *to = from);
        }
    }
    own
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::documents::Documents;
    use crate::vectors::WordVectors;

    #[test]
    fn the_farthest_comes_first_and_the_table_holds_what_was_learned() {
        let base = ndarray::array![[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]];
        let (near, far) = ([0.0, 2.0], [-1.0, 0.0]);
        let learned = [(TableRow(1), &near[..]), (TableRow(0), &far[..])];
        let moved = drift(&base, &learned);
        assert_eq!(moved[0], Drift { row: TableRow(0), cosine: -1.0, distance: 2.0 });
        assert_eq!(moved[1], Drift { row: TableRow(1), cosine: 1.0, distance: 1.0 });

        // The task has the words of the vectors in another order, and a word without a vector.
        let words = ["one", "else", "two"].into_iter().collect();
        let matrix = ndarray::array![[0.0, 1.0], [5.0, 5.0], [1.0, 0.0]];
        let mut documents = Documents::new(vec!["no".into(), "yes".into()]);
        documents.push_set("training", [("two none one".to_string(), 0)]);
        let table = TransferTable::new(Arc::new(WordVectors::new(words, matrix, None).unwrap()), &documents);
        assert_eq!(*table.base, base);
        assert_eq!(own_table(&table, &learned), ndarray::array![[0.0, 2.0], [5.0, 5.0], [-1.0, 0.0]]);
    }
}
