use crate::data::examples::TRAIN_SET;
use crate::data::image::Image;
use crate::data::images::{LabelledImages, Part};
use crate::models::image_network::architectures;
use crate::nn::convolution::Shape;
use crate::rng;
use crate::session::architecture::Architecture;
use crate::session::budget::Budget;
use crate::session::checkpoint::Kept;
use crate::session::image_transfer::Layers;
use crate::session::metric::Metric;
use crate::session::record::{Record, RunStart};
use crate::session::training::{ClassWeight, Schedule};
use crate::train::learner::{Inspect, Learned, Learner, Resume};
use crate::train::learners::descent::Descent;
use crate::train::learners::image_features::ImageFeatures;
use crate::train::learners::linear_probe::LinearProbe;
use crate::train::learners::settings::Settings;
use crate::train::run::Run;
use crate::transfer::network::Bodies;
use crate::transfer::solving::Solving;
use crate::vision::{Images, Preparation};

use super::*;

const SIDE: usize = 8;
/// There are two batches in an epoch.
const COUNT: usize = 40;
const BATCH: usize = 20;

fn settings(optimizer: OptimizerChoice) -> Settings {
    Settings {
        optimizer,
        learning_rate: 0.01,
        head: None,
        schedule: Schedule::Constant,
        warm_up: 0.0,
        batch_size: BATCH,
        epochs: 10,
        patience: 10,
        max_grad_norm: 5.0,
        discriminative: None,
        dropout: 0.0,
        class_weight: ClassWeight::None,
        max_tokens: usize::MAX,
        hidden: None,
        c: None,
        metric: Metric::default(),
    }
}

/// A residual network that stands for a pre-trained one, with normalisation in every block, and images for it.
fn source() -> (Arc<SourceNetwork>, Arc<Images>) {
    source_of(|number| number % 3)
}

/// The same with these classes, by the number of the image.
fn source_of(label: impl Fn(u32) -> u32) -> (Arc<SourceNetwork>, Arc<Images>) {
    let preparation = Preparation { height: SIDE, width: SIDE, ..Preparation::default() };
    let input = Shape { height: SIDE, width: SIDE, channels: 1 };
    let plan = Arc::new(architectures::plan(Architecture::ResNet20, input, 4));
    let network = ImageNetwork::new(plan, 3);
    let source = SourceNetwork {
        classifies: true,
        architecture: Architecture::ResNet20,
        network,
        classes: None,
        preparation: preparation.clone(),
        origin: String::new(),
        seconds: 0.0,
    };
    let mut stream = rng::stream(1, "images", 0);
    let mut image = |_| Image {
        width: SIDE as u32,
        height: SIDE as u32,
        channels: 1,
        pixels: (0..SIDE * SIDE).map(|_| rng::below(&mut stream, 256) as u8).collect(),
    };
    let train = Part {
        images: (0..COUNT).map(&mut image).collect(),
        labels: (0..COUNT as u32).map(label).collect(),
        names: vec![String::new(); COUNT],
    };
    let read = LabelledImages {
        classes: ["a", "b", "c"].map(String::from).to_vec(),
        train,
        validation: None,
        tests: Vec::new(),
        held_out: false,
        read: Vec::new(),
        remarks: Vec::new(),
    };
    (Arc::new(source), Arc::new(Images::new(read, preparation)))
}

/// A run of ten epochs at most.
fn begin(strategy: Strategy, freeze: usize, slower: Option<f32>, optimizer: OptimizerChoice) -> Descent {
    begin_with(Layers { new: 1, freeze }, strategy, slower, optimizer)
}

fn begin_with(
    layers: Layers,
    strategy: Strategy,
    slower: Option<f32>,
    optimizer: OptimizerChoice,
) -> Descent {
    let (source, images) = source();
    let train = images.set(TRAIN_SET).map(|example| example as ExampleId).collect();
    begin_on((source, images), train, layers, strategy, slower, settings(optimizer))
}

