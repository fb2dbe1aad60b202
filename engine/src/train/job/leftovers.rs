//! Removes what a killed process leaves in a session's folder: incomplete files and models, and tensors without their
//! `.ron`.

use std::fs;
use std::path::Path;

use crate::session::{checkpoint, kept_models, log, note, recipe};

/// Removes incomplete files from the session in `folder`, whose lock the caller holds. Files whose names are not
/// those of a session are left alone.
pub fn remove(folder: &Path) {
    let own = [recipe::FILE, checkpoint::NETWORK, log::FILE, note::FILE];
    for path in files(folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let half = name.ends_with(".part")
            && (name.starts_with("log.damaged-") || own.iter().any(|own| name.starts_with(own)));
        if half {
            // Errors are ignored: a file that cannot be removed does no harm.
            let _ = fs::remove_file(&path);
        }
    }
    let sources = folder.join(recipe::SOURCES);
    let sources = files(&sources).map(|source| source.join(checkpoint::FOLDER));
    for checkpoints in std::iter::once(folder.join(checkpoint::FOLDER)).chain(sources) {
        for path in files(&checkpoints) {
            let kind = path.extension().unwrap_or_default();
            if kind == "part" || kind == "safetensors" && !path.with_extension("ron").exists() {
                let _ = fs::remove_file(&path);
            }
        }
    }
    for path in files(&folder.join(kept_models::FOLDER)) {
        if path.extension().is_some_and(|kind| kind == "part") {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

fn files(folder: &Path) -> impl Iterator<Item = std::path::PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|item| Some(item.ok()?.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_never_whole_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        fs::create_dir(folder.join("checkpoints")).unwrap();
        fs::create_dir_all(folder.join("sources/own/checkpoints")).unwrap();
        let whole = [
            "checkpoints/a@1.ron",
            "checkpoints/a@1.safetensors",
            "log.ron",
            "network.safetensors",
            "notes.part",
            "recipe.ron",
            "sources/own/checkpoints/a@1.safetensors",
            "sources/own/checkpoints/a@1.ron",
        ];
        let left = [
            "checkpoints/a@2.ron.77.part",
            "checkpoints/a@2.safetensors",
            "checkpoints/a@3.safetensors.77.part",
            "network.safetensors.77.part",
            "recipe.ron.77.part",
            "sources/own/checkpoints/a@2.safetensors",
        ];
        for name in whole.iter().chain(&left) {
            fs::write(folder.join(name), "x").unwrap();
        }
        let (model, half) =
            (folder.join("models/frozen-8-seed-1"), folder.join("models/frozen-8-seed-2.77.part"));
        for model in [&model, &half] {
            fs::create_dir_all(model).unwrap();
            fs::write(model.join("config.json"), "x").unwrap();
        }
        remove(folder);
        assert!(model.join("config.json").exists() && !half.exists());
        for name in whole {
            assert!(folder.join(name).exists(), "{name}");
        }
        for name in left {
            assert!(!folder.join(name).exists(), "{name}");
        }
    }
}
