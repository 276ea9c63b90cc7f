"""The inputs that are addresses: accepted and refused texts."""

import pytest

from genesis_ci.config import addresses
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
        ("a" * addresses.LONGEST_HOST, "a" * addresses.LONGEST_HOST),
        ("a" * (addresses.LONGEST_HOST + 1), None),
        ("a/b", None),
        ("", None),
    ],
)
def test_host_is_a_name_or_an_ip_address(text, name):
    if name is None:
        with pytest.raises(ValueError, match="is not a host name"):
            addresses.host(text)
    else:
        assert addresses.host(text) == name


@pytest.mark.parametrize(
    ("template", "base"),
    [
        (f"{BASE}/w/{{workflow_id}}/r/{{execution_id}}?tab=1#top", BASE),
        (f"{BASE}:8443/{{execution_id}}", BASE),
        (f"{BASE}/{{execution_id}}", "http://genesis.example.com"),
        ("http://localhost/{execution_id}", "http://localhost"),
        ("http://anywhere.example.com/{execution_id}", None),
    ],
)
def test_run_url_has_the_host_of_the_api_url(template, base):
    assert addresses.run_url(template, base=base) == template


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (f"{BASE}/runs/7", "has no {execution_id}"),
        (f"{BASE}/{{org}}/{{execution_id}}", "has other braces"),
        (f"{BASE}/{{execution_id}}}}", "has other braces"),
        (f"{BASE}/{{{{execution_id}}", "has other braces"),
        ("https://{execution_id}.example.com/", "is on another host than api-url, “"),
        ("https://{workflow_id}.example.com/{execution_id}", "is on another host than api-url, “"),
        ("http://genesis.example.com/{execution_id}", "is not https"),
        ("ftp://genesis.example.com/{execution_id}", "is not an address that can be linked"),
        ("https://u:p@genesis.example.com/{execution_id}", "is not an address that can be linked"),
        (f"{BASE}/<b>{{execution_id}}", "is not an address that can be linked"),
    ],
)
def test_malformed_run_url_is_refused(template, words):
    with pytest.raises(ValueError, match=words):
        addresses.run_url(template, base=BASE)


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
def test_endpoint_of_the_api_url_has_the_workflow_id(origin, base):
    assert addresses.workflow_id(endpoint(origin), base=base) == WORKFLOW_ID


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
def test_endpoint_of_another_origin_is_refused(origin, base, words):
    with pytest.raises(ValueError, match=words):
        addresses.workflow_id(endpoint(origin), base=base)


@pytest.mark.parametrize("more", ["?a=1", "#a", "/more", "x"])
def test_endpoint_with_query_or_longer_path_is_refused(more):
    with pytest.raises(ValueError, match="is not the endpoint URL of a workflow"):
        addresses.workflow_id(endpoint(BASE) + more, base=BASE)


@pytest.mark.parametrize(
    "text",
    [
        WORKFLOW_ID,
        WORKFLOW_ID.upper(),
        endpoint(BASE),
        endpoint(BASE).replace(WORKFLOW_ID, WORKFLOW_ID.upper()) + "/",
    ],
)
def test_workflow_id_is_a_uuid_or_endpoint_in_any_case(text):
    assert addresses.workflow_id(text, base=BASE) == WORKFLOW_ID


@pytest.mark.parametrize(
    ("text", "key_is_uuid", "words"),
    [
        ("0f8fad5b-d9cb-469f", False, "“0f8fad5b-d9cb-469f” is not a UUID"),
        ("0f8fad5b-d9cb-469f", True, r"it is no UUID \(18 characters\); are api-key and"),
        ("gk_secret", False, r"^it is no UUID \(9 characters\)$"),
    ],
)
def test_workflow_id_that_may_be_the_key_is_not_shown(text, key_is_uuid, words):
    with pytest.raises(ValueError, match=words):
        addresses.workflow_id(text, base=BASE, key_is_uuid=key_is_uuid)


def test_malformed_uuid_is_shown_by_default():
    with pytest.raises(ValueError, match="“0f8fad5b-d9cb-469f” is not a UUID"):
        addresses.workflow_id("0f8fad5b-d9cb-469f", base=BASE)


@pytest.mark.parametrize(
    ("text", "allow_http", "words"),
    [
        ("https://genesis.example.com/", None, None),
        ("https://genesis.example.com/X", None, None),
        ("http://127.0.0.1:8000", None, None),
        ("http://localhost", None, None),
        ("http://localhost:8765", None, None),
        ("http://127.0.0.2:1/", None, None),
        ("http://[::1]:80", None, None),
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
def test_api_url_is_https_or_allowed_http(text, allow_http, words):
    if words is None:
        assert addresses.api_url(text, allow_http=allow_http) == text.rstrip("/")
    else:
        with pytest.raises(ValueError, match=words):
            addresses.api_url(text, allow_http=allow_http)


@pytest.mark.parametrize("url", ["http://genesis.autify.com", "http://10.0.0.1", "http://0.0.0.0"])
def test_http_is_allowed_only_for_the_named_host(url):
    with pytest.raises(ValueError, match="the key would travel in the clear"):
        addresses.api_url(url, allow_http="another.example")
    assert addresses.api_url(url, allow_http=url.removeprefix("http://")) == url


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("http://genesis.example.com", True),
        ("http://10.0.0.1", True),
        ("http://127.0.0.1:80", False),
        ("http://[::1]", False),
        ("https://genesis.example.com", False),
    ],
)
def test_http_is_in_the_clear_except_on_loopback(address, is_one):
    assert addresses.is_in_the_clear(address) is is_one


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
def test_quoted_address_hides_user_and_password(text, shown):
    assert addresses.quoted_address(text) == shown
