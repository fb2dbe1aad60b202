//! Finds what the folders contain: sessions to resume or to replay, and recipe files.
//!
//! Nothing here fails: unreadable items are left out, or the list shows why. Only the end of a log is read, so that a
//! folder with large sessions opens at once.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::Error;
use crate::files::{self, encoding};
use crate::session::recipe::Recipe;
use crate::session::record::{Entry, Record, Stage};
use crate::session::ron_dialect::from_ron;
use crate::session::{checkpoint, log, verdict, writer};

use super::screens::lab::state::{Found, Kind, Session};

/// The subfolder of the sessions folder that holds the sessions that come with the program.
const RECORDED: &str = "recorded";
/// The file name of the recipe in a session's folder.
const RECIPE: &str = "recipe.ron";
/// How many bytes are read from the end of a log: they contain the comparison and all that follows it.
const END: u64 = 128 << 10;
/// The maximum length of a recipe, in bytes.
const LONGEST: usize = 1 << 20;
/// The maximum number of recipe files read in a folder, and of paths listed for a completion.
const MOST: usize = 50;

/// Searches the sessions folder for sessions, and `here` for recipes.
pub fn look(sessions: &Path, here: &Path) -> Found {
    let mut own = all(sessions, false);
    own.append(&mut all(&sessions.join(RECORDED), true));
    let taken = fs::read_dir(sessions)
        .into_iter()
        .flatten()
        .filter_map(|item| item.ok()?.file_name().into_string().ok());
    Found { sessions: own, recipes: recipes(here), taken: taken.collect() }
}

/// Whether there is a session that did not come with the program, or a recipe in `here`.
pub fn has_begun(sessions: &Path, here: &Path) -> bool {
    let came_with = |session: &Session| session.name.starts_with(RECORDED);
    !all(sessions, false).iter().all(came_with) || !recipes(here).is_empty()
}

/// The sessions in a folder, the newest first.
fn all(folder: &Path, recorded: bool) -> Vec<Session> {
    let items = fs::read_dir(folder).into_iter().flatten().filter_map(|item| Some(item.ok()?.path()));
    let mut found: Vec<(SystemTime, Session)> = items.filter_map(|path| session(path, recorded)).collect();
    found.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.name.cmp(&y.name)));
    below_their_parents(found.into_iter().map(|(_, session)| session).collect())
}

/// The same sessions, each fork below the session that it forks.
fn below_their_parents(sessions: Vec<Session>) -> Vec<Session> {
    let place = |folder: &Path| folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let places: Vec<PathBuf> = sessions.iter().map(|session| place(&session.folder)).collect();
    let parents: Vec<Option<usize>> = (sessions.iter().enumerate())
        .map(|(own, session)| {
            let parent = place(&session.fork.as_ref()?.session);
            places.iter().position(|place| *place == parent).filter(|&found| found != own)
        })
        .collect();
    let depth = |mut at: usize| {
        let mut depth = 0;
        // Recipes are written by hand too, and could form a circle.
        while let Some(parent) = parents[at].filter(|_| depth < sessions.len()) {
            (at, depth) = (parent, depth + 1);
        }
        depth
    };
    let depths: Vec<usize> = (0..sessions.len()).map(depth).collect();
    let mut order: Vec<usize> = Vec::new();
    let mut waiting: Vec<usize> = (0..sessions.len()).rev().filter(|&i| depths[i] == 0).collect();
    while let Some(next) = waiting.pop() {
        order.push(next);
        waiting.extend((0..sessions.len()).rev().filter(|&i| parents[i] == Some(next)));
    }
    // What is in a circle comes last.
    order.extend((0..sessions.len()).filter(|i| depths[*i] >= sessions.len()));
    let mut sessions: Vec<Option<Session>> = sessions.into_iter().map(Some).collect();
    let taken = order.into_iter().filter_map(|i| {
        let depth = if depths[i] >= depths.len() { 0 } else { depths[i] };
        Some(Session { depth, ..sessions.get_mut(i)?.take()? })
    });
    taken.collect()
}

