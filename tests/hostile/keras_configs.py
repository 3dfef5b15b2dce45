"""Hostile descriptions of models: code in them, classes of others, numbers without end, values of the wrong kind."""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any, Final

from archives import members, packed
from case import Case

_CONFIG: Final = "config.json"
Config = dict[str, Any]
Change = Callable[[Config], object]


@cache
def _sound() -> Config:
    found: Config = json.loads(members()[_CONFIG])
    return found


def _file(text: bytes) -> bytes:
    return packed({**members(), _CONFIG: text})


def _changed(change: Change) -> Callable[[], bytes]:
    """Change a sound description and put it back into its file."""

    def make() -> bytes:
        config = deepcopy(_sound())
        change(config)
        return _file(json.dumps(config).encode())

    return make


def _replaced(old: str, new: str) -> Callable[[], bytes]:
    """Change the text itself, where JSON's own writer would not do it."""

    def make() -> bytes:
        text = json.dumps(_sound())
        assert old in text
        return _file(text.replace(old, new, 1).encode())

    return make


def _layer(index: int, **changes: object) -> Change:
    return lambda config: config["config"]["layers"][index].update(changes)


def _argument(index: int, **changes: object) -> Change:
    return lambda config: config["config"]["layers"][index]["config"].update(changes)


def _added(class_name: str, module: str = "keras.layers", registered: str | None = None, **config: object) -> Change:
    item = {"module": module, "class_name": class_name, "config": config, "registered_name": registered}
    return lambda whole: whole["config"]["layers"].insert(1, item)


def _compiled(**changes: object) -> Change:
    return lambda config: config["compile_config"].update(changes)


_CODE: Final = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None, "closure": None}}
_SYSTEM: Final = {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}

_CHANGES: Final[tuple[tuple[str, str, Change], ...]] = (
    ("a Lambda with code", "'Lambda'", _added("Lambda", function=_CODE, output_shape=None)),
    ("a lambda as an activation", "activation", _argument(1, activation=_CODE)),
    ("a TFSMLayer that loads a folder", "'TFSMLayer'", _added("TFSMLayer", filepath="/tmp/evil", call_endpoint="x")),
    ("a class of the file's own", "Keras' own", _added("Evil", "custom_package", "package>Evil")),
    ("a known name registered by others", "Keras' own", _layer(1, registered_name="package>Conv2D")),
    ("os.system as a layer", "Keras' own", _added("system", "os", command="touch /tmp/x")),
    ("os.system as an activation", "activation", _argument(1, activation=_SYSTEM)),
    (
        "builtins.eval as an initializer",
        "initializer",
        _argument(1, kernel_initializer={**_SYSTEM, "module": "builtins"}),
    ),
    ("keras' own loader as a layer", "'load_model'", _added("load_model", "keras.saving", filepath="gs://x/y")),
    ("get_file as a layer", "'get_file'", _added("get_file", "keras.utils", origin="http://127.0.0.1/x")),
    ("a model in a model", "'Sequential'|'Functional'", _added("Functional", "keras", layers=[])),
    ("a bidirectional wrapper of anything", "'Bidirectional'", _added("Bidirectional", layer=_SYSTEM)),
    ("a model class of others", "Keras' own", lambda c: c.update(class_name="Evil", module="evil")),
    ("a model registered by others", "Keras' own", lambda c: c.update(registered_name="package>Sequential")),
    ("a module that is none of Keras'", "Keras' own", lambda c: c.update(module="evil.models")),
    ("safe mode off", "Lambda", lambda c: (c.update(safe_mode=False), _added("Lambda", function=_CODE)(c))),
    ("build_config of another shape", "", _layer(1, build_config={"input_shape": [None, 10**9, 10**9, 9]})),
    ("build_config with code", "", _layer(1, build_config={"class_name": "__lambda__", "config": {}})),
    ("an object in the place of a name", "name", _argument(1, name={"class_name": "__tensor__"})),
    ("Dense of 10^9", "at most", _argument(5, units=10**9)),
    ("filters of 10^9", "at most", _argument(1, filters=10**9)),
    ("a kernel of 10^6 x 10^6", "at most|kernel|fit", _argument(1, kernel_size=[10**6, 10**6], padding="same")),
    ("an image of 10^6 x 10^6", "at most", _argument(0, batch_shape=[None, 10**6, 10**6, 1])),
    ("an image of 2^63 pixels and more", "at most", _argument(0, batch_shape=[None, 2**63, 2**63, 1])),
    ("a stride of 0", "strides", _argument(1, strides=0)),
    ("units below nothing", "units", _argument(5, units=-1)),
    ("units in words", "units", _argument(5, units="3")),
    ("units as a fraction", "units", _argument(5, units=2.5)),
    ("units that are true", "units", _argument(5, units=True)),
    ("an argument that nobody has", "an argument", _argument(5, evil=1)),
    ("an argument called cls", "an argument", _argument(5, cls=1)),
    ("an argument called self", "an argument", _argument(5, self=1)),
    ("an argument without a name", "an argument", _argument(5, **{"": 1})),
    ("a list as an activation", "activation", _argument(5, activation=["relu"])),
    ("a number as a class", "a layer", _layer(1, class_name=7)),
    ("a list as arguments", "config of a layer", _layer(1, config=[1, 2])),
    ("no layers", "layers", lambda c: c["config"].update(layers=[])),
    ("layers as a text", "layers", lambda c: c["config"].update(layers="Conv2D")),
    ("a text as a model", "configuration of a model", lambda c: c.update(config="x")),
    ("a name without end", "name", lambda c: c["config"].update(name="x" * 1_000_000)),
    ("a model's name that writes on the terminal", "name", lambda c: c["config"].update(name="\x1b[2J")),
    (
        "an input within the network",
        "Input as the first",
        lambda c: c["config"]["layers"].append(c["config"]["layers"][0]),
    ),
    ("an optimizer of others", "Keras' own", _compiled(optimizer={**_SYSTEM, "config": {}})),
    ("an optimizer without arguments", "optimizer|class", _compiled(optimizer={"class_name": "Adam"})),
    ("a loss with code", "loss", _compiled(loss=_CODE)),
    ("a loss of nothing", "loss", _compiled(loss={"module": "keras", "class_name": [], "config": {}})),
    ("a metric of others", "metric|accuracy", _compiled(metrics=[_SYSTEM])),
    ("metrics that are a table of tables", "metric|accuracy", _compiled(metrics={"a": {"b": {}}})),
    (
        "a rate of learning in words",
        "learning_rate",
        lambda c: c["compile_config"]["optimizer"]["config"].update(learning_rate="x"),
    ),
    (
        "a rate of learning with code",
        "schedule|Keras' own",
        lambda c: c["compile_config"]["optimizer"]["config"].update(learning_rate=_CODE),
    ),
    (
        "an optimizer's argument called name",
        "an argument|optimizer",
        lambda c: c["compile_config"]["optimizer"]["config"].update(cls=1),
    ),
    ("compile_config as a text", "compiled", lambda c: c.update(compile_config="import os")),
)


