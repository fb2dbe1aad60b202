use super::quotes::RECORD;
use super::*;

fn read(name: &str, text: &[u8], columns: &Columns) -> std::result::Result<Vec<(String, String)>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let mut quiet = |_| Ok(());
    let mut out = Collector::new(&mut quiet);
    let done = if name.ends_with("csv") {
        read_csv(&path, columns, &mut out)
    } else {
        read_tsv(&path, columns, &mut out)
    };
    done.map_err(|error| error.to_string())?;
    Ok(out.documents.iter().map(|d| (out.names[d.label as usize].clone(), d.text.clone())).collect())
}

fn named(text: &str, label: &str) -> Columns {
    Columns { text: Some(text.into()), label: Some(label.into()) }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
}

#[test]
fn columns_are_named_or_guessed() {
    let text = b"id,Review,Sentiment\r\n1,\"fine, \"\"really\"\"\nfine\",pos\r\n\r\n2,not so,neg\r\n";
    let expected = pairs(&[("pos", "fine, \"really\"\nfine"), ("neg", "not so")]);
    assert_eq!(read("a.csv", text, &Columns::default()).unwrap(), expected);
    assert_eq!(read("a.csv", text, &named("Review", "Sentiment")).unwrap(), expected);
    let text = b"sentence\tlabel\na \"quoted\" word\t1\n\"all \"\"of\"\" it\"\t0\n";
    let expected = pairs(&[("1", "a \"quoted\" word"), ("0", "all \"of\" it")]);
    assert_eq!(read("a.tsv", text, &Columns::default()).unwrap(), expected);
}

#[test]
fn a_file_without_header_begins_with_labels_or_is_read_by_number() {
    let text = b"\"3\",\"a title\",\"a text\"\n\"4\",\"b\",\"c\"\n\"3\",\"d\",\"e\"\n";
    let expected = pairs(&[("3", "a title a text"), ("4", "b c"), ("3", "d e")]);
    assert_eq!(read("a.csv", text, &Columns::default()).unwrap(), expected);
    let expected = pairs(&[("3", "a text"), ("4", "c"), ("3", "e")]);
    assert_eq!(read("a.csv", text, &named("3", "1")).unwrap(), expected);
    let error = read("a.csv", text, &named("4", "1")).unwrap_err();
    assert!(error.contains("line 1: column 4 is asked for, but a row has 3"), "{error}");
}

#[test]
fn the_delimiter_is_what_cuts_the_rows_alike() {
    let expected = pairs(&[("pos", "fine, really"), ("neg", "not, so"), ("pos", "well; then")]);
    for text in [
        "text;label\nfine, really;pos\nnot, so;neg\n\"well; then\";pos\n",
        "Text|Label\nfine, really|pos\nnot, so|neg\nwell; then|pos\n",
        "text\tlabel\nfine, really\tpos\nnot, so\tneg\nwell; then\tpos\n",
        "text,label\n\"fine, really\",pos\n\"not, so\",neg\nwell; then,pos\n",
        // Without a header.
        "fine, really;pos\nnot, so;neg\n\"well; then\";pos\n",
        "\"fine, really\",pos\n\"not, so\",neg\nwell; then,pos\n",
    ] {
        assert_eq!(read("a.csv", text.as_bytes(), &Columns::default()).unwrap(), expected, "{text}");
    }
}

