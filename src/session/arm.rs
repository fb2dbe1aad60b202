//! The sides of a comparison: regimes, document vectors without a sequence, count-based rivals.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::recipe::Regime;

/// One side of the comparison. The order is that of all tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Arm {
    /// See [`Regime::Untouched`].
    Untouched,
    /// See [`Regime::Scratch`].
    Scratch,
    /// See [`Regime::Frozen`].
    Frozen,
    /// See [`Regime::FineTuned`].
    FineTuned,
    /// See [`Regime::Gradual`].
    Gradual,
    /// See [`Regime::Probed`].
    Probed,
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
    /// See [`Rival::TfIdf`].
    TfIdf,
    /// See [`Rival::Nbsvm`].
    Nbsvm,
    /// See [`Rival::Pixels`].
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
pub enum Rival {
    /// TF-IDF with logistic regression.
    TfIdf,
    /// A support vector machine on naive Bayes log-count ratios of words and pairs of words (Wang & Manning
    /// 2012).
    Nbsvm,
    /// Logistic regression on the pixels of pictures.
    Pixels,
}

impl Arm {
    /// All there are, in the order in which screens lay them over one another.
    pub const ALL: [Arm; 14] = [
        Arm::TfIdf,
        Arm::Nbsvm,
        Arm::Pixels,
        Arm::Untouched,
        Arm::Scratch,
        Arm::Mean,
        Arm::TfIdfMean,
        Arm::Sif,
        Arm::Max,
        Arm::MeanMax,
        Arm::Frozen,
        Arm::Probed,
        Arm::Gradual,
        Arm::FineTuned,
    ];

    /// The name as screens and tables show it.
    pub fn name(self) -> &'static str {
        match self {
            Arm::Untouched => "untouched",
            Arm::Scratch => "scratch",
            Arm::Frozen => "frozen",
            Arm::FineTuned => "fine-tuned",
            Arm::Gradual => "gradual",
            Arm::Probed => "probe+tune",
            Arm::Mean => "mean",
            Arm::TfIdfMean => "idf mean",
            Arm::Sif => "SIF",
            Arm::Max => "max",
            Arm::MeanMax => "mean-max",
            Arm::TfIdf => "TF-IDF",
            Arm::Nbsvm => "NBSVM",
            Arm::Pixels => "pixels",
        }
    }

    /// The regime, if it is one.
    pub fn regime(self) -> Option<Regime> {
        match self {
            Arm::Untouched => Some(Regime::Untouched),
            Arm::Scratch => Some(Regime::Scratch),
            Arm::Frozen => Some(Regime::Frozen),
            Arm::FineTuned => Some(Regime::FineTuned),
            Arm::Gradual => Some(Regime::Gradual),
            Arm::Probed => Some(Regime::Probed),
            _ => None,
        }
    }

    /// The document vector, if it is one.
    pub fn documents(self) -> Option<DocumentVector> {
        match self {
            Arm::Mean => Some(DocumentVector::Mean),
            Arm::TfIdfMean => Some(DocumentVector::TfIdf),
            Arm::Sif => Some(DocumentVector::Sif),
            Arm::Max => Some(DocumentVector::Max),
            Arm::MeanMax => Some(DocumentVector::MeanMax),
            _ => None,
        }
    }

    /// The rival, if it is one.
    pub fn rival(self) -> Option<Rival> {
        match self {
            Arm::TfIdf => Some(Rival::TfIdf),
            Arm::Nbsvm => Some(Rival::Nbsvm),
            Arm::Pixels => Some(Rival::Pixels),
            _ => None,
        }
    }

    /// Whether it learns from labels on top of what was pre-trained.
    pub fn transfers(self) -> bool {
        self == Arm::Frozen || self.tunes() || self.documents().is_some()
    }

    /// Whether it trains pre-trained parameters on.
    pub fn tunes(self) -> bool {
        self.regime().is_some_and(Regime::tunes)
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
    pub fn arm(self) -> Arm {
        match self {
            DocumentVector::Mean => Arm::Mean,
            DocumentVector::TfIdf => Arm::TfIdfMean,
            DocumentVector::Sif => Arm::Sif,
            DocumentVector::Max => Arm::Max,
            DocumentVector::MeanMax => Arm::MeanMax,
        }
    }
}

impl Rival {
    /// All there are.
    pub const ALL: [Rival; 3] = [Rival::TfIdf, Rival::Nbsvm, Rival::Pixels];

    /// The side of the comparison that this is.
    pub fn arm(self) -> Arm {
        match self {
            Rival::TfIdf => Arm::TfIdf,
            Rival::Nbsvm => Arm::Nbsvm,
            Rival::Pixels => Arm::Pixels,
        }
    }

    /// All that it does, in words.
    pub fn does(self) -> &'static str {
        match self {
            Rival::TfIdf | Rival::Nbsvm => "counting words",
            Rival::Pixels => "looking at pixels",
        }
    }

    /// What to do where it wins, beside using it.
    pub fn remedy(self) -> &'static str {
        match self {
            Rival::TfIdf | Rival::Nbsvm => "pre-train on the task's own unlabelled text",
            Rival::Pixels => "pre-train on pictures more like these",
        }
    }

    /// What it is, in words.
    pub fn describe(self) -> &'static str {
        match self {
            Rival::TfIdf => "TF-IDF with logistic regression",
            Rival::Nbsvm => "NBSVM with words and pairs of words",
            Rival::Pixels => "logistic regression on pixels",
        }
    }
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_side_is_one_thing_and_finds_back() {
        for arm in Arm::ALL {
            let kinds = [arm.regime().is_some(), arm.documents().is_some(), arm.rival().is_some()];
            assert_eq!(kinds.iter().filter(|&&is| is).count(), 1, "{arm}");
            let again = (arm.regime().map(Regime::arm))
                .or(arm.documents().map(DocumentVector::arm))
                .or(arm.rival().map(Rival::arm));
            assert_eq!(again, Some(arm));
            // Lists on the screen give a name ten cells.
            assert!(arm.name().len() <= 10);
        }
        let mut all = Arm::ALL.to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), Arm::ALL.len());
    }
}
