"""The exceptions of cnnlab, and the exit code that the command line gives each."""

from typing import ClassVar, Final

EXIT_CODES: Final = {
    0: "done",
    1: "failed",
    2: "wrong usage: a word on the command line, a study file, a network or data that cannot be used",
    3: "a threshold that was asked for is not met",
    4: "a data set is available from none of its sources",
    130: "interrupted; what was there is kept",
}


class CnnlabError(Exception):
    """Anything that cnnlab refuses or fails to do; catch this to catch them all."""

    exit_code: ClassVar[int] = 1


class UsageError(CnnlabError, ValueError):
    """The user asked for something that cannot be."""

    exit_code: ClassVar[int] = 2


class NetworkError(UsageError):
    """A description of a network that does not fit together."""


class DataError(UsageError):
    """Data that should not be trained on."""


class StudyFileError(UsageError):
    """A study file that cannot be read as a study."""


class NotSupportedError(UsageError, NotImplementedError):
    """A name or argument of Keras that cnnlab knows and does not have."""


class DataUnavailableError(CnnlabError):
    """A data set that none of its sources could give."""

    exit_code: ClassVar[int] = 4


class NonFiniteLossError(CnnlabError):
    """The loss became infinite or not a number; the weights are those of before that step."""


class InternalError(CnnlabError):
    """A mistake in cnnlab itself, told where it was made."""


class InterruptedRunError(CnnlabError):
    """The user stopped the work; what was done so far has been kept."""

    exit_code: ClassVar[int] = 130


class CnnlabWarning(UserWarning):
    """Something that goes on as asked and that the user should know: an old spelling, a peculiarity of the data."""
