"""HTTP for the API: never redirected, never decompressed, bounded in size.

The only module that sends anything. It reads no clock: the thread that waits for an answer cuts its
`Exchange` when the time is over.
"""

import os
import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.utils import get_environ_proxies
from urllib3.util import parse_url
from urllib3.util.ssl_ import create_urllib3_context

from genesis_ci.errors import ConfigError, ContactError, ProtocolError
from genesis_ci.http import faults
from genesis_ci.http.connection import POOLS, Exchange, begin_large_answer
from genesis_ci.language import N_, _, fill
from genesis_ci.models.report import Problem
from genesis_ci.network import Network, network_of
from genesis_ci.text import clean_line

MIB = 1024 * 1024
MAX_ANSWER = 64 * MIB
"""A trigger's 10 MB of variables come back in every answer, and JSON may escape each character."""
MAX_ERROR_BODY = 65_536
"""Bytes of an error answer; the message of a longer one is not read."""
CONNECT_SECONDS = 10.0
LARGE_ANSWER = 4 * MIB
"""Bytes from which on only one answer at a time is read and decoded."""
MAX_POLLS = 16
"""Connections that stay open between polls."""
_CHUNK = 65_536


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One HTTP request.

    With `beginning`, only so many bytes of the answer's body are read, for any status. Such a
    request is not for Genesis and takes the proxies of its scheme.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    beginning: int | None = None


class Response(NamedTuple):
    """One HTTP answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """The seconds of its `Retry-After`, which may be a date; None if there is none."""
        value = self.headers.get("retry-after", "").strip()
        if re.fullmatch("[0-9]{1,9}", value):
            return float(value)
        try:
            moment = parsedate_to_datetime(value)
            now = parsedate_to_datetime(self.headers.get("date", ""))  # by the server's own clock
            return max(0.0, (moment - now).total_seconds())
        except (TypeError, ValueError, OverflowError):
            return None


class Transport:
    """`requests` with its conveniences off: redirects, retries, cookies, `.netrc`, decompression.

    Proxies come from the environment; plain http to Genesis, a forge or this machine takes none.
    Polls share connections. A request that changes something gets a new one: on a connection that
    the server is about to close, it is unknown whether the request arrived.

    Args:
        ca_bundle: a file or directory of certificates to trust instead of the built-in ones;
            `ConfigError` if it holds none, which names `ca_variable`.
        max_answer: the most bytes of a body that are read.
        user_agent: sent with every request; Genesis shows it in an execution's metadata.
    """

    def __init__(
        self,
        *,
        ca_bundle: str | None = None,
        ca_variable: str = "REQUESTS_CA_BUNDLE",
        max_answer: int = MAX_ANSWER,
        user_agent: str = "genesis-ci",
    ) -> None:
        # one for all connections: reading certificates takes longer than a connection
        self._tls = _tls_context(ca_bundle or certifi.where(), ca_variable)
        self._max_answer = max_answer
        self._user_agent = user_agent
        self._shared = self._session(connections=MAX_POLLS)

    def send(self, request: Request, exchange: Exchange) -> Response:
        """Send one request, from any thread, and return the complete answer.

        Raises `ContactError` without one, also if another thread cut the exchange.
        """
        try:
            with exchange:
                if request.method == "GET":
                    return _exchanged(self._shared, request, self._max_answer)
                with self._session(connections=1) as session:
                    return _exchanged(session, request, self._max_answer)
        except ContactError:
            raise
        except Exception as error:
            fault = unusable_proxy(request.url) if isinstance(error, ValueError) else None
            explained = faults.explained(request.url, error, reached=exchange.sent)
            raise fault or explained from None

    def close(self) -> None:
        self._shared.close()

    def _session(self, connections: int) -> requests.Session:
        session = _DirectSession()
        session.auth = lambda request: request  # keeps .netrc from adding credentials
        session.cookies = _NoCookies()
        session.headers["User-Agent"] = self._user_agent
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Adapter(self._tls, connections))
        return session


def _tls_context(ca_bundle: str, variable: str) -> ssl.SSLContext:
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    where = "capath" if Path(ca_bundle).is_dir() else "cafile"
    try:
        context.load_verify_locations(**{where: ca_bundle})
    except OSError as error:
        text = N_("{variable}: the certificate bundle {path} cannot be read. Correct or unset it.")
        if isinstance(error, ssl.SSLError):
            text = N_("{variable}: {path} holds no certificate. Correct or unset it.")
        shown = fill("“{name}”", name=clean_line(ca_bundle))
        words = fill(text, variable=variable, path=shown)
        raise ConfigError([Problem(words=words)]) from None
    return context


def unusable_proxy(url: str) -> ContactError | None:
    """Return the fault of an address for which the environment has a proxy of another kind."""
    proxies, key = get_environ_proxies(url), urlsplit(url).scheme
    key = key if key in proxies else "all"
    if not (proxy := proxies.get(key)):
        return None
    text = N_("{variable} is not the address of a proxy.")
    with suppress(ValueError):
        parts = parse_url(proxy)
        scheme = parts.scheme or "http"
        if parts.host and scheme in {"http", "https"}:
            return None
        if scheme.startswith("socks"):
            text = N_("{variable} is a SOCKS proxy, which is not supported.")
    name = f"{key}_proxy"
    names = (one for one, value in os.environ.items() if one.lower() == name and value == proxy)
    hint = _(
        "Write a proxy as http://HOST:PORT or https://HOST:PORT, or name the host in NO_PROXY if "
        "it can be reached without one."
    )
    words = fill(text, variable=next(names, name.upper()))
    return ContactError(words, reached=False, permanent=True, hint=hint)


def _exchanged(session: requests.Session, request: Request, most: int) -> Response:
    sent = {"Accept-Encoding": "identity", **request.headers}
    prepared = session.prepare_request(
        requests.Request(request.method, request.url, headers=sent, data=request.body)
    )
    url = prepared.url or ""  # as it is sent: `HTTP://` is http
    direct = urlsplit(url).scheme == "http" and (
        request.beginning is None or network_of(url) is Network.LOOPBACK
    )
    how: dict[str, Any] = {"timeout": (CONNECT_SECONDS, None), "stream": True}
    if direct:
        how["proxies"] = {}
    with session.send(prepared, allow_redirects=False, **how) as answer:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if request.beginning is not None:
            body = _beginning(answer, request.beginning)
        else:
            headers.setdefault("date", formatdate(usegmt=True))  # RFC 9110, 6.6.1
            body = _whole_body(answer, headers, most)
        return Response(status=answer.status_code, headers=headers, body=body)


class _DirectSession(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow nothing: `requests` would send the key along, to any host."""


