"""The timeline as a picture."""

from genesis_ci.reporters.html_timeline import axis
from genesis_ci.reporters.timeline import Timeline


def test_the_axis_is_labelled_without_digits_that_say_nothing():
    drawn = axis(Timeline(seconds=125, spans=()), "grid-1")
    assert [part.partition("<")[0] for part in drawn.split('">')[-5:]] == [
        "0", "30s", "1m", "1m 30s", "2m",
    ]  # fmt: skip
