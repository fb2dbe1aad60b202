//! What questions to word vectors and texts leave open: the same choices on the command line, on the screens, in the
//! protocol of the training thread, and where the questions are answered.

use super::method::DocumentVector;

/// What makes two vectors near each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Closeness {
    /// The cosine of the angle between them.
    #[default]
    Cosine,
    /// Their dot product: long vectors, which frequent words tend to have, are nearer than short ones.
    Dot,
}

/// How the three cosines of an answer are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnalogyScore {
    /// 3CosAdd: the cosine with `b - a + c`, of vectors of length 1 (Mikolov, Yih & Zweig 2013).
    #[default]
    Add,
    /// 3CosMul: `cos(x, b) cos(x, c) / (cos(x, a) + 0.001)`, cosines shifted to between 0 and 1 (Levy & Goldberg
    /// 2014, eq. 4). One very large term outweighs the others less.
    Mul,
}

/// How words are laid out in two dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// The first two principal components: directions and distances mean something, crowds stay crowds.
    #[default]
    Pca,
    /// t-SNE: who is near whom, and nothing else.
    Tsne,
}

/// What documents are put together by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Grouped {
    /// Made of word vectors.
    Vectors(DocumentVector),
    /// TF-IDF without the words of more than the fraction `max_df` of the documents, reduced to `components`.
    Counts {
        /// Words of more than this fraction of the documents are left out, 0 to 1.
        max_df: f64,
        /// Dimensions that the counts are reduced to.
        components: usize,
    },
}

impl Grouped {
    /// Counts as they are usually taken.
    pub const COUNTS: Grouped = Grouped::Counts { max_df: 0.1, components: 100 };
    /// All there are, what is usually taken first.
    pub const ALL: [Grouped; 6] = [
        Grouped::Vectors(DocumentVector::Sif),
        Grouped::Vectors(DocumentVector::Mean),
        Grouped::Vectors(DocumentVector::TfIdfMean),
        Grouped::Vectors(DocumentVector::Max),
        Grouped::Vectors(DocumentVector::MeanMax),
        Grouped::COUNTS,
    ];

    /// What it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Grouped::Vectors(DocumentVector::Sif) => "sif",
            Grouped::Vectors(DocumentVector::Mean) => "mean",
            Grouped::Vectors(DocumentVector::TfIdfMean) => "tfidf-mean",
            Grouped::Vectors(DocumentVector::Max) => "max",
            Grouped::Vectors(DocumentVector::MeanMax) => "mean-max",
            Grouped::Counts { .. } => "tfidf",
        }
    }
}
