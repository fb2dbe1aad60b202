//! What front ends and the training thread say to each other: plain data, and nothing that does the work.
//!
//! [`command`] is what a front end can ask for, [`event`] what the thread tells, [`curve`] the figures of a range test.
//! The types come from here, from [`session`](crate::session) and, for images, from
//! [`data::image`](crate::data::image); nothing is re-exported.

pub mod command;
pub mod curve;
pub mod event;
