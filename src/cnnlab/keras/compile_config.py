"""How a model was compiled, in the words of Keras' files: out, and in through cnnlab's own names and checks."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

import numpy as np

from cnnlab.arch.network import snake_case
from cnnlab.errors import NotSupportedError, UsageError, explain
from cnnlab.keras.compiled_metrics import metric_config, metric_of_config
from cnnlab.keras.compiling import compiled
from cnnlab.keras.engine import Compiled
from cnnlab.records import InverseTimeDecay, LearningRateSchedule, Loss, OneCycle, Optimizer
from cnnlab.training import loss_named, optimizer_named, schedule_named

Config = dict[str, Any]

# Arguments of Keras' objects that change nothing at these values.
_NEUTRAL: Final[dict[str, dict[str, tuple[Any, ...]]]] = {
    "optimizer": {"jit_compile": (True, False, None), "is_legacy_optimizer": (False, None)},
    "loss": {"reduction": ("sum_over_batch_size", "auto", None), "axis": (-1,), "dtype": ("float32", None)},
    "schedule": {},
    "metric": {"dtype": ("float32", None)},
}
_LOSS_ALSO: Final = {"ignore_class": (None,)}
_LIST: Final = (list, tuple)


def compile_config(chosen: Compiled) -> Config:
    """Write what ``compile`` fixed as Keras' files do.

    Raises:
        NotSupportedError: If Keras has no such schedule.
    """
    return {
        "optimizer": _optimizer_config(chosen.optimizer),
        "loss": _loss_config(chosen.loss),
        "loss_weights": None,
        "metrics": [metric_config(name, chosen.counted.get(name), chosen.loss) for name in chosen.metrics] or None,
        "weighted_metrics": None,
        "run_eagerly": False,
        "steps_per_execution": 1,
        "jit_compile": False,
    }


def read_compile_config(config: object, where: str) -> Compiled:
    """Read how a model was compiled; nothing in it is run.

    Args:
        config: What stands under ``compile_config``.
        where: What messages call the file.

    Raises:
        NotSupportedError: If Keras has it and cnnlab does not; the message says how to load the model without it.
        UsageError: If it is no such thing.
    """
    if not isinstance(config, Mapping):
        raise UsageError(explain(expected="how the model was compiled", got=repr(config)[:80], where=where))
    try:
        loss, optimizer = _loss(config.get("loss")), _optimizer(config.get("optimizer"))
        metrics = [_metric(one) for one in _flat(config.get("metrics"))]
        others = {name: config.get(name) for name in ("loss_weights", "weighted_metrics")}
        return compiled(optimizer, loss, metrics, others)
    except UsageError as error:
        fix = "compile=False loads the model without it."
        raise type(error)(f"{where}, compile_config: {error} {fix}") from None


# Out.


def _object(module: str, name: str, config: Config) -> Config:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def _optimizer_config(optimizer: Optimizer) -> Config:
    values = {field.name: getattr(optimizer, field.name) for field in fields(optimizer) if field.name != "decay"}
    rate = values["learning_rate"]
    if optimizer.decay:
        rate = InverseTimeDecay(float(rate), 1, optimizer.decay)  # what decay= means, in today's words
    values["learning_rate"] = _schedule_config(rate) if isinstance(rate, LearningRateSchedule) else rate
    name = type(optimizer).__name__
    return _object("keras.optimizers", name, {"name": snake_case(name), **values})


def _schedule_config(schedule: LearningRateSchedule) -> Config:
    name = type(schedule).__name__
    if isinstance(schedule, OneCycle):
        fix = "save_weights keeps the weights."
        raise NotSupportedError(explain(expected="a schedule that Keras has", got=name, fix=fix))
    values = {field.name: _listed(getattr(schedule, field.name)) for field in fields(schedule)}
    return _object("keras.optimizers.schedules", name, values)


def _loss_config(loss: Loss) -> Config:
    name = type(loss).__name__
    values = {field.name: getattr(loss, field.name) for field in fields(loss)}
    return _object("keras.losses", name, {"name": snake_case(name), "reduction": "sum_over_batch_size", **values})


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


# In.


def _optimizer(value: object) -> Optimizer:
    name, arguments = _named(value, "optimizer")
    rate = arguments.get("learning_rate")
    if isinstance(rate, Mapping):
        schedule, told = _named(rate, "schedule")
        arguments["learning_rate"] = schedule_named(schedule, **told)
    elif isinstance(rate, float):
        arguments["learning_rate"] = _as_written(rate)
    return optimizer_named(name, **arguments)


def _as_written(rate: float) -> float:
    """Return 0.001 where Keras says 0.0010000000474974513: it keeps a rate in 32 bits."""
    with np.errstate(over="ignore"):
        kept = np.float32(rate)
    return float(str(kept)) if kept == rate else rate


def _loss(value: object) -> Loss:
    name, arguments = _named(value, "loss")
    return loss_named(snake_case(name), **arguments)


def _named(value: object, what: str) -> tuple[str, Config]:
    """Take Keras' object apart: the name of its class, and its arguments without those that change nothing."""
    if isinstance(value, str):
        return value, {}
    if not isinstance(value, Mapping):
        raise UsageError(explain(expected=f"a name or an object of Keras' as {what}", got=repr(value)[:80]))
    module, name = str(value.get("module") or "keras"), str(value.get("class_name"))
    if module.split(".", maxsplit=1)[0] != "keras" or ">" in str(value.get("registered_name") or ""):
        raise NotSupportedError(explain(expected=f"one of Keras' own as {what}", got=f"{module}.{name}"))
    if not isinstance(value.get("config"), str | Mapping):
        raise UsageError(explain(expected=f"config of {what} {name}", got=repr(value.get("config"))[:80]))
    if name == "function" or isinstance(value["config"], str):
        return str(value["config"]), {}
    arguments = {key: _listed_back(one) for key, one in value["config"].items() if key != "name"}
    for argument, neutral in {**_NEUTRAL[what], **(_LOSS_ALSO if what == "loss" else {})}.items():
        given = _plain(arguments.pop(argument, neutral[0]))
        if given not in neutral:
            expected = f"{argument}={neutral[0]!r}, the only value cnnlab has"
            raise NotSupportedError(explain(expected=expected, got=repr(given)[:80], where=f"{what} {name}"))
    return name, arguments


def _plain(value: object) -> object:
    """Return the name of a dtype policy, and all else as it is."""
    if isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):
        return value["config"].get("name")
    return value


def _listed_back(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _flat(metrics: object) -> list[object]:
    """List metrics; Keras may put a list for the only output into the list of outputs."""
    listed = list(metrics) if isinstance(metrics, _LIST) else [] if metrics is None else [metrics]
    return [one for inner in listed for one in (inner if isinstance(inner, _LIST) else [inner])]


def _metric(value: object) -> object:
    """Return a metric, or its name."""
    if not isinstance(value, Mapping):
        return value
    kind, arguments = _named(value, "metric")
    config = value["config"]
    return metric_of_config(kind, config.get("name") if isinstance(config, Mapping) else None, arguments)
