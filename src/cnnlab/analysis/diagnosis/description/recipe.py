"""How the network is trained: learning rate, updates, averages that need many of them, labels, order."""

from collections.abc import Iterator
from math import ceil, log10

from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.walking import live
from cnnlab.analysis.diagnosis.description.wording import amount, change, percent
from cnnlab.analysis.diagnosis.suspects import Change, RemoveLayer, SetArgument, SetRecipe, Suspect
from cnnlab.arch.layers import BatchNormalization
from cnnlab.records import SGD, CategoricalCrossentropy, LearningRateSchedule, OneCycle, Optimizer

# Learning rates that usually work, from and to; SGD's as they act with momentum. Keras' default for Adadelta, 0.001,
# is a thousandth of its paper's.
_USUAL_RATES = {
    **dict.fromkeys(("Adam", "AdamW", "Nadam", "RMSprop"), (0.0003, 0.003)),
    "Adamax": (0.0003, 0.01),
    "SGD": (0.01, 0.1),
    "Adadelta": (0.3, 3.0),
}
# What is proposed instead: Keras' defaults, but for Adadelta.
_DEFAULT_RATES = {**dict.fromkeys(_USUAL_RATES, 0.001), "SGD": 0.01, "Adadelta": 1.0}
_QUICK_MOMENTA = (0.9, 0.5)
_USUAL_SMOOTHING = 0.1

_NO_SHUFFLE, _SMOOTHING, _DECAY, _FEW, _RATE, _NO_RATE = 0.3, 0.4, 0.4, 0.3, 0.2, 0.9


def learning_rates(seen: Seen) -> Iterator[Suspect]:
    """Find learning rates far from what usually works for the optimizer.

    With momentum m each gradient acts 1 / (1 - m) times in all, so SGD's rate is divided by 1 - m.
    """
    optimizer = seen.recipe.optimizer
    kind, (field, rate) = type(optimizer).__name__, _rate(optimizer)
    momentum = optimizer.momentum if isinstance(optimizer, SGD) else 0.0
    if kind not in _USUAL_RATES or rate is None or momentum >= 1:
        return
    acting, (least, most) = rate / (1 - momentum), _USUAL_RATES[kind]
    if least / seen.thresholds.rate_factor < acting < most * seen.thresholds.rate_factor:
        return
    acts = f" of {amount(rate)} with momentum {amount(momentum)} acts like {amount(acting)}"
    text = f"{kind}'s learning rate{acts if momentum else f' is {amount(rate)}'}"
    text += f"; {amount(least)} to {amount(most)} is usual."
    evidence = (
        ("learning rate", rate),
        ("momentum", momentum),
        ("acting rate", acting),
        ("usual, least", least),
        ("usual, most", most),
    )
    weight = _RATE + 0.25 * log10(max(acting / most, least / acting)) if acting else _NO_RATE
    default = _DEFAULT_RATES[kind]
    changes = tuple(change(SetRecipe(f"optimizer.{field}", to)) for to in (default, default * (1 - momentum)))
    yield Suspect("learning-rate", (), text, evidence, "description", changes, round(min(_NO_RATE, weight), 2))


def _rate(optimizer: Optimizer) -> tuple[str, float | None]:
    """Return where the optimizer's highest learning rate stands, and its value; None where a schedule hides it."""
    rate = getattr(optimizer, "learning_rate", None)
    if not isinstance(rate, LearningRateSchedule):
        return "learning_rate", rate
    warm = getattr(rate, "warmup_target", None) is not None
    name = "max_learning_rate" if isinstance(rate, OneCycle) else "warmup_target" if warm else "initial_learning_rate"
    return f"learning_rate.{name}", getattr(rate, name, None)


def few_updates(seen: Seen) -> Iterator[Suspect]:
    """Find trainings with few updates: few epochs, or batches as large as the data."""
    updates, least = seen.updates, seen.thresholds.few_updates
    if updates is None or updates >= least:
        return
    recipe = seen.recipe
    text = (
        f"The weights are updated at most {updates} times in all: {recipe.epochs} epoch{'s' * (recipe.epochs > 1)} in "
        f"batches of {recipe.batch_size} images."
    )
    evidence = (("updates", updates), ("epochs", recipe.epochs), ("batch size", recipe.batch_size))
    changes = _more_updates(seen, updates, least)
    weight = round(min(0.9, _FEW + 0.6 * (1 - updates / least)), 2)
    yield Suspect("few-updates", (), text, evidence, "description", changes, weight)


