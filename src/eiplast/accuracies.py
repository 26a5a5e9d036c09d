"""Accuracies of A Tables 1 and S3 beside the print, and their tests, from the rows of `outcome.read`."""

import re

from eiplast import markdown, reasons

_parts = {"validation": "Table S3", "test": "Table 1"}
_setups = ("text", "authors")
_heads = ("data set", "hidden layers", "method")


def table(rows):
    """Markdown: mean ± standard deviation of every cell in both set-ups; bold where it differs from the print."""
    of_cell = {}
    for row in rows:
        if found := re.fullmatch(r"(\w+) accuracy \(%\), (.+), (.+), (\d) hidden", row["quantity"]):
            part, dataset, method, n_hidden = found.groups()
            if row["paper"] == "A" and row["item"] == _parts[part]:
                cell = of_cell.setdefault((dataset, n_hidden, method), {})
                cell.setdefault(part, {})[row["setup"]] = row
    places = sorted(of_cell, key=lambda place: (place[0] != "MNIST", place[1]))
    lines = [dict(zip(_heads, place, strict=True)) | _numbers(of_cell[place]) for place in places]
    numbers = ["right"] * len(_parts) * (1 + len(_setups))
    return markdown.table(lines, ("left", "right", "left", *numbers))


def _numbers(cell):
    """What stands in the columns of each part, of its rows by set-up."""
    found = {}
    for part in _parts:
        found[f"{part}, print"] = _print(cell[part]["text"])
        found |= {f"{part}, {setup}": _ours(cell[part][setup]) for setup in _setups}
    return found


def _print(row):
    read = row["verdict"] != "print unreadable"
    return f"{row['printed']} ± {row['printed_spread']}" if read else "unreadable"


def _ours(row):
    if not row["reproduced"]:
        return "not computed"
    number = f"{float(row['reproduced']):.2f} ± {float(row['spread']):.2f}"
    return f"**{number}**" if row["verdict"] == "differs" else number


def tests(rows):
    """Markdown: which of the tests with the authors' settings are significant, alone and among all of them."""
    tested = [row for row in rows if row["item"] in _parts.values() and row["p"]]
    of = [row for row in tested if (row["paper"], row["setup"]) == ("A", "authors")]
    of.sort(key=lambda row: float(row["p"]))
    low = [row for row in of if float(row["p"]) < reasons.level]
    stand = [row for row in low if float(row["q"]) < reasons.level]
    said = (
        f"With the authors' settings, {len(low)} of the {len(of)} numbers that are tested have a p below"
        f" {reasons.level}, where chance alone would give {len(of) * reasons.level:.0f};"
        f" {len(stand)} have a q below it too."
    )
    columns = {
        "number": [f"{row['item']}, {row['quantity']}" for row in low],
        "p": [f"{float(row['p']):.2g}" for row in low],
        "q": [f"{float(row['q']):.2g}" for row in low],
        "verdict": [row["verdict"] for row in low],
    }
    return f"{said}\n\n{markdown.table(columns, ('left', 'right', 'right', 'left'))}"
