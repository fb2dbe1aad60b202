//! Text to words: the one tokeniser, the vocabulary, documents as numbers, counts.

pub mod counts;
pub mod documents;
pub mod tokenise;
pub mod vocabulary;
pub mod words;
