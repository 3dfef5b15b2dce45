"""What the page is told is what the store holds, and what is no id opens nothing."""

import json
from pathlib import Path

import pytest
from visits import NAMES, Visitor

from cnnlab.arch import zoo
from cnnlab.errors import DataUnavailableError
from cnnlab.lab.comparing import Question, compare_stored
from cnnlab.report.comparison_data import comparison_as_dict
from cnnlab.report.comparison_text import comparison_text
from cnnlab.store import RunFilter, open_store
from cnnlab.store.export import run_as_dict, summary_as_dict
from cnnlab.web.desk import Desk
from cnnlab.web.study import pulse


def test_runs_are_those_of_the_list_in_the_terminal(visitor: Visitor) -> None:
    found = visitor.get("/api/runs").json()
    assert found["runs"] == [summary_as_dict(run) for run in visitor.store.runs()]
    assert (found["total"], found["architectures"], found["studies"]) == (4, list(NAMES), ["small"])
    for query, count in (
        ("architecture=architecture-2", 2),
        ("seed=1", 2),
        ("status=finished&seed=0&architecture=architecture-3", 1),
        ("study=small", 4),
        ("study=other", 0),
        ("status=running", 0),
        ("architecture=", 4),
        ("architecture=%3Cscript%3E", 0),
    ):
        answer = visitor.get(f"/api/runs?{query}").json()
        assert (len(answer["runs"]), answer["total"]) == (count, count)
    limited = visitor.get("/api/runs?limit=1").json()
    assert (len(limited["runs"]), limited["total"]) == (1, 4)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=1e3", "limit=%D9%A1", "limit=9999999999999999999", "seed=a", "status=odd"]
)
def test_a_query_that_cannot_be_is_told(visitor: Visitor, query: str) -> None:
    answer = visitor.get(f"/api/runs?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]["where"] == query.partition("=")[0]


def test_studies_are_counted(visitor: Visitor) -> None:
    (study,) = visitor.get("/api/studies").json()["studies"]
    assert {name: study[name] for name in ("id", "name", "runs", "finished", "running", "report")} == {
        "id": 1,
        "name": "small",
        "runs": 4,
        "finished": 4,
        "running": 0,
        "report": True,
    }


def test_a_study_is_whole_and_of_one_moment(visitor: Visitor) -> None:
    study = visitor.get("/api/studies/1").json()
    assert (study["status"], study["time_left"], study["log"]) == ("finished", None, [])
    assert study["last_event"] == visitor.store.last_event()
    assert [(run["architecture"], run["seed"]) for run in study["runs"]] == [(a, s) for a in NAMES for s in (0, 1)]
    for run in study["runs"]:
        stored = run_as_dict(visitor.store, visitor.store.run(run["id"]))
        rows = [{key: value for key, value in row.items() if key != "learning_rate"} for row in stored["history"]]
        assert run.pop("history") == rows
        assert {name: stored[name] for name in run} == run
    assert study["table"]["heads"][0] == "architecture"
    assert {row[0] for row in study["table"]["rows"]} >= {*NAMES, "published"}
    assert all(len(row) == len(study["table"]["heads"]) for row in study["table"]["rows"])
    assert any("95 % interval" in text for text in study["observations"])
    assert 'name = "small"' in study["definition"]


def test_the_table_and_the_observations_are_those_of_the_terminal(visitor: Visitor, runs: Path) -> None:
    """The saved page has the same sentences: it was written by the process that trained."""
    page = (runs / visitor.store.studies()[0].folder / "report.html").read_text(encoding="utf-8")
    study = visitor.get("/api/studies/1").json()
    sentences = [text.replace("+-", "±").split(". ")[0] for text in study["observations"]]
    told = page.replace("&#39;", "'")
    assert sum(sentence[:60] in told.replace("+-", "±") for sentence in sentences) >= len(sentences) // 2


def test_a_run_that_is_removed_is_in_no_table_and_no_answer_anymore(visitor: Visitor) -> None:
    """That a run is removed is no event: what was kept since the last event knows it still."""
    before, asked = visitor.get("/api/studies/1").json(), {"image": 0}
    assert len(visitor.post("/api/pad", asked).json()["answers"]) == len(NAMES)
    desk = Desk(visitor.store, offline=True)
    assert pulse(desk, 1)["status"] == "finished"
    gone = [run["id"] for run in before["runs"] if run["architecture"] == NAMES[0]]
    visitor.store.remove(gone)
    after = visitor.get("/api/studies/1").json()
    shown = [next(row for row in one["table"]["rows"] if row[0] == NAMES[0])[1] for one in (before, after)]
    assert shown == ["2", "-"]
    assert [one["architecture"] for one in visitor.post("/api/pad", asked).json()["answers"]] == list(NAMES[1:])
    visitor.store.remove([run["id"] for run in after["runs"]])
    assert visitor.get("/api/studies/1").json()["table"]["rows"] == []
    assert visitor.post("/api/pad", asked).json()["answers"] == []
    assert pulse(desk, 1)["status"] == "stopped"
    desk.close()


def test_a_comparison_is_that_of_the_terminal(visitor: Visitor) -> None:
    ids = [run.id for run in visitor.store.runs()]
    answer = visitor.get(f"/api/compare?runs={','.join(ids)}").json()
    sheet = compare_stored(visitor.store.parent, Question(tuple(ids), latency=False), offline=True)
    assert answer["text"] == comparison_text(sheet, 80)
    assert answer["document"] == json.loads(json.dumps(comparison_as_dict(sheet)))
    assert visitor.get(f"/api/compare?runs={ids[0]},{ids[1]}&epoch=1").json()["text"] != answer["text"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 422),
        ("runs=", 422),
        ("runs=../../x", 422),
        ("runs=aaaaaaaa", 404),
        ("runs=%3Cscript%3E", 422),
        ("runs=small", 422),
        ("runs={0},{0}", 422),
        ("runs={0}&epoch=0", 422),
        ("runs={0}&epoch=none", 422),
        ("runs={0}&epoch=99", 422),
    ],
)
def test_a_comparison_that_cannot_be_is_told(visitor: Visitor, query: str, status: int) -> None:
    run = next(visitor.store.runs()).id
    answer = visitor.get(f"/api/compare?{query.format(run)}")
    assert answer.status_code == status
    assert answer.json()["error"]["expected"]


