"""Learning curves of the networks of A Tables 1 and S3 (not in the paper): test accuracy after every epoch.

Line: mean over seeds; band: standard deviation. A row a data set, a column a depth.
"""

import matplotlib.pyplot as plt
import numpy as np

from eiplast.figure import style


def plot(ds):
    """One panel for each data set and depth."""
    shape = ds.sizes["dataset"], ds.sizes["n_hidden"]
    size = (3.4 * shape[1] + 0.4, 2.4 * shape[0] + 0.4)
    figure, axes = plt.subplots(*shape, figsize=size, layout="constrained", squeeze=False)
    for row, dataset in zip(axes, ds.dataset.values, strict=True):
        for ax, n_hidden in zip(row, ds.n_hidden.values, strict=True):
            cell = ds.sel(dataset=dataset, n_hidden=n_hidden, part="test")
            for method in ds.method.values:
                _curve(ax, cell.accuracy.sel(method=method), method)
            ax.set_title(f"{dataset}, {n_hidden} hidden layer{'s' if n_hidden > 1 else ''}")
            ax.set_ylim(*_limits(cell.accuracy.values))
    for ax in axes[-1]:
        ax.set_xlabel("epoch")
    for row in axes:
        row[0].set_ylabel("test accuracy (%)")
    axes[0, -1].legend(loc="lower right")
    return figure


def _curve(ax, accuracy, method):
    mean, spread = accuracy.mean("seed"), accuracy.std("seed", ddof=1)
    colour = style.methods.get(method)
    (line,) = ax.plot(accuracy.epoch, mean, color=colour, label=method.replace("_", " "))
    ax.fill_between(
        accuracy.epoch, mean - spread, mean + spread, color=line.get_color(), alpha=0.2, lw=0
    )


def _limits(values):
    """From a little below what the worst method ends with to a little above the best value."""
    last = values[..., -1]
    low, high = np.nanmin(last), np.nanmax(values)
    margin = 0.5 * (high - low) + 0.1
    return low - 2 * margin, min(high + margin, 100)
