"""Faults of polls: temporary ones, permanent ones, and final ones."""

from typing import Any

from tests.builders import EXECUTION_ID
from tests.reliability import answers, stages
from tests.reliability.answers import (
    COMPLETED,
    RUNNING,
    SECOND_ID,
    answer,
    as_json,
    body,
    dribble,
    error,
    late,
    raw,
    status,
    without,
)
from tests.reliability.faults import Fault, Remote

UNKNOWN = error("404 Not Found", "Execution not found")
SHORT, LONGER = {"max-wait-time": "3s"}, {"max-wait-time": "4s"}
ATTACH = {"posts": 0, "inputs": {"workflow-id": "", "execution-id": EXECUTION_ID}}
LOST = {"verdict": "lost_contact", "exit_code": 8, "remote": Remote.GOES_ON}
LATE = {"verdict": "timed_out", "exit_code": 6, "remote": Remote.GOES_ON}
REFUSED = {"verdict": "rejected", "exit_code": 7}
PROTOCOL = "cannot be read"


def polled(what: str, *polls: answers.Script, **more: Any) -> Fault:
    return Fault(what=what, polls=polls, **more)


def once(what: str, script: answers.Script, says: str = "") -> Fault:
    """Return a fault of one poll; the next poll shows a completed run."""
    return polled(what, script, COMPLETED, says=says)


def stays(what: str, script: answers.Script) -> Fault:
    """Return a fault of every poll but the first."""
    return polled(what, RUNNING, script, inputs=SHORT, seconds=(2.9, 4), **LOST)


PASSING = {
    "reset": once("reset", answers.reset, "the connection broke"),
    "closed": once("closed without an answer", answers.close, "the connection broke"),
    "silence": polled(
        "no answer until the deadline; the last poll finds it completed",
        answers.silence, COMPLETED, inputs=LONGER, seconds=(3.9, 5),
    ),
    "408": once("408", error("408 Request Timeout"), "answered 408"),
    "425": once("425", error("425 Too Early"), "answered 425"),
    "429": polled(
        "429 with `Retry-After`",
        error("429 No", retry_after="2"), COMPLETED, says="answered 429", seconds=(3, 5),
    ),
    "429-hour": polled(
        "429 with a `Retry-After` of an hour; the last poll finds it completed",
        error("429 No", retry_after="3600"), COMPLETED, inputs=LONGER, seconds=(3.9, 5),
    ),
    "500": once("500", error("500 Internal Server Error"), "answered 500"),
    "502": once("502 with a web page", error("502 Bad Gateway"), "answered 502"),
    "503": once("503", error("503 Service Unavailable"), "answered 503"),
    "504": once("504", error("504 Gateway Timeout"), "answered 504"),
    "302": once("302", answer(b"", "302 Found", location="http://127.0.0.1:9/"), "redirect"),
    "garbage": once("200 with garbage", answer(b"\x00\xff{{"), PROTOCOL),
    "web-page": once("200 with a sign-in page", answers.WEB_PAGE, PROTOCOL),
    "empty": once("200 with nothing", answer(b""), PROTOCOL),
    "204": once("204", answers.then_close(b"HTTP/1.1 204 No Content\r\n\r\n"), PROTOCOL),
    "cut": once("a cut body", answers.CUT, "cut off"),
    "cut-chunk": once("a cut chunk", answers.CHUNK_CUT, "cut off"),
    "cut-json": once("incomplete JSON", answer(answers.DONE[:-20]), PROTOCOL),
    "gzip": once("compressed, although not requested", answers.GZIPPED, "compressed"),
    "huge": once("over 64 MiB", answers.HUGE, "over 64 MiB"),
    "not-http": once("not HTTP at all", answers.NOT_HTTP),
    "many-headers": once("200 headers", answers.MANY_HEADERS),
    "long-header": once("a header of 70 kB", answers.LONG_HEADER),
    "nan": once("`NaN`", body('{"id": "ID", "status": "failed", "blockCount": NaN}'), PROTOCOL),
    "infinite": once("`1e999`", body('{"id": "ID", "status": "failed", "n": 1e999}'), PROTOCOL),
    "two-statuses": once(
        "two statuses in one answer",
        body('{"id": "ID", "status": "running", "status": "failed"}'), "is given twice",
    ),
    "deep": once(
        "nested 100 000 deep",
        body('{"id": "ID", "status": "failed", "x": ' + "[" * 100_000 + "]" * 100_000 + "}"),
        PROTOCOL,
    ),
    "long-number": once(
        "a number of 5000 digits",
        body('{"id": "ID", "status": "failed", "n": ' + "7" * 5000 + "}"),
        PROTOCOL,
    ),
    "not-utf8": once("not UTF-8", answer(b'{"id": "\xff", "status": "failed"}'), PROTOCOL),
    "list": once("a list", body('[{"id": "ID", "status": "failed"}]'), "not a JSON object"),
    "no-status": once("no status", without("status"), "has no status"),
    "status-number": once("the status is a number", status(7), "has no status"),
    "no-id": once("`failed` without an id", body('{"status": "failed"}'), "not about"),
    "other-id": once("`failed`, of another run", status("failed", id="run-2"), "not about"),
    "unknown-status": once("an unknown status", status("paused"), "does not know"),
    "upper-case": once("the status `FAILED`, in capitals", status("FAILED"), "does not know"),
    "surrogate": polled(
        "half a surrogate pair in a text",
        body('{"id": "ID", "status": "completed", "workflowName": "a\\ud800b"}'),
    ),
    "odd-decoration": polled(
        "times, counts and names of the wrong type",
        body(
            '{"id": "ID", "status": "completed", "workflowName": 1, "blockCount": -1, '
            '"completedBlocks": 1' + "0" * 300 + ', "startedAt": "0001-01-01T00:00:00+14:00", '
            '"state": {"blocks": {"": {"status": [], "endTime": {}}, "b": null}}}'
        ),
    ),
    "unreadable-block": polled(
        "a block that is neither an object nor a text",
        body('{"id": "ID", "status": "completed", "state": {"blocks": {"b": 3}}}'),
        verdict="unmet", exit_code=9, says="a block that is neither an object nor a text",
    ),
    **{
        f"gateway-{status}": polled(
            f"{status} in the middle of the wait, which Genesis never sends",
            RUNNING, error(f"{status} Gateway", "No."), COMPLETED, says=f"answered {status}",
        )
        for status in (407, 409, 421, 423, 431, 499)
    },
    **{
        f"page-{status}": polled(
            f"{status} with a web page in the middle of the wait",
            RUNNING, error(f"{status} Gateway"), COMPLETED, says=f"answered {status}",
        )
        for status in (403, 404)
    },
    "page-401": once("401 with a web page at the first poll", error("401 No"), "answered 401"),
    "page-403-first": once("403 with a web page at the first poll", error("403 No")),
    "lag": polled(
        "404 `Execution not found` at first, as from a replica that lags",
        UNKNOWN, UNKNOWN, COMPLETED, says="Trying again",
    ),
    "own-state": polled(
        "ids and a status of its own in `state`",
        status("completed", state={"workflowId": "w-1", "executionId": "e-1"}),
        status("completed", state={"status": "success", "executionId": "e-1"}),
    ),
    "early-hints": polled(
        "`103 Early Hints` before the answer",
        raw(answers.EARLY_HINTS + answers.http(answers.DONE)),
    ),
    "two-at-once": polled(
        "two answers to one poll, the second `failed`", answers.TWO_AT_ONCE, COMPLETED
    ),
    "stale-connection": polled(
        "a kept connection is closed between polls",
        answers.then_close(answers.http(as_json({}))), RUNNING, COMPLETED,
    ),
    "slow-answer": polled("an answer takes 3 s", late(3, COMPLETED), seconds=(2.9, 9)),
}  # fmt: skip

