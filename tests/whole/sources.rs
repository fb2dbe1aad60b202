//! Experiments with several sources: each is prepared, every transfer method runs for each, and all that names a method
//! names its source.

use std::fs;

use serde_json::Value;
use warmstart::session::record::Record;

use crate::common;
use crate::common::Place;

const FILE: &str = "film 0.1 0.2 0.3\nsoup 0.3 -0.1 0.2\nlovely 1 0.5 0\nawful -1 0.2 0.1\nthe 0 0.1 0\n";

/// A recipe with vectors of two files and own ones between them.
fn recipe(more: &str) -> String {
    format!(
        r#"(
    title: "which pre-training?",
    transfer: Text(
        sources: {{
            "three": Vectors(file: "three.txt"),
            "own": SkipGram(corpus: Demo(reviews: 300), dim: 8, epochs: 1, min_count: 2),
            "two": Vectors(file: "two.txt"),
        }},
        task: Files(train: "train.csv", test: "test.csv"),
        head: Average,
        benchmarks: (similarity: ["demo"]),
    ),
    methods: [Scratch, Frozen, FineTuned, TfIdf],
    labels: [40],
    seeds: 2,{more}
)"#
    )
}

fn prepared() -> Place {
    let place = Place::new();
    place.write("three.txt", FILE);
    place.write("two.txt", "lovely 1 0\nawful 0 1\nthe 0.1 0.1\n");
    place.write("which.ron", &recipe(""));
    place
}

