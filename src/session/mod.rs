//! What a session is and how it is kept: recipe, log, checkpoints; plain schemas, no layers.

pub mod architecture;
pub mod bounds;
pub mod checkpoint;
pub mod figures;
pub mod history;
pub mod images;
pub mod language_model;
pub mod lock;
pub mod log;
pub mod method;
pub mod pretraining;
pub mod quality;
pub mod recipe;
pub mod record;
pub mod training;
