"""HTTP for the API: never redirected, never decompressed, bounded in size and time.

The only module that knows `requests`. Foreign exceptions become `ContactError` here, and whether
the request can have reached the server is decided here too: what fails while connecting was
surely not sent.
"""

import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NameResolutionError

from genesis_ci.errors import ConfigError, ContactError, ProtocolError

MAX_ANSWER = 8 * 1024 * 1024
CONNECT_SECONDS = 10.0
_CHUNK = 65_536


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One HTTP request, whole."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """One HTTP answer, whole; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """Sends one request and returns the whole answer."""

    def send(self, request: Request, *, timeout: float) -> Response:
        """Return the answer within about `timeout` seconds.

        Raises:
            ContactError: no whole answer; its `reached` says whether it can have been sent.
        """
        ...


class RequestsTransport:
    """`requests` with its conveniences off. Proxies come from the environment, as everywhere.

    Args:
        ca_bundle: a file or directory of certificates to trust instead of the built-in ones.
        connections: how many connections stay open between polls.
    """

    def __init__(self, *, ca_bundle: str | None = None, connections: int = 8) -> None:
        if ca_bundle and not Path(ca_bundle).exists():
            raise ConfigError(
                [
                    f"The certificate bundle {ca_bundle} does not exist; correct "
                    "REQUESTS_CA_BUNDLE or SSL_CERT_FILE, or unset it."
                ]
            )
        self._session = _DirectSession()
        self._session.auth = _leave_as_it_is
        self._session.verify = ca_bundle or True
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _Adapter(pool_maxsize=connections, max_retries=0))

    def send(self, request: Request, *, timeout: float) -> Response:
        """Return the whole answer; see `Transport.send`."""
        _call.deadline = time.monotonic() + timeout
        try:
            with self._session.request(
                request.method,
                request.url,
                headers={"Accept-Encoding": "identity", **request.headers},
                data=request.body,
                timeout=(min(CONNECT_SECONDS, timeout), timeout),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return _whole(answer, _call.deadline)
        except _NotConnectedError as error:
            raise _unreachable(request.url, error.__cause__) from None
        except (requests.RequestException, HTTPError, HTTPException, OSError) as error:
            raise _lost(request.url, error) from None

    def close(self) -> None:
        """Close the idle connections."""
        self._session.close()


class _Call(threading.local):
    deadline: float = 0.0


_call = _Call()


class _NotConnectedError(Exception):
    """Connecting failed, so nothing was sent. The cause is the exception it carries."""


class _HttpConnection(HTTPConnection):
    def connect(self) -> None:
        _connect_in_time(super().connect)


class _HttpsConnection(HTTPSConnection):
    def connect(self) -> None:
        _connect_in_time(super().connect)


def _connect_in_time(connect: Any) -> None:
    """Connect, and refuse to go on past the deadline: a late request would be a ghost's."""
    try:
        connect()
    except Exception as error:
        raise _NotConnectedError from error
    if time.monotonic() > _call.deadline:
        raise _NotConnectedError from TimeoutError()


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _use_our_pools(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return _use_our_pools(super().proxy_manager_for(*args, **kwargs))


def _use_our_pools(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
    return manager


class _DirectSession(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow nothing: `requests` would send the key along, to any host."""


def _leave_as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An `auth` that does nothing keeps `.netrc` from adding credentials."""
    return request


def _whole(answer: requests.Response, deadline: float) -> Response:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if 300 <= answer.status_code < 400:
        return Response(status=answer.status_code, headers=headers, body=b"")
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise ProtocolError("The answer is compressed although it was asked for plain.")
    return Response(
        status=answer.status_code, headers=headers, body=_bounded_body(answer, deadline)
    )


def _bounded_body(answer: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    while chunk := answer.raw.read1(_CHUNK):
        body += chunk
        if len(body) > MAX_ANSWER:
            raise ProtocolError("The answer is over 8 MiB.")
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(body)


def _unreachable(url: str, cause: BaseException | None) -> ContactError:
    host = urlsplit(url).netloc
    certificate = _certificate_error(cause)
    if certificate:
        return ContactError(
            f"The certificate of {host} is not trusted: {certificate.verify_message}.",
            reached=False,
            permanent=True,
            hint="Check api-url; for a private certificate authority set REQUESTS_CA_BUNDLE to "
            "its certificate file.",
        )
    return ContactError(
        f"Cannot connect to {host}: {_connect_reason(cause)}.",
        reached=False,
        hint="Check api-url, and that this runner may reach it (proxy, firewall, DNS).",
    )


def _connect_reason(cause: BaseException | None) -> str:
    if isinstance(cause, NameResolutionError):
        return "the name cannot be resolved"
    if isinstance(cause, TimeoutError) or "timed out" in str(cause):
        return "no connection in time"
    if "refused" in str(cause):
        return "connection refused"
    if "Tunnel" in str(cause):
        return "the proxy refused the connection"
    if isinstance(cause, ssl.SSLError):
        return "the TLS handshake failed"
    return type(cause).__name__


def _certificate_error(cause: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


def _lost(url: str, error: Exception) -> ContactError:
    host = urlsplit(url).netloc
    if isinstance(error, (requests.Timeout, TimeoutError)) or "timed out" in str(error):
        reason = "no whole answer in time"
    elif isinstance(error, requests.exceptions.ChunkedEncodingError) or "Incomplete" in str(error):
        reason = "the answer was cut off"
    else:
        reason = "the connection broke"
    return ContactError(
        f"Lost the connection to {host}: {reason}.",
        reached=True,
        hint="The network or the server is at fault; nothing has to be changed here.",
    )
