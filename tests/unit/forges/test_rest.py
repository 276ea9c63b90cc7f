"""A forge's API: all pages of a list, no redirects, and every fault in words."""

import json

import pytest

from genesis_ci.api.transport import Response
from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.forges.rest import FAULT, MOST_PAGES, PER_PAGE, Rest, text_of
from tests.builders import a_response

FULL = [{"id": n} for n in range(PER_PAGE)]


class Wire:
    """Gives its answers one after another, the last one for ever."""

    def __init__(self, *answers: Response | Exception) -> None:
        self.answers = [*answers]
        self.requests = []

    def send(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pause(self, seconds):
        raise AssertionError("it waits for nothing")


def rest_over(*answers):
    wire = Wire(*answers)
    rest = Rest(
        name="Forge",
        base="https://forge.example/api",
        headers={"Authorization": "Bearer token"},
        wire=wire,
        scrub=lambda text: text.replace("hunter2", "***"),
        remedy=lambda status: f"What to do about {status}.",
    )
    return rest, wire


def refusal_of(*answers):
    rest, wire = rest_over(*answers)
    with pytest.raises((RefusedError, ContactError)) as refused:
        rest.ask("GET", "/user")
    assert len(wire.requests) == 1
    return refused.value


def test_a_question_is_json_below_the_base_address_with_the_token_s_header():
    rest, wire = rest_over(a_response({"id": 7}))
    assert rest.ask("POST", "/notes", {"body": "日本"}) == {"id": 7}
    [request] = wire.requests
    assert (request.method, request.url) == ("POST", "https://forge.example/api/notes")
    assert json.loads(request.body) == {"body": "日本"}
    assert request.headers["Content-Type"] == request.headers["Accept"] == "application/json"
    assert request.headers["Authorization"] == "Bearer token"


def test_a_question_without_a_body_says_no_type_and_an_empty_answer_is_nothing():
    rest, wire = rest_over(a_response(b"", 204))
    assert rest.ask("DELETE", "/notes/7") is None
    assert wire.requests[0].body is None
    assert "Content-Type" not in wire.requests[0].headers


def test_the_headers_that_carry_the_token_do_not_print():
    assert "Bearer" not in repr(rest_over(a_response({}))[0])


@pytest.mark.parametrize(
    "first",
    [
        a_response([{"id": 1}], link='<https://forge.example/api/x?page=2>; rel="next"'),
        a_response([{"id": 1}], x_next_page="2"),
        a_response(FULL),
    ],
    ids=["a link", "a page's number", "a full page without a word"],
)
def test_a_list_is_read_to_its_last_page(first):
    rest, wire = rest_over(first, a_response([{"id": "last"}], x_next_page=" "))
    assert list(rest.list_all("/notes?sort=asc"))[-1] == {"id": "last"}
    base = "https://forge.example/api/notes?sort=asc&per_page=100&page="
    assert [one.url for one in wire.requests] == [f"{base}1", f"{base}2"]


def test_what_is_no_object_in_a_list_is_passed_over():
    rest, wire = rest_over(a_response([7, {"id": 1}, None]))
    assert list(rest.list_all("/notes")) == [{"id": 1}]
    assert wire.requests[0].url.endswith("/notes?per_page=100&page=1")


def test_a_list_without_end_is_given_up():
    rest, wire = rest_over(a_response([], x_next_page="9"))
    with pytest.raises(RefusedError, match="more than 100 pages"):
        list(rest.list_all("/notes"))
    assert len(wire.requests) == MOST_PAGES


def test_a_list_that_is_none_cannot_be_read():
    rest, _ = rest_over(a_response({"message": "moved"}))
    with pytest.raises(ContactError, match="cannot be read: it is not a list"):
        list(rest.list_all("/notes"))


@pytest.mark.parametrize("body", [b"<html>", b'{"a": 1, "a": 2}', b"\xff"])
def test_an_answer_that_is_no_strict_json_cannot_be_read(body):
    error = refusal_of(a_response(body))
    assert error.message.startswith("Forge gave an answer that cannot be read: ")
    assert (error.reached, error.hint) == (True, FAULT)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_a_fault_that_may_pass_is_no_refusal(status):
    error = refusal_of(a_response(b"<html>oh</html>", status, retry_after="7"))
    assert isinstance(error, ContactError)
    assert (error.message, error.retry_after) == (f"Forge answered {status}.", 7.0)


@pytest.mark.parametrize("headers", [{"retry_after": "60"}, {"x_ratelimit_remaining": "0"}])
def test_who_asks_too_often_is_to_come_again(headers):
    error = refusal_of(a_response({"message": "slow down."}, 403, **headers))
    assert isinstance(error, ContactError)
    assert error.message == "Forge answered 403: slow down."


@pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "9999999"])
def test_a_wait_that_is_no_number_of_seconds_is_none(value):
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
def test_a_refusal_has_the_forge_s_own_words_without_secrets_and_a_remedy(body, words):
    error = refusal_of(a_response(body, 403))
    assert isinstance(error, RefusedError)
    assert (error.message, error.status) == (f"Forge refused ({words}).", 403)
    assert error.hint == "What to do about 403."


def test_without_an_answer_the_advice_is_about_this_api():
    error = refusal_of(ContactError("No route.", reached=False, permanent=True, hint="Genesis?"))
    assert (error.message, error.reached, error.permanent) == ("No route.", False, True)
    assert "may reach Forge's API" in error.hint


def test_a_text_is_found_by_its_path_and_so_is_a_whole_number():
    value = {"a": {"id": 7, "name": "x", "yes": True, "list": []}}
    assert [text_of(value, "a", key) for key in ("id", "name")] == ["7", "x"]
    assert [text_of(value, "a", key) for key in ("yes", "list", "none")] == ["", "", ""]
    assert (text_of([], "a"), text_of(None), text_of("x", "a")) == ("", "", "")


def test_a_secret_at_the_end_of_the_forges_words_is_hidden_whole():
    words = "x" * 195 + " hunter2 " + "x" * 20
    assert "hunt" not in str(refusal_of(a_response({"message": words}, 403)))
