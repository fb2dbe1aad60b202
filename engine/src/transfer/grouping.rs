//! Clusters of documents: computes a row for each document, clusters the rows, and describes the clusters by words
//! and classes.
//!
//! Rows are document vectors, which show what pre-training adds, or TF-IDF features reduced by a singular value
//! decomposition, which are the baseline. Rows are scaled to length 1 unless raw rows are asked for.

use ndarray::Array2;
use rayon::prelude::*;

use crate::error::{Error, Result, printable};
use crate::models::clusters::kmeans::{self, Clustering};
use crate::models::clusters::{agreement, reduction, telling, unit_rows};
use crate::session::choices::Grouped;
use crate::session::method::DocumentVector;
use crate::text::counts::Counting;
use crate::text::documents::Documents;

use super::baselines::tfidf::MIN_DOCUMENTS;
use super::document_vectors::DocumentVectors;
use super::lookup::TransferTable;

/// The rows `(N, D)` of all documents, of length 1 unless `raw`. Document vectors need the `table` of word vectors.
/// `seed` is for the singular value decomposition.
///
/// # Errors
/// When document vectors are asked for without a table, or no word of the documents is a feature.
pub fn rows(
    by: Grouped,
    documents: &Documents,
    table: Option<&TransferTable>,
    raw: bool,
    seed: u64,
) -> Result<Array2<f32>> {
    let mut rows = match (by, table) {
        (Grouped::Vectors(kind), Some(table)) => by_vectors(kind, documents, table)?,
        (Grouped::Vectors(_), None) => {
            return Err(Error::request(
                "document vectors need word vectors",
                "name a file or a session with --vectors, or cluster --by tfidf",
            ));
        }
        (Grouped::Counts { max_df, components }, _) => by_counts(documents, max_df, components, seed)?,
    };
    if !raw {
        unit_rows(&mut rows);
    }
    Ok(rows)
}

fn by_vectors(kind: DocumentVector, documents: &Documents, table: &TransferTable) -> Result<Array2<f32>> {
    if table.is_empty() {
        return Err(Error::request(
            "none of the documents' words has a vector",
            "take vectors of the documents' language, in lower case",
        ));
    }
    let tokens = documents.tokens.iter().map(|document| &document[..]);
    let vectors = DocumentVectors::new(kind, table.dim(), documents.words.len(), tokens);
    let mut vectors = vectors.with_unit_means(table.vectors.unit_means());
    let mut rows = Array2::zeros((documents.tokens.len(), vectors.width()));
    if let Some(values) = rows.as_slice_mut() {
        let each = values.par_chunks_mut(vectors.width()).zip(&documents.tokens);
        each.for_each(|(row, document)| vectors.of(table, document, row));
    }
    Ok(vectors.take_out(rows))
}

fn by_counts(documents: &Documents, max_df: f64, components: usize, seed: u64) -> Result<Array2<f32>> {
    let tokens: Vec<&[u32]> = documents.tokens.iter().map(|document| &document[..]).collect();
    let mut counting = Counting::new(documents.words.len());
    tokens.iter().for_each(|document| counting.add(document));
    let tfidf = counting.finish_between(MIN_DOCUMENTS, max_df);
    if tfidf.width() == 0 || components == 0 {
        return Err(Error::request(
            format!("no word is in {MIN_DOCUMENTS} documents at least and in a fraction of {max_df} at most"),
            "give a larger --max-df, or more documents",
        ));
    }
    Ok(reduction::truncated(&tfidf.transform(&tokens), components, seed).rows)
}

/// The settings of k-means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// How many clusters.
    pub k: usize,
    /// Starts per seed. The best start is kept.
    pub starts: usize,
    /// The first seed.
    pub seed: u64,
    /// The number of consecutive seeds. Each seed has its own starts.
    pub seeds: u32,
    /// Characteristic words per cluster.
    pub words: usize,
}

/// The result of k-means with one seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The seed of its starts.
    pub seed: u64,
    /// The sum of squared distances of the documents from their centres. Smaller is better.
    pub inertia: f64,
    /// Iterations of Lloyd's algorithm in the best start.
    pub iterations: usize,
    /// How far clusters and classes agree, if there are labels.
    pub agreement: Option<Agreement>,
}

/// How far clusters and classes agree, both from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// The fraction of documents whose class is the most frequent one of their cluster.
    pub purity: f64,
    /// Normalised mutual information of clusters and classes.
    pub nmi: f64,
}

