"""Learning curves of the networks of A Tables 1 and S3 (not in the paper): test error after every epoch.

Error: 100 % less accuracy. Line: mean over n seeds; band: their standard deviation on both sides. A row a data
set, a column a depth. Whole lines: as the text has it; dashed: with the targets, initial weights and biases of
the authors' code.
"""

import matplotlib.pyplot as plt

from eiplast import names
from eiplast.figure import style


def plot(ds):
    """One panel for each data set and depth."""
    shape = ds.sizes["dataset"], ds.sizes["n_hidden"]
    size = (3.4 * shape[1] + 2.4, 2.4 * shape[0] + 0.4)
    figure, axes = plt.subplots(*shape, figsize=size, layout="constrained", squeeze=False)
    for row, dataset in zip(axes, ds.dataset.values, strict=True):
        for ax, n_hidden in zip(row, ds.n_hidden.values, strict=True):
            cell = ds.sel(dataset=dataset, n_hidden=n_hidden, part="test")
            for method in ds.method.values:
                for setup, dashes in zip(ds.setup.values, ("-", "--"), strict=False):
                    error = 100 - cell.accuracy.sel({"method": method, "setup": setup})
                    _curve(ax, error, method, setup, dashes)
            ax.set_title(f"{names.network(dataset, n_hidden)}, {style.of_seeds(cell)}")
            ax.set_yscale("log")
            style.log_ticks(ax.yaxis, (1, 2, 3, 5, 7))
            if not ax.lines and not cell.diverged.any():
                style.not_computed(ax)
    for ax in axes[-1]:
        ax.set_xlabel("epoch")
    for row in axes:
        row[0].set_ylabel("test error (%)")
    axes[0, -1].legend(
        *axes[0, 0].get_legend_handles_labels(), loc="center left", bbox_to_anchor=(1, 0.5)
    )
    return figure


def _curve(ax, error, method, setup, dashes):
    if error.isnull().all():
        return
    mean, spread = error.mean("seed"), error.std("seed", ddof=1)
    colour = style.methods.get(method)
    label = f"{names.printed(method)}, {names.printed(setup)}"
    (line,) = ax.plot(error.epoch, mean, dashes, color=colour, label=label)
    ax.fill_between(
        error.epoch, mean - spread, mean + spread, color=line.get_color(), alpha=0.2, lw=0
    )
