//! A session that begins from a state of a run of another one: to the same bits if nothing is changed, and again if it is run
//! again, also without the other session.

use std::fs;

use crate::session::forking::{self, Changes, KeptState};
use crate::session::history::History;
use crate::session::method::Strategy;
use crate::session::record::RunEnd;

use super::*;

fn parent() -> Recipe {
    let text = "(title: \"t\", seed: 3, transfer: Text(
          source: SkipGram(corpus: Demo(reviews: 600), dim: 12, epochs: 1, min_count: 2),
          task: Demo(train: 300, test: 60), head: Gru(hidden: 6), dropout: 0.2),
          methods: [Scratch, Frozen, FineTuned, TfIdf], labels: [40], seeds: 2, states: 5,
          training: (epochs: 20, patience: 20))";
    Recipe::parse(text, Path::new("/recipe.ron")).unwrap()
}

fn history(folder: &Path) -> History {
    History::of(log::read(folder).unwrap().entries)
}

/// The number of the run of this method with the second seed.
fn second(history: &History, strategy: Strategy) -> usize {
    let is_it = |run: &&crate::session::history::RunHistory| {
        run.start.method == strategy.into() && run.start.seed == 1
    };
    history.runs.iter().find(is_it).unwrap().start.run
}

fn states(folder: &Path, run: usize) -> Vec<KeptState> {
    let history = history(folder);
    forking::states(folder, history.run(run).unwrap())
}

/// Runs a recipe to its end. Returns how its only run ended, and the parameters of its last checkpoint.
fn ended(recipe: &Recipe, folder: &Path) -> (RunEnd, Vec<u8>) {
    whole(recipe.clone(), folder.to_path_buf(), 2);
    result(folder, 0)
}

fn result(folder: &Path, run: usize) -> (RunEnd, Vec<u8>) {
    let history = history(folder);
    let end = history.run(run).unwrap().end.clone().unwrap().value;
    let path = crate::session::checkpoint::newest(folder, &format!("run-{run}")).unwrap();
    (RunEnd { run: 0, seconds: 0.0, ..end }, fs::read(path).unwrap())
}

#[test]
fn a_fork_without_a_change_has_the_bits_of_its_parent_and_one_with_a_change_can_be_repeated() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let folder = at("parent");
    whole(parent(), folder.clone(), 2);
    let told = history(&folder);
    for strategy in [Strategy::Scratch, Strategy::Frozen, Strategy::FineTuned] {
        let run = second(&told, strategy);
        let kept = states(&folder, run);
        let going: Vec<&KeptState> = kept.iter().filter(|state| !state.ended).collect();
        assert!((3..=5).contains(&going.len()), "{strategy:?}: {kept:?}");
        assert!(kept.last().unwrap().ended);
        let step = going[1].step;
        let (same, found) = forking::fork(&folder, run, Some(step + 1), &Changes::default()).unwrap();
        assert_eq!(found, step);
        let fork = same.fork.as_ref().unwrap();
        assert!(fork.continues && fork.seed == 2);
        let session = at(&format!("same-{}", fork.method.id()));
        assert_eq!(ended(&same, &session), result(&folder, run), "{strategy:?}");
        let child = history(&session);
        let first = &child.run(0).unwrap().steps[0].value;
        assert_eq!((first.step, child.runs.len()), (step + 1, 1));
    }

    // Changed, and run again from the recipe that the session keeps.
    let run = second(&told, Strategy::FineTuned);
    let step = states(&folder, run)[1].step;
    let changed = [
        "rate 0.0002, schedule cosine, dropout 0.5",
        "strategy gradual-unfreezing",
        "labels 80, epochs 6",
        "freeze embedding, freeze body",
    ];
    for (number, changes) in changed.into_iter().enumerate() {
        let changes = Changes::parse(changes).unwrap();
        let (recipe, _) = forking::fork(&folder, run, Some(step), &changes).unwrap();
        let session = at(&format!("changed-{number}"));
        let first = ended(&recipe, &session);
        assert_ne!(first.1, result(&folder, run).1, "{changes:?}");
        let text = fs::read_to_string(session.join("recipe.ron")).unwrap();
        let again = Recipe::parse(&text, &session.join("recipe.ron")).unwrap();
        assert_eq!(again, recipe);
        assert_eq!(ended(&again, &at(&format!("again-{number}"))), first, "{changes:?}");
    }
    // The parameters that a frozen run kept are a beginning for fine-tuning.
    let frozen = second(&told, Strategy::Frozen);
    let last = states(&folder, frozen).pop().unwrap();
    let changes = Changes { strategy: Some(Strategy::FineTuned), ..Changes::default() };
    let (recipe, step) = forking::fork(&folder, frozen, None, &changes).unwrap();
    assert!(step == last.step && !recipe.fork.as_ref().unwrap().continues);
    let validation = |history: &History, run: usize, step: u64| {
        let found = history.run(run).unwrap().evaluations.iter().map(|e| &e.value);
        found.filter(|e| e.step >= step).map(|e| e.loss).next().unwrap()
    };
    ended(&recipe, &at("tuned"));
    let tuned = history(&at("tuned"));
    let begun = told.run(second(&told, Strategy::FineTuned)).unwrap().steps[0].value.loss;
    assert!(tuned.run(0).unwrap().steps[0].value.loss < begun, "it begins with what was learned");
    assert!(validation(&tuned, 0, 1) < validation(&told, run, 1));

    // Without the other session: what is begun goes on, and what is not is refused.
    let (recipe, _) =
        forking::fork(&folder, run, Some(step), &Changes::parse("rate 0.002").unwrap()).unwrap();
    let whole_one = ended(&recipe, &at("unbroken"));
    let worker = worker::start(2).unwrap();
    worker.commands.send(Command::Start { recipe: Box::new(recipe.clone()), folder: at("broken") }).unwrap();
    until(&worker, |event| has(event, |record| matches!(record, Record::Step(_))));
    worker.commands.send(Command::Stop).unwrap();
    until(&worker, |event| matches!(event, Event::Status(status) if status.state == State::Idle));
    fs::rename(&folder, at("elsewhere")).unwrap();
    worker.commands.send(Command::Resume { folder: at("broken") }).unwrap();
    until(&worker, finished);
    leave(worker);
    assert_eq!(result(&at("broken"), 0), whole_one);
    assert!(refused(&recipe, &at("gone")).contains("parent"));
    assert!(!at("gone").exists());
}

