"""Not printed: where the quasi-steady state holds.

Fraction of the neurally stable region with positive weights in which the full six-dimensional system, neurons and
weights together, has the stability that the quasi-steady-state weights have, against the time that one update of
the weights takes; learning rates as in config.yaml. Right of each plateau, weights are slow enough.
"""

import json

import matplotlib.pyplot as plt

from eiplast import names


def plot(*runs):
    """One panel for each run, one line for each case."""
    columns = 4
    rows = -(-len(runs) // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(8, 2.1 * rows),
        layout="constrained",
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for ax, ds in zip(axes.flat, runs, strict=False):
        for case in ds.case.values:
            ax.semilogx(
                ds.interval, ds.full_agreement.sel(case=case), marker=".", label=names.printed(case)
            )
        ax.set_title(names.printed(json.loads(ds.attrs["spec"])["rule"]), fontsize=7)
        if ds.sizes["case"] < 6:
            ax.legend(fontsize=6)
        ax.axhline(1, color="0.8", lw=0.6, zorder=0)
    for ax in axes.flat[len(runs) :]:
        ax.axis("off")
    figure.supxlabel("time of an update (ms)", fontsize=8)
    figure.supylabel("agreement with the quasi-steady state", fontsize=8)
    return figure
