//! The texts of a language model: they are read on a separate thread and tokenised, and the end of each is held out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crossbeam_channel::Receiver;

use crate::error::{Error, Place, Result};
use crate::models::language_model::streams::Streams;
use crate::models::language_model::text::{Lexicon, MARKS};
use crate::session::language_model::{Direction, GivenVectors, LanguageModelling};
use crate::session::recipe::Recipe;
use crate::session::text_transfer::Tokens;
use crate::text::words::Words;
use crate::vectors::{WordVectors, formats};
use crate::{fault, pretrain};

use super::super::corpus::corpus;
use super::super::threads;

/// A 20th of a text is held out.
const HELD_OUT: usize = 20;
/// The largest number of words that are held out.
const HELD_OUT_WORDS: usize = 20_000;

/// A text that is ready for training.
pub struct Prepared {
    pub lexicon: Lexicon,
    /// The vocabulary without the special tokens.
    pub plain: Words,
    pub text: Vec<u32>,
    pub held_out: Vec<u32>,
}

/// The data that was read.
pub struct Read {
    pub texts: Vec<Prepared>,
    /// The initial word vectors of the model.
    pub vectors: Option<WordVectors>,
    pub remarks: Vec<String>,
}

/// The texts, while they are read on a separate thread.
pub struct Reading {
    pub result: Receiver<Result<Read>>,
    unwanted: Arc<AtomicBool>,
    pub begun: Instant,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.unwanted.store(true, Ordering::Relaxed);
    }
}

impl Reading {
    /// Starts to read the texts of the recipe, and with `vectors` also the initial word vectors of the model.
    ///
    /// # Errors
    /// When a text cannot be opened.
    pub fn start(asked: &LanguageModelling, recipe: &Recipe, vectors: bool) -> Result<Reading> {
        let how = recipe.text().map(|text| text.tokens).unwrap_or_default();
        let texts: Vec<_> = asked.texts().map(|(text, _)| corpus(text, recipe)).collect::<Result<_>>()?;
        let (sender, result) = crossbeam_channel::bounded(1);
        let unwanted = Arc::new(AtomicBool::new(false));
        let (asked, stop) = (asked.clone(), unwanted.clone());
        let threads = rayon::current_num_threads();
        fault::spawn("reading", move || {
            let mut going_on = || if stop.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) };
            let mut read = || {
                // The vectors are read first, so that an unsuitable file is reported before the texts are counted.
                let vectors = if vectors { beginning(&asked)? } else { None };
                let prepared: Result<Vec<_>> =
                    texts.iter().map(|text| prepare(&**text, how, &asked, &mut going_on)).collect();
                let mut remarks: Vec<String> = texts.iter().flat_map(|text| text.remarks()).collect();
                if let (Some(vectors), Some(given)) = (&vectors, &asked.vectors) {
                    remarks.extend(vectors.left_out.remark(given.file()));
                }
                Ok(Read { texts: prepared?, vectors, remarks })
            };
            // Sending fails if the reading was dropped; nobody waits for the result then.
            let read = || threads::pool(threads).and_then(|pool| pool.install(&mut read));
            let _ = sender.send(fault::contained("reading the text", read));
        })?;
        Ok(Reading { result, unwanted, begun: Instant::now() })
    }
}

/// The initial word vectors of a language model; `None` where they are random.
///
/// # Errors
/// When they cannot be read, or have other dimensions than the model.
pub fn beginning(asked: &LanguageModelling) -> Result<Option<WordVectors>> {
    let Some(file) = asked.vectors.as_ref().map(GivenVectors::file) else { return Ok(None) };
    let vectors = formats::read(file, None)?;
    let (own, dim) = (vectors.dim(), asked.dim);
    if own == dim {
        return Ok(Some(vectors));
    }
    let problem =
        format!("vectors of {own} numbers cannot be those of a language model whose `dim` is {dim}");
    Err(Error::input(file, Place::Whole, problem, format!("write `dim: {own}`, or take other vectors")))
}

/// The names of the recipe's texts, for messages.
///
/// # Errors
/// When a text cannot be opened.
pub fn names(asked: &LanguageModelling, recipe: &Recipe) -> Result<Vec<String>> {
    asked.texts().map(|(text, _)| Ok(corpus(text, recipe)?.name())).collect()
}

/// Reads a text. It is read twice, because its words must be counted first.
///
/// # Errors
/// When it cannot be read or has too few words; also the errors of `going_on`.
pub fn prepare(
    text: &dyn pretrain::Corpus,
    how: Tokens,
    asked: &LanguageModelling,
    going_on: &mut dyn FnMut() -> Result<()>,
) -> Result<Prepared> {
    let lexicon = Lexicon::count(text, how, asked.min_count, asked.max_vocabulary, going_on)?;
    let mut numbers = lexicon.numbers(text, going_on)?;
    let mut held_out = numbers.split_off(numbers.len() - (numbers.len() / HELD_OUT).min(HELD_OUT_WORDS));
    if lexicon.words().len() <= MARKS || Streams::new(&numbers, asked.batch_size, asked.bptt).batches() == 0 {
        let problem = format!(
            "{}: {} words, of which {} come {} times or more, are not enough for {} streams",
            text.name(),
            lexicon.tokens,
            lexicon.words().len().saturating_sub(MARKS),
            asked.min_count,
            asked.batch_size
        );
        return Err(Error::request(problem, "give a longer text, or a smaller `streams` or `min_count`"));
    }
    if asked.direction == Direction::Backward {
        // The special token at the end of a document is then read before the document's words.
        numbers.reverse();
        held_out.reverse();
    }
    let plain = lexicon.words().iter().skip(MARKS).collect();
    Ok(Prepared { lexicon, plain, text: numbers, held_out })
}
