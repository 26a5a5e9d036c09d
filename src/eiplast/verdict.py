"""What a printed number and ours come to: a difference, its interval, a verdict that says one thing.

reproduced          the interval holds the printed value, or lies on the printed side of a bound
differs             it does not, or lies on the other side
undecided           the interval holds both answers: it reaches over the bound; or too few values for an interval
print unreadable    ours is there, the printed one is damaged in our copy
not computed        no run gives it

value with a spread and n    Welch's t-test from the summary statistics, 95 % interval
value without a spread       one-sample t-test; of a single value, the difference itself
share                        the exact interval of a proportion
standard deviation           F-test of two variances
relation                     where the 95 % interval of our mean lies

A printed value is rounded: half a unit of its last digit counts on both sides, unless the entry is `exact`, a
claim of equality and not a rounded number. It is no part of the interval; a row that holds by it alone says so.
Verdicts are not corrected for the number of tests; one in twenty true cells is expected to differ. `q` is: of the
rows of a set-up with a q up to this one, that share is expected to differ by chance.
"""

from decimal import Decimal

import numpy as np
from scipy import stats

verdicts = ["reproduced", "differs", "undecided", "print unreadable", "not computed"]


def judge(entry, mean, spread, n):
    """Columns of the verdict on `n` values with `mean` and `spread`, in the units of the quantity.

    entry : with `printed`, and where the paper has them `spread`, `n` and `exact`; spread : standard deviation,
    None where the values are equal or there is one. Gives a dict with difference, ci_low, ci_high, rounding,
    verdict, only_by_rounding ("yes" or ""), test and p, as far as they exist.
    """
    if entry.get("printed") is None:
        return {"verdict": "print unreadable", "test": "the print cannot be read in our copy"}
    if mean is None:
        return {"verdict": "not computed", "test": f"n = {n} is too few for a test"}
    printed = str(entry["printed"])
    bound = printed[0] in "<>"
    exact = entry.get("share") or "holds" in entry
    value = float(printed.lstrip("<> "))
    found = {"difference": mean - value, "verdict": "undecided"}
    if n < 3 and (spread is not None or entry.get("of") == "spread"):
        return found | {"test": f"n = {n} is too few for a test"}
    if exact and n > 1:
        interval, test, p = _proportion(mean, n), "exact interval of a proportion", None
        low, high = (end - value for end in interval)
    elif entry.get("of") == "spread":
        (low, high), test, p = _variances(mean, n, value, entry["n"])
    else:
        half, test, p = _half_width(entry, mean, spread, n)
        low, high = mean - value - half, mean - value + half
    found |= {"ci_low": low, "ci_high": high, "test": test, "p": p}
    if bound:
        return found | {"verdict": _side(printed[0], low, high)}
    unit = 0.0 if entry.get("exact") else 10.0 ** Decimal(printed).as_tuple().exponent
    holds, alone = low - unit / 2 <= 0 <= high + unit / 2, low <= 0 <= high
    found |= {"rounding": unit / 2, "verdict": "reproduced" if holds else "differs"}
    return found | {"only_by_rounding": "yes" if holds and not alone else ""}


def _side(side, low, high):
    """Verdict on "less than" or "greater than" a bound, from the interval of the distance to it."""
    if side == ">":
        low, high = -high, -low
    return "reproduced" if high < 0 else "differs" if low >= 0 else "undecided"


def _proportion(share, n):
    """Ends of the exact (Clopper-Pearson) 95 % interval of a `share` of n."""
    return stats.binomtest(round(share * n), n).proportion_ci(method="exact")


def _variances(ours, n, theirs, n_theirs):
    """Ends of the 95 % interval of our standard deviation over theirs, as a difference from theirs; F-test, p."""
    ratio = ours / theirs
    f = stats.f(n - 1, n_theirs - 1)
    p = 2 * min(f.cdf(ratio**2), f.sf(ratio**2))
    ends = (ratio / np.sqrt(f.ppf(q)) for q in (0.975, 0.025))
    return [theirs * (end - 1) for end in ends], f"F-test p = {p:.2g}", p


def _half_width(entry, mean, spread, n):
    """Half the 95 % interval of the difference, the name of the test, and p where it has one."""
    if spread is None:
        return 0.0, "one value, no interval" if n == 1 else f"all {n} values are equal", None
    if entry.get("spread") is None or str(entry["printed"])[0] in "<>":
        return of_mean(spread, n), "one-sample t interval", None
    theirs = float(entry["printed"]), float(entry["spread"]), entry["n"]
    p = stats.ttest_ind_from_stats(mean, spread, n, *theirs, equal_var=False).pvalue
    return _welch(spread, n, *theirs[1:]), f"Welch t-test p = {p:.2g}", p


def of_mean(spread, n):
    """Half the 95 % interval of the mean of `n` values with the standard deviation `spread`: one-sample t."""
    return stats.t.ppf(0.975, n - 1) * spread / np.sqrt(n)


def _welch(spread_1, n_1, spread_2, n_2):
    """Half the 95 % interval of a difference of means with Welch-Satterthwaite degrees of freedom."""
    v_1, v_2 = spread_1**2 / n_1, spread_2**2 / n_2
    df = (v_1 + v_2) ** 2 / (v_1**2 / (n_1 - 1) + v_2**2 / (n_2 - 1))
    return stats.t.ppf(0.975, df) * np.sqrt(v_1 + v_2)


def correct(rows):
    """Set `q` of each row with a p: that of Benjamini and Hochberg over the tests of its paper and set-up."""
    families = {}
    for row in rows:
        if row.get("p") is not None:
            families.setdefault((row["paper"], row["setup"]), []).append(row)
    for family in families.values():
        for row, q in zip(
            family, stats.false_discovery_control([r["p"] for r in family]), strict=True
        ):
            row["q"] = q
            row["test"] += f", q = {q:.2g} among {len(family)} tests"


def summarise(rows):
    """Set `summary` of each row: what the set-ups of one printed number come to together."""
    claims = {}
    for row in rows:
        claims.setdefault(claim(row), {})[row["setup"]] = row["verdict"]
    for row in rows:
        row["summary"] = _together(claims[claim(row)])


def claim(row):
    """What the rows of one printed number share."""
    return tuple(row[key] for key in ("paper", "item", "quantity", "printed"))


_words = {"reproduced": "holds", "differs": "differs", "undecided": "undecided"}
_where = {"text": "as printed", "authors": "with the authors' settings"}


def _together(verdicts):
    run = {setup: _words[v] for setup, v in verdicts.items() if v in _words}
    if len(run) < 2:
        alone = "the only set-up that is run"
        return "".join(f"{word} {_where[setup]} ({alone})" for setup, word in run.items())
    match run["text"], run["authors"]:
        case "holds", "holds":
            return "holds as printed"
        case "differs", "holds":
            return "holds only with the authors' settings"
        case "differs", "differs":
            return "differs in both"
        case text, authors:
            return f"{text} as printed, {authors} with the authors' settings"
