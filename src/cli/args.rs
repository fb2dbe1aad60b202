//! The definition of the command line. Each command does its work in a file of its own.

use clap::{Parser, Subcommand};

use super::global::Global;
use super::{
    audit_labels, axis, bench, cluster, compare, completions, concordance, convert, distill, evaluate,
    export, fork, generate, label, lr_find, map, neighbours, predict, pretrain, recipes, replay, report,
    rerun, resume, run, test, tour, watch,
};

/// Transfer learning in a terminal: pre-train word vectors, carry them to a small task as fixed or
/// initial values, and measure how much that helps.
///
/// Without a command, warmstart opens the workbench: on your sessions and recipes in this folder or, if you have none
/// yet, with the built-in demo under way. If standard output is not a terminal, it runs the demo and prints the comparison.
#[derive(Debug, Parser)]
#[command(name = "warmstart", version, max_term_width = 100)]
pub struct Args {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a recipe: pre-train or read the source, train every run, compare the runs
    #[command(after_long_help = format!("A recipe for labelled texts of your own:\n\n{}", recipes::TEMPLATE))]
    Run(run::Args),
    /// Continue a session that was stopped or killed, to the same final bits
    Resume(resume::Args),
    /// Repeat a session with everything that was done to it by hand, and say whether it has the same bits
    Rerun(rerun::Args),
    /// Begin a session from a state of a run of another one, with some settings changed
    Fork(fork::Args),
    /// Look at a session again; this needs only its log
    Replay(replay::Args),
    /// Follow a session that another process is running, as its log grows; changes nothing
    Watch(watch::Args),
    /// Print the comparison of one session, or of several side by side
    Compare(compare::Args),
    /// Write a session as one HTML page to read, print or mail; or its tables as Markdown or LaTeX
    Report(report::Args),
    /// Export a session's figures (CSV, JSON, TensorBoard), or one of its models for Python or as ONNX
    Export(export::Args),
    /// Take a tour of transfer learning: chapters to read, to guess, to run, and to compare with what was measured
    Tour(tour::Args),
    /// Train word vectors on plain text
    Pretrain(pretrain::Args),
    /// Print the words nearest to a word, or to "king - man + woman"
    #[command(visible_aliases = ["neighbors", "nn", "most-similar"])]
    Neighbours(neighbours::Args),
    /// Print the words that complete "A is to B as C is to ..."
    Analogy(neighbours::AnalogyArgs),
    /// Print the word that does not match the others
    #[command(visible_alias = "doesnt-match")]
    OddOneOut(neighbours::OddArgs),
    /// Print where a word stands in a corpus, or the contexts that two words share
    Concordance(concordance::Args),
    /// Place words on axes such as "good - bad" and "cheap - dear"
    Axis(axis::Args),
    /// Project words to two dimensions, as an image (SVG) or a table (CSV)
    Map(map::Args),
    /// Evaluate word vectors on word-similarity and analogy lists
    Evaluate(evaluate::Args),
    /// Classify new texts or images with a trained model: a session's, a fastText model, an image network
    Predict(predict::Args),
    /// Test a trained model on labelled texts or images: accuracy, F1, calibration, mistakes
    Test(test::Args),
    /// List the training labels of a session that are probably wrong
    AuditLabels(audit_labels::Args),
    /// Label texts: which to label next, into a file of your own; or compare ways of choosing on known labels
    Label(label::Args),
    /// Find a learning rate for the pre-training or for a method, by a short test at growing learning rates
    LrFind(lr_find::Args),
    /// Print texts that a session's language model writes after a prompt
    Generate(generate::Args),
    /// Group documents by their words, without labels
    Cluster(cluster::Args),
    /// Write word vectors in another format
    Convert(convert::Args),
    /// Distil a sentence encoder into static token vectors, as model2vec does
    Distill(distill::Args),
    /// Print where the configuration of the workbench is, and all its defaults
    Config,
    /// Measure the speed of a piece of work on this machine
    Bench(bench::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
    /// Print the manual page, or write a page for each command
    Man(completions::ManArgs),
}
