use std::sync::Arc;

use crate::kernel::Real;
use crate::nn::activation::Activation;
use crate::nn::blocks::Values;
use crate::nn::convolution::Shape;
use crate::nn::gradient_check::worst;
use crate::rng;
use crate::session::architecture::Architecture;
use crate::session::training::OptimizerChoice;

use super::plan::{Filters, Plan, Start};
use super::weights::usual_input;
use super::{architectures, *};

fn wave<T: Real>(n: usize, k: f64) -> Vec<T> {
    (0..n).map(|i| T::of((i as f64 * 1.3 + k).sin())).collect()
}

/// A small plan with all kinds of nodes: branches that are added and concatenated, all kinds of convolutions, all
/// poolings.
fn everything() -> Plan {
    let mut plan = Plan::new(Shape { height: 6, width: 6, channels: 2 }, 3, Start::Even);
    plan.block("one");
    let mut x = plan.convolution("one", 0, Filters { bias: true, ..Filters::new(4, 3) });
    x = plan.activation(x, Activation::Swish);
    plan.block("two");
    let deep = plan.convolution("two.deep", x, Filters { groups: 4, ..Filters::new(4, 3) });
    let deep = plan.batch_norm("two.norm", deep, 1e-3, 0.1);
    let deep = plan.activation(deep, Activation::Relu6);
    x = plan.add(x, deep);
    plan.block("three");
    let left = plan.convolution("three.left", x, Filters { bias: true, ..Filters::new(3, 1) });
    let left = plan.activation(left, Activation::Relu);
    let right = plan.convolution("three.right", x, Filters { groups: 2, ..Filters::new(2, 3) });
    x = plan.concat(vec![left, right]);
    x = plan.max_pool(x, 3, 2, 1);
    x = plan.average_pool(x, 2, 1, 2);
    plan.block("four");
    x = plan.convolution("four", x, Filters { stride: 2, ..Filters::new(6, 3) });
    x = plan.batch_norm("four.norm", x, 1e-3, 0.1);
    x = plan.global_average(x);
    plan.block("five");
    plan.dense("five", x, 3);
    plan
}

#[test]
fn the_gradient_of_a_network_of_everything_is_that_of_finite_differences() {
    let plan = Arc::new(everything());
    let labels = [0, 2, 1];
    for block in 0..plan.blocks.len() {
        let first = plan.block_start(block);
        // With these weights, no finite difference crosses a corner of an activation or a pooling.
        let mut network = ImageNetwork::<f64>::new(plan.clone(), 1);
        network.learn_from(first);
        let input = wave(3 * plan.shape(plan.cut(first).unwrap()).size(), 0.4);
        let weights = Some(&[0.4, 2.5, 1.0][..]).filter(|_| block % 2 == 1);
        let shard = || ImageShard { input: &input, labels: &labels, weights, batch: 3, stream: None };
        let (mut gradient, mut workspace) = (network.gradient(), Workspace::default());
        let loss = network.loss_and_gradient(shard(), &mut gradient, &mut workspace);
        assert!(loss.sum > 0.0);
        let start = network.parameters_start();
        let parameters = network.parameters[start..].to_vec();
        let mut trial = network.clone();
        let off = worst(&parameters, &gradient.dense, 1e-5, |changed| {
            trial.parameters[start..].copy_from_slice(changed);
            let mut nothing = network.gradient();
            trial.loss_and_gradient(shard(), &mut nothing, &mut workspace).sum / 3.0
        });
        assert!(off < 1e-6, "from block {block}: {off}");
        // The values that an earlier forward pass left in the workspace must not matter.
        let mut again = network.gradient();
        network.loss_and_gradient(shard(), &mut again, &mut workspace);
        assert_eq!(gradient.dense, again.dense);
    }
}

