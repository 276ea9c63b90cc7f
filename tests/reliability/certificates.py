"""A private certificate authority for one test run."""

import ssl
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import trustme


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
