//! A line for a path, and the entries of the folder that match it.

use std::path::PathBuf;

use crossterm::event::KeyCode;

use crate::tui::folders::{Completion, expanded};
use crate::tui::key::Key;
use crate::tui::widgets::input::Input;
use crate::tui::widgets::window::moved;

/// How many rows a page key moves.
const PAGE: isize = 10;

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// The folder itself.
    Here,
    /// The folder above.
    Up,
    /// A file, or a folder if it ends in a slash.
    Path(String),
}

/// What a key led to.
#[derive(Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Nothing else to do.
    Nothing,
    /// The text changed: its completions are wanted.
    Typed,
    /// This file or folder was chosen.
    Path(PathBuf),
}

/// The line and the list.
#[derive(Debug, Default)]
pub struct Chooser {
    pub input: Input,
    /// The entries that match the text for which they were searched.
    pub listing: Completion,
    /// The index of the selected row.
    pub selected: usize,
    /// Whether tab was pressed before the listing of the text was there: it completes when the listing comes.
    pub tab: bool,
    /// Whether folders can be chosen.
    pub folders: bool,
}

impl Chooser {
    /// An empty line: the list shows the current folder.
    pub fn new(folders: bool) -> Chooser {
        Chooser { input: Input::active(), folders, ..Chooser::default() }
    }

    /// The folder part of the text, with the slash.
    fn folder(&self) -> String {
        let text = self.input.text();
        text[..text.rfind('/').map_or(0, |slash| slash + 1)].to_string()
    }

    /// Whether the listing is that of the text.
    fn is_listed(&self) -> bool {
        self.listing.of == self.input.text()
    }

