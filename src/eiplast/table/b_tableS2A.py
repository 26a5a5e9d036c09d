"""B Fig. S2A, analytical columns: homeostatic (H) or anti-homeostatic (A) plasticity onto EE, EI, IE, II with
equal learning rates; whether the rule has a region of stability in the window, and which part of the neurally
stable region with positive weights it covers.
"""

import pandas as pd


def table(ds):
    """One row for each of the sixteen rules."""
    names = sorted((str(c) for c in ds.case.values if len(str(c)) == 4), reverse=True)
    rows = [ds.sel(case=name) for name in names]
    return pd.DataFrame(
        {
            "rule": names,
            "region_present": [bool(row.region_present) for row in rows],
            "overlap": [float(row.overlap) for row in rows],
            "large_overlap": [bool(row.large_overlap) for row in rows],
        }
    )


def layout(numbers):
    """Yes and no, and percentages."""
    words = {True: "yes", False: "no"}
    return pd.DataFrame(
        {
            "rule": numbers.rule,
            "stability region": numbers.region_present.map(words),
            "overlap": [f"{value:.1%}" for value in numbers.overlap],
            "large overlap": numbers.large_overlap.map(words),
        }
    )
