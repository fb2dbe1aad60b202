//! The tour: its chapters as text and in the workbench, and chapters that a teacher writes.

use std::fs;
use std::path::Path;

use crate::common::Place;

/// A chapter on the small files.
const CHAPTER: &str = r#"(
    title: "Ours",
    text: "Ours are small texts.

        They have two moods.",
    claim: "Vectors help.",
    question: (
        ask: "Which one is ahead?",
        answer: Best(of: [Scratch, Frozen, Mean], labels: 20),
    ),
    recipe: Inline(
        title: "Ours",
        seed: 5,
        transfer: Text(
            source: SkipGram(corpus: File("../corpus.txt"), dim: 8, epochs: 1, min_count: 1),
            task: Files(train: "../train.csv", test: "../test.csv", text: "review", label: "mood"),
            head: Average,
        ),
        methods: [Scratch, Frozen, Mean, TfIdf],
        labels: [20],
        seeds: 2,
        training: (epochs: 4),
    ),
    screen: Compare,
    try: "press 3.",
)
"#;

fn lessons(place: &Place) {
    fs::create_dir(place.path("lessons")).unwrap();
    place.write("lessons/1-ours.ron", CHAPTER);
}

#[test]
fn the_built_in_chapters_are_listed_and_a_teacher_gets_one_to_copy() {
    let place = Place::new();
    let listed = place.run(&["tour", "--list"]).well().stdout;
    for title in ["1  What transfer learning is", "6  What it bought, and when it loses"] {
        assert!(listed.contains(title), "{listed}");
    }
    let document = place.run(&["tour", "--list", "--json"]).well().json();
    assert_eq!(document.as_array().unwrap().len(), 6);
    assert_eq!(document[0]["done"], false);
    assert!(document[2]["chapter"]["choices"].as_array().unwrap().len() > 3);
    place.write("my-chapter.ron", &place.run(&["tour", "--template"]).well().stdout);
    let listed = place.run(&["tour", "my-chapter.ron", "--list"]).well().stdout;
    assert!(listed.contains("1  Two ways to read a text"), "{listed}");
    assert!(!place.path("sessions").exists(), "looking writes nothing");
}

#[test]
fn what_is_wrong_with_a_chapter_is_told_with_its_line() {
    let place = Place::new();
    lessons(&place);
    for (from, to, told) in [
        ("claim:", "clam:", "1-ours.ron, line 6, column"),
        ("labels: 20)", "labels: 30)", "1-ours.ron, line 7: the question is about 30 labels"),
        ("seeds: 2", "seeds: 0", "1-ours.ron, line 11: `seeds` is 0"),
        ("Compare", "Compar", "`Compare`"),
    ] {
        place.write("lessons/1-ours.ron", &CHAPTER.replace(from, to));
        let done = place.run(&["tour", "lessons", "--plain"]);
        assert!(done.sentence().contains(told), "{}", done.stderr);
    }
    for (args, told) in [
        (&["tour", "nowhere.ron", "--plain"][..], "nowhere.ron"),
        (&["tour", "sessions", "--list"], "sessions"),
        (&["tour", "--chapter", "9", "--plain"], "the tour has 6 chapters"),
    ] {
        assert!(place.run(args).sentence().contains(told), "{args:?}");
    }
    fs::create_dir(place.path("empty")).unwrap();
    assert!(place.run(&["tour", "empty"]).sentence().contains("this folder has no chapter"));
    assert_eq!(place.run(&["tour", "--chapter", "0"]).code, Some(2));
    assert!(!place.path("sessions").exists());
}

