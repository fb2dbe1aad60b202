use super::*;

fn run(text: &str, columns: &Columns) -> std::result::Result<Vec<(String, String)>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    std::fs::write(&path, text).unwrap();
    let mut quiet = |_| Ok(());
    let mut out = Collector::new(&mut quiet);
    read(&path, columns, &mut out).map_err(|error| error.to_string())?;
    Ok(out.documents.iter().map(|d| (out.names[d.label as usize].clone(), d.text.clone())).collect())
}

#[test]
fn labels_may_be_strings_numbers_or_booleans() {
    let text = "{\"text\": \"a\\nb\", \"label\": 1, \"x\": []}\n\n{\"label\": true, \"text\": \"c\"}\n\
                {\"label\": \"yes\", \"text\": \"\\u00e9\"}\n";
    let expected = [("1", "a\nb"), ("true", "c"), ("yes", "é")].map(|(a, b)| (a.to_string(), b.to_string()));
    assert_eq!(run(text, &Columns::default()).unwrap(), expected);
    let columns = Columns { text: Some("q".into()), label: Some("k".into()) };
    assert_eq!(run("{\"q\": \"a\", \"k\": \"b\"}", &columns).unwrap(), [("b".into(), "a".into())]);
}

#[test]
fn objects_are_read_however_they_are_cut_into_lines() {
    let expected = [("1", "a"), ("0", "b")].map(|(a, b)| (a.to_string(), b.to_string()));
    for text in [
        "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": 0}\n",
        "[{\"text\": \"a\", \"label\": 1}, {\"text\": \"b\", \"label\": 0}]",
        "\u{feff}[\n  {\n    \"text\": \"a\",\n    \"label\": 1\n  },\n  {\"text\": \"b\", \"label\": 0}\n]\n",
        "{\n  \"text\": \"a\",\n  \"more\": [{\"x\": [1]}],\n  \"label\": 1\n}\n{\"text\": \"b\",\n\"label\": 0}",
        "[{\"text\": \"a\", \"label\": 1}]\n[{\"text\": \"b\", \"label\": 0}]\n",
    ] {
        assert_eq!(run(text, &Columns::default()).unwrap(), expected, "{text}");
    }
    let null = "[{\"text\": \"a\", \"label\": 1}, {\"text\": \"c\", \"label\": null}, {\"text\": \"b\", \"label\": 0}]";
    assert_eq!(run(null, &Columns::default()).unwrap(), expected);
}

#[test]
fn a_long_first_object_does_not_matter() {
    let long = "x".repeat(1 << 17);
    let text = format!("{{\"text\": \"{long}\", \"label\": 1}}\n{{\"text\": \"b\", \"label\": 0}}\n");
    let read = run(&text, &Columns::default()).unwrap();
    assert_eq!((read[0].1.len(), read.len()), (1 << 17, 2));
}

#[test]
fn bad_lines_are_refused_with_their_number() {
    let good = "{\"text\": \"a\", \"label\": 1}\n";
    for (line, expected) in [
        ("[1]", "line 2: this is JSON, but not an object"),
        ("3", "line 2: this is JSON, but not an object"),
        ("{\"text\": ", "line 2, column 9: the JSON ends in the middle"),
        ("{\"text\": \"a\"]", "line 2, column 13: this is not JSON"),
        ("{\"text\": \"a\"}", "line 2: no field \"label\""),
        ("{\"text\": 1, \"label\": 1}", "line 2: the field \"text\" is no text"),
        ("{\"text\": \"a\", \"label\": [1]}", "line 2: the field \"label\" is no label"),
        ("{\"text\": \"a \\ud83d\", \"label\": 1}", "line 2, column 19: one half of a surrogate pair"),
        ("{\"text\": \"\\ude00 a\", \"label\": 1}", "line 2, column 16: one half of a surrogate pair"),
        ("{\"text\": \"\\ud83d\\u0041\", \"label\": 1}", "one half of a surrogate pair"),
    ] {
        let error = run(&format!("{good}{line}"), &Columns::default()).unwrap_err();
        assert!(error.contains(expected), "{line}: {error}");
    }
    for (text, expected) in [
        ("{\"a\": 1, \"label\": 2}", "line 1: none of the columns is known to hold the text"),
        ("[\n{\"a\": 1}\n]", "line 2: none of the columns is known to hold the text"),
        ("[\n{\"text\": \"a\", \"label\": 1},\n{\"text\": \"b\"}\n]", "line 3: no field \"label\""),
        ("[{\"text\": \"a\", \"label\": 1},\n {\"text\": \"a \\ud83d\"}]", "line 2, column 20: one half"),
        ("[{\"text\": \"a\", \"label\": 1},\n", "the JSON ends in the middle"),
        ("[{\"text\": \"a\", \"label\": 1},\n [1]]", "line 2: this is JSON, but not an object"),
        ("[[{\"text\": \"a\", \"label\": 1}]]", "line 1: this is JSON, but not an object"),
        ("{\"text\": {\"0\": \"a\"}, \"label\": {\"0\": 1}}", "no label"),
    ] {
        let error = run(text, &Columns::default()).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn an_object_without_end_is_stopped_before_memory_fills() {
    for (start, byte) in [("[{\"text\": \"", b'x'), ("[{\"text\": [", b'['), ("{\"text\":\n\"", b'y')] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let mut text = start.as_bytes().to_vec();
        text.resize(LONGEST + (1 << 20), byte);
        std::fs::write(&path, text).unwrap();
        let mut quiet = |_| Ok(());
        let read = read(&path, &Columns::default(), &mut Collector::new(&mut quiet));
        let error = read.unwrap_err().to_string();
        assert!(error.contains("more than 16 MiB in one piece") || error.contains("recursion"), "{error}");
    }
}
