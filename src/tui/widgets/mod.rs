//! Widgets that several screens use.

pub mod axis;
pub mod bar;
pub mod chart;
pub mod input;
pub mod matrix;
pub mod pixels;
pub mod put;
pub mod run;
pub mod scatter;
pub mod text;
pub mod window;
