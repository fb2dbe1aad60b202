//! Sessions of images by the whole program: from a recipe to its JSON and a network that can be asked, the same bits at
//! any number of threads and after a kill.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use crate::common::{Place, timeless, wait_for};

/// Pixels of a side.
const SIDE: usize = 12;

/// Strokes of four directions, and for the task two of them crossed, somewhere in the image, on a noisy ground.
fn image(class: usize, number: usize) -> Vec<u8> {
    let mut state = (class * 7_919 + number + 1) as u64;
    let mut below = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut pixels: Vec<u8> = (0..SIDE * SIDE).map(|_| below(60) as u8).collect();
    let (middle_y, middle_x) = (4 + below(4), 4 + below(4));
    let strokes: &[(i32, i32)] = match class {
        0 => &[(0, 1)],
        1 => &[(1, 0)],
        2 => &[(1, 1)],
        3 => &[(1, -1)],
        4 => &[(0, 1), (1, 0)],
        5 => &[(1, 1), (1, -1)],
        _ => &[(0, 1), (1, 1)],
    };
    for (down, across) in strokes {
        for step in -3..=3 {
            let (y, x) = (middle_y as i32 + step * down, middle_x as i32 + step * across);
            pixels[y as usize * SIDE + x as usize] = 200 + below(55) as u8;
        }
    }
    pixels
}

/// Writes images of `classes`, called by their number, as a pair of IDX files.
fn write(place: &Place, name: &str, classes: &[usize], each: usize) {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for number in 0..each {
        for &class in classes {
            pixels.extend(image(class, number));
            labels.push(class as u8);
        }
    }
    let header = |kind: u8, sizes: &[usize]| {
        let mut bytes = vec![0, 0, 8, kind];
        sizes.iter().for_each(|&size| bytes.extend((size as u32).to_be_bytes()));
        bytes
    };
    let write = |name: String, header: Vec<u8>, content: &[u8]| {
        let mut file = fs::File::create(place.path(&name)).unwrap();
        file.write_all(&header).unwrap();
        file.write_all(content).unwrap();
    };
    write(format!("{name}-images-idx3-ubyte"), header(3, &[labels.len(), SIDE, SIDE]), &pixels);
    write(format!("{name}-labels-idx1-ubyte"), header(1, &[labels.len()]), &labels);
}

const RECIPE: &str = r#"(
    title: "From strokes to crosses",
    seed: 3,
    transfer: Images(
        source: Classifier(
            set: Files(train: "strokes-images-idx3-ubyte"),
            size: 12,
            epochs: 3,
            batch_size: 32,
            augmentation: (shift: 0.1),
        ),
        task: Files(train: "crosses-images-idx3-ubyte"),
        head: Layers(new: 2),
    ),
    methods: [Scratch, Frozen, FineTuned, Pixels],
    labels: [12],
    seeds: 2,
    training: (epochs: 8, validation: 0.0),
)
"#;

fn place() -> Place {
    let place = Place::new();
    write(&place, "strokes", &[0, 1, 2, 3], 150);
    write(&place, "crosses", &[4, 5, 6], 60);
    place.write("crosses.ron", RECIPE);
    place
}

