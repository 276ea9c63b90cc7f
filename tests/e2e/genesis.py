"""Servers of the tests: an emulated Genesis with https, and a preview that is deployed slowly."""

import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import trustme
import uvicorn

from genesis_ci.http.transport import Request, Response
from genesis_emulator.connection import Connection
from genesis_emulator.server import Emulator, application
from tests.doc_pages import RECIPES, text_of
from tests.reliability import answers
from tests.reliability.answers import answer, error
from tests.reliability.server import FaultServer

LOOPBACK = "127.0.0.2"
HOST = "genesis.example.com"
REACHABLE = f"--add-host={HOST}:host-gateway"
"""An option of `docker run` with which a container finds the host."""
CONFIG = """\
version: 1
workflows:
  - name: smoke
    workflow-id: ${WORKFLOW}
    inputs: {target_url: "${ci.branch} ${ci.change} ${ci.sha}"}
    wait-for: {url: "${PREVIEW_URL}/version", contains: "${ci.sha}", timeout: 60s}
"""
EXAMPLE_IDS = (
    "https://genesis.autify.com/api/workflows/UUID/trigger",
    "6f9619ff-8b86-4d01-b42d-00c04fc964ff",
)
KEY = re.compile(r"^( +)api-key: \$\{\{ secrets\.[\w-]+ \}\}$", re.MULTILINE)


def recipe(name: str, emulator: Emulator, workflow: str = "") -> str:
    """Return a recipe that runs a workflow of the emulator."""
    text = KEY.sub(rf"\g<0>\n\1api-url: {emulator.url}", text_of(RECIPES / name))
    for example in EXAMPLE_IDS if workflow else ():
        text = text.replace(example, emulator.workflows[workflow].id)
    return text


class Genesis(Emulator):
    """An emulator that containers also reach with https; they have to trust the authority."""

    def __init__(self, folder: Path) -> None:
        super().__init__(host="0.0.0.0", speed=30)
        authority = trustme.CA()
        self.authority = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        pem = str(folder / "server.pem")
        authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(pem)
        self._listener = socket.create_server(("0.0.0.0", 0))
        config = uvicorn.Config(
            application(self), http=Connection, ws="none", lifespan="off", log_config=None,
            ssl_certfile=pem,
        )  # fmt: skip
        self._https = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._https.run, args=([self._listener],))

    def __enter__(self) -> Self:
        self._thread.start()
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        self._https.should_exit = True
        self._thread.join()
        super().__exit__(*error)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self._listener.getsockname()[1]}"

    @property
    def http_port(self) -> str:
        return super().url.rpartition(":")[2]


def preview_of(commit: str) -> FaultServer:
    """Return a preview that first is down, then shows an older commit, then the given one."""
    return FaultServer(polls=(error("503 Busy"), answer(b"f9e8d7c6"), answer(commit.encode())))


@contextmanager
def served(
    bodies: Mapping[str, bytes], https: ssl.SSLContext | None = None
) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a server with answers by path, and the bodies that it received."""
    received: list[str] = []

    def answered(request: Request) -> Response:
        received.append((request.body or b"").decode())
        body = bodies[request.url.partition("?")[0]]
        kind = f"application/{'json' if body[:1] == b'{' else 'zip'}"
        return Response(status=200, headers={"content-type": kind}, body=body)

    # the poster uses port 443, whatever the address of the webhook says
    address = (LOOPBACK, 443 if https else 0)
    with answers.served(answered, address=address, tls=https) as url:
        yield url, received
