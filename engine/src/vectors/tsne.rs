//! Vectors in the plane by t-SNE (van der Maaten & Hinton 2008, *Visualizing Data using t-SNE*): words that are near
//! each other in the table are near each other on the map. The distance between groups says little.
//!
//! The method is exact, over all pairs, for at most a few thousand words. A call of `step` is one iteration, so the
//! caller can do other work in between. It starts from the principal components and draws no random numbers, so the
//! same vectors give the same map. Threads share the rows, and sums have the order of the rows at any number of
//! threads.

use rayon::prelude::*;

/// The maximum number of words: memory grows with the number of pairs.
pub const MOST: usize = 3_000;
/// The total number of iterations, and the number of those with early exaggeration (scikit-learn's 250).
const ITERATIONS: usize = 750;
const EARLY: usize = 250;
const EXAGGERATION: f32 = 12.0;
/// The perplexity, which is about the number of neighbours that attract a word. It is smaller for few words.
const PERPLEXITY: f64 = 30.0;
/// The number of steps in the search for a word's bandwidth.
const SEARCH: usize = 60;

/// A map in progress.
pub struct Tsne {
    /// The affinities of pairs of words, `(n, n)`; the sum is 1.
    together: Vec<f32>,
    places: Vec<[f32; 2]>,
    speed: Vec<[f32; 2]>,
    gains: Vec<[f32; 2]>,
    iteration: usize,
}

/// The forces on a word.
struct Force {
    pull: [f32; 2],
    push: [f32; 2],
    /// The sum of its similarities on the map.
    near: f64,
}

impl Tsne {
    /// A layout of vectors of length 1 that starts from the positions `start`.
    ///
    /// # Panics
    /// If the number of positions is not the number of vectors.
    pub fn new(vectors: &[Vec<f32>], start: &[[f32; 2]]) -> Tsne {
        assert_eq!(vectors.len(), start.len());
        let n = vectors.len();
        let perplexity = PERPLEXITY.min((n as f64 - 1.0) / 3.0).max(1.0);
        let rows: Vec<Vec<f32>> = (0..n)
            .into_par_iter()
            .map(|i| {
                let apart = |(x, y): (&f32, &f32)| f64::from(x - y).powi(2);
                let square = |j: usize| vectors[i].iter().zip(&vectors[j]).map(apart).sum::<f64>();
                fractions(&(0..n).map(square).collect::<Vec<f64>>(), i, perplexity)
            })
            .collect();
        // The affinities are symmetrised, so that a word far from all others is attracted too.
        let together: Vec<f32> = (0..n * n)
            .into_par_iter()
            .with_min_len(1 << 14)
            .map(|at| {
                let (i, j) = (at / n, at % n);
                ((rows[i][j] + rows[j][i]) / (2 * n) as f32).max(1e-12)
            })
            .collect();
        let spread = (start.iter().map(|p| p[0] * p[0]).sum::<f32>() / n.max(1) as f32).sqrt();
        let scale = if spread > 1e-20 { 1e-4 / spread } else { 0.0 };
        Tsne {
            together,
            places: start.iter().map(|p| p.map(|x| x * scale)).collect(),
            speed: vec![[0.0; 2]; n],
            gains: vec![[1.0; 2]; n],
            iteration: 0,
        }
    }

    /// Does one iteration; true when the map is finished.
    pub fn step(&mut self) -> bool {
        let n = self.places.len();
        if self.iteration >= ITERATIONS || n < 2 {
            return true;
        }
        let forces: Vec<Force> = (0..n).into_par_iter().with_min_len(64).map(|i| self.force(i)).collect();
        let all = forces.iter().map(|force| force.near).sum::<f64>().max(1e-20);
        let early = self.iteration < EARLY;
        if self.iteration == EARLY {
            // The step sizes from the phase of early exaggeration do not suit the next phase.
            self.speed.fill([0.0; 2]);
            self.gains.fill([1.0; 2]);
        }
        let (pull, momentum) = if early { (EXAGGERATION, 0.5) } else { (1.0, 0.8) };
        let learning_rate = (n as f32 / EXAGGERATION / 4.0).max(50.0);
        for (i, force) in forces.iter().enumerate() {
            for axis in 0..2 {
                let gradient = 4.0 * (pull * force.pull[axis] - force.push[axis] / all as f32);
                // The step size grows while the direction stays the same (Jacobs 1988), as in the authors' program.
                let gain = &mut self.gains[i][axis];
                *gain =
                    if gradient * self.speed[i][axis] < 0.0 { *gain + 0.2 } else { (*gain * 0.8).max(0.01) };
                let step = momentum * self.speed[i][axis] - learning_rate * *gain * gradient;
                self.speed[i][axis] = if step.is_finite() { step } else { 0.0 };
                self.places[i][axis] += self.speed[i][axis];
            }
        }
        for axis in 0..2 {
            let mean = self.places.iter().map(|p| p[axis]).sum::<f32>() / n as f32;
            self.places.iter_mut().for_each(|p| p[axis] -= mean);
        }
        self.iteration += 1;
        self.iteration >= ITERATIONS
    }

