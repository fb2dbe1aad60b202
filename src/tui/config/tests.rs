use std::collections::BTreeMap;

use super::*;
use crate::tui::action::Action;
use crate::tui::key::{Key, key};
use crate::tui::{app, keymap, testing};

fn parsed(text: &str) -> Config {
    parse(text, Path::new("c.ron"))
}

#[test]
fn the_defaults_that_are_printed_are_a_configuration_that_changes_nothing() {
    let text = defaults(Some(Path::new("/nowhere/config.ron")));
    assert_eq!(parsed(&text), Config::default());
    assert_eq!(parsed("()"), Config::default());
    // Every setting is printed, and another value of each is taken.
    let other = text
        .replace("theme: \"auto\"", "theme: \"light\"")
        .replace("marks: \"auto\"", "marks: \"ascii\"")
        .replace("start: \"auto\"", "start: \"compare\"")
        .replace("notice: \"none\"", "notice: \"bell\"")
        .replace("title: true", "title: false")
        .replace("progress: \"auto\"", "progress: \"always\"")
        .replace("\"quit\": [\"q\"]", "\"quit\": [\"Q\"]");
    let config = parsed(&other);
    assert_eq!(config.problems, Vec::<String>::new());
    let mut keys = Rebound::default();
    keys.set("quit".into(), vec![key('Q')]);
    let expected = Config {
        theme: "light".into(),
        marks: Some(Marks::Ascii),
        start: Some(Tab::Compare),
        notice: Notice::Bell,
        title: false,
        progress: Progress::Always,
        keys,
        ..Config::default()
    };
    assert_eq!(config, expected);
}

