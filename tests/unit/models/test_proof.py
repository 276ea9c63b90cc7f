"""What a run must show: values that print without what may be secret in them."""

from genesis_ci.models.proof import Expectation, InnerTests, ListFormat, Operator, Proof


def test_an_expectation_prints_without_its_value_and_its_query():
    expectation = Expectation(
        block="login", operator=Operator.EQUALS, expected="hunter2", query="users[?pin=='hunter2']"
    )
    for value in (expectation, Proof(checks=(expectation,), shown=("login equals ***",))):
        assert "hunter2" not in repr(value)
        assert "login" in repr(value)


def test_without_further_words_a_block_lists_at_least_one_test_in_any_format():
    tests = InnerTests(block="test-report")
    assert (tests.format, tests.at_least) == (ListFormat.AUTO, 1)


def test_nothing_has_to_be_shown_unless_somebody_says_so():
    assert Proof().checks == Proof().shown == ()
