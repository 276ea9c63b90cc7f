"""What came of the checks, in the order and the words that all reports share."""

from collections import Counter
from collections.abc import Sequence

from genesis_ci.models import Finding, Judgement
from genesis_ci.reporters.labels import Tone
from genesis_ci.text import clean_line

HEADING = "What the outputs had to show"
LONGEST_WORDS = 90
"""Characters of each of the two texts in a line."""
_FIRST = (Judgement.UNMET, Judgement.MET, Judgement.SKIPPED)
_MARKS = {
    Judgement.UNMET: ("❌", Tone.BAD),
    Judgement.MET: ("✅", Tone.GOOD),
    Judgement.SKIPPED: ("⏭️", Tone.IDLE),
}


def mark(finding: Finding) -> str:
    """Return a finding's emoji."""
    return _MARKS[finding.judgement][0]


def tone(finding: Finding) -> Tone:
    """Return a finding's tone."""
    return _MARKS[finding.judgement][1]


def failing_first(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings with those that are unmet first, else in their order."""
    return sorted(findings, key=lambda one: _FIRST.index(one.judgement))


def unmet(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that say no."""
    return [one for one in findings if one.judgement is Judgement.UNMET]


def most_telling(findings: Sequence[Finding], most: int) -> list[Finding]:
    """Return at most `most` findings, in order; those that say no are kept before all others."""
    ranked = sorted(range(len(findings)), key=lambda at: _FIRST.index(findings[at].judgement))
    return [findings[at] for at in sorted(ranked[:most])]


def tally(findings: Sequence[Finding]) -> str:
    """Return how many there are of each: `3 unmet, 37 met`."""
    counts = Counter(one.judgement for one in findings)
    return ", ".join(f"{counts[kind]} {kind}" for kind in _FIRST if counts[kind])


def full_name(finding: Finding) -> str:
    """Return the name, behind the suite that an inner test has."""
    return f"{finding.suite} › {finding.name}" if finding.suite else finding.name


def in_short(finding: Finding) -> str:
    """Return in one line what was expected, unless the name says so, and what was found."""
    expected, found = (
        clean_line(text, limit=LONGEST_WORDS) for text in (finding.expected, finding.found)
    )
    told = finding.name.endswith(finding.expected)
    return f"found {found}" if told else f"expected {expected}, found {found}"


def fits(text: str, limit: int = LONGEST_WORDS) -> bool:
    """Whether a line of so many characters has all of a text."""
    return len(text) <= limit and "\n" not in text.strip()
