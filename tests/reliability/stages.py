"""Servers that do not run, start late, or use a wrong protocol."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.reliability.certificates import Certificates
from tests.reliability.faults import Fault, Stage
from tests.reliability.server import FaultServer


@contextmanager
def nobody_listens(fault: Fault) -> Iterator[Stage]:
    with FaultServer(listens=False) as server:
        yield Stage(server=server, url=server.url)


@contextmanager
def not_yet_there(fault: Fault) -> Iterator[Stage]:
    """The server comes up after 1.2 seconds."""
    with FaultServer(triggers=fault.triggers, polls=fault.polls, listens=False) as server:
        up = threading.Timer(1.2, server.listen)
        up.start()
        try:
            yield Stage(server=server, url=server.url)
        finally:
            up.join()


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
    """A server that accepts connections and sends nothing, not even TLS."""
    with FaultServer(mute=True) as server:
        yield Stage(server=server, url=server.url.replace("http:", "https:"))


@contextmanager
def dead_proxy(fault: Fault) -> Iterator[Stage]:
    with FaultServer() as server, FaultServer(listens=False) as proxy:
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
        with connection, suppress(OSError):
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
