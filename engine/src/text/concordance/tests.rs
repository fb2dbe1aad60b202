use super::find::{self, Asked};
use super::index::Index;
use super::passage::{Pattern, cleaned, placed};
use super::sampler::{LONGEST, Passage, Sampler};
use crate::session::concordance::Concordance;
use crate::session::text_transfer::Tokens;
use crate::text::tokenise::tokens;

fn sampled(text: &str, piece: usize, size: usize) -> Sampler {
    let mut sampler = Sampler::new(size, 7);
    let mut rest = text;
    while !rest.is_empty() {
        let end = (piece.min(rest.len())..rest.len()).find(|at| rest[*at..].starts_with([' ', '\n']));
        let (head, tail) = rest.split_at(end.unwrap_or(rest.len()));
        sampler.take(head);
        rest = tail;
    }
    sampler.end();
    sampler
}

fn index(documents: &[&str]) -> Index {
    Index::new(Tokens::Words, sampled(&documents.join("\n"), 100, 1_000).sample())
}

fn find(index: &Index, words: &[&str], window: usize, count: usize) -> Concordance {
    let words: Vec<String> = words.iter().map(|word| word.to_string()).collect();
    find::find(index, &Asked { words: &words, window, count }, index, "a corpus")
}

#[test]
fn passages_do_not_depend_on_the_pieces_and_lose_no_word() {
    let sentence = "It's a plain film, not a good one. ";
    let text = format!("{}\n\nshort\n{}", sentence.repeat(200), "word ".repeat(900));
    let whole = sampled(&text, 1 << 20, 1_000).sample();
    assert!(whole.iter().all(|passage| passage.text.len() <= LONGEST));
    assert_eq!(whole[0].text.chars().last(), Some('.'));
    for piece in [1, 40, 999, 3_000] {
        assert_eq!(sampled(&text, piece, 1_000).sample(), whole);
    }
    let joined: Vec<&str> = whole.iter().flat_map(|passage| passage.text.split(' ')).collect();
    assert_eq!(joined, text.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn every_passage_has_the_same_chance_and_memory_is_bounded() {
    let text: String = (0..30_000).map(|n| format!("passage{n}\n")).collect();
    let sampler = sampled(&text, 5_000, 3_000);
    let sample = sampler.sample();
    assert_eq!((sampler.read(), sample.len()), (30_000, 3_000));
    assert!(sample.windows(2).all(|two| two[0].number < two[1].number));
    // Each tenth of the corpus is a tenth of the sample; five standard deviations are 82.
    for tenth in 0..10 {
        let count = sample.iter().filter(|passage| passage.number / 3_000 == tenth).count();
        assert!((218..=382).contains(&count), "{tenth}: {count}");
    }
    assert_eq!(sampled(&text, 77, 3_000).sample(), sample);
}

#[test]
fn words_are_searched_in_the_whole_corpus() {
    let text: String = (0..5_000)
        .map(|n| if n % 1_000 == 3 { "A Rare gem, rare\n".to_string() } else { format!("plain {n}\n") })
        .collect();
    let mut sampler = Sampler::of_words(&["rare".into(), "plain".into()], Tokens::Words, 100, 1);
    sampler.take(&text);
    sampler.end();
    assert_eq!(sampler.occurrences(), [10, 4_995]);
    assert_eq!((sampler.read(), sampler.fitting(), sampler.sample().len()), (5_000, 5_000, 100));
    let mut sampler = Sampler::of_words(&["rare".into()], Tokens::Words, 100, 1);
    sampler.take(&text);
    sampler.end();
    let numbers: Vec<u64> = sampler.sample().iter().map(|passage| passage.number).collect();
    assert_eq!(numbers, [3, 1_003, 2_003, 3_003, 4_003]);
}

#[test]
fn tokens_have_their_places_in_the_text_as_it_is_written() {
    let text = "Don\u{2019}t STOP it, cafe\u{301} 日本語の本 it's";
    let found = placed(Tokens::Words, text);
    let words: Vec<String> = found.iter().map(|token| token.text.clone()).collect();
    assert_eq!(words, tokens(Tokens::Words, text));
    let written: Vec<&str> = found.iter().map(|token| &text[token.place.clone()]).collect();
    assert_eq!(written[..4], ["Do", "n\u{2019}t", "STOP", "it"]);
    assert!(written.contains(&"cafe\u{301}"), "{written:?}");
    assert!(written.ends_with(&["it", "'s"]), "{written:?}");
    assert_eq!(cleaned("a<BR />b <i>\n c<br>"), "a b <i> c");
}

#[test]
fn a_word_is_shown_in_its_context_as_it_is_written() {
    let index = index(&["A Good film.", "Nothing good, GOOD or better", "bad"]);
    let found = find(&index, &["good"], 5, 10);
    let lines: Vec<[&str; 3]> =
        found.lines.iter().map(|line| [&line.left[..], &line.keyword, &line.right]).collect();
    let expected = [
        ["A ", "Good", " film."],
        ["Nothing ", "good", ", GOOD or better"],
        ["Nothing good, ", "GOOD", " or better"],
    ];
    assert_eq!(lines, expected);
    assert_eq!((found.occurrences, found.lines[2].passage, found.cosine), (vec![3], 1, None));
    assert!(find(&index, &["absent"], 5, 10).lines.is_empty());
}

#[test]
fn phrases_are_found_as_one_word_or_as_several() {
    let index = index(&["In New York, new films", "york new"]);
    let found = find(&index, &["new_york"], 5, 10);
    assert_eq!(found.occurrences, [1]);
    assert_eq!(found.lines[0].keyword, "New York");
    let places: Vec<(usize, usize)> =
        Pattern::new(Tokens::Whitespace, "a_b").places(&["a_b", "a", "b"]).collect();
    assert_eq!(places, [(0, 1), (1, 2)]);
}

#[test]
fn shared_contexts_say_why_two_words_are_near() {
    let mut documents = Vec::new();
    for n in 0..40 {
        documents.push("the soup was dreadful and cold".to_string());
        documents.push("the soup was awful and cold".to_string());
        documents.push(format!("the weather of day {n} is the weather"));
    }
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    let index = index(&documents);
    let found = find(&index, &["awful", "dreadful"], 2, 5);
    // The contexts are the same, so the cosine is 1.
    assert!((found.cosine.unwrap() - 1.0).abs() < 1e-9);
    let words: Vec<&str> = found.shared.iter().map(|context| context.word.as_str()).collect();
    assert_eq!(words.len(), 4, "{words:?}");
    assert!(["soup", "was", "and", "cold"].iter().all(|word| words.contains(word)), "{words:?}");
    assert_eq!(found.shared[0].counts, [40, 40]);
    assert!((found.shared.iter().map(|context| context.share).sum::<f64>() - 1.0).abs() < 1e-9);
    assert_eq!(found.lines.iter().filter(|line| line.word == 0).count(), 5);
    assert!(found.lines.iter().all(|line| line.contexts.len() == 4));
    let apart = find(&index, &["awful", "weather"], 2, 5);
    assert!(apart.cosine.unwrap() < 0.2, "{:?}", apart.shared);
}

#[test]
fn each_shared_context_has_its_lines_although_few_are_asked_for() {
    let mut documents = vec!["awful plain"; 100];
    documents.extend(["awful ghost"; 5]);
    documents.extend(["dreadful ghost"; 4]);
    documents.extend(["dreadful plain"; 100]);
    documents.extend(["many other words stand here"; 200]);
    let found = find(&index(&documents), &["awful", "dreadful"], 2, 2);
    let ghost = found.shared.iter().position(|context| context.word == "ghost").unwrap();
    let with =
        |word| found.lines.iter().filter(|line| line.word == word && line.contexts.contains(&ghost)).count();
    assert_eq!([with(0), with(1)], [3, 3]);
    assert!(found.lines.len() < 20, "{}", found.lines.len());
}

#[test]
fn an_empty_corpus_has_nothing() {
    let index = Index::new(Tokens::Words, Vec::<Passage>::new());
    let found = find(&index, &["a", "b"], 5, 5);
    assert_eq!((found.cosine, found.lines.len(), index.is_empty()), (None, 0, true));
    assert!(find(&index, &["!?"], 5, 5).lines.is_empty());
}
