"""Every printed number beside ours: ``python -m eiplast.compare SCALE OUTPUT.csv [RUN.nc ...]``.

The entries of `printed` say for each number what is printed, how (a value, or a relation such as "< 0"),
and which variable of which NetCDF reproduces it; `verdict` says what follows, `reasons` why a row differs, and no
verdict is typed by hand.

An OUTPUT.csv that is there already gives the numbers that no RUN gives, judged anew, and their
notes say so.
"""

import re
import sys
from pathlib import Path

import pandas as pd

from eiplast import atomic, netcdf, ours, printed, program, reasons, verdict

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
    "n_of",
    "difference",
    "ci_low",
    "ci_high",
    "rounding",
    "verdict",
    "only_by_rounding",
    "summary",
    "reason",
    "shown_by",
    "test",
    "p",
    "q",
    "note",
    "where",
    "quote",
]


def main(scale, output, *runs):
    """Write the comparison table of one scale."""
    folder = Path(output).parent
    sources = {str(Path(path).relative_to(folder)): path for path in runs}
    entries = printed.rows()
    named = [one for e in entries for one in (e, e.get("reason") or {})]
    named += [ours.reference(one) for one in named]
    used = {one.get("source") for one in named}
    variables = {one.get("variable") for one in named} | {"n_epochs"}
    datasets = {s: _load(path, variables) for s, path in sources.items() if s in used}
    earlier = ours.earlier(output)
    rows = []
    for entry in entries:
        sources_of = (entry["source"], ours.reference(entry).get("source"))
        ds, other = (datasets.get(source) for source in sources_of)
        numbers, lack = ours.numbers(entry, ds, scale, other)
        if numbers is None:
            numbers = ours.kept(entry, earlier.get(ours.what(entry)))
        if numbers and scale != "paper":
            remark = f"{scale} scale has fewer samples, trials and epochs than the paper"
            numbers["remarks"].append(remark)
        rows.append(_row(entry, numbers, lack))
    verdict.correct(rows)
    reasons.explain(rows, entries, datasets, [earlier.get(ours.what(entry)) for entry in entries])
    verdict.summarise(rows)
    with atomic.writing(output) as temporary:
        pd.DataFrame(rows, columns=columns).to_csv(temporary, index=False, encoding="utf-8")


def _load(path, variables):
    """Of the Dataset in `path` these `variables`; its other courses and synapses would fill memory."""
    ds = netcdf.load(path)
    return ds[[name for name in ds if name in variables]]


def compare(entry, ds, scale="paper"):
    """One row of the comparison, a dict of `columns` but those that need the other rows.

    entry : of `of_setups`; ds : the Dataset that it names as its source, or None.
    """
    return _row(entry, *ours.numbers(entry, ds, scale))


def _row(entry, numbers, lack):
    """The row of `entry`; numbers : reproduced, spread, n, n_of and remarks, or None, and `lack` says why."""
    row = {key: entry.get(key) for key in ("paper", "item", "quantity", "setup", "printed")}
    row |= {"printed_spread": entry.get("spread"), "printed_n": entry.get("n")}
    row |= {key: entry.get(key) for key in ("where", "quote")}
    notes = [entry["note"]] if entry.get("note") else []
    if numbers is None:
        return row | {"verdict": "not computed", "note": "; ".join([*notes, lack])}
    remarks = numbers.pop("remarks")
    row |= numbers | {"note": "; ".join([*notes, *remarks])}
    mean, spread, n = (numbers[key] for key in ("reproduced", "spread", "n"))
    if n == 0:
        return row | {"verdict": "not computed"}
    if n == 1 and mean is not None and any(re.search(ours.left_out, text) for text in remarks):
        return row | {"verdict": "undecided", "test": "n = 1 is too few for a test"}
    return row | verdict.judge(entry, mean, spread or None, n)


if __name__ == "__main__":
    with program.running():
        main(*sys.argv[1:])