#[test]
fn images_are_carried_and_the_network_can_be_asked() {
    let place = place();
    let report = place.run(&["run", "crosses.ron", "--json"]).well().json();
    let runs = report["runs"].as_array().unwrap();
    // Three strategies and the baseline, two seeds.
    assert_eq!(runs.len(), 4 * 2);
    let accuracy = |strategy: &str| {
        let of = runs.iter().filter(|run| run["method"] == strategy);
        of.map(|run| run["accuracy"].as_f64().unwrap()).sum::<f64>() / 2.0
    };
    assert!(accuracy("Frozen") > 0.7 && accuracy("Frozen") > accuracy("Pixels"), "{}", accuracy("Frozen"));
    for run in runs {
        let (trainable, total) = (run["trainable_parameters"].as_u64(), run["total_parameters"].as_u64());
        let frozen = run["method"] == "Frozen";
        assert_eq!(trainable < total, frozen, "{}", run["method"]);
    }
    let told = place.run(&["replay", "crosses"]).well().stdout;
    for expected in [
        "144 images to train",
        "12 × 12 grey",
        "small CNN, trained here",
        "of its own classes",
        "frozen stayed frozen",
    ] {
        assert!(told.contains(expected), "{expected} in\n{told}");
    }
    // The network is kept, with its classes, and says what it sees.
    let netpbm = [&b"P5 12 12 255\n"[..], &image(2, 9_999)].concat();
    fs::write(place.path("stroke.pgm"), netpbm).unwrap();
    fs::write(place.path("broken.pgm"), b"P5 12 12 255\nshort").unwrap();
    let weights = "sessions/crosses/network.safetensors";
    let said = place.run(&["predict", weights, "stroke.pgm", "--json", "--count", "4"]).well().json();
    let labels = said[0]["labels"].as_array().unwrap();
    assert_eq!((labels.len(), labels[0]["label"].as_str()), (4, Some("2")), "{said}");
    let some = place.run(&["predict", weights, "stroke.pgm", "broken.pgm"]);
    assert_eq!(some.code, Some(1));
    assert!(
        some.stdout.starts_with("stroke.pgm: 2 ") && some.stderr.contains("broken.pgm"),
        "{}",
        some.stderr
    );

    // So are the models of the runs.
    let images = "crosses-images-idx3-ubyte";
    let tested =
        place.run(&["test", "crosses", "--method", "frozen", "--data", images, "--json"]).well().json();
    assert_eq!((tested["examples"].as_u64(), tested["confusion"].as_array().unwrap().len()), (Some(180), 3));
    assert!(tested["accuracy"]["value"].as_f64().unwrap() > 0.7, "{tested}");
    let asked = place.run(&["predict", "crosses", "stroke.pgm", "broken.pgm"]);
    assert!(asked.code == Some(1) && asked.stdout.starts_with("stroke.pgm: "), "{}", asked.stdout);
    fs::create_dir(place.path("photos")).unwrap();
    fs::copy(place.path("stroke.pgm"), place.path("photos/a.pgm")).unwrap();
    fs::copy(place.path("stroke.pgm"), place.path("photos/b.pgm")).unwrap();
    place.run(&["predict", "crosses", "photos", "stroke.pgm", "--out", "said.csv"]).well();
    let said = fs::read_to_string(place.path("said.csv")).unwrap();
    let said: Vec<&str> = said.lines().collect();
    assert_eq!((said.len(), said[0]), (4, "image,prediction,probability,p_4,p_5,p_6"));
    assert!(said[1].starts_with("photos/a.pgm,") && said[3].starts_with("stroke.pgm,"), "{said:?}");
    assert_eq!(said[1].split(',').nth(2), said[3].split(',').nth(2));
    // An image that cannot be read has its row, and nothing in it.
    fs::copy(place.path("broken.pgm"), place.path("photos/aa.pgm")).unwrap();
    let some = place.run(&["predict", "crosses", "photos", "none.pgm", "stroke.pgm", "--out", "some.csv"]);
    assert_eq!(some.code, Some(1));
    assert!(some.stderr.contains("photos/aa.pgm: ") && some.stderr.contains("none.pgm"), "{}", some.stderr);
    let rows = fs::read_to_string(place.path("some.csv")).unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    assert_eq!((rows.len(), rows[2], rows[4]), (6, "photos/aa.pgm,,,,,", "none.pgm,,,,,"), "{rows:?}");
    assert!(rows[1] == said[1] && rows[5] == said[3], "{rows:?}");
    place.run(&["predict", "crosses", "broken.pgm", "stroke.pgm", "--out", "some.jsonl"]);
    let lines = fs::read_to_string(place.path("some.jsonl")).unwrap();
    let empty =
        r#"{"image":"broken.pgm","prediction":null,"probability":null,"p_4":null,"p_5":null,"p_6":null}"#;
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(lines.lines().next().unwrap()).unwrap(),
        serde_json::from_str::<serde_json::Value>(empty).unwrap()
    );
    assert_eq!(lines.lines().count(), 2);
    let refused = place.run(&["predict", "crosses", "--file", "crosses.ron"]);
    assert!(refused.stderr.contains("this model sees images"), "{}", refused.stderr);
    place.run(&["report", "crosses", "--out", "crosses.html"]).well();
    let page = fs::read_to_string(place.path("crosses.html")).unwrap();
    for expected in
        ["12 × 12 grey", "<dt>Network</dt>", "pixels", "section id=\"curves\"", "class=\"chart matrix\""]
    {
        assert!(page.contains(expected), "no {expected} in the report");
    }
    assert!(!page.contains("section id=\"words\""));

    // As a ready network it is the source of another session, zero-shot among its methods.
    let ready = RECIPE
        .replace("methods: [", "methods: [ZeroShot, ")
        .replace("task: Files(train: \"crosses", "task: Files(train: \"strokes");
    let start = ready.find("source:").unwrap();
    let end = ready.find("    task:").unwrap();
    let ready = format!("{}source: Network(\"{weights}\"),\n{}", &ready[..start], &ready[end..]);
    place.write("ready.ron", &ready);
    let report = place.run(&["run", "ready.ron", "--json"]).well().json();
    let runs = report["runs"].as_array().unwrap();
    let zero_shot: Vec<_> = runs.iter().filter(|run| run["method"] == "ZeroShot").collect();
    assert_eq!(zero_shot.len(), 2);
    for run in zero_shot {
        assert!(run["accuracy"].as_f64().unwrap() > 0.9 && run["trainable_parameters"] == 0, "{run}");
    }
    place.write("unknown.ron", &ready.replace("strokes-", "crosses-"));
    let why = place.run(&["run", "unknown.ron", "--session", "unknown"]);
    assert!(why.sentence().contains("no class \"4\""), "{}", why.stderr);
}

