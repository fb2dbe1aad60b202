//! Takes over what other sessions pre-trained: records where it comes from, and keeps a copy.

use crate::error::Result;
use crate::session::parent::{Parent, Root};
use crate::session::pretraining::Corpus;
use crate::session::recipe;
use crate::session::record::{Arithmetic, Note, Record};
use crate::train::inherited::{self, Parameters, Taken};
use crate::train::outbox::Outbox;

use super::Job;
use super::taking::make_folder;

impl Job {
    /// Records the sources that other sessions pre-trained and keeps their parameters. `found` are those that were looked for
    /// before the session began.
    pub(super) fn inherit(
        &mut self,
        found: Vec<(Parent, Parameters)>,
        out: &mut Outbox,
    ) -> Result<Vec<Taken>> {
        let mut lost = Vec::new();
        for (parent, parameters) in found {
            if let Some(remark) = seen_before(&parent) {
                self.note(Note::Remark(remark), out)?;
            }
            self.tell(Record::Parent(parent.clone()), out)?;
            lost.push((parent, parameters));
        }
        // A session that was killed in between may have recorded some of them only.
        let untold = |(name, _): &(_, _)| !self.history.parents.iter().any(|known| known.name == *name);
        if self.recipe.inherits().iter().any(untold) {
            let found = inherited::find(&self.recipe)?;
            return self.inherit(found, out);
        }
        for parent in &self.history.parents {
            let folder = self.recipe.source_folder(&self.folder, &parent.name);
            let told = lost.iter().any(|known| known.0.name == parent.name);
            if !told && !inherited::has_copy(parent, &folder) {
                lost.push((parent.clone(), inherited::again(parent)?));
            }
        }
        let log = if lost.is_empty() { None } else { Some(out.sync_log()?) };
        for (parent, parameters) in lost {
            let folder = self.recipe.source_folder(&self.folder, &parent.name);
            if folder != self.folder {
                make_folder(&self.folder.join(recipe::SOURCES))?;
                make_folder(&folder)?;
            }
            inherited::copy(&parameters, &folder, log.unwrap_or_default())?;
        }
        Ok(inherited::kept(&self.recipe, &self.folder, &self.history.parents))
    }

    /// Records the floating-point operations that the source cost in the session that pre-trained it.
    pub(super) fn tell_inherited_arithmetic(&mut self, out: &mut Outbox) -> Result<()> {
        let names = self.recipe.source_names();
        let name = names.get(self.sources.len());
        let parent = self.history.parents.iter().find(|parent| Some(&parent.name) == name);
        match parent.and_then(|parent| parent.flops) {
            Some(flops) => self.tell(Record::Arithmetic(Arithmetic { run: None, step: 0, flops }), out),
            None => Ok(()),
        }
    }
}

/// A remark if the other session pre-trained on the texts of its own task: those of this task's test may be among them.
fn seen_before(parent: &Parent) -> Option<String> {
    let Root::Text(source) = &parent.root else { return None };
    let of_task = source.corpora().iter().any(|corpus| matches!(corpus, Corpus::Task { .. }));
    of_task.then(|| {
        format!(
            "{} was pre-trained on the unlabelled texts of its own task; if the test texts of this task are among them, the \
             transferred parameters have seen them",
            parent.phrase()
        )
    })
}
