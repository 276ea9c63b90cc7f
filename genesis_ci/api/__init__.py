"""The Genesis API: transport, wire format, errors and retry rules.

`requests` is imported here first, and without what it imports but does not use here: the guessing
of encodings (answers are UTF-8 or refused), other alphabets in host names, packages' metadata.
It has no option for that, so stand-ins are in `sys.modules` during its import, and removed after
it. That saves a sixth of the CPU of a job's start; what is needed after all is imported then.
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
    absent = {"chardet": None, "charset_normalizer": None}
    stand_ins = {"importlib.metadata": metadata, "idna": ModuleType("idna"), **absent}
    put_in = {name: each for name, each in stand_ins.items() if name not in sys.modules}
    sys.modules.update(put_in)  # type: ignore[arg-type]  # None: it cannot be imported
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # requests misses what guesses encodings
            import requests  # noqa: F401
    finally:
        for name in put_in:
            del sys.modules[name]


_import_requests()
