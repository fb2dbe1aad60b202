//! Expansion: from a compiled grammar, a side and a random stream to the raw text of one review.

use crate::rng::{Stream, unit};

use super::grammar::{Entry, Grammar, Mode, Side, Token};

/// The number of new draws if the review has already used an entry. This avoids that a review mentions the same thing
/// twice, perhaps with two opinions. Entries of short lists are repeated anyway.
const REDRAWS: usize = 8;

/// The state of one review while it is written.
pub struct Expansion<'g> {
    grammar: &'g Grammar,
    rng: Stream,
    out: String,
    side: usize,
    kind: usize,
    plural: bool,
    held: String,
    bound: Vec<(u16, String)>,
    used: Vec<(u16, u16)>,
    /// The number of words, phrases and events of each side that were used, for the tests.
    pub said: [usize; 2],
}

impl<'g> Expansion<'g> {
    /// A review with the opinion `side` (0 bad, 1 good), drawn from `rng`.
    pub fn new(grammar: &'g Grammar, side: usize, rng: Stream) -> Self {
        Expansion {
            grammar,
            rng,
            out: String::with_capacity(800),
            side,
            kind: grammar.kind,
            plural: false,
            held: String::new(),
            bound: Vec::new(),
            used: Vec::with_capacity(128),
            said: [0; 2],
        }
    }

    /// The text of the review, before [`super::surface`] formats it.
    pub fn review(&mut self) -> String {
        self.list(self.grammar.review as u16);
        std::mem::take(&mut self.out)
    }

    /// The subject of the review, with the name that the review used.
    pub fn about(&mut self) -> String {
        self.list(self.grammar.about as u16);
        std::mem::take(&mut self.out)
    }

    /// Returns the random stream, for draws after the grammar.
    pub fn into_rng(self) -> Stream {
        self.rng
    }

    /// Writes an entry of list `id`.
    fn list(&mut self, id: u16) {
        let grammar = self.grammar;
        let list = &grammar.lists[usize::from(id)];
        let before = self.kind;
        let entry = self.draw(id);
        self.entry(entry);
        if let Some(side) = list.side {
            self.said[side] += 1;
        }
        if let Some(kind) = list.sets_kind {
            self.kind = kind;
            self.plural = entry.plural;
        } else if !list.hands_on_kind {
            self.kind = before;
        }
    }

    /// Draws an entry of list `id`, if possible one that is new to this review.
    fn draw(&mut self, id: u16) -> &'g Entry {
        let list = &self.grammar.lists[usize::from(id)];
        let last = list.entries.len() - 1;
        let mut chosen = 0;
        if last > 0 {
            for _ in 0..REDRAWS {
                let u = unit(&mut self.rng);
                chosen = list.cumulative.partition_point(|sum| *sum <= u).min(last);
                if !self.used.contains(&(id, chosen as u16)) {
                    break;
                }
            }
            self.used.push((id, chosen as u16));
        }
        &list.entries[chosen]
    }

    fn entry(&mut self, entry: &'g Entry) {
        for token in &entry.tokens {
            match token {
                Token::Text(text) => self.out.push_str(text),
                Token::Number(forms) => self.out.push_str(&forms[usize::from(self.plural)]),
                Token::Held => self.out.push_str(&self.held),
                Token::Slot { lists, side, mode } => self.slot(lists, *side, *mode),
            }
        }
    }

    fn slot(&mut self, lists: &[[u16; 2]], side: Side, mode: Mode) {
        let before = self.side;
        match side {
            Side::Same => {}
            Side::Other => self.side = 1 - before,
            Side::Fixed(side) => self.side = side,
        }
        let id = lists[self.kind][self.side];
        match mode {
            Mode::Write => self.list(id),
            Mode::Hold => {
                let start = self.out.len();
                self.list(id);
                self.held = self.out.split_off(start);
            }
            Mode::Bind => match self.bound.iter().find(|(bound, _)| *bound == id) {
                Some((_, text)) => self.out.push_str(text),
                None => {
                    let start = self.out.len();
                    self.list(id);
                    self.bound.push((id, self.out[start..].to_owned()));
                }
            },
        }
        self.side = before;
    }
}
