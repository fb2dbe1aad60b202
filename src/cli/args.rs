//! The command line as it is typed. What the commands mean is in their own files.

use clap::{Parser, Subcommand};

use super::global::Global;
use super::{
    bench, cluster, compare, completions, convert, evaluate, export, generate, lr_find, map, neighbours,
    predict, pretrain, recipes, replay, resume, run, test,
};

/// Transfer learning in a terminal: pre-train word vectors, carry them to a small task as fixed or
/// initial values, and see what that bought.
///
/// Without a command it opens the workbench on the built-in demo; where standard output is no
/// terminal, it runs the demo and prints the comparison.
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
    /// Run a recipe: pre-train or read vectors, train every run, compare
    #[command(after_long_help = format!("A recipe for labelled texts of your own:\n\n{}", recipes::TEMPLATE))]
    Run(run::Args),
    /// Go on with a session that was stopped or killed, to the same final bits
    Resume(resume::Args),
    /// Look at a session again; needs nothing but its log
    Replay(replay::Args),
    /// Print the comparison of one session, or of several side by side
    Compare(compare::Args),
    /// Take a session's figures away, or one of its models: for Python, or as ONNX
    Export(export::Args),
    /// Train word vectors on plain text
    Pretrain(pretrain::Args),
    /// Print the words nearest to a word, or to "king - man + woman"
    #[command(visible_aliases = ["neighbors", "nn", "most-similar"])]
    Neighbours(neighbours::Args),
    /// Print what is to C as B is to A
    Analogy(neighbours::AnalogyArgs),
    /// Print which of some words does not belong
    #[command(visible_alias = "doesnt-match")]
    OddOneOut(neighbours::OddArgs),
    /// Draw words in two dimensions, as an image (SVG) or a table (CSV)
    Map(map::Args),
    /// Compare word vectors with what people say of pairs of words, and ask them analogies
    Evaluate(evaluate::Args),
    /// Ask a trained model about new texts or images: a session's, a fastText model, an image network
    Predict(predict::Args),
    /// Test a trained model on labelled texts or images: accuracy, F1, calibration, mistakes
    Test(test::Args),
    /// Look for a learning rate: a short test at learning rates that grow, of the pre-training or of a method
    LrFind(lr_find::Args),
    /// Print what a session's language model goes on with after some words
    Generate(generate::Args),
    /// Put documents together by their words, without labels
    Cluster(cluster::Args),
    /// Write word vectors in another format
    Convert(convert::Args),
    /// Measure how fast a piece of work goes on this machine
    Bench(bench::Args),
    /// Print a script that makes a shell complete commands and options
    Completions(completions::Args),
    /// Print the manual page, or write one for each command
    Man(completions::ManArgs),
}
