//! Labelled text: from a recipe's task to classes and documents.
//!
//! Classes are sorted by name (as numbers, if all of them are), unless the recipe has a list with one file per class;
//! then the order of the list is used. Documents without any text are skipped, and a message reports them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result, counted};
use crate::session::budget::Proportions;
use crate::session::starter::TakenColumns;
use crate::session::text_transfer::{TextFiles, TextTask};

use super::collector::{Collector, allowed, first_path};
use super::document::Document;
use super::format::{Format, detect};
use super::lines::Lines;
use super::split::Pool;
use super::splits::Pools;
use super::table::Columns;
use super::tree::{Part, Tree};
use super::{classes, json, label_lines, parquet, split, table};

/// A labelled text task in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledText {
    /// The names of the classes, in the order of all confusion matrices.
    pub classes: Vec<String>,
    /// The training set, from which label budgets are drawn.
    pub train: Vec<Document>,
    /// The validation set, if there is one.
    pub validation: Option<Vec<Document>>,
    /// Test sets by name. The first is the main one.
    pub tests: Vec<(String, Vec<Document>)>,
    /// Whether the test set was held out of the training set, because there was none.
    pub held_out: bool,
    /// Which columns or folders were read as texts and labels: one sentence per part.
    pub read: Vec<String>,
    /// The columns of the training part, if it is a table.
    pub taken: Option<TakenColumns>,
    /// Remarks for the user.
    pub remarks: Vec<String>,
}

impl LabelledText {
    /// The pools from which labels are drawn: of the training set, and of the training and test sets together if the
    /// test set was held out.
    pub fn pools(&self, proportions: Proportions) -> Pools {
        let own_validation = self.validation.is_some();
        let pool = |documents: &[Document]| {
            Pool::new(documents, &self.classes, own_validation).in_proportions(proportions)
        };
        let both = self.held_out.then(|| {
            let test = self.tests.iter().take(1).flat_map(|(_, documents)| documents);
            pool(&self.train.iter().chain(test).cloned().collect::<Vec<_>>())
        });
        Pools { train: pool(&self.train), both }
    }
}

/// Called with the number of documents read so far; an error ends the reading.
pub type Progress<'a> = &'a mut dyn FnMut(usize) -> Result<()>;

/// Reads a task. `demo` generates the reviews of the built-in demo, from the numbers of training and test reviews and
/// the seed.
///
/// # Errors
/// If something is wrong with the data: one sentence with the file and the line.
pub fn load(
    task: &TextTask,
    seed: u64,
    demo: impl FnOnce(usize, usize, u64) -> Result<LabelledText>,
    progress: Progress,
) -> Result<LabelledText> {
    match task {
        TextTask::Demo { train, test } => demo(*train, *test, seed),
        TextTask::Files { train, validation, test, text, label, bodies } => {
            let columns = Columns { text: text.clone(), label: label.clone() };
            let texts = Texts { columns, bodies: *bodies };
            load_text(train, validation.as_ref(), test.as_ref(), &texts, seed, progress)
        }
    }
}

/// Where the texts and labels are in the files, and which part of a text is used.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// The columns or fields that hold text and label, if a file has several.
    pub columns: Columns,
    /// Whether only the part after the first empty line of a text is used, if there is an empty line.
    pub bodies: bool,
}

