"""The tables of docs/speed.md and README.md, from benchmarks/measured.csv: ``python benchmarks/tables.py``.

They stand between comments, as the headline of the README does; nothing else of the pages is touched.
"""

import csv
import re
from pathlib import Path

from eiplast import markdown

root = Path(__file__).parent.parent
measured = root / "benchmarks/measured.csv"
pages = (root / "docs/speed.md", root / "README.md")
COLUMNS = ["table", "work", "program", "variant", "version", "seconds", "per", "ratio", "threads"]
COLUMNS += ["note", "processor", "date", "load"]
# In the note of a row that an earlier run measured.
mark = "measured earlier"
_heads = {
    "rate": "a trial of a network",
    "spiking": "a trial",
    "training": "a step",
    "stability": "a map",
}


def main():
    """Write the tables into the pages."""
    rows = read()
    for page in pages:
        page.write_text(inserted(page.read_text("utf-8"), rows), encoding="utf-8")


def read():
    """Rows of measured.csv, dicts of text."""
    with open(measured, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def inserted(page, rows):
    """The text `page` with its tables drawn anew. Raises KeyError where a comment names no table."""
    made = {name: table(rows, name) for name in _heads}
    made |= {"speed": summary(rows), "machine": machine(rows)}
    between = re.compile(r"(<!-- table (\w+) -->\n).*?(<!-- /table -->)", re.S)
    return between.sub(lambda found: found[1] + made[found[2]] + found[3], page)


def table(rows, name):
    """Markdown of one table: every row, with how many times as long as ours it takes."""
    shown = [
        {
            _heads[name]: row["work"],
            "program": ", ".join(filter(None, (row["program"], row["variant"]))),
            "time": duration(row["seconds"]),
            "times ours": ratio(row),
            "": row["note"],
        }
        for row in rows
        if row["table"] == name
    ]
    return markdown.table(shown, ("left", "left", "right", "right", "left"))


def summary(rows):
    """Markdown of ours beside the fastest of the other programs, for every work that others do."""
    shown = []
    for work in dict.fromkeys((row["table"], row["work"]) for row in rows):
        of_work = [row for row in rows if (row["table"], row["work"]) == work]
        others = [row for row in of_work if row["program"] != "eiplast" and not earlier(row)]
        if others:
            other = min(others, key=lambda row: float(row["seconds"]))
            shown.append(
                {
                    "": f"{work[1]}, {of_work[0]['per']}",
                    "ours": duration(of_work[0]["seconds"]),
                    "fastest other program": f"{other['program']}, {other['variant']}",
                    "it takes": f"{duration(other['seconds'])}, {ratio(other)} times ours",
                }
            )
    return markdown.table(shown, ("left", "right", "left", "right"))


def machine(rows):
    """Markdown of what measured, when and with which versions."""
    now = [row for row in rows if not earlier(row)]
    versions = {f"{row['program']} {row['version']}" for row in now}
    (cores,) = {row["load"].split(" of ")[1] for row in now}
    shares = sorted(float(row["load"].split()[0]) for row in now)
    return (
        f"Processor seconds of one thread on {', '.join(sorted({row['processor'] for row in now}))}, measured"
        f" {', '.join(sorted({row['date'] for row in now}))} with {', '.join(sorted(versions))}; {shares[0]:g} to"
        f" {shares[-1]:g} of {cores}.\n"
    )


def earlier(row):
    """Whether a row is of another run than the others, and perhaps of another machine."""
    return mark in row["note"]


def duration(seconds):
    """Two significant digits, in s or ms."""
    seconds = float(seconds)
    value, unit = (seconds, "s") if seconds >= 0.1 else (1000 * seconds, "ms")
    return f"{_two_digits(value)} {unit}"


def ratio(row):
    """Two significant digits; nothing where ours was not measured in the same run."""
    return row["ratio"] and _two_digits(float(row["ratio"]))


def _two_digits(value):
    return f"{float(f'{value:.1e}'):g}"


if __name__ == "__main__":
    main()
