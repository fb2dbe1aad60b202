use crossterm::event::KeyCode;

use crate::session::choices::{AnalogyScore, Closeness, Grouped, Layout};
use crate::session::continued::{Continued, MovedWord};
use crate::session::encoder_source::EncoderSource;
use crate::session::layer_drift::{LayerDrift, MovedLayer};
use crate::session::record::{Entry, Neighbour, Record};
use crate::session::text_source::TextSource;
use crate::train::protocol::command::Question;
use crate::train::protocol::event::{Answer, Cluster, Clusters, Moved, NearSentence, NearSentences};
use crate::tui::action::{Action, Effect};
use crate::tui::app;
use crate::tui::screens::fixtures::{answer, questions};
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::testing::{entries, entries_while_pretraining, live, press, press_code, replay, screen};

mod deeper;

fn at_words(mut state: State) -> (State, Vec<Effect>) {
    let effects = press(&mut state, "3");
    state.toasts.clear();
    (state, effects)
}

fn tick(state: &mut State, seconds: f64) -> Vec<Effect> {
    let now = state.now + seconds;
    app::update(state, Action::Tick(now))
}

fn list(words: &[&str]) -> Vec<Neighbour> {
    let each =
        |(i, word): (usize, &&str)| Neighbour { word: word.to_string(), similarity: 0.9 - 0.1 * i as f32 };
    words.iter().enumerate().map(each).collect()
}

fn neighbours(word: &str, words: &[&str]) -> Answer {
    Answer::Neighbours { word: word.into(), list: list(words), made: false }
}

