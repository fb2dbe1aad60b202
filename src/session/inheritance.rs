//! Finds what other sessions pre-trained: `source: Session("sessions/films")`, or `Session("sessions/films:own")` for one of
//! several sources.

use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};

use super::history::History;
use super::image_transfer::ImageSource;
use super::log;
use super::parent::{Parent, Root};
use super::recipe::{Recipe, Transfer};
use super::source_name::SourceName;
use super::text_transfer::TextSource;
use super::writer;

impl Parent {
    /// Finds the source that `wish` names, for the source `name` of `recipe`. `hash` is still to be found.
    ///
    /// # Errors
    /// When there is no such session or source, its pre-training is not finished, or it does not fit the recipe.
    pub fn find(wish: &Path, name: &SourceName, recipe: &Recipe) -> Result<Parent> {
        let (session, wanted) = place(wish)?;
        let wrong = |problem: String, remedy: String| Error::input(&session, Place::Whole, problem, remedy);
        let history = History::of(log::read(&session)?.entries);
        let Some(there) = history.recipe.as_deref() else {
            return Err(wrong("its log names no recipe".into(), "run its recipe again".into()));
        };
        let source = chosen(there, wanted, &wrong)?;
        let root = match (&there.transfer, &recipe.transfer) {
            (Transfer::Text(text), Transfer::Text(_)) => {
                Root::Text(Box::new(text.with_source(&source).source().clone()))
            }
            (Transfer::Images(images), Transfer::Images(_)) => Root::Images(Box::new(images.source.clone())),
            (theirs, _) => {
                let [theirs, own] = match theirs {
                    Transfer::Text(_) => ["texts", "images"],
                    Transfer::Images(_) => ["images", "texts"],
                };
                let remedy = format!("name a session of {own}");
                return Err(wrong(
                    format!("this is a session of {theirs}, and the recipe is about {own}"),
                    remedy,
                ));
            }
        };
        let known = history.source_called(&source);
        if !known.is_some_and(|known| known.vectors.is_some() || known.network.is_some()) {
            let of = if there.source_names().len() > 1 { format!(" of \"{source}\"") } else { String::new() };
            let problem = format!("the pre-training{of} is not finished");
            return Err(match writer::is_written(&session) {
                true => wrong(format!("{problem}: another process is at work on it"), "wait for it".into()),
                false => wrong(problem, format!("`warmstart resume {}` finishes it", session.display())),
            });
        }
        // A source that is itself inherited is what it was at its root.
        let root =
            history.parents.iter().find(|parent| parent.name == source).map_or(root, |of| of.root.clone());
        if let (true, Some(theirs), Some(own)) = (root.is_trained(), there.text(), recipe.text())
            && theirs.tokens != own.tokens
        {
            let problem = format!(
                "it was pre-trained with `tokens: {:?}`, and the recipe has `tokens: {:?}`",
                theirs.tokens, own.tokens
            );
            return Err(wrong(problem, format!("write `tokens: {:?}`", theirs.tokens)));
        }
        let (seconds, flops) = known.map_or((0.0, None), |known| (known.seconds, known.flops));
        Ok(Parent { name: name.clone(), session, source, root, hash: None, seconds, flops })
    }

    /// The folder in which the other session keeps the source.
    ///
    /// # Errors
    /// When its log cannot be read any more.
    pub fn folder(&self) -> Result<PathBuf> {
        let history = History::of(log::read(&self.session)?.entries);
        let folder = history.recipe.map(|recipe| recipe.source_folder(&self.session, &self.source));
        Ok(folder.unwrap_or_else(|| self.session.clone()))
    }
}

impl Recipe {
    /// The sources that are taken from other sessions, with the path of the session.
    pub fn inherits(&self) -> Vec<(SourceName, &Path)> {
        match &self.transfer {
            Transfer::Text(text) => {
                let mut found = Vec::new();
                for (name, source) in text.named_sources() {
                    if let TextSource::Session(path) = source {
                        found.push((name, path.as_path()));
                    }
                }
                found
            }
            Transfer::Images(images) => match &images.source {
                ImageSource::Session(path) => vec![(SourceName::of_session(path), path.as_path())],
                _ => Vec::new(),
            },
        }
    }

    /// The folders of the sessions whose pre-training it takes, each once.
    pub fn parents(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = Vec::new();
        for (_, wish) in self.inherits() {
            let folder = place(wish).map_or_else(|_| wish.to_path_buf(), |found| found.0);
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders
    }

    /// Checks that the recipe fits what the `parents` are at their roots.
    ///
    /// # Errors
    /// When the recipe does not fit them.
    pub fn check_with(&self, parents: &[Parent]) -> Result<()> {
        let Some(text) = self.text() else { return Ok(()) };
        for parent in parents {
            let Root::Text(root) = &parent.root else { continue };
            text.head
                .check(root.language_model())
                .map_err(|(problem, remedy)| Error::input(&parent.session, Place::Whole, problem, remedy))?;
        }
        Ok(())
    }
}

/// Whether `path` is the folder of a session, with or without the name of a source after a colon.
pub fn names_session(path: &Path) -> bool {
    place(path).is_ok()
}

/// The folder of the session that `wish` names, and the name of a source after a colon.
fn place(wish: &Path) -> Result<(PathBuf, Option<&str>)> {
    let is_session = |folder: &Path| folder.join(log::FILE).is_file();
    if is_session(wish) {
        return Ok((wish.to_path_buf(), None));
    }
    if let Some((folder, source)) = wish.to_str().and_then(|wish| wish.rsplit_once(':'))
        && is_session(Path::new(folder))
    {
        return Ok((folder.into(), Some(source)));
    }
    let remedy = "give the folder of a session; a relative path starts from the folder of the recipe";
    Err(Error::input(wish, Place::Whole, format!("this is not a session: it has no {}", log::FILE), remedy))
}

/// The source called `wanted`; without a wish the only one.
fn chosen(
    recipe: &Recipe,
    wanted: Option<&str>,
    wrong: &dyn Fn(String, String) -> Error,
) -> Result<SourceName> {
    let names = recipe.source_names();
    let all = || names.iter().map(SourceName::as_str).collect::<Vec<_>>().join(", ");
    match (wanted, &names[..]) {
        (Some(wanted), names) => {
            names.iter().find(|name| name.as_str() == wanted).cloned().ok_or_else(|| {
                let problem = format!("this session has no source called \"{wanted}\"");
                wrong(problem, format!("its sources are {}", all()))
            })
        }
        (None, [only]) => Ok(only.clone()),
        (None, several) => {
            let remedy =
                format!("name one of them after a colon, as in `Session(\"…:{}\")`: {}", several[0], all());
            Err(wrong(format!("this session has {} sources", several.len()), remedy))
        }
    }
}
