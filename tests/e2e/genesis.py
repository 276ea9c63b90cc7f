"""The emulated Genesis of the tests: a separate host on their network, with https."""

import http.client
import json
import shutil
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trustme

from tests.e2e.docker import ROOT, build, docker
from tests.e2e.github_runner import LABEL

HOST = "genesis.example.com"
URL = f"https://{HOST}"


@dataclass(frozen=True, kw_only=True)
class Genesis:
    """The control API of the emulator. Clients have to trust `certificates`."""

    port: int
    certificates: Path
    api_key: str = "ak_emulator_demo_key"

    def workflow(self, name: str) -> str:
        ids = {row["name"]: row["id"] for row in self._call("GET", "/")["workflows"]}
        return ids[name]

    def executions(self) -> list[dict[str, Any]]:
        return self._call("GET", "/executions")["executions"]

    def reset(self) -> None:
        self._call("POST", "/reset")

    def _call(self, method: str, path: str) -> Any:
        trusting = ssl.create_default_context(cafile=str(self.certificates))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=trusting)
        try:
            connection.request(method, f"/_emulator{path}")
            answer = connection.getresponse()
            assert answer.status < 300, answer.status
            return json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def wait_until_ready(self, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._call("GET", "/")
            except (OSError, http.client.HTTPException):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return


@contextmanager
def serving(network: str, folder: Path) -> Iterator[Genesis]:
    image = _image(folder / "context")
    certificates = _certificates(folder)
    container = docker(
        "run", "--detach", "--rm", "--label", LABEL, "--network", network, "--network-alias", HOST,
        "--publish", "127.0.0.1::443", "--volume", f"{folder}:/tls:ro", image,
    )  # fmt: skip
    try:
        port = int(docker("port", container, "443/tcp").rsplit(":", 1)[1])
        genesis = Genesis(port=port, certificates=certificates)
        genesis.wait_until_ready()
        yield genesis
    finally:
        docker("rm", "--force", container)


def _image(context: Path) -> str:
    here = Path(__file__).parent / "emulator"
    shutil.copytree(here, context)
    shutil.copytree(ROOT / "genesis_emulator", context / "genesis_emulator")
    shutil.copy(ROOT / "requirements-emulator.txt", context)
    return build("genesis-ci:e2e-emulator", context)


def _certificates(folder: Path) -> Path:
    authority = trustme.CA()
    authority.issue_cert(HOST, "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        str(folder / "server.pem")
    )
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    return folder / "authority.pem"
