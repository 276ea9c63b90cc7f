"""What a job says about its inputs before it starts: problems, warnings and notices.

Each heading in `tests/approved/jobs.txt` is a command with its inputs, its config file (`file`, or
the keys of its one `entry`), the change that it tests, the fields of an earlier job's `result`, and
what else a task has.
"""

from typing import Any

import pytest
import yaml

from genesis_ci.language import Language, use
from genesis_ci.models.change import Change
from genesis_ci.models.workflow import Verb
from tests.approved import check_approved_cases
from tests.builders import EXECUTION_ID, WORKFLOW_ID, problems_in
from tests.unit.config.configs import a_triggered, approved, entry, parse, result_json, unabridged

SHA = "5f4dcc3b5aa765d61d8327deb882cf99aabbccdd"
ENVIRON = {"RUN": EXECUTION_ID, "GITHUB_TOKEN": "ghs_0123456789"}


def words_of(verb: str, text: str) -> str:
    given: dict[str, Any] = {"sha": SHA, "ci": "GITHUB_ACTIONS", "environ": ENVIRON}
    given |= yaml.safe_load(unabridged(text))
    given["change"] = Change(given.pop("sha") or None, repository=given.pop("repository", None))
    config = given.pop("file", None)
    if "entry" in given:
        config = entry(*given.pop("entry").splitlines())
    if path := given.pop("find_config", None):
        given["find_config"] = lambda: path
    if "result" in given:
        earlier = a_triggered(workflow_id=WORKFLOW_ID)
        given["result"] = result_json(earlier, **{"change": {"sha": SHA}, **given["result"]})
    parsed = parse(config, verb=Verb(verb), **given)
    warnings = (f"warning: {words}" for words in parsed.warnings)
    notices = (f"notice: {words}" for words in parsed.notices)
    return approved((*problems_in(parsed), *warnings, *notices))


@pytest.mark.parametrize(
    ("subject", "language"), [("jobs", Language.ENGLISH), ("jobs_ja", Language.JAPANESE)]
)
def test_words_about_the_inputs_of_jobs_are_approved(subject, language):
    use(language)
    check_approved_cases(subject, words_of)