/// A cluster of the clustering that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The number of its documents.
    pub size: usize,
    /// The most frequent class and its fraction, if there are labels and documents.
    pub class: Option<(usize, f64)>,
    /// Its most characteristic words, by their ids, with their z scores.
    pub words: Vec<(u32, f64)>,
}

/// Clusterings with all seeds, and the one with the least inertia.
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    /// The result of each seed, in the order of the seeds.
    pub trials: Vec<Trial>,
    /// The index in `trials` of the clustering that is kept.
    pub kept: usize,
    /// Its clusters, the largest first.
    pub groups: Vec<Group>,
    /// For each document the index of its cluster in `groups`.
    pub clusters: Vec<u32>,
    /// For each document the distance from the centre of its cluster.
    pub distances: Vec<f64>,
}

/// Clusters documents by their `rows`. If `documents` has classes, also measures the agreement with them.
///
/// # Errors
/// When there are fewer documents than clusters.
pub fn group(documents: &Documents, rows: &Array2<f32>, plan: Plan) -> Result<Groups> {
    let classes = documents.classes.len();
    let labelled = classes > 0;
    let agreement = |found: &Clustering| {
        let table = agreement::table(&found.clusters, plan.k, &documents.labels, classes);
        Agreement { purity: agreement::purity(&table), nmi: agreement::normalised_mutual_information(&table) }
    };
    let mut trials: Vec<Trial> = Vec::new();
    let mut best: Option<(usize, Clustering)> = None;
    for seed in (0..u64::from(plan.seeds.max(1))).map(|i| plan.seed.wrapping_add(i)) {
        let found = kmeans::cluster(rows.view(), plan.k, plan.starts, seed)?;
        trials.push(Trial {
            seed,
            inertia: found.inertia,
            iterations: found.iterations,
            agreement: labelled.then(|| agreement(&found)),
        });
        if best.as_ref().is_none_or(|(_, best)| found.inertia < best.inertia) {
            best = Some((trials.len() - 1, found));
        }
    }
    let Some((kept, best)) = best else { return Err(Error::request("no seed", "ask for one at least")) };
    let mut sizes = vec![0; plan.k];
    best.clusters.iter().for_each(|&cluster| sizes[cluster as usize] += 1);
    let mut order: Vec<usize> = (0..plan.k).collect();
    order.sort_by_key(|&cluster| std::cmp::Reverse(sizes[cluster]));
    let mut place = vec![0; plan.k];
    order.iter().enumerate().for_each(|(new, &old)| place[old] = new as u32);
    let clusters: Vec<u32> = best.clusters.iter().map(|&cluster| place[cluster as usize]).collect();
    let tokens = documents.tokens.iter().map(|document| &document[..]);
    let words = telling::words(tokens, documents.words.len(), &clusters, plan.k, plan.words);
    let table = labelled.then(|| agreement::table(&clusters, plan.k, &documents.labels, classes));
    let groups = words.into_iter().enumerate().map(|(cluster, words)| {
        let size: usize = sizes[order[cluster]];
        let commonest = |row: &Vec<u64>| (0..classes).rev().max_by_key(|&class| row[class]);
        let class = table.as_ref().filter(|_| size > 0).and_then(|table| {
            let class = commonest(&table[cluster])?;
            Some((class, table[cluster][class] as f64 / size as f64))
        });
        Group { size, class, words }
    });
    Ok(Groups {
        kept,
        groups: groups.collect(),
        clusters,
        distances: best.squares.iter().map(|square| square.sqrt()).collect(),
        trials,
    })
}

/// The most characters of a text's beginning in the table.
const BEGINNING: usize = 60;

