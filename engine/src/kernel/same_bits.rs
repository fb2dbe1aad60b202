//! The kernels give the same bits on every processor with fused multiply-add: a hash of their results is compared
//! with a constant. Products of the `gemm` crates have the same bits on all processors of one architecture.

use ndarray::{Array2, s};

use super::winograd::{self, Grid, POSITIONS, TAPS, step};
use super::{Level, Panels, Real, add_turned_matmul, matmul, rows, vector};

/// The hash of our kernels' results, with AVX2, with AVX-512 and with NEON.
const KERNELS: u64 = 0x929c_39ca_7b81_b657;

/// The hash of the products of the `gemm` crates, for any cache sizes. With AVX2 and with AVX-512 it adds C in the same way, with
/// NEON in another.
const PRODUCTS: u64 =
    if cfg!(target_arch = "aarch64") { 0x7c78_c78d_6618_7b05 } else { 0xad21_d3a0_78f0_780d };

fn random<T: Real>(rows: usize, columns: usize, seed: u64) -> Array2<T> {
    let mut rng = crate::rng::stream(seed, "same bits test", 0);
    Array2::from_shape_fn((rows, columns), |_| T::of(crate::rng::unit64(&mut rng) - 0.5))
}

/// FNV-1a over the bits of floats.
struct Bits(u64);

impl Bits {
    fn add(&mut self, numbers: impl IntoIterator<Item = f32>) {
        for byte in numbers.into_iter().flat_map(|number| number.to_bits().to_le_bytes()) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

fn matmuls(bits: &mut Bits) {
    // Beyond a depth of 512 the order of sums could depend on the cache sizes; in small results, on the register
    // width.
    let depths = [1, 2, 3, 7, 31, 100, 128, 512, 513, 700, 1_100, 2_500];
    for (m, n) in [(1, 1), (1, 40), (40, 1), (2, 2), (5, 8), (16, 16), (9, 33), (70, 3), (100, 2), (65, 70)] {
        for k in depths {
            for turned in 0..4 {
                let pick = |turned: bool, rows, columns, seed| {
                    if turned {
                        random::<f32>(columns, rows, seed).reversed_axes()
                    } else {
                        random::<f32>(rows, columns, seed)
                    }
                };
                let (a, b) = (pick(turned & 1 > 0, m, k, 1), pick(turned & 2 > 0, k, n, 2));
                for (alpha, beta) in [(1.0, 0.0), (1.0, 1.0), (-2.0, 0.5)] {
                    let mut c = random::<f32>(m, n, 3);
                    matmul(alpha, a.view(), b.view(), beta, c.view_mut());
                    bits.add(c);
                }
            }
        }
    }
}

fn panels(bits: &mut Bits) {
    let mut panels = Panels::default();
    for (m, k, n) in [(1, 1, 1), (8, 128, 512), (15, 7, 33), (23, 300, 100), (13, 1_500, 40)] {
        let (a, b, mut c) = (random::<f32>(m, k, 4), random::<f32>(k, n, 5), random::<f32>(m, n + 5, 6));
        panels.lay(b.view());
        panels.add_matmul(a.view(), c.slice_mut(s![.., ..n]));
        bits.add(c);
    }
}

fn tiles(bits: &mut Bits) {
    let (height, width, channels) = (5, 7, 20);
    let (grid, pair) = (Grid::over(height, width), channels * 16);
    let values = |count: usize, seed| random::<f32>(1, count, seed).into_raw_vec_and_offset().0;
    let (down, across) = grid.padded();
    let (padded, mut all) = (values(down * across * channels, 13), Vec::new());
    let mut inputs = vec![0.0; POSITIONS * step(grid.tiles() * channels)];
    winograd::input_tiles(grid, channels, &padded, 0..grid.tiles(), &mut inputs);
    let mut gradients = inputs.clone();
    winograd::gradient_tiles(grid, channels, &padded, 0..grid.tiles(), &mut gradients);
    let mut y = vec![0.0; height * width * channels];
    let bias = values(channels, 14);
    winograd::output_tiles((height, width), &inputs, 0..grid.tiles(), &bias, None, &mut y);
    let mut weights = vec![0.0; POSITIONS * step(pair)];
    winograd::weight_tiles(&values(TAPS * pair, 15), &mut weights);
    let mut gradient = vec![0.0; TAPS * pair];
    winograd::weight_gradient(&weights, &mut gradient);
    all.extend([inputs, gradients, y, weights, gradient].into_iter().flatten());
    let mut c = values(7 * 48, 16);
    add_turned_matmul(&values(100 * 7, 17), &values(100 * 48, 18), [7, 48], &mut c);
    bits.add(all.into_iter().chain(c));
}

fn table_rows(bits: &mut Bits) {
    let mut scratch = Vec::new();
    for stride in [16, 32, 48, 112, 304] {
        for targets in 1..=rows::TARGETS {
            for contexts in 1..=9 {
                let mut inputs = random::<f32>(12, stride, 7).into_raw_vec_and_offset().0;
                let mut outputs = random::<f32>(12, stride, 8).into_raw_vec_and_offset().0;
                let here: Vec<u32> = (0..contexts).map(|i| i * 5 % 12).collect();
                let there: Vec<u32> = (0..targets as u32).map(|i| i * 7 % 12).collect();
                let mut likelihood = rows::LogProduct::default();
                let (learning_rate, truths) = (0.05, 1);
                rows::descend(
                    &mut inputs,
                    &here,
                    &mut outputs,
                    &there,
                    stride,
                    truths,
                    learning_rate,
                    &mut likelihood,
                    &mut scratch,
                );
                bits.add(inputs.into_iter().chain(outputs));
            }
        }
    }
    for length in (0..=70).chain([100, 300, 303]) {
        let (a, b) = (random::<f32>(1, length, 9), random::<f32>(3, length, 10));
        let (a, b) = (a.as_slice().unwrap(), b.as_slice().unwrap());
        let mut sums = [0.0; 3];
        rows::dots(a, b, &mut sums);
        bits.add(sums.into_iter().chain([rows::dot(a, &b[..length])]));
    }
}

fn slices(bits: &mut Bits) {
    for length in (0..=70).chain([100, 300, 303]) {
        let (a, b) = (random::<f32>(1, length, 11), random::<f32>(1, length, 12));
        let (a, b) = (a.as_slice().unwrap(), b.as_slice().unwrap());
        bits.add([vector::dot(a, b), vector::squares(a) as f32]);
        let mut sum = b.to_vec();
        vector::axpy(0.3, a, &mut sum);
        vector::add_difference(a, b, &mut sum);
        bits.add(sum.iter().copied());
        for function in [vector::exp::<f32>, vector::sigmoid, vector::tanh] {
            let mut values: Vec<f32> = a.iter().map(|x| x * 30.0).collect();
            function(&mut values);
            bits.add(values);
        }
    }
}

#[test]
fn kernels_give_the_bits_that_were_written_down_at_every_level_that_fuses() {
    for level in Level::all().filter(|&level| level > Level::Baseline) {
        level.force(|| {
            let hash = |parts: &[fn(&mut Bits)]| {
                let mut bits = Bits(0xcbf2_9ce4_8422_2325);
                parts.iter().for_each(|part| part(&mut bits));
                bits.0
            };
            let (kernels, products) = (hash(&[panels, tiles, table_rows, slices]), hash(&[matmuls]));
            assert_eq!(
                (kernels, products),
                (KERNELS, PRODUCTS),
                "{level:?}: {kernels:#018x}, {products:#018x}"
            );
        });
    }
}
