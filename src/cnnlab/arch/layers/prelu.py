"""A relu whose slope below 0 is learnt."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cnnlab.arch.arguments import set_field, whole
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.initializers import Initializer
from cnnlab.arch.initializers import get as get_initializer
from cnnlab.arch.layer import Layer, Parameter, Shape
from cnnlab.arch.regularizers import Regularizer
from cnnlab.errors import NetworkError, explain


@dataclass(frozen=True)
class PReLU(Layer):
    """Leave what is above 0 as it is, and multiply what is below by a weight alpha.

    He, Zhang, Ren and Sun, "Delving Deep into Rectifiers" (2015). At 0 itself the gradient is 0, as Keras has it.

    Attributes:
        alpha_initializer: Zeros, as in Keras: it begins as a relu.
        shared_axes: Axes along which one alpha serves, counted with the images, so that 1 is the height; a number or
            several. None for an alpha of its own at each place of each channel.
        alpha_regularizer: What large values of it cost; None for nothing.
        alpha_constraint: What is done to it after each step; None for nothing.
    """

    alpha_initializer: str | Initializer = "zeros"
    shared_axes: int | Sequence[int] | None = None
    alpha_regularizer: str | Regularizer | None = field(default=None, kw_only=True)
    alpha_constraint: str | Constraint | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Bring every accepted spelling into one."""
        super().__post_init__()
        axes = self.shared_axes
        if axes is not None:
            listed = axes if isinstance(axes, list | tuple) else (axes,)
            axes = tuple(whole(axis, "each of shared_axes") for axis in listed)
        set_field(self, alpha_initializer=get_initializer(self.alpha_initializer), shared_axes=axes)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape, if it has the shared axes."""
        beyond = [axis for axis in self._shared if axis > len(input_shape)]
        if beyond:
            raise NetworkError(
                explain(
                    expected=f"shared_axes from 1 to {len(input_shape)} for an input of shape {input_shape}",
                    got=str(list(self._shared)),
                    fix="Axes are counted with the images: 1 is the height, 2 the width, 3 the channels.",
                )
            )
        return input_shape

    def parameters(self, input_shape: Shape) -> tuple[Parameter, ...]:
        """Return alpha: the input's shape, 1 along the shared axes."""
        shape = tuple(1 if axis in self._shared else size for axis, size in enumerate(input_shape, start=1))
        return (self.trained("alpha", shape),)

    @property
    def _shared(self) -> tuple[int, ...]:
        axes = self.shared_axes
        assert axes is None or isinstance(axes, tuple), "brought into one spelling above"
        return axes or ()
