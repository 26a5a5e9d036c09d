"""What the runs of a scale took, rule by rule: ``python -m eiplast.costs OUTPUT.csv RUN.nc ...``.

From the attributes of each run: hours by the clock, in all and of the longest run, hours of processors, the
largest memory, and how many versions of the software made them. What runs of earlier versions have not recorded
is empty; of a run that was killed and went on from its checkpoint, what counts is what came after.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from eiplast import atomic, netcdf, program
from eiplast.markdown import table as markdown_table

# Three, and no exponent, which a column of megabytes would have.
_digits = partial(np.format_float_positional, precision=3, fractional=False, trim="-")
_recorded = ["wall_time_s", "cpu_time_s", "peak_memory_mb", "device", "git_commit"]


def main(output, *runs):
    """Write the table of `runs`, which lie below the folder of `output` in folders named as their rules."""
    rules = [Path(path).relative_to(Path(output).parent).parts[0] for path in runs]
    found = pd.DataFrame([netcdf.attributes(path) for path in runs]).reindex(columns=_recorded)
    with atomic.writing(output) as temporary:
        table(found.assign(rule=rules)).to_csv(temporary, index=False, float_format=_digits)


def table(runs):
    """Sums over the runs of each rule on each kind of device, in the order of `runs`, and over all.

    runs : DataFrame, a row a run, of the attributes that `job` writes and `rule`
    """
    runs = runs.assign(device=runs.device.str.split(":").str[0])
    rows = [
        {"rule": rule, "device": device} | _row(of)
        for (rule, device), of in runs.groupby(["rule", "device"], sort=False)
    ]
    return pd.DataFrame([*rows, {"rule": "all", "device": ""} | _row(runs)])


def _row(runs):
    return {
        "runs": len(runs),
        "wall_time_h": runs.wall_time_s.sum() / 3600,
        "longest_h": runs.wall_time_s.max() / 3600,
        "cpu_time_h": runs.cpu_time_s.sum(skipna=False) / 3600,
        "peak_memory_mb": runs.peak_memory_mb.max(),
        "versions": runs.git_commit.nunique(),
    }


def markdown(path):
    """The table at `path` for people: hours in all and of the longest run, to a tenth, and the largest memory."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    columns = {
        "rule": table.rule,
        "device": table.device,
        "runs": table.runs,
        "hours by the clock": table.wall_time_h.astype(float).map(_hours),
        "longest run": table.longest_h.astype(float).map(_hours),
        "memory (MB)": table.peak_memory_mb,
    }
    return markdown_table(columns, ("left", "left", *["right"] * 4))


def _hours(value):
    return f"{value:.1f}" if value >= 0.1 else "< 0.1"


if __name__ == "__main__":
    with program.running():
        main(*sys.argv[1:])
