"""Accuracies as A Tables 1 and S3 show them: mean and standard deviation over seeds."""

import pandas as pd


def table(ds, part):
    """One row a cell (data set, depth, method): mean, sd, n, how many seeds diverged, samples lost.

    lost : samples of the last epoch whose equilibrium the solver did not find, mean over seeds
    """
    values = ds.reported_accuracy.sel(part=part)
    rows = []
    for dataset in ds.dataset.values:
        for n_hidden in ds.n_hidden.values:
            for method in ds.method.values:
                where = {"dataset": dataset, "n_hidden": n_hidden, "method": method}
                sample = values.sel(where).dropna("seed")
                rows.append(
                    where
                    | {
                        "mean": float(sample.mean()) if sample.size else float("nan"),
                        "sd": float(sample.std(ddof=1)) if sample.size > 1 else float("nan"),
                        "n": sample.size,
                        "diverged": int(ds.diverged.sel(where).sum()),
                        "lost": float(ds.n_unconverged.sel(where).isel(epoch=-1).mean()),
                    }
                )
    return pd.DataFrame(rows)


def layout(numbers):
    """Methods down, data sets and depths across, as printed, with n and what was lost."""
    text = numbers.assign(
        cell=[_cell(row) for _, row in numbers.iterrows()],
        column=numbers.dataset + ", " + numbers.n_hidden.astype(str) + " hidden",
    )
    wide = text.pivot(index="method", columns="column", values="cell")
    return wide[text.column.unique()].loc[text.method.unique()].reset_index()


def _cell(row):
    lost = f", {row['lost']:.0f} lost" if row["lost"] >= 0.5 else ""
    return f"{row['mean']:.2f} ± {row['sd']:.2f} (n = {row['n']}{lost})"
