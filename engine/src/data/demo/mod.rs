//! The built-in demo: reviews of films, restaurants, books, gadgets, hotels and concerts, generated from a seed with
//! word lists and a grammar of our own in `engine/assets/demo`.
//!
//! A review has one opinion (positive or negative) and expresses it with words from long lists with a Zipf-like tail,
//! so most opinion words are rare. A few labelled reviews therefore contain only few of these words. The unlabelled
//! text contains nearly all of them, each among words of the same side. Pre-training can learn that, and counting
//! words cannot. Negations, "but", other people's opinions and irony express one side with words of the other side;
//! there the word order decides. Nothing here is tuned to a kind of model: the label of a review is the opinion of
//! its last statement on the matter.
//!
//! The reviews are easier than real ones and use set phrases. They show how transfer works, not how well a model
//! would do on the user's own data.
//!
//! Invariants: the same seed gives the same text on every machine. A review depends only on the seed, the name of its
//! split and its number, never on the reviews before it. The number of words of a review is in [`WORDS`].

mod expand;
mod grammar;
mod surface;

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use crate::error::Result;
use crate::rng::{Stream, below, shuffle, stream};

use self::expand::Expansion;
use self::grammar::{Grammar, Source};

/// The names of the labels: `CLASSES[label]`.
pub const CLASSES: [&str; 2] = ["negative", "positive"];

/// The number of words that a review may have.
pub const WORDS: RangeInclusive<usize> = 15..=120;

/// Files that every domain shares, then one file for each domain.
const SHARED: [(&str, &str); 6] = [
    ("events.ron", include_str!("../../../assets/demo/events.ron")),
    ("opinion.ron", include_str!("../../../assets/demo/opinion.ron")),
    ("sentences.ron", include_str!("../../../assets/demo/sentences.ron")),
    ("service.ron", include_str!("../../../assets/demo/service.ron")),
    ("story.ron", include_str!("../../../assets/demo/story.ron")),
    ("world.ron", include_str!("../../../assets/demo/world.ron")),
];
const DOMAINS: [(&str, &str); 6] = [
    ("films.ron", include_str!("../../../assets/demo/films.ron")),
    ("restaurants.ron", include_str!("../../../assets/demo/restaurants.ron")),
    ("books.ron", include_str!("../../../assets/demo/books.ron")),
    ("gadgets.ron", include_str!("../../../assets/demo/gadgets.ron")),
    ("hotels.ron", include_str!("../../../assets/demo/hotels.ron")),
    ("concerts.ron", include_str!("../../../assets/demo/concerts.ron")),
];

/// Scored pairs of words of the demo, to evaluate how well vectors represent the grammar behind the reviews. The file
/// says how it was made.
pub const SIMILARITY: &str = include_str!("../../../assets/demo/similarity.txt");
/// Analogy questions in word2vec's format: sections of lines with four words.
pub const ANALOGIES: &str = include_str!("../../../assets/demo/analogies.txt");

/// A labelled review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoText {
    /// 0 negative, 1 positive: an index into [`CLASSES`].
    pub label: usize,
    /// The subject of the review, such as "film: The Glass Orchard".
    pub about: String,
    /// The review itself, without its title.
    pub text: String,
}

/// `n` labelled reviews, half of them of each class (one more negative review if `n` is odd), in random order.
/// `split` is the name of the random stream: "train" and "test" are independent draws.
pub fn labelled(seed: u64, split: &str, n: usize) -> Vec<DemoText> {
    let mut labels: Vec<usize> = (0..n).map(|i| i % 2).collect();
    shuffle(&mut stream(seed, &format!("demo labels {split}"), 0), &mut labels);
    let name = format!("demo reviews {split}");
    let texts = labels.into_iter().enumerate();
    texts.map(|(i, label)| review(stream(seed, &name, i as u64), Some(label)).text).collect()
}

/// An endless sequence of unlabelled reviews: number `i` is [`unlabelled_review`]`(seed, i)`.
pub fn unlabelled(seed: u64) -> impl Iterator<Item = String> {
    (0..).map(move |i| unlabelled_review(seed, i))
}

/// Unlabelled review number `i`, with either opinion.
pub fn unlabelled_review(seed: u64, i: u64) -> String {
    review(stream(seed, "demo unlabelled", i), None).text.text
}

/// A review, with values for the tests.
struct Review {
    text: DemoText,
    /// The number of words of each side that it uses.
    #[cfg_attr(not(test), expect(dead_code))]
    said: [usize; 2],
}

/// Draws a review; repeats until the length is right, which is rarely necessary.
fn review(mut rng: Stream, label: Option<usize>) -> Review {
    let world = world();
    let label = label.unwrap_or_else(|| below(&mut rng, CLASSES.len()));
    // There are no domains only if an asset is malformed, which the tests below exclude.
    if world.is_empty() {
        let text = DemoText { label, about: String::new(), text: String::new() };
        return Review { text, said: [0; 2] };
    }
    loop {
        let grammar = &world[below(&mut rng, world.len())];
        let mut expansion = Expansion::new(grammar, label, rng);
        let raw = expansion.review();
        let (about, said) = (expansion.about(), expansion.said);
        rng = expansion.into_rng();
        let text = surface::finish(&raw, &mut rng);
        if WORDS.contains(&text.split_ascii_whitespace().count()) {
            return Review { text: DemoText { label, about, text }, said };
        }
    }
}

/// The grammars of all domains, compiled on first use.
fn world() -> &'static [Grammar] {
    static WORLD: OnceLock<Vec<Grammar>> = OnceLock::new();
    WORLD.get_or_init(|| compile().unwrap_or_default())
}

fn compile() -> Result<Vec<Grammar>> {
    let mut shared = Source::default();
    for (file, text) in SHARED {
        shared.add(file, text)?;
    }
    let compiled = DOMAINS.iter().map(|(file, text)| {
        let mut source = shared.clone();
        source.add(file, text)?;
        source.compile(file)
    });
    compiled.collect()
}

#[cfg(test)]
mod tests;
