//! `predict` by the whole program: the models that a session keeps, on texts, tables and images, without the session.

use std::fs;

use crate::common::Place;
use serde_json::Value;

const KEEPING: [(&str, &str); 3] = [
    (
        "methods: [Scratch, Frozen, FineTuned, TfIdf]",
        "methods: [Scratch, Frozen, FineTuned, TfIdfMean, TfIdf, Nbsvm, Majority]",
    ),
    ("labels: [20, 80]", "labels: [40]"),
    ("head: Lstm(hidden: 8)", "head: Average"),
];

/// The rows of a CSV file, header first.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(String::from).collect()).collect()
}

/// A finished session called `small`, and its report.
fn session(place: &Place, changes: &[(&str, &str)]) -> Value {
    place.recipe("small.ron", changes);
    place.run(&["run", "small.ron", "--json"]).well().json()
}

#[test]
fn every_kept_model_says_of_the_test_set_what_the_session_measured() {
    let place = Place::new();
    let report = session(&place, &KEEPING);
    let models: Vec<String> = fs::read_dir(place.path("sessions/small/models"))
        .unwrap()
        .map(|model| model.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    // Of each method and budget one seed.
    assert_eq!(models.len(), 7, "{models:?}");
    for model in &models {
        // Without the session it is whole.
        let alone = place.path("alone");
        fs::rename(place.path(&format!("sessions/small/models/{model}")), &alone).unwrap();
        let args = ["predict", "alone", "--file", "test.csv", "--text", "review", "--out", "out.csv"];
        place.run(&args).well();
        fs::rename(&alone, place.path(&format!("sessions/small/models/{model}"))).unwrap();
        let rows = rows(&fs::read_to_string(place.path("out.csv")).unwrap());
        let column = |name: &str| rows[0].iter().position(|own| own == name).unwrap();
        let (truth, guess, sure) = (column("mood"), column("prediction"), column("probability"));
        let right = rows[1..].iter().filter(|row| row[truth] == row[guess]).count();
        let config: Value = serde_json::from_slice(
            &fs::read(place.path(&format!("sessions/small/models/{model}/config.json"))).unwrap(),
        )
        .unwrap();
        let runs = report["runs"].as_array().unwrap();
        let run = runs
            .iter()
            .find(|run| run["method"] == config["about"]["method"] && run["seed"] == config["about"]["seed"])
            .unwrap_or_else(|| panic!("{model}: {config}"));
        let measured = run["accuracy"].as_f64().unwrap() * (rows.len() - 1) as f64;
        assert!((measured - right as f64).abs() < 1e-6, "{model}: {right} right, measured {measured}");
        for row in &rows[1..] {
            let of_class = &row[column(&format!("p_{}", row[guess]))];
            assert_eq!(of_class, &row[sure]);
            let sum: f64 =
                ["p_good", "p_bad"].map(|name| row[column(name)].parse::<f64>().unwrap()).iter().sum();
            assert!((sum - 1.0).abs() < 1e-5);
        }
    }
}

#[test]
fn the_best_of_a_session_is_asked_about_texts_and_rows_of_any_kind() {
    let place = Place::new();
    let report = session(&place, &KEEPING);
    let one = place.run(&["predict", "small", "the soup was lovely", "--count", "2"]).well();
    assert!(
        one.stderr.starts_with("small: ") && one.stderr.contains("the best of its comparison"),
        "{}",
        one.stderr
    );
    assert_eq!(one.stdout.lines().count(), 3, "{}", one.stdout);
    let rows_of = report["comparison"]["rows"].as_array().unwrap();
    let best = rows_of.iter().map(|row| row["mean"].as_f64().unwrap()).fold(0.0, f64::max);
    assert!(one.stderr.contains(&format!("{:.1} %", 100.0 * best)), "{best}: {}", one.stderr);
    let named = [
        "predict",
        "small",
        "the soup was lovely",
        "dull",
        "--method",
        "fine-tuned",
        "--source",
        "skip-gram",
        "--json",
    ];
    let said = place.run(&named).well();
    assert!(said.stderr.contains("fine-tuned with 40 labels"), "{}", said.stderr);
    assert_eq!(said.json().as_array().unwrap().len(), 2);

    // Quotes, line breaks, emoji, an empty text and a row that is cut.
    place.write(
        "new.csv",
        "id,review\n1,\"a \"\"lovely\"\" lamp,\nand warm\"\n2,👍🏽 bright\n3,\n4\n5,dull cold grim sour\n",
    );
    let some =
        place.run(&["predict", "small", "--file", "new.csv", "--out", "out.csv", "--method", "tf-idf"]);
    assert_eq!(some.code, Some(1), "{}", some.stderr);
    assert!(
        some.stderr.contains("new.csv, line 5: it has no text") && some.stderr.contains("line 6: 1 fields"),
        "{}",
        some.stderr
    );
    let table = rows(&fs::read_to_string(place.path("out.csv")).unwrap());
    assert_eq!(table[0], ["id", "review", "prediction", "probability", "p_bad", "p_good"]);
    assert_eq!((table.len(), &table[1][1][..]), (6, "a \"lovely\" lamp,\nand warm"));
    assert_eq!(table[3][2..], ["", "", "", ""]);
    assert!(table[4][0] == "4" && table[4][2].is_empty() && table[5][2] == "bad", "{table:?}");
    place
        .write("new.jsonl", "{\"n\": [1, 2], \"review\": \"lovely bright warm neat\"}\n{\"n\": null, \"review\": \"dull cold grim sour\"}\n");
    place
        .run(&["predict", "small", "--file", "new.jsonl", "--out", "out.jsonl", "--method", "tf-idf"])
        .well();
    let lines = fs::read_to_string(place.path("out.jsonl")).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["n"], &lines[0]["prediction"]), (&serde_json::json!([1, 2]), &"good".into()));
    assert!(lines[1]["p_bad"].as_f64().unwrap() > 0.5, "{}", lines[1]);
    // Lines from a pipe, and of a text file.
    let piped = place
        .run_with_input(
            &["predict", "small", "-", "--method", "tf-idf"],
            b"lovely bright warm neat\ndull cold grim sour\n",
        )
        .well();
    place.write("lines.txt", "lovely bright warm neat\ndull cold grim sour\n");
    let lines = place.run(&["predict", "small", "--file", "lines.txt", "--method", "tf-idf"]).well();
    assert!(piped.stdout == lines.stdout && lines.stdout.starts_with("good 0."), "{}", lines.stdout);
    // A folder has a text a file.
    fs::create_dir(place.path("notes")).unwrap();
    place.write("notes/a.txt", "lovely bright warm neat");
    place.write("notes/b.txt", "dull cold grim sour");
    place.run(&["predict", "small", "--file", "notes", "--out", "notes.csv", "--method", "tf-idf"]).well();
    let notes = rows(&fs::read_to_string(place.path("notes.csv")).unwrap());
    assert_eq!(
        (&notes[0][0][..], &notes[1][..2], &notes[2][1][..]),
        ("file", &["a.txt", "good"].map(String::from)[..], "bad")
    );
    place.write("notes/empty.txt", " ");
    let some =
        place.run(&["predict", "small", "--file", "notes", "--out", "notes.csv", "--method", "tf-idf"]);
    assert_eq!(some.code, Some(1), "{}", some.stderr);
    let told = "notes/empty.txt: it has no text";
    assert!(some.stderr.contains(told) && !some.stderr.contains("line"), "{}", some.stderr);
    let notes = rows(&fs::read_to_string(place.path("notes.csv")).unwrap());
    assert_eq!(notes[3], ["empty.txt", "", "", "", ""]);
    fs::remove_file(place.path("notes/empty.txt")).unwrap();
    // The rows of a Parquet file, which pyarrow wrote, keep their columns and their order, in both formats.
    let parquet = include_bytes!("../../engine/src/data/parquet/examples/types.parquet");
    fs::write(place.path("new.parquet"), parquet).unwrap();
    let of_parquet = |out: &str| {
        let args = ["predict", "small", "--file", "new.parquet", "--text", "review", "--method", "tf-idf"];
        let some = place.run(&[&args[..], &["--out", out]].concat());
        assert_eq!(some.code, Some(1), "{}", some.stderr);
        for told in [
            "new.parquet: left out",
            "raw, tags.list.element",
            "new.parquet, row 3: it has no text",
            "12 rows",
        ] {
            assert!(some.stderr.contains(told), "{told} in {}", some.stderr);
        }
        fs::read_to_string(place.path(out)).unwrap()
    };
    let table = rows(&of_parquet("out.csv"));
    assert_eq!(
        table[0].join(","),
        "id,review,small,is_it,day,at,utc,clock,wide,price,made.by,prediction,probability,p_bad,p_good"
    );
    let ids: Vec<usize> = table[1..].iter().map(|row| row[0].parse().unwrap()).collect();
    assert_eq!(ids, (0..12).collect::<Vec<_>>());
    assert_eq!(
        table[1][..12].join(","),
        "0,lovely bright warm neat,0.1,true,2024-02-29,2024-02-29T13:05:06.25,2024-02-29T13:05:06.25Z,13:05:06,\
         18446744073709551615,12.3,ann,good"
    );
    assert!(table[2][11] == "bad" && table[3][11..] == ["", "", "", ""], "{table:?}");
    let lines = of_parquet("out.jsonl");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["price"], &lines[0]["is_it"]), (&serde_json::json!(12.3), &true.into()));
    assert_eq!((&lines[4]["day"], &lines[4]["prediction"]), (&Value::Null, &"good".into()));
    assert_eq!(lines[4]["p_good"].as_f64().unwrap() as f32, table[5][14].parse::<f32>().unwrap());
    assert!(lines[2]["prediction"].is_null() && lines[2].get("p_good").is_some_and(Value::is_null));
    let wrong = place.run(&["predict", "small", "--file", "new.parquet", "--text", "body"]);
    let told = "new.parquet: no column \"body\"; name one with --text: columns are id, review, small";
    assert!(wrong.code == Some(1) && wrong.stderr.contains(told), "{}", wrong.stderr);
    // `test` reads Parquet too.
    let args = ["test", "small", "--data", "new.parquet", "--text", "review", "--label", "is_it", "--json"];
    let tested = place.run(&args).well().json();
    assert_eq!(tested["examples"], 4, "{tested}");
    // Threads change nothing.
    let threads = |n: &str| {
        let args = ["predict", "small", "--file", "test.csv", "--text", "review", "--json", "--threads", n];
        place.run(&args).well().stdout
    };
    assert_eq!(threads("1"), threads("2"));
}

