//! A sentence encoder as a source: its folder, and how runs train it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A sentence encoder in a folder, as it was published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderSource {
    /// The folder with `config.json`, `tokenizer.json` and `model.safetensors`.
    pub folder: PathBuf,
    /// What is put before every text, as the authors of some encoders ask: `"query: "`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Runs that train the encoder leave its embeddings and this many layers, from the bottom up, as they are. Left out:
    /// they train everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_layers: Option<usize>,
    /// The learning rate of runs that train the encoder. Left out: that of `training`, or 0.00005.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f32>,
    /// The learning rate of what stands on the encoder, in these runs. Left out: that of the encoder; with gradual unfreezing
    /// [`EncoderSource::HEAD`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_learning_rate: Option<f32>,
    /// The learning rate of LP-FT after the probe. Left out: that of the other runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_probe: Option<f32>,
    /// The largest number of epochs of such runs. Left out: that of `training`, or 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
}

impl EncoderSource {
    /// The usual learning rate of the head under gradual unfreezing. In its first stage the head learns alone, from random
    /// weights; at the encoder's rate it would learn nothing.
    pub const HEAD: f32 = 0.002;

    /// The encoder in this folder, with the usual settings.
    pub fn of(folder: PathBuf) -> EncoderSource {
        EncoderSource {
            folder,
            prefix: String::new(),
            frozen_layers: None,
            learning_rate: None,
            head_learning_rate: None,
            after_probe: None,
            epochs: None,
        }
    }

    /// Checks the values. The error is the problem and the remedy.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        if self.folder.as_os_str().is_empty() {
            return Err((
                "the encoder has no folder".into(),
                "write `Encoder(folder: \"all-MiniLM-L6-v2\")`".into(),
            ));
        }
        for (name, rate, usual) in [
            ("learning_rate", self.learning_rate, "0.00005 is usual"),
            ("head_learning_rate", self.head_learning_rate, "0.002 is usual for gradual unfreezing"),
            ("after_probe", self.after_probe, "it is a learning rate: 0.00005 is usual"),
        ] {
            if rate.is_some_and(|rate| !(rate.is_finite() && rate > 0.0)) {
                return Err((format!("`{name}` of an encoder is not above 0"), usual.into()));
            }
        }
        if !self.epochs.is_none_or(|epochs| (1..=1_000_000).contains(&epochs)) {
            return Err(("`epochs` of an encoder".into(), "they go from 1 to 1000000".into()));
        }
        if self.prefix.len() > 1_000 {
            return Err(("`prefix` is too long".into(), "1000 bytes are the most".into()));
        }
        Ok(())
    }
}
