//! The vectors of a task's texts from a sentence encoder that is as it was published. They are computed once.

use std::sync::Arc;

use crate::data::examples::ExampleId;

use super::read_encoder::ReadEncoder;

/// The place of an example without a vector.
const NONE: u32 = u32::MAX;

/// The vectors of some examples.
#[derive(Clone)]
pub struct SentenceVectors {
    features: usize,
    /// For each example its place among the vectors, or [`NONE`].
    places: Arc<Vec<u32>>,
    values: Arc<Vec<f32>>,
}

impl SentenceVectors {
    /// The vectors `values (n, F)` of `examples`.
    pub fn new(examples: &[ExampleId], of: usize, values: Vec<f32>, features: usize) -> SentenceVectors {
        let mut places = vec![NONE; of];
        examples.iter().zip(0..).for_each(|(&example, place)| places[example as usize] = place);
        SentenceVectors { features, places: Arc::new(places), values: Arc::new(values) }
    }

    /// The vector of an example, if it was computed.
    pub fn find(&self, example: ExampleId) -> Option<&[f32]> {
        let place = *self.places.get(example as usize).filter(|&&place| place != NONE)?;
        self.values.get(place as usize * self.features..(place as usize + 1) * self.features)
    }

    /// Writes the vectors `(B, F)` of examples to `rows`. What is missing is computed now.
    pub fn write(&self, read: &ReadEncoder, examples: &[ExampleId], rows: &mut Vec<f32>) {
        let features = self.features;
        rows.resize(examples.len() * features, 0.0);
        let mut missing = Vec::new();
        for (place, (&example, row)) in examples.iter().zip(rows.chunks_exact_mut(features)).enumerate() {
            match self.find(example) {
                Some(vector) => row.copy_from_slice(vector),
                None => missing.push(place),
            }
        }
        if missing.is_empty() {
            return;
        }
        let texts: Vec<&[u32]> =
            missing.iter().map(|&place| &read.ids[examples[place] as usize][..]).collect();
        let vectors = read.model.vectors(&texts);
        for (&place, vector) in missing.iter().zip(vectors.chunks_exact(features)) {
            rows[place * features..][..features].copy_from_slice(vector);
        }
    }
}
