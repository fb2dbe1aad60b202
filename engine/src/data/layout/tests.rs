//! Folder layouts as they occur in practice, and what is read of each.

use super::*;

fn of(names: &[&str]) -> Result<Layout> {
    let mut names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
    names.sort_unstable();
    Layout::of(Path::new("data"), &names)
}

/// Members as `part class name`.
fn members(names: &[&str]) -> Vec<String> {
    let part = |part: Option<Part>| part.map_or("-", Part::name);
    let layout = of(names).unwrap();
    layout.members.iter().map(|m| format!("{} {} {}", part(m.part), m.class, m.name)).collect()
}

fn error(names: &[&str]) -> String {
    of(names).unwrap_err().to_string()
}

#[test]
fn parts_and_classes_are_told_by_folders() {
    let imdb = [
        "a/README",
        "a/train/urls_pos.txt",
        "a/train/pos/0_9.txt",
        "a/train/unsup/0_0.txt",
        "a/test/neg/1_2.txt",
        "a/test/pos/1_9.txt",
    ];
    assert_eq!(
        members(&imdb),
        ["test neg a/test/neg/1_2.txt", "test pos a/test/pos/1_9.txt", "training pos a/train/pos/0_9.txt"]
    );
    let left_out = of(&imdb).unwrap().left_out;
    assert!(left_out[0].starts_with("a/train/unsup: 1 file was left out: by its name"), "{left_out:?}");
    assert_eq!(left_out[1], "2 files outside the folders of classes were left out");
    assert_eq!(
        members(&["20news-bydate-test/sci.med/5", "20news-bydate-train/sci.med/4"]),
        ["test sci.med 20news-bydate-test/sci.med/5", "training sci.med 20news-bydate-train/sci.med/4"]
    );
    assert_eq!(
        members(&["x/README", "x/bad/1", "x/good/.hidden", "x/good/deep/2"]),
        ["- bad x/bad/1", "- good x/good/deep/2"]
    );
}

#[test]
fn names_of_parts_are_known_in_any_case_and_with_what_people_add() {
    for (train, validation, test) in [
        ("Train", "VAL", "Test"),
        ("training_set", "validation_set", "test_set"),
        ("train2017", "val2017", "test2017"),
        ("seg-train", "seg-dev", "seg-test"),
        ("train", "valid", "testing"),
    ] {
        let names =
            [train, validation, test].map(|part| [format!("{part}/a/1"), format!("{part}/b/2")]).concat();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let layout = of(&names).unwrap();
        for (part, folder) in [(Part::Train, train), (Part::Validation, validation), (Part::Test, test)] {
            assert_eq!(layout.part_to_read(part, Path::new("data")).unwrap(), Some(part), "{folder}");
            assert!(
                layout
                    .told(Some(part), |_| true)
                    .contains(&format!("part {folder}, a folder a class: a (1), b (1)"))
            );
        }
        assert!(layout.left_out.is_empty());
    }
    assert_eq!(["latest", "contest", "trainer", "7"].map(part_of), [None; 4]);
}

#[test]
fn doubled_and_enclosing_folders_are_passed_through() {
    let names = [
        "archive/seg_train/seg_train/sea/1",
        "archive/seg_train/seg_train/wood/2",
        "archive/seg_test/seg_test/sea/3",
        "archive/seg_test/seg_test/wood/4",
        "archive/seg_pred/seg_pred/5",
        "archive/seg_pred/seg_pred/6",
    ];
    assert_eq!(members(&names).len(), 4);
    assert_eq!(members(&names)[0], "test sea archive/seg_test/seg_test/sea/3");
    assert_eq!(of(&names).unwrap().left_out, ["seg_pred: 2 files were left out: it lies beside the parts"]);
    // A part whose classes are one level deeper, and one with a single class.
    let names =
        ["t/train/images/a/1", "t/train/images/b/2", "t/test/images/a/3", "t/val/a/deep/4", "t/val/b/5"];
    let expected = [
        "test a t/test/images/a/3",
        "training a t/train/images/a/1",
        "training b t/train/images/b/2",
        "validation a t/val/a/deep/4",
        "validation b t/val/b/5",
    ];
    assert_eq!(members(&names), expected);
    assert_eq!(members(&["train/a/x/1", "train/b/2", "test/a/x/3"])[0], "test a test/a/x/3");
    // A single part, as in an archive of the training set alone.
    assert_eq!(members(&["x/train/a/1", "x/train/b/2"])[0], "training a x/train/a/1");
}

