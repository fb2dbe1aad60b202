//! The trail, the places of words in the corpus, axes, and moments side by side.

use crate::session::concordance::{Coming, Concordance, ConcordanceLine, Extent, SharedContext};
use crate::train::protocol::event::Axes;

use super::super::view::View;
use super::*;

fn enter(state: &mut State) -> Vec<Effect> {
    press_code(state, KeyCode::Enter)
}

/// Answers the only question about neighbours among the effects.
fn near(state: &mut State, effects: &[Effect], words: &[&str]) -> String {
    let asked = questions(effects);
    let found = asked.iter().find_map(|(id, question)| match question {
        Question::Neighbours { word, run: None, .. } => Some((*id, word.clone())),
        _ => None,
    });
    let (id, word) = found.unwrap_or_else(|| panic!("{asked:?}"));
    answer(state, id, neighbours(&word, words));
    word
}

#[test]
fn enter_goes_to_a_neighbour_and_backspace_comes_back_along_the_trail() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let (mut state, effects) = at_words(live(columns, rows, entries_while_pretraining()));
        assert_eq!(near(&mut state, &effects, &["awful", "dire"]), "terrible");
        press_code(&mut state, KeyCode::Down);
        press_code(&mut state, KeyCode::Down);
        let effects = enter(&mut state);
        assert_eq!(near(&mut state, &effects, &["dreadful"]), "dire");
        assert!(screen(&state).contains("backspace ‹ terrible"), "{}", screen(&state));
        press_code(&mut state, KeyCode::Down);
        let effects = enter(&mut state);
        assert_eq!(near(&mut state, &effects, &["dire"]), "dreadful");
        assert!(screen(&state).contains("backspace ‹ dire ‹ terrible"), "{}", screen(&state));
        // A typed word leaves the one before on the trail too.
        press(&mut state, "/soup");
        let effects = enter(&mut state);
        assert_eq!(near(&mut state, &effects, &["meal"]), "soup");
        for expected in ["dreadful", "dire", "terrible"] {
            let effects = press_code(&mut state, KeyCode::Backspace);
            assert_eq!(near(&mut state, &effects, &["awful", "dire"]), expected);
        }
        // The line that was selected there is selected again.
        assert_eq!(state.screens.words.selected, Some(1));
        assert!(!screen(&state).contains("backspace"), "{}", screen(&state));
        assert!(press_code(&mut state, KeyCode::Backspace).is_empty());
    }
}

fn line(word: usize, left: &str, keyword: &str, right: &str, contexts: &[usize]) -> ConcordanceLine {
    let [left, keyword, right] = [left, keyword, right].map(String::from);
    ConcordanceLine { word, passage: 0, left, keyword, right, contexts: contexts.to_vec() }
}

fn concordance(words: &[&str]) -> Concordance {
    let pair = words.len() > 1;
    let context =
        |word: &str, share| SharedContext { word: word.into(), counts: [12, 1_345], pmi: [3.0, 2.0], share };
    let mut lines = vec![
        line(0, "the soup was ", "Terrible", ", \u{1b}[2Jand cold", &[0]),
        line(0, "a long film with ", "terrible", " acting", &[]),
    ];
    if pair {
        lines.push(line(1, "the soup was ", "dire", " today", &[0]));
        lines.push(line(1, "in ", "dire", " straits 日本語", &[1]));
    }
    Concordance {
        corpus: "reviews.txt".into(),
        words: words.iter().map(|word| word.to_string()).collect(),
        extent: Extent::Sample,
        coming: Coming::Nothing,
        passages: 20_000,
        of: 1_204_311,
        occurrences: vec![1_234; words.len()],
        window: 5,
        cosine: pair.then_some(0.42),
        shared: if pair { vec![context("soup", 0.5), context("straits", 0.1)] } else { Vec::new() },
        lines,
    }
}

fn places(state: &mut State, effects: &[Effect], coming: Coming) -> Vec<String> {
    let asked = questions(effects);
    let found = asked.iter().find_map(|(id, question)| match question {
        Question::Concordance { words, .. } => Some((*id, words.clone())),
        _ => None,
    });
    let (id, words) = found.unwrap_or_else(|| panic!("{asked:?}"));
    let names: Vec<&str> = words.iter().map(String::as_str).collect();
    let found = Concordance { coming, ..concordance(&names) };
    answer(state, id, Answer::Concordance(Box::new(found)));
    words
}

