"""Explains faults of the network, each with the next step."""

import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from urllib3.exceptions import IncompleteRead, NameResolutionError, ProxyError

from genesis_ci.errors import ContactError
from genesis_ci.language import N_, _, fill
from genesis_ci.network import Network, network_of
from genesis_ci.text import without_full_stop

_NO_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}  # not on BSD
"""What a resolver says of a name that does not exist; one that does not work says `EAI_AGAIN`."""
_REFUSED_TUNNEL = r"Tunnel connection failed: ([1-9]\d\d)\b"
_TIME_CODES = {9, 10}
"""OpenSSL's codes of a certificate that is not valid yet or any more."""
_OTHER_HOST_CODES = {62, 64}
"""OpenSSL's codes of a certificate for another host name or IP address."""
_OTHER_HOST = N_(
    "Check the host name in the address: the certificate that the server has is for another one."
)
_WRONG_TIME = N_("Have the server's certificate renewed, or correct the clock of this machine.")
_WRONG_CERTIFICATE = N_(
    "Check the address; for a private certificate authority set REQUESTS_CA_BUNDLE to its "
    "certificate file."
)
LOOPBACK = N_(
    "See that the server runs. In a container, such as that of the GitHub action, a loopback "
    "address is the container's own: give the address under which the container reaches the server."
)
_Reasons = Sequence[tuple[type[BaseException], str, str]]
"""The type of an exception in the chain, words in one of its messages, and the marked reason."""
_OUT_OF_MEMORY = (MemoryError, "", N_("this machine is out of memory"))
_WHY_UNREACHABLE: _Reasons = (
    _OUT_OF_MEMORY,
    (NameResolutionError, "", N_("the name cannot be resolved")),
    (TimeoutError, "timed out", N_("no connection in time")),
    (ConnectionRefusedError, "", N_("connection refused")),
    (ssl.SSLError, "", N_("the TLS handshake failed")),
)
_WHY_LOST: _Reasons = (
    _OUT_OF_MEMORY,
    (TimeoutError, "timed out", N_("no complete answer in time")),
    (IncompleteRead, "IncompleteRead", N_("the answer was cut off")),
    (ConnectionError, "closed", N_("the connection broke")),
)


def overdue(url: str, *, reached: bool) -> ContactError:
    """Return the fault of no answer in time; `reached` is whether the request was sent by then."""
    if reached:
        return _lost(url, _("no complete answer in time"))
    return _unreachable(url, _("no connection in time"), None)


def explained(url: str, error: Exception, *, reached: bool) -> ContactError:
    """Return a foreign exception as a fault; `reached` is whether the request may be sent.

    A `ValueError` before that is about the request itself (its address, a proxy's): final.
    """
    chain, host = list(_chain(error)), _host(url)
    if reached:
        return _lost(url, _reason(chain, _WHY_LOST, _("the answer is not HTTP")))
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            reason = without_full_stop(one.verify_message)
            words = fill(
                "The certificate of {host} is not trusted: {reason}.", host=host, reason=reason
            )
            hint = _WRONG_TIME if one.verify_code in _TIME_CODES else _WRONG_CERTIFICATE
            if one.verify_code in _OTHER_HOST_CODES:
                hint = _OTHER_HOST
            return ContactError(words, reached=False, permanent=True, hint=_(hint))
    if isinstance(error, ValueError):
        kind = type(error).__name__
        words = fill("Cannot start a connection to {host}: {kind}.", host=host, kind=kind)
        hint = _("Check the address and the proxy settings (HTTPS_PROXY, ALL_PROXY, NO_PROXY).")
        return ContactError(words, reached=False, permanent=True, hint=hint)
    reason = _reason(chain, _WHY_UNREACHABLE, _("it failed"))
    said = {one.errno for one in chain if isinstance(one, socket.gaierror)}
    resolved = None if said else True
    if said & _NO_HOST:
        reason, resolved = _("the host name does not exist"), False
    if any(isinstance(one, ProxyError) for one in chain):
        return _proxy_fails(url, chain, reason, resolved)
    has_tls = any(isinstance(one, ssl.SSLError) for one in chain)
    return _unreachable(url, reason, resolved, tls=has_tls)


def _unreachable(
    url: str, reason: str, resolved: bool | None, *, tls: bool = False
) -> ContactError:
    hint = _("Check the address, and that this runner may reach it (proxy, firewall, DNS).")
    if tls:
        hint = _("Check the scheme and the port in the address: the server may not speak https.")
    elif network_of(url) is Network.LOOPBACK:
        hint = _(LOOPBACK)
    return ContactError(
        fill("Cannot connect to {host}: {reason}.", host=_host(url), reason=reason),
        reached=False,
        hint=hint,
        resolved=resolved,
    )


def _proxy_fails(
    url: str, chain: Sequence[BaseException], reason: str, resolved: bool | None
) -> ContactError:
    words = N_("Cannot connect to the proxy for {host}: {reason}.")
    if refusal := re.search(_REFUSED_TUNNEL, " ".join(map(str, chain))):
        words = N_(
            "Cannot connect to {host}: the proxy refused the connection with status {reason}."
        )
        reason = refusal[1]
    hint = _(
        "Check this runner's proxy settings (HTTPS_PROXY, ALL_PROXY, NO_PROXY); a proxy that "
        "answers 407 wants a user and a password in them."
    )
    words = fill(words, host=_host(url), reason=reason)
    return ContactError(words, reached=False, hint=hint, resolved=resolved)


def _lost(url: str, reason: str) -> ContactError:
    return ContactError(
        fill("Lost the connection to {host}: {reason}.", host=_host(url), reason=reason),
        reached=True,
        hint=_("The network or the server is at fault; nothing has to be changed here."),
    )


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _reason(chain: Sequence[BaseException], reasons: _Reasons, otherwise: str) -> str:
    messages = " ".join(map(str, chain))
    for kind, words, reason in reasons:
        if any(isinstance(one, kind) for one in chain) or (words and words in messages):
            return _(reason)
    return fill("{reason} ({kind})", reason=otherwise, kind=type(chain[-1]).__name__)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it came from: by `raise from`, by context, or as its argument."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        one = todo.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            todo += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
