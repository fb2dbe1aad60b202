//! A distillation in progress: the tokens go through the encoder in small steps.

use ndarray::Array2;

use crate::data::tensors;
use crate::error::{Error, Place, Result, counted, grouped};
use crate::models::sentence_encoder::{CHUNK, Output, PublishedEncoder, Tape};
use crate::nn::token_pooling::TokenPooling;
use crate::pretrain::Corpus;
use crate::session::distillation::{Distillation, TokenStates};
use crate::text::model_tokeniser::ModelTokeniser;
use crate::text::subword_tokeniser::SubwordTokeniser;
use crate::text::words::Words;
use crate::vectors::WordVectors;
use crate::vectors::static_model::StaticModel;

use super::extended::extended;
use super::folder::About;
use super::reduction::{Reduced, counted_weights, static_vectors, zipf_weights};
use super::text::{self, OfText};
use super::vocabulary::{LONGEST, Pruned, pruned};

/// The number of chunks in a step, for each thread. What is computed does not depend on it.
const CHUNKS: usize = 4;

/// A distillation in progress.
pub struct Distilling {
    asked: Distillation,
    encoder: PublishedEncoder,
    tokeniser: SubwordTokeniser,
    of_text: Option<OfText>,
    /// The encoder's ids of each token, with the special ones around it.
    sequences: Vec<Vec<u32>>,
    /// The tokens in the order in which they are encoded: the shortest sequences first.
    order: Vec<u32>,
    /// The vectors of the tokens `(N, D)` in this order, as far as they are encoded.
    states: Vec<f32>,
    tape: Tape<f32>,
}

/// Static token vectors that were distilled.
pub struct Distilled {
    /// The tokeniser, whose ids are the rows of the vectors.
    pub tokeniser: SubwordTokeniser,
    /// `(N, k)`, in the order of the tokeniser's ids.
    pub vectors: Array2<f32>,
    /// The fraction of the variance that the principal components keep; `None` without PCA.
    pub explained: Option<f64>,
    /// Where the vectors come from.
    pub about: About,
}

