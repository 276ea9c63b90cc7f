"""Servers of the tests: an emulated Genesis with https, and a preview that is deployed slowly."""

import http.client
import ssl
import threading
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import trustme

from genesis_emulator import Emulator
from tests.integration.previews import Preview, serving

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


class Genesis(Emulator):
    """An emulator for containers, which have to trust the authority. It listens everywhere."""

    def __init__(self, authority: Path) -> None:
        super().__init__(host="0.0.0.0", speed=30)
        self.authority = authority
        self._https = ThreadingHTTPServer(("0.0.0.0", 0), BaseHTTPRequestHandler)

    def __enter__(self) -> Self:
        super().__enter__()
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.authority))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(HOST).configure_cert(context)
        self._https.RequestHandlerClass = _forwarder_to(self.http_address)
        self._https.socket = context.wrap_socket(
            self._https.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=self._https.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._https.shutdown()
        self._https.server_close()
        super().__exit__(*error)

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self._https.server_port}"

    @property
    def http_address(self) -> str:
        """Host and port without https, on this machine."""
        return super().url.removeprefix("http://")


def _forwarder_to(address: str) -> type[BaseHTTPRequestHandler]:
    class Forwarder(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            emulated = http.client.HTTPConnection(address)
            emulated.request(self.command, self.path, body, dict(self.headers))
            answer = emulated.getresponse()
            self.send_response_only(answer.status)
            for header in answer.getheaders():
                self.send_header(*header)
            self.end_headers()
            self.wfile.write(answer.read())
            emulated.close()

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    return Forwarder


def preview_of(commit: str) -> AbstractContextManager[Preview]:
    """Serve a preview that first is down, then shows an older commit, then the given one."""
    answers = [(503, b""), (200, b"f9e8d7c6"), (200, commit.encode())]

    def answer(_: str, number: int) -> tuple[int, dict[str, str], bytes]:
        status, body = answers[min(number, len(answers)) - 1]
        return status, {}, body

    return serving(answer)
