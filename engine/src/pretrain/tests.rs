//! Tests that training learns, is reproducible, and continues from a checkpoint.

use crate::rng;
use crate::session::pretraining::Loss;

use super::*;

mod continued;

/// Random walks on a ring of meanings. Each meaning has two words, which occur in the same contexts.
fn ring(sentences: usize) -> Documents<impl Fn() -> Box<dyn Iterator<Item = String>> + Send + Sync> {
    Documents(move || -> Box<dyn Iterator<Item = String>> {
        let mut rng = rng::stream(5, "ring", 0);
        Box::new((0..sentences).map(move |_| {
            let start = rng::below(&mut rng, MEANINGS);
            let mut text = String::new();
            for step in 0..12 {
                if rng::below(&mut rng, 4) == 0 {
                    text += ["the ", "a ", "of "][rng::below(&mut rng, 3)];
                }
                text += ["one", "other"][rng::below(&mut rng, 2)];
                text += &format!("{} ", (start + step) % MEANINGS);
            }
            text
        }))
    })
}

const MEANINGS: usize = 60;

fn options(model: Model) -> Options {
    Options {
        model,
        start: None,
        dim: 24,
        window: 3,
        negatives: 5,
        epochs: Some(2),
        sample: 1e-2,
        min_count: 2,
        learning_rate: 0.05,
        loss: Loss::NegativeSampling,
        subwords: None,
        phrases: 0,
        phrase_threshold: 100.0,
        tokens: Default::default(),
        distinct_words: 10_000,
    }
}

/// All kinds of training: both models, whole words and subwords, both losses.
fn all_options() -> Vec<Options> {
    let mut all = vec![options(Model::SkipGram), options(Model::Cbow)];
    let parts = Subwords { min: 3, max: 4, buckets: 5_000 };
    all.extend(all.clone().into_iter().map(|whole| Options { subwords: Some(parts), ..whole }));
    all.push(Options { phrases: 2, phrase_threshold: 40.0, ..options(Model::SkipGram) });
    let loss = Loss::HierarchicalSoftmax;
    all.extend(all.clone().into_iter().map(|sampled| Options { loss, ..sampled }));
    all
}

fn run(pretraining: &mut Pretraining, most: usize) -> Vec<Progress> {
    let mut all = Vec::new();
    while all.len() < most && pretraining.doing() != Doing::Finished {
        let progress = pretraining.step().unwrap();
        if progress.pairs > 0 {
            all.push(progress);
        }
    }
    all
}

fn bits(pretraining: &Pretraining) -> Vec<u32> {
    pretraining
        .tensors()
        .iter()
        .flat_map(|(_, t)| t.iter().map(|x| x.to_bits()).collect::<Vec<_>>())
        .collect()
}

#[test]
fn the_bits_are_the_same_at_any_number_of_threads() {
    for options in all_options() {
        let mut first = None;
        for threads in [1, 2, 4, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| {
                let mut p = Pretraining::new(Arc::new(ring(3000)), options.clone(), 9).unwrap();
                let losses: Vec<u64> = run(&mut p, usize::MAX).iter().map(|p| p.loss.to_bits()).collect();
                assert!(losses.len() > 8);
                (bits(&p), losses)
            });
            assert!(*first.get_or_insert_with(|| found.clone()) == found, "{options:?}, {threads} threads");
        }
    }
}

#[test]
fn another_seed_gives_other_vectors() {
    let vectors = |seed| {
        let mut p = Pretraining::new(Arc::new(ring(300)), options(Model::SkipGram), seed).unwrap();
        run(&mut p, usize::MAX);
        bits(&p)
    };
    assert!(vectors(1) == vectors(1));
    assert!(vectors(1) != vectors(2));
}

#[test]
fn resumed_training_ends_with_the_bits_of_unbroken_training() {
    for options in all_options() {
        goes_on_to_the_same_bits(options);
    }
}

