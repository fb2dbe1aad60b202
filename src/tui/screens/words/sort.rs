//! The order of the lines that show a word in the corpus.

/// The order of the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// That of the corpus.
    #[default]
    Corpus,
    /// By what follows the word.
    Right,
    /// By what stands before the word, from the word on.
    Left,
}

impl Sort {
    /// The next order.
    pub fn next(self) -> Sort {
        match self {
            Sort::Corpus => Sort::Right,
            Sort::Right => Sort::Left,
            Sort::Left => Sort::Corpus,
        }
    }

    /// The order as a phrase.
    pub fn name(self) -> &'static str {
        match self {
            Sort::Corpus => "in the order of the corpus",
            Sort::Right => "by what follows",
            Sort::Left => "by what stands before",
        }
    }
}
