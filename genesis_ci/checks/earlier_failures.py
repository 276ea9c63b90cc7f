"""What failed in an earlier attempt has to run and pass in this one. Pure."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from genesis_ci.language import Worded, _
from genesis_ci.models.findings import Finding, output_place
from genesis_ci.models.judgement import Judgement


def with_earlier(
    findings: Sequence[Finding], earlier: Iterable[Sequence[Finding]], ran_in: Collection[str]
) -> Iterator[Finding]:
    """Yield the findings; what failed in an earlier attempt and did not run in this one is unmet.

    A test is known by its suite and name, and has to run as often as before, in whatever report. A
    check of a report is made if a test of its block ran; these blocks are `ran_in`.
    """
    now = _by_name(findings)
    made = {one.name for one in findings if not one.is_test}
    skipped: dict[int, Finding] = {}
    missing: dict[str, Finding] = {}
    for attempt in earlier:
        for name, tests in _by_name(attempt).items():
            there = now.get(name, [])
            if _times_run(there) >= _times_run(tests):
                continue
            failed = [one for one in tests if _is_unmet(one)]
            left = [one for one in there if failed and one.judgement is Judgement.SKIPPED]
            skipped |= {id(one): _owed(one, Worded(one.found, Judgement.SKIPPED)) for one in left}
            if not left:
                missing |= {one.full_name: _owed(one, _("in no report")) for one in failed}
        for one in attempt:
            is_made = one.name in made or one.block in ran_in or not one.block
            if _is_unmet(one) and not one.is_test and not is_made:
                missing[one.full_name] = _owed(one, _("not checked"))
    yield from (skipped.get(id(one), one) for one in findings)
    yield from missing.values()


def _is_unmet(one: Finding) -> bool:
    return one.judgement is Judgement.UNMET


def _by_name(findings: Iterable[Finding]) -> dict[tuple[str, str], list[Finding]]:
    """Return the tests by suite and name, without the numbers of those that have equal names."""
    tests = [one for one in findings if one.is_test]
    names = {(one.suite, one.name) for one in tests}
    groups = defaultdict(list)
    for one in tests:
        key = one.suite, re.sub(r" \([0-9]+\)$", "", one.name)
        groups[key if key in names else (one.suite, one.name)].append(one)
    return groups


def _times_run(tests: Iterable[Finding]) -> int:
    return sum(one.times for one in tests if one.judgement is not Judgement.SKIPPED)


def _owed(one: Finding, found: str) -> Finding:
    return Finding(
        name=one.name,
        suite=one.suite,
        block=one.block,
        is_test=one.is_test,
        automatic=one.automatic,
        judgement=Judgement.UNMET,
        expected=_("passed, because it failed in an earlier attempt"),
        found=found,
        where=output_place(one.block),
        is_owed=True,
    )
