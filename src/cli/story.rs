//! Describes a session in plain lines: the text for a record, for a user who waits or who looks back.

use crate::error::counted;
use crate::session::budget::Budget;
use crate::session::coverage::{Cause, Coverage};
use crate::session::history::{History, RunHistory};
use crate::session::method::Method;
use crate::session::recipe::{Recipe, Transfer};
use crate::session::record::{
    Audit, DataSummary, EncoderSummary, GeneratedText, HeldOut, Note, Outcome, Record, SourceTest, Stage,
};
use crate::session::source_history::SourceHistory;

use super::{number, quality, table};

/// The most points of pre-training in the description of a session.
const PRETRAIN_POINTS: usize = 6;
/// The most neighbours in a line.
const NEIGHBOURS: usize = 8;

/// The line for a record that a waiting user should see at once; most records have none.
pub fn headline(record: &Record) -> Option<String> {
    match record {
        Record::Data(data) => {
            let notes = noted(data).map(|line| format!("\n{line}"));
            Some(self::data(data) + &notes.collect::<String>())
        }
        Record::Vocabulary { words, tokens, epochs, .. } => Some(format!(
            "corpus: {} of text, {} different{}",
            number::shortly(*tokens, "word", "words"),
            number::count(*words as u64),
            epochs.map(|epochs| format!("; {}", usual_epochs(epochs))).unwrap_or_default()
        )),
        Record::Vectors { words, dim, origin, seconds } => {
            Some(vectors(*words, *dim, origin, Some(*seconds)))
        }
        Record::SourceTest(test) => Some(source_test(test)),
        Record::Network { architecture, parameters, origin, seconds } => {
            Some(network(architecture.name(), *parameters, origin, Some(*seconds)))
        }
        Record::Encoder(found) => Some(encoder(found)),
        Record::Continued(found) => Some(found.told()),
        Record::Coverage(coverage) => Some(self::coverage(coverage)),
        Record::Note(Note::Remark(remark)) => Some(format!("note: {remark}")),
        Record::RunEnd(end) => match &end.outcome {
            Outcome::Diverged { what } => Some(format!("run {} diverged: {what}", end.run + 1)),
            _ => None,
        },
        _ => None,
    }
}

/// The course of a finished or stopped session, from its title to its last run.
pub fn whole(history: &History) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(recipe) = &history.recipe {
        lines.push(recipe.title.clone());
        lines.push(format!(
            "{} with {}; seed {}; {}",
            recipe_source(recipe),
            head(recipe),
            recipe.seed,
            plan(recipe)
        ));
        lines.push(String::new());
    }
    lines.extend(stages(history));
    if let Some(data) = &history.data {
        lines.push(self::data(data));
        lines.extend(noted(data));
    }
    for source in history.sources() {
        lines.extend(of_source(history, source));
    }
    if !history.runs.is_empty() {
        lines.push(String::new());
        lines.push("Runs".into());
        lines.extend(table::runs(history));
        lines.extend(history.runs.iter().filter_map(|run| diverged(history, run)));
        lines.extend(audit(history));
    }
    for part in [quality::forgetting(history), quality::by_coverage(history), quality::calibration(history)] {
        if !part.is_empty() {
            lines.push(String::new());
            lines.extend(part);
        }
    }
    if !history.notes.is_empty() {
        lines.push(String::new());
        lines.push("Notes".into());
        lines.extend(history.notes.iter().map(|note| {
            let at = number::seconds(note.at);
            format!("  at {at}: {}", history.told_of(&note.value))
        }));
    }
    lines
}

