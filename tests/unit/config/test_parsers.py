"""From one text to one value, at the edges of what is taken."""

import pytest

from genesis_ci.config import parsers
from genesis_ci.models import OnState
from tests.builders import WORKFLOW_ID

BASE = "https://genesis.example.com"


def endpoint(origin: str) -> str:
    return f"{origin}/api/workflows/{WORKFLOW_ID}/trigger"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[::1]", "::1"),
        ("Genesis.Internal", "genesis.internal"),
        ("127.0.0.1", "127.0.0.1"),
        ("a" * parsers.LONGEST_HOST, "a" * parsers.LONGEST_HOST),
        ("a" * (parsers.LONGEST_HOST + 1), None),
        ("a/b", None),
        ("", None),
    ],
)
def test_a_host_is_a_name_or_an_address_as_a_url_tells_it(text, name):
    if name is None:
        with pytest.raises(ValueError, match="is not a host name"):
            parsers.host(text)
    else:
        assert parsers.host(text) == name


@pytest.mark.parametrize(
    ("template", "base"),
    [
        (f"{BASE}/{{execution_id}}", BASE),
        (f"{BASE}:8443/{{execution_id}}", BASE),
        (f"{BASE}/{{execution_id}}", "http://genesis.example.com"),
        ("http://localhost/{execution_id}", "http://localhost"),
        ("http://anywhere.example.com/{execution_id}", None),
    ],
)
def test_a_run_has_its_page_where_genesis_is(template, base):
    assert parsers.run_url(template, base=base) == template


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (f"{BASE}/{{execution_id}}}}", "has other braces"),
        (f"{BASE}/{{{{execution_id}}", "has other braces"),
        ("https://{execution_id}.example.com/", "is on another host than api-url, “"),
        ("https://{workflow_id}.example.com/{execution_id}", "is on another host than api-url, “"),
        ("http://genesis.example.com/{execution_id}", "is not https"),
        ("ftp://genesis.example.com/{execution_id}", "is not an address that can be linked"),
    ],
)
def test_another_page_is_none_of_a_run(template, words):
    with pytest.raises(ValueError, match=words):
        parsers.run_url(template, base=BASE)


@pytest.mark.parametrize(
    ("origin", "base"),
    [
        ("https://genesis.example.com", BASE),
        ("https://genesis.example.com:443", BASE),
        ("https://GENESIS.example.com", BASE),
        ("https://genesis.example.com/base", BASE),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://anywhere.example.com", None),
        ("https://genesis-v2.autify.com", "https://genesis-v2.autify.com"),
        ("https://genesis-v2.autify.com", None),
    ],
)
def test_an_endpoint_of_the_same_origin_gives_its_workflow(origin, base):
    assert parsers.workflow_id(endpoint(origin), base=base) == WORKFLOW_ID


@pytest.mark.parametrize(
    ("origin", "base", "words"),
    [
        ("https://genesis.example.com:8443", BASE, "belongs to another server than api-url"),
        ("http://genesis.example.com", BASE, "belongs to another server than api-url"),
        ("https://other.example.com", BASE, "belongs to another server than api-url"),
        ("http://localhost:81", "http://localhost", "belongs to another server than api-url"),
        ("https://localhost", "http://localhost:443", "belongs to another server than api-url"),
        ("https://genesis-v2.autify.com", BASE, "is an old address: Genesis moved from"),
    ],
)
def test_an_endpoint_of_another_origin_is_refused(origin, base, words):
    with pytest.raises(ValueError, match=words):
        parsers.workflow_id(endpoint(origin), base=base)


@pytest.mark.parametrize("more", ["?a=1", "#a", "/more", "x"])
def test_an_endpoint_with_more_to_it_is_none(more):
    with pytest.raises(ValueError, match="is not the endpoint URL of a workflow"):
        parsers.workflow_id(endpoint(BASE) + more, base=BASE)


def test_an_endpoint_may_end_in_a_slash_and_its_id_may_be_upper_case():
    text = endpoint(BASE).replace(WORKFLOW_ID, WORKFLOW_ID.upper()) + "/"
    assert parsers.workflow_id(text, base=BASE) == WORKFLOW_ID