    /// The rows of the list.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let text = self.input.text();
        if text == self.folder() {
            if self.folders {
                rows.push(Row::Here);
            }
            if text != "/" {
                rows.push(Row::Up);
            }
        }
        if self.is_listed() {
            rows.extend(self.listing.paths.iter().cloned().map(Row::Path));
        }
        rows
    }

    /// Stores the completions of the text. The first file or folder is selected.
    pub fn listed(&mut self, listing: &Completion) -> Chosen {
        if listing.of == self.input.text() {
            self.listing = listing.clone();
            self.selected = self.rows().iter().position(|row| matches!(row, Row::Path(_))).unwrap_or(0);
            if std::mem::take(&mut self.tab) {
                return self.complete();
            }
        }
        Chosen::Nothing
    }

    /// Makes the text as long as all entries of the listing have it in common. If that adds nothing, the next entry is
    /// selected.
    fn complete(&mut self) -> Chosen {
        if self.listing.count > 0 && self.listing.typed != self.input.text() {
            let longer = self.listing.typed.clone();
            return self.go(&longer);
        }
        self.select(1);
        Chosen::Nothing
    }

    /// Selects another row.
    pub fn select(&mut self, by: isize) {
        self.selected = moved(self.selected, by, self.rows().len());
    }

    /// Handles a key.
    pub fn key(&mut self, key: Key) -> Chosen {
        let text = self.input.text();
        match key.code {
            KeyCode::Up => self.select(-1),
            KeyCode::Down => self.select(1),
            KeyCode::PageUp => self.select(-PAGE),
            KeyCode::PageDown => self.select(PAGE),
            KeyCode::Enter => return self.enter(),
            KeyCode::Tab if self.is_listed() => return self.complete(),
            KeyCode::Tab => self.tab = true,
            KeyCode::BackTab => self.select(-1),
            KeyCode::Backspace if text.is_empty() || text.ends_with("../") => return self.up(),
            // A slash closes the name of a folder; the list has added it already where a folder was opened.
            KeyCode::Char('/') if text.ends_with("../") => {}
            _ => {
                if self.input.key(key) && self.input.text() != text {
                    return self.typed();
                }
            }
        }
        Chosen::Nothing
    }

    /// Prepares the text after the user changed it.
    pub fn typed(&mut self) -> Chosen {
        let text = self.input.text();
        if text == ".." || text.ends_with("/..") {
            self.input.set(&format!("{text}/"));
        }
        (self.selected, self.tab) = (0, false);
        Chosen::Typed
    }

    /// Performs the selected row.
    pub fn enter(&mut self) -> Chosen {
        self.tab = false;
        match self.rows().get(self.selected) {
            Some(Row::Here) if self.is_listed() => {
                let text = self.input.text();
                Chosen::Path(expanded(if text.is_empty() { "." } else { &text }))
            }
            Some(Row::Up) if self.is_listed() => self.up(),
            Some(Row::Path(path)) if path.ends_with('/') => {
                let path = path.clone();
                self.go(&path)
            }
            // Names may begin or end with spaces, which are not typed.
            Some(Row::Path(path)) if path.starts_with("~/") => Chosen::Path(expanded(path)),
            Some(Row::Path(path)) => Chosen::Path(PathBuf::from(path)),
            // Nothing is listed (yet): what was typed is taken as it is.
            _ if self.input.text().trim().is_empty() => Chosen::Nothing,
            _ => Chosen::Path(expanded(&self.input.text())),
        }
    }

    /// Shows the folder above.
    fn up(&mut self) -> Chosen {
        let folder = self.folder();
        let within = folder.trim_end_matches('/');
        let above = match within.rsplit('/').next() {
            _ if folder == "/" => folder,
            // The folder above is not part of the text.
            None | Some("" | ".." | "~" | ".") => format!("{folder}../"),
            Some(last) => within[..within.len() - last.len()].to_string(),
        };
        self.go(&above)
    }

    fn go(&mut self, text: &str) -> Chosen {
        self.input.set(text);
        self.typed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::key::{key, special};

    /// A chooser with the listing of `text`.
    fn at(text: &str, paths: &[&str]) -> Chooser {
        let mut chooser = Chooser::new(true);
        chooser.input.set(text);
        let paths: Vec<String> = paths.iter().map(|path| path.to_string()).collect();
        let (of, count) = (text.to_string(), paths.len());
        chooser.listed(&Completion { typed: of.clone(), of, paths, count, problem: None });
        chooser
    }

    fn press(chooser: &mut Chooser, code: KeyCode) -> Chosen {
        chooser.key(special(code))
    }

    #[test]
    fn enter_opens_a_folder_and_takes_a_file_or_the_folder_itself() {
        let mut chooser = at("", &["a.csv", "data/"]);
        assert_eq!(chooser.rows().len(), 4);
        assert_eq!(press(&mut chooser, KeyCode::Enter), Chosen::Path("a.csv".into()));
        press(&mut chooser, KeyCode::Down);
        assert_eq!(press(&mut chooser, KeyCode::Enter), Chosen::Typed);
        assert_eq!(chooser.input.text(), "data/");
        let mut chooser = at("data/", &["data/pos/", "data/neg/"]);
        press(&mut chooser, KeyCode::PageUp);
        assert_eq!(press(&mut chooser, KeyCode::Enter), Chosen::Path("data/".into()));
        let mut chooser = at("", &[]);
        assert_eq!(press(&mut chooser, KeyCode::Enter), Chosen::Path(".".into()));
    }

    #[test]
    fn one_goes_up_by_the_list_or_by_backspace() {
        for (text, above) in [
            ("", "../"),
            ("../", "../../"),
            ("a/", ""),
            ("/", "/"),
            ("/a/", "/"),
            ("a/b/", "a/"),
            ("~/", "~/../"),
            ("./", "./../"),
        ] {
            let mut chooser = at(text, &[]);
            assert_eq!((chooser.up(), chooser.input.text().as_str()), (Chosen::Typed, above), "{text}");
        }
        let mut chooser = at("", &[]);
        press(&mut chooser, KeyCode::Backspace);
        assert_eq!(chooser.input.text(), "../");
        press(&mut chooser, KeyCode::Backspace);
        assert_eq!(chooser.input.text(), "../../");
        // Within a name, backspace deletes a character.
        let mut chooser = at("data/", &[]);
        press(&mut chooser, KeyCode::Backspace);
        assert_eq!(chooser.input.text(), "data");
        // Two dots are a folder.
        let mut chooser = at("", &[]);
        assert_eq!((chooser.key(key('.')), chooser.key(key('.'))), (Chosen::Typed, Chosen::Typed));
        assert_eq!((chooser.key(key('/')), chooser.input.text().as_str()), (Chosen::Nothing, "../"));
    }

    #[test]
    fn tab_completes_and_what_is_not_listed_is_taken_as_typed() {
        let mut chooser = at("re", &["reviews-1.csv", "reviews-2.csv"]);
        chooser.listing.typed = "reviews-".into();
        assert_eq!(press(&mut chooser, KeyCode::Tab), Chosen::Typed);
        assert_eq!(chooser.input.text(), "reviews-");
        // The listing of the longer text is not there yet.
        assert_eq!(
            (chooser.rows(), press(&mut chooser, KeyCode::Enter)),
            (vec![], Chosen::Path("reviews-".into()))
        );
        let mut chooser = at("reviews-", &["reviews-1.csv", "reviews-2.csv"]);
        press(&mut chooser, KeyCode::Tab);
        assert_eq!(press(&mut chooser, KeyCode::Enter), Chosen::Path("reviews-2.csv".into()));
        let mut chooser = at(" ", &[]);
        assert_eq!(press(&mut chooser, KeyCode::Enter), Chosen::Nothing);
        // Who types fast presses tab before the listing is there.
        let mut chooser = Chooser::new(true);
        chooser.input.set("rev");
        assert_eq!(press(&mut chooser, KeyCode::Tab), Chosen::Nothing);
        let listing = |of: &str, typed: &str| Completion {
            of: of.into(),
            typed: typed.into(),
            paths: vec![typed.into()],
            count: 1,
            problem: None,
        };
        assert_eq!(chooser.listed(&listing("re", "reader.csv")), Chosen::Nothing);
        assert_eq!(chooser.listed(&listing("rev", "reviews.csv")), Chosen::Typed);
        assert_eq!(chooser.input.text(), "reviews.csv");
        assert_eq!(chooser.listed(&listing("reviews.csv", "reviews.csv")), Chosen::Nothing);
        // A listing that comes late is of another text.
        let mut chooser = at("x", &["x.csv"]);
        chooser.listed(&Completion { of: "".into(), paths: vec!["y".into()], ..Completion::default() });
        assert_eq!(chooser.rows(), [Row::Path("x.csv".into())]);
    }
}
