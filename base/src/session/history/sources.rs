//! What was recorded about the sources of a session.

use crate::session::image_transfer::ImageSource;
use crate::session::parent::Parent;
use crate::session::record::Quality;
use crate::session::source_history::SourceHistory;
use crate::session::source_name::SourceName;
use crate::session::text_source::TextSource;
use crate::session::timed::Timed;

use super::History;

impl History {
    /// The source that views show: the one that a user has chosen, else the newest.
    pub fn source(&self) -> &SourceHistory {
        static NONE: SourceHistory = SourceHistory::EMPTY;
        self.shown.and_then(|place| self.sources.get(place)).or(self.sources.last()).unwrap_or(&NONE)
    }

    /// What was recorded about each source, in the order in which they were prepared.
    pub fn sources(&self) -> &[SourceHistory] {
        &self.sources
    }

    /// The source with this name, or the only one if it has none.
    pub fn source_called(&self, name: &SourceName) -> Option<&SourceHistory> {
        self.sources.iter().find(|source| source.name.as_ref().is_none_or(|known| known == name))
    }

    /// Whether the experiment has several sources. The history of several sessions has no recipe, and its sources are the
    /// sessions.
    pub fn several_sources(&self) -> bool {
        self.recipe.as_ref().map_or(self.sources.len(), |recipe| recipe.source_names().len()) > 1
    }

    /// Chooses the source that views show.
    pub fn show_source(&mut self, place: usize) {
        self.shown = (place < self.sources.len()).then_some(place);
    }

    /// The place of the source that views show.
    pub fn shown_source(&self) -> usize {
        self.shown.unwrap_or(self.sources.len().saturating_sub(1))
    }

    /// The session from which the source that views show was taken, if it was.
    pub fn parent(&self) -> Option<&Parent> {
        let name = self.source().name.as_ref();
        self.parents.iter().find(|parent| name.is_none_or(|name| *name == parent.name))
    }

    /// What the recipe says of the source that views show, or the recipe of the session from which it was taken; `None` in a
    /// session of images.
    pub fn text_source(&self) -> Option<&TextSource> {
        let text = self.recipe.as_ref()?.text()?;
        let named =
            text.named_sources().into_iter().find(|(name, _)| self.source().name.as_ref() == Some(name));
        let source = named.map_or_else(|| text.source(), |known| known.1);
        let root = self.parent().and_then(|parent| parent.root.text());
        Some(if source.is_taken() { root.unwrap_or(source) } else { source })
    }

    /// What the recipe says of the source that views show; `None` in a session of texts.
    pub fn image_source(&self) -> Option<&ImageSource> {
        let images = self.recipe.as_ref()?.images()?;
        let named =
            images.named_sources().into_iter().find(|(name, _)| self.source().name.as_ref() == Some(name));
        Some(named.map_or_else(|| images.source(), |known| known.1))
    }

    /// Seconds of the pre-training of all sources.
    pub fn pretrain_seconds(&self) -> f64 {
        self.sources.iter().map(|source| source.seconds).sum()
    }

    /// Seconds in which fixed sentence encoders computed the vectors of texts, by source.
    pub fn seconds_of_encoding(&self) -> Vec<(SourceName, f64)> {
        let names = self.recipe.as_ref().map_or(Vec::new(), |recipe| recipe.source_names());
        let only = names.first().filter(|_| names.len() == 1);
        let of = |source: &SourceHistory| {
            let found = source.encoder.as_ref().filter(|found| found.value.texts > 0)?;
            Some((source.name.clone().or_else(|| only.cloned())?, found.value.seconds))
        };
        self.sources.iter().filter_map(of).collect()
    }

    /// Floating-point operations of the pre-training of all sources that were trained; `None` if none was counted.
    pub fn pretrain_flops(&self) -> Option<u64> {
        self.sources.iter().filter_map(|source| source.flops).reduce(|all, flops| all + flops)
    }

    /// Results on benchmarks: of the pre-trained vectors of each source, then of those of the runs.
    pub fn quality(&self) -> impl Iterator<Item = &Timed<Quality>> {
        self.sources.iter().flat_map(|source| &source.quality).chain(&self.tuned_quality)
    }

    /// What follows in the log about a source is about the one called `name`.
    pub(super) fn begin_source(&mut self, name: SourceName) {
        match self.sources.iter().position(|source| source.name.as_ref() == Some(&name)) {
            // In a resumed session the sources are prepared again, in their order.
            Some(place) => self.current = Some(place),
            None => {
                self.sources.push(SourceHistory { name: Some(name), ..SourceHistory::default() });
                self.current = None;
            }
        }
    }

    /// The source that records are about.
    pub(super) fn current(&mut self) -> &mut SourceHistory {
        if self.sources.is_empty() {
            self.sources.push(SourceHistory::default());
        }
        let place = self.current.unwrap_or(self.sources.len() - 1);
        &mut self.sources[place]
    }
}
