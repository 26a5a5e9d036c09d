"""The printed numbers and claims, as printed_a.yaml and printed_b.yaml list them.

An entry gives a row of the comparison for every set-up that it is compared in.
"""

from pathlib import Path

import yaml

setups = ["text", "authors"]


def printed():
    """The entries of printed_a.yaml and printed_b.yaml."""
    folder = Path(__file__).parent
    files = [folder / name for name in ("printed_a.yaml", "printed_b.yaml")]
    return [entry for file in files for entry in yaml.safe_load(file.read_text("utf-8"))]


def of_setups(entry):
    """`entry` once for every set-up that it is compared in, with its own note, reason and selection."""
    listed = entry.get("setups", [entry.get("setup", "text")])
    for setup in listed:
        own = listed[setup] if isinstance(listed, dict) else {}
        one = entry | own | {"setup": setup}
        for key in ("note", "reason"):
            if isinstance(one.get(key), dict) and set(one[key]) <= set(setups):
                one[key] = one[key].get(setup)
        axis = {"setup": setup} if isinstance(entry.get("setups"), list) else {}
        one["select"] = entry.get("select", {}) | own.get("select", {}) | axis
        yield one


def rows():
    """Every entry as each of its set-ups has it, in the order of the table."""
    return [one for entry in printed() for one in of_setups(entry)]