    fn force(&self, i: usize) -> Force {
        let (n, own) = (self.places.len(), self.places[i]);
        let mut force = Force { pull: [0.0; 2], push: [0.0; 2], near: 0.0 };
        for (place, &together) in self.places.iter().zip(&self.together[i * n..(i + 1) * n]) {
            let way = [own[0] - place[0], own[1] - place[1]];
            let near = 1.0 / (1.0 + way[0] * way[0] + way[1] * way[1]);
            force.near += f64::from(near);
            for (axis, way) in way.into_iter().enumerate() {
                force.pull[axis] += together * near * way;
                force.push[axis] += near * near * way;
            }
        }
        // The sum included the word itself, at distance 0.
        force.near -= 1.0;
        force
    }

    /// The current positions, with the mean at the origin.
    pub fn places(&self) -> &[[f32; 2]] {
        &self.places
    }

    /// The loss of the map in nats: the Kullback-Leibler divergence between the affinities in the table and those on
    /// the map.
    pub fn divergence(&self) -> f64 {
        let n = self.places.len();
        let near = |i: usize, j: usize| {
            let way = [0, 1].map(|axis| f64::from(self.places[i][axis] - self.places[j][axis]));
            1.0 / (1.0 + way[0] * way[0] + way[1] * way[1])
        };
        let pairs = || (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).filter(|(i, j)| i != j);
        let all: f64 = pairs().map(|(i, j)| near(i, j)).sum();
        let term = |(i, j): (usize, usize)| {
            let p = f64::from(self.together[i * n + j]);
            p * (p / (near(i, j) / all)).ln()
        };
        pairs().map(term).sum()
    }
}

/// The affinities of word `own` to all other words, from squared distances: a normal distribution whose width gives
/// the requested perplexity.
fn fractions(squares: &[f64], own: usize, perplexity: f64) -> Vec<f32> {
    let nearest =
        squares.iter().enumerate().filter(|(j, _)| *j != own).map(|(_, d)| *d).fold(f64::INFINITY, f64::min);
    let (mut beta, mut low, mut high) = (1.0_f64, 0.0_f64, f64::INFINITY);
    let mut fractions = vec![0.0; squares.len()];
    for _ in 0..SEARCH {
        let (mut sum, mut weighted) = (0.0, 0.0);
        for (j, (fraction, square)) in fractions.iter_mut().zip(squares).enumerate() {
            let apart = square - nearest;
            *fraction = if j == own { 0.0 } else { (-beta * apart).exp() };
            sum += *fraction;
            weighted += *fraction * apart;
        }
        fractions.iter_mut().for_each(|fraction| *fraction /= f64::max(sum, 1e-300));
        let entropy = sum.max(1e-300).ln() + beta * weighted / sum.max(1e-300);
        let more = entropy - perplexity.ln();
        if more.abs() < 1e-5 {
            break;
        }
        if more > 0.0 {
            low = beta;
            beta = if high.is_finite() { (low + high) / 2.0 } else { beta * 2.0 };
        } else {
            high = beta;
            beta = (low + high) / 2.0;
        }
    }
    fractions.into_iter().map(|fraction| fraction as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;
    use crate::vectors::project;

    /// Three groups of points in many dimensions.
    fn groups(n: usize) -> Vec<Vec<f32>> {
        let mut stream = rng::stream(1, "groups", 0);
        let centres: Vec<Vec<f32>> =
            (0..3).map(|_| (0..20).map(|_| rng::normal(&mut stream) as f32).collect()).collect();
        let point = |i: usize, stream: &mut rng::Stream| {
            centres[i % 3].iter().map(|c| c + 0.3 * rng::normal(stream) as f32).collect()
        };
        (0..n).map(|i| point(i, &mut stream)).collect()
    }

    fn map(vectors: Vec<Vec<f32>>) -> Tsne {
        let start = project::plane(vectors.clone());
        let mut map = Tsne::new(&vectors, &start);
        while !map.step() {}
        map
    }

    #[test]
    fn groups_stay_together_and_apart_from_others() {
        let n = 90;
        let found = map(groups(n));
        let places = found.places();
        let way = |i: usize, j: usize| (places[i][0] - places[j][0]).hypot(places[i][1] - places[j][1]);
        for i in 0..n {
            let nearest =
                (0..n).filter(|&j| j != i).min_by(|&a, &b| way(i, a).total_cmp(&way(i, b))).unwrap();
            assert_eq!(nearest % 3, i % 3, "{i} {nearest}");
        }
        assert!(found.divergence() < 0.6, "{}", found.divergence());
    }

    #[test]
    fn the_same_at_any_number_of_threads() {
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| map(groups(150)).places().to_vec())
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn few_points_and_equal_points_have_places() {
        for vectors in [vec![], vec![vec![1.0, 2.0]], vec![vec![0.0; 3]; 2], vec![vec![1.0; 3]; 5], groups(4)]
        {
            let n = vectors.len();
            let found = map(vectors);
            assert_eq!(found.places().len(), n);
            assert!(found.places().iter().flatten().all(|x| x.is_finite()));
        }
    }
}
