"""All benchmarks, one after the other: measured.csv and the tables that are drawn from it.

python benchmarks/field.py [quick] [mnist.nc]

quick    : few repetitions, shorter trials; prints the rows and writes nothing
mnist.nc : images of the training steps, a file of results/*/dataset/; without it, noise

What is not part of the package is left out where it is missing, with a notice: NEST (a Python that has it, in
EIPLAST_NEST_PYTHON) and GNU Octave (EIPLAST_OCTAVE, or on the path). Their rows of an earlier run are kept.
"""

import csv
import datetime
import os
import platform
import sys
from pathlib import Path

import measure

measure.one_thread()

import rate  # noqa: E402
import rate_octave  # noqa: E402
import solvers  # noqa: E402
import spiking  # noqa: E402
import spiking_nest  # noqa: E402
import stability  # noqa: E402
import tables  # noqa: E402

from eiplast import atomic  # noqa: E402

_optional = {"NEST": spiking_nest.python, "GNU Octave": rate_octave.command}
# Kept for good: the authors' code is not part of this repository.
_earlier = {"authors' code in GNU Octave"}


def main(*arguments):
    """Measure, then write or print."""
    quick = "quick" in arguments
    files = [name for name in arguments if name != "quick"]
    missing = {name for name, found in _optional.items() if not found()}
    for name in sorted(missing):
        print(f"notice: no {name}; its rows are left out", file=sys.stderr)
    rows, share, since = [], 0, measure.others()
    for one in _rows(quick, *files):
        now = measure.others()
        # Rows that were measured together come together.
        if (wall := now[0] - since[0]) > 1:
            share, since = (now[1] - since[1]) / wall, now
        rows.append(one | _circumstances(share))
        print(
            f"{one['work']}: {one['program']} {one['variant']} {one['seconds']:.3g} s", flush=True
        )
    if not quick:
        write(rows + kept(tables.read(), missing | _earlier))
        tables.main()


def _rows(quick, file=None):
    yield from rate.rows(quick)
    yield from spiking.rows(quick)
    yield from solvers.rows(quick, file)
    yield from stability.rows(quick)


def _circumstances(share):
    """`share` : cores that other processes kept busy meanwhile."""
    return {
        "threads": 1,
        "processor": _processor(),
        "date": datetime.date.today().isoformat(),
        "load": f"{max(share, 0):.2f} of {os.cpu_count()} cores used by others",
    }


def _processor():
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def kept(rows, programs):
    """Rows of `programs` in an earlier file, marked."""
    of = [row for row in rows if row["program"] in programs]
    return [
        row
        if tables.earlier(row)
        else row | {"note": ", ".join(filter(None, (row["note"], tables.mark)))}
        for row in of
    ]


def write(rows):
    """measured.csv, tables and works together in the order of their first rows, with each row's ratio to ours.

    A row that was measured earlier keeps the ratio to ours of then, if it has one: machines differ.
    """
    order = list(dict.fromkeys((row["table"], row["work"]) for row in rows))
    ours = {}
    for row in rows:
        if row["program"] == "eiplast":
            ours.setdefault((row["table"], row["work"]), row["seconds"])
    rows = [
        {"ratio": f"{float(row['seconds']) / ours[row['table'], row['work']]:.4g}"} | row
        for row in sorted(rows, key=lambda row: order.index((row["table"], row["work"])))
    ]
    with (
        atomic.writing(tables.measured) as temporary,
        open(temporary, "w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.DictWriter(file, tables.COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
