//! Finds what other sessions pre-trained: `source: Session("sessions/films")`, or `Session("sessions/films:own")` for one of
//! several sources. `Run(session: "sessions/films", method: FineTuned)` finds a model that a run of it trained.

use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};

use super::checkpoint;
use super::history::{History, RunHistory};
use super::image_transfer::ImageSource;
use super::kept_models::model_folder;
use super::log;
use super::parent::{Parent, Root};
use super::recipe::{Recipe, Transfer};
use super::record::RunStart;
use super::run_source::{RunSource, TakenRun};
use super::source_name::SourceName;
use super::text_source::TextSource;
use super::text_transfer::TextTransfer;
use super::writer;

impl Parent {
    /// Finds the source that `wish` names, for the source `name` of `recipe`. `hash` is still to be found.
    ///
    /// # Errors
    /// When there is no such session, source or run, its training is not finished, or it does not fit the recipe.
    pub fn find(wish: Wish<'_>, name: &SourceName, recipe: &Recipe) -> Result<Parent> {
        let (session, wanted) = place(wish.path)?;
        let wrong = |problem: String, remedy: String| Error::input(&session, Place::Whole, problem, remedy);
        let history = History::read(&session)?;
        let Some(there) = history.recipe.as_deref() else {
            return Err(wrong("its log names no recipe".into(), "run its recipe again".into()));
        };
        let source = chosen(there, wanted, &wrong)?;
        let root = match (&there.transfer, &recipe.transfer) {
            (Transfer::Text(text), Transfer::Text(_)) => {
                Root::Text(Box::new(text.with_source(&source).source().clone()))
            }
            (Transfer::Images(images), Transfer::Images(_)) => {
                Root::Images(Box::new(images.with_source(&source).source().clone()))
            }
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
        let before = history.parents.iter().find(|parent| parent.name == source);
        let root = before.map_or(root, |of| of.root.clone());
        let run = wish.run.map(|asked| kept_run(&history, &session, asked, &source, &wrong)).transpose()?;
        let model = match run {
            Some(run) => {
                let folder = model_folder(&session, &run.start, history.several_sources());
                folder.strip_prefix(&session).ok().map(Path::to_path_buf)
            }
            // The other session has a copy of a model's body.
            None => before.filter(|before| before.model.is_some()).map(|_| {
                let folder = there.source_folder(&session, &source).join(checkpoint::MODEL);
                folder.strip_prefix(&session).map_or(checkpoint::MODEL.into(), Path::to_path_buf)
            }),
        };
        let is_copied = model.is_some() || root.is_trained();
        if let (true, Some(theirs), Some(own)) = (is_copied, there.text(), recipe.text())
            && theirs.tokens != own.tokens
        {
            let problem = format!(
                "it was pre-trained with `tokens: {:?}`, and the recipe has `tokens: {:?}`",
                theirs.tokens, own.tokens
            );
            return Err(wrong(problem, format!("write `tokens: {:?}`", theirs.tokens)));
        }
        let (mut seconds, mut flops) = known.map_or((0.0, None), |known| (known.seconds, known.flops));
        if let Some(run) = run {
            seconds += run.end.as_ref().map_or(0.0, |end| end.value.seconds);
            let of_run = run.arithmetic.last().map(|last| last.flops);
            flops = flops.into_iter().chain(of_run).reduce(|all, flops| all + flops);
        }
        let has_layers = match (run, before) {
            // A classifier has the layers of the language model that its head took.
            (Some(_), _) => there.text().is_some_and(|text| text.head.transferred().is_some()),
            (None, before) => before.is_some_and(|before| before.has_layers),
        };
        let run = run.map(|run| TakenRun {
            method: run.start.method,
            budget: run.start.budget,
            seed: run.start.seed,
        });
        Ok(Parent {
            name: name.clone(),
            session,
            source,
            run,
            model,
            has_layers,
            root,
            hash: None,
            seconds,
            flops,
        })
    }

    /// The folder in which the other session keeps the source.
    ///
    /// # Errors
    /// When its log cannot be read any more.
    pub fn folder(&self) -> Result<PathBuf> {
        let history = History::read(&self.session)?;
        let folder = history.recipe.map(|recipe| recipe.source_folder(&self.session, &self.source));
        Ok(folder.unwrap_or_else(|| self.session.clone()))
    }
}

/// A source of another session that a recipe asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The folder of the session, and for one of several sources a colon and its name.
    pub path: &'a Path,
    /// The run whose model's body is taken; `None` for what was pre-trained.
    pub run: Option<&'a RunSource>,
}

