//! A run is forked on the command line, and its recipe repeats it.

use std::fs;

use crate::common::{Place, plain};

#[test]
fn a_run_is_forked_with_another_rate_and_its_recipe_repeats_it() {
    let place = Place::new();
    place.recipe("small.ron", &[("seeds: 2,", "seeds: 2, states: 4,"), ("(epochs: 4", "(epochs: 8")]);
    place.run(&["run", "small.ron"]).well();
    let fork = ["fork", "small", "--run", "fine-tuned · 80 labels · seed 2", "--step", "5"];
    let done =
        place.run(&[&fork[..], &["--learning-rate", "0.01", "--out", "child", "--json"]].concat()).well();
    assert!(done.stderr.contains("the nearest kept state is that of step"), "{}", done.stderr);
    let runs = done.json()["runs"].as_array().unwrap().clone();
    assert_eq!((runs.len(), &runs[0]["seed"], &runs[0]["labels"]), (1, &2.into(), &80.into()));
    let again = place.run(&["run", "child/recipe.ron", "--session", "again", "--json"]).well();
    assert_eq!(plain(&again), plain(&done));
    let weights = |session: &str| {
        let mut files = place.files(session);
        files.retain(|(name, _)| name.contains("run-") && name.ends_with(".safetensors"));
        files
    };
    assert!(!weights("child").is_empty() && weights("child") == weights("again"));
    // The same without a change has the bits of the run, and another strategy has not.
    place.run(&[&fork[..], &["--out", "same"]].concat()).well();
    let bytes = |session: &str, run: &str| {
        let found = weights(session).into_iter().find(|(name, _)| name.contains(run));
        found.unwrap().1
    };
    let number = place.run(&["compare", "small", "--json"]).well().json()["sessions"][0]["runs"]
        .as_array()
        .unwrap()
        .iter()
        .position(|run| run["method"] == "FineTuned" && run["labels"] == 80 && run["seed"] == 2)
        .unwrap();
    assert_eq!(bytes("same", "run-0@"), bytes("sessions/small", &format!("run-{number}@")));
    place
        .run(
            &[&fork[..], &["--strategy", "gradual-unfreezing", "--freeze", "embedding", "--out", "gradual"]]
                .concat(),
        )
        .well();
    let told = place.run(&["replay", "gradual"]).well().stdout;
    assert!(told.contains("gradual"), "{told}");

    let refused = |more: &[&str]| {
        let done = place.run(&[&["fork", "small", "--out", "x"], more].concat());
        done.sentence().to_string()
    };
    assert!(refused(&["--run", "fine-tuned"]).contains("several runs"));
    assert!(refused(&["--run", "99"]).contains("no run 99"));
    assert!(refused(&["--run", "tail"]).contains("no run \"tail\""));
    assert!(refused(&["--run", "TF-IDF · 20 labels · seed 1"]).contains("solved at once"));
    assert!(refused(&["--run", "0", "--freeze", "tail"]).contains("layer group"));
    assert!(refused(&["--run", "0", "--labels", "9999"]).contains("of the training part"));
    assert!(!place.path("x").exists());
    // Other parameters at this place: the recipe's state is not there any more.
    fs::remove_dir_all(place.path("sessions/small")).unwrap();
    place.run(&["run", "small.ron", "--seed", "6"]).well();
    let gone = place.run(&["run", "child/recipe.ron", "--session", "third"]);
    assert!(gone.sentence().contains("not the one that the recipe names"), "{}", gone.stderr);
}
