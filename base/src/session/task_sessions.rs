//! Several tasks of a recipe, which share one pre-training: each becomes a session of its own. The first one pre-trains; the others
//! take what it pre-trained.

use std::path::{Path, PathBuf};

use super::image_transfer::{ImageSource, ImageTransfer};
use super::recipe::{Recipe, Transfer};
use super::source_name::SourceName;
use super::sources::Sources;
use super::text_source::TextSource;
use super::text_transfer::TextTransfer;

/// One task of a recipe, as a session.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskSession {
    /// The name of the task.
    pub task: SourceName,
    /// The folder of its session: `base-NAME`.
    pub folder: PathBuf,
    /// Its recipe, which has only this task.
    pub recipe: Recipe,
}

impl Recipe {
    /// The names of its tasks; none in a recipe with one task.
    pub fn task_names(&self) -> Vec<SourceName> {
        match &self.transfer {
            Transfer::Text(text) => text.tasks.iter().map(|known| known.0.clone()).collect(),
            Transfer::Images(images) => images.tasks.iter().map(|known| known.0.clone()).collect(),
        }
    }

    /// A session for each of its tasks, in folders that begin with the absolute path `base`; none if its tasks have no names.
    pub fn task_sessions(&self, base: &Path) -> Vec<TaskSession> {
        let folder = |task: &SourceName| {
            let mut folder = base.as_os_str().to_os_string();
            folder.push(format!("-{task}"));
            PathBuf::from(folder)
        };
        let names = self.task_names();
        let first = names.first().map(folder).unwrap_or_default();
        let session = |task: &SourceName| {
            let parent = Some(&*first).filter(|_| names.first() != Some(task));
            let transfer = match &self.transfer {
                Transfer::Text(text) => Transfer::Text(one_of_texts(text, task, parent)),
                Transfer::Images(images) => Transfer::Images(one_of_images(images, task, parent)),
            };
            let recipe = Recipe { title: format!("{} · {task}", self.title), transfer, ..self.clone() };
            TaskSession { task: task.clone(), folder: folder(task), recipe }
        };
        names.iter().map(session).collect()
    }

    /// Whether both are about the same labelled data.
    pub fn has_same_task(&self, other: &Recipe) -> bool {
        match (&self.transfer, &other.transfer) {
            (Transfer::Text(own), Transfer::Text(other)) => {
                own.task == other.task && own.tasks == other.tasks
            }
            (Transfer::Images(own), Transfer::Images(other)) => {
                own.task == other.task && own.tasks == other.tasks
            }
            _ => false,
        }
    }
}

/// The same transfer to only the task `name`. With a `parent`, which pre-trains, what it pre-trained takes the place of trained
/// sources.
fn one_of_texts(text: &TextTransfer, name: &SourceName, parent: Option<&Path>) -> TextTransfer {
    let taken = |source: &TextSource, name: Option<&SourceName>| match parent.filter(|_| source.is_trained())
    {
        None => source.clone(),
        Some(folder) => TextSource::Session(of_parent(folder, name)),
    };
    let source = text.source.as_ref().map(|source| taken(source, None));
    let sources =
        text.sources.iter().map(|(name, source)| (name.clone(), taken(source, Some(name)))).collect();
    let task = text.tasks.iter().find(|known| known.0 == name).map(|known| known.1.clone());
    TextTransfer { source, sources, task, tasks: Sources::default(), ..text.clone() }
}

/// The source in the session `folder`, by its name if it has one.
fn of_parent(folder: &Path, name: Option<&SourceName>) -> PathBuf {
    let mut path = folder.as_os_str().to_os_string();
    name.into_iter().for_each(|name| path.push(format!(":{name}")));
    path.into()
}

fn one_of_images(images: &ImageTransfer, name: &SourceName, parent: Option<&Path>) -> ImageTransfer {
    let taken = |source: &ImageSource, name: Option<&SourceName>| match parent.filter(|_| source.is_trained())
    {
        None => source.clone(),
        Some(folder) => ImageSource::Session(of_parent(folder, name)),
    };
    let source = images.source.as_ref().map(|source| taken(source, None));
    let sources =
        images.sources.iter().map(|(name, source)| (name.clone(), taken(source, Some(name)))).collect();
    let task = images.tasks.iter().find(|known| known.0 == name).map(|known| known.1.clone());
    ImageTransfer { source, sources, task, tasks: Sources::default(), ..images.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions(sources: &str) -> Vec<TaskSession> {
        let text = format!(
            "(title: \"t\", transfer: Text({sources}, head: Average,
               tasks: {{\"films\": Files(train: \"f.csv\"), \"hotels\": Demo()}}), labels: [50])"
        );
        Recipe::parse(&text, Path::new("/r.ron")).unwrap().task_sessions(Path::new("/sessions/study"))
    }

    #[test]
    fn the_first_task_pre_trains_and_the_others_take_it() {
        let found = sessions("source: SkipGram(corpus: File(\"c.txt\"))");
        let folders: Vec<&Path> = found.iter().map(|session| &*session.folder).collect();
        assert_eq!(folders, [Path::new("/sessions/study-films"), Path::new("/sessions/study-hotels")]);
        let source = |at: usize| found[at].recipe.text_source().unwrap();
        assert!(source(0).is_trained());
        assert_eq!(*source(1), TextSource::Session("/sessions/study-films".into()));
        assert_eq!((found[1].recipe.task_names().len(), &*found[1].recipe.title), (0, "t · hotels"));
        assert!(!found[0].recipe.has_same_task(&found[1].recipe));
        // Each is a recipe that a session can keep.
        for session in &found {
            let again = Recipe::parse(&session.recipe.to_ron(), Path::new("/x/recipe.ron")).unwrap();
            assert_eq!(again, session.recipe);
        }
    }

    #[test]
    fn what_is_read_from_a_file_is_read_by_every_task() {
        let found =
            sessions("sources: {\"own\": Cbow(corpus: File(\"c.txt\")), \"file\": Vectors(file: \"v.txt\")}");
        let text = found[1].recipe.text().unwrap();
        let sources: Vec<TextSource> =
            text.named_sources().into_iter().map(|known| known.1.clone()).collect();
        assert_eq!(
            sources,
            [
                TextSource::Session("/sessions/study-films:own".into()),
                TextSource::Vectors { file: "/v.txt".into(), limit: None }
            ]
        );
    }
    #[test]
    fn images_have_tasks_too() {
        let text = "(title: \"t\", transfer: Images(source: Classifier(set: Demo(letters: 600)),
              tasks: {\"digits\": DemoDigits, \"photos\": Files(train: \"p\")}), labels: [50])";
        let found = Recipe::parse(text, Path::new("/r.ron")).unwrap().task_sessions(Path::new("/s"));
        assert_eq!(*found[1].recipe.images().unwrap().source(), ImageSource::Session("/s-digits".into()));
        assert!(found[0].recipe.images().unwrap().source().is_trained());
    }
}
