//! k-means: each document is assigned to the nearest of k centres, and each centre moves to the mean of its
//! documents.
//!
//! The initial centres come from greedy k-means++ (Arthur & Vassilvitskii 2007; the best of 2 + ln k candidates, as
//! in scikit-learn). Lloyd's iterations follow until no row changes its cluster. Of several starts the one with the
//! lowest inertia is kept. The number of shards of rows depends only on the data, and sums have the order of the
//! shards, so the bits do not depend on the number of threads.

use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use crate::error::{Error, Result, counted};
use crate::kernel;
use crate::rng::{self, Stream};

/// The maximum number of shards, and the minimum number of rows in a shard.
const SHARDS: usize = 64;
const ROWS: usize = 256;
/// The maximum number of iterations.
const ITERATIONS: usize = 300;
/// If the summed squared moves of all centres are below this fraction of the rows' variance, the iterations end.
const STILL: f64 = 1e-9;

/// A clustering: the centres, and the assignment of the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Clustering {
    /// `(K, D)`.
    pub centres: Array2<f32>,
    /// The index of the centre of each row, `(N)`.
    pub clusters: Vec<u32>,
    /// The squared distance of each row from its centre, `(N)`.
    pub squares: Vec<f64>,
    /// The sum of those squares.
    pub inertia: f64,
    /// The number of Lloyd iterations of the start that was kept.
    pub iterations: usize,
}

/// The best of `starts` clusterings of `rows (N, D)` into `k` clusters.
///
/// # Errors
/// If k is 0 or larger than the number of rows, or a value is not finite.
pub fn cluster(rows: ArrayView2<f32>, k: usize, starts: usize, seed: u64) -> Result<Clustering> {
    let n = rows.nrows();
    if k == 0 || k > n {
        return Err(Error::request(
            format!("{} of {}", counted(k, "cluster", "clusters"), counted(n, "document", "documents")),
            format!("ask for 1 to {n}"),
        ));
    }
    if rows.iter().any(|x| !x.is_finite()) {
        return Err(Error::request(
            "a document's vector holds what is no number",
            "are the word vectors in order?",
        ));
    }
    let one = |start: usize| {
        let mut random = rng::stream(seed, "k-means", start as u64);
        lloyd(rows, spread(rows, k, &mut random))
    };
    let found: Vec<Clustering> = (0..starts.max(1)).into_par_iter().map(one).collect();
    let best = found.into_iter().reduce(|best, next| if next.inertia < best.inertia { next } else { best });
    best.ok_or_else(|| Error::request("no start", "ask for one at least"))
}

/// The number of rows in a shard.
fn shard_rows(n: usize) -> usize {
    ROWS.max(n.div_ceil(SHARDS))
}

/// Calls `of` for each shard of rows with the index of its first row; returns the results in order.
fn each_shard<T: Send>(
    rows: ArrayView2<f32>,
    of: impl Fn(usize, ArrayView2<f32>) -> T + Sync + Send,
) -> Vec<T> {
    let size = shard_rows(rows.nrows());
    (0..rows.nrows().div_ceil(size))
        .into_par_iter()
        .map(|shard| {
            let first = shard * size;
            of(first, rows.slice(s![first..rows.nrows().min(first + size), ..]))
        })
        .collect()
}

/// |x - c|².
fn square(x: &[f32], c: &[f32]) -> f64 {
    x.iter().zip(c).map(|(&x, &c)| (f64::from(x) - f64::from(c)).powi(2)).sum()
}

/// Chooses k rows that are far from each other as the initial centres.
fn spread(rows: ArrayView2<f32>, k: usize, random: &mut Stream) -> Array2<f32> {
    let n = rows.nrows();
    let mut centres = Array2::zeros((k, rows.ncols()));
    let first = rng::below(random, n);
    centres.row_mut(0).assign(&rows.row(first));
    let to = |centre: usize| -> Vec<f64> {
        let centre = rows.row(centre).to_vec();
        let of = |_: usize, shard: ArrayView2<f32>| -> Vec<f64> {
            let one = |x: ndarray::ArrayView1<f32>| square(x.to_slice().unwrap_or(&x.to_vec()), &centre);
            shard.rows().into_iter().map(one).collect()
        };
        each_shard(rows, of).concat()
    };
    let mut nearest = to(first);
    let tries = 2 + (k as f64).ln() as usize;
    for place in 1..k {
        let mut best: Option<(f64, usize, Vec<f64>)> = None;
        let total: f64 = nearest.iter().sum();
        for _ in 0..tries {
            let drawn = draw(&nearest, total, random);
            let distances: Vec<f64> = to(drawn).iter().zip(&nearest).map(|(a, b)| a.min(*b)).collect();
            let potential: f64 = distances.iter().sum();
            if best.as_ref().is_none_or(|best| potential < best.0) {
                best = Some((potential, drawn, distances));
            }
        }
        let Some((_, chosen, distances)) = best else { break };
        centres.row_mut(place).assign(&rows.row(chosen));
        nearest = distances;
    }
    centres
}

