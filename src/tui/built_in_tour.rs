//! The tour that comes with the program, and the chapter that teachers copy.

use std::path::Path;

use crate::error::Result;

use crate::session::tour::chapter::Chapter;
use crate::session::tour::lecture::Lecture;

/// A chapter in which every field is explained.
pub const TEMPLATE: &str = include_str!("../../assets/tours/your-chapter.ron");

/// The chapters: names and files.
const CHAPTERS: [(&str, &str); 6] = [
    ("1-what-it-is", include_str!("../../assets/tours/1-what-it-is.ron")),
    ("2-vectors-of-words", include_str!("../../assets/tours/2-vectors-of-words.ron")),
    ("3-fixed-or-initial", include_str!("../../assets/tours/3-fixed-or-initial.ron")),
    ("4-order-or-none", include_str!("../../assets/tours/4-order-or-none.ron")),
    ("5-images", include_str!("../../assets/tours/5-images.ron")),
    ("6-when-it-loses", include_str!("../../assets/tours/6-when-it-loses.ron")),
];

/// The tour that comes with the program.
///
/// # Errors
/// When a chapter cannot be parsed, which a test excludes.
pub fn lecture() -> Result<Lecture> {
    let read = |(name, text): (&str, &str)| {
        Chapter::parse(text, &Path::new("assets/tours").join(format!("{name}.ron")), &|_| None)
    };
    Ok(Lecture { from: None, seed: None, chapters: CHAPTERS.into_iter().map(read).collect::<Result<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::text_source::TextSource;

    #[test]
    fn the_built_in_chapters_are_those_of_the_folder_and_need_no_file() {
        let lecture = lecture().unwrap();
        assert_eq!(lecture.chapters.len(), 6);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/tours");
        let read = Lecture::read(&folder, &|_| None).unwrap();
        let names = |lecture: &Lecture| lecture.chapters.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        let expected: Vec<String> = names(&lecture).into_iter().chain(["your-chapter".to_string()]).collect();
        assert_eq!(names(&read), expected);
        for chapter in &read.chapters {
            let recipe = chapter.recipe.to_ron();
            assert!(!recipe.contains("File") && recipe.contains("Demo"), "{}: {recipe}", chapter.name);
            assert!(chapter.recipe.seeds > 1, "{}: an interval over seeds needs two", chapter.name);
            // A reader learns the words before the question uses them.
            assert!(chapter.text.iter().map(|text| text.len()).sum::<usize>() > 200, "{}", chapter.name);
        }
    }

    #[test]
    fn the_template_explains_every_field() {
        let lines: Vec<&str> = TEMPLATE.lines().map(str::trim).collect();
        for field in ["title", "text", "claim", "question", "recipe", "screen", "look", "try"] {
            let at = lines.iter().position(|line| line.starts_with(&format!("{field}:")));
            let at = at.unwrap_or_else(|| panic!("no {field}"));
            assert!(lines[at - 1].starts_with("//"), "{field} has no comment before it");
        }
        let chapter = Chapter::parse(TEMPLATE, Path::new("your-chapter.ron"), &|_| None).unwrap();
        assert!(matches!(chapter.recipe.text_source(), Some(TextSource::SkipGram(_) | TextSource::Cbow(_))));
    }
}
