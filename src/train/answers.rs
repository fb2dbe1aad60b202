//! Answers to the front end's questions, given between two steps.

use std::borrow::Cow;

use ndarray::Array2;

use crate::error::Result;
use crate::transfer::drift;
use crate::vectors::{View, project};

use super::command::Question;
use super::event::{Answer, Example, Moved};
use super::job::Job;
use super::pretraining::named;

/// Neighbours shown of a word that moved, before and after.
const MOVED_NEIGHBOURS: usize = 5;

/// The answer to a question, as things are now.
pub fn answer(job: &Job, question: &Question) -> Answer {
    let answer = match question {
        Question::Neighbours { word, run, count } => with_table(job, *run, |view| {
            let list = named(view, view.neighbours(&lower(word), *count)?);
            Ok(Answer::Neighbours { word: word.clone(), list })
        }),
        Question::Analogy { a, b, c, count } => with_table(job, None, |view| {
            Ok(Answer::Analogy(named(view, view.analogy(&lower(a), &lower(b), &lower(c), *count)?)))
        }),
        Question::Map { words, run } => with_table(job, *run, |view| {
            let ids: Vec<usize> = words.iter().filter_map(|word| view.id(&lower(word)).ok()).collect();
            let places = project::principal_components(*view, &ids);
            let place = |(&id, [x, y]): (&usize, [f32; 2])| (view.words().get(id).to_string(), x, y);
            Ok(Answer::Map(ids.iter().zip(places).map(place).collect()))
        }),
        Question::Complete { prefix, count } => with_table(job, None, |view| {
            let words = view.complete(&lower(prefix), *count);
            Ok(Answer::Complete(words.into_iter().map(String::from).collect()))
        }),
        Question::Drift { run, count } => return moved(job, *run, *count),
        Question::Examples { run, set, truth, guess, count } => {
            return examples(job, *run, set, *truth, *guess, *count);
        }
        Question::Classify { .. } => return Answer::Unknown("a text is classified run by run".into()),
    };
    answer.unwrap_or_else(|error| Answer::Unknown(error.to_string()))
}

/// Words are in lower case in every table that is trained here.
fn lower(word: &str) -> String {
    word.trim().to_lowercase()
}

/// Asks the table: the one being pre-trained, the transferred one, or a run's own.
fn with_table(
    job: &Job,
    run: Option<usize>,
    ask: impl FnOnce(&View<'_>) -> Result<Answer>,
) -> Result<Answer> {
    if let Some(view) = job.vector_stage().and_then(|stage| stage.view()) {
        return ask(&view);
    }
    let Some(table) = &job.table else {
        return Ok(Answer::Unknown(
            "there are no word vectors yet: the words are still being counted".into(),
        ));
    };
    match own_table(job, run) {
        Ok(Some(own)) => ask(&View::new(&table.vectors.words, own.view())),
        Ok(None) => ask(&table.vectors.view()),
        Err(why) => Ok(Answer::Unknown(why.into_owned())),
    }
}

/// The table of a fine-tuned run; `None` where the pre-trained one is meant.
fn own_table(job: &Job, run: Option<usize>) -> std::result::Result<Option<Array2<f32>>, Cow<'static, str>> {
    let (Some(number), Some(table)) = (run, &job.table) else { return Ok(None) };
    let Some(run) = job.training.run(number) else { return Err("this run has not begun yet".into()) };
    match run.learner.word_vectors() {
        Some(own) => Ok(Some(drift::own_table(&table.base, table.vectors.len(), &own.learned()))),
        None if run.start.arm.transfers() => Ok(None),
        None => Err(format!("a {} run has no pre-trained vectors of its own", run.start.arm).into()),
    }
}

/// The words that a run moved most.
fn moved(job: &Job, number: usize, count: usize) -> Answer {
    let (Some(run), Some(table)) = (job.training.run(number), &job.table) else {
        return Answer::Unknown("this run has not begun yet".into());
    };
    let Some(own) = run.learner.word_vectors() else {
        return Answer::Unknown(format!(
            "nothing moved: only fine-tuning moves transferred vectors, and this run is {}",
            run.start.arm
        ));
    };
    let learned = own.learned();
    let mut moved = drift::drift(&table.base, &learned);
    moved.truncate(count);
    let before = table.vectors.view();
    let now = drift::own_table(&table.base, table.vectors.len(), &learned);
    let after = View::new(&table.vectors.words, now.view());
    let norms = after.norms();
    let after = after.with_norms(&norms);
    let near = |view: &View<'_>, row: u32| {
        named(view, view.nearest(view.row(row as usize), MOVED_NEIGHBOURS, &[row as usize]))
    };
    let moved = moved.into_iter().map(|m| Moved {
        word: table.vectors.words.get(m.row as usize).to_string(),
        cosine: m.cosine,
        distance: m.distance,
        before: near(&before, m.row),
        after: near(&after, m.row),
    });
    Answer::Drift(moved.collect())
}

/// The documents of a confusion cell.
fn examples(job: &Job, number: usize, set: &str, truth: usize, guess: usize, count: usize) -> Answer {
    let (Some(run), Some(documents)) = (job.training.run(number), &job.documents) else {
        return Answer::Unknown("this run has not begun yet".into());
    };
    let Some((_, ids, opinions)) = run.opinions.iter().find(|(name, ..)| name == set) else {
        return Answer::Unknown(format!(
            "this run was not evaluated on \"{set}\" since the session was opened"
        ));
    };
    let mut found: Vec<(f32, u32)> = ids
        .iter()
        .zip(opinions)
        .filter(|(id, (guessed, _))| {
            documents.labels[**id as usize] as usize == truth && usize::from(*guessed) == guess
        })
        .map(|(&id, &(_, confidence))| (confidence, id))
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let example =
        |(confidence, id): (f32, u32)| Example { text: documents.texts[id as usize].clone(), confidence };
    Answer::Examples(found.into_iter().take(count).map(example).collect())
}
