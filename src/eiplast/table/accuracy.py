"""Accuracies as A Tables 1 and S3 show them: mean and standard deviation over seeds."""

import itertools

import pandas as pd

from eiplast import names


def table(ds, part):
    """One row a cell (data set, depth, method, set-up): mean, sd, n, how many seeds diverged, samples lost.

    lost : samples whose equilibrium the solver did not find, in all epochs of all seeds
    """
    values = ds.reported_accuracy.sel(part=part)
    names_of = ("dataset", "n_hidden", "method", "setup")
    places = itertools.product(*(ds[name].values for name in names_of))
    cells = (dict(zip(names_of, place, strict=True)) for place in places)
    return pd.DataFrame([where | _cell(ds, values, where) for where in cells])


def _cell(ds, values, where):
    sample = values.sel(where).dropna("seed")
    return {
        "mean": float(sample.mean()) if sample.size else float("nan"),
        "sd": float(sample.std(ddof=1)) if sample.size > 1 else float("nan"),
        "n": sample.size,
        "diverged": int(ds.diverged.sel(where).sum()),
        "lost": int(ds.n_unconverged.sel(where).sum()),
    }


def layout(numbers):
    """Methods and set-ups down, data sets and depths across, as printed, with n and what was lost."""
    text = numbers.assign(
        cell=[_text(row) for _, row in numbers.iterrows()],
        column=numbers.dataset.map(names.printed) + ", " + numbers.n_hidden.astype(str) + " hidden",
    )
    index = ["method", "setup"]
    wide = text.pivot(index=index, columns="column", values="cell")
    rows = text[index].drop_duplicates()
    return (
        wide[text.column.unique()].loc[list(rows.itertuples(index=False, name=None))].reset_index()
    )


def _text(row):
    if not row["n"] and not row["diverged"]:
        return "not computed"
    lost = f", {row['lost']} lost" if row["lost"] else ""
    return f"{row['mean']:.2f} ± {row['sd']:.2f} (n = {row['n']}{lost})"
