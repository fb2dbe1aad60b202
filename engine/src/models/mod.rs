//! Models that are made of layers, their distillation, and clusters of documents.

pub mod clusters;
pub mod distillation;
pub mod encoder_classifier;
pub mod image_network;
pub mod language_model;
pub mod sentence_encoder;
pub mod text_classifier;
