"""A server echoes secrets in every field and encoding; no report shows them."""

import base64
import html
import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from tests.builders import EXECUTION_ID, a_wire_execution
from tests.jobs import KEY, assert_evidence, inputs_at, run_step
from tests.reliability.answers import COMPLETED, Script, answer, as_json, error, started
from tests.reliability.server import Certificates, FaultServer

PASSWORD = 'p&ss "w<rd\\é/%'
ENCODINGS = {
    "plain": str,
    "json": lambda text: json.dumps(text)[1:-1],
    "json for scripts": lambda text: (
        json.dumps(text)[1:-1].replace("&", "\\u0026").replace("<", "\\u003c")
    ),
    "json with escaped slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "url": lambda text: quote(text, safe=""),
    "url in small letters": lambda text: re.sub(
        "%..", lambda code: code[0].lower(), quote(text, safe="")
    ),
    "html": html.escape,
    "html by number": lambda text: html.escape(text).replace("&quot;", "&#34;"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, moved by one": lambda text: base64.b64encode(b"x" + text.encode()).decode(),
    "base64, moved by two": lambda text: base64.b64encode(b"xy" + text.encode()).decode(),
    "basic authorization": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
}


def echo(word: str) -> dict[str, Any]:
    """Return an execution with this text in every field."""
    block = {"status": "failed", "output": {word: [word]}, "error": f"<{word}>"}
    return a_wire_execution(
        status="failed",
        workflowName=word,
        cancelReason=f"because of {word}",
        error={"message": word, word: 1},
        triggerPayload={"password": word},
        state={
            "workflowId": word,
            "blocks": {word: block, "block-2": {"status": word, "output": f"a{word}b\n{word}"}},
        },
    )


def hidden_in(text: str, secret: str) -> bool:
    """Return whether neither the secret nor an encoding of it is in the text."""
    cores = (encode(secret) for name, encode in ENCODINGS.items() if "base64" not in name)
    bare = {core for core in cores if len(core) >= 4}
    encoded = base64.b64encode(secret.encode()).decode()[:-4]
    return not any(core in text for core in {*bare, encoded})


def test_no_field_of_an_answer_reveals_a_secret(tmp_path):
    said = " and ".join(encode(text) for encode in ENCODINGS.values() for text in (KEY, PASSWORD))
    looks: tuple[Script, ...] = (
        error("502 Bad Gateway", said),
        answer(as_json({"id": EXECUTION_ID, "status": said})),
        answer(as_json(echo(said))),
    )
    with FaultServer(triggers=(started(),), polls=looks) as server:
        secret = {"inputs": json.dumps({"password": PASSWORD}), "secret_inputs": "password"}
        ended = run_step(tmp_path, inputs_at(server.url, **secret))
    assert_evidence(ended, exit_code=1, verdict="failed")
    everything = ended.everything()
    assert hidden_in(everything, KEY)
    assert hidden_in(everything, PASSWORD)
    assert "***" in everything


@pytest.mark.parametrize("status", ["401 No", "500 No", "200 OK"])
def test_no_answer_to_a_trigger_reveals_a_secret(status, tmp_path):
    said = answer(as_json({"success": False, "error": f"no {KEY}", "executionId": KEY}), status)
    with FaultServer(triggers=(said,)) as server:
        ended = run_step(tmp_path, inputs_at(server.url))
    assert ended.exit_code in {7, 8}
    assert hidden_in(ended.everything(), KEY)


def test_no_session_key_of_a_connection_is_written(tmp_path):
    keys = tmp_path / "session-keys"
    certificates = Certificates.get()
    env = {"SSLKEYLOGFILE": str(keys), "REQUESTS_CA_BUNDLE": str(certificates.authority)}
    with FaultServer(triggers=(started(),), polls=(COMPLETED,), tls=certificates.server) as server:
        ended = run_step(tmp_path / "job", inputs_at(server.url), **env)
    assert_evidence(ended, exit_code=0, verdict="passed")
    assert not keys.exists()
