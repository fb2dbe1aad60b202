//! `map`: words in two dimensions, written as an image (SVG) or a table (CSV).

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::files;
use crate::plot::{Kind, Spot, file};
use crate::session::choices::{Closeness, Layout};
use crate::train::threads;
use crate::vectors::expression::Expression;
use crate::vectors::project::Map;
use crate::vectors::{View, tsne};

use super::global::Global;
use super::neighbours::{From, List};
use super::out::Out;
use super::{number, vectors};

/// What `map` takes.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("choice").args(["words", "around", "frequent"]))]
pub struct Args {
    #[command(flatten)]
    pub from: From,
    /// Draw these words: "good,bad,fair", or a file with one word on each line
    #[arg(long, value_name = "WORDS")]
    pub words: Option<String>,
    /// Draw a word, or "king - man + woman", and its neighbours
    #[arg(long, value_name = "WORD")]
    pub around: Option<String>,
    /// Draw the first N words. In most files these are the most frequent words [default: 100]
    #[arg(long, value_name = "N")]
    pub frequent: Option<usize>,
    /// Number of neighbours to draw with --around
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub count: usize,
    /// The projection to two dimensions
    #[arg(long = "by", value_name = "LAYOUT", default_value = "pca")]
    pub layout: LayoutName,
    /// The file to write: an image if its name ends in .svg, a table if it ends in .csv
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// See [`Layout`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LayoutName {
    /// Principal components: directions and distances have a meaning
    Pca,
    /// t-SNE: keeps near words near, and separates groups
    Tsne,
}

/// The most words that are drawn.
const MOST: usize = 100_000;

#[derive(Serialize)]
struct Report<'a> {
    out: &'a PathBuf,
    words: usize,
    by: &'static str,
    /// Words whose label had no room in the image.
    unnamed: usize,
}

/// Draws a map.
///
/// # Errors
/// When the vectors cannot be read or lack a word, or the file cannot be written.
pub fn map(args: Args, global: &Global) -> Result<ExitCode> {
    let extension = args.out.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    let image = match extension.as_deref() {
        Some("svg") => true,
        Some("csv") => false,
        _ => {
            let problem = format!("{} has an unknown ending", args.out.display());
            return Err(Error::request(problem, "end it in .svg or .csv"));
        }
    };
    let (layout, name) = match args.layout {
        LayoutName::Pca => (Layout::Pca, "PCA"),
        LayoutName::Tsne => (Layout::Tsne, "t-SNE"),
    };
    let pool = threads::pool(global.threads)?;
    let vectors = vectors::read(&args.from.vectors, args.from.limit, global)?;
    let spots = pool.install(|| spots(&args, vectors.view(), layout))?;
    let title = match &args.around {
        Some(word) => format!("around {word} · {name}"),
        None => format!("{} words · {name}", number::count(spots.len() as u64)),
    };
    let (text, unnamed) = if image { file::svg(&title, &spots) } else { (file::csv(&spots), 0) };
    files::save(&args.out, |to| to.write_all(text.as_bytes()))?;
    let mut out = Out::new();
    if global.json {
        out.json(&Report { out: &args.out, words: spots.len(), by: name, unnamed })?;
    } else {
        let rest = match unnamed {
            0 => String::new(),
            n => format!("; {n} names have no room and appear under the mouse"),
        };
        let words = number::counted(spots.len() as u64, "word", "words");
        out.line(&format!("wrote {}: {words} by {name}{rest}", args.out.display()))?;
    }
    out.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// The words with their positions, the most important ones first.
fn spots(args: &Args, view: View<'_>, layout: Layout) -> Result<Vec<Spot>> {
    let mut rows: Vec<(usize, Kind)> = if let Some(word) = &args.around {
        let own = Expression::parse(&view, word)?.ids().into_iter().map(|id| (id, Kind::Chosen));
        let near = view.near(word, Closeness::Cosine, args.count, None)?;
        own.chain(near.into_iter().map(|near| (near.id, Kind::Near))).collect()
    } else if let Some(words) = &args.words {
        List::read(words)?.rows(view)?.into_iter().map(|id| (id, Kind::Near)).collect()
    } else {
        (0..args.frequent.unwrap_or(100).min(view.words().len())).map(|id| (id, Kind::Near)).collect()
    };
    let mut seen = std::collections::HashSet::new();
    rows.retain(|(id, _)| seen.insert(*id));
    let most = if layout == Layout::Tsne { tsne::MOST } else { MOST };
    if rows.len() > most {
        let problem = format!("a map of {} words", number::count(rows.len() as u64));
        let remedy = format!("this projection draws at most {} words", number::count(most as u64));
        return Err(Error::request(problem, remedy));
    }
    let ids: Vec<usize> = rows.iter().map(|row| row.0).collect();
    let mut map = Map::new(view, &ids, layout);
    while !map.step() {}
    let spot = |(&(id, kind), &[x, y]): (&(usize, Kind), &[f32; 2])| Spot {
        word: view.words().get(id).to_string(),
        x,
        y,
        kind,
    };
    Ok(rows.iter().zip(map.places()).map(spot).collect())
}
