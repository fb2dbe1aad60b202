use crate::data::columns::Columns;

use super::*;

fn open(path: &Path) -> Result<(LabelFile, Vec<LabelRow>)> {
    let classes = ["good".to_string(), "bad".to_string()];
    LabelFile::open(path, &Wanted { classes: &classes, ..Wanted::default() })
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn none(_: &str) -> Option<String> {
    None
}

fn row(text: &str, label: &str) -> LabelRow {
    LabelRow { text: text.into(), label: label.into() }
}

#[test]
fn labels_are_appended_read_back_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    let (mut file, rows) = open(&path).unwrap();
    assert!(rows.is_empty() && !file.can_undo() && file.remarks[0].contains("was created"));
    let odd = "a \"quoted\", broken\nline; é日";
    file.append(odd, "good", "margin", &none).unwrap();
    file.append("dull", "bad", "random", &none).unwrap();
    assert_eq!(text(&path).lines().next(), Some("text,label,chosen_by"));
    assert!(file.undo().unwrap());
    file.append(" dull ", "good", "margin", &none).unwrap();
    drop(file);
    let (mut file, rows) = open(&path).unwrap();
    assert_eq!(rows, [row(odd, "good"), row(" dull ", "good")]);
    // Rows of an earlier process are not taken back.
    assert!(!file.undo().unwrap() && file.remarks.is_empty(), "{:?}", file.remarks);
}

#[test]
fn a_second_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    let first = open(&path).unwrap();
    let refused = open(&path).map(drop).unwrap_err().to_string();
    assert!(refused.contains("another process labels into this file"), "{refused}");
    drop(first);
    open(&path).unwrap();
}

#[test]
fn columns_delimiter_and_line_ends_of_the_user_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.csv");
    let mine = "id;review;stars;label\r\n7;\"so; good\";5;good\r\n";
    fs::write(&path, mine).unwrap();
    let classes = ["good".to_string()];
    let columns = Columns { text: Some("review".into()), label: None };
    let wanted = Wanted { columns, classes: &classes, ..Wanted::default() };
    let (mut file, rows) = LabelFile::open(&path, &wanted).unwrap();
    assert_eq!(rows, [row("so; good", "good")]);
    let id = |name: &str| (name == "id").then(|| "8".to_string());
    file.append("a; b", "good", "margin", &id).unwrap();
    assert_eq!(text(&path), format!("{mine}8;\"a; b\";;good\r\n"));
}

#[test]
fn a_part_of_a_row_is_set_aside_and_a_whole_last_line_is_kept() {
    let head = "text,label,chosen_by\nwarm,good,margin\n";
    let cases = [
        ("dull,bad,margin", true),
        ("dull,bad,", true),
        ("dull,ba", false),
        ("dull", false),
        ("\"dull, \nvery", false),
        ("dull,", false),
        ("dull,bad", false),
    ];
    for (last, whole) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        fs::write(&path, format!("{head}{last}")).unwrap();
        let (mut file, rows) = open(&path).unwrap();
        file.append("new", "bad", "random", &none).unwrap();
        drop(file);
        assert_eq!(rows.len(), if whole { 2 } else { 1 }, "{last:?}");
        let kept = if whole { format!("{last}\n") } else { String::new() };
        assert_eq!(text(&path), format!("{head}{kept}new,bad,random\n"), "{last:?}");
        let beside = folder.path().join("labels.csv.torn-1");
        assert_eq!(fs::read_to_string(&beside).ok().as_deref(), (!whole).then_some(last), "{last:?}");
        assert_eq!(open(&path).unwrap().1.len(), if whole { 3 } else { 2 });
    }
}

/// Cuts a file after every byte: what was whole before the cut is there, and the rest is set aside.
#[test]
fn a_file_that_is_cut_anywhere_keeps_its_whole_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    let (mut file, _) = open(&path).unwrap();
    for (line, label) in [("one, \"two\"\nthree", "good"), ("é日", "bad"), ("plain", "good")] {
        file.append(line, label, "margin", &none).unwrap();
    }
    drop(file);
    let whole = fs::read(&path).unwrap();
    let head = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let ends: Vec<usize> = whole
        .split_inclusive(|&byte| byte == b'\n')
        .scan(0, |at, line| {
            *at += line.len();
            Some((*at, line.ends_with(b"margin\n")))
        })
        .filter(|(_, is_row)| *is_row)
        .map(|(end, _)| end)
        .collect();
    for cut in head..=whole.len() {
        let path = folder.path().join(format!("cut-{cut}.csv"));
        fs::write(&path, &whole[..cut]).unwrap();
        let (mut file, rows) = open(&path).unwrap();
        let sure = ends.iter().filter(|&&end| end <= cut).count();
        // A row whose label is whole may count although its end is missing.
        assert!((sure..=sure + 1).contains(&rows.len()), "{cut}: {rows:?}");
        file.append("after", "bad", "random", &none).unwrap();
        drop(file);
        assert_eq!(open(&path).unwrap().1.len(), rows.len() + 1, "{cut}: {}", text(&path));
    }
}

#[test]
fn files_that_are_no_tables_of_labels_are_refused_and_left_alone() {
    let cases: [(&[u8], &str); 5] = [
        (b"id,words\n1,x\n", "no columns of text and label; it has: id, words"),
        (b"text,label\nfine,\xff\xfe\n", "is UTF-8, and this is not"),
        (b"text,label\n\"open,good\nwarm,good\ndull,bad\n", "line 2: the quote opened here is never closed"),
        (b"\x1f\x8b\x08\x00", "UTF-8"),
        (b"PAR1....", "no columns of text and label"),
    ];
    for (content, problem) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        fs::write(&path, content).unwrap();
        let error = open(&path).map(drop).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(open(folder.path()).is_err(), "a folder");
    let empty = folder.path().join("empty.csv");
    fs::write(&empty, "\n").unwrap();
    open(&empty).unwrap();
    assert_eq!(text(&empty), "text,label,chosen_by\n");
}

#[test]
fn a_file_that_another_program_changed_gets_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    let (mut file, _) = open(&path).unwrap();
    file.append("one", "good", "margin", &none).unwrap();
    // An editor writes a new file and renames it.
    let edited = "text,label,chosen_by\none,bad,margin\n";
    let other = folder.path().join("other");
    fs::write(&other, edited).unwrap();
    fs::rename(&other, &path).unwrap();
    for _ in 0..2 {
        let error = file.append("two", "good", "margin", &none).unwrap_err().to_string();
        assert!(error.contains("another program has changed this file"), "{error}");
    }
    assert!(file.undo().is_err());
    assert_eq!(text(&path), edited);
}

#[test]
fn new_files_take_over_the_columns_of_the_unlabelled_texts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.tsv");
    let further = ["id".to_string(), "review".into(), "label".into()];
    let wanted = Wanted { further: &further, text: Some("review"), ..Wanted::default() };
    let (mut file, _) = LabelFile::open(&path, &wanted).unwrap();
    file.append("warm", "good", "margin", &|name| (name == "id").then(|| "3".into())).unwrap();
    assert_eq!(text(&path), "id\treview\tlabel\tchosen_by\n3\twarm\tgood\tmargin\n");
    drop(file);
    assert_eq!(LabelFile::open(&path, &wanted).unwrap().1, [row("warm", "good")]);
}
