"""Every printed number beside ours: ``python -m eiplast.compare SCALE OUTPUT.csv [RUN.nc ...]``.

printed_a.yaml and printed_b.yaml say for each number what is printed, how (a value, or a relation such as "< 0"),
and which variable of which NetCDF reproduces it; the rest follows here and no verdict is typed by hand.

value with a spread and n    Welch's t-test from the summary statistics, 95 % interval
value without a spread       one-sample t-test; of a deterministic result, the difference itself
relation                     the 95 % interval of our mean must lie on that side
print unreadable             ours is there, the printed one is damaged in our copy

A printed value is rounded: half a unit of its last digit widens the interval on both sides, unless the entry
is `exact`, a claim of equality and not a rounded number. Tests are not
corrected for their number; one in twenty true cells is expected to differ.

An OUTPUT.csv that is there already gives the rows that no RUN gives, and their notes say so.
"""

import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy import stats

from eiplast import atomic, netcdf, program

columns = [
    "paper",
    "item",
    "quantity",
    "setup",
    "printed",
    "printed_spread",
    "printed_n",
    "reproduced",
    "spread",
    "n",
    "difference",
    "ci_low",
    "ci_high",
    "verdict",
    "note",
]


def main(scale, output, *runs):
    """Write the comparison table of one scale."""
    folder = Path(output).parent
    sources = {str(Path(path).relative_to(folder)): path for path in runs}
    datasets, earlier = {}, _earlier(output)
    rows = []
    for entry in printed():
        source = entry.get("source")
        if source in sources and source not in datasets:
            datasets[source] = netcdf.load(sources[source])
        for one in of_setups(entry):
            row = compare(one, datasets.get(source), scale)
            if scale != "paper" and row["verdict"] != "not computed":
                row["note"] += (
                    f"; {scale} scale has fewer samples, trials and epochs than the paper"
                )
            rows.append(row if "reproduced" in row else earlier.get(_what(row), row))
    with atomic.writing(output) as temporary:
        pd.DataFrame(rows, columns=columns).to_csv(temporary, index=False, encoding="utf-8")


_kept = "kept from an earlier run"


def _earlier(path):
    """Rows with a result in the table `path`, by what they compare; none where there is no table."""
    if not Path(path).exists():
        return {}
    table = pd.read_csv(path, dtype={"printed": str}, float_precision="round_trip")
    rows = table[table.reproduced.notna()].replace({np.nan: None}).to_dict("records")
    for row in rows:
        if _kept not in (row["note"] or ""):
            row["note"] = "; ".join(filter(None, [row["note"], _kept]))
    return {_what(row): row for row in rows}


def _what(row):
    # Tables of before 1.1 know one set-up.
    return tuple(row.get(key, "text") for key in ("paper", "item", "quantity", "setup", "printed"))


def printed():
    """The entries of printed_a.yaml and printed_b.yaml."""
    folder = Path(__file__).parent
    files = [folder / name for name in ("printed_a.yaml", "printed_b.yaml")]
    return [entry for file in files for entry in yaml.safe_load(file.read_text("utf-8"))]


def of_setups(entry):
    """`entry` once for every set-up that it is compared in, each with `setup`, its own note and selection."""
    for setup in entry.get("setups", [entry.get("setup", "text")]):
        note = entry.get("note", "")
        if isinstance(note, dict):
            note = note.get(setup, "")
        where = {"setup": setup} if "setups" in entry else {}
        yield entry | {"setup": setup, "note": note, "select": entry.get("select", {}) | where}