fn goes_on_to_the_same_bits(options: Options) {
    let corpus: Arc<dyn Corpus> = Arc::new(ring(3000));
    let mut unbroken = Pretraining::new(corpus.clone(), options.clone(), 9).unwrap();
    let blocks = run(&mut unbroken, usize::MAX).len();
    for stop in [1, blocks / 2, blocks - 1, blocks] {
        let mut p = Pretraining::new(corpus.clone(), options.clone(), 9).unwrap();
        run(&mut p, stop);
        let words: Vec<String> = p.vocabulary().unwrap().words().iter().map(String::from).collect();
        let counts = p.vocabulary().unwrap().counts().to_vec();
        let tokens = p.vocabulary().unwrap().tokens();
        let vocabulary = Vocabulary::from_parts(words.iter().map(|w| &**w), counts, tokens).unwrap();
        let tensors = p.tensors();
        let (inputs, outputs) = (tensors[0].1, tensors[1].1);
        let mut resumed = Pretraining::restore(
            corpus.clone(),
            options.clone(),
            9,
            (vocabulary, p.phrases().unwrap().clone()),
            p.position().unwrap(),
            inputs,
            outputs,
        )
        .unwrap();
        p.refresh();
        let rows = |p: &Pretraining| {
            let view = p.vectors().unwrap();
            (0..words.len()).flat_map(|id| view.row(id).to_vec()).map(f32::to_bits).collect::<Vec<_>>()
        };
        assert!(rows(&p) == rows(&resumed), "words asked for after {stop} of {blocks}");
        run(&mut resumed, usize::MAX);
        assert!(bits(&resumed) == bits(&unbroken), "stopped after {stop} of {blocks}");
        assert_eq!(resumed.position(), unbroken.position());
    }
}

#[test]
fn the_loss_falls_and_words_of_the_same_places_become_neighbours() {
    for mut options in all_options().into_iter().filter(|options| options.phrases == 0) {
        options.epochs = Some(10);
        let name = format!("{options:?}");
        let sampled = options.loss == Loss::NegativeSampling;
        let mut p = Pretraining::new(Arc::new(ring(6000)), options, 3).unwrap();
        let progress = run(&mut p, usize::MAX);
        let mean = |part: &[Progress]| {
            part.iter().map(|p| p.loss).sum::<f64>() / part.iter().map(|p| p.pairs).sum::<u64>() as f64
        };
        let (first, last) = (mean(&progress[..1]), mean(&progress[progress.len() - 10..]));
        // At first six dot products of 0, minus the noise words that happen to be the word itself.
        assert!(!sampled || (first - 6.0 * 2.0_f64.ln()).abs() < 0.5, "{name} begins with {first}");
        assert!(last < 0.75 * first, "{name}: {first} to {last}");
        assert!(progress.last().unwrap().learning_rate < 0.05 * progress[0].learning_rate);
        let vectors = p.finish().unwrap();
        for meaning in 0..MEANINGS {
            let near = vectors.view().neighbours(&format!("one{meaning}"), 3).unwrap();
            let names: Vec<&str> = near.iter().map(|n| vectors.words.get(n.id)).collect();
            assert!(names.contains(&&*format!("other{meaning}")), "{name} {meaning}: {names:?}");
        }
    }
}

#[test]
fn the_rate_can_be_changed_between_steps() {
    let mut p = Pretraining::new(Arc::new(ring(2000)), options(Model::SkipGram), 9).unwrap();
    let before = run(&mut p, 2)[1].learning_rate;
    p.multiply_learning_rate(0.1);
    let after = run(&mut p, 1)[0].learning_rate;
    assert!(after < 0.11 * before && after > 0.05 * before);
    assert_eq!(p.position().unwrap().factor, 0.1);
}

#[test]
fn a_corpus_of_ten_words_is_refused_with_a_sentence() {
    let corpus = Documents(|| ["one two three four five six seven eight nine ten".to_string()].into_iter());
    let mut p = Pretraining::new(Arc::new(corpus), options(Model::SkipGram), 1).unwrap();
    let error = loop {
        if let Err(error) = p.step() {
            break error.to_string();
        }
    };
    assert!(error.contains("10 words") && error.contains("min_count"), "{error}");
}

#[test]
fn training_that_runs_away_is_stopped_before_the_tables_change() {
    let mut wild = options(Model::SkipGram);
    wild.learning_rate = 1e30;
    let mut p = Pretraining::new(Arc::new(ring(3000)), wild, 1).unwrap();
    let error = loop {
        match p.step() {
            Ok(progress) => assert_ne!(progress.doing, Doing::Finished),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Diverged { .. }), "{error}");
}

