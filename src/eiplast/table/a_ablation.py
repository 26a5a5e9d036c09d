"""Which choices that the paper leaves open, or its code makes differently, change accuracy (not in the paper).

Test accuracy, variant minus the cell of A Table 1 in the set-up named, paired by seed, at the same epoch, in
percentage points, with the 95 % interval of the mean. Each row speaks of its cell alone. `best_epoch` is the epoch
that is best on validation in place of the last.
"""

import numpy as np
import pandas as pd
from scipy import stats

_place = ["dataset", "n_hidden", "method", "setup"]


def table(ablation, train):
    """One row a cell and variant: mean of the paired differences, its interval, n."""
    rows = []
    for place in _cells(ablation):
        pair = [ds.accuracy.sel(place).sel(part="test") for ds in (ablation, train)]
        for variant in ablation.variant.values:
            values = pair[0].sel(variant=variant)
            if values.notnull().any() or ablation.diverged.sel(place).sel(variant=variant).any():
                diverged = int(ablation.diverged.sel(place).sel(variant=variant).sum())
                rows.append(
                    {"variant": variant} | place | _row(values, pair[1]) | {"diverged": diverged}
                )
        rows.append({"variant": "best_epoch"} | place | _best_epoch(train.sel(place)))
    return pd.DataFrame(rows)


def _cells(ablation):
    """Where anything was varied, in the order of the table."""
    found = ablation.accuracy.notnull().any(["variant", "seed", "epoch", "part"])
    stacked = found.stack(place=_place)
    return [dict(zip(_place, at, strict=True)) for at in stacked.place.values[stacked.values]]


def _row(variant, default):
    """At the last epoch that the variant has."""
    epoch = variant.dropna("epoch", how="all").epoch.max()
    ours, theirs = (values.sel(epoch=epoch).dropna("seed") for values in (variant, default))
    seeds = np.intersect1d(ours.seed, theirs.seed)
    pairs = [values.sel(seed=seeds).values for values in (ours, theirs)]
    return {"epochs": int(epoch)} | _paired(*pairs)


def _best_epoch(cell):
    """The choice of the reported epoch, from the default runs themselves: best on validation minus last."""
    best, last = (cell[name].sel(part="test").values for name in ("accuracy_best", "accuracy_last"))
    found = np.isfinite(best) & np.isfinite(last)
    return {
        "epochs": cell.sizes["epoch"],
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
    )[[*_place, "variant", "epochs", "variant_mean", "default_mean", "difference"]].round(2)
