"""Which tests are about a module that has none of its name."""

ELSEWHERE = {
    "app.py": "integration/test_*.py",
    "config/misuses.py": "unit/config/test_suite.py",
    "config/tree.py": "unit/config/test_strict_yaml.py",
    "config/workflows.py": "unit/config/test_suite.py",
    "emulator/connection.py": "integration/emulator/test_routes.py",
    "execution/protocols.py": "unit/execution/test_runner.py",
    "forges/wire.py": "integration/test_comment.py",
}
"""Modules without a test of their name, and what tests them."""
