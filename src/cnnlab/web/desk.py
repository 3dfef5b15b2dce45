"""What all requests share: the store, the data, networks that are loaded, and threads for what would block the loop."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar

from cnnlab import data
from cnnlab.errors import CnnlabError
from cnnlab.lab.asking import Loader
from cnnlab.lab.own_data import load_data
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import Split
from cnnlab.store import RunFilter, Store

T = TypeVar("T")

_READERS: Final = 4
_WORKERS: Final = 2
_KEPT: Final = 64


class Desk:
    """The state of a server.

    Threads of its own and a fixed number of them: the store keeps a connection for each thread that has ever asked, and
    a comparison of some seconds must not keep an event stream from its next row.

    Args:
        store: Of the folder that is shown; closed by whoever opened it.
        offline: Never use the network for data.
    """

    def __init__(self, store: Store, *, offline: bool = False) -> None:
        self.store = store
        self.offline = offline
        self.loader = Loader()
        self.beginning = Lock()
        self._readers = ThreadPoolExecutor(_READERS, "cnnlab-read")
        self._workers = ThreadPoolExecutor(_WORKERS, "cnnlab-work")
        self._splits: dict[Hashable, Split] = {}
        self._splitting = Lock()
        self._kept: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()
        self._keeping = Lock()

    async def read(self, ask: Callable[[], T]) -> T:
        """Do what takes milliseconds, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, ask)

    async def work(self, do: Callable[[], T]) -> T:
        """Do what may take longer, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._workers, do)

    def close(self) -> None:
        """Let the threads end."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._workers.shutdown(wait=False, cancel_futures=True)

    def split(self, name: str = "mnist") -> Split:
        """Return a data set, loaded once.

        Raises:
            CnnlabError: If no source has it.
        """
        with self._splitting:
            found = self._splits.get((name, None))
            if found is None:
                found = self._splits[name, None] = data.load(name, offline=self.offline)
            return found

    def split_or_none(self, name: str, path: Path | None = None) -> Split | None:
        """Return a data set if it is at hand without the network; what is not there now may come while the server runs.

        Args:
            name: Of the data set.
            path: Where a study had it; looked at first, if it is still there.
        """
        key = (name, path if path and path.exists() else None)
        return self._kept_split(key, lambda: data.load(name, path=key[1], offline=True))

    def split_of(self, name: str, plan: StudyPlan) -> tuple[Split | None, str]:
        """Return the data set of a study if it is at hand without the network; else why it is not.

        Args:
            name: Of the data set, as the study's runs have it.
            plan: The study.
        """
        if plan.own is None:
            return self.split_or_none(name, plan.data_path), ""
        try:
            # Found again by its sums: what lies at the path now may be something else.
            return self._kept_split(
                (name, plan.own), lambda: load_data(plan, offline=True, notify=_silent)[1], tell=True
            ), ""
        except CnnlabError as error:
            return None, str(error)

    def _kept_split(self, key: Hashable, load: Callable[[], Split], *, tell: bool = False) -> Split | None:
        with self._splitting:
            if key not in self._splits:
                try:
                    self._splits[key] = load()
                except CnnlabError:
                    if tell:
                        raise
                    return None
            return self._splits[key]

    def stamp(self, study: int) -> Hashable:
        """Return what changes with whatever happens to the runs of a study; that one is removed is no event."""
        return self.store.last_event(), self.store.count(RunFilter(study_id=study))

    def kept(self, what: Hashable, stamp: Hashable, make: Callable[[], T]) -> T:
        """Return what was made before, unless it was made under another stamp; of each thing one is kept.

        Args:
            what: Names the thing.
            stamp: Of which state it is made.
            make: Makes it.
        """
        with self._keeping:
            if what in self._kept and self._kept[what][0] == stamp:
                self._kept.move_to_end(what)
                found: T = self._kept[what][1]
                return found
        made = make()
        with self._keeping:
            self._kept[what] = (stamp, made)
            self._kept.move_to_end(what)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made


def _silent(_: str) -> None:
    """Nobody reads a server's words on which copy of the same data it took."""
