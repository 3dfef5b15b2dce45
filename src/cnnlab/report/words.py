"""Numbers and settings in words: times, counts, recipes, names of data sets."""

from dataclasses import fields
from math import ceil, isfinite

from cnnlab.analysis.observation import half_up, listing
from cnnlab.arch.network import snake_case
from cnnlab.records import CallbackRecipe, ClassWeights, LearningRateSchedule, Recipe
from cnnlab.report.schedules import schedule_text

DATA_TITLES = {
    "mnist": "MNIST",
    "fashion_mnist": "Fashion-MNIST",
    "kmnist": "Kuzushiji-MNIST",
    "cifar10": "CIFAR-10",
    "made-up": "Made-up data",
}
_WEIGHTS = 6
"""So many class weights are written one by one."""
_BYTE_UNITS = ("B", "KiB", "MiB", "GiB")


def format_seconds(seconds: float) -> str:
    """Write a time as people say it.

    Args:
        seconds: Not negative.

    Returns:
        At most 7 characters for less than 100 hours.

    Example:
        >>> [format_seconds(s) for s in (0.84, 28, 252, 3725, 90061)]
        ['0.8s', '28s', '4m 12s', '1h 02m', '25h 01m']
    """
    if not isfinite(seconds):
        return "-"
    if round(seconds, 1) < 10:  # noqa: PLR2004 - below ten a decimal says something
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest}s"
    if minutes < 60:  # noqa: PLR2004 - minutes in an hour
        return f"{minutes}m {rest:02d}s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours}h {minutes:02d}m"


def format_bytes(count: float) -> str:
    """Write a size in memory, in units of 1024 as processors' caches are told.

    Example:
        >>> [format_bytes(count) for count in (64, 2048, 2_485_120)]
        ['64 B', '2.0 KiB', '2.4 MiB']
    """
    size, unit = float(count), 0
    while size >= 1024 and unit < len(_BYTE_UNITS) - 1:  # noqa: PLR2004 - the unit
        size, unit = size / 1024, unit + 1
    return f"{size:.1f} {_BYTE_UNITS[unit]}" if unit else f"{size:.0f} B"


def metric(value: float) -> str:
    """Write a loss or an accuracy with four decimals, a huge loss shorter.

    Returns:
        At most 7 characters for what is not negative.

    Example:
        >>> [metric(value) for value in (0.02813, 2.3026, 1234.56, 123456.0, float("nan"))]
        ['0.0281', '2.3026', '1234.6', '1.2e+05', 'nan']
    """
    if not isfinite(value):
        return str(value)
    if round(abs(value), 4) < 100:  # noqa: PLR2004 - a loss of a hundred and more is broken: its size is enough
        return f"{half_up(value):.4f}"
    return f"{value:.1f}" if round(abs(value), 1) < 100_000 else f"{value:.2g}"  # noqa: PLR2004 - likewise


def points(share: float) -> str:
    """Write a difference of two shares in percentage points.

    Example:
        >>> points(0.00123)
        '0.12'
    """
    return f"{share * 100:.2f}"


def printable(text: str, *, unicode: bool = True) -> str:
    r"""Put a blank for each unprintable character, and without Unicode a question mark for each beyond ASCII.

    Example:
        >>> printable("a\tb"), printable("naïve", unicode=False)
        ('a b', 'na?ve')
    """
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    return clean if unicode else clean.encode("ascii", "replace").decode("ascii")


def cut(name: str, room: int) -> str:
    """Keep both ends of a name: names of one study often differ in the last letters.

    Example:
        >>> cut("architecture-2-as-intended", 16)
        'archite..ntended'
    """
    if len(name) <= room:
        return name
    half = (room - 2) // 2
    return f"{name[:half]}..{name[len(name) - half :]}"


def data_title(name: str) -> str:
    """Write a data set's name as its makers do."""
    return DATA_TITLES.get(name, name)


def image_counts(train_images: int, test_images: int) -> str:
    """Say how many images there are.

    Example:
        >>> image_counts(60_000, 10_000)
        '60,000 training and 10,000 test images'
    """
    return f"{train_images:,} training and {test_images:,} test images"


