"""A checkpoint is named and there, or neither, also where Ctrl-C comes between the two."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import killed_studies
import pytest

from cnnlab import data
from cnnlab.backends import get_backend
from cnnlab.experiments import provenance
from cnnlab.lab.book import StudyBook
from cnnlab.lab.study_file import load_plan
from cnnlab.records import CheckpointMade
from cnnlab.store import open_store
from cnnlab.store.database import Database


@pytest.mark.parametrize("moment", ["before", "after"])
def test_ctrl_c_around_the_end_of_the_transaction_leaves_the_file_and_its_name_or_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    (tmp_path / "study.toml").write_text(killed_studies.STUDIES["tiny"])
    plan = load_plan(tmp_path / "study.toml")
    with open_store(tmp_path / "runs") as store:
        book = StudyBook(store, plan, provenance(get_backend(None), data.load(plan.data), 1))
        task = next(book.tasks("compiled", 1, lambda _: None))
        writing = Database.writing

        @contextmanager
        def interrupted(self: Database, *, durable: bool = False) -> Iterator[Any]:
            with writing(self, durable=durable) as connection:
                yield connection
                if moment == "before":
                    raise KeyboardInterrupt
            raise KeyboardInterrupt

        (run,) = store.runs()
        assert task.folder is not None
        with monkeypatch.context() as patch:
            patch.setattr(Database, "writing", interrupted)
            with pytest.raises(KeyboardInterrupt):
                store.keep_checkpoint(run.id, CheckpointMade(task.trial.key, 1, 5, False, b"content"), task.folder)
        contents = [store.read_checkpoint(one) for one in store.checkpoints(run.id)]
        assert contents == ([b"content"] if moment == "after" else [])
        assert len(list(task.folder.glob("checkpoint-*.bin"))) == len(contents)
