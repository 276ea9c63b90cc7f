"""Names that stay different: reports and outputs are keyed by them."""

from genesis_ci.reporters.markup import plain_line

LONGEST = 150


class Names:
    """Hands out names, numbering those that were taken: `name`, `name (2)`."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def unique(self, text: str) -> str:
        """Return the name, on one line, or the first numbered one that is free."""
        name = plain_line(text, limit=LONGEST) or "unnamed"
        candidate = name
        while candidate in self._taken:
            self._next[name] = self._next.get(name, 1) + 1
            candidate = f"{name} ({self._next[name]})"
        self._taken.add(candidate)
        return candidate
