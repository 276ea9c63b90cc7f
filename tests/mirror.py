"""Which tests are about a module that has none of its name."""

ELSEWHERE = {
    "app.py": "integration/test_*.py",
    "emulator/connection.py": "integration/emulator/test_routes.py",
    "execution/protocols.py": "unit/execution/test_runner.py",
    "forges/wire.py": "integration/test_comment.py",
}
"""Modules without a test of their name, and what tests them."""
