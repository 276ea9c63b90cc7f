"""A forge's REST API: JSON in, JSON out, never redirected, and every fault in words."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from genesis_ci.api.transport import Request, Response
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.strict_json import JsonValue, StrictJsonError, parse_json
from genesis_ci.text import clean_line

PER_PAGE = 100
MOST_PAGES = 100
"""Ten thousand comments; GitHub takes 2500 on one pull request."""
FAULT = "The network or the server is at fault; run the job again later."
_SECONDS = re.compile("[0-9]{1,6}")


class Wire(Protocol):
    """Sends requests, and lets time pass."""

    def send(self, request: Request) -> Response:
        """Return the whole answer. Raises `ContactError` when there is none in time."""
        ...

    def pause(self, seconds: float) -> None:
        """Return after some seconds."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Rest:
    """One API: its name and base address, the headers that carry the token, and the way there.

    `scrub` hides secrets in the words of the forge. `remedy` says what to do about a refusal.
    """

    name: str
    base: str
    headers: Mapping[str, str] = field(repr=False)
    wire: Wire
    scrub: Callable[[str], str]
    remedy: Callable[[int], str]

    def ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> JsonValue:
        """Return what the forge answers, None where it says nothing.

        Raises:
            RefusedError: the forge refuses.
            ContactError: no usable answer.
        """
        return _decoded(self.name, self._answer(method, path, body))

    def list_all(self, path: str) -> Iterator[dict[str, JsonValue]]:
        """Yield the objects of a list through all its pages."""
        joint = "&" if "?" in path else "?"
        for page in range(1, MOST_PAGES + 1):
            answer = self._answer("GET", f"{path}{joint}per_page={PER_PAGE}&page={page}")
            items = _decoded(self.name, answer)
            if not isinstance(items, list):
                raise _unreadable(self.name, "it is not a list")
            yield from (item for item in items if isinstance(item, dict))
            if not _has_next(answer, len(items)):
                return
        raise RefusedError(
            f"{self.name} lists more than {MOST_PAGES} pages of comments.",
            hint="Nothing was written, for the comment may stand on a page that was not read.",
            status=200,
        )

    def _answer(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Response:
        headers = {"Accept": "application/json", **self.headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        request = Request(method=method, url=f"{self.base}{path}", headers=headers, body=data)
        try:
            answer = self.wire.send(request)
        except ContactError as error:  # its hint is about Genesis
            raise ContactError(
                error.message,
                reached=error.reached,
                permanent=error.permanent,
                hint=f"See that this runner may reach {self.name}'s API (proxy, firewall, DNS; for "
                "a private certificate authority REQUESTS_CA_BUNDLE), and run the job again later.",
            ) from None
        if 200 <= answer.status < 300:
            return answer
        raise self._error(answer)

    def _error(self, answer: Response) -> RefusedError | ContactError:
        status = answer.status
        said = clean_line(self.scrub(_words(answer.body))).rstrip(".")
        told = f"{status}: {said}" if said else str(status)
        if status >= 500 or status in {408, 425, 429} or _is_limited(answer):
            return ContactError(
                f"{self.name} answered {told}.",
                reached=True,
                retry_after=_retry_after(answer.headers),
                hint=FAULT,
            )
        if 300 <= status < 400:
            return RefusedError(
                f"{self.name} answered with a redirect ({status}), which is never followed.",
                hint="The repository may have been renamed: correct the remote and run again.",
                status=status,
            )
        return RefusedError(
            f"{self.name} refused ({told}).", hint=self.remedy(status), status=status
        )


def _decoded(name: str, answer: Response) -> JsonValue:
    if not answer.body.strip():
        return None
    try:
        return parse_json(answer.body.decode())
    except (StrictJsonError, UnicodeDecodeError) as error:
        raise _unreadable(name, str(error)) from None


def _unreadable(name: str, why: str) -> ContactError:
    return ContactError(
        f"{name} gave an answer that cannot be read: {clean_line(why)}.", reached=True, hint=FAULT
    )


def _has_next(answer: Response, count: int) -> bool:
    """Both forges name the next page; a full page without a word may have a next one too."""
    named = 'rel="next"' in answer.headers.get("link", "")
    return named or bool(answer.headers.get("x-next-page", "").strip()) or count >= PER_PAGE


def _words(body: bytes) -> str:
    """The forge's own words; a gateway's page has none."""
    try:
        value = parse_json(body.decode())
    except (StrictJsonError, UnicodeDecodeError):
        return ""
    said = value.get("message") or value.get("error") if isinstance(value, dict) else ""
    return said if isinstance(said, str) else json.dumps(said)


def _is_limited(answer: Response) -> bool:
    """GitHub refuses with 403, too, who asks too often."""
    headers = answer.headers
    return answer.status == 403 and (
        "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "").strip()
    return float(value) if _SECONDS.fullmatch(value) else None


def text_of(value: JsonValue, *keys: str) -> str:
    """Return the text, or the whole number as text, at a path in a JSON value; empty for none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)
