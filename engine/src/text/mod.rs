//! From text to words: the tokeniser, the vocabulary, documents as word ids, counts, pairs of words, phrases; where words
//! stand in a corpus.

pub mod concordance;
pub mod counts;
pub mod documents;
pub mod huffman;
pub mod model_tokeniser;
pub mod pairs;
pub mod phrases;
pub mod spelling;
pub mod subword_tokeniser;
pub mod tokenise;
pub mod tokeniser;
pub mod vocabulary;
pub mod words;
