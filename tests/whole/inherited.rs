//! `source: Session("…")`: a session takes what another one pre-trained, keeps a copy, and has the results that it would have if
//! it had pre-trained itself.

use std::fs;

use serde_json::Value;
use warmstart::session::record::Record;

use crate::common::{self, Place};

const SKIP_GRAM: &str = "SkipGram(corpus: File(\"corpus.txt\"), dim: 8, epochs: 1, min_count: 2)";
const LANGUAGE_MODEL: &str =
    "LanguageModel(corpus: File(\"corpus.txt\"), dim: 8, epochs: 1, direction: Backward, batch_size: 4)";

fn recipe(source: &str, head: &str) -> String {
    format!(
        r#"(
    title: "a small task",
    seed: 3,
    transfer: Text(
        {source},
        task: Files(train: "train.csv", test: "test.csv"),
        head: {head},
    ),
    methods: [Scratch, Frozen, FineTuned, Sif, TfIdf],
    labels: [40],
    seeds: 2,
)"#
    )
}

/// Method, loss and confusion matrix of all runs.
fn figures(report: &Value) -> Vec<[Value; 3]> {
    let runs = report["runs"].as_array().unwrap().iter();
    runs.map(|run| [run["method"].clone(), run["loss"].clone(), run["confusion"].clone()]).collect()
}

#[test]
fn what_a_session_pre_trained_is_used_as_if_it_had_been_trained_here() {
    for (source, head) in [(SKIP_GRAM, "Average"), (LANGUAGE_MODEL, "Transferred(carry: All)")] {
        let place = Place::new();
        place.write("parent.ron", &recipe(&format!("source: {source}"), head));
        place.write("child.ron", &recipe("source: Session(\"parent\")", head));
        place.write("grandchild.ron", &recipe("source: Session(\"child\")", head));
        let parent = place.run(&["run", "parent.ron", "--session", "parent", "--json"]).well().json();
        let child = place.run(&["run", "child.ron", "--session", "child", "--json"]).well().json();
        assert_eq!(figures(&child), figures(&parent), "{source}");
        // The lineage, and what the pre-training cost.
        let lineage = &child["parents"][0];
        assert_eq!((&lineage["source"], lineage["hash"].is_string()), (&"parent".into(), true));
        let spent = |report: &Value| report["comparison"]["pretrain_seconds"].as_f64().unwrap();
        assert!(spent(&parent) > 0.0 && spent(&parent) == spent(&child));
        assert_eq!(
            parent["comparison"]["arithmetic"]["pretraining"],
            child["comparison"]["arithmetic"]["pretraining"]
        );
        let told = place.run(&["compare", "child"]).well().stdout;
        assert!(told.contains("parent was pre-trained in the session parent (parameters "), "{told}");
        let page = place.run(&["report", "child", "--out", "report.html"]).well();
        drop(page);
        assert!(
            fs::read_to_string(place.path("report.html"))
                .unwrap()
                .contains("pre-trained in the session parent")
        );

        // The other session is not needed any more: neither to go on, nor to ask, nor for the next one.
        fs::remove_dir_all(place.path("parent")).unwrap();
        let log = place.path("child/log.ron");
        let text = fs::read_to_string(&log).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        fs::write(&log, lines[..lines.len() / 2].join("\n") + "\n").unwrap();
        let again = place.run(&["resume", "child", "--json"]).well().json();
        assert_eq!(figures(&again), figures(&parent));
        place.run(&["neighbours", "--vectors", "child", "lovely"]).well();
        place.run(&["audit-labels", "child", "--method", "frozen"]).well();
        place.run(&["predict", "child", "a lovely soup"]).well();
        if head != "Average" {
            place.run(&["generate", "child"]).well();
        }
        let grandchild =
            place.run(&["run", "grandchild.ron", "--session", "grandchild", "--json"]).well().json();
        assert_eq!(figures(&grandchild), figures(&parent));
        assert_eq!(lineage["hash"], grandchild["parents"][0]["hash"]);
        let found = place.run(&["lr-find", "child.ron", "--method", "fine-tuned", "--labels", "40"]);
        assert!(found.sentence().contains("this is not a session"), "{}", found.stderr);
    }
}

