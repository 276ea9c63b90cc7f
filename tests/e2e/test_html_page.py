"""The HTML report in a real browser: it renders, requests nothing, and fits every screen."""

import pytest

from genesis_ci.reporters import html
from tests.unit.reporters.reports import (
    SCENARIOS,
    forty_tests,
    many_workflows,
    several_long_names,
)

pytestmark = pytest.mark.e2e

PHONE = {"width": 375, "height": 740}
PAGES = {
    **SCENARIOS,
    "40 workflows": many_workflows,
    "40 tests": forty_tests,
    "long names": several_long_names,
}


@pytest.fixture
def show(opened, tmp_path):
    """Open the page of a report, which loads nothing else."""

    def show(report, **options):
        file = tmp_path / "report.html"
        file.write_text(html.render(report), encoding="utf-8")
        page = opened(file.as_uri(), **options)
        assert page.requests == [file.as_uri()]
        return page

    return show


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", PHONE), ("dark", {})], ids=["light phone", "dark desktop"]
)
@pytest.mark.parametrize("scenario", PAGES)
def test_a_page_fits_the_screen_with_wcag_aa_contrast(show, scenario, scheme, size):
    """No style is about both."""
    page = show(PAGES[scenario](), scheme=scheme, **size)
    assert page.messages == []
    assert page.locator("h1").is_visible()
    assert page.evaluate(CONTRAST) == []
    assert page.evaluate(CUT_OFF) == []
    assert all(name.bounding_box()["width"] > 150 for name in page.locator(".workflow h3").all())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate(CUT_OFF) == []


def test_the_first_screen_on_a_phone_shows_the_failure(show):
    page = show(SCENARIOS["failed"](), **PHONE)
    assert page.get_by_text("Expected 2 items in the cart").bounding_box()["y"] < PHONE["height"]
    page = show(SCENARIOS["unmet"](), **PHONE)
    assert page.get_by_text("the tax is added").bounding_box()["y"] < PHONE["height"]
    page = show(SCENARIOS["several"](), **PHONE)
    assert page.locator(".workflow").first.bounding_box()["y"] < PHONE["height"] * 0.6


def test_a_reader_finds_one_of_forty_workflows(show):
    page = show(many_workflows())
    rows = page.locator(".workflow:visible")
    assert rows.count() == 40
    page.get_by_label("5 Failed").check()
    assert rows.locator("> summary .pill").all_inner_texts() == ["Failed"] * 5
    page.get_by_label("All 40").check()
    assert rows.count() == 40


def test_bars_have_the_positions_of_the_times(show):
    page = show(SCENARIOS["review"]())
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


def test_failed_tests_come_first_and_passed_ones_are_folded(show):
    page = show(forty_tests())
    rows = page.locator("table.checks").first.locator("tbody tr")
    assert [row.is_visible() for row in rows.all()] == [True] * 3
    names = ["order total 12", "checkout › order total 25", "order total 38"]
    assert rows.locator("th .key").all_inner_texts() == names
    assert "the tax is added" in rows.first.inner_text()
    top, blocks = rows.first.bounding_box(), page.locator(".blocks").bounding_box()
    assert top["y"] < blocks["y"]
    other = page.get_by_text("order total 14", exact=True)
    assert not other.is_visible()
    page.get_by_text("39 passed", exact=True).click()
    assert other.is_visible()


def test_print_and_keyboard_open_a_folded_output(show):
    page = show(SCENARIOS["completed"]())
    folded = page.get_by_text("The shop is open.")
    assert not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.is_visible()
    page.emulate_media(media="screen")
    assert not folded.is_visible()
    page.locator(".rows summary").first.focus()
    page.keyboard.press("Enter")
    assert folded.is_visible()


CUT_OFF = """
() => [...document.querySelectorAll('html, body *:not(style)')].filter(element => {
  const style = getComputedStyle(element);
  const scrolls = style.overflowX !== 'visible' || element === document.documentElement;
  const sideways = scrolls && element.scrollWidth > element.clientWidth;
  const card = element.parentElement?.closest('.card') ?? document.documentElement;
  const end = card.getBoundingClientRect().right - parseFloat(getComputedStyle(card).paddingRight);
  return sideways || element.getBoundingClientRect().right > end + 1;
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
