"""Proposes checks for the output of a block: what in it says success. No I/O.

A text is read line by line, and JSON by the names of its members. What is not certain is no check.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from genesis_ci.checks import ctrf
from genesis_ci.checks.reading import NothingToJudgeError, read_json
from genesis_ci.models.findings import Expectation, Operator
from genesis_ci.strict_json import JsonValue, value_at

MOST_OF_JSON = 5
MOST_OF_TEXT = 3
DEEPEST = 3
LONGEST_LINE = 160
_CHANGED = r"\*\*\*|[\\\ufffd]"
"""What result.json has instead of secrets and of characters that nobody sees."""
LONGEST_JAPANESE = 24
MOST_NAMES = 3
"""Words of a verdict's line that are none of those below."""

_GOOD = (
    r"(?<![a-z])(?:pass(?:ed|es|ing)?|success(?:ful|fully)?|succeeded|ok(?:ay)?|green|approved)"
    r"(?![a-z])|合格|成功"
)
_BAD = (
    r"(?<![a-z])(?:fail(?:s|ed|ing|ures?)?|errors?|errored|unexpected|broken|crash(?:ed|es)?"
    r"|aborted|rejected|timed[ _]?out|ng)(?![a-z])|失敗|不合格|エラー"
)
_LABEL = r"(?<![a-z])(?:verdict|results?|status|outcome|conclusion|state|build)(?![a-z])|結果|判定"
_DOUBT = (
    r"(?<![a-z])(?:not|no|none|never|nothing|without|neither|nor|cannot|isn|wasn|didn|if|unless"
    r"|when|until|should|would|could|must|may|might|will|expect(?:ed)?|please|but|except"
    r"|or|fix(?:ed|es)?|resolved|corrected|previous(?:ly)?|earlier|known|false|incomplete)(?![a-z])"
    r"|[?？未❌✗✘%]|(?<!不)合格(?:でき|し)?な|ませ|ない|なかった|場合|なら|れば|べき|ください|以外"
)
"""Words with which a line says something else, or nothing yet."""
_ALL = r"(?<![a-z])(?:all|every|everything|each)(?![a-z])|すべて|全て|全"
_KNOWN = re.compile(
    "(?:tests?|checks?|cases?|steps?|specs?|suites?|examples?|scenarios?|assertions?|files?|items?"
    "|total|overall|final|summary|duration|time|skipped|pending|of|out|the|in|on|at|and|with|have|has|had|is|was"
    "|are|were|been|ran|run|executed|completed|successfully)"
)
"""Words of a verdict's line; a few others may be names."""
_COUNT = r"(?P<part>\d[\d,]*)(?:\s*(?:/|of|out of|件中|中)\s*(?P<all>\d[\d,]*))?"
_COUNTED = (
    rf"{_COUNT}\s*(?:件|個)?[\s*_)—–-]{{0,3}}(?:[a-z-]+\s+){{0,3}}?(?:すべて|が|の)?(?:{_GOOD})"
)
_LABELLED = rf"(?:{_LABEL})(?:\W|は|(?<![a-z])is(?![a-z]))*(?:{_GOOD}|(?P<bad>{_BAD}))"
_NO_COUNT = (
    r"(?<![a-z])(?:step|test|case|phase|round|attempt|run|no\.)\s*\d+|(?:ステップ|#)\s*\d+"
    rf"|[45]\d\d (?=error(?!s))|[2-5]0\d ok(?![a-z])|(?:error|http|status)(?:\s+code)? [1-5]\d\d"
    rf"|(?:no|without|zero) (?:[a-z]+ )?(?:issues?|problems?|regressions?|{_BAD})|(?:{_BAD})は?なし"
)
"""Numbers that count nothing, and words that say that nothing failed."""
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_UNIT = "(?:[mµ]?s|secs?|seconds?|m|mins?|minutes?|h|hours?|秒|分|時間)(?![a-z])"
_VARIES = {
    r"https?://[^\s)>\]|]+": r"https?://[^\s)>\]|]+",
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}": r"[0-9a-fA-F-]{36}",
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[0-9:.]*(?:Z|[+-]\d\d:?\d\d)?": r"\d{4}-\d\d-\d\d[T ][0-9:.Z+-]+",
    r"\d{4}-\d\d-\d\d": r"\d{4}-\d\d-\d\d",
    r"\d{4}/\d\d?/\d\d?": r"\d{4}/\d\d?/\d\d?",
    r"\d\d?[/.]\d\d?[/.]\d{4}": r"\d\d?[/.]\d\d?[/.]\d{4}",
    r"\d{4}年\d\d?月\d\d?日": r"\d{4}年\d\d?月\d\d?日",
    rf"\d\d? {_MONTH} \d{{4}}": r"\d\d? [A-Z][a-z]+ \d{4}",
    rf"{_MONTH} \d\d?, \d{{4}}": r"[A-Z][a-z]+ \d\d?, \d{4}",
    r"\d\d?:\d\d(?::\d\d)?(?:\.\d+)?(?: ?[AP]M)?": r"\d\d?:\d\d[\d:.]*(?: ?[AP]M)?",
    rf"(?: ?\d+(?:[.,]\d+)? ?{_UNIT})+": rf"(?: ?\d[\d.,]* ?{_UNIT})+",
    r"v\d+(?:\.\d+)+[\w.+-]*|\d+(?:\.\d+){2,}[\w.+-]*": r"v?\d[\w.+-]*",
    r"[\w-]+(?:\.[\w-]+)+\.[a-z]{2,}(?::\d+)?": r"[\w.:-]+",
    r"(?<!\w)(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}(?!\w)": r"[0-9a-f]{7,64}",
    r"(?<![\w-])(?=[\w-]*[A-Za-z])(?=(?:[\w-]*\d){3})[\w-]{8,}(?![\w-])": r"[\w-]{8,}",
    "[=_~-]{3,}": "[=_~-]+",
    r"100(?:\.0+)? ?%": r"100(?:\.0+)? ?%",
    r"\d+\.\d+": r"\d+\.\d+",
}
"""What another run has another one of, and the pattern of its kind; `100%` is no amount."""
_TOKEN = re.compile("|".join(f"(?P<t{at}>{one})" for at, one in enumerate(_VARIES)) + r"|\d+| {2,}")
_MEMBERS = {
    "code": r"exit (?:code|status)|exitcode|return ?code",
    "failure": r"fail(?:ed|ures?|ing|s)?|errors?|errored|broken|crashed|aborted|unexpected",
    "flag": r"ok|success(?:ful)?|succeeded|pass(?:ed)?",
    "status": r"status|verdict|result|outcome|conclusion|state",
}
"""What the name of a member says, by its words without those that change nothing."""
_NEUTRAL = (
    "(?:nu?m|number|count|total|tests?|cases?|checks?|suites?|specs?|steps?|items?|assertions?"
    "|runtime|overall|final|is|has|any|of|the|n|run|build|job|all)"
)


