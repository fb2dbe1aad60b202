//! A trained model, whichever kind it is of: a session's, one that was kept in a folder, a supervised fastText model, or an
//! image network.

mod asked;
mod chosen;
mod label;
mod model;

pub use asked::{Choice, ModelArgs};
pub use label::{Label, top};
pub use model::{Model, Texts, kept_folder, open};
