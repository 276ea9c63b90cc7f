"""Every report of every ending reads as it did when it was last reviewed."""

import pytest

from . import golden
from .reports import SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("kind", golden.renderers())
def test_a_report_reads_as_it_was_reviewed(kind, scenario):
    assert golden.renderers()[kind](SCENARIOS[scenario]()) == golden.read(kind, scenario), (
        "if the new text is meant: python tests/unit/reporters/golden.py, then read the difference"
    )


def test_no_golden_file_is_left_of_a_scenario_that_is_gone():
    named = {golden.path_of(kind, name) for kind in golden.renderers() for name in SCENARIOS}
    named |= {golden.path_of("html", name) for name in golden.OUTLINED}
    assert set(golden.FOLDER.glob("*/*.*")) == named
