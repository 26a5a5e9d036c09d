"""Our numbers of an entry of the printed ones, from a run or from the table of an earlier comparison."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

left_out = r"\d+ of \d+ .* left out"
# What our n counts, by the dimension of the variable that holds the values.
_counted = {
    "seed": "seeds",
    "init": "networks",
    "network": "networks",
    "share": "tenths of the networks",
    "trial": "trials",
    "late": "trials",
    "unit_E": "units",
    "unit_I": "units",
    "variant": "variants",
}


def numbers(entry, ds, scale, other=None):
    """Summary of our independent values of the quantity, or None and why there is none.

    other : the Dataset of what the entry has `less` or `over`, if not `ds`.
    """
    other = ds if other is None else other
    if ds is None or (_elsewhere(entry) and other is ds):
        return None, "no run of this scale gives it"
    try:
        values = _values(entry, ds)
        if reference(entry):
            beside = _values(_beside(entry), other)
            values = values - beside if "less" in entry else values / beside
    except KeyError:
        wanted = ", ".join(map(str, entry.get("select", {}).values()))
        return None, f"{wanted}: not among the runs of {scale} scale"
    if "holds" in entry:
        values = _holds(entry["holds"], values)
    sample = np.asarray(values.values, dtype=float).ravel()
    kept = sample[~np.isnan(sample)]
    if not kept.size and _is_absent(entry, ds):
        return None, "no run of this scale gives it"
    remarks = _about(entry, ds.attrs.get("note") or "")
    if kept.size < sample.size:
        lost = f"{sample.size - kept.size} of {sample.size}"
        remarks.append(f"{lost} {entry.get('nan', 'diverged')} and are left out")
    n = kept.size
    summary = {
        "reproduced": kept.mean() if n else None,
        "spread": kept.std(ddof=1) if n > 1 else None,
    }
    if entry.get("of") == "spread":
        # The number is the spread of the sample, and has none of its own.
        summary = {"reproduced": summary["spread"], "spread": None}
    return summary | {"n": n, "n_of": entry.get("n_of", _n_of(values)), "remarks": remarks}, None


def _values(entry, ds):
    values = ds[entry["variable"]].sel(entry.get("select", {}), drop=True)
    return values.max(entry.get("max_over", [])).mean(entry.get("mean_over", []))


def _is_absent(entry, ds):
    """Whether an aggregate lacks a cell that the entry, or what it is compared with, selects."""
    if ds.attrs.get("job") != "aggregate":
        return False
    selections = (one.get("select", {}) for one in (entry, _beside(entry)))
    chosen = [{k: v for k, v in one.items() if k in ds.n_epochs.dims} for one in selections]
    return any(ds.n_epochs.sel(one).isnull().any() for one in chosen)


def reference(entry):
    """What the entry is compared with, pair by pair: its `less` or `over`, or {}."""
    return entry.get("less") or entry.get("over") or {}


def _elsewhere(entry):
    """Whether that is of another run."""
    return reference(entry).get("source", entry.get("source")) != entry.get("source")


def _beside(entry):
    """That as an entry: the same, but for what it names."""
    select = entry.get("select", {}) | reference(entry).get("select", {})
    return entry | reference(entry) | {"select": select}


def _holds(relation, values):
    """1 where a value satisfies `relation`, such as "> 1" or "within 4 6"; NaN stays."""
    side, *bounds = relation.split()
    low, high = {
        "<": lambda b: (-np.inf, b),
        ">": lambda b: (b, np.inf),
        "within": lambda a, b: (a, b),
    }[side](*map(float, bounds))
    found = (values > low) & (values < high)
    return found.where(values.notnull())


def _n_of(values):
    """What the values count, in words."""
    many = [name for name in values.dims if values.sizes[name] > 1]
    words = " x ".join(_counted.get(name, name) for name in many) or "one value"
    inner = {"trials", "units"} >= {_counted.get(name) for name in many} and many
    return f"{words} of one network" if inner else words


def _about(entry, note):
    """The parts of a run's note but those on another data set than this entry's."""
    others = {"mnist", "fashion_mnist", "digits"} - {entry.get("select", {}).get("dataset")}
    return [part for part in note.split("; ") if part and not others & set(part.split())]


def earlier(path):
    """Rows with a result in the table `path`, by what they compare; none where there is no table."""
    if not Path(path).exists():
        return {}
    table = pd.read_csv(path, dtype={"printed": str}, float_precision="round_trip")
    rows = table[table.reproduced.notna()].replace({np.nan: None}).to_dict("records")
    return {what(row): row for row in rows}


def kept(entry, row):
    """The numbers of an earlier row, with what it says of samples left out and of the data."""
    if row is None:
        return None
    parts = (row["note"] or "").split("; ")
    dataset = entry.get("select", {}).get("dataset")
    remarks = [part for part in parts if re.fullmatch(left_out, part) or dataset in part.split()]
    n_of = row.get("n_of") or entry.get("n_of")
    numbers = {"reproduced": row["reproduced"], "spread": row["spread"], "n": int(row["n"])}
    return numbers | {"n_of": n_of, "remarks": [*remarks, "kept from an earlier run"]}


def what(row):
    """What a row or entry compares. Tables of before 1.1 know one set-up."""
    return tuple(row.get(key, "text") for key in ("paper", "item", "quantity", "setup", "printed"))