fn session(folder: PathBuf, recorded: bool) -> Option<(SystemTime, Session)> {
    let file = folder.join(log::FILE);
    let written = fs::metadata(&file).ok()?.modified().ok()?;
    let recipe = read(&folder.join(RECIPE)).and_then(|text| Recipe::parse(&text, &folder.join(RECIPE)).ok());
    let (mut finished, mut told) = (false, None);
    for entry in last_entries(&file) {
        match entry.record {
            Record::Stage(stage) => finished = stage == Stage::Finished,
            Record::Comparison(comparison) => {
                let mut first = verdict::sentences(&comparison);
                first.truncate(2);
                told = Some(first.join(" ")).filter(|told| !told.is_empty());
            }
            _ => {}
        }
    }
    let running = !finished && writer::is_written(&folder);
    let models = finished && checkpoint::keeps_runs(&folder);
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let kind = recipe.as_ref().map(Kind::of);
    let parents = recipe.as_ref().map_or(Vec::new(), Recipe::parents);
    let fork = recipe.as_ref().and_then(|recipe| recipe.fork.clone());
    let title = recipe.map_or_else(|| name.clone(), |recipe| recipe.title);
    let age = age(SystemTime::now().duration_since(written).unwrap_or_default());
    Some((
        written,
        Session {
            name,
            folder,
            title,
            finished,
            running,
            recorded,
            models,
            age,
            kind,
            parents,
            fork,
            depth: 0,
            verdict: told,
        },
    ))
}

/// The entries at the end of a log that matter here.
fn last_entries(path: &Path) -> Vec<Entry> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
        let mut bytes = Vec::new();
        file.take(END).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let matters = |line: &&str| line.contains("Stage(") || line.contains("Comparison(");
    text.lines().filter(matters).filter_map(|line| from_ron(line).ok()).collect()
}

/// The recipe files of a folder, by name.
fn recipes(folder: &Path) -> Vec<(PathBuf, Result<Recipe, String>)> {
    let items = fs::read_dir(folder).into_iter().flatten().filter_map(|item| Some(item.ok()?.path()));
    let mut paths: Vec<PathBuf> = items
        .filter(|path| path.extension().is_some_and(|extension| extension == "ron"))
        .take(MOST)
        .collect();
    paths.sort();
    let parse = |path: PathBuf| {
        // Other programs also use .ron files. A recipe has a field `source`.
        let text = read(&path).filter(|text| text.contains("source:"))?;
        let name = PathBuf::from(path.file_name()?);
        Some((name, Recipe::parse(&text, &path).map_err(|error| error.to_string())))
    };
    paths.into_iter().filter_map(parse).collect()
}

/// Reads a text file of at most [`LONGEST`] bytes.
fn read(path: &Path) -> Option<String> {
    let bytes = files::read(path, LONGEST).ok()?;
    String::from_utf8(encoding::in_utf8(&bytes).into_owned()).ok()
}

/// An age in words.
fn age(passed: Duration) -> String {
    let minutes = passed.as_secs() / 60;
    let say = |count: u64, unit: &str| format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" });
    match minutes {
        0 => "just now".into(),
        1..60 => say(minutes, "minute"),
        60..2880 => say(minutes / 60, "hour"),
        _ => say(minutes / 1440, "day"),
    }
}

/// The first path of `name`, `name-2` … (followed by `suffix`) that does not exist in `folder`.
pub fn free(folder: &Path, name: &str, suffix: &str) -> PathBuf {
    let number = |i: usize| if i == 1 { String::new() } else { format!("-{i}") };
    let mut names = (1..).map(|i| folder.join(format!("{name}{}{suffix}", number(i))));
    names.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}

/// Writes `text` to the first of `name.ron`, `name-2.ron` … (with the extension of `name`) that does not exist in
/// `folder`.
///
/// # Errors
/// If the file cannot be written.
pub fn write_new(folder: &Path, name: &str, text: &str) -> crate::error::Result<PathBuf> {
    let (stem, ending) = parted(name);
    written(free(folder, stem, ending), text)
}

/// The stem and the ending of a file's name.
fn parted(name: &str) -> (&str, &str) {
    name.rfind('.').map_or((name, ""), |at| name.split_at(at))
}

fn written(path: PathBuf, text: &str) -> crate::error::Result<PathBuf> {
    crate::files::save(&path, |out| out.write_all(text.as_bytes()))?;
    // Without `./`, as the list of recipes shows it.
    Ok(path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path))
}

/// The folder in a session's folder for what the workbench exports.
const EXPORTS: &str = "exports";

/// Writes files into the folder for exports of a session, or into the folder where the program runs. What is exported
/// together has the same number. Returns the paths.
///
/// # Errors
/// If a file cannot be written.
pub fn export(session: Option<&Path>, files: &[(String, String)]) -> crate::error::Result<Vec<PathBuf>> {
    let folder = session.map_or(PathBuf::from("."), |session| session.join(EXPORTS));
    fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, e))?;
    let path = |name: &str, i: usize| {
        let (stem, ending) = parted(name);
        folder.join(if i == 1 { name.to_string() } else { format!("{stem}-{i}{ending}") })
    };
    let number = (1..).find(|i| files.iter().all(|(name, _)| !path(name, *i).exists())).unwrap_or(1);
    files.iter().map(|(name, text)| written(path(name, number), text)).collect()
}