class _NoCookies(RequestsCookieJar):
    def extract_cookies(self, *_: Any) -> None:
        """Keep nothing."""


class _Adapter(HTTPAdapter):
    def __init__(self, tls: ssl.SSLContext, connections: int) -> None:
        self._tls = tls
        super().__init__(pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        if proxy.lower().startswith("https:"):
            kwargs["proxy_ssl_context"] = self._tls
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
        host, how = super().build_connection_pool_key_attributes(*args, **kwargs)
        if host["scheme"] == "https":
            how["ssl_context"] = self._tls
        return host, how

    def cert_verify(self, *_: Any, **__: Any) -> None:
        """Leave it to the context: certificates named here are read again for each connection."""


def _whole_body(answer: requests.Response, headers: Mapping[str, str], most: int) -> bytes:
    encoding = headers.get("content-encoding", "").strip().lower()
    is_plain = encoding in {"", "identity"}
    if not 200 <= answer.status_code < 300:
        return _error_body(answer, headers) if is_plain else b""
    if not is_plain:
        raise ProtocolError(_("The answer is compressed, but the request asked for plain text."))
    body = _beginning(answer, min(most + 1, LARGE_ANSWER))
    if len(body) == LARGE_ANSWER:
        begin_large_answer()
        body += _beginning(answer, most + 1 - LARGE_ANSWER)
    if len(body) > most:
        raise ProtocolError(
            fill("The answer is over {most} MiB.", most=most // MIB),
            hint=_(
                "Genesis repeats a run's inputs and its blocks' outputs in every answer: make them "
                "smaller, for example by passing a link instead of a file."
            ),
        )
    return body


def _error_body(answer: requests.Response, headers: Mapping[str, str]) -> bytes:
    # Empty if the body is incomplete: the beginning of a key in it would not be found.
    is_bounded = headers.keys() & {"content-length", "transfer-encoding"}
    if answer.status_code < 400 or not is_bounded:
        return b""
    try:
        body = _beginning(answer, MAX_ERROR_BODY + 1)
    except Exception:  # the refusal counts without its message
        return b""
    return body if len(body) <= MAX_ERROR_BODY else b""


def _beginning(answer: requests.Response, most: int) -> bytes:
    body = bytearray()
    while len(body) < most and (chunk := answer.raw.read1(min(_CHUNK, most - len(body)))):
        body += chunk
    return bytes(body)
