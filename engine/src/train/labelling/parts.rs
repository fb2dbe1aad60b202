//! Which texts a labelling has, and what each is for: pool, first labels, validation, test.
//!
//! A simulation takes them from the labelled data of a session or a recipe. A real labelling takes its pool from the
//! user's file, and first labels and validation texts from the session, if there is one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::data::classes::some;
use crate::data::examples::{ExampleId, Examples, FIRST_TEST_SET, TRAIN_SET, VALIDATION_SET};
use crate::data::label_file::LabelRow;
use crate::data::split::held_out;
use crate::data::unlabelled::Unlabelled;
use crate::error::{Error, Result, counted};
use crate::rng;
use crate::session::method::{Method, Strategy};
use crate::text::documents::Documents;
use crate::train::ground::{Going, Ground};
use crate::train::learners::settings::Settings;
use crate::train::ready::Ready;
use crate::transfer::active_learning::task::{Labelled, Task};
use crate::transfer::solving::Solving;

use super::frozen::{FrozenModel, Text};

/// How many texts of each kind a labelling takes at most. Those that are too many are left out at random.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// Of the pool.
    pub pool: usize,
    /// First labels, in a labelling of the user's texts.
    pub start: usize,
    /// Validation texts.
    pub validation: usize,
    /// Test texts, in a simulation.
    pub test: usize,
}

impl Most {
    /// So many that the vectors of a sentence encoder are computed within about a minute.
    pub const FOR_SCREENS: Most = Most { pool: 4_000, start: 1_000, validation: 1_000, test: 0 };
    /// All texts.
    pub const ALL: Most = Most { pool: usize::MAX, start: 1_000, validation: 2_000, test: usize::MAX };
}

/// The texts of a labelling with their vectors.
pub struct Parts {
    /// What each text is for, and its vector.
    pub task: Arc<Task>,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The texts, by their numbers.
    pub texts: Vec<String>,
    /// In a simulation, the class of each text.
    pub known: Option<Vec<u32>>,
    /// In a simulation, the test texts.
    pub test: Vec<Labelled>,
    /// How the classifier is trained.
    pub solving: Solving,
    /// The rows of the user's texts; those of a simulation have none. The first texts are these, in this order.
    pub rows: Option<Unlabelled>,
    /// Remarks for the user.
    pub remarks: Vec<String>,
}

/// Draws at most `most` of `all`, in ascending order.
fn drawn(mut all: Vec<ExampleId>, most: usize, seed: u64, name: &str) -> Vec<ExampleId> {
    if all.len() > most {
        rng::shuffle(&mut rng::stream(seed, name, 0), &mut all);
        all.truncate(most);
        all.sort_unstable();
    }
    all
}

/// The training texts of a session that a labelling learns from, and those that it is measured on: the validation part if
/// there is one, or else a fifth of the training part.
fn divided(documents: &Documents, most: Most, seed: u64) -> (Vec<ExampleId>, Vec<ExampleId>) {
    let ids = |set: usize| -> Vec<ExampleId> { documents.set(set).map(|i| i as ExampleId).collect() };
    let (train, validation) = (ids(TRAIN_SET), ids(VALIDATION_SET));
    let (train, validation) = if validation.is_empty() {
        let labels: Vec<u32> = train.iter().map(|&i| documents.labels[i as usize]).collect();
        let held = held_out(&labels, documents.classes.len(), None, seed);
        let of = |wanted: bool| train.iter().zip(&held).filter(move |(_, held)| **held == wanted);
        (of(false).map(|(&i, _)| i).collect(), of(true).map(|(&i, _)| i).collect())
    } else {
        (train, validation)
    };
    (train, drawn(validation, most.validation, seed, "labelling validation"))
}

/// The documents of a source as they were read.
fn documents(source: &Ready) -> Result<&Arc<Documents>> {
    let text = source.text().ok_or_else(|| {
        Error::request("this session classifies images, and texts are labelled", "name one of texts")
    })?;
    Ok(&text.documents)
}

/// The vector of a session's text that its source computed already.
fn known(source: &Ready, example: ExampleId) -> Option<&[f32]> {
    match source {
        Ready::Encoder(encoder) => encoder.vectors().find(example),
        Ready::Text(_) | Ready::Images(_) => None,
    }
}

fn solving(ground: &Ground, labels: usize) -> Solving {
    Settings::new(&ground.recipe, Method::Strategy(Strategy::Frozen), labels).solving()
}

