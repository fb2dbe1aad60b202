//! The values of a run on a test set, with the examples that they are about.

/// The values of a run, one for each example that it was tested on.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The values.
    pub values: Vec<f32>,
    /// How much the answer that counts most changes a value: 1 for accuracy.
    pub weight: f64,
    /// The examples of the run, if each seed was tested on others.
    pub drawn: Option<DrawnPart>,
}

/// The examples of a test part that was drawn for a seed.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnPart {
    /// The examples, by their numbers, ascending.
    pub examples: Vec<u32>,
    /// The number of tested examples, over the number of those from which the seed's labels were drawn.
    pub ratio: f64,
}

impl Row {
    /// The differences from another run on the same examples; `None` if it was tested on others.
    pub fn minus(mut self, other: &Row) -> Option<Row> {
        if self.values.len() != other.values.len() || self.drawn != other.drawn {
            return None;
        }
        self.values.iter_mut().zip(&other.values).for_each(|(a, b)| *a -= b);
        self.weight = self.weight.max(other.weight);
        Some(self)
    }

    /// The values of the examples at these places.
    pub fn at(&self, places: &[usize]) -> Row {
        let examples = |part: &DrawnPart| places.iter().map(|&place| part.examples[place]).collect();
        Row {
            values: places.iter().map(|&place| self.values[place]).collect(),
            weight: self.weight,
            drawn: self.drawn.as_ref().map(|part| DrawnPart { examples: examples(part), ratio: part.ratio }),
        }
    }
}
