//! A language model as the source of a session.

use crate::models::language_model::generator::Sampling;
use crate::session::history::History;
use crate::session::language_model::{Direction, Dropouts};
use crate::session::method::Strategy;
use crate::session::record::{Audit, Note};
use crate::train::protocol::command::LrTarget;
use crate::train::{kept_model, kept_vectors};

use super::*;

fn recipe(more: &str, head: &str) -> Recipe {
    let text = format!(
        "(title: \"t\", seed: 5,
          transfer: Text(
              source: LanguageModel(corpus: Demo(reviews: 200), adapt: Demo(reviews: 40), dim: 8, hidden: 10,
            layers: 2, batch_size: 6, bptt: 9, epochs: 2, learning_rate: 0.01, prompt: \"the film\", {more}),task: Demo(train: 300, test: 60),head: {head},probe_words: [\"the\"],
          ), labels: [40], seeds: 1,
          training: (epochs: 3),)"
    );
    Recipe::parse(&text, Path::new("/recipe.ron")).unwrap()
}

fn history(folder: &Path) -> History {
    History::of(log::read(folder).unwrap().entries)
}

#[test]
fn a_session_that_was_broken_off_comes_to_the_same_bits() {
    check_broken_off("tied: false");
}

#[test]
fn one_with_tails_that_was_broken_off_comes_to_the_same_bits() {
    check_broken_off("tied: false, softmax: Adaptive()");
}

fn check_broken_off(more: &str) {
    let folder = tempfile::tempdir().unwrap();
    let dropout = "dropout: (embedding: 0.1, input: 0.2, hidden: 0.2, output: 0.2, weights: 0.2)";
    let more = &format!("{dropout}, {more}");
    let mut asked = recipe(more, "Transferred()");
    asked.text_mut().unwrap().layer_dropout =
        Dropouts { embedding: 0.1, input: 0.2, hidden: 0.2, output: 0.0, weights: 0.3 };
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let unbroken = whole(asked.clone(), one.clone(), 1);
    // The session is stopped within an epoch after some points, and again during the second text. It goes on in
    // single steps, because a model this small would be trained before a command to stop can arrive.
    let worker = worker::start(2).unwrap();
    worker.commands.send(Command::Start { recipe: Box::new(asked), folder: two.clone() }).unwrap();
    for second in [false, true] {
        worker.commands.send(Command::Pause).unwrap();
        let (mut points, mut adapts) = (0, false);
        while if second { !adapts } else { points < 20 } {
            worker.commands.send(Command::Step).unwrap();
            let entries = until(&worker, |event| has(event, |record| matches!(record, Record::Pretrain(_))));
            let remark = |r: &Record| matches!(r, Record::Note(crate::session::record::Note::Remark(_)));
            adapts |= entries.iter().any(|entry| remark(&entry.record));
            points += 1;
        }
        worker.commands.send(Command::Stop).unwrap();
        until(&worker, |event| has(event, |record| matches!(record, Record::Stage(Stage::Stopped))));
        worker.commands.send(Command::Resume { folder: two.clone() }).unwrap();
    }
    worker.commands.send(Command::Continue).unwrap();
    until(&worker, finished);
    leave(worker);
    let (a, b) = (history(&one), history(&two));
    // A single step records an additional point. Only points that both sessions record for the same part of the text
    // are compared.
    let stretches = |history: &History| {
        let mut from = 0;
        let points = history.source().pretraining.iter().map(|point| {
            let stretch = (from, point.value.tokens);
            from = point.value.tokens;
            (stretch, (point.value.loss, point.value.learning_rate))
        });
        points.collect::<std::collections::BTreeMap<_, _>>()
    };
    let (whole, pieces) = (stretches(&a), stretches(&b));
    assert!(whole.len() > 100);
    let both: Vec<_> = whole.iter().filter(|(stretch, _)| pieces.contains_key(stretch)).collect();
    assert!(both.len() > 90 && both.len() < pieces.len(), "{} of {}", both.len(), whole.len());
    assert!(both.iter().all(|(stretch, values)| pieces[stretch] == **values));
    let figures = |history: &History| history.source().held_out.iter().map(|h| h.value).collect::<Vec<_>>();
    assert_eq!(figures(&a), figures(&b));
    let said =
        |history: &History| history.source().generated.iter().map(|s| s.value.clone()).collect::<Vec<_>>();
    assert_eq!(said(&a), said(&b));
    assert!(said(&a).iter().all(|said| said.prompt == "the film" && !said.text.is_empty()));
    // The last measurement on the first text has a much lower perplexity than the first measurement.
    let figures = figures(&a);
    assert!(figures[figures.len() - 2].perplexity() < 0.7 * figures[0].perplexity(), "{figures:?}");
    let vectors = |folder: &Path| {
        let vectors = kept_vectors(folder).unwrap().unwrap();
        (
            vectors.words.iter().map(String::from).collect::<Vec<_>>(),
            vectors.table().to_array(0..vectors.len()),
        )
    };
    assert!(vectors(&one) == vectors(&two));
    let (model, other) = (kept_model(&one).unwrap().unwrap(), kept_model(&two).unwrap().unwrap());
    assert!(model.model.tensors() == other.model.tensors());
    let end = |records: &[Record]| {
        let ends = records.iter().filter(|r| matches!(r, Record::Evaluation(e) if e.set == TEST));
        ends.cloned().collect::<Vec<_>>()
    };
    let broken: Vec<Record> =
        log::read(&two).unwrap().entries.iter().map(|e| e.record.without_times()).collect();
    assert!(!end(&unbroken).is_empty());
    assert_eq!(end(&unbroken), end(&broken));
}

