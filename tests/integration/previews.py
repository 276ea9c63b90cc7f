"""Previews on real HTTP, which keep their requests."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, dict[str, str], bytes] | None
"""Status, headers and body; None is silence."""


@dataclass
class Preview:
    """One server. `requests` has the path and the headers of each request."""

    url: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def sent(self) -> str:
        return str(self.requests)


@contextmanager
def serving(answer: Callable[[str, int], Answer]) -> Iterator[Preview]:
    """Serve the `answer` for a path and the number of the request, from 1."""
    preview = Preview()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            preview.requests.append((self.path, dict(self.headers)))
            given = answer(self.path, len(preview.requests))
            if given is None:
                over.wait(30)
                return
            status, headers, body = given
            self.send_response(status)
            for name, text in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, text)
            self.end_headers()
            with suppress(OSError):  # the client may have read enough
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    preview.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield preview
    finally:
        over.set()
        server.shutdown()
        server.server_close()
