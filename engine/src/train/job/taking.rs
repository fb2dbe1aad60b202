//! Takes over the data that was read or the source that was pre-trained, and begins the next stage of the session
//! with it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::data::examples::{ExampleId, Examples, FIRST_TEST_SET, TRAIN_SET, VALIDATION_SET};
use crate::data::labelled::LabelledText;
use crate::data::splits::{self, Splits};
use crate::error::{Error, Result};
use crate::session::answers::{Packed, TestPart, TrueClasses};
use crate::session::method::Strategy;
use crate::session::recipe::{self, Recipe};
use crate::session::record::{DataSummary, EncoderSummary, Record, Stage, TEST};
use crate::session::source_name::SourceName;
use crate::session::splitting::Splitting;
use crate::text::documents::Documents;
use crate::train::data::{Data, Task};
use crate::train::encoder_pretrained::EncoderPretrained;
use crate::train::encoding::EncodingStage;
use crate::train::image_pretrained::ImagePretrained;
use crate::train::network_stage::NetworkStage;
use crate::train::outbox::Outbox;
use crate::train::quality::Measured;
use crate::train::read_encoder::ReadEncoder;
use crate::train::reading::ReadVectors;
use crate::train::reading_images::{ReadImages, ReadSource};
use crate::train::ready::Ready;
use crate::train::sentence_vectors::SentenceVectors;
use crate::train::stage::{EncodedTexts, Finished, PretrainedWords, PretrainingStage};
use crate::train::text_pretrained::TextPretrained;
use crate::train::{plan, pretraining, vector_coverage};
use crate::transfer::network::SourceNetwork;
use crate::vision::Images;

use super::{Job, Part, Waiting};

