//! The dialog that starts an experiment on the user's own examples: the choice of a file, the columns and settings, and
//! what it costs. It does the same as `warmstart run FILE`.
//!
//! The training thread reads the files. The dialog asks it ([`Question::Survey`], [`Question::SourceFile`]) and makes
//! the recipe from the answer.

use crossterm::event::{KeyCode, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use crate::session::starter::{Examples, Wish, session_name};
use crate::train::protocol::command::{Command, Id, Question, SourceFile};
use crate::train::protocol::event::{Answer, Surveyed};
use crate::tui::action::{Action, Effect};
use crate::tui::folders::Completion;
use crate::tui::key::{Key, ctrl, special};
use crate::tui::state::{Overlay, State};

use super::starting::{instead, only_looks};

pub mod chooser;
pub mod draw;
mod fields;
mod sheet;
pub mod state;

use chooser::{Chooser, Chosen};
use fields::{Changed, change, select};
use state::{ChosenFile, Dialog, Field, Source, Step, Wanted};

/// Opens the dialog; or says why this workbench cannot start anything.
pub fn open(state: &mut State) -> Vec<Effect> {
    if !state.trains {
        let why = only_looks(state);
        state.complain(format!("{why}. Leave, and run `warmstart` to train on a file of yours."));
        return Vec::new();
    }
    state.overlay = Overlay::Begin(Box::new(Dialog::new()));
    vec![Effect::Scan, Effect::Complete(String::new())]
}

/// The open dialog; also if a question stands before it.
fn dialog(overlay: &mut Overlay) -> Option<&mut Dialog> {
    match overlay {
        Overlay::Begin(dialog) => Some(dialog),
        Overlay::Confirm { behind, .. } => dialog(behind),
        _ => None,
    }
}

/// Handles a key while the dialog is open.
pub fn on_key(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(dialog) = dialog(&mut state.overlay) else { return Vec::new() };
    dialog.note = None;
    if key == ctrl('c') {
        let dropped = dropped(dialog);
        state.overlay = Overlay::None;
        return dropped;
    }
    if key.code == KeyCode::Esc {
        return back(state);
    }
    if let Some(chooser) = dialog.chooser_mut() {
        let chosen = chooser.key(key);
        return chose(state, chosen);
    }
    if dialog.step == Step::Settings {
        return on_settings(state, key);
    }
    Vec::new()
}

/// The keys of the settings.
fn on_settings(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(dialog) = dialog(&mut state.overlay) else { return Vec::new() };
    match key.code {
        KeyCode::Up | KeyCode::Char('k') | KeyCode::BackTab => select(dialog, -1),
        KeyCode::Down | KeyCode::Char('j') | KeyCode::Tab => select(dialog, 1),
        KeyCode::PageUp | KeyCode::Home => select(dialog, isize::MIN),
        KeyCode::PageDown | KeyCode::End => select(dialog, isize::MAX),
        KeyCode::Left | KeyCode::Char('h') => return turn(state, -1),
        KeyCode::Right | KeyCode::Char('l' | ' ') => return turn(state, 1),
        KeyCode::Char('/') => {
            match (dialog.field, dialog.source) {
                (Field::Test, _) => return choose_file(dialog, Wanted::Test),
                (_, Source::File(of)) => return choose_file(dialog, Wanted::Source(of)),
                (_, Source::Own) => {}
            }
            dialog.note = Some("This source needs no file: choose another source with ← →.".into());
        }
        KeyCode::Char('y') if dialog.survey().is_some() && dialog.missing().is_none() => {
            let command = fields::command(&dialog.typed_wish());
            dialog.note = Some(format!("Copied: {command}"));
            return vec![Effect::Copy(command)];
        }
        KeyCode::Enter => return start(state),
        _ => {}
    }
    Vec::new()
}

/// Changes the selected setting.
fn turn(state: &mut State, by: isize) -> Vec<Effect> {
    let Some(dialog) = dialog(&mut state.overlay) else { return Vec::new() };
    match change(dialog, by) {
        Changed::Done => Vec::new(),
        Changed::Examples => survey(state),
        Changed::File(wanted) => choose_file(dialog, wanted),
    }
}

/// Goes a step back, or closes the dialog.
fn back(state: &mut State) -> Vec<Effect> {
    let Some(dialog) = dialog(&mut state.overlay) else { return Vec::new() };
    let waits = dialog.reading.is_some() || dialog.checking.is_some();
    let dropped = dropped(dialog);
    dialog.problem = None;
    match dialog.step {
        // Reading is given up, and another file can be chosen.
        Step::Data | Step::File(_) if waits => {}
        Step::Data => state.overlay = Overlay::None,
        Step::File(_) => dialog.step = Step::Settings,
        Step::Settings => dialog.step = Step::Data,
    }
    dropped
}

/// Gives up the questions that have no answer yet.
fn dropped(dialog: &mut Dialog) -> Vec<Effect> {
    let reading = dialog.reading.take().map(|(id, _)| id);
    let checking = dialog.checking.take().map(|(id, ..)| id);
    reading.into_iter().chain(checking).map(|id| Effect::Send(Command::Cancel(id))).collect()
}

/// Called when text was pasted into an open window.
pub fn typed(state: &mut State) -> Vec<Effect> {
    match dialog(&mut state.overlay).and_then(Dialog::chooser_mut).map(Chooser::typed) {
        Some(chosen) => chose(state, chosen),
        None => Vec::new(),
    }
}

/// Does what a key in a choice of a file led to.
fn chose(state: &mut State, chosen: Chosen) -> Vec<Effect> {
    let Some(dialog) = dialog(&mut state.overlay) else { return Vec::new() };
    match chosen {
        Chosen::Nothing => Vec::new(),
        Chosen::Typed => {
            dialog.problem = None;
            let text = dialog.input().map(|input| input.text()).unwrap_or_default();
            vec![Effect::Complete(text)]
        }
        Chosen::Path(path) => match dialog.step {
            Step::File(Wanted::Test) => {
                (dialog.step, dialog.field) = (Step::Settings, Field::Test);
                dialog.asked.test = Some(path);
                survey(state)
            }
            Step::File(Wanted::Source(of)) => {
                dialog.problem = None;
                let (id, ask) = state.ask(Question::SourceFile { path: path.clone(), of });
                if let Some(dialog) = self::dialog(&mut state.overlay) {
                    dialog.checking = Some((id, of, path));
                }
                vec![ask]
            }
            _ => {
                // What was set belongs to the examples that were chosen before.
                let data = std::mem::take(&mut dialog.data);
                *dialog = Dialog { data, typed: path, ..Dialog::new() };
                survey(state)
            }
        },
    }
}

/// Asks what the examples hold.
fn survey(state: &mut State) -> Vec<Effect> {
    let Some(dialog) = dialog(&mut state.overlay) else { return Vec::new() };
    dialog.problem = None;
    let wish = Wish {
        data: dialog.typed.clone(),
        text: dialog.asked.text.clone(),
        label: dialog.asked.label.clone(),
        test: dialog.asked.test.clone(),
        vectors: dialog.chosen(SourceFile::Vectors).map(|file| file.path.clone()),
        ..Default::default()
    };
    let (id, ask) = state.ask(Question::Survey(Box::new(wish)));
    if let Some(dialog) = self::dialog(&mut state.overlay) {
        dialog.reading = Some((id, 0));
    }
    vec![ask]
}

/// Opens the choice of another file than the examples.
fn choose_file(dialog: &mut Dialog, wanted: Wanted) -> Vec<Effect> {
    (dialog.step, dialog.problem) = (Step::File(wanted), None);
    dialog.file = Chooser::new(wanted != Wanted::Source(SourceFile::Weights));
    // The file is often beside the examples.
    let beside = dialog.typed.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    if !beside.is_empty() {
        dialog.file.input.set(&format!("{}/", beside.trim_end_matches('/')));
    }
    vec![Effect::Complete(dialog.file.input.text())]
}

/// Starts the experiment, or asks for the file that its source needs.
fn start(state: &mut State) -> Vec<Effect> {
    let Some(dialog) = dialog(&mut state.overlay) else { return Vec::new() };
    if dialog.reading.is_some() {
        dialog.note = Some("The examples are being read. One moment, please.".into());
        return Vec::new();
    }
    if dialog.survey().is_some()
        && let Some(of) = dialog.missing()
    {
        return choose_file(dialog, Wanted::Source(of));
    }
    match dialog.started() {
        Ok(started) => {
            let name = session_name(&dialog.typed);
            let begin = Action::Begin { recipe: Box::new(started.recipe), name };
            let effects = instead(state, begin, "start the new one");
            if !effects.is_empty() {
                state.overlay = Overlay::None;
            }
            effects
        }
        Err(problem) => {
            dialog.problem = Some(problem);
            Vec::new()
        }
    }
}

/// Takes completions of a path. `None` if no dialog is open that may have asked for them.
pub fn completed(state: &mut State, completion: &Completion) -> Option<Vec<Effect>> {
    // Also while a file is read: the list is there when another one must be chosen.
    let dialog = dialog(&mut state.overlay)?;
    let (data, file) = (dialog.data.listed(completion), dialog.file.listed(completion));
    let chosen = if matches!(dialog.step, Step::File(_)) { file } else { data };
    Some(chose(state, chosen))
}

/// Whether the dialog waits for the answer to this question.
pub fn waits_for(state: &mut State, id: Id) -> bool {
    dialog(&mut state.overlay).is_some_and(|dialog| {
        dialog.reading.is_some_and(|(asked, _)| asked == id)
            || dialog.checking.as_ref().is_some_and(|(asked, ..)| *asked == id)
    })
}

/// Takes an answer that the dialog waits for.
pub fn answered(state: &mut State, answer: Answer) {
    let Some(dialog) = dialog(&mut state.overlay) else { return };
    match answer {
        Answer::Reading(count) => {
            if let Some((_, read)) = &mut dialog.reading {
                *read = count;
            }
        }
        Answer::Surveyed(found) => surveyed(dialog, *found),
        Answer::SourceFile { path, told, encoder } => {
            if let Some((_, of, typed)) = dialog.checking.take() {
                if let (SourceFile::Vectors, Some(Ok(survey))) =
                    (of, dialog.found.as_mut().map(|found| &mut found.survey))
                {
                    survey.encoder = encoder;
                }
                dialog.files.retain(|(other, _)| *other != of);
                dialog.files.push((of, ChosenFile { typed, path, told }));
                (dialog.step, dialog.field) = (Step::Settings, Field::Source);
            }
        }
        Answer::Unknown(problem) => {
            (dialog.reading, dialog.checking) = (None, None);
            dialog.problem = Some(problem);
        }
        _ => {}
    }
}

fn surveyed(dialog: &mut Dialog, found: Surveyed) {
    dialog.reading = None;
    dialog.problem = found.survey.as_ref().err().cloned();
    if dialog.asked.text.is_none()
        && dialog.asked.label.is_none()
        && let Ok(survey) = &found.survey
    {
        dialog.guessed = survey.taken.clone();
    }
    dialog.found = Some(found);
    if dialog.survey().is_some_and(|survey| survey.examples == Examples::Images) {
        dialog.source = Source::File(SourceFile::Weights);
    }
    let fields = dialog.fields();
    // Without a setting to change, another file must be chosen.
    dialog.step = if fields.is_empty() { Step::Data } else { Step::Settings };
    if !fields.contains(&dialog.field) {
        dialog.field = fields.first().copied().unwrap_or(Field::Text);
    }
}

/// Handles the mouse while the dialog is open.
pub fn on_mouse(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    let key = |code| special(code);
    match event.kind {
        MouseEventKind::ScrollDown => on_key(state, key(KeyCode::Down)),
        MouseEventKind::ScrollUp => on_key(state, key(KeyCode::Up)),
        MouseEventKind::Down(MouseButton::Left) => {
            let place = Position::new(event.column, event.row);
            let Overlay::Begin(open) = &state.overlay else { return Vec::new() };
            let target = draw::targets(state, open).into_iter().find(|(area, _)| area.contains(place));
            match target.map(|(_, target)| target) {
                Some(draw::Target::Key(key)) => on_key(state, key),
                Some(draw::Target::Row(row)) => {
                    let Some(chooser) = dialog(&mut state.overlay).and_then(Dialog::chooser_mut) else {
                        return Vec::new();
                    };
                    // A click on the selected row performs it.
                    if chooser.selected == row {
                        return on_key(state, key(KeyCode::Enter));
                    }
                    chooser.selected = row;
                    Vec::new()
                }
                Some(draw::Target::Field(field)) => {
                    let Some(dialog) = dialog(&mut state.overlay) else { return Vec::new() };
                    // A click on the selected setting changes it.
                    if dialog.field == field {
                        return on_key(state, key(KeyCode::Right));
                    }
                    dialog.field = field;
                    Vec::new()
                }
                None => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
