//! The content of the dialog's second step: what was found in the examples, the settings, and what they cost.

use std::path::Path;

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::error::{counted, grouped};
use crate::session::budget::Budget;
use crate::session::recipe::Recipe;
use crate::session::starter::{Examples, Started, Survey, session_name};
use crate::train::protocol::command::SourceFile;
use crate::tui::screens::tab::Tab;
use crate::tui::state::State;
use crate::tui::widgets::text::{fit, fitting, wrap};
use crate::tui::widgets::window;

use super::state::{Dialog, Field, Source};

/// The width of the names of settings.
const NAMES: usize = 9;
/// The largest and the smallest width of a column that is not the text.
const COLUMN: (usize, usize) = (24, 4);
/// The least width that is left to the text.
const TEXT: usize = 24;

/// The lines of the step, from the top to the bottom.
pub struct Sheet {
    /// What was found.
    pub head: Vec<Line<'static>>,
    /// The area of the settings.
    pub fields: Rect,
    /// The index of the first setting that is shown.
    pub first: usize,
    /// The settings that are shown.
    pub rows: Vec<Line<'static>>,
    /// What they cost.
    pub tail: Vec<Line<'static>>,
}

/// The content for `area`; `problem` is a sentence about what is wrong, as lines.
pub fn sheet(state: &State, dialog: &Dialog, area: Rect, problem: Vec<String>) -> Sheet {
    let theme = state.theme;
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let started = dialog.started();
    let mut head: Vec<Line> = Vec::new();
    let mut say = |text: &str, style: Style| {
        head.extend(wrap(text, width).into_iter().map(|line| Line::styled(line, style)));
    };
    let problem_lines = problem.len();
    match (&started, dialog.survey()) {
        (Ok(started), Some(survey)) if problem.is_empty() => {
            let sentences = found(survey, started, height >= 30);
            for (at, sentence) in sentences.iter().enumerate() {
                say(sentence, if at < 2 { theme.strong() } else { theme.dim() });
            }
        }
        _ => head.extend(problem.into_iter().map(|line| Line::styled(line, theme.bad()))),
    }
    if problem_lines > 0 && !dialog.columns().is_empty() && dialog.survey().is_none() {
        head.push(Line::styled(
            "Change the settings with ← →, or choose another file with esc.",
            theme.text(),
        ));
    }
    head.push(Line::default());
    let examples = if height >= 30 { 8 } else { 3 };
    head.extend(table(state, dialog, width, examples));
    head.push(Line::default());

    let mut tail: Vec<Line> = vec![Line::default()];
    let mut end = |text: String, style: Style| {
        tail.extend(wrap(&text, width).into_iter().map(|line| Line::styled(line, style)));
    };
    match (dialog.reading, dialog.survey(), &started) {
        (Some((_, read)), ..) => {
            end(format!("Reading: {} so far", counted(read, "example", "examples")), theme.dim())
        }
        (_, Some(_), _) if dialog.missing().is_some() => {
            end(format!("enter chooses {}.", needs(dialog.missing())), theme.warning());
        }
        (_, Some(survey), Ok(started)) => end(cost(dialog, survey, &started.recipe), theme.text()),
        _ => {}
    }
    match &dialog.note {
        Some(note) => end(note.clone(), theme.accent()),
        None if dialog.survey().is_some() => {
            end(format!("Kept in {}, with its recipe.", place(state, dialog)), theme.dim())
        }
        None => {}
    }
    tail.truncate(height / 3);

    let fields = dialog.fields();
    let room = height.saturating_sub(tail.len());
    let least = fields.len().min(4);
    head.truncate(room.saturating_sub(least));
    // The last row of a long list says how much is hidden.
    let rows = room - head.len();
    let scrolls = fields.len() > rows;
    let shown = if scrolls { rows.saturating_sub(1) } else { fields.len() };
    let selected = fields.iter().position(|field| *field == dialog.field).unwrap_or(0);
    let first = window::around(selected, fields.len(), shown.max(1));
    let recipe = started.as_ref().ok().map(|started| &started.recipe);
    let mut lines: Vec<Line> = fields[first.min(fields.len())..]
        .iter()
        .take(shown)
        .map(|field| {
            let style = if *field == dialog.field { theme.selected() } else { theme.text() };
            Line::styled(fit(&setting(dialog, *field, recipe, width), width), style)
        })
        .collect();
    if scrolls {
        let rest = window::rest(first, fields.len(), shown).unwrap_or_default();
        lines.push(Line::styled(format!("  {rest}"), theme.dim()));
    }
    let fields = Rect { y: area.y + head.len() as u16, height: lines.len() as u16, ..area };
    Sheet { head, fields, first, rows: lines, tail }
}