def _big_number() -> bytes:
    return json.dumps(_sound()).replace('"units": 3', '"units": ' + "9" * 10_000).encode()


CASES: Final = (
    *(Case(name, "keras", message, _changed(change), loads=not message) for name, message, change in _CHANGES),
    Case("a key twice", "keras", "twice", _replaced('"units": 3', '"units": 3, "units": 4')),
    Case("a number that is none", "keras", "NaN", _replaced('"units": 3', '"units": NaN')),
    Case("a number without end", "keras", "Infinity", _replaced('"units": 3', '"units": -Infinity')),
    Case("a number of 10,000 digits", "keras", "JSON", lambda: _file(_big_number())),
    Case("a number beyond all numbers", "keras", "units", _replaced('"units": 3', '"units": 1e999')),
    Case("lists 100,000 deep", "keras", "JSON", lambda: _file(b"[" * 100_000 + b"]" * 100_000)),
    Case("tables 50,000 deep", "keras", "JSON", lambda: _file(b'{"a":' * 50_000 + b"1" + b"}" * 50_000)),
    Case("4 MiB of lists", "keras", "object|layers", lambda: _file(b"[" + b"[]," * 1_300_000 + b"[]]")),
    Case("4 MiB of tables", "keras", "", lambda: _file(b'{"layers":[' + b'{"":0},' * 550_000 + b"{}]}")),
    Case("a list as the whole", "keras", "an object", lambda: _file(b"[]")),
    Case("half a character", "keras", "JSON", lambda: _file(b'{"a": "\xff"}')),
    Case("half a pair of characters", "keras", "name", _changed(lambda c: c["config"].update(name="\ud800"))),
    Case("a description alone with code", "json", "'Lambda'", lambda: json.dumps(_with_code()).encode()),
    Case("a description alone, 30 MiB", "json", "at most", lambda: b" " * (30 << 20)),
    Case("a description alone, Dense of 10^9", "json", "at most", lambda: json.dumps(_wide()).encode()),
    Case("a description alone, lists without end", "json", "JSON", lambda: b"[" * 1_000_000),
    Case("a description alone, a key twice", "json", "twice", lambda: b'{"class_name": 1, "class_name": 2}'),
    Case("a description alone, a bare number", "json", "configuration", lambda: b"7"),
)


def _with_code() -> Config:
    config = deepcopy(_sound())
    _added("Lambda", function=_CODE)(config)
    return config


def _wide() -> Config:
    config = deepcopy(_sound())
    _argument(5, units=10**9)(config)
    return config
