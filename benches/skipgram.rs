//! Tokens a second of skip-gram pre-training, on a corpus of one's own:
//!
//! ```text
//! cargo bench --bench skipgram -- CORPUS [--threads N] [--epochs N] [--dim N] [--sample S] [--seed N] [--cbow] [--out FILE]
//!     [--similarity FILE]... [--analogies FILE]
//! ```
//!
//! Counting and training are timed apart; a rate is tokens of the corpus over wall time.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use warmstart::pretrain::{Doing, Files, Model, Options, Pretraining};
use warmstart::vectors::{evaluation, formats};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut options = Options {
        model: Model::SkipGram,
        dim: 100,
        window: 5,
        negatives: 5,
        epochs: 1,
        sample: 1e-4,
        min_count: 5,
        rate: 0.025,
        distinct_words: 4_000_000,
    };
    let (mut threads, mut seed, mut corpus, mut out) = (0, 1, None, None);
    let (mut similarity, mut analogies): (Vec<String>, Option<String>) = (Vec::new(), None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--threads" => threads = value()?.parse()?,
            "--epochs" => options.epochs = value()?.parse()?,
            "--dim" => options.dim = value()?.parse()?,
            "--sample" => options.sample = value()?.parse()?,
            "--negatives" => options.negatives = value()?.parse()?,
            "--seed" => seed = value()?.parse()?,
            "--out" => out = Some(value()?),
            "--min-count" => options.min_count = value()?.parse()?,
            "--rate" => options.rate = value()?.parse()?,
            "--similarity" => similarity.push(value()?),
            "--analogies" => analogies = Some(value()?),
            "--cbow" => (options.model, options.rate) = (Model::Cbow, 0.05),
            // Cargo's own.
            "--bench" => {}
            _ => corpus = Some(argument),
        }
    }
    let Some(corpus) = corpus else {
        println!("skipgram: name a corpus (cargo bench --bench skipgram -- CORPUS)");
        return Ok(());
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    pool.install(|| {
        let corpus = Arc::new(Files::new(vec![corpus.into()])?);
        let start = Instant::now();
        let mut pretraining = Pretraining::new(corpus, options, seed)?;
        while pretraining.doing() == Doing::Counting {
            pretraining.step()?;
        }
        let counting = start.elapsed().as_secs_f64();
        let words = pretraining.vocabulary().map_or(0, |v| v.len());
        let tokens = pretraining.vocabulary().map_or(0, |v| v.tokens());
        println!("{tokens} tokens, {words} words, counted in {counting:.2} s");
        let (start, mut longest, mut last) = (Instant::now(), 0.0_f64, (0.0, 0));
        let mut shown = 0;
        while pretraining.doing() != Doing::Finished {
            let step = Instant::now();
            let progress = pretraining.step()?;
            longest = longest.max(step.elapsed().as_secs_f64());
            last = (last.0 + progress.loss, last.1 + progress.pairs);
            if progress.tokens * 10 / progress.of > shown {
                shown = progress.tokens * 10 / progress.of;
                println!("  {:3} %  loss {:.4}", shown * 10, last.0 / last.1 as f64);
                last = (0.0, 0);
            }
            if progress.doing == Doing::Finished {
                let seconds = start.elapsed().as_secs_f64();
                println!(
                    "{} threads: {:.0} tokens/s ({} tokens in {seconds:.2} s), longest step {:.1} ms",
                    rayon::current_num_threads(),
                    progress.tokens as f64 / seconds,
                    progress.tokens,
                    longest * 1e3
                );
            }
        }
        let vectors = pretraining.finish()?;
        for path in &similarity {
            let found = evaluation::similarity(vectors.view(), Path::new(path))?;
            println!("{path}: Spearman {:.4}, {} of {} pairs", found.spearman, found.used, found.pairs);
        }
        if let Some(path) = analogies {
            let found = evaluation::analogies(vectors.view(), Path::new(&path), 30_000)?;
            println!("{path}: {:.4} of {} questions", found.accuracy(), found.asked());
        }
        if let Some(out) = out {
            formats::save(&vectors, Path::new(&out))?;
        }
        Ok(())
    })
}