#[test]
fn what_cannot_be_asked_is_said_in_a_sentence() {
    let place = Place::new();
    let changes = [
        ("methods: [Scratch, Frozen, FineTuned, TfIdf]", "methods: [Frozen, TfIdf]"),
        KEEPING[1],
        KEEPING[2],
    ];
    session(&place, &changes);
    place.recipe("none.ron", &[changes[0], changes[1], changes[2], ("seeds: 2,", "seeds: 1, keep: None,")]);
    place.run(&["run", "none.ron"]).well();
    place.write("new.csv", "id,words\n1,lovely\n");
    let kept = "sessions/small/models/frozen-40-seed-1";
    let kept = if place.path(kept).exists() { kept } else { "sessions/small/models/frozen-40-seed-2" };
    let copy = |name: &str, change: &dyn Fn(&str) -> Option<Vec<u8>>| {
        fs::create_dir(place.path(name)).unwrap();
        for (file, content) in place.files(kept) {
            if let Some(content) = change(&file).or(Some(content)).filter(|content| !content.is_empty()) {
                fs::write(place.path(&format!("{name}/{file}")), content).unwrap();
            }
        }
    };
    let of = |file: &str| fs::read(place.path(&format!("{kept}/{file}"))).unwrap();
    let config = String::from_utf8(of("config.json")).unwrap();
    copy("other-version", &|file| {
        (file == "config.json").then(|| config.replace("\"version\": 3", "\"version\": 7").into_bytes())
    });
    copy("cut", &|file| (file == "model.safetensors").then(|| of(file)[..of(file).len() / 2].to_vec()));
    copy("no-words", &|file| (file == "vocabulary.json").then(|| b"[\"one\"]".to_vec()));
    copy("wide", &|file| {
        (file == "config.json")
            .then(|| config.replace("\"Average\"", "{\"Lstm\": {\"hidden\": 99999999999}}").into_bytes())
    });
    copy("no-config", &|file| (file == "config.json").then(|| b"{}".to_vec()));
    let cases: [(&[&str], &[&str]); 16] = [
        (&["small", "a", "--method", "scratch"], &["kept no such model", "frozen with 40 labels"]),
        (&["small", "a", "--labels", "100"], &["kept no such model"]),
        (&["small", "a", "--source", "glove"], &["kept no such model", "frozen of skip-gram with 40 labels"]),
        (&["none", "a"], &["this session has kept no model"]),
        (&["nowhere", "a"], &["nowhere", "small"]),
        (
            &["small", "--file", "new.csv", "--text", "review"],
            &["new.csv", "no column \"review\"", "id, words"],
        ),
        (
            &["small", "--file", "new.csv", "--text", "words", "--out", "a.xlsx"],
            &["a.xlsx", ".csv or .jsonl"],
        ),
        (&["other-version", "a"], &["config.json", "version is 7", "reads 2 to 3", "run the recipe again"]),
        (&["cut", "a"], &["model.safetensors", "no whole safetensors file"]),
        (&["no-words", "a"], &["embedding.weight", "the vocabulary asks for 2"]),
        (&["wide", "a"], &["config.json", "sizes that cannot be"]),
        (&["no-config", "a"], &["config.json", "no model of warmstart"]),
        (&[kept, "a", "--method", "frozen"], &["is one model"]),
        (&[kept, "a", "--seed", "2"], &["is one model", "--seed"]),
        (&[kept, "a", "--classes", "new.csv"], &["has classes of its own", "leave --classes out"]),
        (&["small", "a", "--classes", "new.csv"], &["has classes of its own"]),
    ];
    for (args, expected) in cases {
        let done = place.run(&[&["predict"], args].concat());
        let sentence = done.stderr.lines().last().unwrap_or_default().to_string();
        assert_eq!(done.code, Some(1), "{args:?}: {}", done.stderr);
        for expected in expected {
            assert!(sentence.contains(expected), "{args:?}: {expected} in {sentence}");
        }
    }
    assert!(!place.path("a.xlsx").exists() && !place.names().iter().any(|name| name.ends_with(".part")));
}

