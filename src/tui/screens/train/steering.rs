//! What is typed to steer the experiment while it runs: what to add to it, and which layers of a run to freeze or unfreeze.

use crate::plot::track::Along;
use crate::session::forking::Changes;
use crate::session::steering::Addition;
use crate::train::protocol::command::Command;
use crate::tui::action::{Action, Effect, Forking};
use crate::tui::screens::lab::starting;
use crate::tui::state::{About, Overlay, State};
use crate::tui::widgets::input::Input;
use crate::tui::widgets::text::short;

use super::model::{along, run_is_live, selected, training};

/// Opens the window in which seeds or a label budget are typed.
pub fn ask_addition(state: &mut State) {
    if !training(state) {
        return state.toast("Seeds and label budgets are added while an experiment runs.");
    }
    open(state, About::Addition, "");
}

/// Opens the window in which a layer group of the selected run is typed.
pub fn ask_group(state: &mut State) {
    let Some(i) = selected(state) else {
        return state.toast("Select a run with ↑ ↓ first; H then freezes or unfreezes its layers.");
    };
    let run = &state.history.runs[i];
    let (number, name) = (run.start.run, state.history.name_of(run));
    if run.start.groups.is_empty() {
        return state.toast(format!("{name} has no layer groups to freeze or unfreeze."));
    }
    if !run_is_live(state) {
        return state.toast("This run is over already.");
    }
    open(state, About::Group(number), "");
}

/// Opens the window in which the settings are typed with which the selected run is forked at the time shown.
pub fn ask_fork(state: &mut State) {
    if !state.trains {
        let why = starting::only_looks(state);
        return state.complain(format!("{why}. Leave, and run `warmstart` to train; or `warmstart fork`."));
    }
    let Some(i) = selected(state) else {
        return state.toast("Select a run with ↑ ↓ first; F then forks it at the time shown.");
    };
    let run = &state.history.runs[i];
    if !run.start.descends() {
        let name = state.history.name_of(run);
        return state
            .toast(format!("{name} is solved at once: only what is trained step by step can be forked."));
    }
    // The chart's cursor counts if it stands at a step.
    let at = state.screens.train.cursor.filter(|_| along(state) == Along::Step).unwrap_or(f64::INFINITY);
    let steps = run.steps.iter().take_while(|step| step.at <= state.until());
    let step = steps.map(|step| step.value.step).take_while(|step| *step as f64 <= at).last().unwrap_or(0);
    let number = run.start.run;
    open(state, About::Fork(number, step), "");
}

/// Opens that window again with what was typed, and says why it is not possible.
pub fn ask_fork_again(state: &mut State, asked: &Forking, why: String) {
    open(state, About::Fork(asked.run, asked.step), &asked.text);
    if let Overlay::Ask { why: shown, .. } = &mut state.overlay {
        *shown = Some(why);
    }
}

fn open(state: &mut State, about: About, text: &str) {
    state.toasts.clear();
    let mut input = Input::active();
    input.set(text);
    state.overlay = Overlay::Ask { about, input, why: None };
}

/// The title of the window.
pub fn title(state: &State, about: About) -> String {
    match about {
        About::Addition => "add to the experiment · enter adds, esc closes".into(),
        About::Group(run) => {
            let run = state.history.run(run);
            let name = run.map_or_else(String::new, |run| state.history.name_of(run));
            format!("freeze or unfreeze layers of {name}")
        }
        About::Fork(run, step) => {
            let run = state.history.run(run);
            let name = run.map_or_else(String::new, |run| state.history.name_of(run));
            format!("fork {name} at step {step}")
        }
    }
}

/// What can be typed.
pub fn hint(state: &State, about: About) -> String {
    match about {
        About::Addition => {
            "`seeds 2` adds two repetitions of everything; `labels 500` or `labels all` a label budget \
                            with all its repetitions. The new runs follow those that are planned."
                .into()
        }
        About::Fork(run, step) => {
            let run = state.history.run(run);
            let known = run.and_then(|run| run.steps.iter().rev().find(|known| known.value.step <= step));
            let rate = known.map_or(String::new(), |known| {
                format!(" The learning rate there is {}.", short(f64::from(known.value.learning_rate)))
            });
            format!(
                "What differs, with commas between: learning-rate 0.0005, schedule cosine, strategy gradual-unfreezing, dropout 0.3, \
                           labels 200, epochs 20, freeze embedding. Enter begins a session from the nearest state that is kept; \
                           without a change it is a copy.{rate} Esc closes."
            )
        }
        About::Group(run) => {
            let frozen = state.history.frozen_by_hand(run, f64::INFINITY);
            let groups = groups(state, run).iter().map(|group| match frozen.contains(group) {
                true => format!("{group} (frozen)"),
                false => group.clone(),
            });
            let groups: Vec<String> = groups.collect();
            format!(
                "{}. One name freezes, or unfreezes what is frozen; `unfreeze {}` trains what a strategy still holds back. \
                 Tab goes through them, enter does it, esc closes.",
                groups.join(" · "),
                groups.last().map_or("", |group| group.split(" (").next().unwrap_or(group))
            )
        }
    }
}

fn groups(state: &State, run: usize) -> &[String] {
    state.history.run(run).map_or(&[], |run| &run.start.groups)
}

/// What stands in the line after tab: the next layer group.
pub fn next(state: &State, about: About, text: &str) -> Option<String> {
    let About::Group(run) = about else { return None };
    let groups = groups(state, run);
    let (verb, name) = split(text);
    let place = groups.iter().position(|group| group == name).map_or(0, |place| place + 1);
    let next = groups.get(place % groups.len().max(1))?;
    Some(if verb.is_empty() { next.clone() } else { format!("{verb} {next}") })
}

/// The verb of a line and the name after it.
fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    match text.split_once(char::is_whitespace) {
        Some((verb @ ("freeze" | "unfreeze" | "thaw"), name)) => (verb, name.trim()),
        _ => ("", text),
    }
}

/// Does what was typed.
///
/// # Errors
/// A sentence that says why it is not possible.
pub fn accept(state: &mut State, about: About, text: &str) -> Result<Vec<Effect>, String> {
    match about {
        About::Addition => {
            let addition = Addition::parse(text)?;
            if let Some(recipe) = &state.history.recipe {
                recipe.grow(&addition)?;
            }
            state.screens.train.adding = Some(addition);
            Ok(vec![Effect::Send(Command::Add(addition))])
        }
        About::Fork(run, step) => {
            let changes = Changes::parse(text)?;
            if let Some(known) = state.history.run(run) {
                let checked = changes.check(&state.history, known);
                checked.map_err(|(problem, remedy)| format!("{problem}: {remedy}"))?;
            }
            let folder = state.folder.clone().ok_or("the session has no folder to fork from")?;
            let text = text.to_string();
            let fork = Action::Fork(Box::new(Forking { folder, run, step, changes, text }));
            Ok(starting::instead(state, fork, "start the fork"))
        }
        About::Group(run) => {
            let (verb, name) = split(text);
            let group = name.to_lowercase();
            let known = groups(state, run);
            if !known.contains(&group) {
                return Err(format!("there is no layer group \"{group}\": {}", known.join(", ")));
            }
            let frozen = match verb {
                "freeze" => true,
                "unfreeze" | "thaw" => false,
                _ => !state.history.frozen_by_hand(run, f64::INFINITY).contains(&group),
            };
            Ok(vec![Effect::Send(Command::Group { run, group, frozen })])
        }
    }
}
