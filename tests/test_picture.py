"""docs/images/demo.svg, which `make picture` records, is small, valid and without script."""

from pathlib import Path

from lxml import etree

SVG = (Path(__file__).parents[1] / "docs/images/demo.svg").read_bytes()
ROOT = etree.fromstring(SVG)
WORDS = "\n".join(ROOT.itertext())


def test_the_picture_is_small_without_script_and_links():
    assert len(SVG) < 150_000
    used = {etree.QName(element).localname for element in ROOT.iter()}
    assert used == {"svg", "title", "style", "rect", "g", "text"}


def test_the_picture_has_a_last_state_and_a_dark_scheme():
    last = "\n".join(ROOT.xpath("//*[@class='last']//text()"))
    assert "verdict=passed" in last
    assert "exit-code=0" in last
    assert "prefers-reduced-motion" in WORDS
    assert "prefers-color-scheme:dark" in WORDS


def test_the_picture_shows_no_paths_of_the_recording_machine():
    assert "/home/" not in WORDS
    assert "/tmp/" not in WORDS