#[test]
fn a_session_keeps_the_models_that_its_recipe_asks_for() {
    let place = Place::new();
    let changes = [
        ("methods: [Scratch, Frozen, FineTuned, TfIdf]", "methods: [Frozen, TfIdf]"),
        KEEPING[1],
        KEEPING[2],
    ];
    let keep = |name: &str, keep: &str| {
        let seeds = format!("seeds: 2, keep: {keep},");
        let changes = [changes[0], changes[1], changes[2], ("seeds: 2,", &seeds[..])];
        place.recipe(&format!("{name}.ron"), &changes);
        place.run(&["run", &format!("{name}.ron")]).well();
        let models = fs::read_dir(place.path(&format!("sessions/{name}/models")));
        models.into_iter().flatten().count()
    };
    assert_eq!((keep("best", "Best"), keep("all", "All"), keep("none", "None")), (2, 4, 0));
    // With all of them kept, a seed can be asked for.
    let seed = place.run(&["predict", "all", "lovely", "--method", "tf-idf", "--seed", "2"]).well();
    assert!(seed.stderr.contains("TF-IDF with 40 labels, seed 2"), "{}", seed.stderr);
}

#[test]
fn a_model_is_tested_on_labelled_texts() {
    let place = Place::new();
    let report = session(&place, &KEEPING);
    let args =
        ["test", "small", "--method", "tf-idf", "--data", "test.csv", "--text", "review", "--label", "mood"];
    let tested = place.run(&[&args[..], &["--json", "--mistakes", "wrong.csv"]].concat()).well().json();
    let runs = report["runs"].as_array().unwrap();
    let run = runs.iter().find(|run| run["method"] == "TfIdf").unwrap();
    assert_eq!(tested["accuracy"]["value"], run["accuracy"], "{tested}");
    assert!(
        (tested["macro_f1"]["value"].as_f64().unwrap() - run["macro_f1"].as_f64().unwrap()).abs() < 1e-12
    );
    let (examples, right) =
        (tested["examples"].as_u64().unwrap(), tested["accuracy"]["value"].as_f64().unwrap());
    let wrong = rows(&fs::read_to_string(place.path("wrong.csv")).unwrap());
    assert_eq!(wrong.len() as u64 - 1, examples - (right * examples as f64).round() as u64);
    assert_eq!(wrong[0][..4], ["example", "label", "prediction", "probability"]);
    let sure: Vec<f64> = wrong[1..].iter().map(|row| row[3].parse().unwrap()).collect();
    assert!(sure.windows(2).all(|pair| pair[0] >= pair[1]) && wrong[1..].iter().all(|row| row[1] != row[2]));
    let told = place.run(&args).well().stdout;
    for expected in ["accuracy, %", "MCC", "expected calibration error", "Confusion matrix", "answered, %"] {
        assert!(told.contains(expected), "{expected} in\n{told}");
    }
    // A class that the model lacks is said, and is no error.
    place.write("more.csv", "review,mood\nlovely bright warm,good\ndull cold grim,bad\nso so,middling\n");
    let more = ["test", "small", "--data", "more.csv", "--text", "review", "--label", "mood"];
    let told = place.run(&more).well().stdout;
    assert!(told.contains("does not know these classes of the data") && told.contains("middling"), "{told}");
    let json = place.run(&[&more[..], &["--json"]].concat()).well().json();
    assert_eq!(json["classes_unknown_to_the_model"][0], "middling");
    assert_eq!(json["confusion"].as_array().unwrap().len(), 3);
    let none = place.run(&["test", "small", "--data", "more.csv", "--text", "words", "--label", "mood"]);
    assert!(none.sentence().contains("no column \"words\""), "{}", none.stderr);
}

