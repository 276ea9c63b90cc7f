"""The skill for agents agrees with the tables of commands, inputs and exit codes."""

import json
import re

import yaml

from genesis_ci.commands import COMMANDS, options_of, parse_arguments
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.models.judgement import Judgement
from genesis_ci.models.report import EXIT_CODES, Verdict
from tests.doc_pages import BLOCK, ROOT, recipe_of
from tests.gitlab_rules import INPUTS
from tests.unit.config.configs import parse, workflows

FILE = ROOT / "skills/genesis-ci/SKILL.md"
_, HEAD, TEXT = FILE.read_text(encoding="utf-8").split("---\n", 2)
CODE = re.findall(r"`([^`\n]+)`", BLOCK.sub("", TEXT))


def test_the_head_is_what_agent_tools_read():
    head = yaml.safe_load(HEAD)
    assert head.keys() == {"name", "description"}
    assert head["name"] == FILE.parent.name
    assert len(head["description"]) <= 1024


def test_every_command_is_accepted():
    shells = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    lines = [*CODE, *"".join(shells).splitlines()]
    commands = [line.split()[1:] for line in lines if line.startswith("genesis-ci ")]
    assert {words[0] for words in commands} == {"check", "emulator", "init", "run", "show"}
    assert [words for words in commands if parse_arguments(words).problems] == []


def test_every_name_in_code_marks_is_in_a_table():
    schema = json.loads((ROOT / "genesis_ci/result.schema.json").read_text(encoding="utf-8"))
    fields = set(re.findall(r'"(\w+)": \{', json.dumps(schema)))
    flags = {option.name for command in COMMANDS for option in options_of(command)}
    known = {
        *COMMANDS,
        *flags,
        *BY_NAME,
        *(row.next for row in EXIT_CODES.values() if row.next),
        *Verdict,
        *Judgement,
        *fields,
    }
    known |= {
        "GENESIS_API_KEY",
        "GENESIS_WORKFLOW_ID",
        "OWNER",
        "COMMIT",
        "TAG",
        "llms.txt",
        "none",
        "env",
    }
    names = {word.split(":")[0] for word in CODE if not re.search(r"[/ ]|\.yml", word)}
    assert names - known == set()


def test_every_input_of_an_example_exists():
    github, gitlab, config = map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL))
    action, _ = github["jobs"]["genesis"]["steps"]
    assert action["with"].keys() <= recipe_of(ROOT / "action.yml")["inputs"].keys()
    [component] = gitlab["include"]
    assert component["inputs"].keys() <= INPUTS.keys()
    text = yaml.safe_dump(config).replace("UUID", "6f9619ff-8b86-4d01-b42d-00c04fc964ff")
    assert workflows(parse(text, environ={"PREVIEW_URL": "https://preview.example.com"}))


def test_the_steps_after_each_exit_code_are_those_of_the_table():
    rows = re.findall(r"^\| ([\d, ]+) \| `?([–\w]+)`? \|", TEXT, re.MULTILINE)
    assert {
        int(code): step if step != "–" else None
        for codes, step in rows
        for code in codes.split(",")
    } == {code: row.next for code, row in EXIT_CODES.items()}


def test_every_page_exists():
    pages = re.findall(r"genesis-ci/([\w-]+)\.html", TEXT)
    assert len(pages) >= 9
    assert [page for page in pages if not (ROOT / f"docs/{page}.md").exists()] == []