/// What is known of a source: its pre-training, its vectors or network, and how it fits the task.
fn of_source(history: &History, source: &SourceHistory) -> Vec<String> {
    let mut lines: Vec<String> = source.name.iter().map(|name| format!("Source {name}")).collect();
    if let Some((words, tokens, _)) = source.vocabulary {
        lines.extend(headline(&Record::Vocabulary {
            words,
            tokens,
            kept_tokens: 0,
            seconds: 0.0,
            epochs: source.usual_epochs,
        }));
    }
    lines.extend(pretraining(history, source));
    lines.extend(language_model(history, source));
    for probe in &source.probes {
        if let Some(look) = probe.looks.last() {
            let list: Vec<String> = look
                .value
                .1
                .iter()
                .take(NEIGHBOURS)
                .map(|n| format!("{} {:.2}", n.word, n.similarity))
                .collect();
            lines.push(format!("  near {}: {}", probe.word, list.join(", ")));
        }
    }
    if let Some(found) = &source.vectors {
        let (words, dim, origin) = &found.value;
        lines.push(vectors(*words, *dim, origin, None));
    }
    lines.extend(source.encoder.iter().map(|found| encoder(&found.value)));
    lines.extend(source.continued.iter().map(|found| found.value.told()));
    lines.extend(quality::measured(source));
    if let Some(found) = &source.network {
        let (architecture, parameters, origin) = &found.value;
        lines.push(network(architecture.name(), *parameters, origin, None));
    }
    lines.extend(source.source_tests.iter().map(|test| format!("  {}", source_test(&test.value))));
    if let Some(coverage) = &source.coverage {
        lines.extend(headline(&Record::Coverage(coverage.clone())));
    }
    lines
}

/// The result of a language model: its first and last figures on held-out text, and a generated text.
fn language_model(history: &History, source: &SourceHistory) -> Vec<String> {
    let figure = |held_out: &HeldOut| {
        format!("perplexity {} ({:.2} bits a word)", number::short(held_out.perplexity()), held_out.bits())
    };
    let (Some(first), Some(last)) = (source.held_out.first(), source.held_out.last()) else {
        return Vec::new();
    };
    let words = number::count(last.value.words);
    let mut lines = vec![format!(
        "  on {words} held-out words: {} at the start, {} at the end",
        figure(&first.value),
        figure(&last.value)
    )];
    if let Some(said) = source.generated.last() {
        let GeneratedText { prompt, text, .. } = &said.value;
        let direction = history.recipe.as_ref().map(|recipe| recipe.direction()).unwrap_or_default();
        lines.push(format!("  it generates: {}", direction.joined(prompt, text)));
    }
    lines
}

/// Says how many epochs the size of a corpus leads to.
pub(super) fn usual_epochs(epochs: usize) -> String {
    format!("{epochs} epochs, the usual number for so many")
}

pub fn coverage(coverage: &Coverage) -> String {
    let mut text = format!(
        "coverage: {} % of the task's words have a vector ({} % of the different ones)",
        number::percent(coverage.by_token),
        number::percent(coverage.by_type)
    );
    if let Some(made) = coverage.made {
        let (by_token, by_type) = (number::percent(made.by_token), number::percent(made.by_type));
        text.push_str(&format!("; {by_token} % ({by_type} %) one made from their parts"));
    }
    if let Some(joined) = &coverage.joined {
        let examples: Vec<&str> = joined.examples.iter().take(3).map(|(phrase, _)| &phrase[..]).collect();
        text.push_str(&format!(
            "; {} % of the words were joined to phrases ({})",
            number::percent(joined.words as f64 / joined.of.max(1) as f64),
            examples.join(", ")
        ));
    }
    for bare in &coverage.bare {
        let (documents, of) = (number::count(bare.documents), number::count(bare.of));
        let fraction = number::percent(bare.fraction());
        text.push_str(&format!(
            "; {documents} of {of} documents ({fraction} %) of the set {} have no known word",
            bare.set
        ));
    }
    for missing in coverage.causes.iter().filter(|missing| missing.by_token >= 0.001) {
        let why = match missing.cause {
            Cause::Case => "have a vector only in another case",
            Cause::Accents => "have a vector only with other accents",
            Cause::Form => "have a vector only in compatible characters",
            Cause::Script => "are of a script that the vectors do not have",
            Cause::Tokenisation => "are tokenised differently in the vectors",
            _ => continue,
        };
        let examples: Vec<String> =
            missing.examples.iter().take(3).map(|(word, other)| format!("{word}: {other}")).collect();
        text.push_str(&format!("; {} % {why} ({})", number::percent(missing.by_token), examples.join(", ")));
    }
    if let Some(told) = coverage.mean_cosine.and_then(crate::session::quality::collapsed) {
        text.push_str(&format!("\nnote: {told}"));
    }
    text
}

