//! Changes a setting of the dialog, and the command line that does the same as the dialog.

use crate::session::budget::Budget;
use crate::session::method::Method;
use crate::session::starter::{Survey, Wish};
use crate::tui::screens::commands::quoted;
use crate::tui::widgets::window::moved;

use super::state::{Dialog, Field, Wanted};

/// The most repetitions that can be chosen.
const MOST_SEEDS: u32 = 30;
/// The numbers of trials that can be chosen; `None` is no tuning.
const TRIALS: [Option<u32>; 5] = [None, Some(4), Some(8), Some(12), Some(24)];

/// What must be done after a change.
#[derive(Debug, PartialEq, Eq)]
pub enum Changed {
    /// Nothing.
    Done,
    /// The examples must be read again.
    Examples,
    /// A file must be chosen first.
    File(Wanted),
}

/// Changes the selected setting to the next value, or with −1 to the one before.
pub fn change(dialog: &mut Dialog, by: isize) -> Changed {
    match dialog.field {
        Field::Text | Field::Label => return column(dialog, by),
        Field::Test => {
            return match dialog.asked.test.take() {
                None => Changed::File(Wanted::Test),
                Some(_) => Changed::Examples,
            };
        }
        Field::Source => {
            let sources = dialog.sources();
            let at = sources.iter().position(|source| *source == dialog.source).unwrap_or(0);
            dialog.source = sources[turned(at, by, sources.len())];
        }
        Field::Labels => {
            let Some(choices) = dialog.survey().map(|survey| budgets(dialog, survey)) else {
                return Changed::Done;
            };
            let at = choices.iter().position(|labels| *labels == dialog.asked.labels).unwrap_or(0);
            dialog.asked.labels = choices[turned(at, by, choices.len())].clone();
        }
        Field::Seeds => {
            let Ok(now) = dialog.started() else { return Changed::Done };
            let seeds = now.recipe.seeds.saturating_add_signed(by as i32).clamp(1, MOST_SEEDS);
            let usual = dialog.usual().map(|usual| usual.seeds);
            dialog.asked.seeds = Some(seeds).filter(|_| usual != Some(seeds));
        }
        Field::Trials => {
            let at = TRIALS.iter().position(|trials| *trials == dialog.asked.trials).unwrap_or(0);
            dialog.asked.trials = TRIALS[turned(at, by, TRIALS.len())];
        }
        Field::Method(method) => toggle(dialog, method),
    }
    Changed::Done
}

/// The index beside `at`; after the last comes the first.
fn turned(at: usize, by: isize, count: usize) -> usize {
    (at as isize + by).rem_euclid(count.max(1) as isize) as usize
}

fn column(dialog: &mut Dialog, by: isize) -> Changed {
    let (field, other) = match dialog.field {
        Field::Text => (Field::Text, Field::Label),
        other => (other, Field::Text),
    };
    let taken = dialog.column(other).map(String::from);
    let free: Vec<&String> =
        dialog.columns().iter().filter(|column| Some(column.as_str()) != taken.as_deref()).collect();
    let now = dialog.column(field);
    let next = match free.iter().position(|column| Some(column.as_str()) == now) {
        Some(at) => turned(at, by, free.len()),
        None => 0,
    };
    let Some(chosen) = free.get(next).map(|column| column.to_string()) else { return Changed::Done };
    // What is guessed anyway need not be named.
    let guessed = dialog.guessed.as_ref().is_some_and(|guessed| match field {
        Field::Text => guessed.texts == [chosen.clone()],
        _ => guessed.label == chosen,
    });
    let named = (!guessed).then_some(chosen);
    match field {
        Field::Text => dialog.asked.text = named,
        _ => dialog.asked.label = named,
    }
    Changed::Examples
}

/// Turns a method on or off. One stays on.
fn toggle(dialog: &mut Dialog, method: Method) {
    let Some(usual) = dialog.usual().map(|usual| usual.methods) else { return };
    let mut methods = match &dialog.asked.methods[..] {
        [] => usual.clone(),
        named => named.to_vec(),
    };
    match methods.iter().position(|other| *other == method) {
        Some(_) if methods.len() == 1 => {
            dialog.note = Some("An experiment needs one method at least.".into());
            return;
        }
        Some(at) => drop(methods.remove(at)),
        None => methods.push(method),
    }
    // In the order of the list, whatever was turned on first.
    let order: Vec<Field> = dialog.fields();
    methods.sort_by_key(|method| order.iter().position(|field| *field == Field::Method(*method)));
    dialog.asked.methods = if methods == usual { Vec::new() } else { methods };
}

/// The label budgets to choose from; the empty list stands for the default.
fn budgets(dialog: &Dialog, survey: &Survey) -> Vec<Vec<Budget>> {
    let usual = dialog.usual().map(|usual| usual.labels);
    let fitting: Vec<usize> = [20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]
        .into_iter()
        .filter(|&labels| labels >= 2 * survey.classes.len() && 3 * labels <= 2 * survey.train)
        .collect();
    let mut choices = vec![Vec::new(), vec![Budget::All]];
    choices.extend(fitting.iter().map(|&labels| vec![Budget::Labels(labels)]));
    choices.extend(fitting.iter().map(|&labels| vec![Budget::Labels(labels), Budget::All]));
    for several in [&[100, 500][..], &[100, 1_000], &[100, 500, 1_000], &[100, 1_000, 10_000]] {
        if several.iter().all(|labels| fitting.contains(labels)) {
            let labels = several.iter().map(|&labels| Budget::Labels(labels));
            choices.push(labels.chain([Budget::All]).collect());
        }
    }
    choices.retain(|labels| usual.as_ref() != Some(labels));
    choices
}

/// Selects another setting.
pub fn select(dialog: &mut Dialog, by: isize) {
    let fields = dialog.fields();
    let at = fields.iter().position(|field| *field == dialog.field).unwrap_or(0);
    if let Some(field) = fields.get(moved(at, by, fields.len())) {
        dialog.field = *field;
    }
}

/// The command line that starts the same experiment.
pub fn command(wish: &Wish) -> String {
    let mut line = format!("warmstart run {}", quoted(&wish.data.display().to_string()));
    let mut add = |option: &str, value: String| line.push_str(&format!(" {option} {}", quoted(&value)));
    let paths = [("--vectors", &wish.vectors), ("--weights", &wish.weights), ("--test", &wish.test)];
    let names = [("--text", &wish.text), ("--label", &wish.label)];
    for (option, name) in names {
        name.iter().for_each(|name| add(option, name.clone()));
    }
    for (option, path) in paths {
        path.iter().for_each(|path| add(option, path.display().to_string()));
    }
    wish.unlabelled.iter().for_each(|path| add("--unlabelled", path.display().to_string()));
    if !wish.methods.is_empty() {
        let name = |method: &Method| method.name().to_lowercase().replace(' ', "-");
        add("--methods", wish.methods.iter().map(name).collect::<Vec<_>>().join(","));
    }
    if !wish.labels.is_empty() {
        add("--labels", wish.labels.iter().map(Budget::to_string).collect::<Vec<_>>().join(","));
    }
    wish.seeds.iter().for_each(|seeds| add("--seeds", seeds.to_string()));
    wish.trials.iter().for_each(|trials| add("--tune", trials.to_string()));
    line
}
