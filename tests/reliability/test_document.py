"""The fault table of the docs is the one that is tested."""

from tests.reliability.document import DOCUMENT, written


def test_the_document_holds_the_table_of_the_tests():
    assert DOCUMENT.read_text(encoding="utf-8") == written(), (
        "run: python -m tests.reliability.document"
    )