#[test]
fn a_chapter_is_printed_run_and_answered_as_text() {
    let place = Place::new();
    lessons(&place);
    let told = place.run(&["tour", "lessons", "--plain"]).well().stdout;
    for part in [
        "Chapter 1 of 1: Ours",
        "They have two moods.",
        "The claim to test: Vectors help.",
        "  c  mean: mean of the words' vectors",
        "  n  no clear winner",
        "With 20 labels: ",
        "points, 95 % interval",
        "Measured: ",
        "Try, in the workbench: press 3.",
        "The session is kept in sessions/tour-1-ours.",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let listed = place.run(&["tour", "lessons", "--list"]).well().stdout;
    assert!(listed.starts_with("✓ 1  Ours"), "{listed}");
    // The same answer as that of the session's comparison, also for a pair that it does not list (mean and frozen).
    let done = place.run(&["tour", "lessons", "--json"]).well();
    let document = done.json();
    assert_eq!(document[0]["session"], "sessions/tour-1-ours-2");
    let sentences = document[0]["answer"]["sentences"].as_array().unwrap();
    assert_eq!(sentences.len(), 3, "{sentences:?}");
    for sentence in sentences {
        assert!(told.contains(sentence.as_str().unwrap()), "{sentence}");
    }
    let compared = place.run(&["compare", "sessions/tour-1-ours", "--json"]).well().json();
    let rows = compared["sessions"][0]["comparison"]["rows"].as_array().unwrap();
    let best = rows.iter().filter(|row| row["method"] != "TfIdf").map(|row| row["mean"].as_f64().unwrap());
    let best = best.fold(0.0, f64::max);
    assert!(sentences[0].as_str().unwrap().contains(&format!("{:.1} %", 100.0 * best)), "{sentences:?}");
}

#[test]
fn what_was_measured_is_printed_also_if_a_later_chapter_fails_and_another_seed_is_another_tour() {
    let place = Place::new();
    lessons(&place);
    place.write("lessons/2-bad.ron", &CHAPTER.replace("../corpus.txt", "../nowhere.txt"));
    let done = place.run(&["tour", "lessons", "--json"]);
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    assert!(done.stderr.contains("nowhere.txt"), "{}", done.stderr);
    let document: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(document.as_array().unwrap().len(), 1);
    assert!(!document[0]["answer"]["sentences"].as_array().unwrap().is_empty(), "{document}");
    place.run(&["tour", "lessons", "--plain", "--chapter", "1", "--seed", "7"]).well();
    let marked = |args: &[&str]| place.run(args).well().stdout.starts_with('✓');
    assert!(marked(&["tour", "lessons", "--list", "--seed", "7"]));
    assert!(!marked(&["tour", "lessons", "--list"]));
}

/// Every chapter of the folder, with little data, so that it takes seconds.
#[test]
fn every_chapter_that_comes_with_the_program_runs_and_has_an_answer() {
    let place = Place::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/tours");
    fs::create_dir(place.path("small")).unwrap();
    let mut count = 0;
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        let mut text = fs::read_to_string(&path).unwrap();
        for (field, largest) in [
            ("reviews: ", 300),
            ("train: ", 250),
            ("test: ", 60),
            ("letters: ", 520),
            ("epochs: ", 2),
            ("seeds: ", 2),
            ("labels: ", 200),
            ("labels: [50, ", 200),
            ("hidden: ", 4),
            ("dim: ", 8),
        ] {
            text = smaller(&text, field, largest);
        }
        fs::write(place.path("small").join(path.file_name().unwrap()), text).unwrap();
        count += 1;
    }
    assert_eq!(count, 7);
    let done = place.run(&["tour", "small", "--json"]).well();
    let document = done.json();
    let chapters = document.as_array().unwrap();
    assert_eq!(chapters.len(), count);
    for chapter in chapters {
        let answer = &chapter["answer"];
        let sentences: Vec<&str> =
            answer["sentences"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
        assert!(sentences.len() > 1 && sentences[1].contains("95 % interval"), "{chapter}");
        let choices = chapter["chapter"]["choices"].as_array().unwrap();
        let open = answer["open"].as_array().unwrap();
        assert!(!open.is_empty() && open.iter().all(|choice| choices.contains(choice)), "{chapter}");
        assert_eq!(answer["choice"].is_string(), open.len() == 1, "{chapter}");
    }
}

/// The text with every number after `field` that is above `largest` replaced by it.
fn smaller(text: &str, field: &str, largest: usize) -> String {
    let mut pieces = text.split(field);
    let mut out = pieces.next().unwrap_or_default().to_string();
    for piece in pieces {
        let digits: String = piece.chars().take_while(char::is_ascii_digit).collect();
        let number = digits.parse::<usize>().map_or(digits.clone(), |number| number.min(largest).to_string());
        out.push_str(&format!("{field}{number}{}", &piece[digits.len()..]));
    }
    out
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_at_the_guess_ends_it_before_anything_is_run() {
    use crate::common::pty::{Pty, code_of};

    let place = Place::new();
    lessons(&place);
    let pty = Pty::new();
    let mut command = place.command(&["tour", "lessons", "--plain", "--threads", "1"]);
    let (nothing, piped) = (std::process::Stdio::null(), std::process::Stdio::piped());
    let mut child = command.stdin(pty.end()).stdout(nothing).stderr(piped).spawn().unwrap();
    let mut question = [0; "Your guess".len()];
    std::io::Read::read_exact(child.stderr.as_mut().unwrap(), &mut question).unwrap();
    assert_eq!(&question, b"Your guess");
    let number = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &number]).status().unwrap().success());
    assert_eq!(code_of(child), Some(130));
    pty.hang_up();
    assert!(!place.path("sessions/tour-1-ours").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn the_workbench_asks_runs_answers_and_remembers() {
    use crate::common::pty::{Pty, code_of};

    let place = Place::new();
    lessons(&place);
    let open = |pty: &Pty| {
        let mut command = place.command(&["tour", "lessons", "--graphics", "half-blocks", "--threads", "1"]);
        command.stdin(pty.end()).stdout(pty.end()).stderr(pty.end()).spawn().unwrap()
    };
    let mut pty = Pty::new();
    let child = open(&pty);
    pty.until("the question", |screen| screen.contains("Which one is ahead?"));
    pty.press("b");
    pty.until("the guess", |screen| screen.contains("▸ b"));
    pty.press("\r");
    pty.until("the strip", |screen| screen.contains("G the chapter") || screen.contains("G shows it"));
    pty.until("the end", |screen| screen.contains("the answer was measured: G shows it"));
    pty.press("G");
    // While the models are saved, q would ask whether to stop.
    let is_over = |screen: &str| screen.contains("With 20 labels:") && screen.contains("finished");
    let shown = pty.until("the answer", is_over);
    assert!(shown.contains("(your guess)") && shown.contains("Try: press 3."), "{shown}");
    pty.press("q");
    assert_eq!(code_of(child), Some(0));
    pty.hang_up();
    let remembered = fs::read_to_string(place.path("sessions/tour.ron")).unwrap();
    assert!(remembered.contains("tour-1-ours") && remembered.contains("done: true"), "{remembered}");
    let listed = place.run(&["tour", "lessons", "--list"]).well().stdout;
    assert!(listed.starts_with("✓ 1  Ours"), "{listed}");

    // It comes back to the chapter, whose session still answers.
    let mut pty = Pty::new();
    let child = open(&pty);
    pty.until("the kept answer", |screen| screen.contains("enter shows its answer again"));
    pty.press("\r");
    let shown = pty.until("the answer again", is_over);
    assert!(shown.contains("(your guess)"), "{shown}");
    pty.press("q");
    assert_eq!(code_of(child), Some(0));
    pty.hang_up();
    assert!(!place.path("sessions/tour-1-ours-2").exists(), "nothing was run again");
}