#[test]
fn every_transfer_method_runs_for_every_source_and_names_it() {
    let place = prepared();
    let done = place.run(&["run", "which.ron", "--session", "which", "--json"]).well();
    let report = done.json();
    let runs = report["runs"].as_array().unwrap();
    let of = |method: &str, source: Value| {
        runs.iter().filter(|run| run["method"] == method && run["source"] == source).count()
    };
    for source in ["three", "own", "two"] {
        assert_eq!((of("Frozen", source.into()), of("FineTuned", source.into())), (2, 2), "{source}");
    }
    assert_eq!((of("Scratch", Value::Null), of("TfIdf", Value::Null), runs.len()), (2, 2, 16));
    // Paired: the same method from two sources, and the best transfer against that of another source.
    let comparison = &report["comparison"];
    let between = |d: &Value| d["left"] == d["right"] && d["left_source"] != d["right_source"];
    assert_eq!(comparison["differences"].as_array().unwrap().iter().filter(|d| between(d)).count(), 2 * 3);
    let headlines = comparison["headlines"].as_array().unwrap();
    let sources =
        |h: &Value| [h["difference"]["left_source"].clone(), h["difference"]["right_source"].clone()];
    assert!(headlines.iter().map(sources).any(|[a, b]| a != Value::Null && b != Value::Null && a != b));
    let told = place.run(&["compare", "which"]).well().stdout;
    assert!(told.contains("frozen · own") && told.contains("fine-tuned · three"), "{told}");
    assert!(told.contains("With 40 labels, "), "{told}");

    // The records about a source follow its name, and each has its own vectors, coverage and measurement.
    let records = common::timeless(&place.path("which"));
    let mut source = String::new();
    let (mut vectors, mut measured) = (Vec::new(), Vec::new());
    for record in &records {
        match record {
            Record::Source(name) => source = name.to_string(),
            Record::Vectors { dim, .. } => vectors.push((source.clone(), *dim)),
            Record::Quality(quality) if quality.run.is_none() => {
                measured.push(quality.source.as_ref().map_or(source.clone(), |name| name.to_string()));
            }
            _ => {}
        }
    }
    assert_eq!(vectors, [("three".into(), 3), ("own".into(), 8), ("two".into(), 2)]);
    measured.sort();
    measured.dedup();
    assert_eq!(measured, ["own", "three", "two"]);

    // Vectors of a source by its name, and a model of a source.
    let own = place.run(&["neighbours", "--vectors", "which:own", "lovely", "--json"]).well().json();
    assert!(!own.as_array().unwrap().is_empty(), "{own}");
    // Without a name the lists of all sources, side by side; a source without the word is left out with a note.
    let all = place.run(&["neighbours", "--vectors", "which", "lovely", "--count", "3"]).well();
    let head: Vec<&str> = all.stdout.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["three", "cosine", "own", "cosine", "two", "cosine"], "{}", all.stdout);
    assert!(all.stdout.lines().any(|line| line.contains("the =")), "{}", all.stdout);
    let all =
        place.run(&["neighbours", "--vectors", "which", "lovely", "--json", "--count", "3"]).well().json();
    let named: Vec<&str> = all.as_array().unwrap().iter().map(|of| of["source"].as_str().unwrap()).collect();
    assert_eq!(named, ["three", "own", "two"]);
    assert_eq!(all[1]["neighbours"].as_array().unwrap()[..3], own.as_array().unwrap()[..3]);
    let some = place.run(&["neighbours", "--vectors", "which", "film", "--json"]).well();
    assert!(some.stderr.contains("note: two: "), "{}", some.stderr);
    assert!(place.run(&["neighbours", "--vectors", "which", "qqqqq"]).sentence().contains("qqqqq"));
    let none = place.run(&["neighbours", "--vectors", "which:four", "lovely"]);
    assert!(none.sentence().contains("its sources are three, own, two"), "{}", none.stderr);
    let chosen =
        ["predict", "which", "the soup was lovely", "--method", "frozen", "--source", "two", "--json"];
    assert_eq!(place.run(&chosen).well().json().as_array().unwrap().len(), 1);
    // Everything that is written about the sources has all of them: the last one that was prepared is not the only one.
    let told = place.run(&["replay", "which"]).well().stdout;
    assert!(told.contains("vectors from a file, skip-gram vectors, vectors from a file with"), "{told}");
    for expected in [
        "frozen · two · 40 labels · seed 1",
        "Source three",
        "Source own",
        "Source two",
        "of the vectors of three",
        "of the vectors of own",
    ] {
        assert!(told.contains(expected), "{expected} in\n{told}");
    }
    place.run(&["report", "which", "--out", "report.html"]).well();
    let page = fs::read_to_string(place.path("report.html")).unwrap();
    for expected in ["<h3>Source three</h3>", "<h3>Source own</h3>", "of the vectors of two"] {
        assert!(page.contains(expected), "{expected}");
    }
    audits_name_the_source(&place);
    for kind in ["--markdown", "--latex"] {
        place.run(&["report", "which", kind, "--out", &format!("report{kind}")]).well();
    }
    place.run(&["export", "which", "--csv", "csv"]).well();
    place.run(&["export", "which", "--tensorboard", "board"]).well();
    let runs = fs::read_to_string(place.path("csv/runs.csv")).unwrap();
    assert!(runs.contains("own"), "{runs}");
    let points = fs::read_to_string(place.path("csv/pretraining.csv")).unwrap();
    assert!(
        points.lines().skip(1).all(|line| line.starts_with("own,")) && points.lines().count() > 1,
        "{points}"
    );
    let lines = |name: &str, source: &str| {
        let table = fs::read_to_string(place.path(name)).unwrap();
        table.lines().filter(|line| line.starts_with(source)).count()
    };
    for source in ["three,", "own,", "two,"] {
        assert!(lines("csv/quality.csv", source) > 0 && lines("csv/forgetting.csv", source) > 0, "{source}");
    }
    assert!(place.path("board/pretraining-own/events.out.tfevents.0.warmstart").is_file());
    place.run(&["export", "which", "--json", "json"]).well();
    let whole: Value = serde_json::from_slice(&fs::read(place.path("json/session.json")).unwrap()).unwrap();
    let names: Vec<&Value> =
        whole["sources"].as_array().unwrap().iter().map(|source| &source["name"]).collect();
    assert_eq!(names, ["three", "own", "two"]);
    assert!(!whole["sources"][1]["pretraining"].as_array().unwrap().is_empty());
    let measured = report["quality"].as_array().unwrap();
    assert!(
        measured.iter().all(|known| known["run"] != Value::Null || known["source"] != Value::Null),
        "{measured:?}"
    );
}

