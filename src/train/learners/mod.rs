//! What a run can learn with: descent by gradients, a head solved to the end, document vectors under
//! logistic regression, count-based rivals.

pub mod descent;
pub mod explain;
pub mod fit;
pub mod picture_features;
pub mod pictures;
pub mod pooled;
pub mod probed;
pub mod rival;
pub mod settings;
pub mod solved;
pub mod subject;
pub mod texts;
pub mod untouched;
