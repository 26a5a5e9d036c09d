"""A Appendix B.1: minimising the control loss H and the output loss L go together (not a figure of the paper).

Every dot is an epoch of training, the mean over n seeds; lines join the epochs in order. The axes are the two
sides of A Eq. (19). H is the mean over samples of ||Qc||^2 / 2; L is the open-loop cross-entropy less the
entropy of the soft targets, its least value, so that both are zero together. rho: rank correlation over epochs,
mean over seeds. Networks as the text has them.
"""

import matplotlib.pyplot as plt
import numpy as np

from eiplast import names
from eiplast.figure import style


def plot(ds):
    """One panel for each data set and depth."""
    ds = ds.sel(setup="text")
    shape = ds.sizes["dataset"], ds.sizes["n_hidden"]
    size = (3.2 * shape[1] + 0.4, 2.6 * shape[0] + 0.4)
    figure, axes = plt.subplots(*shape, figsize=size, layout="constrained", squeeze=False)
    for row, dataset in zip(axes, ds.dataset.values, strict=True):
        for ax, n_hidden in zip(row, ds.n_hidden.values, strict=True):
            cell = ds.sel(dataset=dataset, n_hidden=n_hidden)
            for method in ds.method.values:
                _path(ax, cell.sel({"method": method}), method)
            ax.set(xscale="log", yscale="log")
            style.log_ticks(ax.xaxis, (1, 3))
            style.log_ticks(ax.yaxis, (1, 3))
            ax.set_title(f"{names.network(dataset, n_hidden)}, {style.of_seeds(cell)}")
            if ax.lines:
                ax.legend(loc="upper left", fontsize=6)
            elif not cell.diverged.any():
                style.not_computed(ax)
    for ax in axes[-1]:
        ax.set_xlabel("output loss $L$ less its least value (nat)")
    for row in axes:
        row[0].set_ylabel("control loss $H$")
    return figure


def _path(ax, ds, method):
    if np.isnan(ds.H).all():
        return
    L = (ds.loss.sel(part="train") - ds.loss_floor).mean("seed")
    rho = float(ds.H_L_correlation.mean())
    label = f"{names.printed(method)} ($\\rho$ = {rho:.2f})"
    ax.plot(L, ds.H.mean("seed"), "o-", ms=2, lw=0.7, color=style.methods.get(method), label=label)
