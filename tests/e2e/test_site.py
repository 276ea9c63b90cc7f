"""The documentation site in a real browser: search, languages, color schemes, phone."""

import functools
import http.server
import os
import re
import subprocess
import threading

import pytest

from genesis_ci import __version__
from tests.doc_pages import ROOT
from tests.e2e.docker import unavailable

pytestmark = pytest.mark.e2e

SEARCHES = {"": ("merge queue", "github.html"), "ja/": ("コンテキスト変数", "troubleshooting.html")}
DOCS = ROOT / "docs"
BROKEN = "names => names.filter(one => one.getClientRects().length > 1).map(one => one.innerText)"
PAGES = [
    path.relative_to(DOCS).with_suffix(".html").as_posix()
    for path in sorted([*DOCS.glob("*.md"), *DOCS.glob("ja/*.md")])
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    handler = functools.partial(Quiet, directory=ROOT / "build/site")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    url = f"http://127.0.0.1:{server.server_port}/"
    if subprocess.run(["make", ".venv-docs/.done"], cwd=ROOT, check=False).returncode != 0:
        unavailable("NOT TESTED: the documentation site; its generator is missing")
    subprocess.run(["make", "docs"], cwd=ROOT, env={**os.environ, "SITE_URL": url}, check=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield url
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("language", SEARCHES)
def test_search_and_color_schemes_need_no_other_server(opened, address, language):
    words, found = SEARCHES[language]
    colors = set()
    for scheme in ("light", "dark"):
        page = opened(f"{address}{language}index.html", scheme=scheme)
        colors.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colors) == 2
    page.keyboard.press("/")
    page.locator("input:focus").fill(words)
    page.locator(f"a[href*='{found}'] mark, a[href*='{found}'] em").first.wait_for()
    assert [url for url in page.requests if not url.startswith((address, "data:", "blob:"))] == []
    assert page.messages == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone(opened, address, path):
    page = opened(address + path, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    names = page.locator("td:first-child code", has_text=re.compile(r"^[\w.]+$"))
    assert names.evaluate_all(BROKEN) == []


@pytest.mark.parametrize("width", [1280, 375])
def test_the_page_is_once_in_the_navigation_beside_the_repository(opened, address, width):
    page = opened(f"{address}index.html", width=width)
    page.evaluate("document.getElementById('__drawer').click()")
    assert page.locator(".md-nav--primary").text_content().split().count("Start") == 1
    source = page.locator(".md-source:visible").inner_text()
    assert source.strip() == f"OWNER/genesis-ci {__version__}"


def test_the_switch_of_languages_leads_to_the_same_page(opened, address):
    """A reader of a local build opens its files."""
    site = (ROOT / "build/site").as_uri()
    reading = opened(f"{site}/proof.html")
    reading.get_by_role("button", name="Select language").hover()
    reading.locator("a[hreflang=ja]").click()
    reading.wait_for_url(f"{site}/ja/proof.html")
    assert reading.locator("html[lang=ja]").count() == 1