def _more_updates(seen: Seen, updates: int, least: int) -> tuple[Change, ...]:
    """Propose smaller batches, which cost no time, and more epochs."""
    factor = ceil(least / max(1, updates)) + 1
    batch = max(1, seen.recipe.batch_size // factor)
    return (change(SetRecipe("batch_size", batch)), change(SetRecipe("epochs", seen.recipe.epochs * factor)))


def moving_averages(seen: Seen) -> Iterator[Suspect]:
    """Find batch normalizations whose moving averages cannot have arrived: m ** n of their start is left."""
    batches = seen.batches
    if batches is None:
        return
    for node in live(seen.network):
        if isinstance(node.layer, BatchNormalization):
            momentum = node.layer.momentum
            left = momentum**batches
            if left > seen.thresholds.average_left:
                yield Suspect(
                    "late-moving-average",
                    (node.name,),
                    f"After {batches} batches with momentum {amount(momentum)} the moving averages of {node.name} hold "
                    f"{percent(left)} of what they started with.",
                    (("batches", batches), ("momentum", momentum), ("share left", left)),
                    "description",
                    _quicker(seen, node.name, batches),
                    round(0.2 + 0.6 * left, 2),
                )


def _quicker(seen: Seen, name: str, batches: int) -> tuple[Change, ...]:
    """Propose the slowest average that arrives in so many batches, and none."""
    arriving = [momentum for momentum in _QUICK_MOMENTA if momentum**batches <= seen.thresholds.average_left]
    return (
        *(change(SetArgument(name, "momentum", momentum)) for momentum in arriving[:1]),
        change(RemoveLayer(name)),
    )


def averaged_weights(seen: Seen) -> Iterator[Suspect]:
    """Find averages of the weights, as the optimizer may keep them, that still hold the first ones.

    The average begins with the weights after the first update; each further batch leaves momentum times of it.
    """
    optimizer, batches = seen.recipe.optimizer, seen.batches
    if batches is None or not optimizer.use_ema or optimizer.ema_overwrite_frequency is not None:
        return
    left = optimizer.ema_momentum ** max(0, batches - (optimizer.gradient_accumulation_steps or 1))
    if left > seen.thresholds.average_left:
        text = (
            f"After {batches} batches the average of the weights, with momentum {amount(optimizer.ema_momentum)}, "
            f"still holds {percent(left)} of those after the first update."
        )
        evidence = (("batches", float(batches)), ("momentum", optimizer.ema_momentum), ("share left", left))
        changes = (change(SetRecipe("optimizer.use_ema", value=False)),)
        yield Suspect("late-average", (), text, evidence, "description", changes, round(0.2 + 0.6 * left, 2))


def weight_decays(seen: Seen) -> Iterator[Suspect]:
    """Find a weight decay that holds all weights small: Adam, whose steps are about the rate, gets to 1 / decay.

    Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019), use up to about 0.1.
    """
    decay = seen.recipe.optimizer.weight_decay
    if decay is not None and decay >= seen.thresholds.weight_decay:
        text = f"At each update every weight loses {amount(decay)} times the learning rate of itself (weight_decay)."
        evidence = (("weight decay", decay),)
        changes = (change(SetRecipe("optimizer.weight_decay", None)),)
        yield Suspect("weight-decay", (), text, evidence, "description", changes, _DECAY)


def labels_and_order(seen: Seen) -> Iterator[Suspect]:
    """Find labels smoothed beyond what is usual, and images that come in the same order each epoch."""
    loss = seen.recipe.loss
    if isinstance(loss, CategoricalCrossentropy) and loss.label_smoothing >= seen.thresholds.label_smoothing:
        text = f"Label smoothing spreads {percent(loss.label_smoothing)} of each label over all classes."
        evidence = (("label smoothing", loss.label_smoothing),)
        changes = (change(SetRecipe("loss.label_smoothing", _USUAL_SMOOTHING)),)
        yield Suspect("label-smoothing", (), text, evidence, "description", changes, _SMOOTHING)
    if not seen.recipe.shuffle:
        text = "The images are not shuffled: each epoch has the same batches in the same order."
        changes = (change(SetRecipe("shuffle", value=True)),)
        yield Suspect("no-shuffle", (), text, (), "description", changes, _NO_SHUFFLE)