#[test]
fn an_action_has_one_set_of_keys() {
    let mut known: BTreeMap<String, &[Key]> = BTreeMap::new();
    for line in actions() {
        let keys = *known.entry(line.name.clone()).or_insert(line.binding.keys);
        assert_eq!(keys, line.binding.keys, "{}", line.name);
    }
    assert!(known.len() > 150, "{}", known.len());
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_the_rest_counts() {
    for (text, line, parts) in [
        ("(\n  theme: \"drak\",\n  notice: \"bell\",\n)", 2, &["no theme \"drak\"", "mean \"dark\""][..]),
        (
            "(\n  notice: \"bell\",\n  marks: \"dots\",\n)",
            3,
            &["\"braille\"", "not \"dots\"", "default, \"auto\""],
        ),
        ("(notice: \"bell\", start: 3)", 1, &["start is one of", "another kind of value"]),
        ("(notice: \"bell\",\n\n tittle: true)", 3, &["no setting \"tittle\"", "mean title?"]),
        ("(notice: \"bell\", title: \"yes\")", 1, &["title is true or false"]),
        ("(notice: \"bell\",\n keys: [\"q\"])", 2, &["keys is a map"]),
        (
            "(notice: \"bell\",\n keys: {\n  \"quitt\": [\"x\"]})",
            3,
            &["no action \"quitt\"", "mean \"quit\"?"],
        ),
        ("(notice: \"bell\",\n keys: {\"quit\": [\"F13\"]})", 2, &["\"F13\" is no key"]),
        ("(notice: \"bell\", keys: {\"quit-now\": []})", 1, &["needs a key"]),
        (
            "(notice: \"bell\",\n keys: {\n\n \"quit\": [\"p\"]})",
            4,
            &["\"p\": \"pause\" has it on every screen"],
        ),
        ("(notice: \"bell\", keys: {\"quit\": \"w\"})", 1, &["\"lab.copy\" has it on Lab"]),
        ("(notice: \"bell\", theme: \"gone/mine.ron\")", 1, &["mine.ron", "\"auto\" is used"]),
    ] {
        let config = parsed(text);
        let [problem] = &config.problems[..] else { panic!("{text}: {:?}", config.problems) };
        assert!(
            problem.contains(&format!("line {line}")) || problem.contains("mine.ron"),
            "{text}: {problem}"
        );
        assert!(parts.iter().all(|part| problem.contains(part)), "{text}: {problem}");
        assert_eq!(
            Config { problems: Vec::new(), ..config },
            Config { notice: Notice::Bell, ..Config::default() }
        );
    }
    for broken in ["", "(", "(theme: \"dark\"", "theme", "[1]", "(keys: {\"a\":})", "\0", "((((", "7"] {
        let config = parsed(broken);
        assert_eq!(config.problems.len(), 1, "{broken:?}: {:?}", config.problems);
        assert!(config.problems[0].starts_with("c.ron, line 1"), "{:?}", config.problems);
        assert_eq!(Config { problems: Vec::new(), ..config }, Config::default());
    }
}

#[test]
fn keys_can_change_places_and_a_refused_one_draws_others_with_it() {
    let config = parsed("(keys: {\"quit\": [\"i\"], \"explain\": [\"q\"]})");
    assert_eq!(config.problems, Vec::<String>::new());
    // `quit` may not have `p`, so it keeps `q`, which `explain` cannot have then.
    let config = parsed("(keys: {\n\"quit\": [\"p\"],\n\"explain\": [\"q\"]})");
    assert_eq!(config.problems.len(), 2, "{:?}", config.problems);
    assert_eq!(config.keys, Rebound::default());
    // Lines that take turns with one key may have another one together.
    let config = parsed("(keys: {\"pause\": [\"F9\"]})");
    assert_eq!(config.problems, Vec::<String>::new());
}

#[test]
fn other_keys_work_and_are_shown_and_the_usual_ones_do_nothing() {
    let mut state = testing::replay(200, 60, testing::entries());
    let config = parsed("(keys: {\"train.group\": [\"F6\"], \"show.lab\": [\"F7\"], \"help\": [\"F1\"]})");
    assert_eq!(config.problems, Vec::<String>::new());
    state.keys = config.keys;
    app::update(&mut state, Action::Show(Tab::Train));
    let before = testing::screen(&state);
    testing::press(&mut state, "g");
    assert_eq!(testing::screen(&state), before);
    testing::press_code(&mut state, crossterm::event::KeyCode::F(6));
    let after = testing::screen(&state);
    assert_ne!(after, before);
    assert!(after.contains("F6 group"), "{after}");
    testing::press(&mut state, "1");
    assert_eq!(state.tab, Tab::Train);
    testing::press_code(&mut state, crossterm::event::KeyCode::F(7));
    assert_eq!(state.tab, Tab::Lab);
    assert!(keymap::lookup(&state, key('?')).is_none());
}

#[test]
fn the_file_is_where_the_environment_says() {
    let path = |pairs: &'static [(&str, &str)]| {
        path(move |name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string()))
    };
    assert_eq!(path(&[("WARMSTART_CONFIG", "c.ron"), ("HOME", "/h")]), Some("c.ron".into()));
    assert_eq!(path(&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")]), Some("/x/warmstart/config.ron".into()));
    for odd in [&[("XDG_CONFIG_HOME", "x"), ("HOME", "/h")][..], &[("WARMSTART_CONFIG", ""), ("HOME", "/h")]]
    {
        assert_eq!(path(odd), Some("/h/.config/warmstart/config.ron".into()));
    }
    assert_eq!(path(&[]), None);
}

#[test]
fn a_theme_of_ones_own_lies_beside_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.ron");
    std::fs::write(&file, "(theme: \"mine.ron\")").unwrap();
    std::fs::write(folder.path().join("mine.ron"), "(from: \"light\", dim: \"#cccccc\")").unwrap();
    let config = read(&file);
    assert_eq!(config.theme, "mine.ron");
    assert!(config.problems.len() == 1 && config.problems[0].contains("dim is hard to read"));
    std::fs::write(folder.path().join("mine.ron"), "(\nfrom: \"light\",\ndim: \"grye\")").unwrap();
    let config = read(&file);
    assert!(config.problems[0].contains("mine.ron, line 3: \"grye\" is no colour"), "{:?}", config.problems);
    assert!(config.own_theme.is_none() && config.theme == "auto");
    // A file that is none.
    for odd in [folder.path().to_path_buf(), folder.path().join("none.ron")] {
        let config = read(&odd);
        assert_eq!(config.problems.len(), 1, "{:?}", config.problems);
    }
    std::fs::write(&file, [0xff, 0xfe, 0x00, 0xd8]).unwrap();
    assert_eq!(read(&file).problems.len(), 1);
}