@pytest.mark.parametrize(
    ("text", "key_is_uuid", "words"),
    [
        ("0f8fad5b-d9cb-469f", False, "“0f8fad5b-d9cb-469f” is not a UUID"),
        ("0f8fad5b-d9cb-469f", True, r"it is no UUID \(18 characters\); are api-key and"),
        ("gk_secret", False, r"^it is no UUID \(9 characters\)$"),
    ],
)
def test_what_may_be_the_key_is_not_shown(text, key_is_uuid, words):
    with pytest.raises(ValueError, match=words):
        parsers.workflow_id(text, base=BASE, key_is_uuid=key_is_uuid)


def test_a_key_is_no_uuid_where_nothing_says_so():
    with pytest.raises(ValueError, match="“0f8fad5b-d9cb-469f” is not a UUID"):
        parsers.workflow_id("0f8fad5b-d9cb-469f", base=BASE)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1", 1.0), ("1.5", 1.5), ("90s", 90.0), ("10m", 600.0), ("1h30m", 5400.0),
        ("1H 30M 5S", 5405.0), ("7d", None), ("168h", 604_800.0), ("604800", 604_800.0),
        ("604801", None), ("0.999", None), ("0", None), ("", None), (" ", None), ("m", None),
        ("5m1h", None), ("123456789", None), ("1.2345", None), ("-1", None), ("1e3", None),
        ("8d", None), ("169h", None), ("999999s", None), ("0" * 200 + "1", None),
    ],
)  # fmt: skip
def test_a_duration_is_a_second_to_seven_days(text, seconds):
    if seconds is None:
        with pytest.raises(ValueError, match="is not"):
            parsers.duration(text)
    else:
        assert parsers.duration(text) == seconds


def test_a_poll_interval_is_auto_or_a_duration():
    assert parsers.poll_interval("AUTO") is None
    assert parsers.poll_interval("2s") == 2.0
    with pytest.raises(ValueError, match="“soon” is neither auto nor a number of seconds"):
        parsers.poll_interval("soon")
    with pytest.raises(ValueError, match="“0” is not between 1 second and 7 days"):
        parsers.poll_interval("0")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gk_1\n", "a line break at position 5 of 5"),
        ("gk_1\r\n", "a line break at position 5 of 6"),
        (" gk_1", "a space at position 1 of 5"),
        ("gk\x7f_1", "a character that no key has at position 3 of 5"),
        ("gké_1", "a character that no key has at position 3 of 5"),
        ("!~ gk", "a space at position 3 of 5"),
    ],
)
def test_what_is_wrong_with_a_key_is_told_by_its_place(text, words):
    with pytest.raises(ValueError, match=words) as error:
        parsers.api_key(text)
    assert "gk" not in str(error.value)


def test_a_key_is_of_visible_ascii():
    whole = "".join(map(chr, range(0x21, 0x7F)))
    assert parsers.api_key(whole) == whole
    assert parsers.is_key(whole)
    assert not parsers.is_key("a b")


@pytest.mark.parametrize(
    ("text", "allow_http", "words"),
    [
        ("https://genesis.example.com/", None, None),
        ("https://genesis.example.com/X", None, None),
        ("http://127.0.0.1:8000", None, None),
        ("http://localhost", None, None),
        ("http://genesis.internal", "genesis.internal", None),
        ("http://genesis.internal", None, "in the clear"),
        ("http://genesis.internal", "other.internal", "in the clear"),
        ("ftp://genesis.internal", None, "is not an http address"),
        ("https:///path", None, "is not an http address"),
        ("https://user@genesis.example.com", None, "has a user name, a query or a fragment"),
        ("https://genesis.example.com?", None, "has a user name, a query or a fragment"),
        ("https://genesis.example.com#", None, "has a user name, a query or a fragment"),
        ("https://genesis.example.com:x", None, "is not an address"),
        ("https://genesis.example.com\\x", None, "is not an address"),
        ("https://genesis.example.com/a b", None, "is not an address"),
        ("https://genesis.example.com/\u200b", None, "is not an address"),
    ],
)
def test_a_base_address_is_https_or_allowed(text, allow_http, words):
    if words is None:
        assert parsers.api_url(text, allow_http=allow_http) == text.rstrip("/")
    else:
        with pytest.raises(ValueError, match=words):
            parsers.api_url(text, allow_http=allow_http)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://a.example.com/x", "“https://a.example.com/x”"),
        ("https://user:pw@a.example.com", "“https://***@a.example.com”"),
        ("user:pw@a.example.com", "“***@a.example.com”"),
        ("p@w://x@a.example.com", "“***@a.example.com”"),
        ("https://user:p://w@a.example.com", "“https://***@a.example.com”"),
    ],
)
def test_an_address_is_told_without_user_and_password(text, shown):
    assert parsers.quoted_address(text) == shown


