//! The texts of a task as a corpus for pre-training: those of the training and validation parts, without labels. Test
//! texts are not used.

use std::ops::ControlFlow;
use std::sync::OnceLock;

use crate::data::{demo_task, labelled};
use crate::error::Result;
use crate::pretrain::{self, Corpus};
use crate::session::text_transfer::TextTask;

/// The texts of the training and validation parts, followed by those of `more`.
pub struct TaskTexts {
    task: TextTask,
    seed: u64,
    more: Option<pretrain::Files>,
    /// The texts of the task, one on each line. They are read on first use, and kept.
    texts: OnceLock<Vec<String>>,
}

impl TaskTexts {
    /// The texts of `task`, split as in an experiment with the seed `seed`.
    pub fn new(task: TextTask, seed: u64, more: Option<pretrain::Files>) -> TaskTexts {
        TaskTexts { task, seed, more, texts: OnceLock::new() }
    }

    fn texts(&self) -> Result<&[String]> {
        if let Some(texts) = self.texts.get() {
            return Ok(texts);
        }
        let read = labelled::load(&self.task, self.seed, demo_task::load, &mut |_| Ok(()))?;
        let documents = read.train.into_iter().chain(read.validation.into_iter().flatten());
        let texts = documents.map(|document| document.text.replace(['\n', '\r'], " ") + "\n").collect();
        Ok(self.texts.get_or_init(|| texts))
    }
}

impl Corpus for TaskTexts {
    fn read(&self, sink: &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<()> {
        for text in self.texts()? {
            if sink(text).is_break() {
                return Ok(());
            }
        }
        self.more.as_ref().map_or(Ok(()), |more| more.read(sink))
    }

    fn name(&self) -> String {
        match &self.more {
            None => "the texts of the task".into(),
            Some(more) => format!("the texts of the task and {}", more.name()),
        }
    }

    fn remarks(&self) -> Vec<String> {
        self.more.as_ref().map_or_else(Vec::new, Corpus::remarks)
    }
}