pub fn recipe_source(recipe: &Recipe) -> String {
    match &recipe.transfer {
        Transfer::Images(images) => {
            let kinds: Vec<&str> =
                images.named_sources().into_iter().map(|(_, source)| source.kind()).collect();
            kinds.join(", ")
        }
        Transfer::Text(text) => {
            let kinds: Vec<&str> =
                text.named_sources().into_iter().map(|(_, source)| source.kind()).collect();
            kinds.join(", ")
        }
    }
}

pub fn head(recipe: &Recipe) -> String {
    match &recipe.transfer {
        Transfer::Text(text) => text.head.name(),
        Transfer::Images(images) if images.head.new == 1 => "its last layer new".into(),
        Transfer::Images(images) => format!("its last {} layers new", images.head.new),
    }
}

/// The runs that a recipe asks for: "scratch, frozen and fine-tuned at 100 and 1,000 labels, 3 seeds".
pub fn plan(recipe: &Recipe) -> String {
    let methods: Vec<String> =
        recipe.strategies().map(|strategy| Method::from(strategy).name().to_string()).collect();
    let budgets: Vec<String> = recipe
        .labels
        .iter()
        .map(|budget| match budget {
            Budget::Labels(n) => number::count(*n as u64),
            Budget::All => "all".into(),
        })
        .collect();
    let seeds = if recipe.seeds == 1 { "1 seed".into() } else { format!("{} seeds", recipe.seeds) };
    format!("{} at {} labels, {seeds}", and(&methods), and(&budgets))
}

