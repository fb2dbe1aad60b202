//! The results of benchmarks.

/// The agreement of similarities with human scores.
#[derive(Debug, Clone, PartialEq)]
pub struct Similarity {
    /// Spearman's rank correlation over the pairs used; `None` if it is not defined, for example for fewer than two
    /// pairs.
    pub spearman: Option<f64>,
    /// The number of pairs in the list.
    pub pairs: usize,
    /// The number of pairs whose words both have a vector; the other pairs are not used.
    pub used: usize,
    /// The number of words that were found in another case than the list's and not in lower case, such as "Paris" for
    /// "paris".
    pub other_case: usize,
}

/// The results on analogies.
#[derive(Debug, Clone, PartialEq)]
pub struct Analogies {
    /// The sections, in the order of the list.
    pub sections: Vec<Section>,
    /// Words that were found in another case, as with [`Similarity::other_case`].
    pub other_case: usize,
}

/// A section of a list of analogies.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// The section's name in the list.
    pub name: String,
    /// The number of questions whose best answer is the correct one.
    pub correct: usize,
    /// The number of questions whose four words are all among the words used.
    pub asked: usize,
    /// The number of questions that were skipped.
    pub skipped: usize,
}

impl Analogies {
    /// The number of questions that were asked.
    pub fn asked(&self) -> usize {
        self.sections.iter().map(|section| section.asked).sum()
    }

    /// The number of correct answers.
    pub fn correct(&self) -> usize {
        self.sections.iter().map(|section| section.correct).sum()
    }

    /// The fraction of correct answers; `None` if no question was asked.
    pub fn accuracy(&self) -> Option<f64> {
        (self.asked() > 0).then(|| self.correct() as f64 / self.asked() as f64)
    }
}

/// Spearman's rank correlation: Pearson's correlation of the ranks, where equal values get the mean of their ranks.
/// `None` if it is not defined: for fewer than two values, or if all values of one side are equal.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let dot_product =
        |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let correlation = dot_product(&a, &b) / (dot_product(&a, &a) * dot_product(&b, &b)).sqrt();
    correlation.is_finite().then_some(correlation)
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for equals in order.chunk_by(|&a, &b| values[a] == values[b]) {
        // Ranks count from 1; the ranks start+1 ..= start+n have this mean.
        let rank = start as f64 + (equals.len() as f64 + 1.0) / 2.0;
        equals.iter().for_each(|&i| ranks[i] = rank);
        start += equals.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spearman_gives_equals_the_mean_of_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0, 3.0]), [4.0, 1.0, 4.0, 2.0, 4.0]);
        let spearman = |a: &[f64], b: &[f64]| super::spearman(a, b).unwrap_or(f64::NAN);
        assert!((spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 15.0]) - 0.5).abs() < 1e-12);
        // scipy.stats.spearmanr([1, 2, 2, 4, 5], [2, 1, 3, 3, 9]).statistic
        assert!(
            (spearman(&[1.0, 2.0, 2.0, 4.0, 5.0], &[2.0, 1.0, 3.0, 3.0, 9.0]) - 0.763_157_894_736_842).abs()
                < 1e-9
        );
        assert_eq!(super::spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!((super::spearman(&[], &[]), super::spearman(&[1.0], &[2.0])), (None, None));
    }
}