class Proposals(NamedTuple):
    """The checks for a block, or the parts of its output that said failure."""

    checks: tuple[Expectation, ...] = ()
    failures: tuple[str, ...] = ()


def propose(block: str, output: JsonValue) -> Proposals:
    """Return what to expect of a block, by an output that was accepted."""
    value: JsonValue = None
    with suppress(NothingToJudgeError):
        value = read_json(output)
    if isinstance(value, dict):
        return _of_members(block, value)
    if isinstance(value, list) and (parts := [value_at(one, "text") for one in value]):
        texts = [one for one in parts if isinstance(one, str)]
        query = 'join(`"\\n"`, [].text)'
        return _of_lines(block, "\n".join(texts), query) if texts == parts else Proposals()
    return _of_lines(block, output) if isinstance(output, str) and value is None else Proposals()


def _of_lines(block: str, text: str, query: str | None = None) -> Proposals:
    counts, labelled, failures = Counter[str](), set[str](), list[str]()
    if re.search("(?i)<[^<>\\s]*testsuite", text):  # the report is judged
        return Proposals()
    for line in map(str.strip, text.split("\n")):
        match _verdict(line):
            case True:
                pattern = rf"^[ \t]*{_pattern(line)}[ \t\r]*$"
                counts[pattern] += 1
                if re.search(_LABELLED, line.lower()):
                    labelled.add(pattern)
            case False:
                failures.append(line)
            case None:
                pass
    checks = [
        Expectation(
            block=block,
            query=query,
            operator=Operator.MATCHES,
            expected=_at_least(counts[one], one),
        )
        for one in sorted(counts, key=labelled.__contains__, reverse=True)[:MOST_OF_TEXT]
    ]
    return Proposals(tuple(checks), tuple(failures))


