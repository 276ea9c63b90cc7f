"""What the emulator's command prints."""

import pytest

from genesis_emulator.cli import request_line
from genesis_emulator.emulation import Received

TRIGGER = Received(
    at=1_773_619_205.0625,
    method="POST",
    path="/api/workflows/w/trigger",
    headers={"x-api-key": "***"},
    body='{"password": "hunter2"}',
    status=200,
    result="smoke: started e1",
)


def test_request_line_has_time_request_status_and_result():
    line = "00:00:05.062  POST /api/workflows/w/trigger  200  smoke: started e1"
    assert request_line(TRIGGER) == line


@pytest.mark.parametrize(
    ("status", "result", "fault", "end"),
    [
        (None, "w: started e1", "close-after", "no answer  w: started e1, fault close-after"),
        (502, "", "status", "502  fault status"),
        (204, "", None, "204"),
    ],
)
def test_request_line_ends_with_status_and_fault(status, result, fault, end):
    request = Received(at=0, method="GET", path="/p", status=status, result=result, fault=fault)
    assert request_line(request) == f"00:00:00.000  GET  /p  {end}"


def test_request_line_escapes_and_cuts_the_path():
    line = request_line(Received(at=0, method="GET", path="/\x1b[2J\n日" + "x" * 9999, status=404))
    assert line.startswith("00:00:00.000  GET  /%1B%5B2J%0A%E6%97%A5xxx")
    assert line.endswith("xxx  404")
    assert len(line) < 250
