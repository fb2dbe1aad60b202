//! Logs that are older than their checkpoints, as after a loss of power: cut at a random byte.

use std::fs;

use crate::cases;
use crate::kinds::{self, Kind};
use crate::random::Random;

#[test]
fn a_log_that_was_cut_resumes_to_the_same_report() {
    let kinds_of_text = [Kind::Words, Kind::Subwords];
    let prepare = || {
        let mut sessions = Vec::new();
        for kind in kinds_of_text {
            sessions.push((kind, kind.whole().folder));
            sessions.extend(kind.broken("cuts", 4).into_iter().map(|folder| (kind, folder)));
        }
        sessions
    };
    cases::all("cuts", cases::count(20, 200), prepare, |sessions, number| {
        let mut random = Random::of("cuts", number);
        let (kind, from) = &sessions[random.below(sessions.len())];
        let folder = kind.folder("cuts", number);
        kinds::copy(from, &folder);
        let path = folder.join("log.ron");
        let log = fs::read(&path).unwrap_or_default();
        let at = random.below(log.len() + 1);
        fs::write(&path, &log[..at]).unwrap();
        kind.must_end_well(&folder, &[]).map_err(|why| {
            let line = log[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
            format!("{} cut at byte {at} of {} (line {line}): {why}", from.display(), log.len())
        })?;
        let _ = fs::remove_dir_all(folder);
        Ok(())
    });
}