impl Job {
    pub(super) fn take_data(
        &mut self,
        labelled: LabelledText,
        documents: Arc<Documents>,
        out: &mut Outbox,
    ) -> Result<()> {
        let pools = labelled.pools(self.recipe.proportions());
        let splits = pools.clone().splits(&self.recipe, &*documents)?;
        self.try_draws(&splits, &self.all_turns())?;
        self.steering.pools = Some(pools);
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
            remarks: labelled.remarks.into_iter().chain(self.split_anew(&splits)).collect(),
            images: None,
        };
        self.tasks = vec![Task { data: Data::Text(documents.clone()), splits }];
        if self.history.data.as_ref() != Some(&summary) {
            self.tell(Record::Data(summary), out)?;
        }
        self.tell_true_classes(&*documents, out)
    }

    /// A remark on the splits, if each seed has its own.
    fn split_anew(&self, splits: &Splits) -> Option<String> {
        splits.test(0)?;
        Some(match self.recipe.splitting() {
            Splitting::Folds(folds) => {
                format!(
                    "there is no test part: each seed tests on one of {folds} folds and learns from the others"
                )
            }
            _ => "there is no test part: each seed holds out another fifth".into(),
        })
    }

    /// Records the true classes of the test sets, unless the log has them.
    pub(super) fn tell_true_classes(&mut self, examples: &dyn Examples, out: &mut Outbox) -> Result<()> {
        let classes_of = |ids: &mut dyn Iterator<Item = usize>| {
            Packed::new(&ids.map(|id| examples.labels()[id] as u16).collect::<Vec<_>>())
        };
        let splits = self.tasks.first().map(|task| &task.splits);
        let drawn: Vec<TrueClasses> = (splits.into_iter().flat_map(Splits::tests))
            .map(|(seed, test)| {
                let all = splits::both(examples).into_iter().flatten();
                let inside = all.map(|id| u16::from(test.binary_search(&(id as ExampleId)).is_ok()));
                TrueClasses {
                    set: TEST.into(),
                    classes: classes_of(&mut test.iter().map(|&id| id as usize)),
                    part: Some(TestPart { seed, members: Packed::new(&inside.collect::<Vec<_>>()) }),
                }
            })
            .collect();
        let fixed =
            examples.sets()[FIRST_TEST_SET..].iter().filter(|(set, _)| drawn.is_empty() || set != TEST);
        let fixed: Vec<TrueClasses> = fixed
            .map(|(set, range)| TrueClasses {
                set: set.clone(),
                classes: classes_of(&mut range.clone()),
                part: None,
            })
            .collect();
        for found in drawn.into_iter().chain(fixed) {
            if !self.history.true_classes.contains(&found) {
                self.tell(Record::TrueClasses(found), out)?;
            }
        }
        Ok(())
    }

    /// Takes the images that were read, and begins with the first source.
    pub(super) fn take_images(&mut self, read: ReadImages, out: &mut Outbox) -> Result<()> {
        let ReadImages { asked: _, sources, pools, mut summary } = read;
        let Some(images) = sources.first().map(|(images, _)| images.clone()) else { return Ok(()) };
        let splits = pools.clone().splits(&self.recipe, &*images)?;
        self.try_draws(&splits, &self.all_turns())?;
        self.steering.pools = Some(pools);
        summary.remarks.extend(self.split_anew(&splits));
        self.tasks = vec![Task { data: Data::Images(images.clone()), splits }];
        if self.history.data.as_ref() != Some(&summary) {
            self.tell(Record::Data(summary), out)?;
        }
        self.tell_true_classes(&*images, out)?;
        self.waiting = sources.into_iter().map(|(images, source)| Waiting::Images(images, source)).collect();
        self.next_source(out)
    }

    /// Begins the stage that pre-trains the source.
    fn begin_stage(&mut self, stage: Box<dyn PretrainingStage>, out: &mut Outbox) -> Result<()> {
        self.tell_pretraining(stage.resumed_at(), stage.begins(), out)?;
        self.part = Part::Pretraining(stage);
        Ok(())
    }

    /// Takes the finished source, and goes on to the next one.
    pub(super) fn take_source(
        &mut self,
        finished: Finished,
        pool: &rayon::ThreadPool,
        out: &mut Outbox,
    ) -> Result<()> {
        match finished {
            Finished::Network(source) => match self.seen.take() {
                Some(images) => self.take_network(images, *source, out),
                None => Ok(()),
            },
            Finished::Words(PretrainedWords { vectors, origin, seconds, layered }) => {
                let Some(documents) = self.documents().map(|documents| documents.apart().clone()) else {
                    return Ok(());
                };
                let read = pool.install(|| ReadVectors::new(vectors, origin, &documents))?;
                let ReadVectors { vectors, origin, in_tokens, .. } = read;
                let words = PretrainedWords { vectors, origin, seconds, layered };
                self.take_vectors(words, in_tokens, None, out)
            }
            Finished::Encoder(found) => {
                let EncodedTexts { words, in_tokens, encoder, vectors, texts, seconds } = *found;
                self.take_vectors(words, in_tokens, Some((encoder, vectors, texts, seconds)), out)
            }
        }
    }

    /// Takes the network of the next source, and the task's images as it sees them.
    fn take_network(&mut self, images: Arc<Images>, source: SourceNetwork, out: &mut Outbox) -> Result<()> {
        let names = self.recipe.source_names();
        let (Some(name), Some(asked)) = (names.get(self.sources.len()), self.recipe.images()) else {
            return Ok(());
        };
        let asked = asked.with_source(name);
        let told = Record::Network {
            architecture: source.architecture,
            parameters: source.network.total_parameters() as u64,
            origin: source.origin.clone(),
            seconds: source.seconds,
        };
        let ready = ImagePretrained::new(asked, images, Arc::new(source))?;
        if self.history.source_called(name).is_none_or(|known| known.network.is_none()) {
            self.tell(told, out)?;
            self.tell_inherited_arithmetic(out)?;
        }
        self.sources.push(Ready::Images(Box::new(ready)));
        self.next_source(out)
    }

    /// Prepares the next source; after the last one it begins the training of the runs.
    pub(super) fn next_source(&mut self, out: &mut Outbox) -> Result<()> {
        let names = self.recipe.source_names();
        let Some(name) = names.get(self.sources.len()) else { return self.begin_training(out) };
        let recipe = self.recipe.with_source(name);
        if names.len() > 1 && self.history.stage() != Some(Stage::Finished) {
            self.tell(Record::Source(name.clone()), out)?;
        }
        let read = match self.waiting.pop_front() {
            Some(Waiting::Images(images, ReadSource::Network(source))) => {
                return self.take_network(images, *source, out);
            }
            Some(Waiting::Images(images, ReadSource::Images(asked, own))) => {
                let folder = self.folder_of(&recipe, name)?;
                let stage = NetworkStage::begin(&asked, Arc::new(*own), recipe.seed, &folder, self.resumed)?;
                self.seen = Some(images);
                return self.begin_stage(Box::new(stage), out);
            }
            Some(Waiting::Text(read)) => read.map(|read| *read),
            None => None,
        };
        match read {
            Some(read @ ReadVectors { encoder: Some(_), .. }) => {
                let Some(encoder) = read.encoder.clone() else { return Ok(()) };
                let folder = self.folder_of(&recipe, name)?;
                let (origin, examples) = (read.origin.clone(), self.encoded_examples(name)?);
                let stage = EncodingStage::begin(read, encoder, origin, examples, &folder, self.resumed)?;
                self.begin_stage(Box::new(stage), out)
            }
            Some(ReadVectors { vectors, origin, seconds, layered, in_tokens, .. }) => {
                let words = PretrainedWords { vectors, origin, seconds, layered };
                self.take_vectors(words, in_tokens, None, out)
            }
            None => {
                let folder = self.folder_of(&recipe, name)?;
                let benchmarks = self.measuring.benchmarks.clone();
                let stage = pretraining::begin(&recipe, &folder, self.resumed, benchmarks)?;
                self.begin_stage(stage, out)
            }
        }
    }

    /// The folder for the checkpoints of a source, which is made if it is not there.
    fn folder_of(&self, recipe: &Recipe, name: &SourceName) -> Result<PathBuf> {
        let folder = recipe.source_folder(&self.folder, name);
        if folder != self.folder {
            make_folder(&self.folder.join(recipe::SOURCES))?;
            make_folder(&folder)?;
        }
        Ok(folder)
    }

    /// The examples whose vectors runs need from a sentence encoder that is as it was published.
    fn encoded_examples(&self, name: &SourceName) -> Result<Vec<ExampleId>> {
        let (Some(task), Some(text)) = (self.tasks.first(), self.recipe.text()) else {
            return Ok(Vec::new());
        };
        // Other heads read the states of tokens, which are not kept.
        if !text.head.reads_mean() {
            return Ok(Vec::new());
        }
        let (examples, splits) = (task.data.examples(), &task.splits);
        let (mut wanted, sets) = (Vec::new(), examples.sets());
        for planned in self.turns.iter().flatten().filter(|planned| planned.source.as_ref() == Some(name)) {
            let frozen = match planned.method.strategy() {
                Some(Strategy::Frozen) => true,
                Some(Strategy::LinearProbeThenFineTune) => false,
                _ => continue,
            };
            let drawn = plan::draw(&self.recipe, splits, planned)?;
            wanted.extend(drawn.train);
            if !frozen {
                continue;
            }
            wanted.extend(drawn.validation);
            match splits.test(planned.seed) {
                Some(test) => wanted.extend(test),
                None => {
                    let ranges =
                        sets[FIRST_TEST_SET.min(sets.len())..].iter().map(|(_, range)| range.clone());
                    wanted.extend(ranges.flatten().map(|example| example as ExampleId));
                }
            }
            if drawn.own_validation {
                wanted.extend(examples.set(VALIDATION_SET).map(|example| example as ExampleId));
            }
            wanted.sort_unstable();
            wanted.dedup();
        }
        Ok(wanted)
    }

    /// Takes the vectors of the next source, and the documents as tokens of the model that they belong to, if they do; for a
    /// sentence encoder also the encoder, the vectors of texts, their number and that of their tokens, and the seconds that
    /// they took.
    fn take_vectors(
        &mut self,
        words: PretrainedWords,
        in_tokens: Option<Arc<Documents>>,
        encoded: Option<(ReadEncoder, SentenceVectors, (usize, u64), f64)>,
        out: &mut Outbox,
    ) -> Result<()> {
        let PretrainedWords { vectors, origin, seconds, layered } = words;
        let names = self.recipe.source_names();
        let (Some(task), Some(name)) = (self.tasks.first_mut(), names.get(self.sources.len())) else {
            return Ok(());
        };
        let Some(asked) = self.resolved.text().map(|text| text.with_source(name)) else { return Ok(()) };
        let Data::Text(documents) = &mut task.data else { return Ok(()) };
        // Each source joins the phrases that it knows.
        let joined = in_tokens.unwrap_or_else(|| documents.apart().clone().joined(&vectors.words));
        if names.len() == 1 {
            *documents = joined.clone();
        }
        let (words, dim) = vectors.table().dim();
        let known = self.history.source_called(name);
        let (told, covered) = known.map_or((false, false), |s| (s.vectors.is_some(), s.coverage.is_some()));
        if !told {
            self.tell(Record::Vectors { words, dim, origin, seconds }, out)?;
            self.tell_inherited_arithmetic(out)?;
        }
        let encoder = asked.source().encoder().cloned();
        let head = asked.head;
        let ready = TextPretrained::new(asked, joined, Arc::new(vectors), layered);
        if !covered {
            let found = vector_coverage::coverage(&ready.documents, &ready.table);
            self.tell(Record::Coverage(found), out)?;
        }
        let ready = match encoder.zip(encoded) {
            None => Ready::Text(ready),
            Some((asked, (read, vectors, (texts, tokens), seconds))) => {
                let known = self.history.source_called(name).is_some_and(|source| source.encoder.is_some());
                if !known {
                    let config = &read.model.config;
                    let (layers, width) = (config.layers, config.width());
                    let parameters = read.model.parameters() as u64;
                    let found = EncoderSummary { layers, width, parameters, texts, tokens, seconds };
                    self.tell(Record::Encoder(found), out)?;
                }
                Ready::Encoder(Box::new(EncoderPretrained::new(asked, head, ready, read, vectors)))
            }
        };
        self.sources.push(ready);
        // Vectors that were not measured by a stage that trained them, such as those from a file, are measured now.
        let of = Measured::Source(name.clone());
        if self.history.stage() != Some(Stage::Finished) && !self.measured(&of) {
            self.measuring.ask(of);
        }
        self.next_source(out)
    }
}

/// Makes a folder if it is not there. Folders above it are not made: a session that was removed must not come back.
pub(super) fn make_folder(folder: &Path) -> Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(Error::io("create", folder, error)),
        _ => Ok(()),
    }
}
