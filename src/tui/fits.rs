//! Tests that the smallest terminal cuts no word and no number, on any screen of any kind of session.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::data::image::Image;
use crate::session::audited::AuditedLabel;
use crate::session::choices::Grouped;
use crate::session::concordance::{Coming, Concordance, ConcordanceLine, Extent, SharedContext};
use crate::session::encoder_source::EncoderSource;
use crate::session::layer_drift::{LayerDrift, MovedLayer};
use crate::session::log;
use crate::session::recipe::Recipe;
use crate::session::record::{Entry, GeneratedText, HeldOut, Neighbour, Record, SourceTest};
use crate::session::text_source::TextSource;
use crate::train::protocol::command::{Command, Question};
use crate::train::protocol::event::{
    Answer, Attention, Axes, Cluster, Clusters, Disagreement, Disagreements, Event, Example, Guess,
    LabelAudit, Moved, NearSentence, NearSentences, Shown, State as Work, Status, Word,
};
use crate::train::protocol::labelling::{LabelAnswered, LabelPoint, LabelQuery, LabelView, Measured};
use crate::tui::built_in_tour;

use super::action::{Action, Effect};
use super::filter::typing;
use super::key::Key;
use super::screens::tab::Tab;
use super::state::{Overlay, State};
use super::{app, keymap, testing};

/// A session whose recipe is one of those that come with the program.
fn of_recipe(name: &str, mut entries: Vec<Entry>) -> Vec<Entry> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/recipes").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let asked = Recipe::parse(&text, &path).unwrap();
    for entry in &mut entries {
        if let Record::Opened { recipe, .. } = &mut entry.record {
            **recipe = asked.clone();
        }
    }
    entries
}

/// An image session that also has evaluations of the network during pre-training.
fn of_images(entries: Vec<Entry>) -> Vec<Entry> {
    let mut entries = of_recipe("demo-images.ron", entries);
    let mut tests = Vec::new();
    for entry in &mut entries {
        match &mut entry.record {
            Record::Data(data) => {
                data.images = Some((28, 28, 1));
                data.read = vec!["train/*.png: 10 classes, 4,000 images".into()];
            }
            Record::Pretrain(point) if point.tokens % 2_000_000 == 0 => {
                let samples = point.tokens;
                let test = SourceTest {
                    samples,
                    set: "demo".into(),
                    loss: 1.5,
                    accuracy: 0.5,
                    held_out: samples < 6_000_000,
                };
                tests.push(Entry { at: entry.at, record: Record::SourceTest(test) });
            }
            _ => {}
        }
    }
    entries.retain(|entry| {
        !matches!(entry.record, Record::Neighbours { .. } | Record::Coverage(_) | Record::Quality(_))
    });
    entries.extend(tests);
    entries.sort_by(|a, b| a.at.total_cmp(&b.at));
    entries
}

fn of_language_model(entries: Vec<Entry>) -> Vec<Entry> {
    let mut told = Vec::new();
    for entry in of_recipe("demo-lm.ron", entries) {
        if let Record::Pretrain(point) = &entry.record
            && point.tokens % 1_000_000 == 0
        {
            let (at, tokens) = (entry.at, point.tokens);
            told.push(Entry {
                at,
                record: Record::HeldOut(HeldOut { tokens, words: 100, loss: point.loss }),
            });
            let text =
                "was never as good as all of the others were, and nobody in the end had wanted it".into();
            told.push(Entry {
                at,
                record: Record::GeneratedText(GeneratedText { tokens, prompt: "the film".into(), text }),
            });
        }
        told.push(entry);
    }
    told
}

/// A session whose source is a sentence encoder; a run has moved its layers.
fn of_encoder(mut entries: Vec<Entry>) -> Vec<Entry> {
    for entry in &mut entries {
        if let Record::Opened { recipe, .. } = &mut entry.record
            && let Some(text) = recipe.text_mut()
        {
            text.source = Some(TextSource::Encoder(EncoderSource::of("all-MiniLM-L6-v2".into())));
        }
    }
    let layer = |layer: String| MovedLayer { layer, change: 0.0123, cosine: 0.987 };
    let names = std::iter::once("embeddings".to_string()).chain((1..13).map(|i| format!("layer {i}")));
    let layers = names.map(layer).collect();
    let drift = LayerDrift { run: 3, step: 40, kept: false, texts: (16, 390), layers };
    let at = entries.last().map_or(0.0, |entry| entry.at);
    entries.push(Entry { at, record: Record::LayerDrift(drift) });
    entries
}

