//! The learners: gradient descent, linear classifiers trained to convergence, document vectors with logistic
//! regression, count-based baselines.

pub mod baseline;
pub mod by_hand;
mod constant;
pub mod descent;
pub mod encoders;
pub mod fit;
pub mod image_features;
pub mod images;
pub mod linear_probe;
pub mod majority;
mod norms;
pub mod pooled;
pub mod sentences;
pub mod settings;
pub mod solved;
pub mod subject;
pub mod tensors;
pub mod texts;
pub mod untrained;
pub mod zero_shot;
