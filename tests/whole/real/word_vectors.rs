//! Word vectors on public data. `WARMSTART_DATA` names the folder with it; `--include-ignored` runs the tests.

use warmstart::session::choices::{AnalogyScore, Closeness};
use warmstart::vectors::compressed::Compressed;
use warmstart::vectors::{View, evaluation, formats};

use crate::common::public_data;

#[test]
#[ignore = "needs WARMSTART_DATA"]
fn glove_scores_what_others_measured() {
    let data = public_data();
    let vectors = formats::read(&data.join("vectors/glove.6B.50d.top40k.txt.gz"), None).unwrap();
    assert_eq!((vectors.len(), vectors.dim()), (40_000, 50));
    for (set, expected) in
        [("WS-353-ALL", 0.525), ("RG-65", 0.646), ("SIMLEX-999", 0.267), ("MEN-TR-3k", 0.675)]
    {
        let path = data.join(format!("wordsim/EN-{set}.txt"));
        let found = evaluation::similarity(vectors.view(), &path).unwrap();
        assert!((found.spearman.unwrap() - expected).abs() < 0.002, "{set}: {found:?}");
    }
    let found =
        evaluation::analogies(vectors.view(), &data.join("analogy/questions-words.txt"), 30_000).unwrap();
    assert_eq!((found.asked(), found.sections.len()), (14_877, 14));
    assert!((found.accuracy().unwrap() - 0.497).abs() < 0.002, "{:?}", found.accuracy());
}

/// gensim 4.4 on the same file: `most_similar(positive=["king", "woman"], negative=["man"])`,
/// `most_similar(positive=[("good", 2.0)], negative=["bad"])`, `doesnt_match("breakfast cereal dinner lunch".split())`.
#[test]
#[ignore = "needs WARMSTART_DATA"]
fn questions_to_glove_are_answered_as_by_gensim() {
    let data = public_data();
    let vectors = formats::read(&data.join("vectors/glove.6B.50d.top40k.txt.gz"), None).unwrap();
    let view = vectors.view();
    for (question, expected) in [
        (
            "king - man + woman",
            [("queen", 0.852_360), ("throne", 0.766_433), ("prince", 0.759_214), ("daughter", 0.747_388)],
        ),
        (
            "2 good - bad",
            [
                ("excellent", 0.821_693),
                ("perfect", 0.819_010),
                ("better", 0.810_101),
                ("opportunity", 0.803_627),
            ],
        ),
    ] {
        let near = view.near(question, Closeness::Cosine, 4, None).unwrap();
        for (near, (word, cosine)) in near.iter().zip(expected) {
            assert_eq!(view.words().get(near.id), word, "{question}");
            assert!((near.similarity - cosine).abs() < 2e-6, "{question}: {} {}", near.similarity, cosine);
        }
    }
    let product = view.analogy("man", "king", "woman", AnalogyScore::Mul, 3).unwrap();
    let product: Vec<&str> = product.iter().map(|near| view.words().get(near.id)).collect();
    assert_eq!(product, ["queen", "throne", "elizabeth"]);
    let ids = ["breakfast", "cereal", "dinner", "lunch"].map(|word| view.id(word).unwrap());
    let odd = view.odd_one_out(&ids);
    assert_eq!(view.words().get(odd[0].id), "cereal");
    assert!((odd[0].similarity - 0.657_021).abs() < 2e-6 && (odd[3].similarity - 0.960_683).abs() < 2e-6);
    let error = view.id("terible").unwrap_err().to_string();
    assert!(error.contains("\"terrible\" has one"), "{error}");
}

/// Ten best of 4,000 words, with the compressed copy and without.
#[test]
#[ignore = "needs WARMSTART_DATA"]
fn the_compressed_copy_of_glove_gives_the_same_neighbours() {
    let data = public_data();
    let vectors = formats::read(&data.join("vectors/glove.6B.50d.top40k.txt.gz"), None).unwrap();
    let plain = View::of(vectors.view().words(), vectors.table());
    let norms = plain.norms();
    let plain = plain.with_norms(&norms);
    let copy = Compressed::new(plain.table());
    let other = plain.with_compressed(&copy);
    for id in (0..vectors.len()).step_by(10) {
        let point = plain.row(id);
        assert_eq!(other.nearest(&point, 10, &[id]), plain.nearest(&point, 10, &[id]), "{id}");
    }
}

/// Files that gensim and fastText wrote.
#[test]
#[ignore = "needs WARMSTART_DATA"]
fn files_of_other_programs_are_read() {
    let data = public_data();
    let fixtures = data.join("vectors/fixtures");
    for (name, words, dim) in [
        ("EN.1-10.cbow1_wind5_hs0_neg10_size300_smpl1e-05.txt", 20, 300),
        ("crime-and-punishment.vec", 291, 5),
        ("euclidean_vectors.bin", 2747, 10),
        ("high_precision.kv.bin", 2, 2),
        ("high_precision.kv.txt", 2, 2),
        ("lee_fasttext.vec", 1762, 10),
        ("pang_lee_polarity_fasttext.vec", 1694, 100),
        ("test_glove.txt", 76, 50),
        ("toy-model.vec", 22, 5),
    ] {
        let vectors = formats::read(&fixtures.join(name), None).unwrap();
        assert_eq!((vectors.len(), vectors.dim()), (words, dim), "{name}");
    }
    let exact = |name: &str| formats::read(&fixtures.join(name), None).unwrap();
    let (binary, text) = (exact("high_precision.kv.bin"), exact("high_precision.kv.txt"));
    assert_eq!(binary.vector("horse.n.01").unwrap().len(), text.vector("horse.n.01").unwrap().len());
    for (name, expected) in [
        ("pretrained.vec", "claims 3 words"),
        ("pang_lee_polarity_fasttext.bin", "supervised fastText model"),
        ("lee_background.cor", "no file of word vectors"),
    ] {
        let error = formats::read(&fixtures.join(name), None).unwrap_err().to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
}
