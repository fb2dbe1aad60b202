//! A trained model of any kind: one of a session's kept models, a kept model in a folder, a supervised fastText model,
//! or an image network.

mod asked;
mod chosen;
mod label;
mod model;

pub use asked::{Choice, ModelArgs};
pub use label::{Label, UNDECIDED, decided, top};
pub use model::{Model, Texts, is_one, kept_folder, open};
