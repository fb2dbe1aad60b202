//! Finds labels that are probably wrong, by confident learning (Northcutt, Jiang & Chuang 2021, "Confident learning:
//! estimating uncertainty in dataset labels").
//!
//! Each class has a threshold: the mean probability of the class over the examples that are labelled with it. Among the
//! classes whose threshold an example reaches, the example is counted for the most probable one. This gives a matrix of
//! counts by given class and counted class. Its values off the diagonal, scaled to the number of labels, estimate how
//! many labels of each kind are wrong. That many examples of each kind are marked as suspects, those with the largest
//! margin first.

/// An example, and how doubtful its label is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doubt {
    /// The index of the example.
    pub example: usize,
    /// The class that it is labelled with.
    pub given: usize,
    /// The most probable of the other classes.
    pub suggested: usize,
    /// The probability of the given class.
    pub of_given: f32,
    /// The probability of the suggested class.
    pub of_suggested: f32,
    /// Whether the label is estimated to be wrong.
    pub is_suspect: bool,
}

/// All examples, the most doubtful label first: suspects before others, then by the margin, which is the probability of
/// the suggested class minus that of the given class. Each row of `probabilities (N, C)` must come from a model that
/// was not trained on the example.
///
/// # Panics
/// If there are not C probabilities for each label, or a label is not below C.
pub fn doubts(probabilities: &[f32], labels: &[u32], classes: usize) -> Vec<Doubt> {
    assert_eq!(probabilities.len(), labels.len() * classes, "a row for each label");
    let rows = || probabilities.chunks_exact(classes).zip(labels.iter().map(|&label| label as usize));
    let mut doubts: Vec<Doubt> =
        rows().enumerate().map(|(example, (row, given))| doubt(example, row, given)).collect();
    let wrong = estimated_wrong(rows(), classes);
    let margin = |doubt: &Doubt| doubt.of_suggested - doubt.of_given;
    let by_margin = |a: &Doubt, b: &Doubt| margin(b).total_cmp(&margin(a)).then(a.example.cmp(&b.example));
    doubts.sort_by(by_margin);
    let mut left = wrong;
    for doubt in &mut doubts {
        let left = &mut left[doubt.given * classes + doubt.suggested];
        // A label that the model finds more probable than any other is not a suspect.
        if *left > 0 && margin(doubt) > 0.0 {
            *left -= 1;
            doubt.is_suspect = true;
        }
    }
    doubts.sort_by(|a, b| b.is_suspect.cmp(&a.is_suspect).then(by_margin(a, b)));
    doubts
}

fn doubt(example: usize, row: &[f32], given: usize) -> Doubt {
    let others = (0..row.len()).filter(|&class| class != given);
    let better = |best: usize, class: usize| if row[class] > row[best] { class } else { best };
    let suggested = others.reduce(better).unwrap_or(given);
    Doubt { example, given, suggested, of_given: row[given], of_suggested: row[suggested], is_suspect: false }
}

/// For each given class, the estimated number of its labels that truly belong to each other class: `(C, C)`, row by
/// row, with zeros on the diagonal.
fn estimated_wrong<'r>(rows: impl Iterator<Item = (&'r [f32], usize)> + Clone, classes: usize) -> Vec<usize> {
    let (mut sums, mut counts) = (vec![0.0_f64; classes], vec![0_usize; classes]);
    for (row, given) in rows.clone() {
        sums[given] += f64::from(row[given]);
        counts[given] += 1;
    }
    let threshold =
        |class: usize| if counts[class] > 0 { sums[class] / counts[class] as f64 } else { f64::INFINITY };
    let mut joint = vec![0_usize; classes * classes];
    for (row, given) in rows {
        let reached = (0..classes).filter(|&class| f64::from(row[class]) >= threshold(class));
        if let Some(class) = reached.reduce(|best, class| if row[class] > row[best] { class } else { best }) {
            joint[given * classes + class] += 1;
        }
    }
    // Not every example reaches a threshold, so the counts of each given class are scaled up to all its examples.
    for given in 0..classes {
        let counted: usize = joint[given * classes..][..classes].iter().sum();
        for class in 0..classes {
            let cell = &mut joint[given * classes + class];
            let all = *cell as f64 / counted.max(1) as f64 * counts[given] as f64;
            *cell = if class == given { 0 } else { all.round() as usize };
        }
    }
    joint
}
