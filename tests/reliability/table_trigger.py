"""Faults of the trigger: before or after it may have reached Genesis, and refusals."""

from typing import Any

from genesis_ci.api.client import NO_EXECUTION
from tests.reliability import answers, stages
from tests.reliability.answers import (
    SECOND_ID,
    Script,
    answer,
    as_json,
    dribble,
    error,
    late,
    raw,
    started,
    status,
)
from tests.reliability.faults import Fault, Remote

SHORT, CANCEL = {"max-wait-time": "3s"}, {"concurrency-policy": "cancel-previous"}
LOST = {"verdict": "lost_contact", "exit_code": 8}
NEVER = {**LOST, "posts": 0, "remote": Remote.NONE, "says": "nothing was started"}
MAYBE = {**LOST, "remote": Remote.UNKNOWN, "says": "may have started"}
REFUSED = {"verdict": "rejected", "exit_code": 7, "remote": Remote.NONE}
USAGE = {"verdict": "error", "exit_code": 2, "posts": 0, "remote": Remote.NONE}
SECOND = {"posts": 2, "polls": (status("completed", id=SECOND_ID),), "remote": Remote.REPLACED}
THEN_SECOND = started(SECOND_ID)
FIELDS = "Unexpected fields in payload"
VALUES = "Invalid payload: expected object with string values"
OURS = "500 Internal Server Error"
SUCCESS = b'{"success": true, "executionId": '
ELSEWHERE = "http://127.0.0.1:9/"


def never(what: str, stage: stages.Serving, **more: Any) -> Fault:
    return Fault(what=what, stage=stage, **{**NEVER, "inputs": SHORT, **more})


def maybe(what: str, *triggers: Script, **more: Any) -> Fault:
    return Fault(what=what, triggers=triggers, **{**MAYBE, **more})


def refused(what: str, trigger: Script, says: str = "", **more: Any) -> Fault:
    return Fault(what=what, triggers=(trigger,), says=says, **REFUSED, **more)


def again(what: str, *triggers: Script, **more: Any) -> Fault:
    """Return a fault after which another run counts."""
    return Fault(what=what, triggers=triggers, **{**SECOND, "inputs": CANCEL, **more})


BEFORE = {
    "refused-connection": never("nobody listens", stages.nobody_listens),
    "server-comes-up": Fault(
        what="nobody listens for the first second", stage=stages.not_yet_there
    ),
    "unknown-name": never("the server's name cannot be resolved", stages.unknown_name),
    "untrusted-certificate": never(
        "the certificate is of an unknown authority", stages.untrusted_certificate,
        inputs={}, seconds=(0, 2), says="is not trusted",
    ),
    "own-authority": Fault(
        what="a private authority, named by `SSL_CERT_FILE`", stage=stages.own_authority
    ),
    "bad-bundle": Fault(
        what="`REQUESTS_CA_BUNDLE` is a file without a certificate",
        stage=stages.bad_bundle, says="holds no certificate", **USAGE,
    ),
    "missing-bundle": Fault(
        what="`SSL_CERT_FILE` names a file that does not exist",
        stage=stages.no_bundle, says="cannot be read", **USAGE,
    ),
    "no-tls": never("the server does not speak TLS", stages.no_tls),
    "mute": never("the server accepts the connection and sends nothing", stages.mute),
    "dead-proxy": never(
        "nothing listens at the proxy's address", stages.dead_proxy,
        says="Cannot connect to the proxy",
    ),
    "refusing-proxy": never(
        "the proxy answers 407", stages.refusing_proxy, says="the proxy refused"
    ),
}  # fmt: skip

