"""Log and dotenv file of a GitLab job when every text from Genesis is hostile."""

import dataclasses
import json
import re

from genesis_emulator import Emulator, scenario_file
from genesis_emulator.scenario import Block, Status, Workflow
from tests.gitlab_rules import SECTION, refused_by_gitlab, sections
from tests.hostile import CORPUS
from tests.jobs import run_command, variables_for


def hostile(model: Workflow, number: int, text: str) -> Workflow:
    """Return a failing workflow with the text in every field of the server."""
    block = Block(key=text, duration=0, status=Status.FAILED, output=text, inputs={text: text})
    id_ = f"00000000-0000-4000-8000-{number:012}"
    return dataclasses.replace(model, id=id_, name=text, error=text, blocks=(block,))


def test_a_hostile_server_cannot_change_sections_and_dotenv(tmp_path):
    scenario = scenario_file.builtin()
    model = next(one for one in scenario.workflows if one.name == "failed")
    texts = [text + chr(0xE000 + number) for number, text in enumerate(CORPUS.values())]
    workflows = tuple(hostile(model, number, text) for number, text in enumerate(texts))
    listed = [{"name": f"w{number}", "workflow-id": w.id} for number, w in enumerate(workflows)]
    (tmp_path / ".genesis-ci.yml").write_text(json.dumps({"version": 1, "workflows": listed}))
    with Emulator(dataclasses.replace(scenario, workflows=workflows), speed=20) as emulator:
        ci = {"GITLAB_CI": "true", "CI": "true"}
        job = run_command(tmp_path, "run", **ci, **variables_for(emulator, ""))

    assert job.exit_code == 1, job.log
    assert job.verdicts == ["failed"] * len(CORPUS)
    found = sections(job.log)
    assert len(found) >= 2 * len(CORPUS)
    for (start, name), (end, same) in zip(found[::2], found[1::2], strict=True):
        assert (start, end, name) == ("start", "end", same)
        assert re.fullmatch(r"genesis_\d+_[a-z0-9_]+", name)
    assert "section_" not in SECTION.sub("", job.log)
    assert refused_by_gitlab(job.report("genesis.env")) == []
