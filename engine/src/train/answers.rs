//! Answers to the front end's questions; they are computed between two training steps.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use ndarray::Array2;

use crate::error::Result;
use crate::models::language_model::generator::{Sampling, generate};
use crate::session::choices::Closeness;
use crate::session::record::Neighbour;
use crate::train::protocol::command::Question;
use crate::train::protocol::event::{self, Answer, Example, Moved};
use crate::transfer::drift;
use crate::vectors::View;
use crate::vectors::axes::Axes;
use crate::vectors::expression::Expression;
use crate::vectors::project::Map;

use super::cells::in_cell;
use super::encoder_answers;
use super::image_answers;
use super::job::Job;
use super::looks::named;
use super::stage::Look;
use super::text_pretrained::TextPretrained;

/// How many neighbours a moved word is shown with, before and after fine-tuning.
const MOVED_NEIGHBOURS: usize = 5;
/// The largest number of words on a map.
const MAPPED: usize = 400;
/// How long a map is computed before other questions and the training get their turn.
const MOMENT: Duration = Duration::from_millis(5);

/// The answer to a question, from the current state of the job.
pub fn answer(job: &mut Job, question: &Question) -> Answer {
    let answer = match question {
        #[cfg(test)]
        Question::Panic => panic!("as the test asked"),
        Question::Neighbours { word, run, by, count } => with_table(job, *run, |view| {
            let made = !Expression::parse(view, word)?.made().is_empty();
            let near = match learned_of_made(job, *run, &lower(word)).filter(|_| made) {
                Some(point) => view.nearest_by(*by, &point, *count, &[]),
                None => view.near(word, *by, *count, None)?,
            };
            Ok(Answer::Neighbours { word: word.clone(), list: named(view, near), made })
        }),
        Question::NeighboursOfSources { word, by, count } => {
            return Answer::NeighboursOfSources(of_sources(job, word, *by, *count));
        }
        Question::Among { word, among, run, by } => with_table(job, *run, |view| {
            let among = among.iter().map(|word| view.id(word)).collect::<Result<Vec<usize>>>()?;
            let list = named(view, view.near(word, *by, among.len(), Some(&among))?);
            Ok(Answer::Neighbours { word: word.clone(), list, made: false })
        }),
        Question::OddOneOut { words, run } => with_table(job, *run, |view| {
            let ids = words.iter().map(|word| view.id(word)).collect::<Result<Vec<usize>>>()?;
            Ok(Answer::Neighbours {
                word: words.join(", "),
                list: named(view, view.odd_one_out(&ids)),
                made: false,
            })
        }),
        Question::Axes { x, y, words, run } => with_table(job, *run, |view| {
            let placed = Axes::of(view, [x, y], words)?;
            Ok(Answer::Axes(Box::new(event::Axes {
                axes: [x.clone(), y.clone()],
                cosine: placed.cosine,
                places: placed.places.into_iter().map(|place| (place.word, place.x, place.y)).collect(),
                missing: placed.missing,
            })))
        }),
        Question::Disagreements { .. }
        | Question::KeepAnswers { .. }
        | Question::KeepMoment { .. }
        | Question::NeighboursOfMoments { .. } => {
            return Answer::Unknown("moments are kept by the training thread".into());
        }
        Question::Concordance { .. } => {
            return Answer::Unknown("the corpus is read beside the training".into());
        }
        Question::Analogy { a, b, c, score, count } => with_table(job, None, |view| {
            Ok(Answer::Analogy(named(view, view.analogy(a, b, c, *score, *count)?)))
        }),
        Question::Complete { prefix, count } => with_table(job, None, |view| {
            let words = view.complete(&lower(prefix), *count);
            Ok(Answer::Complete(words.into_iter().map(String::from).collect()))
        }),
        Question::Generate { prompt, words, temperature, draw } => {
            return said(job, prompt, *words, *temperature, *draw);
        }
        Question::Drift { run, count } => return moved(job, *run, *count),
        Question::Sentences { .. } => {
            return Answer::Unknown("sentences are compared bit by bit".into());
        }
        Question::Attention { run, text, layer, head } => {
            return encoder_answers::attention(job, *run, text, *layer, *head);
        }
        Question::Examples { run, set, truth, guess, count } => {
            return examples(job, *run, set, *truth, *guess, *count);
        }
        Question::Classify { .. } | Question::Explain { .. } | Question::ClassifyImage { .. } => {
            return Answer::Unknown("an example is classified run by run".into());
        }
        Question::Map { .. } | Question::MapFirst { .. } => {
            return Answer::Unknown("a map is laid out bit by bit".into());
        }
        Question::Clusters { .. } => {
            return Answer::Unknown("texts are clustered beside the training".into());
        }
        Question::LrFinder { .. } => {
            return Answer::Unknown("learning rates are tried beside the training".into());
        }
        Question::AuditLabels { .. } => {
            return Answer::Unknown("labels are audited beside the training".into());
        }
        Question::Label(_) => {
            return Answer::Unknown("texts are labelled beside the training".into());
        }
        Question::Survey(_) | Question::SourceFile { .. } => {
            return Answer::Unknown("files are examined beside the training".into());
        }
        Question::Images { .. }
        | Question::Filters { .. }
        | Question::FeatureMaps { .. }
        | Question::Mistakes { .. }
        | Question::Top { .. } => return image_answers::answer(job, question),
    };
    answer.unwrap_or_else(|error| Answer::Unknown(error.to_string()))
}

