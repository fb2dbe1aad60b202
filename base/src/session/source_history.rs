//! What a session has recorded about one source: its pre-training, its vectors or network, and how they fit the task.

use super::architecture::Architecture;
use super::continued::Continued;
use super::coverage::Coverage;
use super::record::{
    EncoderSummary, GeneratedText, HeldOut, Neighbour, PretrainPoint, Quality, Record, SourceTest,
};
use super::source_name::SourceName;
use super::timed::Timed;

/// Everything that was recorded about a source.
#[derive(Debug, Clone, Default)]
pub struct SourceHistory {
    /// Its name; `None` in a session with one source.
    pub name: Option<SourceName>,
    /// Words of the vocabulary, tokens of the corpus, and tokens that the vocabulary covers.
    pub vocabulary: Option<(usize, u64, u64)>,
    /// Epochs of pre-training, where they were chosen from the size of the corpus.
    pub usual_epochs: Option<usize>,
    /// The points of the pre-training.
    pub pretraining: Vec<Timed<PretrainPoint>>,
    /// A language model's losses on the held-out part of its text.
    pub held_out: Vec<Timed<HeldOut>>,
    /// Texts that a language model generated.
    pub generated: Vec<Timed<GeneratedText>>,
    /// The neighbour lists of the probe words, in the order in which the words were first recorded.
    pub probes: Vec<Probe>,
    /// Words, dimensions and origin of the vectors, once they are ready.
    pub vectors: Option<Timed<(usize, usize, String)>>,
    /// The sentence encoder, once it is ready.
    pub encoder: Option<Timed<EncoderSummary>>,
    /// Architecture, number of parameters and origin of the image network, once it is ready.
    pub network: Option<Timed<(Architecture, u64, String)>>,
    /// How accurate the image network was on images of the kind that it is pre-trained on.
    pub source_tests: Vec<Timed<SourceTest>>,
    /// Seconds that it took to train or to read the vectors or the network.
    pub seconds: f64,
    /// Floating-point operations of the pre-training, once it is over; `None` if the log does not have them.
    pub flops: Option<u64>,
    /// How many of the task's words the vectors cover.
    pub coverage: Option<Coverage>,
    /// How far training moved the published vectors from which it began.
    pub continued: Option<Timed<Box<Continued>>>,
    /// Results on word-vector benchmarks during pre-training.
    pub quality: Vec<Timed<Quality>>,
}

/// The neighbours of a probe word over the course of pre-training.
#[derive(Debug, Clone)]
pub struct Probe {
    /// The probe word.
    pub word: String,
    /// The lists of neighbours, each with the number of tokens seen before it.
    pub looks: Vec<Timed<(u64, Vec<Neighbour>)>>,
}

impl SourceHistory {
    /// A source of which nothing is recorded.
    pub const EMPTY: SourceHistory = SourceHistory {
        name: None,
        vocabulary: None,
        usual_epochs: None,
        pretraining: Vec::new(),
        held_out: Vec::new(),
        generated: Vec::new(),
        probes: Vec::new(),
        vectors: None,
        encoder: None,
        network: None,
        source_tests: Vec::new(),
        seconds: 0.0,
        flops: None,
        coverage: None,
        continued: None,
        quality: Vec::new(),
    };

    /// Adds a record about the source; others change nothing. A record with the same number of tokens as an earlier one was
    /// computed again after a kill, with the same result; it replaces the earlier one.
    pub(super) fn push(&mut self, at: f64, record: Record) {
        match record {
            Record::Vocabulary { words, tokens, kept_tokens, epochs, .. } => {
                self.vocabulary = Some((words, tokens, kept_tokens));
                self.usual_epochs = epochs;
            }
            Record::Pretrain(point) => self.pretraining.push(Timed { at, value: point }),
            Record::HeldOut(figure) => {
                self.held_out.retain(|known| known.value.tokens != figure.tokens);
                self.held_out.push(Timed { at, value: figure });
            }
            Record::GeneratedText(generated) => {
                self.generated.retain(|known| known.value.tokens != generated.tokens);
                self.generated.push(Timed { at, value: generated });
            }
            Record::Neighbours { word, tokens, list } => {
                let look = Timed { at, value: (tokens, list) };
                match self.probes.iter_mut().find(|probe| probe.word == word) {
                    Some(probe) => {
                        probe.looks.retain(|known| known.value.0 != tokens);
                        probe.looks.push(look);
                    }
                    None => self.probes.push(Probe { word, looks: vec![look] }),
                }
            }
            Record::Vectors { words, dim, origin, seconds } => {
                self.seconds = seconds;
                self.vectors = Some(Timed { at, value: (words, dim, origin) });
            }
            Record::SourceTest(test) => {
                let place = |test: &SourceTest| (test.samples, test.held_out, test.set.clone());
                self.source_tests.retain(|known| place(&known.value) != place(&test));
                self.source_tests.push(Timed { at, value: test });
            }
            Record::Network { architecture, parameters, origin, seconds } => {
                self.seconds = seconds;
                self.network = Some(Timed { at, value: (architecture, parameters, origin) });
            }
            Record::Encoder(found) => self.encoder = Some(Timed { at, value: found }),
            Record::Arithmetic(found) => self.flops = Some(found.flops),
            Record::Continued(found) => self.continued = Some(Timed { at, value: found }),
            Record::Coverage(coverage) => self.coverage = Some(coverage),
            Record::Quality(quality) => {
                self.quality.retain(|known| !known.value.is_again(&quality));
                self.quality.push(Timed { at, value: quality });
            }
            _ => {}
        }
    }

    /// Drops what was recorded before a pre-training that begins again.
    pub(super) fn forget_all(&mut self) {
        self.pretraining.clear();
        self.flops = None;
        self.continued = None;
        self.held_out.clear();
        self.generated.clear();
        self.probes.clear();
        self.source_tests.clear();
        self.quality.clear();
    }

    /// Drops the records after the checkpoint with so many `tokens`.
    pub(super) fn forget_after(&mut self, tokens: u64) {
        self.pretraining.retain(|point| point.value.tokens <= tokens);
        self.held_out.retain(|figure| figure.value.tokens <= tokens);
        self.generated.retain(|generated| generated.value.tokens <= tokens);
        self.source_tests.retain(|test| test.value.samples <= tokens);
        for probe in &mut self.probes {
            probe.looks.retain(|look| look.value.0 <= tokens);
        }
        self.quality.retain(|known| known.value.tokens <= tokens);
    }
}
