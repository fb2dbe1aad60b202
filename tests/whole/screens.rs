//! Images of screens, and the page of them.

use std::fs;
use std::path::Path;

use crate::common::Place;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The recorded session that the examples of the documents show.
fn demo() -> String {
    root().join("sessions/recorded-demo").display().to_string()
}

#[test]
fn a_screen_is_written_as_an_image_that_stands_still_or_moves() {
    let place = Place::new();
    let shot = |more: &[&str]| place.run(&[&["replay", &demo()], more].concat());
    shot(&["--svg", "compare.svg", "--keys", "5", "--size", "90x30"]).well();
    let compare = fs::read_to_string(place.path("compare.svg")).unwrap();
    assert!(
        compare.starts_with("<svg")
            && compare.contains("recorded-demo · Compare")
            && compare.contains("frozen")
    );
    assert!(!compare.contains("animation"));
    shot(&["--svg", "training.svg", "--keys", "2", "--theme", "light", "--frames", "5", "--pause", "0.5"])
        .well();
    let moving = fs::read_to_string(place.path("training.svg")).unwrap();
    assert!(moving.contains("2.5s step-end infinite") && moving.contains("</svg>"));
}

#[test]
fn wrong_wishes_are_told_in_a_sentence_and_leave_no_file() {
    let place = Place::new();
    for (more, told) in [
        (&["--keys", "hyper-x"][..], "there is no key \"hyper-x\""),
        (&["--size", "5x5"], "expected columns and rows such as 100x30"),
        (&["--frames", "1"], "1 is not in 2..=200"),
        (&["--frames", "3", "--pause", "0"], "--pause 0"),
    ] {
        let done = place.run(&[&["replay", &demo(), "--svg", "x.svg"], more].concat());
        assert!(done.stderr.contains(told) && done.code != Some(0), "{more:?}: {}", done.stderr);
        assert!(!place.path("x.svg").exists());
    }
    let done = place.run(&["replay", &demo(), "--keys", "5"]);
    assert!(done.stderr.contains("--svg"), "{}", done.stderr);
}

/// Every image of the page is there, and the script makes it.
#[test]
fn the_page_of_screens_shows_what_its_script_makes() {
    let (docs, script) =
        (root().join("docs"), fs::read_to_string(root().join("docs/screens/make.sh")).unwrap());
    let page = fs::read_to_string(docs.join("tour.md")).unwrap();
    let images: Vec<&str> = page
        .split(['"', '(', ')'])
        .filter(|piece| piece.starts_with("screens/") && piece.ends_with(".svg"))
        .collect();
    assert!(images.len() > 6, "{images:?}");
    for image in images {
        let svg = fs::read_to_string(docs.join(image)).unwrap_or_else(|error| panic!("{image}: {error}"));
        assert!(svg.starts_with("<svg") && svg.contains("<title>recorded-"), "{image}");
        let name = image["screens/".len()..].trim_end_matches(".svg");
        let base = name.trim_end_matches("-dark").trim_end_matches("-light");
        let made =
            script.contains(&format!("shot {base} ")) || script.contains(&format!("screens/{name}.svg"));
        assert!(made, "{image} is not in make.sh");
    }
}
