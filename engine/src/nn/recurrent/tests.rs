//! Tests of recurrent layers on long documents.

use super::*;

const WORDS: usize = 400;

/// The gradients of the gates of a document whose last state alone has a gradient, and that of the weights.
fn gradients<T: Real>(layer: &Recurrent) -> (Vec<T>, Vec<T>) {
    let size: usize = layer.tensors().iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
    let wave = |count: usize, scale: f64| -> Vec<T> {
        (0..count).map(|i| T::of((i as f64 * 1.7).sin() * scale)).collect()
    };
    let (weights, x) = (wave(size, 0.3), wave(3 * layer.input(), 1.0));
    let rows: Vec<u32> = (0..WORDS as u32).map(|word| word % 3).collect();
    let mut batch = Packed::default();
    batch.pack([WORDS].into_iter());
    let input = Input { x: &x, rows: &rows, known: None, start: None };
    let mut tape = Tape::default();
    layer.forward(&weights, &batch, input, &mut tape, Keep::All);
    let units = layer.hidden();
    tape.d_hidden = vec![T::zero(); WORDS * units];
    tape.d_hidden[(WORDS - 1) * units..].fill(T::one());
    let mut gradient = vec![T::zero(); size];
    layer.backward(&weights, &batch, input, &mut tape, None, &mut gradient);
    (tape.gates, gradient)
}

#[test]
fn a_gradient_that_vanishes_becomes_zero_before_it_is_subnormal() {
    for layer in [
        Recurrent::Rnn(Rnn { input: 4, hidden: 5 }),
        Recurrent::Gru(Gru { input: 4, hidden: 5 }),
        Recurrent::Lstm(Lstm { input: 4, hidden: 5 }),
    ] {
        let (gates, gradient) = gradients::<f32>(&layer);
        assert!(gates.iter().all(|x| *x == 0.0 || x.abs() >= f32::TINY), "{layer:?}");
        assert!(gates.contains(&0.0), "{layer:?}: the gradient vanishes");
        let (wide_gates, wide) = gradients::<f64>(&layer);
        assert!(wide_gates.iter().any(|x| *x != 0.0 && x.abs() < f64::from(f32::TINY)), "{layer:?}");
        for (own, wide) in gradient.iter().zip(&wide) {
            assert!((f64::from(*own) - wide).abs() < 1e-5, "{layer:?}: {own} {wide}");
        }
    }
}
