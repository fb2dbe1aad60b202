//! Words on two axes, each the direction of an expression such as `good - bad`.
//!
//! A word's place on an axis is the cosine of its vector with the axis. This is the projection of the word, at length 1, onto
//! the direction, as in Bolukbasi et al. 2016 and Kozlowski, Taddy & Evans 2019.

use crate::error::Result;
use crate::kernel::rows;
use crate::session::choices::Closeness;

use super::View;
use super::expression::Expression;
use super::near::{length, over};

/// Words on two axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Axes {
    /// The cosine between the axes.
    pub cosine: f32,
    /// The words in the order in which they were given, each once.
    pub places: Vec<Place>,
    /// The words that have no vector.
    pub missing: Vec<String>,
}

/// A word on two axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The word.
    pub word: String,
    /// Its cosine with the horizontal axis.
    pub x: f32,
    /// Its cosine with the vertical axis.
    pub y: f32,
}

impl Axes {
    /// The places of `words` on the axes of two expressions.
    ///
    /// # Errors
    /// If an expression cannot be parsed.
    pub fn of(view: &View<'_>, axes: [&str; 2], words: &[String]) -> Result<Axes> {
        let [x, y] = axes.map(|axis| -> Result<Vec<f32>> {
            Ok(Expression::parse(view, axis)?.point(view, Closeness::Cosine))
        });
        let (x, y) = (x?, y?);
        let (across, up) = (length(&x), length(&y));
        let mut found =
            Axes { cosine: over(rows::dot(&x, &y), across * up), places: Vec::new(), missing: Vec::new() };
        for word in words {
            let known = |place: &Place| place.word == *word;
            if found.places.iter().any(known) || found.missing.contains(word) {
                continue;
            }
            match view.point(word) {
                Ok((_, vector)) => {
                    let own = length(&vector);
                    found.places.push(Place {
                        word: word.clone(),
                        x: over(rows::dot(&vector, &x), own * across),
                        y: over(rows::dot(&vector, &y), own * up),
                    });
                }
                Err(_) => found.missing.push(word.clone()),
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::words::Words;

    #[test]
    fn words_stand_on_the_side_of_the_word_that_they_are_like() {
        let words: Words = ["good", "bad", "cheap", "dear", "fine", "zero"].into_iter().collect();
        let matrix = ndarray::array![
            [1.0, 0.0, 1.0],
            [-1.0, 0.0, 1.0],
            [0.0, 2.0, 0.0],
            [0.0, -2.0, 0.0],
            [3.0, -4.0, 0.0],
            [0.0, 0.0, 0.0]
        ];
        let view = View::new(&words, matrix.view());
        let asked: Vec<String> = ["fine", "good", "absent", "fine", "zero"].map(String::from).to_vec();
        let found = Axes::of(&view, ["good - bad", "cheap - dear"], &asked).unwrap();
        assert_eq!((found.cosine, &found.missing[..]), (0.0, &["absent".to_string()][..]));
        let places: Vec<(&str, f32, f32)> =
            found.places.iter().map(|place| (&place.word[..], place.x, place.y)).collect();
        let half = 0.5_f32.sqrt();
        assert!(
            places[0].0 == "fine" && (places[0].1 - 0.6).abs() < 1e-6 && (places[0].2 + 0.8).abs() < 1e-6
        );
        assert!(places[1].0 == "good" && (places[1].1 - half).abs() < 1e-6 && places[1].2 == 0.0);
        assert_eq!(places[2..], [("zero", 0.0, 0.0)]);
        let error = Axes::of(&view, ["good - bat", "cheap"], &asked).unwrap_err().to_string();
        assert!(error.contains("\"bat\" has no vector"), "{error}");
    }
}
