"""The keys of `.genesis-ci.yml`, most of them from the table of inputs, and their near misses."""

from collections.abc import Iterable

from genesis_ci.config.document import name
from genesis_ci.config.inputs import BY_NAME, INPUTS

PER_WORKFLOW = tuple(row for row in INPUTS if row.per_workflow)
"""The inputs that can differ from workflow to workflow."""
TOP_KEYS = frozenset({"version", "defaults", "max-parallel", "fail-fast", "workflows"})
ENTRY_KEYS = frozenset({"name", "required", *(row.name for row in PER_WORKFLOW)})
DEFAULT_KEYS = ENTRY_KEYS - {"name", "execution-id"}


def unknown_key(key: str, allowed: Iterable[str]) -> str:
    """Return what is wrong with a key that is not allowed here, and what was perhaps meant."""
    words = f"unknown key {name(key)}"
    plain = key.strip().lower().replace("_", "-")
    if plain == "api-key":
        return f"{words}: a key belongs in no file. Set it as a secret of the CI"
    for kind, keys in {"at the top": TOP_KEYS, "in an entry": ENTRY_KEYS}.items():
        if key in keys:
            return f"{words} here: it stands {kind}{_or_in_defaults(key)}"
    if key in BY_NAME:
        return f"{words}: it is for the whole job. Set it where the job sets its inputs"
    import difflib

    near = difflib.get_close_matches(plain, sorted(allowed), n=1, cutoff=0.6)
    if near:
        return f"{words}. Did you mean {name(near[0])}?"
    return f"{words}. Known here: {', '.join(sorted(allowed))}"


def _or_in_defaults(key: str) -> str:
    return " or in defaults" if key in DEFAULT_KEYS else ""