#[test]
fn a_threshold_leaves_the_unsure_undecided_in_every_form() {
    let place = Place::new();
    session(&place, &KEEPING);
    let out = |more: &[&str]| {
        let args = ["predict", "small", "--file", "test.csv", "--out", "out.csv"];
        place.run(&[&args[..], more].concat()).well();
        rows(&fs::read_to_string(place.path("out.csv")).unwrap())
    };
    let (all, some) = (out(&[]), out(&["--threshold", "0.8"]));
    let column = |name: &str| all[0].iter().position(|own| own == name).unwrap();
    let (guess, sure) = (column("prediction"), column("probability"));
    let mut undecided = 0;
    for (all, some) in all.iter().zip(&some).skip(1) {
        let is_sure = all[sure].parse::<f32>().unwrap() >= 0.8;
        undecided += usize::from(!is_sure);
        assert_eq!(some[guess], if is_sure { all[guess].clone() } else { "undecided".into() });
        assert_eq!((&all[sure], &all[guess + 1..]), (&some[sure], &some[guess + 1..]));
    }
    assert!(undecided > 0 && undecided < all.len() - 1, "{undecided}");
    let said = |more: &[&str]| {
        let args = ["predict", "small", "the soup was lovely", "the lamp", "--threshold", "1"];
        place.run(&[&args[..], more].concat()).well().stdout
    };
    assert!(
        said(&[]).lines().all(|line| line.starts_with("undecided 0.") && line.matches("0.").count() == 1)
    );
    let two = said(&["--count", "2"]);
    assert!(
        two.lines()
            .all(|line| line.starts_with("undecided 0.")
                && line.contains(" good 0.") | line.contains(" bad 0."))
    );
    let json: Value = serde_json::from_str(&said(&["--json"])).unwrap();
    assert_eq!(json[0]["labels"][0]["label"], "undecided");
    assert_eq!(place.run(&["predict", "small", "x", "--threshold", "2"]).code, Some(2));
}

