//! `cluster`: clusters documents without labels. If there are labels, reports how far clusters and classes agree.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::ValueEnum;
use serde::Serialize;

use crate::data::demo_task;
use crate::data::labelled::{self, Gathered, Texts};
use crate::data::table::Columns;
use crate::error::{Error, Result};
use crate::files;
use crate::session::choices::Grouped;
use crate::session::method::DocumentVector;
use crate::session::recipe::Recipe;
use crate::session::text_source::TextSource;
use crate::session::text_transfer::{TextFiles, TextTask, TextTransfer, Tokens};
use crate::text::documents::Documents;
use crate::train::threads;
use crate::transfer::grouping::{self, Agreement, Groups, Plan};
use crate::transfer::lookup::TransferTable;
use crate::transfer::statistics;
use crate::vectors::WordVectors;

use super::global::Global;
use super::out::{self, Out};
use super::{number, recipes, table, vectors};

/// What `cluster` takes.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("texts").args(["recipe", "data"]).required(true))]
pub struct Args {
    /// A recipe: the training part of its task is clustered. If it names a file of vectors, they are used
    pub recipe: Option<PathBuf>,
    /// Labelled texts in a format that recipes read: CSV, TSV, JSON lines, `label text` lines, or a folder or
    /// archive with a folder for each class. If it has parts, only the training part is clustered
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// FILE has one text on each line and no labels
    #[arg(long, requires = "data", conflicts_with_all = ["text", "label", "bodies"])]
    pub unlabelled: bool,
    /// The column with the text
    #[arg(long, value_name = "COLUMN", requires = "data")]
    pub text: Option<String>,
    /// The column with the label
    #[arg(long, value_name = "COLUMN", requires = "data")]
    pub label: Option<String>,
    /// Leave out everything before the first empty line of a text: the head of a mail or a news article
    #[arg(long, requires = "data")]
    pub bodies: bool,
    /// How texts are split into tokens [default: as in the recipe, otherwise words]
    #[arg(long, value_name = "HOW")]
    pub tokens: Option<Tokens>,
    /// Word vectors for document vectors: a file, or a session
    #[arg(long, value_name = "FILE")]
    pub vectors: Option<PathBuf>,
    /// Read only the first N vectors
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// The features of a document [default: sif with vectors, tfidf without]
    #[arg(long, value_name = "WHAT")]
    pub by: Option<ByName>,
    /// Number of clusters [default: the number of classes]
    #[arg(long, value_name = "N")]
    pub k: Option<usize>,
    /// Number of clusterings, each with its own seed. The one with the lowest inertia is shown
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seeds: u32,
    /// Random starts of each clustering; the best one counts (scikit-learn's n_init)
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub starts: usize,
    /// TF-IDF leaves out words that occur in more than this fraction of the documents; 1 keeps all words
    #[arg(long, value_name = "FRACTION", default_value_t = 0.1)]
    pub max_df: f64,
    /// Dimensions that TF-IDF is reduced to
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub components: usize,
    /// Do not scale document vectors to length 1
    #[arg(long)]
    pub raw: bool,
    /// Typical words to print for each cluster
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub words: usize,
    /// Write a CSV file with a row for every document: its cluster, its class, its distance from the centre
    #[arg(long, value_name = "OUT")]
    pub csv: Option<PathBuf>,
}

/// See [`Args::by`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ByName {
    /// Smooth inverse frequency: weighted mean without the common direction (Arora et al. 2017)
    Sif,
    /// Mean of the words' vectors
    Mean,
    /// Mean weighted by inverse document frequency
    TfidfMean,
    /// Largest value of each dimension
    Max,
    /// Mean and largest values
    MeanMax,
    /// TF-IDF of the words, reduced to fewer dimensions; needs no vectors
    Tfidf,
}