#[test]
fn a_rate_beyond_reason_ends_within_a_step_and_spoils_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("s");
    let mut asked = recipe("", "Average");
    let TextSource::LanguageModel(model) = asked.text_mut().unwrap().source.as_mut().unwrap() else {
        panic!("a model")
    };
    model.learning_rate = 1_000.0;
    let worker = worker::start(2).unwrap();
    worker.commands.send(Command::Start { recipe: Box::new(asked), folder: session.clone() }).unwrap();
    let why = loop {
        match worker.events.recv_timeout(Duration::from_secs(60)).unwrap() {
            Event::Failed(why) => break why,
            _ => continue,
        }
    };
    leave(worker);
    assert!(why.starts_with("diverged: batch 2 of epoch 1"), "{why}");
    assert!(why.contains("embedding.weight") || why.contains("layers.") || why.contains("output."), "{why}");
    let kept = kept_model(&session).unwrap().unwrap();
    let size = |tensor: &crate::nn::blocks::Tensor<'_, f32>| match tensor.values {
        crate::nn::blocks::Values::Real(values) => values.iter().fold(0.0_f32, |most, x| most.max(x.abs())),
        crate::nn::blocks::Values::Count(_) => 0.0,
    };
    assert!(kept.model.tensors().iter().all(|tensor| size(tensor) < 1.0));
}

#[test]
fn words_are_near_others_and_texts_are_said_while_it_learns() {
    let folder = tempfile::tempdir().unwrap();
    let mut asked = recipe("", "Average");
    let TextSource::LanguageModel(model) = asked.text_mut().unwrap().source.as_mut().unwrap() else {
        panic!("a model")
    };
    model.epochs = 10_000;
    let worker = worker::start(2).unwrap();
    let folder = folder.path().join("s");
    worker.commands.send(Command::Start { recipe: Box::new(asked), folder }).unwrap();
    until(&worker, |event| has(event, |record| matches!(record, Record::GeneratedText(_))));
    let question = Question::Neighbours { word: "the".into(), run: None, by: Closeness::Cosine, count: 5 };
    worker.commands.send(Command::Ask { id: 1, question }).unwrap();
    until(&worker, |event| match event {
        Event::Answer { answer: Answer::Unknown(why), .. } => panic!("{why}"),
        Event::Answer { id: 1, answer: Answer::Neighbours { list, .. } } => {
            assert!(list.len() == 5 && list.iter().all(|near| !near.word.starts_with('<')));
            true
        }
        _ => false,
    });
    let question = Question::Generate { prompt: "the food".into(), words: 12, temperature: 0.7, draw: 1 };
    worker.commands.send(Command::Ask { id: 2, question }).unwrap();
    until(&worker, |event| match event {
        Event::Answer { answer: Answer::Unknown(why), .. } => panic!("{why}"),
        Event::Answer { id: 2, answer: Answer::GeneratedText { prompt, text } } => {
            assert!(prompt == "the food" && !text.is_empty(), "{text}");
            true
        }
        _ => false,
    });
    leave(worker);
}

/// The end of each run: its method, its number of steps, and its audit.
fn ends(records: &[Record]) -> Vec<(Method, u64, Audit)> {
    let method = |run| {
        let starts =
            records.iter().filter_map(|r| if let Record::Run(start) = r { Some(start) } else { None });
        starts.into_iter().find(|start| start.run == run).map(|start| start.method)
    };
    let ends = records.iter().filter_map(|r| if let Record::RunEnd(end) = r { Some(end) } else { None });
    ends.filter_map(|end| Some((method(end.run)?, end.steps, end.audit.clone()))).collect()
}

