//! Text to words: the one tokeniser, the vocabulary, and documents as numbers.

pub mod documents;
pub mod tokenise;
pub mod vocabulary;
pub mod words;
