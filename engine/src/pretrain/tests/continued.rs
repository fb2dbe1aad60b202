//! Tests of training that begins with published vectors.

use ndarray::Array2;

use crate::session::published::Published;
use crate::vectors::fasttext;

use super::super::start::Start;
use super::*;

const DIM: usize = 24;
const NGRAMS: Subwords = Subwords { min: 3, max: 4, buckets: 5_000 };

/// Vectors for the words "one…" of the ring, for two words that it does not have, and for one of its frequent words.
/// "other…" are new words. With subwords, the file has rows for the n-grams of "one…" and "other…".
fn published(length: f32, subwords: bool) -> WordVectors {
    let mut rng = rng::stream(8, "published", 0);
    let mut words: Vec<String> = (0..MEANINGS).map(|meaning| format!("one{meaning}")).collect();
    words.extend(["zebra".into(), "the".into(), "yak".into()]);
    let mut number = || length * (rng::unit(&mut rng) - 0.5);
    let matrix = Array2::from_shape_simple_fn((words.len(), DIM), &mut number);
    let names = words.iter().map(String::as_str).collect();
    let vectors = WordVectors::new(names, matrix, None).unwrap();
    if !subwords {
        return vectors;
    }
    let ngrams = fasttext::Ngrams::plain(NGRAMS.min, NGRAMS.max, NGRAMS.buckets);
    let mut buckets = Vec::new();
    let all = words.into_iter().chain((0..MEANINGS).map(|meaning| format!("other{meaning}")));
    all.for_each(|word| ngrams.each_row(word.as_bytes(), |bucket| buckets.push(bucket as u32)));
    buckets.sort_unstable();
    buckets.dedup();
    let rows = std::iter::repeat_with(number).take(buckets.len() * DIM).collect();
    let parts = fasttext::Subwords::trained(NGRAMS.min, NGRAMS.max, NGRAMS.buckets, &buckets, DIM, rows);
    vectors.with_subwords(Arc::new(parts))
}

fn from(asked: Published, vectors: WordVectors, options: Options) -> Options {
    let start = Start::new(asked, vectors, None, None).unwrap();
    let (dim, subwords) = (start.vectors.dim(), start.subwords);
    Options { dim, subwords, start: Some(Arc::new(start)), ..options }
}

/// Both models, both losses, whole words and subwords.
fn all(asked: &Published) -> Vec<Options> {
    let mut all = Vec::new();
    for model in [Model::SkipGram, Model::Cbow] {
        for subwords in [false, true] {
            let sampled = from(asked.clone(), published(1.0, subwords), options(model));
            let loss = Loss::HierarchicalSoftmax;
            all.extend([sampled.clone(), Options { loss, ..sampled }]);
        }
    }
    all
}

fn begun(options: &Options, sentences: usize) -> Pretraining {
    let mut p = Pretraining::new(Arc::new(ring(sentences)), options.clone(), 9).unwrap();
    while p.doing() == Doing::Counting {
        p.step().unwrap();
    }
    p
}

fn rows(p: &Pretraining, table: usize) -> Array2<f32> {
    p.tensors()[table].1.to_owned()
}

fn id(p: &Pretraining, word: &str) -> usize {
    p.vocabulary().unwrap().id(word).unwrap()
}