#[test]
fn one_that_begins_with_vectors_says_so_and_comes_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vectors.txt");
    let numbers = |x: usize| (0..8).map(|i| format!(" {}", (x + i) % 5)).collect::<String>();
    let lines: Vec<_> = ["the", "film", "good"].iter().enumerate().collect();
    let lines: String = lines.into_iter().map(|(x, word)| format!("{word}{}\n", numbers(x))).collect();
    std::fs::write(&file, lines).unwrap();
    let more = format!("vectors: Initial({file:?}), softmax: Adaptive()");
    let fixed = format!("vectors: Fixed({file:?}), tied: false");
    for (more, remark) in [(&more, "begins with the vectors of"), (&fixed, "keeps the vectors of")] {
        check_broken_off(more);
        let told = whole(recipe(more, "Average"), folder.path().join(remark), 1);
        let remarks = told
            .iter()
            .filter(|record| matches!(record, Record::Note(Note::Remark(told)) if told.contains(remark)));
        assert_eq!(remarks.count(), 1, "{remark}");
    }
    // Fixed vectors are the same as in the file.
    let generator = kept_model(&folder.path().join("keeps the vectors of")).unwrap().unwrap();
    let number = generator.lexicon.words().id("the").unwrap();
    let expected: Vec<f32> = (0..8).map(|i| (i % 5) as f32).collect();
    assert_eq!(&generator.model.vectors()[number * 8..][..8], &expected[..]);
    // Vectors of another number of dimensions are refused.
    let mut asked = recipe(&more, "Average");
    let TextSource::LanguageModel(model) = asked.text_mut().unwrap().source.as_mut().unwrap() else {
        panic!("a model")
    };
    model.dim = 9;
    let worker = worker::start(1).unwrap();
    let start = Command::Start { recipe: Box::new(asked), folder: folder.path().join("two") };
    worker.commands.send(start).unwrap();
    let error = loop {
        if let Event::Failed(why) = worker.events.recv_timeout(Duration::from_secs(60)).unwrap() {
            break why;
        }
    };
    assert!(error.contains("vectors.txt: vectors of 8 numbers"), "{error}");
    leave(worker);
}

#[test]
fn layers_go_over_as_far_as_the_recipe_says_and_every_strategy_treats_them() {
    let folder = tempfile::tempdir().unwrap();
    let heads = [
        "Transferred()",
        "Transferred(carry: First(1))",
        "Transferred(carry: Embedding)",
        "Transferred(features: LayerMeans)",
    ];
    for (number, head) in heads.into_iter().chain(["Lstm(hidden: 6)"]).enumerate() {
        let mut asked = recipe("", head);
        let TextSource::LanguageModel(model) = asked.text_mut().unwrap().source.as_mut().unwrap() else {
            panic!("a model")
        };
        (model.epochs, model.adapt) = (1, None);
        asked.methods = [
            Strategy::Scratch,
            Strategy::Frozen,
            Strategy::FineTuned,
            Strategy::GradualUnfreezing,
            Strategy::LinearProbeThenFineTune,
        ]
        .map(Method::from)
        .to_vec();
        asked.methods.push(Baseline::TfIdf.into());
        asked.training.epochs = Some(12);
        asked.training.schedule = crate::session::training::Schedule::SlantedTriangular;
        let [one, two] = [1, 2]
            .map(|threads| whole(asked.clone(), folder.path().join(format!("{number}-{threads}")), threads));
        assert!(one == two, "{head}");
        let ends = ends(&one);
        assert_eq!(ends.len(), 6, "{head}");
        for (method, steps, audit) in ends {
            match (method, audit) {
                (
                    Method::Strategy(Strategy::Scratch) | Method::Baseline(Baseline::TfIdf),
                    Audit::NothingTransferred,
                ) => {}
                (Method::Strategy(Strategy::Frozen), Audit::Unchanged { rows, .. }) => assert!(rows > 100),
                (
                    Method::Strategy(Strategy::FineTuned)
                    | Method::Strategy(Strategy::GradualUnfreezing)
                    | Method::Strategy(Strategy::LinearProbeThenFineTune),
                    Audit::Changed { rows, of },
                ) => {
                    // With other strategies the best parameters may be those of a step at which no word vector had
                    // changed yet.
                    assert!(
                        (rows > 0 || method != Method::Strategy(Strategy::FineTuned)) && of > 50,
                        "{head}: {method}: {rows} of {of}"
                    );
                    assert!(steps > 0);
                }
                (method, audit) => panic!("{head}: {method} {audit:?}"),
            }
        }
        // A resumed session restores its models.
        let worker = worker::start(2).unwrap();
        worker.commands.send(Command::Resume { folder: folder.path().join(format!("{number}-2")) }).unwrap();
        until(&worker, finished);
        let question = Question::Classify { text: "not a good film".into() };
        worker.commands.send(Command::Ask { id: 1, question }).unwrap();
        let mut guesses = 0;
        until(&worker, |event| match event {
            Event::Answer { id: 1, answer: Answer::Classified { last, guess, .. } } => {
                guesses += 1;
                assert!((guess.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-4);
                *last
            }
            _ => false,
        });
        assert_eq!(guesses, 6, "{head}");
        leave(worker);
    }
}

#[test]
fn rates_are_tried_beside_the_session_and_change_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let asked = recipe("dropout: (input: 0.2)", "Transferred()");
    let (alone, beside) = (folder.path().join("alone"), folder.path().join("beside"));
    whole(asked.clone(), alone.clone(), 1);
    let worker = worker::start(2).unwrap();
    worker.commands.send(Command::Start { recipe: Box::new(asked), folder: beside.clone() }).unwrap();
    let ask = |id: u64, of: LrTarget| {
        worker.commands.send(Command::Ask { id, question: Question::LrFinder { of } }).unwrap();
        let mut curve = None;
        until(&worker, |event| match event {
            Event::Answer { id: told, answer: Answer::LrFinder(test) } if *told == id => {
                curve = test.curve.end.map(|_| test.curve.clone());
                curve.is_some()
            }
            _ => false,
        });
        curve.unwrap()
    };
    // Asks while the model is trained, and again when the session is complete.
    let first = ask(1, LrTarget::Source);
    worker.commands.send(Command::Continue).unwrap();
    while History::of(log::read(&beside).unwrap().entries).comparison.is_none() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(ask(2, LrTarget::Source), first);
    let method = ask(
        3,
        LrTarget::Method(Method::Strategy(Strategy::FineTuned), crate::session::budget::Budget::Labels(40)),
    );
    assert!(method.samples.len() > 20 && method != first);
    leave(worker);
    let figures = |folder: &Path| {
        let history = history(folder);
        let losses: Vec<f64> = history.source().held_out.iter().map(|figure| figure.value.loss).collect();
        let runs = history.runs.iter().flat_map(|run| run.evaluations.iter().map(|e| e.value.loss));
        (losses, runs.collect::<Vec<f64>>())
    };
    assert_eq!(figures(&beside), figures(&alone));
}