def _at_least(count: int, pattern: str) -> str:
    """Return a pattern for a text with so many lines; it goes back to none of them."""
    return rf"(?m)\A(?>[\s\S]*?{pattern}){{{count}}}" if count > 1 else f"(?m){pattern}"


def _verdict(line: str) -> bool | None:
    """Return whether a line says success or failure; None if it is no verdict."""
    if len(line) > LONGEST_LINE or line.startswith("<") or re.search(_CHANGED, line):
        return None
    core = _TOKEN.sub(_only_counts, line).lower()
    core = re.sub(_NO_COUNT, " x ", core)
    first = re.search(f"{_GOOD}|{_BAD}", core)
    if not first or re.search(_DOUBT, core):
        return None
    is_before = re.search(r"\d", core[: first.start()]) is not None
    failed = [_number_beside(core, one, is_before) for one in re.finditer(_BAD, core)]
    counted = re.search(_COUNTED, core)
    if any(failed) or (counted and (is_before or counted["all"]) and _is_partial(counted)):
        return False
    labelled = re.search(_LABELLED, core)
    if None in failed:
        return False if labelled and labelled["bad"] else None
    if any(one["all"] and _is_partial(one) for one in re.finditer(_COUNT, core)):
        return None
    rest = re.sub(f"{_GOOD}|{_BAD}|{_LABEL}|{_ALL}", " ", core)
    names = [one for one in re.findall("[a-z]+", rest) if not _KNOWN.fullmatch(one)]
    if len(names) > MOST_NAMES or len(re.findall("[\u3040-\u9fff]", core)) > LONGEST_JAPANESE:
        return None
    says = (
        failed
        or counted
        or labelled
        or re.search(rf"{_ALL}|(?:{_GOOD})\s*[:：=|(（]\W*[1-9]", core)
    )
    return True if says or re.fullmatch(rf"\W*(?:{_GOOD})\W*", core) else None


def _is_partial(count: re.Match[str]) -> bool:
    part, whole = (one and int(one.replace(",", "")) for one in (count["part"], count["all"]))
    return part == 0 or whole not in {None, part}


def _only_counts(token: re.Match[str]) -> str:
    return token[0] if token.lastgroup is None else " "


def _number_beside(line: str, word: re.Match[str], is_before: bool) -> int | None:
    """Return the number that counts a word for failure; None without one.

    In some lines the numbers are before their words, in others after them.
    """
    after = re.match(r"[\s*_]*[a-z]*[\s*_]*(?:[:：=|]|は)?[\s*_|]*(\d+)", line[word.end() :])
    before = re.search(r"(\d+)\s*(?:件|個)?の?[\s*_]*(?:[a-z-]+\s+){0,2}$", line[: word.start()])
    found = (before or after) if is_before else (after or before)
    return int(found[1]) if found else None


