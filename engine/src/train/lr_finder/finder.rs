//! Range tests for a front end. They are computed on a separate thread while training continues.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;

use crate::error::{Error, Result};
use crate::fault;
use crate::session::recipe::Recipe;
use crate::train::job::Job;
use crate::train::protocol::command::{Id, LrTarget};
use crate::train::protocol::curve::{Curve, Sweep};
use crate::train::protocol::event::{Answer, LrTest};
use crate::train::threads;

use crate::train::beside::{self, Beside};
use crate::train::ground::Ground;

/// Holds at most one range test; a new one replaces the one in progress.
#[derive(Default)]
pub struct Finder {
    running: Option<Beside>,
}

impl Finder {
    /// Starts a test with this number of threads.
    ///
    /// # Errors
    /// Why the test cannot be done, as a message.
    pub fn ask(
        &mut self,
        id: Id,
        of: LrTarget,
        job: &Job,
        threads: usize,
    ) -> std::result::Result<(), String> {
        let ground = match of {
            LrTarget::Source => None,
            LrTarget::Method(..) => {
                Some(job.ground(None).ok_or("what the runs begin with is not there yet")?)
            }
        };
        // While the session trains, the test uses one thread only.
        let threads = if job.finished() { threads } else { 1 };
        let (recipe, unwanted) = (job.recipe.clone(), Arc::new(AtomicBool::new(false)));
        let (to, answers) = crossbeam_channel::unbounded();
        let stop = unwanted.clone();
        let begun = fault::spawn("finder", move || {
            let teller = Teller { of, to, stop };
            match fault::contained("the range test", || teller.test(&recipe, ground, threads)) {
                // Nobody waits for the answer any more.
                Ok(()) | Err(Error::Interrupted) => {}
                Err(error) => drop(teller.to.send(Answer::Unknown(error.to_string()))),
            }
        });
        begun.map_err(|error| error.to_string())?;
        self.running = Some(Beside { id, answers, unwanted });
        Ok(())
    }

    /// Whether an answer is to come.
    pub fn waits(&self) -> bool {
        self.running.is_some()
    }

    /// The newest answer, if there is one that was not returned yet.
    pub fn step(&mut self) -> Option<(Id, Answer)> {
        beside::newest(&mut self.running)
    }
}

/// Reports the progress of a test.
struct Teller {
    of: LrTarget,
    to: Sender<Answer>,
    stop: Arc<AtomicBool>,
}

impl Teller {
    fn tell(&self, test: LrTest) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) || self.to.send(Answer::LrFinder(Box::new(test))).is_err() {
            return Err(Error::Interrupted);
        }
        Ok(())
    }

    fn test(&self, recipe: &Recipe, ground: Option<Ground>, threads: usize) -> Result<()> {
        let pool = threads::pool(threads)?;
        let sweep = Sweep::default();
        let about = |doing: &str, curve: &Curve, optimizer: String, own_learning_rate: f32| LrTest {
            of: self.of,
            doing: doing.to_string(),
            optimizer,
            own_learning_rate,
            curve: curve.clone(),
        };
        let (mut said, none) = (String::new(), Curve::default());
        let mut going = |doing: &str, _: f64| {
            // The same message is not sent again, but each time it is checked whether the answer is still wanted.
            if said == doing && !self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            said = doing.to_string();
            self.tell(about(doing, &none, String::new(), 0.0))
        };
        let mut tested = match ground {
            None => super::source(recipe, sweep.updates, &pool, &mut going)?,
            Some(mut ground) => ground.tested(self.of, sweep.updates)?,
        };
        let (optimizer, own) = (tested.optimizer(), tested.own_learning_rate());
        super::test(&mut *tested, sweep, &pool, &mut |curve| {
            self.tell(about("trying learning rates", curve, optimizer.clone(), own))
        })?;
        Ok(())
    }
}