/// A map that is being computed, and the words on it.
pub struct Drawing {
    words: Vec<String>,
    map: Map,
}

impl Drawing {
    /// Starts the map that the question asks for.
    ///
    /// # Errors
    /// The answer that says why there is no map.
    pub fn begin(job: &Job, question: &Question) -> std::result::Result<Drawing, Box<Answer>> {
        let (words, first, run, layout) = match question {
            Question::Map { words, run, layout } => (&words[..], 0, *run, *layout),
            Question::MapFirst { count, run, layout } => (&[][..], *count, *run, *layout),
            _ => return Err(Box::new(Answer::Unknown("this is no question for a map".into()))),
        };
        let mut drawing = None;
        let answer = with_table(job, run, |view| {
            let first = 0..first.min(view.words().len());
            let mut ids: Vec<usize> = words.iter().filter_map(|word| view.find(word)).chain(first).collect();
            ids.truncate(MAPPED);
            let words = ids.iter().map(|&id| view.words().get(id).to_string()).collect();
            drawing = Some(Drawing { words, map: Map::new(*view, &ids, layout) });
            Ok(Answer::Map(Vec::new()))
        });
        drawing.ok_or_else(|| Box::new(answer.unwrap_or_else(|error| Answer::Unknown(error.to_string()))))
    }

    /// Continues for [`MOMENT`]. Returns the answer when the map is finished.
    pub fn step(&mut self) -> Option<Answer> {
        let begun = Instant::now();
        while !self.map.step() {
            if begun.elapsed() > MOMENT {
                return None;
            }
        }
        let place = |(word, &[x, y]): (&String, &[f32; 2])| (word.clone(), x, y);
        Some(Answer::Map(self.words.iter().zip(self.map.places()).map(place).collect()))
    }
}

/// A text that the language model generates in its current state.
fn said(job: &Job, prompt: &str, words: usize, temperature: f32, draw: u64) -> Answer {
    if !(temperature.is_finite() && temperature >= 0.0) {
        return Answer::Unknown("a temperature goes from 0 up: 0.8 is usual".into());
    }
    let sampling = Sampling { words, temperature, seed: job.recipe.seed, number: draw };
    let finished = job.text().and_then(|source| source.layered.as_ref()?.generator());
    let text = match (finished, job.look()) {
        (Some(generator), _) => Some(generator.generate(prompt, sampling)),
        (None, Look::LanguageModel { model, lexicon, direction, .. }) => {
            Some(generate(model, lexicon, direction, prompt, sampling))
        }
        (None, _) => None,
    };
    match text {
        Some(text) => Answer::GeneratedText { prompt: prompt.to_string(), text },
        None => Answer::Unknown("there is no language model that could say anything".into()),
    }
}

/// A word in lower case, as every table that is trained in a session has it.
fn lower(word: &str) -> String {
    word.trim().to_lowercase()
}

/// The nearest words in each source; or why there are none, as a sentence.
fn of_sources(
    job: &Job,
    word: &str,
    by: Closeness,
    count: usize,
) -> Vec<std::result::Result<Vec<Neighbour>, String>> {
    let near = |view: &View<'_>| {
        let near = view.near(word, by, count, None).map_err(|error| error.to_string())?;
        Ok(named(view, near))
    };
    let of = |place: usize| match (job.look_of(place), job.text_of(place)) {
        (Look::Words(vectors) | Look::LanguageModel { vectors, .. }, _) => near(&vectors),
        (_, Some(TextPretrained { table, .. })) => {
            table.vectors.expect_questions();
            near(&table.vectors.view())
        }
        _ => Err("this source is not prepared yet".into()),
    };
    (0..job.recipe.source_names().len()).map(of).collect()
}

