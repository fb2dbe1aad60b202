//! Arithmetic on words: `king - man + woman`, `2 good - bad`, or a single word.

use crate::error::{Error, Result};
use crate::session::choices::Closeness;

use super::near::{Near, length, over};
use super::query::View;

/// A sum of words, each with a weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    terms: Vec<Term>,
}

/// A word of a sum.
#[derive(Debug, Clone, PartialEq)]
struct Term {
    weight: f32,
    word: String,
    /// Its row; `None` if the vector was computed from subwords.
    id: Option<usize>,
    vector: Vec<f32>,
}

impl Term {
    fn row(view: &View<'_>, weight: f32, id: usize) -> Term {
        Term { weight, word: view.words().get(id).into(), id: Some(id), vector: view.row(id).into_owned() }
    }

    /// A word without a row, whose vector is computed from subwords.
    fn made(view: &View<'_>, word: &str) -> Result<Term> {
        let (id, vector) = view.point(word)?;
        Ok(Term { weight: 1.0, word: word.into(), id, vector: vector.into_owned() })
    }
}

/// The meaning of a token of an expression.
enum Piece<'a> {
    Sign(f32),
    Weight(f32),
    Word(&'a str),
}

impl Expression {
    /// Parses an expression: words with `+` or `-` between them. A number before a word is its weight. Signs and
    /// numbers are separated by spaces, so that `well-made` and `1984` can be words. Without spaces a sign counts as
    /// an operator if the whole is not a word.
    ///
    /// # Errors
    /// If a word has no vector, a sign or a word is missing, or all words cancel out.
    pub fn parse(view: &View<'_>, text: &str) -> Result<Expression> {
        let text = text.trim();
        if let Some(id) = view.find(text) {
            return Ok(Expression { terms: vec![Term::row(view, 1.0, id)] });
        }
        let wrong = |problem: String| {
            Error::request(
                problem,
                "an expression is words with + or - between them, such as \"king - man + woman\"",
            )
        };
        let mut terms = Vec::new();
        let (mut sign, mut weight, mut before) = (Some(1.0), None, "");
        // A sign may stand directly before a word, unless both together are a word, as in "-ness".
        let apart = |token: &str| match token.chars().next() {
            Some(first) if "+-−".contains(first) && token.len() > first.len_utf8() => {
                view.find(token).map_or(first.len_utf8(), |_| 0)
            }
            _ => 0,
        };
        let tokens: Vec<&str> = text
            .split_whitespace()
            .map(|token| token.split_at(apart(token)))
            .flat_map(|(sign, rest)| [sign, rest])
            .filter(|token| !token.is_empty())
            .collect();
        for (place, &token) in tokens.iter().enumerate() {
            if weight.is_some() && matches!(token, "*" | "×") {
                continue;
            }
            match piece(token, tokens.get(place + 1).copied()) {
                Piece::Sign(_) if weight.is_some() || (sign.is_some() && place > 0) => {
                    return Err(wrong(format!("a word is missing between \"{before}\" and \"{token}\"")));
                }
                Piece::Sign(found) => sign = Some(found),
                Piece::Weight(found) if weight.is_none() => weight = Some(found),
                Piece::Weight(_) => {
                    return Err(wrong(format!("\"{before}\" and \"{token}\" are two numbers")));
                }
                Piece::Word(word) => {
                    let Some(sign) = sign.take() else {
                        return Err(wrong(format!("no + or - stands between \"{before}\" and \"{word}\"")));
                    };
                    let weight = sign * weight.take().unwrap_or(1.0);
                    let found = match view.find(word).map(|id| vec![(1.0, id)]).or_else(|| glued(view, word))
                    {
                        Some(found) => found.into_iter().map(|(w, id)| Term::row(view, w, id)).collect(),
                        None => vec![Term::made(view, word)?],
                    };
                    terms.extend(found.into_iter().map(|term| Term { weight: weight * term.weight, ..term }));
                }
            }
            before = token;
        }
        if sign.is_some() || weight.is_some() {
            let missing = if before.is_empty() {
                "no word is given".into()
            } else {
                format!("no word follows \"{before}\"")
            };
            return Err(wrong(missing));
        }
        let expression = Expression { terms };
        let point = expression.point(view, Closeness::Cosine);
        // The vector of a single word may be zero; that is not a cancellation.
        if expression.terms.len() > 1 && length(&point) < 1e-5 {
            return Err(wrong(format!("\"{text}\" comes to nothing: its words cancel out")));
        }
        Ok(expression)
    }

    /// The point of the expression: for cosines the sum of the vectors at length 1, for dot products the sum of the
    /// original vectors.
    pub fn point(&self, view: &View<'_>, by: Closeness) -> Vec<f32> {
        let mut point = vec![0.0; view.dim()];
        for Term { weight, vector, .. } in &self.terms {
            let scale = match by {
                Closeness::Cosine => over(*weight, length(vector)),
                Closeness::Dot => *weight,
            };
            point.iter_mut().zip(vector).for_each(|(p, x)| *p += scale * x);
        }
        point
    }

