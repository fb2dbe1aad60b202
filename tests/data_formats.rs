//! Labelled texts as people have them, by the whole program: what was taken is told, what can be read in two ways is refused.

mod common;

use common::Place;
use serde_json::Value;

/// The texts of `data` in clusters: what was read of them.
#[track_caller]
fn told(place: &Place, data: &str) -> (Value, String) {
    let done = place.run(&["cluster", "--data", data, "--by", "tfidf", "--max-df", "1", "--json"]).well();
    let report = done.json();
    let list = |name: &str| -> Vec<String> {
        report[name].as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_string()).collect()
    };
    let lines = [list("read"), list("remarks")].concat().join("\n");
    (report, lines)
}

#[track_caller]
fn takes(place: &Place, data: &str, documents: u64, expected: &[&str]) {
    let (report, lines) = told(place, data);
    assert_eq!(report["documents"], documents, "{lines}");
    for part in expected {
        assert!(lines.contains(part), "no {part} in\n{lines}");
    }
}

#[track_caller]
fn refuses(place: &Place, data: &str, expected: &[&str]) {
    let done = place.run(&["cluster", "--data", data, "--by", "tfidf"]);
    let sentence = done.sentence();
    for part in expected {
        assert!(sentence.contains(part), "no {part} in: {sentence}");
    }
}

/// Writes files with a short text each.
fn folders(place: &Place, names: &[&str]) {
    for (number, name) in names.iter().enumerate() {
        std::fs::create_dir_all(place.path(name).parent().unwrap()).unwrap();
        place.write(name, &format!("some text of number {number}\n"));
    }
}

#[test]
fn tables_say_what_was_taken_and_refuse_what_is_not_clear() {
    let place = Place::new();
    let tweets: String = (0..30)
        .map(|i| {
            let (class, user) = (if i % 2 == 0 { 0 } else { 4 }, i % 20);
            format!("\"{class}\",\"{}\",\"Mon Apr 06 22:19:{i:02} PDT 2009\",\"NO_QUERY\",\"user{user}\",\"what a day, number {i}\"\n", 1_467_810_369 + i)
        })
        .collect();
    place.write("tweets.csv", &tweets);
    let expected = "tweets.csv: CSV without a header, 6 columns: the text is column 6, the label column 1; \
        the first is 0: \"what a day, number 0\"";
    takes(&place, "tweets.csv", 30, &[expected]);
    place.write("lovely.csv", &"lovely day,pos\nrainy day,neg\n".repeat(3));
    takes(
        &place,
        "lovely.csv",
        6,
        &["the text is column 1, the label column 2; the first is pos: \"lovely day\""],
    );
    place.write("words.csv", &"good,day\nbad,night\n".repeat(3));
    refuses(
        &place,
        "words.csv",
        &["words.csv, line 1", "columns 1 (\"good\", \"bad\" …) and 2", "text: \"2\""],
    );
    place.write("german.csv", "Text;Label\nso gut, wirklich;1\nnicht gut;0\nna ja;\nnie gut;nan\ngut;1.0\n");
    takes(
        &place,
        "german.csv",
        4,
        &[
            "CSV, cut at \";\", with a header, 2 columns: the text is column \"Text\", the label column \"Label\"",
            "german.csv, line 4: 1 row without a label was left out",
            "\"1\" and \"1.0\" differ in their writing only",
            "a class \"nan\"",
        ],
    );
    place.write("bars.txt", "review|sentiment\nfine day|Positive\nbad day|negative\nnice day|positive\n");
    takes(&place, "bars.txt", 3, &["CSV, cut at \"|\"", "\"Positive\" and \"positive\" differ"]);
}

#[test]
fn json_is_read_however_it_is_cut_into_lines() {
    let place = Place::new();
    let object = |text: &str, label: u8| format!("{{\n  \"text\": \"{text}\",\n  \"label\": {label}\n}}");
    let (a, b) = (object("a fine day", 1), object("a bad day", 0));
    place.write("array.json", &format!("[\n{a},\n{b}\n]\n"));
    takes(
        &place,
        "array.json",
        2,
        &["a JSON array: the text is the field \"text\"", "the first is 1: \"a fine day\""],
    );
    place.write("objects.json", &format!("{a}\n{b}\n"));
    takes(&place, "objects.json", 2, &["JSON objects: the text"]);
    place.write("lines.jsonl", &format!("{}\n{}\n", a.replace('\n', ""), b.replace('\n', "")));
    takes(&place, "lines.jsonl", 2, &["JSON lines: the text"]);
    place.write("half.jsonl", "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b \\ud83d\", \"label\": 0}\n");
    refuses(&place, "half.jsonl", &["half.jsonl, line 2", "one half of a surrogate pair"]);
}

