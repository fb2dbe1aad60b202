//! Command lines that do the same as a screen, and their parts.

use std::path::{Path, PathBuf};

use crate::session::follow::Writer;
use crate::tui::state::State;

use super::lab::state::Session;
use super::tab::Tab;

/// The command line that replays the session.
pub fn replay_command(state: &State) -> Option<String> {
    if state.several.is_some() {
        return compare_command(state);
    }
    let folder = state.folder.as_ref()?;
    let what = if state.watch == Some(Writer::Running) { "watch" } else { "replay" };
    Some(format!("warmstart {what} {}", quoted(&folder.display().to_string())))
}

/// The command line that prints the comparison of the session, or of those that are shown together.
pub fn compare_command(state: &State) -> Option<String> {
    let folders: Vec<&PathBuf> = match &state.several {
        Some(several) => several.parts.iter().map(|part| &part.folder).collect(),
        None => vec![state.folder.as_ref()?],
    };
    let folders: Vec<String> =
        folders.into_iter().map(|folder| quoted(&folder.display().to_string())).collect();
    Some(format!("warmstart compare {}", folders.join(" ")))
}

/// `text` quoted as one word for a shell.
pub fn quoted(text: &str) -> String {
    let safe = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(safe) {
        text.to_string()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// What a session is that this workbench does not train: its figures are there, its models are not.
pub fn seen_as(state: &State) -> &'static str {
    if state.watch.is_some() { "watched session" } else { "recording" }
}

/// How the user can load the models of a replayed session. The text ends a sentence which says that the models are
/// missing.
pub fn models_again(state: &State) -> String {
    let here = |session: &&Session| Some(&session.folder) == state.folder.as_ref();
    let listed = state.screens.lab.found.sessions.iter().find(here);
    match (listed, &state.folder) {
        (_, Some(folder)) if state.watch == Some(Writer::Running) => {
            let has = "the process that trains it has them. When that one has ended";
            match state.trains {
                true => format!("{has}, resume the session on {}", Tab::Lab),
                false => format!("{has}, {} loads them", resumed(folder)),
            }
        }
        (None | Some(Session { finished: false, .. }), Some(folder))
            if matches!(state.watch, Some(Writer::Stopped | Writer::Gone)) && !state.trains =>
        {
            format!("leave, and {} goes on with it", resumed(folder))
        }
        (Some(session), _) if session.models && state.trains => format!("m on {} loads them", Tab::Lab),
        (Some(session), _) if !session.finished && !session.recorded && state.trains => {
            format!("resume the session on {}", Tab::Lab)
        }
        // This works for any folder, also for one outside the sessions folder.
        (listed, Some(folder)) if state.models || listed.is_some_and(|session| session.models) => {
            format!("leave, and {} loads them", resumed(folder))
        }
        _ => "run its recipe again to have them".into(),
    }
}

/// The command line that goes on with the session in `folder`, in a sentence.
fn resumed(folder: &Path) -> String {
    format!("`warmstart resume {} --watch`", quoted(&folder.display().to_string()))
}
