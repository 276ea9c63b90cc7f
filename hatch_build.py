"""Compiles the translations when the package is built or installed from its sources."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Translations(BuildHookInterface):
    """The hook; an editable installation gets the files beside their sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        for source in Path(self.root, "genesis_ci/locale").glob("*.po"):
            compiled = source.with_suffix(".new")
            with source.open("rb") as read, compiled.open("wb") as written:
                write_mo(written, read_po(read))
            compiled.replace(source.with_suffix(".mo"))  # at once: a job or a build may read it
