"""The inputs that are addresses: accepted and refused texts."""

import pytest

from genesis_ci.config import addresses
from tests.builders import WORKFLOW_ID

BASE = "https://genesis.example.com"
OLD = f"https://{addresses.OLD_HOST}"


def endpoint(origin: str, workflow_id: str = WORKFLOW_ID) -> str:
    return f"{origin}/api/workflows/{workflow_id}/trigger"


@pytest.mark.parametrize(
    ("text", "base"),
    [
        (f"{BASE}/w/{{workflow_id}}/r/{{execution_id}}?tab=1#top", BASE),
        (f"{BASE}:8443/{{execution_id}}", BASE),
        (f"{BASE}/{{execution_id}}", "http://genesis.example.com"),
        ("http://localhost/{execution_id}", "http://localhost"),
        ("http://anywhere.example.com/{execution_id}", None),
    ],
)
def test_run_url_has_the_host_of_the_api_url(text, base):
    assert addresses.run_url(text, base=base) == text


@pytest.mark.parametrize(
    ("text", "base"),
    [
        (WORKFLOW_ID, BASE),
        (WORKFLOW_ID.upper(), BASE),
        (endpoint(BASE), BASE),
        (endpoint(BASE, WORKFLOW_ID.upper()) + "/", BASE),
        (endpoint(f"{BASE}:443"), BASE),
        (endpoint(BASE.replace("genesis", "GENESIS")), BASE),
        (endpoint(f"{BASE}/base"), BASE),
        (endpoint("http://localhost:80"), "http://localhost"),
        (endpoint("http://localhost:8000"), "http://localhost:8000"),
        (endpoint("https://anywhere.example.com"), None),
        (endpoint(OLD), OLD),
        (endpoint(OLD), None),
    ],
)
def test_workflow_id_is_a_uuid_or_an_endpoint_of_the_api_url(text, base):
    assert addresses.workflow_id(text, base=base) == WORKFLOW_ID


@pytest.mark.parametrize(
    "text",
    [
        "https://genesis.example.com/",
        "https://genesis.example.com/X",
        "http://127.0.0.2:1/",
        "HTTP://[::1]:80",
        "http://genesis.internal",
    ],
)
def test_api_url_is_https_or_http_in_a_private_network(text):
    assert addresses.api_url(text) == text.rstrip("/")


@pytest.mark.parametrize(
    ("parse", "text", "words"),
    [
        (addresses.api_url, "https://genesis.example.com/\u200b", "is not an address"),
        (addresses.report_url, "http://ci.example.com/7", "“http://ci.example.com/7” is not https"),
        (addresses.report_url, "https://u:p@ci.example.com/7", r"“https://\*\*\*@.*” is not an ad"),
        (addresses.report_url, "https://ci.example.com/(7)", "is not an address that can be li"),
        (addresses.api_url, "HTTP://127.0.0.1.example.com", "is not https, so the API key would"),
    ],
)
def test_malformed_address_is_refused(parse, text, words):
    with pytest.raises(ValueError, match=words):
        parse(text)


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
