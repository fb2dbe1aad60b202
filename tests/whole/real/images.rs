//! Sessions and questions of images on public data by the whole program. `WARMSTART_DATA` names the folder with the
//! data; `--include-ignored` runs them.

use serde_json::Value;

use crate::common::{Place, data};

/// Mean test accuracy of a strategy.
fn mean(report: &Value, strategy: &str) -> f64 {
    let rows = report["comparison"]["rows"].as_array().unwrap();
    rows.iter().find(|row| row["method"] == strategy).unwrap()["mean"].as_f64().unwrap()
}

#[test]
#[ignore = "needs WARMSTART_DATA"]
fn photos_are_taken_for_what_the_reference_takes_them_for() {
    let classes = data("weights/imagenet_classes.txt");
    let place = Place::new();
    // The reference gave the first two names; where its second is nearly as likely, both may be first.
    for (weights, expected) in [
        (
            "efficientnet_lite0",
            &[
                ("china.jpg", &["palace"][..]),
                ("flower.jpg", &["daisy"]),
                ("chelsea.png", &["tiger cat", "Egyptian cat"]),
                ("coffee.png", &["espresso"]),
                ("rocket.jpg", &["missile"]),
                ("cat.jpg", &["tabby", "tiger cat"]),
                ("dog.jpg", &["Samoyed"]),
            ][..],
        ),
        (
            "squeezenet1_0_deepcompressed",
            &[
                ("chelsea.png", &["Egyptian cat"][..]),
                ("coffee.png", &["espresso"]),
                ("dog.jpg", &["Samoyed"]),
                ("rocket.jpg", &["pole"]),
                ("flower.jpg", &["sea urchin"]),
                ("cat.jpg", &["kit fox"]),
            ],
        ),
    ] {
        let weights = data(&format!("weights/{weights}.safetensors"));
        let photos: Vec<String> = expected.iter().map(|(name, _)| data(&format!("photos/{name}"))).collect();
        let mut arguments = vec!["predict", &weights, "--classes", &classes, "--json"];
        arguments.extend(photos.iter().map(String::as_str));
        let said = place.run(&arguments).well().json();
        for (said, (name, expected)) in said.as_array().unwrap().iter().zip(expected) {
            let label = said["labels"][0]["label"].as_str().unwrap();
            assert!(expected.contains(&label), "{name}: {label}");
        }
    }
}

#[test]
#[ignore = "needs WARMSTART_DATA"]
fn imagenet_tells_ants_from_bees() {
    let weights = data("weights/efficientnet_lite0.safetensors");
    let photos = data("hymenoptera/hymenoptera_data_256.tar.gz");
    let place = Place::new();
    place.write(
        "bees.ron",
        &format!(
            "(title: \"Ants and bees\", transfer: Images(source: Network({weights:?}), task: Files(train: {photos:?}), head: Layers(new: 1)), methods: [Frozen, Pixels], labels: [\"all\"], seeds: 1)"
        ),
    );
    let report = place.run(&["run", "bees.ron", "--json"]).well().json();
    // PyTorch with the same features: 93.5 %, 143 of 153.
    assert!(mean(&report, "Frozen") >= 0.93, "{}", mean(&report, "Frozen"));
    assert!(mean(&report, "Pixels") < 0.75);
}

#[test]
#[ignore = "needs WARMSTART_DATA"]
fn a_network_of_some_digits_helps_with_others() {
    let mnist = data("mnist/train-images-idx3-ubyte.gz");
    let usps = data("usps/usps-train-images-idx3-ubyte.gz");
    let place = Place::new();
    let recipe = |source: &str, task: &str, rest: &str| {
        format!(
            "(title: \"digits\", transfer: Images(source: {source}, task: Files({task}), {rest}, seeds: 2,
              training: (validation: 0.0))"
        )
    };
    let learned = |only: &str, epochs: usize| {
        format!("Classifier(set: Files(train: {mnist:?}{only}), epochs: {epochs})")
    };
    let low = ", only: [\"0\", \"1\", \"2\", \"3\", \"4\"]";
    let high = format!("train: {mnist:?}, only: [\"5\", \"6\", \"7\", \"8\", \"9\"]");
    let carried = "head: Layers(new: 2)), methods: [Scratch, Frozen, Pixels], labels: [25]";
    place.write("carried.ron", &recipe(&learned(low, 1), &high, carried));
    let report = place.run(&["run", "carried.ron", "--json"]).well().json();
    // PyTorch after five epochs: 75.3 ± 5.9 from scratch, 85.7 ± 4.6 with both convolutions fixed.
    assert!(mean(&report, "Frozen") > mean(&report, "Scratch") + 0.03, "{report}");

    let fitted = |fit: &str| format!("train: {usps:?}{fit}");
    let ready = "head: Layers(new: 1)), methods: [ZeroShot, Pixels], labels: [100]";
    let zero_shot = |name: &str, source: &str, fit: &str| {
        place.write(name, &recipe(source, &fitted(fit), ready));
        mean(&place.run(&["run", name, "--json"]).well().json(), "ZeroShot")
    };
    // PyTorch after five epochs: 94.0 in MNIST's layout, 77.3 stretched; one network for both.
    let padded = zero_shot("padded.ron", &learned("", 5), ", fit: Padded(inner: 20)");
    let kept = "Network(\"sessions/padded/network.safetensors\")";
    let stretched = zero_shot("stretched.ron", kept, ", fit: Stretch");
    assert!(padded > 0.93 && stretched < padded - 0.1, "{padded} {stretched}");
}
