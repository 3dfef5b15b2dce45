"""How layers, losses and optimizers become code: one file for each kind, forward beside backward."""

from typing import Final

from cnnlab.arch import Layer
from cnnlab.arch.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
    Rescaling,
)
from cnnlab.compiler.lowering.activation import ActivationLowering
from cnnlab.compiler.lowering.convolution import ConvolutionLowering
from cnnlab.compiler.lowering.dense import DenseLowering
from cnnlab.compiler.lowering.dropout import DropoutLowering
from cnnlab.compiler.lowering.flatten import FlattenLowering
from cnnlab.compiler.lowering.global_pooling import GlobalAverageLowering, GlobalMaxLowering
from cnnlab.compiler.lowering.normalization import NormalizationLowering
from cnnlab.compiler.lowering.pooling import AveragePoolingLowering, MaxPoolingLowering
from cnnlab.compiler.lowering.rescaling import RescalingLowering
from cnnlab.compiler.lowering.step import Lowering
from cnnlab.errors import NotSupportedError, explain

LOWERINGS: Final[dict[type[Layer], Lowering]] = {
    Activation: ActivationLowering(),
    AveragePooling2D: AveragePoolingLowering(),
    BatchNormalization: NormalizationLowering(),
    Conv2D: ConvolutionLowering(),
    Dense: DenseLowering(),
    Dropout: DropoutLowering(),
    Flatten: FlattenLowering(),
    GlobalAveragePooling2D: GlobalAverageLowering(),
    GlobalMaxPooling2D: GlobalMaxLowering(),
    MaxPooling2D: MaxPoolingLowering(),
    Rescaling: RescalingLowering(),
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
