"""Layer normalization."""

from dataclasses import dataclass, field
from typing import ClassVar

from cnnlab.arch.arguments import flag, number, set_field, whole
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.initializers import Initializer
from cnnlab.arch.initializers import get as get_initializer
from cnnlab.arch.layer import NEUTRAL, Layer, Parameter, Shape
from cnnlab.arch.regularizers import Regularizer
from cnnlab.errors import NetworkError, NotSupportedError, explain


@dataclass(frozen=True)
class LayerNormalization(Layer):
    """Shift and scale the channels of each position to mean 0 and variance 1, then by beta and gamma.

    Ba, Kiros and Hinton, "Layer Normalization" (2016). Each image is normalized alone, the same in training and in
    evaluation; the variance is the biased one.

    Attributes:
        axis: The channels' axis, counted with the images: -1 or the last one (1 for channels_first images).
        epsilon: Added to the variance.
        center: Whether there is a beta.
        scale: Whether there is a gamma.
        beta_regularizer: What large values of it cost; None for nothing.
        gamma_regularizer: What large values of it cost; None for nothing.
        beta_constraint: What is done to it after each step; None for nothing.
        gamma_constraint: What is done to it after each step; None for nothing.
    """

    axis: int = -1
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: str | Initializer = "zeros"
    gamma_initializer: str | Initializer = "ones"
    beta_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    gamma_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    beta_constraint: str | Constraint | None = field(default=None, kw_only=True)
    gamma_constraint: str | Constraint | None = field(default=None, kw_only=True)

    neutral: ClassVar = {**NEUTRAL, "rms_scaling": (False,)}

    def __post_init__(self) -> None:
        """Bring every accepted spelling into one."""
        super().__post_init__()
        set_field(
            self,
            axis=_one_axis(self.axis),
            epsilon=number(self.epsilon, "epsilon"),
            center=flag(self.center, "center"),
            scale=flag(self.scale, "scale"),
            beta_initializer=get_initializer(self.beta_initializer),
            gamma_initializer=get_initializer(self.gamma_initializer),
        )
        if not self.epsilon > 0:
            raise NetworkError(explain(expected="epsilon to be a number above 0", got=repr(self.epsilon)))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return gamma and beta, each (c,)."""
        shape = (input_shape[-1],)
        gamma = (self.trained("gamma", shape),) if self.scale else ()
        return (*gamma, *((self.trained("beta", shape),) if self.center else ()))


def _one_axis(axis: object) -> int:
    """Read an axis as Keras writes it, a number or a list of one; several are refused."""
    if isinstance(axis, list | tuple):
        if len(axis) != 1:
            raise NotSupportedError(
                explain(
                    expected="one axis, that of the channels",
                    got=f"axis={list(axis)}",
                    fix="Write LayerNormalization(), which normalizes the channels of each position.",
                )
            )
        axis = axis[0]
    return whole(axis, "axis", least=-4)
