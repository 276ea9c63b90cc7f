"""What failed in an earlier attempt has to run and pass in this one. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from genesis_ci.checks.known_failures import with_known
from genesis_ci.checks.listed_tests import list_names, too_few_tests
from genesis_ci.language import Worded, _, fill
from genesis_ci.models.findings import Finding, Judgement, ListedTests, RunChecks, output_place

Groups: TypeAlias = dict[tuple[str, str], list[Finding]]


def with_earlier(
    findings: Sequence[Finding], repeated: Sequence[Finding], checks: RunChecks
) -> Iterator[Finding]:
    """Yield the findings; what failed in an earlier attempt and did not run in this one is unmet.

    `repeated` are those of equal reports, of which one counts.
    """
    now, again = _groups(findings), _groups(repeated)
    made = _names_of_checks(findings, repeated, checks)
    skipped: dict[int, Finding] = {}
    missing: dict[str, Finding] = {}
    for number, attempt in enumerate(checks.earlier, start=1):
        excused = _excused(attempt, checks)
        for key, group in _groups(attempt).items():
            failed = [one for one in group if one.judgement is Judgement.UNMET]
            failed = [one for one in failed if one.full_name not in excused]
            blocks = {one.block for one in group}
            there = now.get(key, [])
            all_there = there + [one for one in again.get(key, ()) if one.block in blocks]
            if not failed or not _is_short(group, all_there):
                continue
            left = [one for one in there if one.judgement is Judgement.SKIPPED]
            skipped |= {id(one): _skipped(one) for one in left[: len(failed)]}
            for one in failed[len(left) :]:
                missing.setdefault(one.full_name, _missing(one, number, _("in no report")))
        for one in attempt:
            if not (one.is_test or one.judgement is not Judgement.UNMET or one.name in made):
                missing.setdefault(one.full_name, _missing(one, number, _("not checked")))
    yield from (skipped.get(id(one), one) for one in findings)
    yield from missing.values()


def _groups(findings: Iterable[Finding]) -> Groups:
    """Return the tests by suite and name, without the numbers of those that have equal names.

    The numbers may differ between attempts: by the order, and because equal reports count once.
    """
    tests = [one for one in findings if one.is_test]
    names = {(one.suite, one.name) for one in tests}
    groups: Groups = defaultdict(list)
    for one in tests:
        key = one.suite, re.sub(r" \([0-9]+\)$", "", one.name)
        groups[key if key in names else (one.suite, one.name)].append(one)
    return groups


def _is_short(before: Iterable[Finding], now: Iterable[Finding]) -> bool:
    """Return whether fewer tests of a name ran than before: in all, or in a block with skipped."""
    ran, ran_now = (
        Counter(one.block for one in each if one.judgement is not Judgement.SKIPPED)
        for each in (before, now)
    )
    skipped = {one.block for one in now if one.judgement is Judgement.SKIPPED}
    too_few = any(ran_now[block] < ran[block] for block in skipped)
    return too_few or ran_now.total() < ran.total()


def _names_of_checks(
    findings: Sequence[Finding], repeated: Iterable[Finding], checks: RunChecks
) -> set[str]:
    """Return the names of all checks that were made, also those of reports that can be judged."""
    tests = [one for one in (*findings, *repeated) if one.is_test]
    ran = {one.block for one in tests if one.judgement is not Judgement.SKIPPED}
    least = {one.block: one.at_least for one in checks.configured if isinstance(one, ListedTests)}
    names = {one.name for one in findings if not one.is_test}
    names |= {one.name for one in too_few_tests(checks.at_least, ())}
    return names.union(*(list_names(block, least.get(block, 1)) for block in ran))


def _excused(attempt: Iterable[Finding], checks: RunChecks) -> set[str]:
    """Return the names of failed tests that are known failures now: an earlier job may differ."""
    failed = [
        replace(one, failed=True)
        for one in attempt
        if one.is_test and one.judgement is Judgement.UNMET
    ]
    known = with_known(failed, checks.known)
    return {one.full_name for one in known if one.judgement is Judgement.KNOWN}


def _skipped(one: Finding) -> Finding:
    return _owed(one, output_place(one.block), Worded(one.found, Judgement.SKIPPED))


def _missing(one: Finding, number: int, found: str) -> Finding:
    before = Worded(one.where, one.english_where or one.where)
    where = fill("attempt {attempt}: {where}", attempt=number, where=before)
    return _owed(one, where, found)


def _owed(one: Finding, where: str, found: str) -> Finding:
    return Finding(
        name=one.name,
        suite=one.suite,
        block=one.block,
        is_test=one.is_test,
        automatic=one.automatic,
        judgement=Judgement.UNMET,
        expected=_("passed, because it failed in an earlier attempt"),
        found=found,
        where=where,
        is_owed=True,
    )