def _pattern(line: str) -> str:
    """Return a pattern for the line in another run: zeros stay, and so do equal numbers."""
    numbers = [one[0] for one in _TOKEN.finditer(line) if _is_amount(one)]
    groups: dict[str, int] = {}

    def of(token: re.Match[str]) -> str:
        text = token[0]
        if token.lastgroup:
            return [*_VARIES.values()][int(token.lastgroup[1:])]
        if not _is_amount(token):
            return " +" if text.isspace() else text
        if text in groups:
            return rf"\{groups[text]}"
        digits = r"[1-9]\d*" if text.isascii() else r"[１-９]\d*"
        if numbers.count(text) == 1:
            return digits
        groups[text] = len(groups) + 1
        return f"({digits})"

    parts, end = [], 0
    for token in _TOKEN.finditer(line):
        parts += [_escaped(line[end : token.start()]), of(token)]
        end = token.end()
    return "".join([*parts, _escaped(line[end:])])


def _is_amount(token: re.Match[str]) -> bool:
    return token.lastgroup is None and token[0].isdigit() and int(token[0]) != 0


def _escaped(text: str) -> str:
    return re.sub(r"[\\.^$*+?{}\[\]|()]", r"\\\g<0>", text)


def _of_members(block: str, value: dict[str, JsonValue]) -> Proposals:
    expect = partial(Expectation, block=block)
    equal, least, texts = list[Expectation](), list[Expectation](), list[Proposals]()
    failures, succeeds = list[str](), False
    for path, name, one in _members(value):
        query, meaning = ".".join(map(_quoted, (*path, name))), _meaning(name)
        says = _says(meaning, one)
        if says and one is None:
            parent = ".".join(map(_quoted, path)) or "@"
            query = f"contains(keys({parent}), '{name}') && {query} == `null`"
            equal.append(expect(query=query, operator=Operator.EQUALS, expected=True))
        elif says:
            equal.append(expect(query=query, operator=Operator.EQUALS, expected=one))
            succeeds = succeeds or meaning != "failure"
        elif says is False:
            failures.append(f"{query}: {json.dumps(one, ensure_ascii=False)}")
        elif meaning == "flag" and isinstance(one, int | float):
            least.append(expect(query=query, operator=Operator.AT_LEAST, expected=1))
        elif isinstance(one, str):
            texts.append(_of_lines(block, one, query))
    checks = [*equal, *([] if succeeds else least[:1])]
    for each in texts:
        checks += each.checks
        failures += each.failures
    return Proposals(tuple(checks[:MOST_OF_JSON]), tuple(failures))


def _meaning(name: str) -> str:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    said = " ".join(one.lower() for one in words if not re.fullmatch(_NEUTRAL, one.lower()))
    return next((kind for kind, one in _MEMBERS.items() if re.fullmatch(one, said)), "")


def _says(meaning: str, value: JsonValue) -> bool | None:
    """Return whether a member says success or failure; None if it says neither."""
    match meaning, value:
        case (("code" | "failure"), (None | False | 0 | "0" | [])):
            return True
        case (("code" | "failure"), ("" | {})):
            return None
        case "code" | "failure", _:
            return False
        case "flag", bool():
            return value is True
        case "flag", 0:
            return False
        case "status", str():
            word = re.sub(r"[\W_]+", " ", value).strip().lower()
            if re.fullmatch(rf"{_BAD}|(?:not|un) ?(?:{_GOOD})", word):
                return False
            return True if re.fullmatch(_GOOD, word) else None
        case _:
            return None


def _members(value: JsonValue) -> Iterator[tuple[tuple[str, ...], str, JsonValue]]:
    """Yield the members of an object and of those in it, the outer ones first."""
    level: list[tuple[tuple[str, ...], JsonValue]] = [((), value)]
    for _depth in range(DEEPEST):
        inner: list[tuple[tuple[str, ...], JsonValue]] = []
        for path, one in level:
            if not isinstance(one, dict) or ctrf.is_report(one):
                continue
            for name, member in one.items():
                if not re.search(_CHANGED, name):
                    yield path, name, member
                    inner.append(((*path, name), member))
        level = inner


def _quoted(name: str) -> str:
    return name if re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) else json.dumps(name)
