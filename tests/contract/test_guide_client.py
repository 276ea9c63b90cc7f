"""Clients written from the guide alone work with the emulator."""

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from typing import Any

import pytest

from genesis_emulator import Emulator


@pytest.fixture(scope="module")
def fast():
    with Emulator(speed=40) as emulator:
        yield emulator


def shell(command: str) -> Any:
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_commands_of_the_guide_work(fast):
    template = fast.workflows["completed"].id
    started = shell(
        f"""curl -X POST {fast.url}/api/workflows/{template}/trigger \\
  -H "x-api-key: {fast.api_key}" \\
  -H "Content-Type: application/json" \\
  -d '{{"target_url": "https://example.com"}}'"""
    )
    assert started["success"] is True
    seen = shell(
        f"""curl -X GET {fast.url}/api/executions/{started["executionId"]} \\
  -H "x-api-key: {fast.api_key}" """
    )
    assert seen["id"] == started["executionId"]
    assert seen["triggerPayload"] == {"target_url": "https://example.com"}
    assert seen["triggerMetadata"]["userAgent"].startswith("curl/")


class GuideClient:
    """A client with everything in the guide, and nothing else."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self.base_url = base_url
        self.api_key = api_key

    def request(self, method: str, path: str, payload: dict[str, str] | None = None) -> Any:
        headers = {"x-api-key": self.api_key, "Content-Type": "application/json"}
        body = None if payload is None else json.dumps(payload).encode()
        request = urllib.request.Request(self.base_url + path, body, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def run(self, template: str, payload: dict[str, str]) -> Any:
        started = self.request("POST", f"/api/workflows/{template}/trigger", payload)
        while True:
            seen = self.request("GET", f"/api/executions/{started['executionId']}")
            if seen["status"] not in {"pending", "running"}:
                return seen
            time.sleep(0.02)


@pytest.mark.parametrize(
    ("workflow", "status"),
    [
        ("completed", "completed"),
        ("failed", "failed"),
        ("review", "review_pending"),
        ("cancelled", "cancelled"),
        ("skipped", "skipped"),
    ],
)
def test_guide_client_sees_each_run_end(fast, workflow, status):
    client = GuideClient(fast.url, fast.api_key)
    seen = client.run(fast.workflows[workflow].id, {"target_url": "https://example.com"})
    assert seen["status"] == status


def test_credential_check_starts_nothing(fast):
    nobody = "/api/executions/00000000-0000-0000-0000-000000000000"
    for key, status in ((fast.api_key, 404), ("wrong", 401)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            GuideClient(fast.url, key).request("GET", nobody)
        with refused.value as answer:
            assert answer.code == status
