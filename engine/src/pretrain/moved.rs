//! How far training moved the vectors from which it began.

use crate::session::continued::{Continued, MovedWord};
use crate::text::vocabulary::Vocabulary;
use crate::vectors::View;

use super::start::{Overlap, Start};

/// The number of words that are named.
const NAMED: usize = 20;
/// The number of neighbours of a named word, before and after.
const NEIGHBOURS: usize = 5;

/// The drift from `start` to `now`, the vectors of `vocabulary`.
pub fn moved(start: &Start, vocabulary: &Vocabulary, now: &View<'_>) -> Continued {
    let Overlap { known, new, others, fraction } = start.overlap(vocabulary);
    let (mut cosine, mut distance) = (0.0, 0.0);
    let mut all: Vec<(f64, f64, usize)> = Vec::with_capacity(known);
    for word in 0..vocabulary.seen() {
        let Some(before) = start.vectors.vector(vocabulary.word(word)) else { continue };
        let (turned, way) = between(&before, &now.row(word));
        cosine += turned;
        distance += way;
        all.push((turned, way, word));
    }
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.2.cmp(&b.2)));
    let norms = now.norms();
    let table = now.table();
    let after = View::of(now.words(), table.reborrow()).with_norms(&norms);
    let before = start.vectors.view();
    let near = |view: &View, word: &str| -> Vec<String> {
        let near = view.neighbours(word, NEIGHBOURS).unwrap_or_default();
        near.into_iter().map(|near| view.words().get(near.id).to_string()).collect()
    };
    let name = |&(cosine, distance, word): &(f64, f64, usize)| {
        let word = vocabulary.word(word);
        MovedWord {
            word: word.to_string(),
            cosine: cosine as f32,
            distance: distance as f32,
            before: near(&before, word),
            after: near(&after, word),
        }
    };
    let furthest = all.iter().filter(|moved| moved.1 > 0.0).take(NAMED).map(name).collect();
    let n = all.len().max(1) as f64;
    let file = start.asked.name();
    Continued { file, known, new, others, fraction, cosine: cosine / n, distance: distance / n, furthest }
}

/// The cosine and the Euclidean distance between two vectors. The cosine with a vector of zeros is 0.
fn between(a: &[f32], b: &[f32]) -> (f64, f64) {
    let (mut dot, mut aa, mut bb, mut way) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
    for (&a, &b) in a.iter().zip(b) {
        let (a, b) = (f64::from(a), f64::from(b));
        dot += a * b;
        aa += a * a;
        bb += b * b;
        way += (a - b) * (a - b);
    }
    let lengths = (aa * bb).sqrt();
    (if lengths > 0.0 { dot / lengths } else { 0.0 }, way.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::published::Published;
    use crate::vectors::WordVectors;

    #[test]
    fn known_words_are_compared_and_the_furthest_come_first() {
        let file = WordVectors::new(
            ["c", "a", "b", "else"].into_iter().collect(),
            ndarray::array![[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [9.0, 9.0]],
            None,
        );
        let start = Start::new(Published::of("folder/glove.txt"), file.unwrap(), None, None).unwrap();
        let vocabulary = Vocabulary::from_parts(["a", "new", "b"], vec![3, 2, 1], 6).unwrap();
        let vocabulary = start.vocabulary(vocabulary, "the text").unwrap();
        let now = ndarray::array![[0.0, 2.0], [5.0, 5.0], [1.0, 1.0], [0.0, 1.0], [9.0, 9.0]];
        let told = moved(&start, &vocabulary, &View::new(vocabulary.words(), now.view()));
        assert_eq!((told.known, told.new, told.others, &told.file[..]), (2, 1, 2, "glove.txt"));
        assert!((told.fraction - 4.0 / 6.0).abs() < 1e-12);
        assert!((told.cosine - 0.5).abs() < 1e-12 && (told.distance - 5.0_f64.sqrt() / 2.0).abs() < 1e-12);
        let furthest: Vec<_> = told.furthest.iter().map(|moved| &moved.word[..]).collect();
        assert_eq!(furthest, ["a"], "b did not move, and the others are not in both");
        assert_eq!((&told.furthest[0].before[0][..], &told.furthest[0].after[0][..]), ("b", "c"));
        assert_eq!((told.furthest[0].cosine, told.furthest[0].distance), (0.0, 5.0_f32.sqrt()));
        assert!(told.told().starts_with("drift from glove.txt: mean cosine 0.500"), "{}", told.told());
    }
}
