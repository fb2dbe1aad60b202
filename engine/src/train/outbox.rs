//! The output of the training thread: every record goes to the log, and to the front end as fast as it can receive.
//!
//! The channel to the front end is bounded. While it is full, records wait here. When too many wait, points of curves
//! are thinned; of every few, those with the highest and the lowest loss are kept, so that no spike is lost. Nothing
//! else is ever dropped, and training never waits for a screen.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError};

use crate::error::{Error, Result};
use crate::session::log::{Log, Mark};
use crate::session::record::{Entry, Record};
use crate::train::protocol::event::Event;

/// How many entries may wait before points are thinned.
const PATIENCE: usize = 8_192;
/// The shortest time between two sends of entries. Each send wakes the front end up, which takes time from a training
/// thread.
const PACE: Duration = Duration::from_millis(50);
/// The longest time before the log is handed to the operating system.
const LOG_PACE: Duration = Duration::from_millis(500);

/// The events that wait to be sent, and the log.
pub struct Outbox {
    events: Sender<Event>,
    waiting: VecDeque<Event>,
    log: Option<Log>,
    sent: Instant,
    logged: Instant,
    /// Whether the front end is gone.
    closed: bool,
}

impl Outbox {
    /// An outbox without a log; the log is set when a session begins.
    pub fn new(events: Sender<Event>) -> Self {
        let now = Instant::now();
        Outbox { events, waiting: VecDeque::new(), log: None, sent: now, logged: now, closed: false }
    }

    /// Sets the log of a session; `None` closes it.
    ///
    /// # Errors
    /// When the old log cannot be flushed.
    pub fn set_log(&mut self, log: Option<Log>) -> Result<()> {
        if let Some(mut before) = std::mem::replace(&mut self.log, log) {
            before.flush()?;
        }
        Ok(())
    }

    /// Writes an entry to the log and queues it for the front end.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn record(&mut self, entry: Entry) -> Result<()> {
        if let Some(log) = &mut self.log {
            log.append(&entry)?;
            // Records other than points are rare; they are flushed at once.
            if !is_point(&entry.record) || self.logged.elapsed() > LOG_PACE {
                log.flush()?;
                self.logged = Instant::now();
            }
        }
        self.show(entry);
        Ok(())
    }

    /// Queues an entry for the front end without writing it to the log, which has it already.
    pub fn show(&mut self, entry: Entry) {
        match self.waiting.back_mut() {
            Some(Event::Entries(entries)) => {
                entries.push(entry);
                if entries.len() > PATIENCE {
                    thin(entries);
                }
            }
            _ => self.waiting.push_back(Event::Entries(vec![entry])),
        }
    }

    /// Queues an event other than an entry.
    pub fn tell(&mut self, event: Event) {
        // Of several status events in a row only the last is needed.
        if let (Event::Status(_), Some(Event::Status(_))) = (&event, self.waiting.back()) {
            self.waiting.pop_back();
        }
        self.waiting.push_back(event);
    }

    /// Sends as many events as the channel takes. If only entries wait, they are sent at intervals of [`PACE`].
    pub fn send(&mut self) {
        let only_entries = matches!(self.waiting.front(), Some(Event::Entries(_))) && self.waiting.len() == 1;
        if only_entries && self.sent.elapsed() < PACE {
            return;
        }
        while let Some(event) = self.waiting.pop_front() {
            match self.events.try_send(event) {
                Ok(()) => self.sent = Instant::now(),
                Err(TrySendError::Full(event)) => {
                    self.waiting.push_front(event);
                    return;
                }
                Err(TrySendError::Disconnected(_)) => {
                    self.closed = true;
                    self.waiting.clear();
                }
            }
        }
    }

    /// Sends everything, waiting for the front end where necessary, and closes the log.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn finish(&mut self) -> Result<()> {
        while let Some(event) = self.waiting.pop_front() {
            if self.events.send(event).is_err() {
                self.closed = true;
                self.waiting.clear();
            }
        }
        self.set_log(None)
    }

    /// Syncs the log to the disk, and returns the position up to which it is there.
    ///
    /// # Errors
    /// When the disk refuses the write, or the log was removed or changed meanwhile.
    pub fn sync_log(&mut self) -> Result<Mark> {
        self.log.as_mut().map_or(Ok(Mark::default()), Log::sync)
    }

    /// Whether events wait to be sent.
    pub fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether the front end is gone, so that no command will ever come.
    pub fn closed(&self) -> bool {
        self.closed
    }

    /// Drops the log after it failed, and reports the failure.
    pub fn fail(&mut self, error: &Error) {
        self.log = None;
        self.tell(Event::Failed(error.to_string()));
    }
}

