//! The families of encoders that are read, and the names of their tensors in published files.

use serde::{Deserialize, Serialize};

use crate::nn::transformer_layer::NAMES;

/// A family of encoders with the layers of BERT. They differ in the names of their tensors, in how positions are counted,
/// and in what is added to the attention scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Family {
    /// BERT (Devlin et al. 2019); MiniLM, e5, bge and gte have its form.
    Bert,
    /// DistilBERT (Sanh et al. 2019): no segments.
    DistilBert,
    /// RoBERTa (Liu et al. 2019), XLM-RoBERTa and CamemBERT: positions begin after the id of the padding token.
    Roberta,
    /// MPNet (Song et al. 2020): such positions, no segments, and a relative position bias.
    MpNet,
}

impl Family {
    /// The values of `model_type` that are read, with their family.
    pub const ALL: [(&'static str, Family); 6] = [
        ("bert", Family::Bert),
        ("distilbert", Family::DistilBert),
        ("roberta", Family::Roberta),
        ("xlm-roberta", Family::Roberta),
        ("camembert", Family::Roberta),
        ("mpnet", Family::MpNet),
    ];

    /// Whether positions begin after the id of the padding token.
    pub fn counts_from_padding(self) -> bool {
        matches!(self, Family::Roberta | Family::MpNet)
    }

    /// Whether tokens have a segment.
    pub fn has_segments(self) -> bool {
        matches!(self, Family::Bert | Family::Roberta)
    }

    /// The name in a file of the tensor that is called `name` here.
    pub fn name_in_file(self, name: &str) -> String {
        let Some((number, rest)) = name.strip_prefix("encoder.layer.").and_then(|rest| rest.split_once('.'))
        else {
            return name.to_string();
        };
        let (module, kind) = rest.rsplit_once('.').unwrap_or((rest, ""));
        debug_assert!(NAMES.contains(&rest), "{rest}");
        let (layers, module) = match (self, module) {
            (Family::DistilBert, module) => ("transformer", distilbert(module)),
            (Family::MpNet, module) => ("encoder", mpnet(module)),
            (_, module) => ("encoder", module),
        };
        format!("{layers}.layer.{number}.{module}.{kind}")
    }
}

fn distilbert(module: &str) -> &str {
    match module {
        "attention.self.query" => "attention.q_lin",
        "attention.self.key" => "attention.k_lin",
        "attention.self.value" => "attention.v_lin",
        "attention.output.dense" => "attention.out_lin",
        "attention.output.LayerNorm" => "sa_layer_norm",
        "intermediate.dense" => "ffn.lin1",
        "output.dense" => "ffn.lin2",
        "output.LayerNorm" => "output_layer_norm",
        other => other,
    }
}

fn mpnet(module: &str) -> &str {
    match module {
        "attention.self.query" => "attention.attn.q",
        "attention.self.key" => "attention.attn.k",
        "attention.self.value" => "attention.attn.v",
        "attention.output.dense" => "attention.attn.o",
        "attention.output.LayerNorm" => "attention.LayerNorm",
        other => other,
    }
}