#[test]
fn a_part_without_classes_is_left_out_and_that_is_said() {
    for flat in ["test/3", "test/test/3", "test1/test1/3"] {
        let layout = of(&["train/a/1", "train/b/2", flat]).unwrap();
        assert_eq!(layout.members.len(), 2);
        assert!(!layout.has(Part::Test));
        let name = flat.split('/').next().unwrap();
        assert_eq!(layout.left_out, [format!("{name}: 1 file was left out: it has no folder of a class")]);
    }
}

#[test]
fn parts_without_classes_are_no_classes() {
    for names in [&["train/1", "train/2", "test/3"][..], &["x/train/1"], &["x/Train/1", "x/val/2"]] {
        let error = error(names);
        assert!(error.contains("but no folder of a class"), "{error}");
    }
    assert!(error(&["train/1", "train/2", "test/3"]).contains("\"test\" and \"train\" hold 3 files"));
    assert!(error(&["train/1", "test/2", "other/3"]).contains("\"test\" and \"train\" hold 2 files"));
    assert!(error(&["a.txt"]).contains("no folder of a class in it"));
    assert!(error(&[]).contains("no folder of a class in it"));
}

#[test]
fn a_class_may_be_called_like_a_part() {
    assert_eq!(members(&["README", "test/1", "other/2"]), ["- other other/2", "- test test/1"]);
    assert_eq!(members(&["bus/1", "plane/2", "train/3"]).len(), 3);
    assert_eq!(members(&["unit_test/1", "stress_test/2"]).len(), 2);
    // If there are parts above it, a folder with the name of a part is a class.
    let both = ["train/bus/1", "train/train/2", "test/bus/3", "test/train/4"];
    assert_eq!(members(&both)[3], "training train train/train/2");
}

#[test]
fn what_can_be_read_in_two_ways_is_refused_with_the_ways() {
    for (names, expected) in [
        (
            &["bus/1", "plane/2", "train/day/3", "train/night/4"][..],
            "\"train\" may be a training part with the classes \"day\" and \"night\", or a class beside \"bus\" and \"plane\"",
        ),
        (&["rest/1", "stress_test/sub/2"], "\"stress_test\" may be a test part with the classes \"sub\""),
        (&["x/raw/train/a/1", "x/raw/test/a/2", "x/cut/train/a/1", "x/cut/test/a/2"], "several data sets"),
        (&["a/train/1", "a/test/2", "b/3"], "\"a\" hold parts of their own"),
    ] {
        let error = error(names);
        assert!(error.contains(expected), "{error}");
    }
    // Two folders for the same part are an error only if that part is requested.
    let layout = of(&["train/a/1", "test/a/2", "hard_test/a/3", "train/b/1", "test/b/2"]).unwrap();
    assert_eq!(layout.part_to_read(Part::Train, Path::new("data")).unwrap(), Some(Part::Train));
    let error = layout.part_to_read(Part::Test, Path::new("data")).unwrap_err().to_string();
    assert!(error.contains("several folders are test parts: \"hard_test\" and \"test\""), "{error}");
    let error = layout.part_to_read(Part::Validation, Path::new("data")).unwrap_err().to_string();
    assert!(error.contains("no validation part in it"), "{error}");
}

#[test]
fn parts_may_lie_in_every_class() {
    let names = ["x/a/train/1", "x/a/test/2", "x/b/train/3", "x/b/test/4"];
    assert_eq!(
        members(&names),
        ["test a x/a/test/2", "training a x/a/train/1", "test b x/b/test/4", "training b x/b/train/3"]
    );
    assert!(of(&names).unwrap().has(Part::Test));
}
