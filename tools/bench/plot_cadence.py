"""Draws `docs/images/cadence.svg` from the JSON of `cadence.py --json`. Needs matplotlib."""

import json
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

TARGET = Path(__file__).resolve().parents[2] / "docs/images/cadence.svg"


def main() -> None:
    """Read the JSON from standard input and write the picture."""
    mpl.rcParams["svg.hashsalt"] = "cadence"
    families = json.load(sys.stdin)
    figure, plots = plt.subplots(2, 3, figsize=(11, 6.4), layout="constrained")
    for plot, (family, ways) in zip(plots.flat, families.items(), strict=True):
        fixed = {name: figures for name, figures in ways.items() if name != "auto"}
        points = [(f["requests"], 100 * f["relative_delay"]) for f in fixed.values()]
        plot.plot(*zip(*points, strict=True), "o-", color="#64748b", label="fixed interval")
        for name, point in zip(fixed, points, strict=True):
            plot.annotate(
                f"{name.removeprefix('fixed-')} s", point, textcoords="offset points", xytext=(6, 4)
            )
        auto = ways["auto"]
        plot.plot(
            auto["requests"], 100 * auto["relative_delay"], "D", color="#b91c1c", label="auto", ms=9
        )
        plot.set(title=family, xscale="log", yscale="log")
        plot.set(xlabel="requests per run (mean)", ylabel="delay / run time, % (mean)")
        plot.grid(alpha=0.3)
    plots.flat[0].legend()
    figure.savefig(TARGET, metadata={"Date": None})


if __name__ == "__main__":
    main()