#[test]
fn the_only_column_of_texts_is_found_and_said() {
    let place = Place::new();
    session(&place, &KEEPING);
    let test = fs::read_to_string(place.path("test.csv")).unwrap();
    let texts: Vec<String> =
        test.lines().skip(1).map(|line| line.rsplit_once(',').unwrap().0.to_string()).collect();
    place.write("new.csv", &format!("nr,parecer\n{}\n", texts.join("\n")));
    let args = |file| ["predict", "small", "--file", file, "--out", "out.csv"];
    let found = place.run(&args("new.csv")).well();
    assert!(found.stderr.contains("new.csv: the text is column \"parecer\""), "{}", found.stderr);
    let out = rows(&fs::read_to_string(place.path("out.csv")).unwrap());
    assert_eq!((out.len(), &out[0][..2]), (texts.len() + 1, &["nr".to_string(), "parecer".into()][..]));
    place.write("bare.csv", &format!("{}\n", texts.join("\n")));
    let bare = place.run(&args("bare.csv")).well();
    assert!(bare.stderr.contains("bare.csv: the text is column 2"), "{}", bare.stderr);
    assert_eq!(rows(&fs::read_to_string(place.path("out.csv")).unwrap()).len(), texts.len() + 1);
    // Two columns of texts are not guessed.
    let two: Vec<String> =
        texts.iter().map(|line| format!("{line},{}", line.split_once(',').unwrap().1)).collect();
    place.write("two.csv", &format!("nr,first,second\n{}\n", two.join("\n")));
    let refused = place.run(&args("two.csv"));
    assert!(
        refused.sentence().contains("--text") && refused.stderr.contains("nr, first, second"),
        "{}",
        refused.stderr
    );
}
