//! Completions, manual pages and the names that other programs taught people's fingers.

use std::fs;

use crate::common::Place;

#[test]
fn every_shell_gets_a_script_with_every_command() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(&["completions", shell]).well().stdout;
        for word in ["pretrain", "odd-one-out", "min-count", "theme"] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
    assert_eq!(place.run(&["completions", "tcsh"]).code, Some(2));
}

/// A shell that checks the script it is given.
#[cfg(target_os = "linux")]
#[test]
fn bash_takes_its_script() {
    let place = Place::new();
    let script = place.run(&["completions", "bash"]).well().stdout;
    place.write("script", &script);
    let asked = "source ./script; COMP_WORDS=(warmstart odd); COMP_CWORD=1; _warmstart warmstart odd warmstart; echo ${COMPREPLY[*]}";
    let shell = std::process::Command::new("bash").args(["-c", asked]).current_dir(place.path("")).output();
    let said = shell.unwrap();
    assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), "odd-one-out", "{said:?}");
}

#[test]
fn every_command_has_a_manual_page() {
    let place = Place::new();
    let whole = place.run(&["man"]).well().stdout;
    assert!(whole.starts_with(".ie") && whole.contains(".TH warmstart 1"), "{whole}");
    place.run(&["man", "--out", "pages"]).well();
    let mut pages: Vec<String> = fs::read_dir(place.path("pages"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    assert!(pages.len() > 15 && pages.contains(&"warmstart.1".to_string()), "{pages:?}");
    let pretrain = fs::read_to_string(place.path("pages/warmstart-pretrain.1")).unwrap();
    assert!(pretrain.contains("min\\-count"), "{pretrain}");
    assert_eq!(fs::read_to_string(place.path("pages/warmstart.1")).unwrap(), whole);
}

#[test]
fn the_names_of_other_programs_do_the_same() {
    let place = Place::new();
    place.write("v.txt", "good 1 2 3\nfine 1 2 2\nbad -3 2 1\n");
    let said = |args: &[&str]| place.run(&[args, &["--vectors", "v.txt"]].concat()).well().stdout;
    let neighbours = said(&["neighbours", "good", "--count", "1"]);
    assert!(neighbours.contains("fine") && !neighbours.contains("bad"), "{neighbours}");
    for name in ["neighbors", "nn", "most-similar"] {
        assert_eq!(said(&[name, "good", "--top-k", "1"]), neighbours, "{name}");
    }
    assert_eq!(said(&["doesnt-match", "good", "fine", "bad"]), said(&["odd-one-out", "good", "fine", "bad"]));
}
