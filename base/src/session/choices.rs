//! The options of queries about word vectors and texts. The command line, the screens, the protocol of the training
//! thread and the code that answers all use these types.

use super::method::DocumentVector;

/// The similarity between two vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Closeness {
    /// The cosine of the angle between them.
    #[default]
    Cosine,
    /// The dot product. It favours long vectors, which frequent words tend to have.
    Dot,
}

/// How the three cosines of an analogy's candidate are combined into its score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AnalogyScore {
    /// 3CosAdd: the cosine with `b - a + c`, where all vectors have length 1 (Mikolov, Yih & Zweig 2013).
    #[default]
    Add,
    /// 3CosMul: `cos(x, b) cos(x, c) / (cos(x, a) + 0.001)`, with the cosines shifted to 0 to 1 (Levy & Goldberg
    /// 2014, eq. 4). One very large term dominates less than in 3CosAdd.
    Mul,
}

/// How words are projected to two dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// The first two principal components. Directions and distances are meaningful, but dense regions stay dense.
    #[default]
    Pca,
    /// t-SNE. Only neighbourhoods are meaningful, not directions or large distances.
    Tsne,
}

/// The representation by which documents are clustered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Grouped {
    /// A document vector made of word vectors.
    Vectors(DocumentVector),
    /// TF-IDF, reduced to `components` dimensions. Words in more than the fraction `max_df` of the documents are left
    /// out.
    Counts {
        /// Words in more than this fraction of the documents are left out, 0 to 1.
        max_df: f64,
        /// Dimensions that the TF-IDF vectors are reduced to.
        components: usize,
    },
}

impl Grouped {
    /// TF-IDF with the usual values.
    pub const COUNTS: Grouped = Grouped::Counts { max_df: 0.1, components: 100 };
    /// All representations, the default first.
    pub const ALL: [Grouped; 6] = [
        Grouped::Vectors(DocumentVector::Sif),
        Grouped::Vectors(DocumentVector::Mean),
        Grouped::Vectors(DocumentVector::TfIdfMean),
        Grouped::Vectors(DocumentVector::Max),
        Grouped::Vectors(DocumentVector::MeanMax),
        Grouped::COUNTS,
    ];

    /// The name on the command line.
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
