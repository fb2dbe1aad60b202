//! The unit of a language model's loss.

/// The unit in which the loss of a language model is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guessing {
    /// The exponential of the loss: choosing among this many equally likely words would be as hard.
    #[default]
    Perplexity,
    /// Bits per word: the loss divided by ln 2.
    Bits,
    /// The loss itself, in nats.
    Loss,
}

impl Guessing {
    pub const ALL: [Guessing; 3] = [Guessing::Perplexity, Guessing::Bits, Guessing::Loss];

    /// The name, for a heading.
    pub fn name(self) -> &'static str {
        match self {
            Guessing::Perplexity => "perplexity",
            Guessing::Bits => "bits a word",
            Guessing::Loss => "pre-training loss",
        }
    }

    /// An explanation for somebody who sees the unit for the first time.
    pub fn explained(self) -> &'static str {
        match self {
            Guessing::Perplexity => "as hard as choosing among so many words; it should fall",
            Guessing::Bits => "what it takes to tell the next word; it should fall",
            Guessing::Loss => "how badly words tell their neighbours; it should fall",
        }
    }

    /// Converts a loss in nats to this unit.
    pub(super) fn of(self, loss: f64) -> f64 {
        match self {
            Guessing::Perplexity => loss.exp(),
            Guessing::Bits => loss / std::f64::consts::LN_2,
            Guessing::Loss => loss,
        }
    }
}
