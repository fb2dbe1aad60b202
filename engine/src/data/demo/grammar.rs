//! The grammar of the demo reviews: lists of entries, read once from RON and compiled, so that the expansion does not
//! have to parse strings.
//!
//! A list is called `base`, `base@kind`, `base.side` or `base@kind.side`. The *kind* is the sort of thing that a
//! sentence is about (food, staff, a story). The *side* is `good` or `bad`. Entries contain slots:
//!
//! | written | means |
//! | --- | --- |
//! | `{x}` | an entry of list `x`, the most specific for the kind and side at that place |
//! | `{x@food.bad}` | the same, with kind or side laid down |
//! | `{!x}` | `x` said with the other side's words |
//! | `{$x}` | `x`, drawn once per review and then repeated |
//! | `{>x}` … `{<}` | draw `x` now, so that its kind and number are known; write it later |
//! | `[was\|were]` | agrees with the noun drawn last; nouns ending in `#` are plural |
//!
//! A list `noun@…` or `item@…` sets the kind for the rest of the entry that contains the slot.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Error, Place, Result};

/// `bad` and `good`, in the order of the labels.
pub const SIDES: [&str; 2] = ["bad", "good"];

/// The kind of a sentence before any noun has been drawn.
const DEFAULT_KIND: &str = "item";

/// Prefixes of lists that belong to one side but hold whole sentences, not words of that side.
const SENTENCES: [&str; 2] = ["talk.", "ironic."];

/// The weight of a word decreases with its rank in the list: `1 / (rank + OFFSET)^EXPONENT`. This is Zipf's law with
/// Mandelbrot's offset, a little flatter than in English, so that rare words occur.
const EXPONENT: f64 = 0.7;
const OFFSET: f64 = 3.0;

/// The content of an asset: word lists (separated by commas, the most frequent first) and line lists (one entry per
/// line, equally frequent unless a line begins with a weight such as `3*`).
#[derive(Deserialize)]
struct Asset {
    words: Vec<(String, String)>,
    lines: Vec<(String, String)>,
}

/// One piece of an entry.
#[derive(Debug)]
pub enum Token {
    /// Plain text.
    Text(Box<str>),
    /// An entry of another list: `lists[kind][side]`.
    Slot { lists: Box<[[u16; 2]]>, side: Side, mode: Mode },
    /// The text that was drawn with [`Mode::Hold`].
    Held,
    /// The singular or the plural form.
    Number([Box<str>; 2]),
}

/// The side on which a slot is expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Same,
    Other,
    Fixed(usize),
}

/// What happens to the text of an expanded slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Write,
    /// Kept for a later [`Token::Held`].
    Hold,
    /// The same text each time within a review.
    Bind,
}

/// One way to fill a slot.
#[derive(Debug)]
pub struct Entry {
    pub tokens: Vec<Token>,
    pub plural: bool,
}

/// The entries for a slot, with the running sum of their weights (the last sum is 1).
#[derive(Debug)]
pub struct List {
    pub entries: Vec<Entry>,
    pub cumulative: Vec<f32>,
    /// The kind this list sets, if it is a list of nouns.
    pub sets_kind: Option<usize>,
    /// The side of this list, if it holds words of one side.
    pub side: Option<usize>,
    /// Whether this list passes on the kind that its entries set.
    pub hands_on_kind: bool,
}

/// The grammar of one domain. Every index in a token is valid in `lists`.
#[derive(Debug)]
pub struct Grammar {
    pub lists: Vec<List>,
    pub review: usize,
    pub about: usize,
    pub kind: usize,
}

/// An entry before its slots are resolved.
type Raw = (String, f64);

/// The lists of several files; a later file replaces lists of an earlier one.
#[derive(Default, Clone)]
pub struct Source {
    lists: BTreeMap<String, Vec<Raw>>,
}

impl Source {
    /// Adds the lists of an asset.
    ///
    /// # Errors
    /// If `text` is not RON of the expected form, or a list is empty or occurs twice in the file.
    pub fn add(&mut self, file: &str, text: &str) -> Result<()> {
        let asset: Asset = ron::from_str(text).map_err(|error| {
            let at = error.span.start;
            let place = Place::LineColumn(at.line as u64, at.col as u64);
            Error::input(file, place, error.code.to_string(), "")
        })?;
        let mut here = BTreeMap::new();
        let words = asset.words.into_iter().map(|(name, text)| (name, words(&text)));
        let lines = asset.lines.into_iter().map(|(name, text)| (name, lines(&text)));
        for (name, entries) in words.chain(lines) {
            if entries.is_empty() {
                return Err(wrong(file, format!("list {name} is empty")));
            }
            if here.insert(name.clone(), entries).is_some() {
                return Err(wrong(file, format!("list {name} is there twice")));
            }
        }
        self.lists.append(&mut here);
        Ok(())
    }

    /// Compiles the grammar of the domain called `domain`.
    ///
    /// # Errors
    /// If a slot is not closed, or refers to a list that is missing for a kind or side in which the slot can be
    /// expanded.
    pub fn compile(&self, domain: &str) -> Result<Grammar> {
        let mut kinds: Vec<&str> = self.lists.keys().filter_map(|name| noun_kind(name)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let ids = self.lists.keys().enumerate().map(|(id, name)| (name.as_str(), id as u16)).collect();
        let names = Names { domain, kinds, ids };
        let mut lists = Vec::with_capacity(self.lists.len());
        for (name, raw) in &self.lists {
            let sets_kind = noun_kind(name).and_then(|kind| names.kinds.iter().position(|k| *k == kind));
            lists.push(List {
                entries: raw.iter().map(|(text, _)| names.entry(name, text)).collect::<Result<_>>()?,
                cumulative: cumulate(raw),
                sets_kind,
                side: own_side(name).filter(|_| !SENTENCES.iter().any(|list| name.starts_with(list))),
                hands_on_kind: matches!(name.as_str(), "noun" | "item"),
            });
        }
        let kind = names.kinds.iter().position(|kind| *kind == DEFAULT_KIND);
        Ok(Grammar {
            review: names.id("review", "review")?,
            about: names.id("about", "about")?,
            kind: kind.ok_or_else(|| wrong(domain, format!("no list item@{DEFAULT_KIND}")))?,
            lists,
        })
    }
}

/// The names that slots refer to.
struct Names<'a> {
    domain: &'a str,
    kinds: Vec<&'a str>,
    ids: BTreeMap<&'a str, u16>,
}

