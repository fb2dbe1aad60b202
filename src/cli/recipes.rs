//! Finds recipes by name: built-in ones, and files.

use std::path::Path;

use crate::error::{Error, Place, Result};
use crate::files::{self, encoding};
use crate::session::recipe::Recipe;
use crate::tui::screens::lab::state::{BuiltIn, Template};

/// The recipe that runs if the command line has no command.
pub const DEMO: &str = "demo";

/// A commented recipe for the user's own data, as the help shows it.
pub const TEMPLATE: &str = include_str!("../../assets/recipes/your-reviews.ron");

/// The built-in recipes: name and text.
const BUILT_IN: [(&str, &str); 3] = [
    (DEMO, include_str!("../../assets/recipes/demo.ron")),
    ("demo-lm", include_str!("../../assets/recipes/demo-lm.ron")),
    ("demo-images", include_str!("../../assets/recipes/demo-images.ron")),
];

/// For each built-in recipe a template of the same kind for the user's own data, with every setting explained.
const TEMPLATES: [Template; 3] = [
    Template { file: "my-reviews.ron", text: TEMPLATE },
    Template {
        file: "my-language-model.ron",
        text: include_str!("../../assets/recipes/your-language-model.ron"),
    },
    Template { file: "my-photos.ron", text: include_str!("../../assets/recipes/your-photos.ron") },
];

/// The most bytes of a recipe.
const LONGEST: usize = 1 << 20;

/// Reads the recipe `wish`: a built-in one, or else a file. (A file with the name of a built-in recipe needs a path:
/// `./demo`.) Also returns a name for the session.
///
/// # Errors
/// When there is no such file or recipe, or it cannot be parsed.
pub fn find(wish: &Path) -> Result<(Recipe, String)> {
    let name = wish.file_stem().unwrap_or(wish.as_os_str()).to_string_lossy().into_owned();
    if let Some(recipe) = wish.to_str().and_then(named) {
        return Ok((recipe?, name));
    }
    if wish.is_dir() {
        return Err(Error::input(wish, Place::Whole, "this is a folder", "name a recipe, a .ron file"));
    }
    let length = files::regular(wish)?.metadata().map_err(|e| Error::io("read", wish, e))?.len();
    if length > LONGEST as u64 {
        return Err(Error::input(wish, Place::Whole, "this is too long for a recipe", "name a .ron file"));
    }
    let bytes = encoding::in_utf8(&files::read(wish, LONGEST)?).into_owned();
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to() as u64;
        Error::input(wish, Place::Byte(at), "a recipe is UTF-8 text, and this is not", "save it as UTF-8")
    })?;
    // Paths in a recipe are relative to its folder. The path of the recipe may be relative too, so it is made
    // absolute.
    let path = std::path::absolute(wish).map_err(|e| Error::io("find", wish, e))?;
    let recipe = Recipe::parse(&text, &path).map_err(|error| match error {
        // Messages name the file as the user wrote it.
        Error::Input { place, problem, remedy, .. } => {
            Error::Input { path: wish.to_path_buf(), place, problem, remedy }
        }
        other => other,
    })?;
    Ok((recipe, name))
}

/// The built-in recipe called `name`.
pub fn named(name: &str) -> Option<Result<Recipe>> {
    let (name, text) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name)?;
    Some(Recipe::parse(text, &Path::new("assets/recipes").join(format!("{name}.ron"))))
}

/// All built-in recipes, each with its template.
///
/// # Errors
/// When one of them cannot be parsed, which a test excludes.
pub fn all() -> Result<Vec<BuiltIn>> {
    let with = |((name, _), template): (&(&str, &str), Template)| {
        Some(named(name)?.map(|recipe| BuiltIn { name: name.to_string(), recipe, template }))
    };
    BUILT_IN.iter().zip(TEMPLATES).filter_map(with).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_is_built_in_and_what_ships_beside_it_reads() {
        let names: Vec<String> = all().unwrap().into_iter().map(|built_in| built_in.name).collect();
        assert_eq!(names, [DEMO, "demo-lm", "demo-images"]);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/recipes");
        let mut read = 0;
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "ron") {
                find(&path).unwrap();
                read += 1;
            }
        }
        assert!(read >= 9);
    }

    #[test]
    fn each_template_is_of_its_recipes_kind_and_explains_itself() {
        for BuiltIn { name, recipe, template } in all().unwrap() {
            let own = Recipe::parse(template.text, &Path::new("/here").join(template.file)).unwrap();
            let kind = |recipe: &Recipe| recipe.text_source().map(std::mem::discriminant);
            assert!(kind(&own) == kind(&recipe), "{name}");
            // Every setting of a template is explained: its line has a comment, or follows a line with one.
            let (mut explained, mut settings) = (false, 0);
            for line in template.text.lines().map(str::trim) {
                let setting = line.split_once(": ").is_some_and(|(name, _)| !name.contains([' ', '/', '"']));
                explained = line.contains("//") || explained && setting;
                settings += usize::from(setting);
                assert!(!setting || explained || line.starts_with("title"), "{name}: {line}");
            }
            assert!(settings > 8, "{name}: {settings}");
        }
    }

    #[test]
    fn help_prints_a_recipe_that_can_be_copied() {
        use clap::CommandFactory;
        let mut command = crate::cli::args::Args::command().term_width(80);
        command.build();
        let help = command.find_subcommand_mut("run").unwrap().render_long_help().to_string();
        // A line that is too long is wrapped, and the second part of a comment would then be read as part of the
        // recipe.
        for line in TEMPLATE.lines() {
            assert!(help.lines().any(|printed| printed.trim() == line.trim()), "{line}");
        }
    }
}
