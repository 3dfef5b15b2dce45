"""Six thousand runs: every list goes by an index, and none asks the same lock twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from many_runs import ARCHITECTURES, fill, plan

from cnnlab.store import RunFilter, Store, open_store, queries

COUNT = 6_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("many")) as opened:
        # No epochs: what is asked here is the table of the runs.
        fill(opened, COUNT, epochs=0)
        yield opened


def plan_of(store: Store, chosen: RunFilter, limit: int | None) -> list[str]:
    asked = queries.query(store.database.connection, store.parent, chosen)
    statement = f"EXPLAIN QUERY PLAN {queries.summaries_sql(asked, limit)}"
    return [row[3] for row in store.database.connection.execute(statement, asked.values)]


FILTERS = {
    "all": (RunFilter(), "USING INDEX run_by_began"),
    "architecture": (RunFilter(architecture="architecture-1"), "USING INDEX run_by_architecture (architecture=?"),
    "status": (RunFilter(status="finished"), "USING INDEX run_by_status (status=?"),
    "seed": (RunFilter(seed=3), "USING INDEX run_by_seed (seed=?"),
    "since": (RunFilter(since="2024-05-01"), "USING INDEX run_by_began (began>?"),
    "study": (RunFilter(study_id=3), "USING INDEX run_by_study (study=?"),
    "architecture since": (
        RunFilter(architecture="architecture-1", since="2024-05-01"),
        "USING INDEX run_by_architecture (architecture=? AND began>?",
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_list_goes_by_its_index_and_sorts_nothing(store: Store, name: str) -> None:
    chosen, index = FILTERS[name]
    steps = plan_of(store, chosen, 50)
    assert index in steps[0]
    assert not [step for step in steps if "TEMP B-TREE" in step]
    assert not [step for step in steps if step.startswith("SCAN") and "INDEX" not in step]


@pytest.mark.parametrize(
    "chosen",
    [
        RunFilter(architecture="architecture-2", seed=5, status="finished"),
        RunFilter(study="study-3"),
        RunFilter(ids=("aaaaaaaa",)),
        RunFilter(status="interrupted"),
    ],
)
def test_several_words_together_read_no_whole_table(store: Store, chosen: RunFilter) -> None:
    steps = plan_of(store, chosen, None)
    assert not [step for step in steps if step.startswith("SCAN run")]


def test_every_run_is_listed_once(store: Store) -> None:
    found = list(store.runs())
    assert len({line.id for line in found}) == store.count() == COUNT
    assert [line.began for line in found] == sorted((line.began for line in found), reverse=True)
    parts = [store.count(RunFilter(architecture=name)) for name in ARCHITECTURES]
    assert sum(parts) == COUNT
    assert min(parts) > COUNT // 4


def test_a_process_is_asked_once_however_many_runs_it_has(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    study = store.study("f" * 64, "busy", "busy", "")
    for run in store.plan_ids(study.id, [plan(seed=seed, folder=f"busy/{seed}") for seed in range(30)]):
        assert store.claim(run)
    asked: list[str] = []

    def lives(folder: Path, name: str) -> bool:
        asked.append(name)
        return False

    monkeypatch.setattr(queries, "lives", lives)
    assert store.count(RunFilter(status="interrupted")) == 30
    assert len(asked) == 1
    assert not [step for step in plan_of(store, RunFilter(status="interrupted"), 50) if step.startswith("SCAN run")]
