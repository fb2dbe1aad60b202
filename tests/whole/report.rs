//! Tests of `report` with the whole program. The page needs no other files and has the same figures as `compare`, also
//! for a session that is not finished. Its script works in a browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use warmstart::session::history::History;
use warmstart::session::{log, verdict};
use warmstart::transfer::statistics;

use crate::common::Place;

/// The folder of a recorded session that is part of the repository.
fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions").join(name)
}

/// Copies a recorded session to `sessions/NAME`, with its log changed by `change`.
fn changed(place: &Place, name: &str, from: &str, change: impl Fn(&str) -> String) {
    let folder = place.path("sessions").join(name);
    fs::create_dir_all(&folder).unwrap();
    let log = fs::read_to_string(recorded(from).join("log.ron")).unwrap();
    fs::write(folder.join("log.ron"), change(&log)).unwrap();
    fs::copy(recorded(from).join("recipe.ron"), folder.join("recipe.ron")).unwrap();
}

/// Writes the report of a session and returns the page, after general checks.
#[track_caller]
fn page(place: &Place, session: &str) -> String {
    let done = place.run(&["report", session, "--out", "page.html"]).well();
    assert_eq!(done.stdout, "wrote page.html\n");
    let page = fs::read_to_string(place.path("page.html")).unwrap();
    well_formed(&page);
    page
}

/// An opening or closing tag.
struct Tag {
    name: String,
    /// Names and values, as they are written in the page.
    attributes: Vec<(String, String)>,
    closes: bool,
    alone: bool,
}

/// Parses the tags of a page strictly: every value of an attribute must be quoted, and every `<` in text must be an
/// entity.
#[track_caller]
fn tags(page: &str) -> Vec<Tag> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("a doctype");
    let mut tags = Vec::new();
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>'), "a stray > in {:?}", &rest[..at]);
        rest = &rest[at + 1..];
        let closes = rest.starts_with('/');
        rest = rest.trim_start_matches('/');
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap();
        assert!(end > 0, "no name behind < in {:?}", &rest[..rest.len().min(60)]);
        let name = rest[..end].to_string();
        rest = &rest[end..];
        let mut attributes = Vec::new();
        let alone = loop {
            rest = rest.trim_start();
            if let Some(behind) = rest.strip_prefix("/>") {
                rest = behind;
                break true;
            }
            if let Some(behind) = rest.strip_prefix('>') {
                rest = behind;
                break false;
            }
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap();
            assert!(end > 0, "no attribute in {:?}", &rest[..rest.len().min(60)]);
            let attribute = rest[..end].to_string();
            rest = &rest[end..];
            let mut value = String::new();
            if let Some(behind) = rest.strip_prefix("=\"") {
                let end = behind.find('"').unwrap();
                value = behind[..end].to_string();
                rest = &behind[end + 1..];
            }
            assert!(!value.contains('<'), "< in an attribute: {value}");
            attributes.push((attribute, value));
        };
        // The content of these two elements is not markup.
        if !closes && (name == "style" || name == "script") {
            let end = rest.find(&format!("</{name}>")).unwrap();
            rest = &rest[end..];
        }
        tags.push(Tag { name, attributes, closes, alone });
    }
    tags
}

