"""Which tests are about a module that has none of its name."""

RULED = ("azure", "base", "bitbucket", "buildkite", "circleci", "jenkins", "plain")
"""Tested by the rules over the table of providers."""
ELSEWHERE = {
    "config/inputs.py": "test_drift.py",
    "config/misuses.py": "unit/config/test_suite.py",
    "config/tree.py": "unit/config/test_strict_yaml.py",
    "config/workflows.py": "unit/config/test_suite.py",
    "emulator/errors.py": "unit/emulator/test_store.py",
    "emulator/fields.py": "unit/emulator/test_scenario_file.py",
    "execution/protocols.py": "unit/execution/test_runner.py",
    "forges/base.py": "unit/forges/test_comments.py",
    "forges/rest.py": "unit/forges/test_github.py",
    "models/change.py": "unit/providers/test_change.py",
    "models/proof.py": "unit/checks/test_parsing.py",
    "models/readiness.py": "unit/preview/test_decisions.py",
    "reporters/html_attempts.py": "unit/reporters/test_attempts.py",
    "reporters/html_findings.py": "unit/reporters/test_findings.py",
    "reporters/junit_cases.py": "unit/reporters/test_junit.py",
    **dict.fromkeys(map("providers/{}.py".format, RULED), "unit/providers/test_all.py"),
}
"""Modules without a test of their name, and what tests them."""