AFTER = {
    "reset": maybe("reset after sending", answers.reset),
    "closed": maybe("closed without an answer", answers.close),
    "silence": maybe("no answer", answers.silence, inputs=SHORT),
    "late": maybe(
        "answered after the timeout", late(5, started()), inputs=SHORT, seconds=(2.9, 4)
    ),
    "dribbled-body": maybe(
        "a byte of the body now and then",
        dribble(b" ", answers.HEAD + b"Content-Length: 9000\r\n\r\n"),
        inputs=SHORT,
    ),
    "dribbled-headers": maybe(
        "a byte of the headers now and then",
        dribble(b"X-Y: z\r\n" * 900, answers.HEAD),
        inputs=SHORT,
    ),
    "endless-100": maybe("endless `100 Continue`", answers.endless_continue, inputs=SHORT),
    "500": maybe("500", error(OURS)),
    "502": maybe("502 with a web page", error("502 Bad Gateway")),
    "503-page": maybe(
        "503 with `Retry-After` and a proxy's page",
        error("503 Service Unavailable", retry_after="1"),
    ),
    "503": maybe("503 without `Retry-After`", error("503 Service Unavailable")),
    "503-json": maybe(
        "503 with `Retry-After` that is JSON",
        error("503 Service Unavailable", "overloaded", retry_after="1"),
    ),
    "504": maybe("504", error("504 Gateway Timeout")),
    "408": maybe("408", error("408 Request Timeout")),
    "garbage": maybe("200 with garbage", answer(b"\x00\xff{{")),
    "empty": maybe("200 with nothing", answer(b"")),
    "web-page": maybe("200 with a sign-in page", answers.WEB_PAGE),
    "no-id": maybe("no execution id", answer(as_json({"success": True}))),
    "unsafe-id": maybe("the execution id is `../x`", started("../x")),
    "key-as-id": maybe("the execution id is the API key", started("gk_live_k3y_0123456789")),
    "number-as-id": maybe("the execution id is a number", answer(SUCCESS + b"7}")),
    "two-ids": maybe(
        "two execution ids in one answer", answer(SUCCESS + b'"a", "executionId": "b"}')
    ),
    "replayed": maybe(
        "the second attempt gets the id of the first one", started(), started(),
        polls=(answers.FAILED,), inputs={"attempts": "2"}, posts=2, says="which is not a new run",
    ),
    "no-run": maybe(
        "the execution id is the one that no run has", started(NO_EXECUTION),
        says="which is not a new run",
    ),
    "cut": maybe("the answer is cut off", answers.CUT),
    "gzip": maybe("compressed, although not requested", answers.GZIPPED),
    "huge": maybe("over 64 MiB", answers.HUGE),
    "302": maybe("302 to another server", answer(b"", "302 Found", location=ELSEWHERE)),
    "307": maybe(
        "307 to another server", answer(b"", "307 Temporary Redirect", location=ELSEWHERE)
    ),
    "not-http": maybe("not HTTP at all", answers.NOT_HTTP),
    "early-hints": Fault(
        what="`103 Early Hints` before a good answer",
        triggers=(raw(answers.EARLY_HINTS + answers.STARTED),),
    ),
}  # fmt: skip

TOLD = {
    "429": Fault(
        what="429, then started",
        triggers=(error("429 Too Many Requests", retry_after="1"), started()),
        posts=2,
    ),
    "429-too-long": Fault(
        what="429 with a `Retry-After` of an hour",
        triggers=(error("429 Too Many Requests", retry_after="3600"),),
        seconds=(0, 2), **{**NEVER, "posts": 1},
    ),
    "401": refused(
        "401", error("401 Unauthorized", "Invalid API key"), "The key is wrong or was deleted"
    ),
    "401-cut": refused(
        "401, its message cut off",
        answers.then_close(answers.http(b"{", "401 No", content_length="99")),
    ),
    "403": refused(
        "403, no credits", error("403 Forbidden", "Usage limit reached"), "credits are used up"
    ),
    "404": refused("404 with a web page", error("404 Not Found"), "Check api-url first"),
    "413": refused("413", error("413 Content Too Large")),
    "500-fields": refused("500 `Unexpected fields in payload`", error(OURS, FIELDS)),
    "500-values": refused(f"500 `{VALUES}`", error(OURS, VALUES)),
    "500-framework": refused(
        "500 `Internal Server Error` with the guide's words as its `message`",
        answer(as_json({"error": "Internal Server Error", "message": FIELDS + ": foo"}), OURS),
        "foo", inputs=CANCEL,
    ),
    "success-false": refused(
        "200 with `success: false`",
        answer(as_json({"success": False, "error": "Usage limit reached"})),
    ),
}  # fmt: skip

BUSY = error("503 Service Unavailable", "overloaded", retry_after="1")
AGAIN = {
    "503-seconds": Fault(
        what="503 with `Retry-After` in seconds, twice, then started",
        triggers=(BUSY, BUSY, started()), inputs=CANCEL, posts=3,
    ),
    "503-date": Fault(
        what="503 with `Retry-After` as a date, then started",
        triggers=(answers.come_back_at_a_date, started()), inputs=CANCEL, posts=2,
    ),
    "reset": again("reset after sending", answers.reset, THEN_SECOND),
    "late": again(
        "answered after the timeout", late(6, started()), THEN_SECOND,
        inputs={**CANCEL, "max-wait-time": "5s"},
    ),
    "500": again("500", error(OURS), THEN_SECOND),
    "garbage": again("200 with garbage", answer(b"{"), THEN_SECOND),
    "replayed": again(
        "the second attempt gets the id of the first one", started(), started(), THEN_SECOND,
        inputs={**CANCEL, "attempts": "2"}, posts=3, polls=(answers.FAILED, *SECOND["polls"]),
    ),
    "reset-twice": maybe("reset after sending, twice", answers.reset, inputs=CANCEL, posts=2),
    "then-refused": Fault(
        what="reset after sending, then 403", triggers=(answers.reset, error("403 Forbidden")),
        inputs=CANCEL, posts=2, says="may have started", **{**REFUSED, "remote": Remote.UNKNOWN},
    ),
}  # fmt: skip
