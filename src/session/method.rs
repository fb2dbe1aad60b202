//! The sides of a comparison: strategies, document vectors without a sequence, count-based baselines.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::recipe::Strategy;

/// One side of the comparison. The order is that of all tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Method {
    /// See [`Strategy::ZeroShot`].
    ZeroShot,
    /// See [`Strategy::Scratch`].
    Scratch,
    /// See [`Strategy::Frozen`].
    Frozen,
    /// See [`Strategy::FineTuned`].
    FineTuned,
    /// See [`Strategy::GradualUnfreezing`].
    GradualUnfreezing,
    /// See [`Strategy::LinearProbeThenFineTune`].
    LinearProbeThenFineTune,
    /// See [`DocumentVector::Mean`]; with logistic regression, as all document vectors.
    Mean,
    /// See [`DocumentVector::TfIdf`].
    TfIdfMean,
    /// See [`DocumentVector::Sif`].
    Sif,
    /// See [`DocumentVector::Max`].
    Max,
    /// See [`DocumentVector::MeanMax`].
    MeanMax,
    /// See [`Baseline::TfIdf`].
    TfIdf,
    /// See [`Baseline::Nbsvm`].
    Nbsvm,
    /// See [`Baseline::Pixels`].
    Pixels,
}

/// How the vectors of a document's words become one vector without a look at their sequence. Words without
/// a vector are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DocumentVector {
    /// The mean.
    Mean,
    /// The mean weighted by inverse document frequency.
    TfIdf,
    /// Smooth inverse frequency (Arora, Liang & Ma 2017): weights a / (a + p), and without the direction
    /// that all documents have in common.
    Sif,
    /// The largest value of each number.
    Max,
    /// Mean and largest values one behind the other (SWEM-concat, Shen et al. 2018).
    MeanMax,
}

/// A classifier that counts words, or pixels, and knows nothing of what was pre-trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Baseline {
    /// TF-IDF with logistic regression.
    TfIdf,
    /// A support vector machine on naive Bayes log-count ratios of words and pairs of words (Wang & Manning
    /// 2012).
    Nbsvm,
    /// Logistic regression on the pixels of images.
    Pixels,
}

impl Method {
    /// All there are, in the order in which screens lay them over one another.
    pub const ALL: [Method; 14] = [
        Method::TfIdf,
        Method::Nbsvm,
        Method::Pixels,
        Method::ZeroShot,
        Method::Scratch,
        Method::Mean,
        Method::TfIdfMean,
        Method::Sif,
        Method::Max,
        Method::MeanMax,
        Method::Frozen,
        Method::LinearProbeThenFineTune,
        Method::GradualUnfreezing,
        Method::FineTuned,
    ];

    /// The name as screens and tables show it.
    pub fn name(self) -> &'static str {
        match self {
            Method::ZeroShot => "zero-shot",
            Method::Scratch => "scratch",
            Method::Frozen => "frozen",
            Method::FineTuned => "fine-tuned",
            Method::GradualUnfreezing => "gradual",
            Method::LinearProbeThenFineTune => "LP-FT",
            Method::Mean => "mean",
            Method::TfIdfMean => "idf mean",
            Method::Sif => "SIF",
            Method::Max => "max",
            Method::MeanMax => "mean-max",
            Method::TfIdf => "TF-IDF",
            Method::Nbsvm => "NBSVM",
            Method::Pixels => "pixels",
        }
    }

    /// The strategy, if it is one.
    pub fn strategy(self) -> Option<Strategy> {
        match self {
            Method::ZeroShot => Some(Strategy::ZeroShot),
            Method::Scratch => Some(Strategy::Scratch),
            Method::Frozen => Some(Strategy::Frozen),
            Method::FineTuned => Some(Strategy::FineTuned),
            Method::GradualUnfreezing => Some(Strategy::GradualUnfreezing),
            Method::LinearProbeThenFineTune => Some(Strategy::LinearProbeThenFineTune),
            _ => None,
        }
    }

    /// The document vector, if it is one.
    pub fn documents(self) -> Option<DocumentVector> {
        match self {
            Method::Mean => Some(DocumentVector::Mean),
            Method::TfIdfMean => Some(DocumentVector::TfIdf),
            Method::Sif => Some(DocumentVector::Sif),
            Method::Max => Some(DocumentVector::Max),
            Method::MeanMax => Some(DocumentVector::MeanMax),
            _ => None,
        }
    }

    /// The baseline, if it is one.
    pub fn baseline(self) -> Option<Baseline> {
        match self {
            Method::TfIdf => Some(Baseline::TfIdf),
            Method::Nbsvm => Some(Baseline::Nbsvm),
            Method::Pixels => Some(Baseline::Pixels),
            _ => None,
        }
    }

    /// Whether it learns from labels on top of what was pre-trained.
    pub fn transfers(self) -> bool {
        self == Method::Frozen || self.tunes() || self.documents().is_some()
    }

    /// Whether it trains pre-trained parameters on.
    pub fn tunes(self) -> bool {
        self.strategy().is_some_and(Strategy::tunes)
    }
}

impl DocumentVector {
    /// All there are.
    pub const ALL: [DocumentVector; 5] = [
        DocumentVector::Mean,
        DocumentVector::TfIdf,
        DocumentVector::Sif,
        DocumentVector::Max,
        DocumentVector::MeanMax,
    ];

    /// The side of the comparison that this is.
    pub fn method(self) -> Method {
        match self {
            DocumentVector::Mean => Method::Mean,
            DocumentVector::TfIdf => Method::TfIdfMean,
            DocumentVector::Sif => Method::Sif,
            DocumentVector::Max => Method::Max,
            DocumentVector::MeanMax => Method::MeanMax,
        }
    }
}

impl Baseline {
    /// All there are.
    pub const ALL: [Baseline; 3] = [Baseline::TfIdf, Baseline::Nbsvm, Baseline::Pixels];

    /// The side of the comparison that this is.
    pub fn method(self) -> Method {
        match self {
            Baseline::TfIdf => Method::TfIdf,
            Baseline::Nbsvm => Method::Nbsvm,
            Baseline::Pixels => Method::Pixels,
        }
    }

    /// All that it does, in words.
    pub fn does(self) -> &'static str {
        match self {
            Baseline::TfIdf | Baseline::Nbsvm => "counting words",
            Baseline::Pixels => "looking at pixels",
        }
    }

    /// What to do where it wins, beside using it.
    pub fn remedy(self) -> &'static str {
        match self {
            Baseline::TfIdf | Baseline::Nbsvm => "pre-train on the task's own unlabelled text",
            Baseline::Pixels => "pre-train on images more like these",
        }
    }

    /// What it is, in words.
    pub fn describe(self) -> &'static str {
        match self {
            Baseline::TfIdf => "TF-IDF with logistic regression",
            Baseline::Nbsvm => "NBSVM with words and pairs of words",
            Baseline::Pixels => "logistic regression on pixels",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_side_is_one_thing_and_finds_back() {
        for method in Method::ALL {
            let kinds =
                [method.strategy().is_some(), method.documents().is_some(), method.baseline().is_some()];
            assert_eq!(kinds.iter().filter(|&&is| is).count(), 1, "{method}");
            let again = (method.strategy().map(Strategy::method))
                .or(method.documents().map(DocumentVector::method))
                .or(method.baseline().map(Baseline::method));
            assert_eq!(again, Some(method));
            // Lists on the screen give a name ten cells.
            assert!(method.name().len() <= 10);
        }
        let mut all = Method::ALL.to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), Method::ALL.len());
    }
}
