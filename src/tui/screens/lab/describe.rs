//! Describes a recipe in plain words.

use crate::error::grouped;
use crate::session::budget::Budget;
use crate::session::distillation::Distillation;
use crate::session::image_transfer::{ImageSet, ImageSource, ImageTask, ImageTransfer, Layers};
use crate::session::language_model::{Cell, GivenVectors, LanguageModelling};
use crate::session::pretraining::Corpus;
use crate::session::recipe::{Recipe, Transfer};
use crate::session::run_source::RunSource;
use crate::session::source_name::SourceName;
use crate::session::text_transfer::{TextFiles, TextSource, TextTask, TextTransfer};

/// The description of a recipe: headings with sentences.
pub fn recipe(recipe: &Recipe) -> Vec<(&'static str, String)> {
    let (heading, source, task, model) = match &recipe.transfer {
        Transfer::Text(text) => {
            let sources = text.named_sources();
            let heading = if sources.len() > 1 { "sources" } else { source_is(text.source()) };
            (heading, each(&sources, source), tasks(text), text.head.explained())
        }
        Transfer::Images(images) => {
            let sources = images.named_sources();
            let heading = if sources.len() > 1 { "networks" } else { "network" };
            (heading, each(&sources, network), image_tasks(images), layers(images.head))
        }
    };
    let mut lines = vec![(heading, source), ("task", task), ("runs", runs(recipe)), ("model", model)];
    if !recipe.probe_words().is_empty() {
        lines.push(("probes", format!("the neighbours of {} are followed", recipe.probe_words().join(", "))));
    }
    lines
}

/// The only source, or each of several with its name.
fn each<T>(sources: &[(SourceName, &T)], told: impl Fn(&T) -> String) -> String {
    match sources {
        [(_, only)] => told(only),
        several => {
            let one = |(name, source): &(SourceName, &T)| format!("{name}: {}", told(source));
            several.iter().map(one).collect::<Vec<_>>().join("; ")
        }
    }
}

/// The heading for the source.
fn source_is(source: &TextSource) -> &'static str {
    match source {
        // A language model is a model too, but the heading "model" belongs to the model that uses the source.
        TextSource::LanguageModel(_) => "source",
        TextSource::Encoder(_) => "encoder",
        _ => "vectors",
    }
}

/// A number with the noun in its singular or plural form: `1,200 runs`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {many}", grouped(number as u64)) }
}

fn source(source: &TextSource) -> String {
    let (how, p) = match source {
        TextSource::SkipGram(p) => ("skip-gram", p),
        TextSource::Cbow(p) => ("CBOW", p),
        TextSource::Vectors { file, limit } => {
            let limit = limit.map(|n| format!(", the first {} rows", grouped(n as u64))).unwrap_or_default();
            return format!("published ones, read from {}{limit}", file.display());
        }
        TextSource::LanguageModel(model) => return language_model(model),
        TextSource::Encoder(asked) => {
            return format!("a published sentence encoder, read from {}", asked.folder.display());
        }
        TextSource::Distilled(asked) => return distillation(asked),
        TextSource::Session(path) => return format!("what the session {} pre-trained", path.display()),
        TextSource::Run(asked) => return of_run(asked),
    };
    let text = text(&p.corpus);
    let epochs_said = match p.epochs {
        Some(epochs) => count(epochs, "epoch", "epochs"),
        None => "with as many epochs as its size asks for".into(),
    };
    match &p.from {
        Some(from) => format!("{how} trains those of {} further, on {text}, {epochs_said}", from.name()),
        None => format!("{how} learns {} dimensions from {text}, {epochs_said}", p.dim()),
    }
}

fn of_run(asked: &RunSource) -> String {
    format!(
        "the body of the model that {} trained in the session {}",
        asked.method.name(),
        asked.session.display()
    )
}

fn distillation(asked: &Distillation) -> String {
    let dim = match asked.components() {
        Some(dim) => format!("{} dimensions", grouped(dim as u64)),
        None => "its own dimensions".into(),
    };
    let words =
        asked.corpus.as_ref().map(|corpus| format!(" and the words of {}", text(corpus))).unwrap_or_default();
    format!("distilled from the encoder {}: {dim} for each of its tokens{words}", asked.encoder.display())
}

fn network(source: &ImageSource) -> String {
    let asked = match source {
        ImageSource::Network(file) => return format!("a published network, read from {}", file.display()),
        ImageSource::Classifier(asked) => asked,
        ImageSource::Session(path) => return format!("what the session {} pre-trained", path.display()),
        ImageSource::Run(asked) => return of_run(asked),
    };
    let images = match &asked.set {
        ImageSet::Demo { letters } => format!("{} letters drawn from fonts", grouped(*letters as u64)),
        ImageSet::Files(files) => format!("the images of {}", files.train.display()),
    };
    format!(
        "{} learns to tell {images} apart, {}",
        asked.network.name(),
        count(asked.epochs, "epoch", "epochs")
    )
}