fn recorded(name: &str) -> Vec<Entry> {
    log::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions").join(name)).unwrap().entries
}

/// The state after the training thread has ended.
fn ended(mut state: State, work: Work) -> State {
    let status = Status { state: work, folder: "sessions/demo".into(), ..Status::default() };
    app::update(&mut state, Action::News(Box::new(Event::Status(status))));
    state
}

/// The same state during the tour.
fn on_tour(mut state: State) -> State {
    state.screens.tour.lecture = Some(Arc::new(built_in_tour::lecture().unwrap()));
    state.screens.tour.is_open = true;
    state
}

/// States of every kind of session, in a terminal of this size.
fn kinds(columns: u16, rows: u16) -> Vec<(&'static str, State)> {
    let live = |entries| testing::live(columns, rows, entries);
    let replay = |entries| testing::replay(columns, rows, entries);
    let done = |entries| ended(live(entries), Work::Finished);
    let (early, half) = (testing::entries_while_pretraining, testing::entries_while_training);
    vec![
        ("nothing", testing::empty(columns, rows)),
        ("text, pre-training", live(early())),
        ("text, training", live(half())),
        ("text, stopped", ended(live(half()), Work::Idle)),
        ("text, finished", done(testing::entries())),
        ("text, replay", replay(testing::entries())),
        ("recorded demo", replay(recorded("recorded-demo"))),
        ("recorded SST-2", replay(recorded("recorded-sst2"))),
        ("sentence encoder, training", live(of_encoder(half()))),
        ("sentence encoder, replay", replay(of_encoder(testing::entries()))),
        ("language model, pre-training", live(of_language_model(early()))),
        ("language model, finished", done(of_language_model(testing::entries()))),
        ("language model, replay", replay(of_language_model(testing::entries()))),
        ("images, pre-training", live(of_images(early()))),
        ("images, training", live(of_images(half()))),
        ("images, finished", done(of_images(testing::entries()))),
        ("images, replay", replay(of_images(testing::entries()))),
        ("tour", on_tour(live(half()))),
        ("tour of images", on_tour(live(of_images(half())))),
    ]
}

fn near(words: &[&str]) -> Vec<Neighbour> {
    words.iter().map(|word| Neighbour { word: word.to_string(), similarity: 0.5 }).collect()
}

