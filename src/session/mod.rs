//! What a session consists of and how it is stored: recipe, log, checkpoints. These are plain schemas; no layers of
//! networks.

pub mod answers;
pub mod architecture;
pub mod arithmetic;
pub mod audited;
pub mod bounds;
pub mod budget;
pub mod calibrated;
pub mod calibration;
pub mod checkpoint;
pub mod choices;
pub mod comparison;
pub mod convolution;
pub mod coverage;
pub mod figures;
pub mod follow;
pub mod history;
pub mod image_transfer;
pub mod keep;
pub mod kept_models;
pub mod language_model;
pub mod lock;
pub mod log;
pub mod method;
pub mod metric;
pub mod pretraining;
pub mod quality;
pub mod recipe;
mod recipe_file;
pub mod record;
pub mod ron_dialect;
pub mod source_name;
pub mod starter;
pub mod text_transfer;
pub mod training;
pub mod verdict;
pub mod writer;