#[test]
fn a_word_is_shown_where_it_stands_in_the_corpus() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let (mut state, effects) = at_words(live(columns, rows, entries()));
        near(&mut state, &effects, &["awful", "dire"]);
        let effects = press(&mut state, "O");
        assert_eq!(places(&mut state, &effects, Coming::Rest), ["terrible"]);
        let shown = screen(&state);
        assert!(
            shown.contains("1,204,311 passages so far") && shown.contains("the soup was Terrible"),
            "{shown}"
        );
        assert!(!shown.contains('\u{1b}'), "{shown}");
        // While the corpus is read, the question is asked again, and not after that.
        let effects = tick(&mut state, 0.6);
        places(&mut state, &effects, Coming::Nothing);
        let shown = screen(&state);
        assert!(shown.contains("terrible × 1,234") && shown.contains("a sample of 20,000"), "{shown}");
        let none = |effects: Vec<Effect>| {
            !questions(&effects).iter().any(|(_, q)| matches!(q, Question::Concordance { .. }))
        };
        assert!(none(tick(&mut state, 5.0)));
        // Sorted by what follows, "acting" comes before ", and"; and y copies the command.
        press(&mut state, "tt");
        assert!(screen(&state).contains("by what stands before"), "{}", screen(&state));
        let copied = press(&mut state, "y");
        let expected = "warmstart concordance sessions/demo terrible --count 200";
        assert!(matches!(&copied[..], [Effect::Copy(text)] if text == expected), "{copied:?}");
        let exported = press(&mut state, "e");
        let Some(Effect::Export { files, .. }) = exported.last() else { panic!("{exported:?}") };
        assert!(files.iter().any(|(name, text)| name == "words.csv" && text.contains("terrible,1,the soup was ,Terrible")));
    }
}

#[test]
fn the_contexts_that_two_near_words_share_say_why_they_are_near() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let (mut state, effects) = at_words(live(columns, rows, entries()));
        near(&mut state, &effects, &["awful", "dire"]);
        press_code(&mut state, KeyCode::Down);
        press_code(&mut state, KeyCode::Down);
        let effects = press(&mut state, "O");
        assert_eq!(places(&mut state, &effects, Coming::Nothing), ["terrible", "dire"]);
        let shown = screen(&state);
        for expected in
            ["the cosine 0.42", "soup", "1,345", "50.0%", "2 lines of terrible", "2 lines of dire"]
        {
            assert!(shown.contains(expected), "{expected}: {shown}");
        }
        // With a context selected, only the lines that have it are shown.
        press_code(&mut state, KeyCode::Down);
        let shown = screen(&state);
        assert!(shown.contains("1 line of dire with soup") && !shown.contains("straits 日"), "{shown}");
        let copied = press(&mut state, "y");
        let expected = "warmstart concordance sessions/demo terrible --with dire --count 200";
        assert!(matches!(&copied[..], [Effect::Copy(text)] if text == expected), "{copied:?}");
        // Enter goes on to the context, and backspace comes back to both words.
        let effects = press_code(&mut state, KeyCode::Enter);
        assert_eq!(near(&mut state, &effects, &["broth"]), "soup");
        assert!(screen(&state).contains("nearest to soup"), "{}", screen(&state));
        press_code(&mut state, KeyCode::Backspace);
        assert!(screen(&state).contains("the cosine 0.42"), "{}", screen(&state));
        // Two typed words are compared too, and O again shows one alone.
        press(&mut state, "/good, bad");
        let effects = enter(&mut state);
        assert_eq!(places(&mut state, &effects, Coming::Nothing), ["good", "bad"]);
    }
    let (mut state, _) = at_words(replay(80, 24, entries()));
    press(&mut state, "O");
    assert!(screen(&state).contains("copy the command with y"), "{}", screen(&state));
}

