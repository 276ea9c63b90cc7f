"""The Markdown that summary and comment share."""

import pytest

from genesis_ci.reporters import comment_text, summary

from . import reports
from .pages import rendered


@pytest.mark.parametrize("page", [summary, comment_text])
def test_footer_links_to_the_job_if_its_address_is_safe(page):
    def links(job_url):
        made = reports.bad_configuration()._replace(job_url=job_url)
        tags = rendered(page.render(made)).tags
        return [dict(attributes)["href"] for tag, attributes in tags if tag == "a"]

    assert links("https://ci.example/7") == ["https://ci.example/7"]
    assert links("https://u@evil.example/") == []
