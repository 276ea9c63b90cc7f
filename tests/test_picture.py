"""docs/images/demo.svg, which `make picture` records, is small, still valid, and runs nothing."""

from pathlib import Path

from lxml import etree

SVG = (Path(__file__).parents[1] / "docs/images/demo.svg").read_bytes()
ROOT = etree.fromstring(SVG)
WORDS = "\n".join(ROOT.itertext())


def test_it_is_small_and_has_neither_script_nor_links():
    assert len(SVG) < 150_000
    used = {etree.QName(element).localname for element in ROOT.iter()}
    assert used == {"svg", "title", "style", "rect", "g", "text"}


def test_it_ends_with_the_verdict_also_where_nothing_moves():
    last = "\n".join(ROOT.xpath("//*[@class='last']//text()"))
    assert "verdict=passed" in last
    assert "exit-code=0" in last
    assert "prefers-reduced-motion" in WORDS


def test_it_is_light_or_dark_as_its_reader_is():
    assert "prefers-color-scheme:dark" in WORDS


def test_it_tells_nothing_of_the_machine_that_recorded_it():
    assert "/home/" not in WORDS
    assert "/tmp/" not in WORDS
