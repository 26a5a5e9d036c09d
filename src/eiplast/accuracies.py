"""Accuracies of A Tables 1 and S3 beside the print, and their tests, from the rows of `outcome.read`."""

import re

_parts = {"validation": "Table S3", "test": "Table 1"}
_setups = ("text", "authors")
# Below it a test counts as significant.
_level = 0.05


def table(rows):
    """Markdown: mean ± standard deviation of every cell in both set-ups; bold where it differs from the print."""
    of_cell = {}
    for row in rows:
        if found := re.fullmatch(r"(\w+) accuracy \(%\), (.+), (.+), (\d) hidden", row["quantity"]):
            part, dataset, method, n_hidden = found.groups()
            if row["paper"] == "A" and row["item"] == _parts[part]:
                cell = of_cell.setdefault((dataset, n_hidden, method), {})
                cell.setdefault(part, {})[row["setup"]] = row
    columns = [f"{part}, {what}" for part in _parts for what in ("print", *_setups)]
    lines = ["| data set | hidden layers | method | " + " | ".join(columns) + " |"]
    lines += ["| --- | ---: | --- |" + " ---: |" * len(columns)]
    for place in sorted(of_cell, key=lambda place: (place[0] != "MNIST", place[1])):
        numbers = []
        for part in _parts:
            of_setup = of_cell[place][part]
            numbers += [_print(of_setup["text"]), *(_ours(of_setup[setup]) for setup in _setups)]
        lines.append(f"| {' | '.join((*place, *numbers))} |")
    return "\n".join(lines) + "\n"


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
    low = [row for row in of if float(row["p"]) < _level]
    stand = [row for row in low if float(row["q"]) < _level]
    lines = [
        f"With the authors' settings, {len(low)} of the {len(of)} numbers that are tested have a p below {_level},"
        f" where chance alone would give {len(of) * _level:.0f}; {len(stand)} have a q below it too.",
        "",
        "| number | p | q | verdict |",
        "| --- | ---: | ---: | --- |",
    ]
    for row in low:
        p, q = (f"{float(row[name]):.2g}" for name in ("p", "q"))
        lines.append(f"| {row['item']}, {row['quantity']} | {p} | {q} | {row['verdict']} |")
    return "\n".join(lines) + "\n"
