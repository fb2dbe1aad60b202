//! Labelling with a front end: texts with frozen vectors, the user's answers, the file of labels, the curve.
//!
//! `frozen` computes the vectors of texts. `parts` says which texts a labelling has and what each is for. `labeller` takes
//! the answers one by one; the command line uses it as it is. `beside` runs it on a thread beside the training.

pub mod beside;
pub mod frozen;
pub mod labeller;
pub mod parts;