def test_architectures_are_those_of_the_zoo_and_of_the_store(visitor: Visitor) -> None:
    run = next(visitor.store.runs()).id
    with visitor.store.database.writing() as connection:
        connection.execute("UPDATE run SET architecture = '<script>/../x' WHERE id = ?", (run,))
    found = {one["name"]: one for one in visitor.get("/api/architectures").json()["architectures"]}
    assert list(found) == [*zoo.names(), "<script>/../x"]
    assert found["<script>/../x"]["from"] == "store"
    assert found["architecture-1"] == {
        "name": "architecture-1",
        "layers": 12,
        "parameters": 69_135,
        "madds": 1_732_380,
        "from": "zoo",
    }
    one = visitor.get("/api/architectures/%3Cscript%3E%2F..%2Fx").json()
    assert one["name"] == "<script>/../x"
    two = visitor.get("/api/architectures/architecture-2").json()
    assert two["summary"][0] == {
        "name": "conv2d",
        "kind": "Conv2D",
        "shape": [28, 28, 5],
        "parameters": 50,
        "madds": 35_280,
        "receptive_field": [3, 3],
        "inputs": ["input_layer"],
    }
    assert isinstance(two["drawing"], str)
    assert (two["parameters"], two["madds"]) == (10_075, 154_530)


def test_a_report_is_sent_in_a_sandbox_and_only_from_inside_the_folder(visitor: Visitor, runs: Path) -> None:
    answer = visitor.get("/reports/1")
    assert answer.status_code == 200
    assert answer.text.startswith("<!doctype html>")
    assert answer.headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")
    (runs.parent / "outside").mkdir()
    (runs.parent / "outside" / "report.html").write_text("secret")
    for folder in ("../outside", str(runs.parent / "outside")):
        with visitor.store.database.writing() as connection:
            connection.execute("UPDATE study SET folder = ?", (folder,))
        answer = visitor.get("/reports/1")
        assert answer.status_code == 404
        assert "secret" not in answer.text


