"""How much of each text a report may show, so that the whole file stays within its limit."""

from collections.abc import Iterator

from genesis_ci.domain import RunReport


def text_limit(report: RunReport, *, total: int, most: int, least: int) -> int:
    """Return how many characters each text may have for all of them to be about `total`.

    The limit is between `least` and `most`, so very many texts can still be more than `total`.
    """
    lengths = tuple(_lengths(report))
    limit = most
    while limit > least and sum(min(length, limit) for length in lengths) > total:
        limit = max(least, limit // 2)
    return limit


def _lengths(report: RunReport) -> Iterator[int]:
    for workflow in report.workflows:
        yield len(workflow.outcome.message)
        for block in workflow.execution.blocks if workflow.execution else ():
            yield len(block.output or "")
            yield len(block.error or "")
