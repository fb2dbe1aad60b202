//! Figures of the sources: pre-training, neighbours, benchmarks.

use crate::error::Result;
use crate::session::history::History;
use crate::session::record::Benchmark;

use super::tables::{Tables, cell, cells, source};

pub fn write(history: &History, tables: &mut Tables) -> Result<()> {
    let each = || history.sources().iter();
    tables.write(
        "pretraining.csv",
        &["source", "at", "tokens", "of", "loss", "rate", "tokens_per_second"],
        each().flat_map(|of| {
            of.pretraining.iter().map(|told| {
                let p = &told.value;
                cells(&[
                    &source(&of.name),
                    &told.at,
                    &p.tokens,
                    &p.of,
                    &p.loss,
                    &p.learning_rate,
                    &p.tokens_per_second,
                ])
            })
        }),
    )?;
    tables.write(
        "held_out.csv",
        &["source", "at", "tokens", "words", "loss", "perplexity", "bits"],
        each().flat_map(|of| {
            of.held_out.iter().map(|told| {
                let h = &told.value;
                cells(&[
                    &source(&of.name),
                    &told.at,
                    &h.tokens,
                    &h.words,
                    &h.loss,
                    &h.perplexity(),
                    &h.bits(),
                ])
            })
        }),
    )?;
    tables.write(
        "source_tests.csv",
        &["source", "at", "images", "set", "loss", "accuracy"],
        each().flat_map(|of| {
            of.source_tests.iter().map(|told| {
                let test = &told.value;
                cells(&[&source(&of.name), &told.at, &test.samples, &test.set, &test.loss, &test.accuracy])
            })
        }),
    )?;
    let lists = each().flat_map(|of| {
        of.probes.iter().flat_map(move |probe| probe.looks.iter().map(move |look| (of, probe, &look.value)))
    });
    tables.write(
        "neighbours.csv",
        &["source", "word", "tokens", "rank", "neighbour", "similarity"],
        lists.flat_map(|(of, probe, (tokens, list))| {
            list.iter().enumerate().map(move |(rank, near)| {
                cells(&[&source(&of.name), &probe.word, tokens, &(rank + 1), &near.word, &near.similarity])
            })
        }),
    )?;
    // The pre-trained vectors belong to no run, and those of a run to no source, so one of the cells is empty.
    let of_sources = each().flat_map(|of| of.quality.iter().map(move |told| (source(&of.name), told)));
    let of_runs = history.tuned_quality.iter().map(|told| ("", told));
    tables.write(
        "quality.csv",
        &["source", "at", "run", "tokens", "set", "kind", "score", "used", "of"],
        of_sources.chain(of_runs).map(|(name, told)| {
            let q = &told.value;
            let kind = match q.kind {
                Benchmark::Similarity => "similarity",
                Benchmark::Analogies => "analogies",
            };
            let run = q.run.map_or(String::new(), |run| run.to_string());
            cells(&[&name, &told.at, &run, &q.tokens, &q.set, &kind, &cell(q.known()), &q.used, &q.of])
        }),
    )?;
    let forgetting = each().flat_map(|of| {
        history.forgetting(of, f64::INFINITY).into_iter().map(move |found| (source(&of.name), found))
    });
    tables.write(
        "forgetting.csv",
        &["source", "set", "figure", "labels", "before", "change", "least", "most", "runs"],
        forgetting.map(|(name, f)| {
            let (least, most) = f.range();
            let figure = f.name.1.figure();
            cells(&[
                &name,
                &f.name.0,
                &figure,
                &f.budget,
                &f.before,
                &f.mean(),
                &least,
                &most,
                &f.changes.len(),
            ])
        }),
    )
}