#[test]
fn one_source_among_several_comes_from_one_of_several() {
    let place = Place::new();
    place.write("two.txt", "lovely 1 0\ndull 0 1\nsoup 0.1 0.1\n");
    let own = format!("\"own\": {SKIP_GRAM}");
    let file = "\"file\": Vectors(file: \"two.txt\")";
    place.write("parent.ron", &recipe(&format!("sources: {{{file}, {own}}}"), "Average"));
    let taken = "sources: {\"a\": Session(\"parent:own\"), \"b\": Session(\"parent:file\")}";
    place.write("child.ron", &recipe(taken, "Average"));
    let parent = place.run(&["run", "parent.ron", "--session", "parent", "--json"]).well().json();
    let child = place.run(&["run", "child.ron", "--session", "child", "--json"]).well().json();
    let of = |report: &Value, source: &str| -> Vec<Value> {
        let runs = report["runs"].as_array().unwrap().iter();
        runs.filter(|run| run["source"] == source).map(|run| run["loss"].clone()).collect()
    };
    assert_eq!(of(&child, "a").len(), 6);
    assert_eq!((of(&child, "a"), of(&child, "b")), (of(&parent, "own"), of(&parent, "file")));
    assert_eq!(
        (&child["parents"][0]["source_there"], &child["parents"][1]["hash"]),
        (&"own".into(), &Value::Null)
    );
    place.run(&["neighbours", "--vectors", "child:a", "lovely"]).well();
    place.run(&["neighbours", "--vectors", "child:b", "lovely"]).well();
    let told = place.run(&["compare", "child"]).well().stdout;
    assert!(told.contains("a was pre-trained in \"own\" of the session parent"), "{told}");
    assert!(told.contains("b is the file that \"file\" of the session parent used"), "{told}");

    // Labelled examples without a recipe.
    let plain = [
        "run",
        "train.csv",
        "--vectors",
        "parent:own",
        "--labels",
        "40",
        "--seeds",
        "2",
        "--session",
        "plain",
    ];
    let plain = place.run(&plain).well();
    assert!(
        plain.stderr.contains("source: what the session ") && plain.stderr.contains("parent:own pre-trained")
    );

    for (wish, expected) in [
        (
            "parent",
            "this session has 2 sources; name one of them after a colon, as in `Session(\"…:file\")`: file, own",
        ),
        ("parent:three", "this session has no source called \"three\"; its sources are file, own"),
    ] {
        place.write("wrong.ron", &recipe(&format!("source: Session(\"{wish}\")"), "Average"));
        let refused = place.run(&["run", "wrong.ron", "--session", "wrong"]);
        assert!(refused.sentence().contains(expected), "{}", refused.stderr);
    }
}

/// The records of a session of images whose network is `source`.
fn images(place: &Place, name: &str, source: &str) -> Vec<Record> {
    let recipe = format!(
        "(title: \"t\", seed: 2, transfer: Images(source: {source}, task: DemoDigits), methods: [Frozen],
          labels: [20], seeds: 1)"
    );
    place.write("images.ron", &recipe);
    place.run(&["run", "images.ron", "--session", name]).well();
    common::timeless(&place.path(name))
}

#[test]
fn a_network_is_taken_like_vectors() {
    let place = Place::new();
    let ends = |records: &[Record]| -> Vec<Record> {
        let of_runs = records.iter().filter(|record| matches!(record, Record::Evaluation(_)));
        of_runs.cloned().collect()
    };
    let parent = images(&place, "parent", "Classifier(set: Demo(letters: 520), epochs: 1)");
    let child = images(&place, "child", "Session(\"parent\")");
    assert!(!ends(&parent).is_empty());
    assert_eq!(ends(&child), ends(&parent));
    assert_eq!(
        fs::read(place.path("parent/network.safetensors")).unwrap(),
        fs::read(place.path("child/network.safetensors")).unwrap()
    );
    // A session that lost its copy takes it again, if the other session still has the same network.
    let log = fs::read_to_string(place.path("child/log.ron")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    let resumed = || {
        fs::write(place.path("child/log.ron"), lines[..lines.len() / 2].join("\n") + "\n").unwrap();
        fs::remove_file(place.path("child/network.safetensors")).unwrap();
        place.run(&["resume", "child"])
    };
    resumed().well();
    let mut bytes = fs::read(place.path("parent/network.safetensors")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(place.path("parent/network.safetensors"), bytes).unwrap();
    let refused = resumed();
    assert!(refused.sentence().contains("pre-trained something else since"), "{}", refused.stderr);

    place.write("texts.ron", &recipe("source: Session(\"child\")", "Average"));
    let refused = place.run(&["run", "texts.ron", "--session", "wrong"]);
    assert!(
        refused.sentence().contains("this is a session of images, and the recipe is about texts"),
        "{}",
        refused.stderr
    );
}

#[test]
fn sessions_that_cannot_be_sources_are_refused_before_anything_is_written() {
    let place = Place::new();
    place.write("parent.ron", &recipe(&format!("source: {SKIP_GRAM}"), "Average"));
    place.run(&["run", "parent.ron", "--session", "parent"]).well();
    let text = fs::read_to_string(place.path("parent/log.ron")).unwrap();
    let until = |word: &str| {
        let before = text.lines().take_while(|line| !line.contains(word));
        before.map(|line| format!("{line}\n")).collect::<String>()
    };
    fs::create_dir_all(place.path("unfinished")).unwrap();
    fs::write(place.path("unfinished/log.ron"), until("Vectors(")).unwrap();
    // A recording is a log without checkpoints.
    fs::create_dir_all(place.path("recording")).unwrap();
    fs::write(place.path("recording/log.ron"), &text).unwrap();
    for (session, head, more, expected) in [
        ("nowhere", "Average", "", "this is not a session: it has no log.ron"),
        ("unfinished", "Average", "", "the pre-training is not finished; `warmstart resume"),
        ("recording", "Average", "", "this session keeps nothing that it pre-trained"),
        ("parent", "Transferred()", "", "`Transferred` takes the layers of a language model"),
        ("parent", "Average", "tokens: Characters, ", "write `tokens: Words`"),
    ] {
        let source = format!("{more}source: Session(\"{session}\")");
        place.write("wrong.ron", &recipe(&source, head));
        let refused = place.run(&["run", "wrong.ron", "--session", "wrong"]);
        assert!(refused.sentence().contains(expected), "{session}: {}", refused.stderr);
        assert!(!place.path("wrong").exists(), "{session}");
    }
}
