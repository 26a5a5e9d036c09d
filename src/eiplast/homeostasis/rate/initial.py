"""Initial weights of the rate models: B SI Supplementary Methods."""

import numpy as np
from jaxtyping import Float

from eiplast.homeostasis import neural


def weights(
    spec, rng
) -> tuple[dict[str, Float[np.ndarray, "_post _pre"]], dict[str, Float[np.ndarray, "_post _pre"]]]:
    """W of one network and its mask A, dicts of EE, EI, IE, II.

    spec : W_XY is the summed weight onto a unit: a number, [low, high] of a uniform draw, or
    ``balanced``, which puts both rates at their set-points (B Eqs. 4, 5). Many partners share it
    with the coefficient of variation `W_cv`, or the standard deviation `W_sd` of a weight.
    """
    n = {"E": spec["n_E"], "I": spec["n_I"]}
    summed = {c: _summed(spec[f"W_{c}"], rng) for c in neural.CLASSES}
    for c, free in (("EI", "EE"), ("II", "IE")):
        if summed[c] == "balanced":
            summed[c] = neural.balanced(c[0], summed[free], spec)
    W, A = {}, {}
    for c in neural.CLASSES:
        post, pre = c
        no_self = post == pre and n[pre] > 1
        A[c] = 1.0 - np.eye(n[pre]) if no_self else np.ones((n[post], n[pre]))
        W[c] = A[c] * _spread(summed[c] / (n[pre] - no_self), A[c].shape, spec, rng)
    return W, A


def _summed(value, rng):
    return rng.uniform(*value) if isinstance(value, list) else value


def _spread(mean, shape, spec, rng):
    if shape[1] == 1 or mean == 0:
        return np.full(shape, mean)
    deviation = spec.get("W_sd", spec["W_cv"] * mean)
    if spec["W_distribution"] == "lognormal":
        variance = np.log1p((deviation / mean) ** 2)
        return rng.lognormal(np.log(mean) - variance / 2, np.sqrt(variance), shape)
    return np.maximum(rng.normal(mean, deviation, shape), 0.0)
