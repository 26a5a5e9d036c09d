"""What every printed number or claim comes to over its set-ups, of a comparison table; each counts once.

An outcome is a key of `outcomes`: the verdict of the set-up as printed, else, where that differs or is not run, of
the authors' settings. One set-up that is undecided leaves the question open, unless it holds as printed.
"""

import re
from pathlib import Path

import pandas as pd

from eiplast import reasons, verdict
from eiplast.errors import JobError

# Outcome: what the number of them is followed by.
outcomes = {
    "holds": "hold as printed",
    "authors": "hold only with the authors' settings",
    "neither": "differ in every set-up that is run",
    "undecided": "are undecided",
    "unreadable": "cannot be read in our copy of the paper",
    "missing": "are not computed",
}
short = {
    "holds": "hold",
    "authors": "only with the authors' settings",
    "neither": "differ",
    "undecided": "undecided",
    "unreadable": "unreadable",
    "missing": "not computed",
}


def read(path):
    """Rows of the comparison table at `path`, dicts of text. Raises JobError where there is none."""
    if not Path(path).exists():
        so_far = Path(path).with_name("so_far.csv")
        raise JobError(f"{path} is not there; of what has been run: snakemake --cores 1 {so_far}")
    return pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")


def claims(rows):
    """Rows of each printed number or claim, lists in the order of the table."""
    found = {}
    for row in rows:
        found.setdefault(verdict.claim(row), []).append(row)
    return list(found.values())


def by_paper(of_claims):
    """The claims of each paper, in the order of the table."""
    found = {}
    for claim in of_claims:
        found.setdefault(claim[0]["paper"], []).append(claim)
    return found


def by_rounding(of_claims):
    """Claims that hold, in a set-up at least, only because the print is rounded."""
    return [claim for claim in of_claims if any(row["only_by_rounding"] for row in claim)]


def of(claim):
    """The outcome of the rows of one printed number or claim."""
    verdicts = {row["setup"]: row["verdict"] for row in claim}
    found = set(verdicts.values())
    if verdicts.get("text") == "reproduced":
        return "holds"
    if "undecided" in found:
        return "undecided"
    if "reproduced" in found:
        return "authors"
    if "differs" in found:
        return "neither"
    return "unreadable" if "print unreadable" in found else "missing"


def count(of_claims):
    """How many claims have each outcome, in the order of `outcomes`."""
    found = [of(claim) for claim in of_claims]
    return {outcome: found.count(outcome) for outcome in outcomes}


def by_reason(rows):
    """Rows that differ by the reason for it, without its number; most rows first."""
    found = {}
    for row in rows:
        if row["verdict"] == "differs":
            found.setdefault(_without_number(row["reason"]), []).append(row)
    order = sorted(found, key=lambda reason: -len(found[reason]))
    return {reason: found[reason] for reason in order}


def _without_number(reason):
    """The reason as words: `reasons` ends it with what its run shows."""
    return re.sub(r": \S+ \(n = \d+\)$|(?<=authors' settings) \S+$", "", reason)


def is_open(reason):
    """Whether that says that nobody knows why."""
    return not reason or reason.startswith(reasons.none)


def order(item):
    """Key to sort by: figures, then tables, then texts, by their numbers."""
    parts = re.split(r"(\d+)", item)
    numbered = [int(part) if part.isdigit() else part for part in parts]
    return not item.startswith(("Fig.", "Table")), numbered


def group(item):
    """The figure, table or part of a text that `item` belongs to: Fig. 7 for Fig. 7F-K."""
    found = re.match(r"(Fig\. S?\d+|Table S?\d+|(?:Appendix|Section) [\w.]+|Methods|SI)", item)
    return found[1] if found else item