#[test]
fn words_are_placed_on_two_axes() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let (mut state, effects) = at_words(live(columns, rows, entries()));
        near(&mut state, &effects, &["awful", "dire"]);
        press(&mut state, "X");
        assert!(screen(&state).contains("Two axes, each a difference of words"), "{}", screen(&state));
        press(&mut state, "/good - bad ; cheap - dear");
        let asked = questions(&enter(&mut state));
        let Some((id, Question::Axes { x, y, words, run: None })) =
            asked.iter().find(|(_, question)| matches!(question, Question::Axes { .. }))
        else {
            panic!("{asked:?}")
        };
        assert_eq!((&x[..], &y[..]), ("good - bad", "cheap - dear"));
        assert_eq!(words[..7], ["good", "bad", "cheap", "dear", "terrible", "awful", "dire"]);
        let found = Axes {
            axes: [x.clone(), y.clone()],
            cosine: -0.25,
            places: vec![
                ("good".into(), 0.5, 0.1),
                ("dire".into(), -0.4, -0.2),
                ("nan".into(), f32::NAN, 0.0),
            ],
            missing: vec!["dear".into()],
        };
        answer(&mut state, *id, Answer::Axes(Box::new(found)));
        let shown = screen(&state);
        for expected in
            ["◇ good", "dire", "good - bad →", "↑ cheap - dear", "−0.25", "without a vector: dear"]
        {
            assert!(shown.contains(expected), "{expected}: {shown}");
        }
        // It is live, can be chosen from, copied and exported.
        assert!(questions(&tick(&mut state, 0.6)).iter().any(|(_, q)| matches!(q, Question::Axes { .. })));
        let copied = press(&mut state, "y");
        let expected =
            "warmstart axis sessions/demo --x 'good - bad' --y 'cheap - dear' good bad cheap dear terrible";
        assert!(matches!(&copied[..], [Effect::Copy(text)] if text.starts_with(expected)), "{copied:?}");
        let exported = press(&mut state, "e");
        let Some(Effect::Export { files, .. }) = exported.last() else { panic!("{exported:?}") };
        assert!(files.iter().any(|(_, text)| text.contains("word,good - bad,cheap - dear\n")), "{files:?}");
        press_code(&mut state, KeyCode::Down);
        assert!(screen(&state).contains("◉"), "{}", screen(&state));
        press_code(&mut state, KeyCode::Enter);
        assert_eq!(state.screens.words.view, View::Neighbours);
    }
}

#[test]
fn two_moments_stand_side_by_side_with_their_overlap() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let (mut state, effects) = at_words(live(columns, rows, entries_while_pretraining()));
        near(&mut state, &effects, &["awful", "dire"]);
        let asked = questions(&press(&mut state, "M"));
        let [(id, Question::KeepMoment { run: None })] = &asked[..] else { panic!("{asked:?}") };
        answer(&mut state, *id, Answer::MomentKept(1_000));
        let asked = questions(&tick(&mut state, 0.6));
        let moments =
            |(_, question): &&(u64, Question)| matches!(question, Question::NeighboursOfMoments { .. });
        let (id, _) = asked.iter().find(moments).unwrap_or_else(|| panic!("{asked:?}"));
        let lists = [Ok(list(&["awful", "the", "dire"])), Ok(list(&["dire", "dreadful", "awful"]))];
        answer(&mut state, *id, Answer::NeighboursOfMoments(Box::new(lists)));
        let shown = screen(&state);
        for expected in ["then, ", "now", "2 of 3 the same (Jaccard 0.50)", "dreadful", "2 shared"] {
            assert!(shown.contains(expected), "{expected}: {shown}");
        }
        // A line of the second list is gone on to.
        (0..5).for_each(|_| drop(press_code(&mut state, KeyCode::Down)));
        press_code(&mut state, KeyCode::Enter);
        assert_eq!(state.screens.words.word.text(), "dreadful");
        press(&mut state, "M");
        assert!(!screen(&state).contains("then, "), "{}", screen(&state));
    }
    // The log of a recording has two moments of the probe words.
    let (mut state, _) = at_words(replay(200, 60, entries()));
    press(&mut state, "{{{{{M");
    state.toasts.clear();
    press(&mut state, "}}}}}}}");
    let shown = screen(&state);
    assert!(shown.contains("then, ") && shown.contains("later, ") && shown.contains("Jaccard"), "{shown}");
    press(&mut state, "{{{{{{{{{{");
    assert!(screen(&state).contains("earlier, "), "{}", screen(&state));
    press(&mut state, "/unknown");
    press_code(&mut state, KeyCode::Enter);
    assert!(screen(&state).contains("Only the probe words are kept"), "{}", screen(&state));
}
