"""Reports of a few endings are as they were when they were last reviewed."""

import pytest

from . import golden


@pytest.mark.parametrize("path", golden.FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_report_equals_its_golden_file(path):
    assert golden.rendered(path) == path.read_text(encoding="utf-8"), (
        "if the change is intended: python tests/unit/reporters/golden.py, then read the difference"
    )


def test_each_golden_file_is_compared():
    assert set(golden.FOLDER.glob("*/*.*")) == {*golden.FILES}