/// Calls `ask` with a table of vectors: the one in pre-training if there is one, else that of a fine-tuned run if one
/// is asked, else the transferred one.
pub(super) fn with_table(
    job: &Job,
    run: Option<usize>,
    ask: impl FnOnce(&View<'_>) -> Result<Answer>,
) -> Result<Answer> {
    if let Look::Words(vectors) | Look::LanguageModel { vectors, .. } = job.look() {
        return ask(&vectors);
    }
    let Some(TextPretrained { table, .. }) = job.text() else {
        return Ok(Answer::Unknown(
            "there are no word vectors yet: the words are still being counted".into(),
        ));
    };
    match own_table(job, run) {
        Ok(Some(own)) => {
            let vectors = &table.vectors;
            let view = View::new(&vectors.words, own.view()).with_subwords(vectors.subwords.as_deref());
            ask(&view.with_static_model(vectors.static_model.as_ref()))
        }
        Ok(None) => {
            table.vectors.expect_questions();
            ask(&table.vectors.view())
        }
        Err(why) => Ok(Answer::Unknown(why.into_owned())),
    }
}

/// The table of a fine-tuned run; `None` where the pre-trained table is to be used.
fn own_table(job: &Job, run: Option<usize>) -> std::result::Result<Option<Array2<f32>>, Cow<'static, str>> {
    let (Some(number), Some(TextPretrained { table, .. })) = (run, job.text()) else { return Ok(None) };
    let Some(run) = job.training.run(number) else { return Err("this run has not begun yet".into()) };
    match run.learner.inside().word_vectors() {
        Some(learned) => Ok(Some(drift::own_table(table, &learned))),
        None if run.start.method.transfers() => Ok(None),
        None => Err(format!("a {} run has no pre-trained vectors of its own", run.start.method).into()),
    }
}

/// The fine-tuned vector of a word that the pre-trained table does not have, because its vector is composed of
/// subwords.
fn learned_of_made(job: &Job, run: Option<usize>, word: &str) -> Option<Vec<f32>> {
    let TextPretrained { table, documents, .. } = job.text()?;
    let row = table.row(documents.word(word)?)?;
    let own = job.training.run(run?)?.learner.inside().word_vectors()?;
    own.into_iter().find(|(learned, _)| *learned == row).map(|(_, now)| now.to_vec())
}

/// The words whose vectors a run moved most.
fn moved(job: &Job, number: usize, count: usize) -> Answer {
    let (Some(run), Some(TextPretrained { table, documents, .. })) = (job.training.run(number), job.text())
    else {
        return Answer::Unknown("this run has not begun yet".into());
    };
    let Some(learned) = run.learner.inside().word_vectors() else {
        return Answer::Unknown(format!(
            "nothing moved: only fine-tuning moves transferred vectors, and this run is {}",
            run.start.method
        ));
    };
    let mut moved = drift::drift(&table.base, &learned);
    moved.truncate(count);
    let before = table.vectors.view();
    let now = drift::own_table(table, &learned);
    let after = View::new(&table.vectors.words, now.view());
    let norms = after.norms();
    let after = after.with_norms(&norms);
    let moved = moved.into_iter().filter_map(|m| {
        let origin = table.origin_of(m.row)?;
        let itself = origin.row.map(|row| row.0);
        let near = |view: &View<'_>, point: &[f32]| {
            named(view, view.nearest(point, MOVED_NEIGHBOURS, itself.as_slice()))
        };
        let now = learned.iter().find(|(row, _)| *row == m.row).map_or(&[][..], |(_, now)| now);
        Some(Moved {
            word: documents.words.get(origin.word.0 as usize).to_string(),
            cosine: m.cosine,
            distance: m.distance,
            before: near(&before, table.vector(origin.word).unwrap_or(&[])),
            after: near(&after, now),
        })
    });
    Answer::Drift(moved.collect())
}

/// The documents of a cell of the confusion matrix.
fn examples(job: &Job, number: usize, set: &str, truth: usize, guess: usize, count: usize) -> Answer {
    let Some(documents) = job.documents() else {
        return Answer::Unknown("the texts are still being read".into());
    };
    let found = match in_cell(job, number, set, (truth, guess)) {
        Ok(found) => found,
        Err(why) => return Answer::Unknown(why),
    };
    let example =
        |(confidence, id): (f32, u32)| Example { text: documents.texts[id as usize].clone(), confidence };
    Answer::Examples(found.into_iter().take(count).map(example).collect())
}
