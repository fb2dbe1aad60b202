//! Checks that a recipe fits into memory, before anything is allocated.

use std::fs;

use crate::error::{Error, Result};
use crate::session::bounds::{self, Need};
use crate::session::parent::Parent;
use crate::session::recipe::Recipe;

/// Refuses a recipe that needs more memory than the program may use. `parents` are the sources that other sessions pre-trained. Only Linux says how much that is; on other
/// systems nothing is refused.
///
/// # Errors
/// With the sizes, and the part that needs most.
pub fn check(recipe: &Recipe, parents: &[Parent]) -> Result<()> {
    compare(&bounds::needs(recipe, parents), available())
}

/// Refuses one part of the work that needs more memory than the program may use, before it is allocated.
///
/// # Errors
/// With the sizes.
pub fn check_part(need: Need) -> Result<()> {
    compare(&[need], available())
}

fn compare(needs: &[Need], available: Option<u128>) -> Result<()> {
    let (Some(available), Some(most)) = (available, needs.first()) else { return Ok(()) };
    let needed: u128 = needs.iter().map(|need| need.bytes).sum();
    if needed <= available {
        return Ok(());
    }
    Err(Error::request(
        format!(
            "this recipe needs {} of memory at the least, {} of it for {}, and there are {}",
            amount(needed),
            amount(most.bytes),
            most.what,
            amount(available)
        ),
        "make that smaller, or take a larger machine",
    ))
}

fn amount(bytes: u128) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

/// The memory that the program may use in bytes: the minimum of the machine's memory, the limit of the control group
/// and the process's own limit.
fn available() -> Option<u128> {
    let read = |path: &str| fs::read_to_string(path).ok();
    let machine = read("/proc/meminfo").and_then(|text| total(&text));
    let group = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
    let group = group.into_iter().filter_map(|path| read(path)?.trim().parse().ok()).min();
    let own = read("/proc/self/limits").and_then(|text| address_space(&text));
    [machine, group, own].into_iter().flatten().min()
}

/// The machine's memory in bytes, from `/proc/meminfo`.
fn total(text: &str) -> Option<u128> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_whitespace().next()?.parse().ok().map(|kilobytes: u128| kilobytes * 1_024)
}

/// The process's own limit in bytes, from `/proc/self/limits`; `None` where it has none.
fn address_space(text: &str) -> Option<u128> {
    let line = text.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_the_figures() {
        let needs = [
            Need { what: "labelled reviews", bytes: 9_000_000_000 },
            Need { what: "runs", bytes: 400_000_000 },
        ];
        assert!(compare(&needs, Some(9_400_000_000)).is_ok() && compare(&needs, None).is_ok());
        let told = compare(&needs, Some(4_000_000_000)).unwrap_err().to_string();
        let expected = "this recipe needs 9.4 GB of memory at the least, 9.0 GB of it for labelled reviews, and there \
                        are 4.0 GB; make that smaller, or take a larger machine";
        assert_eq!(told, expected);
    }

    #[test]
    fn the_systems_files_are_understood() {
        assert_eq!(total("MemTotal:       24684096 kB\nMemFree:   5 kB\n"), Some(24_684_096 * 1_024));
        assert_eq!(total("nothing"), None);
        let limits =
            "Max locked memory         8388608 8388608 bytes\nMax address space         {}  {}  bytes\n";
        assert_eq!(address_space(&limits.replace("{}", "unlimited")), None);
        assert_eq!(address_space(&limits.replace("{}", "4194304000")), Some(4_194_304_000));
        #[cfg(target_os = "linux")]
        assert!(available().is_some_and(|bytes| bytes > 1 << 20));
    }
}