impl Names<'_> {
    fn id(&self, list: &str, name: &str) -> Result<usize> {
        let id = self.ids.get(name).copied().map(usize::from);
        id.ok_or_else(|| wrong(self.domain, format!("list {list} asks for {name}, which is not there")))
    }

    /// Compiles one entry of `list`.
    fn entry(&self, list: &str, text: &str) -> Result<Entry> {
        let (mut rest, plural) = match text.strip_suffix('#') {
            Some(singular) => (singular, true),
            None => (text, false),
        };
        let mut tokens = Vec::new();
        while let Some(start) = rest.find(['{', '[']) {
            let close = if rest.as_bytes()[start] == b'{' { '}' } else { ']' };
            let end = rest[start..].find(close).map(|end| start + end);
            let end = end.ok_or_else(|| wrong(self.domain, format!("list {list}: no {close} in {text}")))?;
            if start > 0 {
                tokens.push(Token::Text(rest[..start].into()));
            }
            let inside = &rest[start + 1..end];
            tokens.push(match (close, inside.split_once('|')) {
                (']', Some((one, many))) => Token::Number([one.into(), many.into()]),
                ('}', None) if inside == "<" => Token::Held,
                ('}', None) => self.slot(list, inside)?,
                _ => return Err(wrong(self.domain, format!("list {list}: cannot read {inside}"))),
            });
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            tokens.push(Token::Text(rest.into()));
        }
        Ok(Entry { tokens, plural })
    }

    /// Resolves a slot for every kind and side in which it can be expanded.
    fn slot(&self, list: &str, inside: &str) -> Result<Token> {
        let (mode, side, name) = match inside.split_at_checked(1) {
            Some((">", name)) => (Mode::Hold, Side::Same, name),
            Some(("$", name)) => (Mode::Bind, Side::Same, name),
            Some(("!", name)) => (Mode::Write, Side::Other, name),
            _ => (Mode::Write, Side::Same, inside),
        };
        let (name, side, fixed_side) = match name.split_once('.') {
            Some((name, "bad")) => (name, Side::Fixed(0), Some(0)),
            Some((name, "good")) => (name, Side::Fixed(1), Some(1)),
            _ => (name, side, None),
        };
        let (base, fixed_kind) = name.split_once('@').map_or((name, None), |(base, kind)| (base, Some(kind)));
        // A list of one side is expanded only on that side.
        let flipped = own_side(list).map(|own| if side == Side::Other { 1 - own } else { own });
        let mut table = Vec::with_capacity(self.kinds.len());
        for kind in &self.kinds {
            let kind = fixed_kind.unwrap_or(kind);
            let mut row = [0; 2];
            for side in 0..2 {
                let side = fixed_side.or(flipped).unwrap_or(side);
                row[side] = self.most_specific(list, base, kind, SIDES[side])?;
            }
            table.push(row);
        }
        Ok(Token::Slot { lists: table.into(), side, mode })
    }

    /// The most specific list for `base`, `kind` and `side`.
    fn most_specific(&self, list: &str, base: &str, kind: &str, side: &str) -> Result<u16> {
        let candidates = [
            format!("{base}@{kind}.{side}"),
            format!("{base}@{kind}"),
            format!("{base}.{side}"),
            base.to_owned(),
        ];
        let found = candidates.iter().find_map(|name| self.ids.get(name.as_str()));
        found.copied().ok_or_else(|| {
            let name = &candidates[0];
            wrong(self.domain, format!("list {list} asks for {name}, which is not there"))
        })
    }
}

/// The side that a list belongs to.
fn own_side(name: &str) -> Option<usize> {
    let side = name.split_once('.')?.1;
    SIDES.iter().position(|known| *known == side)
}

/// The kind that a list of nouns sets.
fn noun_kind(name: &str) -> Option<&str> {
    name.strip_prefix("noun@").or_else(|| name.strip_prefix("item@"))
}

/// The entries of a word list with their weights.
fn words(text: &str) -> Vec<Raw> {
    let words = text.split(',').map(|word| word.split_whitespace().collect::<Vec<_>>().join(" "));
    let words = words.filter(|word| !word.is_empty()).enumerate();
    words.map(|(rank, word)| (word, (rank as f64 + OFFSET).powf(-EXPONENT))).collect()
}

/// The entries of a line list with their weights.
fn lines(text: &str) -> Vec<Raw> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| match line.split_once("* ").map(|(weight, line)| (weight.parse(), line)) {
            Some((Ok(weight), line)) => (line.to_owned(), weight),
            _ => (line.to_owned(), 1.0),
        })
        .collect()
}

/// Running sums of the weights, scaled so that the last one is 1.
fn cumulate(entries: &[Raw]) -> Vec<f32> {
    let total: f64 = entries.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0.0;
    let sums = entries.iter().map(|(_, weight)| {
        sum += weight / total;
        sum as f32
    });
    sums.collect()
}

/// An error in an asset.
fn wrong(file: &str, problem: String) -> Error {
    Error::input(file, Place::Whole, problem, "")
}
