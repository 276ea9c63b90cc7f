"""What a job says about its inputs before it starts, and what it reads if nothing is wrong.

Each heading in `tests/approved/jobs.txt` is a command with its inputs, its config file (`file`, or
the keys of its one `entry`), the change that it tests, the `runs` and other fields of an earlier
job's `result`, and what else a task has. Below are its problems; or its warnings and notices, the
settings that `run: {}` has not, and its workflows without the fields that have their default.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from inspect import signature
from typing import Any

import pytest
import yaml

from genesis_ci.config.settings import Settings
from genesis_ci.language import Language, use
from genesis_ci.models.change import Change
from genesis_ci.models.report import Verdict, WorkflowReport
from genesis_ci.models.workflow import Verb
from genesis_ci.redaction import Scrubber, Secret
from tests.approved import check_approved_cases
from tests.builders import EXECUTION_ID, WORKFLOW_ID, a_report, problems_in
from tests.unit.config.configs import (
    FILE,
    KEY,
    abridged,
    approved,
    entry,
    parse,
    result_json,
    unabridged,
)

SHA = "5f4dcc3b5aa765d61d8327deb882cf99aabbccdd"
ENVIRON = {"RUN": EXECUTION_ID, "GITHUB_TOKEN": "ghs_0123456789"}
USUAL: dict[str, Any] = {"change": Change(SHA), "ci": "GITHUB_ACTIONS", "environ": ENVIRON}
IN_WORDS = {"api_key", "workflows", "problems", "warnings", "notices", "attach_with"}


def brief(value: Any) -> Any:
    """Return a value without the fields that have their default."""
    match value:
        case Secret():
            return value.reveal()
        case Scrubber(values=values):
            return [text for text in values if text != KEY]
        case Mapping():
            return {key: brief(value[key]) for key in sorted(value)}
        case frozenset():
            return sorted(value)
        case list() | tuple() if not hasattr(value, "_fields"):
            return [*map(brief, value)]
        case int() | float() | str() | None:
            return value
        case type():
            return value.__name__
        case date():
            return str(value)
    fields = signature(type(value)).parameters.values()
    given = {one.name: getattr(value, one.name) for one in fields}
    changed = {one.name: brief(given[one.name]) for one in fields if given[one.name] != one.default}
    return {name: one for name, one in changed.items() if one != {}} if fields else str(value)


def what_is_read(parsed: Settings) -> list[str]:
    assert not any(secret in repr(parsed) for secret in parsed.scrub.values)
    job, usual = brief(parsed), brief(parse(**USUAL))
    given = {one: job.get(one) for one in [*usual, *job] if one not in IN_WORDS}
    changed = {one: text for one, text in given.items() if text not in (usual.get(one), FILE)}
    found = [*([changed] if changed else []), *job["workflows"]]
    return [abridged(json.dumps(one, ensure_ascii=False)) for one in found]


def earlier(run: dict[str, Any]) -> WorkflowReport:
    """Return a run of an earlier job, triggered unless it says otherwise."""
    fields = {"execution_id": EXECUTION_ID, **run}
    left_out_by = fields.pop("left_out_by", None)
    fields["earlier"] = tuple(map(earlier, fields.pop("attempts", ())))
    report = a_report(Verdict(fields.pop("verdict", "triggered")), **fields)
    return replace(report, outcome=report.outcome._replace(left_out_by=left_out_by))


def words_of(verb: str, text: str) -> str:
    given: dict[str, Any] = {"sha": SHA, **USUAL, **yaml.safe_load(unabridged(text))}
    change = {one: given.pop(one) for one in ("sha", "branch", "repository") if one in given}
    given["change"] = Change(**{**change, "sha": change["sha"] or None})
    config = given.pop("file", None)
    if "entry" in given:
        config = entry(*given.pop("entry").splitlines())
    if path := given.pop("find_config", None):
        given["find_config"] = lambda: path
    runs = map(earlier, given.pop("runs", [{"workflow_id": WORKFLOW_ID}]))
    if "result" in given:
        given["result"] = result_json(*runs, **{"change": {"sha": SHA}, **given["result"]})
    parsed = parse(config, verb=Verb(verb), **given)
    warnings = (f"warning: {words}" for words in parsed.warnings)
    notices = (f"notice: {words}" for words in parsed.notices)
    words = approved((*problems_in(parsed), *warnings, *notices))
    read = [] if parsed.problems else what_is_read(parsed)
    return "\n".join(filter(None, [words, *read])) or "no problem"


@pytest.mark.parametrize(
    ("subject", "language"), [("jobs", Language.ENGLISH), ("jobs_ja", Language.JAPANESE)]
)
def test_words_about_the_inputs_of_jobs_are_approved(subject, language):
    use(language)
    check_approved_cases(subject, words_of)