fn begin_on(
    (source, images): (Arc<SourceNetwork>, Arc<Images>),
    train: Vec<ExampleId>,
    layers: Layers,
    strategy: Strategy,
    slower: Option<f32>,
    settings: Settings,
) -> Descent {
    let bodies = Arc::new(Bodies::new(images.clone(), source.clone()));
    let network = source.begin(strategy, layers, 3, 1);
    let fixed = source.fixed_before(strategy, layers);
    let (anew, hash) = (source.network.plan().last_layers(layers.new), network::hash(&source.network, fixed));
    let body = bodies.before(network.first_learned());
    let origin = Origin { source, bodies, strategy, fixed, anew, hash };
    let subject = ImageSubject::new(body, network, Augmentation::default(), Some(origin));
    Descent::by_strategy(Box::new(subject), settings, train, 1, strategy, slower)
}

/// One update, or one step of the work before the first update.
fn step(learner: &mut dyn Learner) -> Learned {
    let mut tasks = Vec::new();
    learner.plan(&mut tasks);
    let mut workspace = Workspace::default();
    for (part, task) in tasks.iter_mut().enumerate() {
        task.part = part;
        learner.compute(task, &mut workspace);
    }
    learner.absorb(&mut tasks, 1.0)
}

/// How many of the first blocks still have the source's parameters and running statistics, and whether all blocks
/// behind them have changed.
fn at_rest(learner: &Descent) -> (usize, bool) {
    let (source, _) = source();
    let network = learner.inside().network().unwrap();
    let plan = network.plan();
    let blocks: Vec<(usize, bool, bool)> = (0..plan.blocks.len() - 1)
        .map(|block| {
            let (start, end) = (plan.block_start(block), plan.block_start(block + 1));
            let same = |of: fn(&ImageNetwork<f32>, usize) -> &[f32]| {
                let from = of(network, start).len();
                let own = of(network, end)[from..].iter().map(|x| x.to_bits());
                own.eq(of(&source.network, end)[from..].iter().map(|x| x.to_bits()))
            };
            (
                block,
                same(|network, node| network.numbers_before(node).0),
                same(|network, node| network.numbers_before(node).1),
            )
        })
        .collect();
    let still = blocks.iter().take_while(|&&(_, parameters, statistics)| parameters && statistics).count();
    (still, blocks[still..].iter().all(|&(_, parameters, statistics)| !parameters && !statistics))
}

#[test]
fn what_rests_keeps_its_parameters_and_its_running_statistics() {
    let adam = OptimizerChoice::Adam;
    // There are ten blocks before the new layers. An epoch has two updates, and a stage of gradual unfreezing has 20.
    let mut gradual = begin(Strategy::GradualUnfreezing, 0, None, adam);
    for (updates, still) in [(19, 10), (1, 10)] {
        (0..updates).for_each(|_| drop(step(&mut gradual)));
        assert_eq!(at_rest(&gradual), (still, true));
    }
    // The first group alone is trained in three of ten epochs, then all groups. Three layers are new, so there is no
    // solver; the first of them is within the tenth block.
    let mut probe = begin_with(Layers { new: 3, freeze: 0 }, Strategy::LinearProbeThenFineTune, None, adam);
    for (updates, still) in [(6, 9), (1, 0)] {
        (0..updates).for_each(|_| drop(step(&mut probe)));
        assert_eq!(at_rest(&probe), (still, true));
    }
    for freeze in [0, 4] {
        let mut tuned = begin(Strategy::FineTuned, freeze, None, adam);
        step(&mut tuned);
        assert_eq!(at_rest(&tuned), (freeze, true));
        let Audit::Changed { rows, of } = tuned.audit() else { panic!() };
        assert!(rows > 0 && rows < of + usize::from(freeze == 0), "{rows} of {of}");
    }
}

