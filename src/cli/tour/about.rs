//! What a chapter says, for scripts.

use serde_json::{Value, json};

use crate::session::tour::chapter::Chapter;

/// The text of a chapter as JSON.
pub fn about(chapter: &Chapter) -> Value {
    let choices: Vec<String> = chapter.question.choices().into_iter().map(|choice| choice.text).collect();
    json!({
        "name": chapter.name,
        "title": chapter.title,
        "text": chapter.text,
        "claim": chapter.claim,
        "question": chapter.question.ask,
        "choices": choices,
        "try": chapter.attempt,
    })
}
