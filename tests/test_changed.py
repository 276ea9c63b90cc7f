"""`make quick` runs the tests of the changed files."""

from pathlib import Path

import pytest

from tools.changed import chosen_for

TEXTS = {
    Path("tests/unit/execution/test_timing.py"): "from genesis_ci.execution.timing import pause\n",
    Path("tests/unit/execution/test_state.py"): "from genesis_ci.execution import timing\n",
    Path("tests/unit/execution/test_loop.py"): "from tests.fakes import FakeApi\n",
}
TIMING, STATE, LOOP = TEXTS


@pytest.mark.parametrize(
    ("changed", "chosen"),
    [
        ("genesis_ci/execution/timing.py", {TIMING, STATE}),
        ("genesis_ci/execution/loop.py", {LOOP}),
        ("tests/unit/execution/test_loop.py", {LOOP}),
        ("tests/fakes.py", {LOOP}),
        ("docs/gates.md", set()),
    ],
)
def test_changed_file_chooses_its_tests(changed, chosen):
    assert chosen_for([Path(changed)], TEXTS) == chosen


def test_a_widely_used_file_chooses_few_tests():
    users = {
        Path(f"tests/unit/test_{n}.py"): "from tests.fakes import FakeApi\n" for n in "abcdefg"
    }
    assert len(chosen_for([Path("tests/fakes.py")], users)) == 5