#[test]
fn a_linear_probe_converges_before_all_is_tuned() {
    let (source, images) = source();
    let all: Vec<ExampleId> = images.set(TRAIN_SET).map(|example| example as ExampleId).collect();
    let mut probe = begin(Strategy::LinearProbeThenFineTune, 0, None, OptimizerChoice::Adam);
    assert_eq!(probe.optimizer(), "L-BFGS, then Adam 0.01");
    while probe.steps() == 0 && !matches!(step(&mut probe), Learned::Prepared) {
        assert!(probe.save().is_none(), "beginning again is as good");
    }
    assert_eq!((probe.steps(), at_rest(&probe)), (0, (10, true)));
    // The linear classifier is the same as that of the frozen strategy, which is trained on the same features.
    let layers = Layers { new: 1, freeze: 0 };
    let (anew, fixed) = (source.network.plan().last_layers(1), source.fixed_before(Strategy::Frozen, layers));
    let bodies = Arc::new(Bodies::new(images.clone(), source.clone()));
    let body = bodies.before(fixed);
    let hash = network::hash(&source.network, fixed);
    let origin = Origin { source, bodies, strategy: Strategy::Frozen, fixed, anew, hash };
    let mut frozen =
        LinearProbe::new(Box::new(ImageFeatures::new(body, origin)), all.clone(), Solving::default(), 1);
    while !matches!(step(&mut frozen), Learned::Ended(..)) {}
    let answers = |learner: &dyn Learner| {
        let mut out = vec![0.0; all.len() * 3];
        learner.classify(&all, &mut Workspace::default(), &mut out);
        out
    };
    let (one, other) = (answers(&probe), answers(&frozen));
    assert!(one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-4), "{one:?} {other:?}");
    assert!(one.iter().any(|p| (p - 1.0 / 3.0).abs() > 0.05));
    // Then all blocks change from the first update on.
    step(&mut probe);
    assert_eq!((probe.steps(), at_rest(&probe)), (1, (0, true)));
}

#[test]
fn one_block_more_moves_in_each_stage() {
    let mut gradual = begin(Strategy::GradualUnfreezing, 7, None, OptimizerChoice::Adam);
    gradual.shorten_stages(1);
    for still in [10, 9, 8, 7, 7] {
        (0..2).for_each(|_| drop(step(&mut gradual)));
        assert_eq!(at_rest(&gradual), (still, true));
    }
}

#[test]
fn each_block_moves_so_many_times_slower_than_the_one_above_it() {
    let sgd = OptimizerChoice::Sgd { momentum: 0.0 };
    let moved = |slower: Option<f32>| {
        let mut learner = begin(Strategy::FineTuned, 6, slower, sgd);
        let before = learner.inside().network().unwrap().clone();
        step(&mut learner);
        let after = learner.inside().network().unwrap();
        let plan = after.plan();
        // The new layers, then blocks 9, 8, 7 and 6.
        let ends: Vec<usize> =
            (6..=10).map(|block| plan.block_start(block)).chain([plan.nodes.len()]).collect();
        let way = |pair: &[usize]| {
            let range = plan.parameters_from(pair[0])..plan.parameters_from(pair[1]);
            let nodes = plan.nodes.len();
            let (now, then) = (after.numbers_before(nodes).0, before.numbers_before(nodes).0);
            let squares = now[range.clone()].iter().zip(&then[range]).map(|(a, b)| f64::from(a - b).powi(2));
            squares.sum::<f64>().sqrt()
        };
        ends.windows(2).rev().map(way).collect::<Vec<f64>>()
    };
    let (alike, slower) = (moved(None), moved(Some(2.0)));
    for (group, (alike, slower)) in alike.iter().zip(&slower).enumerate() {
        let factor = alike / slower;
        assert!((factor - 2_f64.powi(group as i32)).abs() < 1e-2 * factor, "group {group}: {factor}");
    }
}

#[test]
fn a_run_that_unfreezes_goes_on_from_any_update_to_the_same_bits() {
    for strategy in [Strategy::GradualUnfreezing, Strategy::LinearProbeThenFineTune] {
        let new = || {
            let layers =
                Layers { new: if strategy == Strategy::LinearProbeThenFineTune { 3 } else { 1 }, freeze: 5 };
            let mut learner = begin_with(layers, strategy, None, OptimizerChoice::Adam);
            if strategy == Strategy::GradualUnfreezing {
                learner.shorten_stages(1);
            }
            learner
        };
        let bits = |learner: &Descent| -> Vec<u32> {
            let network = learner.inside().network().unwrap();
            let (parameters, statistics) = network.numbers_before(network.nodes());
            parameters.iter().chain(statistics).map(|x| x.to_bits()).collect()
        };
        let opinions = |learner: &Descent| {
            // Three examples of three classes.
            let mut out = vec![0.0; 9];
            learner.classify(&[0, 7, 31], &mut Workspace::default(), &mut out);
            out.iter().map(|x: &f32| x.to_bits()).collect::<Vec<_>>()
        };
        // Within an epoch, at the end of a stage, and when all groups are trained.
        for at in [3, 4, 6, 9] {
            let mut whole = new();
            (0..at).for_each(|_| drop(step(&mut whole)));
            let (state, tensors) = whole.save().unwrap();
            let tensors = tensors.into_iter().map(Kept::into_owned).collect();
            let mut resumed = new();
            resumed.restore(&state, tensors).unwrap();
            assert_eq!(opinions(&resumed), opinions(&whole), "{strategy:?} at {at}");
            (at..12).for_each(|_| {
                step(&mut whole);
                step(&mut resumed);
            });
            assert_eq!(bits(&resumed), bits(&whole), "{strategy:?} at {at}");
        }
    }
}