/// Labels are audited with the source that is named, or with the best one for the method.
fn audits_name_the_source(place: &Place) {
    let audit = |more: &[&str]| place.run(&[&["audit-labels", "which", "--json"], more].concat());
    let list = |source: &str| {
        let report = audit(&["--method", "frozen", "--source", source]).well().json();
        assert_eq!((&report["method"], &report["source"]), (&"Frozen".into(), &source.into()), "{report}");
        report["list"].clone()
    };
    assert_ne!(list("own"), list("two"));
    let best = audit(&["--method", "frozen"]).well().json();
    assert_eq!(best["list"], list(best["source"].as_str().unwrap()));
    let told = place.run(&["audit-labels", "which", "--source", "two"]).well().stdout;
    assert!(told.contains(" · two in 5 folds"), "{told}");
    let baseline = audit(&["--method", "tf-idf"]).well().json();
    assert_eq!(baseline["source"], Value::Null);
    let refused = [
        (audit(&["--source", "four"]), "its sources are three, own, two"),
        (audit(&["--method", "tf-idf", "--source", "two"]), "takes no source; leave --source out"),
    ];
    for (refused, expected) in refused {
        assert!(refused.sentence().contains(expected), "{}", refused.stderr);
    }
}

/// A session that lost the second half of its log goes on to the same results, and one source alone has those that it has
/// beside others.
#[test]
fn sessions_of_several_sources_resume_and_their_runs_do_not_depend_on_each_other() {
    let place = prepared();
    let whole = place.run(&["run", "which.ron", "--session", "which", "--json"]).well();
    let log = place.path("which/log.ron");
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for part in [3, 2] {
        fs::write(&log, lines[..lines.len() / part].join("\n") + "\n").unwrap();
        let again = place.run(&["resume", "which", "--json"]).well();
        assert_eq!(common::plain(&again), common::plain(&whole), "a {part}th of the log");
    }
    let alone = recipe("").replace("sources: {", "source: ").replace(
        r#"            "three": Vectors(file: "three.txt"),
            "own": SkipGram(corpus: Demo(reviews: 300), dim: 8, epochs: 1, min_count: 2),
            "two": Vectors(file: "two.txt"),
        },"#,
        r#"SkipGram(corpus: Demo(reviews: 300), dim: 8, epochs: 1, min_count: 2),"#,
    );
    place.write("alone.ron", &alone);
    let alone = place.run(&["run", "alone.ron", "--session", "alone", "--json"]).well().json();
    let figures = |report: &Value, source: &str| -> Vec<(Value, Value)> {
        let mine = |run: &&Value| run["source"] == source;
        report["runs"]
            .as_array()
            .unwrap()
            .iter()
            .filter(mine)
            .map(|run| (run["loss"].clone(), run["confusion"].clone()))
            .collect()
    };
    let of_alone = figures(&alone, "skip-gram");
    assert_eq!(of_alone.len(), 4);
    assert_eq!(figures(&whole.json(), "own"), of_alone);
}

#[test]
fn sources_that_cannot_be_are_refused() {
    let place = prepared();
    for (from, to, expected) in [
        ("\"two\": ", "\"own\": ", "two sources are called \"own\""),
        ("\"two\": ", "\"OWN\": ", "another source is called like \"OWN\""),
        ("\"two\": ", "\"../x\": ", "is no name for a source"),
        ("\"two\": ", "\"\": ", "is no name for a source"),
        ("sources: {", "source: Vectors(file: \"two.txt\"), sources: {", "`source` and `sources`"),
        ("head: Average", "head: Transferred()", "Transferred"),
    ] {
        place.write("wrong.ron", &recipe("").replace(from, to));
        let refused = place.run(&["run", "wrong.ron", "--session", "wrong"]);
        assert!(refused.sentence().contains(expected), "{to}: {}", refused.stderr);
    }
    let none = recipe("").replace("sources: {", "benchmarks_: {");
    place.write("wrong.ron", &none);
    assert!(!place.run(&["run", "wrong.ron"]).sentence().is_empty());
    assert!(!place.path("wrong").exists());
}
