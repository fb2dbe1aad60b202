//! The methods of a comparison: transfer strategies, document vectors that ignore word order, and baselines.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A method of the comparison. Its order is the order of all tables. Recipes, logs and exports write it as one name,
/// such as `Frozen`, `Mean` or `TfIdf`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// What happens to the transferred parameters.
    Strategy(Strategy),
    /// A linear classifier, trained to convergence, on one vector of each document.
    DocumentVector(DocumentVector),
    /// A classifier that uses nothing pre-trained.
    Baseline(Baseline),
}

/// What happens to the transferred parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Strategy {
    /// No training: the pre-trained network itself classifies, with the classes that it already knows. For images.
    ZeroShot,
    /// Nothing is transferred: all parameters are initialised at random.
    Scratch,
    /// Transferred parameters are fixed: no gradient is computed for them.
    Frozen,
    /// Transferred parameters are initial values, which are trained further with the rest.
    FineTuned,
    /// Transferred parameters are initial values. Each stage trains one layer more, beginning at the classifier; each
    /// layer has a lower learning rate than the one above it (ULMFiT, Howard & Ruder 2018).
    GradualUnfreezing,
    /// LP-FT (Kumar et al. 2022): first only the linear classifier is trained, on fixed features and to convergence
    /// where that is possible; then everything is fine-tuned.
    LinearProbeThenFineTune,
}

/// How the vectors of a document's words are combined into one vector, regardless of word order. Words without a
/// vector are skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentVector {
    /// The mean.
    Mean,
    /// The mean weighted by inverse document frequency.
    TfIdfMean,
    /// Smooth inverse frequency (Arora, Liang & Ma 2017): a mean with weights a / (a + p), from which the common
    /// component of all documents is removed.
    Sif,
    /// The maximum of each dimension.
    Max,
    /// Mean and maximum, concatenated (SWEM-concat, Shen et al. 2018).
    MeanMax,
}

/// A classifier that uses nothing pre-trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Baseline {
    /// Predicts the most frequent class of the training labels for every example.
    Majority,
    /// TF-IDF with logistic regression.
    TfIdf,
    /// A support vector machine on naive Bayes log-count ratios of words and pairs of words (Wang & Manning
    /// 2012).
    Nbsvm,
    /// Logistic regression on the pixels of images.
    Pixels,
}

/// The names of a method and how it is displayed.
struct About {
    method: Method,
    /// The name in recipes, logs and exports.
    id: &'static str,
    /// The name on screens and in tables, ten characters at most.
    name: &'static str,
    /// The symbol in charts and tables, one terminal cell wide.
    marker: &'static str,
    /// A description in plain words.
    meaning: &'static str,
    /// A shorter description for narrow places.
    short: &'static str,
}

