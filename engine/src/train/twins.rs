//! Two runs side by side: the examples on which they disagree.

use std::sync::Arc;

use crate::data::examples::Examples;
use crate::data::image::Image;
use crate::train::protocol::event::{Answer, Disagreement, Disagreements};
use crate::vision::Images;

use super::image_answers::thumbnail;
use super::job::Job;
use super::run::Opinions;

/// The predictions of a run on each set that it was evaluated on.
pub struct Answered {
    pub run: usize,
    pub sets: Vec<(String, Opinions)>,
}

/// The examples of a set on which two runs predict different classes, by their last evaluations; with `earlier`, on which a run
/// predicts others than those that were kept.
pub fn disagreements(
    job: &Job,
    runs: [usize; 2],
    earlier: Option<&Answered>,
    set: &str,
    count: usize,
) -> Answer {
    let labels = match (job.documents(), job.images()) {
        (Some(documents), _) => documents.labels(),
        (None, Some(images)) => images.labels(),
        (None, None) => return Answer::Unknown("the examples are still being read".into()),
    };
    let mut opinions = Vec::new();
    for (place, number) in runs.into_iter().enumerate() {
        if let Some(earlier) = earlier.filter(|_| place == 1) {
            match earlier.sets.iter().find(|(name, _)| name == set) {
                Some((_, known)) => opinions.push(known.clone()),
                None => return Answer::Unknown(format!("no answers on \"{set}\" are kept")),
            }
            continue;
        }
        let Some(run) = job.training.run(number) else {
            return Answer::Unknown("this run has not begun yet".into());
        };
        match run.opinions_on(set) {
            Some(found) => opinions.push(found),
            None => {
                let why =
                    format!("one of the runs was not evaluated on \"{set}\" yet: ask again when it was");
                return Answer::Unknown(why);
            }
        }
    }
    let [left, right] = &opinions[..] else { return Answer::Unknown("two runs are compared".into()) };
    let (mut of, mut only, mut neither, mut differing) = (0, [0; 2], 0, Vec::new());
    for (id, guess) in left {
        // Each seed may be tested on examples of its own.
        let Ok(place) = right.binary_search_by_key(id, |known| known.0) else { continue };
        let other = right[place].1;
        of += 1;
        if guess.0 == other.0 {
            continue;
        }
        let truth = labels[*id as usize] as usize;
        match [guess.0, other.0].map(|class| usize::from(class) == truth) {
            [true, _] => only[0] += 1,
            [_, true] => only[1] += 1,
            [false, false] => neither += 1,
        }
        differing.push((*id, truth, *guess, other));
    }
    // Where both are sure of different classes, there is most to see.
    let least = |found: &(u32, usize, (u16, f32), (u16, f32))| found.2.1.min(found.3.1);
    differing.sort_by(|a, b| least(b).total_cmp(&least(a)).then(a.0.cmp(&b.0)));
    let list = differing.into_iter().take(count).map(|(id, truth, left, right)| {
        let (text, image) = shown(job, id as usize);
        Disagreement {
            text,
            image,
            truth,
            guesses: [left.0, right.0].map(usize::from),
            confidences: [left.1, right.1],
        }
    });
    let list = list.collect();
    Answer::Disagreements(Box::new(Disagreements { runs, set: set.to_string(), of, only, neither, list }))
}

/// What is shown of an example.
fn shown(job: &Job, example: usize) -> (String, Option<Image>) {
    if let Some(documents) = job.documents() {
        return (documents.texts[example].clone(), None);
    }
    let of = |images: &Arc<Images>| (images.names[example].clone(), Some(thumbnail(&images.images[example])));
    job.images().map_or((String::new(), None), of)
}
