"""`make quick` runs the tests of the changed files, or all of them."""

from pathlib import Path

import pytest

from tests.changed import chosen_for

UNIT = Path("tests/unit")
TESTS = [UNIT / "execution/test_retry.py", UNIT / "execution/test_polling.py"]


@pytest.mark.parametrize(
    ("changed", "chosen"),
    [
        (["genesis_ci/execution/retry.py"], TESTS[:1]),
        (["tests/unit/execution/test_polling.py"], TESTS[1:]),
        (["genesis_ci/execution/polling.py", "docs/gates.md"], TESTS[1:]),
        (["genesis_ci/execution/retry.py", "tests/fakes.py"], []),
        (["tests/unit/execution/test_gone.py", "tests/e2e/docker.py", "tests/lint.sh"], []),
    ],
)
def test_changed_files_choose_the_tests(changed, chosen):
    assert chosen_for(map(Path, changed), TESTS) == sorted(chosen)
