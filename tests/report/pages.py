"""Pages to test: laid out with stand-in figures and a stand-in pad, and read as strictly as a browser reads them."""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from html.parser import HTMLParser
from typing import Any

import numpy as np
import studies

from cnnlab.analysis import observe
from cnnlab.analysis.costs import Costs
from cnnlab.arch import Network, chain
from cnnlab.arch.layers import Dense, Flatten
from cnnlab.records import StudyResult
from cnnlab.report.comparison_sheet import Timed
from cnnlab.report.contents import Command, ReportContents, Sample
from cnnlab.report.figure import Figure, Numbers
from cnnlab.report.figures_of_study import Figures
from cnnlab.report.kept_diagnosis import KeptDiagnosis, KeptGain
from cnnlab.report.pad.contract import PadParts
from cnnlab.report.page import study_page

VOID = {"meta", "link", "br", "img", "hr", "input"}
LOADING = {"src", "srcset", "data", "poster", "action", "formaction", "background"}
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"></style><script>alert(1)</script>',
    "<img src=x onerror=alert(1)> & \"quotes\" 'too'",
    "{{ 7 * 7 }}{% raw %}",
    "--><svg/onload=alert(1)>",
)


class Reader(HTMLParser):
    """Follows the tags of a page: what is open, which ids there are, what is referred to and what would be loaded."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.references: list[str] = []
        self.loads: list[str] = []
        self.faults: list[str] = []
        self.metas: dict[str, str] = {}
        self.inline: dict[str, list[str]] = {"style": [], "script": [], "data": []}
        self.text = ""
        self._kind = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"style", "script"}:
            self._kind = "data" if dict(attrs).get("type") == "application/json" else tag
            self.inline[self._kind].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "meta":
            found = dict(attrs)
            self.metas[found.get("http-equiv") or found.get("name") or ""] = found.get("content") or ""
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name == "style" or name.startswith("on"):
            self.faults.append(f"{tag} {name}={value}")
        if name == "id":
            self.ids.append(value)
        elif name in {"aria-labelledby", "aria-describedby"}:
            self.references.extend(value.split())
        elif name in LOADING or (name in {"href", "xlink:href"} and not value.startswith("#")):
            self.loads.append(f"{tag} {name}={value}")
        elif name in {"href", "xlink:href"}:
            self.references.append(value[1:])
        self.references.extend(re.findall(r"url\(#([^)]+)\)", value))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"style", "script"}:
            self.inline[self._kind][-1] += data
        else:
            self.text += data


def check(page: str) -> Reader:
    """Assert what holds of every page: whole, self-contained, nothing inline that its policy does not know."""
    reader = Reader(page)
    assert reader.open == []
    assert [one for one, count in Counter(reader.ids).items() if count > 1] == []
    assert set(reader.references) <= set(reader.ids)
    assert [load for load in reader.loads if not load.split("=", 1)[1].startswith("data:")] == []
    assert reader.faults == []
    assert not {"link", "iframe", "object", "embed", "base", "form"} & set(reader.tags)
    assert "@import" not in page
    assert set(re.findall(r"https?://[^\"'<\s]+", re.sub(r"<script.*?</script>", "", page))) <= NAMESPACES
    assert reader.headings[0] == 1
    assert reader.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(reader.headings, reader.headings[1:], strict=False))
    assert sources(reader) == {kind: [hash_of(text) for text in reader.inline[kind]] for kind in ("style", "script")}
    return reader


def sources(reader: Reader) -> dict[str, list[str]]:
    """Read which inline texts the policy allows; all else in it must forbid."""
    rules = dict(rule.strip().split(" ", 1) for rule in reader.metas["Content-Security-Policy"].split(";"))
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("img-src") == "data:"
    assert rules.pop("base-uri") == rules.pop("form-action") == "'none'"
    assert set(rules) == {"style-src", "script-src"}
    return {name[:-4]: [] if value == "'none'" else value.split() for name, value in rules.items()}


def hash_of(text: str) -> str:
    """Name an inline text as a policy does, by another way than the page's."""
    return f"'sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def network(name: str) -> Network:
    """Make the smallest network."""
    return chain(name, [Flatten(input_shape=(28, 28, 1)), Dense(10, activation="softmax")])


