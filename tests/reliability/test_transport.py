"""The transport over real sockets: what goes out, where to, on which connection, for how long."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from genesis_ci.api.transport import MAX_ANSWER, Request, RequestsTransport
from genesis_ci.errors import ContactError
from tests.reliability import answers
from tests.reliability.answers import COMPLETED, answer, dribble, started
from tests.reliability.certificates import Certificates
from tests.reliability.server import FaultServer, Script

KEY = "gk_live_k3y_0123456789"
PATIENCE = 0.4
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
        method="POST",
        url=f"{url}/api/workflows/1/trigger",
        headers={"x-api-key": KEY},
        body=b"{}",
    )


@pytest.fixture
def transport(monkeypatch) -> Iterator[RequestsTransport]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    made = RequestsTransport()
    yield made
    made.close()


@pytest.fixture
def trusting(transport) -> Iterator[RequestsTransport]:
    made = RequestsTransport(ca_bundle=str(Certificates.get().authority))
    yield made
    made.close()


def lost(send: Callable[[], object]) -> ContactError:
    with pytest.raises(ContactError) as caught:
        send()
    return caught.value


def threads_end(before: int) -> bool:
    until = time.monotonic() + 3
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.02)
    return threading.active_count() <= before


@pytest.mark.parametrize("make", [a_poll, a_trigger])
@pytest.mark.parametrize("stall", STALLS)
def test_the_time_for_an_answer_holds_and_the_thread_ends(stall, make, transport):
    script = STALLS[stall]
    with FaultServer(triggers=(script,), polls=(script,)) as server:
        before = threading.active_count()
        began = time.monotonic()
        error = lost(lambda: transport.send(make(server.url), timeout=PATIENCE))
        assert PATIENCE - 0.05 <= time.monotonic() - began <= PATIENCE + 0.3
        assert error.reached
        assert threads_end(before + 1)
    assert threads_end(before)


def test_a_long_wait_on_a_dribbling_server_keeps_no_threads(transport):
    script = STALLS["a byte of the body now and then"]
    before = threading.active_count()
    with FaultServer(polls=(script,)) as server:
        for _ in range(20):
            lost(lambda: transport.send(a_poll(server.url), timeout=0.05))
    assert threads_end(before)


class SlowHandshake(FaultServer):
    """Takes a second before it shakes hands."""

    def _serve(self, connection: socket.socket, number: int) -> None:
        self.closing.wait(1)
        super()._serve(connection, number)


@pytest.mark.parametrize("make", [a_poll, a_trigger])
def test_what_is_given_up_before_it_was_sent_never_is(make, trusting):
    tls = Certificates.get().server
    with SlowHandshake(triggers=(started(),), polls=(COMPLETED,), tls=tls) as server:
        error = lost(lambda: trusting.send(make(server.url), timeout=0.3))
        assert not error.reached
        time.sleep(1.2)
        assert server.requests == []


def test_polls_share_a_connection_and_a_trigger_has_its_own(transport):
    with FaultServer(triggers=(started(),), polls=(COMPLETED,)) as server:
        for make in (a_poll, a_trigger, a_poll, a_trigger, a_poll):
            transport.send(make(server.url), timeout=5)
        polls = {seen.connection for seen in server.requests if seen.method == "GET"}
        triggers = {seen.connection for seen in server.requests if seen.method == "POST"}
    assert (len(polls), len(triggers), polls & triggers) == (1, 2, set())


def test_a_connection_is_not_used_again_after_an_error(transport):
    oops = answers.error("502 Bad Gateway", "oops")
    with FaultServer(polls=(oops, COMPLETED)) as server:
        assert b"oops" in transport.send(a_poll(server.url), timeout=5).body
        transport.send(a_poll(server.url), timeout=5)
        assert [seen.connection for seen in server.requests] == [1, 2]


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
@pytest.mark.parametrize("make", [a_poll, a_trigger])
def test_another_port_sees_nothing_of_a_redirect(make, status, transport):
    with FaultServer(triggers=(started(),), polls=(COMPLETED,)) as other:
        away = answer(b"", status, location=other.url + "/api")
        with FaultServer(triggers=(away,), polls=(away,)) as server:
            assert transport.send(make(server.url), timeout=5).status == int(status[:3])
        assert (other.connections, other.requests) == (0, [])


def test_cookies_are_not_kept_and_nothing_compressed_is_asked_for(transport):
    cookie = answer(answers.DONE, set_cookie="a=b; Path=/")
    with FaultServer(polls=(cookie,)) as server:
        for _ in range(2):
            transport.send(a_poll(server.url), timeout=5)
        heads = [seen.head.lower() for seen in server.requests]
    assert all("accept-encoding: identity\r\n" in head for head in heads)
    assert not any("cookie" in head for head in heads)


def test_netrc_is_not_read(transport, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("default login someone password s3cret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with FaultServer(triggers=(started(),), polls=(COMPLETED,)) as server:
        for make in (a_poll, a_trigger):
            transport.send(make(server.url), timeout=5)
        assert not any("authorization" in seen.head.lower() for seen in server.requests)


def test_an_answer_without_a_date_gets_the_time_of_its_arrival(transport):
    with FaultServer(polls=(COMPLETED,)) as server:
        assert transport.send(a_poll(server.url), timeout=5).headers["date"].endswith(" GMT")


class Proxy(FaultServer):
    """A proxy that knows one server by every name."""

    def __init__(self, target: FaultServer) -> None:
        self.heard: list[bytes] = []
        self._target = target
        super().__init__()

    def _serve(self, connection: socket.socket, number: int) -> None:
        head = connection.recv(65_536)
        self.heard.append(head)
        with socket.create_connection(("127.0.0.1", self._target.port)) as onward:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(onward, connection), daemon=True)
            back.start()
            _pump(connection, onward)
            back.join(5)
        connection.close()


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
                answered = trusting.send(make("https://genesis.example"), timeout=5)
                assert answered.status == 200
        assert len(server.requests) == 3
        assert len(proxy.heard) == 2
        assert all(head.startswith(b"CONNECT genesis.example:443") for head in proxy.heard)
        assert KEY.encode() not in b"".join(proxy.heard)


def test_no_proxy_goes_straight(trusting, monkeypatch):
    tls = Certificates.get().server
    with FaultServer(polls=(COMPLETED,), tls=tls) as server, Proxy(server) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert trusting.send(a_poll(server.url), timeout=5).status == 200
        assert proxy.heard == []


def test_plain_http_never_goes_through_a_proxy(transport, monkeypatch):
    with FaultServer(polls=(COMPLETED,)) as server, Proxy(server) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        assert transport.send(a_poll(server.url), timeout=5).status == 200
        assert proxy.heard == []


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "http://:::::"])
def test_a_proxy_that_cannot_be_used_is_final_and_shows_no_password(proxy, trusting, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    error = lost(lambda: trusting.send(a_trigger("https://genesis.example"), timeout=5))
    assert (error.reached, error.permanent) == (False, True)
    assert proxy not in error.message


@pytest.mark.parametrize(("size", "taken"), [(MAX_ANSWER, True), (MAX_ANSWER + 1, False)])
def test_an_answer_of_eight_mebibytes_is_taken_and_a_byte_more_is_not(transport, size, taken):
    with FaultServer(polls=(answer(b"x" * size),)) as server:
        if taken:
            assert len(transport.send(a_poll(server.url), timeout=10).body) == size
        else:
            with pytest.raises(ContactError, match="over 8 MiB"):
                transport.send(a_poll(server.url), timeout=10)
