//! What a feature says for a class, against the other classes.

/// A feature's weight for the class `guess` against the others, those in proportion to their probabilities
/// `p`. `of(c)` is its weight for class *c*, of the second of two classes if `single`.
pub(super) fn against_others(p: &[f64], guess: usize, single: bool, of: impl Fn(usize) -> f64) -> f64 {
    if single {
        return if guess == 1 { of(0) } else { -of(0) };
    }
    let others = (1.0 - p[guess]).max(f64::MIN_POSITIVE);
    of(guess) - (0..p.len()).filter(|&c| c != guess).map(|c| p[c] / others * of(c)).sum::<f64>()
}
