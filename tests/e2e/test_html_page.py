"""The HTML report in a real browser: it renders, requests nothing, and fits every screen."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from genesis_ci.reporters import html
from tests.e2e.conftest import unavailable
from tests.e2e.docker import script
from tests.unit.reporters.reports import (
    SCENARIOS,
    forty_tests,
    many_workflows,
    several_long_names,
)

pytestmark = pytest.mark.e2e

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SCREENS = {"desktop": (1_100, 800), "phone": (375, 740)}
PAGES = {
    **SCENARIOS,
    "40 workflows": many_workflows,
    "40 tests": forty_tests,
    "long names": several_long_names,
}


@pytest.fixture(scope="module")
def browser():
    found = script("browser.sh")
    if found.returncode != 0:
        unavailable(f"NOT TESTED: the HTML report; no Chromium: {found.stderr[-300:]}")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found.stdout.strip(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page in a new profile; it keeps its requests and its console messages."""
    contexts = []

    def open_page(text: str, *, scheme: str = "light", screen: str = "desktop"):
        file = Path(tmp_path, "report.html")
        file.write_text(html.render(text), encoding="utf-8")
        width, height = SCREENS[screen]
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": height}
        )
        contexts.append(context)
        page = context.new_page()
        page.messages, page.requests = [], []
        page.on("console", lambda message: page.messages.append(message.text))
        page.on("pageerror", lambda error: page.messages.append(str(error)))
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(file.as_uri())
        assert page.requests == [file.as_uri()]
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("scenario", PAGES)
def test_a_page_renders_without_errors_and_fits_the_screen(opened, scenario, scheme, screen):
    page = opened(PAGES[scenario](), scheme=scheme, screen=screen)
    assert page.messages == []
    assert page.locator("h1").is_visible()
    assert page.evaluate(CUT_OFF) == []
    assert all(name.bounding_box()["width"] > 150 for name in page.locator(".workflow h3").all())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate(CUT_OFF) == []


def test_the_first_screen_on_a_phone_shows_the_failure(opened):
    page = opened(SCENARIOS["failed"](), screen="phone")
    reason = page.get_by_text("Expected 2 items in the cart")
    assert reason.bounding_box()["y"] < SCREENS["phone"][1]
    page = opened(SCENARIOS["several"](), screen="phone")
    assert page.locator("nav").bounding_box()["y"] < SCREENS["phone"][1] / 2


def test_a_filter_shows_the_workflows_of_one_verdict(opened):
    page = opened(many_workflows())
    rows = page.locator(".workflow:visible")
    assert rows.count() == 40
    page.get_by_label("5 Failed").check()
    assert rows.count() == 5
    assert set(rows.locator("> summary .pill").all_inner_texts()) == {"Failed"}
    page.get_by_label("All 40").check()
    assert rows.count() == 40


def test_the_table_of_contents_links_to_a_workflow(opened):
    page = opened(many_workflows())
    page.get_by_role("link", name="sign up 4").click()
    target = page.locator(".workflow:target")
    assert target.locator("h3").inner_text() == "sign up 4"
    assert target.evaluate("row => row.getBoundingClientRect().top") < 100


def test_passed_workflows_of_five_hundred_are_folded(opened):
    page = opened(many_workflows(500, blocks=10))
    assert page.locator(".workflow").count() == 500
    assert page.locator(".workflow:not([open]) .rows:visible").count() == 0
    assert page.locator("h1").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_the_contrast_of_wcag_aa(opened, scheme):
    for scenario in ("failed", "unmet", "review", "several", "completed", "rejected"):
        page = opened(PAGES[scenario](), scheme=scheme)
        assert page.evaluate(CONTRAST) == [], scenario


def test_bars_have_the_positions_of_the_times(opened):
    page = opened(SCENARIOS["review"]())
    boxes = page.evaluate(
        "[...document.querySelectorAll('.rows .bar')].map(bar => {"
        " const width = bar.getBoundingClientRect().width, run = getComputedStyle(bar, '::after');"
        " if (run.content === 'none') return null;"
        " return [parseFloat(run.left) / width, parseFloat(run.width) / width]; })"
    )
    expected = [(2 / 60, 7.4 / 60), (9.4 / 60, 11.6 / 60), (21 / 60, 19 / 60)]
    assert boxes[3] is None
    for found, wanted in zip(boxes, expected, strict=False):
        assert found == pytest.approx(wanted, abs=0.005)


def test_the_keyboard_opens_a_folded_output(opened):
    page = opened(SCENARIOS["completed"]())
    first = page.locator(".rows summary").first
    assert not page.get_by_text("The shop is open.").is_visible()
    first.focus()
    page.keyboard.press("Enter")
    assert page.get_by_text("The shop is open.").is_visible()


def test_failed_tests_come_first_and_passed_ones_are_folded(opened):
    page = opened(forty_tests())
    rows = page.locator("table.checks").first.locator("tbody tr")
    assert rows.count() == 3
    assert all(rows.nth(at).is_visible() for at in range(3))
    assert rows.locator("th .key").all_inner_texts() == [
        "order total 12",
        "checkout › order total 25",
        "order total 38",
    ]
    assert "the tax is added" in rows.first.inner_text()
    top, blocks = rows.first.bounding_box(), page.locator(".blocks").bounding_box()
    assert top["y"] < blocks["y"]
    other = page.get_by_text("order total 14", exact=True)
    assert not other.is_visible()
    page.get_by_text("39 met", exact=True).click()
    assert other.is_visible()


def test_print_shows_everything(opened):
    page = opened(SCENARIOS["completed"]())
    folded = page.get_by_text("The shop is open.")
    assert not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.is_visible()


CUT_OFF = """
() => [...document.querySelectorAll('html, body *:not(style)')].filter(element => {
  const style = getComputedStyle(element);
  const scrolls = style.overflowX !== 'visible' || element === document.documentElement;
  const sideways = scrolls && element.scrollWidth > element.clientWidth;
  return sideways || element.getBoundingClientRect().right > window.innerWidth;
}).map(element => `${element.tagName}.${element.className} ${element.textContent.slice(0, 50)}`)
"""
CONTRAST = """
() => {
  const rgb = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => {
    const part = value => value <= 10 ? value / 3294.6 : ((value / 255 + .055) / 1.055) ** 2.4;
    return .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
  };
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *:not(svg):not(svg *)')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility()) continue;
    const pair = [light(rgb(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(...pair) + .05) / (Math.min(...pair) + .05);
    if (ratio < 4.5) faint.push(`${element.tagName} ${element.textContent} ${ratio.toFixed(2)}`);
  }
  return faint;
}
"""
