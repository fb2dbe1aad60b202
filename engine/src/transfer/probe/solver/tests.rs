use std::sync::Arc;

use ndarray::Array2;

use super::super::features::Features;
use super::*;
use crate::rng;
use crate::session::training::ClassWeight;
use crate::text::counts::Rows;
use crate::transfer::class_weights::ClassWeights;

/// Noisy classes in `d` dimensions with different scales.
pub fn noisy(n: usize, d: usize, classes: usize) -> (Array2<f32>, Vec<u32>) {
    let mut random = rng::stream(5, "noisy", 0);
    let labels: Vec<u32> = (0..n).map(|i| (i % classes) as u32).collect();
    let x = Array2::from_shape_fn((n, d), |(i, j)| {
        let centre = if j % classes == labels[i] as usize { 0.7 } else { 0.0 };
        ((centre + rng::normal(&mut random)) * (1.0 + j as f64) + 3.0) as f32
    });
    (x, labels)
}

#[test]
fn an_iteration_multiplies_with_the_features_twice() {
    let (x, labels) = noisy(30, 4, 3);
    let problem = Problem::new(Arc::new(Features::dense(x)), labels.into(), 3);
    let mut solver = Solver::new(problem, 1.0, false);
    // 30 documents, 4 features, 3 outputs: one product for the first gradient.
    let product = 2 * 30 * 4 * 3;
    assert_eq!(solver.flops(), product);
    solver.step();
    assert_eq!(solver.flops(), 3 * product);
    // The history has one pair of 5 · 3 weights: two dot products and two sums of vectors.
    solver.step();
    assert_eq!(solver.flops(), 5 * product + 8 * 15);
}

fn solved(features: Features, labels: &[u32], classes: usize, c: f64, standardise: bool) -> Solver {
    let problem = Problem::new(Arc::new(features), labels.into(), classes);
    let mut solver = Solver::new(problem, c, standardise);
    let mut last = f64::INFINITY;
    while let Some(progress) = solver.step() {
        assert!(progress.loss <= last, "the objective rose");
        last = progress.loss;
    }
    assert!(solver.finished() && solver.iterations() < 500, "{}", solver.iterations());
    solver
}

/// 60 documents with features that turn at different speeds.
fn wheels() -> Array2<f32> {
    Array2::from_shape_fn((60, 3), |(i, j)| {
        let (a, b, c) = [(37, 11, 5.0), (53, 7, 3.0), (29, 13, 6.0)][j];
        ((i * a % b) as f64 / c - 1.0) as f32
    })
}

// import numpy as np; from sklearn.linear_model import LogisticRegression
// X = np.array([[(i * 37 % 11) / 5 - 1, (i * 53 % 7) / 3 - 1, (i * 29 % 13) / 6 - 1] for i in range(60)])
// for K in (2, 3):
//     y = [(i * i + i // 4) % K for i in range(60)]
//     m = LogisticRegression(C=2.0, tol=1e-12, max_iter=10000).fit(X, y); print(m.coef_, m.intercept_)
#[test]
fn solutions_are_those_of_scikit_learn() {
    let x = wheels();
    let golden: [(&[f64], &[f64]); 2] = GOLDEN;
    for (classes, (weights, bias)) in [2_usize, 3].into_iter().zip(golden) {
        let labels: Vec<u32> = (0..60).map(|i| ((i * i + i / 4) % classes) as u32).collect();
        let linear = solved(Features::dense(x.clone()), &labels, classes, 2.0, false).linear();
        let k = linear.outputs();
        for c in 0..k {
            assert!((linear.bias[c] - bias[c]).abs() < 2e-5, "{:?}", linear.bias);
            for j in 0..3 {
                let found = linear.weights[j * k + c];
                assert!((found - weights[c * 3 + j]).abs() < 2e-5, "{:?}", linear.weights);
            }
        }
    }
}

const GOLDEN: [(&[f64], &[f64]); 2] = [
    (&[-0.0694980, 0.1940217, 0.2561490], &[0.0027635]),
    (
        &[
            -0.4226376, -0.0131145, 0.0093307, 0.1988606, -0.3083295, -0.1548070, 0.2237770, 0.3214440,
            0.1454763,
        ],
        &[0.2425252, -0.2688951, 0.0263700],
    ),
];