/// Copies the recipe file `from` to the first free `name` in `folder`, as [`write_new`] does.
///
/// # Errors
/// If `from` cannot be read or is not text, or the new file cannot be written.
pub fn copy_new(from: &Path, folder: &Path, name: &str) -> crate::error::Result<PathBuf> {
    let bytes = files::read(from, LONGEST)?;
    write_new(folder, name, &String::from_utf8_lossy(&encoding::in_utf8(&bytes)))
}

/// The completions of a path that the user is typing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// What was typed.
    pub of: String,
    /// The longest common prefix of all matching paths; what was typed if there is none.
    pub typed: String,
    /// The first matching paths, sorted. Folders end in a slash.
    pub paths: Vec<String>,
    /// How many paths match in all.
    pub count: usize,
    /// Why the folder cannot be read, if it cannot.
    pub problem: Option<String>,
}

/// Searches for files and folders whose paths begin with the typed text. Hidden ones are included only if the name
/// begins with a dot. A leading `~/` is the user's home folder.
pub fn complete(typed: &str) -> Completion {
    let cut = typed.rfind('/').map_or(0, |slash| slash + 1);
    let (folder, begun) = typed.split_at(cut);
    let place = if folder.is_empty() { PathBuf::from(".") } else { expanded(folder) };
    let (items, problem) = match fs::read_dir(&place) {
        Ok(items) => (Some(items), None),
        Err(error) => (None, Some(Error::io("open", &place, error).to_string())),
    };
    let items = items.into_iter().flatten().filter_map(std::result::Result::ok);
    let mut paths: Vec<String> = items
        .filter_map(|item| {
            let name = item.file_name().into_string().ok()?;
            let wanted = name.starts_with(begun) && (!name.starts_with('.') || begun.starts_with('.'));
            let end = if item.path().is_dir() { "/" } else { "" };
            wanted.then(|| format!("{folder}{name}{end}"))
        })
        .collect();
    paths.sort();
    let count = paths.len();
    // The prefix must be common to all paths, not only to those that are kept.
    let (of, typed) = (typed.to_string(), common(&paths).unwrap_or(typed).to_string());
    paths.truncate(MOST);
    Completion { of, typed, paths, count, problem }
}

/// The common prefix of sorted paths, which is the common prefix of the first and the last.
fn common(sorted: &[String]) -> Option<&str> {
    let (first, last) = (sorted.first()?, sorted.last()?);
    let differs = first.char_indices().zip(last.chars()).find(|((_, a), b)| a != b);
    let end = differs.map_or(first.len().min(last.len()), |((at, _), _)| at);
    Some(&first[..end])
}

