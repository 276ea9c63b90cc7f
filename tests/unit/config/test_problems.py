"""The words of problems, and what is shown of them."""

from genesis_ci.config.problems import Quoted, filled, in_one_line, quoted_key
from genesis_ci.language import Language, use


def test_long_key_is_quoted_by_its_length():
    assert quoted_key("k" * 100) == f"“{'k' * 100}”"
    assert quoted_key("k" * 101) == "of 101 characters"


def test_message_is_one_line_with_short_quotations():
    long = "x" * 61
    assert in_one_line((Quoted("a\n\tb"), " is\nno ", Quoted("word"))) == "“a b” is no “word”"
    assert in_one_line((Quoted(long[1:]),)) == f"“{long[1:]}”"
    assert in_one_line((Quoted(long),)) == f"“{long[1:]}… [1 more characters cut]”"
    assert in_one_line((Quoted("a “b”"), long)) == f"“a “b””{long}"
    assert len(in_one_line(("y" * 1000,))) == 1000
    assert in_one_line(("y" * 1001,)).endswith("y… [1 more characters cut]")


def test_secret_is_hidden_before_its_quotation_is_shortened():
    secret = "s3cr3t" * 20
    shown = in_one_line(("it is ", Quoted(secret)), lambda text: text.replace(secret, "***"))
    assert shown == "it is “***”"


def test_notice_shortens_its_quotations_when_it_is_shown():
    names = (Quoted("x" * 61), ", ", Quoted("b"))
    notice = in_one_line(filled("{names} and {count} more", names=names, count="2"))
    assert notice == f"“{'x' * 60}… [1 more characters cut]”, “b” and 2 more"


def test_notice_has_the_quotation_marks_of_its_language():
    use(Language.JAPANESE)
    path = Quoted("result.json")
    text = "failed-from: there is no {path}, so every workflow is triggered."
    assert "「result.json」" in in_one_line(filled(text, path=path))
