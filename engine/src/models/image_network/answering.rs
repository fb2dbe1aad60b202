//! Prediction. Weights are prepared once, batch normalisation is folded into the convolution before it, and
//! activations are applied while the values are in registers.

use std::ops::Range;

use crate::kernel::Real;
use crate::nn::activation::Activation;
use crate::nn::convolution::Laid;
use crate::nn::image_pooling::global_average;

use super::network::ImageNetwork;
use super::plan::Op;
use super::workspace::Workspace;

/// A network prepared for prediction. It is invalid after a parameter has changed.
#[derive(Debug, Clone)]
pub struct Ready<T> {
    steps: Vec<Step<T>>,
    /// The last node that reads each value.
    last: Vec<usize>,
}

/// The computation of a node.
#[derive(Debug, Clone)]
enum Step<T> {
    /// Computed as the plan says.
    Plain,
    /// Already computed together with an earlier convolution.
    Done,
    /// A convolution with the nodes that are folded into it; `gives` is the index of the value that it computes.
    Convolution { laid: Box<Laid<T>>, activation: Option<Activation>, gives: usize },
}

impl<T: Real> ImageNetwork<T> {
    /// Prepares the nodes in `range` for prediction. Nodes are not folded across the ends of the range.
    pub fn ready(&self, range: Range<usize>) -> Ready<T> {
        let (nodes, readers) = (&self.plan.nodes, self.plan.readers());
        let mut steps: Vec<Step<T>> = nodes.iter().map(|_| Step::Plain).collect();
        for number in range.clone() {
            let Op::Convolution { layer, weights } = &nodes[number].op else { continue };
            let weights = &self.parameters[weights.clone()];
            let (weight, bias) =
                weights.split_at(weights.len() - if layer.bias { layer.to.channels } else { 0 });
            let mut bias = if layer.bias { bias.to_vec() } else { vec![T::zero(); layer.to.channels] };
            let mut factors: Option<Vec<T>> = None;
            // The operation of the next node, if that node alone reads the value computed so far.
            let next = |gives: usize| {
                let follows = gives < range.end && readers[gives] == 1 && nodes[gives].reads == [gives];
                follows.then(|| &nodes[gives].op)
            };
            let (mut gives, mut activation) = (number + 1, None);
            if let Some(Op::BatchNorm { layer: norm, weights, statistics }) = next(gives) {
                let (by, plus) =
                    norm.as_affine(&self.parameters[weights.clone()], &self.statistics[statistics.clone()]);
                for ((bias, &by), &plus) in bias.iter_mut().zip(&by).zip(&plus) {
                    *bias = *bias * by + plus;
                }
                factors = Some(by);
                steps[gives] = Step::Done;
                gives += 1;
            }
            if let Some(&Op::Activation(after)) = next(gives) {
                activation = Some(after);
                steps[gives] = Step::Done;
                gives += 1;
            }
            let mut laid = Box::new(Laid::default());
            layer.lay(weight, Some(&bias), factors.as_deref(), &mut laid);
            steps[number] = Step::Convolution { laid, activation, gives };
        }
        let mut last = vec![usize::MAX; nodes.len() + 1];
        for number in range {
            for &value in &nodes[number].reads {
                last[value] = number;
            }
        }
        Ready { steps, last }
    }

    /// The output of the last node of `range` for `count` images; `input` is the value that the first node reads.
    ///
    /// # Panics
    /// If the input is too short, or `ready` was made for other nodes.
    pub fn answer<'w>(
        &self,
        ready: &Ready<T>,
        range: Range<usize>,
        input: &[T],
        count: usize,
        workspace: &'w mut Workspace<T>,
    ) -> &'w [T] {
        let end = range.end;
        self.answer_and_look(ready, range, input, count, workspace, &mut |_, _| {});
        &workspace.values[end][..count * self.plan.shape(end).size()]
    }

    /// As [`answer`](Self::answer), and calls `look` with the index and content of each value that is computed.
    ///
    /// # Panics
    /// As for `answer`.
    pub fn answer_and_look(
        &self,
        ready: &Ready<T>,
        range: Range<usize>,
        input: &[T],
        count: usize,
        workspace: &mut Workspace<T>,
        look: &mut dyn FnMut(usize, &[T]),
    ) {
        workspace.begin(self.plan.nodes.len());
        let (boundary, end) = (self.plan.nodes[range.start].reads[0], range.end);
        for number in range {
            let node = &self.plan.nodes[number];
            let value = node.reads[0];
            let gives = match &ready.steps[number] {
                Step::Done => continue,
                Step::Convolution { gives, .. } => *gives,
                Step::Plain => number + 1,
            };
            // If no other node reads the value, it is changed in place.
            if let Op::Activation(activation) = node.op
                && value != boundary
                && ready.last[value] == number
            {
                let mut y = std::mem::take(&mut workspace.values[value]);
                activation.forward_in_place(&mut y);
                look(gives, &y);
                workspace.values[gives] = y;
                continue;
            }
            let mut y = workspace.take(count * node.shape.size());
            let Workspace { values, scratch, .. } = workspace;
            let read = |value: usize| if value == boundary { input } else { &values[value][..] };
            let x = read(value);
            match (&node.op, &ready.steps[number]) {
                (Op::Convolution { layer, .. }, Step::Convolution { laid, activation, .. }) => {
                    layer.apply(laid, *activation, x, &mut y, &mut scratch.columns);
                }
                (Op::BatchNorm { layer, weights, statistics }, _) => layer.forward(
                    &self.parameters[weights.clone()],
                    &self.statistics[statistics.clone()],
                    x,
                    &mut y,
                ),
                (Op::Activation(activation), _) => activation.forward(x, &mut y),
                (Op::MaxPool(layer), _) => layer.answer(x, &mut y),
                (Op::AveragePool(layer), _) => layer.forward(x, &mut y),
                (Op::GlobalAverage, _) => global_average(self.plan.shape(value), x, &mut y),
                (Op::Dense { layer, weights }, _) => {
                    layer.forward(&self.parameters[weights.clone()], x, &mut y);
                }
                (Op::Add, _) => {
                    for ((y, &a), &b) in y.iter_mut().zip(x).zip(read(node.reads[1])) {
                        *y = a + b;
                    }
                }
                (Op::Concat, _) => self.concat(number, &mut y, read),
                (Op::Dropout(_), _) => y.copy_from_slice(x),
                (Op::Convolution { .. }, _) => panic!("node {number} was not made ready"),
            }
            look(gives, &y);
            workspace.values[gives] = y;
            for &value in node.reads.iter().filter(|&&value| value != boundary) {
                if ready.last[value] == number && value != end {
                    let unused = std::mem::take(&mut workspace.values[value]);
                    workspace.give(unused);
                }
            }
        }
    }
}