def test_a_list_of_ids_has_each_once_and_at_most_500():
    assert parsers.execution_ids("b,a b\n a") == ("b", "a")
    ids = [f"run-{n}" for n in range(parsers.MOST_IDS)]
    assert parsers.execution_ids(" ".join(ids)) == tuple(ids)
    with pytest.raises(ValueError, match="it names 501 ids, and one job attaches to at most 500"):
        parsers.execution_ids(" ".join([*ids, "one-more"]))
    with pytest.raises(ValueError, match="it names no id"):
        parsers.execution_ids(" , ")
    with pytest.raises(ValueError, match=r"“\.\.” is not an execution id"):
        parsers.execution_ids("a ..")


def test_names_are_each_once_at_most_a_thousand_and_none_too_long():
    assert parsers.names(["b a", "a,c"]) == ("b", "a", "c")
    many = [f"n{n}" for n in range(parsers.MOST_NAMES)]
    assert parsers.names(many) == tuple(many)
    with pytest.raises(ValueError, match="it lists 1001 names, and at most 1000 are read"):
        parsers.names([*many, "more"])
    assert parsers.names(["a" * 100]) == ("a" * 100,)
    with pytest.raises(ValueError, match="is too long: a name has at most 100 characters, and"):
        parsers.names(["a" * 101])


def test_a_variable_of_the_environment_has_a_name_that_shells_take():
    assert parsers.variables(["A_1 _b"]) == ("A_1", "_b")
    assert parsers.is_variable("a" * 100)
    assert not parsers.is_variable("a" * 101)
    with pytest.raises(ValueError, match="“1A” is not the name of an environment variable"):
        parsers.variables(["A", "1A"])


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("out/", "out"),
        ("./a/b", "a/b"),
        (".github/reports", ".github/reports"),
        ("a/workflows", "a/workflows"),
        (".", None),
        ("", None),
        ("/out", None),
        ("a/../b", None),
        ("a\\b", None),
        ("a\nb", None),
        ("a/.GIT/b", None),
        ("a/.GitHub/Workflows", None),
    ],
)
def test_reports_go_into_the_workspace_and_nowhere_that_git_or_github_read(text, path):
    if path is None:
        with pytest.raises(ValueError, match=r"leads out of the workspace|is not a place for"):
            parsers.report_dir(text)
    else:
        assert parsers.report_dir(text) == path


@pytest.mark.parametrize(("text", "meant"), [("true", True), ("FALSE", False), ("yes", None)])
def test_a_boolean_is_true_or_false_in_any_case(text, meant):
    if meant is None:
        with pytest.raises(ValueError, match="“yes” is neither true nor false"):
            parsers.boolean(text)
    else:
        assert parsers.boolean(text) is meant


def test_a_choice_is_one_of_its_words_in_any_case():
    assert parsers.choice(OnState, "PASS") is OnState.PASS
    with pytest.raises(ValueError, match="“ok” is not one of the choices"):
        parsers.choice(OnState, "ok")


def test_a_problem_is_one_line_with_short_quotations():
    told = parsers.shortened(f"“{'x' * 100}” is\nno “{'y' * 60}”")
    assert told == f"“{'x' * 60}… [40 more characters cut]” is no “{'y' * 60}”"
    assert len(parsers.shortened("z" * 5000)) < 1100


@pytest.mark.parametrize(
    ("text", "ended"), [("a", "a."), ("a.", "a."), ("a..", "a."), ("a?", "a?"), ("X", "X.")]
)
def test_a_sentence_ends_once(text, ended):
    assert parsers.sentence(text) == ended
