"""Keras' Model: a network that can be trained; `Sequential` is one whose layers stand in a chain."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, NoReturn, Self

from cnnlab.arch import Layer, Network
from cnnlab.arch.network import DataFormat
from cnnlab.arch.summary import summarize
from cnnlab.arch.wiring import wired
from cnnlab.errors import NotSupportedError, did_you_mean, explain
from cnnlab.keras import applying
from cnnlab.keras.absent import AbsentMethodError, keras_names, not_here
from cnnlab.keras.applying import must_be_compiled
from cnnlab.keras.arrays import as_array, examples, split_off, validation_examples
from cnnlab.keras.callbacks import History
from cnnlab.keras.compiling import compiled
from cnnlab.keras.description import Description
from cnnlab.keras.ends import read_ends
from cnnlab.keras.engine import Array, Engine
from cnnlab.keras.fitting import read_fit_call, run_fit
from cnnlab.keras.flow import Flow, of_flow, weights_of_flow
from cnnlab.keras.progress import Verbose
from cnnlab.keras.refusals import refuse_unless_neutral
from cnnlab.keras.trained_optimizer import TrainedOptimizer
from cnnlab.keras.weights import read_class_weight
from cnnlab.records import Loss
from cnnlab.report.summary import summary_text

_TEST_NEUTRAL: Final[dict[str, tuple[Any, ...]]] = {"steps": (None,), "callbacks": (None, [])}
_FIT_NEUTRAL: Final = {
    "steps_per_epoch": (None,),
    "validation_steps": (None,),
    "validation_batch_size": (None,),
    "validation_freq": (1,),
    "workers": (1,),
    "use_multiprocessing": (False,),
    "max_queue_size": (10,),
}
_FIT_KNOWN: Final = (
    "batch_size",
    "epochs",
    "callbacks",
    "validation_split",
    "validation_data",
    "initial_epoch",
    "class_weight",
    "sample_weight",
)
_SUMMARY_NEUTRAL: Final = {
    "line_length": (None,),
    "positions": (None,),
    "expand_nested": (False,),
    "show_trainable": (False,),
    "layer_range": (None,),
}


class Model(Description):
    """A network between an input and an output that can be trained, with Keras' methods.

    Args:
        inputs: The `Input`.
        outputs: What the last layer gave when it was called.
        name: For messages and tables; Keras' automatic one if left out.
        seed: Of the initial weights, the order of the images and the dropout masks. None draws the next one of
            `utils.set_random_seed`: 0, 1, 2, ...
        data_format: Where the channels stand; None takes `backend.image_data_format` of this moment.

    Attributes:
        name: As above.
        seed: As above.
        history: What the last `fit` returned; None before.
        stop_training: A callback sets it to end the training after this batch or epoch.

    Raises:
        NetworkError: If a layer does not fit, or the output comes from another input; the message names it.
        NotSupportedError: If there are several inputs or outputs, or a layer is used twice.

    Example:
        >>> from cnnlab.keras.layers import Add, Conv2D, Dense, Flatten, Input
        >>> inputs = Input((8, 8, 1))
        >>> x = Conv2D(2, 3, padding="same", activation="relu")(inputs)
        >>> y = Conv2D(2, 3, padding="same")(x)
        >>> model = Model(inputs, Dense(3, activation="softmax")(Flatten()(Add()([x, y]))))
        >>> model.count_params(), model.output_shape
        (445, (None, 3))
    """

    def __init__(
        self,
        inputs: object = None,
        outputs: object = None,
        name: str | None = None,
        *,
        seed: int | None = None,
        data_format: DataFormat | None = None,
    ) -> None:
        first, last = read_ends(inputs, outputs)
        self._begin(name, "functional", seed, data_format)
        self._network = wired(self.name, first, last, self._data_format)

    @classmethod
    def from_network(cls, network: Network, *, seed: int | None = None) -> Self:
        """Make a model of a description.

        Args:
            network: Any.
            seed: As of the class.
        """
        model = cls.__new__(cls)
        model._begin(network.name, "functional", seed, network.data_format)  # noqa: SLF001 - its own
        model._network = network  # noqa: SLF001 - its own
        return model

    def _begin(self, name: str | None, stem: str, seed: int | None, data_format: DataFormat | None) -> None:
        super().__init__(name, stem, seed=seed, data_format=data_format)
        self.history: History | None = None
        self.stop_training = False
        self.stop_reason: str | None = None

    def _described(self) -> Network:
        return self._network

    @property
    def layers(self) -> list[Layer]:
        """List the layers in Keras' order, the `Input` first."""
        return [node.layer for node in self.network.nodes]

    def summary(self, print_fn: Callable[[str], object] | None = None, **others: Any) -> None:  # noqa: ANN401 - Keras' arguments
        """Print Keras' table and totals, and the multiply-adds and the receptive field.

        Args:
            print_fn: Gets the whole text; None prints it.
            others: Keras' further arguments, at its defaults.

        Raises:
            NetworkError: If the shape of the images is not known yet.
            NotSupportedError: If a further argument is not at its default.
        """
        refuse_unless_neutral("summary", _SUMMARY_NEUTRAL, others, ("print_fn",))
        (print_fn or print)(summary_text(summarize(self.network)))

    def compile(
        self,
        optimizer: object = "rmsprop",
        loss: object = None,
        *,
        metrics: object = None,
        **others: Any,  # noqa: ANN401 - Keras' arguments
    ) -> None:
        """Choose loss and optimizer; the weights stay, an optimizer's memory does not.

        Args:
            optimizer: A name ("adam", "sgd", "rmsprop", "adadelta") or one of `optimizers`.
            loss: A name or one of `losses`.
            metrics: A list of names ("accuracy", "precision") and of `metrics`; None for the loss alone.
            others: Keras' further arguments, at its defaults; ``jit_compile``, ``steps_per_execution`` and
                ``auto_scale_loss`` at any value, since they change no number.

        Raises:
            NotSupportedError: If Keras has it and cnnlab does not.
            UsageError: If nobody has it.
        """
        self._compiled = compiled(optimizer, loss, metrics, others)
        if self._engine is not None:
            self._engine.compile(self._compiled)

    @property
    def optimizer(self) -> TrainedOptimizer | None:
        """Return the optimizer, whose learning rate can be set; None before `compile`."""
        return TrainedOptimizer(self._compiled.optimizer, lambda: self._built().model) if self._compiled else None

    @property
    def loss(self) -> Loss | None:
        """Return the loss, as plain data; None before `compile`."""
        return self._compiled.loss if self._compiled else None

    @property
    def metrics_names(self) -> list[str]:
        """Name what `evaluate` returns."""
        return ["loss", *(self._compiled.metrics if self._compiled else ())]

    def fit(  # noqa: PLR0917 - Keras' order of arguments
        self,
        x: object = None,
        y: object = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Verbose = "auto",
        callbacks: object = None,
        validation_split: float = 0.0,
        validation_data: object = None,
        shuffle: bool = True,
        class_weight: Mapping[Any, float] | None = None,
        sample_weight: object = None,
        *,
        initial_epoch: int = 0,
        **others: Any,  # noqa: ANN401 - Keras' arguments
    ) -> History:
        """Train. A second call goes on: with the weights, the optimizer's memory and new orders of the images.

        Args:
            x: Images, shape (n, h, w, c), scaled to about 0..1; or (n, features); or what ``ImageDataGenerator.flow``
                gave, which has labels and batch size too.
            y: One-hot labels or class numbers, as the loss asks for.
            batch_size: Images for each update; None is 32.
            epochs: Until which epoch, counted from the very first.
            verbose: 0 for silence, 1 for what follows the training in place, a figure in a notebook and a line in a
                terminal, 2 for a plain line after each epoch; "auto" is 1 in a terminal or a notebook and 2 elsewhere.
            callbacks: None, or a list of `callbacks`, called in this order.
            validation_split: Share of the examples, the last ones, to validate with; not used beside validation_data.
            validation_data: ``(x, y)`` or ``(x, y, sample_weight)`` to validate with after each epoch.
            shuffle: Whether each epoch has an order of its own.
            class_weight: By class number what the losses of its images are multiplied by in training; 1 for a class
                that it leaves out. Not beside sample_weight.
            sample_weight: What the loss of each image is multiplied by, shape (n,). A batch's loss is the mean over
                its images, whatever their weights; the accuracy counts each once.
            initial_epoch: How many epochs are done already.
            others: Keras' further arguments, at its defaults.

        Returns:
            The numbers of each epoch; also kept as ``model.history``.

        Raises:
            DataError: If training on this data could not mean anything; the message says how to mend it.
            NotSupportedError: If Keras has an argument and cnnlab does not.
            UsageError: If the model is not compiled, or an argument cannot be.
        """
        flow = x if isinstance(x, Flow) else None
        if flow is not None:
            others = flow.check_fit(y, batch_size, others, validation_data, sample_weight)
            self.class_names = flow.class_names or self.class_names
            x, y, batch_size, shuffle = flow.images, flow.labels, flow.batch_size, flow.shuffled
            sample_weight = flow.weights
        refuse_unless_neutral("fit", _FIT_NEUTRAL, others, _FIT_KNOWN)
        chosen = must_be_compiled(self._compiled, f"{self.name}, fit")
        call = read_fit_call(batch_size, epochs, initial_epoch, shuffle, verbose, callbacks)
        call = replace(call, class_weight=read_class_weight(class_weight, "fit", sample_weight))
        train, validation = examples(x, y, "fit", sample_weight), validation_examples(validation_data)
        if validation is None:
            train, validation = split_off(train, validation_split)
        engine = self._built_for(train.images)
        self.history = History(self)
        with engine.behind(flow.layers if flow is not None else ()):
            run_fit(engine, chosen, call, train, validation, self.history)
        return self.history

    def evaluate(
        self,
        x: object = None,
        y: object = None,
        batch_size: int | None = None,
        verbose: Verbose = "auto",
        sample_weight: object = None,
        *,
        return_dict: bool = False,
        **others: Any,  # noqa: ANN401 - Keras' arguments
    ) -> float | list[float] | dict[str, float]:
        """Compare the outputs with labels, without dropout and with the moving averages.

        Args:
            x: Images, as for `fit`.
            y: Labels, as for `fit`.
            batch_size: Images at a time; None is 32. It changes memory and time, no number.
            verbose: 0 for silence; else one line.
            sample_weight: What the loss of each image is multiplied by; the accuracy counts each once.
            return_dict: Whether to return the numbers by name.
            others: Keras' further arguments, at its defaults.

        Returns:
            The loss and each metric, in their order: ``[loss, accuracy]``; the loss alone where none was compiled.

        Raises:
            DataError: If the data does not fit.
            NotSupportedError: If Keras has an argument and cnnlab does not.
            UsageError: If the model is not compiled.
        """
        sample_weight = weights_of_flow(x, y, sample_weight)
        x, y, batch_size = of_flow(x, y, batch_size)
        known = ("batch_size", "verbose", "sample_weight", "return_dict")
        refuse_unless_neutral("evaluate", _TEST_NEUTRAL, others, known)
        chosen = must_be_compiled(self._compiled, f"{self.name}, evaluate")
        engine = self._built_for(as_array(x, "evaluate, x"))
        given = examples(x, y, "evaluate", sample_weight)
        return self._told(applying.evaluate(engine, chosen, given, batch_size, verbose), return_dict)

    def predict(self, x: object, batch_size: int | None = None, verbose: Verbose = "auto", **others: Any) -> Array:  # noqa: ANN401 - Keras' arguments
        """Return the outputs, shape (n, classes), without dropout and with the moving averages.

        Args:
            x: Images, as for `fit`.
            batch_size: Images at a time; None is 32.
            verbose: Accepted for Keras' sake; nothing is printed.
            others: Keras' further arguments, at its defaults.

        Raises:
            DataError: If the images do not fit.
            NotSupportedError: If Keras has an argument and cnnlab does not.
        """
        del verbose
        x, _, batch_size = of_flow(x, None, batch_size)
        refuse_unless_neutral("predict", _TEST_NEUTRAL, others, ("batch_size", "verbose"))
        return applying.predict(self._built_for(as_array(x, "predict, x")), x, batch_size)

    def predict_on_batch(self, x: object) -> Array:
        """Return the outputs of one batch."""
        images = as_array(x, "predict_on_batch, x")
        return applying.predict(self._built_for(images), images, max(1, len(images)))

    def train_on_batch(
        self,
        x: object,
        y: object = None,
        sample_weight: object = None,
        class_weight: Mapping[Any, float] | None = None,
        *,
        return_dict: bool = False,
        **others: Any,  # noqa: ANN401 - Keras' arguments
    ) -> float | list[float] | dict[str, float]:
        """Make one update with one batch.

        Args:
            x: Images, as for `fit`.
            y: Labels, as for `fit`.
            sample_weight: Of each image, as for `fit`.
            class_weight: By class number, as for `fit`.
            return_dict: Whether to return the numbers by name.
            others: Keras' further arguments, at its defaults.

        Returns:
            The loss and each metric of this batch before the update, in training mode; the loss alone without metrics.

        Raises:
            DataError: If the data does not fit.
            NotSupportedError: If Keras has an argument and cnnlab does not.
            UsageError: If the model is not compiled.
        """
        refuse_unless_neutral("train_on_batch", {}, others, ("sample_weight", "class_weight", "return_dict"))
        by_class = read_class_weight(class_weight, "train_on_batch", sample_weight)
        chosen = must_be_compiled(self._compiled, f"{self.name}, train_on_batch")
        engine = self._built_for(as_array(x, "train_on_batch, x"))
        given = examples(x, y, "train_on_batch", sample_weight)
        return self._told(applying.train_on_batch(engine, chosen, given, by_class), return_dict)

    def test_on_batch(
        self,
        x: object,
        y: object = None,
        sample_weight: object = None,
        *,
        return_dict: bool = False,
        **others: Any,  # noqa: ANN401 - Keras' arguments
    ) -> float | list[float] | dict[str, float]:
        """Compare the outputs of one batch with its labels; as `evaluate`, in silence."""
        size = max(1, len(as_array(x, "test_on_batch, x")))
        return self.evaluate(x, y, size, 0, sample_weight, return_dict=return_dict, **others)

    def _built_for(self, images: Array) -> Engine:
        """Build the model, if need be for images of this shape."""
        del images
        return self._built()

    @staticmethod
    def _told(numbers: dict[str, float], by_name: bool) -> float | list[float] | dict[str, float]:
        """Return what is told in the form that Keras' user asked for."""
        if by_name:
            return dict(sorted(numbers.items()))
        return [*numbers.values()] if len(numbers) > 1 else numbers["loss"]

    def __call__(self, *args: object, **kwargs: object) -> NoReturn:
        """Refuse what Keras uses to join models."""
        del args, kwargs
        raise NotSupportedError(
            explain(expected="predict(x)", got="a call of the model", where=self.name, fix="Write model.predict(x).")
        )

    def __getattr__(self, name: str) -> NoReturn:
        """Answer for what Keras' models have and this one has not."""
        here = [known for known in dir(type(self)) if not known.startswith("_")]
        if name in keras_names()["Sequential"]:
            raise AbsentMethodError(not_here(name, type(self).__name__, here))
        fix = "" if name.startswith("_") else did_you_mean(name, here)
        raise AttributeError(explain(expected=f"a method of {type(self).__name__}", got=name, fix=fix))
