"""Jobs, their config files and the `result.json` of an earlier job, for tests."""

import json
import re
from collections.abc import Iterable, Mapping
from string import ascii_uppercase
from typing import Any

from hypothesis import strategies as st

from genesis_ci import result
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given
from genesis_ci.document.problems import Mistake
from genesis_ci.models.change import Change
from genesis_ci.models.report import JobReport, Outcome, Verdict, WorkflowReport
from genesis_ci.models.workflow import Verb, Workflow
from tests.builders import EXECUTION_ID, START, WORKFLOW_ID, a_report, problems_in, settings_of
from tests.fakes import files

FILE = ".genesis-ci.yml"
API_URL = "https://genesis.autify.com"
PATH = "genesis-results/result.json"
KEY = "gk_0123456789abcdef"
OTHER_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
ENV = {
    "PREVIEW_URL": "https://preview.example.com", "EMPTY": "", "LOGIN": "hunter2!", "COUNT": "0"
}  # fmt: skip

PARTS_OF_FILES = st.sampled_from(
    (
        *("version: 1\n", "defaults:\n", "workflows:\n", "  - name: a\n", "    inputs:\n"),
        *("      k: ${NAME}\n", "      k: $${\n", "max-parallel: 8\n", "a: b\n", "A=1\n"),
        *("{", "}", "[", "]", "&a ", "*a", "!!int ", "<<: ", "? ", ": ", "|\n", "'", '"'),
        *("%TAG\n", "---\n", "...\n", "\t", "\x00", "#", "\ufeff", "export X=1\n", "{}"),
    )
)
ODD_FILES = st.lists(PARTS_OF_FILES, max_size=30).map("".join)
"""Texts that are almost config files or context variables."""


def parse(
    config: str | None = None,
    /,
    *,
    result: str | None = None,
    contents: Mapping[str, str] | None = None,
    weaker: Mapping[str, str] | None = None,
    **given: Any,
) -> Settings:
    """Return the settings of a job with a key; without a config file it runs WORKFLOW_ID.

    `config` and `result` are the texts of FILE and PATH. `given` has the inputs, as flags, and the
    options of `settings_of`; `expose` lists everything by default. `weaker` are further inputs.
    """
    named = {FILE: config, PATH: result, **(contents or {})}
    read_file = files({path: text for path, text in named.items() if text is not None})
    given = {"verb": Verb.RUN, "environ": ENV, "read_file": read_file, "api-key": KEY, **given}
    if config is None and not given.get("attach_from"):
        given = {"workflow-id": WORKFLOW_ID, **given}
    listed = (f"{letter}*" for letter in ascii_uppercase)
    given.setdefault("expose", " ".join([*listed, *given["environ"]]))
    texts = {key.replace("_", "-"): text for key, text in given.items()}
    inputs = {name: Given(texts[name], f"--{name}") for name in BY_NAME if texts.get(name)}
    options = {key: value for key, value in given.items() if key.replace("_", "-") not in BY_NAME}
    weakest = {name: Given(text, name) for name, text in (weaker or {}).items()}
    return settings_of(weakest, inputs, **options)


def shown(problems: Iterable[Mistake]) -> list[str]:
    """Return problems as people see them if nothing is secret."""
    return [str(problem.shown(str)) for problem in problems]


def workflows(parsed: Settings) -> tuple[Workflow, ...]:
    assert problems_in(parsed) == ()
    return parsed.workflows


def checks_of(*config: str, **given: Any) -> tuple[Any, ...]:
    [run] = workflows(parse(*config, **given))
    return run.checks.configured


def run_of(*config: str, **given: Any) -> Workflow:
    [run] = workflows(parse(*config, **given))
    return run


def entry(*lines: str, head: str = "version: 1\nworkflows:\n") -> str:
    """A file with one entry; line 3 is its name, line 4 its workflow, line 5 the first of these."""
    own = "".join(f"    {line}\n" for line in lines)
    return f"{head}  - name: smoke\n    workflow-id: {WORKFLOW_ID}\n{own}"


def under(*lines: str) -> str:
    """A file with one entry, and these lines from line 2."""
    return entry(head="\n".join(["version: 1", *lines, "workflows:\n"]))


def result_json(*workflows: WorkflowReport, sha: str | None = None, **fields: Any) -> str:
    """Return an earlier job's file, with fields replaced."""
    report = JobReport(
        outcome=Outcome(verdict=Verdict.TRIGGERED, exit_code=0, sentences=("x",)),
        workflows=workflows,
        started_at=START,
        api_url=API_URL,
        change=Change(sha=sha),
    )
    return json.dumps(json.loads(result.render(report)) | fields)


def a_triggered(
    name: str = "smoke", execution_id: str | None = EXECUTION_ID, **fields: Any
) -> WorkflowReport:
    return a_report(Verdict.TRIGGERED, name=name, execution_id=execution_id, **fields)


SHORT = {"↵": "\n", "<KEY>": KEY, "<ID>": WORKFLOW_ID, "<OTHER>": OTHER_ID}


def unabridged(text: str) -> str:
    """Return the value of a heading in `tests/approved`.

    `↵` stands for a line break, `<9>` for nine letters, `<KEY>` for the API key, `<ID>` for the id
    of a workflow.
    """
    text = re.sub("<([0-9]+)([a-z]?)>", lambda many: (many[2] or "x") * int(many[1]), text)
    for word, meaning in SHORT.items():
        text = text.replace(word, meaning)
    return text


def abridged(text: str) -> str:
    for word, meaning in SHORT.items():
        text = text.replace(meaning, word)
    return text


def approved(problems: tuple[str, ...]) -> str:
    """Return problems as `tests/approved` has them; they are sentences without secrets."""
    assert all(one.endswith((".", "?", "。")) and not one.endswith("..") for one in problems)
    assert KEY not in str(problems)
    assert "ter2" not in str(problems)
    return "\n".join(problems)
