"""The inputs `expect` and `tests`: which source wins, and queries that are tried."""

from collections.abc import Sequence

import pytest

from genesis_ci.models.findings import Expectation
from tests.builders import WORKFLOW_ID, problems_in, try_out
from tests.unit.config.configs import parse


@pytest.mark.parametrize(
    ("shared", "problems", "tries"),
    [
        ("{block: b, equals: 0}", 1, 0),
        ("{block: b, query: a, equals: 0}", 0, 1),
        ("{block: b, equals: a}", 0, 0),
    ],
    ids=["a mistake", "a query", "no query"],
)
def test_shared_query_is_tried_once(shared, problems, tries):
    tried: list[Expectation] = []

    def tried_out(expectations: Sequence[Expectation]) -> list[str | None]:
        assert expectations
        tried.extend(expectations)
        return try_out(expectations)

    entries = "".join(f"  - {{name: w{n}, workflow-id: {WORKFLOW_ID}}}\n" for n in range(20))
    config = f"version: 1\ndefaults: {{expect: [{shared}], tests: t}}\nworkflows:\n{entries}"
    assert len(problems_in(parse(config, try_out=tried_out))) == problems
    assert len(tried) == tries
