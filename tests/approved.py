"""What people read and what jobs do, a file for each subject; `make approve` rewrites the files.

Such a test has "approved" in its name. A difference of its file is reviewed like code.
"""

import os
import re
from collections.abc import Callable, Mapping
from difflib import unified_diff
from pathlib import Path

FOLDER = Path(__file__).parent / "approved"


def check_approved(subject: str, texts: Mapping[str, str]) -> None:
    """Compare the texts of a subject with its file; each has its case as its heading."""
    made = "\n\n".join(f"## {case}\n{text}" for case, text in texts.items()) + "\n"
    check_approved_file(FOLDER / f"{subject}.txt", made)


def check_approved_cases(subject: str, text_of: Callable[[str, str], str]) -> None:
    """Compare the texts of the cases that the headings of a file describe, as `name: value`."""
    written = (FOLDER / f"{subject}.txt").read_text(encoding="utf-8")
    cases = re.findall("^## (([a-z-]+): (.*))$", written, re.MULTILINE)
    check_approved(subject, {case: text_of(name, value) for case, name, value in cases})


def check_approved_file(path: Path, made: str) -> None:
    if os.environ.get("APPROVE"):
        path.write_text(made, encoding="utf-8", newline="\n")
    approved = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = unified_diff(approved.splitlines(), made.splitlines(), "approved", "now", lineterm="")
    assert made == approved, "\n".join(["see `make approve`", *lines])