#[test]
fn words_begin_where_they_were_or_at_their_subwords_or_at_the_mean() {
    for subwords in [false, true] {
        let file = published(1.0, subwords);
        let p = begun(&from(Published::of("v"), file.clone(), options(Model::SkipGram)), 300);
        let view = p.vectors().unwrap();
        let near = |word: &str, expected: &[f32]| {
            let found = view.row(id(&p, word));
            found.iter().zip(expected).for_each(|(x, y)| assert!((x - y).abs() < 1e-5, "{word}: {x} {y}"));
            assert_eq!(found.len(), expected.len());
        };
        for word in ["one7", "the", "zebra", "yak"] {
            near(word, &file.vector(word).unwrap());
        }
        let mean = file.table().to_array(0..file.len()).mean_axis(ndarray::Axis(0)).unwrap().to_vec();
        match &file.subwords {
            Some(parts) => near("other7", &parts.vector_of_unseen("other7").unwrap()),
            None => near("other7", &mean),
        }
        // The other words of the file come last, in the file's order, and have no output weights.
        let vocabulary = p.vocabulary().unwrap();
        let (words, seen) = (vocabulary.len(), vocabulary.seen());
        assert_eq!((vocabulary.word(words - 2), vocabulary.word(words - 1)), ("zebra", "yak"));
        assert_eq!((words - seen, rows(&p, 1).nrows()), (2, seen));
        let told = p.remarks().join("\n");
        assert!(told.contains("61 words of the corpus") && told.contains("2 words that only"), "{told}");
        assert!(told.contains("62 new ones begin at"), "{told}");
    }
    let dropped = Published { keep_others: false, ..Published::of("v") };
    let p = begun(&from(dropped, published(1.0, false), options(Model::SkipGram)), 300);
    assert_eq!(p.vocabulary().unwrap().id("zebra"), None);
}

#[test]
fn only_the_output_weights_learn_at_first() {
    let asked = Published { outputs_first: 1.0, ..Published::of("v") };
    for options in all(&asked) {
        let name = format!("{:?} {:?} {:?}", options.model, options.loss, options.subwords);
        let mut p = begun(&Options { epochs: Some(1), ..options.clone() }, 2000);
        let (inputs, words) = (rows(&p, 0), p.vectors().unwrap().table().to_array(0..5));
        let progress = run(&mut p, usize::MAX);
        assert!(progress.len() > 4 && p.doing() == Doing::Finished, "{name}");
        assert!(rows(&p, 0).iter().zip(&inputs).all(|(a, b)| a.to_bits() == b.to_bits()), "{name}");
        assert!(p.vectors().unwrap().table().to_array(0..5) == words, "{name}");
        assert!(rows(&p, 1).iter().any(|&x| x != 0.0), "{name}");
        let mean = |p: &Progress| p.loss / p.pairs as f64;
        assert!(mean(progress.last().unwrap()) < 0.97 * mean(&progress[0]), "{name}: outputs learn");
        // After the first epoch the vectors learn too.
        let mut p = begun(&Options { epochs: Some(2), ..options }, 2000);
        run(&mut p, usize::MAX);
        assert!(rows(&p, 0) != inputs, "{name}");
    }
}

#[test]
fn a_group_with_a_rate_of_zero_keeps_its_bits_and_the_other_learns() {
    for (known_rate, new_rate) in [(0.0, 1.0), (1.0, 0.0)] {
        let asked = Published { known_rate, new_rate, ..Published::of("v") };
        for options in all(&asked) {
            let name = format!("{known_rate} {:?} {:?} {:?}", options.model, options.loss, options.subwords);
            let mut p = begun(&options, 1000);
            let before = rows(&p, 0);
            run(&mut p, usize::MAX);
            let after = rows(&p, 0);
            let start = p.options().start.clone().unwrap();
            let words = p.vocabulary().unwrap();
            for row in 0..after.nrows() {
                // N-grams belong to the known group. Words that the corpus lacks never move.
                let known = row >= words.len() || start.knows(words.word(row));
                let still =
                    before.row(row).iter().zip(after.row(row)).all(|(a, b)| a.to_bits() == b.to_bits());
                let of_corpus = row < words.seen();
                if known != (known_rate > 0.0) && (of_corpus || row >= words.len()) {
                    assert!(still, "{name}: row {row} moved");
                } else if of_corpus {
                    assert!(!still, "{name}: row {row} did not move");
                }
            }
        }
    }
}

#[test]
fn continued_training_resumes_to_the_same_bits() {
    let asked = Published { known_rate: 0.5, new_rate: 2.0, anchor: 0.1, ..Published::of("v") };
    for options in all(&asked) {
        goes_on_to_the_same_bits(options);
    }
}