/// The mean of the examples' losses, each multiplied by the weight of its class, divided by `by`.
fn weighted_loss(learner: &dyn Learner, images: &Images, examples: &[ExampleId], by: Option<f64>) -> f64 {
    let mut out = vec![0.0; examples.len() * 3];
    learner.classify(examples, &mut Workspace::default(), &mut out);
    let (mut sum, mut weights) = (0.0, 0.0);
    for (&example, row) in examples.iter().zip(out.chunks_exact(3)) {
        let class = images.labels()[example as usize];
        let weight = learner.class_weights().unwrap().of(class);
        sum -= weight * f64::from(row[class as usize]).ln();
        weights += weight;
    }
    sum / by.unwrap_or(weights)
}

#[test]
fn balanced_weights_are_in_the_training_loss_and_in_the_validation_loss() {
    // Of the 30 training images 20 are of class 0, 8 of class 1 and 2 of class 2; the other 10 are for validation.
    let of = |number: u32| u32::from(number % 3 == 2) + u32::from(number % 15 == 14);
    let (source, images) = source_of(of);
    let (train, validation): (Vec<ExampleId>, Vec<ExampleId>) =
        (0..COUNT as ExampleId).partition(|&e| e < 30);
    let balanced = Settings {
        class_weight: ClassWeight::Balanced,
        batch_size: 30,
        ..settings(OptimizerChoice::Sgd { momentum: 0.0 })
    };
    let layers = Layers { new: 1, freeze: 0 };
    let mut learner =
        begin_on((source, images.clone()), train.clone(), layers, Strategy::Frozen, None, balanced);
    assert_eq!(learner.class_weights().unwrap().as_slice(), [30.0 / 60.0, 30.0 / 24.0, 30.0 / 6.0]);
    // The loss of a batch is divided by its size.
    let expected = weighted_loss(&learner, &images, &train, Some(30.0));
    let Learned::EpochOver(point) = step(&mut learner) else { panic!("an epoch is one batch") };
    assert!((point.loss - expected).abs() < 1e-5, "{} {expected}", point.loss);
    // The validation loss that a run records, and that early stopping compares, is a weighted mean.
    let expected = weighted_loss(&learner, &images, &validation, None);
    let plain = {
        let mut out = vec![0.0; validation.len() * 3];
        learner.classify(&validation, &mut Workspace::default(), &mut out);
        let of = |(&e, row): (&ExampleId, &[f32])| -f64::from(row[images.labels()[e as usize] as usize]).ln();
        validation.iter().zip(out.chunks_exact(3)).map(of).sum::<f64>() / 10.0
    };
    assert!((plain - expected).abs() > 1e-2, "{plain} {expected}");
    // A run evaluates after its first update; a learning rate of almost 0 keeps the parameters where they are.
    let start = RunStart {
        run: 0,
        method: Strategy::Frozen.into(),
        source: None,
        budget: Budget::All,
        labels: COUNT,
        validation: validation.len(),
        seed: 1,
        trainable_parameters: 0,
        total_parameters: 0,
        batch: 30,
        planned_steps: 10,
        optimizer: String::new(),
        metric: None,
        tuned: None,
        groups: Vec::new(),
    };
    let mut run = Run::new(start, images, Box::new(learner), validation);
    run.learning_rate_factor = 1e-12;
    let (mut told, mut workspace) = (Vec::new(), Workspace::default());
    let recorded = loop {
        run.plan();
        let mut tasks = std::mem::take(&mut run.tasks);
        tasks.iter_mut().for_each(|task| run.compute(task, &mut workspace));
        run.tasks = tasks;
        run.finish_round(&mut told);
        if let Some(Record::Evaluation(evaluation)) =
            told.iter().find(|record| matches!(record, Record::Evaluation(_)))
        {
            break evaluation.loss;
        }
    };
    assert!((recorded - expected).abs() < 1e-5, "{recorded} {expected}");
}
