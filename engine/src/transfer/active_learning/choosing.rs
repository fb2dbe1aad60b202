//! Ranks examples by what a classifier predicts for them (Settles 2009, section 3.1).
//!
//! With two classes, uncertainty and margin choose the same examples.

/// How uncertain a prediction is, from 0 for a sure one: 1 - p of the most probable class.
pub fn uncertainty(probabilities: &[f32]) -> f32 {
    1.0 - best_two(probabilities).0
}

/// How near the two most probable classes are: 1 - (p of the first - p of the second).
pub fn closeness(probabilities: &[f32]) -> f32 {
    let (first, second) = best_two(probabilities);
    1.0 - (first - second)
}

/// The two largest probabilities. What is no number counts as 0.
fn best_two(probabilities: &[f32]) -> (f32, f32) {
    let (mut first, mut second) = (0.0, 0.0);
    for &p in probabilities {
        if p > first {
            (first, second) = (p, first);
        } else if p > second {
            second = p;
        }
    }
    (first, second)
}

/// The example of `candidates` with the highest score, and the first of these in the order of `candidates`.
pub fn highest(candidates: impl Iterator<Item = u32>, score: impl Fn(u32) -> f32) -> Option<u32> {
    let mut best: Option<(f32, u32)> = None;
    for example in candidates {
        let score = score(example);
        if best.is_none_or(|(most, _)| score > most) {
            best = Some((score, example));
        }
    }
    best.map(|(_, example)| example)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [[f32; 3]; 4] = [[0.8, 0.1, 0.1], [0.5, 0.49, 0.01], [0.4, 0.3, 0.3], [0.5, 0.25, 0.25]];

    #[test]
    fn uncertainty_and_margin_choose_differently_with_three_classes() {
        let by = |score: fn(&[f32]) -> f32| highest(0..4, |i| score(&ROWS[i as usize]));
        assert_eq!((by(uncertainty), by(closeness)), (Some(2), Some(1)));
    }

    #[test]
    fn they_rank_two_classes_alike() {
        let rows: Vec<[f32; 2]> = (0..20).map(|i| i as f32 / 19.0).map(|p| [p, 1.0 - p]).collect();
        for (a, b) in rows.iter().flat_map(|a| rows.iter().map(move |b| (a, b))) {
            assert_eq!(
                uncertainty(a) + 1e-4 < uncertainty(b),
                closeness(a) + 2e-4 < closeness(b),
                "{a:?} {b:?}"
            );
        }
    }

    #[test]
    fn the_first_of_equals_is_taken_and_odd_values_never_win() {
        assert_eq!(highest([5, 3, 4].into_iter(), |_| 0.5), Some(5));
        assert_eq!(highest([].into_iter(), |_| 0.5), None);
        assert_eq!(best_two(&[f32::NAN, 0.2, 0.7]), (0.7, 0.2));
    }
}
