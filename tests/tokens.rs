//! Texts of the whole world, and how they are cut.

mod common;

use common::Place;

/// The words of vectors that are learned from `text`, in the order of the alphabet.
fn learned(text: &str, more: &[&str]) -> Vec<String> {
    let place = Place::new();
    place.write("text.txt", &text.repeat(30));
    let mut args = vec!["pretrain", "text.txt", "--out", "vectors.txt", "--dim", "4", "--epoch", "1"];
    args.extend(more);
    place.run(&args).well();
    let written = std::fs::read_to_string(place.path("vectors.txt")).unwrap();
    let mut words: Vec<String> =
        written.lines().skip(1).map(|line| line.split(' ').next().unwrap().to_string()).collect();
    words.sort();
    words
}

fn sorted(words: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
    words.sort();
    words
}

#[test]
fn vectors_are_learned_of_whole_words() {
    let found = learned("हिन्दी मिल्क, 👩‍👩‍👧 ❤️ Don't! ภาษาไทย 我喜欢电影。 co\u{ad}op cafe\u{301}\n", &[]);
    let expected =
        ["हिन्दी", "मिल्क", "👩‍👩‍👧", "❤", "do", "n't", "ภาษา", "ไทย", "我", "喜欢", "电影", "coop", "café"];
    assert_eq!(found, sorted(&expected));
}

#[test]
fn texts_are_cut_as_is_asked() {
    let text = "Don't :-) हिन्दी\n";
    assert_eq!(learned(text, &["--tokens", "whitespace"]), sorted(&["Don't", ":-)", "हिन्दी"]));
    let characters = ["d", "o", "n", "'", "t", ":", "-", ")", "हि", "न्दी"];
    assert_eq!(learned(text, &["--tokens", "characters"]), sorted(&characters));
}

#[test]
fn a_session_cuts_every_text_as_its_recipe_says() {
    let place = Place::new();
    place.recipe("words.ron", &[]);
    place.recipe("cut.ron", &[("task:", "tokens: Whitespace, task:")]);
    for (recipe, session) in [("words.ron", "a"), ("cut.ron", "b")] {
        place.run(&["run", recipe, "--session", session]).well();
    }
    let kept = |session: &str| std::fs::read_to_string(place.path(session).join("recipe.ron")).unwrap();
    assert!(!kept("a").contains("tokens") && kept("b").contains("tokens: Whitespace"), "{}", kept("b"));
    // With a comma behind it, a word is another one where white space alone parts words.
    assert!(place.run(&["neighbours", "dull,", "--vectors", "a"]).sentence().contains("dull,"));
    place.run(&["neighbours", "dull,", "--vectors", "b"]).well();
    place.recipe("wrong.ron", &[("task:", "tokens: Letters, task:")]);
    let refused = place.run(&["run", "wrong.ron"]);
    assert!(refused.sentence().contains("Letters"), "{}", refused.stderr);
}
