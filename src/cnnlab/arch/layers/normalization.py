"""Batch normalization."""

from dataclasses import dataclass, field
from typing import ClassVar

from cnnlab.arch.arguments import flag, number, set_field, whole
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.initializers import Initializer
from cnnlab.arch.initializers import get as get_initializer
from cnnlab.arch.layer import Layer, Parameter, Shape, without
from cnnlab.arch.regularizers import Regularizer
from cnnlab.errors import NetworkError, explain


@dataclass(frozen=True)
class BatchNormalization(Layer):
    """Shift and scale each channel to mean 0 and variance 1 over the batch, then by beta and gamma.

    Ioffe and Szegedy, "Batch Normalization" (2015). In training the batch's own mean and biased variance are used and
    enter the moving averages; in evaluation the moving averages are used.

    Attributes:
        axis: The channels' axis, counted with the images: -1 or the last one (1 for channels_first images).
        momentum: Share of the old moving average that stays.
        epsilon: Added to the variance.
        center: Whether there is a beta.
        scale: Whether there is a gamma.
        beta_regularizer: What large values of it cost; None for nothing.
        gamma_regularizer: What large values of it cost; None for nothing.
        beta_constraint: What is done to it after each step; None for nothing.
        gamma_constraint: What is done to it after each step; None for nothing.
    """

    axis: int = -1
    momentum: float = 0.99
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    beta_initializer: str | Initializer = "zeros"
    gamma_initializer: str | Initializer = "ones"
    moving_mean_initializer: str | Initializer = "zeros"
    moving_variance_initializer: str | Initializer = "ones"
    beta_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    gamma_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    beta_constraint: str | Constraint | None = field(default=None, kw_only=True)
    gamma_constraint: str | Constraint | None = field(default=None, kw_only=True)

    # Keras has batch renormalization too; these are its arguments at the values that switch it off.
    neutral: ClassVar = {
        **without("renorm_clipping"),
        "renorm": (False,),
        "renorm_momentum": (0.99,),
        "synchronized": (False,),
        "fused": (None, True, False),
        "virtual_batch_size": (None,),
        "adjustment": (None,),
    }

    def __post_init__(self) -> None:
        """Bring every accepted spelling into one."""
        super().__post_init__()
        axis = self.axis[0] if isinstance(self.axis, list | tuple) and len(self.axis) == 1 else self.axis
        set_field(
            self,
            axis=whole(axis, "axis", least=-4),
            momentum=number(self.momentum, "momentum"),
            epsilon=number(self.epsilon, "epsilon"),
            center=flag(self.center, "center"),
            scale=flag(self.scale, "scale"),
            beta_initializer=get_initializer(self.beta_initializer),
            gamma_initializer=get_initializer(self.gamma_initializer),
            moving_mean_initializer=get_initializer(self.moving_mean_initializer),
            moving_variance_initializer=get_initializer(self.moving_variance_initializer),
        )
        if not 0 <= self.momentum <= 1:
            raise NetworkError(explain(expected="momentum to be a number from 0 to 1", got=repr(self.momentum)))
        if not self.epsilon > 0:
            raise NetworkError(explain(expected="epsilon to be a number above 0", got=repr(self.epsilon)))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape."""
        return input_shape

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return gamma, beta, moving mean and moving variance, each (c,)."""
        shape = (input_shape[-1],)
        return (
            *((self.trained("gamma", shape),) if self.scale else ()),
            *((self.trained("beta", shape),) if self.center else ()),
            Parameter("moving_mean", shape, get_initializer(self.moving_mean_initializer), trainable=False),
            Parameter("moving_variance", shape, get_initializer(self.moving_variance_initializer), trainable=False),
        )
