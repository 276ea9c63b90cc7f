"""How network faults are explained."""

import socket
import ssl

import pytest
from urllib3.exceptions import NameResolutionError, NewConnectionError, ProxyError

from genesis_ci.http.faults import explained


def unresolved(code: int) -> NameResolutionError:
    """Return the error for a name about which the resolver says this."""
    said = socket.gaierror(code, "the resolver's words")
    error = NameResolutionError("genesis.example", None, said)  # type: ignore[arg-type]
    error.__cause__ = said
    return error


@pytest.mark.parametrize(
    ("error", "problem", "resolved"),
    [
        (unresolved(socket.EAI_NONAME), "genesis.example: the host name does not exist", False),
        (unresolved(socket.EAI_NODATA), "genesis.example: the host name does not exist", False),
        (unresolved(socket.EAI_AGAIN), "genesis.example: the name cannot be resolved", None),
        (
            ProxyError("no", unresolved(socket.EAI_NONAME)),
            "the proxy for genesis.example: the host name does not exist",
            False,
        ),
    ],
    ids=["no such name", "no address", "no resolver", "no such proxy"],
)
def test_a_missing_host_name_differs_from_a_failing_resolver(error, problem, resolved):
    fault = explained("https://genesis.example/x", error, reached=False)
    assert str(fault) == f"Cannot connect to {problem}."
    assert fault.resolved is resolved


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1:8765", "[::1]"])
def test_a_loopback_address_may_be_that_of_a_container(host):
    fault = explained(f"http://{host}/x", ConnectionRefusedError(), reached=False)
    assert "the address under which the container reaches the server" in (fault.hint or "")


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (9, "correct the clock"),
        (10, "correct the clock"),
        (18, "private cert"),
        (62, "is for another one"),
    ],
)
def test_only_an_unknown_authority_may_be_private(code, advice):
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code, error.verify_message = code, "it is no good."
    fault = explained("https://genesis.example/x", error, reached=False)
    assert str(fault) == "The certificate of genesis.example is not trusted: it is no good."
    assert advice in (fault.hint or "")


NOBODY = NewConnectionError(None, "to http://user:pa55@proxy:9")  # type: ignore[arg-type]
NOBODY.__cause__ = ConnectionRefusedError()


@pytest.mark.parametrize(
    ("cause", "problem"),
    [
        (NOBODY, "to the proxy for genesis.example: connection refused"),
        (
            OSError("Tunnel connection failed: 407 ::error::Forged words"),
            "to genesis.example: the proxy refused the connection with status 407",
        ),
    ],
    ids=["missing", "refusing"],
)
def test_a_failing_proxy_is_reported_without_its_message(cause, problem):
    fault = explained("https://genesis.example/x", ProxyError("no", cause), reached=False)
    assert str(fault) == f"Cannot connect {problem}."
    assert "HTTPS_PROXY" in (fault.hint or "")
    assert not fault.reached