/// Every method, in the drawing order of charts: the most important ones come last, so that they are drawn on top.
const METHODS: [About; 15] = [
    About {
        method: Method::Baseline(Baseline::Majority),
        id: "Majority",
        name: "majority",
        marker: "▬",
        meaning: "baseline: the largest class",
        short: "the largest class",
    },
    About {
        method: Method::Baseline(Baseline::TfIdf),
        id: "TfIdf",
        name: "TF-IDF",
        marker: "◆",
        meaning: "baseline: only counts words",
        short: "baseline: word counts",
    },
    About {
        method: Method::Baseline(Baseline::Nbsvm),
        id: "Nbsvm",
        name: "NBSVM",
        marker: "◇",
        meaning: "baseline: counts words and pairs",
        short: "baseline: words, pairs",
    },
    About {
        method: Method::Baseline(Baseline::Pixels),
        id: "Pixels",
        name: "pixels",
        marker: "◈",
        meaning: "baseline: only sees pixels",
        short: "baseline: sees pixels",
    },
    About {
        method: Method::Strategy(Strategy::ZeroShot),
        id: "ZeroShot",
        name: "zero-shot",
        marker: "☆",
        meaning: "as it is, before any label",
        short: "before any label",
    },
    About {
        method: Method::Strategy(Strategy::Scratch),
        id: "Scratch",
        name: "scratch",
        marker: "▲",
        meaning: "starts from nothing",
        short: "starts from nothing",
    },
    About {
        method: Method::DocumentVector(DocumentVector::Mean),
        id: "Mean",
        name: "mean",
        marker: "□",
        meaning: "mean of the words' vectors",
        short: "mean of word vectors",
    },
    About {
        method: Method::DocumentVector(DocumentVector::TfIdfMean),
        id: "TfIdfMean",
        name: "idf mean",
        marker: "▫",
        meaning: "mean weighted by rareness",
        short: "weighted by rarity",
    },
    About {
        method: Method::DocumentVector(DocumentVector::Sif),
        id: "Sif",
        name: "SIF",
        marker: "▪",
        meaning: "weighted mean, common part out",
        short: "common part removed",
    },
    About {
        method: Method::DocumentVector(DocumentVector::Max),
        id: "Max",
        name: "max",
        marker: "△",
        meaning: "largest values of the vectors",
        short: "largest values",
    },
    About {
        method: Method::DocumentVector(DocumentVector::MeanMax),
        id: "MeanMax",
        name: "mean-max",
        marker: "▽",
        meaning: "mean and largest values",
        short: "mean and largest",
    },
    About {
        method: Method::Strategy(Strategy::Frozen),
        id: "Frozen",
        name: "frozen",
        marker: "■",
        meaning: "carried over, kept as it is",
        short: "carried over, kept",
    },
    About {
        method: Method::Strategy(Strategy::LinearProbeThenFineTune),
        id: "LinearProbeThenFineTune",
        name: "LP-FT",
        marker: "○",
        meaning: "the same, after a probe",
        short: "same, after probe",
    },
    About {
        method: Method::Strategy(Strategy::GradualUnfreezing),
        id: "GradualUnfreezing",
        name: "gradual",
        marker: "◉",
        meaning: "the same, layer by layer",
        short: "same, layer by layer",
    },
    About {
        method: Method::Strategy(Strategy::FineTuned),
        id: "FineTuned",
        name: "fine-tuned",
        marker: "●",
        meaning: "carried over, trained on",
        short: "trained further",
    },
];

impl Method {
    /// All methods, in the drawing order of charts.
    pub fn all() -> impl DoubleEndedIterator<Item = Method> + ExactSizeIterator {
        METHODS.iter().map(|about| about.method)
    }

