"""Previews of all kinds on real HTTP, which remember what was asked of them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, dict[str, str], bytes] | None
"""Status, headers and body; None is silence."""


@dataclass
class Preview:
    """One server. `asked` has the path and the headers of each request."""

    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def sent(self) -> str:
        return str(self.asked)


@contextmanager
def serving(answer: Callable[[str, int], Answer]) -> Iterator[Preview]:
    """Serve what `answer` says of a path and of the number of the request, from 1 on."""
    preview = Preview()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            preview.asked.append((self.path, dict(self.headers)))
            given = answer(self.path, len(preview.asked))
            if given is None:
                over.wait(30)
                return
            status, headers, body = given
            self.send_response(status)
            for name, text in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, text)
            self.end_headers()
            with suppress(OSError):  # who asked may have read enough
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

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
