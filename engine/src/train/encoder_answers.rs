//! Answers about a run's sentence encoder as it is now.

use crate::models::sentence_encoder::Tape;
use crate::nn::token_pooling::TokenPooling;
use crate::train::protocol::event::{Answer, Attention};
use crate::transfer::predictor::Predictor;
use crate::transfer::predictor::encoder::EncoderModel;
use crate::transfer::predictor::text::TextModel;

use super::job::Job;
use super::run::Run;

/// The most tokens of a text whose attention is computed: its matrix has the square of this number of values.
const TOKENS: usize = 512;

/// Calls `ask` with the encoder of a run and how it reads texts.
///
/// # Errors
/// A sentence that says why the run has none.
pub fn with_encoder<T>(run: &mut Run, ask: impl FnOnce(&EncoderModel<'_>) -> T) -> Result<T, String> {
    let method = run.start.method;
    let Predictor::Text(predictor) = run.predictor() else { return Err("this run reads no texts".into()) };
    match &predictor.model {
        TextModel::Encoder(model) => Ok(ask(model)),
        TextModel::Constant(_) => Err(format!("this {} run has learned nothing yet", method.name())),
        _ => Err(format!("this {} run has no sentence encoder", method.name())),
    }
}

/// How much the tokens of a text read of each other.
pub fn attention(job: &mut Job, number: usize, text: &str, layer: usize, head: Option<usize>) -> Answer {
    let Some(run) = job.training.run_mut(number) else {
        return Answer::Unknown("this run has not begun yet".into());
    };
    let found = with_encoder(run, |model| {
        let (encoder, reader) = (model.encoder(), &model.reader);
        let ids = reader.ids(text).map_err(|error| error.to_string())?;
        if ids.len() > TOKENS {
            return Err(format!(
                "this text has {} tokens; attention is shown of at most {TOKENS}",
                ids.len()
            ));
        }
        let (layers, heads) = (encoder.config.layers, encoder.config.layer.attention.heads);
        let (layer, head) = (layer.min(layers - 1), head.filter(|&head| head < heads));
        let probabilities = encoder.attention(&ids, layer, head, &mut Tape::default());
        // The poolings are side by side in the vector; the first one is told.
        let pooling = encoder.output.poolings.first().copied().unwrap_or(TokenPooling::Mean);
        let mut pooled = vec![0.0; ids.len()];
        for (row, fraction) in probabilities.chunks_exact(ids.len().max(1)).zip(pooling.fractions(ids.len()))
        {
            pooled.iter_mut().zip(row).for_each(|(sum, p)| *sum += fraction * p);
        }
        let name = |&id: &u32| reader.tokeniser().token(id).unwrap_or_else(|| format!("#{id}"));
        Ok(Attention {
            run: number,
            layer: (layer, layers),
            head: (head, heads),
            tokens: ids.iter().map(name).collect(),
            probabilities,
            pooled,
            pooling: pooling.explained(),
            longest: reader.reading().longest,
        })
    });
    match found.and_then(|found| found) {
        Ok(found) => Answer::Attention(Box::new(found)),
        Err(why) => Answer::Unknown(why),
    }
}
