"""Which runs and costs the figures of a page are of."""

from dataclasses import replace

import studies

from cnnlab.report.contents import ReportContents
from cnnlab.report.figures_of_study import figures_of_study

ROWS = [(0.5, 0.8, 0.4, 0.9), (0.3, 0.9, 0.2, 0.95)]

FAR = [(5.0, 0.1, 4.0, 0.2), (9.0, 0.1, 8.0, 0.1)]


def test_a_run_that_failed_is_in_no_band_unless_nothing_else_is_there() -> None:
    sound = [studies.run("a", ROWS, seed=seed, test=(0.2, 0.95)) for seed in (0, 1)]
    failed = replace(studies.run("a", FAR, seed=2, test=(0.2, 0.95)), status="failed")
    drawn = {
        count: figures_of_study(ReportContents(studies.study(*some), {})).curves["a"]
        for count, some in ((2, sound), (3, [*sound, failed]), (1, [failed]))
    }
    assert [figure.svg for figure in drawn[3]] == [figure.svg for figure in drawn[2]]
    assert len(drawn[1]) == len(drawn[2])