/// Answers as the training thread would give them.
fn answers(question: &Question) -> Vec<Answer> {
    let words = ["awful", "dreadful", "tedious"];
    let image = Image { width: 28, height: 28, channels: 1, pixels: vec![90; 28 * 28] };
    let guess = || {
        let word = |text: &str| Word { text: text.into(), known: true, contribution: 0.4 };
        Guess { probabilities: vec![0.25, 0.75], words: ["a", "wonderful", "film"].map(word).to_vec() }
    };
    vec![match question {
        Question::Neighbours { word, .. } => {
            Answer::Neighbours { word: word.clone(), list: near(&words), made: false }
        }
        Question::Analogy { .. } => Answer::Analogy(near(&words)),
        Question::Drift { .. } => {
            let moved = |word: &&str| Moved {
                word: word.to_string(),
                cosine: 0.9,
                distance: 0.5,
                before: near(&words),
                after: near(&words),
            };
            Answer::Drift(words.iter().map(moved).collect())
        }
        Question::Map { words, .. } => Answer::Map(
            words.iter().enumerate().map(|(i, w)| (w.clone(), i as f32, (i * i) as f32)).collect(),
        ),
        Question::Clusters { .. } => {
            let cluster = |class: &str| Cluster {
                size: 480,
                class: Some((class.into(), 0.8)),
                words: words.map(str::to_string).to_vec(),
                nearest: vec!["The room was clean and the staff were kind.".into()],
            };
            Answer::Clusters(Box::new(Clusters {
                by: Grouped::ALL[0],
                documents: 960,
                of: 4000,
                purity: Some(0.8),
                nmi: Some(0.5),
                clusters: vec![cluster("negative"), cluster("positive")],
                table: String::new(),
            }))
        }
        Question::Classify { .. } | Question::ClassifyImage { .. } => {
            let each = |run| Answer::Classified { run, guess: guess(), last: run == 15 };
            return (0..16).map(each).collect();
        }
        Question::Examples { .. } => Answer::Examples(vec![Example {
            text: "The room was clean and the staff were kind.".into(),
            confidence: 0.9,
        }]),
        Question::NeighboursOfSources { .. } => {
            let near = |word: &str| Neighbour { word: word.into(), similarity: 0.81 };
            let list = vec![near("incomprehensible"), near("awful")];
            Answer::NeighboursOfSources(vec![Ok(list.clone()), Err("not prepared yet".into()), Ok(list)])
        }
        Question::AuditLabels { method, .. } => {
            let label = |rank: usize| AuditedLabel {
                rank,
                example: rank,
                is_suspect: rank < 3,
                label: ["negative", "positive"][rank % 2].into(),
                suggested: ["positive", "negative"][rank % 2].into(),
                p_label: 0.1,
                p_suggested: 0.9,
                text: "The room was clean and the staff were kind.".into(),
            };
            let list = Some(Arc::new((1..40).map(label).collect()));
            let (doing, done) = (String::new(), 1.0);
            Answer::LabelAudit(Box::new(LabelAudit { method: *method, doing, done, folds: 5, list }))
        }
        Question::Label(wish) => {
            let point = |labels: usize| LabelPoint { labels, accuracy: 0.5 + labels as f64 / 1_000.0 };
            Answer::Labelling(Box::new(LabelView {
                classes: vec!["negative".into(), "positive".into()],
                counts: vec![12, 13],
                given: 25,
                open: 3_975,
                strategy: Some(wish.strategy),
                query: Some(LabelQuery {
                    example: 7,
                    text: "The room was clean and the staff were kind. ".repeat(12),
                    by: wish.strategy,
                }),
                last: Some(LabelAnswered {
                    text: "The room was clean.".into(),
                    class: 1,
                    opinion: vec![0.6, 0.4],
                    known: Some(1),
                }),
                can_undo: true,
                curve: (10..26).map(point).collect(),
                random: (10..26).map(point).collect(),
                measured: Measured::Validation(800),
                difference: Some((0.021, Some((-0.004, 0.046)))),
                seconds: 0.02,
                ..LabelView::default()
            }))
        }
        Question::Attention { run, .. } => {
            let tokens = ["[CLS]", "a", "wonderful", "film", "[SEP]"].map(String::from).to_vec();
            Answer::Attention(Box::new(Attention {
                run: *run,
                layer: (11, 12),
                head: (None, 12),
                tokens,
                probabilities: vec![0.2; 25],
                pooled: vec![0.2; 5],
                pooling: "the mean of all tokens",
                longest: 256,
            }))
        }
        Question::Sentences { text, run, .. } => {
            let near = NearSentence {
                text: "The room was clean.".into(),
                class: "positive".into(),
                similarity: 0.9,
            };
            Answer::Sentences(Box::new(NearSentences {
                run: *run,
                text: text.clone(),
                list: vec![near],
                done: 400,
                sample: 400,
                of: 4000,
                steps: run.map(|_| [Some(1), Some(4)]),
            }))
        }
        Question::Images { first, count, .. } => {
            let shown = |number| Shown { image: image.clone(), number, class: 0, name: String::new() };
            Answer::Images { of: 100, first: *first, list: (*first..first + count).map(shown).collect() }
        }
        Question::Filters { .. } => Answer::Filters(vec![image; 6]),
        Question::FeatureMaps { .. } => Answer::FeatureMaps {
            layers: vec!["1 convolution".into(), "2 pooling".into()],
            maps: vec![image; 6],
        },
        Question::Generate { prompt, .. } => {
            Answer::GeneratedText { prompt: prompt.clone(), text: "was the best of all that summer".into() }
        }
        Question::KeepMoment { .. } => Answer::MomentKept(1_000),
        Question::KeepAnswers { .. } => Answer::AnswersKept(vec!["test".into()]),
        Question::NeighboursOfMoments { .. } => {
            Answer::NeighboursOfMoments(Box::new([Ok(near(&words)), Ok(near(&words[1..]))]))
        }
        Question::Concordance { words, .. } => {
            let line = |word: usize| ConcordanceLine {
                word,
                passage: 0,
                left: "the film was ".into(),
                keyword: words[word].clone(),
                right: " and long".into(),
                contexts: vec![0],
            };
            let pair = words.len() > 1;
            let context = SharedContext { word: "film".into(), counts: [4, 5], pmi: [2.0, 1.0], share: 0.4 };
            Answer::Concordance(Box::new(Concordance {
                corpus: "the demo's unlabelled reviews".into(),
                words: words.clone(),
                extent: Extent::Sample,
                coming: Coming::Nothing,
                passages: 20_000,
                of: 1_204_311,
                occurrences: vec![1_234; words.len()],
                window: 5,
                cosine: pair.then_some(0.4),
                shared: if pair { vec![context] } else { Vec::new() },
                lines: (0..words.len()).map(line).collect(),
            }))
        }
        Question::Axes { x, y, words, .. } => Answer::Axes(Box::new(Axes {
            axes: [x.clone(), y.clone()],
            cosine: 0.1,
            places: words.iter().enumerate().map(|(i, word)| (word.clone(), i as f32, 0.5)).collect(),
            missing: Vec::new(),
        })),
        Question::Explain { runs, .. } => {
            let last = runs.last().copied();
            let each =
                |run: &usize| Answer::Classified { run: *run, guess: guess(), last: Some(*run) == last };
            return runs.iter().map(each).collect();
        }
        Question::Disagreements { runs, set, .. } => {
            let example = Disagreement {
                text: "The room was clean and the staff were kind.".into(),
                image: None,
                truth: 1,
                guesses: [0, 1],
                confidences: [0.9, 0.8],
            };
            let list = vec![example.clone(), Disagreement { truth: 0, ..example }];
            let set = set.clone();
            Answer::Disagreements(Box::new(Disagreements {
                runs: *runs,
                set,
                of: 60,
                only: [1, 1],
                neither: 0,
                list,
            }))
        }
        _ => return Vec::new(),
    }]
}

