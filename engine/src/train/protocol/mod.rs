//! The messages between front ends and the training thread: plain data, without code that does the work.
//!
//! [`command`] has the commands and questions of a front end, [`event`] the events of the thread, [`curve`] the curve
//! of a range test, [`labelling`] what a labelling asks and shows. The types come from here, from [`session`](crate::session) and, for images, from
//! [`data::image`](crate::data::image); nothing is re-exported.

pub mod command;
pub mod curve;
pub mod event;
pub mod labelling;
