"""The words of problems, and what is shown of them."""

from genesis_ci.document.problems import in_one_line, quoted, quoted_in_language, quoted_key
from genesis_ci.language import Language, fill, use


def test_long_key_is_quoted_by_its_length():
    assert quoted_key("k" * 100) == f"“{'k' * 100}”"
    assert quoted_key("k" * 101) == "of 101 characters"


def test_message_is_one_line_with_short_quotations():
    long = "x" * 61
    assert in_one_line(quoted("a\n\tb") + " is\nno " + quoted("word")) == "“a b” is no “word”"
    assert in_one_line(quoted(long[1:])) == f"“{long[1:]}”"
    assert in_one_line(quoted(long)) == f"“{long[1:]}… [1 more characters cut]”"
    assert in_one_line(f"{quoted('a “b”')}{long}") == f"“a “b””{long}"
    assert len(in_one_line("y" * 1000)) == 1000
    assert in_one_line("y" * 1001).endswith("y… [1 more characters cut]")


def test_secret_is_hidden_before_its_quotation_is_shortened():
    for secret in ("s3cr3t" * 20, "a“b”c" * 20):
        shown = in_one_line(f"it is {quoted(secret)}", lambda text: text.replace(secret, "***"))  # noqa: B023
        assert shown == "it is “***”"


def test_notice_has_short_quotations_with_the_marks_of_its_language():
    use(Language.JAPANESE)
    text = "failed-from: there is no {path}, so every workflow is triggered."
    shown = in_one_line(fill(text, path=quoted_in_language("x" * 61)))
    assert f"「{'x' * 60}…（ほか 1 文字を省略）」" in shown
