"""The options with which `genesis-ci wait` is as strict as a job, from the inputs of that job."""

import json
import re
from collections.abc import Callable

from genesis_ci.config.input_types import ACCEPT
from genesis_ci.config.reader import Inputs
from genesis_ci.document.nodes import Node, Scalar, Tree, YamlMapping, YamlSequence
from genesis_ci.models.report import ATTACHING
from genesis_ci.redaction import HIDDEN

MOST_SHOWN = 300
"""Characters of a value."""


def options(job: Inputs, hide: Callable[[str], str]) -> dict[str, str]:
    """Return the options that say what the inputs of a valid job say about its verdict.

    A value is empty if it is too long to be shown, or if `hide` changes it.
    """
    found = {}
    for name in ATTACHING:
        if node := job.node(name):
            text = _in_one_line(node, job)
            is_shown = hide(text) == text and HIDDEN not in hide("\n".join(node.texts()))
            found[name] = text if is_shown and _is_line(text) and len(text) <= MOST_SHOWN else ""
    return found


def _is_line(text: str) -> bool:
    """Return whether no report changes the white space of a text."""
    return text == " ".join(text.split())


def _in_one_line(node: Node, job: Inputs) -> str:
    """Return a value, as one line if it has another form of the same meaning."""
    match node.name:
        case "only":
            return ",".join(job["only"])
        case "accept":
            return ACCEPT.show(job["accept"])
        case "config" | "max-review-time":
            return node.text().strip()
        case _:
            text = node.text()
            if _is_line(text):
                return text
            from genesis_ci.document.entries import BOUNDS  # yaml takes long to import
            from genesis_ci.document.strict_yaml import as_yaml

            return _in_flow(as_yaml(node, BOUNDS).tree)


def _in_flow(tree: Tree) -> str:
    """Return YAML of the same values and types."""
    match tree:
        case Scalar(text, plain=True) if not text or re.fullmatch(r"~|[\w.+-]*\w[\w.+-]*", text):
            return text
        case Scalar(text):
            blanks = r"(?<= )\s|[^\S ]"
            quoted = json.dumps(text, ensure_ascii=False)
            return re.sub(blanks, lambda one: f"\\u{ord(one[0]):04x}", quoted)
        case YamlSequence(items):
            return f"[{', '.join(_in_flow(one) or '~' for one in items)}]"
        case YamlMapping(pairs):
            return f"{{{', '.join(f'{_in_flow(key)}: {_in_flow(one)}' for key, one in pairs)}}}"