/// What was found in the examples, as sentences: the two most important ones first.
fn found(survey: &Survey, started: &Started, all: bool) -> Vec<String> {
    let (train, test) = (survey.train, survey.test);
    let counts = match survey.examples {
        Examples::Texts { words, .. } => format!(
            "{} to train on, {} to test on, {} of text",
            counted(train, "example", "examples"),
            grouped(test as u64),
            counted(words, "word", "words"),
        ),
        Examples::Images => {
            format!("{} to train on, {} to test on", counted(train, "image", "images"), grouped(test as u64))
        }
    };
    let mut sentences = vec![counts, survey.named_classes(if all { 12 } else { 4 })];
    if all {
        // Hints on options of the command line are said at the settings.
        let rest = survey.read.iter().chain(started.told.iter().filter(|told| told.starts_with("head:")));
        sentences.extend(rest.cloned());
    }
    sentences
}

/// The first rows of the examples.
fn table(state: &State, dialog: &Dialog, width: usize, most: usize) -> Vec<Line<'static>> {
    let theme = state.theme;
    let Some(found) = &dialog.found else { return Vec::new() };
    let is_text = dialog.survey().is_none_or(|survey| survey.examples != Examples::Images);
    let (names, rows, texts): (Vec<String>, Vec<Vec<String>>, Vec<usize>) =
        match (&found.preview, &found.survey) {
            (Some(preview), _) if is_text => {
                let taken = dialog.survey().and_then(|survey| survey.taken.as_ref());
                let is_text = |name: &String| match (taken, dialog.column(Field::Text)) {
                    (Some(taken), _) => taken.texts.contains(name),
                    (None, text) => text == Some(name.as_str()),
                };
                let texts = (0..preview.columns.len()).filter(|&at| is_text(&preview.columns[at])).collect();
                (preview.columns.clone(), preview.rows.clone(), texts)
            }
            (_, Ok(survey)) => {
                let second = if survey.examples == Examples::Images { "image" } else { "text" };
                let rows = survey.first.iter().map(|(class, text)| vec![class.clone(), text.clone()]);
                (vec!["class".into(), second.into()], rows.collect(), vec![1])
            }
            _ => return Vec::new(),
        };
    let label = names.iter().position(|name| Some(name.as_str()) == dialog.column(Field::Label));
    let rows: Vec<Vec<String>> =
        rows.into_iter().take(most).map(|row| row.iter().map(|field| in_one_line(field)).collect()).collect();
    let columns = widths(&names, &rows, &texts, label, width);
    let cells = |row: &[String]| -> String {
        let cell = |&(at, wide): &(usize, usize)| fit(row.get(at).map_or("", String::as_str), wide);
        columns.iter().map(cell).collect::<Vec<_>>().join("  ")
    };
    let heading: Vec<Span> = columns
        .iter()
        .map(|&(at, wide)| {
            let is_used = texts.contains(&at) || label == Some(at);
            let style = if is_used { theme.accent() } else { theme.dim() };
            Span::styled(format!("{}  ", fit(&in_one_line(&names[at]), wide)), style)
        })
        .collect();
    let mut lines = vec![Line::from(heading)];
    lines.extend(rows.iter().map(|row| Line::from(cells(row))));
    lines
}