#[test]
fn folded_and_looked_at_it_answers_as_its_layers_do() {
    let plan = Arc::new(everything());
    let mut network = ImageNetwork::<f64>::new(plan.clone(), 5);
    // Statistics that differ from the initial ones, so that the normalisation has an effect.
    let mut stream = rng::stream(1, "statistics", 0);
    network.statistics.iter_mut().for_each(|x| *x = 0.5 + rng::unit64(&mut stream));
    let nodes = plan.nodes.len();
    let input: Vec<f64> = wave(2 * plan.input.size(), 0.1);
    let mut workspace = Workspace::default();
    let ready = network.ready(0..nodes);
    let whole = network.answer(&ready, 0..nodes, &input, 2, &mut workspace).to_vec();
    // If each node is computed alone, nothing is folded.
    let mut values = vec![input.clone()];
    for node in 0..nodes {
        let reads = &plan.nodes[node].reads;
        if reads.len() == 1 {
            let ready = network.ready(node..node + 1);
            let given = network.answer(&ready, node..node + 1, &values[reads[0]], 2, &mut workspace).to_vec();
            values.push(given);
        } else {
            // Sums and concatenations, as `look` sees them when all nodes are computed together.
            let mut seen = Vec::new();
            network.answer_and_look(&ready, 0..nodes, &input, 2, &mut workspace, &mut |value, given| {
                if value == node + 1 {
                    seen = given.to_vec();
                }
            });
            values.push(seen);
        }
    }
    for (a, b) in whole.iter().zip(values.last().unwrap()) {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }
    // The result is the same if the network is cut in two, and for one image alone.
    let cut = plan.block_start(2);
    let ready = network.ready(0..cut);
    let middle = network.answer(&ready, 0..cut, &input, 2, &mut workspace).to_vec();
    let ready = network.ready(cut..nodes);
    let half = &middle[middle.len() / 2..];
    let second = network.answer(&ready, cut..nodes, half, 1, &mut workspace).to_vec();
    for (a, b) in whole[3..].iter().zip(&second) {
        assert!((a - b).abs() < 1e-9, "{a} {b}");
    }
}

#[test]
fn architectures_have_the_parameters_that_their_papers_and_frameworks_name() {
    // torchvision's `sum(p.numel() for p in model.parameters())`, the small CNN's from PyTorch's layers, ResNet-20's with
    // a projection in both downsamplings, EfficientNet-Lite's from its PyTorch port.
    for (architecture, expected) in [
        (Architecture::ResNet18, 11_689_512),
        (Architecture::ResNet34, 21_797_672),
        (Architecture::SqueezeNet10, 1_248_424),
        (Architecture::SqueezeNet11, 1_235_496),
        (Architecture::MobileNetV2, 3_504_872),
        (Architecture::EfficientNetLite0, 4_652_008),
        (Architecture::EfficientNetLite1, 5_416_680),
        (Architecture::EfficientNetLite2, 6_092_072),
        (Architecture::EfficientNetLite3, 8_197_096),
        (Architecture::EfficientNetLite4, 13_006_568),
    ] {
        let plan = architectures::plan(architecture, usual_input(architecture), 1_000);
        assert_eq!(plan.parameters.size(), expected, "{}", architecture.name());
        // Every block can be cut off.
        assert!(plan.blocks.iter().all(|&(_, node)| plan.cut(node).is_some()), "{}", architecture.name());
    }
    for (architecture, expected) in [(Architecture::SmallCnn, 421_642), (Architecture::ResNet20, 272_474)] {
        let plan = architectures::plan(architecture, usual_input(architecture), 10);
        assert_eq!(plan.parameters.size(), expected, "{}", architecture.name());
    }
}

#[test]
fn what_is_fixed_stays_and_what_is_learned_is_kept_and_taken_back() {
    let plan = Arc::new(everything());
    let mut network = ImageNetwork::<f32>::new(plan.clone(), 7);
    let cut = plan.block_start(3);
    network.learn_from(cut);
    let before: Vec<f32> = [network.numbers_before(cut).0, network.numbers_before(cut).1].concat();
    let input: Vec<f32> = wave(2 * plan.shape(plan.cut(cut).unwrap()).size(), 0.3);
    let mut optimizer = network.optimizer(OptimizerChoice::Adam);
    let (mut gradient, mut workspace) = (network.gradient(), Workspace::default());
    let shard = ImageShard { input: &input, labels: &[1, 2], weights: None, batch: 2, stream: None };
    network.loss_and_gradient(shard, &mut gradient, &mut workspace);
    let (old, statistics) = (network.parameters.clone(), network.statistics.clone());
    network.step(&mut optimizer, &gradient, 0.01);
    assert_eq!(before, [network.numbers_before(cut).0, network.numbers_before(cut).1].concat());
    assert!(old != network.parameters && statistics != network.statistics);
    let kept: Vec<(String, Vec<f32>)> = (network.tensors(false).into_iter())
        .map(|tensor| match tensor.values {
            Values::Real(values) => (tensor.name, values.to_vec()),
            Values::Count(_) => panic!("reals"),
        })
        .collect();
    assert_eq!(kept[0].0, "four.weight");
    let mut other = ImageNetwork::<f32>::new(plan, 7);
    other.learn_from(cut);
    let find =
        |name: &str| kept.iter().find(|(own, _)| own == name).map(|(_, values)| Values::Real(&values[..]));
    other.load(find).unwrap();
    assert_eq!((other.parameters, other.statistics), (network.parameters, network.statistics));
}