def compare(entry, ds, scale="paper"):
    """One row of the comparison, a dict of `columns`.

    entry : of `of_setups`; ds : the Dataset that it names as its source, or None.
    """
    row = {key: entry.get(key) for key in ("paper", "item", "quantity", "setup", "printed")}
    row |= {"printed_spread": entry.get("spread"), "printed_n": entry.get("n")}
    row["verdict"] = "not computed"
    notes = [entry["note"]] if entry.get("note") else []
    sample, reason = _sample(entry, ds, scale)
    if sample is None:
        return row | {"note": "; ".join([*notes, reason])}
    if ds.attrs.get("note"):
        notes.append(ds.attrs["note"])
    lost = np.count_nonzero(np.isnan(sample))
    if lost:
        what = entry.get("nan", "diverged")
        notes.append(f"{lost} of {sample.size} {what} and are left out")
    sample = sample[~np.isnan(sample)]
    n = sample.size
    spread = np.std(sample, ddof=1) if n > 1 else None
    row |= {"reproduced": np.mean(sample) if n else None, "spread": spread, "n": n}
    if entry.get("printed") is None:
        row["verdict"] = "print unreadable"
        return row | {"note": "; ".join([*notes, "the print cannot be read in our copy"])}
    if n == 0 or (n == 1 and lost):
        few = ["n = 1 is too few for a test"] if n else []
        return row | {"note": "; ".join([*notes, *few])}
    if spread == 0:
        spread = None
    judged, note = _judge(entry, np.mean(sample), spread, n)
    return row | judged | {"note": "; ".join([*notes, note])}


def _sample(entry, ds, scale):
    """Our independent values of the quantity, or None and why there are none."""
    if ds is None:
        return None, "no run of this scale gives it"
    try:
        values = ds[entry["variable"]].sel(entry.get("select", {}))
    except KeyError:
        wanted = ", ".join(map(str, entry.get("select", {}).values()))
        return None, f"{wanted}: not among the runs of {scale} scale"
    return np.asarray(values.values, dtype=float).ravel(), None


def _judge(entry, mean, spread, n):
    """Difference, interval and verdict of `n` values with `mean` and `spread` (None: exact)."""
    printed = str(entry["printed"])
    if printed[0] in "<>":
        return _relation(printed[0], float(printed[1:]), mean, spread, n)
    value = float(printed)
    difference = mean - value
    half_unit = 0 if entry.get("exact") else 0.5 * 10.0 ** Decimal(printed).as_tuple().exponent
    if spread is None:
        half, test = 0.0, "deterministic"
    elif n < 3:
        return {"difference": difference}, f"n = {n} is too few for a test"
    elif entry.get("spread") is not None:
        result = stats.ttest_ind_from_stats(
            mean, spread, n, value, float(entry["spread"]), entry["n"], equal_var=False
        )
        half, test = _welch_half_width(spread, n, float(entry["spread"]), entry["n"]), "Welch"
        test = f"Welch t-test p = {result.pvalue:.2g}"
    else:
        half = stats.t.ppf(0.975, n - 1) * spread / np.sqrt(n)
        test = "one-sample t interval"
    low, high = difference - half - half_unit, difference + half + half_unit
    verdict = "reproduced" if low <= 0 <= high else "differs"
    return {"difference": difference, "ci_low": low, "ci_high": high, "verdict": verdict}, test


def _relation(side, bound, mean, spread, n):
    if spread is not None and n < 3:
        return {"difference": mean - bound}, f"n = {n} is too few for a test"
    half = 0.0 if spread is None else stats.t.ppf(0.975, n - 1) * spread / np.sqrt(n)
    low, high = mean - bound - half, mean - bound + half
    holds = high < 0 if side == "<" else low > 0
    verdict = "reproduced" if holds else "differs"
    note = "deterministic" if spread is None else "one-sample t interval"
    return {"difference": mean - bound, "ci_low": low, "ci_high": high, "verdict": verdict}, note


def _welch_half_width(spread_1, n_1, spread_2, n_2):
    """Half the 95 % interval of a difference of means with Welch-Satterthwaite degrees of freedom."""
    v_1, v_2 = spread_1**2 / n_1, spread_2**2 / n_2
    df = (v_1 + v_2) ** 2 / (v_1**2 / (n_1 - 1) + v_2**2 / (n_2 - 1))
    return stats.t.ppf(0.975, df) * np.sqrt(v_1 + v_2)


if __name__ == "__main__":
    with program.in_one_line():
        main(*sys.argv[1:])