fn text(corpus: &Corpus) -> String {
    match corpus {
        Corpus::Demo { reviews } => format!("{} made-up reviews without labels", grouped(*reviews as u64)),
        Corpus::File(file) => file.display().to_string(),
        Corpus::Table { file, column } => format!("the column \"{column}\" of {}", file.display()),
        Corpus::Files(files) => count(files.len(), "file", "files"),
        Corpus::Task { and } if and.is_empty() => "the task's own texts without labels".into(),
        Corpus::Task { and } => {
            format!("the task's own texts without labels and {}", count(and.len(), "file", "files"))
        }
    }
}

fn language_model(model: &LanguageModelling) -> String {
    let cell = match model.cell {
        Cell::Lstm => "LSTM",
        Cell::Gru => "GRU",
    };
    let mut texts = model
        .texts()
        .map(|(corpus, epochs)| format!("{}, {}", text(corpus), count(epochs, "epoch", "epochs")));
    let (layers, first) = (count(model.layers, "layer", "layers"), texts.next().unwrap_or_default());
    // With tied weights (the softmax uses the word vectors), the last layer has the size of the vectors.
    let units = match (model.tied, model.layers) {
        (false, _) => format!("of {} units", model.hidden),
        (true, 1) => format!("of {} units", model.dim),
        (true, _) => format!("of {} units, the last of {},", model.hidden, model.dim),
    };
    let then = texts.next().map(|text| format!("; then from {text}")).unwrap_or_default();
    let begins = match &model.vectors {
        Some(GivenVectors::Initial(file)) => format!(" from {}", file.display()),
        Some(GivenVectors::Fixed(file)) => format!(", those of {}, which stay,", file.display()),
        None => String::new(),
    };
    format!(
        "a language model ({cell}, {layers} {units} on {} dimensions{begins}{}) learns from {first}{then}",
        model.dim,
        if model.softmax.is_full() { "" } else { ", adaptive softmax" }
    )
}

fn tasks(text: &TextTransfer) -> String {
    let each: Vec<String> = text.tasks.iter().map(|(name, one)| format!("{name}: {}", task(one))).collect();
    if each.is_empty() { task(text.task()) } else { each.join("; ") }
}

fn task(task: &TextTask) -> String {
    match task {
        TextTask::Demo { train, test } => {
            format!(
                "tell good reviews from bad; {} labelled for training, {} for the test",
                grouped(*train as u64),
                grouped(*test as u64)
            )
        }
        TextTask::Files { train, .. } => match train {
            TextFiles::One(file) => format!("classify the labelled texts of {}", file.display()),
            TextFiles::Classes(classes) => {
                let names: Vec<&str> = classes.iter().map(|(name, _)| name.as_str()).collect();
                format!("tell {} apart", names.join(", "))
            }
        },
    }
}

fn image_tasks(images: &ImageTransfer) -> String {
    let each: Vec<String> =
        images.tasks.iter().map(|(name, one)| format!("{name}: {}", image_task(one))).collect();
    if each.is_empty() { image_task(images.task()) } else { each.join("; ") }
}

fn image_task(task: &ImageTask) -> String {
    match task {
        ImageTask::DemoDigits => {
            "read handwritten digits; 797 labelled for training, 1,000 for the test".into()
        }
        ImageTask::Files(files) if files.only.is_empty() => {
            format!("classify the labelled images of {}", files.train.display())
        }
        ImageTask::Files(files) => {
            format!("tell {} apart in {}", files.only.join(", "), files.train.display())
        }
    }
}

fn layers(layers: Layers) -> String {
    let anew = match layers.new {
        1 => "the network's last layer begins anew".to_string(),
        many => format!("the network's last {many} layers begin anew"),
    };
    match layers.freeze {
        0 => anew,
        blocks => format!(
            "{anew}; fine-tuned, its first {} as they are",
            count(blocks, "block stays", "blocks stay")
        ),
    }
}

fn runs(recipe: &Recipe) -> String {
    let budgets: Vec<String> = recipe
        .labels
        .iter()
        .map(|budget| match budget {
            Budget::Labels(n) => grouped(*n as u64),
            Budget::All => "all".into(),
        })
        .collect();
    let strategies = recipe.strategies().count();
    format!(
        "{} × {} ({} labels) × {} = {}{}",
        count(strategies, "strategy", "strategies"),
        count(budgets.len(), "budget", "budgets"),
        budgets.join(" and "),
        count(recipe.seeds as usize, "repetition", "repetitions"),
        count(strategies * budgets.len() * recipe.seeds as usize, "run", "runs"),
        match recipe.baselines().count() {
            0 => String::new(),
            baselines => format!("; and {} on the same labels", count(baselines, "baseline", "baselines")),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_a_language_model_are_those_that_its_layers_have() {
        for (more, expected) in [
            ("tied: false", "1 layer of 50 units on 20 dimensions)"),
            ("layers: 1", "1 layer of 20 units on 20 dimensions)"),
            ("layers: 2", "2 layers of 50 units, the last of 20, on 20 dimensions)"),
            ("softmax: Adaptive()", "1 layer of 20 units on 20 dimensions, adaptive softmax)"),
        ] {
            let recipe = format!("(corpus: Demo(reviews: 5), dim: 20, hidden: 50, {more})");
            let said = language_model(&ron::from_str(&recipe).unwrap());
            assert!(said.contains(expected), "{said}");
        }
    }
}