/// Reads a task from files. If the folder or archive named for `train` has several parts, its `train` part is the
/// training set, its `test` part is used if no test set is named, and its validation part likewise. Without a test
/// set, a validation set serves as the test set; without both, a fifth of the training set is held out (stratified;
/// the same for the same seed).
///
/// # Errors
/// As for [`load`].
pub fn load_text(
    train: &TextFiles,
    validation: Option<&TextFiles>,
    test: Option<&TextFiles>,
    texts: &Texts,
    seed: u64,
    progress: Progress,
) -> Result<LabelledText> {
    let mut reading = Reading::new(texts, progress);
    let mut main = reading.part(train, Part::Train)?;
    let (classes, taken) = (main.order_classes(matches!(train, TextFiles::Classes(_))), main.taken.take());
    if main.documents.is_empty() {
        return Err(main.nothing(first_path(train)));
    }
    check_classes(&classes, &main.documents, train)?;
    let mut aligned = |files: &TextFiles, part: Part| -> Result<Vec<Document>> {
        let mut read = reading.part(files, part)?;
        read.align(&classes, files)?;
        Ok(read.documents)
    };
    let named = (validation.is_some(), test.is_some());
    let mut validation = validation.map(|files| aligned(files, Part::Validation)).transpose()?;
    let mut test_part = test.map(|files| aligned(files, Part::Test)).transpose()?;
    let mut own = |part: Part| -> Result<Option<Vec<Document>>> {
        let TextFiles::One(path) = train else { return Ok(None) };
        if !reading.has(path, part) {
            return Ok(None);
        }
        let mut read = reading.part(train, part)?;
        read.align(&classes, train)?;
        Ok(Some(read.documents))
    };
    if !named.1 {
        test_part = own(Part::Test)?;
    }
    if !named.0 {
        validation = own(Part::Validation)?;
    }
    if test_part.is_some() && !named.1 {
        reading.remarks.push("the test part is the one that lies beside the training part".into());
    } else if test_part.is_none() && !named.0 && validation.is_some() {
        test_part = validation.take();
        reading.remarks.push("there is no test part: the validation part serves as one".into());
    }
    let read = reading.told;
    let mut remarks = reading.remarks;
    let held_out = test_part.is_none();
    let (train, test) = match test_part {
        Some(test) => (main.documents, test),
        None => {
            let (rest, test) = hold_out(main.documents, classes.len(), seed);
            remarks.push(held_out_told(test.len(), "document was", "documents were"));
            (rest, test)
        }
    };
    let tests = vec![(crate::session::record::TEST.to_string(), test)];
    remarks.extend(classes::doubtful(&classes));
    Ok(LabelledText { classes, train, validation, tests, held_out, read, taken, remarks })
}

/// Documents without a split. There may be too few to train on.
#[derive(Debug, Clone, PartialEq)]
pub struct Gathered {
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The documents; their labels are indices into `classes`.
    pub documents: Vec<Document>,
    /// A description of what was read as texts and labels.
    pub read: Vec<String>,
    /// Remarks for the user.
    pub remarks: Vec<String>,
}

/// Reads the training set of `files`, or everything if there are no parts; nothing is held out.
///
/// # Errors
/// If a file cannot be read, or has no document.
pub fn gather(files: &TextFiles, texts: &Texts, progress: Progress) -> Result<Gathered> {
    let mut reading = Reading::new(texts, progress);
    let mut part = reading.part(files, Part::Train)?;
    let classes = part.order_classes(matches!(files, TextFiles::Classes(_)));
    if part.documents.is_empty() {
        return Err(part.nothing(first_path(files)));
    }
    let mut remarks = reading.remarks;
    remarks.extend(classes::doubtful(&classes));
    Ok(Gathered { classes, documents: part.documents, read: reading.told, remarks })
}

/// Reads the test set of the data at `path`, or everything if there are no parts, for an existing model.
///
/// # Errors
/// As for [`gather`].
pub fn gather_test(path: &Path, texts: &Texts, progress: Progress) -> Result<Gathered> {
    let files = TextFiles::One(path.to_path_buf());
    let mut reading = Reading::new(texts, progress);
    let mut part = reading.part(&files, Part::Train)?;
    if reading.has(path, Part::Test) {
        reading.told.clear();
        part = reading.part(&files, Part::Test)?;
    }
    let classes = part.order_classes(false);
    if part.documents.is_empty() {
        return Err(part.nothing(path));
    }
    Ok(Gathered { classes, documents: part.documents, read: reading.told, remarks: reading.remarks })
}