    fn about(self) -> &'static About {
        METHODS.iter().find(|about| about.method == self).expect("every method is in the table")
    }

    /// The name as recipes, logs and exports write it: `FineTuned`.
    pub fn id(self) -> &'static str {
        self.about().id
    }

    /// The name in file names: `fine-tuned` for `FineTuned`.
    pub fn dashed(self) -> String {
        let mut out = String::new();
        for (place, c) in self.id().chars().enumerate() {
            if c.is_uppercase() && place > 0 {
                out.push('-');
            }
            out.extend(c.to_lowercase());
        }
        out
    }

    /// The name as screens and tables show it: `fine-tuned`.
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// The symbol of the method, the same on every screen.
    pub fn marker(self) -> &'static str {
        self.about().marker
    }

    /// A description in plain words, and a shorter one for narrow places.
    pub fn meaning(self) -> (&'static str, &'static str) {
        (self.about().meaning, self.about().short)
    }

    /// The default methods for the modality, used where a recipe names none.
    pub fn usual(modality: Modalities) -> Vec<Method> {
        let strategies = [Strategy::Scratch, Strategy::Frozen, Strategy::FineTuned].map(Method::from);
        let baselines = match modality {
            Modalities::Images => [Baseline::Pixels, Baseline::Majority].map(Method::from),
            Modalities::Text | Modalities::Both => [Baseline::TfIdf, Baseline::Majority].map(Method::from),
        };
        strategies.into_iter().chain(baselines).collect()
    }

    /// Finds a method by its id or its name; case and punctuation are ignored.
    pub fn named(text: &str) -> Option<Method> {
        let plain =
            |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
        let is = |known: &str| plain(known) == plain(text);
        METHODS.iter().find(|about| is(about.id) || is(about.name)).map(|about| about.method)
    }

    /// The strategy, if it is one.
    pub fn strategy(self) -> Option<Strategy> {
        match self {
            Method::Strategy(strategy) => Some(strategy),
            _ => None,
        }
    }

    /// The baseline, if it is one.
    pub fn baseline(self) -> Option<Baseline> {
        match self {
            Method::Baseline(baseline) => Some(baseline),
            _ => None,
        }
    }

    /// Whether it is trained on labels and uses something pre-trained.
    pub fn transfers(self) -> bool {
        match self {
            Method::Strategy(strategy) => strategy == Strategy::Frozen || strategy.tunes(),
            Method::DocumentVector(_) => true,
            Method::Baseline(_) => false,
        }
    }

    /// Whether it uses a source, so that there is one row for each source.
    pub fn takes_source(self) -> bool {
        self.transfers() || self == Method::Strategy(Strategy::ZeroShot)
    }

    /// Whether it trains pre-trained parameters further.
    pub fn tunes(self) -> bool {
        self.strategy().is_some_and(Strategy::tunes)
    }

    /// Whether it learns from labels.
    pub fn learns(self) -> bool {
        !matches!(self, Method::Baseline(Baseline::Majority) | Method::Strategy(Strategy::ZeroShot))
    }

    /// The modalities that the method works with.
    pub fn is_for(self) -> Modalities {
        match self {
            Method::Strategy(Strategy::ZeroShot) | Method::Baseline(Baseline::Pixels) => Modalities::Images,
            Method::Strategy(_) | Method::Baseline(Baseline::Majority) => Modalities::Both,
            Method::DocumentVector(_) | Method::Baseline(Baseline::TfIdf | Baseline::Nbsvm) => {
                Modalities::Text
            }
        }
    }
}

/// The kinds of examples that a method can learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modalities {
    /// Texts only.
    Text,
    /// Images only.
    Images,
    /// Texts and images.
    Both,
}

impl Strategy {
    /// Whether it trains transferred parameters further.
    pub fn tunes(self) -> bool {
        matches!(self, Strategy::FineTuned | Strategy::GradualUnfreezing | Strategy::LinearProbeThenFineTune)
    }
}

impl Baseline {
    /// What the baseline does, as a phrase.
    pub fn does(self) -> &'static str {
        match self {
            Baseline::Majority => "always answering the largest class",
            Baseline::TfIdf | Baseline::Nbsvm => "counting words",
            Baseline::Pixels => "looking at pixels",
        }
    }

    /// What to do if the baseline wins, apart from using it.
    pub fn remedy(self) -> &'static str {
        match self {
            Baseline::Majority => "give more labels, or train for more epochs",
            Baseline::TfIdf | Baseline::Nbsvm => "pre-train on the task's own unlabelled text",
            Baseline::Pixels => "pre-train on images more like these",
        }
    }

    /// What the baseline is, as a phrase.
    pub fn describe(self) -> &'static str {
        match self {
            Baseline::Majority => "the largest class of the labels",
            Baseline::TfIdf => "TF-IDF with logistic regression",
            Baseline::Nbsvm => "NBSVM with words and pairs of words",
            Baseline::Pixels => "logistic regression on pixels",
        }
    }
}

impl From<Strategy> for Method {
    fn from(strategy: Strategy) -> Method {
        Method::Strategy(strategy)
    }
}

impl From<DocumentVector> for Method {
    fn from(vector: DocumentVector) -> Method {
        Method::DocumentVector(vector)
    }
}

