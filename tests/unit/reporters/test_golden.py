"""Reports of a few endings are as they were when they were last reviewed.

`make approve` rewrites the files. A new file may be empty before.
"""

import json

import pytest

from genesis_ci import result
from genesis_ci.reporters import comment_text, ctrf, html, junit, last_lines, summary
from tests.approved import FOLDER, check_approved_file

from .reports import SCENARIOS

FILES = sorted(FOLDER.glob("reports/*/*.*"))
"""A folder for each report: the files have the names of endings."""


def end_of_log(report):
    several = len(report.workflows) > 1
    each = (
        last_lines.ending(one, several=several, colours=False)
        for one in last_lines.in_detail(report)
    )
    overview = last_lines.overview(report, colours=False) if several else ()
    last = last_lines.last_line(report, "genesis-results/result.json")
    return "\n".join((*(line for lines in each for line in lines), *overview, last, ""))


RENDER = {
    "comment": comment_text.render,
    "ctrf": lambda report: (
        json.dumps(json.loads(ctrf.render(report)), indent=2, ensure_ascii=False) + "\n"
    ),
    "html": lambda report: html.render(report).partition("</style>\n")[2],
    "junit": junit.render,
    "log": end_of_log,
    "result": result.render,
    "summary": summary.render,
}


def test_each_report_has_files():
    assert {path.parent.name for path in FILES} == RENDER.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_report_is_approved(path):
    report = SCENARIOS[path.stem]()._replace(tool_version="1.0.0")
    check_approved_file(path, RENDER[path.parent.name](report))
