"""Feed a target with atheris until it breaks or one stops: `python -m fuzz.run TARGET [options]`.

Needs `pip install atheris`; the options are libFuzzer's, such as `-max_total_time=600` or the
directory of a corpus. The targets are those of `fuzz/targets.py`.
"""

import sys

import atheris

with atheris.instrument_imports(include=["genesis_ci"]):
    from fuzz.targets import TARGETS


def main() -> None:
    """Run the target that the command line names."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"Name a target: {', '.join(TARGETS)}")
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
