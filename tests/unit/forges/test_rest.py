"""A forge's API: all pages of a list, no redirects, and an error for every fault."""

import json

import pytest

from genesis_ci.api.transport import Response
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.forges.rest import FAULT, MOST_PAGES, PER_PAGE, Access, Rest, text_of
from genesis_ci.redaction import Secret
from tests.builders import a_response

FULL = [{"id": n} for n in range(PER_PAGE)]


class ScriptedSender:
    """Gives its answers one after another, and repeats the last one."""

    def __init__(self, *answers: Response | Exception) -> None:
        self.answers = [*answers]
        self.requests = []

    def send(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def rest_over(*answers):
    sender = ScriptedSender(*answers)
    access = Access(
        base="https://forge.example/api",
        token=Secret("token"),
        sender=sender,
        scrub=lambda text: text.replace("hunter2", "***"),
        user_agent="genesis-ci/0",
    )
    rest = Rest(
        name="Forge",
        access=access,
        headers={"Authorization": "Bearer token"},
        remedy=lambda status: f"What to do about {status}.",
    )
    return rest, sender


def refusal_of(*answers):
    rest, sender = rest_over(*answers)
    with pytest.raises((RefusedError, ContactError)) as refused:
        rest.ask("GET", "/user")
    assert len(sender.requests) == 1
    return refused.value


def test_a_request_is_json_below_the_base_address():
    rest, sender = rest_over(a_response({"id": 7}))
    assert rest.ask("POST", "/notes", {"body": "日本"}) == {"id": 7}
    [request] = sender.requests
    assert (request.method, request.url) == ("POST", "https://forge.example/api/notes")
    assert json.loads(request.body) == {"body": "日本"}
    assert request.headers["Content-Type"] == request.headers["Accept"] == "application/json"
    assert request.headers["Authorization"] == "Bearer token"
    assert request.headers["User-Agent"] == "genesis-ci/0"


def test_a_request_without_body_has_no_content_type():
    rest, sender = rest_over(a_response(b"", 204))
    assert rest.ask("DELETE", "/notes/7") is None
    assert sender.requests[0].body is None
    assert "Content-Type" not in sender.requests[0].headers


def test_the_headers_with_the_token_are_not_printed():
    assert "Bearer" not in repr(rest_over(a_response({}))[0])


@pytest.mark.parametrize(
    "first",
    [
        a_response([{"id": 1}], link='<https://forge.example/api/x?page=2>; rel="next"'),
        a_response([{"id": 1}], x_next_page="2"),
        a_response(FULL),
    ],
    ids=["a link", "a page number", "a full page"],
)
def test_a_list_is_read_to_its_last_page(first):
    rest, sender = rest_over(first, a_response([{"id": "last"}], x_next_page=" "))
    assert list(rest.list_all("/notes?sort=asc"))[-1] == {"id": "last"}
    base = "https://forge.example/api/notes?sort=asc&per_page=100&page="
    assert [one.url for one in sender.requests] == [f"{base}1", f"{base}2"]


def test_items_that_are_no_objects_are_skipped():
    rest, sender = rest_over(a_response([7, {"id": 1}, None]))
    assert list(rest.list_all("/notes")) == [{"id": 1}]
    assert sender.requests[0].url.endswith("/notes?per_page=100&page=1")


def test_an_endless_list_is_an_error():
    rest, sender = rest_over(a_response([], x_next_page="9"))
    with pytest.raises(RefusedError, match="more than 100 pages"):
        list(rest.list_all("/notes"))
    assert len(sender.requests) == MOST_PAGES


def test_an_object_in_place_of_a_list_is_an_error():
    rest, _ = rest_over(a_response({"message": "moved"}))
    with pytest.raises(ContactError, match="cannot be read: it is not a list"):
        list(rest.list_all("/notes"))


@pytest.mark.parametrize("body", [b"<html>", b'{"a": 1, "a": 2}', b"\xff"])
def test_an_answer_that_is_not_strict_json_is_an_error(body):
    error = refusal_of(a_response(body))
    assert error.message.startswith("Forge gave an answer that cannot be read: ")
    assert (error.reached, error.hint) == (True, FAULT)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_a_temporary_fault_is_a_contact_error(status):
    error = refusal_of(a_response(b"<html>oh</html>", status, retry_after="7"))
    assert isinstance(error, ContactError)
    assert (error.message, error.retry_after) == (f"Forge answered {status}.", 7.0)


@pytest.mark.parametrize("headers", [{"retry_after": "60"}, {"x_ratelimit_remaining": "0"}])
def test_a_rate_limit_is_a_contact_error(headers):
    error = refusal_of(a_response({"message": "slow down."}, 403, **headers))
    assert isinstance(error, ContactError)
    assert error.message == "Forge answered 403: slow down."


@pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "9999999"])
def test_a_malformed_retry_after_is_ignored(value):
    assert refusal_of(a_response(b"", 503, retry_after=value)).retry_after is None


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_not_followed(status):
    error = refusal_of(a_response({}, status, location="https://evil.example"))
    assert isinstance(error, RefusedError)
    assert "never followed" in error.message
    assert "evil" not in f"{error.message} {error.hint}"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "No hunter2\nhere."}, "403: No *** here"),
        ({"error": {"base": ["no"]}}, '403: {"base": ["no"]}'),
        (b"<html>hunter2</html>", "403"),
        ([1], "403"),
    ],
)
def test_a_refusal_has_the_scrubbed_message_and_a_remedy(body, words):
    error = refusal_of(a_response(body, 403))
    assert isinstance(error, RefusedError)
    assert (error.message, error.status) == (f"Forge refused ({words}).", 403)
    assert error.hint == "What to do about 403."


def test_a_missing_answer_gives_advice_about_this_api():
    error = refusal_of(ContactError("No route.", reached=False, permanent=True, hint="Genesis?"))
    assert (error.message, error.reached, error.permanent) == ("No route.", False, True)
    assert "may reach Forge's API" in error.hint


def test_text_of_finds_texts_and_whole_numbers_by_path():
    value = {"a": {"id": 7, "name": "x", "yes": True, "list": []}}
    assert [text_of(value, "a", key) for key in ("id", "name")] == ["7", "x"]
    assert [text_of(value, "a", key) for key in ("yes", "list", "none")] == ["", "", ""]
    assert (text_of([], "a"), text_of(None), text_of("x", "a")) == ("", "", "")


def test_a_secret_at_the_cut_of_a_message_is_hidden():
    words = "x" * 195 + " hunter2 " + "x" * 20
    assert "hunt" not in str(refusal_of(a_response({"message": words}, 403)))