/// Whether this is a point of a curve; there are many of these.
fn is_point(record: &Record) -> bool {
    matches!(record, Record::Step(_) | Record::Pretrain(_))
}

/// Thins a curve: of every four points it keeps the highest and the lowest, in their order.
fn thin(entries: &mut Vec<Entry>) {
    let mut groups: HashMap<Option<usize>, Vec<(usize, f64)>> = HashMap::new();
    let mut keep = vec![true; entries.len()];
    for (place, entry) in entries.iter().enumerate() {
        let loss = match &entry.record {
            // Points with norms are few, and no other point has them.
            Record::Step(point) if point.layers.is_empty() => point.loss,
            Record::Pretrain(point) => point.loss,
            _ => continue,
        };
        let group = groups.entry(entry.record.run()).or_default();
        group.push((place, loss));
        if group.len() == 4 {
            let by_loss = |a: &&(usize, f64), b: &&(usize, f64)| a.1.total_cmp(&b.1);
            let low = group.iter().min_by(by_loss).map(|p| p.0);
            let high = group.iter().max_by(by_loss).map(|p| p.0);
            for &(place, _) in group.iter() {
                keep[place] = Some(place) == low || Some(place) == high;
            }
            group.clear();
        }
    }
    let mut place = 0;
    entries.retain(|_| {
        place += 1;
        keep[place - 1]
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::record::{Note, Stage, StepPoint};

    fn step(step: u64, loss: f64) -> Entry {
        let point = StepPoint {
            run: 0,
            step,
            epoch: 0.0,
            samples: 0,
            loss,
            gradient: 0.0,
            learning_rate: 0.0,
            seconds: 0.0,
            layers: Box::default(),
        };
        Entry { at: step as f64, record: Record::Step(point) }
    }

    #[test]
    fn a_front_end_that_lags_loses_points_but_no_spike_and_no_control() {
        let (sender, receiver) = crossbeam_channel::bounded(2);
        let mut outbox = Outbox::new(sender);
        let notes = 40;
        for number in 0..50_000_u64 {
            let loss = if number == 20_001 { 1e9 } else { (number % 7) as f64 };
            outbox.record(step(number, loss)).unwrap();
            if number % (50_000 / notes) == 0 {
                outbox.record(Entry { at: 0.0, record: Record::Note(Note::Paused) }).unwrap();
            }
            outbox.send();
        }
        outbox.tell(Event::Failed("x".into()));
        let waiting: usize = outbox
            .waiting
            .iter()
            .map(|e| if let Event::Entries(entries) = e { entries.len() } else { 1 })
            .sum();
        assert!(waiting < 2 * PATIENCE, "{waiting} entries wait");
        let reader = std::thread::spawn(move || receiver.iter().collect::<Vec<_>>());
        outbox.finish().unwrap();
        drop(outbox);
        let events = reader.join().unwrap();
        let entries: Vec<&Entry> = events
            .iter()
            .flat_map(|e| if let Event::Entries(entries) = e { &entries[..] } else { &[] })
            .collect();
        assert_eq!(entries.iter().filter(|e| matches!(e.record, Record::Note(_))).count() as u64, notes);
        assert!(entries.iter().any(|e| matches!(&e.record, Record::Step(p) if p.loss == 1e9)));
        let steps: Vec<f64> = entries.iter().filter(|e| is_point(&e.record)).map(|e| e.at).collect();
        assert!(steps.is_sorted() && steps.len() < 50_000);
        assert!(matches!(events.last(), Some(Event::Failed(_))));
    }

    #[test]
    fn a_front_end_that_is_gone_is_noticed() {
        let (sender, receiver) = crossbeam_channel::bounded(2);
        let mut outbox = Outbox::new(sender);
        drop(receiver);
        outbox.tell(Event::Bye);
        outbox.record(Entry { at: 0.0, record: Record::Stage(Stage::Reading) }).unwrap();
        outbox.send();
        assert!(outbox.closed() && !outbox.waits());
    }
}
