//! Clusters of the session's texts. They are computed on a separate thread while training continues.

use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError};

use crate::data::examples::{Examples, TRAIN_SET};
use crate::error::Result;
use crate::fault;
use crate::session::choices::Grouped;
use crate::text::documents::Documents;
use crate::train::protocol::command::{Id, Question};
use crate::train::protocol::event::{Answer, Cluster, Clusters};
use crate::train::threads;
use crate::transfer::grouping::{self, Groups, Plan};
use crate::transfer::lookup::TransferTable;

use super::job::Job;

/// The largest number of texts, so that an answer takes seconds only.
const TEXTS: usize = 20_000;
/// Random starts of k-means, of which the best is used, and typical words per cluster. The command `cluster` has the
/// same defaults.
const STARTS: usize = 10;
const WORDS: usize = 8;
/// How many texts are shown of a cluster, and how many characters of each.
const NEAREST: usize = 3;
const BEGINNING: usize = 160;

/// Questions for clusters. One is computed; of those asked meanwhile only the newest waits.
#[derive(Default)]
pub struct Clustering {
    under_way: Option<(Id, Receiver<Answer>)>,
    next: Option<(Id, Question)>,
}

impl Clustering {
    /// Takes a question. It replaces the one that still waits, whose answer is returned.
    pub fn ask(&mut self, id: Id, question: Question) -> Option<(Id, Answer)> {
        let old = self.next.replace((id, question));
        old.map(|(id, _)| (id, Answer::Unknown("something else was asked meanwhile".into())))
    }

    /// Whether a question is computed or waits.
    pub fn waits(&self) -> bool {
        self.under_way.is_some() || self.next.is_some()
    }

    /// Returns the answer if it is ready, and starts the next question if nothing is computed.
    pub fn step(&mut self, job: Option<&Job>, threads: usize) -> Option<(Id, Answer)> {
        if let Some((id, answer)) = &self.under_way {
            let answer = match answer.try_recv() {
                Ok(answer) => answer,
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => {
                    Answer::Unknown("the clustering broke off: this is a fault of warmstart".into())
                }
            };
            let told = (*id, answer);
            self.under_way = None;
            return Some(told);
        }
        let (id, question) = self.next.take()?;
        // While the session trains, the clustering uses one thread only.
        let threads = if job.is_some_and(Job::finished) { threads } else { 1 };
        match job
            .map_or(Err("nothing is being trained: start or resume a session first".to_string()), |job| {
                Work::new(job, &question)
            }) {
            Ok(work) => {
                let (sender, answer) = crossbeam_channel::bounded(1);
                let begun = fault::spawn("clusters", move || {
                    let done = || threads::pool(threads).and_then(|pool| pool.install(|| work.done()));
                    let found = fault::contained("the clustering", done);
                    // Sending fails if the session has ended; nobody waits for the answer then.
                    let _ = sender.send(found.unwrap_or_else(|error| Answer::Unknown(error.to_string())));
                });
                if let Err(error) = begun {
                    return Some((id, Answer::Unknown(error.to_string())));
                }
                self.under_way = Some((id, answer));
                None
            }
            Err(why) => Some((id, Answer::Unknown(why))),
        }
    }
}

/// What to cluster, and how.
struct Work {
    by: Grouped,
    documents: Arc<Documents>,
    table: Option<Arc<TransferTable>>,
    plan: Plan,
}

impl Work {
    /// What `question` asks for, in the current state of the job.
    fn new(job: &Job, question: &Question) -> std::result::Result<Work, String> {
        let Question::Clusters { by, k, run } = question else {
            return Err("this is no question for clusters".into());
        };
        let Some(documents) = job.documents() else { return Err("the texts are still being read".into()) };
        let mut table = None;
        if let Grouped::Vectors(_) = by {
            let Some(source) = job.text() else { return Err("there are no word vectors yet".into()) };
            let shared = &source.table;
            table = Some(match run {
                None => shared.clone(),
                Some(run) => {
                    let own = job.training.run(*run).and_then(|run| run.learner.inside().word_vectors());
                    let Some(own) = own else { return Err("this run has no vectors of its own".into()) };
                    Arc::new(shared.with_learned(&own))
                }
            });
        }
        // TF-IDF counts the words as they are written, without phrases, like the count-based baselines.
        let documents = if table.is_some() { documents } else { documents.apart() }.clone();
        let k = k.unwrap_or(documents.classes.len());
        let plan = Plan { k, starts: STARTS, seed: job.recipe.seed, seeds: 1, words: WORDS };
        Ok(Work { by: *by, documents, table, plan })
    }

    fn done(self) -> Result<Answer> {
        let Work { by, documents, table, plan } = self;
        let all = documents.set(TRAIN_SET);
        let of = all.len();
        let count = of.min(TEXTS);
        let chosen = (0..count).map(|i| all.start + i * of / count.max(1));
        let documents = documents.some("training", chosen);
        let rows = grouping::rows(by, &documents, table.as_deref(), false, plan.seed)?;
        let found = grouping::group(&documents, &rows, plan)?;
        Ok(Answer::Clusters(Box::new(clusters(by, &documents, of, &found))))
    }
}

fn clusters(by: Grouped, documents: &Documents, of: usize, found: &Groups) -> Clusters {
    let agreement = found.trials.get(found.kept).and_then(|trial| trial.agreement);
    let mut nearest: Vec<usize> = (0..found.clusters.len()).collect();
    nearest.sort_by(|&a, &b| found.distances[a].total_cmp(&found.distances[b]).then(a.cmp(&b)));
    let clusters = found.groups.iter().enumerate().map(|(place, group)| Cluster {
        size: group.size,
        class: group.class.map(|(class, fraction)| (documents.classes[class].clone(), fraction)),
        words: group.words.iter().map(|(word, _)| documents.words.get(*word as usize).into()).collect(),
        nearest: (nearest.iter().filter(|&&i| found.clusters[i] as usize == place).take(NEAREST))
            .map(|&i| grouping::beginning(&documents.texts[i], BEGINNING))
            .collect(),
    });
    Clusters {
        by,
        documents: documents.tokens.len(),
        of,
        purity: agreement.map(|agreement| agreement.purity),
        nmi: agreement.map(|agreement| agreement.nmi),
        clusters: clusters.collect(),
        table: grouping::table(documents, found),
    }
}