#[derive(Serialize)]
struct Report {
    documents: usize,
    k: usize,
    by: String,
    seeds: Vec<Seed>,
    /// Mean and sample standard deviation over the seeds; null without labels.
    purity: Option<Spread>,
    nmi: Option<Spread>,
    clusters: Vec<Cluster>,
    read: Vec<String>,
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct Seed {
    seed: u64,
    inertia: f64,
    iterations: usize,
    purity: Option<f64>,
    nmi: Option<f64>,
}

#[derive(Serialize)]
struct Spread {
    mean: f64,
    deviation: f64,
}

#[derive(Serialize)]
struct Cluster {
    /// Counted from 1.
    cluster: usize,
    size: usize,
    /// The most frequent class, and its fraction of the cluster.
    class: Option<String>,
    fraction: Option<f64>,
    words: Vec<Word>,
}

#[derive(Serialize)]
struct Word {
    word: String,
    z: f64,
}

/// Clusters documents.
///
/// # Errors
/// When texts or vectors cannot be read, or there are fewer documents than clusters.
pub fn cluster(args: Args, global: &Global) -> Result<ExitCode> {
    check(&args)?;
    let recipe = args.recipe.as_deref().map(recipes::find).transpose()?.map(|(recipe, _)| recipe);
    let seed = global.seed.or(recipe.as_ref().map(|recipe| recipe.seed)).unwrap_or(1);
    let pool = threads::pool(global.threads)?;
    let read = gather(&args, recipe.as_ref(), seed)?;
    let how =
        args.tokens.or(recipe.as_ref().and_then(|recipe| Some(recipe.text()?.tokens))).unwrap_or_default();
    let (told, remarks) = (read.read, read.remarks);
    let mut documents = Documents::new(read.classes).cut_by(how);
    documents.push_set("training", read.documents.into_iter().map(|d| (d.text, d.label)));
    let k = clusters(&args, &documents)?;
    let vectors = word_vectors(&args, recipe.as_ref(), global)?;
    let mut documents = Arc::new(documents);
    if let Some(model) = vectors.as_ref().and_then(|vectors| vectors.static_model.as_ref()) {
        documents = documents.in_tokens_of(model.tokeniser.clone())?;
    }
    let documents =
        vectors.as_ref().map_or(documents.clone(), |vectors| documents.clone().joined(&vectors.words));
    let name = args.by.unwrap_or(if vectors.is_some() { ByName::Sif } else { ByName::Tfidf });
    let by = match name {
        ByName::Tfidf => Grouped::Counts { max_df: args.max_df, components: args.components },
        ByName::Sif => Grouped::Vectors(DocumentVector::Sif),
        ByName::Mean => Grouped::Vectors(DocumentVector::Mean),
        ByName::TfidfMean => Grouped::Vectors(DocumentVector::TfIdfMean),
        ByName::Max => Grouped::Vectors(DocumentVector::Max),
        ByName::MeanMax => Grouped::Vectors(DocumentVector::MeanMax),
    };
    let plan = Plan { k, starts: args.starts, seed, seeds: args.seeds, words: args.words };
    let found = pool.install(|| {
        let table = vectors.map(|vectors| TransferTable::new(vectors, &documents));
        let rows = grouping::rows(by, &documents, table.as_ref(), args.raw, seed)?;
        grouping::group(&documents, &rows, plan)
    })?;
    let report = report(&documents, &found, by.name().to_string(), told, remarks);
    if let Some(path) = &args.csv {
        files::save(path, |file| file.write_all(grouping::table(&documents, &found).as_bytes()))?;
    }
    print(&report, &found, global)?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses values that are out of range.
fn check(args: &Args) -> Result<()> {
    let wrong = |problem: String, remedy: &str| Err(Error::request(problem, remedy));
    if !(args.max_df > 0.0 && args.max_df <= 1.0) {
        return wrong(
            format!("--max-df {} is not a fraction", args.max_df),
            "0.1 is usual, 1 keeps every word",
        );
    }
    for (name, value) in [("--components", args.components), ("--starts", args.starts)] {
        if value == 0 {
            return wrong(format!("{name} is 0"), "leave it out for the usual number");
        }
    }
    if args.seeds == 0 {
        return wrong("--seeds is 0".into(), "leave it out for one");
    }
    Ok(())
}

/// Reads the texts that the arguments name.
fn gather(args: &Args, recipe: Option<&Recipe>, seed: u64) -> Result<Gathered> {
    let mut going_on = |_| Ok(());
    if let Some(path) = &args.data {
        if args.unlabelled {
            return labelled::gather_lines(path, &mut going_on);
        }
        let columns = Columns { text: args.text.clone(), label: args.label.clone() };
        let texts = Texts { columns, bodies: args.bodies };
        return labelled::gather(&TextFiles::One(path.clone()), &texts, &mut going_on);
    }
    match (recipe, recipe.and_then(Recipe::text).map(TextTransfer::task)) {
        (_, Some(TextTask::Files { train, text, label, bodies, .. })) => {
            let columns = Columns { text: text.clone(), label: label.clone() };
            labelled::gather(train, &Texts { columns, bodies: *bodies }, &mut going_on)
        }
        (_, Some(TextTask::Demo { train, test })) => {
            let read = demo_task::load(*train, *test, seed)?;
            Ok(Gathered {
                classes: read.classes,
                documents: read.train,
                read: read.read,
                remarks: read.remarks,
            })
        }
        (Some(_), None) => {
            let remedy = "name a recipe of texts, or a file with --data";
            Err(Error::request("this recipe classifies images, and `cluster` groups texts", remedy))
        }
        (None, None) => Err(Error::request("no texts", "name a recipe, or a file with --data")),
    }
}

/// The number of clusters: `--k`, or the number of classes.
fn clusters(args: &Args, documents: &Documents) -> Result<usize> {
    match (args.k, documents.classes.len()) {
        (Some(k), _) => Ok(k),
        (None, classes) if classes > 1 => Ok(classes),
        _ => Err(Error::request("the texts have no classes to count", "give the number of clusters: --k 20")),
    }
}

/// The vectors that the command line or the recipe names.
fn word_vectors(args: &Args, recipe: Option<&Recipe>, global: &Global) -> Result<Option<Arc<WordVectors>>> {
    // TF-IDF needs no vectors, so none are read.
    if args.by == Some(ByName::Tfidf) {
        return Ok(None);
    }
    let source = match (&args.vectors, recipe.and_then(Recipe::text_source)) {
        (Some(path), _) => Some((path, args.limit)),
        (None, Some(TextSource::Vectors { file, limit })) => Some((file, args.limit.or(*limit))),
        _ => None,
    };
    let read = |(path, limit): (&PathBuf, Option<usize>)| vectors::read(path, limit, global);
    Ok(source.map(read).transpose()?.map(Arc::new))
}

fn report(
    documents: &Documents,
    found: &Groups,
    by: String,
    read: Vec<String>,
    remarks: Vec<String>,
) -> Report {
    let spread = |of: fn(&Agreement) -> f64| {
        let values: Option<Vec<f64>> =
            found.trials.iter().map(|trial| trial.agreement.as_ref().map(of)).collect();
        values.map(|values| Spread {
            mean: statistics::mean(&values),
            deviation: statistics::deviation(&values),
        })
    };
    let clusters = found.groups.iter().enumerate().map(|(place, group)| Cluster {
        cluster: place + 1,
        size: group.size,
        class: group.class.map(|(class, _)| documents.classes[class].clone()),
        fraction: group.class.map(|(_, fraction)| fraction),
        words: (group.words.iter())
            .map(|&(word, z)| Word { word: documents.words.get(word as usize).to_string(), z })
            .collect(),
    });
    Report {
        documents: documents.tokens.len(),
        k: found.groups.len(),
        by,
        seeds: (found.trials.iter())
            .map(|trial| Seed {
                seed: trial.seed,
                inertia: trial.inertia,
                iterations: trial.iterations,
                purity: trial.agreement.map(|agreement| agreement.purity),
                nmi: trial.agreement.map(|agreement| agreement.nmi),
            })
            .collect(),
        purity: spread(|agreement| agreement.purity),
        nmi: spread(|agreement| agreement.nmi),
        clusters: clusters.collect(),
        read,
        remarks,
    }
}

fn print(report: &Report, found: &Groups, global: &Global) -> Result<()> {
    let mut out = Out::new();
    if global.json {
        out.json(report)?;
        return out.finish();
    }
    report.read.iter().for_each(|read| out::tell(&format!("read: {read}")));
    report.remarks.iter().for_each(|remark| out::tell(remark));
    let documents = number::counted(report.documents as u64, "document", "documents");
    let k = number::counted(report.k as u64, "cluster", "clusters");
    out.line(&format!("{documents} in {k} by {}", report.by))?;
    let spread = |spread: &Spread| {
        let mean = number::percent(spread.mean);
        if found.trials.len() > 1 { format!("{mean} ± {}", number::percent(spread.deviation)) } else { mean }
    };
    if let (Some(purity), Some(nmi)) = (&report.purity, &report.nmi) {
        let kept = &report.seeds[found.kept];
        let over = match found.trials.len() {
            1 => String::new(),
            n => format!(" over {n} seeds; seed {} has the lowest inertia and is shown", kept.seed),
        };
        out.line(&format!("purity {} %, NMI {} %{over}", spread(purity), spread(nmi)))?;
    }
    out.line("")?;
    let labelled = report.purity.is_some();
    let heads: &[&str] = if labelled {
        &[">cluster", ">documents", "commonest class", ">%", "telling words"]
    } else {
        &[">cluster", ">documents", "telling words"]
    };
    let mut table = table::Table::new(heads);
    for cluster in &report.clusters {
        let mut cells = vec![cluster.cluster.to_string(), number::count(cluster.size as u64)];
        if labelled {
            cells.push(cluster.class.clone().unwrap_or_default());
            cells.push(cluster.fraction.map_or(String::new(), number::percent));
        }
        let words: Vec<&str> = cluster.words.iter().map(|word| &word.word[..]).collect();
        cells.push(words.join(" "));
        table.row(cells);
    }
    out.lines(&table.lines())?;
    out.finish()
}
