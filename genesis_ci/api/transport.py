"""HTTP for the API: never redirected, never decompressed, bounded in size.

The only package module that sends anything. Nothing here looks at a clock: the one who waits for an
answer cuts its `Exchange` when the time is over.
"""

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3 import PoolManager
from urllib3.util.ssl_ import create_urllib3_context

from genesis_ci.api import errors
from genesis_ci.api.connection import Exchange, HttpPool, HttpsPool
from genesis_ci.errors import ConfigError, ContactError, ProtocolError
from genesis_ci.models import Problem
from genesis_ci.text import clean_line, is_loopback

MIB = 1024 * 1024
MAX_ANSWER = 64 * MIB
"""A trigger's 10 MB of variables come back in every answer, and JSON may escape each character."""
MAX_ERROR_ANSWER = 64 * 1024
CONNECT_SECONDS = 10.0
_CHUNK = 65_536


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One HTTP request, whole.

    With `beginning`, so many bytes of the answer's body are read and the rest is left, whatever
    the status; the request is not one to Genesis then, and takes the proxies of its scheme.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    beginning: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """One HTTP answer, whole; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """Sends one request and returns the whole answer."""

    def send(self, request: Request, exchange: Exchange) -> Response:
        """Return the whole answer, unless another thread cuts the exchange before.

        Raises:
            ContactError: no whole answer; its `reached` says whether it can have been sent.
        """
        ...


class _Tls:
    """The one TLS context of a job: reading certificates takes longer than a connection.

    Raises:
        ConfigError: `ca_bundle` holds no certificates.
    """

    def __init__(self, ca_bundle: str | None) -> None:
        self._lock = threading.Lock()
        self._context = _context(ca_bundle) if ca_bundle else None

    @property
    def context(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = _context(certifi.where())
            return self._context


def _context(ca_bundle: str) -> ssl.SSLContext:
    """Return a context that trusts a file or directory of certificates, and checks host names."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    where = "capath" if Path(ca_bundle).is_dir() else "cafile"
    try:
        context.load_verify_locations(**{where: ca_bundle})
    except OSError as error:
        reason = "holds no certificate" if isinstance(error, ssl.SSLError) else "cannot be read"
        problem = (
            f"The certificate bundle “{clean_line(ca_bundle)}” {reason}; correct or unset "
            "REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE."
        )
        raise ConfigError([Problem(words=problem)]) from None
    return context


class RequestsTransport:
    """`requests` with its conveniences off: redirects, retries, cookies, `.netrc`, decompression.

    Proxies come from the environment, as everywhere; plain http is for this machine alone and
    takes none. Polls share connections. Whatever changes something goes out on a new one: a
    connection that the server is about to close would leave open whether it arrived.

    Args:
        ca_bundle: a file or directory of certificates to trust instead of the built-in ones.
        connections: how many connections stay open between polls.
        max_answer: the bytes of a body that are taken.

    Raises:
        ConfigError: `ca_bundle` holds no certificates.
    """

    def __init__(
        self,
        *,
        ca_bundle: str | None = None,
        connections: int = 16,
        max_answer: int = MAX_ANSWER,
    ) -> None:
        self._tls = _Tls(ca_bundle)
        self._max_answer = max_answer
        self._shared = _session(self._tls, connections)

    def send(self, request: Request, exchange: Exchange) -> Response:
        """Return the whole answer, or raise a `ContactError`; from any thread."""
        try:
            with exchange:
                return self._answer(request)
        except ContactError:
            raise
        except Exception as error:
            raise errors.explained(request.url, error, reached=exchange.sent) from None

    def close(self) -> None:
        """Close the idle connections."""
        self._shared.close()

    def _answer(self, request: Request) -> Response:
        if request.method == "GET":
            return _exchanged(self._shared, request, self._max_answer)
        with _session(self._tls, connections=1) as session:
            return _exchanged(session, request, self._max_answer)


