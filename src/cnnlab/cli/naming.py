"""What a word on the command line means: a network of the zoo, a study file, Keras' JSON."""

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from cnnlab.arch import Network
    from cnnlab.experiments import Architecture
    from cnnlab.lab.plan import StudyPlan

Thing = TypeVar("Thing")

HELP = "A network of the zoo, Keras' model.to_json() in a .json, or a study file."
METAVAR = "NAME|FILE"
_KERAS_CONFIG = ".json"
_STUDY_FILE = ".toml"


def networks(name: str, verb: str) -> "list[Network]":
    """Find the networks that a word means.

    Args:
        name: The word.
        verb: Whose messages they are.
    """
    from cnnlab.arch import zoo  # noqa: PLC0415 - start-up time

    suffix = Path(name).suffix.lower()
    if not suffix:
        return [zoo.network(name)]
    path = _existing(name, suffix, verb)
    if suffix == _KERAS_CONFIG:
        return [_from_keras_json(path)]
    from cnnlab.lab.study_file import load_networks  # noqa: PLC0415 - start-up time

    return list(load_networks(path).values())


def one_network(name: str, verb: str) -> "Network":
    """Find the one network that a word means.

    Args:
        name: The word.
        verb: Whose messages they are.

    Raises:
        UsageError: If there is none, or a study file has several.
    """
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time

    found = networks(name, verb)
    if len(found) > 1:
        names = ", ".join(network.name for network in found)
        raise UsageError(explain(expected="one network", got=names, where=f"{verb} {name}"))
    return found[0]


def architectures(name: str, verb: str) -> "list[Architecture]":
    """Find the networks that a word means, each with the recipe that it is trained by; Keras' JSON has the default one.

    Args:
        name: The word.
        verb: Whose messages they are.
    """
    from cnnlab.experiments import Architecture  # noqa: PLC0415 - start-up time
    from cnnlab.lab.plan import from_zoo  # noqa: PLC0415
    from cnnlab.lab.study_file import load_plan  # noqa: PLC0415
    from cnnlab.records import Recipe  # noqa: PLC0415

    suffix = Path(name).suffix.lower()
    if not suffix:
        return [from_zoo(name)]
    path = _existing(name, suffix, verb)
    if suffix == _KERAS_CONFIG:
        network = _from_keras_json(path)
        return [Architecture(network.name, network, Recipe())]
    return list(load_plan(path).architectures)


def chosen(found: "list[Architecture]", name: str | None, verb: str) -> "list[Architecture]":
    """Keep one architecture by its name; all where none is named.

    Raises:
        UsageError: If none has the name.
    """
    from cnnlab.errors import UsageError, did_you_mean, explain  # noqa: PLC0415 - start-up time

    kept = [one for one in found if name in {None, one.name}]
    if not kept and name is not None:
        fix = did_you_mean(name, [one.name for one in found])
        raise UsageError(
            explain(expected="the name of an architecture", got=repr(name), where=f"{verb} --architecture", fix=fix)
        )
    return kept


def one_of_a_plan(name: str, architecture: str | None, verb: str) -> "tuple[StudyPlan, Architecture]":
    """Find the one architecture that words mean, and the study that says on which data it is trained.

    Args:
        name: A network of the zoo, Keras' JSON, or a study file.
        architecture: Which of a study file's; None for its only one.
        verb: Whose messages they are.

    Raises:
        UsageError: If there is none, or several.
    """
    from cnnlab.lab.plan import StudyPlan  # noqa: PLC0415 - start-up time
    from cnnlab.lab.study_file import load_plan  # noqa: PLC0415

    if Path(name).suffix.lower() == _STUDY_FILE:
        plan = load_plan(_existing(name, _STUDY_FILE, verb))
    else:
        plan = StudyPlan("study", tuple(architectures(name, verb)))
    kept = chosen(list(plan.architectures), architecture, verb)
    return plan, only([(one, one) for one in kept], verb, verb)


def as_word(name: str) -> str:
    """Write a name as one word of a command line."""
    return name if name.replace("-", "").replace("_", "").isalnum() else f'"{name}"'


def only(found: "list[tuple[Architecture, Thing]]", verb: str, what: str) -> "Thing":
    """Return what belongs to the only architecture.

    Raises:
        UsageError: If there are several.
    """
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time

    if len(found) > 1:
        names = [one.name for one, _ in found]
        fix = f"Add --architecture {as_word(names[0])}."
        raise UsageError(explain(expected=f"one network for {what}", got=", ".join(names), where=verb, fix=fix))
    return found[0][1]


def _existing(name: str, suffix: str, verb: str) -> Path:
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time

    if suffix not in {_KERAS_CONFIG, _STUDY_FILE}:
        expected = f"a network of the zoo, or a file that ends in {_KERAS_CONFIG} or {_STUDY_FILE}"
        raise UsageError(explain(expected=expected, got=repr(name), where=verb))
    path = Path(name)
    if not path.is_file():
        raise UsageError(explain(expected="a file", got=f"{name!r}, which is not there", where=verb))
    return path


def _from_keras_json(path: Path) -> "Network":
    from cnnlab.arch import from_keras_config  # noqa: PLC0415 - start-up time
    from cnnlab.errors import UsageError, explain  # noqa: PLC0415 - start-up time

    try:
        return from_keras_config(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise UsageError(explain(expected="JSON in UTF-8", got="other bytes", where=str(path))) from None
    except UsageError as error:
        raise type(error)(f"{path}: {error}") from None