/// The path that was typed: surrounding spaces are removed, and a leading `~/` becomes the user's home folder.
pub fn expanded(typed: &str) -> PathBuf {
    let typed = typed.trim();
    match (typed.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::lock::Lock;
    use crate::session::log::Log;
    use crate::tui::testing;

    #[test]
    fn what_is_exported_together_has_the_same_number() {
        let folder = tempfile::tempdir().unwrap();
        let both = [("words.svg".to_string(), "a".to_string()), ("words.csv".to_string(), "b".to_string())];
        let names = |files: &[(String, String)]| -> Vec<String> {
            let paths = export(Some(folder.path()), files).unwrap();
            paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(&both[..1]), ["words.svg"]);
        assert_eq!(names(&both), ["words-2.svg", "words-2.csv"]);
        assert_eq!(names(&both[1..]), ["words.csv"]);
        assert_eq!(names(&both), ["words-3.svg", "words-3.csv"]);
    }

    #[test]
    fn somebody_has_begun_where_a_session_of_theirs_or_a_recipe_is() {
        let folder = tempfile::tempdir().unwrap();
        let (sessions, here) = (folder.path().join("sessions"), folder.path().join("here"));
        fs::create_dir(&here).unwrap();
        let session = |name: &str| {
            let session = sessions.join(name);
            fs::create_dir_all(&session).unwrap();
            let mut log = Log::create(&session, Lock::take(&session).unwrap()).unwrap();
            testing::entries().iter().for_each(|entry| log.append(entry).unwrap());
            log.flush().unwrap();
        };
        assert!(!has_begun(&sessions, &here));
        session("recorded-demo");
        assert!(!has_begun(&sessions, &here));
        let recipe = write_new(&here, "mine.ron", &testing::recipe().to_ron()).unwrap();
        assert!(has_begun(&sessions, &here));
        fs::remove_file(recipe).unwrap();
        session("demo");
        assert!(has_begun(&sessions, &here));
    }

    #[test]
    fn sessions_and_recipes_are_found_with_what_is_to_be_known() {
        let folder = tempfile::tempdir().unwrap();
        let (sessions, here) = (folder.path().join("sessions"), folder.path());
        for (name, entries) in [("half", testing::entries_while_training()), ("whole", testing::entries())] {
            let session = sessions.join(name);
            fs::create_dir_all(&session).unwrap();
            let mut log = Log::create(&session, Lock::take(&session).unwrap()).unwrap();
            entries.iter().for_each(|entry| log.append(entry).unwrap());
            log.flush().unwrap();
            fs::write(session.join(RECIPE), testing::recipe().to_ron()).unwrap();
        }
        fs::create_dir(sessions.join("empty")).unwrap();
        let first = write_new(here, "my-demo.ron", &testing::recipe().to_ron()).unwrap();
        let second = write_new(here, "my-demo.ron", "(source: SkipGramm())").unwrap();
        assert!(first.ends_with("my-demo.ron") && second.ends_with("my-demo-2.ron"));
        let third = copy_new(&second, here, "my-demo.ron").unwrap();
        assert!(third.ends_with("my-demo-3.ron") && fs::read(&third).unwrap() == fs::read(&second).unwrap());
        fs::remove_file(third).unwrap();
        fs::write(here.join("other.ron"), "(a: 1)").unwrap();

        let found = look(&sessions, here);
        let mut named: Vec<(&str, bool, bool)> =
            found.sessions.iter().map(|s| (s.name.as_str(), s.finished, s.verdict.is_some())).collect();
        named.sort_unstable();
        assert_eq!(named, [("half", false, false), ("whole", true, true)]);
        assert_eq!(found.sessions[0].title, "What do 100 labels buy?");
        let wrong: Vec<bool> = found.recipes.iter().map(|(_, recipe)| recipe.is_err()).collect();
        assert_eq!(wrong, [true, false], "{:?}", found.recipes);
    }

    #[test]
    fn ages_are_in_words() {
        let ages = [5, 90, 3 * 3600, 5 * 86_400].map(|s| age(Duration::from_secs(s)));
        assert_eq!(ages, ["just now", "1 minute ago", "3 hours ago", "5 days ago"]);
    }

    #[test]
    fn what_is_typed_is_completed_by_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["ant-1.jpg", "ant-2.jpg", "bee.jpg", ".hidden"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("ants")).unwrap();
        let base = folder.path().display();
        let names = |typed: &str| {
            let found = complete(&format!("{base}/{typed}")).paths;
            found.iter().map(|path| path.replacen(&format!("{base}/"), "", 1)).collect::<Vec<_>>()
        };
        assert_eq!(names("an"), ["ant-1.jpg", "ant-2.jpg", "ants/"]);
        assert_eq!(names("").len(), 4);
        assert_eq!(names(".h"), [".hidden"]);
        assert!(names("nothing/x").is_empty());
        let nothing = complete(&format!("{base}/x"));
        assert_eq!((nothing.typed, nothing.count), (format!("{base}/x"), 0));
    }

    #[test]
    fn many_files_are_completed_by_what_all_of_them_begin_with() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..MOST + 20 {
            fs::write(folder.path().join(format!("é-{number:05}.jpg")), "").unwrap();
        }
        fs::write(folder.path().join("ê.jpg"), "").unwrap();
        let base = folder.path().display();
        let found = complete(&format!("{base}/"));
        assert_eq!((found.typed, found.count, found.paths.len()), (format!("{base}/"), MOST + 21, MOST));
        let found = complete(&format!("{base}/é"));
        assert_eq!((found.typed, found.count), (format!("{base}/é-000"), MOST + 20));
        let found = complete(&format!("{base}/é-00007"));
        assert_eq!(found.typed, format!("{base}/é-00007.jpg"));
        assert_eq!(found.paths, std::slice::from_ref(&found.typed));
    }

    #[test]
    fn home_stands_for_itself_in_what_is_typed() {
        let home = std::env::home_dir().unwrap();
        assert_eq!(expanded(" ~/a.png "), home.join("a.png"));
        assert_eq!(expanded("~other/a.png"), PathBuf::from("~other/a.png"));
        let all = fs::read_dir(&home).unwrap().filter(|item| item.is_ok()).count();
        assert!(
            complete("~/").paths.iter().all(|path| path.starts_with("~/")) && all >= complete("~/").count
        );
    }
}
