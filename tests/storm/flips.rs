//! Checkpoints of which one bit changed.

use std::fs;
use std::path::Path;

use crate::cases;
use crate::kinds::{self, Kind};
use crate::outcome::Outcome;
use crate::random::Random;
use crate::shim::Weather;

#[test]
fn a_changed_checkpoint_is_named_or_harmless() {
    let of_all_kinds = [Kind::Words, Kind::Subwords, Kind::Language, Kind::Images];
    let prepare = || {
        let broken = |kind: Kind| kind.broken("flips", 5).into_iter().map(move |folder| (kind, folder));
        let mut sessions: Vec<_> = of_all_kinds.into_iter().flat_map(broken).collect();
        // One that is finished is not gone on with: it is shown from its log, and no checkpoint is read.
        let finished = |folder: &Path| {
            let log = fs::read_to_string(folder.join("log.ron")).unwrap_or_default();
            log.contains("record:Stage(Finished)")
        };
        sessions
            .retain(|(_, folder)| !kinds::files(&folder.join("checkpoints")).is_empty() && !finished(folder));
        assert!(sessions.len() > 8, "only {} broken sessions have checkpoints", sessions.len());
        sessions
    };
    cases::all("flips", cases::count(24, 300), prepare, |sessions, number| {
        let mut random = Random::of("flips", number);
        let (kind, from) = &sessions[random.below(sessions.len())];
        let folder = kind.folder("flips", number);
        kinds::copy(from, &folder);
        let files = kinds::files(&folder.join("checkpoints"));
        let path = &files[random.below(files.len())];
        let mut bytes = fs::read(path).unwrap();
        if bytes.is_empty() {
            return Ok(());
        }
        let (byte, bit) = (random.below(bytes.len()), random.below(8));
        bytes[byte] ^= 1 << bit;
        fs::write(path, bytes).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_string();
        let ended = kind.start(&folder, Weather::Fair).end(None);
        let judged = match ended.code {
            Some(0) => {
                Outcome::of(&ended, &folder).and_then(|outcome| outcome.same_as(&kind.whole().outcome))
            }
            _ => ended.sentence().and_then(|sentence| {
                let stem = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
                let named = sentence.contains(stem);
                if named { Ok(()) } else { Err(format!("the sentence does not name it: {sentence}")) }
            }),
        };
        judged.map_err(|why| format!("{}: bit {bit} of byte {byte} of {name}: {why}", from.display()))?;
        let _ = fs::remove_dir_all(folder);
        Ok(())
    });
}
