//! A step of training asks for no memory once the buffers have grown: what it asks for does not go with the
//! documents or their length.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use ndarray::Array2;

use warmstart::models::text_classifier::{TextClassifier, Workspace};
use warmstart::session::convolution::Convolution;
use warmstart::session::text_transfer::{Head, Pooling, RecurrentShape};
use warmstart::session::training::OptimizerChoice;

thread_local! {
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: all of it is the system's allocator; the count is a number of this thread's own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.set(ASKED.get() + 1);
        // SAFETY: passed on.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The crate that does general products takes two buffers for one. Of each direction those are the products of all
/// words with the input weights, the two gradients behind it (a GRU has two of each), and the gradient of the
/// recurrent weights.
const BUFFERS: usize = 2 * (2 * 3 + 1) * 2;

#[test]
fn a_step_asks_for_no_memory_that_goes_with_the_documents() {
    let shape = RecurrentShape { hidden: 24, bidirectional: true, pooling: Pooling::Max };
    let cnn = Head::Cnn(Convolution::default());
    for head in [Head::Average, cnn, Head::Rnn(shape), Head::Lstm(shape), Head::Gru(shape)] {
        for frozen in [true, false] {
            let table = Array2::from_shape_fn((500, 20), |(row, column)| ((row * 20 + column) as f32).sin());
            let empty = Array2::zeros((0, 20));
            let (own, base) = if frozen { (empty, table) } else { (table, empty) };
            let mut model = TextClassifier::new(head, 20, 2, own, Arc::new(base), 1, 0);
            let mut optimizer = model.optimizer(OptimizerChoice::Adam);
            let (mut gradient, mut workspace) = (model.gradient(), Workspace::default());
            let mut step = |documents: usize, length: usize| {
                let words: Vec<Vec<u32>> = (0..documents)
                    .map(|d| (0..length + d % 3).map(|w| (d * 31 + w * 7) as u32 % 500).collect())
                    .collect();
                let texts: Vec<&[u32]> = words.iter().map(Vec::as_slice).collect();
                let labels: Vec<u32> = (0..documents as u32).map(|d| d % 2).collect();
                let before = ASKED.get();
                gradient.clear();
                model.prepare(&mut optimizer, &texts);
                model.loss_and_gradient(&texts, &labels, 0.1, None, &mut gradient, &mut workspace);
                gradient.sum(&[]);
                model.step(&mut optimizer, &gradient, 0.01);
                ASKED.get() - before
            };
            // Buffers grow, and steps are remembered until rows are settled: room for them is made by doubling.
            for _ in 0..70 {
                step(16, 60);
            }
            let asked = [step(16, 60), step(2, 60), step(16, 3)];
            let most = if head == Head::Average || head == cnn { 0 } else { BUFFERS };
            assert!(asked.iter().all(|&asked| asked <= most), "{head:?} frozen {frozen}: {asked:?}");
        }
    }
}