/// A published network, and its preprocessing of one channel value.
fn published(weights: &std::path::Path) -> (ImageNetwork<f32>, fn(f64, usize) -> f64) {
    const MEAN: [f64; 3] = [0.485, 0.456, 0.406];
    const DEVIATION: [f64; 3] = [0.229, 0.224, 0.225];
    let squeeze = weights.file_name().unwrap().to_str().unwrap().starts_with("squeezenet");
    let weights = weights::Weights::open(weights).unwrap();
    let (architecture, input, classes) = weights.architecture().unwrap();
    let plan = Arc::new(architectures::plan(architecture, input, classes.unwrap()));
    let mut network = ImageNetwork::<f32>::new(plan, 1);
    let nodes = network.nodes();
    weights.load(&mut network, nodes).unwrap();
    let as_read: fn(f64, usize) -> f64 = if squeeze {
        |level, channel| (level / 255.0 - MEAN[channel]) / DEVIATION[channel]
    } else {
        |level, _| (level - 127.0) / 128.0
    };
    (network, as_read)
}

/// The channel values `(224, 224, 3)` of a reference input: the image with the values (c 50176 + y 224 + x) 7919 mod
/// 256, or the centre of a photo.
fn levels(data: &std::path::Path, input: &str) -> Vec<u8> {
    if input == "ramp" {
        let level = |number: usize| ((number % 3 * 50_176 + number / 3) * 7_919 % 256) as u8;
        return (0..224 * 224 * 3).map(level).collect();
    }
    let photo = crate::data::images::read_image(&data.join("photos").join(input), u32::MAX).unwrap();
    let (width, height) = (photo.width as usize, photo.height as usize);
    let (left, top) = ((width - 224) / 2, (height - 224) / 2);
    let row = |y: usize| &photo.pixels[((top + y) * width + left) * 3..][..224 * 3];
    (0..224).flat_map(row).copied().collect()
}

#[test]
#[ignore = "needs WARMSTART_DATA"]
fn published_weights_give_the_reference_logits() {
    let data = crate::data::public::folder();
    let text = std::fs::read_to_string(data.join("weights/reference_outputs.json")).unwrap();
    let reference: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = reference["cases"].as_array().unwrap();
    let mut workspace = Workspace::default();
    let mut seen = 0;
    for model in ["efficientnet_lite0", "squeezenet1_0_deepcompressed"] {
        let (network, as_read) = published(&data.join(format!("weights/{model}.safetensors")));
        let nodes = network.nodes();
        let ready = network.ready(0..nodes);
        for case in cases.iter().filter(|case| case["model"] == model) {
            let input = case["input"].as_str().unwrap();
            let pixels: Vec<f32> = (levels(&data, input).iter().enumerate())
                .map(|(number, &level)| as_read(f64::from(level), number % 3) as f32)
                .collect();
            let logits = network.answer(&ready, 0..nodes, &pixels, 1, &mut workspace);
            let mean = logits.iter().map(|&x| f64::from(x)).sum::<f64>() / logits.len() as f64;
            let expected = case["logits_first8"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap());
            let pairs = logits.iter().map(|&x| f64::from(x)).zip(expected);
            let off = pairs
                .chain([(mean, case["logits_mean"].as_f64().unwrap())])
                .map(|(logit, expected)| (logit - expected).abs())
                .fold(0.0, f64::max);
            println!("{model} of {input}: {off:.1e} off at the most");
            assert!(off < 1e-4, "{model} of {input}: {off:e} off");
            seen += 1;
        }
    }
    assert_eq!(seen, 16);
}

