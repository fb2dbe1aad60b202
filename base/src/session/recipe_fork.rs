//! Checks of a recipe whose run begins from a state of another session.

use super::method::Strategy::{FineTuned, Frozen, GradualUnfreezing, Scratch};
use super::recipe::{Recipe, Transfer};

impl Recipe {
    /// Checks that the recipe is one of a fork.
    pub(super) fn check_fork(&self) -> Result<(), (String, String)> {
        let Some(fork) = &self.fork else { return Ok(()) };
        let wrong = |problem: String, remedy: &str| Err((problem, remedy.to_string()));
        let ([method], [labels]) = (&self.methods[..], &self.labels[..]) else {
            return wrong("a fork has one run".into(), "name one method and one label budget beside `fork`");
        };
        if fork.seed == 0 || fork.seed > self.seeds {
            let problem = format!("`seed: {}` of a fork, and `seeds: {}`", fork.seed, self.seeds);
            return wrong(
                problem,
                "give as many `seeds` as the other session has; only the one of the fork is run",
            );
        }
        if self.tune.is_some() {
            return wrong("`tune` beside `fork`".into(), "leave `tune` out: the run begins from one state");
        }
        if fork.continues && (*method, *labels) != (fork.method, fork.labels) {
            let problem = "`continues: true` with another method or label budget".to_string();
            return wrong(problem, "write `continues: false`: training begins anew with the parameters");
        }
        let (Some(from), Some(to)) = (fork.method.strategy(), method.strategy()) else {
            return wrong(
                format!("a fork of {} as {}", fork.method.name(), method.name()),
                "only what is trained by gradient descent can be forked: a strategy",
            );
        };
        if fork.continues {
            return Ok(());
        }
        let images = matches!(self.transfer, Transfer::Images(_));
        let fits = match to {
            Scratch | Frozen => from == to,
            FineTuned => from != Scratch,
            GradualUnfreezing => from != Scratch && !images,
            _ => false,
        };
        if !fits {
            let remedy = "scratch begins from scratch, frozen from frozen; fine-tuned, and for texts gradual-unfreezing, from every \
                          strategy that transfers";
            return wrong(format!("a fork of {} as {}", fork.method.name(), method.name()), remedy);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const FORK: &str = "session: \"parent\", method: FineTuned, labels: 50, seed: 2, step: 9, hash: \"ab\"";

    fn recipe(methods: &str, more: &str, fork: &str) -> Result<Recipe, String> {
        let text = format!(
            "(title: \"t\", transfer: Text(source: Vectors(file: \"v.txt\"), task: Demo(), head: Average),
              labels: [50], methods: [{methods}], seeds: 2, {more} fork: ({fork}))"
        );
        Recipe::parse(&text, Path::new("/at/r.ron")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_recipe_names_one_run_that_fits_its_fork() {
        let good = recipe("FineTuned", "", FORK).unwrap();
        assert_eq!(good.fork.as_ref().unwrap().session, Path::new("/at/parent"));
        let again = Recipe::parse(&good.to_ron(), Path::new("/elsewhere/r.ron")).unwrap();
        assert_eq!(again, good);
        assert!(recipe("GradualUnfreezing", "", FORK).is_ok());
        let refused = |methods, more, fork: &str| recipe(methods, more, fork).unwrap_err();
        assert!(refused("FineTuned, Scratch", "", FORK).contains("one run"));
        assert!(refused("TfIdf", "", FORK).contains("strategy"));
        assert!(refused("Scratch", "", FORK).contains("fork of fine-tuned as scratch"));
        assert!(recipe("Frozen", "", &FORK.replace("FineTuned", "Frozen")).is_ok());
        assert!(refused("Frozen", "", FORK).contains("as frozen"));
        assert!(refused("FineTuned", "tune: (trials: 3),", FORK).contains("`tune`"));
        assert!(refused("FineTuned", "", &FORK.replace("seed: 2", "seed: 3")).contains("seeds: 2"));
        let continues = format!("{FORK}, continues: true");
        assert!(refused("GradualUnfreezing", "", &continues).contains("continues"));
        assert!(recipe("FineTuned", "", &continues).is_ok());
    }
}
