"""What cnnlab says when it cannot go on: one tree of exceptions, one builder of messages.

A message says what was expected, what came by name, where, and what to type next. The command line prints it
without a traceback and leaves with the exception's ``exit_code``.
"""

from cnnlab.errors.messages import did_you_mean, explain
from cnnlab.errors.tree import (
    EXIT_CODES,
    CnnlabError,
    CnnlabWarning,
    DataError,
    DataUnavailableError,
    InternalError,
    InterruptedRunError,
    NetworkError,
    NonFiniteLossError,
    NotSupportedError,
    StudyFileError,
    UsageError,
)
from cnnlab.errors.words import say

__all__ = [
    "EXIT_CODES",
    "CnnlabError",
    "CnnlabWarning",
    "DataError",
    "DataUnavailableError",
    "InternalError",
    "InterruptedRunError",
    "NetworkError",
    "NonFiniteLossError",
    "NotSupportedError",
    "StudyFileError",
    "UsageError",
    "did_you_mean",
    "explain",
    "say",
]
