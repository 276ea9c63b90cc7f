"""The docs have the tested fault table."""

from tests.reliability.document import DOCUMENT, written


def test_the_document_has_the_table_of_the_tests():
    assert DOCUMENT.read_text(encoding="utf-8") == written(), (
        "run: python -m tests.reliability.document"
    )
