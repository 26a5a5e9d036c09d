"""Why a row differs: the run that shows it, or that no reason was found.

An entry names what it takes for the reason: `because`, and where a run without it lies, `source` (a file of
results), `variable`, `select`, `over`. It counts where that run comes nearer to the print than ours, or where
`variable` is null and the run shows it as a whole; a guess has no `source`. Else the row of the authors' settings
is the reason, if that holds, or a part of it, if that comes nearer. Where there is none, a row whose q is above
`level` may differ by chance, and says so.
"""

from eiplast import ours, verdict

# Below it a test counts as significant.
level = 0.05
none = "no reason found"
chance = f"{none}; with so many tests it may be chance"


def explain(rows, entries, datasets, earlier=None):
    """Set `reason` and `shown_by` of the rows that differ.

    entries : the entry of each row, of `printed.rows`; datasets : what has been loaded, by source; earlier : for
    each row that of an earlier table, or None, whose reason stays where the run that shows it is gone.
    """
    earlier = earlier or [None] * len(rows)
    authors = {
        verdict.claim(row): (row, entry)
        for row, entry in zip(rows, entries, strict=True)
        if row["setup"] == "authors" and row["verdict"] in ("reproduced", "differs", "undecided")
    }
    for row, entry, before in zip(rows, entries, earlier, strict=True):
        row |= {"reason": None, "shown_by": None}
        if row["verdict"] in ("differs", "undecided"):
            row |= _named(row, entry, datasets) or _kept(before, datasets) or {}
        if row["verdict"] == "differs" and not row["reason"]:
            by_chance = (row.get("q") or 0) > level
            nothing = {"reason": chance if by_chance else none}
            row |= _authors(row, authors.get(verdict.claim(row))) or nothing


def _named(row, entry, datasets):
    reason = entry.get("reason")
    if reason and "source" not in reason:
        return {"reason": reason["because"], "shown_by": None}
    ds = datasets.get(reason["source"]) if reason else None
    if ds is None:
        return None
    variable = reason.get("variable", entry["variable"])
    if variable is None:
        return {"reason": reason["because"], "shown_by": reason["source"]}
    select = {k: v for k, v in entry["select"].items() if k in ds[variable].dims}
    there = entry | reason | {"select": select | reason.get("select", {})}
    beside = datasets.get(ours.reference(there).get("source"))
    numbers, _ = ours.numbers(there, ds, "", beside)
    if numbers is None or not numbers["n"]:
        return None
    if _off(row, numbers["reproduced"]) >= _off(row, row["reproduced"]):
        return None
    found = f"{reason['because']}: {numbers['reproduced']:.4g} (n = {numbers['n']})"
    return {"reason": found, "shown_by": reason["source"]}


def _kept(before, datasets):
    if not before or not before.get("shown_by") or before["shown_by"] in datasets:
        return None
    return {key: before[key] for key in ("reason", "shown_by")}


def _off(row, value):
    """How far `value` is from the number that `row` prints, or beyond the bound."""
    bound = float(str(row["printed"]).lstrip("<> "))
    side = {"<": 1, ">": -1}.get(str(row["printed"])[0])
    return abs(value - bound) if side is None else side * (value - bound)


def _authors(row, other):
    """What the row of the authors' settings, with its entry, tells of `row`."""
    if other is None:
        return None
    there, entry = other
    holds = there["verdict"] == "reproduced"
    if not holds and _off(row, there["reproduced"]) >= _off(row, row["reproduced"]):
        return None
    part = "" if holds else " in part"
    found = f"the set-up{part}: with the authors' settings {there['reproduced']:.4g}"
    return {"reason": found, "shown_by": entry["source"]}
