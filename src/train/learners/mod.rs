//! What a run can learn with: descent by gradients, a head solved to the end, document vectors under
//! logistic regression, count-based rivals.

pub mod descent;
pub mod explain;
pub mod pooled;
pub mod rival;
pub mod settings;
pub mod solved;
pub mod subject;
pub mod texts;
