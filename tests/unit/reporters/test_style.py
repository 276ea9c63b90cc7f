"""How Markdown is written in each place."""

import pytest

from genesis_ci.reporters import style


@pytest.mark.parametrize("written", [style.SUMMARY, style.COMMENT, style.LOG, style.PLAIN])
def test_only_a_safe_address_is_a_link(written):
    assert "https://ci.example/7" in written.linked("CI job", "https://ci.example/7")
    for url in ("https://u@evil.example/", "javascript:alert(1)", "", None):
        assert written.linked("CI job", url) == ""
