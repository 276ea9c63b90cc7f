"""A server that can misbehave: raw sockets, one script for triggers, one for polls."""

import re
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import trustme

LONGEST_LIFE = 60.0
"""Seconds after which a connection is given up, whatever its script says."""


@dataclass(frozen=True)
class Certificates:
    """A server's TLS context, and the file of the authority that signed its certificate."""

    server: ssl.SSLContext
    authority: Path

    @staticmethod
    @cache
    def get() -> "Certificates":
        """The same for the whole test run."""
        authority = trustme.CA()
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "genesis.example").configure_cert(server)
        path = Path(tempfile.mkdtemp(prefix="genesis-ci-ca-")) / "authority.pem"
        authority.cert_pem.write_to_path(str(path))
        return Certificates(server=server, authority=path)


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    head: str
    body: bytes
    connection: int

    @property
    def headers(self) -> dict[str, str]:
        rows = (line.partition(": ") for line in self.head.splitlines()[1:])
        return {name.lower(): text for name, _, text in rows if name}


class Conversation:
    """What a script can do with one request's connection."""

    def __init__(self, server: "FaultServer", connection: socket.socket, seen: Seen) -> None:
        self.seen = seen
        self._server = server
        self._connection = connection

    def send(self, data: bytes) -> None:
        """Send bytes; a closed connection is not an error."""
        with suppress(OSError):
            self._connection.sendall(data)

    def wait(self, seconds: float) -> bool:
        """Wait; return True if the server closes meanwhile."""
        return self._server.closing.wait(seconds)

    def dribble(self, data: bytes, pause: float = 0.2) -> None:
        """Send the bytes one by one, then repeat the last one, until the client disconnects."""
        until = time.monotonic() + LONGEST_LIFE
        for position in range(10_000):
            byte = data[position : position + 1] or data[-1:]
            try:
                self._connection.sendall(byte)
            except OSError:
                return
            if self.wait(pause) or time.monotonic() > until:
                return

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        with suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close()

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            self._connection.close()

    def stop_server(self) -> None:
        """Refuse every further connection."""
        self._server.stop_listening()


Script = Callable[[Conversation], bool | None]
"""Answers one request; True keeps the connection for another."""


class FaultServer:
    """Answers polls by one script, all that is not GET by another; the last line of each repeats.

    Args:
        address: the host and the port, 0 for a free one.
        listens: whether it listens from the start; else every connection is refused.
        tls: the server's side of TLS.
        mute: accept connections and send nothing.
    """

    def __init__(
        self,
        *,
        triggers: Sequence[Script] = (),
        polls: Sequence[Script] = (),
        address: tuple[str, int] = ("127.0.0.1", 0),
        listens: bool = True,
        tls: ssl.SSLContext | None = None,
        mute: bool = False,
    ) -> None:
        self.requests: list[Seen] = []
        self.connections = 0
        self.closing = threading.Event()
        self._triggers = list(triggers)
        self._scripts = {"GET": list(polls), "CONNECT": [_refuse]}
        self._tls = tls
        self._mute = mute
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listener = _bound(address)
        self.host, self.port = self._listener.getsockname()
        if listens:
            self.listen()

    @property
    def url(self) -> str:
        """The address for `api-url`."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    def count(self, method: str) -> int:
        """How many whole requests of a method arrived."""
        return sum(seen.method == method for seen in self.requests)

    def received(self) -> str:
        """All requests as they arrived."""
        return "".join(seen.head + seen.body.decode("latin-1") for seen in self.requests)

    def listen(self) -> None:
        """Accept connections from now on."""
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop_listening(self) -> None:
        """Refuse every further connection, and keep the port."""
        self._stop()
        self._listener = _bound((self.host, self.port))

    def close(self) -> None:
        """Close everything."""
        self.closing.set()
        self._stop()
        for connection in list(self._open):
            connection.close()

    def __enter__(self) -> "FaultServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _stop(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(LONGEST_LIFE)
            self._open.append(connection)  # from here on it may be closed at any moment
            number = self.connections
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError, ValueError):
            if self._mute:
                self.closing.wait(LONGEST_LIFE)
                return
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            stream = connection.makefile("rb")
            while seen := _read_request(stream, number):
                script = self._next_script(seen)
                if not script(Conversation(self, connection, seen)):
                    break
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        connection.close()

    def _next_script(self, seen: Seen) -> Script:
        with self._lock:
            self.requests.append(seen)
            script = self._scripts.get(seen.method, self._triggers)
            return script.pop(0) if len(script) > 1 else script[0]


def _refuse(conversation: Conversation) -> None:
    """As a proxy, take no connection to another server."""
    conversation.send(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")


def _bound(address: tuple[str, int]) -> socket.socket:
    """Return a socket with its own port, on which nobody listens yet."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(address)
    return bound


def _read_request(stream: "socket.SocketIO", number: int) -> Seen | None:  # type: ignore[name-defined]
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline(65_536)
        if not line:
            return None
        head += line
    text = head.decode("latin-1")
    method, path, _ = text.split(" ", 2)
    length = re.search(r"(?im)^content-length: *(\d+)", text)
    body = stream.read(int(length[1])) if length else b""
    return Seen(method=method, path=path, head=text, body=body, connection=number)


class ClockFrom:
    """Returns 0 until `happened` is true, and then the seconds since."""

    def __init__(self, happened: Callable[[], object]) -> None:
        self._happened = happened
        self._start: float | None = None

    def __call__(self) -> float:
        if self._start is None and self._happened():
            self._start = time.monotonic()
        return 0.0 if self._start is None else time.monotonic() - self._start
