//! The weight of a feature for one class against the other classes.

/// The weight of a feature for the class `guess` minus its mean weight for the other classes, weighted by their
/// probabilities `p`. `of(c)` is the weight for class *c*. If `single`, there are two classes with one weight, that
/// of the second class.
pub(super) fn against_others(p: &[f64], guess: usize, single: bool, of: impl Fn(usize) -> f64) -> f64 {
    if single {
        return if guess == 1 { of(0) } else { -of(0) };
    }
    let others = (1.0 - p[guess]).max(f64::MIN_POSITIVE);
    of(guess) - (0..p.len()).filter(|&c| c != guess).map(|c| p[c] / others * of(c)).sum::<f64>()
}