/// "one61" does not occur in the text, but its n-grams do. The words of the ring that share most of them must be
/// near.
#[test]
fn words_never_seen_are_made_of_parts_that_were() {
    let parts = Subwords { min: 3, max: 4, buckets: 5_000 };
    let options = Options { subwords: Some(parts), epochs: Some(6), ..options(Model::SkipGram) };
    let mut p = Pretraining::new(Arc::new(ring(3000)), options, 3).unwrap();
    run(&mut p, usize::MAX);
    let view = p.vectors().unwrap();
    let live = view.table().to_array(0..view.words().len());
    let vectors = p.finish().unwrap();
    assert!(live.iter().zip(&vectors.table().to_array(0..vectors.len())).all(|(a, b)| (a - b).abs() < 1e-6));
    let subwords = vectors.subwords.as_ref().unwrap();
    let unseen = subwords.vector_of_unseen("one123").unwrap();
    assert_eq!(unseen.len(), 24);
    let near = vectors.view().nearest(&unseen, 5, &[]);
    let names: Vec<&str> = near.iter().map(|n| vectors.words.get(n.id)).collect();
    assert!(names.iter().any(|name| name.starts_with("one12")), "{names:?}");
    assert_eq!(subwords.vector_of_unseen("xyzzy"), None);
}

#[test]
fn the_usual_number_of_epochs_follows_the_size_of_the_corpus() {
    for (tokens, epochs) in [
        (0, 100),
        (50_000, 100),
        (500_000, 36),
        (5_000_000, 12),
        (17_000_000, 7),
        (25_000_000, 5),
        (u64::MAX, 5),
    ] {
        assert_eq!(usual_epochs(tokens), epochs, "{tokens} tokens");
    }
    let usual = Options { epochs: None, dim: 4, window: 1, negatives: 1, ..options(Model::SkipGram) };
    let mut left_out = Pretraining::new(Arc::new(ring(40)), usual.clone(), 3).unwrap();
    run(&mut left_out, usize::MAX);
    assert_eq!((left_out.epochs(), left_out.usual_epochs()), (Some(100), Some(100)));
    let mut given = Pretraining::new(Arc::new(ring(40)), Options { epochs: Some(100), ..usual }, 3).unwrap();
    run(&mut given, usize::MAX);
    assert_eq!((given.epochs(), given.usual_epochs()), (Some(100), None));
    assert!(bits(&left_out) == bits(&given), "the learning rate falls over as many epochs");
}

#[test]
fn few_epochs_over_a_small_text_are_named_as_collapsed() {
    use crate::data::demo;
    use crate::session::quality::collapsed;
    use crate::vectors::evaluation::mean_cosine;
    let mean = |options: Options| {
        let text = Documents(|| demo::unlabelled(1).take(1_400));
        let mut p = Pretraining::new(Arc::new(text), options, 1).unwrap();
        run(&mut p, usize::MAX);
        mean_cosine(p.vectors().unwrap()).unwrap()
    };
    let few = Options {
        dim: 20,
        window: 5,
        epochs: Some(4),
        sample: 1e-4,
        min_count: 5,
        learning_rate: 0.025,
        ..options(Model::SkipGram)
    };
    let found = mean(few.clone());
    let told = collapsed(found).unwrap_or_else(|| panic!("mean cosine {found}"));
    assert!(told.contains("more epochs"), "{told}");
    // Ten epochs with larger steps over more of the words are enough.
    let found = mean(Options { epochs: Some(10), sample: 1e-3, learning_rate: 0.1, ..few });
    assert_eq!(collapsed(found), None, "mean cosine {found}");
}

/// A pair of skip-gram is a dot product and the change of two vectors. In a tree of two words, each has one decision.
#[test]
fn operations_are_counted_pair_by_pair() {
    let count = |corpus: Arc<dyn Corpus>, options: Options| {
        let dim = options.dim as u64;
        let mut pretraining = Pretraining::new(corpus, options, 3).unwrap();
        let pairs: u64 = run(&mut pretraining, usize::MAX).iter().map(|progress| progress.pairs).sum();
        (pretraining.position().unwrap().flops.unwrap(), 6 * dim * pairs)
    };
    let two_words = Documents(|| -> Box<dyn Iterator<Item = String>> {
        Box::new((0..200).map(|i| ["one other one", "other other one one"][i % 2].to_string()))
    });
    let tree = Options { loss: Loss::HierarchicalSoftmax, sample: 1.0, ..options(Model::SkipGram) };
    let (flops, of_true_pairs) = count(Arc::new(two_words), tree);
    assert!(flops > 0);
    assert_eq!(flops, of_true_pairs);
    // Noise words that happen to be the true word are left out, so there are a few less than 5 a pair.
    let (flops, of_true_pairs) = count(Arc::new(ring(200)), options(Model::SkipGram));
    assert!(flops > 5 * of_true_pairs && flops < 6 * of_true_pairs, "{flops} {of_true_pairs}");
}
