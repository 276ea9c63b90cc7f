"""Sends HTTP requests: follows no redirect, and bounds each answer in time and size.

`requests` is first imported here, without modules that it imports and this package does not use:
guessing of encodings, other alphabets in host names, metadata of packages. It has no option for
that, so stand-ins are in `sys.modules` while it is imported. That saves a sixth of the CPU of a
job's start. A module that is needed later is imported then.
"""

import sys
import warnings
from types import ModuleType


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


def _import_requests() -> None:
    metadata = ModuleType("importlib.metadata")
    metadata.__dict__["version"] = _version  # urllib3 keeps it for its HTTP/2
    stand_ins = {
        "importlib.metadata": metadata,
        "idna": ModuleType("idna"),
        "chardet": None,  # cannot be imported
        "charset_normalizer": None,
    }
    added = {name: module for name, module in stand_ins.items() if name not in sys.modules}
    sys.modules.update(added)  # type: ignore[arg-type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of requests about modules that guess encodings
            import requests  # noqa: F401
    finally:
        for name in added:
            del sys.modules[name]


_import_requests()