/// Reads unlabelled texts, one per line.
///
/// # Errors
/// As for [`gather`].
pub fn gather_lines(path: &Path, progress: Progress) -> Result<Gathered> {
    let mut out = Collector::new(progress);
    let mut lines = Lines::open(path)?;
    while let Some((_, line)) = lines.next_line()? {
        out.add("", line.trim().to_string())?;
    }
    if out.documents.is_empty() {
        return Err(Error::input(path, Place::Whole, "no document in it", "give every text a line"));
    }
    let remarks = lines.remark().into_iter().collect();
    Ok(Gathered { classes: Vec::new(), documents: out.documents, read: Vec::new(), remarks })
}

/// The remark on held-out examples.
pub(super) fn held_out_told(n: usize, one: &str, many: &str) -> String {
    format!("there is no test part: {} held out, a fifth", counted(n, one, many))
}

/// Splits off a fifth of the documents, stratified and by groups.
fn hold_out(documents: Vec<Document>, classes: usize, seed: u64) -> (Vec<Document>, Vec<Document>) {
    let labels: Vec<u32> = documents.iter().map(|d| d.label).collect();
    let held = split::held_out(&labels, classes, split::group_numbers(&documents).as_deref(), seed);
    let (mut rest, mut out) = (Vec::new(), Vec::new());
    for (document, held) in documents.into_iter().zip(held) {
        if held { out.push(document) } else { rest.push(document) }
    }
    (rest, out)
}

/// Returns an error for data that nothing can be learned from.
fn check_classes(classes: &[String], documents: &[Document], files: &TextFiles) -> Result<()> {
    let path = first_path(files);
    let wrong = |problem: String, remedy: &str| Err(Error::input(path, Place::Whole, problem, remedy));
    match classes {
        [] => return wrong("no class in it".into(), "name files with labelled text"),
        [one] => {
            return wrong(
                format!("all documents are of one class, \"{one}\""),
                "two classes are needed at least",
            );
        }
        _ => {}
    }
    if documents.len() >= 8 && classes.len() * 2 > documents.len() {
        let problem = format!("{} different labels for {} documents", classes.len(), documents.len());
        return wrong(problem, "does the label stand first on every line, or in the column that is named?");
    }
    Ok(())
}

/// The state while the parts of a task are read.
struct Reading<'a> {
    texts: &'a Texts,
    trees: HashMap<PathBuf, Tree>,
    progress: Progress<'a>,
    read: usize,
    /// Descriptions of what was read as texts and labels.
    told: Vec<String>,
    remarks: Vec<String>,
}

