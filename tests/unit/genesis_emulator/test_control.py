"""Which addresses stay on this machine."""

import pytest

from genesis_emulator.control import is_loopback


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.2", False),
        ("example.com", False),
        ("", False),
    ],
)
def test_loopback_addresses_are_recognized(host, loopback):
    assert is_loopback(host) is loopback
