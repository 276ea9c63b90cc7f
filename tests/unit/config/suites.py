"""Config files for tests."""

from hypothesis import strategies as st

from genesis_ci.config.settings import Settings
from genesis_ci.config.sources import Given
from genesis_ci.models import Verb
from tests.builders import WORKFLOW_ID, problems_in, settings_of
from tests.fakes import files

FILE = ".genesis-ci.yml"
KEY = "gk_0123456789abcdef"
OTHER_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
ENV = {"PREVIEW_URL": "https://preview.example.com", "EMPTY": "", "LOGIN": "hunter2!"}

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

PRODUCT_EXAMPLE = f"""\
version: 1
defaults:
  max-wait-time: 20m
max-parallel: 8
workflows:
  - name: checkout smoke
    workflow-id: {WORKFLOW_ID}
    concurrency-policy: cancel-previous
    inputs:
      target_url: ${{PREVIEW_URL}}
  - name: exploratory charter
    workflow-id: {OTHER_ID}
    required: false
    on-review-pending: pass
"""


def parse(
    text: str,
    *,
    verb: Verb = Verb.RUN,
    env=None,
    more_files=None,
    attach_from: str | None = None,
    **texts: str,
) -> Settings:
    named = {"api-key": KEY, **{key.replace("_", "-"): value for key, value in texts.items()}}
    return settings_of(
        {name: Given(value, f"--{name}") for name, value in named.items() if value},
        verb=verb,
        read_file=files({FILE: text, **(more_files or {})}),
        environ=ENV if env is None else env,
        attach_from=attach_from,
    )


def settings(parsed: Settings) -> Settings:
    assert problems_in(parsed) == ()
    return parsed


def entry(*lines: str, head: str = "version: 1\nworkflows:\n") -> str:
    """A file with one entry; line 3 is its name, line 4 its workflow, line 5 the first of these."""
    own = "".join(f"    {line}\n" for line in lines)
    return f"{head}  - name: smoke\n    workflow-id: {WORKFLOW_ID}\n{own}"


def under(*lines: str) -> str:
    """A file with one entry, and these lines from line 2."""
    return entry(head="\n".join(["version: 1", *lines, "workflows:\n"]))


def run_of(text: str, **options):
    [run] = settings(parse(text, **options)).workflows
    return run


LAYERS = """\
version: 1
defaults:
  max-wait-time: 1m
  inputs: {a: defaults, b: defaults, c: defaults}
workflows:
  - name: smoke
    workflow-id: 6f9619ff-8b86-4d01-b42d-00c04fc964ff
    max-wait-time: 2m
    inputs: {b: entry, c: entry}
"""
ATTACHED = "version: 1\nworkflows:\n  - {name: a, execution-id: '${RUN}'}\n"
