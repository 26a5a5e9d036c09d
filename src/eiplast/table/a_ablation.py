"""Which choices that the paper leaves open, or its code makes differently, change accuracy (not in the paper).

Test accuracy, variant minus the cell of A Table 1 in the set-up named, paired by seed, at the same epoch, in
percentage points, with the 95 % interval of the mean. Each row speaks of its cell alone. `best_epoch` is the epoch
that is best on validation in place of the last.
"""

import numpy as np
import pandas as pd

from eiplast.table import effect

_place = ["dataset", "n_hidden", "method", "setup"]


def table(ablation, train):
    """One row a cell and variant: mean of the paired differences, its interval, n."""
    n_epochs = ablation.n_epochs.stack(place=_place).dropna("place", how="all")
    rows = []
    for at in n_epochs.place.values:
        place = dict(zip(_place, at, strict=True))
        default = train.sel(place)
        for variant in n_epochs.sel(place=at).dropna("variant").variant.values:
            cell = ablation.sel(place).sel(variant=variant)
            rows.append({"variant": variant} | place | _row(cell, default))
        rows.append({"variant": "best_epoch"} | place | _best_epoch(default))
    return pd.DataFrame(rows)


def _row(cell, default):
    """At the last epoch of the variant."""
    epochs = int(cell.n_epochs)
    ours, theirs = (
        ds.accuracy.sel(part="test", epoch=epochs).dropna("seed") for ds in (cell, default)
    )
    seeds = np.intersect1d(ours.seed, theirs.seed)
    pairs = [values.sel(seed=seeds).values for values in (ours, theirs)]
    return {"epochs": epochs} | _paired(*pairs) | {"diverged": int(cell.diverged.sum())}


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
    means = [values.mean() if values.size else np.nan for values in (ours, theirs)]
    return dict(zip(("variant_mean", "default_mean"), means, strict=True)) | effect.size(
        ours - theirs
    )


def layout(numbers):
    """Difference and interval as one text."""
    return numbers.assign(
        difference=[
            f"{row['difference']:+.2f} [{row['ci_low']:+.2f}, {row['ci_high']:+.2f}] (n = {row['n']})"
            for _, row in numbers.iterrows()
        ]
    )[[*_place, "variant", "epochs", "variant_mean", "default_mean", "difference"]].round(2)
