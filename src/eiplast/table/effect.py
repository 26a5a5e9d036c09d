"""Sizes of effects, as the tables of ablations and of sensitivity show them."""

import numpy as np

from eiplast import verdict


def size(differences):
    """Mean of `differences` (n,), its 95 % interval and n; NaN where they are too few."""
    n = differences.size
    mean = differences.mean() if n else np.nan
    half = verdict.of_mean(differences.std(ddof=1), n) if n > 1 else np.nan
    return {"difference": mean, "ci_low": mean - half, "ci_high": mean + half, "n": n}


def words(difference, ci_low, ci_high, form):
    """The difference and the interval that more than one has, with signs, as `form` has it, such as ``.2f``."""
    interval = "" if np.isnan(ci_low) else f" [{ci_low:+{form}}, {ci_high:+{form}}]"
    return f"{difference:+{form}}{interval}"
