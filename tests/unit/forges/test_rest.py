"""A forge's API: all pages of a list, no redirects, and an error for every fault."""

import json

import pytest

from genesis_ci.errors import ContactError, RefusedError
from genesis_ci.forges.rest import FAULT, LIMIT_PAUSE, MOST_PAGES, PER_PAGE, RestApi
from genesis_ci.http.connection import Exchange
from tests.builders import a_response
from tests.fakes import FakeTransport

MINUTE = "Sun, 01 Mar 2026 00:00"
FULL = [{"id": n} for n in range(PER_PAGE)]


class ScriptedSender(FakeTransport):
    """Gives its answers one after another."""

    def send(self, request):
        return super().send(request, Exchange())


def api_over(*answers):
    sender = ScriptedSender(*answers)
    api = RestApi(
        name="Forge",
        base="https://forge.example/api",
        headers={"Authorization": "Bearer t0ken"},
        sender=sender,
        scrub=lambda text: text.replace("hunter2", "***"),
        remedies={403: "Ask for a permission."},
    )
    return api, sender


def refusal_of(answer):
    api, sender = api_over(answer)
    with pytest.raises((RefusedError, ContactError)) as refused:
        api.ask("GET", "/user")
    assert len(sender.requests) == 1
    return refused.value


def test_a_request_is_json_below_the_base_address():
    api, sender = api_over(a_response({"id": 7}), a_response(b"", 204))
    assert api.ask("POST", "/notes", {"body": "日本"}) == {"id": 7}
    assert api.ask("DELETE", "/notes/7") is None
    post, delete = sender.requests
    assert (post.method, post.url) == ("POST", "https://forge.example/api/notes")
    assert json.loads(post.body) == {"body": "日本"}
    assert delete.body is None
    assert post.headers == {**delete.headers, "Content-Type": "application/json"}
    assert delete.headers == {"Accept": "application/json", "Authorization": "Bearer t0ken"}


def test_the_token_is_not_printed():
    assert "t0ken" not in repr(api_over())


@pytest.mark.parametrize(
    "first",
    [
        a_response([{"id": 1}, 7], link='<https://forge.example/api/x?page=2>; rel="next"'),
        a_response([{"id": 1}, None], x_next_page="2"),
        a_response(FULL),
    ],
    ids=["a link", "a page number", "a full page"],
)
def test_a_list_is_read_to_its_last_page(first):
    api, sender = api_over(first, a_response([{"id": "last"}], x_next_page=" "))
    found = list(api.list_all("/notes?sort=asc"))
    assert found[0].keys() == {"id"}
    assert found[-1] == {"id": "last"}
    base = "https://forge.example/api/notes?sort=asc&per_page=100&page="
    assert [one.url for one in sender.requests] == [f"{base}1", f"{base}2"]


def test_an_endless_list_is_an_error():
    api, sender = api_over(*[a_response([], x_next_page="9")] * MOST_PAGES)
    with pytest.raises(RefusedError, match="more than 100 pages"):
        list(api.list_all("/notes"))
    assert sender.requests[-1].url.endswith("/notes?per_page=100&page=100")


def test_an_object_in_place_of_a_list_is_an_error():
    api, _ = api_over(a_response({"message": "moved"}))
    with pytest.raises(ContactError, match="cannot be read: it is not a list"):
        list(api.list_all("/notes"))


@pytest.mark.parametrize("body", [b"<html>", b'{"a": 1, "a": 2}', b"\xff"])
def test_an_answer_that_is_not_strict_json_is_an_error(body):
    error = refusal_of(a_response(body))
    assert error.message.startswith("Forge gave an answer that cannot be read: ")
    assert (error.reached, error.hint) == (True, FAULT)


@pytest.mark.parametrize(
    ("status", "headers", "retry_after"),
    [
        (408, {}, None),
        (425, {}, None),
        (429, {"retry_after": "7"}, 7.0),
        (500, {"retry_after": ""}, None),
        (502, {"retry_after": "soon"}, None),
        (503, {"retry_after": "-1"}, None),
        (503, {"retry_after": "1.5"}, None),
        (503, {"retry_after": f"{MINUTE}:20 GMT", "date": f"{MINUTE}:00 GMT"}, 20.0),
        (403, {"retry_after": "60"}, 60.0),
        (403, {"x_ratelimit_remaining": "0"}, LIMIT_PAUSE),
        (429, {}, LIMIT_PAUSE),
    ],
)
def test_a_temporary_fault_or_rate_limit_is_a_contact_error(status, headers, retry_after):
    error = refusal_of(a_response({"message": "slow down."}, status, **headers))
    assert isinstance(error, ContactError)
    assert error.message == f"Forge answered {status}: slow down."
    assert (error.reached, error.retry_after, error.hint) == (True, retry_after, FAULT)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, {"message": "You have exceeded a secondary rate limit. Please wait."}),
        (403, {"message": "You have triggered an abuse detection mechanism."}),
        (403, b"<html>You have exceeded a secondary Rate Limit.</html>"),
        (
            422,
            {"message": "Validation Failed", "errors": [{"message": "was submitted too quickly"}]},
        ),
    ],
)
def test_rate_limit_without_headers_is_recognised_by_its_words(status, body):
    error = refusal_of(a_response(body, status))
    assert isinstance(error, ContactError)
    assert error.retry_after == LIMIT_PAUSE
    assert isinstance(refusal_of(a_response(body, 400)), RefusedError)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "No hunter2\nhere."}, "403: No *** here"),
        ({"error": {"base": ["no"]}}, '403: {"base": ["no"]}'),
        (b"<html>hunter2</html>", "403"),
        ([1], "403"),
        ({"message": "x" * 195 + " hunter2 "}, f"403: {'x' * 195} ***"),
    ],
)
def test_a_refusal_has_the_scrubbed_message_and_a_remedy(body, words):
    error = refusal_of(a_response(body, 403))
    assert isinstance(error, RefusedError)
    assert (error.message, error.status) == (f"Forge refused ({words}).", 403)
    assert error.hint == "Ask for a permission."
    assert refusal_of(a_response(body, 422)).hint == "Nothing was written; see Forge's message."


def test_a_redirect_is_not_followed():
    error = refusal_of(a_response({}, 302, location="https://evil.example"))
    assert isinstance(error, RefusedError)
    assert error.message == "Forge answered with a redirect (302), which is never followed."
    assert "evil" not in (error.hint or "")


def test_a_missing_answer_gives_advice_about_this_api():
    error = refusal_of(ContactError("No route.", reached=False, permanent=True, hint="Genesis?"))
    assert (error.message, error.reached, error.permanent) == ("No route.", False, True)
    assert "may reach Forge's API" in error.hint
