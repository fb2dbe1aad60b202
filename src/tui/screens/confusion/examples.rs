//! The examples in a cell of a confusion matrix, the most confident first.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::train::protocol::command::Id;
use crate::train::protocol::event::{Answer, Example};
use crate::tui::theme::Theme;
use crate::tui::widgets::text::{percent, wrap};

/// How many examples are requested.
pub const COUNT: usize = 50;

/// The cell whose examples are open, and the answer.
#[derive(Debug)]
pub struct Examples {
    pub truth: usize,
    pub guess: usize,
    /// The number of the question; `None` if it could not be asked.
    pub id: Option<Id>,
    pub found: Found,
    /// The index of the first visible line.
    pub first: usize,
}

/// The state of the question.
#[derive(Debug)]
pub enum Found {
    Waiting,
    There(Vec<Example>),
    /// There are no examples to show. The sentence says why.
    Nothing(String),
}

impl Examples {
    /// Stores an answer if it belongs to this question. Returns whether it does.
    pub fn answer(&mut self, id: Id, answer: &Answer) -> bool {
        if self.id != Some(id) {
            return false;
        }
        self.found = match answer {
            Answer::Examples(list) if list.is_empty() => {
                Found::Nothing("There is no example in this cell as the run judges now.".into())
            }
            Answer::Examples(list) => Found::There(list.clone()),
            Answer::Unknown(sentence) => Found::Nothing(sentence.clone()),
            _ => return false,
        };
        true
    }

    /// The text as lines of this width.
    pub fn lines(&self, width: u16, theme: Theme) -> Vec<Line<'static>> {
        let width = usize::from(width).max(8);
        let plain = |text: &str, style: Style| -> Vec<Line<'static>> {
            wrap(text, width).into_iter().map(|line| Line::styled(line, style)).collect()
        };
        match &self.found {
            Found::Waiting => plain("Looking for them …", theme.dim()),
            Found::Nothing(sentence) => plain(sentence, theme.text()),
            Found::There(list) => {
                let mut lines = Vec::new();
                for (i, example) in list.iter().enumerate() {
                    lines.push(Line::from(vec![
                        Span::styled(format!("{}. ", i + 1), theme.dim()),
                        Span::styled(
                            format!("{} sure", percent(f64::from(example.confidence))),
                            theme.strong(),
                        ),
                    ]));
                    lines.extend(
                        wrap(&example.text, width - 3)
                            .into_iter()
                            .map(|line| Line::from(format!("   {line}"))),
                    );
                }
                lines
            }
        }
    }
}
