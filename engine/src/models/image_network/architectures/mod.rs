//! The architectures: each file makes a plan, with the tensor names of its public weights.

mod efficientnet_lite;
mod mobilenet;
mod resnet;
mod small_cnn;
mod squeezenet;

use crate::nn::convolution::Shape;
use crate::session::architecture::Architecture;

use super::plan::Plan;

/// The plan of an architecture for images of this shape.
pub fn plan(architecture: Architecture, input: Shape, classes: usize) -> Plan {
    let plan = match architecture {
        Architecture::SmallCnn => small_cnn::plan(input, classes),
        Architecture::ResNet20 => resnet::cifar(input, classes),
        Architecture::ResNet18 => resnet::imagenet(input, classes, [2, 2, 2, 2]),
        Architecture::ResNet34 => resnet::imagenet(input, classes, [3, 4, 6, 3]),
        Architecture::SqueezeNet10 => squeezenet::version_1_0(input, classes),
        Architecture::SqueezeNet11 => squeezenet::version_1_1(input, classes),
        Architecture::MobileNetV2 => mobilenet::plan(input, classes),
        Architecture::EfficientNetLite0 => efficientnet_lite::plan(input, classes, 1.0, 1.0, 0.2),
        Architecture::EfficientNetLite1 => efficientnet_lite::plan(input, classes, 1.0, 1.1, 0.2),
        Architecture::EfficientNetLite2 => efficientnet_lite::plan(input, classes, 1.1, 1.2, 0.3),
        Architecture::EfficientNetLite3 => efficientnet_lite::plan(input, classes, 1.2, 1.4, 0.3),
        Architecture::EfficientNetLite4 => efficientnet_lite::plan(input, classes, 1.4, 1.8, 0.3),
    };
    Plan { architecture: Some(architecture), ..plan }
}
