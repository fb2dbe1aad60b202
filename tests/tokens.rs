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
    let found = learned("हिन्दी मिल्क, 👩‍👩‍👧 ❤️ Don't! แมว 我喜欢电影。 co\u{ad}op cafe\u{301}\n", &[]);
    let expected = ["हिन्दी", "मिल्क", "👩‍👩‍👧", "❤", "do", "n't", "แมว", "我", "喜欢", "电影", "coop", "café"];
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
    assert!(
        !kept("a").contains("    tokens:") && kept("b").contains("    tokens: Whitespace"),
        "{}",
        kept("b")
    );
    // With a comma behind it, a word is another one where white space alone parts words.
    assert!(place.run(&["neighbours", "dull,", "--vectors", "a"]).sentence().contains("dull,"));
    place.run(&["neighbours", "dull,", "--vectors", "b"]).well();
    place.recipe("wrong.ron", &[("task:", "tokens: Letters, task:")]);
    let refused = place.run(&["run", "wrong.ron"]);
    assert!(refused.sentence().contains("Letters"), "{}", refused.stderr);
}

/// The experiment of a small recipe with word vectors of a file.
fn with_vectors(vectors: &str, reviews: &[(&str, &str)]) -> (Place, common::Done) {
    let place = Place::new();
    place.write("vectors.txt", vectors);
    let rows: String = reviews.iter().map(|(text, mood)| format!("\"{text}\",{mood}\n")).collect();
    place.write("train.csv", &format!("review,mood\n{}", rows.repeat(20)));
    place.write("test.csv", &format!("review,mood\n{rows}"));
    place.recipe(
        "small.ron",
        &[
            (
                "SkipGram(corpus: File(\"corpus.txt\"), dim: 12, window: 3, negatives: 3, epochs: 2, min_count: 1)",
                "Vectors(file: \"vectors.txt\")",
            ),
            ("probe_words: [\"lovely\"],", ""),
            ("evaluation: (similarity: [\"pairs.txt\"], analogies: \"questions.txt\"),", ""),
            ("labels: [20, 80]", "labels: [20]"),
        ],
    );
    let done = place.run(&["run", "small.ron", "--session", "s", "--json"]).well();
    (place, done)
}

#[test]
fn vectors_and_texts_meet_in_every_normal_form_and_files_keep_theirs() {
    let reviews = [("café señor", "good"), ("naïve über", "bad")];
    let composed = "café 1 0\nseñor 1 0.5\nnaïve 0 1\nüber 0.5 1\n";
    let taken_apart = "cafe\u{301} 1 0\nsen\u{303}or 1 0.5\nnai\u{308}ve 0 1\nu\u{308}ber 0.5 1\n";
    let found: Vec<serde_json::Value> = [composed, taken_apart]
        .map(|vectors| {
            let (place, done) = with_vectors(vectors, &reviews);
            let told = place.run(&["replay", "s", "--plain"]).well();
            assert!(told.stdout.contains("100.0 % of the task"), "{}", told.stdout);
            place.run(&["convert", "vectors.txt", "again.txt"]).well();
            let again = std::fs::read_to_string(place.path("again.txt")).unwrap();
            assert!(again.contains(vectors.split(' ').next().unwrap()), "{again}");
            let near = ["neighbours", "café", "--vectors", "vectors.txt", "--json"];
            assert!(place.run(&near).well().stdout.contains("or\""));
            done.json()["runs"].as_array().unwrap().iter().map(|run| run["accuracy"].clone()).collect()
        })
        .into();
    assert_eq!(found[0], found[1]);
}

#[test]
fn documents_that_lose_everything_are_told() {
    let reviews =
        [("lovely soup", "good"), ("прекрасный суп", "good"), ("dull soup", "bad"), ("soup", "bad")];
    let (place, done) = with_vectors("lovely 1 0\ndull 0 1\nsoup 0.5 0.5\n", &reviews);
    let report = done.json();
    let bare = |set: &str| {
        let sets = report["without_vectors"].as_array().unwrap();
        let found = sets.iter().find(|bare| bare["set"] == set).unwrap();
        (found["documents"].as_u64().unwrap(), found["of"].as_u64().unwrap())
    };
    assert_eq!((bare("training"), bare("test")), ((20, 80), (1, 4)));
    let verdict = report["comparison"]["verdict"].to_string();
    assert!(verdict.contains("1 of 4 (25.0 %) of the set test"), "{verdict}");
    let told = place.run(&["compare", "s"]).well().stdout;
    assert!(told.contains("25.0 %"), "{told}");
    assert!(
        done.stderr.contains("Cyrillic") && done.stderr.contains("20 of 80 documents"),
        "{}",
        done.stderr
    );
}
