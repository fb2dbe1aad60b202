use ndarray::Array2;

use super::*;

/// Two classes on a line, `n` examples; the last fifth is for validation if `validated`.
fn task(n: u32, validated: bool) -> (Arc<Task>, Vec<u32>) {
    let mut random = rng::stream(8, "line", 0);
    let at: Vec<f64> = (0..n).map(|_| 4.0 * rng::unit64(&mut random) - 2.0).collect();
    let vectors = Array2::from_shape_fn((n as usize, 3), |(i, j)| match j {
        0 => at[i] as f32,
        _ => rng::normal(&mut random) as f32,
    });
    let classes: Vec<u32> = at.iter().map(|&x| u32::from(x > 0.0)).collect();
    let pool = if validated { n * 4 / 5 } else { n };
    let label = |example: u32| Labelled { example, class: classes[example as usize] };
    let task = Task::new(vectors, 2, (0..pool).collect(), Vec::new(), (pool..n).map(label).collect());
    (Arc::new(task), classes)
}

fn learning(task: &Arc<Task>, strategy: QueryStrategy, random_every: usize) -> Learning {
    Learning::new(task.clone(), Choice { strategy, random_every, seed: 2 }, Solving::default())
}

/// Gives the known labels of `count` more examples.
fn teach(learning: &mut Learning, classes: &[u32], count: usize) -> Vec<Query> {
    let mut asked = Vec::new();
    for _ in 0..count {
        let query = learning.query().unwrap();
        let class = classes[query.example as usize];
        assert!(learning.give(Labelled { example: query.example, class }, query.by));
        learning.train();
        learning.train_random();
        asked.push(query);
    }
    asked
}

#[test]
fn strategies_begin_with_the_same_random_labels_and_then_ask_near_the_boundary() {
    let (task, classes) = task(500, true);
    let mut by: Vec<Vec<Query>> = Vec::new();
    for strategy in [QueryStrategy::Random, QueryStrategy::Margin, QueryStrategy::Uncertainty] {
        by.push(teach(&mut learning(&task, strategy, 0), &classes, 30));
    }
    let [random, margin, uncertainty] = [&by[0], &by[1], &by[2]];
    assert_eq!(random[..FIRST], margin[..FIRST]);
    assert!(random.iter().chain(&margin[..FIRST]).all(|query| query.by == QueryStrategy::Random));
    assert!(margin[FIRST..].iter().all(|query| query.by == QueryStrategy::Margin));
    let examples = |queries: &[Query]| queries.iter().map(|query| query.example).collect::<Vec<_>>();
    assert_eq!(examples(margin), examples(uncertainty), "two classes: both are the same");
    let distance = |queries: &[Query]| -> f32 {
        queries[FIRST..].iter().map(|query| task.row(query.example)[0].abs()).sum::<f32>() / 20.0
    };
    assert!(distance(margin) < 0.5 * distance(random), "{} {}", distance(margin), distance(random));
}

#[test]
fn the_curve_grows_and_an_undone_label_is_as_if_it_never_was() {
    let (task, classes) = task(400, true);
    let mut learning = learning(&task, QueryStrategy::Margin, 0);
    teach(&mut learning, &classes, 25);
    assert_eq!(learning.points().last().map(|point| point.labels), Some(25));
    assert!(learning.points().last().unwrap().accuracy > 0.9);
    let (points, next) = (learning.points().to_vec(), learning.query().unwrap());
    let wrong = Labelled { example: next.example, class: 1 - classes[next.example as usize] };
    assert!(learning.give(wrong, next.by) && !learning.give(wrong, next.by));
    learning.train();
    assert_eq!(learning.undo(), Some(Given { label: wrong, by: next.by }));
    learning.train();
    assert_eq!(learning.points(), points);
    assert_eq!(learning.query(), Some(next));
}

#[test]
fn skipped_examples_are_not_asked_again_and_the_pool_comes_to_its_end() {
    let (task, classes) = task(20, false);
    let mut learning = learning(&task, QueryStrategy::Diversity, 0);
    let first = learning.query().unwrap().example;
    assert!(learning.skip(first) && !learning.skip(first));
    let asked = teach(&mut learning, &classes, 19);
    assert!(asked.iter().all(|query| query.example != first));
    assert_eq!((learning.query(), learning.open(), learning.skipped()), (None, 0, 1));
    assert!(!learning.give(Labelled { example: first, class: 0 }, QueryStrategy::Random));
    assert!(!learning.give(Labelled { example: 99, class: 0 }, QueryStrategy::Random));
}

#[test]
fn every_fourth_example_is_random_and_what_random_choice_gives_is_measured() {
    let (task, classes) = task(400, true);
    let mut learning = learning(&task, QueryStrategy::Margin, 4);
    let asked = teach(&mut learning, &classes, 40);
    let later: Vec<bool> = asked[FIRST..].iter().map(|query| query.by == QueryStrategy::Random).collect();
    assert_eq!(later.iter().filter(|&&random| random).count(), 8, "{later:?}");
    // The sample is the beginning of the random order: also what another strategy has labelled of it.
    let sample = learning.sample();
    assert!(sample.len() >= FIRST + 8);
    assert!(sample.iter().zip(&learning.order).all(|(known, &example)| known.example == example));
    let random = learning.random_points().last().unwrap();
    assert_eq!(random.labels, sample.len());
    // It is what a labelling by random choice has with as many labels.
    let mut baseline = self::learning(&task, QueryStrategy::Random, 0);
    teach(&mut baseline, &classes, sample.len());
    assert_eq!(baseline.labels(), sample);
}

#[test]
fn without_validation_examples_the_random_labels_measure() {
    let (task, classes) = task(400, false);
    let mut learning = learning(&task, QueryStrategy::Margin, 2);
    teach(&mut learning, &classes, 60);
    let accuracy = learning.points().last().unwrap().accuracy;
    let all: Vec<Labelled> =
        (0..400).map(|example| Labelled { example, class: classes[example as usize] }).collect();
    let truth = mean(&learning.right(&all));
    assert!((accuracy - truth).abs() < 0.12, "{accuracy} where {truth} is the accuracy on everything");
    assert!(learning.measured_on() >= 30);
    // The chosen ones are the hard ones; counted with them, the accuracy would look too low.
    assert!(learning.points().iter().all(|point| point.labels >= FIRST));
}