/// A field without line breaks and spaces that repeat.
fn in_one_line(field: &str) -> String {
    field.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The columns that have room, with their widths. The label and the text come first; then the others, from the left.
fn widths(
    names: &[String],
    rows: &[Vec<String>],
    texts: &[usize],
    label: Option<usize>,
    width: usize,
) -> Vec<(usize, usize)> {
    let wide = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).chain([&names[at]]);
        cells.map(|cell| cell.width()).max().unwrap_or(0).clamp(COLUMN.1, COLUMN.0)
    };
    let text = texts.first().copied();
    let mut left = width.saturating_sub(text.map_or(0, |_| TEXT));
    let mut columns: Vec<(usize, usize)> = Vec::new();
    let others = (0..names.len()).filter(|at| Some(*at) != label && Some(*at) != text);
    for at in label.into_iter().filter(|at| Some(*at) != text).chain(others) {
        let needs = wide(at) + 2;
        if needs > left {
            break;
        }
        left -= needs;
        columns.push((at, needs - 2));
    }
    if let Some(text) = text {
        columns.push((text, left + TEXT));
    }
    columns.sort_unstable();
    columns
}

/// A setting as a line: its name, its value, and a note if there is room for all of it.
fn setting(dialog: &Dialog, field: Field, recipe: Option<&Recipe>, width: usize) -> String {
    let usual = dialog.usual();
    let default = |is: bool| if is { "the default for so many examples" } else { "" };
    let (name, value, note): (&str, String, String) = match field {
        Field::Method(method) => {
            let on = recipe.is_some_and(|recipe| recipe.methods.contains(&method));
            let sign = if on { "[×]" } else { "[ ]" };
            let baseline = method.meaning().0;
            return format!("  {} {sign} {}  {baseline}", fit("method", NAMES), fit(method.name(), 10));
        }
        Field::Text | Field::Label => {
            let taken = dialog.survey().and_then(|survey| survey.taken.as_ref());
            let (name, named) = match field {
                Field::Text => ("text", &dialog.asked.text),
                _ => ("label", &dialog.asked.label),
            };
            let value = match (named, taken, field) {
                (None, Some(taken), Field::Text) => taken.texts.join(" and "),
                _ => dialog.column(field).unwrap_or("?").to_string(),
            };
            let note = if named.is_none() && taken.is_some() { "found by names and contents" } else { "" };
            (name, format!("column {}", in_one_line(&value)), note.into())
        }
        Field::Test => {
            let examples = dialog.survey().map(|survey| counted(survey.test, "example", "examples"));
            match &dialog.asked.test {
                None => ("test set", "that of the examples, or a fifth of them".into(), "".into()),
                Some(path) => ("test set", file_name(path), examples.unwrap_or_default()),
            }
        }
        Field::Source => {
            let (value, note) = source(dialog);
            ("source", value, note)
        }
        Field::Labels => {
            let labels = recipe.map(|recipe| &recipe.labels[..]).unwrap_or_default();
            let is_usual = usual.is_some_and(|usual| usual.labels == labels);
            ("labels", budgets(labels), default(is_usual).into())
        }
        Field::Seeds => {
            let seeds = recipe.map_or(0, |recipe| recipe.seeds);
            let is_usual = usual.is_some_and(|usual| usual.seeds == seeds);
            ("seeds", counted(seeds as usize, "repetition", "repetitions"), default(is_usual).into())
        }
        Field::Trials => match recipe.and_then(|recipe| recipe.tune) {
            None => ("tuning", "none".into(), "or let each run try settings first".into()),
            Some(tuning) => {
                let trials = format!("{} settings", tuning.trials);
                ("tuning", trials, "each run tries them on its validation examples".into())
            }
        },
    };
    let line = format!("  {} ‹ {value} ›", fit(name, NAMES));
    fitting([format!("{line}  {note}"), line], width)
}