KNOWN = ("", "/api", "/api/studies", "/api/architectures")
CLIMBING = ("..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e", "..%5c..", "%00", "x%00.js", "C:%5c", "%2fetc")


@pytest.mark.parametrize("word", CLIMBING)
@pytest.mark.parametrize(
    "place",
    [
        "/assets/{}",
        "/assets/{}/style.css",
        "/reports/{}",
        "/reports/1/{}",
        "/api/studies/{}",
        "/api/studies/{}/events",
        "/api/architectures/{}",
        "/{}",
    ],
)
def test_no_path_leads_out_of_what_is_known(visitor: Visitor, place: str, word: str) -> None:
    answer = visitor.get(place.format(word))
    # A client that has made "/" or "/api/studies" of it asks for just that.
    assert answer.status_code == 404 or answer.url.path.rstrip("/") in KNOWN
    assert "root:" not in answer.text
    assert visitor.post(f"/api/studies/{word}/stop", {}).status_code in {404, 405}


@pytest.mark.parametrize("name", ["%3Cscript%3E", "-1", "1.0", "1e0", "%31%31%31", "9" * 20, "01x", "a'b"])
def test_a_study_is_a_number_that_the_store_knows(visitor: Visitor, name: str) -> None:
    for place in ("/api/studies/{}", "/api/studies/{}/events", "/reports/{}"):
        answer = visitor.get(place.format(name))
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/json"
    for act in ("stop", "resume"):
        assert visitor.post(f"/api/studies/{name}/{act}", {}).status_code == 404


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=1e3", "after=99999999999999999999"])
def test_a_stream_begins_after_a_number(visitor: Visitor, query: str) -> None:
    assert visitor.get(f"/api/studies/1/events?{query}").status_code == 422
    assert visitor.get("/api/studies/1/events", **{"last-event-id": query.partition("=")[2]}).status_code == 422


def test_assets_are_of_a_fixed_list(visitor: Visitor) -> None:
    answer = visitor.get("/assets/style.css")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    for name in ("index.html", "study.html.j2", "__init__.py", "guard.py", "STYLE.CSS", "style.css%00"):
        assert visitor.get(f"/assets/{name}").status_code == 404


def test_a_mistake_of_ours_shows_nothing_of_its_insides(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        raise ZeroDivisionError("secret path /home/me")

    monkeypatch.setattr(type(visitor.store), "count", broken)
    answer = visitor.get("/api/runs")
    assert (answer.status_code, answer.json()["error"]["got"]) == (500, "a mistake of cnnlab's")
    assert "secret" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_numbers_that_json_cannot_hold_are_null(visitor: Visitor) -> None:
    run = next(visitor.store.runs(RunFilter(architecture=NAMES[0]))).id
    with visitor.store.database.writing() as connection:
        connection.execute("UPDATE run SET test_loss = 'nan' WHERE id = ?", (run,))
        connection.execute("UPDATE epoch SET loss = 'nan' WHERE run = (SELECT number FROM run WHERE id = ?)", (run,))
    study = visitor.get("/api/studies/1").json()
    (found,) = (one for one in study["runs"] if one["id"] == run)
    assert found["test_loss"] is None
    assert [row["loss"] for row in found["history"]] == [None, None]


def test_data_that_come_while_the_server_runs_are_found(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there: list[str] = []

    def load(name: str, **_: object) -> object:
        if name not in there:
            raise DataUnavailableError("not here yet")
        return f"the images of {name}"

    monkeypatch.setattr("cnnlab.web.desk.data.load", load)
    with open_store(runs) as store:
        desk = Desk(store, offline=True)
        assert desk.split_or_none("mnist") is None
        there.append("mnist")
        assert desk.split_or_none("mnist") == "the images of mnist"
        there.clear()
        assert str(desk.split_or_none("mnist")) == "the images of mnist"  # once is enough
        desk.close()