/// Three networks, one of them trained here at another size than the first, and one that a session kept.
const SEVERAL: &str = r#"sources: {
            "small": Classifier(set: Files(train: "strokes-images-idx3-ubyte"), size: 12, epochs: 3, batch_size: 32),
            "wide": Classifier(set: Files(train: "strokes-images-idx3-ubyte"), size: 16, epochs: 2, batch_size: 32),
            "kept": Network("sessions/crosses/network.safetensors"),
        },
"#;

fn several() -> String {
    let start = RECIPE.find("source:").unwrap();
    let end = RECIPE.find("        task:").unwrap();
    let recipe = format!("{}{SEVERAL}{}", &RECIPE[..start], &RECIPE[end..]);
    recipe.replace("to crosses\"", "to crosses, which network?\"")
}

#[test]
fn every_transfer_method_runs_for_every_network_and_names_it() {
    let place = place();
    place.run(&["run", "crosses.ron"]).well();
    place.write("several.ron", &several());
    let whole = place.run(&["run", "several.ron", "--json"]).well();
    let report = whole.json();
    let runs = report["runs"].as_array().unwrap();
    let of = |method: &str, source: serde_json::Value| -> Vec<&serde_json::Value> {
        runs.iter().filter(|run| run["method"] == method && run["source"] == source).collect()
    };
    for source in ["small", "wide", "kept"] {
        assert_eq!(
            (of("Frozen", source.into()).len(), of("FineTuned", source.into()).len()),
            (2, 2),
            "{source}"
        );
    }
    let none = serde_json::Value::Null;
    assert_eq!((of("Scratch", none.clone()).len(), of("Pixels", none).len(), runs.len()), (2, 2, 16));

    // A network has the runs that it has alone: those of the session that trained it, and of another.
    let alone = place.run(&["replay", "crosses", "--json"]).well().json();
    let figures = |report: &serde_json::Value, source: &str| -> Vec<[serde_json::Value; 3]> {
        let runs = report["runs"].as_array().unwrap().iter().filter(|run| run["source"] == source);
        runs.map(|run| ["method", "loss", "confusion"].map(|key| run[key].clone())).collect()
    };
    assert_eq!(figures(&alone, "classifier").len(), 4);
    assert_eq!(figures(&report, "kept"), figures(&alone, "classifier"));
    assert_ne!(figures(&report, "small"), figures(&report, "wide"));

    // What the session tells names them.
    let told = place.run(&["compare", "several"]).well().stdout;
    for named in ["frozen · small", "frozen · wide", "fine-tuned · kept"] {
        assert!(told.contains(named), "{named} in {told}");
    }
    let told = place.run(&["replay", "several"]).well().stdout;
    for named in ["Source small", "Source wide", "Source kept", "small 12 × 12 grey, wide 16 × 16 grey"] {
        assert!(told.contains(named), "{named} in {told}");
    }
    for name in ["small", "wide"] {
        assert!(place.path(&format!("sessions/several/sources/{name}/network.safetensors")).is_file());
    }
    let test = "crosses-images-idx3-ubyte";
    for source in ["small", "wide"] {
        let chosen = ["--method", "frozen", "--source", source, "--json"];
        let tested = place.run(&[&["test", "several", "--data", test][..], &chosen].concat()).well().json();
        assert!(tested["accuracy"]["value"].as_f64().unwrap() > 0.5, "{source}: {tested}");
        let out = format!("model-{source}");
        let exported = ["export", "several", "--model", &out, "--method", "frozen", "--source", source];
        place.run(&exported).well();
    }
    let config = fs::read_to_string(place.path("model-wide/config.json")).unwrap();
    assert!(config.contains("16"), "{config}");
    place.run(&["export", "several", "--csv", "csv"]).well();
    assert!(fs::read_to_string(place.path("csv/runs.csv")).unwrap().contains("wide"));
    place.run(&["report", "several", "--out", "several.html"]).well();
    assert!(fs::read_to_string(place.path("several.html")).unwrap().contains("wide: small CNN"));

    // One of them is the source of another session, and a session that lost a part of its log goes on to the same.
    let start = RECIPE.find("source:").unwrap();
    let end = RECIPE.find("        task:").unwrap();
    let taken =
        format!("{}source: Session(\"sessions/several:wide\"),\n{}", &RECIPE[..start], &RECIPE[end..]);
    place.write("taken.ron", &taken);
    let taken = place.run(&["run", "taken.ron", "--json"]).well().json();
    assert_eq!(figures(&taken, "several:wide"), figures(&report, "wide"));
    let log = place.path("sessions/several/log.ron");
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for part in [4, 2] {
        fs::write(&log, lines[..lines.len() / part].join("\n") + "\n").unwrap();
        let again = place.run(&["resume", "several", "--json"]).well();
        assert_eq!(crate::common::plain(&again), crate::common::plain(&whole), "a {part}th of the log");
    }

    for (from, to, expected) in [
        ("\"wide\":", "\"small\":", "two sources are called \"small\""),
        ("sources: {", "source: Network(\"x\"), sources: {", "`source` and `sources`"),
    ] {
        place.write("wrong.ron", &several().replace(from, to));
        let refused = place.run(&["run", "wrong.ron", "--session", "wrong"]);
        assert!(refused.sentence().contains(expected), "{}", refused.stderr);
    }
}