impl<'a> Reading<'a> {
    fn new(texts: &'a Texts, progress: Progress<'a>) -> Reading<'a> {
        Reading { texts, trees: HashMap::new(), progress, read: 0, told: Vec::new(), remarks: Vec::new() }
    }

    /// Whether the data at `path`, which was read before, also has this part.
    fn has(&self, path: &Path, part: Part) -> bool {
        self.trees.get(path).is_some_and(|tree| tree.has(part))
    }

    /// Reads one part.
    fn part(&mut self, files: &TextFiles, part: Part) -> Result<Collector<'static>> {
        let base = self.read;
        let progress = &mut self.progress;
        let mut counted = |n| progress(base + n);
        let mut out = Collector::new(&mut counted);
        out.bodies = self.texts.bodies;
        out.allowed = allowed(files);
        let columns = &self.texts.columns;
        match files {
            TextFiles::Classes(classes) => {
                if classes.len() < 2 {
                    return Err(Error::request(
                        "a list of classes with fewer than two of them",
                        "give every class its name and file: [(\"good\", \"good.txt\"), (\"bad\", \"bad.txt\")]",
                    ));
                }
                for (class, path) in classes {
                    label_lines::read_class(path, class, &mut out)?;
                    out.written(path)?;
                }
                out.how = "a file a class, a text a line".into();
            }
            TextFiles::One(path) => match detect(path, columns)? {
                Format::Csv => table::read_csv(path, columns, &mut out)?,
                Format::Tsv => table::read_tsv(path, columns, &mut out)?,
                Format::Json => json::read(path, columns, &mut out)?,
                Format::Parquet => parquet::read(path, columns, &mut out)?,
                Format::FastText => label_lines::read_fasttext(path, &mut out)?,
                Format::Trec => label_lines::read_trec(path, &mut out)?,
                Format::LabelText => label_lines::read_labelled(path, &mut out)?,
                Format::Tree => {
                    if !self.trees.contains_key(path) {
                        self.trees.insert(path.clone(), Tree::scan(path)?);
                    }
                    self.trees[path].read(part, &mut out)?;
                }
            },
        }
        if let TextFiles::One(path) = files
            && !self.trees.contains_key(path)
            && !parquet::is_parquet(path)?
        {
            out.written(path)?;
        }
        let out = out.finished();
        let name = first_path(files).file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.told.extend(out.told(&name));
        let n =
            |count: u64, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        if out.foreign > 0 {
            let lines = n(out.foreign, "line or text is", "lines or texts are");
            self.remarks.push(format!("{name}: {lines} not UTF-8 and read as Windows-1252"));
        }
        if out.empty > 0 {
            let texts = n(out.empty, "document without text was", "documents without text were");
            self.remarks.push(format!("{name}: {texts} left out"));
        }
        if let Some((count, first)) = &out.unlabelled {
            let rows = n(*count, "row without a label was", "rows without a label were");
            self.remarks.push(format!("{name}{first}: {rows} left out, this one first"));
        }
        self.remarks.extend(out.remarks.iter().map(|remark| format!("{name}: {remark}")));
        self.read += out.documents.len();
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(path: &Path) -> TextFiles {
        TextFiles::One(path.to_path_buf())
    }

    /// Writes `texts` as files `0`, `1` … and loads them as training and test part.
    fn run(texts: &[&str]) -> std::result::Result<LabelledText, String> {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<TextFiles> = (texts.iter().enumerate())
            .map(|(i, text)| {
                let path = folder.path().join(i.to_string());
                std::fs::write(&path, text).unwrap();
                one(&path)
            })
            .collect();
        load_text(&files[0], None, files.get(1), &Texts::default(), 1, &mut |_| Ok(()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn classes_are_sorted_as_numbers_if_they_are_and_tests_follow() {
        let read = run(&["10 a\n9 b\n-1 c\n", "9 x\n10 y\n"]).unwrap();
        assert_eq!(read.classes, ["-1", "9", "10"]);
        assert_eq!(read.train.iter().map(|d| d.label).collect::<Vec<_>>(), [2, 1, 0]);
        assert_eq!(read.tests[0].1.iter().map(|d| d.label).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(run(&["b a\n10 b\n9 c\n", "9 x\n"]).unwrap().classes, ["10", "9", "b"]);
        assert!(read.remarks.is_empty());
    }

    #[test]
    fn gathering_holds_nothing_out_and_needs_no_second_class() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "0 one\n0 two\n\n0 three\n").unwrap();
        let read = gather(&one(&path), &Texts::default(), &mut |_| Ok(())).unwrap();
        assert_eq!((read.classes, read.documents.len()), (vec!["0".to_string()], 3));
        let read = gather_lines(&path, &mut |_| Ok(())).unwrap();
        assert_eq!((read.classes.len(), read.documents[1].text.as_str()), (0, "0 two"));
        std::fs::write(&path, "\n").unwrap();
        let error = gather_lines(&path, &mut |_| Ok(())).unwrap_err().to_string();
        assert!(error.contains("no document in it"), "{error}");
    }

    #[test]
    fn without_a_test_part_a_stratified_fifth_is_held_out_and_that_is_said() {
        let text: String = (0..50).map(|i| format!("{} text {i}\n", i % 5 / 4)).collect();
        let read = run(&[&text]).unwrap();
        assert_eq!((read.train.len(), read.tests[0].1.len()), (40, 10));
        assert_eq!(read.tests[0].1.iter().filter(|d| d.label == 1).count(), 2);
        assert!(read.remarks[0].contains("10 documents were held out, a fifth"), "{:?}", read.remarks);
        assert_eq!(read, run(&[&text]).unwrap());
    }

    #[test]
    fn data_that_nothing_can_be_learned_from_is_refused() {
        for (texts, expected) in [
            (&["1 a\n1 b\n"][..], "all documents are of one class, \"1\""),
            (
                &["1 a\n0 b\n", "1 a\n3 b\n4 c\n"],
                "that the training part does not have: \"3\", \"4\"; its classes are 0, 1",
            ),
            (&["1 a\n0 b\n", " \n"], "no document in it"),
            (
                &["the a\nquick b\nbrown c\nfox d\njumps e\nover f\nlazy g\nthe h\n"],
                "7 different labels for 8 documents",
            ),
        ] {
            let error = run(texts).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_file_a_class_keeps_the_given_order_and_says_what_was_not_utf8() {
        let folder = tempfile::tempdir().unwrap();
        let (good, bad) = (folder.path().join("z.good"), folder.path().join("a.bad"));
        std::fs::write(&good, "one\ntwo\n").unwrap();
        std::fs::write(&bad, b"caf\xe9\nthree\n\n").unwrap();
        let files = TextFiles::Classes(vec![("z".into(), good.clone()), ("a".into(), bad.clone())]);
        let read = load_text(&files, None, Some(&files), &Texts::default(), 1, &mut |_| Ok(())).unwrap();
        assert_eq!(read.classes, ["z", "a"]);
        assert_eq!(read.train[2], Document { text: "café".into(), label: 1, group: None });
        assert!(read.remarks[0].contains("1 line or text is not UTF-8"), "{:?}", read.remarks);
        std::fs::write(&bad, "").unwrap();
        let error = load_text(&files, None, None, &Texts::default(), 1, &mut |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("the class \"a\" is empty"), "{error}");
    }

    #[test]
    fn reading_can_be_interrupted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "1 a\n0 b\n".repeat(3000)).unwrap();
        let mut seen = 0;
        let stopped = load_text(&one(&path), None, None, &Texts::default(), 1, &mut |n| {
            seen = n;
            if n >= 2000 { Err(Error::Interrupted) } else { Ok(()) }
        });
        assert!(matches!(stopped, Err(Error::Interrupted)));
        assert_eq!(seen, 2000);
    }

    #[test]
    #[ignore = "needs WARMSTART_DATA"]
    fn public_data_sets_are_read_whole() {
        let data = crate::data::public::folder();
        let load = |train: TextFiles, test: Option<TextFiles>| {
            load_text(&train, None, test.as_ref(), &Texts::default(), 1, &mut |_| Ok(())).unwrap()
        };
        let at = |name: &str| TextFiles::One(data.join(name));
        let shape = |read: &LabelledText| (read.classes.len(), read.train.len(), read.tests[0].1.len());
        let sst = load(at("sst/stsa.binary.train"), Some(at("sst/stsa.binary.test")));
        assert_eq!(shape(&sst), (2, 6920, 1821));
        assert_eq!(shape(&load(at("sst/stsa.fine.train"), Some(at("sst/stsa.fine.test")))), (5, 8544, 2210));
        let trec = load(at("trec/TREC.train"), Some(at("trec/TREC.test")));
        assert_eq!(shape(&trec), (6, 5452, 500));
        assert_eq!(trec.classes, ["ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"]);
        let ag = load(at("ag_news_csv/test.csv"), None);
        assert_eq!(shape(&ag), (4, 6080, 1520));
        let classes = [("neg", "mr/rt-polarity.neg"), ("pos", "mr/rt-polarity.pos")];
        let mr = load(TextFiles::Classes(classes.map(|(c, p)| (c.into(), data.join(p))).into()), None);
        assert_eq!(mr.train.len() + mr.tests[0].1.len(), 10_662);
        assert!(mr.remarks.iter().any(|remark| remark.contains("Windows-1252")), "{:?}", mr.remarks);
        let news = load(at("20news/20news-bydate.tar.gz"), None);
        assert_eq!(shape(&news), (20, 11_314, 7532));
        let imdb = load(at("aclImdb/aclImdb_v1_labelled.tar.gz"), None);
        assert_eq!(shape(&imdb), (2, 25_000, 25_000));
        assert!(imdb.train.iter().all(|d| d.group.as_ref().is_some_and(|g| g.starts_with("tt"))));
    }
}
