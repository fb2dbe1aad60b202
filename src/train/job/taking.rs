//! Takes over the data that was read or the source that was pre-trained, and begins the next stage of the session
//! with it.

use std::sync::Arc;

use crate::data::examples::{Examples, FIRST_TEST_SET, TRAIN_SET};
use crate::data::labelled::LabelledText;
use crate::data::split::Pool;
use crate::error::Result;
use crate::session::answers::{Packed, TrueClasses};
use crate::session::record::{DataSummary, Record, Stage};
use crate::session::text_transfer::TextSource;
use crate::text::documents::Documents;
use crate::train::data::{Data, Task};
use crate::train::image_pretrained::ImagePretrained;
use crate::train::network_stage::NetworkStage;
use crate::train::outbox::Outbox;
use crate::train::reading_images::{ReadImages, ReadSource};
use crate::train::ready::Ready;
use crate::train::stage::{Finished, PretrainedWords, PretrainingStage};
use crate::train::text_pretrained::TextPretrained;
use crate::train::{plan, pretraining, vector_coverage};
use crate::transfer::network::SourceNetwork;
use crate::vectors::WordVectors;

use super::{Job, Part};

impl Job {
    pub(super) fn take_data(
        &mut self,
        labelled: LabelledText,
        documents: Documents,
        out: &mut Outbox,
    ) -> Result<()> {
        let own_validation = labelled.validation.is_some();
        let pool = Pool::new(&labelled.train, &labelled.classes, own_validation)
            .in_proportions(self.recipe.proportions());
        // All budgets are drawn now, so that one that is too large is reported before pre-training and not after it.
        for planned in self.turns.iter().filter_map(|turn| turn.first()) {
            plan::draw(&self.recipe, &pool, planned)?;
        }
        let train = documents.set(TRAIN_SET);
        // The summary counts words, whatever tokens the source reads.
        let words = documents.apart.as_deref().unwrap_or(&documents);
        let counts = words.counts(train.clone().map(|d| d as u32));
        let tokens: u64 = counts.iter().sum();
        let summary = DataSummary {
            classes: labelled.classes,
            train: labelled.train.len(),
            validation: labelled.validation.map_or(0, |part| part.len()),
            tests: labelled.tests.iter().map(|(name, part)| (name.clone(), part.len())).collect(),
            words: counts.iter().filter(|&&count| count > 0).count(),
            mean_tokens: tokens as f64 / train.len().max(1) as f64,
            read: labelled.read,
            remarks: labelled.remarks,
            images: None,
        };
        let documents = Arc::new(documents);
        self.tasks = vec![Task { data: Data::Text(documents.clone()), pool }];
        if self.history.data.as_ref() != Some(&summary) {
            self.tell(Record::Data(summary), out)?;
        }
        self.tell_true_classes(&*documents, out)
    }

    /// Records the true classes of the test sets, unless the log has them.
    fn tell_true_classes(&mut self, examples: &dyn Examples, out: &mut Outbox) -> Result<()> {
        for (set, range) in &examples.sets()[FIRST_TEST_SET..] {
            let classes: Vec<u16> =
                examples.labels()[range.clone()].iter().map(|&class| class as u16).collect();
            let found = TrueClasses { set: set.clone(), classes: Packed::new(&classes) };
            if !self.history.true_classes.contains(&found) {
                self.tell(Record::TrueClasses(found), out)?;
            }
        }
        Ok(())
    }

    /// Takes the images that were read. Then the network is pre-trained, or used if it was read.
    pub(super) fn take_images(&mut self, read: ReadImages, out: &mut Outbox) -> Result<()> {
        let ReadImages { asked: _, images, pool, summary, source } = read;
        let pool = pool.in_proportions(self.recipe.proportions());
        for planned in self.turns.iter().filter_map(|turn| turn.first()) {
            plan::draw(&self.recipe, &pool, planned)?;
        }
        let images = Arc::new(images);
        self.tasks = vec![Task { data: Data::Images(images.clone()), pool }];
        if self.history.data.as_ref() != Some(&summary) {
            self.tell(Record::Data(summary), out)?;
        }
        self.tell_true_classes(&*images, out)?;
        let (asked, images) = match source {
            ReadSource::Network(source) => return self.take_network(*source, out),
            ReadSource::Images(asked, images) => (asked, images),
        };
        let seed = self.recipe.seed;
        let stage = NetworkStage::begin(&asked, Arc::new(*images), seed, &self.folder, self.resumed)?;
        self.begin_stage(Box::new(stage), out)
    }

    /// Begins the stage that pre-trains the source.
    fn begin_stage(&mut self, stage: Box<dyn PretrainingStage>, out: &mut Outbox) -> Result<()> {
        self.tell_pretraining(stage.resumed_at(), stage.begins(), out)?;
        self.part = Part::Pretraining(stage);
        Ok(())
    }

    /// Takes the finished source, and begins the training of the runs.
    pub(super) fn take_source(&mut self, finished: Finished, out: &mut Outbox) -> Result<()> {
        match finished {
            Finished::Network(source) => self.take_network(*source, out),
            Finished::Words(words) => self.take_vectors(words, out),
        }
    }

    fn take_network(&mut self, source: SourceNetwork, out: &mut Outbox) -> Result<()> {
        let (Some(images), Some(asked)) = (self.images().cloned(), self.recipe.images().cloned()) else {
            return Ok(());
        };
        let told = Record::Network {
            architecture: source.architecture,
            parameters: source.network.total_parameters() as u64,
            origin: source.origin.clone(),
            seconds: source.seconds,
        };
        let ready = ImagePretrained::new(asked, images, Arc::new(source))?;
        if self.history.network.is_none() {
            self.tell(told, out)?;
        }
        self.sources = vec![Ready::Images(Box::new(ready))];
        self.begin_training(out)
    }

    pub(super) fn begin_vectors(&mut self, ready: Option<WordVectors>, out: &mut Outbox) -> Result<()> {
        match (self.recipe.text_source(), ready) {
            (Some(TextSource::Vectors { file, .. }), Some(vectors)) => {
                let origin = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.take_vectors(PretrainedWords { vectors, origin, seconds: 0.0, generator: None }, out)
            }
            _ => {
                let (recipe, folder) = (&self.recipe, &self.folder);
                let stage =
                    pretraining::begin(recipe, folder, self.resumed, self.measuring.benchmarks.clone())?;
                self.begin_stage(stage, out)
            }
        }
    }

    fn take_vectors(&mut self, words: PretrainedWords, out: &mut Outbox) -> Result<()> {
        let PretrainedWords { vectors, origin, seconds, generator } = words;
        let (Some(task), Some(asked)) = (self.tasks.first_mut(), self.recipe.text().cloned()) else {
            return Ok(());
        };
        let Data::Text(documents) = &mut task.data else { return Ok(()) };
        *documents = documents.clone().joined(&vectors.words);
        let documents = documents.clone();
        let (words, dim) = vectors.table().dim();
        if self.history.vectors.is_none() {
            self.tell(Record::Vectors { words, dim, origin, seconds }, out)?;
        }
        let ready = TextPretrained::new(asked, documents, Arc::new(vectors), generator.map(Arc::new));
        if self.history.coverage.is_none() {
            let found = vector_coverage::coverage(&ready.documents, &ready.table);
            self.tell(Record::Coverage(found), out)?;
        }
        self.sources = vec![Ready::Text(ready)];
        // Vectors that were not measured by a stage that trained them, such as those from a file, are measured now.
        if self.history.stage() != Some(Stage::Finished) && !self.measured(None) {
            self.measuring.ask(None);
        }
        self.begin_training(out)
    }
}
