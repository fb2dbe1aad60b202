//! How many of a task's words the vectors cover.

use std::ops::Range;

use crate::data::examples::{ExampleId, Examples, TRAIN_SET};
use crate::session::coverage::{Bare, Coverage, Joined, Made};
use crate::text::documents::{Documents, TaskWord};
use crate::text::phrases::JOINT;
use crate::transfer::lookup::TransferTable;
use crate::vectors::evaluation;

use super::coverage::causes;

/// How many frequent words without a vector are listed.
const MISSING: usize = 20;
/// How many frequent phrases are listed.
const PHRASES: usize = 6;

/// The coverage of the training part's words.
pub fn coverage(documents: &Documents, table: &TransferTable) -> Coverage {
    let counts = documents.counts(documents.set(TRAIN_SET).map(|d| d as ExampleId));
    let (mut tokens, mut types, mut known_tokens, mut known_types) = (0, 0_u64, 0, 0_u64);
    let (mut made_tokens, mut made_types) = (0, 0_u64);
    let mut missing = Vec::new();
    for (word, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        tokens += count;
        types += 1;
        let Some(origin) = table.origin(TaskWord(word as u32)) else {
            missing.push((documents.words.get(word).to_string(), count));
            continue;
        };
        known_tokens += count;
        known_types += 1;
        if origin.row.is_none() {
            made_tokens += count;
            made_types += 1;
        }
    }
    missing.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let causes = causes(&missing, &table.vectors.words, tokens);
    missing.truncate(MISSING);
    Coverage {
        by_token: known_tokens as f64 / tokens.max(1) as f64,
        by_type: known_types as f64 / types.max(1) as f64,
        made: table.vectors.subwords.is_some().then(|| Made {
            by_token: made_tokens as f64 / tokens.max(1) as f64,
            by_type: made_types as f64 / types.max(1) as f64,
        }),
        joined: joined(documents, &counts),
        missing,
        causes,
        bare: bare(documents, table),
        mean_cosine: evaluation::mean_cosine(table.vectors.view()),
    }
}

/// The number of documents without any known word, for each set.
fn bare(documents: &Documents, table: &TransferTable) -> Vec<Bare> {
    let is_known = |&word: &u32| table.origin(TaskWord(word)).is_some();
    let of_set = |(set, range): &(String, Range<usize>)| Bare {
        set: set.clone(),
        documents: range.clone().filter(|&d| !documents.tokens[d].iter().any(is_known)).count() as u64,
        of: range.len() as u64,
    };
    documents.sets.iter().map(of_set).filter(|bare| bare.documents > 0).collect()
}

/// The phrases in the training part, from the `counts` of its words; `None` where there are none.
fn joined(documents: &Documents, counts: &[u64]) -> Option<Joined> {
    let apart = documents.apart.as_ref().filter(|_| documents.how.model().is_none())?.words.len();
    let phrase = |(word, &count): (usize, &u64)| (documents.words.get(word).to_string(), count);
    let mut found: Vec<(String, u64)> =
        counts.iter().enumerate().skip(apart).filter(|(_, count)| **count > 0).map(phrase).collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let (types, phrases) = (found.len() as u64, found.iter().map(|(_, count)| count).sum());
    let words = found.iter().map(|(phrase, count)| count * phrase.split(JOINT).count() as u64).sum();
    found.truncate(PHRASES);
    let of = counts.iter().sum::<u64>() - phrases + words;
    Some(Joined { words, of, phrases, types, examples: found })
}