def validation_line(images: int) -> str:
    """Say what each epoch is validated with.

    Example:
        >>> validation_line(5000)
        'Validation: 5,000 held-out training images'
    """
    return f"Validation: {plural(images, 'held-out training image')}"


def recipe_text(recipe: Recipe, train_images: int | None) -> str:
    """Write a recipe in one line: optimizer and loss with what is not their default, batch size, epochs, callbacks.

    Args:
        recipe: How a network is trained.
        train_images: Images in an epoch, which with the batch size give its steps; None leaves these out.

    Example:
        >>> recipe_text(Recipe(batch_size=128, epochs=12), 60_000)
        'Adam (learning_rate=0.001), categorical crossentropy, batch size 128, 12 epochs of 469 steps'
    """
    steps = "" if train_images is None else f" of {plural(ceil(train_images / recipe.batch_size), 'step')}"
    optimizer = f"{type(recipe.optimizer).__name__} ({_settings(recipe.optimizer, always=('learning_rate',))})"
    loss = snake_case(type(recipe.loss).__name__).replace("_", " ")
    unusual = _settings(recipe.loss)
    return ", ".join(
        [
            optimizer,
            f"{loss} ({unusual})" if unusual else loss,
            f"batch size {recipe.batch_size}",
            f"{plural(recipe.epochs, 'epoch')}{steps}",
            *([] if recipe.shuffle else ["not shuffled"]),
            *([] if recipe.class_weight is None else [f"class weights {class_weight_text(recipe.class_weight)}"]),
            *(callback_text(callback) for callback in recipe.callbacks),
        ]
    )


def class_weight_text(weights: ClassWeights) -> str:
    """Write class weights, of many classes the smallest and the largest.

    Example:
        >>> class_weight_text((("cat", 1.0), ("dog", 3.5))), class_weight_text("balanced")
        ('cat: 1, dog: 3.5', 'balanced')
    """
    if isinstance(weights, str):
        return weights
    if len(weights) <= _WEIGHTS:
        return ", ".join(f"{printable(name)}: {weight:g}" for name, weight in weights)
    values = [weight for _, weight in weights]
    return f"from {min(values):g} to {max(values):g}"


def callback_text(callback: CallbackRecipe) -> str:
    """Name a callback with what is not its default; one of the user's by its class alone.

    Example:
        >>> callback_text(CallbackRecipe("EarlyStopping", (("patience", 3),)))
        'EarlyStopping (patience=3)'
    """
    name = callback.name.rpartition(":")[2]
    told = ", ".join(f"{argument}={value!r}" for argument, value in callback.arguments)
    return f"{name} ({told})" if told else name


def plural(count: int, noun: str) -> str:
    """Write a count with its noun.

    Example:
        >>> plural(1, "epoch"), plural(1500, "step")
        ('1 epoch', '1,500 steps')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def threads_text(threads: object, backend: str) -> str:
    """Write how many threads a run had, which with Keras nobody decides but Keras.

    Example:
        >>> threads_text(2, "compiled"), threads_text(2, "keras 3.15.1 on jax 0.10.2 (cpu:0)")
        ('2 threads', 'as many threads as Keras takes')
    """
    if backend.partition(" ")[0] == "keras":
        return "as many threads as Keras takes"
    return plural(threads, "thread") if isinstance(threads, int) else f"{threads} threads"


def _settings(values: object, always: tuple[str, ...] = ()) -> str:
    """List the arguments of an optimizer or a loss that are not at their default."""
    default = type(values)()
    names = [field.name for field in fields(values)]  # type: ignore[arg-type]  # optimizers and losses are dataclasses
    told = [name for name in names if name in always or getattr(values, name) != getattr(default, name)]
    return ", ".join(f"{name}={_setting(getattr(values, name))}" for name in told)


def _setting(value: object) -> str:
    return schedule_text(value) if isinstance(value, LearningRateSchedule) else repr(value)


__all__ = [
    "callback_text",
    "class_weight_text",
    "cut",
    "data_title",
    "format_bytes",
    "format_seconds",
    "image_counts",
    "listing",
    "metric",
    "plural",
    "printable",
    "recipe_text",
    "validation_line",
]
