use super::*;

const COLUMNS: &[Column] = &[
    Column::text(&["method"]),
    Column::count(&["labels", "budget"]),
    Column::number(&["acc"]),
    Column::text(&["source"]),
];

struct Row(&'static str, &'static str, Option<f64>, &'static str);

impl Queried for Row {
    fn name(&self) -> String {
        format!("{} · {} labels", self.0, self.1)
    }

    fn text(&self, column: usize) -> String {
        match column {
            0 => self.0.into(),
            1 => self.1.into(),
            2 => self.2.map(|number| number.to_string()).unwrap_or_default(),
            _ => self.3.into(),
        }
    }

    fn number(&self, column: usize) -> Option<f64> {
        match column {
            1 => self.1.parse().ok(),
            2 => self.2,
            _ => None,
        }
    }
}

const ROWS: [Row; 5] = [
    Row("scratch", "100", Some(0.6), ""),
    Row("frozen", "100", Some(0.85), "glove"),
    Row("frozen", "1000", Some(0.9), "my vectors"),
    Row("fine-tuned", "1000", None, "glove"),
    Row("fine-tuned", "all", Some(0.8), "glove"),
];

fn kept(query: &str) -> Vec<usize> {
    let query = Query::parse(query, COLUMNS).unwrap();
    (0..ROWS.len()).filter(|i| query.keeps(&ROWS[*i])).collect()
}

fn mistake(query: &str) -> (usize, String) {
    let mistake = Query::parse(query, COLUMNS).unwrap_err();
    (mistake.at, mistake.sentence)
}

#[test]
fn all_terms_of_a_query_must_hold() {
    assert_eq!(kept(""), [0, 1, 2, 3, 4]);
    assert_eq!(kept("  frozen  "), [1, 2]);
    assert_eq!(kept("FROZEN labels:100"), [1]);
    assert_eq!(kept("acc>0.8"), [1, 2]);
    assert_eq!(kept("acc>=0.8 !frozen"), [4]);
    assert_eq!(kept("acc > 0.8"), [1, 2]);
    assert_eq!(kept("acc >=0.8 !frozen"), [4]);
    assert_eq!(kept("acc != 0.6 acc<= 0.85"), [1, 4]);
    assert_eq!(kept("acc>=80%"), [1, 2, 4]);
    assert_eq!(kept("!acc>0.8"), [0, 3, 4], "a row without a value fails the comparison");
    assert_eq!(kept("acc!=0.6 acc<=0.85"), [1, 4]);
    assert_eq!(kept("labels:100,1000 !!frozen"), [1, 2]);
    assert_eq!(kept("labels:100..500"), [0, 1]);
    assert_eq!(kept("labels=1k"), [2, 3]);
    assert_eq!(kept("budget:all"), [4]);
    assert_eq!(kept("source:glove method:fine"), [3, 4]);
    assert_eq!(kept("source:\"my vectors\""), [2]);
    assert_eq!(kept("\"frozen · 1000\""), [2]);
    assert_eq!(kept("/^f.*1000/"), [2, 3]);
    assert_eq!(kept("!/^F.* 1000/ glove"), Vec::<usize>::new(), "the name does not have the source");
    assert_eq!(kept(r"/1000 lab\w+$/"), [2, 3]);
    assert_eq!(kept("labels:".trim_end_matches(':')), [0, 1, 2, 3, 4], "a word of the names");
}

#[test]
fn a_mistake_has_a_place_and_a_sentence() {
    assert_eq!(mistake("frozen acc>"), (12, "a number is missing, as in acc>0.8".into()));
    assert_eq!(mistake("acc>high").0, 5);
    assert!(mistake("acc>high").1.contains("`high` is no number"));
    assert_eq!(mistake("x colour:red").0, 3);
    assert!(mistake("colour:red").1.contains("there are: method, labels, acc, source"));
    assert!(mistake("method>3").1.contains("has texts"));
    assert_eq!(mistake("!").0, 2);
    assert_eq!(mistake("ä /abc"), (3, "the regular expression has no end: a second / is missing".into()));
    assert_eq!(mistake("/").0, 1);
    let (at, sentence) = mistake("/a(b/");
    assert!(at == 2 && sentence.contains("unclosed group") && !sentence.contains('\n'), "{sentence}");
    assert!(mistake("/a{1000}{1000}{1000}/").1.contains("regular expression"));
    assert_eq!(mistake("source:glove,").0, 14);
    assert_eq!(mistake("source:\"my").0, 8);
    assert_eq!(mistake("labels:").0, 8);
    assert!(mistake("labels!5").1.contains("labels!="));
    assert!(mistake("acc>nan").1.contains("no number") && mistake("acc>1e999").1.contains("no number"));
    assert!(mistake(":x").1.starts_with("a column is missing"));
}

#[test]
fn columns_and_values_are_completed() {
    let values = |column: usize| -> Vec<String> {
        let mut values: Vec<String> =
            ROWS.iter().map(|row| row.text(column)).filter(|t| !t.is_empty()).collect();
        values.dedup();
        values
    };
    let of = |text: &str| complete(text, COLUMNS, values);
    assert_eq!(of("").terms, ["method:", "labels:", "acc>", "source:"]);
    assert_eq!(of("frozen so"), Completion { before: "frozen ".into(), terms: vec!["source:".into()] });
    assert_eq!(of("!bud").terms, ["!budget:"]);
    assert_eq!(of("!fr").terms, ["!frozen"]);
    assert_eq!(of("method:f").terms, ["method:frozen", "method:fine-tuned"]);
    assert_eq!(of("labels:100,10").terms, ["labels:100,100", "labels:100,1000"]);
    assert_eq!(
        of("x source:m"),
        Completion { before: "x ".into(), terms: vec!["source:\"my vectors\"".into()] }
    );
    assert!(of("nothing:x").terms.is_empty() && of("/reg").terms.is_empty());
}

#[test]
fn no_text_is_a_fault() {
    let mut noise = crate::rng::stream(1, "query", 0);
    let pieces = [
        "!", "/", "\"", ":", "acc", "labels", ">", "=", "<", ",", "..", " ", "ä", "日", "\\", "(", "0.5",
        "e", "%", "k",
    ];
    for _ in 0..20_000 {
        let length = crate::rng::below(&mut noise, 9);
        let text: String = (0..length).map(|_| pieces[crate::rng::below(&mut noise, pieces.len())]).collect();
        match Query::parse(&text, COLUMNS) {
            Ok(query) => {
                ROWS.iter().for_each(|row| _ = query.keeps(row));
            }
            Err(mistake) => {
                assert!(mistake.at >= 1 && mistake.at <= text.chars().count() + 1, "{text}: {mistake}");
                assert!(!mistake.sentence.is_empty() && !mistake.sentence.contains('\n'));
            }
        }
        complete(&text, COLUMNS, |_| vec!["a b".into()]);
    }
}