STAYING = {
    "502s": stays("502 to the end", error("502 Bad Gateway")),
    "pages-403": stays("403 with a web page, to the end", error("403 Forbidden")),
    "429s": stays("429 to the end", error("429 Too Many Requests")),
    "garbage": stays("garbage to the end", answer(b"?")),
    "dribble": stays(
        "a byte of the body now and then, to the end",
        dribble(b" ", answers.HEAD + b"Content-Length: 9000\r\n\r\n"),
    ),
    "dribbled-headers": stays(
        "a byte of the headers now and then, to the end",
        dribble(b"X-Y: z\r\n" * 900, answers.HEAD),
    ),
    "endless-100": stays("endless `100 Continue`", answers.endless_continue),
    "silence": stays("no answer, to the end", answers.silence),
    "vanished": stays("the server stops", answers.vanish),
    "never-seen": polled("502 at every poll", error("502 Bad Gateway"), inputs=SHORT, **LOST),
    "running": polled(
        "the run has not ended at the deadline", RUNNING, inputs=SHORT, seconds=(2.9, 4), **LATE
    ),
    "other-workflow": polled(
        "after a good answer, one about another workflow, to the end",
        RUNNING, status("completed", state={"workflowId": SECOND_ID}), inputs=SHORT,
        says="another run than the first one", **LOST,
    ),
    "unknown-status": polled(
        "an unknown status to the end", status("paused"), inputs=SHORT, **LATE
    ),
    "two-seconds": polled(
        "a `max-wait-time` of two seconds, and the run continues",
        RUNNING, inputs={"max-wait-time": "2s"}, **LATE,
    ),
    "review": polled(
        "nobody reviews within max-review-time", status("review_pending"),
        inputs={"max-review-time": "2s"},
        verdict="review_pending", exit_code=3, remote=Remote.WAITS, seconds=(2.9, 5),
    ),
}  # fmt: skip

ENDING = {
    "401": polled(
        "401 in the middle of the wait", RUNNING, error("401 Unauthorized", "Invalid API key"),
        remote=Remote.GOES_ON, **REFUSED,
    ),
    "403": polled(
        "403 in the middle of the wait", RUNNING, error("403 Forbidden", "Unauthorized"),
        remote=Remote.GOES_ON, says="may still be going", **REFUSED,
    ),
    "404": polled(
        "404 `Execution not found`, for a minute or to the end", RUNNING, UNKNOWN,
        inputs=SHORT, seconds=(2.9, 4), remote=Remote.GOES_ON, **REFUSED,
    ),
    "500-fault-of-ours": polled(
        "500 that is the caller's fault", error("500 No", "Unexpected fields in payload"),
        remote=Remote.GOES_ON, **REFUSED,
    ),
    "attach-404": polled(
        "attached to a run that does not exist", UNKNOWN, remote=Remote.NONE, **ATTACH, **REFUSED
    ),
    "attach-page": polled(
        "attached after two 404 with a web page",
        error("404 Not Found"), error("404 Not Found"), COMPLETED, says="answered 404", **ATTACH,
    ),
    "attach-certificate": Fault(
        what="attached over a certificate of an unknown authority",
        stage=stages.untrusted_certificate, seconds=(0, 2), says="is not trusted", **ATTACH, **LOST,
    ),
    "attach-completed": polled(
        "attached after three resets", *[answers.reset] * 3, COMPLETED, **ATTACH
    ),
}  # fmt: skip
