//! The state of the screen Words, and the actions of its keys.

use crate::plot::place::Lens;
use crate::session::choices::{AnalogyScore, Closeness, Layout};
use crate::session::concordance::Concordance;
use crate::session::record::Neighbour;
use crate::train::protocol::event::{Axes, Clusters, Moved, NearSentences};
use crate::tui::widgets::input::Input;

use super::kept::Kept;
use super::looks::Looks;
use super::sort::Sort;
use super::trail::Trail;
use super::view::View;
use crate::tui::screens::asked::Asked;

/// An explanation for somebody who sees the screen for the first time.
pub const ABOUT: &str = "Words with like meanings get like vectors. Type a word: what is near it?";

/// The state of the screen.
#[derive(Debug, Default)]
pub struct Words {
    pub(super) view: View,
    /// The word whose neighbours are shown.
    pub(super) word: Input,
    /// The three words of an analogy.
    pub(super) three: Input,
    /// The text whose nearest texts are shown.
    pub(super) sentence: Input,
    /// The axes and the words on them.
    pub(super) axes: Input,
    /// The word whose contexts are compared with those of the word.
    pub(super) with: Option<String>,
    /// The index of the first visible line of the corpus, and the order of these lines.
    pub(super) line: usize,
    pub(super) sort: Sort,
    /// The moment whose neighbours are shown beside the present ones.
    pub(super) moment: Option<Kept>,
    /// The words that were left for another one.
    pub(super) trail: Trail,
    /// The questions and their answers.
    pub(super) asked: Questions,
    /// The fine-tuned run whose own vectors are shown beside the pre-trained ones.
    pub(super) run: Option<usize>,
    /// The index of the selected line in the current list.
    pub(super) selected: Option<usize>,
    /// Whether the neighbours in all sources are shown side by side.
    pub(super) beside: bool,
    /// The place of the first source that is shown side by side.
    pub(super) first_source: usize,
    /// The index of the first visible row of probe words.
    pub(super) probe: usize,
    /// The measure of similarity between words.
    pub(super) by: Closeness,
    /// The scoring method for analogies.
    pub(super) score: AnalogyScore,
    pub(super) layout: Layout,
    /// Which words the map shows.
    pub(super) choice: Choice,
    pub(super) lens: Lens,
    /// The position at which the mouse holds the map while dragging it.
    pub(super) grip: Option<(u16, u16)>,
    /// Whether the view of coverage shows the accuracy after training instead of the words before it.
    pub(super) afterwards: bool,
    /// Whether the view of drift shows words rather than layers, where only one of them has room.
    pub(super) of_words: bool,
    /// The features for clustering, as an index among all kinds.
    pub(super) grouped: usize,
    /// The number of clusters; `None` means as many as there are classes.
    pub(super) k: Option<usize>,
}

/// The actions of the screen's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScreenAction {
    Type,
    /// Ask now; if a line is selected, go to its word.
    Enter,
    /// Go back to the word that was left last.
    Return,
    /// Use the next completion of the typed text.
    Complete,
    Show(View),
    /// Show the vectors of the fine-tuned run this many places later.
    Table(i8),
    /// Keep this moment, and show its neighbours beside later ones; or show one list again.
    Moment,
    /// Sort the lines of the corpus in the next way.
    NextSort,
    /// Show the neighbours in all sources side by side, or those in one.
    Beside,
    /// Side by side, begin with the source this many places later.
    Source(i8),
    /// Select the line this many rows below; on the map, move down.
    Line(i8),
    /// On the map, move to the right.
    Side(i8),
    Zoom(i8),
    /// Show the whole map.
    Whole,
    /// Switch between cosine and dot product.
    Measure,
    /// Switch between 3CosAdd and 3CosMul.
    NextAnalogyScore,
    /// Switch between principal components and t-SNE.
    NextLayout,
    /// Show other words on the map.
    Choose,
    /// Use the next kind of features for clustering.
    NextGrouped,
    /// Increase the number of clusters by this many.
    Clusters(i8),
    /// Save the clusters to a file, as a table.
    SaveClusters,
    /// Save the map to a file, as an image or a table.
    Save {
        table: bool,
    },
    /// Show more probe words, or scroll by pages.
    Page(i8),
}

/// Which words the map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// The word with its neighbours, and the probe words with theirs.
    #[default]
    Near,
    /// Only the probe words and their neighbours.
    Probes,
    /// The most frequent words.
    Frequent,
}

impl Choice {
    /// The next choice. `probes` says whether there are probe words; without them, [`Choice::Probes`] is skipped.
    pub fn next(self, probes: bool) -> Choice {
        match self {
            Choice::Near if probes => Choice::Probes,
            Choice::Near => Choice::Frequent,
            Choice::Probes => Choice::Frequent,
            Choice::Frequent => Choice::Near,
        }
    }
}

/// All questions of the screen.
#[derive(Debug, Default)]
pub struct Questions {
    /// When the typed text changed, if no question about it was asked since then.
    pub(super) changed: Option<f64>,
    pub near: Asked<Looks>,
    /// The same from the vectors of the selected run.
    pub own: Asked<Looks>,
    /// The lists of all sources, in their order.
    pub beside: Asked<Vec<Result<Vec<Neighbour>, String>>>,
    /// The question that keeps a moment.
    pub kept: Asked<()>,
    /// The lists at the kept moment and now.
    pub moments: Asked<[Result<Vec<Neighbour>, String>; 2]>,
    pub occurrences: Asked<Concordance>,
    pub axes: Asked<Axes>,
    pub analogy: Asked<Looks>,
    pub sentences: Asked<NearSentences>,
    /// The same from the encoder of the selected run.
    pub own_sentences: Asked<NearSentences>,
    pub drift: Asked<Vec<Moved>>,
    pub map: Asked<Vec<(String, f32, f32)>>,
    pub clusters: Asked<Clusters>,
    pub(super) complete: Asked<()>,
    pub completions: Vec<String>,
    /// The index of the completion that the next tab uses.
    pub(super) next: usize,
}

impl Questions {
    /// The next completion; after the last comes the first.
    pub fn completion(&mut self) -> Option<String> {
        let word = self.completions.get(self.next % self.completions.len().max(1)).cloned();
        self.next += 1;
        word
    }

    /// Drops answers about the vectors that were shown before.
    pub fn table_changed(&mut self) {
        self.own = Asked::default();
        self.own_sentences = Asked::default();
        self.drift = Asked::default();
        self.map = Asked::default();
        self.axes = Asked::default();
        self.clusters = Asked::default();
    }

    /// Drops the pending question about clusters. The clusters found so far stay until new ones arrive.
    pub fn clusters_changed(&mut self) {
        self.clusters.restart();
    }

    /// Drops the lists, because ranks by different similarity measures cannot be compared.
    pub fn measure_changed(&mut self) {
        self.near = Asked::default();
        self.own = Asked::default();
        self.beside = Asked::default();
        self.moments = Asked::default();
        self.analogy = Asked::default();
    }

    /// Drops the map, because it must show something else.
    pub fn map_changed(&mut self) {
        self.map = Asked::default();
    }

    pub fn analogy_words(&self) -> Vec<String> {
        self.analogy.found.iter().flat_map(|looks| &looks.list).map(|n| n.word.clone()).collect()
    }

    pub fn drift_words(&self) -> Vec<String> {
        self.drift.found.iter().flatten().map(|moved| moved.word.clone()).collect()
    }
}
