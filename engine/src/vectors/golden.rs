//! Results compared with those of gensim 4.4, on a small table:
//!
//! ```python
//! words = "king queen man woman apple pear breakfast cereal dinner lunch".split()
//! table = np.array([[((7 * i + 3 * j * j + i * j) % 11 - 4) / 4 for j in range(6)] for i in range(10)], dtype=np.float32)
//! kv = KeyedVectors(6); kv.add_vectors(words, table)
//! kv.most_similar("king", topn=3)                                                         # NEAR
//! kv.most_similar(positive=["king", "woman"], negative=["man"], topn=3)                   # ADD
//! kv.most_similar(positive=[("king", 1.0), ("woman", 2.0)], negative=["man"], topn=3)     # SUM
//! kv.rank_by_centrality("breakfast cereal dinner lunch".split())                          # ODD, backwards
//! # The dot matmul, and 3CosMul with the 0.001 of Levy & Goldberg: gensim's most_similar_cosmul gives the same order,
//! # with figures up to 0.003 higher, because it adds 0.000001 instead.
//! table @ table[0]                                                                        # DOT
//! cos = lambda a: (1 + table @ table[a] / norm(table, axis=1) / norm(table[a])) / 2
//! cos(0) * cos(3) / (cos(2) + 0.001)                                                      # MUL
//! ```

use ndarray::Array2;

use crate::session::choices::{AnalogyScore, Closeness};
use crate::text::words::Words;

use super::{Near, View};

type Answers = [(&'static str, f32)];

const NEAR: &Answers = &[("dinner", 0.404557), ("queen", 0.056321), ("pear", -0.017756)];
const ADD: &Answers = &[("queen", 0.335946), ("breakfast", 0.263407), ("lunch", 0.062949)];
const SUM: &Answers = &[("apple", 0.480002), ("queen", 0.376873), ("breakfast", 0.366797)];
const ODD: &Answers =
    &[("dinner", 0.504366), ("breakfast", 0.625064), ("lunch", 0.746909), ("cereal", 0.87169)];
const DOT: &Answers = &[("dinner", 1.25), ("queen", 0.25), ("pear", -0.0625)];
const MUL: &Answers = &[("queen", 0.80439), ("breakfast", 0.712402), ("lunch", 0.522955)];

#[test]
fn answers_are_those_of_gensim() {
    let words: Words = "king queen man woman apple pear breakfast cereal dinner lunch".split(' ').collect();
    let cell = |(i, j): (usize, usize)| ((7 * i + 3 * j * j + i * j) % 11) as f32 / 4.0 - 1.0;
    let table = Array2::from_shape_fn((10, 6), cell);
    let view = View::new(&words, table.view());
    let same = |found: Vec<Near>, expected: &Answers| {
        let found: Vec<(&str, f32)> =
            found.iter().map(|near| (view.words().get(near.id), near.similarity)).collect();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.0 == expected.0 && (found.1 - expected.1).abs() < 2e-6, "{found:?} {expected:?}");
        }
    };
    same(view.near("king", Closeness::Cosine, 3, None).unwrap(), NEAR);
    same(view.near("king - man + woman", Closeness::Cosine, 3, None).unwrap(), ADD);
    same(view.analogy("man", "king", "woman", AnalogyScore::Add, 3).unwrap(), ADD);
    same(view.near("king + 2 woman - man", Closeness::Cosine, 3, None).unwrap(), SUM);
    same(view.near("king", Closeness::Dot, 3, None).unwrap(), DOT);
    same(view.analogy("man", "king", "woman", AnalogyScore::Mul, 3).unwrap(), MUL);
    same(view.odd_one_out(&[6, 7, 8, 9]), ODD);
    // Among given words the similarities are the same, even if the nearest word of all is not among them.
    same(view.near("king", Closeness::Cosine, 9, Some(&[5, 0, 8])).unwrap(), &[NEAR[0], NEAR[2]]);
    same(view.near("king", Closeness::Dot, 9, Some(&[5, 1])).unwrap(), &DOT[1..]);
}