/// Answers the questions among the effects.
fn serve(state: &mut State, effects: Vec<Effect>) {
    for effect in effects {
        let Effect::Send(Command::Ask { id, question }) = effect else { continue };
        for answer in answers(&question) {
            let effects = app::update(state, Action::News(Box::new(Event::Answer { id, answer })));
            serve(state, effects);
        }
    }
}

/// Presses a key and answers the questions that follow.
fn press(state: &mut State, key: Key) -> bool {
    let modifiers = if key.ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
    let effects = app::update(state, Action::Key(KeyEvent::new(key.code, modifiers)));
    let asked = !effects.is_empty();
    serve(state, effects);
    asked
}

/// Shows a screen as at its first visit, and stops typing.
fn come_to(state: &mut State, tab: Tab) {
    state.overlay = Overlay::None;
    state.toasts.clear();
    app::update(state, Action::Live);
    state.filters = Default::default();
    tab.page().forget(state);
    let effects = app::update(state, Action::Show(tab));
    serve(state, effects);
    if tab.page().field(state).is_some() {
        testing::press_code(state, KeyCode::Esc);
    }
}

/// Visits every screen of a session: each tab at first, and after each of its keys.
fn screens(mut state: State, mut see: impl FnMut(Tab, &str, String)) {
    for tab in Tab::of(&state).collect::<Vec<_>>() {
        come_to(&mut state, tab);
        see(tab, "", testing::screen(&state));
        for binding in keymap::own(&state, tab) {
            press(&mut state, binding.keys[0]);
            see(tab, binding.label, testing::screen(&state));
            state.overlay = Overlay::None;
            if state.tab.page().field(&state).is_some() || typing::is_typing(&state) {
                testing::press_code(&mut state, KeyCode::Esc);
            }
            state.tab = tab;
        }
    }
}