/// Writes a small network's tensors after `change`, and returns the result of reading them.
fn reread(
    name: &str,
    change: impl Fn(&str, Vec<f32>) -> Option<(String, safetensors::Dtype, Vec<u8>)>,
) -> crate::error::Result<(Option<usize>, Vec<f32>, Vec<f32>)> {
    let input = Shape { height: 28, width: 28, channels: 1 };
    let network =
        ImageNetwork::<f32>::new(Arc::new(architectures::plan(Architecture::SmallCnn, input, 10)), 3);
    let bytes = weights::to_safetensors(&network, None, &crate::vision::Preparation::default()).unwrap();
    let parsed = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let changed: Vec<_> = parsed
        .iter()
        .filter_map(|(name, view)| {
            let numbers = view.data().as_chunks::<4>().0.iter().map(|x| f32::from_le_bytes(*x)).collect();
            change(name, numbers).map(|(name, kind, bytes)| (name, kind, view.shape().to_vec(), bytes))
        })
        .collect();
    let views = changed.iter().map(|(name, kind, shape, bytes)| {
        (name.clone(), safetensors::tensor::TensorView::new(*kind, shape.clone(), bytes).unwrap())
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    let weights = weights::Weights::open(&path)?;
    let (architecture, input, classes) = weights.architecture()?;
    let plan = Arc::new(architectures::plan(architecture, input, classes.unwrap_or(1)));
    let until = if classes.is_some() { plan.nodes.len() } else { plan.last_layers(1) };
    let mut other = ImageNetwork::<f32>::new(plan.clone(), 4);
    weights.load(&mut other, until)?;
    let head = plan.parameters_from(plan.last_layers(1));
    Ok((classes, other.parameters[..head].to_vec(), network.parameters[..head].to_vec()))
}

fn f32s(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|x| x.to_le_bytes()).collect()
}

#[test]
fn weights_of_every_kind_of_number_are_read() {
    use safetensors::Dtype;
    let doubles = reread("a.safetensors", |name, numbers| {
        let bytes = numbers.iter().flat_map(|x| f64::from(*x).to_le_bytes()).collect();
        Some((name.into(), Dtype::F64, bytes))
    });
    let (classes, read, own) = doubles.unwrap();
    assert_eq!(classes, Some(10));
    assert_eq!(read, own);
    let narrow = reread("a.safetensors", |name, numbers| {
        let bytes = numbers.iter().flat_map(|x| ((x.to_bits() >> 16) as u16).to_le_bytes()).collect();
        Some((name.into(), Dtype::BF16, bytes))
    });
    let (_, read, own) = narrow.unwrap();
    assert!(read != own && read.iter().zip(&own).all(|(a, b)| (a - b).abs() <= b.abs() / 128.0));
    let whole = reread("a.safetensors", |name, numbers| {
        Some((name.into(), Dtype::I32, numbers.iter().flat_map(|x| (*x as i32).to_le_bytes()).collect()))
    });
    let error = whole.unwrap_err().to_string();
    assert!(error.contains("of kind I32, expected F32, F16, BF16 or F64"), "{error}");
}

#[test]
fn weights_with_prefixes_and_without_a_head_are_read() {
    use safetensors::Dtype;
    for prefix in ["module.", "model.", "module.model.", "net."] {
        let read = reread("a.safetensors", |name, numbers| {
            Some((format!("{prefix}{name}"), Dtype::F32, f32s(&numbers)))
        });
        let (classes, read, own) = read.unwrap_or_else(|e| panic!("{prefix}: {e}"));
        assert!(classes == Some(10) && read == own, "{prefix}");
    }
    for prefix in ["", "module."] {
        let headless = reread("a.safetensors", |name, numbers| {
            (!name.starts_with("fc2.")).then(|| (format!("{prefix}{name}"), Dtype::F32, f32s(&numbers)))
        });
        let (classes, read, own) = headless.unwrap();
        assert!(classes.is_none() && read == own);
    }
    // An incomplete head counts as no head, and the error says what is wrong.
    let lacks = reread("a.safetensors", |name, numbers| {
        (name != "conv2.bias").then(|| (name.to_string(), Dtype::F32, f32s(&numbers)))
    });
    let error = lacks.unwrap_err().to_string();
    assert!(error.contains("as small CNN it lacks conv2.bias"), "{error}");
    let foreign = reread("a.safetensors", |name, numbers| {
        Some((format!("encoder.layer.0.{name}.x"), Dtype::F32, f32s(&numbers)))
    });
    let error = foreign.unwrap_err().to_string();
    assert!(
        error.contains("it has 8 tensors, the first encoder.layer.0.conv1.bias.x of shape [32]"),
        "{error}"
    );
}

#[test]
fn what_torch_saved_is_named_with_the_way_to_convert_it() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in
        [("a.pth", &b"PK\x03\x04\0\0\x08\x08"[..]), ("a.bin", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let error = weights::Weights::open(&path).err().unwrap().to_string();
        for expected in ["torch.save", "not run", &format!("torch.load(\"{name}\""), "\"a.safetensors\")'"] {
            assert!(error.contains(expected), "{expected} is not in: {error}");
        }
    }
}

#[test]
fn operations_of_a_step_are_those_from_the_first_trained_node_on() {
    let mut plan = Plan::new(Shape { height: 4, width: 4, channels: 2 }, 3, Start::Even);
    plan.block("one");
    let x = plan.convolution("one", 0, Filters::new(6, 3));
    let x = plan.global_average(x);
    plan.block("two");
    plan.dense("two", x, 3);
    let mut network = ImageNetwork::<f32>::new(Arc::new(plan), 1);
    // 16 places of 6 channels read 18 values; the image itself has no gradient. The last layer has 6 · 3 weights.
    let (convolution, dense) = (2 * 16 * 6 * 18, 2 * 6 * 3);
    assert_eq!(network.training_flops(), 2 * convolution + 3 * dense);
    network.learn_from(2);
    assert_eq!(network.training_flops(), 2 * dense);
}
