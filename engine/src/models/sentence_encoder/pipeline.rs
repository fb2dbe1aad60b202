//! What sentence-transformers does around the encoder: `modules.json` names the steps, each with a folder of settings.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Place, Result};
use crate::nn::token_pooling::TokenPooling;

use super::json::{self, Object};

/// The most bytes of `modules.json`.
const LONGEST: usize = 1 << 20;
/// The longest text that a file may ask for.
const TOKENS: u64 = 1 << 17;

/// From a text to the encoder, and from its states to a vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    /// The folder of the encoder.
    pub folder: PathBuf,
    /// What becomes of the states; the results are put side by side.
    pub poolings: Vec<TokenPooling>,
    /// Whether vectors have length one.
    pub normalise: bool,
    /// The number of tokens, special ones included, at which longer texts are cut, if the folder says so.
    pub longest: Option<usize>,
    /// Whether texts are lower-cased first.
    pub lower_case: bool,
}

impl Pipeline {
    /// Reads the steps of a published folder. A folder without `modules.json` is an encoder alone: its vectors are then
    /// the mean of the states, as sentence-transformers would do it.
    ///
    /// # Errors
    /// If a step is none that is known here, or a file makes no sense.
    pub fn read(folder: &Path) -> Result<Pipeline> {
        let path = folder.join("modules.json");
        let mut pipeline = Pipeline {
            folder: folder.to_path_buf(),
            poolings: vec![TokenPooling::Mean],
            normalise: false,
            longest: None,
            lower_case: false,
        };
        let refused = |problem: String, remedy: &str| Err(Error::input(&path, Place::Whole, problem, remedy));
        let published = "take the file that was published with the model";
        let modules = match json::read(&path, LONGEST)? {
            Some(Value::Array(modules)) => modules,
            Some(_) => return refused("this is no list of modules".into(), published),
            None => Vec::new(),
        };
        for (place, module) in modules.iter().enumerate() {
            let text = |name: &str| module.get(name).and_then(Value::as_str);
            let (Some(kind), Some(within)) = (text("type"), text("path")) else {
                return refused(format!("module {place} has no type or no path"), published);
            };
            let within = Path::new(within);
            if !within.components().all(|component| matches!(component, Component::Normal(_))) {
                let problem = format!("module {place} lies outside of the folder, in {}", within.display());
                return refused(problem, published);
            }
            let kind = kind.rsplit('.').next().unwrap_or(kind);
            match (place, kind) {
                (0, "Transformer") => pipeline.folder = folder.join(within),
                (1, "Pooling") => pipeline.poolings = poolings(&folder.join(within))?,
                (2.., "Normalize") if place + 1 == modules.len() => pipeline.normalise = true,
                _ => {
                    return refused(
                        format!("module {place} is {kind}, which is not read there"),
                        "take an encoder of a Transformer, a Pooling and perhaps a Normalize, in this order",
                    );
                }
            }
        }
        if let Some(settings) = Object::read(pipeline.folder.join("sentence_bert_config.json"))? {
            pipeline.longest = settings.number("max_seq_length", 1, TOKENS)?;
            pipeline.lower_case = settings.truth("do_lower_case")?;
        }
        Ok(pipeline)
    }
}

/// How `config.json` of a pooling's folder pools.
fn poolings(folder: &Path) -> Result<Vec<TokenPooling>> {
    let Some(settings) = Object::read(folder.join("config.json"))? else {
        let problem = "there is no config.json for the pooling in it";
        return Err(Error::input(folder, Place::Whole, problem, "take the folder as it was published"));
    };
    let mut found = Vec::new();
    for (pooling, name) in TokenPooling::ALL {
        if settings.truth(&format!("pooling_mode_{name}"))? {
            found.push(pooling);
        }
    }
    let names: Vec<&str> = TokenPooling::ALL.iter().map(|(_, name)| *name).collect();
    let known = format!("poolings that are read are {}", names.join(", "));
    for (name, value) in settings.iter() {
        if let Some(mode) = name.strip_prefix("pooling_mode_")
            && value.as_bool() == Some(true)
            && !names.contains(&mode)
        {
            return Err(settings.error(format!("it pools by {mode}"), &known));
        }
    }
    // Another form of the same: one name, or several joined by plus signs.
    if let Some(modes) = settings.text("pooling_mode")? {
        found.clear();
        for mode in modes.split('+') {
            let same = |name: &str| {
                name == mode
                    || name.strip_suffix("_tokens") == Some(mode)
                    || name.strip_suffix("_token") == Some(mode)
            };
            match TokenPooling::ALL.iter().find(|(_, name)| same(name)) {
                Some((pooling, _)) => found.push(*pooling),
                None => return Err(settings.error(format!("it pools by {mode}"), &known)),
            }
        }
    }
    if found.is_empty() {
        return Err(settings.error("it names no way of pooling", &known));
    }
    Ok(found)
}
