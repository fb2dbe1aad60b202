//! Sessions that are killed up to four times, at a random moment or at a random write, sync, rename,
//! creation or removal of a file.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cases;
use crate::kinds::Kind;
use crate::random::Random;
use crate::shim::Weather;

fn storm(test: &str, kinds: &[Kind], count: usize) {
    let killed = AtomicUsize::new(0);
    let prepare = || kinds.iter().map(|kind| kind.whole()).collect::<Vec<_>>();
    cases::all(test, count, prepare, |wholes, number| {
        let (kind, whole) = (kinds[number % kinds.len()], &wholes[number % kinds.len()]);
        let mut random = Random::of(test, number);
        let folder = kind.folder(test, number);
        let mut so_far = Vec::new();
        for _ in 0..1 + random.below(4) {
            let at_a_call = random.below(3) > 0;
            let call = Weather::KilledAt { call: 1 + random.below(whole.calls), torn: random.below(2) == 0 };
            let weather = if at_a_call { call } else { Weather::Fair };
            let after = (!at_a_call).then(|| random.time(whole.took));
            let ended = kind.start(&folder, weather).end(after);
            let fine = ended.code == Some(0) || ended.signal == Some(9);
            killed.fetch_add(usize::from(ended.signal.is_some()), Ordering::Relaxed);
            so_far.push(ended);
            if !fine {
                let steps: String = so_far.iter().map(|ended| format!("\n    {ended}")).collect();
                return Err(format!("{kind:?}: neither killed nor done:{steps}"));
            }
        }
        kind.must_end_well(&folder, &so_far)?;
        let _ = std::fs::remove_dir_all(folder);
        Ok(())
    });
    println!("{test}: killed {} times", killed.into_inner());
}

#[test]
fn killed_sessions_of_text_end_with_the_same_bits() {
    storm("kills-text", &[Kind::Words, Kind::Subwords, Kind::Continued], cases::count(16, 100));
}

#[test]
fn killed_sessions_of_a_language_model_end_with_the_same_bits() {
    storm("kills-language", &[Kind::Language], cases::count(6, 30));
}

#[test]
fn killed_sessions_of_images_end_with_the_same_bits() {
    storm("kills-images", &[Kind::Images], cases::count(6, 30));
}

#[test]
fn killed_sessions_that_tune_end_with_the_same_bits() {
    storm("kills-tuned", &[Kind::Tuned], cases::count(8, 60));
}
