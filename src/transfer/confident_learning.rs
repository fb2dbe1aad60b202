//! Labels that are probably wrong, by confident learning (Northcutt, Jiang & Chuang 2021, "Confident learning: estimating
//! uncertainty in dataset labels").
//!
//! A class has a threshold: the mean probability of the class over the examples that are labelled with it. An example is
//! counted for the most probable of the classes whose threshold it reaches. Counts off the diagonal of given and counted
//! class estimate how many labels of each kind are wrong; so many are suspects, those with the largest margin first.

/// An example and how far its label can be doubted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Doubt {
    /// The place of the example among all.
    pub example: usize,
    /// The class that it is labelled with.
    pub given: usize,
    /// The class that the model holds most probable of the others.
    pub suggested: usize,
    /// The probability of the given class,
    pub of_given: f32,
    /// and that of the suggested one.
    pub of_suggested: f32,
    /// Whether the label is among as many as are estimated to be wrong.
    pub is_suspect: bool,
}

/// All examples, the most doubtful label first: suspects before others, then by the difference of the two probabilities.
/// `probabilities (N, C)`, row by row, are of models that did not learn from the example.
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
        // A label that the model holds most probable is no suspect.
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

/// How many labels of each given class are estimated to be of each other class, `(C, C)`, row by row.
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
    // The counted examples stand for all that have the label.
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
