"""Why one source of a data set could not give it."""

from typing import ClassVar

from cnnlab.errors import DataUnavailableError


class SourceError(DataUnavailableError):
    """One source has something that cannot be used; its text is the reason that a list of sources shows."""

    worth_a_word: ClassVar[bool] = True


class AbsentError(SourceError):
    """One source has nothing at all, which is ordinary: the next one is asked without a word."""

    worth_a_word: ClassVar[bool] = False