/// The beginning of a text on one line, in at most `characters` characters. "…" marks what was cut.
pub fn beginning(text: &str, characters: usize) -> String {
    let words: String = text.split_whitespace().take(characters + 1).collect::<Vec<_>>().join(" ");
    let line = printable(&words);
    if line.chars().count() <= characters {
        return line;
    }
    let cut: String = line.chars().take(characters.saturating_sub(1)).collect();
    // The line is cut at a space, unless that would lose more than half of it.
    let end = cut.rfind(' ').filter(|at| 2 * at > cut.len()).unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

/// A CSV table with a line for every document, in their order: its cluster, its class, its distance from the centre.
pub fn table(documents: &Documents, found: &Groups) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut line = |cells: [&str; 5]| {
        // Writing to memory cannot fail, and every line has the same number of cells.
        let _ = out.write_record(cells);
    };
    line(["document", "cluster", "class", "distance", "beginning"]);
    for (i, &cluster) in found.clusters.iter().enumerate() {
        let class = documents.classes.get(documents.labels[i] as usize).map_or("", |class| &class[..]);
        let numbers = [(i + 1).to_string(), (cluster + 1).to_string()];
        let distance = format!("{:.6}", found.distances[i]);
        line([&numbers[0], &numbers[1], class, &distance, &beginning(&documents.texts[i], BEGINNING)]);
    }
    String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::words::Words;
    use crate::vectors::WordVectors;

    /// Texts about soup and about songs. There are more about soup.
    fn documents() -> Documents {
        let text = |i: u32| match i % 5 {
            0 | 1 | 3 => (format!("hot soup and bread{} salt", i % 2), 1),
            _ => (format!("loud song and drum{} voice", i % 2), 0),
        };
        let mut documents = Documents::new(vec!["music".into(), "food".into()]);
        documents.push_set("training", (0..40).map(text));
        documents
    }

    fn plan(k: usize) -> Plan {
        Plan { k, starts: 3, seed: 1, seeds: 2, words: 3 }
    }

    fn vectors(documents: &Documents) -> TransferTable {
        let words: Words = ["hot", "soup", "and", "loud", "song", "voice"].into_iter().collect();
        let matrix = Array2::from_shape_fn((6, 4), |(i, j)| match j {
            0 => 1.0,
            1 => [1.0, 1.1, 0.0, -1.0, -0.9, -1.2][i],
            _ => ((i * 5 + j) % 3) as f32 / 10.0,
        });
        TransferTable::new(Arc::new(WordVectors::new(words, matrix, None).unwrap()), documents)
    }

    #[test]
    fn topics_are_found_by_vectors_and_by_counts_and_their_words_told() {
        let documents = documents();
        let by = [
            Grouped::Vectors(DocumentVector::Sif),
            Grouped::Vectors(DocumentVector::TfIdfMean),
            Grouped::Vectors(DocumentVector::MeanMax),
            Grouped::Counts { max_df: 0.7, components: 3 },
        ];
        for by in by {
            let rows = rows(by, &documents, Some(&vectors(&documents)), false, 1).unwrap();
            let found = group(&documents, &rows, plan(2)).unwrap();
            assert_eq!(found.trials.len(), 2, "{by:?}");
            let agreement = found.trials[found.kept].agreement.unwrap();
            assert!(agreement.purity > 0.999 && agreement.nmi > 0.999, "{by:?}: {agreement:?}");
            assert_eq!((found.groups[0].size, found.groups[0].class), (24, Some((1, 1.0))));
            let told = |group: &Group| -> Vec<&str> {
                group.words.iter().map(|(word, _)| documents.words.get(*word as usize)).collect()
            };
            assert!(told(&found.groups[0]).contains(&"soup"), "{:?}", told(&found.groups[0]));
            assert!(told(&found.groups[1]).contains(&"song") && !told(&found.groups[1]).contains(&"and"));
            assert_eq!((found.clusters[0], found.clusters[2], found.distances.len()), (0, 1, 40));
            let table = table(&documents, &found);
            assert_eq!(table.lines().count(), 41);
            assert!(table.lines().nth(3).unwrap().starts_with("3,2,music,0."), "{table}");
        }
    }

    #[test]
    fn without_labels_there_is_no_agreement_and_what_cannot_be_is_said() {
        let mut documents = documents();
        documents.classes.clear();
        let counts = Grouped::Counts { max_df: 0.7, components: 3 };
        let rows_of = |by, table: Option<&TransferTable>| rows(by, &documents, table, false, 1);
        let rows = rows_of(counts, None).unwrap();
        let found = group(&documents, &rows, plan(2)).unwrap();
        assert_eq!((found.trials[0].agreement, found.groups[0].class), (None, None));
        let told = |error: Error| error.to_string();
        assert!(
            told(group(&documents, &rows, plan(41)).unwrap_err()).contains("41 clusters of 40 documents")
        );
        let missing = rows_of(Grouped::Vectors(DocumentVector::Mean), None).unwrap_err();
        assert!(told(missing).contains("--vectors"));
        let none = rows_of(Grouped::Counts { max_df: 0.01, components: 3 }, None).unwrap_err();
        assert!(told(none).contains("larger --max-df"));
        let strange = WordVectors::new(["x"].into_iter().collect(), Array2::zeros((1, 2)), None).unwrap();
        let strange = TransferTable::new(Arc::new(strange), &documents);
        let strange = rows_of(Grouped::Vectors(DocumentVector::Mean), Some(&strange)).unwrap_err();
        assert!(told(strange).contains("none of the documents' words"));
    }
}
