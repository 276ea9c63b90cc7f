"""Unusual stages: servers that are not there, not yet there, or not what they should be."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.reliability.certificates import Certificates
from tests.reliability.faults import Fault, Stage
from tests.reliability.server import FaultServer


@contextmanager
def nobody_listens(fault: Fault) -> Iterator[Stage]:
    with FaultServer() as server:
        server.stop_listening()
        yield Stage(server=server, url=server.url)


@contextmanager
def not_yet_there(fault: Fault) -> Iterator[Stage]:
    """The server comes up after 1.2 seconds."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    come, up = threading.Event(), threading.Event()
    servers: list[FaultServer] = []

    def come_up() -> None:
        come.wait(1.2)
        servers.append(FaultServer(triggers=fault.triggers, polls=fault.polls, port=port))
        up.set()

    threading.Thread(target=come_up, daemon=True).start()
    stand_in = FaultServer()
    stand_in.close()
    try:
        yield Stage(server=_Later(servers, stand_in), url=f"http://127.0.0.1:{port}")
    finally:
        up.wait(5)
        for server in servers:
            server.close()


class _Later(FaultServer):
    """Counts what the server that came later saw."""

    def __init__(self, servers: list[FaultServer], stand_in: FaultServer) -> None:
        self._servers = [stand_in]
        self._later = servers

    def count(self, method: str) -> int:
        return sum(server.count(method) for server in [*self._servers, *self._later])


@contextmanager
def unknown_name(fault: Fault) -> Iterator[Stage]:
    with FaultServer() as server:
        yield Stage(server=server, url="https://genesis.invalid")


@contextmanager
def untrusted_certificate(fault: Fault) -> Iterator[Stage]:
    tls = Certificates.get().server
    with FaultServer(triggers=fault.triggers, polls=fault.polls, tls=tls) as server:
        yield Stage(server=server, url=server.url)


@contextmanager
def own_authority(fault: Fault) -> Iterator[Stage]:
    """A certificate of a private authority that `SSL_CERT_FILE` names."""
    certificates = Certificates.get()
    with FaultServer(triggers=fault.triggers, polls=fault.polls, tls=certificates.server) as server:
        yield Stage(
            server=server, url=server.url, environ={"SSL_CERT_FILE": str(certificates.authority)}
        )


@contextmanager
def bad_bundle(fault: Fault) -> Iterator[Stage]:
    with FaultServer(triggers=fault.triggers, polls=fault.polls) as server:
        environ = {"REQUESTS_CA_BUNDLE": str(Path(__file__))}
        yield Stage(server=server, url=server.url, environ=environ)


@contextmanager
def no_bundle(fault: Fault) -> Iterator[Stage]:
    with FaultServer(triggers=fault.triggers, polls=fault.polls) as server:
        yield Stage(server=server, url=server.url, environ={"SSL_CERT_FILE": "/nowhere/ca.pem"})


@contextmanager
def no_tls(fault: Fault) -> Iterator[Stage]:
    """A server that speaks plain HTTP where TLS is expected."""
    with FaultServer(triggers=fault.triggers, polls=fault.polls) as server:
        yield Stage(server=server, url=server.url.replace("http:", "https:"))


@contextmanager
def mute(fault: Fault) -> Iterator[Stage]:
    """A server that accepts connections and never says a word, not even of TLS."""
    with FaultServer(mute=True) as server:
        yield Stage(server=server, url=server.url.replace("http:", "https:"))


@contextmanager
def dead_proxy(fault: Fault) -> Iterator[Stage]:
    with FaultServer() as server, FaultServer() as proxy:
        proxy.stop_listening()
        environ = {"HTTPS_PROXY": proxy.url}
        yield Stage(server=server, url="https://genesis.example", environ=environ)


@contextmanager
def refusing_proxy(fault: Fault) -> Iterator[Stage]:
    """A proxy that answers `CONNECT` with 407."""
    with FaultServer() as server, _Refusing() as proxy:
        environ = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}
        yield Stage(server=server, url="https://genesis.example", environ=environ)


class _Refusing(FaultServer):
    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