/// "a", "a and b", "a, b and c".
pub fn and(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn stages(history: &History) -> Vec<String> {
    history
        .stages
        .iter()
        .map(|stage| {
            let what = match stage.value {
                Stage::Reading => "reading the labelled data",
                Stage::Counting => "counting the corpus",
                Stage::Pretraining => "pre-training",
                Stage::Encoding => "computing the vectors of texts",
                Stage::Training => "training the runs",
                Stage::Finished => "finished",
                Stage::Stopped => "stopped by the user",
            };
            format!("{:>12}  {what}", number::seconds(stage.at))
        })
        .collect()
}

/// A sentence encoder, and the texts whose vectors it computed.
pub fn encoder(found: &EncoderSummary) -> String {
    let EncoderSummary { layers, width, parameters, texts, tokens, seconds } = found;
    let computed = match texts {
        0 => String::new(),
        texts => format!(
            "; the vectors of {} ({}) in {}",
            number::shortly(*texts as u64, "text", "texts"),
            number::shortly(*tokens, "token", "tokens"),
            number::seconds(*seconds).trim()
        ),
    };
    format!(
        "encoder: {} of {width} values, {} parameters{computed}",
        counted(*layers, "layer", "layers"),
        number::count(*parameters)
    )
}

/// Which fields were read as examples and labels, and other notes on the data.
fn noted(data: &DataSummary) -> impl Iterator<Item = String> {
    let read = data.read.iter().map(|read| format!("  read: {read}"));
    read.chain(data.remarks.iter().map(|remark| format!("  note: {remark}")))
}

pub fn data(data: &DataSummary) -> String {
    let tests: Vec<String> =
        data.tests.iter().map(|(name, size)| format!("{} ({name})", number::count(*size as u64))).collect();
    let classes = if data.classes.len() <= 8 {
        data.classes.join(", ")
    } else {
        format!("{} classes", data.classes.len())
    };
    if let Some((width, height, channels)) = data.images {
        return format!(
            "data: {} to train, {} to test; {width} × {height} {}; {classes}",
            number::counted(data.train as u64, "image", "images"),
            and(&tests),
            if channels == 1 { "grey" } else { "in colour" },
        );
    }
    format!(
        "data: {} to train, {} to test; {} on average; {classes}",
        number::counted(data.train as u64, "text", "texts"),
        and(&tests),
        number::counted(data.mean_tokens.round() as u64, "word", "words")
    )
}

pub fn vectors(words: usize, dim: usize, origin: &str, seconds: Option<f64>) -> String {
    let time = seconds.map(|s| format!(", {}", number::seconds(s))).unwrap_or_default();
    let words = number::counted(words as u64, "word", "words");
    let dimensions = number::counted(dim as u64, "dimension", "dimensions");
    format!("vectors: {words}, {dimensions}, from {origin}{time}")
}

pub fn network(architecture: &str, parameters: u64, origin: &str, seconds: Option<f64>) -> String {
    let time = seconds.map(|s| format!(", {}", number::seconds(s))).unwrap_or_default();
    let own = if origin.starts_with(architecture) {
        origin.to_string()
    } else {
        format!("{architecture}, {origin}")
    };
    format!("network: {own}, {} parameters{time}", number::count(parameters))
}

fn source_test(test: &SourceTest) -> String {
    format!(
        "after {} images the network is right on {} % of the {} images of its own classes, loss {:.3}",
        number::count(test.samples),
        number::percent(test.accuracy),
        if test.held_out { "held-out" } else { "test" },
        test.loss
    )
}

fn pretraining(history: &History, source: &SourceHistory) -> Vec<String> {
    let points = &source.pretraining;
    let Some(last) = points.last() else { return Vec::new() };
    let every = points.len().div_ceil(PRETRAIN_POINTS).max(1);
    let shown = points.iter().step_by(every).filter(|point| point.value.tokens < last.value.tokens);
    let text: Vec<String> = shown
        .chain([last])
        .map(|point| {
            let fraction = point.value.tokens as f64 / point.value.of.max(1) as f64;
            format!("{:.3} at {:.0} %", point.value.loss, 100.0 * fraction)
        })
        .collect();
    let what = if history.recipe.as_ref().is_some_and(|recipe| recipe.images().is_some()) {
        "loss of an image"
    } else {
        "loss of a true pair and its noise words"
    };
    vec![format!("  {what}: {}", text.join(", "))]
}

fn diverged(history: &History, run: &RunHistory) -> Option<String> {
    match &run.end.as_ref()?.value.outcome {
        Outcome::Diverged { what } => Some(format!("  {} diverged: {what}", history.name_of(run))),
        _ => None,
    }
}

/// Whether the transferred parameters changed, by a comparison of their bytes.
fn audit(history: &History) -> Vec<String> {
    let ends = || history.runs.iter().filter_map(|run| run.end.as_ref()).map(|end| &end.value.audit);
    let unchanged = ends().filter(|audit| matches!(audit, Audit::Unchanged { .. })).count();
    let changed: Vec<usize> = ends()
        .filter_map(|audit| match audit {
            Audit::Changed { rows, .. } => Some(*rows),
            _ => None,
        })
        .collect();
    let mut lines = Vec::new();
    if unchanged > 0 {
        lines
            .push(format!("  frozen stayed frozen, byte for byte, in {}", counted(unchanged, "run", "runs")));
    }
    if let (Some(least), Some(most)) = (changed.iter().min(), changed.iter().max()) {
        let rows = if least == most {
            number::count(*least as u64)
        } else {
            format!("{} to {}", number::count(*least as u64), number::count(*most as u64))
        };
        lines
            .push(format!("  fine-tuning moved {rows} vectors in {}", counted(changed.len(), "run", "runs")));
    }
    lines
}
