"""Rows of the comparison for the report: text to show, numbers to sort by, and the items that they are about."""

import re
from pathlib import Path

from eiplast import names, outcome, printed

# (key of a row, head, whether the column sorts as numbers)
columns = [
    ("paper", "Paper", False),
    ("item", "Item", False),
    ("quantity", "Quantity", False),
    ("setup", "Set-up", False),
    ("printed", "Printed", True),
    ("reproduced", "Ours", True),
    ("difference", "Difference", True),
    ("interval", "95 % interval", True),
    ("rounding", "Rounding", True),
    ("verdict", "Verdict", False),
    ("reason", "Reason and run", False),
    ("note", "Remarks", False),
]
# Of the same row below its figure, which leads to the whole one.
_short_row = ("item", "quantity", "setup", "printed", "reproduced", "verdict", "reason")
columns_below = [column for column in columns if column[0] in _short_row]


def read(comparison):
    """Rows of the comparison as dicts: text for each of `columns`, `number` to sort by, `kind` and `place`."""
    entries = {_identity(entry): entry for entry in printed.rows()}
    rows = outcome.read(comparison)
    folder = Path(comparison).parent
    return [_row(k, row, entries.get(_identity(row), {}), folder) for k, row in enumerate(rows)]


def _identity(row):
    return tuple(row[key] for key in ("paper", "item", "quantity", "setup"))


def _row(k, row, entry, folder):
    numbers = {key: row[key] for key in ("reproduced", "difference", "rounding")}
    numbers |= {"printed": row["printed"].lstrip("<> "), "interval": row["ci_low"]}
    low, high = (_short(row[end], 3) for end in ("ci_low", "ci_high"))
    source = entry.get("source")
    shown = {
        "id": f"row{k + 1}",
        "kind": kind(row, entry),
        "printed": _with_spread(row["printed"] or "unreadable", row["printed_spread"]),
        "printed_n": _short(row["printed_n"]),
        "reproduced": _with_spread(_short(row["reproduced"]), _short(row["spread"], 2)),
        "n": _n(row),
        "difference": _short(row["difference"]),
        "interval": f"[{low}, {high}]" if low else "",
        "rounding": _rounding(row),
        "note": names.sentence("; ".join(filter(None, (row["note"], row["test"])))),
        "source": source,
        "kept": [run for run in (source, row["shown_by"]) if run and (folder / run).exists()],
    }
    return row | shown | {"number": numbers, "place": None}


def kind(row, entry):
    """Whether a row is about a "number", which is printed as digits, or about a "claim" in words."""
    relation = row["printed"][:1] in ("<", ">") if row["printed"] else False
    return "claim" if relation or entry.get("exact") or "holds" in entry else "number"


def _n(row):
    if not row["n"]:
        return ""
    return (
        row["n_of"] if row["n_of"] == "one value" else f"{_short(row['n'])} {row['n_of']}".strip()
    )


def _rounding(row):
    only = ": it holds only by this" if row["only_by_rounding"] else ""
    return f"± {_short(row['rounding'])}{only}" if row["rounding"] else ""


def _short(text, digits=4):
    return f"{float(text):.{digits}g}" if text else ""


def _with_spread(text, spread):
    return f"{text} ±\u00a0{spread}" if spread else text


def share_out(rows, items):
    """Give every row to the items that it is about: by the name that the papers print, then by its run.

    A run's smallest figure takes what the papers say of it elsewhere, such as in an equation. Adds to
    ``item["rows"]`` and sets ``row["place"]``, the first such item, where there is one.
    """
    for row in rows:
        own = [item for item in items if item["paper"] == row["paper"].lower()]
        named = [item for item in own if _is_part(row["item"], item["label"])]
        drawn = [item for item in own if row["source"] in item["sources"]]
        smallest = sorted(drawn, key=lambda item: (item["kind"] == "table", len(item["sources"])))
        found = [item for item in named if item in drawn] or named[:1] or smallest[:1]
        for item in found:
            item["rows"].append(row)
        row["place"] = found[0]["name"] if found else None


def _is_part(name, label):
    """Whether the paper's `name`, such as Fig. 1B, belongs to `label`, such as Fig. 1 (not to Fig. 10)."""
    return bool(label) and re.match(rf"{re.escape(label)}(?!\d)", name) is not None
