//! The agreement between clusters and classes.

/// The number of documents by `[cluster][class]`.
pub type Contingency = Vec<Vec<u64>>;

/// Counts the documents of every cluster and class.
pub fn table(clusters: &[u32], k: usize, labels: &[u32], classes: usize) -> Contingency {
    let mut table = vec![vec![0; classes]; k];
    for (&cluster, &label) in clusters.iter().zip(labels) {
        table[cluster as usize][label as usize] += 1;
    }
    table
}

/// The fraction of documents whose class is the most frequent one of their cluster; 0 if there are no documents.
pub fn purity(table: &Contingency) -> f64 {
    let most: u64 = table.iter().map(|row| row.iter().copied().max().unwrap_or(0)).sum();
    most as f64 / total(table).max(1) as f64
}

/// Mutual information divided by the arithmetic mean of the two entropies, from 0 to 1 (scikit-learn's
/// `normalized_mutual_info_score`); 1 if there is one cluster and one class.
pub fn normalised_mutual_information(table: &Contingency) -> f64 {
    let n = total(table) as f64;
    let classes = table.first().map_or(0, Vec::len);
    let of_cluster: Vec<u64> = table.iter().map(|row| row.iter().sum()).collect();
    let of_class: Vec<u64> = (0..classes).map(|class| table.iter().map(|row| row[class]).sum()).collect();
    let entropy = |counts: &[u64]| -> f64 {
        let fractions = counts.iter().filter(|&&count| count > 0).map(|&count| count as f64 / n);
        -fractions.map(|fraction| fraction * fraction.ln()).sum::<f64>()
    };
    let (a, b) = (entropy(&of_cluster), entropy(&of_class));
    let mut information = 0.0;
    for (row, &cluster) in table.iter().zip(&of_cluster) {
        for (&both, &class) in row.iter().zip(&of_class).filter(|(both, _)| **both > 0) {
            let both = both as f64;
            information += both / n * (both * n / (cluster as f64 * class as f64)).ln();
        }
    }
    match 0.5 * (a + b) {
        mean if mean <= 0.0 => 1.0,
        mean => (information / mean).clamp(0.0, 1.0),
    }
}

fn total(table: &Contingency) -> u64 {
    table.iter().flatten().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    // from sklearn.metrics import normalized_mutual_info_score as nmi
    // C = [0,0,0,1,1,1,2,2,2,2]; L = [0,0,1,1,1,0,2,2,2,1]; print(nmi(L, C)); print(nmi([0,0,1], [1,1,0]))
    #[test]
    fn figures_are_those_of_scikit_learn() {
        let (clusters, labels) = ([0, 0, 0, 1, 1, 1, 2, 2, 2, 2], [0, 0, 1, 1, 1, 0, 2, 2, 2, 1]);
        let found = table(&clusters, 3, &labels, 3);
        assert_eq!(found, [[2, 1, 0], [1, 2, 0], [0, 1, 3]]);
        assert!((purity(&found) - 0.7).abs() < 1e-12);
        assert!((normalised_mutual_information(&found) - GOLDEN).abs() < 1e-9);
        let same = table(&[1, 1, 0], 2, &[0, 0, 1], 2);
        assert_eq!((purity(&same), normalised_mutual_information(&same)), (1.0, 1.0));
        let one = table(&[0, 0], 2, &[0, 0], 1);
        assert_eq!((purity(&one), normalised_mutual_information(&one)), (1.0, 1.0));
        let none = table(&[0, 1, 0, 1], 2, &[0, 0, 1, 1], 2);
        assert_eq!(normalised_mutual_information(&none), 0.0);
    }

    const GOLDEN: f64 = 0.442701283346;
}
