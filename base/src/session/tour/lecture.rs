//! The chapters of a tour in their order: those that come with the program, one of a teacher, or a folder of them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};

use super::chapter::{Chapter, FindNamed};

/// The most chapters of a tour.
const MOST: usize = 50;

/// The chapters of a tour, in their order. There is one at least.
#[derive(Debug, Clone, PartialEq)]
pub struct Lecture {
    /// The file or folder that it comes from, as the user wrote it; `None` for the built-in tour.
    pub from: Option<PathBuf>,
    /// The seed of all recipes, where the user chose one.
    pub seed: Option<u64>,
    /// Its chapters.
    pub chapters: Vec<Chapter>,
}

impl Lecture {
    /// Reads a chapter, or all chapters of a folder by the order of their names.
    ///
    /// # Errors
    /// When one cannot be read, or the folder has none.
    pub fn read(path: &Path, named: FindNamed<'_>) -> Result<Lecture> {
        let files = if path.is_dir() { chapters_of(path)? } else { vec![path.to_path_buf()] };
        let chapters = files.iter().map(|file| Chapter::read(file, named)).collect::<Result<_>>()?;
        Ok(Lecture { from: Some(path.to_path_buf()), seed: None, chapters })
    }

    /// The same tour with another seed in all recipes.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Lecture {
        self.chapters.iter_mut().for_each(|chapter| chapter.recipe.seed = seed);
        Lecture { seed: Some(seed), ..self }
    }

    /// What identifies the tour among those of which something is remembered. With another seed it is another one, as its
    /// answers may differ.
    pub fn key(&self) -> String {
        let from = match &self.from {
            None => "built-in".into(),
            Some(path) => fs::canonicalize(path).unwrap_or_else(|_| path.clone()).display().to_string(),
        };
        self.seed.map_or(from.clone(), |seed| format!("{from}, seed {seed}"))
    }

    /// The place of the chapter with this name.
    pub fn place_of(&self, name: &str) -> Option<usize> {
        self.chapters.iter().position(|chapter| chapter.name == name)
    }
}

/// The files of a folder's chapters, by their names.
fn chapters_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let refused = |e| Error::io("open", folder, e);
    let mut files = Vec::new();
    for item in fs::read_dir(folder).map_err(refused)? {
        let path = item.map_err(refused)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("ron")) && !hidden {
            files.push(path);
        }
    }
    files.sort();
    match files.len() {
        0 => {
            let remedy = "a chapter is a file that ends in .ron: `warmstart tour --template` prints one";
            Err(Error::input(folder, Place::Whole, "this folder has no chapter", remedy))
        }
        1..=MOST => Ok(files),
        count => {
            let problem = format!("this folder has {count} files that end in .ron");
            Err(Error::input(folder, Place::Whole, problem, format!("a tour has {MOST} chapters at most")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::chapter::tests::CHAPTER;
    use super::*;

    #[test]
    fn a_folder_is_a_tour_in_the_order_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let read = |path: &Path| Lecture::read(path, &|_| None);
        let told = read(folder.path()).unwrap_err().to_string();
        assert!(told.contains("no chapter") && told.contains("--template"), "{told}");
        for name in ["2-b.ron", "1-a.RON", ".hidden.ron", "notes.txt"] {
            fs::write(folder.path().join(name), CHAPTER).unwrap();
        }
        let lecture = read(folder.path()).unwrap();
        assert_eq!(
            lecture.chapters.iter().map(|chapter| &chapter.name[..]).collect::<Vec<_>>(),
            ["1-a", "2-b"]
        );
        assert_eq!((lecture.place_of("2-b"), lecture.place_of("3-c")), (Some(1), None));
        let one = read(&folder.path().join("2-b.ron")).unwrap();
        assert_eq!(one.chapters.len(), 1);
        assert_ne!(one.key(), lecture.key());
        let other = lecture.clone().with_seed(7);
        assert!(other.chapters.iter().all(|chapter| chapter.recipe.seed == 7));
        assert_ne!(other.key(), lecture.key());
        fs::write(folder.path().join("3-c.ron"), "(").unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("3-c.ron, line 1"));
    }
}
