//! Questions about where words stand in the corpus. A thread of its own reads the corpus into a sample of bounded size and
//! answers from it, while it reads and afterwards. For rare words it then searches the whole corpus.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError};

use crate::error::Result;
use crate::fault;
use crate::session::concordance::{Coming, Concordance};
use crate::session::parent::Parent;
use crate::session::recipe::Recipe;
use crate::session::source_name::SourceName;
use crate::text::concordance::find::Asked;
use crate::text::concordance::sampled::{Sampled, Searched};
use crate::text::concordance::sampler::{SEARCHED, Sampler, USUAL};
use crate::train::job::Job;
use crate::train::protocol::command::Id;
use crate::train::protocol::event::Answer;

use super::{Opened, open};

/// How many searches are kept for further questions about the same words.
const KEPT: usize = 8;
/// How long the thread waits for a question before it looks whether it is still wanted.
const PATIENCE: Duration = Duration::from_millis(200);

/// A question: one word or two, and the largest number of lines of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// The words.
    pub words: Vec<String>,
    /// The largest number of lines of each word.
    pub count: usize,
}

/// The thread that reads the corpus of a source.
#[derive(Default)]
pub struct Concordances {
    reading: Option<Reading>,
}

struct Reading {
    /// The place of the source in the recipe.
    place: usize,
    questions: Sender<(Id, Wish)>,
    answers: Receiver<(Id, Answer)>,
    /// The question that was asked last, if it is not answered.
    open: Option<Id>,
    unwanted: Arc<AtomicBool>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.unwanted.store(true, Ordering::Relaxed);
    }
}

impl Concordances {
    /// Takes a question. It replaces the one that is not answered yet.
    ///
    /// # Errors
    /// When the system refuses to start a thread.
    pub fn ask(&mut self, id: Id, wish: Wish, job: &Job) -> Result<()> {
        let place = job.place_shown();
        self.reading.take_if(|reading| reading.place != place);
        if self.reading.is_none() {
            self.reading = Some(Reading::start(job, place)?);
        }
        if let Some(reading) = &mut self.reading {
            reading.open = Some(id);
            // The thread ends only after an error, which it has told; `step` then finds it gone.
            let _ = reading.questions.send((id, wish));
        }
        Ok(())
    }

    /// Whether an answer is to come.
    pub fn waits(&self) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.open.is_some())
    }

    /// The answer to the last question, if it has come.
    pub fn step(&mut self) -> Option<(Id, Answer)> {
        let reading = self.reading.as_mut()?;
        loop {
            match reading.answers.try_recv() {
                Ok((id, answer)) if reading.open == Some(id) => {
                    reading.open = None;
                    return Some((id, answer));
                }
                // The answer to a question that was replaced.
                Ok(_) => {}
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => {
                    let id = reading.open.take();
                    self.reading = None;
                    let why = "the reading of the corpus broke off: this is a fault of warmstart";
                    return id.map(|id| (id, Answer::Unknown(why.into())));
                }
            }
        }
    }
}

impl Reading {
    fn start(job: &Job, place: usize) -> Result<Reading> {
        let (questions, asked) = crossbeam_channel::unbounded();
        let (to, answers) = crossbeam_channel::unbounded();
        let unwanted = Arc::new(AtomicBool::new(false));
        let recipe = job.recipe.clone();
        let source = recipe.source_names().get(place).cloned();
        let parents = job.history.parents.clone();
        let mut reader = Reader { asked, to, stop: unwanted.clone(), next: None };
        fault::spawn("concordance", move || {
            let read = || reader.read(&recipe, source.as_ref(), &parents);
            if let Err(error) = fault::contained("reading the corpus", read) {
                reader.refuse(&error.to_string());
            }
        })?;
        Ok(Reading { place, questions, answers, open: None, unwanted })
    }
}

/// The work of the thread.
struct Reader {
    asked: Receiver<(Id, Wish)>,
    to: Sender<(Id, Answer)>,
    stop: Arc<AtomicBool>,
    /// The newest question, if it is not answered.
    next: Option<(Id, Wish)>,
}