#[test]
fn what_was_taken_is_told_and_rows_without_a_label_are_counted() {
    let told = |name: &str, text: &str, columns: &Columns| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mut quiet = |_| Ok(());
        let mut out = Collector::new(&mut quiet);
        let read = if name.ends_with("tsv") { read_tsv } else { read_csv };
        read(&path, columns, &mut out).unwrap();
        (out.how, out.documents.len())
    };
    let none = Columns::default();
    let text = "id;Review;Mood\n1;fine;pos\n2;so so; \n3;not;neg\n";
    let columns = Columns { text: None, label: Some("mood".into()) };
    let expected = "CSV, cut at \";\", with a header, 3 columns: the text is column \"Review\", the label column \"Mood\"";
    assert_eq!(told("a.csv", text, &columns), (expected.into(), 2));
    let text = "1\ta title\tsome text\n0\tb title\tmore text\n1\tc title\tno text\n";
    let expected = "TSV without a header, 3 columns: the text is column 2 and column 3, the label column 1";
    assert_eq!(told("a.tsv", text, &none), (expected.into(), 3));
    // One column is given by number, the other is found by name; and columns given by number that also have
    // names.
    let one = Columns { text: Some("3".into()), label: None };
    assert!(told("a.tsv", text, &one).0.ends_with("the text is column 3, the label column 1"));
    let numbered = named("2", "3");
    assert_eq!(told("a.csv", "id,text,label\n1,fine,pos\n2,bad,neg\n", &numbered).1, 2);
}

#[test]
fn columns_that_are_as_good_as_each_other_are_refused() {
    let none = Columns::default();
    for (text, expected) in [
        ("review,comment,label\na,b,1\n", "line 1: several columns may be the text: review, comment"),
        ("text,sentiment,stars\na,b,1\n", "line 1: several columns may be the label: sentiment, stars"),
        (
            "a,x,one text\nb,y,two texts\na,y,more text\nb,x,even more\n",
            "may be the label; name them by their numbers",
        ),
    ] {
        let error = read("a.csv", text.as_bytes(), &none).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    let chosen = Columns { text: Some("comment".into()), label: None };
    assert_eq!(read("a.csv", b"review,comment,label\na,b,1\n", &chosen).unwrap(), pairs(&[("1", "b")]));
}

#[test]
fn a_record_without_end_is_stopped_before_memory_fills() {
    for piece in [&b"x,"[..], b"\"x\","] {
        let mut text = b"text,label\nfine,1\n".to_vec();
        while text.len() < RECORD.0 + (1 << 20) {
            text.extend_from_slice(piece);
        }
        let error = read("a.csv", &text, &Columns::default()).unwrap_err();
        assert!(error.contains("line 3") && error.contains("in one piece"), "{error}");
    }
}

#[test]
fn bad_tables_are_refused_with_their_line() {
    let none = Columns::default();
    let text_only = Columns { text: Some("body".into()), label: None };
    for (name, text, columns, expected) in [
        (
            "a.csv",
            "a,b\n1,2\n",
            &none,
            "line 1: none of the columns is known to hold the text; columns are: a, b; name one in the recipe with `text:",
        ),
        ("a.csv", "text,b\n1,2\n", &none, "known to hold the label"),
        ("a.csv", "text,label\n1,2\n", &text_only, "line 1: no column \"body\"; columns are: text, label"),
        (
            "a.csv",
            "text,label\nfine,1\n\"x, 2\ny,3\nz,4\n",
            &none,
            "line 3: the quote opened here is never closed",
        ),
        ("a.csv", "text,label\nfine,1\n\"x\n", &none, "line 3: the quote opened here is never closed"),
        ("a.csv", "text,label\nfine,1\nfine\n", &none, "line 3: 1 fields where the header has 2"),
        ("a.tsv", "text\tlabel\nfine\t1\t2\n", &none, "line 2: 3 fields where the header has 2"),
    ] {
        let error = read(name, text.as_bytes(), columns).unwrap_err();
        assert!(error.contains(expected), "{text:?}: {error}");
    }
}

#[test]
fn a_quote_that_swallows_all_is_stopped_before_memory_fills() {
    let mut text = b"text,label\n\"fine,1\n".to_vec();
    text.resize(LONGEST + (1 << 20), b'x');
    let error = read("a.csv", &text, &Columns::default()).unwrap_err();
    assert!(error.contains("line 2: the quote opened here is never closed"), "{error}");
}