#[test]
fn a_typed_word_is_completed_asked_and_followed_while_training_runs() {
    let (mut state, effects) = at_words(live(80, 24, entries_while_pretraining()));
    // The first probe word is the example.
    assert!(
        matches!(&questions(&effects)[..], [(_, Question::Neighbours { word, .. })] if word == "terrible")
    );
    press_code(&mut state, KeyCode::Char('/'));
    let effects = press(&mut state, "del");
    let Some((id, Question::Complete { prefix, .. })) = questions(&effects).pop() else { panic!() };
    assert_eq!(prefix, "del");
    answer(&mut state, id, Answer::Complete(vec!["delicious".into(), "delightful".into()]));
    assert!(screen(&state).contains("tab: delicious · delightful"), "{}", screen(&state));
    press_code(&mut state, KeyCode::Tab);
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    let [(id, Question::Neighbours { word, run: None, .. })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(word, "delicious");
    answer(&mut state, *id, neighbours("delicious", &["tasty", "the", "yummy"]));
    assert!(screen(&state).contains("nearest to delicious"), "{}", screen(&state));
    assert!(questions(&tick(&mut state, 0.2)).is_empty());
    let again = questions(&tick(&mut state, 0.4));
    let [(next, Question::Neighbours { .. })] = &again[..] else { panic!("{again:?}") };
    answer(&mut state, *id, neighbours("delicious", &["stale"]));
    answer(&mut state, *next, neighbours("delicious", &["yummy", "tasty", "scrumptious"]));
    let shown = screen(&state);
    assert!(
        shown.contains("▲2") && shown.contains("▼1") && shown.contains("•new") && !shown.contains("stale"),
        "{shown}"
    );
}

#[test]
fn probe_words_are_seen_as_they_were_then() {
    let (mut state, _) = at_words(live(200, 60, entries()));
    let now = screen(&state);
    assert!(now.contains("terrible  after 6.00M words") && now.contains("waiter"), "{now}");
    press(&mut state, "{{{{{{{{{");
    let then = screen(&state);
    assert!(then.contains("nearest to terrible then") && !then.contains("after 6.00M"), "{then}");
    press(&mut state, "/x");
    press_code(&mut state, KeyCode::Enter);
    assert!(screen(&state).contains("Only the probe words are kept over time"), "{}", screen(&state));
}

#[test]
fn a_recording_shows_probe_words_and_says_why_not_others() {
    let (mut state, effects) = at_words(replay(80, 24, entries()));
    assert!(questions(&effects).is_empty());
    assert!(screen(&state).contains("nearest to terrible"), "{}", screen(&state));
    press(&mut state, "/x");
    press_code(&mut state, KeyCode::Enter);
    assert!(screen(&state).contains("A recording keeps the neighbours of"), "{}", screen(&state));
    for (view, expected) in [("d", "recording has none"), ("m", "recording has none"), ("a", "Three words")] {
        press(&mut state, view);
        assert!(screen(&state).contains(expected), "{}", screen(&state));
    }
}

#[test]
fn before_and_after_stand_side_by_side() {
    let (mut state, effects) = at_words(live(80, 24, entries()));
    let first = questions(&effects)[0].0;
    answer(&mut state, first, neighbours("terrible", &["awful", "dire"]));
    state.now += 1.0;
    let asked = questions(&press(&mut state, "r"));
    let own = asked.iter().find(|(_, q)| matches!(q, Question::Neighbours { run: Some(3), .. })).unwrap();
    answer(&mut state, own.0, neighbours("terrible", &["boring", "waste"]));
    let shown = screen(&state);
    assert!(shown.contains("awful") && shown.contains("boring"), "{shown}");
    assert!(shown.contains("after fine-tuning on 100 labels"), "{shown}");
}

#[test]
fn published_vectors_that_were_trained_further_show_their_drift_from_the_log() {
    let moved = |word: &str| MovedWord {
        word: word.into(),
        cosine: -0.25,
        distance: 3.5,
        before: vec!["metal".into()],
        after: vec!["guitar".into(), "日本語".into()],
    };
    let found = Continued {
        file: "glove.txt".into(),
        known: 12,
        new: 3,
        others: 0,
        fraction: 0.9,
        cosine: 0.75,
        distance: 1.25,
        furthest: vec![moved("rock"), moved("\x1b[2Jx")],
    };
    let record = Record::Continued(Box::new(found));
    let told = entries().into_iter().filter(|entry| entry.record.run().is_none());
    let told: Vec<Entry> = told.chain([Entry { at: 1.0, record }]).collect();
    for (width, height) in [(80, 24), (200, 50)] {
        let (mut state, _) = at_words(live(width, height, told.clone()));
        press(&mut state, "d");
        let shown = screen(&state);
        assert!(shown.contains("drift from glove.txt: mean cosine 0.750"), "{shown}");
        assert!(shown.contains("rock") && shown.contains("−0.250") && shown.contains("metal"), "{shown}");
        assert!(shown.contains("guitar") && !shown.contains('\x1b'), "{shown}");
        // Beside fine-tuned runs, the source's own drift comes first, and r leads on to theirs.
        let all: Vec<Entry> = entries().into_iter().chain(told[told.len() - 1..].to_vec()).collect();
        let (mut state, _) = at_words(live(width, height, all.clone()));
        assert!(questions(&press(&mut state, "d")).is_empty());
        let shown = screen(&state);
        assert!(shown.contains("drift from glove.txt") && shown.contains("r: what fine-tuning"), "{shown}");
        let asked = questions(&press(&mut state, "r"));
        assert!(matches!(&asked[..], [(_, Question::Drift { run: 3, .. })]), "{asked:?}");
        assert!(questions(&press(&mut state, "R")).is_empty());
        assert!(screen(&state).contains("drift from glove.txt"), "{}", screen(&state));
        let (mut state, _) = at_words(replay(width, height, all));
        press(&mut state, "d");
        assert!(screen(&state).contains("drift from glove.txt"), "{}", screen(&state));
    }
}

/// The records of `entries`, in which run 15 fine-tuned an encoder of six layers.
fn with_layers() -> Vec<Entry> {
    let mut all = entries();
    let now = all.last().map_or(0.0, |entry| entry.at);
    for (place, (step, kept)) in [(10, false), (20, false), (30, false), (20, true)].into_iter().enumerate() {
        let names = std::iter::once("embeddings".to_string()).chain((1..7).map(|i| format!("layer {i}")));
        let layer = |(i, layer): (usize, String)| MovedLayer {
            layer,
            change: 0.001 * (i * step as usize) as f32,
            cosine: 1.0 - 0.005 * (i * step as usize) as f32,
        };
        let drift = LayerDrift {
            run: 15,
            step,
            kept,
            texts: (16, 390),
            layers: names.enumerate().map(layer).collect(),
        };
        all.push(Entry { at: now + place as f64, record: Record::LayerDrift(drift) });
    }
    all
}

#[test]
fn the_layers_of_an_encoder_that_moved_are_seen_live_later_and_in_a_recording() {
    for (width, height) in [(80, 24), (131, 30), (200, 60)] {
        let (mut state, _) = at_words(live(width, height, with_layers()));
        press(&mut state, "d");
        let shown = screen(&state);
        let expected = [
            "The kept parameters (step 20)",
            "390 tokens of 16",
            "layer 6",
            "12.00 %",
            "0.400",
            "embeddings",
        ];
        for expected in expected {
            assert!(shown.contains(expected), "{expected} in\n{shown}");
        }
        // The highest layer comes first, and its past has a column for each record.
        let row = shown.lines().position(|line| line.contains("layer 6")).unwrap();
        assert!(shown.lines().nth(row + 6).unwrap().contains("embeddings"), "{shown}");
        assert!(shown.lines().nth(row).unwrap().contains("▃▆█"), "{shown}");
        // Tokens are beside or below the layers where there is room, else behind the same key.
        let words = |shown: &str| shown.contains("Looking for the words that moved");
        assert_eq!(words(&shown), (width, height) != (80, 24), "{shown}");
        press(&mut state, "d");
        assert!(words(&screen(&state)), "{}", screen(&state));
        press(&mut state, "d");
        assert!(screen(&state).contains("layer 6"), "{}", screen(&state));

        let (mut state, _) = at_words(replay(width, height, with_layers()));
        press(&mut state, "d");
        assert!(screen(&state).contains("kept parameters"), "{}", screen(&state));
        state.cursor = Some(with_layers().iter().rev().nth(2).unwrap().at);
        let then = screen(&state);
        assert!(then.contains("After step 20") && then.contains("12.00 %"), "{then}");
    }
}

#[test]
fn the_nearest_texts_are_asked_again_while_vectors_are_missing_or_change() {
    for (width, height) in [(80, 24), (200, 60)] {
        let (mut state, _) = at_words(live(width, height, entries()));
        press(&mut state, "s");
        assert!(
            !screen(&state).contains("› s ") && !screen(&state).contains("s texts"),
            "{}",
            screen(&state)
        );
        if let Some(text) = state.history.recipe.as_mut().and_then(|recipe| recipe.text_mut()) {
            text.source = Some(TextSource::Encoder(EncoderSource::of("minilm".into())));
        }
        press(&mut state, "s");
        assert!(screen(&state).contains("Type a text"), "{}", screen(&state));
        press(&mut state, "/the soup was cold");
        let asked = questions(&press_code(&mut state, KeyCode::Enter));
        let [(id, Question::Sentences { text, run: None, .. })] = &asked[..] else { panic!("{asked:?}") };
        assert_eq!(text, "the soup was cold");
        let near =
            |text: &str, similarity| NearSentence { text: text.into(), class: "negative".into(), similarity };
        let found = |done, run, steps| {
            let list = vec![near("cold soup \x1b[2J\u{202e}", 0.91), near("日本語のスープ", -0.2)];
            let text = "the soup was cold".to_string();
            Answer::Sentences(Box::new(NearSentences { run, text, list, done, sample: 400, of: 8544, steps }))
        };
        answer(&mut state, *id, found(120, None, None));
        let shown = screen(&state);
        for expected in
            ["120 of 400 (of 8544 training texts) so far", "0.91", "negative", "cold soup", "−0.20"]
        {
            assert!(shown.contains(expected), "{expected} in\n{shown}");
        }
        assert!(!shown.contains('\x1b'));
        assert!(questions(&tick(&mut state, 1.0)).is_empty(), "training has the time");
        let again = questions(&tick(&mut state, 2.0));
        let [(id, Question::Sentences { run: None, .. })] = &again[..] else { panic!("{again:?}") };
        answer(&mut state, *id, found(400, None, None));
        assert!(screen(&state).contains("400 of 8544 training texts"), "{}", screen(&state));
        assert!(questions(&tick(&mut state, 20.0)).is_empty(), "the published encoder does not change");
        // Those of a fine-tuned run follow its training.
        let asked = questions(&press(&mut state, "r"));
        let own = |asked: &[(u64, Question)]| {
            asked
                .iter()
                .find(|(_, q)| matches!(q, Question::Sentences { run: Some(3), .. }))
                .map(|(id, _)| *id)
        };
        answer(&mut state, own(&asked).unwrap(), found(400, Some(3), Some([Some(12), Some(40)])));
        assert!(screen(&state).contains("steps 12 to 40"), "{}", screen(&state));
        let id = own(&questions(&tick(&mut state, 3.0))).expect("its vectors change");
        answer(&mut state, id, found(400, Some(3), Some([None, None])));
        assert!(screen(&state).contains("the kept parameters"), "{}", screen(&state));
        assert!(questions(&tick(&mut state, 20.0)).is_empty());
        // A text of the list can be gone on to.
        press_code(&mut state, KeyCode::Down);
        press_code(&mut state, KeyCode::Down);
        let asked = questions(&press_code(&mut state, KeyCode::Enter));
        assert!(
            matches!(&asked[..], [(_, Question::Sentences { text, .. }), ..] if text == "日本語のスープ"),
            "{asked:?}"
        );
        assert_eq!(state.tab, Tab::Words);
    }
}

#[test]
fn analogies_drift_coverage_and_map_answer_their_questions() {
    let (mut state, _) = at_words(live(80, 24, entries()));
    press(&mut state, "a/good best bad");
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    let [(id, Question::Analogy { a, b, c, .. })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!([a, b, c], ["good", "best", "bad"]);
    answer(&mut state, *id, Answer::Analogy(list(&["worst", "badly"])));
    assert!(screen(&state).contains("good is to best as bad is to") && screen(&state).contains("worst"));

    state.now += 1.0;
    let asked = questions(&press(&mut state, "d"));
    let [(id, Question::Drift { run: 15, .. })] = &asked[..] else { panic!("{asked:?}") };
    let moved = |word: &str| Moved {
        word: word.into(),
        cosine: 0.412,
        distance: 1.7,
        before: list(&["salty", "sour"]),
        after: list(&["awful", "日本語"]),
    };
    answer(&mut state, *id, Answer::Drift(vec![moved("bland"), moved("\x1b[2Jx")]));
    press_code(&mut state, KeyCode::Down);
    let shown = screen(&state);
    assert!(shown.contains("bland") && shown.contains("0.412") && shown.contains("salty sour"), "{shown}");
    press_code(&mut state, KeyCode::Down);
    assert!(!screen(&state).contains('\x1b'));

    press(&mut state, "c");
    let shown = screen(&state);
    assert!(shown.contains("98.7 %") && shown.contains("91.2 %") && shown.contains("zorblax"), "{shown}");

    state.now += 5.0;
    let asked = questions(&press(&mut state, "m"));
    let (id, words) = asked
        .iter()
        .find_map(|(id, question)| match question {
            Question::Map { words, .. } => Some((*id, words.clone())),
            _ => None,
        })
        .unwrap();
    assert!(words.contains(&"terrible".to_string()) && words.contains(&"waiter".to_string()));
    let place = |(i, word): (usize, &String)| (word.clone(), (i as f32 * 0.7).sin(), (i as f32 * 1.3).cos());
    answer(&mut state, id, Answer::Map(words.iter().enumerate().map(place).collect()));
    let shown = screen(&state);
    assert!(shown.contains("◉ terrible") || shown.contains("terrible ◉"), "{shown}");
    press(&mut state, "++");
    press_code(&mut state, KeyCode::Left);
    press(&mut state, "-0");
    assert_eq!(screen(&state), shown);
}

#[test]
fn a_map_marks_no_neighbours_of_the_word_before() {
    let (mut state, asked) = at_words(live(80, 24, entries()));
    let id = |asked: Vec<(u64, Question)>, is: fn(&Question) -> bool| {
        asked.iter().find(|(_, question)| is(question)).map(|(id, _)| *id).unwrap()
    };
    let first = id(questions(&asked), |question| matches!(question, Question::Neighbours { .. }));
    answer(&mut state, first, neighbours("terrible", &["lantern"]));
    state.now += 5.0;
    let map = id(questions(&press(&mut state, "m")), |question| matches!(question, Question::Map { .. }));
    let spots = [("terrible", 0.1, 0.9), ("lantern", 0.9, 0.1), ("waiter", -0.9, -0.9)];
    let spots = spots.map(|(word, x, y)| (word.to_string(), x, y)).to_vec();
    answer(&mut state, map, Answer::Map(spots));
    let marks = |state: &State| screen(state).contains("• lantern") || screen(state).contains("lantern •");
    assert!(marks(&state), "{}", screen(&state));
    // Another word is typed, and there is no answer for it yet.
    press_code(&mut state, KeyCode::Char('/'));
    press(&mut state, "waiter");
    press_code(&mut state, KeyCode::Enter);
    assert!(screen(&state).contains("lantern") && !marks(&state), "{}", screen(&state));
}

fn clusters(by: Grouped, k: usize) -> Answer {
    let cluster = |i: usize| Cluster {
        size: 100 * (k - i),
        class: Some(("positive".into(), 0.61)),
        words: vec![format!("telling{i}"), "more".into()],
        nearest: vec![format!("the middle of {i} \x1b[2J")],
    };
    Answer::Clusters(Box::new(Clusters {
        by,
        documents: 20_000,
        of: 25_000,
        purity: Some(0.734),
        nmi: Some(0.123),
        clusters: (0..k).map(cluster).collect(),
        table: "document,cluster\n".into(),
    }))
}

#[test]
fn texts_are_clustered_as_wished_and_each_cluster_is_told() {
    let (mut state, _) = at_words(live(80, 24, entries()));
    let asked = questions(&press(&mut state, "k"));
    let [(id, Question::Clusters { by, k: Some(2), run: None })] = asked[..] else { panic!("{asked:?}") };
    assert_eq!(by.name(), "sif");
    assert!(screen(&state).contains("Looking for 2 clusters by sif"), "{}", screen(&state));
    answer(&mut state, id, clusters(by, 2));
    press_code(&mut state, KeyCode::Down);
    press_code(&mut state, KeyCode::Down);
    let shown = screen(&state);
    for part in ["20000 of the 25000 training", "73.4 %", "12.3 %", "telling0", "61.0 %", "the middle of 1"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains('\x1b'));
    // An answer takes time, so the question is asked only once.
    assert!(questions(&tick(&mut state, 100.0)).is_empty());
    let copied = press(&mut state, "y");
    let wanted = "warmstart cluster sessions/demo/recipe.ron --vectors sessions/demo --by sif --k 2 --csv clusters.csv";
    assert!(matches!(&copied[..], [Effect::Copy(text)] if text == wanted), "{copied:?}");
    let written = press(&mut state, "w");
    assert!(
        matches!(&written[..], [Effect::Write { name, .. }] if name == "clusters-sif-2.csv"),
        "{written:?}"
    );
    // Ask for another number and another kind; the clusters found so far stay until then.
    let asked = questions(&press(&mut state, "+"));
    assert!(matches!(&asked[..], [(_, Question::Clusters { k: Some(3), .. })]), "{asked:?}");
    assert!(
        screen(&state).contains("telling0") && screen(&state).contains("Looking for 3"),
        "{}",
        screen(&state)
    );
    let asked = questions(&press(&mut state, "bbbbb"));
    let Some((id, Question::Clusters { by: Grouped::COUNTS, k: Some(3), .. })) = asked.last() else {
        panic!("{asked:?}")
    };
    answer(&mut state, *id, clusters(Grouped::COUNTS, 3));
    assert!(screen(&state).contains("3 clusters by tfidf (word counts) of 20000 of"), "{}", screen(&state));
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    assert!(
        matches!(&asked[..], [(_, Question::Neighbours { word, .. })] if word == "telling1"),
        "{asked:?}"
    );
}

#[test]
fn clusters_wait_for_vectors_unless_words_are_counted() {
    let (mut state, _) = at_words(live(80, 24, entries_while_pretraining()));
    assert!(questions(&press(&mut state, "k")).is_empty());
    assert!(screen(&state).contains("not ready yet"), "{}", screen(&state));
    let asked = questions(&press(&mut state, "bbbbb"));
    assert!(matches!(&asked[..], [(_, Question::Clusters { by: Grouped::COUNTS, .. })]), "{asked:?}");
    let (mut state, _) = at_words(replay(80, 24, entries()));
    press(&mut state, "k");
    assert!(screen(&state).contains("a recording has none"), "{}", screen(&state));
}

#[test]
fn an_unknown_word_is_answered_with_the_sentence_as_it_is() {
    let (mut state, effects) = at_words(live(80, 24, entries()));
    answer(&mut state, questions(&effects)[0].0, Answer::Unknown("\"terrible\" is not in the table".into()));
    assert!(screen(&state).contains("\"terrible\" is not in the table"));
}

#[test]
fn a_selected_neighbour_is_gone_on_to() {
    let (mut state, effects) = at_words(live(80, 24, entries()));
    answer(&mut state, questions(&effects)[0].0, neighbours("terrible", &["awful", "dire"]));
    press_code(&mut state, KeyCode::Down);
    press_code(&mut state, KeyCode::Down);
    let asked = questions(&press_code(&mut state, KeyCode::Enter));
    assert!(matches!(&asked[..], [(_, Question::Neighbours { word, .. })] if word == "dire"), "{asked:?}");
}

#[test]
fn the_view_is_copied_as_the_command_that_prints_it() {
    let (mut state, _) = at_words(live(80, 24, entries()));
    let copied = |effects: &[Effect]| match effects {
        [Effect::Copy(text)] => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(copied(&press(&mut state, "y")), "warmstart neighbours terrible --vectors sessions/demo");
    if let Some(text) = state.history.recipe.as_mut().and_then(|recipe| recipe.text_mut()) {
        text.source = Some(TextSource::Vectors { file: "my vectors.txt".into(), limit: None });
    }
    assert_eq!(copied(&press(&mut state, "y")), "warmstart neighbours terrible --vectors 'my vectors.txt'");
    press(&mut state, "a/good best bad");
    press_code(&mut state, KeyCode::Esc);
    assert_eq!(copied(&press(&mut state, "y")), "warmstart analogy good best bad --vectors 'my vectors.txt'");
}

#[test]
fn of_a_recording_without_vectors_the_log_is_what_can_be_printed() {
    let (mut state, _) = at_words(replay(80, 24, entries()));
    let effects = press(&mut state, "y");
    assert!(matches!(&effects[..], [Effect::Copy(text)] if text == "warmstart replay sessions/demo --plain"));
}

#[test]
fn sums_lists_and_choices_are_asked_for_in_the_word_field() {
    let (mut state, _) = at_words(live(80, 24, entries()));
    let type_and_ask = |state: &mut State, text: &str| {
        state.now += 1.0;
        press(state, &format!("/{text}"));
        questions(&press_code(state, KeyCode::Enter))
    };
    let asked = type_and_ask(&mut state, "waiter - man + woman");
    let [(id, Question::Neighbours { word, by: Closeness::Cosine, .. })] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!(word, "waiter - man + woman");
    answer(&mut state, *id, neighbours("waiter - man + woman", &["waitress", "hostess"]));
    let shown = screen(&state);
    assert!(shown.contains("nearest to waiter - man + woman") && shown.contains("waitress"), "{shown}");
    let asked = questions(&press(&mut state, "b"));
    assert!(matches!(&asked[..], [(_, Question::Neighbours { by: Closeness::Dot, .. })]), "{asked:?}");

    let asked = type_and_ask(&mut state, "tea, coffee, car");
    let [(id, Question::OddOneOut { words, .. })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(words[2], "car");
    answer(&mut state, *id, neighbours("tea, coffee, car", &["car", "tea", "coffee"]));
    assert!(screen(&state).contains("odd one out of 3: car"), "{}", screen(&state));
    type_and_ask(&mut state, "tea, coffee");
    assert!(screen(&state).contains("The odd one out is found"), "{}", screen(&state));

    let asked = type_and_ask(&mut state, "good: bad, nice");
    let [(id, Question::Among { among, .. })] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(among.len(), 2);
    answer(&mut state, *id, neighbours("good: bad, nice", &["nice", "bad"]));
    assert!(screen(&state).contains("nearest to good of these 2"), "{}", screen(&state));
}

#[test]
fn analogies_are_multiplied_on_a_key() {
    let (mut state, _) = at_words(live(80, 24, entries()));
    press(&mut state, "a/good best bad");
    press_code(&mut state, KeyCode::Enter);
    state.now += 1.0;
    let asked = questions(&press(&mut state, "x"));
    let [(id, Question::Analogy { score: AnalogyScore::Mul, .. })] = &asked[..] else { panic!("{asked:?}") };
    answer(&mut state, *id, Answer::Analogy(list(&["worst"])));
    assert!(screen(&state).contains("by 3CosMul"), "{}", screen(&state));
}

#[test]
fn a_map_is_of_other_words_laid_out_otherwise_held_by_the_mouse_and_written() {
    let (mut state, _) = at_words(live(80, 24, entries()));
    press(&mut state, "m");
    state.now += 5.0;
    let asked = questions(&press(&mut state, "t"));
    assert!(asked.iter().any(|(_, q)| matches!(q, Question::Map { layout: Layout::Tsne, .. })), "{asked:?}");
    press(&mut state, "f");
    state.now += 5.0;
    let asked = questions(&press(&mut state, "f"));
    let first = |q: &&(u64, Question)| matches!(q.1, Question::MapFirst { layout: Layout::Tsne, .. });
    let (id, _) = asked.iter().find(first).unwrap();
    let spot = |i: usize| (format!("word{i}"), (i as f32 * 0.7).sin(), (i as f32 * 1.3).cos());
    answer(&mut state, *id, Answer::Map((0..20).map(spot).collect()));
    let before = screen(&state);
    assert!(before.contains("t-SNE · the 20 most frequent words") && before.contains("word3"), "{before}");
    let effects = press(&mut state, "wW");
    let [Effect::Write { name, text }, Effect::Write { name: table, text: csv }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert!(name == "map-frequent-words.svg" && text.contains("<svg") && text.contains(">word3<"));
    assert!(table == "map-frequent-words.csv" && csv.contains("word3,"));
    let mouse = |kind, column, row| {
        let modifiers = crossterm::event::KeyModifiers::NONE;
        Action::Mouse(crossterm::event::MouseEvent { kind, column, row, modifiers })
    };
    use crossterm::event::{MouseButton, MouseEventKind};
    app::update(&mut state, mouse(MouseEventKind::Down(MouseButton::Left), 40, 12));
    app::update(&mut state, mouse(MouseEventKind::Drag(MouseButton::Left), 30, 12));
    app::update(&mut state, mouse(MouseEventKind::Up(MouseButton::Left), 30, 12));
    assert_ne!(screen(&state), before);
    press(&mut state, "0");
    assert_eq!(screen(&state), before);
}

#[test]
fn what_vectors_score_is_a_curve_and_what_they_forget_a_table() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let (mut state, _) = at_words(live(columns, rows, entries()));
        press(&mut state, "E");
        let shown = screen(&state);
        for expected in ["demo", "Spearman", "accuracy", "0.700", "−0.005", "+0.010", "100 lab.", "words"] {
            assert!(shown.contains(expected), "{expected} in\n{shown}");
        }
        press(&mut state, "c");
        let shown = screen(&state);
        assert!(shown.contains("paris → Paris") && shown.contains("zorblax"), "{shown}");
        press(&mut state, "c");
        let shown = screen(&state);
        assert!(shown.contains("50–75 %") && shown.contains("TF-IDF") && shown.contains("1900"), "{shown}");
    }
    let (mut state, _) = at_words(live(80, 24, entries_while_pretraining()));
    press(&mut state, "E");
    assert!(screen(&state).contains("Spearman") && !screen(&state).contains("lab."), "{}", screen(&state));
}

#[test]
fn missing_words_are_seen_however_many_reasons_there_are() {
    use crate::session::coverage::{Bare, Cause, Missing};
    use crate::session::record::Record;
    let mut all = entries();
    for entry in &mut all {
        if let Record::Coverage(coverage) = &mut entry.record {
            let causes = [
                Cause::Case,
                Cause::Accents,
                Cause::Form,
                Cause::Script,
                Cause::Tokenisation,
                Cause::Parts,
                Cause::Unknown,
            ];
            let missing =
                |cause| Missing { cause, by_token: 0.1, types: 9, examples: vec![("a".into(), "b".into())] };
            coverage.causes = causes.map(missing).to_vec();
            coverage.bare = vec![Bare { set: "test".into(), documents: 30, of: 400 }];
        }
    }
    let (mut small, _) = at_words(replay(80, 24, all.clone()));
    press(&mut small, "c");
    let shown = screen(&small);
    assert!(shown.contains("zorblax") && shown.contains("more lines: a larger terminal"), "{shown}");
    assert!(
        shown.contains("Of the 400 documents of the set test, 30"),
        "what matters most stands first: {shown}"
    );
    let (mut large, _) = at_words(replay(200, 60, all));
    press(&mut large, "c");
    let shown = screen(&large);
    assert!(
        shown.contains("zorblax") && !shown.contains("more lines") && shown.contains("larger vectors"),
        "{shown}"
    );
}

#[test]
fn collapsed_vectors_are_named_over_neighbours_and_in_coverage() {
    let (mut state, _) = at_words(live(80, 24, entries()));
    assert!(!screen(&state).contains("collapsed"));
    let collapsed = crate::session::coverage::Coverage {
        mean_cosine: Some(0.9993),
        ..state.history.source().coverage.clone().unwrap()
    };
    state.history.push(crate::session::record::Entry {
        at: state.history.now,
        record: crate::session::record::Record::Coverage(collapsed),
    });
    let shown = screen(&state);
    assert!(shown.contains("collapsed") && shown.contains("more epochs"), "{shown}");
    press(&mut state, "c");
    let shown = screen(&state);
    assert!(shown.contains("collapsed") && shown.contains("98.7 %"), "{shown}");
}