#[test]
fn logs_and_weights_are_the_same_at_any_number_of_threads_and_after_a_kill() {
    let place = place();
    let logs = ["1", "2", "4"].map(|threads| {
        let session = format!("with-{threads}");
        place.run(&["run", "crosses.ron", "--threads", threads, "--session", &session]).well();
        timeless(&place.path(&session))
    });
    for other in &logs[1..] {
        assert_eq!(logs[0].len(), other.len());
        for (one, other) in logs[0].iter().zip(other) {
            assert_eq!(one, other);
        }
    }
    for (what, times) in [("Pretrain(", 20), ("SourceTest(", 2), ("Step(", 10), ("RunEnd(", 3)] {
        let session = "killed";
        let mut command = place.command(&["run", "crosses.ron", "--session", session, "--threads", "2"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_for(&place.path(session), what, times);
        // It may be done already: then there is nothing to go on with, and that must be as good.
        child.kill().unwrap();
        child.wait().unwrap();
        place.run(&["resume", session, "--threads", "1"]).well();
        let weights = |session: &str| {
            let mut files = place.files(session);
            files.retain(|(name, _)| name.ends_with(".safetensors"));
            files
        };
        assert!(weights(session) == weights("with-2"), "killed at {times} of {what}");
        fs::remove_dir_all(place.path(session)).unwrap();
    }
}

#[test]
fn what_is_unfrozen_step_by_step_is_the_same_at_any_number_of_threads_and_after_a_kill() {
    let place = place();
    let recipe = RECIPE
        .replace("size: 12,", "network: ResNet20, size: 8,")
        .replace("epochs: 3", "epochs: 1")
        .replace("Layers(new: 2)", "Layers(new: 1, freeze: 3)")
        .replace("[Scratch, Frozen, FineTuned]", "[FineTuned, GradualUnfreezing, LinearProbeThenFineTune]")
        .replace("labels: [12],\n    seeds: 2", "labels: [12],\n    seeds: 1")
        .replace("(epochs: 8, validation: 0.0)", "(epochs: 50, discriminative: 2.0, validation: 0.25)");
    place.write("crosses.ron", &recipe);
    for threads in ["1", "2", "4"] {
        let session = format!("with-{threads}");
        place.run(&["run", "crosses.ron", "--threads", threads, "--session", &session]).well();
    }
    let whole = timeless(&place.path("with-1"));
    assert!(whole == timeless(&place.path("with-2")) && whole == timeless(&place.path("with-4")));
    let mut child = place
        .command(&["run", "crosses.ron", "--session", "killed", "--threads", "2"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&place.path("killed"), "Step(", 60);
    child.kill().unwrap();
    child.wait().unwrap();
    place.run(&["resume", "killed", "--threads", "4"]).well();
    let weights = |session: &str| {
        let mut files = place.files(session);
        files.retain(|(name, _)| name.ends_with(".safetensors"));
        files
    };
    assert!(weights("killed") == weights("with-1"));
}

#[test]
fn what_cannot_be_is_one_sentence() {
    let place = place();
    for (from, to, expected) in [
        ("Layers(new: 2)", "Average", "wrong.ron, line 13"),
        ("Layers(new: 2)", "Layers(new: 9)", "small CNN has 4 layers"),
        ("Layers(new: 2)", "Layers(new: 1, freeze: 4)", "small CNN has 4 blocks"),
        ("Pixels]", "TfIdf]", "the method `TfIdf` is for texts"),
        ("Pixels]", "Mean]", "the method `Mean` is for texts"),
        ("(shift: 0.1)", "(shift: 1.5)", "`augmentation.shift` is 1.5"),
        (
            "task: Files(train: \"crosses",
            "task: Files(only: [\"4\", \"9\"], train: \"crosses",
            "no class \"9\"",
        ),
        ("crosses-images-idx3-ubyte", "nowhere", "nowhere"),
        ("size: 12", "size: 4", "smaller than 8 pixels"),
        ("epochs: 3", "epochs: 3, learning_rate: -1", "`learning_rate` is not above 0"),
    ] {
        assert!(RECIPE.contains(from), "{from}");
        place.write("wrong.ron", &RECIPE.replacen(from, to, 1));
        let done = place.run(&["run", "wrong.ron", "--session", "wrong"]);
        assert!(done.sentence().contains(expected), "{expected} in {}", done.stderr);
        let _ = fs::remove_dir_all(place.path("wrong"));
    }
    place.write("junk.safetensors", "no weights at all");
    let done = place.run(&["predict", "junk.safetensors", "a.png"]);
    assert!(done.sentence().contains("no whole safetensors file"), "{}", done.stderr);
}
