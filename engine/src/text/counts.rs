//! Word counts with TF-IDF weights, as sparse rows over word ids.
//!
//! The values equal those of scikit-learn's `TfidfVectorizer(sublinear_tf=True, min_df=…)`. A word that occurs *n* >
//! 0 times in a document has the weight (1 + ln n) (ln((1 + N) / (1 + df)) + 1), where df of the N documents have the
//! word. Each row is then scaled to length 1. Words in fewer than `min_df` documents are left out, and on request
//! also words in more than the fraction `max_df` of them (source: Salton & Buckley 1988).

use rayon::prelude::*;

/// Sparse rows `(N, D)`. The entries of row *i* are `starts[i]..starts[i + 1]`, in ascending order of their columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// D, the number of columns.
    pub width: usize,
    /// N + 1 indices of entries.
    pub starts: Vec<usize>,
    /// The column of each entry, below `width`.
    pub columns: Vec<u32>,
    /// The value of each entry.
    pub values: Vec<f32>,
}

impl Rows {
    /// No rows yet.
    pub fn new(width: usize) -> Rows {
        Rows { width, starts: vec![0], columns: Vec::new(), values: Vec::new() }
    }

    /// N, the number of rows.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The columns and the values of row `i`.
    pub fn row(&self, i: usize) -> (&[u32], &[f32]) {
        let range = self.starts[i]..self.starts[i + 1];
        (&self.columns[range.clone()], &self.values[range])
    }

    /// Adds a row, whose entries must be in ascending order of their columns.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        for (column, value) in row {
            self.columns.push(column);
            self.values.push(value);
        }
        self.starts.push(self.columns.len());
    }

    /// The transposed matrix, `(D, N)`.
    pub fn transposed(&self) -> Rows {
        let mut starts = vec![0_usize; self.width + 1];
        self.columns.iter().for_each(|&column| starts[column as usize + 1] += 1);
        for column in 0..self.width {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut columns = vec![0; self.columns.len()];
        let mut values = vec![0.0; self.columns.len()];
        for i in 0..self.len() {
            let (row, weights) = self.row(i);
            for (&column, &value) in row.iter().zip(weights) {
                let place = &mut next[column as usize];
                columns[*place] = i as u32;
                values[*place] = value;
                *place += 1;
            }
        }
        Rows { width: self.len(), starts, columns, values }
    }
}

/// The words and document frequencies of a set of documents.
#[derive(Debug, Clone)]
pub struct TfIdf {
    /// The column of each word; [`NONE`] if the word has no column.
    column: Vec<u32>,
    /// The word of each column.
    words: Vec<u32>,
    idf: Vec<f64>,
}

const NONE: u32 = u32::MAX;

/// Counts in how many documents each word occurs, document by document.
#[derive(Debug, Clone)]
pub struct Counting {
    documents: u64,
    in_documents: Vec<u32>,
    /// For each word the last document that had it, so that the word is counted once per document.
    last: Vec<u64>,
}

impl Counting {
    /// A counter for word ids below `words`; higher ids are ignored.
    pub fn new(words: usize) -> Counting {
        Counting { documents: 0, in_documents: vec![0; words], last: vec![0; words] }
    }

    /// Counts one document.
    pub fn add(&mut self, document: &[u32]) {
        self.documents += 1;
        for &word in document {
            let word = word as usize;
            if word < self.last.len() && self.last[word] != self.documents {
                self.last[word] = self.documents;
                self.in_documents[word] += 1;
            }
        }
    }

    /// Keeps the words that are in at least `min_df` documents, in the order of their ids.
    pub fn finish(self, min_df: u32) -> TfIdf {
        self.finish_between(min_df, 1.0)
    }

    /// Like [`finish`](Self::finish), without the words that are in more than the fraction `max_df` of the documents.
    pub fn finish_between(self, min_df: u32, max_df: f64) -> TfIdf {
        let most = max_df * self.documents as f64;
        let mut tfidf =
            TfIdf { column: vec![NONE; self.in_documents.len()], words: Vec::new(), idf: Vec::new() };
        for (word, &df) in self.in_documents.iter().enumerate() {
            if df >= min_df.max(1) && f64::from(df) <= most {
                tfidf.column[word] = tfidf.words.len() as u32;
                tfidf.words.push(word as u32);
                tfidf.idf.push(((1.0 + self.documents as f64) / (1.0 + f64::from(df))).ln() + 1.0);
            }
        }
        tfidf
    }
}

