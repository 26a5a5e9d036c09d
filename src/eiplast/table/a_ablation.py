"""Which choices that the paper leaves open, or its code makes differently, change accuracy (not in the paper).

Test accuracy, variant minus the paper's default, paired by seed, at the same epoch, in percentage points, with
the 95 % interval of the mean. `best_epoch` is the epoch that is best on validation in place of the last.
"""

import numpy as np
import pandas as pd
from scipy import stats


def table(ablation, train):
    """One row a variant and method: mean of the paired differences, its interval, n."""
    rows = []
    for method in ablation.method.values:
        for variant in ablation.variant.values:
            cell = ablation.sel({"method": method, "variant": variant})
            rows.append({"variant": variant} | _row(cell, train.sel({"method": method}), method))
        rows.append({"variant": "best_epoch"} | _best_epoch(ablation, train, method))
    return pd.DataFrame(rows)


def _row(cell, default, method):
    epochs = int(cell.n_epochs.max())
    place = {"dataset": cell.dataset.values[0], "n_hidden": cell.n_hidden.values[0]}
    ours = cell.accuracy.sel(part="test", epoch=epochs, **place).dropna("seed")
    theirs = default.accuracy.sel(part="test", epoch=epochs, **place).dropna("seed")
    seeds = np.intersect1d(ours.seed, theirs.seed)
    pairs = [values.sel(seed=seeds).values for values in (ours, theirs)]
    diverged = int(cell.diverged.sel(place).sum())
    return place | {"method": method, "epochs": epochs} | _paired(*pairs) | {"diverged": diverged}


def _best_epoch(ablation, train, method):
    """The choice of the reported epoch, from the default runs themselves: best on validation minus last."""
    place = {"dataset": ablation.dataset.values[0], "n_hidden": ablation.n_hidden.values[0]}
    cell = train.sel({"method": method, "part": "test"} | place)
    best, last = (cell[name].values for name in ("accuracy_best", "accuracy_last"))
    found = np.isfinite(best) & np.isfinite(last)
    return place | {
        "method": method,
        "epochs": train.sizes["epoch"],
        **_paired(best[found], last[found]),
        "diverged": int(cell.diverged.sum()),
    }


def _paired(ours, theirs):
    difference = ours - theirs
    n = difference.size
    mean = difference.mean() if n else np.nan
    half = stats.t.ppf(0.975, n - 1) * difference.std(ddof=1) / np.sqrt(n) if n > 1 else np.nan
    return {
        "variant_mean": ours.mean() if n else np.nan,
        "default_mean": theirs.mean() if n else np.nan,
        "difference": mean,
        "ci_low": mean - half,
        "ci_high": mean + half,
        "n": n,
    }


def layout(numbers):
    """Difference and interval as one text."""
    return numbers.assign(
        difference=[
            f"{row['difference']:+.2f} [{row['ci_low']:+.2f}, {row['ci_high']:+.2f}] (n = {row['n']})"
            for _, row in numbers.iterrows()
        ]
    )[["method", "variant", "epochs", "variant_mean", "default_mean", "difference"]].round(2)
