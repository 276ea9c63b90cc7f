"""A forge's REST API: JSON in, JSON out, redirects are refused, and every fault is an error."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.forges.sender import OneCall, Sender
from genesis_ci.http.transport import Request, Response
from genesis_ci.language import N_, _, fill
from genesis_ci.strict_json import JsonValue, StrictJsonError, parse_json
from genesis_ci.text import clean_line

PER_PAGE = 100
MOST_PAGES = 100
"""Ten thousand comments; GitHub takes 2500 on one pull request."""
FAULT = N_("The network or the server is at fault; run the job again later.")
UNREACHABLE = N_(
    "Check that this runner may reach {forge}'s API (proxy, firewall, DNS; for a private "
    "certificate authority REQUESTS_CA_BUNDLE), and run the job again later."
)
LIMIT_PAUSE = 15.0
"""Seconds to wait after a rate limit without `Retry-After`; four pauses make GitHub's minute."""
_LIMIT = rb"(?i)rate limit|abuse detection|submitted too quickly"
"""Matches GitHub's messages about too many requests."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RestApi:
    """One API, with the token in its headers.

    `scrub` hides secrets in answers. `remedies` have the next step after a refusal, by its status.
    A page of a list has `page_size` items if the parameter `size_name` asks for them.
    """

    name: str
    base: str
    headers: Mapping[str, str] = field(repr=False)
    sender: Sender | OneCall
    scrub: Callable[[str], str]
    remedies: Mapping[int, str]
    page_size: int = PER_PAGE
    size_name: str = "per_page"

    def ask(self, method: str, path: str, body: Mapping[str, JsonValue] | None = None) -> JsonValue:
        """Return the answer, None if it is empty; raise `RefusedError` or `ContactError`."""
        return self._decoded(self._answer(method, path, body))

    def list_all(self, path: str) -> Iterator[dict[str, JsonValue]]:
        """Yield the objects of a list, from all its pages."""
        joint = "&" if "?" in path else "?"
        for page in range(1, MOST_PAGES + 1):
            query = f"{self.size_name}={self.page_size}&page={page}"
            answer = self._answer("GET", f"{path}{joint}{query}")
            items = self._decoded(answer)
            if not isinstance(items, list):
                raise self.unreadable(_("it is not a list"))
            yield from (item for item in items if isinstance(item, dict))
            # forges announce the next page, but a full page may have one that is not announced
            if not (_announces_next(answer) or len(items) >= self.page_size):
                return
        raise RefusedError(
            fill("{forge} lists more than {most} pages.", forge=self.name, most=MOST_PAGES),
            hint=_("Nothing was written, because what matters may be on a page that was not read."),
            status=200,
        )

    def _answer(
        self, method: str, path: str, body: Mapping[str, JsonValue] | None = None
    ) -> Response:
        headers = {"Accept": "application/json", **self.headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        request = Request(method=method, url=f"{self.base}{path}", headers=headers, body=data)
        try:
            answer = self.sender.send(request)
        except ContactError as error:
            error.hint = fill(UNREACHABLE, forge=self.name)  # its own is about Genesis
            raise
        if not 200 <= answer.status < 300:
            raise self._error(answer)
        return answer

    def _error(self, answer: Response) -> RefusedError | ContactError:
        status = answer.status
        message = clean_line(self.scrub(_message(answer.body))).rstrip(".。")
        shown = _(": ").join(filter(None, (str(status), message)))
        limit_pause = LIMIT_PAUSE if _is_limited(answer) else None
        if status >= 500 or status in {408, 425} or limit_pause:
            asked = answer.retry_after
            return ContactError(
                fill("{forge} answered {answer}.", forge=self.name, answer=shown),
                reached=True,
                retry_after=limit_pause if asked is None else asked,
                hint=_(FAULT),
            )
        words = N_("{forge} refused ({answer}).")
        see = fill("Nothing was written; see {forge}'s message.", forge=self.name)
        hint = self.remedies.get(status, see)
        if 300 <= status < 400:
            words = N_("{forge} answered with a redirect ({status}), which is never followed.")
            hint = _("The repository may have been renamed: correct the remote and run again.")
        words = fill(words, forge=self.name, answer=shown, status=status)
        return RefusedError(words, hint=hint, status=status)

    def _decoded(self, answer: Response) -> JsonValue:
        if not answer.body.strip():
            return None
        try:
            return parse_json(answer.body.decode())
        except ValueError as error:
            why = error.shown if isinstance(error, StrictJsonError) else str(error)
            raise self.unreadable(why) from None

    def unreadable(self, why: str) -> ContactError:
        why = clean_line(why)
        words = fill("{forge} gave an answer that cannot be read: {why}.", forge=self.name, why=why)
        return ContactError(words, reached=True, hint=_(FAULT))


def _announces_next(answer: Response) -> bool:
    headers = answer.headers
    return 'rel="next"' in headers.get("link", "") or bool(headers.get("x-next-page", "").strip())


def _message(body: bytes) -> str:
    try:
        value = parse_json(body.decode())
    except ValueError:
        return ""  # a gateway's page
    message = value.get("message") or value.get("error") if isinstance(value, dict) else ""
    return message if isinstance(message, str) else json.dumps(message)


def _is_limited(answer: Response) -> bool:
    """GitHub also answers 403 or 422 to too many requests, sometimes without a header."""
    status, headers = answer.status, answer.headers
    has_header = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return (
        status == 429
        or (status == 403 and has_header)
        or (status in {403, 422} and re.search(_LIMIT, answer.body) is not None)
    )