fn model(ground: &Ground) -> Result<FrozenModel> {
    let tokens = ground.recipe.text().map_or_else(Default::default, |text| text.tokens);
    FrozenModel::of(&ground.source, tokens)
}

/// A simulation on the labelled data of `ground`.
///
/// # Errors
/// When these are images; also the errors of `going`.
pub fn simulated(ground: &Ground, most: Most, seed: u64, going: Going) -> Result<Parts> {
    let (documents, model) = (documents(&ground.source)?.clone(), model(ground)?);
    let (train, validation) = divided(&documents, most, ground.recipe.seed);
    let all = train.len();
    let pool = drawn(train, most.pool, seed, "labelling pool");
    let test = documents.set(FIRST_TEST_SET).map(|i| i as ExampleId).collect();
    let test = drawn(test, most.test, seed, "labelling test");
    let ids = [&pool[..], &validation, &test].concat();
    let texts: Vec<Text> = ids
        .iter()
        .map(|&i| Text { text: &documents.texts[i as usize], known: known(&ground.source, i) })
        .collect();
    let vectors = model.vectors(&texts, going)?;
    let classes: Vec<u32> = ids.iter().map(|&i| documents.labels[i as usize]).collect();
    let range = |from: usize, count: usize| from as u32..(from + count) as u32;
    let label = |example: u32| Labelled { example, class: classes[example as usize] };
    let of_validation = range(pool.len(), validation.len()).map(label).collect();
    let test = range(pool.len() + validation.len(), test.len()).map(label).collect();
    let task = Task::new(
        vectors,
        documents.classes.len(),
        range(0, pool.len()).collect(),
        Vec::new(),
        of_validation,
    );
    let mut remarks = Vec::new();
    if pool.len() < all {
        remarks.push(format!("{} of {all} training texts are in the pool, drawn at random", pool.len()));
    }
    Ok(Parts {
        solving: solving(ground, pool.len()),
        classes: documents.classes.clone(),
        texts: ids.iter().map(|&i| documents.texts[i as usize].clone()).collect(),
        task: Arc::new(task),
        known: Some(classes),
        test,
        rows: None,
        remarks,
    })
}

/// Where classes and vectors come from.
#[derive(Clone, Copy)]
pub enum From<'a> {
    /// A session or a recipe. Its classes are used, labels of its training part are known from the start, and the accuracy
    /// is measured on its validation part, or on a fifth of the training part.
    Session(&'a Ground),
    /// A model, and the names of the classes. Those of labels that are there already are added.
    Model(&'a FrozenModel, &'a [String]),
}

impl From<'_> {
    /// The classes that are known before any text is read.
    pub fn classes(&self) -> Vec<String> {
        match self {
            From::Session(ground) => {
                ground.source.text().map_or(Vec::new(), |text| text.documents.classes.clone())
            }
            From::Model(_, classes) => classes.to_vec(),
        }
    }

    /// The classes when these texts and labels were read.
    pub fn classes_with(&self, read: &Unlabelled, labels: &[LabelRow]) -> Vec<String> {
        match self {
            From::Session(_) => self.classes(),
            From::Model(_, named) => classes_of(named, read, labels),
        }
    }
}

/// Refuses fewer than two classes.
///
/// # Errors
/// When there are fewer.
pub fn check_classes(classes: &[String]) -> Result<()> {
    if classes.len() >= 2 {
        return Ok(());
    }
    let known = counted(classes.len(), "class is known", "classes are known");
    Err(Error::request(known, "name the classes: --classes good,bad"))
}

