"""The checks of a run print without secret values."""

from genesis_ci.models.findings import Expectation, Operator, RunChecks


def test_an_expectation_prints_without_value_and_query():
    expectation = Expectation(
        block="login", operator=Operator.EQUALS, expected="hunter2", query="users[?pin=='hunter2']"
    )
    for value in (expectation, RunChecks(configured=(expectation,), shown=("login equals ***",))):
        assert "hunter2" not in repr(value)
        assert "login" in repr(value)
