//! Analytic gradients against central differences in double precision.

/// The largest relative error of the gradient `analytic` against central differences of `loss` at the point `at`. The
/// error is relative to the larger of the two slopes, or to `floor` if both are smaller. Below the floor the
/// differences are only rounding errors.
pub(crate) fn worst(at: &[f64], analytic: &[f64], floor: f64, mut loss: impl FnMut(&[f64]) -> f64) -> f64 {
    assert_eq!(at.len(), analytic.len());
    let mut point = at.to_vec();
    let mut worst = 0.0_f64;
    for (index, &slope) in analytic.iter().enumerate() {
        // A difference of fourth order is accurate enough with a step that is large against rounding errors.
        let step = 1e-4;
        let mut probe = |offset: f64| {
            point[index] = at[index] + offset;
            let value = loss(&point);
            point[index] = at[index];
            value
        };
        let near = probe(step) - probe(-step);
        let far = probe(2.0 * step) - probe(-2.0 * step);
        let numeric = (8.0 * near - far) / (12.0 * step);
        let error = (numeric - slope).abs() / numeric.abs().max(slope.abs()).max(floor);
        assert!(error.is_finite());
        worst = worst.max(error);
    }
    worst
}

#[test]
fn a_wrong_slope_is_seen() {
    let loss = |x: &[f64]| x[0].sin() * x[1];
    let slopes = [2.0 * 0.5_f64.cos(), 0.5_f64.sin()];
    assert!(worst(&[0.5, 2.0], &slopes, 1e-6, loss) < 1e-9);
    assert!(worst(&[0.5, 2.0], &[slopes[0] * 1.0001, slopes[1]], 1e-6, loss) > 5e-5);
}
