"""Faults of the trigger: before or after it may have reached Genesis, and refusals."""

from genesis_ci.api.client import NO_EXECUTION
from tests.reliability import answers, stages
from tests.reliability.answers import (
    SECOND_ID,
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

SHORT = {"max-wait-time": "3s"}
CANCEL = {"concurrency-policy": "cancel-previous"}
LOST = {"verdict": "lost_contact", "exit_code": 8}
NEVER = {**LOST, "posts": 0, "remote": Remote.NONE, "says": "nothing was started"}
MAYBE = {**LOST, "remote": Remote.UNKNOWN, "says": "may have started"}
REFUSED = {"verdict": "rejected", "exit_code": 7, "remote": Remote.NONE}
USAGE = {"verdict": "error", "exit_code": 2, "posts": 0, "remote": Remote.NONE}
SECOND = {"posts": 2, "polls": (status("completed", id=SECOND_ID),), "remote": Remote.REPLACED}
THEN_SECOND = started(SECOND_ID)
FIELDS = "Unexpected fields in payload"
SUCCESS = b'{"success": true, "executionId": '

BEFORE = {
    "refused-connection": Fault(
        what="nobody listens", stage=stages.nobody_listens, inputs=SHORT, **NEVER
    ),
    "server-comes-up": Fault(
        what="nobody listens for the first second", stage=stages.not_yet_there
    ),
    "unknown-name": Fault(
        what="the server's name cannot be resolved",
        stage=stages.unknown_name,
        inputs=SHORT,
        **NEVER,
    ),
    "untrusted-certificate": Fault(
        what="the certificate is of an unknown authority",
        stage=stages.untrusted_certificate,
        seconds=(0, 2),
        **{**NEVER, "says": "is not trusted"},
    ),
    "own-authority": Fault(
        what="a private authority, named by `SSL_CERT_FILE`", stage=stages.own_authority
    ),
    "bad-bundle": Fault(
        what="`REQUESTS_CA_BUNDLE` is a file without a certificate",
        stage=stages.bad_bundle,
        **{**USAGE, "says": "holds no certificate"},
    ),
    "missing-bundle": Fault(
        what="`SSL_CERT_FILE` names a file that does not exist",
        stage=stages.no_bundle,
        **{**USAGE, "says": "cannot be read"},
    ),
    "no-tls": Fault(
        what="the server does not speak TLS", stage=stages.no_tls, inputs=SHORT, **NEVER
    ),
    "mute": Fault(
        what="the server accepts the connection and sends nothing",
        stage=stages.mute,
        inputs=SHORT,
        **NEVER,
    ),
    "dead-proxy": Fault(
        what="nothing listens at the proxy's address",
        stage=stages.dead_proxy,
        inputs=SHORT,
        **{**NEVER, "says": "Cannot connect to the proxy"},
    ),
    "refusing-proxy": Fault(
        what="the proxy answers 407",
        stage=stages.refusing_proxy,
        inputs=SHORT,
        **{**NEVER, "says": "the proxy refused"},
    ),
}

AFTER = {
    "reset": Fault(what="reset after sending", triggers=(answers.reset,), **MAYBE),
    "closed": Fault(what="closed without an answer", triggers=(answers.close,), **MAYBE),
    "silence": Fault(what="no answer", triggers=(answers.silence,), inputs=SHORT, **MAYBE),
    "late": Fault(
        what="answered after the timeout",
        triggers=(late(5, started()),),
        inputs=SHORT,
        seconds=(2.9, 4),
        **MAYBE,
    ),
    "dribbled-body": Fault(
        what="a byte of the body now and then",
        triggers=(dribble(b" ", answers.HEAD + b"Content-Length: 9000\r\n\r\n"),),
        inputs=SHORT,
        **MAYBE,
    ),
    "dribbled-headers": Fault(
        what="a byte of the headers now and then",
        triggers=(dribble(b"X-Y: z\r\n" * 900, answers.HEAD),),
        inputs=SHORT,
        **MAYBE,
    ),
    "endless-100": Fault(
        what="endless `100 Continue`",
        triggers=(answers.endless_continue,),
        inputs=SHORT,
        **MAYBE,
    ),
    "500": Fault(what="500", triggers=(error("500 Internal Server Error"),), **MAYBE),
    "502": Fault(what="502 with a web page", triggers=(error("502 Bad Gateway"),), **MAYBE),
    "503-page": Fault(
        what="503 with `Retry-After` and a proxy's page",
        triggers=(error("503 Service Unavailable", retry_after="1"),),
        **MAYBE,
    ),
    "503": Fault(
        what="503 without `Retry-After`",
        triggers=(error("503 Service Unavailable"),),
        **MAYBE,
    ),
    "503-json": Fault(
        what="503 with `Retry-After` that is JSON",
        triggers=(error("503 Service Unavailable", "overloaded", retry_after="1"),),
        **MAYBE,
    ),
    "504": Fault(what="504", triggers=(error("504 Gateway Timeout"),), **MAYBE),
    "408": Fault(what="408", triggers=(error("408 Request Timeout"),), **MAYBE),
    "garbage": Fault(what="200 with garbage", triggers=(answer(b"\x00\xff{{"),), **MAYBE),
    "empty": Fault(what="200 with nothing", triggers=(answer(b""),), **MAYBE),
    "web-page": Fault(what="200 with a sign-in page", triggers=(answers.WEB_PAGE,), **MAYBE),
    "no-id": Fault(what="no execution id", triggers=(answer(as_json({"success": True})),), **MAYBE),
    "unsafe-id": Fault(what="the execution id is `../x`", triggers=(started("../x"),), **MAYBE),
    "key-as-id": Fault(
        what="the execution id is the API key",
        triggers=(started("gk_live_k3y_0123456789"),),
        **MAYBE,
    ),
    "number-as-id": Fault(
        what="the execution id is a number", triggers=(answer(SUCCESS + b"7}"),), **MAYBE
    ),
    "two-ids": Fault(
        what="two execution ids in one answer",
        triggers=(answer(SUCCESS + b'"a", "executionId": "b"}'),),
        **MAYBE,
    ),
    "replayed": Fault(
        what="the second attempt gets the id of the first one",
        triggers=(started(), started()),
        polls=(answers.FAILED,),
        inputs={"attempts": "2"},
        **{**MAYBE, "posts": 2, "says": "which is not a new run"},
    ),
    "no-run": Fault(
        what="the execution id is the one that no run has",
        triggers=(started(NO_EXECUTION),),
        **{**MAYBE, "says": "which is not a new run"},
    ),
    "cut": Fault(what="the answer is cut off", triggers=(answers.CUT,), **MAYBE),
    "gzip": Fault(what="compressed, although not requested", triggers=(answers.GZIPPED,), **MAYBE),
    "huge": Fault(what="over 64 MiB", triggers=(answers.HUGE,), **MAYBE),
    "302": Fault(
        what="302 to another server",
        triggers=(answer(b"", "302 Found", location="http://127.0.0.1:9/"),),
        **MAYBE,
    ),
    "307": Fault(
        what="307 to another server",
        triggers=(answer(b"", "307 Temporary Redirect", location="http://127.0.0.1:9/"),),
        **MAYBE,
    ),
    "not-http": Fault(what="not HTTP at all", triggers=(answers.NOT_HTTP,), **MAYBE),
    "early-hints": Fault(
        what="`103 Early Hints` before a good answer",
        triggers=(raw(answers.EARLY_HINTS + answers.STARTED),),
    ),
}

TOLD = {
    "429": Fault(
        what="429, then started",
        triggers=(error("429 Too Many Requests", retry_after="1"), started()),
        posts=2,
    ),
    "429-too-long": Fault(
        what="429 with a `Retry-After` of an hour",
        triggers=(error("429 Too Many Requests", retry_after="3600"),),
        seconds=(0, 2),
        **{**NEVER, "posts": 1},
    ),
    "401": Fault(
        what="401",
        triggers=(error("401 Unauthorized", "Invalid API key"),),
        says="The key is wrong or was deleted",
        **REFUSED,
    ),
    "401-cut": Fault(
        what="401, its message cut off",
        triggers=(answers.then_close(answers.http(b"{", "401 No", content_length="99")),),
        **REFUSED,
    ),
    "403": Fault(
        what="403, no credits",
        triggers=(error("403 Forbidden", "Usage limit reached"),),
        says="credits are used up",
        **REFUSED,
    ),
    "404": Fault(
        what="404 with a web page",
        triggers=(error("404 Not Found"),),
        says="Check api-url first",
        **REFUSED,
    ),
    "413": Fault(what="413", triggers=(error("413 Content Too Large"),), **REFUSED),
    "500-fields": Fault(
        what="500 `Unexpected fields in payload`",
        triggers=(error("500 Internal Server Error", FIELDS),),
        **REFUSED,
    ),
    "500-values": Fault(
        what="500 `Invalid payload: expected object with string values`",
        triggers=(
            error(
                "500 Internal Server Error", "Invalid payload: expected object with string values"
            ),
        ),
        **REFUSED,
    ),
    "500-framework": Fault(
        what="500 `Internal Server Error` with the guide's words as its `message`",
        triggers=(
            answer(
                as_json({"error": "Internal Server Error", "message": FIELDS + ": foo"}),
                "500 Internal Server Error",
            ),
        ),
        inputs=CANCEL,
        says="foo",
        **REFUSED,
    ),
    "success-false": Fault(
        what="200 with `success: false`",
        triggers=(answer(as_json({"success": False, "error": "Usage limit reached"})),),
        **REFUSED,
    ),
}

BUSY = error("503 Service Unavailable", "overloaded", retry_after="1")
AGAIN = {
    "503-seconds": Fault(
        what="503 with `Retry-After` in seconds, twice, then started",
        triggers=(BUSY, BUSY, started()),
        inputs=CANCEL,
        posts=3,
    ),
    "503-date": Fault(
        what="503 with `Retry-After` as a date, then started",
        triggers=(answers.come_back_at_a_date, started()),
        inputs=CANCEL,
        posts=2,
    ),
    "reset": Fault(
        what="reset after sending", triggers=(answers.reset, THEN_SECOND), inputs=CANCEL, **SECOND
    ),
    "late": Fault(
        what="answered after the timeout",
        triggers=(late(6, started()), THEN_SECOND),
        inputs={**CANCEL, "max-wait-time": "5s"},
        **SECOND,
    ),
    "500": Fault(
        what="500",
        triggers=(error("500 Internal Server Error"), THEN_SECOND),
        inputs=CANCEL,
        **SECOND,
    ),
    "garbage": Fault(
        what="200 with garbage", triggers=(answer(b"{"), THEN_SECOND), inputs=CANCEL, **SECOND
    ),
    "replayed": Fault(
        what="the second attempt gets the id of the first one",
        triggers=(started(), started(), THEN_SECOND),
        inputs={**CANCEL, "attempts": "2"},
        **{
            **SECOND,
            "posts": 3,
            "polls": (answers.FAILED, status("completed", id=SECOND_ID)),
        },
    ),
    "reset-twice": Fault(
        what="reset after sending, twice",
        triggers=(answers.reset,),
        inputs=CANCEL,
        **{**MAYBE, "posts": 2},
    ),
    "then-refused": Fault(
        what="reset after sending, then 403",
        triggers=(answers.reset, error("403 Forbidden")),
        inputs=CANCEL,
        posts=2,
        verdict="rejected",
        exit_code=7,
        remote=Remote.UNKNOWN,
        says="may have started",
    ),
}
