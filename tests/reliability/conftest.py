"""Most of a reliability test is waiting, so the cases of one test wait side by side."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

Run = Callable[[Mapping[str, Any], Path], Any]
AT_ONCE = 16


class SideBySide:
    """The cases of one test that were asked for, each started before the first is looked at."""

    def __init__(self, request: pytest.FixtureRequest, paths: pytest.TempPathFactory) -> None:
        self._items = request.session.items
        self._paths = paths

    def started(self, pool: ThreadPoolExecutor, test: str, run: Run) -> dict[str, Future[Any]]:
        """Return the futures of a test's cases by the id of their parameters."""
        return {
            item.callspec.id: pool.submit(run, item.callspec.params, self._paths.mktemp("case"))
            for item in self._items
            if getattr(item, "originalname", "") == test
        }


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(AT_ONCE) as made:
        yield made


@pytest.fixture(scope="module")
def side_by_side(request, tmp_path_factory) -> SideBySide:
    return SideBySide(request, tmp_path_factory)
