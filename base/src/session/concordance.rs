//! Where words stand in a corpus: lines with the word in its context, and the contexts that two words share.

use serde::Serialize;

use crate::error::grouped;

/// What was found of a word in a corpus, or of two words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Concordance {
    /// The name of the corpus.
    pub corpus: String,
    /// The words: one, or two whose contexts are compared.
    pub words: Vec<String>,
    /// Which part of the corpus was looked at.
    pub extent: Extent,
    /// What is still to come.
    #[serde(skip)]
    pub coming: Coming,
    /// The passages that were looked at.
    pub passages: u64,
    /// The passages of the corpus, as far as it was read. A passage is a document, or a part of a long one.
    pub of: u64,
    /// How often each word occurs in the passages that were looked at.
    pub occurrences: Vec<u64>,
    /// The number of context words on each side that count as shared contexts.
    pub window: usize,
    /// The cosine between the contexts of two words, 0 to 1; `None` for one word, or if one has no contexts.
    pub cosine: Option<f64>,
    /// The contexts that two words share, the largest contribution to the cosine first.
    pub shared: Vec<SharedContext>,
    /// The words in their contexts, in the order of the corpus, those of the first word first.
    pub lines: Vec<ConcordanceLine>,
}

/// What is still to come of a concordance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coming {
    /// Nothing: it is complete.
    #[default]
    Nothing,
    /// The rest of the corpus, which is being read.
    Rest,
    /// Further places of rare words: the whole corpus is being searched.
    Search,
}

/// Which part of a corpus was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// All of it.
    Whole,
    /// A random sample of its passages.
    Sample,
    /// All of it was searched for these words, of whose passages there is a random sample.
    Searched,
}

/// A word in its context (keyword in context).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConcordanceLine {
    /// The place of the word in `words`.
    pub word: usize,
    /// The number of the passage in the corpus, from 0.
    pub passage: u64,
    /// The text before the word.
    pub left: String,
    /// The word as it is written there.
    pub keyword: String,
    /// The text after the word.
    pub right: String,
    /// The shared contexts within the window, by their places in `shared`.
    pub contexts: Vec<usize>,
}

/// A word that stands near both of two words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SharedContext {
    /// The context word.
    pub word: String,
    /// How often it stands near each word.
    pub counts: [u64; 2],
    /// Positive pointwise mutual information with each word, in bits.
    pub pmi: [f64; 2],
    /// The fraction of the cosine that it contributes.
    pub share: f64,
}

impl Concordance {
    /// What was looked at, as a phrase: "a sample of 20,000 of 1,204,311 passages".
    pub fn told(&self) -> String {
        let passages = |n: u64| format!("{} {}", grouped(n), if n == 1 { "passage" } else { "passages" });
        let told = match self.extent {
            Extent::Whole => format!("all {}", passages(self.of)),
            Extent::Sample => format!("a sample of {} of {}", grouped(self.passages), passages(self.of)),
            Extent::Searched => format!("all {} searched", passages(self.of)),
        };
        match self.coming {
            Coming::Nothing => told,
            Coming::Rest => format!("{} so far, the corpus is being read", passages(self.of)),
            Coming::Search => format!("{told}; the rest is being searched"),
        }
    }

    /// The lines as a table with a head.
    pub fn table(&self) -> Vec<Vec<String>> {
        let head = ["word", "passage", "left", "keyword", "right", "shared contexts"];
        let row = |line: &ConcordanceLine| {
            let contexts = line.contexts.iter().filter_map(|at| self.shared.get(*at));
            let contexts: Vec<&str> = contexts.map(|context| context.word.as_str()).collect();
            let word = self.words.get(line.word).cloned().unwrap_or_default();
            let text = [&line.left, &line.keyword, &line.right].map(String::clone);
            let [left, keyword, right] = text;
            vec![word, (line.passage + 1).to_string(), left, keyword, right, contexts.join(" ")]
        };
        std::iter::once(head.map(String::from).to_vec()).chain(self.lines.iter().map(row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_concordance_says_what_was_looked_at() {
        let mut found = Concordance {
            corpus: "a.txt".into(),
            words: vec!["good".into()],
            extent: Extent::Sample,
            coming: Coming::Rest,
            passages: 20_000,
            of: 1_204_311,
            occurrences: vec![1],
            window: 5,
            cosine: None,
            shared: Vec::new(),
            lines: vec![ConcordanceLine {
                word: 0,
                passage: 6,
                left: "a".into(),
                keyword: "Good".into(),
                right: "film".into(),
                contexts: Vec::new(),
            }],
        };
        assert_eq!(found.told(), "1,204,311 passages so far, the corpus is being read");
        found.coming = Coming::Search;
        assert_eq!(found.told(), "a sample of 20,000 of 1,204,311 passages; the rest is being searched");
        found.coming = Coming::Nothing;
        (found.extent, found.of) = (Extent::Whole, 1);
        assert_eq!(found.told(), "all 1 passage");
        assert_eq!(found.table()[1], ["good", "7", "a", "Good", "film", ""]);
    }
}
