"""The Genesis API: transport, wire format, errors and retry rules.

`requests` is imported here first, and without what nobody here uses: the guessing of encodings
(answers are UTF-8 or refused) and the packages' metadata. That is a sixth of a job's start.
"""

import sys
import warnings
from types import ModuleType

_UNUSED = ("chardet", "charset_normalizer", "importlib.metadata")


def _import_requests() -> None:
    metadata = ModuleType("importlib.metadata")
    metadata.__dict__["version"] = _version
    hidden = {name: None for name in _UNUSED if name not in sys.modules}
    sys.modules.update(hidden)  # type: ignore[arg-type]  # None: this module cannot be imported
    if "importlib.metadata" in hidden:
        sys.modules["importlib.metadata"] = metadata
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # requests misses what guesses encodings
            import requests  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]


def _version(package: str) -> str:
    """What urllib3 keeps of `importlib.metadata`, for its HTTP/2."""
    from importlib.metadata import version

    return version(package)


_import_requests()
