//! Document vectors: one vector per document, pooled from the vectors of its words without regard to their order.
//!
//! v are the vectors of those words of a document that have one; n is their number:
//!
//! | | | |
//! | --- | --- | --- |
//! | mean | Σ v / n | |
//! | TF-IDF | Σ idf v / Σ idf | idf = ln((1 + N) / (1 + df)) + 1, N documents of which df have the word |
//! | SIF | Σ a / (a + p) v / n, minus its projection onto u | a = 0.001, p the fraction of all tokens that are this word; u the first right-singular vector of the rows before the projection is subtracted (Arora, Liang & Ma 2017, algorithm 1) |
//! | max | the largest value of each dimension | Shen et al. 2018, equation 4 |
//! | mean-max | mean, then max | Shen et al. 2018, SWEM-concat |
//!
//! df, N, p and u are estimated on training documents, which need no labels. The vector of a document without any
//! known word is zero.

use ndarray::Array2;

use crate::session::method::DocumentVector;
use crate::text::documents::TaskWord;

use super::lookup::TransferTable;
use super::probe::Features;

/// The constant a of SIF.
const SMOOTH: f64 = 1e-3;
/// The most iterations of the power method, and the change below which it has converged.
const STEPS: usize = 200;
const STILL: f64 = 1e-10;

/// How document vectors are computed, with the statistics of the training documents.
#[derive(Debug, Clone)]
pub struct DocumentVectors {
    kind: DocumentVector,
    dim: usize,
    /// The weight of each word of the task, by its id.
    weights: Vec<f32>,
    /// The weight of words that no training document has.
    unseen: f32,
    /// The direction u that SIF subtracts, of length 1.
    common: Option<Vec<f32>>,
    /// Whether the mean is scaled to length 1.
    unit_means: bool,
}

impl DocumentVectors {
    /// Counts the training documents. Word ids are below `words`. The direction that SIF subtracts is not known
    /// before [`DocumentVectors::take_out`].
    pub fn new<'a>(
        kind: DocumentVector,
        dim: usize,
        words: usize,
        train: impl IntoIterator<Item = &'a [u32]>,
    ) -> DocumentVectors {
        let (mut times, mut last, mut total, mut documents) = (vec![0_u64; words], vec![0; words], 0, 0_u64);
        for document in train {
            documents += 1;
            for &word in document {
                let word = word as usize;
                // SIF counts all occurrences of a word; TF-IDF counts the documents that have it.
                if kind == DocumentVector::Sif || last[word] != documents {
                    last[word] = documents;
                    times[word] += 1;
                }
            }
            total += document.len() as u64;
        }
        let weight = |times: u64| match kind {
            DocumentVector::TfIdfMean => (((1 + documents) as f64 / (1 + times) as f64).ln() + 1.0) as f32,
            DocumentVector::Sif => (SMOOTH / (SMOOTH + times as f64 / total.max(1) as f64)) as f32,
            _ => 1.0,
        };
        let weights = times.into_iter().map(weight).collect();
        DocumentVectors { kind, dim, weights, unseen: weight(0), common: None, unit_means: false }
    }

    /// The same statistics for other word ids: word `i` had the id `numbers[i]`. Words with higher new ids are in no
    /// training document.
    pub fn renumbered(&self, numbers: &[u32]) -> DocumentVectors {
        let weights = numbers.iter().map(|&number| self.weights[number as usize]).collect();
        DocumentVectors { weights, common: self.common.clone(), ..*self }
    }

    /// The statistics: the weight of each word, the weight of unseen words, and the direction that SIF subtracts
    /// `(D)`.
    pub fn counted(&self) -> (&[f32], f32, Option<&[f32]>) {
        (&self.weights, self.unseen, self.common.as_deref())
    }

    /// Document vectors from the statistics that [`counted`](Self::counted) returned.
    pub fn of_counted(
        kind: DocumentVector,
        dim: usize,
        weights: Vec<f32>,
        unseen: f32,
        common: Option<Vec<f32>>,
    ) -> DocumentVectors {
        DocumentVectors { kind, dim, weights, unseen, common, unit_means: false }
    }

    /// The same with means at length 1, if `scaled`, as static token vectors may ask for. SIF and the maximum are not
    /// scaled.
    pub fn with_unit_means(self, scaled: bool) -> DocumentVectors {
        let has_mean = !matches!(self.kind, DocumentVector::Sif | DocumentVector::Max);
        DocumentVectors { unit_means: scaled && has_mean, ..self }
    }

    /// Whether the mean is scaled to length 1.
    pub fn unit_means(&self) -> bool {
        self.unit_means
    }

    /// How word vectors are pooled.
    pub fn kind(&self) -> DocumentVector {
        self.kind
    }

    /// The number of dimensions of a document vector.
    pub fn width(&self) -> usize {
        if self.kind == DocumentVector::MeanMax { 2 * self.dim } else { self.dim }
    }

    /// The floating-point operations for a document of `words` words: the weighted sum of the vectors, and for SIF the
    /// projection. Its direction, which is computed once for all documents, is left out.
    pub fn flops(&self, words: usize) -> u64 {
        let sum = 2 * (words * self.dim) as u64;
        match self.kind {
            DocumentVector::Max => 0,
            DocumentVector::Sif => sum + 4 * self.dim as u64,
            _ => sum,
        }
    }

    /// Whether SIF's direction must still be computed from the training documents' vectors.
    pub fn needs_common(&self) -> bool {
        self.kind == DocumentVector::Sif && self.common.is_none()
    }

    /// Computes SIF's direction from the vectors `rows (N, D)` of the training documents, and subtracts the
    /// projection onto it from these and from all later vectors. Returns `rows` unchanged if no direction is needed.
    pub fn take_out(&mut self, rows: Array2<f32>) -> Array2<f32> {
        if !self.needs_common() {
            return rows;
        }
        let features = Features::dense(rows);
        let common = first_direction(&features);
        let Features::Dense(mut rows) = features else { return Array2::zeros((0, self.dim)) };
        for mut row in rows.rows_mut() {
            if let Some(row) = row.as_slice_mut() {
                without(&common, row);
            }
        }
        self.common = Some(common);
        rows
    }

    /// The weight of a word of the task. `None` stands for a word that the task does not have.
    pub fn weight(&self, word: Option<TaskWord>) -> f32 {
        word.and_then(|word| self.weights.get(word.0 as usize)).copied().unwrap_or(self.unseen)
    }

    /// The vector of a document of the task, written to `out (width)`.
    pub fn of(&self, table: &TransferTable, document: &[u32], out: &mut [f32]) {
        let words = document.iter().map(|&word| TaskWord(word));
        self.make(words.filter_map(|word| Some((table.vector(word)?, self.weight(Some(word))))), out);
    }

    /// The vector of any text, written to `out (width)`. `words` are the vectors of those words of the text that have
    /// one, with their weights.
    pub fn make<'a>(&self, words: impl Iterator<Item = (&'a [f32], f32)>, out: &mut [f32]) {
        let (mean, max) = out.split_at_mut(if self.kind == DocumentVector::Max { 0 } else { self.dim });
        let mut sums = vec![0.0_f64; mean.len()];
        max.fill(f32::NEG_INFINITY);
        let (mut known, mut total) = (0_u64, 0.0_f64);
        for (vector, weight) in words {
            known += 1;
            total += f64::from(weight);
            for (sum, &v) in sums.iter_mut().zip(vector) {
                *sum += f64::from(weight) * f64::from(v);
            }
            for (max, &v) in max.iter_mut().zip(vector) {
                *max = f32::max(*max, v);
            }
        }
        if known == 0 {
            out.fill(0.0);
            return;
        }
        let by = if self.kind == DocumentVector::TfIdfMean { total } else { known as f64 };
        if self.unit_means {
            let length = sums.iter().map(|sum| sum * sum).sum::<f64>().sqrt();
            mean.iter_mut().zip(sums).for_each(|(mean, sum)| *mean = (sum / length.max(1e-30)) as f32);
            return;
        }
        mean.iter_mut().zip(sums).for_each(|(mean, sum)| *mean = (sum / by) as f32);
        if let Some(common) = &self.common {
            without(common, mean);
        }
    }
}

