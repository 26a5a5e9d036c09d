"""Not printed: regions of stability of every rule and case of config.yaml, the reader's own among them.

Green: the neurons are stable, with positive weights (pale: with a negative one). Hatched: the rule is stable.
Black: the paper's condition, where it prints one. Percentages: part of the green area in which the rule is stable.
"""

import json

import matplotlib.pyplot as plt

from eiplast import names
from eiplast.figure import regions

_columns = 6


def plot(*runs):
    """One panel for each case of each run."""
    panels = [(ds, str(case)) for ds in runs for case in ds.case.values]
    rows = -(-len(panels) // _columns)
    figure, axes = plt.subplots(rows, _columns, figsize=(11, 1.75 * rows + 0.6), squeeze=False)
    # Not constrained: that lays every panel out again for each format.
    figure.subplots_adjust(0.04, 0.04, 0.99, 1 - 0.7 / (1.75 * rows + 0.6), 0.25, 0.6)
    for ax, (ds, case) in zip(axes.flat, panels, strict=False):
        # Small panels: a finer outline is not seen and makes a large file.
        every = slice(None, None, max(1, ds.sizes["W_EE"] // 100))
        regions.main(ax, ds.isel(W_EE=every, W_IE=every), case)
        rule = json.loads(ds.attrs["spec"])["rule"]
        overlap = float(ds.overlap.sel(case=case))
        ax.set_title(f"{names.printed(rule)}\n{names.printed(case)}: {overlap:.1%}", fontsize=6)
        if ax is not axes[-1, 0]:
            ax.set(xlabel="", ylabel="")
    for ax in axes.flat[len(panels) :]:
        ax.axis("off")
    regions.legend(figure, ["printed", "printed_2"], ncols=5, loc="upper center")
    return figure