/// The run that `asked` names, whose model the session keeps.
fn kept_run<'h>(
    history: &'h History,
    session: &Path,
    asked: &RunSource,
    source: &SourceName,
    wrong: &dyn Fn(String, String) -> Error,
) -> Result<&'h RunHistory> {
    let several = history.several_sources();
    let kept = |run: &&RunHistory| model_folder(session, &run.start, several).is_dir() && run.end.is_some();
    let all: Vec<&RunHistory> = history.runs.iter().filter(kept).collect();
    let fits = |run: &&&RunHistory| {
        let start = &run.start;
        start.method == asked.method
            && (start.source.is_none() || start.source.as_ref() == Some(source))
            && asked.labels.is_none_or(|labels| start.budget == labels)
            && asked.seed.is_none_or(|seed| start.seed + 1 == seed)
    };
    let best =
        all.iter().filter(fits).max_by_key(|run| (run.start.budget, std::cmp::Reverse(run.start.seed)));
    best.copied().ok_or_else(|| {
        let mut problem = format!("this session has kept no model of {}", asked.method.name());
        asked.labels.iter().for_each(|labels| problem.push_str(&format!(" with {labels} labels")));
        asked.seed.iter().for_each(|seed| problem.push_str(&format!(", seed {seed}")));
        let strategy = |run: &&&RunHistory| run.start.method.strategy().is_some();
        let named = |run: &&RunHistory| {
            let RunStart { method, budget, seed, .. } = &run.start;
            format!("{} with {budget} labels, seed {}", method.name(), seed + 1)
        };
        let names: Vec<String> = all.iter().filter(strategy).map(named).collect();
        match names.is_empty() {
            true => wrong(problem, "a session with `keep: Best` or `keep: All` keeps them".into()),
            false => wrong(problem, format!("there are {}", names.join("; "))),
        }
    })
}

impl Recipe {
    /// The sources that are taken from other sessions.
    pub fn inherits(&self) -> Vec<(SourceName, Wish<'_>)> {
        match &self.transfer {
            Transfer::Text(text) => {
                let mut found = Vec::new();
                for (name, source) in text.named_sources() {
                    match source {
                        TextSource::Session(path) => found.push((name, Wish { path, run: None })),
                        TextSource::Run(run) => {
                            found.push((name, Wish { path: &run.session, run: Some(run) }))
                        }
                        _ => {}
                    }
                }
                found
            }
            Transfer::Images(images) => {
                let mut found = Vec::new();
                for (name, source) in images.named_sources() {
                    match source {
                        ImageSource::Session(path) => found.push((name, Wish { path, run: None })),
                        ImageSource::Run(run) => {
                            found.push((name, Wish { path: &run.session, run: Some(run) }))
                        }
                        ImageSource::Network(_) | ImageSource::Classifier(_) => {}
                    }
                }
                found
            }
        }
    }

    /// The folders of the sessions whose pre-training it takes, and of the one that it forks, each once.
    pub fn parents(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = self.fork.iter().map(|fork| fork.session.clone()).collect();
        for (_, wish) in self.inherits() {
            let folder = place(wish.path).map_or_else(|_| wish.path.to_path_buf(), |found| found.0);
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders
    }

    /// The same recipe with sentence encoders in place of the sources that are such ones in other sessions: how runs of these
    /// are trained follows from the encoder. Names stay the same.
    pub fn resolved(&self, parents: &[Parent]) -> Recipe {
        let Some(text) = self.text() else { return self.clone() };
        let root = |name: &SourceName| {
            let parent = parents.iter().find(|parent| parent.name == *name)?;
            parent.root.text().filter(|root| root.encoder().is_some()).cloned()
        };
        let named = text.named_sources();
        if named.iter().all(|(name, _)| root(name).is_none()) {
            return self.clone();
        }
        let sources =
            named.into_iter().map(|(name, own)| (name.clone(), root(&name).unwrap_or_else(|| own.clone())));
        let text = TextTransfer { source: None, sources: sources.collect(), ..text.clone() };
        Recipe { transfer: Transfer::Text(text), ..self.clone() }
    }

    /// Checks that the recipe fits what the `parents` are at their roots.
    ///
    /// # Errors
    /// When the recipe does not fit them.
    pub fn check_with(&self, parents: &[Parent]) -> Result<()> {
        let Some(text) = self.text() else { return Ok(()) };
        for parent in parents {
            let Root::Text(root) = &parent.root else { continue };
            // Of a model's body the word vectors go over, or the encoder; the layers only if the model has them.
            let model = root.language_model().filter(|_| parent.model.is_none() || parent.has_layers);
            text.head
                .check(model)
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
