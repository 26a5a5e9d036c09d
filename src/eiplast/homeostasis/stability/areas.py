"""Areas and lines of the maps of stability: name -> (dims, value, what it is)."""

import numpy as np
from jaxtyping import Bool, Float, Shaped


def fractions(found, printed: Float[np.ndarray, "n W_IE W_EE"], large_overlap):
    """Area fractions; the admissible region is neurally stable with positive weights."""
    admissible = found["neural_stable"] & found["positive"]
    stable, paradoxical = found["rule_stable"], found["paradoxical"] & admissible
    in_window = "fraction of the window that is neurally stable with positive weights"
    agreement = (printed > 0).all(0) == stable if len(printed) else np.full(stable.shape, np.nan)
    existing = present(found)
    overlap = share(stable, admissible)
    return {
        "region_present": ((), existing.any(), "the rule has a region of stability in the window"),
        "large_overlap": ((), overlap > large_overlap, "overlap is large"),
        "admissible_area": ((), admissible.mean(), in_window),
        "overlap": ((), overlap, "fraction of that region with a stable rule"),
        "overlap_paradoxical": (
            (),
            share(stable, paradoxical),
            "fraction of its paradoxical part with a stable rule",
        ),
        "overlap_not_paradoxical": (
            (),
            share(stable, admissible & ~found["paradoxical"]),
            "fraction of its part that is not paradoxical with a stable rule",
        ),
        "paradoxical_part": (
            (),
            share(found["paradoxical"] & existing, existing),
            "paradoxical part of the window's area with a stable rule, det > 0",
        ),
        "admissible_paradoxical_part": (
            (),
            share(paradoxical, admissible),
            "paradoxical part of the neurally stable region with positive weights",
        ),
        "stable_area": ((), existing.mean(), "fraction of the window with a stable rule, det > 0"),
        "printed_agreement": (
            (),
            share(agreement, admissible & ~found["borderline"]),
            "fraction of the admissible region where printed conditions and eigenvalues agree, lines apart",
        ),
    }


def present(found) -> Bool[np.ndarray, "W_IE W_EE"]:
    """Where the rule is stable; a negative neural determinant leaves no quasi-steady state to follow."""
    return found["rule_stable"] & (found["determinant"] > 0)


def lines(found, W_EE: Float[np.ndarray, " W_EE"], W_IE: Float[np.ndarray, " W_IE"]):
    """The balance lines, the border of the stable region as a line, and the zeros among the eigenvalues."""
    admissible = found["neural_stable"] & found["positive"]
    zeros = (found["eigenvalues"][admissible] == 0).sum(-1)
    ends = (zeros.min(), zeros.max()) if zeros.size else (np.nan, np.nan)
    (slope_E, at_0_E), (slope_I, at_0_I) = (
        np.polyfit(free, onto, 1)
        for free, onto in ((W_EE, found["W_EI"][0]), (W_IE, found["W_II"][:, 0]))
    )
    slope, root = _border(found, W_EE, W_IE)
    return {
        "zeros_least": ((), ends[0], "least number of zero eigenvalues in that region"),
        "zeros_most": ((), ends[1], "largest number of zero eigenvalues in that region"),
        "line_slope_E": ((), slope_E, "slope of W_EI against W_EE at the set-points"),
        "line_slope_I": ((), slope_I, "slope of W_II against W_IE at the set-points"),
        "line_intercept_E": ((), at_0_E, "W_EI at the set-points where W_EE is 0"),
        "line_intercept_I": ((), at_0_I, "W_II at the set-points where W_IE is 0"),
        "border_slope": ((), slope, "slope of the border of the stable region, W_IE against W_EE"),
        "border_root": ((), root, "W_EE where that border, as a line, meets W_IE = 0"),
    }


def _border(found, W_EE, W_IE):
    """Slope and root of the line through the crossings of the growth rate with zero along W_EE, det > 0."""
    growth = found["eigenvalues"].real[..., :2].max(-1)
    inside = found["determinant"] > 0
    cross = (growth[:, :-1] * growth[:, 1:] < 0) & inside[:, :-1] & inside[:, 1:]
    i, j = np.nonzero(cross)
    if len(np.unique(i)) < 3:
        return np.nan, np.nan
    a, b = growth[i, j], growth[i, j + 1]
    at = W_EE[j] - a * (W_EE[j + 1] - W_EE[j]) / (b - a)
    inverse, root = np.polyfit(W_IE[i], at, 1)
    return (1 / inverse if inverse else np.inf), root


def share(part: Shaped[np.ndarray, "W_IE W_EE"], whole: Bool[np.ndarray, "W_IE W_EE"]):
    """Fraction of the cells of `whole` that are in `part`; NaN where there are none."""
    return part[whole].mean() if whole.any() else np.array(np.nan)
