//! Models that are made of layers, and clusters of documents.

pub mod clusters;
pub mod image_network;
pub mod language_model;
pub mod sentence_encoder;
pub mod text_classifier;
