"""The documentation site in a real browser: search, languages, color schemes, phone."""

import functools
import http.server
import os
import subprocess
import threading
from pathlib import Path

import pytest

from tests.e2e.conftest import unavailable
from tests.e2e.test_html_page import browser  # noqa: F401 (a fixture)

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
SITE = ROOT / "build/site"
SEARCHES = {"": ("merge queue", "github.html"), "ja/": ("コンテキスト変数", "troubleshooting.html")}
LANGUAGES = list(SEARCHES)
PAGES = [
    path.relative_to(ROOT / "docs").with_suffix(".html").as_posix()
    for path in sorted([*ROOT.glob("docs/*.md"), *ROOT.glob("docs/ja/*.md")])
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    handler = functools.partial(Quiet, directory=SITE)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    url = f"http://127.0.0.1:{server.server_port}/"
    installed = subprocess.run(["make", ".venv-docs/.done"], cwd=ROOT, check=False)
    if installed.returncode != 0:
        unavailable("NOT TESTED: the documentation site; its generator is missing")
    subprocess.run(["make", "docs"], cwd=ROOT, env={**os.environ, "SITE_URL": url}, check=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield url
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened(browser, address):  # noqa: F811
    contexts = []

    def open_page(path: str, *, scheme: str = "light", width: int = 1280):
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.requests, page.messages = [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("console", lambda message: page.messages.append(message.text))
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_search_works_without_other_servers(opened, address, language):
    words, found = SEARCHES[language]
    page = opened(f"{language}index.html")
    page.keyboard.press("/")
    page.locator("input:focus").fill(words)
    page.locator(f"a[href*='{found}'] mark, a[href*='{found}'] em").first.wait_for()
    assert [url for url in page.requests if not url.startswith((address, "data:", "blob:"))] == []
    assert page.messages == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_has_a_light_and_a_dark_scheme(opened, language):
    colors = set()
    for scheme in ("light", "dark"):
        page = opened(f"{language}index.html", scheme=scheme)
        colors.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colors) == 2


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone(opened, path):
    page = opened(path, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_reader_can_change_the_language(opened, address):
    page = opened("proof.html")
    japanese = page.locator("a[hreflang=ja]").first.get_attribute("href")
    assert opened(japanese.removeprefix(address)).locator("html[lang=ja]").count() == 1