/// Asserts that elements are closed in order, ids are unique, links stay within the page, and there is one script and
/// no event handler.
#[track_caller]
fn well_formed(page: &str) {
    const ELEMENTS: &str = "a bdi body button caption circle code dd details div dl dt figure g h1 h2 h3 head header html \
                            label li line main meta nav option p path polygon polyline pre rect script section select span \
                            strong style summary svg table tbody td text th thead title tr ul";
    let (mut open, mut ids, mut scripts): (Vec<String>, Vec<String>, usize) = Default::default();
    let mut targets = Vec::new();
    for tag in tags(page) {
        assert!(ELEMENTS.split_whitespace().any(|known| known == tag.name), "an element {}", tag.name);
        if tag.closes {
            assert_eq!(open.pop().as_deref(), Some(&tag.name[..]));
            continue;
        }
        scripts += usize::from(tag.name == "script");
        for (attribute, value) in &tag.attributes {
            assert!(
                !attribute.starts_with("on") && attribute != "src" && attribute != "style",
                "{attribute}={value}"
            );
            if attribute == "href" {
                targets.push(value.strip_prefix('#').expect("a place in the page").to_string());
            }
            if attribute == "id" {
                assert!(!ids.contains(value), "two of the id {value}");
                ids.push(value.clone());
            }
        }
        if !tag.alone && tag.name != "meta" {
            open.push(tag.name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
    assert_eq!(scripts, 1);
    assert!(
        !targets.is_empty() && targets.iter().all(|target| ids.contains(target)),
        "{targets:?} in {ids:?}"
    );
    let controls = |c: char| c.is_control() && c != '\n';
    assert!(!page.contains(controls), "a control character");
    assert!(!page.contains("NaN") && !page.contains("inf\""), "a number that is none");
}

/// Asserts that the page refers to nothing outside itself.
#[track_caller]
fn stands_alone(page: &str) {
    let page = page.to_lowercase();
    for outside in ["http://", "https://", "src=", "url(", "@import", "<link", "<img", "<iframe", "file://"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[track_caller]
fn has_sections(page: &str, sections: &[&str]) {
    for section in sections {
        assert!(page.contains(&format!("<section id=\"{section}\"")), "no section {section}");
    }
}

const WHOLE: [&str; 10] = [
    "verdict",
    "comparison",
    "labels",
    "differences",
    "curves",
    "confusion",
    "calibration",
    "mistakes",
    "words",
    "origin",
];

/// The rows of the first table of the section with the comparison: the method, and the exact values of the other cells ("" for a cell without a value).
fn comparison_rows(page: &str) -> Vec<(String, Vec<String>)> {
    let table = page.split("<section id=\"comparison\"").nth(1).unwrap();
    let table = table.split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
    let cell = |cell: &str| {
        let value = cell.split("data-sort=\"").nth(1).map_or("", |rest| rest.split('"').next().unwrap());
        value.to_string()
    };
    (table.split("<tr>").skip(1))
        .map(|row| {
            let method = row.split("<bdi>").nth(1).unwrap().split("</bdi>").next().unwrap();
            (method.to_string(), row.split("<td").skip(1).map(cell).collect())
        })
        .collect()
}

/// Asserts that every row of `compare --json` is in the page with the same figures.
#[track_caller]
fn says_what_compare_says(place: &Place, session: &str, page: &str) {
    let report = place.run(&["compare", session, "--json"]).well().json();
    let expected = report["sessions"][0]["comparison"]["rows"].as_array().unwrap().clone();
    let found = comparison_rows(page);
    assert_eq!(found.len(), expected.len());
    // The JSON parser may round a number to a neighbouring floating-point number.
    let same = |text: &str, value: Option<f64>| match (text.parse::<f64>(), value) {
        (Ok(found), Some(value)) => (found - value).abs() <= 1e-14 * value.abs(),
        (found, value) => found.is_err() && value.is_none(),
    };
    for ((name, cells), row) in found.iter().zip(&expected) {
        let of = |key: &str| row[key].as_f64();
        let plain = |text: &str| text.replace(['-', ' '], "").to_lowercase();
        assert_eq!(plain(name), plain(row["method"].as_str().unwrap()));
        let seeds = row["values"].as_array().unwrap().len() as f64;
        let last = cells.len();
        let mut expected = vec![
            (0, of("labels")),
            (1, of("mean")),
            (3, Some(seeds)),
            (last - 5, of("trainable_parameters")),
            (last - 4, of("total_parameters")),
            (last - 3, of("seconds")),
            (last - 2, of("steps")),
            (last - 1, of("steps_to_scratch")),
        ];
        expected.extend(row["metrics"].as_object().unwrap().get("macro_f1").map(|f1| (4, f1.as_f64())));
        for (place, value) in expected {
            assert!(same(&cells[place], value), "{name}, cell {place}: {} and {value:?}", cells[place]);
        }
    }
    // The intervals of the differences are those that `compare` prints.
    let printed = place.run(&["compare", session]).well().stdout;
    for difference in report["sessions"][0]["comparison"]["differences"].as_array().unwrap() {
        let mean = difference["mean"].as_f64();
        let mut values = page.split("data-sort=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        assert!(values.any(|value| same(value, mean)), "no difference of {mean:?}");
    }
    for line in printed.lines().filter(|line| line.starts_with("• ")) {
        let sentence = line.trim_start_matches("• ");
        let escaped = sentence.replace('&', "&amp;").replace('"', "&quot;").replace('\'', "&#39;");
        assert!(page.contains(&escaped), "{sentence}");
    }
}

#[test]
fn recorded_sessions_are_told_whole() {
    let place = Place::new();
    for (name, sections) in [("recorded-demo", &WHOLE), ("recorded-sst2", &WHOLE)] {
        let session = recorded(name);
        let session = session.to_str().unwrap();
        let page = page(&place, session);
        stands_alone(&page);
        has_sections(&page, sections);
        says_what_compare_says(&place, session, &page);
        // The page has a matrix for each method and budget, and the recipe that reproduces the session.
        let rows = comparison_rows(&page).len();
        assert_eq!(page.matches("class=\"confusion\"").count(), rows);
        assert!(page.contains("warmstart run recipe.ron") && page.contains("transfer: Text("));
    }
}

#[test]
fn a_fresh_session_is_told_and_its_recipe_makes_it_again() {
    let place = Place::new();
    place.recipe("small.ron", &[("\"Small\"", "\"Sm\u{200d}all & <b>\"")]);
    place.run(&["run", "small.ron"]).well();
    let page = page(&place, "small");
    stands_alone(&page.replace(place.path("").to_str().unwrap(), ""));
    has_sections(&page, &WHOLE);
    says_what_compare_says(&place, "small", &page);
    // The session has saved models, so the page shows which words fine-tuning moved. With a damaged model, only that
    // table is missing.
    assert!(page.contains("The words that fine-tuning moved furthest: fine-tuned · 80 labels"));
    for model in fs::read_dir(place.path("sessions/small/models")).unwrap() {
        fs::write(model.unwrap().path().join("config.json"), "{").unwrap();
    }
    let damaged = self::page(&place, "small");
    assert!(damaged.contains("a kept model cannot be read") && !damaged.contains("moved furthest"));
    has_sections(&damaged, &WHOLE);
    // The recipe is copied from the page, as a reader would do.
    let recipe = page.split("<pre class=\"recipe\"><code>").nth(1).unwrap().split("</code>").next().unwrap();
    let recipe =
        recipe.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">");
    place.write("recipe.ron", &recipe.replace("&amp;", "&"));
    let again = place.run(&["run", "recipe.ron", "--json"]).well().json();
    let kept = |session: &str| fs::read_to_string(place.path(session).join("recipe.ron")).unwrap();
    assert_eq!(kept("sessions/recipe"), kept("sessions/small"));
    let first = place.run(&["compare", "small", "--json"]).well().json();
    let accuracies = |report: &Value| -> Vec<Value> {
        report["comparison"]["rows"].as_array().unwrap().iter().map(|row| row["values"].clone()).collect()
    };
    assert_eq!(accuracies(&again), accuracies(&first["sessions"][0]));
}

#[test]
fn one_seed_has_an_interval_over_test_examples() {
    let place = Place::new();
    place.recipe("one.ron", &[("seeds: 2", "seeds: 1"), ("labels: [20, 80]", "labels: [\"all\"]")]);
    place.run(&["run", "one.ron"]).well();
    let page = page(&place, "one");
    has_sections(&page, &WHOLE);
    says_what_compare_says(&place, "one", &page);
    let rows = comparison_rows(&page);
    assert!(rows.iter().all(|(_, cells)| !cells[2].is_empty() && cells[3] == "1"), "{rows:?}");
    assert!(page.contains("for this one training"));
}

#[test]
fn what_is_not_finished_says_so() {
    let place = Place::new();
    let until = |stop: &'static str| {
        move |log: &str| log.split_inclusive('\n').take_while(|line| !line.contains(stop)).collect::<String>()
    };
    // Sessions before the first run, before the first test, and with only some of the runs ended.
    changed(&place, "planned", "recorded-demo", until("record:Run("));
    let planned = page(&place, "planned");
    has_sections(&planned, &["verdict", "comparison", "words", "origin"]);
    assert!(planned.contains("This session is not finished. No run has begun."));
    changed(&place, "begun", "recorded-demo", until("set:\"test\",loss:"));
    let begun = page(&place, "begun");
    assert!(begun.contains("None of 50 planned runs has ended"), "no word of it");
    has_sections(&begun, &["curves", "confusion", "origin"]);
    assert!(!begun.contains("<section id=\"labels\"") && begun.contains("no run has been tested yet"));
    changed(&place, "half", "recorded-demo", until("record:RunEnd(run:20,"));
    let half = page(&place, "half");
    assert!(half.contains("planned runs have ended; all figures are of those."));
    has_sections(&half, &WHOLE);
    assert!(half.contains("of the runs so far") && half.contains("Runs as far as they got"));
    // A log with only its first line.
    changed(&place, "opened", "recorded-demo", |log| log.split_inclusive('\n').take(1).collect());
    has_sections(&page(&place, "opened"), &["verdict", "comparison", "origin"]);
    for tables in ["--markdown", "--latex"] {
        place.run(&["report", "opened", tables]).well();
    }
}

#[test]
fn runs_that_diverged_are_named() {
    let place = Place::new();
    changed(&place, "diverged", "recorded-sst2", |log| {
        let log = log.replacen("outcome:EarlyStop", "outcome:Diverged(what:\"loss <NaN> at step 7\")", 1);
        log.replacen("outcome:Completed", "outcome:Stopped", 1)
    });
    let page = fs::read_to_string({
        place.run(&["report", "diverged", "--out", "page.html"]).well();
        place.path("page.html")
    })
    .unwrap();
    assert!(page.contains("diverged: loss &lt;NaN&gt; at step 7"));
}

#[test]
fn nothing_in_data_acts() {
    let place = Place::new();
    let evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";
    changed(&place, "evil", "recorded-demo", |log| {
        log.replace("\"negative\"", &format!("\"{evil}\""))
            .replace("\"positive\"", "\"' onmouseover='x\\u{1b}[2J\\u{202e}| \\\\input{y} & %\"")
            .replace("\"skip-gram\"", "\"<b>http://example.org/</b>\"")
            .replace("word:\"terrible\"", "word:\"\\\"><svg onload=alert(3)>\"")
            .replace("word:\"dreadful\"", "word:\"</bdi></td></table>\"")
            .replace("What do word vectors from unlabelled reviews buy?", "</title><script>alert(4)</script>")
            .replace("\"hand-written\"", "\"<!--\"")
            .replace("\"emberchester\"", "\"<style>*{display:none}\"")
    });
    // `page` checks that the page is well-formed, so all elements are known ones and no attribute is an event handler.
    let page = page(&place, "evil");
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)") && page.contains("&lt;!--"));
    has_sections(&page, &WHOLE);
    let markdown = place.run(&["report", "evil", "--markdown"]).well().stdout;
    assert!(!markdown.contains("<!--") || markdown.contains("\\<!--"));
    let latex = place.run(&["report", "evil", "--latex"]).well().stdout;
    assert!(latex.contains("\\textless{}!-") && !latex.contains('<'), "{latex}");
}

#[test]
fn tables_are_printed_or_written() {
    let place = Place::new();
    let session = recorded("recorded-demo");
    let session = session.to_str().unwrap();
    let markdown = place.run(&["report", session, "--markdown"]).well().stdout;
    let rows = place.run(&["compare", session, "--json"]).well().json()["sessions"][0]["comparison"].clone();
    let count = rows["rows"].as_array().unwrap().len() + rows["differences"].as_array().unwrap().len();
    // Two tables, each with a header row and a delimiter row.
    assert_eq!(markdown.lines().filter(|line| line.starts_with('|')).count(), count + 4);
    assert!(markdown.contains("| frozen | 100 | 80.1 ± 2.8 | 76.3 to 83.4 |"), "{markdown}");
    let columns: Vec<usize> = markdown
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| line.matches(" |").count())
        .collect();
    assert!(columns.iter().filter(|&&n| n == columns[0]).count() > 10 && columns.contains(&6), "{columns:?}");
    let latex = place.run(&["report", session, "--latex", "--out", "tables.tex", "--json"]).well();
    assert_eq!(latex.json()["written"][0], "tables.tex");
    let latex = fs::read_to_string(place.path("tables.tex")).unwrap();
    assert_eq!(latex.matches("\\begin{tabular}").count(), 2);
    assert!(latex.contains("    frozen & 100 & 80.1 $\\pm$ 2.8 & 76.3 to 83.4 &"), "{latex}");
}

#[test]
fn wishes_that_cannot_be_met_are_refused() {
    let place = Place::new();
    let session = recorded("recorded-demo");
    let session = session.to_str().unwrap();
    let json = place.run(&["report", session, "--markdown", "--json"]);
    assert!(
        json.code == Some(2) && json.stdout.is_empty() && json.stderr.contains("--out"),
        "{}",
        json.stderr
    );
    assert_eq!(place.run(&["report", session, "--markdown", "--latex"]).code, Some(2));
    assert!(place.run(&["report", "nowhere"]).sentence().contains("this is not a session"));
    let no_folder = place.run(&["report", session, "--out", "no/such/page.html"]);
    assert!(no_folder.sentence().contains("cannot write no/such/page.html"));
    // Without `--out`, the file has the name of the session.
    assert_eq!(place.run(&["report", session]).well().stdout, "wrote recorded-demo.html\n");
    assert!(place.path("recorded-demo.html").is_file());
}

/// Opens a page in Chromium with a given window width. Returns the standard output (the DOM, if `more` asks for it) and
/// the standard error.
fn chromium(place: &Place, page: &str, width: u32, more: &[&str]) -> (String, String) {
    let own = tempfile::tempdir().unwrap();
    let program = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").stdout(Stdio::null()).status().is_ok())
        .expect("this test needs chromium");
    let done = Command::new(program)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", &format!("--user-data-dir={}", own.path().display())])
        .arg(format!("--window-size={width},900"))
        .args(more)
        .arg(format!("file://{}", place.path(page).display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(done.stdout), text(done.stderr))
}

/// A page that shows another page in a frame of a given width, and stores the message that this page sends. The frame
/// is needed because the window of a headless browser cannot be narrower than 500 pixels.
fn framed(page: &str, width: u32) -> String {
    format!(
        "<!DOCTYPE html><title>frame</title><pre id=\"found\"></pre><script>window.onmessage = function (e) {{ \
         document.getElementById('found').textContent = e.data; }};</script>\
         <iframe src=\"{page}\" style=\"width:{width}px;height:900px;border:0\"></iframe>"
    )
}

/// A script that runs in the page after the page's own script. It clicks, chooses and measures, and reports the
/// results.
const LOOK: &str = r#"
var found = { errors: window.errors, width: innerWidth };
found.overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth;
found.sections = Array.from(document.querySelectorAll("section")).map(function (s) { return s.id; });
var table = document.querySelector("table"), heads = table.tHead.rows[0].cells;
var column = function (i) { return Array.from(table.tBodies[0].rows).map(function (r) { return Number(r.cells[i].dataset.sort); }); };
found.before = column(2);
heads[2].querySelector("button").click();
found.up = column(2);
found.sort = [heads[2].getAttribute("aria-sort")];
heads[2].querySelector("button").click();
found.down = column(2);
found.sort.push(heads[2].getAttribute("aria-sort"));
heads[0].querySelector("button").click();
found.sort.push(heads[2].getAttribute("aria-sort"));
found.names = Array.from(table.tBodies[0].rows).map(function (r) { return r.cells[0].textContent; });
heads[heads.length - 1].querySelector("button").click();
found.last = Array.from(table.tBodies[0].rows).map(function (r) { return r.cells[heads.length - 1].textContent; });
found.keyboard = Array.from(document.querySelectorAll("thead button")).every(function (b) { return b.tabIndex === 0; });
var shown = function () {
  return Array.from(document.querySelectorAll(".confusion")).filter(function (c) { return c.offsetHeight > 0; })
    .map(function (c) { return c.dataset.method + "/" + c.dataset.budget; });
};
found.shown = [shown()];
var choose = document.getElementById("choose-method");
choose.selectedIndex = 0;
choose.dispatchEvent(new Event("change"));
found.shown.push(shown());
found.charts = Array.from(document.querySelectorAll("svg.chart")).filter(function (c) { return c.getBoundingClientRect().width > 0; })
  .every(function (c) { var b = c.getBoundingClientRect(); return b.width > 200 && b.right <= innerWidth && b.height > 50; });
parent.postMessage(JSON.stringify(found), "*");
"#;

#[test]
#[ignore = "needs chromium"]
fn a_browser_shows_it_sorts_it_and_has_nothing_to_complain_of() {
    let place = Place::new();
    changed(&place, "evil", "recorded-demo", |log| {
        log.replace("\"negative\"", "\"</script><script>window.evil=1</script><img src=x onerror=alert(2)>\"")
    });
    for session in ["recorded-demo", "recorded-sst2", "evil"] {
        let path = if session == "evil" { place.path("sessions/evil") } else { recorded(session) };
        let page = page(&place, path.to_str().unwrap());
        let early = "<script nonce=\"warmstart\">window.errors = []; \
                     window.onerror = function (m) { errors.push(String(m)); };\
                     document.addEventListener('securitypolicyviolation', function (e) { errors.push(e.violatedDirective); });\
                     </script><title>";
        let looked = page.replacen("<title>", early, 1).replacen(
            "</body>",
            &format!("<script nonce=\"warmstart\">{LOOK}</script></body>"),
            1,
        );
        place.write("looked.html", &looked);
        for width in [390, 1200] {
            place.write("frame.html", &framed("looked.html", width));
            let (dom, said) =
                chromium(&place, "frame.html", 1300, &["--dump-dom", "--virtual-time-budget=5000"]);
            assert!(!said.contains("CONSOLE"), "{said}");
            let text = dom
                .split("<pre id=\"found\">")
                .nth(1)
                .expect("the script ran")
                .split("</pre>")
                .next()
                .unwrap();
            let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            let found: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(found["errors"], Value::Array(Vec::new()));
            assert_eq!(found["width"], width);
            assert_eq!(found["overflow"], 0, "the page is wider than the window of {width}");
            assert_eq!(found["sections"].as_array().unwrap().len(), WHOLE.len());
            assert_eq!((&found["keyboard"], &found["charts"]), (&Value::Bool(true), &Value::Bool(true)));
            let column = |key: &str| -> Vec<f64> {
                found[key].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
            };
            let (before, up, mut down) = (column("before"), column("up"), column("down"));
            assert!(up.is_sorted() && up != before, "{before:?} {up:?}");
            down.reverse();
            assert!(down.is_sorted());
            assert_eq!(found["sort"], serde_json::json!(["ascending", "descending", null]));
            let names: Vec<&str> =
                found["names"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert!(
                names.windows(2).all(|pair| pair[0].to_lowercase() <= pair[1].to_lowercase()),
                "{names:?}"
            );
            // Cells without a value stay at the end.
            let last: Vec<&str> =
                found["last"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert!(last.iter().skip_while(|cell| **cell != "–").all(|cell| *cell == "–"), "{last:?}");
            assert_eq!(
                (found["shown"][0].as_array().unwrap().len(), found["shown"][1].as_array().unwrap().len()),
                (1, 1)
            );
            assert_ne!(found["shown"][0], found["shown"][1]);
        }
    }
    let image = place.path("page.png");
    let shot = format!("--screenshot={}", image.display());
    for scheme in ["0", "1"] {
        chromium(
            &place,
            "page.html",
            390,
            &[&shot, &format!("--blink-settings=preferredColorScheme={scheme}")],
        );
        let bytes = fs::read(&image).unwrap();
        assert_eq!(&bytes[1..4], b"PNG");
        // The screenshot is not empty: an empty page of this size would have less than 5 kB.
        assert!(bytes.len() > 20_000, "{} bytes", bytes.len());
    }
}

#[test]
fn the_comparisons_of_the_recorded_sessions_are_those_of_their_records() {
    for (name, gained) in [("demo", "25.3"), ("sst2", "10.8"), ("sources", "20.4")] {
        let folder = recorded(&format!("recorded-{name}"));
        let history = History::of(log::read(&folder).unwrap().entries);
        let kept = history.comparison.as_deref().unwrap();
        assert_eq!(statistics::compare(&history), *kept, "{name}");
        let told = verdict::sentences(kept).join("\n");
        assert!(told.contains(&format!("With 100 labels, pre-training bought {gained} points")), "{told}");
    }
}
