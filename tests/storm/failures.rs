//! A disk that refuses every N-th write, sync or rename.

use crate::cases;
use crate::kinds::Kind;
use crate::shim::Weather;

const INPUT_OUTPUT: i32 = 5;
const NO_SPACE: i32 = 28;

#[test]
fn a_disk_that_refuses_is_told_in_a_sentence_and_the_session_goes_on_later() {
    let most = 60;
    let full = 3 * most;
    let count = cases::count(18, full);
    cases::all(
        "failures",
        count,
        || Kind::Words.whole(),
        |_, number| {
            // A sample goes over all of it, too.
            let number = number * full / count;
            let kinds = ["w", "s", "r"][number / most];
            let every = 1 + number % most;
            let error = if number.is_multiple_of(2) { INPUT_OUTPUT } else { NO_SPACE };
            let kind = if every.is_multiple_of(3) { Kind::Subwords } else { Kind::Words };
            let folder = kind.folder("failures", number);
            let ended = kind.start(&folder, Weather::Failing { kinds, every, error }).end(None);
            if ended.code != Some(0) {
                ended.sentence()?;
            }
            kind.must_end_well(&folder, &[ended])?;
            let _ = std::fs::remove_dir_all(folder);
            Ok(())
        },
    );
}
