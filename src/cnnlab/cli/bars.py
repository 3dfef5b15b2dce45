"""The bar of a download, drawn by rich; where stderr is no terminal there is a line."""

from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TaskProgressColumn, TextColumn

_DOING = ("Looking ", "Reading ")


class FetchBar:
    """The bar of a download, or of a reading of the user's own data, which says by its name what it does."""

    def __init__(self, stream: TextIO) -> None:
        """Prepare to draw on a stream."""
        self._stream = stream
        self._console = Console(file=stream, highlight=False)
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def show(self, name: str, done: int, total: int | None) -> None:
        """Move the bar of one file; without a terminal say once that it is being fetched."""
        if name in self._tasks and self._progress is not None:
            self._progress.update(self._tasks[name], completed=done, total=total)
        elif name not in self._tasks:
            self._tasks[name] = self._begin(name, done, total)

    def close(self) -> None:
        """Take the bars off the screen."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _begin(self, name: str, done: int, total: int | None) -> TaskID:
        if not self._console.is_terminal:
            print(f"{_doing(name)} ...", file=self._stream, flush=True)
            return TaskID(-1)
        if self._progress is None:
            amount = DownloadColumn() if _doing(name) != name else TaskProgressColumn()
            columns = (TextColumn("{task.description}", markup=False), BarColumn(), amount)
            self._progress = Progress(*columns, console=self._console, transient=True)
            self._progress.start()
        return self._progress.add_task(_doing(name), total=total, completed=done)


def _doing(name: str) -> str:
    """Write what is done: a download names its file, a reading itself."""
    return name if name.startswith(_DOING) else f"Fetching {name}"
