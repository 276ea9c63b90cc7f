"""What went wrong on the network, in words that people can act on."""

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from urllib3.exceptions import NameResolutionError

from genesis_ci.errors import ContactError


def overdue(url: str, *, reached: bool) -> ContactError:
    """The time for a whole answer is over; `reached` is whether the request was sent by then."""
    if not reached:
        return _unreachable(url, "no connection in time")
    return _lost(url, "no whole answer in time")


def explained(url: str, error: Exception, *, reached: bool) -> ContactError:
    """Return a foreign exception as a fault; `reached` is whether the request may be sent.

    A `ValueError` before that is about the request itself (its address, a proxy's): final.
    """
    if reached:
        return _lost(url, _why_lost(error))
    certificate = next(
        (one for one in _chain(error) if isinstance(one, ssl.SSLCertVerificationError)), None
    )
    if certificate:
        return _untrusted(url, certificate)
    if isinstance(error, ValueError):
        return _impossible(url, error)
    return _unreachable(url, _why_unreachable(error))


def _untrusted(url: str, error: ssl.SSLCertVerificationError) -> ContactError:
    return ContactError(
        f"The certificate of {_host(url)} is not trusted: {error.verify_message}.",
        reached=False,
        permanent=True,
        hint="Check api-url; for a private certificate authority set REQUESTS_CA_BUNDLE to "
        "its certificate file.",
    )


def _impossible(url: str, error: Exception) -> ContactError:
    return ContactError(
        f"Cannot even try to connect to {_host(url)}: {type(error).__name__}.",
        reached=False,
        permanent=True,
        hint="Check api-url and the proxy settings (HTTPS_PROXY, ALL_PROXY, NO_PROXY).",
    )


def _unreachable(url: str, reason: str) -> ContactError:
    return ContactError(
        f"Cannot connect to {_host(url)}: {reason}.",
        reached=False,
        hint="Check api-url, and that this runner may reach it (proxy, firewall, DNS).",
    )


def _lost(url: str, reason: str) -> ContactError:
    return ContactError(
        f"Lost the connection to {_host(url)}: {reason}.",
        reached=True,
        hint="The network or the server is at fault; nothing has to be changed here.",
    )


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _why_unreachable(error: Exception) -> str:
    chain = list(_chain(error))
    words = " ".join(map(str, chain))
    if any(isinstance(one, NameResolutionError) for one in chain):
        return "the name cannot be resolved"
    if "Tunnel" in words:
        return "the proxy refused the connection"
    if any(isinstance(one, TimeoutError) for one in chain) or "timed out" in words:
        return "no connection in time"
    if any(isinstance(one, ConnectionRefusedError) for one in chain):
        return "connection refused"
    if any(isinstance(one, ssl.SSLError) for one in chain):
        return "the TLS handshake failed"
    return f"it failed ({type(chain[-1]).__name__})"


def _why_lost(error: Exception) -> str:
    chain = list(_chain(error))
    words = " ".join(map(str, chain))
    if any(isinstance(one, TimeoutError) for one in chain) or "timed out" in words:
        return "no whole answer in time"
    if "IncompleteRead" in words:
        return "the answer was cut off"
    if any(isinstance(one, ConnectionError) for one in chain) or "closed" in words:
        return "the connection broke"
    return f"the answer is not HTTP ({type(chain[-1]).__name__})"


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
