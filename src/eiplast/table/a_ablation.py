"""Which choices that the paper leaves open, or its code makes differently, change accuracy (not in the paper).

Test accuracy in percentage points, and the loss on the validation images, by which A C.3 chose the gains: variant
minus the cell of A Table 1 in the set-up named, paired by seed, at the same epoch, with the 95 % interval of the
mean. Each row speaks of its cell alone. `best_epoch` is the epoch that is best on validation in place of the last.
Where the targets are others, the losses are not compared; with 5000 validation samples they are of other images.
One bad last epoch can hide an effect, so test and validation accuracy stand there as means of the last ten too.
"""

import numpy as np
import pandas as pd

from eiplast.table import effect

_place = ["dataset", "n_hidden", "method", "setup"]
_late = {"late_test_": "test", "late_validation_": "validation"}


def table(ablation, train):
    """One row a cell and variant: means of the paired differences of accuracy and loss, intervals, n."""
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
    """At the last epoch of the variant, and over its last ten."""
    epochs = int(cell.n_epochs)
    last, late = slice(epochs, epochs), slice(max(1, epochs - 9), epochs)
    accuracy = _pairs(cell, default, "accuracy", "test", last)
    # The least loss there is comes from the targets.
    alike = cell.loss_floor == default.loss_floor
    loss = _pairs(cell, default, "loss", "validation", last) if alike else np.empty((2, 0))
    return {
        "epochs": epochs,
        **_paired(*accuracy),
        "diverged": int(cell.diverged.sum()),
        **{f"loss_{name}": value for name, value in _paired(*loss).items()},
        **{
            f"{prefix}{name}": value
            for prefix, part in _late.items()
            for name, value in _paired(*_pairs(cell, default, "accuracy", part, late)).items()
        },
    }


def _pairs(cell, default, name, part, epochs):
    """The variable `name`, mean of `epochs`, of the seeds that both have, of `cell` and of `default`."""
    ours, theirs = (
        ds[name].sel(part=part, epoch=epochs).mean("epoch", skipna=False).dropna("seed")
        for ds in (cell, default)
    )
    seeds = np.intersect1d(ours.seed, theirs.seed)
    return [values.sel(seed=seeds).values for values in (ours, theirs)]


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
    rows = numbers.to_dict("records")
    accuracy = [f"{_size(row, '', '.2f')} (n = {row['n']})".lstrip() for row in rows]
    others = {
        f"{prefix}difference": [_size(row, prefix, form) for row in rows]
        for prefix, form in {**dict.fromkeys(_late, ".2f"), "loss_": ".4f"}.items()
    }
    shown = numbers.assign(difference=accuracy, **others)
    means = ["variant_mean", "default_mean"]
    return shown[[*_place, "variant", "epochs", *means, "difference", *others]].round(2)


def _size(row, prefix, form):
    """Difference and interval of the columns with that prefix as text, or nothing where none was compared."""
    if not row[f"{prefix}n"] > 0:
        return ""
    return effect.words(
        *(row[f"{prefix}{name}"] for name in ("difference", "ci_low", "ci_high")), form
    )
