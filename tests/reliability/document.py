"""The whole fault table. `python -m tests.reliability.document` writes it into the docs."""

from pathlib import Path

from tests.reliability import table_poll, table_trigger
from tests.reliability.faults import Fault

CHAPTERS: dict[str, dict[str, Fault]] = {
    "Before a trigger reaches Genesis": table_trigger.BEFORE,
    "After a trigger may have reached Genesis, under `parallel`": table_trigger.AFTER,
    "The same under `cancel-previous`": table_trigger.AGAIN,
    "When the server says what it did": table_trigger.TOLD,
    "One poll fails": table_poll.PASSING,
    "Every poll fails, or none is final": table_poll.STAYING,
    "When a poll ends the wait": table_poll.ENDING,
}

FAULTS: dict[str, Fault] = {
    f"{number}-{name}": fault
    for number, chapter in enumerate(CHAPTERS.values(), start=1)
    for name, fault in chapter.items()
}
DOCUMENT = Path(__file__).resolve().parents[2] / "docs/internals/fault-table.md"
BEGIN = "<!-- fault table: written by `python -m tests.reliability.document` -->\n"
END = "<!-- end of fault table -->\n"
_HEAD = """\
| what happens | triggers seen | verdict | exit | the run in Genesis |
|---|---|---|---|---|
"""


def table() -> str:
    """Return the whole fault table by chapter, with its length."""
    chapters = "".join(
        f"\n### {title}\n\n{_HEAD}{''.join(map(_row, faults.values()))}"
        for title, faults in CHAPTERS.items()
    )
    return f"{len(FAULTS)} faults.\n{chapters}\n"


def written() -> str:
    """Return the document with the current table."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


def _row(fault: Fault) -> str:
    what = fault.what.replace("|", "\\|")
    return f"| {what} | {fault.posts} | `{fault.verdict}` | {fault.exit_code} | {fault.remote} |\n"


if __name__ == "__main__":
    DOCUMENT.write_text(written(), encoding="utf-8")