/// A labelling of the user's texts `read`. `labels` are those that were given before, in the file of labels.
///
/// # Errors
/// When there are fewer than two classes; also the errors of `going`.
pub fn of_file(
    mut read: Unlabelled,
    from: From,
    labels: &[LabelRow],
    most: Most,
    seed: u64,
    going: Going,
) -> Result<Parts> {
    let mut remarks = std::mem::take(&mut read.remarks);
    let classes = from.classes_with(&read, labels);
    check_classes(&classes)?;
    let (model, session) = match from {
        From::Session(ground) => {
            let documents = documents(&ground.source)?;
            let (train, held) = divided(documents, most, ground.recipe.seed);
            let train = drawn(train, most.start, seed, "labelling start");
            (model(ground)?, Some((ground, documents, train, held)))
        }
        From::Model(model, _) => (model.clone(), None),
    };
    let class = |name: &str| classes.iter().position(|class| class == name.trim()).map(|class| class as u32);
    // A label of the file of labels is newer than one beside the text.
    let newer: HashMap<&str, &str> = labels.iter().map(|row| (&row.text[..], &row.label[..])).collect();
    reduce(&mut read, &newer, most.pool, seed, &mut remarks);
    let there: HashSet<&str> = read.texts.iter().map(|text| &text.text[..]).collect();
    let (mut start, mut pool, mut strange) = (Vec::new(), Vec::new(), 0);
    for (example, text) in (0..).zip(&read.texts) {
        match text.label.as_deref().filter(|_| !newer.contains_key(&text.text[..])).map(class) {
            Some(Some(class)) => start.push(Labelled { example, class }),
            Some(None) => strange += 1,
            None => pool.push(example),
        }
    }
    if !start.is_empty() {
        let told = counted(start.len(), "text has a label already", "texts have a label already");
        remarks.push(told);
    }
    let mut texts: Vec<Text> = read.texts.iter().map(|text| Text { text: &text.text, known: None }).collect();
    let mut outside = 0;
    for row in labels {
        match class(&row.label) {
            None => strange += 1,
            Some(_) if there.contains(&row.text[..]) => {}
            Some(class) => {
                outside += 1;
                start.push(Labelled { example: texts.len() as u32, class });
                texts.push(Text { text: &row.text, known: None });
            }
        }
    }
    if outside > 0 {
        let told = counted(outside, "label is of a text", "labels are of texts");
        remarks.push(format!("{told} that the pool does not have; the classifier learns from them too"));
    }
    if strange > 0 {
        let told = counted(strange, "label is no class", "labels are no classes");
        remarks.push(format!("{told} of this labelling and left out: its classes are {}", some(&classes)));
    }
    let mut validation = Vec::new();
    if let Some((ground, documents, train, held)) = &session {
        for (ids, to) in [(train, &mut start), (held, &mut validation)] {
            for &id in ids {
                to.push(Labelled { example: texts.len() as u32, class: documents.labels[id as usize] });
                texts.push(Text { text: &documents.texts[id as usize], known: known(&ground.source, id) });
            }
        }
    }
    let vectors = model.vectors(&texts, going)?;
    let texts = texts.iter().map(|text| text.text.to_string()).collect();
    let solving = session.as_ref().map_or_else(Solving::default, |known| solving(known.0, pool.len()));
    let task = Task::new(vectors, classes.len(), pool, start, validation);
    let task = Arc::new(task);
    Ok(Parts { task, classes, texts, known: None, test: Vec::new(), solving, rows: Some(read), remarks })
}

/// Leaves texts out at random until there are `most`. Those with a label stay.
fn reduce(
    read: &mut Unlabelled,
    labelled: &HashMap<&str, &str>,
    most: usize,
    seed: u64,
    remarks: &mut Vec<String>,
) {
    let count = read.texts.len();
    if count <= most {
        return;
    }
    let mut order: Vec<usize> = (0..count).collect();
    rng::shuffle(&mut rng::stream(seed, "labelling pool", 0), &mut order);
    let mut stays: Vec<bool> = (read.texts.iter())
        .map(|text| text.label.is_some() || labelled.contains_key(&text.text[..]))
        .collect();
    let mut room = most.saturating_sub(stays.iter().filter(|&&stays| stays).count());
    for place in order {
        if !stays[place] && room > 0 {
            (stays[place], room) = (true, room - 1);
        }
    }
    let mut stays = stays.into_iter();
    read.texts.retain(|_| stays.next().unwrap_or(false));
    remarks.push(format!("{} of {count} texts are in the pool, drawn at random", read.texts.len()));
}

/// The classes that the user named, and then those of labels that are there already, sorted.
fn classes_of(named: &[String], read: &Unlabelled, labels: &[LabelRow]) -> Vec<String> {
    let mut all: Vec<String> = named.to_vec();
    let of_texts = read.texts.iter().filter_map(|text| text.label.as_deref());
    let mut others: Vec<&str> =
        of_texts.chain(labels.iter().map(|row| &row.label[..])).map(str::trim).collect();
    others.sort_unstable();
    others.dedup();
    for other in others {
        if !other.is_empty() && !all.iter().any(|class| class == other) {
            all.push(other.to_string());
        }
    }
    all
}
