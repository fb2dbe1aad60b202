//! Clusters by the whole program: on small data, and on public data (`WARMSTART_DATA` names the folder; `--include-ignored` runs it).

use std::fs;

use serde_json::Value;

use crate::common::{Place, data};

#[test]
fn reviews_fall_into_clusters_that_are_told_and_exported() {
    let place = Place::new();
    let data = ["cluster", "--data", "train.csv", "--text", "review", "--label", "mood", "--max-df", "1"];
    let of = |more: &[&str]| place.run(&[&data, more].concat()).well();
    let report = of(&["--json", "--csv", "out.csv", "--seeds", "2", "--threads", "1"]).json();
    assert_eq!(
        (&report["documents"], &report["k"], &report["by"]),
        (&240.into(), &2.into(), &"tfidf".into())
    );
    let sizes: u64 = report["clusters"].as_array().unwrap().iter().map(|c| c["size"].as_u64().unwrap()).sum();
    assert_eq!((sizes, report["seeds"].as_array().unwrap().len()), (240, 2));
    assert!(report["purity"]["mean"].as_f64().unwrap() >= 0.5);
    let csv = fs::read_to_string(place.path("out.csv")).unwrap();
    assert_eq!(csv.lines().count(), 241);
    assert_eq!(csv.lines().next().unwrap(), "document,cluster,class,distance,beginning");
    // The same bits with other threads, to the last digit.
    assert_eq!(of(&["--json", "--seeds", "2", "--threads", "3"]).json(), report);
    let text = of(&["--k", "3"]).stdout;
    assert!(text.starts_with("240 documents in 3 clusters by tfidf\npurity "), "{text}");
    assert!(text.contains("commonest class") && text.contains("telling words"), "{text}");
}

#[test]
fn a_recipe_gives_texts_and_lines_need_no_labels() {
    let place = Place::new();
    place.recipe("small.ron", &[]);
    let report = place.run(&["cluster", "small.ron", "--max-df", "1", "--json"]).well().json();
    assert_eq!(report["documents"], 240);
    place.run(&["pretrain", "corpus.txt", "--out", "v.txt", "--dim", "8", "--min-count", "1"]).well();
    let lines = ["cluster", "--data", "corpus.txt", "--unlabelled", "--k", "4", "--vectors", "v.txt"];
    let report = place.run(&[&lines[..], &["--json"]].concat()).well().json();
    assert_eq!((&report["by"], &report["purity"]), (&"sif".into(), &Value::Null));
    let text = place.run(&lines).well().stdout;
    assert!(!text.contains("purity") && text.contains("1,500 documents in 4 clusters by sif"), "{text}");
}

#[test]
fn what_cannot_be_clustered_is_refused_in_a_sentence() {
    let place = Place::new();
    let csv = ["cluster", "--data", "train.csv", "--text", "review", "--label", "mood"];
    for (more, expected) in [
        (&["--by", "sif"][..], "document vectors need word vectors"),
        (&["--max-df", "1", "--k", "241"], "241 clusters of 240 documents"),
        (&["--max-df", "1", "--k", "0"], "0 clusters"),
        (&["--max-df", "2"], "--max-df 2 is not a fraction"),
        (&["--starts", "0"], "--starts is 0"),
        (&["--seeds", "0"], "--seeds is 0"),
        (&["--max-df", "0.000001"], "larger --max-df"),
        (&["--vectors", "none.txt"], "none.txt"),
    ] {
        let done = place.run(&[&csv, more].concat());
        assert!(done.sentence().contains(expected), "{}", done.sentence());
    }
    let done = place.run(&["cluster", "--data", "corpus.txt", "--unlabelled"]);
    assert!(done.sentence().contains("--k 20"), "{}", done.stderr);
    assert_eq!(place.run(&["cluster"]).code, Some(2));
}

#[test]
#[ignore = "needs WARMSTART_DATA"]
fn newsgroups_are_found_by_their_words() {
    let vectors = data("vectors/glove.6B.50d.top40k.txt.gz");
    let news = data("20news/20news-bydate.tar.gz");
    let place = Place::new();
    // scikit-learn, bodies, five seeds: mean 26.7 ± 1.0, TF-IDF-weighted mean 33.7 ± .8, SIF 36.7 ± .3, TF-IDF 51.2
    // ± 3.1 and 62.3 ± 2.6.
    for (by, more, least) in [
        ("mean", &[][..], 0.25),
        ("tfidf-mean", &[], 0.32),
        ("sif", &[], 0.36),
        ("tfidf", &["--max-df", "1"], 0.47),
        ("tfidf", &[], 0.60),
    ] {
        let asked =
            ["cluster", "--data", &news, "--bodies", "--vectors", &vectors, "--by", by, "--seeds", "5"];
        let report = place.run(&[&asked[..], more, &["--json"]].concat()).well().json();
        let of = |name: &str, what: &str| report[name][what].as_f64().unwrap();
        println!(
            "{by} {more:?}: purity {:.4} ± {:.4}, NMI {:.4} ± {:.4}",
            of("purity", "mean"),
            of("purity", "deviation"),
            of("nmi", "mean"),
            of("nmi", "deviation")
        );
        assert!(report["documents"].as_u64().unwrap() > 11_200);
        assert!(of("purity", "mean") >= least, "{by} {more:?}");
    }
}