/// The words on a screen: the text between spaces, lines and bars, without punctuation around it.
fn words(screen: &str) -> impl Iterator<Item = &str> {
    let drawn = |c: char| matches!(c, '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}') || c.is_whitespace();
    screen
        .split(drawn)
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty() && word.chars().all(char::is_alphabetic))
}

/// Words that only the smallest terminal shows, in place of longer ones.
const SHORTER: [&str; 9] = ["weights", "val", "pgdn", "pgup", "cover", "where", "pairs", "sets", "eval"];

/// Texts that end in an ellipsis on purpose: the rest is elsewhere, or is still to come.
const DOTS: [&str; 6] = [
    // In this test nobody answers the question.
    "is asked for…",
    "Looking for",
    // Text that a language model generates has no end.
    "the end had…",
    // The session's title.
    "From letters in print",
    "What does a language model",
    // Lists of neighbours; the full list of the selected word is below.
    "awful dreadful…",
];

#[test]
fn no_word_is_cut_in_the_smallest_terminal() {
    let mut whole: BTreeSet<String> = SHORTER.iter().map(|word| word.to_string()).collect();
    for (_, state) in kinds(240, 70) {
        screens(state, |_, _, screen| whole.extend(words(&screen).map(str::to_string)));
    }
    for binding in Tab::ALL.iter().flat_map(|tab| tab.page().keys()).chain(keymap::global()) {
        whole.extend(words(binding.label).map(str::to_string));
    }
    let mut cut: BTreeSet<String> = BTreeSet::new();
    for (kind, state) in kinds(80, 24) {
        screens(state, |tab, key, screen| {
            for row in screen.lines() {
                // If a window is open, only its content counts: the window covers the rest.
                let open = row.find('│').zip(row.rfind('│')).filter(|(a, b)| a < b && screen.contains('╰'));
                let row = open.map_or(row, |(from, to)| &row[from..to]);
                if let Some(word) = words(row).find(|word| !whole.contains(*word)) {
                    cut.insert(format!("{word}: {kind}, {tab:?} {key}: {row}"));
                }
                if row.contains('…') && !DOTS.iter().any(|dots| row.contains(dots)) {
                    cut.insert(format!("…: {kind}, {tab:?} {key}: {row}"));
                }
            }
        });
    }
    let cut: Vec<String> = cut.into_iter().collect();
    assert!(cut.is_empty(), "{}", cut.join("\n"));
}

#[test]
fn every_key_that_the_footer_offers_does_something() {
    let mut dead = BTreeSet::new();
    let mut pressed = 0;
    for (kind, mut state) in kinds(80, 24) {
        for tab in Tab::of(&state).collect::<Vec<_>>() {
            come_to(&mut state, tab);
            let offered = keymap::own(&state, tab).iter().filter(|b| b.footer && (b.when)(&state));
            for binding in offered.collect::<Vec<_>>() {
                come_to(&mut state, tab);
                // The selection may differ in its colours only.
                let before = testing::cells(&state);
                let asked = press(&mut state, binding.keys[0]);
                pressed += 1;
                if !asked && testing::cells(&state) == before {
                    dead.insert(format!("{kind}, {tab:?}: {} {}", binding.key_name(&state), binding.label));
                }
                state.tab = tab;
            }
        }
    }
    let dead: Vec<String> = dead.into_iter().collect();
    assert!(dead.is_empty() && pressed > 150, "{pressed}\n{}", dead.join("\n"));
}

#[test]
fn all_texts_of_the_screens_go_through_what_cuts_at_words() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui");
    let mut left = vec![folder.join("screens"), folder.join("chrome.rs"), folder.join("overlay.rs")];
    let mut read = 0;
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|item| item.unwrap().path()));
            continue;
        }
        read += 1;
        for (number, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            let drawn = line.split_once("render_widget(").map(|(_, what)| what);
            let no_text =
                |what: &str| ["Clear", "block", "Block::new()"].iter().any(|it| what.starts_with(it));
            assert!(drawn.is_none_or(no_text), "{}, line {}: put() cuts no word", path.display(), number + 1);
        }
    }
    assert!(read > 40, "{read}");
}