#[test]
fn labels_of_fasttext_are_found_where_fasttext_finds_them() {
    let place = Place::new();
    place.write("behind.txt", "so annoying __label__2\nso fine __label__1\n");
    takes(&place, "behind.txt", 2, &["fastText's lines", "the first is 2: \"so annoying\""]);
    place.write("two.txt", "__label__1 fine\n__label__2 so annoying __label__x\n");
    refuses(&place, "two.txt", &["two.txt, line 2: two labels, 2 and x"]);
    place.write("joined.txt", "__label__1 fine\n__label__a__label__b so\n");
    refuses(&place, "joined.txt", &["joined.txt, line 2: labels without a space between them"]);
}

#[test]
fn folders_are_parts_or_classes_by_one_rule() {
    let place = Place::new();
    folders(&place, &["flat/train/1", "flat/train/2", "flat/test/3"]);
    refuses(&place, "flat", &["\"test\" and \"train\" hold 3 files, but no folder of a class"]);
    folders(&place, &["swallow/bus/1", "swallow/plane/2", "swallow/train/day/3", "swallow/train/night/4"]);
    refuses(&place, "swallow", &["\"train\" may be a training part with the classes \"day\" and \"night\""]);
    takes(&place, "swallow/train", 2, &["all of it, a folder a class: day (1), night (1)"]);
    folders(
        &place,
        &["seg/seg_train/seg_train/sea/1", "seg/seg_train/seg_train/wood/2", "seg/seg_pred/seg_pred/3"],
    );
    refuses(&place, "seg", &["\"seg_train/seg_train\" may be a training part"]);
    folders(&place, &["seg/seg_test/seg_test/sea/4", "seg/seg_test/seg_test/wood/5"]);
    takes(
        &place,
        "seg",
        2,
        &[
            "seg: training part seg_train/seg_train, a folder a class: sea (1), wood (1)",
            "seg: seg_pred: 1 file was left out: it lies beside the parts",
        ],
    );
    folders(&place, &["kaggle/train/cat/1", "kaggle/train/dog/2", "kaggle/test/3"]);
    takes(&place, "kaggle", 2, &["kaggle: test: 1 file was left out: it has no folder of a class"]);
    folders(&place, &["named/test/1", "named/other/2"]);
    takes(&place, "named", 2, &["named: all of it, a folder a class: other (1), test (1)"]);
}

#[test]
fn a_run_tells_what_was_read_and_keeps_it() {
    let place = Place::new();
    place.recipe("small.ron", &[("labels: [20, 80]", "labels: [20]"), ("seeds: 2", "seeds: 1")]);
    let done = place.run(&["run", "small.ron", "--session", "one", "--json"]).well();
    let train = "read: train.csv: CSV with a header, 3 columns: the text is column \"review\", the label column \"mood\"";
    assert!(done.stderr.contains(train), "{}", done.stderr);
    assert!(done.stderr.contains("read: test.csv: CSV with a header"), "{}", done.stderr);
    place.run(&["export", "one", "out", "--json"]).well();
    let kept = place
        .files("out")
        .into_iter()
        .any(|(_, text)| String::from_utf8_lossy(&text).contains("CSV with a header, 3 columns"));
    assert!(kept);
    let again = place.run(&["replay", "one"]).well();
    assert!(again.stdout.contains(train), "{}", again.stdout);
}

#[test]
fn parquet_is_read_by_its_columns() {
    let place = Place::new();
    let bytes = include_bytes!("../src/data/parquet/examples/snappy.parquet");
    std::fs::write(place.path("a.parquet"), bytes).unwrap();
    let expected = [
        "a.parquet: Parquet: the text is column \"text\", the label column \"label\"; the first is 1: \"text number 1",
        "a.parquet, row 1: 12 rows without a label were left out, this one first",
        "documents without text were left out",
    ];
    takes(&place, "a.parquet", 41, &expected);
    std::fs::write(place.path("cut.parquet"), &bytes[..1500]).unwrap();
    refuses(&place, "cut.parquet", &["cut.parquet: the Parquet file does not end as one"]);
}
