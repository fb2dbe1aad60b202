//! Describes a recipe in plain words.

use crate::error::{counted, grouped};
use crate::session::budget::Budget;
use crate::session::image_transfer::{ImageSource, ImageTask, ImageTransfer, Layers};
use crate::session::recipe::{Recipe, Transfer};
use crate::session::source_name::SourceName;
use crate::session::text_source::TextSource;
use crate::session::text_transfer::{TextFiles, TextTask, TextTransfer};

/// The description of a recipe: headings with sentences.
pub fn recipe(recipe: &Recipe) -> Vec<(&'static str, String)> {
    let (heading, source, task, model) = match &recipe.transfer {
        Transfer::Text(text) => {
            let sources = text.named_sources();
            let heading = if sources.len() > 1 { "sources" } else { text.source().heading() };
            (heading, each(&sources, TextSource::explained), tasks(text), text.head.explained())
        }
        Transfer::Images(images) => {
            let sources = images.named_sources();
            let heading = if sources.len() > 1 { "networks" } else { "network" };
            (heading, each(&sources, ImageSource::explained), image_tasks(images), layers(images.head))
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
            counted(blocks, "block stays", "blocks stay")
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
        counted(strategies, "strategy", "strategies"),
        counted(budgets.len(), "budget", "budgets"),
        budgets.join(" and "),
        counted(recipe.seeds as usize, "repetition", "repetitions"),
        counted(strategies * budgets.len() * recipe.seeds as usize, "run", "runs"),
        match recipe.baselines().count() {
            0 => String::new(),
            baselines => format!("; and {} on the same labels", counted(baselines, "baseline", "baselines")),
        },
    )
}