def _session(tls: _Tls, connections: int) -> requests.Session:
    session = _DirectSession()
    session.auth = _leave_as_it_is
    session.cookies = _NoCookies()
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(tls, connections))
    return session


def _exchanged(session: requests.Session, request: Request, most: int) -> Response:
    prepared = session.prepare_request(
        requests.Request(
            request.method,
            request.url,
            headers={"Accept-Encoding": "identity", **request.headers},
            data=request.body,
        )
    )
    direct = request.url.startswith("http://") and (
        request.beginning is None or is_loopback(urlsplit(request.url).hostname or "")
    )
    without_proxy: dict[str, Any] = {"proxies": {}} if direct else {}
    with session.send(
        prepared,
        timeout=(CONNECT_SECONDS, None),
        allow_redirects=False,
        stream=True,
        **without_proxy,
    ) as answer:
        if request.beginning is not None:
            return _begun(answer, request.beginning)
        return _whole(answer, most)


class _DirectSession(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow nothing: `requests` would send the key along, to any host."""


class _NoCookies(RequestsCookieJar):
    def extract_cookies(self, *_: Any) -> None:
        """Keep nothing."""


def _leave_as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An `auth` that does nothing keeps `.netrc` from adding credentials."""
    return request


class _Adapter(HTTPAdapter):
    def __init__(self, tls: _Tls, connections: int) -> None:
        self._tls = tls
        super().__init__(pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _use_our_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if proxy.lower().startswith("https:"):
            kwargs["proxy_ssl_context"] = self._tls.context
        return _use_our_pools(super().proxy_manager_for(proxy, **kwargs))

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
        host, how = super().build_connection_pool_key_attributes(*args, **kwargs)
        if host["scheme"] == "https":
            how["ssl_context"] = self._tls.context
        return host, how

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """Leave it to the context: certificates named here are read again for each connection."""


def _use_our_pools(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}
    return manager


def _whole(answer: requests.Response, most: int) -> Response:
    """Return the answer with its body; a refusal counts even when its words do not arrive."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    headers.setdefault("date", formatdate(usegmt=True))  # RFC 9110, 6.6.1
    status = answer.status_code
    body = b""
    if 200 <= status < 300:
        _refuse_encodings(headers)
        body = _body(answer, most)
    elif status >= 400 and headers.get("content-encoding", "identity") == "identity":
        body = _words(answer, headers)
    return Response(status=status, headers=headers, body=body)


def _begun(answer: requests.Response, most: int) -> Response:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    body = bytearray()
    while len(body) < most and (chunk := answer.raw.read1(min(_CHUNK, most - len(body)))):
        body += chunk
    return Response(status=answer.status_code, headers=headers, body=bytes(body))


def _refuse_encodings(headers: Mapping[str, str]) -> None:
    if headers.get("content-encoding", "").strip().lower() not in {"", "identity"}:
        raise ProtocolError("The answer is compressed although it was asked for plain.")


def _body(answer: requests.Response, most: int) -> bytes:
    body = bytearray()
    while chunk := answer.raw.read1(_CHUNK):
        body += chunk
        if len(body) > most:
            raise ProtocolError(
                f"The answer is over {most // MIB} MiB.",
                hint="Genesis repeats a run's inputs and its blocks' outputs in every answer: make "
                "them smaller, for example by passing a link instead of a file.",
            )
    return bytes(body)


def _words(answer: requests.Response, headers: Mapping[str, str]) -> bytes:
    """Return the body of an error, or nothing where it is not whole: half a key is not found."""
    if not headers.keys() & {"content-length", "transfer-encoding"}:
        return b""
    body = bytearray()
    try:
        while len(body) <= MAX_ERROR_ANSWER and (chunk := answer.raw.read1(_CHUNK)):
            body += chunk
    except Exception:
        return b""
    return bytes(body) if len(body) <= MAX_ERROR_ANSWER else b""