    /// The rows of its words, for the words that have one.
    pub fn ids(&self) -> Vec<usize> {
        self.terms.iter().filter_map(|term| term.id).collect()
    }

    /// Its words whose vectors were computed from subwords.
    pub fn made(&self) -> Vec<String> {
        self.terms.iter().filter(|term| term.id.is_none()).map(|term| term.word.clone()).collect()
    }
}

impl View<'_> {
    /// The `count` words nearest to an expression, or all words in `among`; without the expression's own words.
    ///
    /// # Errors
    /// If the expression cannot be parsed.
    pub fn near(
        &self,
        text: &str,
        by: Closeness,
        count: usize,
        among: Option<&[usize]>,
    ) -> Result<Vec<Near>> {
        let expression = Expression::parse(self, text)?;
        let (point, own) = (expression.point(self, by), expression.ids());
        Ok(match among {
            None => self.nearest_by(by, &point, count, &own),
            Some(among) => {
                let among: Vec<usize> = among.iter().copied().filter(|id| !own.contains(id)).collect();
                self.rank(by, &point, &among)
            }
        })
    }
}

fn sign(text: &str) -> Option<f32> {
    match text {
        "+" => Some(1.0),
        "-" | "−" | "–" => Some(-1.0),
        _ => None,
    }
}

/// A number is a weight if a word follows; otherwise it is a word.
fn piece<'a>(token: &'a str, next: Option<&str>) -> Piece<'a> {
    if let Some(sign) = sign(token) {
        return Piece::Sign(sign);
    }
    let number = token.trim_end_matches(['*', '×']).parse::<f32>().ok();
    let weight = number.filter(|n| n.is_finite() && next.is_some_and(|next| sign(next).is_none()));
    weight.map_or(Piece::Word(token), Piece::Weight)
}

/// The words of `king-man+woman`, if all of them have vectors.
fn glued(view: &View<'_>, token: &str) -> Option<Vec<(f32, usize)>> {
    let mut terms = Vec::new();
    for (place, part) in token.split('+').enumerate() {
        if part.is_empty() && place == 0 {
            continue;
        }
        if let Some(id) = view.find(part) {
            terms.push((1.0, id));
            continue;
        }
        for (place, word) in part.split(['-', '−']).enumerate() {
            if word.is_empty() && place == 0 {
                continue;
            }
            terms.push((if place == 0 { 1.0 } else { -1.0 }, view.find(word)?));
        }
    }
    Some(terms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::words::Words;

    fn ask<T>(question: impl FnOnce(View<'_>) -> T) -> T {
        let words: Words =
            ["king", "man", "woman", "queen", "well-made", "1984", "2", "New York"].into_iter().collect();
        let matrix = ndarray::Array2::from_shape_fn((8, 8), |(i, j)| f32::from(u8::from(i == j)));
        question(View::new(&words, matrix.view()))
    }

    #[test]
    fn words_signs_and_weights_are_told_apart() {
        let terms = |text: &str| {
            let expression = ask(|view| Expression::parse(&view, text).unwrap());
            expression.terms.iter().map(|term| (term.weight, term.id.unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(terms("king - man + woman"), [(1.0, 0), (-1.0, 1), (1.0, 2)]);
        assert_eq!(terms("  king-man+woman "), [(1.0, 0), (-1.0, 1), (1.0, 2)]);
        assert_eq!(terms("-king + 2 man − 0.5 well-made"), [(-1.0, 0), (2.0, 1), (-0.5, 4)]);
        assert_eq!(terms("2 * king - 1984"), [(2.0, 0), (-1.0, 5)]);
        assert_eq!(terms("- king +2"), [(-1.0, 0), (1.0, 6)]);
        assert_eq!(terms("New York"), [(1.0, 7)]);
        assert_eq!(terms("KING"), [(1.0, 0)]);
    }

    #[test]
    fn what_is_wrong_is_said_in_a_sentence() {
        for (text, expected) in [
            ("king - mann", "\"mann\" has no vector; \"man\" has one"),
            ("king man", "no + or - stands between \"king\" and \"man\""),
            ("king + - man", "a word is missing between \"+\" and \"-\""),
            ("king -", "no word follows \"-\""),
            ("2 3 king", "\"2\" and \"3\" are two numbers"),
            ("king - king", "cancel out"),
            ("", "no word is given"),
            ("zzzzzzzzzz", "\"zzzzzzzzzz\" has no vector"),
        ] {
            let error = ask(|view| Expression::parse(&view, text).unwrap_err().to_string());
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
