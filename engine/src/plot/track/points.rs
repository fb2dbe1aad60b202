//! Where the points of a curve lie: in columns of their own, or in the records of a run's steps.

use std::ops::Range;

use crate::session::record::StepPoint;
use crate::session::timed::Timed;

use super::place::{Along, FAN, Point, STORED};

/// The x values of the first point of each block, indexed by [`Along`].
#[derive(Debug, Clone, Default)]
pub struct Blocks([Vec<f64>; STORED + 1]);

impl Blocks {
    /// Takes in the place of point `i`, the next one.
    pub fn push(&mut self, i: usize, at: f64, x: [f64; STORED]) {
        if i.is_multiple_of(FAN) {
            self.0.iter_mut().zip(x.into_iter().chain([at])).for_each(|(blocks, x)| blocks.push(x));
        }
    }

    pub(super) fn along(&self, along: Along) -> &[f64] {
        &self.0[along as usize]
    }
}

/// Where points lie: their x values. Curves that are measured at the same steps share them.
#[derive(Debug, Clone, Default)]
pub struct Places {
    at: Vec<f64>,
    x: [Vec<f64>; STORED],
    blocks: Blocks,
}

impl Places {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of places.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Appends a place, with the x values indexed by [`Along`].
    pub fn push(&mut self, at: f64, x: [f64; STORED]) {
        self.blocks.push(self.at.len(), at, x);
        self.at.push(at);
        self.x.iter_mut().zip(x).for_each(|(places, x)| places.push(x));
    }

    fn along(&self, along: Along) -> &[f64] {
        self.x.get(along as usize).unwrap_or(&self.at)
    }
}

/// A value of the step at an index.
pub type OfStep = fn(&[Timed<StepPoint>], usize) -> f64;

/// The points of a curve, for reading.
#[derive(Debug, Clone, Copy)]
pub enum Points<'a> {
    /// In columns.
    Columns {
        /// Where they are.
        places: &'a Places,
        /// Their values.
        y: &'a [f64],
    },
    /// In the records of the steps of a run, which the history has anyway.
    Steps {
        /// The records.
        steps: &'a [Timed<StepPoint>],
        /// One place of each block of them.
        blocks: &'a Blocks,
        /// The value of one of them.
        y: OfStep,
    },
}

/// The x values of a step, indexed by [`Along`].
pub fn of_step(step: &StepPoint) -> [f64; STORED] {
    [step.step as f64, step.epoch, step.samples as f64, step.seconds]
}

/// The x value of a step.
fn along_step(step: &Timed<StepPoint>, along: Along) -> f64 {
    of_step(&step.value).get(along as usize).copied().unwrap_or(step.at)
}

impl<'a> Points<'a> {
    /// The number of points.
    pub(super) fn len(&self) -> usize {
        match self {
            Points::Columns { places, y } => places.len().min(y.len()),
            Points::Steps { steps, .. } => steps.len(),
        }
    }

    /// The value of a point.
    ///
    /// # Panics
    /// If there is no such point.
    pub fn y(&self, i: usize) -> f64 {
        match self {
            Points::Columns { y, .. } => y[i],
            Points::Steps { steps, y, .. } => y(steps, i),
        }
    }

    /// The x value of a point.
    pub fn x(&self, along: Along, i: usize) -> Option<f64> {
        match self {
            Points::Columns { places, .. } => places.along(along).get(i).copied(),
            Points::Steps { steps, .. } => steps.get(i).map(|step| along_step(step, along)),
        }
    }

    /// A point, if there is one at this index.
    pub fn get(&self, i: usize) -> Option<Point> {
        if i >= self.len() {
            return None;
        }
        let (at, x) = match self {
            Points::Columns { places, .. } => (places.at[i], std::array::from_fn(|along| places.x[along][i])),
            Points::Steps { steps, .. } => (steps[i].at, of_step(&steps[i].value)),
        };
        Some(Point { at, x, y: self.y(i) })
    }

    pub(super) fn blocks(&self, along: Along) -> &'a [f64] {
        match self {
            Points::Columns { places, .. } => places.blocks.along(along),
            Points::Steps { blocks, .. } => blocks.along(along),
        }
    }

    /// How many points of `within` come before a place, plus its start. The first points of the blocks are read first.
    pub fn partition(&self, along: Along, within: Range<usize>, is_before: impl Fn(f64) -> bool) -> usize {
        let end = within.end.min(self.len());
        let mut start = within.start.min(end);
        let (first, last) = (start.div_ceil(FAN), end.div_ceil(FAN));
        let mut before = end;
        if let Some(blocks) = self.blocks(along).get(first..last) {
            let block = first + blocks.partition_point(|x| is_before(*x));
            if block > first {
                start = (block - 1) * FAN + 1;
            }
            before = end.min(block * FAN);
        }
        start
            + match self {
                Points::Columns { places, .. } => {
                    places.along(along)[start..before].partition_point(|x| is_before(*x))
                }
                Points::Steps { steps, .. } => {
                    steps[start..before].partition_point(|step| is_before(along_step(step, along)))
                }
            }
    }
}
