"""Which tests are about a module that has none of its name."""

ELSEWHERE = {
    "execution/protocols.py": "unit/execution/test_runner.py",
}
"""Modules without a test of their name, and what tests them."""
