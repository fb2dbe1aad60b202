//! The training thread: commands in, events out, one bounded step at a time.

pub mod command;
pub mod event;
pub mod outbox;
