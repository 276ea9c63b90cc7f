"""Writes the Japanese texts of the catalog into build/catalog.md, where `make docs` checks them.

Sentences become paragraphs, and other texts cells of a table, for which textlint has fewer rules.
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = re.compile(r'^msgstr(?:\[0\])? ((?:".*"\n)+)', re.MULTILINE)


def page(catalog: str) -> str:
    """Return the page, with code marks in place of a template's values, such as `!{number}`."""
    sentences, others = [], []
    for found in TEXT.finditer(catalog.partition("\n\n")[2]):
        text = "".join(map(json.loads, found[1].splitlines()))
        text = re.sub(r"!?\{[^}]*\}", "`x`", re.sub(r"\{\{|\}\}", "", text))
        for line in text.splitlines():
            (sentences if line.endswith("。") else others).append(line.strip())
    return "\n\n".join([*sentences, "\n".join(f"| {one} |" for one in ["", "---", *others])]) + "\n"


if __name__ == "__main__":
    target = ROOT / "build/catalog.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text(page((ROOT / "genesis_ci/locale/ja.po").read_text("utf-8")), "utf-8")
