//! The architectures of the image networks that the program has.

use serde::{Deserialize, Serialize};

/// The architecture of an image network, named as its public weights are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Architecture {
    /// Two convolutions and two linear layers, for small images.
    SmallCnn,
    /// For images of 32 by 32, such as CIFAR's (He et al. 2016).
    ResNet20,
    /// 18 layers, for photos (He et al. 2016).
    ResNet18,
    /// 34 layers, for photos (He et al. 2016).
    ResNet34,
    /// SqueezeNet 1.0 (Iandola et al. 2016).
    SqueezeNet10,
    /// SqueezeNet 1.1: as accurate as 1.0 with 2.4 times less arithmetic.
    SqueezeNet11,
    /// MobileNetV2 (Sandler et al. 2018).
    MobileNetV2,
    /// Tan & Le 2019, for small machines.
    EfficientNetLite0,
    /// EfficientNet-Lite0 scaled up, for images of 240 by 240.
    EfficientNetLite1,
    /// EfficientNet-Lite0 scaled up, for images of 260 by 260.
    EfficientNetLite2,
    /// EfficientNet-Lite0 scaled up, for images of 280 by 280.
    EfficientNetLite3,
    /// EfficientNet-Lite0 scaled up, for images of 300 by 300.
    EfficientNetLite4,
}

impl Architecture {
    /// All architectures.
    pub const ALL: [Architecture; 12] = [
        Architecture::SmallCnn,
        Architecture::ResNet20,
        Architecture::ResNet18,
        Architecture::ResNet34,
        Architecture::SqueezeNet10,
        Architecture::SqueezeNet11,
        Architecture::MobileNetV2,
        Architecture::EfficientNetLite0,
        Architecture::EfficientNetLite1,
        Architecture::EfficientNetLite2,
        Architecture::EfficientNetLite3,
        Architecture::EfficientNetLite4,
    ];

    /// The name as publications write it.
    pub fn name(self) -> &'static str {
        match self {
            Architecture::SmallCnn => "small CNN",
            Architecture::ResNet20 => "ResNet-20",
            Architecture::ResNet18 => "ResNet-18",
            Architecture::ResNet34 => "ResNet-34",
            Architecture::SqueezeNet10 => "SqueezeNet 1.0",
            Architecture::SqueezeNet11 => "SqueezeNet 1.1",
            Architecture::MobileNetV2 => "MobileNetV2",
            Architecture::EfficientNetLite0 => "EfficientNet-Lite0",
            Architecture::EfficientNetLite1 => "EfficientNet-Lite1",
            Architecture::EfficientNetLite2 => "EfficientNet-Lite2",
            Architecture::EfficientNetLite3 => "EfficientNet-Lite3",
            Architecture::EfficientNetLite4 => "EfficientNet-Lite4",
        }
    }
}