// import numpy as np; from scipy.special import logsumexp; from sklearn.linear_model import LogisticRegression
// from sklearn.utils.class_weight import compute_class_weight
// X = as above, as np.float32
// for K in (2, 3):
//     y = np.array([(i * i + i // 4) % K if i % 7 < 3 else 0 for i in range(60)])
//     for C in (0.1, 2.0, 50.0):
//         m = LogisticRegression(C=C, tol=1e-12, max_iter=10**5, class_weight="balanced").fit(X, y)
//         w = compute_class_weight("balanced", classes=np.arange(K), y=y)[y]
//         z = m.decision_function(X); z = np.stack([0*z, z], 1) if K == 2 else z
//         loss = w @ (logsumexp(z, axis=1) - z[np.arange(60), y])
//         print((loss + (m.coef_**2).sum() / (2*C)) / 60, m.coef_[0], m.intercept_[0])
#[test]
fn balanced_solutions_are_those_of_scikit_learn() {
    for (classes, golden) in [2, 3].into_iter().zip(BALANCED) {
        let label = |i: u32| if i % 7 < 3 { (i * i + i / 4) % classes } else { 0 };
        let labels: Vec<u32> = (0..60).map(label).collect();
        let weights = ClassWeights::new(ClassWeight::Balanced, &labels, classes as usize);
        for (c, objective, weight, bias) in golden {
            let features = Arc::new(Features::dense(wheels()));
            let problem = Problem::new(features, labels.clone().into(), classes as usize);
            let mut solver = Solver::new(problem.weighted(weights.clone()), c, false).with_tolerance(1e-10);
            while solver.step().is_some() {}
            assert!((solver.objective - objective).abs() < 1e-9, "{classes}, {c}: {}", solver.objective);
            let linear = solver.linear();
            let found = [0, 1, 2].map(|j| linear.of_feature(j)[0]);
            assert!(found.iter().zip(weight).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?}");
            assert!((linear.bias[0] - bias).abs() < 1e-5, "{:?}", linear.bias);
        }
    }
}

type Balanced = [(f64, f64, [f64; 3], f64); 3];
const BALANCED: [Balanced; 2] = [
    [
        (0.1, 0.6590169925686883, [-0.0580154, -0.4296824, -0.2395294], -0.0860438),
        (2.0, 0.6111234677086734, [-0.0618234, -1.0867326, -0.6283393], -0.2187438),
        (50.0, 0.604156858467399, [-0.0512686, -1.1963447, -0.7005403], -0.2415285),
    ],
    [
        (0.1, 1.0355881811480978, [-0.1542840, 0.4559282, -0.1308044], 0.1160379),
        (2.0, 0.9641859582517507, [-0.4162768, 1.0325177, -0.2822965], 0.2056349),
        (50.0, 0.9548583005080448, [-0.4694606, 1.1250426, -0.3056897], 0.2145932),
    ],
];

#[test]
fn dense_and_sparse_and_any_number_of_threads_agree() {
    for classes in [2, 3] {
        let (x, labels) = noisy(1500, 12, classes);
        let mut rows = Rows::new(12);
        x.rows().into_iter().for_each(|row| rows.push(row.iter().enumerate().map(|(j, &x)| (j as u32, x))));
        let dense = solved(Features::dense(x.clone()), &labels, classes, 1.0, false).linear();
        let sparse = solved(Features::sparse(rows), &labels, classes, 1.0, false).linear();
        // Sums in different orders give different iterates, but the same minimum.
        let differ = dense.weights.iter().zip(&sparse.weights).map(|(a, b)| (a - b).abs());
        assert!(differ.fold(0.0, f64::max) < 1e-4);
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let again = one.install(|| solved(Features::dense(x), &labels, classes, 1.0, false).linear());
        assert_eq!(dense, again);
    }
}

#[test]
fn standardised_is_the_same_as_standardising_first() {
    let (x, labels) = noisy(400, 9, 2);
    let (mean, sd) = (x.mean_axis(ndarray::Axis(0)).unwrap(), x.std_axis(ndarray::Axis(0), 0.0));
    let inside = solved(Features::dense(x.clone()), &labels, 2, 0.1, true);
    let outside = solved(Features::dense((x - mean) / sd), &labels, 2, 0.1, false);
    let differ = inside.scores().iter().zip(outside.scores()).map(|(a, b)| (a - b).abs());
    assert!(differ.fold(0.0, f64::max) < 1e-4);
    let (linear, features) = (inside.linear(), inside.problem().features.clone());
    let mut scores = vec![0.0; 400];
    features.times(&linear.weights, &linear.bias, &mut scores);
    assert!(scores.iter().zip(inside.scores()).all(|(a, b)| (a - b).abs() < 1e-8));
}

#[test]
fn what_can_be_parted_perfectly_ends_too() {
    let x = Array2::from_shape_fn((20, 1), |(i, _)| i as f32 - 9.5);
    let labels: Vec<u32> = (0..20).map(|i| u32::from(i >= 10)).collect();
    let solver = solved(Features::dense(x), &labels, 2, 1e6, false);
    assert!(solver.linear().weights[0] > 1.0);
}
