//! Two processes that want the same session.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::cases;
use crate::kinds::{self, Kind};
use crate::random::Random;
use crate::shim::Weather;

#[test]
fn two_processes_that_race_for_a_session_lose_nothing() {
    let kind = Kind::Words;
    let refused = AtomicUsize::new(0);
    cases::all(
        "races",
        cases::count(16, 200),
        || kind.broken("races", 4),
        |broken, number| {
            let mut random = Random::of("races", number);
            let folder = kind.folder("races", number);
            let anew = number % 2 == 0;
            if !anew {
                kinds::copy(&broken[random.below(broken.len())], &folder);
            }
            let first = kind.command(if anew { "run" } else { "resume" }, &folder, Weather::Fair);
            // The second one of two that begin anew comes at once, or once there is something to resume.
            let wait = random.time(kind.whole().took);
            let second = if anew && random.below(3) == 0 { "run" } else { "resume" };
            std::thread::sleep(if second == "run" { Duration::ZERO } else { wait });
            let second = kind.command(second, &folder, Weather::Fair);
            let ended = [first.end(None), second.end(None)];
            if ended.iter().all(|ended| ended.code != Some(0)) {
                return Err(format!("none of both ended well:\n    {}\n    {}", ended[0], ended[1]));
            }
            for one in ended.iter().filter(|one| one.code != Some(0)) {
                one.sentence()?;
                refused.fetch_add(1, Ordering::Relaxed);
            }
            kind.must_end_well(&folder, &ended)?;
            let _ = std::fs::remove_dir_all(folder);
            Ok(())
        },
    );
    println!("races: one of both was refused {} times", refused.into_inner());
}