def contents_of(
    result: StudyResult,
    networks: Mapping[str, Network] | None = None,
    notes: Sequence[str] = (),
    **parts: Any,  # noqa: ANN401 - parts of ReportContents
) -> ReportContents:
    """Gather a study with its observations."""
    observations = observe(result, result.provenance.test_images)
    return ReportContents(result, networks or {}, observations, notes=tuple(notes), **parts)


def page_of(
    result: StudyResult,
    networks: Mapping[str, Network] | None = None,
    notes: Sequence[str] = (),
    **parts: Any,  # noqa: ANN401 - parts of ReportContents
) -> str:
    """Lay out a study with its observations, without figures."""
    return study_page(contents_of(result, networks, notes, **parts))


def figure(name: str, caption: str = "It falls.", word: str = "loss") -> Figure:
    """Make a small drawing with ids that every other one has as well."""
    told = escape(word)
    svg = (
        '<svg role="img" aria-labelledby="title" aria-describedby="desc" viewBox="0 0 100 40" width="100" height="40">'
        f'<title id="title">{told}</title><desc id="desc">A line.</desc><defs><path id="mark" d="M0 0h1"/></defs>'
        f'<use href="#mark" x="3" y="4"/><text x="2" y="9">{told}</text></svg>'
    )
    return Figure(name, svg, caption, Numbers(("epoch", word), (("1", "0.5"), ("2", "0.25"))))


def figures_of(*architectures: str, word: str = "loss", pad: bool = True) -> Figures:
    """Draw one of each kind."""
    return Figures(
        curves={word: (figure("loss", word=word, caption=word), figure("accuracy"))},
        costs=(figure("cost"),),
        drawings={name: figure(f"drawing-{place}", word=word) for place, name in enumerate(architectures)},
        confusions={word: figure("confusion")},
        hardest=(figure("hardest"),),
        published={word: (figure("published"),)},
        pad=pad_parts(word) if pad else None,
    )


def pad_parts(word: str) -> PadParts:
    """Make a pad that says in its script what its data say."""
    return PadParts(
        html='<button id="pad-go" type="button">Clear</button><p id="pad-answer" role="status"></p>',
        data='{"word": "' + "".join(f"\\u{ord(letter):04x}" for letter in word) + '"}',
        script=(
            "const told = JSON.parse(document.getElementById('pad-data').textContent);\n"
            "document.getElementById('pad-answer').textContent = told.word;\n"
            "document.getElementById('pad-go').addEventListener('click', () => {"
            " document.getElementById('pad-answer').textContent = 'clear'; });\n"
        ),
        css="#pad-answer { color: var(--quiet); }",
    )


def full_contents(word: str = "net", **parts: Any) -> ReportContents:  # noqa: ANN401 - its parts
    """Fill every part of a page, with one word for all that somebody else named."""
    runs = [studies.run(word, [(0.1, 0.9, 0.1, 0.9)], seed=seed) for seed in range(2)]
    result = studies.study(*runs, studies.run("b", [(0.3, 0.8, 0.3, 0.8)]), name=word)
    gain = KeptGain(f"without {word}", (word,), 1.2, -0.4, 2.8, "not decided")
    told: dict[str, Any] = {
        "costs": (Costs(word, 7850, 7840, 0.5, 0.00001, 0.000002, 31400.0), Costs("b", 7850, 7840, 0.6)),
        "fronts": {"parameters": {word: "on", "b": "perhaps"}},
        "timed": Timed(word, 2, 256),
        "class_names": (word, *"123456789"),
        "sample": Sample(np.eye(28, dtype=np.uint8) * 255, word),
        "diagnoses": (KeptDiagnosis(word, (f"{word} as it is.",), (gain,), (gain,), ((word, f"{word} was seen."),)),),
        "commands": (Command(f"cnnlab report {word}", "makes this page again."),),
        "definition": f"name = {word}\n",
        "missing": (f"{word} is missing.",),
    }
    return contents_of(result, {word: network(word)}, [word], **(told | parts))