fn budgets(labels: &[Budget]) -> String {
    let named = labels.iter().map(|budget| match budget {
        Budget::Labels(n) => grouped(*n as u64),
        Budget::All => "all".into(),
    });
    named.collect::<Vec<_>>().join(", ").replace(", all", " and all")
}

/// The source of the experiment, and a note on it.
fn source(dialog: &Dialog) -> (String, String) {
    let of = match dialog.source {
        Source::Own => {
            let told = dialog.started().map(|started| started.told).unwrap_or_default();
            let is_little = told.iter().any(|told| told.contains("which is little"));
            let note = if is_little { "few words: a file of vectors helps" } else { "" };
            return ("skip-gram on these texts".into(), note.into());
        }
        Source::File(of) => of,
    };
    let file = dialog.chosen(of);
    let name = file.map(|file| (file_name(&file.typed), file.told.clone()));
    match (of, name) {
        (_, None) => (format!("{} (not chosen yet)", kind(of)), String::new()),
        (SourceFile::Vectors, Some((name, told))) => (format!("the vectors of {name}"), told),
        (SourceFile::Unlabelled, Some((name, told))) => {
            (format!("skip-gram on these texts and {name}"), told)
        }
        (SourceFile::Weights, Some((name, told))) => (format!("the network of {name}"), told),
    }
}

/// The name of a file or folder, in one line.
fn file_name(path: &Path) -> String {
    in_one_line(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy())
}

fn kind(of: SourceFile) -> &'static str {
    match of {
        SourceFile::Vectors => "a file of word vectors",
        SourceFile::Unlabelled => "these texts and more without labels",
        SourceFile::Weights => "the weights of an image network",
    }
}

/// The file that must be chosen.
fn needs(of: Option<SourceFile>) -> &'static str {
    match of {
        Some(SourceFile::Unlabelled) => "the texts without labels",
        Some(of) => kind(of),
        None => "nothing",
    }
}

/// What the experiment costs, in runs and in labels that they learn from. Seconds depend on the machine and are not estimated.
fn cost(dialog: &Dialog, survey: &Survey, recipe: &Recipe) -> String {
    let (methods, budgets, seeds) = (recipe.methods.len(), recipe.labels.len(), recipe.seeds as usize);
    let runs = methods * budgets * seeds;
    let each: usize = recipe
        .labels
        .iter()
        .map(|budget| match budget {
            Budget::Labels(n) => (*n).min(survey.train),
            Budget::All => survey.train,
        })
        .sum();
    // Each run learns from the labels of its own budget.
    let examples = each * methods * seeds;
    let before = match (survey.examples, dialog.source) {
        (Examples::Texts { words, epochs }, Source::Own) => {
            let words = counted(words, "word", "words");
            format!(" First, skip-gram reads {words}, about {epochs} times.")
        }
        (Examples::Texts { .. }, Source::File(SourceFile::Unlabelled)) => {
            " First, skip-gram reads all these texts.".into()
        }
        _ => String::new(),
    };
    let trials = recipe.tune.map_or(String::new(), |tuning| {
        format!(" Before each run come {} trials, which take about as long each.", tuning.trials)
    });
    format!(
        "Cost: {} × {} × {} = {} on {} in all.{trials}{before} {} estimates the time once it trains.",
        counted(methods, "method", "methods"),
        counted(budgets, "label budget", "label budgets"),
        counted(seeds, "repetition", "repetitions"),
        counted(runs, "run", "runs"),
        counted(examples, "label", "labels"),
        capital(&Tab::Train.to_string()),
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Where the session will be kept: the first name that nothing in the folder of sessions has.
fn place(state: &State, dialog: &Dialog) -> String {
    let name = session_name(&dialog.typed);
    let taken = &state.screens.lab.found.taken;
    let numbered = |number: usize| if number == 1 { name.clone() } else { format!("{name}-{number}") };
    let free = (1..).map(numbered).find(|name| !taken.contains(name)).unwrap_or_default();
    state.sessions.join(free).display().to_string()
}
