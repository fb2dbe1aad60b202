use crate::rng;

use super::*;

fn rows(name: &str, n: usize, dim: usize, scale: f32) -> Vec<f32> {
    let (stride, mut stream) = (stride(dim), rng::stream(1, name, 0));
    let mut all = vec![0.0; n * stride];
    for row in all.chunks_mut(stride) {
        row[..dim].fill_with(|| scale * rng::normal(&mut stream) as f32);
    }
    all
}

fn loss(
    inputs: &[f64],
    contexts: &[u32],
    outputs: &[f64],
    targets: &[u32],
    stride: usize,
    truths: u32,
) -> f64 {
    let row = |table: &[f64], r: u32| table[r as usize * stride..][..stride].to_vec();
    let mut sum = 0.0;
    for &c in contexts {
        for (t, &target) in targets.iter().enumerate() {
            let f: f64 = row(inputs, c).iter().zip(row(outputs, target)).map(|(a, b)| a * b).sum();
            let f = if truths >> t & 1 == 1 { f } else { -f };
            sum += (1.0 + (-f).exp()).ln();
        }
    }
    sum
}

/// Steps with every number of targets and contexts, against finite differences of the loss in f64.
#[test]
fn a_step_goes_down_the_gradient_of_negative_sampling() {
    for (dim, contexts, targets, truths) in [
        (16, 1, 1, 1),
        (20, 2, 2, 1),
        (20, 3, 3, 0),
        (33, 5, 4, 0b1010),
        (50, 7, 5, 0),
        (100, 10, 6, 1),
        (100, 11, 6, 0b11_1110),
    ] {
        let stride = stride(dim);
        let mut inputs = rows("inputs", 12, dim, 0.3);
        let mut outputs = rows("outputs", 8, dim, 0.3);
        let contexts: Vec<u32> = (0..contexts).collect();
        let targets: Vec<u32> = (1..=targets).collect();
        let wide = |x: &[f32]| x.iter().map(|&v| f64::from(v)).collect::<Vec<_>>();
        let (in64, out64) = (wide(&inputs), wide(&outputs));
        let learning_rate = 0.01;
        let mut likelihood = LogProduct::default();
        descend(
            &mut inputs,
            &contexts,
            &mut outputs,
            &targets,
            stride,
            truths,
            learning_rate,
            &mut likelihood,
            &mut Vec::new(),
        );
        let now = loss(&in64, &contexts, &out64, &targets, stride, truths);
        assert!((-likelihood.ln() / now - 1.0).abs() < 1e-5, "{} {now}", -likelihood.ln());
        for table in 0..2 {
            let (before, after) = if table == 0 { (&in64, &inputs) } else { (&out64, &outputs) };
            let mut worst: f64 = 0.0;
            for i in 0..before.len() {
                let h = 1e-5;
                let at = |by: f64| {
                    let mut moved = before.clone();
                    moved[i] += by;
                    let (a, b) = if table == 0 { (&moved, &out64) } else { (&in64, &moved) };
                    loss(a, &contexts, b, &targets, stride, truths)
                };
                let gradient = if i % stride < dim { (at(h) - at(-h)) / (2.0 * h) } else { 0.0 };
                let step = (f64::from(after[i]) - before[i]) / f64::from(learning_rate);
                worst = worst.max((step + gradient).abs());
            }
            assert!(worst < 2e-5, "dim {dim}, table {table}: off by {worst}");
        }
    }
}

#[test]
fn a_row_named_twice_gets_both_changes() {
    let (dim, stride) = (16, stride(16));
    let mut inputs = rows("inputs", 1, dim, 0.3);
    let mut outputs = rows("outputs", 2, dim, 0.3);
    let (once_in, once_out) = {
        let (mut i, mut o) = (inputs.clone(), outputs.clone());
        descend(&mut i, &[0], &mut o, &[1], stride, 0, 0.01, &mut LogProduct::default(), &mut Vec::new());
        (i, o)
    };
    let (old_in, old_out) = (inputs.clone(), outputs.clone());
    descend(
        &mut inputs,
        &[0],
        &mut outputs,
        &[1, 1],
        stride,
        0,
        0.01,
        &mut LogProduct::default(),
        &mut Vec::new(),
    );
    for i in 0..16 {
        assert!((inputs[i] - old_in[i] - 2.0 * (once_in[i] - old_in[i])).abs() < 1e-6);
        let o = 16 + i;
        assert!((outputs[o] - old_out[o] - 2.0 * (once_out[o] - old_out[o])).abs() < 1e-6);
    }
}

#[test]
fn every_set_of_instructions_computes_the_same() {
    let (dim, stride) = (100, stride(100));
    let run = |with: Level| {
        let mut inputs = rows("inputs", 12, dim, 0.3);
        let mut outputs = rows("outputs", 8, dim, 0.3);
        let contexts: Vec<u32> = (0..11).collect();
        let targets = [1, 2, 3, 4, 5, 6];
        let mut likelihood = LogProduct::default();
        with.force(|| {
            descend(
                &mut inputs,
                &contexts,
                &mut outputs,
                &targets,
                stride,
                1,
                0.025,
                &mut likelihood,
                &mut Vec::new(),
            );
        });
        let product = with.force(|| dot(&inputs[..dim], &outputs[..dim]));
        inputs.extend(outputs);
        inputs.extend([likelihood.ln() as f32, product]);
        inputs
    };
    let baseline = run(Level::Baseline);
    for level in Level::all() {
        for (a, b) in baseline.iter().zip(run(level)) {
            assert!((a - b).abs() <= 1e-5 * a.abs().max(1.0), "{level:?}: {a} {b}");
        }
    }
}

#[test]
fn the_exponential_is_exact_to_a_few_units() {
    for i in -6000..=3000 {
        let x = i as f32 * 0.01;
        let relative = f64::from(exp::<Baseline>(x)) / f64::from(x).exp() - 1.0;
        assert!(relative.abs() < 3e-7, "{x}: {relative}");
    }
}

#[test]
fn dot_sums_every_float() {
    for n in [0, 1, 15, 16, 17, 48, 51] {
        let a: Vec<f32> = (0..n).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &a), (0..n).map(|i| (i * i) as f32).sum::<f32>());
    }
}

#[test]
fn what_is_not_a_number_shows_in_the_likelihood() {
    let (mut inputs, mut outputs) = (rows("inputs", 1, 16, 1.0), rows("outputs", 1, 16, 1.0));
    inputs[3] = f32::INFINITY;
    outputs[5] = f32::NAN;
    let mut likelihood = LogProduct::default();
    for _ in 0..2 {
        descend(&mut inputs, &[0], &mut outputs, &[0], 16, 1, 0.1, &mut likelihood, &mut Vec::new());
        assert!(likelihood.ln().is_nan());
    }
}
