"""A log that has only errors and the last line."""

from genesis_ci.models import Annotation, Level
from genesis_ci.providers.quiet import Quiet
from tests.fakes import RecordingProvider


def test_a_quiet_log_has_only_errors_and_the_last_line():
    provider = RecordingProvider()
    quiet = Quiet(provider, kept=("the end",))
    quiet.line("Triggering workflow smoke")
    quiet.live("[ 3.0s] running")
    quiet.group("block-1 failed: its output", ["text"])
    for level in Level:
        quiet.annotate(Annotation(level=level, message=f"this is one {level}"))
    quiet.error("✘ failed: it failed.")
    quiet.line("the end: failed")
    assert provider.lines == ["✘ failed: it failed.", "the end: failed"]
    assert provider.annotations == [(Level.ERROR, "this is one error")]


def test_a_quiet_log_changes_nothing_but_the_log():
    provider = RecordingProvider()
    quiet = Quiet(provider, kept=("the end",))
    quiet.mask(["secret"])
    quiet.outputs({"verdict": "passed"})
    quiet.summary("# Passed")
    assert (quiet.name, provider.masked) == (provider.name, ["secret"])
    assert (provider.values, provider.summaries) == ({"verdict": "passed"}, ["# Passed"])
