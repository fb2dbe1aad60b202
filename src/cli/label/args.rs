//! The arguments of `label`.

use std::path::PathBuf;

use crate::session::query_strategy::QueryStrategy;

/// What `label` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A session, a recipe, or labelled examples: its frozen source makes the vectors, and its labels are known from the
    /// start
    #[arg(value_name = "SESSION, RECIPE OR DATA")]
    pub what: Option<PathBuf>,
    /// The texts to label: a table, or a text on each line. Rows that have a label already need none
    #[arg(long, value_name = "FILE", conflicts_with = "simulate")]
    pub texts: Option<PathBuf>,
    /// The CSV or TSV file to which labels are appended [default: beside the texts, with -labels in its name]
    #[arg(long, value_name = "FILE", requires = "texts")]
    pub labels: Option<PathBuf>,
    /// Print so many texts that are worth a label, and take no answers
    #[arg(long, value_name = "N", requires = "texts")]
    pub next: Option<usize>,
    /// Let known labels answer, and compare ways of choosing with random choice
    #[arg(long)]
    pub simulate: bool,
    /// How texts are chosen; several for a simulation, separated by commas [default: margin; in a simulation all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub strategy: Vec<QueryStrategy>,
    /// Choose every Nth text at random: these measure the accuracy, and show what random choice gives; 0 for none
    #[arg(long, value_name = "N", default_value_t = 4, conflicts_with = "simulate")]
    pub random_every: usize,
    /// In a simulation: the number of paired repetitions
    #[arg(long, value_name = "N", default_value_t = 10, requires = "simulate",
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub seeds: u32,
    /// In a simulation: the numbers of labels after which the classifier is tested
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [50, 100, 200], requires = "simulate")]
    pub budgets: Vec<usize>,
    /// Take at most so many texts, drawn at random
    #[arg(long, value_name = "N")]
    pub pool: Option<usize>,
    /// The model that makes the vectors, if no session or recipe has one: the folder of a sentence encoder or of static
    /// token vectors, or a file of word vectors
    #[arg(long, value_name = "PATH")]
    pub vectors: Option<PathBuf>,
    /// If the session has several sources: the one that makes the vectors, by its name in the comparison
    #[arg(long, value_name = "SOURCE", requires = "what")]
    pub source: Option<String>,
    /// The names of the classes, separated by commas, if no session has them
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub classes: Vec<String>,
    /// A test set for labelled examples [default: a part of them]
    #[arg(long, value_name = "FILE", requires = "what")]
    pub test: Option<PathBuf>,
    /// The column with the text
    #[arg(long, value_name = "COLUMN")]
    pub text: Option<String>,
    /// The column with the label
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
}