/// Why a session with this recipe is not begun.
fn refused(recipe: &Recipe, folder: &Path) -> String {
    let worker = worker::start(1).unwrap();
    let command = Command::Start { recipe: Box::new(recipe.clone()), folder: folder.to_path_buf() };
    worker.commands.send(command).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match worker.events.recv_deadline(deadline).unwrap() {
            Event::Failed(why) => {
                leave(worker);
                return why;
            }
            event => assert!(!finished(&event)),
        }
    }
}

#[test]
fn a_state_that_is_not_the_one_of_the_recipe_is_refused_in_one_sentence() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let folder = at("parent");
    whole(Recipe { methods: vec![Strategy::FineTuned.into()], seeds: 1, ..parent() }, folder.clone(), 2);
    let (recipe, step) = forking::fork(&folder, 0, Some(0), &Changes::default()).unwrap();
    let with = |change: &dyn Fn(&mut crate::session::fork::Fork)| {
        let mut recipe = recipe.clone();
        change(recipe.fork.as_mut().unwrap());
        refused(&recipe, &at("new"))
    };
    let why = with(&|fork| fork.hash = "00000000".into());
    assert!(why.contains("not the one that the recipe names") && !why.contains('\n'), "{why}");
    let why = with(&|fork| fork.step += 1);
    assert!(why.contains("keeps no state of step") && why.contains(&step.to_string()), "{why}");
    let why = with(&|fork| fork.labels = crate::session::budget::Budget::Labels(77));
    assert!(why.contains("no run"), "{why}");
    // As if the session had been trained again with another seed.
    fs::remove_dir_all(&folder).unwrap();
    whole(
        Recipe { methods: vec![Strategy::FineTuned.into()], seeds: 1, seed: 4, ..parent() },
        folder.clone(),
        2,
    );
    assert!(refused(&recipe, &at("new")).contains("not the one that the recipe names"));
    let freeze = Changes { freeze: vec!["tail".into()], ..Changes::default() };
    assert!(
        forking::fork(&folder, 0, None, &freeze).unwrap_err().to_string().contains("head, body, embedding")
    );
    assert!(forking::fork(&folder, 9, None, &freeze).unwrap_err().to_string().contains("no run 9"));
}