impl Distilling {
    /// Reads the encoder, and counts the words of `text`. `going_on` gets the bytes of text so far.
    ///
    /// # Errors
    /// When the encoder or the text cannot be read, or the encoder's tokeniser is of another form; also the errors of
    /// `going_on`.
    pub fn begin(
        asked: &Distillation,
        text: Option<&dyn Corpus>,
        going_on: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<Distilling> {
        let (encoder, base) = read(asked)?;
        let Some(text) = text else { return Distilling::of(asked, encoder, base, None) };
        let all = text::words(text, &base.tokeniser, going_on)?;
        let words = text::chosen(&all, &base.tokeniser, asked)?;
        let longer = extended(&base.tokeniser, &words, &asked.encoder)?;
        let counts = text::token_counts(&all, &longer)?;
        Distilling::of(asked, encoder, base, Some(OfText { words, counts, total: all.tokens() }))
    }

    /// Goes on with what an interrupted distillation had: the words of its text, and the vectors of its first tokens.
    ///
    /// # Errors
    /// When the encoder cannot be read, or the parts do not fit it.
    pub fn restore(asked: &Distillation, of_text: Option<OfText>, states: Vec<f32>) -> Result<Distilling> {
        let (encoder, base) = read(asked)?;
        let mut work = Distilling::of(asked, encoder, base, of_text)?;
        let (width, tokens) = (work.width(), work.tokens());
        let counts = work.of_text.as_ref().map(|text| text.counts.len());
        if !states.len().is_multiple_of(width)
            || states.len() > tokens * width
            || counts.is_some_and(|counts| counts != tokens)
        {
            let problem = "the encoder is another one than at the beginning";
            let remedy = "bring the old one back, or run the recipe again in another folder";
            return Err(Error::input(&asked.encoder, Place::Whole, problem, remedy));
        }
        work.states.extend(states);
        Ok(work)
    }

    fn of(
        asked: &Distillation,
        encoder: PublishedEncoder,
        base: Pruned,
        of_text: Option<OfText>,
    ) -> Result<Distilling> {
        let words = of_text.as_ref().map_or(&[][..], |text| &text.words);
        let tokeniser = extended(&base.tokeniser, words, &asked.encoder)?;
        let (begin, end) = encoder.tokeniser.around()?;
        let room = encoder.longest.saturating_sub(begin.len() + end.len()).max(1);
        let around = |ids: &[u32]| [&begin, &ids[..ids.len().min(room)], &end].concat();
        let mut sequences: Vec<Vec<u32>> = base.former.iter().map(|id| around(&[*id])).collect();
        for word in words {
            let ids = base.tokeniser.ids_of_word(word)?;
            let former: Vec<u32> = ids.iter().map(|&id| base.former[id as usize]).collect();
            sequences.push(around(&former));
        }
        let mut order: Vec<u32> = (0..sequences.len() as u32).collect();
        order.sort_by_key(|&token| sequences[token as usize].len());
        let states = Vec::with_capacity(sequences.len() * encoder.model.features());
        let asked = asked.clone();
        Ok(Distilling { asked, encoder, tokeniser, of_text, sequences, order, states, tape: Tape::default() })
    }

    /// D, the width of the encoder.
    pub fn width(&self) -> usize {
        self.encoder.model.features()
    }

    /// N, the number of tokens.
    pub fn tokens(&self) -> usize {
        self.sequences.len()
    }

    /// The number of tokens that were encoded.
    pub fn done(&self) -> usize {
        self.states.len() / self.width()
    }

    /// The vectors of the tokens that were encoded `(done, D)`, in the order in which they were.
    pub fn states(&self) -> &[f32] {
        &self.states
    }

    /// What the text says, if there is one.
    pub fn of_text(&self) -> Option<&OfText> {
        self.of_text.as_ref()
    }

    /// Floating-point operations of all passes.
    pub fn flops(&self) -> u64 {
        self.sequences.iter().map(|ids| self.encoder.model.operations(ids.len())).sum::<f64>() as u64
    }

    /// What the user should know.
    pub fn remarks(&self) -> Vec<String> {
        let (name, mut remarks) = (self.asked.name(), Vec::new());
        if let Some(OfText { words, .. }) = &self.of_text {
            let own = self.tokens() - words.len();
            remarks.push(format!(
                "{} of the text {} beside the {} tokens of {name}",
                counted(words.len(), "word", "words"),
                if words.len() == 1 { "gets a vector" } else { "get vectors" },
                grouped(own as u64)
            ));
        }
        match self.asked.components() {
            Some(dim) if dim.min(self.width()) >= self.tokens() => {
                remarks.push(format!("there is no PCA: {name} has only {} tokens", self.tokens()));
            }
            Some(dim) if dim > self.width() => {
                remarks.push(format!("the vectors have {} dimensions: {name} has no more", self.width()));
            }
            _ => {}
        }
        remarks
    }

    /// Encodes some tokens with the threads of the current pool.
    pub fn step(&mut self) {
        let mut end = self.done();
        for _ in 0..CHUNKS * rayon::current_num_threads() {
            // A chunk is cut where the encoder cuts a batch, so that its bits do not depend on the number of threads.
            let (first, mut rows) = (end, 0);
            while end < self.order.len() {
                let length = self.sequences[self.order[end] as usize].len();
                if end > first && rows + length > CHUNK {
                    break;
                }
                rows += length;
                end += 1;
            }
        }
        let done = self.done();
        let texts: Vec<&[u32]> =
            self.order[done..end].iter().map(|&token| &self.sequences[token as usize][..]).collect();
        let width = self.width();
        self.states.resize(end * width, 0.0);
        self.encoder.model.encode(&texts, &mut self.tape, &mut self.states[done * width..]);
    }

    /// The vectors, once all tokens were encoded; rounded to F16 with `halves`.
    ///
    /// # Errors
    /// When a value is not finite.
    pub fn finish(self, halves: bool) -> Result<Distilled> {
        let (tokens, width) = (self.tokens(), self.width());
        let Distilling { asked, tokeniser, of_text, order, states, .. } = self;
        let mut vectors = Array2::zeros((tokens, width));
        for (state, &token) in states.chunks_exact(width).zip(&order) {
            vectors.row_mut(token as usize).iter_mut().zip(state).for_each(|(x, &state)| *x = state);
        }
        drop(states);
        let weights = match (asked.weights(), &of_text) {
            (None, _) => vec![1.0; tokens],
            (Some(a), None) => zipf_weights(tokens, a),
            (Some(a), Some(text)) => counted_weights(&text.counts, a),
        };
        let Reduced { mut vectors, explained } = static_vectors(vectors, asked.components(), &weights);
        if halves {
            vectors.mapv_inplace(tensors::rounded);
        }
        if vectors.iter().any(|x| !x.is_finite()) {
            let problem =
                format!("a vector has a value that is not finite{}", if halves { " as F16" } else { "" });
            let remedy = "the encoder is damaged, or its values are too large";
            return Err(Error::input(&asked.encoder, Place::Whole, problem, remedy));
        }
        let about = About {
            encoder: asked.name(),
            pooling: asked.pooling.name().into(),
            components: explained.is_some().then_some(vectors.ncols()),
            sif: asked.weights(),
            halves,
        };
        Ok(Distilled { tokeniser, vectors, explained, about })
    }
}

/// The encoder, whose vectors are the pooled states as they are, and the tokeniser of the static vectors.
fn read(asked: &Distillation) -> Result<(PublishedEncoder, Pruned)> {
    let path = &asked.encoder;
    if !path.is_dir() {
        let (problem, remedy) = match path.exists() {
            true => ("this is a file", "name the folder of a sentence encoder"),
            false => ("there is no such folder", "download a sentence encoder and name its folder"),
        };
        return Err(Error::input(path, Place::Whole, problem, remedy));
    }
    let mut encoder = PublishedEncoder::read(path)?;
    let pooling = match asked.pooling {
        TokenStates::Mean => TokenPooling::Mean,
        TokenStates::First => TokenPooling::Cls,
        TokenStates::Last => TokenPooling::LastToken,
    };
    encoder.model.output = Output { poolings: vec![pooling], normalise: false };
    let base = pruned(&encoder.tokeniser, encoder.lower_case, path)?;
    Ok((encoder, base))
}

/// Static vectors as word vectors, as they are read from a folder with them.
///
/// # Errors
/// When they do not fit the tokeniser.
pub fn word_vectors(tokeniser: SubwordTokeniser, vectors: Array2<f32>) -> Result<WordVectors> {
    let tokeniser = ModelTokeniser::of_model2vec(tokeniser, Some(LONGEST));
    let words: Words = tokeniser.named_ids().iter().filter_map(|&id| tokeniser.name(id)).collect();
    let model = StaticModel { tokeniser: tokeniser.into(), unit_means: true };
    Ok(WordVectors::new(words, vectors, None)?.with_static_model(model))
}