impl TfIdf {
    /// Learns words and weights from documents. Word ids are below `words`.
    pub fn fit(documents: &[&[u32]], words: usize, min_df: u32) -> TfIdf {
        let mut counting = Counting::new(words);
        documents.iter().for_each(|document| counting.add(document));
        counting.finish(min_df)
    }

    /// A model whose word ids equal the columns. `idf (D)` has the weights.
    pub fn of_idf(idf: Vec<f64>) -> TfIdf {
        let words: Vec<u32> = (0..idf.len() as u32).collect();
        TfIdf { column: words.clone(), words, idf }
    }

    /// The word of each column `(D)`, and its weight.
    pub fn weighed(&self) -> (&[u32], &[f64]) {
        (&self.words, &self.idf)
    }

    /// D, the number of words that have a column.
    pub fn width(&self) -> usize {
        self.words.len()
    }

    /// The column of a word, if it has one.
    pub fn column(&self, word: u32) -> Option<u32> {
        self.column.get(word as usize).copied().filter(|&column| column != NONE)
    }

    /// One document as pairs (column, value), in ascending order of the columns.
    pub fn row(&self, document: &[u32]) -> Vec<(u32, f32)> {
        let mut columns: Vec<u32> = document.iter().filter_map(|&word| self.column(word)).collect();
        columns.sort_unstable();
        let weigh = |same: &[u32]| (same[0], (1.0 + (same.len() as f64).ln()) * self.idf[same[0] as usize]);
        let row: Vec<(u32, f64)> = columns.chunk_by(|a, b| a == b).map(weigh).collect();
        let length = row.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
        row.into_iter().map(|(column, weight)| (column, (weight / length) as f32)).collect()
    }

    /// Adds documents to `rows`.
    pub fn append(&self, documents: &[&[u32]], rows: &mut Rows) {
        let new: Vec<_> = documents.par_iter().map(|document| self.row(document)).collect();
        new.into_iter().for_each(|row| rows.push(row));
    }

    /// Documents as rows `(N, D)`.
    pub fn transform(&self, documents: &[&[u32]]) -> Rows {
        let mut rows = Rows::new(self.width());
        self.append(documents, &mut rows);
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // from sklearn.feature_extraction.text import TfidfVectorizer
    // v = TfidfVectorizer(sublinear_tf=True, min_df=2, tokenizer=str.split, token_pattern=None)
    // print(v.fit_transform(["a b b c", "b c c c d", "a e", "f"]).toarray(), v.vocabulary_)
    #[test]
    fn weights_are_those_of_scikit_learn() {
        let documents: [&[u32]; 4] = [&[0, 1, 1, 2], &[1, 2, 2, 2, 3], &[0, 4], &[5, 9]];
        let tfidf = TfIdf::fit(&documents, 6, 2);
        let rows = tfidf.transform(&documents);
        let root = (1.0 + (1.0 + 2_f64.ln()).powi(2) + 1.0).sqrt();
        let (a, b) = ((1.0 / root) as f32, ((1.0 + 2_f64.ln()) / root) as f32);
        assert_eq!(rows.row(0), (&[0, 1, 2][..], &[a, b, a][..]));
        assert_eq!(rows.row(1).0, [1, 2]);
        assert!((rows.row(1).1[0] - 0.430_165_3).abs() < 1e-6, "{:?}", rows.row(1));
        assert!((rows.row(1).1[1] - 0.902_750_1).abs() < 1e-6, "{:?}", rows.row(1));
        assert_eq!(rows.row(2), (&[0][..], &[1.0][..]));
        assert_eq!(rows.row(3), (&[][..], &[][..]));
        assert_eq!((tfidf.column(2), tfidf.column(3), tfidf.column(9)), (Some(2), None, None));
    }

    #[test]
    fn words_of_too_many_documents_are_left_out() {
        let documents: [&[u32]; 4] = [&[0, 1], &[0, 1], &[0, 2], &[0, 3]];
        let mut counting = Counting::new(4);
        documents.iter().for_each(|document| counting.add(document));
        let tfidf = counting.finish_between(2, 0.5);
        assert_eq!((tfidf.width(), tfidf.column(1), tfidf.column(0)), (1, Some(0), None));
    }

    #[test]
    fn transposed_twice_is_the_same() {
        let mut rows = Rows::new(4);
        rows.push([(0, 1.0), (3, 2.0)]);
        rows.push([]);
        rows.push([(1, 3.0), (3, 4.0)]);
        let columns = rows.transposed();
        assert_eq!(columns.row(3), (&[0, 2][..], &[2.0, 4.0][..]));
        assert_eq!(columns.row(2), (&[][..], &[][..]));
        assert_eq!(columns.transposed(), rows);
    }
}