/// Draws an index with probability proportional to its weight; any index if all weights are 0.
fn draw(weights: &[f64], total: f64, random: &mut Stream) -> usize {
    let goal = rng::unit64(random) * total;
    if total <= 0.0 {
        return rng::below(random, weights.len());
    }
    let mut sum = 0.0;
    let mut last = 0;
    for (place, &weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        sum += weight;
        last = place;
        if sum > goal {
            break;
        }
    }
    last
}

/// Lloyd's iterations, starting from `centres`.
fn lloyd(rows: ArrayView2<f32>, mut centres: Array2<f32>) -> Clustering {
    let (n, d) = rows.dim();
    let k = centres.nrows();
    let variance = {
        let mean = rows.mean_axis(Axis(0)).unwrap_or_default();
        let of = |_: usize, shard: ArrayView2<f32>| -> f64 {
            let mean = mean.as_slice().unwrap_or(&[]);
            shard.rows().into_iter().map(|x| square(x.to_slice().unwrap_or(&x.to_vec()), mean)).sum()
        };
        each_shard(rows, of).into_iter().sum::<f64>() / n.max(1) as f64
    };
    let mut clusters = assign(rows, &centres);
    let mut iterations = 0;
    while iterations < ITERATIONS {
        iterations += 1;
        let next = means(rows, &clusters, &centres);
        let moved: f64 = (0..k).map(|c| square(&next.row(c).to_vec(), &centres.row(c).to_vec())).sum();
        centres = next;
        let now = assign(rows, &centres);
        let same = now == clusters;
        clusters = now;
        if same || moved <= STILL * variance {
            break;
        }
    }
    debug_assert_eq!(centres.ncols(), d);
    let distances = |first: usize, shard: ArrayView2<f32>| -> Vec<f64> {
        let one = |(i, x): (usize, ndarray::ArrayView1<f32>)| {
            let centre = centres.row(clusters[first + i] as usize);
            square(x.to_slice().unwrap_or(&x.to_vec()), centre.to_slice().unwrap_or(&centre.to_vec()))
        };
        shard.rows().into_iter().enumerate().map(one).collect()
    };
    let squares = each_shard(rows, distances).concat();
    let inertia = squares.iter().sum();
    Clustering { centres, clusters, squares, inertia, iterations }
}

/// The nearest centre of each row; the first if several are equally near.
fn assign(rows: ArrayView2<f32>, centres: &Array2<f32>) -> Vec<u32> {
    // |x - c|² = |x|² - 2 x c + |c|², and |x|² is the same for all centres.
    let halves: Vec<f32> =
        centres.rows().into_iter().map(|c| 0.5 * c.iter().map(|&c| c * c).sum::<f32>()).collect();
    let of = |_: usize, shard: ArrayView2<f32>| -> Vec<u32> {
        let mut products = Array2::zeros((shard.nrows(), centres.nrows()));
        kernel::matmul(1.0, shard, centres.t(), 0.0, products.view_mut());
        let nearest = |row: ndarray::ArrayView1<f32>| {
            let mut best = (f32::NEG_INFINITY, 0);
            for (c, (&product, &half)) in row.iter().zip(&halves).enumerate() {
                if product - half > best.0 {
                    best = (product - half, c as u32);
                }
            }
            best.1
        };
        products.rows().into_iter().map(nearest).collect()
    };
    each_shard(rows, of).concat()
}