impl Reader {
    /// Reads the corpus and answers questions until nobody asks any more.
    fn read(&mut self, recipe: &Recipe, source: Option<&SourceName>, parents: &[Parent]) -> Result<()> {
        let opened = open(recipe, source, parents)?;
        let Some(sampled) = self.sample(&opened, recipe.seed)? else { return Ok(()) };
        let mut known: Vec<Searched> = Vec::new();
        while self.wait() {
            let Some((id, wish)) = self.next.take() else { continue };
            let asked = Asked { words: &wish.words, window: opened.window, count: wish.count };
            let found = sampled.find(&asked, &opened.name);
            if !sampled.lacks(&found) {
                self.tell(id, found);
                continue;
            }
            if let Some(searched) = known.iter().find(|known| known.is_of(&wish.words)) {
                self.tell(id, sampled.find_in(searched, &asked, &opened.name));
                continue;
            }
            self.tell(id, Concordance { coming: Coming::Search, ..found });
            if let Some(searched) = self.search(&opened, recipe.seed, &wish, &sampled)? {
                known.truncate(KEPT - 1);
                known.insert(0, searched);
            }
        }
        Ok(())
    }

    /// Reads the corpus into a sample. `None` if nobody wants it any more.
    fn sample(&mut self, opened: &Opened, seed: u64) -> Result<Option<Sampled>> {
        let mut sampler = Sampler::new(USUAL, seed);
        let mut early = Sampled::default();
        opened.corpus.read(&mut |piece| {
            sampler.take(piece);
            if self.stop.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            self.newest();
            if let Some((id, wish)) = self.next.take() {
                // The index of what was read so far is made again when there is twice as much.
                if early.read() == 0 || sampler.read() >= 2 * early.read() {
                    early = Sampled::new(&sampler, opened.tokens);
                }
                let asked = Asked { words: &wish.words, window: opened.window, count: wish.count };
                let found = early.find(&asked, &opened.name);
                self.tell(id, Concordance { coming: Coming::Rest, ..found });
            }
            ControlFlow::Continue(())
        })?;
        if self.stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        sampler.end();
        Ok(Some(Sampled::new(&sampler, opened.tokens)))
    }

    /// Searches the corpus for the words of a question. Meanwhile, further questions about them are answered from the
    /// sample; one about other words ends the search.
    fn search(
        &mut self,
        opened: &Opened,
        seed: u64,
        wish: &Wish,
        sampled: &Sampled,
    ) -> Result<Option<Searched>> {
        let mut sampler = Sampler::of_words(&wish.words, opened.tokens, SEARCHED, seed);
        let mut broken = false;
        opened.corpus.read(&mut |piece| {
            sampler.take(piece);
            self.newest();
            let others = self.next.as_ref().is_some_and(|(_, next)| next.words != wish.words);
            broken = others || self.stop.load(Ordering::Relaxed);
            if broken {
                return ControlFlow::Break(());
            }
            if let Some((id, wish)) = self.next.take() {
                let asked = Asked { words: &wish.words, window: opened.window, count: wish.count };
                let found = sampled.find(&asked, &opened.name);
                self.tell(id, Concordance { coming: Coming::Search, ..found });
            }
            ControlFlow::Continue(())
        })?;
        sampler.end();
        Ok((!broken).then(|| Searched::new(&wish.words, &sampler, opened.tokens)))
    }

    /// Takes the newest question, if there is one.
    fn newest(&mut self) {
        if let Some(newest) = self.asked.try_iter().last() {
            self.next = Some(newest);
        }
    }

    /// Waits for a question. Returns whether anybody may still ask.
    fn wait(&mut self) -> bool {
        self.newest();
        while self.next.is_none() {
            match self.asked.recv_timeout(PATIENCE) {
                Ok(question) => self.next = Some(question),
                Err(RecvTimeoutError::Timeout) if !self.stop.load(Ordering::Relaxed) => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return false,
            }
            self.newest();
        }
        true
    }

    /// Answers every question with the sentence that says why there is no answer.
    fn refuse(&mut self, why: &str) {
        while self.wait() {
            if let Some((id, _)) = self.next.take() {
                let _ = self.to.send((id, Answer::Unknown(why.to_string())));
            }
        }
    }

    fn tell(&self, id: Id, found: Concordance) {
        // Sending fails if the session has ended; nobody waits for the answer then.
        let _ = self.to.send((id, Answer::Concordance(Box::new(found))));
    }
}
