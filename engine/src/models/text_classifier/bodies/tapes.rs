//! The values that a forward pass keeps for the backward pass. What all bodies need stands here; the rest of a tape
//! stands beside its body.

use std::any::Any;

use crate::nn::packed::Packed;

use super::words::WordInput;

/// The working memory of all bodies. Models of all shapes can use it, one at a time; it grows to the size that the
/// largest needs.
#[derive(Debug, Default)]
pub struct Tapes<T> {
    /// How the documents of recurrent bodies are packed.
    pub packed: Packed,
    /// The distinct words of the batch.
    pub words: WordInput<T>,
    /// What each kind of body keeps besides.
    pub own: OwnTapes,
}

/// A tape for each kind of body, told apart by its type.
#[derive(Debug, Default)]
pub struct OwnTapes(Vec<Box<dyn Any + Send + Sync>>);

impl OwnTapes {
    /// The tape of the type `K`, as its last user left it; a new one at the first call.
    pub fn of<K: Any + Default + Send + Sync>(&mut self) -> &mut K {
        let place = self.0.iter().position(|tape| tape.is::<K>()).unwrap_or_else(|| {
            self.0.push(Box::new(K::default()));
            self.0.len() - 1
        });
        let Some(tape) = self.0[place].downcast_mut() else { unreachable!("a tape of another type") };
        tape
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_one_tape_that_stays() {
        let mut own = OwnTapes::default();
        own.of::<Vec<f32>>().push(1.0);
        own.of::<Vec<f64>>().extend([2.0, 3.0]);
        own.of::<Vec<f32>>().push(4.0);
        assert_eq!(own.of::<Vec<f32>>()[..], [1.0, 4.0]);
        assert_eq!(own.of::<Vec<f64>>()[..], [2.0, 3.0]);
    }
}
