"""Words to the user that stop nothing: warnings that point at the user's own line."""

import inspect
import warnings
from types import FrameType

from cnnlab.errors.tree import CnnlabWarning

_NOT_THE_USER = ("cnnlab.", "importlib.")


def say(text: str) -> None:
    """Warn at the line of the user's code that led here, however many of our functions lie between."""
    frame = _users_frame()
    warnings.warn_explicit(
        text,
        CnnlabWarning,
        filename=frame.f_code.co_filename,
        lineno=frame.f_lineno,
        module=frame.f_globals.get("__name__", "<unknown>"),
        # Python keeps there what was said at which line, so that it is said once.
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _users_frame() -> FrameType:
    frame = inspect.currentframe()
    assert frame is not None
    while frame.f_back is not None and f"{frame.f_globals.get('__name__', '')}.".startswith(_NOT_THE_USER):
        frame = frame.f_back
    return frame