#[test]
fn a_model_that_reads_backward_learns_says_and_classifies_so() {
    let folder = tempfile::tempdir().unwrap();
    let forward = recipe("dropout: ()", "Transferred()");
    let mut backward = forward.clone();
    let TextSource::LanguageModel(asked) = backward.text_mut().unwrap().source.as_mut().unwrap() else {
        panic!("a language model")
    };
    asked.direction = Direction::Backward;
    let text = backward.to_ron();
    assert!(text.contains("direction: Backward") && !forward.to_ron().contains("direction"));
    assert_eq!(Recipe::parse(&text, Path::new("/r.ron")).unwrap(), backward);
    let (one, two) = (folder.path().join("forward"), folder.path().join("backward"));
    whole(forward, one.clone(), 1);
    whole(backward.clone(), two.clone(), 2);
    let again = folder.path().join("again");
    whole(backward, again.clone(), 1);
    let losses = |folder: &Path| {
        let history = history(folder);
        let held: Vec<f64> = history.source().held_out.iter().map(|figure| figure.value.loss).collect();
        (
            held,
            history.runs.iter().flat_map(|r| r.evaluations.iter().map(|e| e.value.loss)).collect::<Vec<_>>(),
        )
    };
    let (a, b) = (losses(&one), losses(&two));
    assert_eq!(b, losses(&again), "the same bits at any number of threads");
    assert!(a.0.len() == b.0.len() && a.0 != b.0 && a.1 != b.1);
    assert!(b.0[b.0.len() - 2] < b.0[0], "it learns: {:?}", b.0);
    let generator = kept_model(&two).unwrap().unwrap();
    assert_eq!(generator.direction, Direction::Backward);
    // The generated words stand before the prompt. At temperature 0 the word next to the prompt is the likeliest one.
    let sampling = |words| Sampling { words, temperature: 0.0, seed: 1, number: 0 };
    let (one, many) =
        (generator.generate("film is", sampling(1)), generator.generate("film is", sampling(6)));
    assert!(many.ends_with(&one), "{one} in {many}");
    assert_eq!(generator.direction.joined("film is", &one), format!("{one} film is"));
    let mut states = generator.model.states(1);
    let mut logits = vec![0.0; generator.lexicon.words().len()];
    for word in ["<eos>", "is", "film"] {
        generator.model.next(
            generator.lexicon.number(word),
            &mut states,
            &mut Default::default(),
            &mut logits,
        );
    }
    logits[0] = f32::MIN;
    logits[generator.lexicon.end() as usize] = f32::MIN;
    let likeliest = (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap();
    assert_eq!(generator.lexicon.words().get(likeliest), one);
}
