"""Reports of a few endings read as they did when they were last reviewed."""

import pytest

from . import golden
from .reports import SCENARIOS

FILES = [(kind, name) for kind, names in golden.KEPT.items() for name in names]


@pytest.mark.parametrize(("kind", "scenario"), FILES)
def test_a_report_reads_as_it_was_reviewed(kind, scenario):
    assert golden.render(kind, SCENARIOS[scenario]()) == golden.read(kind, scenario), (
        "if the new text is meant: python tests/unit/reporters/golden.py, then read the difference"
    )


def test_no_golden_file_is_left_that_is_not_compared():
    assert set(golden.FOLDER.glob("*/*.*")) == {golden.path_of(*one) for one in FILES}
