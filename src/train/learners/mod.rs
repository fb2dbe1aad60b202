//! What a run can learn with: descent by gradients, a head solved to the end, the count-based rival.

pub mod descent;
pub mod explain;
pub mod rival;
pub mod settings;
pub mod solved;
