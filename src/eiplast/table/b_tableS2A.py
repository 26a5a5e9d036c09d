"""B Fig. S2A: homeostatic (H) or anti-homeostatic (A) plasticity onto EE, EI, IE, II with equal learning rates.

Whether the rule has a region of stability in the window; which part of the neurally stable region with positive
weights it covers; how many networks reach both set-points when they start there (linear regime) and from weak
weights (sub-linear regime). Large overlap is above, success at least, the share in the configuration.
"""

import json

import pandas as pd


def table(stability, linear, sublinear):
    """One row for each of the sixteen rules."""
    success = json.loads(stability.attrs["spec"])["success"]
    names = sorted((str(c) for c in stability.case.values if len(str(c)) == 4), reverse=True)
    rows = []
    for name in names:
        analytical = stability.sel(case=name)
        row = {
            "rule": name,
            "region_present": bool(analytical.region_present),
            "overlap": float(analytical.overlap),
            "large_overlap": bool(analytical.large_overlap),
        }
        for regime, ds in (("linear", linear), ("sublinear", sublinear)):
            converged = ds.converged.sel(variant=name).values
            row |= {f"{regime}_converged": int(converged.sum()), f"{regime}_n": converged.size}
            row[f"{regime}_success"] = bool(converged.mean() >= success)
        rows.append(row)
    return pd.DataFrame(rows)


def layout(numbers):
    """Yes and no, percentages, and counts."""
    words = {True: "yes", False: "no"}
    columns = {
        "rule": numbers.rule,
        "stability region": numbers.region_present.map(words),
        "overlap": [f"{value:.1%}" for value in numbers.overlap],
        "large overlap": numbers.large_overlap.map(words),
    }
    for regime in ("linear", "sublinear"):
        counts = zip(numbers[f"{regime}_converged"], numbers[f"{regime}_n"], strict=True)
        columns[f"{regime}, at set-points"] = [f"{converged} of {n}" for converged, n in counts]
        columns[f"{regime}, success"] = numbers[f"{regime}_success"].map(words)
    return pd.DataFrame(columns)