/// row -= (row · direction) direction.
fn without(direction: &[f32], row: &mut [f32]) {
    let along: f64 = row.iter().zip(direction).map(|(&x, &u)| f64::from(x) * f64::from(u)).sum();
    row.iter_mut().zip(direction).for_each(|(x, &u)| *x = (f64::from(*x) - along * f64::from(u)) as f32);
}

/// The first right-singular vector of `rows`, not centred, by the power method, which starts at the sum of the rows.
fn first_direction(rows: &Features) -> Vec<f32> {
    let (n, d) = (rows.len(), rows.width());
    let mut along = vec![1.0; n];
    let mut direction = vec![0.0; d];
    let mut next = vec![0.0; d];
    for _ in 0..STEPS {
        rows.transposed_times(&along, 1, &mut next);
        let length = next.iter().map(|x| x * x).sum::<f64>().sqrt();
        if length == 0.0 || !length.is_finite() {
            break;
        }
        next.iter_mut().for_each(|x| *x /= length);
        let change = next.iter().zip(&direction).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        direction.copy_from_slice(&next);
        if change < STILL {
            break;
        }
        rows.times(&direction, &[0.0], &mut along);
    }
    direction.into_iter().map(|x| x as f32).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::documents::Documents;
    use crate::vectors::WordVectors;

    /// Six words; the last one has no vector.
    fn table() -> (TransferTable, Vec<Vec<u32>>) {
        let mut documents = Documents::new(vec!["a".into(), "b".into()]);
        let texts = ["w0 w1 w1 w2", "w1 w2 w2 w2 w3", "w0 w4 w5", "w5", "w3 w3 w1"];
        documents.push_set("training", texts.map(|text| (text.to_string(), 0)));
        let words = (0..5).map(|i| format!("w{i}")).collect();
        let matrix = Array2::from_shape_fn((5, 3), |(i, j)| ((i * 7 + j * 5) % 11) as f32 / 5.0 - 0.6);
        let vectors = WordVectors::new(words, matrix, None).unwrap();
        (TransferTable::new(Arc::new(vectors), &documents), documents.tokens)
    }

    fn all(kind: DocumentVector) -> (DocumentVectors, Array2<f32>) {
        let (table, tokens) = table();
        let mut vectors = DocumentVectors::new(kind, 3, 6, tokens.iter().map(|d| &d[..]));
        let mut rows = Array2::zeros((tokens.len(), vectors.width()));
        for (mut row, document) in rows.rows_mut().into_iter().zip(&tokens) {
            vectors.of(&table, document, row.as_slice_mut().unwrap());
        }
        let rows = vectors.take_out(rows);
        // A vector that is computed later equals the one of the training document.
        let mut again = vec![0.0; vectors.width()];
        vectors.of(&table, &tokens[1], &mut again);
        assert_eq!(again, rows.row(1).to_vec());
        (vectors, rows)
    }

    // import numpy as np
    // from sklearn.decomposition import TruncatedSVD
    // V = np.array([[((i*7 + j*5) % 11)/5 - .6 for j in range(3)] for i in range(5)], np.float32).astype(float)
    // D = [[0,1,1,2],[1,2,2,2,3],[0,4,5],[5],[3,3,1]]; N = len(D)
    // df = [sum(w in d for d in D) for w in range(6)]; tf = [sum(d.count(w) for d in D) for w in range(6)]
    // idf = [np.log((1+N)/(1+x)) + 1 for x in df]; a = 1e-3; p = [x/sum(tf) for x in tf]
    // K = [[w for w in d if w < 5] for d in D]; z = np.zeros(3)
    // print(np.array([sum(idf[w]*V[w] for w in d)/sum(idf[w] for w in d) if d else z for d in K]))
    // S = np.array([sum(a/(a+p[w])*V[w] for w in d)/len(d) if d else z for d in K])
    // u = np.linalg.svd(S, full_matrices=False)[2][0]; print(S - np.outer(S @ u, u))
    #[test]
    fn weighted_means_are_those_of_numpy() {
        for (kind, golden) in [(DocumentVector::TfIdfMean, GOLDEN_IDF), (DocumentVector::Sif, GOLDEN_SIF)] {
            let (_, rows) = all(kind);
            for (row, golden) in rows.rows().into_iter().zip(golden) {
                assert!(row.iter().zip(golden).all(|(a, b)| (a - b).abs() < 2e-6), "{kind:?}: {rows}");
            }
        }
    }

    const GOLDEN_IDF: [[f32; 3]; 5] = [
        [0.1989368, 0.2010632, 0.6],
        [0.4273362, 0.5937702, 0.2273362],
        [0.0641599, -0.1534666, 0.8465334],
        [0.0, 0.0, 0.0],
        [1.2240147, 0.0240147, 1.0240148],
    ];
    const GOLDEN_SIF: [[f32; 3]; 5] = [
        [-0.00116394, 0.00143977, 0.00084147],
        [0.00128189, 0.00252375, -0.00030041],
        [-0.00191761, -0.00192189, 0.00073189],
        [0.0, 0.0, 0.0],
        [0.0026542, 0.00113426, -0.00124558],
    ];

    #[test]
    fn means_and_largest_values_pass_over_unknown_words() {
        let (table, _) = table();
        let vector = |word: usize| table.base.row(word).to_vec();
        let (mean, rows) = all(DocumentVector::Mean);
        let expected: Vec<f32> = (0..3).map(|j| (vector(0)[j] + vector(4)[j]) / 2.0).collect();
        assert_eq!(rows.row(2).to_vec(), expected);
        assert_eq!(rows.row(3).to_vec(), [0.0; 3]);
        let (_, max) = all(DocumentVector::Max);
        let expected: Vec<f32> = (0..3).map(|j| vector(0)[j].max(vector(4)[j])).collect();
        assert_eq!(max.row(2).to_vec(), expected);
        assert_eq!(max.row(3).to_vec(), [0.0; 3]);
        let (both, concatenated) = all(DocumentVector::MeanMax);
        assert_eq!((mean.width(), both.width()), (3, 6));
        for i in 0..5 {
            let expected = [rows.row(i).to_vec(), max.row(i).to_vec()].concat();
            assert_eq!(concatenated.row(i).to_vec(), expected);
        }
    }

    #[test]
    fn words_that_no_training_document_has_weigh_most() {
        let (idf, _) = all(DocumentVector::TfIdfMean);
        assert!((idf.weight(None) - (6_f32.ln() + 1.0)).abs() < 1e-6);
        let (sif, _) = all(DocumentVector::Sif);
        assert_eq!(sif.weight(None), 1.0);
        assert!(sif.weight(Some(TaskWord(1))) < sif.weight(Some(TaskWord(4))));
        // No documents at all, or a table of zeros, must not fail.
        let mut none = DocumentVectors::new(DocumentVector::Sif, 3, 6, []);
        let zeros = Array2::<f32>::zeros((2, 3));
        assert_eq!(none.take_out(zeros.clone()), zeros);
    }
}
