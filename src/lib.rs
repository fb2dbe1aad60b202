//! warmstart: a terminal workbench for transfer learning.
//!
//! It pre-trains word vectors or a language model on unlabelled text, or an image network on many images, or reads
//! public ones. It transfers their parameters to a small classification task as fixed values (*frozen*) or as initial
//! values (*fine-tuned*), trains both beside a model that starts from random values (*scratch*), and reports what
//! pre-training gained: in labels, seconds and parameters, with intervals. It reports first where pre-training gained
//! nothing.
//!
//! # The map
//!
//! A module (a *room*) may import from the rooms below it in this table, never from those above. The files of a room
//! do not import each other in a circle. A test checks the imports. The rooms are in three crates, so that a change of a screen
//! compiles the screens only: `cli` and `tui` here, what everything shares (`session`, `files` and the last row) in `base/`, the
//! others in `engine/`. All are named as if they were in this crate.
//!
//! | room | what lives there |
//! | --- | --- |
//! | [`cli`] | the commands; each is a small front end |
//! | [`tui`] | the workbench: pure core (actions in, effects out), screens, widgets, the terminal's graphics |
//! | [`mod@bench`] | pieces of work whose speed can be measured |
//! | [`train`] | the training thread: commands in, events out; the session's job, its runs, the learning-rate finder |
//! | [`transfer`] | strategies, predictors and their exports, networks and the features of their frozen part, document vectors, the plan of an experiment, heads trained to convergence, baselines, statistics, which example to label next, the audit |
//! | [`models`] | the text classifier, the language model, sentence encoders as they are published and classifiers on them, image networks with their public weights, distillation into static token vectors, clusters |
//! | [`pretrain`] | skip-gram and continuous bag of words, by negative sampling or hierarchical softmax; subwords, phrases |
//! | [`vectors`] | the table of word vectors, its formats and compressed copy, fastText models, static token vectors, neighbours and analogies, benchmarks, maps |
//! | [`nn`] | layers, forward and backward side by side; losses, optimizers, schedules |
//! | [`text`] | words, vocabularies, the tokenisers of published models, documents as word ids, where words stand in a corpus |
//! | [`vision`] | images as tensors: resized and normalised for a network, and augmented |
//! | [`data`] | readers of public formats, splits and budgets, the user's file of labels, the built-in review world, letters and digits |
//! | [`plot`] | maps of words: labels placed so that they do not overlap; the map as a file (SVG, CSV); the charts of a report and the screens of the workbench (SVG); the points of curves, and what each column of a chart shows of them |
//! | [`session`] | recipe, log, history, verdict, checkpoints, what is done by hand, forks, tours: plain schemas |
//! | [`kernel`] | matrix products (with operands packed on the fly or beforehand), dot products, row operations, compressed codes, mapped files, large pages: the only room with `unsafe` |
//! | [`files`], [`rng`], [`fault`], [`error`] | atomic saves and decompression; named random streams; panics as error messages; the error type |
//!
//! # What always holds
//!
//! - **The log is the truth.** Every front end shows a fold ([`session::history::History`]) over the records of the
//!   log. A live session, a finished one and a replay use the same code.
//! - **Training moves in small steps.** Between two steps the training thread reads its commands. No thread is ever
//!   killed, and every front end is the same client of [`train::worker`].
//! - **Same seed, same bits**, at any number of threads, with or without a stop and a resume, on every x86-64
//!   processor with AVX2 under the same operating system (for other machines see [`kernel::dispatch::machine`]). Work
//!   is cut into shards whose number does not depend on the threads, partial results are added in a fixed order, and
//!   random numbers come from streams named by their purpose ([`rng::stream`]).
//! - **Files on disk are whole.** A file is written beside its target, synced and renamed. Only the last line of a
//!   log can be incomplete; the reader then ignores it.
//! - **Bad input gives one sentence**, with file and line, never a panic. Memory grows with the bytes that were read,
//!   not with what a header claims.
//! - **Text from data never reaches a terminal raw** ([`error::printable`]).
//! - **Frozen is frozen.** A frozen table has no gradient. Its bytes are compared before and after training.
//! - **Test data decides nothing.** It is used for the final table only. Choices are made on validation data.
//!
//! # What is deliberately absent
//!
//! - Automatic differentiation: each layer has its backward pass beside its forward pass, checked against finite
//!   differences.
//! - GPU support, and builds that run only on the machine that made them: the code for the processor at hand is
//!   chosen at run time.
//! - Settings of an experiment outside its recipe and its log, which the session keeps: what is done by hand is a record. The
//!   configuration file is about the workbench alone: keys, colours, marks.
//! - Global state: seeds, threads and folders are passed as arguments.

#![deny(unsafe_code)]
#![warn(missing_docs)]

pub use warmstart_base::{error, fault, files, rng, session};
pub use warmstart_engine::{
    bench, data, kernel, models, nn, plot, pretrain, text, train, transfer, vectors, vision,
};

pub mod cli;
pub mod tui;
