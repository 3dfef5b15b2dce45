"""A plan as TOML: the resolved study that a run keeps, and that runs again."""

from dataclasses import fields, replace
from typing import Any

import tomli_w

from cnnlab.arch import Network, Node, initializers
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.initializers import Initializer
from cnnlab.arch.layer import Layer
from cnnlab.arch.regularizers import Regularizer
from cnnlab.experiments import Architecture
from cnnlab.lab.own_tables import own_as_table
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.study_wiring import inputs_as_table
from cnnlab.records import Recipe, named_table
from cnnlab.records.class_weights import as_table as weights_as_table
from cnnlab.records.published import as_table


def plan_as_toml(plan: StudyPlan) -> str:
    """Write everything a plan decides, layer by layer, so that a later zoo or default cannot change it."""
    study: dict[str, Any] = {
        "name": plan.name,
        "seeds": list(plan.seeds),
        "notes": list(plan.notes),
        **({} if plan.backend is None else {"backend": plan.backend}),
        "data": _without_none(
            {
                "name": plan.data,
                "path": str(plan.data_path.resolve()) if plan.data_path else None,
                "limit": plan.limit,
                "hold_out": plan.hold_out,
                "test": "held-out" if plan.spare_test else None,
                **own_as_table(plan.own),
            }
        ),
        "architecture": [_architecture(one) for one in plan.architectures],
    }
    return tomli_w.dumps(study)


def _architecture(one: Architecture) -> dict[str, Any]:
    network = one.network
    table = {
        "name": one.name,
        **_recipe(one.recipe),
        "input_shape": list(network.shown(network.input_shape)),
        "data_format": network.data_format,
        "layers": [_layer_of(network, node) for node in network.nodes[1:]],
    }
    if one.published is not None:
        table["published"] = as_table(one.published)
    return table


def _recipe(recipe: Recipe) -> dict[str, Any]:
    table = {
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
        "shuffle": recipe.shuffle,
        "optimizer": _without_none(named_table(recipe.optimizer)),
        "loss": _without_none(named_table(recipe.loss)),
    }
    # One of the user's own has a name of "module:Class", which reading the file answers with a message.
    listed = [{"name": one.name, **_without_none(dict(one.arguments))} for one in recipe.callbacks]
    if recipe.class_weight is not None:
        table["class_weight"] = weights_as_table(recipe.class_weight)
    return {**table, "callbacks": listed} if listed else table


def _layer_of(network: Network, node: Node) -> dict[str, Any]:
    """Write a layer, in a network with branches under its name, so that others can take from it."""
    layer = node.layer if network.is_chain else replace(node.layer, name=node.name)
    return {**layer_as_table(layer), **inputs_as_table(network, node.index)}


def layer_as_table(layer: Layer) -> dict[str, Any]:
    """Write a layer as a study file does: its class and the arguments that are not Keras' defaults."""
    table: dict[str, Any] = {"layer": type(layer).__name__}
    for field in fields(layer):
        value = getattr(layer, field.name)
        if field.name != "input_shape" and value is not None and not _is_default(value, field.default):
            table[field.name] = _as_toml(value)
    return table


def _is_default(value: object, default: object) -> bool:
    if isinstance(value, Initializer) and isinstance(default, str):
        return value == initializers.get(default)
    return value == default or (default is None and value == "linear")


def _as_toml(value: object) -> object:
    if isinstance(value, Initializer | Regularizer | Constraint):
        given = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        config = {name: _as_toml(argument) for name, argument in _without_none(given).items()}
        return {"class_name": type(value).__name__, "config": config} if config else type(value).__name__
    return [_as_toml(one) for one in value] if isinstance(value, tuple) else value


def _without_none(table: dict[str, Any]) -> dict[str, Any]:
    """Leave out what TOML has no word for, also in the tables inside."""
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in table.items()
        if value is not None
    }
