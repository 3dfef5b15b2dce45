"""How layers, losses and optimizers become code: one file for each kind, forward beside backward."""

from typing import Final

from cnnlab.arch import Layer
from cnnlab.arch.layers import (
    Activation,
    Add,
    Average,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LayerNormalization,
    LeakyReLU,
    Maximum,
    MaxPooling2D,
    Minimum,
    Multiply,
    PReLU,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    ReLU,
    Rescaling,
    Reshape,
    Softmax,
    SpatialDropout2D,
    Subtract,
    ZeroPadding2D,
)
from cnnlab.compiler.lowering.activation import ActivationLowering
from cnnlab.compiler.lowering.augmentation import AugmentationLowering
from cnnlab.compiler.lowering.convolution import ConvolutionLowering
from cnnlab.compiler.lowering.dense import DenseLowering
from cnnlab.compiler.lowering.depthwise import DepthwiseLowering
from cnnlab.compiler.lowering.dropout import DropoutLowering
from cnnlab.compiler.lowering.flatten import FlattenLowering
from cnnlab.compiler.lowering.global_pooling import GlobalAverageLowering, GlobalMaxLowering
from cnnlab.compiler.lowering.layer_normalization import LayerNormalizationLowering
from cnnlab.compiler.lowering.merging import (
    AddLowering,
    AverageLowering,
    ConcatenateLowering,
    ExtremeLowering,
    MultiplyLowering,
    SubtractLowering,
)
from cnnlab.compiler.lowering.noise import NoiseLowering
from cnnlab.compiler.lowering.normalization import NormalizationLowering
from cnnlab.compiler.lowering.padding import ZeroPaddingLowering
from cnnlab.compiler.lowering.pooling import AveragePoolingLowering, MaxPoolingLowering
from cnnlab.compiler.lowering.prelu import PReLULowering
from cnnlab.compiler.lowering.rectified import RectifiedLowering
from cnnlab.compiler.lowering.rescaling import RescalingLowering
from cnnlab.compiler.lowering.reshape import ReshapeLowering
from cnnlab.compiler.lowering.step import Lowering
from cnnlab.errors import NotSupportedError, explain

LOWERINGS: Final[dict[type[Layer], Lowering]] = {
    Activation: ActivationLowering(),
    Add: AddLowering(),
    Average: AverageLowering(),
    AveragePooling2D: AveragePoolingLowering(),
    BatchNormalization: NormalizationLowering(),
    Concatenate: ConcatenateLowering(),
    Conv2D: ConvolutionLowering(),
    Dense: DenseLowering(),
    DepthwiseConv2D: DepthwiseLowering(),
    Dropout: DropoutLowering(),
    Flatten: FlattenLowering(),
    GaussianNoise: NoiseLowering(),
    GlobalAveragePooling2D: GlobalAverageLowering(),
    GlobalMaxPooling2D: GlobalMaxLowering(),
    LayerNormalization: LayerNormalizationLowering(),
    Maximum: ExtremeLowering("ogt"),
    LeakyReLU: RectifiedLowering(),
    MaxPooling2D: MaxPoolingLowering(),
    PReLU: PReLULowering(),
    Minimum: ExtremeLowering("olt"),
    Multiply: MultiplyLowering(),
    ReLU: RectifiedLowering(),
    RandomFlip: AugmentationLowering(),
    RandomRotation: AugmentationLowering(),
    RandomTranslation: AugmentationLowering(),
    RandomZoom: AugmentationLowering(),
    Rescaling: RescalingLowering(),
    Subtract: SubtractLowering(),
    Reshape: ReshapeLowering(),
    Softmax: ActivationLowering(),
    SpatialDropout2D: DropoutLowering(),
    ZeroPadding2D: ZeroPaddingLowering(),
}


def lowering_of(layer: Layer) -> Lowering:
    """Return how a layer becomes code.

    Raises:
        NotSupportedError: If the compiler does not have the layer.
    """
    if type(layer) not in LOWERINGS:
        known = ", ".join(kind.__name__ for kind in LOWERINGS)
        raise NotSupportedError(
            explain(
                expected=f"one of {known}",
                got=type(layer).__name__,
                where="the compiled backend",
                fix="Type --backend numpy.",
            )
        )
    return LOWERINGS[type(layer)]
