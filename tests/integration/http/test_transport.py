"""The transport over real sockets: what is sent, where to, on which connection, for how long."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from genesis_ci.errors import ContactError, ProtocolError
from genesis_ci.execution.workers import Done, ThreadedCalls
from genesis_ci.http.connection import Exchange, HttpCall
from genesis_ci.http.transport import (
    LARGE_ANSWER,
    MIB,
    Request,
    Response,
    Transport,
    unusable_proxy,
)
from tests.fakes import FakeCall
from tests.reliability import answers
from tests.reliability.answers import COMPLETED, answer, dribble, started
from tests.reliability.server import Certificates, ClockFrom, FaultServer, Script

KEY = "gk_live_k3y_0123456789"
PATIENCE = 0.1
LIMIT = 20.0
"""Seconds after which something hangs."""
STALLS: dict[str, Script] = {
    "a byte of the body now and then": dribble(
        b" ", answers.HEAD + b"Content-Length: 9000\r\n\r\n"
    ),
    "chunks of a byte": dribble(
        b"1\r\nx\r\n" * 90, answers.HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    ),
    "a byte of the headers now and then": dribble(b"X-Y: z\r\n" * 900, answers.HEAD),
    "a byte of the status line now and then": dribble(b"HTTP/1.1 2" + b"0" * 900),
    "100 Continue for ever": answers.endless_continue,
    "silence": answers.silence,
}


def a_poll(url: str) -> Request:
    return Request(method="GET", url=f"{url}/api/executions/1", headers={"x-api-key": KEY})


def a_trigger(url: str) -> Request:
    return Request(
        method="POST", url=f"{url}/api/workflows/1/trigger", headers={"x-api-key": KEY},
        body=b"{}",
    )  # fmt: skip


@pytest.fixture
def transport(monkeypatch) -> Iterator[Transport]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    made = Transport()
    yield made
    made.close()


@pytest.fixture
def trusting(transport) -> Iterator[Transport]:
    made = Transport(ca_bundle=str(Certificates.get().authority))
    yield made
    made.close()


def sent(transport: Transport, request: Request) -> Response:
    return transport.send(request, Exchange())


def within(
    seconds: float, transport: Transport, request: Request, calls: ThreadedCalls
) -> Response:
    """Send as the product does: in a thread beside this one, given up when its time is over."""
    call = HttpCall(request.url, lambda exchange: transport.send(request, exchange))
    calls.start(0, call, timeout=seconds)
    event = calls.next(timeout=seconds + LIMIT)
    assert isinstance(event, Done)
    if event.error:
        raise event.error
    return event.value


def lost(send: Callable[[], object]) -> ContactError:
    with pytest.raises(ContactError) as caught:
        send()
    return caught.value


def just_one() -> Callable[[Callable[[], None]], None]:
    """Return a function that can start one thread only."""
    left = [1]

    def start(work: Callable[[], None]) -> None:
        if not left:
            raise RuntimeError("can't start new thread")
        threading.Thread(target=work, daemon=True).start()
        left.pop()

    return start


def comes_true(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + LIMIT
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


def is_free(calls: ThreadedCalls) -> bool:
    """Whether the one thread takes another call."""
    calls.start(1, FakeCall(lambda: "free"), timeout=LIMIT)
    return calls.next(timeout=LIMIT) == Done(1, value="free")


@pytest.mark.parametrize("make", [a_poll, a_trigger])
@pytest.mark.parametrize("stall", STALLS)
def test_a_stalled_answer_ends_in_time_and_frees_its_thread(stall, make, transport):
    script = STALLS[stall]
    with FaultServer(triggers=(script,), polls=(script,)) as server:
        clock = ClockFrom(lambda: server.requests)
        calls = ThreadedCalls(clock, start_thread=just_one())
        error = lost(lambda: within(PATIENCE, transport, make(server.url), calls))
        assert clock() >= PATIENCE
        assert error.reached
        assert comes_true(lambda: is_free(calls))


class SlowHandshake(FaultServer):
    """Shakes hands when `shakes` is set, and sets `served` when the connection is over."""

    def __init__(self, **how: Any) -> None:
        self.shakes, self.served = threading.Event(), threading.Event()
        super().__init__(**how)

    def _serve(self, connection: socket.socket, number: int) -> None:
        self.shakes.wait(LIMIT)
        super()._serve(connection, number)
        self.served.set()


@pytest.mark.parametrize("make", [a_poll, a_trigger])
def test_a_request_given_up_during_the_handshake_is_never_sent(make, trusting):
    tls = Certificates.get().server
    with SlowHandshake(triggers=(started(),), polls=(COMPLETED,), tls=tls) as server:
        calls = ThreadedCalls(ClockFrom(lambda: server.connections))
        error = lost(lambda: within(PATIENCE, trusting, make(server.url), calls))
        assert not error.reached
        server.shakes.set()
        assert server.served.wait(LIMIT)
        assert server.requests == []


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 401 No\r\nContent-Length: 900\r\n\r\nbad key " + KEY[:-1].encode(),
        b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nbad " + KEY[:3].encode(),
        b"HTTP/1.1 401 No\r\nConnection: close\r\n\r\nbad key " + KEY[:-1].encode(),
        answers.http(b"bad key " + KEY.encode() + b"x" * 65_536, "401 No"),
    ],
    ids=["cut short", "a cut chunk", "without a length", "over 64 KiB"],
)
def test_only_the_status_of_a_cut_error_is_kept(raw, transport):
    with FaultServer(polls=(answers.then_close(raw),)) as server:
        answered = sent(transport, a_poll(server.url))
    assert (answered.status, answered.body) == (401, b"")


def test_polls_share_a_connection_and_a_trigger_has_its_own(transport):
    with FaultServer(triggers=(started(),), polls=(COMPLETED,)) as server:
        for make in (a_poll, a_trigger, a_poll, a_trigger, a_poll):
            sent(transport, make(server.url))
        polls = {seen.connection for seen in server.requests if seen.method == "GET"}
        triggers = {seen.connection for seen in server.requests if seen.method == "POST"}
    assert (len(polls), len(triggers), polls & triggers) == (1, 2, set())


def test_a_connection_is_not_reused_after_an_error(transport):
    oops = answers.error("502 Bad Gateway", "oops")
    with FaultServer(polls=(oops, COMPLETED)) as server:
        assert b"oops" in sent(transport, a_poll(server.url)).body
        sent(transport, a_poll(server.url))
        assert [seen.connection for seen in server.requests] == [1, 2]


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
@pytest.mark.parametrize("make", [a_poll, a_trigger])
def test_a_redirect_is_not_followed(make, status, transport):
    with FaultServer(triggers=(started(),), polls=(COMPLETED,)) as other:
        away = answer(b"", status, location=other.url + "/api")
        with FaultServer(triggers=(away,), polls=(away,)) as server:
            assert sent(transport, make(server.url)).status == int(status[:3])
        assert (other.connections, other.requests) == (0, [])


def test_no_cookie_netrc_or_compression_is_used(transport, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("default login someone password s3cret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    cookie = answer(answers.DONE, set_cookie="a=b; Path=/")
    with FaultServer(triggers=(started(),), polls=(cookie,)) as server:
        for make in (a_poll, a_poll, a_trigger):
            sent(transport, make(server.url))
        heads = [seen.head.lower() for seen in server.requests]
    for header in ("accept-encoding: identity", "user-agent: genesis-ci"):
        assert all(f"{header}\r\n" in head for head in heads)
    assert not any("cookie" in head or "authorization" in head for head in heads)


def test_an_answer_without_a_date_gets_the_current_time(transport):
    with FaultServer(polls=(COMPLETED,)) as server:
        assert sent(transport, a_poll(server.url)).headers["date"].endswith(" GMT")


class Proxy(FaultServer):
    """A proxy that knows one server by every name."""

    def __init__(self, target: FaultServer) -> None:
        self.heard: list[bytes] = []
        self._target = target
        super().__init__()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, suppress(OSError):
            self.heard.append(connection.recv(65_536))
            with socket.create_connection(("127.0.0.1", self._target.port)) as onward:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_pump, args=(onward, connection), daemon=True)
                back.start()
                _pump(connection, onward)
                back.join(LIMIT)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except (OSError, ssl.SSLError):
        return


def test_a_proxy_tunnels_and_sees_no_key(trusting, monkeypatch):
    tls = Certificates.get().server
    with FaultServer(triggers=(started(),), polls=(COMPLETED,), tls=tls) as server:
        with Proxy(server) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            for make in (a_trigger, a_poll, a_poll):
                answered = sent(trusting, make("https://genesis.example"))
                assert answered.status == 200
        assert len(server.requests) == 3
        assert len(proxy.heard) == 2
        assert all(head.startswith(b"CONNECT genesis.example:443") for head in proxy.heard)
        assert KEY.encode() not in b"".join(proxy.heard)


def test_no_proxy_and_plain_http_connect_directly(trusting, monkeypatch):
    tls = Certificates.get().server
    with FaultServer(polls=(COMPLETED,), tls=tls) as server, FaultServer() as proxy:
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with FaultServer(polls=(COMPLETED,)) as plain:
            assert sent(trusting, a_poll(plain.url)).status == 200
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert sent(trusting, a_poll(server.url)).status == 200
        assert proxy.connections == 0


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("socks5h://ada:s3cret@127.0.0.1:9", "{} is a SOCKS proxy, which is not supported."),
        ("http://:::::", "{} is not the address of a proxy."),
        ("ada:s3cret@127.0.0.1:9", "{} is not the address of a proxy."),
    ],
)
def test_an_unusable_proxy_is_a_permanent_fault_of_its_variable(
    name, proxy, words, trusting, monkeypatch
):
    monkeypatch.setenv(name, proxy)
    error = lost(lambda: sent(trusting, a_trigger("https://genesis.example")))
    assert (error.reached, error.permanent) == (False, True)
    assert error.message == words.format(name)
    monkeypatch.setenv("NO_PROXY", "genesis.example")
    assert unusable_proxy("https://genesis.example") is None


@pytest.mark.parametrize(
    ("sender", "host"), [("transport", "127.0.0.1"), ("trusting", "localhost")]
)
def test_a_server_without_a_valid_certificate_receives_nothing(sender, host, request):
    """The certificate of an unknown authority, or for another host."""
    tls = Certificates.get().server
    with FaultServer(triggers=(started(),), tls=tls) as server:
        url = server.url.replace("127.0.0.1", host)
        error = lost(lambda: sent(request.getfixturevalue(sender), a_trigger(url)))
        assert server.requests == []
    assert not error.reached
    assert "is not trusted" in error.message


def test_certificates_are_read_once_for_all_connections(transport, tmp_path):
    bundle = tmp_path / "authority.pem"
    bundle.write_bytes(Certificates.get().authority.read_bytes())
    trusting = Transport(ca_bundle=str(bundle))
    bundle.unlink()
    tls = Certificates.get().server
    with FaultServer(triggers=(started(), started()), polls=(COMPLETED,), tls=tls) as server:
        for make in (a_trigger, a_trigger, a_poll):
            assert sent(trusting, make(server.url)).status == 200
        assert server.connections == 3
    trusting.close()


def test_an_answer_over_the_size_limit_is_rejected():
    sizes = (answers.of_size(2 * MIB), answers.of_size(2 * MIB + 1))
    with closing(Transport(max_answer=2 * MIB)) as most, FaultServer(polls=sizes) as server:
        assert len(sent(most, a_poll(server.url)).body) == 2 * MIB
        assert lost(lambda: sent(most, a_poll(server.url))).message == "The answer is over 2 MiB."


def test_large_answers_are_read_one_at_a_time(transport):
    """Several at once took many times their size of memory."""
    decoding, go_on = threading.Event(), threading.Event()

    def decoded(exchange: Exchange) -> int:
        size = len(transport.send(a_poll(server.url), exchange).body)
        decoding.set()
        go_on.wait(LIMIT)
        return size

    sizes = (LARGE_ANSWER, LARGE_ANSWER, 100)
    with FaultServer(polls=[answer(b" " * size) for size in sizes]) as server:
        calls = ThreadedCalls(time.monotonic)
        calls.start(1, HttpCall(server.url, decoded), timeout=LIMIT)
        assert decoding.wait(LIMIT)
        second = HttpCall(server.url, lambda exchange: transport.send(a_poll(server.url), exchange))
        calls.start(2, second, timeout=LIMIT)
        assert comes_true(lambda: server.count("GET") == 2)
        assert len(sent(transport, a_poll(server.url)).body) == 100
        assert calls.next(timeout=PATIENCE) is None
        go_on.set()
        ended = [calls.next(timeout=LIMIT) for _ in sizes[1:]]
    assert [done.key for done in ended if isinstance(done, Done)] == [1, 2]


def test_an_unreadable_large_answer_does_not_block_the_next(transport):
    def undecodable(exchange: Exchange) -> None:
        transport.send(a_poll(server.url), exchange)
        raise ProtocolError("The answer cannot be read.")

    calls = ThreadedCalls(time.monotonic)
    with FaultServer(polls=(answer(b" " * LARGE_ANSWER),)) as server:
        for _ in range(2):
            calls.start(1, HttpCall(server.url, undecodable), timeout=LIMIT)
            event = calls.next(timeout=LIMIT)
            assert isinstance(event, Done)
            assert isinstance(event.error, ProtocolError)
