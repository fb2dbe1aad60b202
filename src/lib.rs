//! warmstart: a terminal workbench for transfer learning.
//!
//! It pre-trains word vectors on unlabelled text, or an image network on many images, or takes public ones, carries them
//! into a small classification task as fixed values (*frozen*) or initial values (*fine-tuned*), trains both beside a
//! model that starts from nothing (*scratch*), and says what that bought: in labels, seconds and
//! parameters, with intervals, and first of all where it bought nothing.
//!
//! # The map
//!
//! A room may use those below it, never those above, and files of a room form no circles; a test reads the imports.
//!
//! | room | what lives there |
//! | --- | --- |
//! | [`cli`] | the commands; each is a small front end |
//! | [`tui`] | the workbench: pure core (actions in, effects out), screens, widgets, the terminal's graphics |
//! | [`mod@bench`] | pieces of work whose speed can be measured |
//! | [`train`] | the training thread: commands in, events out; the session's job, its runs and rounds, range tests of learning rates |
//! | [`transfer`] | strategies, predictors and their exports, networks and what their fixed part gives, document vectors, the plan of an experiment, heads trained to convergence, baselines, statistics, the audit |
//! | [`models`] | the text classifier, the language model, image networks with their public weights, clusters |
//! | [`pretrain`] | skip-gram and continuous bag of words, by negative sampling or hierarchical softmax; subwords, phrases |
//! | [`vectors`] | the table of word vectors, its formats and compressed copy, fastText models, questions, benchmarks, maps |
//! | [`nn`] | layers, forward and backward side by side; losses, optimizers, schedules |
//! | [`text`] | words, vocabularies, documents as numbers |
//! | [`vision`] | images as numbers: brought to a network's size, and varied |
//! | [`data`] | readers of public formats, splits and budgets, the built-in review world, letters and digits |
//! | [`session`] | recipe, log, history, verdict, checkpoints: plain schemas |
//! | [`plot`] | maps of words: names placed so that they do not overlap; the map as a file (SVG, CSV) |
//! | [`kernel`] | products, general and laid out beforehand, dot products, rows, codes, mapped files, large pages: the only room with `unsafe` |
//! | [`files`], [`rng`], [`fault`], [`error`] | atomic saves and decompression; named random streams; panics that become sentences; one error type |
//!
//! # What always holds
//!
//! - **The log is the truth.** Whatever is shown is a fold ([`session::history::History`]) over the records
//!   that the log keeps. A live session, a finished one and a replay are one code path.
//! - **Training moves in small steps.** Between two of them the thread looks at its commands; nothing is
//!   ever killed, and every front end is the same client of [`train::worker`].
//! - **Same seed, same bits**, at any number of threads, broken off and resumed or not, on every x86-64 processor
//!   with AVX2 and one system (other kinds of machine: [`kernel::dispatch::machine`]). Work is cut into
//!   shards whose number does not depend on the threads, partial results are added in a fixed order, and
//!   random numbers come from streams named by their purpose ([`rng::stream`]).
//! - **What is on disk is whole.** Files are written beside their target, synced and renamed; of a log only
//!   the last line can be cut, and it is then ignored.
//! - **Bad input is a sentence**, with file and line, never a panic; memory grows with what was read, not
//!   with what a header claims.
//! - **Text from data never reaches a terminal raw** ([`error::printable`]).
//! - **Frozen is frozen.** A frozen table has no gradient, and its bytes are compared before and after.
//! - **Test data decides nothing.** It is looked at for the final table; choices are made on validation data.
//!
//! # What is deliberately absent
//!
//! - Automatic differentiation: each layer has its gradient beside it, checked against finite differences.
//! - A graphics processor, and builds that only run on the machine that made them: code for the processor
//!   at hand is chosen when the program runs.
//! - Configuration files: a recipe says everything that matters, and the session keeps it.
//! - Global state: seeds, threads and folders are handed down.

#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod bench;
pub mod cli;
pub mod data;
pub mod error;
pub mod fault;
pub mod files;
pub mod kernel;
pub mod models;
pub mod nn;
pub mod plot;
pub mod pretrain;
pub mod rng;
pub mod session;
pub mod text;
pub mod train;
pub mod transfer;
pub mod tui;
pub mod vectors;
pub mod vision;
