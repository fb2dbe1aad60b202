//! The words that characterise a cluster: words that occur in more of its documents than of other clusters'
//! documents.
//!
//! The score of a word is a z-score: its log-odds of occurring in a document of the cluster, minus its log-odds of
//! occurring in another document, divided by the standard error of this difference, with half a document added to
//! every count (Monroe, Colaresi & Quinn 2008, section 3.3, with the simplest prior). A high score needs a word that
//! is more frequent in the cluster and not rare.

/// The `count` words with the highest scores for each of `k` clusters, best first, with their z-scores. `documents`
/// hold word ids below `words`; `clusters` holds the cluster of each document. Words that are not more frequent in
/// the cluster than elsewhere are not returned.
pub fn words<'a>(
    documents: impl IntoIterator<Item = &'a [u32]>,
    words: usize,
    clusters: &[u32],
    k: usize,
    count: usize,
) -> Vec<Vec<(u32, f64)>> {
    let mut inside = vec![vec![0_u32; words]; k];
    let mut everywhere = vec![0_u32; words];
    let mut sizes = vec![0_u32; k];
    let mut last = vec![u32::MAX; words];
    for (number, (document, &cluster)) in documents.into_iter().zip(clusters).enumerate() {
        sizes[cluster as usize] += 1;
        for &word in document {
            if std::mem::replace(&mut last[word as usize], number as u32) != number as u32 {
                inside[cluster as usize][word as usize] += 1;
                everywhere[word as usize] += 1;
            }
        }
    }
    let all: u32 = sizes.iter().sum();
    let of_cluster = |cluster: usize| {
        let mut found: Vec<(u32, f64)> = (0..words)
            .filter(|&word| inside[cluster][word] > 0)
            .map(|word| {
                let (here, others) = (inside[cluster][word], everywhere[word] - inside[cluster][word]);
                let z = z(here, sizes[cluster] - here, others, all - sizes[cluster] - others);
                (word as u32, z)
            })
            .filter(|(_, z)| *z > 0.0)
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(count);
        found
    };
    (0..k).map(of_cluster).collect()
}

/// The difference of two log-odds divided by its standard error. The counts are documents with and without the word,
/// in the cluster and elsewhere.
fn z(here: u32, not_here: u32, others: u32, not_others: u32) -> f64 {
    let [a, b, c, d] = [here, not_here, others, not_others].map(|n| f64::from(n) + 0.5);
    ((a / b).ln() - (c / d).ln()) / (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_of_one_cluster_tell_it_and_words_of_all_do_not() {
        // Word 0 is in all documents, word 1 + c in all of cluster c, word 4 once in cluster 0.
        let documents: Vec<Vec<u32>> =
            (0..30_u32).map(|i| if i == 0 { vec![0, 1, 4, 1] } else { vec![0, 1 + i % 3] }).collect();
        let clusters: Vec<u32> = (0..30).map(|i| i % 3).collect();
        let found = words(documents.iter().map(|d| &d[..]), 5, &clusters, 3, 2);
        assert_eq!(found[0].iter().map(|f| f.0).collect::<Vec<_>>(), [1, 4]);
        assert_eq!((found[1][0].0, found[2][0].0), (2, 3));
        // ln(10.5 / .5 * 20.5 / .5) / sqrt(1/10.5 + 1/.5 + 1/.5 + 1/20.5)
        assert!((found[0][0].1 - 3.319_811).abs() < 1e-4, "{}", found[0][0].1);
        assert!(words([], 5, &[], 2, 3).iter().all(Vec::is_empty));
    }
}
