//! Images drawn by the terminal's own graphics protocols: sixel, kitty's, iTerm2's.
//!
//! The screens consist of cells. In the place of an image they leave holes ([`super::widgets::pixels::HOLE`]) and say
//! which image belongs there. After a frame is drawn, [`canvas::Canvas::fill`] sends each image whose holes are all
//! visible (no help and no toast covers them) and that the terminal does not show yet, and removes images that are no
//! longer wanted. Each format needs only a few lines of code. Crates for them would add two dozen dependencies for
//! choosing colours, and would read from the terminal on their own.

pub mod canvas;
mod iterm;
mod kitty;
pub mod probe;
mod sixel;
mod typed;

/// The choice of the option `--graphics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GraphicsChoice {
    /// Use the graphics that the terminal supports.
    #[default]
    Auto,
    HalfBlocks,
    Own(Protocol),
}

/// A graphics protocol of terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Bands of six rows, one colour after the other (DEC, 1983).
    Sixel,
    /// <https://sw.kovidgoyal.net/kitty/graphics-protocol/>
    Kitty,
    /// <https://iterm2.com/documentation-images.html>
    Iterm2,
}
