"""Servers that do not run, start late, or use a wrong protocol."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.reliability.faults import Fault, Stage
from tests.reliability.server import Certificates, FaultServer


@dataclass(frozen=True)
class Serving:
    """Serves a fault's scripts.

    In the address and the variables of the job, `{server}` is the server's address, `{host}` that
    without a scheme, and `{authority}` the file of the server's certificate authority.
    """

    url: str = "{server}"
    environ: Mapping[str, str] = field(default_factory=dict)
    tls: bool = False
    listens: bool = True
    mute: bool = False

    @contextmanager
    def __call__(self, fault: Fault) -> Iterator[Stage]:
        certificates = Certificates.get()
        with FaultServer(
            triggers=fault.triggers,
            polls=fault.polls,
            tls=certificates.server if self.tls else None,
            listens=self.listens,
            mute=self.mute,
        ) as server:
            names = {"server": server.url, "host": f"127.0.0.1:{server.port}"}
            names["authority"] = str(certificates.authority)
            environ = {name: text.format(**names) for name, text in self.environ.items()}
            yield Stage(server=server, url=self.url.format(**names), environ=environ)


@contextmanager
def not_yet_there(fault: Fault) -> Iterator[Stage]:
    """The server comes up after 1.2 seconds."""
    with nobody_listens(fault) as stage:
        up = threading.Timer(1.2, stage.server.listen)
        up.start()
        try:
            yield stage
        finally:
            up.join()


on_one_server = Serving()
nobody_listens = Serving(listens=False)
unknown_name = Serving("https://genesis.invalid")
untrusted_certificate = Serving(tls=True)
own_authority = Serving(tls=True, environ={"SSL_CERT_FILE": "{authority}"})
bad_bundle = Serving(environ={"REQUESTS_CA_BUNDLE": __file__})
no_bundle = Serving(environ={"SSL_CERT_FILE": "/nowhere/ca.pem"})
no_tls = Serving("https://{host}")
mute = Serving("https://{host}", mute=True)
"""Accepts connections and sends nothing, not even TLS."""
dead_proxy = Serving("https://genesis.example", environ={"HTTPS_PROXY": "{server}"}, listens=False)
refusing_proxy = Serving("https://genesis.example", environ={"HTTPS_PROXY": "{server}"})
