//! Tours: chapters that explain transfer learning to somebody who has never heard of it.
//!
//! A chapter is data in a RON file: a text, one claim, a question that the reader guesses, the recipe that answers it, and
//! the screen that shows the answer. The program runs the recipe; what it measured is the answer, so no chapter has one in
//! its text. Teachers write chapters of their own (`docs/tours.md`).

pub mod answer;
pub mod chapter;
pub mod lecture;
pub mod progress;
pub mod question;