#[test]
fn continued_training_has_the_same_bits_at_any_number_of_threads() {
    let asked = Published { known_rate: 0.5, new_rate: 2.0, anchor: 0.1, ..Published::of("v") };
    for options in all(&asked) {
        let mut first = None;
        for threads in [1, 4] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| {
                let mut p = begun(&options, 1000);
                run(&mut p, usize::MAX);
                bits(&p)
            });
            assert!(*first.get_or_insert_with(|| found.clone()) == found, "{options:?}, {threads} threads");
        }
    }
}

/// Vectors that are eight times as long are trained to vectors that are eight times as long, bit by bit.
#[test]
fn the_length_of_the_vectors_does_not_change_what_is_learned() {
    for subwords in [false, true] {
        let trained = |length| {
            let asked = Published { anchor: 0.05, ..Published::of("v") };
            let mut p = begun(&from(asked, published(length, subwords), options(Model::SkipGram)), 1000);
            run(&mut p, usize::MAX);
            rows(&p, 0)
        };
        let (short, long) = (trained(1.0), trained(8.0));
        let same = short.iter().zip(&long).all(|(short, long)| (8.0 * short).to_bits() == long.to_bits());
        assert!(same, "subwords: {subwords}");
    }
}

#[test]
fn an_anchor_holds_words_near_to_where_they_began() {
    let way = |anchor| {
        let asked = Published { anchor, ..Published::of("v") };
        let mut p = begun(&from(asked, published(1.0, false), options(Model::SkipGram)), 2000);
        run(&mut p, usize::MAX);
        p.moved().unwrap().distance
    };
    let (free, held, fast) = (way(0.0), way(0.3), way(100.0));
    assert!(held < 0.9 * free && fast < 0.3 * held, "{free} {held} {fast}");
}

#[test]
fn drift_is_told_and_the_result_has_the_other_words() {
    let mut p = begun(&from(Published::of("a/v.txt"), published(1.0, true), options(Model::SkipGram)), 2000);
    run(&mut p, usize::MAX);
    let moved = p.moved().unwrap();
    assert_eq!((moved.known, moved.new, moved.others, &moved.file[..]), (61, 62, 2, "v.txt"));
    assert!(moved.cosine < 0.999 && moved.distance > 0.01 && moved.furthest.len() == 20, "{moved:?}");
    let file = published(1.0, true);
    let vectors = p.finish().unwrap();
    let parts = vectors.subwords.as_ref().unwrap();
    assert_eq!(parts.shape(), (3, 4, 5_000));
    assert!(vectors.vector("yak").is_some() && parts.vector_of_unseen("other99").is_some());
    // "zebra" has no n-gram of the text, so it is where it was, up to rounding.
    let zebra = vectors.vector("zebra").unwrap();
    zebra.iter().zip(&*file.vector("zebra").unwrap()).for_each(|(x, y)| assert!((x - y).abs() < 1e-5));
}

#[test]
fn files_that_do_not_fit_are_refused_with_a_sentence() {
    let start = |dim, subwords, has| {
        let made = Start::new(Published::of("a/v.txt"), published(1.0, has), dim, subwords);
        made.map(|_| ()).map_err(|error| error.to_string())
    };
    start(Some(DIM), Some(NGRAMS), true).unwrap();
    let told = start(Some(100), None, false).unwrap_err();
    assert!(told.contains("v.txt: the vectors have 24 dimensions, and `dim` is 100"), "{told}");
    assert!(told.contains("`dim: 24`"), "{told}");
    let told = start(None, Some(NGRAMS), false).unwrap_err();
    assert!(told.contains("the file has no subwords"), "{told}");
    let told = start(None, Some(Subwords { max: 5, ..NGRAMS }), true).unwrap_err();
    assert!(told.contains("3 to 4 characters in 5000 buckets"), "{told}");
    let other = ["un", "deux"].into_iter().collect();
    let other = WordVectors::new(other, Array2::ones((2, 3)), None).unwrap();
    let mut p =
        Pretraining::new(Arc::new(ring(9)), from(Published::of("fr.vec"), other, options(Model::Cbow)), 1)
            .unwrap();
    let told = loop {
        if let Err(error) = p.step() {
            break error.to_string();
        }
    };
    assert!(told.contains("fr.vec") && told.contains("has a vector here"), "{told}");
}