/// The mean of each cluster. A cluster without rows gets the row that is farthest from its own centre.
fn means(rows: ArrayView2<f32>, clusters: &[u32], before: &Array2<f32>) -> Array2<f32> {
    let (k, d) = before.dim();
    let of = |first: usize, shard: ArrayView2<f32>| {
        let (mut sums, mut counts) = (vec![0.0_f64; k * d], vec![0_u64; k]);
        for (x, &c) in shard.rows().into_iter().zip(&clusters[first..]) {
            counts[c as usize] += 1;
            let sum = &mut sums[c as usize * d..(c as usize + 1) * d];
            sum.iter_mut().zip(x).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        (sums, counts)
    };
    let (mut sums, mut counts) = (vec![0.0_f64; k * d], vec![0_u64; k]);
    for (shard_sums, shard_counts) in each_shard(rows, of) {
        sums.iter_mut().zip(shard_sums).for_each(|(sum, more)| *sum += more);
        counts.iter_mut().zip(shard_counts).for_each(|(count, more)| *count += more);
    }
    let empty: Vec<usize> = (0..k).filter(|&c| counts[c] == 0).collect();
    if !empty.is_empty() {
        let mut far: Vec<(f64, usize)> = (rows.rows().into_iter().zip(clusters).enumerate())
            .map(|(i, (x, &c))| (square(&x.to_vec(), &before.row(c as usize).to_vec()), i))
            .collect();
        far.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut far = far.into_iter();
        for c in empty {
            // The row comes from a cluster that keeps another row.
            let Some((_, i)) = far.find(|&(_, i)| counts[clusters[i] as usize] > 1) else { break };
            let from = clusters[i] as usize;
            for (j, &x) in rows.row(i).iter().enumerate() {
                sums[from * d + j] -= f64::from(x);
                sums[c * d + j] = f64::from(x);
            }
            counts[from] -= 1;
            counts[c] = 1;
        }
    }
    Array2::from_shape_fn((k, d), |(c, j)| match counts[c] {
        0 => before[[c, j]],
        count => (sums[c * d + j] / count as f64) as f32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three groups of rows, and some rows in between.
    fn heaps(n: usize, d: usize) -> Array2<f32> {
        let mut random = rng::stream(4, "heaps", 0);
        Array2::from_shape_fn((n, d), |(i, j)| {
            let centre = if j % 3 == i % 3 { 2.0 } else { 0.0 };
            (centre + rng::normal(&mut random)) as f32
        })
    }

    // import numpy as np; from sklearn.cluster import KMeans
    // X = np.array([[((i*37 + j*11 + i*j*3) % 23)/11 for j in range(4)] for i in range(50)], np.float32)
    // m = KMeans(3, init=X[:3], n_init=1, tol=0).fit(X.astype(float))
    // print(m.inertia_, m.labels_[:20].tolist(), np.bincount(m.labels_), m.cluster_centers_[0])
    #[test]
    fn from_the_same_centres_it_ends_where_scikit_learn_does() {
        let rows =
            Array2::from_shape_fn((50, 4), |(i, j)| ((i * 37 + j * 11 + i * j * 3) % 23) as f32 / 11.0);
        let found = lloyd(rows.view(), rows.slice(s![..3, ..]).to_owned());
        assert!((found.inertia - GOLDEN_INERTIA).abs() < 1e-5, "{}", found.inertia);
        assert_eq!(found.clusters[..20], GOLDEN_CLUSTERS);
        for (a, b) in found.centres.row(0).iter().zip(GOLDEN_CENTRE) {
            assert!((a - b).abs() < 1e-5, "{}", found.centres);
        }
    }

    const GOLDEN_INERTIA: f64 = 28.705372331;
    const GOLDEN_CLUSTERS: [u32; 20] = [0, 1, 2, 1, 1, 0, 2, 2, 1, 1, 2, 1, 0, 1, 2, 2, 1, 0, 1, 1];
    const GOLDEN_CENTRE: [f32; 4] = [0.3305785, 0.5867769, 1.2231405, 0.9090909];

    #[test]
    fn heaps_are_found_whatever_the_threads() {
        let rows = heaps(900, 12);
        let of = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| cluster(rows.view(), 3, 4, 1).unwrap())
        };
        let found = of(1);
        assert_eq!(found, of(3));
        assert!((found.inertia - found.squares.iter().sum::<f64>()).abs() < 1e-9);
        let same = (0..900).filter(|i| found.clusters[*i] == found.clusters[i % 3]).count();
        assert!(same > 850, "{same}");
    }

    #[test]
    fn every_cluster_keeps_a_row_where_there_are_enough() {
        // Two distinct rows for four clusters, and as many clusters as rows.
        let rows = Array2::from_shape_fn((9, 2), |(i, _)| (i % 2) as f32);
        let found = cluster(rows.view(), 4, 2, 1).unwrap();
        assert!(found.inertia < 1e-12);
        let rows = heaps(7, 3);
        let found = cluster(rows.view(), 7, 1, 1).unwrap();
        let mut all = found.clusters.clone();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4, 5, 6]);
        // Two equal centres: the second gets the farthest row.
        let rows = ndarray::array![[0.0_f32], [1.0], [10.0]];
        let found = lloyd(rows.view(), ndarray::array![[0.0_f32], [0.0]]);
        assert_eq!(found.clusters, [0, 0, 1]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let rows = heaps(3, 2);
        for (k, expected) in [(0, "0 clusters of 3 documents"), (4, "ask for 1 to 3")] {
            let error = cluster(rows.view(), k, 1, 1).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let error = cluster(ndarray::array![[f32::NAN]].view(), 1, 1, 1).unwrap_err().to_string();
        assert!(error.contains("no number"), "{error}");
    }
}