impl From<Baseline> for Method {
    fn from(baseline: Baseline) -> Method {
        Method::Baseline(baseline)
    }
}

impl DocumentVector {
    /// All kinds of document vectors.
    pub const ALL: [DocumentVector; 5] = [
        DocumentVector::Mean,
        DocumentVector::TfIdfMean,
        DocumentVector::Sif,
        DocumentVector::Max,
        DocumentVector::MeanMax,
    ];
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit_variant("Method", 0, self.id())
    }
}

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Method;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a method, such as Frozen")
            }
            fn visit_enum<A: serde::de::EnumAccess<'de>>(self, access: A) -> Result<Method, A::Error> {
                use serde::de::VariantAccess;
                let (Name(method), rest) = access.variant::<Name>()?;
                rest.unit_variant()?;
                Ok(method)
            }
        }
        deserializer.deserialize_enum("Method", &IDS, Visitor)
    }
}

/// The ids of all methods, in the order of [`METHODS`].
const IDS: [&str; METHODS.len()] = {
    let mut ids = [""; METHODS.len()];
    let mut at = 0;
    while at < ids.len() {
        ids[at] = METHODS[at].id;
        at += 1;
    }
    ids
};

/// A method, parsed from its id.
struct Name(Method);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Name;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a method, such as Frozen")
            }
            fn visit_str<E: serde::de::Error>(self, id: &str) -> Result<Name, E> {
                let known = METHODS.iter().find(|about| about.id == id);
                known.map(|about| Name(about.method)).ok_or_else(|| E::unknown_variant(id, &IDS))
            }
        }
        deserializer.deserialize_identifier(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::ron_dialect::ron_options;

    #[test]
    fn names_of_files_are_made_of_small_letters_and_dashes() {
        let methods: [Method; 4] = [
            Strategy::FineTuned.into(),
            Strategy::LinearProbeThenFineTune.into(),
            Baseline::Nbsvm.into(),
            Baseline::TfIdf.into(),
        ];
        assert_eq!(
            methods.map(Method::dashed),
            ["fine-tuned", "linear-probe-then-fine-tune", "nbsvm", "tf-idf"]
        );
    }

    #[test]
    fn every_method_has_names_of_its_own_and_survives_the_way_through_ron() {
        let (mut ids, mut names, mut markers) = (Vec::new(), Vec::new(), Vec::new());
        for method in Method::all() {
            // Lists on the screen have ten cells for a name.
            assert!((1..=10).contains(&method.name().len()), "{method:?}");
            let text = ron_options().to_string(&method).unwrap();
            assert_eq!(text, method.id());
            assert_eq!(ron_options().from_str::<Method>(&text).unwrap(), method);
            ids.push(method.id());
            names.push(method.name());
            markers.push(method.marker());
        }
        for mut all in [ids, names, markers] {
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), METHODS.len());
        }
        for (text, method) in [
            ("fine-tuned", Method::from(Strategy::FineTuned)),
            ("finetuned", Strategy::FineTuned.into()),
            ("lp-ft", Strategy::LinearProbeThenFineTune.into()),
            ("tf-idf", Baseline::TfIdf.into()),
            ("idf mean", DocumentVector::TfIdfMean.into()),
        ] {
            assert_eq!(Method::named(text), Some(method));
        }
        assert_eq!(Method::named("regular"), None);
        let error = ron_options().from_str::<Method>("Frosen").unwrap_err().to_string();
        assert!(error.contains("Frosen") && error.contains("Frozen") && error.contains("Nbsvm"), "{error}");
    }

    #[test]
    fn tables_name_strategies_first_and_baselines_last() {
        let mut all: Vec<Method> = Method::all().collect();
        all.sort_unstable();
        assert_eq!(all.first(), Some(&Strategy::ZeroShot.into()));
        assert_eq!(all.last(), Some(&Baseline::Pixels.into()));
    }
}
